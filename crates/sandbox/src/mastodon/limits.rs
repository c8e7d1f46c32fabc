//! Limits as the fact sheet gives them (sections 1, 3, 6 and 7); `tests/figures.rs` lists where they differ from `core::rules`.

use std::ops::RangeInclusive;

/// Characters of a text, as its server counts them, on a server that changed nothing.
pub const TEXT_CHARS_MAX: usize = 500;
/// What an address counts, however long it is.
pub const URL_CHARS: usize = 23;
/// Files of a post.
pub const FILES_MAX: usize = 4;
/// Characters of a file's description.
pub const ALT_CHARS_MAX: usize = 1_500;
/// Bytes of a picture.
pub const IMAGE_BYTES_MAX: u64 = 16_777_216;
/// Pixels of a picture.
pub const IMAGE_PIXELS_MAX: u64 = 33_177_600;
/// Bytes of a video or a sound.
pub const VIDEO_BYTES_MAX: u64 = 103_809_024;
/// Pixels of a video's frame.
pub const VIDEO_PIXELS_MAX: u64 = 8_294_400;
/// Frames of a video in a second.
pub const VIDEO_FRAMES_MAX: u64 = 120;
/// Options of a poll.
pub const OPTIONS: RangeInclusive<usize> = 2..=4;
/// Characters of a poll's option.
pub const OPTION_CHARS_MAX: usize = 50;
/// How long a poll takes answers, seconds.
pub const POLL_S: RangeInclusive<i64> = 300..=2_629_746;
/// Posts of a page of the list, and if nothing is said.
pub const PAGE_MAX: usize = 40;
/// Posts of a page if nothing is said.
pub const PAGE_DEFAULT: usize = 20;
/// How long a key is known, seconds.
pub const KEY_S: i64 = 3_600;
/// How far ahead a post must be scheduled, seconds.
pub const AHEAD_S: i64 = 300;
/// Scheduled posts of an account.
pub const SCHEDULED_MAX: usize = 300;
/// Scheduled posts of an account on one day.
pub const SCHEDULED_A_DAY_MAX: usize = 25;
/// Calls of a token in five minutes.
pub const CALLS_PER_5_MINUTES: u32 = 300;
/// Uploads of an account in half an hour.
pub const UPLOADS_PER_30_MINUTES: u32 = 30;
/// Deleted posts of an account in half an hour.
pub const DELETES_PER_30_MINUTES: u32 = 30;
/// New posts of an account in three hours.
pub const POSTS_PER_3_HOURS: u32 = 300;
