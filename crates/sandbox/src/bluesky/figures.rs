//! Bluesky's figures as rows, to be held against the product's.

use postrider_core::network::Network;
use postrider_core::post::AssetKind::{Image, Video};
use postrider_core::post::ContentType;

use super::limits::{IMAGE_BYTES_MAX, IMAGES_MAX, TEXT_GRAPHEMES_MAX, VIDEO_BYTES_MAX, VIDEO_MS_MAX};
use crate::figures::{Figure, What, rows};

/// Every figure.
pub fn figures() -> Vec<Figure> {
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
