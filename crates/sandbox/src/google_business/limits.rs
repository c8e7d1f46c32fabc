//! Limits as the fact sheet gives them (sections 1, 3, 5 and 6); `tests/figures.rs` lists where they differ from `core::rules`.

/// Characters of a text.
pub const SUMMARY_CHARS_MAX: usize = 1_500;
/// Characters of the title of an event or offer.
pub const TITLE_CHARS_MAX: usize = 58;
/// Characters of an offer's code.
pub const COUPON_CHARS_MAX: usize = 58;
/// Characters of an offer's terms.
pub const TERMS_CHARS_MAX: usize = 5_000;
/// Bytes of a photo.
pub const PHOTO_BYTES: std::ops::RangeInclusive<u64> = 10_240..=5 * 1024 * 1024;
/// Fewest pixels across of a post's photo.
pub const PHOTO_WIDTH_MIN: u32 = 400;
/// Fewest pixels down of a post's photo.
pub const PHOTO_HEIGHT_MIN: u32 = 300;
/// Photos of a post that are taken.
pub const PHOTOS_MAX: usize = 10;
/// Accounts on a page.
pub const ACCOUNTS_PAGE: usize = 20;
/// Locations on a page: unless asked otherwise, and at most.
pub const LOCATIONS_PAGE: (usize, usize) = (10, 100);
/// Posts on a page: unless asked otherwise, and at most.
pub const POSTS_PAGE: (usize, usize) = (20, 100);
/// Calls of a project to one of the APIs in a minute.
pub const CALLS_PER_MINUTE: u64 = 300;
