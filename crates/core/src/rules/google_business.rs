//! Google Business Profile.

use super::schema::*;
use crate::network::Network;
use crate::post::ContentType;
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

const fn topic(value: &'static str) -> Chosen {
    Chosen { key: "topic_type", value }
}
const fn button(value: &'static str) -> Chosen {
    Chosen {
        key: "call_to_action",
        value,
    }
}
const EVENT_OR_OFFER: &[Chosen] = &[topic("EVENT"), topic("OFFER")];
const OFFER: &[Chosen] = &[topic("OFFER")];
/// Google ignores the button of an offer, which has one of its own.
const NOT_WITH_OFFER: &[Chosen] = OFFER;
const WITHOUT_LINK: &[ContentType] = &[ContentType::Text, ContentType::Image];

const fn words(limits: &'static [TextLimit]) -> SettingKind {
    SettingKind::Text {
        limits,
        counts_with_text: false,
    }
}
const SHORT: &[TextLimit] = &[text_limit(58, Chars, PRACTICE)];
const TERMS: &[TextLimit] = &[text_limit(5_000, Chars, PRACTICE)];

const SETTINGS: &[Setting] = &[
    setting(
        "topic_type",
        "Kind of post",
        "An update, unless you choose otherwise. Events and offers have a title and a period, and stand until it is over.",
        SettingKind::Choice {
            options: &[option("STANDARD", "Update"), option("EVENT", "Event"), option("OFFER", "Offer")],
        },
        POSTS,
    ),
    Setting {
        required: true,
        only_with: EVENT_OR_OFFER,
        ..setting(
            "event_title",
            "Title of the event or offer",
            "At most 58 characters.",
            words(SHORT),
            POSTS,
        )
    },
    Setting {
        required: true,
        only_with: EVENT_OR_OFFER,
        ..setting(
            "event_start",
            "Begins",
            "By the clocks where the location is. From 00:00 for whole days.",
            SettingKind::Moment,
            POSTS,
        )
    },
    Setting {
        required: true,
        only_with: EVENT_OR_OFFER,
        not_before: Some("event_start"),
        ..setting(
            "event_end",
            "Ends",
            "By the clocks where the location is. Until 23:59 for whole days.",
            SettingKind::Moment,
            POSTS,
        )
    },
    Setting {
        only_with: OFFER,
        ..setting(
            "coupon_code",
            "Code of the offer",
            "What a customer says or types; may be left out.",
            words(SHORT),
            POSTS,
        )
    },
    Setting {
        only_with: OFFER,
        content_types: WITHOUT_LINK,
        ..setting(
            "redeem_online_url",
            "Page of the offer",
            "Where the offer is taken; may be left out.",
            SettingKind::Address,
            POSTS,
        )
    },
    Setting {
        only_with: OFFER,
        ..setting("terms_conditions", "Terms of the offer", "May be left out.", words(TERMS), POSTS)
    },
    Setting {
        clashes: NOT_WITH_OFFER,
        content_types: WITHOUT_LINK,
        ..setting(
            "call_to_action",
            "Button",
            "None, unless you choose one. “Call” dials the location's own number; the others open a page.",
            SettingKind::Choice {
                options: &[
                    option("BOOK", "Book"),
                    option("ORDER", "Order online"),
                    option("SHOP", "Buy"),
                    option("LEARN_MORE", "Learn more"),
                    option("SIGN_UP", "Sign up"),
                    option("CALL", "Call now"),
                ],
            },
            POSTS,
        )
    },
    Setting {
        required: true,
        only_with: &[
            button("BOOK"),
            button("ORDER"),
            button("SHOP"),
            button("LEARN_MORE"),
            button("SIGN_UP"),
        ],
        content_types: WITHOUT_LINK,
        ..setting(
            "call_to_action_url",
            "Page of the button",
            "Where the button leads.",
            SettingKind::Address,
            POSTS,
        )
    },
    Setting {
        clashes: NOT_WITH_OFFER,
        content_types: &[ContentType::Link],
        ..setting(
            "link_button",
            "Button",
            "“Learn more”, unless you choose another.",
            SettingKind::Choice {
                options: &[
                    option("BOOK", "Book"),
                    option("ORDER", "Order online"),
                    option("SHOP", "Buy"),
                    option("LEARN_MORE", "Learn more"),
                    option("SIGN_UP", "Sign up"),
                ],
            },
            POSTS,
        )
    },
    setting(
        "language",
        "Language",
        "That of the location, unless you write another.",
        SettingKind::Language,
        POSTS,
    ),
];

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
            conversion: Some("The address becomes the post's button, or the page of its offer."),
            link: Some(LINK_FIELD),
            ..TEXT
        }),
        poll: not_offered("Google's API has no polls."),
        thread: not_offered("Google Business Profile has no threads."),
    },
    settings: SETTINGS,
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
