//! The sandbox's own figures as one table, so that they can be held against the product's.

use postrider_core::network::Network;
use postrider_core::post::{AssetKind, ContentType};

use crate::{bluesky, facebook, instagram, linkedin, pinterest, threads, tiktok};

/// What a figure bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Length of the text, as the network counts it first.
    TextMax,
    /// Hashtags in the text.
    HashtagsMax,
    /// Mentions in the text.
    MentionsMax,
    /// Length of the first comment.
    CommentMax,
    /// Fewest files.
    FilesMin,
    /// Most files.
    FilesMax,
    /// Length of a description of a file of this kind.
    AltMax(AssetKind),
    /// Size of a file of this kind.
    BytesMax(AssetKind),
    /// Smallest size of a file of this kind.
    BytesMin(AssetKind),
    /// Shortest file of this kind, milliseconds.
    MsMin(AssetKind),
    /// Longest file of this kind, milliseconds.
    MsMax(AssetKind),
    /// Narrowest shape, width over height in thousandths.
    RatioMin(AssetKind),
    /// Widest shape, width over height in thousandths.
    RatioMax(AssetKind),
    /// Fewest pixels across.
    WidthMin(AssetKind),
    /// Fewest pixels down.
    HeightMin(AssetKind),
    /// Most pixels in all.
    AreaMax(AssetKind),
    /// Posts of this content type in 24 hours.
    PerDay,
}

/// One figure of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// Whose.
    pub network: Network,
    /// Of which content type.
    pub content: ContentType,
    /// What it bounds.
    pub what: What,
    /// The figure.
    pub value: i64,
}

const fn rows<const N: usize>(network: Network, content: ContentType, rows: [(What, i64); N]) -> [Figure; N] {
    let mut figures = [Figure {
        network,
        content,
        what: What::TextMax,
        value: 0,
    }; N];
    let mut index = 0;
    while index < N {
        figures[index].what = rows[index].0;
        figures[index].value = rows[index].1;
        index += 1;
    }
    figures
}

/// Every figure that both tables could know.
pub fn figures() -> Vec<Figure> {
    [
        facebook_figures(),
        instagram_figures(),
        threads_figures(),
        linkedin_figures(),
        tiktok_figures(),
        bluesky_figures(),
        pinterest_figures(),
    ]
    .concat()
}

fn facebook_figures() -> Vec<Figure> {
    use AssetKind::{Image, Video};
    use facebook::limits::{
        COMMENT_CHARS_MAX, MESSAGE_CHARS_MAX, PHOTO_BYTES_MAX, PHOTOS_MAX, REEL_MS, REEL_PIXELS_MIN, REELS_PER_DAY, STORY_VIDEO_MS_MAX,
        VIDEO_PIECES_BYTES_MAX,
    };
    let of = Network::Facebook;
    [
        &rows(
            of,
            ContentType::Text,
            [
                (What::TextMax, MESSAGE_CHARS_MAX as i64),
                (What::CommentMax, COMMENT_CHARS_MAX as i64),
            ],
        )[..],
        &rows(of, ContentType::Image, [(What::BytesMax(Image), PHOTO_BYTES_MAX as i64)]),
        &rows(of, ContentType::Carousel, [(What::FilesMax, PHOTOS_MAX as i64)]),
        &rows(of, ContentType::Video, [(What::BytesMax(Video), VIDEO_PIECES_BYTES_MAX as i64)]),
        &rows(
            of,
            ContentType::Reel,
            [
                (What::MsMin(Video), *REEL_MS.start() as i64),
                (What::MsMax(Video), *REEL_MS.end() as i64),
                (What::WidthMin(Video), REEL_PIXELS_MIN.0 as i64),
                (What::HeightMin(Video), REEL_PIXELS_MIN.1 as i64),
                (What::PerDay, REELS_PER_DAY as i64),
            ],
        ),
        &rows(of, ContentType::Story, [(What::MsMax(Video), STORY_VIDEO_MS_MAX as i64)]),
    ]
    .concat()
}

fn instagram_figures() -> Vec<Figure> {
    use AssetKind::{Image, Video};
    use instagram::limits::{
        ALT_CHARS_MAX, CAPTION_CHARS_MAX, CHILDREN, HASHTAGS_MAX, IMAGE_ASPECT, IMAGE_BYTES_MAX, MENTIONS_MAX, POSTS_PER_DAY,
        REEL_BYTES_MAX, REEL_MS, SHORT_VIDEO_MS, STORY_BYTES_MAX,
    };
    let of = Network::Instagram;
    let thousandths = |ratio: f64| (ratio * 1_000.0).round() as i64;
    [
        &rows(
            of,
            ContentType::Image,
            [
                (What::TextMax, CAPTION_CHARS_MAX as i64),
                (What::HashtagsMax, HASHTAGS_MAX as i64),
                (What::MentionsMax, MENTIONS_MAX as i64),
                (What::AltMax(Image), ALT_CHARS_MAX as i64),
                (What::BytesMax(Image), IMAGE_BYTES_MAX as i64),
                (What::RatioMin(Image), thousandths(*IMAGE_ASPECT.start())),
                (What::RatioMax(Image), thousandths(*IMAGE_ASPECT.end())),
                (What::PerDay, POSTS_PER_DAY as i64),
            ],
        )[..],
        &rows(
            of,
            ContentType::Carousel,
            [(What::FilesMin, *CHILDREN.start() as i64), (What::FilesMax, *CHILDREN.end() as i64)],
        ),
        &rows(
            of,
            ContentType::Reel,
            [
                (What::BytesMax(Video), REEL_BYTES_MAX as i64),
                (What::MsMin(Video), *REEL_MS.start() as i64),
                (What::MsMax(Video), *REEL_MS.end() as i64),
            ],
        ),
        &rows(
            of,
            ContentType::Story,
            [
                (What::BytesMax(Image), IMAGE_BYTES_MAX as i64),
                (What::BytesMax(Video), STORY_BYTES_MAX as i64),
                (What::MsMin(Video), *SHORT_VIDEO_MS.start() as i64),
                (What::MsMax(Video), *SHORT_VIDEO_MS.end() as i64),
            ],
        ),
    ]
    .concat()
}

fn threads_figures() -> Vec<Figure> {
    use AssetKind::{Image, Video};
    use threads::limits::{
        ALT_CHARS_MAX, CHILDREN, IMAGE_ASPECT, IMAGE_BYTES_MAX, POSTS_PER_DAY, TEXT_MAX, VIDEO_ASPECT, VIDEO_BYTES_MAX, VIDEO_MS_MAX,
    };
    let of = Network::Threads;
    let thousandths = |ratio: f64| (ratio * 1_000.0).round() as i64;
    [
        &rows(
            of,
            ContentType::Text,
            [
                (What::TextMax, TEXT_MAX as i64),
                (What::CommentMax, TEXT_MAX as i64),
                (What::PerDay, POSTS_PER_DAY as i64),
            ],
        )[..],
        &rows(
            of,
            ContentType::Image,
            [
                (What::AltMax(Image), ALT_CHARS_MAX as i64),
                (What::BytesMax(Image), IMAGE_BYTES_MAX as i64),
                (What::RatioMin(Image), thousandths(*IMAGE_ASPECT.start())),
                (What::RatioMax(Image), thousandths(*IMAGE_ASPECT.end())),
            ],
        ),
        &rows(
            of,
            ContentType::Carousel,
            [(What::FilesMin, *CHILDREN.start() as i64), (What::FilesMax, *CHILDREN.end() as i64)],
        ),
        &rows(
            of,
            ContentType::Video,
            [
                (What::AltMax(Video), ALT_CHARS_MAX as i64),
                (What::BytesMax(Video), VIDEO_BYTES_MAX as i64),
                (What::MsMax(Video), VIDEO_MS_MAX as i64),
                (What::RatioMin(Video), thousandths(*VIDEO_ASPECT.start())),
                (What::RatioMax(Video), thousandths(*VIDEO_ASPECT.end())),
            ],
        ),
    ]
    .concat()
}

fn linkedin_figures() -> Vec<Figure> {
    use AssetKind::{Document, Image, Video};
    use linkedin::limits::{
        ALT_UNITS_MAX, COMMENT_UNITS_MAX, COMMENTARY_UNITS_MAX, DOCUMENT_BYTES_MAX, IMAGE_BYTES_MAX, IMAGE_PIXELS_END, IMAGES, VIDEO_BYTES,
        VIDEO_MS,
    };
    let of = Network::Linkedin;
    [
        &rows(
            of,
            ContentType::Text,
            [
                (What::TextMax, COMMENTARY_UNITS_MAX as i64),
                (What::CommentMax, COMMENT_UNITS_MAX as i64),
            ],
        )[..],
        &rows(
            of,
            ContentType::Image,
            [
                (What::AltMax(Image), ALT_UNITS_MAX as i64),
                (What::BytesMax(Image), IMAGE_BYTES_MAX as i64),
                (What::AreaMax(Image), IMAGE_PIXELS_END as i64 - 1),
            ],
        ),
        &rows(
            of,
            ContentType::Carousel,
            [(What::FilesMin, *IMAGES.start() as i64), (What::FilesMax, *IMAGES.end() as i64)],
        ),
        &rows(
            of,
            ContentType::Video,
            [
                (What::BytesMin(Video), *VIDEO_BYTES.start() as i64),
                (What::BytesMax(Video), *VIDEO_BYTES.end() as i64),
                (What::MsMin(Video), *VIDEO_MS.start() as i64),
                (What::MsMax(Video), *VIDEO_MS.end() as i64),
            ],
        ),
        &rows(of, ContentType::Document, [(What::BytesMax(Document), DOCUMENT_BYTES_MAX as i64)]),
    ]
    .concat()
}

fn tiktok_figures() -> Vec<Figure> {
    use AssetKind::{Image, Video};
    use tiktok::limits::{
        CAPTION_UNITS_MAX, DESCRIPTION_UNITS_MAX, PHOTO_AREA_MAX, PHOTO_BYTES_MAX, PHOTOS, POSTS_PER_DAY, VIDEO_BYTES_MAX, VIDEO_MS,
        VIDEO_SIDE,
    };
    let of = Network::Tiktok;
    [
        &rows(
            of,
            ContentType::Image,
            [
                (What::TextMax, DESCRIPTION_UNITS_MAX as i64),
                (What::FilesMin, *PHOTOS.start() as i64),
                (What::BytesMax(Image), PHOTO_BYTES_MAX as i64),
                (What::AreaMax(Image), PHOTO_AREA_MAX as i64),
                (What::PerDay, POSTS_PER_DAY as i64),
            ],
        )[..],
        &rows(of, ContentType::Carousel, [(What::FilesMax, *PHOTOS.end() as i64)]),
        &rows(
            of,
            ContentType::Video,
            [
                (What::TextMax, CAPTION_UNITS_MAX as i64),
                (What::BytesMax(Video), VIDEO_BYTES_MAX as i64),
                (What::MsMin(Video), *VIDEO_MS.start() as i64),
                (What::MsMax(Video), *VIDEO_MS.end() as i64),
                (What::WidthMin(Video), i64::from(*VIDEO_SIDE.start())),
                (What::HeightMin(Video), i64::from(*VIDEO_SIDE.start())),
            ],
        ),
    ]
    .concat()
}

fn bluesky_figures() -> Vec<Figure> {
    use AssetKind::{Image, Video};
    use bluesky::limits::{IMAGE_BYTES_MAX, IMAGES_MAX, TEXT_GRAPHEMES_MAX, VIDEO_BYTES_MAX, VIDEO_MS_MAX};
    let of = Network::Bluesky;
    [
        &rows(of, ContentType::Text, [(What::TextMax, TEXT_GRAPHEMES_MAX as i64)])[..],
        &rows(of, ContentType::Image, [(What::BytesMax(Image), IMAGE_BYTES_MAX as i64)]),
        &rows(of, ContentType::Carousel, [(What::FilesMax, IMAGES_MAX as i64)]),
        &rows(
            of,
            ContentType::Video,
            [
                (What::BytesMax(Video), VIDEO_BYTES_MAX as i64),
                (What::MsMax(Video), VIDEO_MS_MAX as i64),
            ],
        ),
    ]
    .concat()
}

fn pinterest_figures() -> Vec<Figure> {
    use AssetKind::{Image, Video};
    use pinterest::limits::{ALT_CHARS_MAX, DESCRIPTION_CHARS_MAX, IMAGE_BYTES_MAX, IMAGES, VIDEO_ASPECT, VIDEO_BYTES_MAX, VIDEO_MS};
    let of = Network::Pinterest;
    let thousandths = |ratio: f64| (ratio * 1_000.0).round() as i64;
    [
        &rows(
            of,
            ContentType::Image,
            [
                (What::TextMax, DESCRIPTION_CHARS_MAX as i64),
                (What::AltMax(Image), ALT_CHARS_MAX as i64),
                (What::BytesMax(Image), IMAGE_BYTES_MAX as i64),
            ],
        )[..],
        &rows(
            of,
            ContentType::Carousel,
            [(What::FilesMin, *IMAGES.start() as i64), (What::FilesMax, *IMAGES.end() as i64)],
        ),
        &rows(
            of,
            ContentType::Video,
            [
                (What::BytesMax(Video), VIDEO_BYTES_MAX as i64),
                (What::MsMin(Video), *VIDEO_MS.start() as i64),
                (What::MsMax(Video), *VIDEO_MS.end() as i64),
                (What::RatioMin(Video), thousandths(*VIDEO_ASPECT.start())),
                (What::RatioMax(Video), thousandths(*VIDEO_ASPECT.end())),
            ],
        ),
    ]
    .concat()
}
