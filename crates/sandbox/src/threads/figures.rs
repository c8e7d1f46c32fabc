//! Threads's figures as rows, to be held against the product's.

use postrider_core::network::Network;
use postrider_core::post::AssetKind::{Image, Video};
use postrider_core::post::ContentType;

use super::limits::{
    ALT_CHARS_MAX, CHILDREN, IMAGE_ASPECT, IMAGE_BYTES_MAX, POSTS_PER_DAY, TEXT_MAX, VIDEO_ASPECT, VIDEO_BYTES_MAX, VIDEO_MS_MAX,
};
use crate::figures::{Figure, What, rows};

/// Every figure.
pub fn figures() -> Vec<Figure> {
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
