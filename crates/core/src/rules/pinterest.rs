//! Pinterest.

use super::schema::*;
use crate::network::Network;
use crate::text::count::Counter::Chars;

const PINS: &str = "developers.pinterest.com: API v5, Create Pin";
const RATE: &str = "developers.pinterest.com: Rate limits";
const PRACTICE: &str = "practice; Pinterest documents no figure";

const DESCRIPTION: TextRule = text(&[text_limit(800, Chars, PINS)]);
const ALT: Option<&[TextLimit]> = Some(&[text_limit(500, Chars, PINS)]);
const PHOTO: FileRule = FileRule {
    alt_text: ALT,
    ..image(
        &["image/jpeg", "image/png"],
        &[
            converted(Measure::BytesMax, 20_000_000, PRACTICE),
            advised(Measure::RatioMin, 476, PRACTICE),
        ],
    )
};
/// The description for who cannot see it is the Pin's, so a carousel's pictures have none of their own.
const PHOTO_OF_CAROUSEL: FileRule = FileRule { alt_text: None, ..PHOTO };
const GIF: FileRule = FileRule {
    alt_text: ALT,
    ..gif(None, &[refused(Measure::BytesMax, 20_000_000, PRACTICE)])
};
const VIDEO: FileRule = FileRule {
    alt_text: ALT,
    ..video(
        &["video/mp4", "video/quicktime", "video/x-m4v"],
        &["h264", "hevc"],
        &[
            refused(Measure::BytesMax, 2_000_000_000, PRACTICE),
            refused(Measure::DurationMin, 4_000, PRACTICE),
            refused(Measure::DurationMax, 15 * 60_000, PRACTICE),
            refused(Measure::RatioMin, 500, PRACTICE),
            refused(Measure::RatioMax, 1_910, PRACTICE),
        ],
    )
};
const IMAGE: Offer = Offer {
    conversion: None,
    text: DESCRIPTION,
    title: Some(TitleRule {
        required: false,
        limits: &[text_limit(100, Chars, PINS)],
        forbidden: "",
    }),
    media: media(1, 1, &[PHOTO], PINS),
    link: None,
    poll: None,
    thread: None,
    first_comment: None,
    draft_api: false,
};

pub(super) const RULES: NetworkRules = NetworkRules {
    network: Network::Pinterest,
    name: Network::Pinterest.name(),
    pages: &[PINS, RATE],
    cells: Cells {
        text: not_offered("Pinterest's API has no Pins without a picture or video."),
        image: Cell::Offered(IMAGE),
        carousel: Cell::Offered(Offer {
            media: MediaRule {
                same_ratio: true,
                ..media(2, 5, &[PHOTO_OF_CAROUSEL], PINS)
            },
            ..IMAGE
        }),
        video: Cell::Offered(Offer {
            media: media(1, 1, &[VIDEO], PINS),
            ..IMAGE
        }),
        reel: not_offered("Pinterest's API has no reels: choose video."),
        story: not_offered("Pinterest's API has no stories."),
        gif: Cell::Offered(Offer {
            media: media(1, 1, &[GIF], PINS),
            ..IMAGE
        }),
        document: not_offered("Pinterest's API has no documents."),
        link: Cell::Offered(Offer {
            conversion: Some("A Pin needs a picture: add one, and the address becomes the Pin's link."),
            link: Some(LinkRule {
                url: &[text_limit(2_048, Chars, PINS)],
                ..LINK_FIELD
            }),
            ..IMAGE
        }),
        poll: not_offered("Pinterest's API has no polls."),
        thread: not_offered("Pinterest has no threads."),
    },
    settings: &[],
    quotas: &[
        ROLLING_HOUR,
        Quota {
            scope: Scope::Grant,
            counts: Counts::Calls,
            ..quota("pinterest_writes_minute", 100, 60_000, RATE)
        },
    ],
    repeat_refused_ms: None,
};
