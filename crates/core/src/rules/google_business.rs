//! Google Business Profile.

use super::schema::*;
use crate::network::Network;
use crate::text::count::Counter::Chars;

const POSTS: &str = "developers.google.com: My Business API v4, localPosts";
const LIMITS: &str = "developers.google.com: Business Profile APIs, Usage limits";
const PHOTOS: &str = "support.google.com/business: Photo guidelines";
const PRACTICE: &str = "practice; Google documents no figure";

const PHOTO: FileRule = image(
    &["image/jpeg", "image/png"],
    &[
        refused(Measure::BytesMin, 10_240, PHOTOS),
        converted(Measure::BytesMax, 5_000_000, PHOTOS),
        refused(Measure::WidthMin, 400, PRACTICE),
        refused(Measure::HeightMin, 300, PRACTICE),
    ],
);
const TEXT: Offer = Offer {
    conversion: None,
    text: text(&[text_limit(1_500, Chars, PRACTICE)]),
    title: None,
    media: NO_MEDIA,
    link: None,
    poll: None,
    thread: None,
    first_comment: None,
    draft_api: false,
};

pub(super) const RULES: NetworkRules = NetworkRules {
    network: Network::GoogleBusiness,
    name: Network::GoogleBusiness.name(),
    pages: &[POSTS, LIMITS, PHOTOS],
    cells: Cells {
        text: Cell::Offered(TEXT),
        image: Cell::Offered(Offer {
            media: media(1, 1, &[PHOTO], POSTS),
            ..TEXT
        }),
        carousel: not_offered("Google shows one photo per post; its API gives no promise for more."),
        video: not_offered("Google's API does not publish videos in posts reliably, so none are sent."),
        reel: not_offered("Google Business Profile has no reels."),
        story: not_offered("Google Business Profile has no stories."),
        gif: not_offered("Google's API takes JPEG and PNG photos only."),
        document: not_offered("Google's API has no documents."),
        link: Cell::Offered(Offer {
            conversion: Some("The address becomes the post's \"Learn more\" button."),
            link: Some(LINK_FIELD),
            ..TEXT
        }),
        poll: not_offered("Google's API has no polls."),
        thread: not_offered("Google Business Profile has no threads."),
    },
    settings: &[],
    quotas: &[
        ROLLING_HOUR,
        Quota {
            scope: Scope::App,
            counts: Counts::Calls,
            ..quota("google_business_calls_minute", 300, 60_000, LIMITS)
        },
    ],
    repeat_refused_ms: None,
};
