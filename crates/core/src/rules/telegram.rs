//! Telegram channels and groups. Settings and their options bear the API's own names.

use super::schema::*;
use crate::network::Network;
use crate::post::ContentType;
use crate::text::count::Counter::Utf16;

const BOTS: &str = "core.telegram.org/bots/api: Available methods";
const FILES: &str = "core.telegram.org/bots/api: Sending files";
const FAQ: &str = "core.telegram.org/bots/faq: Broadcasting limits";

const MESSAGE: TextRule = text(&[text_limit(4_096, Utf16, BOTS)]);
const CAPTION: TextRule = text(&[text_limit(1_024, Utf16, BOTS)]);
const PHOTO: FileRule = image(
    &["image/jpeg", "image/png", "image/webp"],
    &[
        converted(Measure::BytesMax, 10_000_000, FILES),
        converted(Measure::SidesSumMax, 10_000, BOTS),
        refused(Measure::RatioMin, 50, BOTS),
        refused(Measure::RatioMax, 20_000, BOTS),
    ],
);
const VIDEO: FileRule = video(&["video/mp4"], &[], &[refused(Measure::BytesMax, 50_000_000, FILES)]);
const GIF: FileRule = gif(None, &[refused(Measure::BytesMax, 50_000_000, FILES)]);
const TEXT: Offer = Offer {
    conversion: None,
    text: MESSAGE,
    title: None,
    media: NO_MEDIA,
    link: None,
    poll: None,
    thread: None,
    first_comment: None,
    draft_api: false,
};
const CAPTIONED: Offer = Offer { text: CAPTION, ..TEXT };

const SHOWING: &[ContentType] = &[ContentType::Image, ContentType::Carousel, ContentType::Video, ContentType::Gif];

const SETTINGS: &[Setting] = &[
    setting(
        "disable_notification",
        "Without a sound",
        "Followers are told of it without a sound.",
        SettingKind::Switch,
        BOTS,
    ),
    setting(
        "protect_content",
        "No forwarding",
        "It can be neither forwarded nor saved.",
        SettingKind::Switch,
        BOTS,
    ),
    Setting {
        content_types: SHOWING,
        ..setting(
            "has_spoiler",
            "Behind a spoiler",
            "Pictures and videos are covered until somebody taps them.",
            SettingKind::Switch,
            BOTS,
        )
    },
    Setting {
        content_types: SHOWING,
        ..setting(
            "show_caption_above_media",
            "Text above",
            "The text stands above pictures and videos instead of below.",
            SettingKind::Switch,
            BOTS,
        )
    },
    Setting {
        content_types: &[ContentType::Text, ContentType::Link],
        ..setting(
            "link_preview_options",
            "Link preview",
            "How the page that a link leads to is shown: as Telegram does, unless you choose otherwise.",
            SettingKind::Choice {
                options: &[
                    option("prefer_large_media", "With a large picture"),
                    option("prefer_small_media", "With a small picture"),
                    option("show_above_text", "Above the text"),
                    option("is_disabled", "Not at all"),
                ],
            },
            BOTS,
        )
    },
    Setting {
        content_types: &[ContentType::Link],
        ..setting(
            "inline_keyboard",
            "Button",
            "What stands on a button under the message that opens the link; none if it is empty.",
            SettingKind::Text {
                limits: &[],
                counts_with_text: false,
            },
            BOTS,
        )
    },
    Setting {
        content_types: &[ContentType::Poll],
        ..setting(
            "allows_multiple_answers",
            "Several answers",
            "Whoever votes may choose more than one answer.",
            SettingKind::Switch,
            BOTS,
        )
    },
];

pub(super) const RULES: NetworkRules = NetworkRules {
    network: Network::Telegram,
    name: Network::Telegram.name(),
    pages: &[BOTS, FILES, FAQ],
    cells: Cells {
        text: Cell::Offered(TEXT),
        image: Cell::Offered(Offer {
            media: media(1, 1, &[PHOTO], BOTS),
            ..CAPTIONED
        }),
        carousel: Cell::Offered(Offer {
            media: media(2, 10, &[PHOTO], BOTS),
            ..CAPTIONED
        }),
        video: Cell::Offered(Offer {
            media: media(1, 1, &[VIDEO], BOTS),
            ..CAPTIONED
        }),
        reel: not_offered("Telegram's bots have no reels: choose video."),
        story: not_offered("Telegram's bots publish no stories in channels."),
        gif: Cell::Offered(Offer {
            media: media(1, 1, &[GIF], BOTS),
            ..CAPTIONED
        }),
        document: Cell::Offered(Offer {
            media: media(1, 1, &[pdf(&[refused(Measure::BytesMax, 50_000_000, FILES)])], BOTS),
            ..CAPTIONED
        }),
        link: Cell::Offered(Offer {
            link: Some(LINK_IN_TEXT),
            ..TEXT
        }),
        poll: Cell::Offered(Offer {
            poll: Some(PollRule {
                question: Some(&[text_limit(300, Utf16, BOTS)]),
                options_min: limit(2, Unit::Count, BOTS),
                options_max: limit(12, Unit::Count, BOTS),
                option: &[text_limit(100, Utf16, BOTS)],
                duration_settable: true,
                duration_min: Some(limit(1, Unit::Minutes, BOTS)),
                duration_max: Some(limit(43_800, Unit::Minutes, BOTS)),
                durations: &[],
            }),
            ..CAPTIONED
        }),
        thread: not_offered("Telegram's channels have no threads."),
    },
    settings: SETTINGS,
    quotas: &[
        ROLLING_HOUR,
        Quota {
            counts: Counts::Messages,
            ..quota("telegram_chat_minute", 20, 60_000, FAQ)
        },
    ],
    repeat_refused_ms: None,
};
