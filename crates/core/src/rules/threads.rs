//! Threads.

use super::schema::*;
use crate::network::Network;
use crate::text::count::Counter::{Chars, Threads};

const POSTS: &str = "developers.facebook.com: Threads API, Posts";
const PUBLISHING: &str = "developers.facebook.com: Threads API, reference/publishing";
const OVERVIEW: &str = "developers.facebook.com: Threads API, overview (rate limits)";

const WORDS: TextRule = TextRule {
    entities: &[at_most(Entity::Links, 5, PUBLISHING)],
    ..text(&[text_limit(500, Threads, POSTS)])
};
const ALT: Option<&[TextLimit]> = Some(&[text_limit(1_000, Chars, PUBLISHING)]);
const PHOTO: FileRule = FileRule {
    alt_text: ALT,
    ..image(
        &["image/jpeg", "image/png"],
        &[
            converted(Measure::BytesMax, 8_000_000, POSTS),
            converted(Measure::WidthMax, 1_440, POSTS),
            converted(Measure::WidthMin, 320, POSTS),
            refused(Measure::RatioMin, 100, POSTS),
            refused(Measure::RatioMax, 10_000, POSTS),
        ],
    )
};
const VIDEO: FileRule = FileRule {
    alt_text: ALT,
    ..video(
        &["video/mp4", "video/quicktime"],
        &["h264", "hevc"],
        &[
            refused(Measure::BytesMax, 1_000_000_000, POSTS),
            refused(Measure::DurationMax, 300_000, POSTS),
            refused(Measure::WidthMax, 1_920, POSTS),
            refused(Measure::RatioMin, 10, POSTS),
            refused(Measure::RatioMax, 10_000, POSTS),
            refused(Measure::FrameRateMin, 23_000, POSTS),
            refused(Measure::FrameRateMax, 60_000, POSTS),
        ],
    )
};

const TEXT: Offer = Offer {
    conversion: None,
    text: WORDS,
    title: None,
    media: NO_MEDIA,
    link: None,
    poll: None,
    thread: None,
    first_comment: Some(&[text_limit(500, Threads, POSTS)]),
    draft_api: false,
};

pub(super) const RULES: NetworkRules = NetworkRules {
    network: Network::Threads,
    name: Network::Threads.name(),
    pages: &[POSTS, PUBLISHING, OVERVIEW],
    cells: Cells {
        text: Cell::Offered(TEXT),
        image: Cell::Offered(Offer {
            media: media(1, 1, &[PHOTO], POSTS),
            ..TEXT
        }),
        carousel: Cell::Offered(Offer {
            media: media(2, 20, &[PHOTO], POSTS),
            ..TEXT
        }),
        video: Cell::Offered(Offer {
            media: media(1, 1, &[VIDEO], POSTS),
            ..TEXT
        }),
        reel: not_offered("Threads has no reels: choose video."),
        story: not_offered("Threads' API has no stories."),
        gif: not_offered("Threads' API takes no GIF files, only the number of a GIF at GIPHY."),
        document: not_offered("Threads' API has no documents."),
        link: Cell::Offered(Offer {
            link: Some(LINK_FIELD),
            ..TEXT
        }),
        poll: Cell::Offered(Offer {
            conversion: Some("Threads sets a poll's duration itself; the question stands in the text."),
            poll: Some(PollRule {
                question: None,
                options_min: limit(2, Unit::Count, PUBLISHING),
                options_max: limit(4, Unit::Count, PUBLISHING),
                option: &[text_limit(25, Chars, PUBLISHING)],
                duration_settable: false,
                duration_min: None,
                duration_max: None,
                durations: &[],
            }),
            ..TEXT
        }),
        thread: Cell::Offered(Offer {
            thread: Some(ThreadRule {
                media: media(0, 20, &[PHOTO, VIDEO], POSTS),
            }),
            first_comment: None,
            ..TEXT
        }),
    },
    quotas: &[
        ROLLING_HOUR,
        Quota {
            read_from_network: true,
            ..quota("threads_publishing", 250, DAY_MS, OVERVIEW)
        },
    ],
    repeat_refused_ms: None,
};
