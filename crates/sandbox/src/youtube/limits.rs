//! Limits as the fact sheet gives them (sections 2, 3, 5 and 6); `tests/figures.rs` lists where they differ from `core::rules`.

/// Bytes of a video.
pub const VIDEO_BYTES_MAX: u64 = 274_877_906_944;
/// Length of a video, milliseconds.
pub const VIDEO_MS_MAX: u64 = 12 * 3_600_000;
/// The same of a channel whose phone number is not confirmed.
pub const SHORT_VIDEO_MS_MAX: u64 = 15 * 60_000;
/// Every piece of an upload but the last is a multiple of this, bytes.
pub const PIECE_BYTES: u64 = 262_144;
/// How long an upload's address works, seconds.
pub const SESSION_S: i64 = 7 * 86_400;
/// Characters of a title.
pub const TITLE_CHARS_MAX: usize = 100;
/// Bytes of a description.
pub const DESCRIPTION_BYTES_MAX: usize = 5_000;
/// Characters of all tags, with what stands between and around them.
pub const TAGS_CHARS_MAX: usize = 500;
/// Bytes of a thumbnail.
pub const THUMBNAIL_BYTES_MAX: usize = 2_097_152;
/// Uploads that a project may begin on a day.
pub const INSERTS_PER_DAY: u64 = 100;
/// Units that a project has for everything else on a day.
pub const UNITS_PER_DAY: u64 = 10_000;
/// What a reading call costs.
pub const READ_UNITS: u64 = 1;
/// What a writing call costs.
pub const WRITE_UNITS: u64 = 50;
/// Entries of a page of a list.
pub const PAGE_MAX: usize = 50;
/// The same of comments.
pub const COMMENTS_PAGE_MAX: usize = 100;
/// The categories that can be assigned.
pub const CATEGORIES: &[&str] = &[
    "1", "2", "10", "15", "17", "19", "20", "22", "23", "24", "25", "26", "27", "28", "29",
];
