//! Limits as the lexicons and the fact sheet give them; `tests/figures.rs` lists where they differ from `core::rules`.

/// Extended grapheme clusters of a post's text (`app.bsky.feed.post`).
pub const TEXT_GRAPHEMES_MAX: usize = 300;
/// UTF-8 bytes of a post's text (`app.bsky.feed.post`).
pub const TEXT_BYTES_MAX: usize = 3_000;
/// Languages of a post (`app.bsky.feed.post`).
pub const LANGS_MAX: usize = 3;
/// Tags beside the text (`app.bsky.feed.post`).
pub const TAGS_MAX: usize = 8;
/// Graphemes of a tag (`app.bsky.richtext.facet`).
pub const TAG_GRAPHEMES_MAX: usize = 64;
/// UTF-8 bytes of a tag (`app.bsky.richtext.facet`).
pub const TAG_BYTES_MAX: usize = 640;
/// Pictures of a post (`app.bsky.embed.images`).
pub const IMAGES_MAX: usize = 4;
/// Pictures of a gallery (`app.bsky.embed.gallery`).
pub const GALLERY_MAX: usize = 20;
/// Subtitles of a video (`app.bsky.embed.video`).
pub const CAPTIONS_MAX: usize = 20;
/// Bytes of a picture (`app.bsky.embed.images`).
pub const IMAGE_BYTES_MAX: u64 = 2_000_000;
/// Bytes of a link card's picture (`app.bsky.embed.external`).
pub const THUMB_BYTES_MAX: u64 = 1_000_000;
/// Bytes of a video (`app.bsky.embed.video`).
pub const VIDEO_BYTES_MAX: u64 = 300_000_000;
/// Bytes of subtitles (`app.bsky.embed.video`).
pub const CAPTION_BYTES_MAX: u64 = 20_000;
/// The longest video that the service takes, milliseconds (fact sheet section 3).
pub const VIDEO_MS_MAX: u64 = 180_000;
/// Videos of one account in 24 hours (fact sheet section 3).
pub const VIDEOS_PER_DAY: usize = 25;
/// Bytes of one account's videos in 24 hours (fact sheet section 3).
pub const VIDEO_BYTES_PER_DAY: u64 = 10_000_000_000;
/// Bytes of one blob at Bluesky's own servers (fact sheet section 3).
pub const BLOB_BYTES_MAX: u64 = 50 * 1024 * 1024;
/// Points of writing in an hour; a create takes 3, an update 2, a deletion 1 (fact sheet section 5).
pub const WRITE_POINTS_PER_HOUR: u64 = 5_000;
/// Points of writing in a day (fact sheet section 5).
pub const WRITE_POINTS_PER_DAY: u64 = 35_000;
