//! Mastodon's figures as rows, to be held against the product's.

use postrider_core::network::Network;
use postrider_core::post::AssetKind::{Gif, Image, Video};
use postrider_core::post::ContentType;

use super::limits::{ALT_CHARS_MAX, FILES_MAX, IMAGE_BYTES_MAX, IMAGE_PIXELS_MAX, TEXT_CHARS_MAX, VIDEO_BYTES_MAX, VIDEO_PIXELS_MAX};
use crate::figures::{Figure, What, rows};

/// Every figure.
pub fn figures() -> Vec<Figure> {
    let of = Network::Mastodon;
    [
        &rows(
            of,
            ContentType::Text,
            [(What::TextMax, TEXT_CHARS_MAX as i64), (What::CommentMax, TEXT_CHARS_MAX as i64)],
        )[..],
        &rows(
            of,
            ContentType::Image,
            [
                (What::AltMax(Image), ALT_CHARS_MAX as i64),
                (What::BytesMax(Image), IMAGE_BYTES_MAX as i64),
                (What::AreaMax(Image), IMAGE_PIXELS_MAX as i64),
            ],
        ),
        &rows(of, ContentType::Carousel, [(What::FilesMax, FILES_MAX as i64)]),
        &rows(
            of,
            ContentType::Gif,
            [
                (What::AltMax(Gif), ALT_CHARS_MAX as i64),
                (What::BytesMax(Gif), IMAGE_BYTES_MAX as i64),
            ],
        ),
        &rows(
            of,
            ContentType::Video,
            [
                (What::AltMax(Video), ALT_CHARS_MAX as i64),
                (What::BytesMax(Video), VIDEO_BYTES_MAX as i64),
                (What::AreaMax(Video), VIDEO_PIXELS_MAX as i64),
            ],
        ),
    ]
    .concat()
}
