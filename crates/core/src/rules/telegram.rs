//! Telegram channels and groups.

use super::schema::*;
use crate::network::Network;
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
            conversion: Some("A Telegram poll carries its question alone: the text is left out."),
            text: NO_TEXT,
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
            ..TEXT
        }),
        thread: not_offered("Telegram's channels have no threads."),
    },
    settings: &[],
    quotas: &[
        ROLLING_HOUR,
        Quota {
            counts: Counts::Messages,
            ..quota("telegram_chat_minute", 20, 60_000, FAQ)
        },
    ],
    repeat_refused_ms: None,
};
