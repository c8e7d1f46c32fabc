//! Instagram professional accounts, by either login.

use super::schema::*;
use crate::network::Network;
use crate::text::count::Counter::Chars;

const MEDIA: &str = "developers.facebook.com: Instagram Platform, IG User Media";
const PUBLISHING: &str = "developers.facebook.com: Instagram Platform, Content Publishing";
const ERRORS: &str = "developers.facebook.com: Instagram Platform, Error Codes";

const CAPTION: TextRule = TextRule {
    entities: &[at_most(Entity::Hashtags, 30, MEDIA), at_most(Entity::Mentions, 20, MEDIA)],
    ..text(&[text_limit(2_200, Chars, MEDIA)])
};
const PHOTO_BOUNDS: &[Bound] = &[
    converted(Measure::BytesMax, 8 * 1024 * 1024, ERRORS),
    converted(Measure::WidthMax, 1_440, MEDIA),
    converted(Measure::WidthMin, 320, MEDIA),
    refused(Measure::RatioMin, 800, MEDIA),
    refused(Measure::RatioMax, 1_910, MEDIA),
];
const PHOTO: FileRule = FileRule {
    alt_text: Some(&[text_limit(1_000, Chars, MEDIA)]),
    ..image(&["image/jpeg"], PHOTO_BOUNDS)
};
const CODECS: &[&str] = &["h264", "hevc"];
const REEL: FileRule = video(
    &["video/mp4", "video/quicktime"],
    CODECS,
    &[
        refused(Measure::BytesMax, 300_000_000, MEDIA),
        refused(Measure::DurationMin, 3_000, MEDIA),
        refused(Measure::DurationMax, 15 * 60_000, MEDIA),
        refused(Measure::WidthMax, 1_920, MEDIA),
        refused(Measure::RatioMin, 10, MEDIA),
        refused(Measure::RatioMax, 10_000, MEDIA),
        refused(Measure::FrameRateMin, 23_000, MEDIA),
        refused(Measure::FrameRateMax, 60_000, MEDIA),
    ],
);
const STORY_PHOTO: FileRule = image(
    &["image/jpeg"],
    &[
        converted(Measure::BytesMax, 8 * 1024 * 1024, ERRORS),
        advised(Measure::RatioMin, 550, MEDIA),
        advised(Measure::RatioMax, 575, MEDIA),
    ],
);
const STORY_VIDEO: FileRule = video(
    &["video/mp4", "video/quicktime"],
    CODECS,
    &[
        refused(Measure::BytesMax, 100_000_000, MEDIA),
        refused(Measure::DurationMin, 3_000, MEDIA),
        refused(Measure::DurationMax, 60_000, MEDIA),
        refused(Measure::WidthMax, 1_920, MEDIA),
        refused(Measure::RatioMin, 100, MEDIA),
        refused(Measure::RatioMax, 10_000, MEDIA),
        refused(Measure::FrameRateMin, 23_000, MEDIA),
        refused(Measure::FrameRateMax, 60_000, MEDIA),
    ],
);

const IMAGE: Offer = Offer {
    conversion: None,
    text: CAPTION,
    title: None,
    media: media(1, 1, &[PHOTO], MEDIA),
    link: None,
    poll: None,
    thread: None,
    first_comment: Some(&[]),
    draft_api: false,
};
const WITH_MEDIA: MediaRule = media(1, 10, &[PHOTO, REEL], PUBLISHING);

pub(super) const RULES: NetworkRules = NetworkRules {
    network: Network::Instagram,
    name: Network::Instagram.name(),
    pages: &[MEDIA, PUBLISHING, ERRORS],
    cells: Cells {
        text: Cell::Offered(Offer {
            conversion: Some("Instagram has no posts of words alone: add pictures or a video, and the text becomes their caption."),
            media: WITH_MEDIA,
            ..IMAGE
        }),
        image: Cell::Offered(IMAGE),
        carousel: Cell::Offered(Offer {
            media: media(2, 10, &[PHOTO], PUBLISHING),
            ..IMAGE
        }),
        video: Cell::Offered(Offer {
            conversion: Some("Instagram publishes every video as a reel; this one is shared to the feed as well."),
            media: media(1, 1, &[REEL], MEDIA),
            ..IMAGE
        }),
        reel: Cell::Offered(Offer {
            media: media(1, 1, &[REEL], MEDIA),
            ..IMAGE
        }),
        story: Cell::Offered(Offer {
            text: NO_TEXT,
            media: media(1, 1, &[STORY_PHOTO, STORY_VIDEO], MEDIA),
            first_comment: None,
            ..IMAGE
        }),
        gif: not_offered("Instagram's API takes JPEG pictures and MP4 or MOV videos only; it has no animated GIFs."),
        document: not_offered("Instagram's API has no documents."),
        link: Cell::Offered(Offer {
            conversion: Some(
                "Instagram has no link posts: add pictures or a video. The address stands in the caption and cannot be tapped.",
            ),
            media: WITH_MEDIA,
            link: Some(LinkRule {
                tappable: false,
                ..LINK_IN_TEXT
            }),
            ..IMAGE
        }),
        poll: not_offered("Instagram's API has no polls."),
        thread: not_offered("Instagram has no threads."),
    },
    settings: &[],
    quotas: &[
        ROLLING_HOUR,
        Quota {
            read_from_network: true,
            ..quota(
                "instagram_publishing",
                50,
                DAY_MS,
                "developers.facebook.com: Instagram Platform, content_publishing_limit; used until the account's own figure was read",
            )
        },
    ],
    repeat_refused_ms: None,
};
