//! YouTube's figures as rows, to be held against the product's.

use postrider_core::network::Network;
use postrider_core::post::AssetKind::Video;
use postrider_core::post::ContentType;

use super::limits::{DESCRIPTION_BYTES_MAX, VIDEO_BYTES_MAX, VIDEO_MS_MAX};
use crate::figures::{Figure, What, rows};

/// Every figure.
pub fn figures() -> Vec<Figure> {
    let of = Network::Youtube;
    [
        &rows(
            of,
            ContentType::Video,
            [
                (What::TextMax, DESCRIPTION_BYTES_MAX as i64),
                (What::FilesMin, 1),
                (What::FilesMax, 1),
                (What::BytesMax(Video), VIDEO_BYTES_MAX as i64),
                (What::MsMax(Video), VIDEO_MS_MAX as i64),
            ],
        )[..],
        &rows(
            of,
            ContentType::Reel,
            [
                (What::TextMax, DESCRIPTION_BYTES_MAX as i64),
                (What::BytesMax(Video), VIDEO_BYTES_MAX as i64),
            ],
        ),
    ]
    .concat()
}
