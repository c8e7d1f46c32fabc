//! Pinterest's figures as rows, to be held against the product's.

use postrider_core::network::Network;
use postrider_core::post::AssetKind::{Image, Video};
use postrider_core::post::ContentType;

use super::limits::{ALT_CHARS_MAX, DESCRIPTION_CHARS_MAX, IMAGE_BYTES_MAX, IMAGES, VIDEO_ASPECT, VIDEO_BYTES_MAX, VIDEO_MS};
use crate::figures::{Figure, What, rows};

/// Every figure.
pub fn figures() -> Vec<Figure> {
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
