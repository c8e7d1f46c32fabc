//! Limits as the fact sheet gives them (section 5); `tests/figures.rs` lists where they differ from `core::rules`.

use std::ops::RangeInclusive;

/// UTF-16 units of commentary, escapes left out.
pub const COMMENTARY_UNITS_MAX: usize = 3_000;
/// UTF-16 units of an image's description.
pub const ALT_UNITS_MAX: usize = 4_086;
/// UTF-16 units of a link card's title.
pub const ARTICLE_TITLE_UNITS_MAX: usize = 400;
/// UTF-16 units of a link card's description.
pub const ARTICLE_DESCRIPTION_UNITS_MAX: usize = 4_086;
/// Pictures of a `multiImage`.
pub const IMAGES: RangeInclusive<usize> = 2..=20;
/// UTF-16 units of a poll's question.
pub const QUESTION_UNITS_MAX: usize = 140;
/// Options of a poll.
pub const OPTIONS: RangeInclusive<usize> = 2..=4;
/// UTF-16 units of an option.
pub const OPTION_UNITS_MAX: usize = 30;
/// UTF-16 units of a comment.
pub const COMMENT_UNITS_MAX: usize = 1_250;
/// Pixels of a picture, the first number that is too many.
pub const IMAGE_PIXELS_END: u64 = 36_152_320;
/// Bytes of a picture: the documents give no bound, this one only keeps the sandbox from drowning.
pub const IMAGE_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// Bytes of a document.
pub const DOCUMENT_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// Bytes of a video; "75 KB to 500 MB" is read generously on both sides.
pub const VIDEO_BYTES: RangeInclusive<u64> = 75_000..=500 * 1024 * 1024;
/// Length of a video, milliseconds.
pub const VIDEO_MS: RangeInclusive<u64> = 3_000..=30 * 60_000;
