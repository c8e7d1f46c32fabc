//! Facebook's figures as rows, to be held against the product's.

use postrider_core::network::Network;
use postrider_core::post::AssetKind::{Image, Video};
use postrider_core::post::ContentType;

use super::limits::{
    COMMENT_CHARS_MAX, MESSAGE_CHARS_MAX, PHOTO_BYTES_MAX, PHOTOS_MAX, REEL_MS, REEL_PIXELS_MIN, REELS_PER_DAY, STORY_VIDEO_MS_MAX,
    VIDEO_PIECES_BYTES_MAX,
};
use crate::figures::{Figure, What, rows};

/// Every figure.
pub fn figures() -> Vec<Figure> {
    let of = Network::Facebook;
    [
        &rows(
            of,
            ContentType::Text,
            [
                (What::TextMax, MESSAGE_CHARS_MAX as i64),
                (What::CommentMax, COMMENT_CHARS_MAX as i64),
            ],
        )[..],
        &rows(of, ContentType::Image, [(What::BytesMax(Image), PHOTO_BYTES_MAX as i64)]),
        &rows(of, ContentType::Carousel, [(What::FilesMax, PHOTOS_MAX as i64)]),
        &rows(of, ContentType::Video, [(What::BytesMax(Video), VIDEO_PIECES_BYTES_MAX as i64)]),
        &rows(
            of,
            ContentType::Reel,
            [
                (What::MsMin(Video), *REEL_MS.start() as i64),
                (What::MsMax(Video), *REEL_MS.end() as i64),
                (What::WidthMin(Video), REEL_PIXELS_MIN.0 as i64),
                (What::HeightMin(Video), REEL_PIXELS_MIN.1 as i64),
                (What::PerDay, REELS_PER_DAY as i64),
            ],
        ),
        &rows(of, ContentType::Story, [(What::MsMax(Video), STORY_VIDEO_MS_MAX as i64)]),
    ]
    .concat()
}
