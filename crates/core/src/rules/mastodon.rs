//! Mastodon instances. The figures are those of an instance that changed nothing; a channel's own take their place.

use super::schema::*;
use crate::network::Network;
use crate::text::count::Counter::{Graphemes, Mastodon};

const INSTANCE: &str = "docs.joinmastodon.org: Entities, Instance (defaults)";
const STATUSES: &str = "docs.joinmastodon.org: Methods, statuses";
const POSTING: &str = "docs.joinmastodon.org: User, Posting";
const RATE: &str = "mastodon/mastodon: config/initializers/rack_attack.rb";

const LENGTH: &[TextLimit] = &[text_limit(500, Mastodon, INSTANCE)];
const ALT: Option<&[TextLimit]> = Some(&[text_limit(1_500, Graphemes, INSTANCE)]);
const PHOTO: FileRule = FileRule {
    alt_text: ALT,
    ..image(
        &["image/jpeg", "image/png", "image/webp"],
        &[
            converted(Measure::BytesMax, 16_777_216, INSTANCE),
            converted(Measure::AreaMax, 33_177_600, INSTANCE),
        ],
    )
};
const GIF: FileRule = FileRule {
    alt_text: ALT,
    ..gif(None, &[refused(Measure::BytesMax, 16_777_216, POSTING)])
};
const VIDEO: FileRule = FileRule {
    alt_text: ALT,
    ..video(
        &["video/mp4", "video/quicktime", "video/webm", "video/x-m4v"],
        &[],
        &[
            refused(Measure::BytesMax, 103_809_024, INSTANCE),
            refused(Measure::AreaMax, 8_294_400, INSTANCE),
            refused(Measure::FrameRateMax, 120_000, INSTANCE),
        ],
    )
};
const TEXT: Offer = Offer {
    conversion: None,
    text: text(LENGTH),
    title: None,
    media: NO_MEDIA,
    link: None,
    poll: None,
    thread: None,
    first_comment: Some(LENGTH),
    draft_api: false,
};

const SETTINGS: &[Setting] = &[
    setting(
        "visibility",
        "Who sees it",
        "As the account has it, unless you choose otherwise. Unlisted posts stand in no public timeline.",
        SettingKind::Choice {
            options: &[
                option("public", "Everybody"),
                option("unlisted", "Everybody, unlisted"),
                option("private", "Followers only"),
            ],
        },
        STATUSES,
    ),
    setting(
        "content_warning",
        "Content warning",
        "Stands before the post; whoever wants to read it unfolds it.",
        SettingKind::Text {
            limits: LENGTH,
            counts_with_text: true,
        },
        STATUSES,
    ),
    setting(
        "sensitive",
        "Sensitive media",
        "Pictures and videos are covered until somebody uncovers them.",
        SettingKind::Switch,
        STATUSES,
    ),
    setting(
        "language",
        "Language",
        "The language that it is written in.",
        SettingKind::Language,
        STATUSES,
    ),
];

pub(super) const RULES: NetworkRules = NetworkRules {
    network: Network::Mastodon,
    name: Network::Mastodon.name(),
    pages: &[INSTANCE, STATUSES, POSTING, RATE],
    cells: Cells {
        text: Cell::Offered(TEXT),
        image: Cell::Offered(Offer {
            media: media(1, 1, &[PHOTO], INSTANCE),
            ..TEXT
        }),
        carousel: Cell::Offered(Offer {
            media: media(2, 4, &[PHOTO], INSTANCE),
            ..TEXT
        }),
        video: Cell::Offered(Offer {
            media: media(1, 1, &[VIDEO], STATUSES),
            ..TEXT
        }),
        reel: not_offered("Mastodon has no reels: choose video."),
        story: not_offered("Mastodon has no stories."),
        gif: Cell::Offered(Offer {
            media: media(1, 1, &[GIF], STATUSES),
            ..TEXT
        }),
        document: not_offered("Mastodon takes no documents."),
        link: Cell::Offered(Offer {
            link: Some(LINK_IN_TEXT),
            ..TEXT
        }),
        poll: Cell::Offered(Offer {
            conversion: Some("Mastodon has no field for the question: it stands in the text."),
            poll: Some(PollRule {
                question: None,
                options_min: limit(2, Unit::Count, STATUSES),
                options_max: limit(4, Unit::Count, INSTANCE),
                option: &[text_limit(50, Graphemes, INSTANCE)],
                duration_settable: true,
                duration_min: Some(limit(5, Unit::Minutes, INSTANCE)),
                duration_max: Some(limit(43_829, Unit::Minutes, INSTANCE)),
                durations: &[],
            }),
            ..TEXT
        }),
        thread: Cell::Offered(Offer {
            thread: Some(ThreadRule {
                media: media(0, 4, &[PHOTO, GIF, VIDEO], INSTANCE),
            }),
            first_comment: None,
            ..TEXT
        }),
    },
    settings: SETTINGS,
    quotas: &[
        ROLLING_HOUR,
        Quota {
            counts: Counts::Messages,
            ..quota("mastodon_statuses", 300, 3 * HOUR_MS, RATE)
        },
    ],
    repeat_refused_ms: None,
};
