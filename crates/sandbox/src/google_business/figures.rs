//! Business Profile's figures as rows, to be held against the product's.

use postrider_core::network::Network;
use postrider_core::post::AssetKind::Image;
use postrider_core::post::ContentType;

use super::limits::{PHOTO_BYTES, PHOTO_HEIGHT_MIN, PHOTO_WIDTH_MIN, SUMMARY_CHARS_MAX};
use crate::figures::{Figure, What, rows};

/// Every figure.
pub fn figures() -> Vec<Figure> {
    let of = Network::GoogleBusiness;
    let text = [(What::TextMax, SUMMARY_CHARS_MAX as i64)];
    [
        &rows(of, ContentType::Text, text)[..],
        &rows(of, ContentType::Link, text),
        &rows(
            of,
            ContentType::Image,
            [
                (What::TextMax, SUMMARY_CHARS_MAX as i64),
                (What::BytesMin(Image), *PHOTO_BYTES.start() as i64),
                (What::BytesMax(Image), *PHOTO_BYTES.end() as i64),
                (What::WidthMin(Image), i64::from(PHOTO_WIDTH_MIN)),
                (What::HeightMin(Image), i64::from(PHOTO_HEIGHT_MIN)),
            ],
        ),
    ]
    .concat()
}
