//! Limits as the fact sheet gives them (sections 1, 3, 5 and 6); `tests/figures.rs` lists where they differ from `core::rules`.

use std::ops::RangeInclusive;

/// Characters of a Pin's title.
pub const TITLE_CHARS_MAX: usize = 100;
/// Characters of a Pin's description.
pub const DESCRIPTION_CHARS_MAX: usize = 800;
/// Characters of the address that a Pin leads to.
pub const LINK_CHARS_MAX: usize = 2_048;
/// Characters of a Pin's description for who cannot see it.
pub const ALT_CHARS_MAX: usize = 500;
/// Characters of a board's name, in practice.
pub const BOARD_NAME_CHARS_MAX: usize = 50;
/// Characters of a section's name.
pub const SECTION_NAME_CHARS_MAX: usize = 180;
/// Pictures of a carousel.
pub const IMAGES: RangeInclusive<usize> = 2..=5;
/// Bytes of a picture; "20 MB" is read generously.
pub const IMAGE_BYTES_MAX: u64 = 20 * 1024 * 1024;
/// Bytes of a video; "2 GB" is read generously.
pub const VIDEO_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Length of a video, milliseconds.
pub const VIDEO_MS: RangeInclusive<u64> = 4_000..=15 * 60_000;
/// Width over height of a video.
pub const VIDEO_ASPECT: RangeInclusive<f64> = 0.5..=1.91;
/// Entries of a page of any list.
pub const PAGE: RangeInclusive<usize> = 1..=250;
/// Entries of a page if nothing is said.
pub const PAGE_DEFAULT: usize = 25;
/// Calls that an app with standard access may make for a person in a second.
pub const CALLS_PER_SECOND: u32 = 100;
/// Reading calls that an app with standard access may make for a person in a minute.
pub const READS_PER_MINUTE: u32 = 1_000;
/// Writing calls that an app with standard access may make for a person in a minute.
pub const WRITES_PER_MINUTE: u32 = 100;
/// Calls for numbers that an app may make for a person in a minute.
pub const ANALYTICS_PER_MINUTE: u32 = 300;
/// Calls that an app with trial access may make in a day.
pub const TRIAL_CALLS_PER_DAY: u32 = 1_000;
/// Writing calls that an app with trial access may make in a day.
pub const TRIAL_WRITES_PER_DAY: u32 = 300;
/// How far back numbers are told, days.
pub const NUMBERS_DAYS_MAX: i64 = 90;
