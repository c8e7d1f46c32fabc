//! Facebook Pages.

use super::schema::*;
use crate::network::Network;
use crate::post::ContentType;
use crate::text::count::Counter::Chars;

const POSTS: &str = "developers.facebook.com: Pages API, Posts";
const PHOTOS: &str = "developers.facebook.com: Graph API, Page photos";
const VIDEOS: &str = "developers.facebook.com: Video API, Publishing";
const REELS: &str = "developers.facebook.com: Video API, Reels Publishing";
const STORIES: &str = "developers.facebook.com: Page Stories API";
const PRACTICE: &str = "practice; Facebook documents no figure";

const MESSAGE: TextRule = text(&[text_limit(63_206, Chars, PRACTICE)]);
const COMMENT: &[TextLimit] = &[text_limit(8_000, Chars, PRACTICE)];

const PHOTO: FileRule = FileRule {
    alt_text: Some(&[]),
    ..image(
        &["image/jpeg", "image/png", "image/bmp", "image/tiff"],
        &[converted(Measure::BytesMax, 10_000_000, PHOTOS)],
    )
};
const VIDEO: FileRule = video(
    &["video/mp4", "video/quicktime", "video/x-msvideo", "video/x-matroska", "video/webm"],
    &[],
    &[
        refused(Measure::RatioMin, 562, VIDEOS),
        refused(Measure::RatioMax, 1778, VIDEOS),
        refused(Measure::BytesMax, 10_000_000_000, PRACTICE),
        refused(Measure::DurationMax, 4 * HOUR_MS, PRACTICE),
    ],
);
const UPRIGHT: &[&str] = &["h264", "hevc", "vp9", "av1"];
const REEL: FileRule = video(
    &["video/mp4", "video/quicktime"],
    UPRIGHT,
    &[
        refused(Measure::DurationMin, 3_000, REELS),
        refused(Measure::DurationMax, 90_000, REELS),
        refused(Measure::WidthMin, 540, REELS),
        refused(Measure::HeightMin, 960, REELS),
        refused(Measure::RatioMin, 555, REELS),
        refused(Measure::RatioMax, 570, REELS),
        refused(Measure::FrameRateMin, 24_000, REELS),
        refused(Measure::FrameRateMax, 60_000, REELS),
    ],
);
const STORY_VIDEO: FileRule = video(
    &["video/mp4", "video/quicktime"],
    UPRIGHT,
    &[
        refused(Measure::DurationMin, 3_000, STORIES),
        refused(Measure::DurationMax, 60_000, STORIES),
        refused(Measure::WidthMin, 540, STORIES),
        refused(Measure::HeightMin, 960, STORIES),
        refused(Measure::RatioMin, 555, STORIES),
        refused(Measure::RatioMax, 570, STORIES),
        refused(Measure::FrameRateMin, 24_000, STORIES),
        refused(Measure::FrameRateMax, 60_000, STORIES),
    ],
);
const STORY_PHOTO: FileRule = FileRule { alt_text: None, ..PHOTO };

const TEXT: Offer = Offer {
    conversion: None,
    text: MESSAGE,
    title: None,
    media: NO_MEDIA,
    link: None,
    poll: None,
    thread: None,
    first_comment: Some(COMMENT),
    draft_api: true,
};

pub(super) const RULES: NetworkRules = NetworkRules {
    network: Network::Facebook,
    name: Network::Facebook.name(),
    pages: &[POSTS, PHOTOS, VIDEOS, REELS, STORIES],
    cells: Cells {
        text: Cell::Offered(TEXT),
        image: Cell::Offered(Offer {
            media: media(1, 1, &[PHOTO], PHOTOS),
            ..TEXT
        }),
        carousel: Cell::Offered(Offer {
            media: media(2, 10, &[PHOTO], PRACTICE),
            ..TEXT
        }),
        video: Cell::Offered(Offer {
            media: media(1, 1, &[VIDEO], VIDEOS),
            ..TEXT
        }),
        reel: Cell::Offered(Offer {
            media: media(1, 1, &[REEL], REELS),
            ..TEXT
        }),
        story: Cell::Offered(Offer {
            text: NO_TEXT,
            media: media(1, 1, &[STORY_PHOTO, STORY_VIDEO], STORIES),
            first_comment: None,
            draft_api: false,
            ..TEXT
        }),
        gif: Cell::Offered(Offer {
            conversion: Some("The GIF is sent as an MP4 video, as Pages have no animated GIFs."),
            media: media(1, 1, &[gif(Some("video/mp4"), &[])], VIDEOS),
            ..TEXT
        }),
        document: not_offered("Facebook's API publishes no documents on Pages."),
        link: Cell::Offered(Offer {
            link: Some(LINK_FIELD),
            ..TEXT
        }),
        poll: not_offered("Facebook's API has no polls."),
        thread: not_offered("Facebook has no threads: a Page post does not answer another."),
    },
    settings: &[],
    quotas: &[
        ROLLING_HOUR,
        Quota {
            content_types: &[ContentType::Reel],
            ..quota("facebook_reels_day", 30, DAY_MS, REELS)
        },
    ],
    repeat_refused_ms: None,
};
