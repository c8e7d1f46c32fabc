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
    "video/x-ms-wmv",
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
/// A choice between what YouTube does by itself and its opposite.
const YES_NO: SettingKind = SettingKind::Choice {
    options: &[option("true", "Yes"), option("false", "No")],
};
/// The categories that a video can be put in; which of them a region has, YouTube says only when asked with an account.
const CATEGORIES: SettingKind = SettingKind::Choice {
    options: &[
        option("1", "Film & Animation"),
        option("2", "Autos & Vehicles"),
        option("10", "Music"),
        option("15", "Pets & Animals"),
        option("17", "Sports"),
        option("19", "Travel & Events"),
        option("20", "Gaming"),
        option("22", "People & Blogs"),
        option("23", "Comedy"),
        option("24", "Entertainment"),
        option("25", "News & Politics"),
        option("26", "Howto & Style"),
        option("27", "Education"),
        option("28", "Science & Technology"),
        option("29", "Nonprofits & Activism"),
    ],
};

const SETTINGS: &[Setting] = &[
    Setting {
        required: true,
        ..setting(
            "made_for_kids",
            "Made for children",
            "YouTube asks for it on every video. Videos for children have no comments and no personal advertisements.",
            SettingKind::Choice {
                options: &[
                    option("false", "No, it is not for children"),
                    option("true", "Yes, it is for children"),
                ],
            },
            VIDEOS,
        )
    },
    setting(
        "privacy_status",
        "Who sees it",
        "Everybody, unless you choose otherwise. While YouTube has not audited the app, only you see it, whatever is chosen.",
        SettingKind::Choice {
            options: &[
                option("public", "Everybody"),
                option("unlisted", "Whoever has the link"),
                option("private", "Only me"),
            ],
        },
        VIDEOS,
    ),
    setting(
        "category",
        "Category",
        "“People & Blogs”, unless you choose another.",
        CATEGORIES,
        VIDEOS,
    ),
    setting(
        "tags",
        "Tags",
        "With commas between them. A tag with a blank in it counts two characters more.",
        SettingKind::Text {
            limits: &[text_limit(500, Chars, VIDEOS)],
            counts_with_text: false,
        },
        VIDEOS,
    ),
    setting(
        "default_language",
        "Language",
        "The language of title and text.",
        SettingKind::Language,
        VIDEOS,
    ),
    setting(
        "contains_synthetic_media",
        "Altered or made by AI",
        "Says that the video shows realistic people, places or events that were altered or made by AI.",
        SettingKind::Switch,
        VIDEOS,
    ),
    setting(
        "notify_subscribers",
        "Notify subscribers",
        "Yes, unless you choose otherwise.",
        YES_NO,
        VIDEOS,
    ),
    setting(
        "embeddable",
        "May be shown on other websites",
        "Yes, unless you choose otherwise.",
        YES_NO,
        VIDEOS,
    ),
    setting(
        "public_stats_viewable",
        "Numbers can be seen by everybody",
        "Yes, unless you choose otherwise.",
        YES_NO,
        VIDEOS,
    ),
    setting(
        "license",
        "License",
        "YouTube's own, unless you choose the other.",
        SettingKind::Choice {
            options: &[
                option("youtube", "YouTube's own"),
                option("creativeCommon", "Creative Commons (CC BY)"),
            ],
        },
        VIDEOS,
    ),
];

/// YouTube's quotas begin anew at midnight there.
const PACIFIC_DAY: Window = Window::Day {
    zone: "America/Los_Angeles",
};

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
    settings: SETTINGS,
    quotas: &[
        ROLLING_HOUR,
        Quota {
            window: PACIFIC_DAY,
            scope: Scope::App,
            ..quota("youtube_inserts_day", 100, DAY_MS, QUOTA)
        },
        // A look costs 1; showing a video, a comment and a removal cost 50 each.
        Quota {
            window: PACIFIC_DAY,
            scope: Scope::App,
            counts: Counts::Units,
            ..quota("youtube_units_day", 10_000, DAY_MS, QUOTA)
        },
    ],
    repeat_refused_ms: None,
};
