//! Limits as the fact sheet gives them (sections 2 to 6); `tests/figures.rs` lists where they differ from `core::rules`.

use std::ops::RangeInclusive;

/// How long a code lives, seconds.
pub const CODE_S: i64 = 30;
/// How long access lasts, seconds.
pub const ACCESS_S: i64 = 7_200;
/// How long a refresh token lasts, seconds: half a year, as people report.
pub const REFRESH_S: i64 = 180 * 86_400;
/// Characters of `state`.
pub const STATE_CHARS_MAX: usize = 500;
/// Weighted length of a post.
pub const TEXT_WEIGHT_MAX: usize = 280;
/// What an address weighs.
pub const ADDRESS_WEIGHT: usize = 23;
/// Stock symbols in a post.
pub const CASHTAGS_MAX: usize = 1;
/// Pictures of a post.
pub const PICTURES_MAX: usize = 4;
/// Characters of a description for who cannot see a picture.
pub const ALT_CHARS_MAX: usize = 1_000;
/// Options of a poll.
pub const POLL_OPTIONS: RangeInclusive<usize> = 2..=4;
/// Characters of an option of a poll.
pub const POLL_OPTION_CHARS: RangeInclusive<usize> = 1..=25;
/// How long a poll runs, minutes.
pub const POLL_MINUTES: RangeInclusive<u64> = 5..=10_080;
/// Bytes of a picture; "5 MB" is read generously.
pub const IMAGE_BYTES_MAX: u64 = 5 * 1024 * 1024;
/// Bytes of a GIF; "15 MB" is read generously.
pub const GIF_BYTES_MAX: u64 = 15 * 1024 * 1024;
/// Pixels across and down of a GIF.
pub const GIF_PIXELS_MAX: (u32, u32) = (1_280, 1_080);
/// Bytes of a video; "512 MB" is read generously.
pub const VIDEO_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Length of a video, milliseconds; a longer one is uploaded, but not posted.
pub const VIDEO_MS: RangeInclusive<u64> = 500..=140_000;
/// Fewest pixels of a video, across and down.
pub const VIDEO_PIXELS_MIN: u32 = 32;
/// Width over height of a video.
pub const VIDEO_ASPECT: RangeInclusive<f64> = 0.333..=3.0;
/// Bytes of a segment.
pub const SEGMENT_BYTES_MAX: u64 = 5 * 1024 * 1024;
/// The last number of a segment.
pub const SEGMENT_INDEX_MAX: u64 = 999;
/// How long a file is kept for its post, seconds.
pub const MEDIA_S: i64 = 86_399;
/// Within so many seconds the same words are refused; X does not name its figure, this is the sandbox's.
pub const REPEAT_S: i64 = 86_400;
/// Entries of a page of an account's posts.
pub const PAGE: RangeInclusive<usize> = 5..=100;
/// Entries of a page if nothing is said.
pub const PAGE_DEFAULT: usize = 10;
/// Posts that are read by id at once.
pub const IDS_MAX: usize = 100;
/// The short window, seconds.
pub const WINDOW_S: i64 = 900;
/// A day, seconds.
pub const DAY_S: i64 = 86_400;
/// Posts of an app in a day.
pub const APP_POSTS_PER_DAY: u32 = 10_000;
/// Posts of an account in a day, as X itself bounds them.
pub const USER_POSTS_PER_DAY: u32 = 2_400;
/// Posts of a user in a short window.
pub const POSTS_PER_WINDOW: u32 = 100;
