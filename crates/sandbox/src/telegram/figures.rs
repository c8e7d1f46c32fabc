//! Telegram's figures as rows, to be held against the product's.

use postrider_core::network::Network;
use postrider_core::post::AssetKind::{Document, Gif, Image, Video};
use postrider_core::post::ContentType;

use super::limits::{ALBUM, CAPTION_MAX, FILE_BYTES_MAX, PHOTO_BYTES_MAX, RATIO_MAX, TEXT_MAX};
use crate::figures::{Figure, What, rows};

const CAPTION: (What, i64) = (What::TextMax, CAPTION_MAX as i64);

/// Every figure.
pub fn figures() -> Vec<Figure> {
    let of = Network::Telegram;
    let file = FILE_BYTES_MAX as i64;
    [
        &rows(of, ContentType::Text, [(What::TextMax, TEXT_MAX as i64)])[..],
        &rows(of, ContentType::Link, [(What::TextMax, TEXT_MAX as i64)]),
        &rows(
            of,
            ContentType::Image,
            [
                CAPTION,
                (What::BytesMax(Image), PHOTO_BYTES_MAX as i64),
                (What::RatioMin(Image), 1_000 / i64::from(RATIO_MAX)),
                (What::RatioMax(Image), i64::from(RATIO_MAX) * 1_000),
            ],
        ),
        &rows(
            of,
            ContentType::Carousel,
            [
                CAPTION,
                (What::FilesMin, *ALBUM.start() as i64),
                (What::FilesMax, *ALBUM.end() as i64),
            ],
        ),
        &rows(of, ContentType::Video, [CAPTION, (What::BytesMax(Video), file)]),
        &rows(of, ContentType::Gif, [CAPTION, (What::BytesMax(Gif), file)]),
        &rows(of, ContentType::Document, [CAPTION, (What::BytesMax(Document), file)]),
        &rows(of, ContentType::Poll, [CAPTION]),
    ]
    .concat()
}
