//! LinkedIn's figures as rows, to be held against the product's.

use postrider_core::network::Network;
use postrider_core::post::AssetKind::{Document, Image, Video};
use postrider_core::post::ContentType;

use super::limits::{
    ALT_UNITS_MAX, COMMENT_UNITS_MAX, COMMENTARY_UNITS_MAX, DOCUMENT_BYTES_MAX, IMAGE_BYTES_MAX, IMAGE_PIXELS_END, IMAGES, VIDEO_BYTES,
    VIDEO_MS,
};
use crate::figures::{Figure, What, rows};

/// Every figure.
pub fn figures() -> Vec<Figure> {
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
