//! Limits as the fact sheet gives them (sections 3 to 5); `tests/figures.rs` lists where they differ from `core::rules`.

use std::ops::RangeInclusive;

/// UTF-16 units of a video's caption.
pub const CAPTION_UNITS_MAX: usize = 2_200;
/// UTF-16 units of the title of pictures.
pub const PHOTO_TITLE_UNITS_MAX: usize = 90;
/// UTF-16 units of the description of pictures.
pub const DESCRIPTION_UNITS_MAX: usize = 4_000;
/// Characters of a text as lists show it.
pub const LISTED_CHARS_MAX: usize = 150;
/// Pictures of a post.
pub const PHOTOS: RangeInclusive<usize> = 1..=35;
/// Bytes of a picture; "20 MB" is read generously.
pub const PHOTO_BYTES_MAX: u64 = 20 * 1024 * 1024;
/// Pixels of a picture: 1080p.
pub const PHOTO_AREA_MAX: u64 = 1_920 * 1_080;
/// Bytes of a video; "4 GB" is read generously.
pub const VIDEO_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Length of a video, milliseconds; the account's own bound may be lower.
pub const VIDEO_MS: RangeInclusive<u64> = 3_000..=600_000;
/// Pixels of each side of a video.
pub const VIDEO_SIDE: RangeInclusive<u32> = 360..=4_096;
/// Bytes of a part of an upload but the last; "MB" is read in the way that takes more.
pub const PART_BYTES: RangeInclusive<u64> = 5_000_000..=64 * 1024 * 1024;
/// Bytes of the last part.
pub const LAST_PART_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Parts of an upload.
pub const PARTS_MAX: u64 = 1_000;
/// How long an upload's address works, seconds.
pub const UPLOAD_S: i64 = 3_600;
/// Posts of an account in 24 hours, by whatever app.
pub const POSTS_PER_DAY: usize = 15;
/// Drafts that lie in an inbox, of 24 hours.
pub const DRAFTS_PENDING_MAX: usize = 5;
/// Accounts that an app without audit posts for in 24 hours.
pub const UNAUDITED_ACCOUNTS_MAX: usize = 5;
/// Calls of each `init` that an app may make for an account in a minute.
pub const INITS_PER_MINUTE: usize = 6;
/// The same of `creator_info`.
pub const CREATOR_INFOS_PER_MINUTE: usize = 20;
/// The same of `status`.
pub const STATUSES_PER_MINUTE: usize = 30;
/// The same of reading calls.
pub const READS_PER_MINUTE: usize = 600;
/// Entries of a page of the list.
pub const PAGE_MAX: usize = 20;
