//! TikTok's figures as rows, to be held against the product's.

use postrider_core::network::Network;
use postrider_core::post::AssetKind::{Image, Video};
use postrider_core::post::ContentType;

use super::limits::{
    CAPTION_UNITS_MAX, DESCRIPTION_UNITS_MAX, PHOTO_AREA_MAX, PHOTO_BYTES_MAX, PHOTOS, POSTS_PER_DAY, VIDEO_BYTES_MAX, VIDEO_MS, VIDEO_SIDE,
};
use crate::figures::{Figure, What, rows};

/// Every figure.
pub fn figures() -> Vec<Figure> {
    let of = Network::Tiktok;
    [
        &rows(
            of,
            ContentType::Image,
            [
                (What::TextMax, DESCRIPTION_UNITS_MAX as i64),
                (What::FilesMin, *PHOTOS.start() as i64),
                (What::BytesMax(Image), PHOTO_BYTES_MAX as i64),
                (What::AreaMax(Image), PHOTO_AREA_MAX as i64),
                (What::PerDay, POSTS_PER_DAY as i64),
            ],
        )[..],
        &rows(of, ContentType::Carousel, [(What::FilesMax, *PHOTOS.end() as i64)]),
        &rows(
            of,
            ContentType::Video,
            [
                (What::TextMax, CAPTION_UNITS_MAX as i64),
                (What::BytesMax(Video), VIDEO_BYTES_MAX as i64),
                (What::MsMin(Video), *VIDEO_MS.start() as i64),
                (What::MsMax(Video), *VIDEO_MS.end() as i64),
                (What::WidthMin(Video), i64::from(*VIDEO_SIDE.start())),
                (What::HeightMin(Video), i64::from(*VIDEO_SIDE.start())),
            ],
        ),
    ]
    .concat()
}
