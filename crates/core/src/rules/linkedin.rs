//! LinkedIn profiles and Pages.

use super::schema::*;
use crate::network::Network;
use crate::text::count::Counter::Utf16;

const POSTS: &str = "learn.microsoft.com/linkedin: Community Management, Posts API";
const IMAGES: &str = "learn.microsoft.com/linkedin: Community Management, Images API";
const MULTI: &str = "learn.microsoft.com/linkedin: Community Management, MultiImage API";
const VIDEOS: &str = "learn.microsoft.com/linkedin: Community Management, Videos API";
const DOCUMENTS: &str = "learn.microsoft.com/linkedin: Community Management, Documents API";
const POLLS: &str = "learn.microsoft.com/linkedin: Community Management, Poll API";
const COMMENTS: &str = "learn.microsoft.com/linkedin: Community Management, Comments API";
const SHARE: &str = "learn.microsoft.com/linkedin: Consumer, Share on LinkedIn";
const REPEATS: &str = "learn.microsoft.com/linkedin: Consumer, UGC Post API: wait ten minutes after an exact duplicate";
const PRACTICE: &str = "practice; LinkedIn documents no figure";

const COMMENTARY: TextRule = text(&[text_limit(3_000, Utf16, SHARE)]);
const ALT: Option<&[TextLimit]> = Some(&[text_limit(4_086, Utf16, IMAGES)]);
const PIXELS: Bound = converted(Measure::AreaMax, 36_152_319, IMAGES);
const PHOTO: FileRule = FileRule {
    alt_text: ALT,
    ..image(
        &["image/jpeg", "image/png"],
        &[PIXELS, converted(Measure::BytesMax, 10_000_000, PRACTICE)],
    )
};
const GIF: FileRule = FileRule {
    alt_text: ALT,
    ..gif(
        None,
        &[
            refused(Measure::FramesMax, 250, IMAGES),
            refused(Measure::AreaMax, 36_152_319, IMAGES),
            refused(Measure::BytesMax, 10_000_000, PRACTICE),
        ],
    )
};
const VIDEO: FileRule = video(
    &["video/mp4"],
    &[],
    &[
        refused(Measure::BytesMin, 75_000, VIDEOS),
        refused(Measure::BytesMax, 500_000_000, VIDEOS),
        refused(Measure::DurationMin, 3_000, VIDEOS),
        refused(Measure::DurationMax, 30 * 60_000, VIDEOS),
        refused(Measure::RatioMin, 416, PRACTICE),
        refused(Measure::RatioMax, 2_400, PRACTICE),
    ],
);

const TEXT: Offer = Offer {
    conversion: None,
    text: COMMENTARY,
    title: None,
    media: NO_MEDIA,
    link: None,
    poll: None,
    thread: None,
    first_comment: Some(&[text_limit(1_250, Utf16, COMMENTS)]),
    draft_api: false,
};

pub(super) const RULES: NetworkRules = NetworkRules {
    network: Network::Linkedin,
    name: Network::Linkedin.name(),
    pages: &[POSTS, IMAGES, MULTI, VIDEOS, DOCUMENTS, POLLS, COMMENTS, SHARE],
    cells: Cells {
        text: Cell::Offered(TEXT),
        image: Cell::Offered(Offer {
            media: media(1, 1, &[PHOTO], POSTS),
            ..TEXT
        }),
        carousel: Cell::Offered(Offer {
            media: media(2, 20, &[PHOTO], MULTI),
            ..TEXT
        }),
        video: Cell::Offered(Offer {
            media: media(1, 1, &[VIDEO], POSTS),
            ..TEXT
        }),
        reel: not_offered("LinkedIn's API has no reels: choose video."),
        story: not_offered("LinkedIn has no stories."),
        gif: Cell::Offered(Offer {
            media: media(1, 1, &[GIF], IMAGES),
            ..TEXT
        }),
        document: Cell::Offered(Offer {
            title: Some(TitleRule {
                required: true,
                limits: &[text_limit(400, Utf16, PRACTICE)],
                forbidden: "",
            }),
            media: media(
                1,
                1,
                &[pdf(&[
                    refused(Measure::BytesMax, 100_000_000, DOCUMENTS),
                    refused(Measure::PagesMax, 300, DOCUMENTS),
                ])],
                DOCUMENTS,
            ),
            ..TEXT
        }),
        link: Cell::Offered(Offer {
            link: Some(LinkRule {
                title_required: true,
                title: &[text_limit(400, Utf16, POSTS)],
                description: &[text_limit(4_086, Utf16, POSTS)],
                image_bytes_max: Some(limit(10_000_000, Unit::Bytes, PRACTICE)),
                ..LINK_FIELD
            }),
            ..TEXT
        }),
        poll: Cell::Offered(Offer {
            poll: Some(PollRule {
                question: Some(&[text_limit(140, Utf16, POLLS)]),
                options_min: limit(2, Unit::Count, POLLS),
                options_max: limit(4, Unit::Count, POLLS),
                option: &[text_limit(30, Utf16, POLLS)],
                duration_settable: true,
                duration_min: Some(limit(1_440, Unit::Minutes, POLLS)),
                duration_max: Some(limit(20_160, Unit::Minutes, POLLS)),
                durations: &[1_440, 4_320, 10_080, 20_160],
            }),
            ..TEXT
        }),
        thread: not_offered("LinkedIn has no threads: a post does not answer another."),
    },
    settings: &[],
    quotas: &[
        ROLLING_HOUR,
        Quota {
            window: Window::Day { zone: "UTC" },
            scope: Scope::Grant,
            counts: Counts::Calls,
            ..quota("linkedin_calls_day", 150, DAY_MS, SHARE)
        },
    ],
    repeat_refused_ms: Some(limit(10 * 60_000, Unit::Ms, REPEATS)),
};
