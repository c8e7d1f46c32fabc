//! X's figures as rows, to be held against the product's.

use postrider_core::network::Network;
use postrider_core::post::AssetKind::{Gif, Image, Video};
use postrider_core::post::ContentType;

use super::limits::{
    ALT_CHARS_MAX, GIF_BYTES_MAX, IMAGE_BYTES_MAX, PICTURES_MAX, TEXT_WEIGHT_MAX, VIDEO_ASPECT, VIDEO_BYTES_MAX, VIDEO_MS, VIDEO_PIXELS_MIN,
};
use crate::figures::{Figure, What, rows};

/// Every figure.
pub fn figures() -> Vec<Figure> {
    let of = Network::X;
    let thousandths = |ratio: f64| (ratio * 1_000.0).round() as i64;
    [
        &rows(
            of,
            ContentType::Text,
            [(What::TextMax, TEXT_WEIGHT_MAX as i64), (What::CommentMax, TEXT_WEIGHT_MAX as i64)],
        )[..],
        &rows(
            of,
            ContentType::Image,
            [
                (What::AltMax(Image), ALT_CHARS_MAX as i64),
                (What::BytesMax(Image), IMAGE_BYTES_MAX as i64),
            ],
        ),
        &rows(of, ContentType::Carousel, [(What::FilesMax, PICTURES_MAX as i64)]),
        &rows(
            of,
            ContentType::Gif,
            [
                (What::AltMax(Gif), ALT_CHARS_MAX as i64),
                (What::BytesMax(Gif), GIF_BYTES_MAX as i64),
            ],
        ),
        &rows(
            of,
            ContentType::Video,
            [
                (What::BytesMax(Video), VIDEO_BYTES_MAX as i64),
                (What::MsMin(Video), *VIDEO_MS.start() as i64),
                (What::MsMax(Video), *VIDEO_MS.end() as i64),
                (What::WidthMin(Video), i64::from(VIDEO_PIXELS_MIN)),
                (What::HeightMin(Video), i64::from(VIDEO_PIXELS_MIN)),
                (What::RatioMin(Video), thousandths(*VIDEO_ASPECT.start())),
                (What::RatioMax(Video), thousandths(*VIDEO_ASPECT.end())),
            ],
        ),
    ]
    .concat()
}
