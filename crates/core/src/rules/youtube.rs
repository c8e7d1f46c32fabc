//! YouTube.

use super::schema::*;
use crate::network::Network;
use crate::text::count::Counter::{Bytes, Chars};

const VIDEOS: &str = "developers.google.com: YouTube Data API, Videos";
const DISCOVERY: &str = "googleapis.com: YouTube Data API v3 discovery document";
const QUOTA: &str = "developers.google.com: YouTube Data API, Quota cost";
const HELP: &str = "support.google.com/youtube: Upload videos, Shorts";

const ONLY_VIDEOS: &str = "YouTube's API publishes videos only: choose video or reel.";

const ANY: &[&str] = &[
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "video/x-msvideo",
    "video/x-matroska",
    "video/mpeg",
    "video/x-flv",
    "video/3gpp",
];
const LONG: FileRule = video(
    ANY,
    &[],
    &[
        refused(Measure::BytesMax, 274_877_906_944, DISCOVERY),
        refused(Measure::DurationMax, 12 * HOUR_MS, HELP),
        advised(Measure::DurationMax, 15 * 60_000, HELP),
    ],
);
const SHORT: FileRule = video(
    ANY,
    &[],
    &[
        refused(Measure::BytesMax, 274_877_906_944, DISCOVERY),
        refused(Measure::DurationMax, 180_000, HELP),
        refused(Measure::RatioMax, 1_000, HELP),
    ],
);
const VIDEO: Offer = Offer {
    conversion: None,
    text: TextRule {
        forbidden: "<>",
        ..text(&[text_limit(5_000, Bytes, VIDEOS)])
    },
    title: Some(TitleRule {
        required: true,
        limits: &[text_limit(100, Chars, VIDEOS)],
        forbidden: "<>",
    }),
    media: media(1, 1, &[LONG], VIDEOS),
    link: None,
    poll: None,
    thread: None,
    first_comment: Some(&[]),
    draft_api: true,
};

pub(super) const RULES: NetworkRules = NetworkRules {
    network: Network::Youtube,
    name: Network::Youtube.name(),
    pages: &[VIDEOS, DISCOVERY, QUOTA, HELP],
    cells: Cells {
        text: not_offered(ONLY_VIDEOS),
        image: not_offered(ONLY_VIDEOS),
        carousel: not_offered(ONLY_VIDEOS),
        video: Cell::Offered(VIDEO),
        reel: Cell::Offered(Offer {
            conversion: Some("YouTube files an upright or square video of at most three minutes as a Short by itself."),
            media: media(1, 1, &[SHORT], VIDEOS),
            ..VIDEO
        }),
        story: not_offered("YouTube has no stories."),
        gif: not_offered(ONLY_VIDEOS),
        document: not_offered(ONLY_VIDEOS),
        link: not_offered(ONLY_VIDEOS),
        poll: not_offered("YouTube's API has no community posts, so no polls."),
        thread: not_offered("YouTube has no threads."),
    },
    settings: &[],
    quotas: &[
        ROLLING_HOUR,
        Quota {
            window: Window::Day {
                zone: "America/Los_Angeles",
            },
            scope: Scope::App,
            ..quota("youtube_inserts_day", 100, DAY_MS, QUOTA)
        },
    ],
    repeat_refused_ms: None,
};
