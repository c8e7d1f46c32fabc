//! X.

use super::schema::*;
use crate::network::Network;
use crate::text::count::Counter::{Chars, Weighted};

const COUNTING: &str = "docs.x.com: Fundamentals, Counting characters";
const CREATE: &str = "docs.x.com: X API, Create Post";
const MEDIA: &str = "docs.x.com: X API, Media";
const METADATA: &str = "docs.x.com: X API, Media metadata";
const RATE: &str = "docs.x.com: X API, Rate limits";
const CHANGES: &str = "docs.x.com: Changelog, self-serve rules of February 2026";

const WORDS: TextRule = TextRule {
    entities: &[at_most(Entity::Cashtags, 1, CHANGES)],
    ..text(&[text_limit(280, Weighted, COUNTING)])
};
const ALT: Option<&[TextLimit]> = Some(&[text_limit(1_000, Chars, METADATA)]);
const PHOTO: FileRule = FileRule {
    alt_text: ALT,
    ..image(
        &["image/jpeg", "image/png", "image/webp"],
        &[converted(Measure::BytesMax, 5_000_000, MEDIA)],
    )
};
const GIF: FileRule = FileRule {
    alt_text: ALT,
    ..gif(
        None,
        &[
            refused(Measure::BytesMax, 15_000_000, MEDIA),
            refused(Measure::WidthMax, 1_280, MEDIA),
            refused(Measure::HeightMax, 1_080, MEDIA),
            refused(Measure::FramesMax, 350, MEDIA),
            refused(Measure::AreaFramesMax, 300_000_000, MEDIA),
        ],
    )
};
const VIDEO: FileRule = video(
    &["video/mp4", "video/quicktime"],
    &["h264"],
    &[
        refused(Measure::BytesMax, 512_000_000, MEDIA),
        refused(Measure::DurationMin, 500, MEDIA),
        refused(Measure::DurationMax, 140_000, MEDIA),
        refused(Measure::WidthMin, 32, MEDIA),
        refused(Measure::HeightMin, 32, MEDIA),
        advised(Measure::AreaMax, 1_280 * 1_024, MEDIA),
        refused(Measure::RatioMin, 333, MEDIA),
        refused(Measure::RatioMax, 3_000, MEDIA),
        refused(Measure::FrameRateMax, 60_000, MEDIA),
    ],
);

const SETTINGS: &[Setting] = &[
    setting(
        "reply_settings",
        "Who may answer",
        "Everybody, unless something else is chosen here.",
        SettingKind::Choice {
            options: &[
                option("following", "Accounts that you follow"),
                option("mentionedUsers", "Accounts that the post mentions"),
                option("subscribers", "Subscribers"),
                option("verified", "Verified accounts"),
            ],
        },
        CREATE,
    ),
    setting(
        "made_with_ai",
        "Made with AI",
        "Says under the post that pictures or videos were made with AI.",
        SettingKind::Switch,
        CREATE,
    ),
    setting(
        "paid_partnership",
        "Paid partnership",
        "Says under the post that somebody paid for it.",
        SettingKind::Switch,
        CREATE,
    ),
];

const TEXT: Offer = Offer {
    conversion: None,
    text: WORDS,
    title: None,
    media: NO_MEDIA,
    link: None,
    poll: None,
    thread: None,
    first_comment: Some(&[text_limit(280, Weighted, COUNTING)]),
    draft_api: false,
};

pub(super) const RULES: NetworkRules = NetworkRules {
    network: Network::X,
    name: Network::X.name(),
    pages: &[COUNTING, CREATE, MEDIA, METADATA, RATE, CHANGES],
    cells: Cells {
        text: Cell::Offered(TEXT),
        image: Cell::Offered(Offer {
            media: media(1, 1, &[PHOTO], CREATE),
            ..TEXT
        }),
        carousel: Cell::Offered(Offer {
            media: media(2, 4, &[PHOTO], CREATE),
            ..TEXT
        }),
        video: Cell::Offered(Offer {
            media: media(1, 1, &[VIDEO], CREATE),
            ..TEXT
        }),
        reel: not_offered("X has no reels: choose video."),
        story: not_offered("X has no stories."),
        gif: Cell::Offered(Offer {
            media: media(1, 1, &[GIF], CREATE),
            ..TEXT
        }),
        document: not_offered("X's API has no documents."),
        link: Cell::Offered(Offer {
            link: Some(LINK_IN_TEXT),
            ..TEXT
        }),
        poll: Cell::Offered(Offer {
            conversion: Some("X has no field for the question: it stands in the text."),
            poll: Some(PollRule {
                question: None,
                options_min: limit(2, Unit::Count, CREATE),
                options_max: limit(4, Unit::Count, CREATE),
                option: &[text_limit(25, Chars, CREATE)],
                duration_settable: true,
                duration_min: Some(limit(5, Unit::Minutes, CREATE)),
                duration_max: Some(limit(10_080, Unit::Minutes, CREATE)),
                durations: &[],
            }),
            ..TEXT
        }),
        thread: Cell::Offered(Offer {
            thread: Some(ThreadRule {
                media: media(0, 4, &[PHOTO, GIF, VIDEO], CREATE),
            }),
            first_comment: None,
            ..TEXT
        }),
    },
    settings: SETTINGS,
    quotas: &[
        ROLLING_HOUR,
        Quota {
            scope: Scope::Grant,
            counts: Counts::Messages,
            ..quota("x_posts_quarter_hour", 100, 15 * 60_000, RATE)
        },
        Quota {
            scope: Scope::App,
            counts: Counts::Messages,
            // Older plans allow an app far fewer.
            read_from_network: true,
            ..quota("x_app_posts_day", 10_000, DAY_MS, RATE)
        },
    ],
    repeat_refused_ms: None,
};
