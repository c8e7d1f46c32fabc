//! Instagram's figures as rows, to be held against the product's.

use postrider_core::network::Network;
use postrider_core::post::AssetKind::{Image, Video};
use postrider_core::post::ContentType;

use super::limits::{
    ALT_CHARS_MAX, CAPTION_CHARS_MAX, CHILDREN, HASHTAGS_MAX, IMAGE_ASPECT, IMAGE_BYTES_MAX, MENTIONS_MAX, POSTS_PER_DAY, REEL_BYTES_MAX,
    REEL_MS, SHORT_VIDEO_MS, STORY_BYTES_MAX,
};
use crate::figures::{Figure, What, rows};

/// Every figure.
pub fn figures() -> Vec<Figure> {
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
