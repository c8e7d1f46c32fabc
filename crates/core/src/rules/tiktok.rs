//! TikTok.

use super::schema::*;
use crate::network::Network;
use crate::post::ContentType;
use crate::text::count::Counter::Utf16;

const DIRECT: &str = "developers.tiktok.com: Content Posting API, Direct Post";
const PHOTOS: &str = "developers.tiktok.com: Content Posting API, Photo Post";
const TRANSFER: &str = "developers.tiktok.com: Content Posting API, Media Transfer Guide";
const UPLOAD: &str = "developers.tiktok.com: Content Posting API, Upload Video";
const SHARING: &str = "developers.tiktok.com: Content Sharing Guidelines";
const PRACTICE: &str = "practice; TikTok documents no figure";

const CAPTION: TextRule = text(&[text_limit(2_200, Utf16, DIRECT)]);
const DESCRIPTION: TextRule = text(&[text_limit(4_000, Utf16, PHOTOS)]);
const PHOTO_TITLE: Option<TitleRule> = Some(TitleRule {
    required: false,
    limits: &[text_limit(90, Utf16, PHOTOS)],
    forbidden: "",
});
const PHOTO: FileRule = image(
    &["image/jpeg", "image/webp"],
    &[
        converted(Measure::BytesMax, 20_000_000, TRANSFER),
        converted(Measure::AreaMax, 1_920 * 1_080, TRANSFER),
    ],
);
const VIDEO: FileRule = video(
    &["video/mp4", "video/quicktime", "video/webm"],
    &["h264", "hevc", "vp8", "vp9"],
    &[
        refused(Measure::BytesMax, 4_000_000_000, TRANSFER),
        refused(Measure::DurationMin, 3_000, PRACTICE),
        refused(Measure::DurationMax, 600_000, TRANSFER),
        refused(Measure::WidthMin, 360, TRANSFER),
        refused(Measure::HeightMin, 360, TRANSFER),
        refused(Measure::WidthMax, 4_096, TRANSFER),
        refused(Measure::HeightMax, 4_096, TRANSFER),
        refused(Measure::FrameRateMin, 23_000, TRANSFER),
        refused(Measure::FrameRateMax, 60_000, TRANSFER),
    ],
);

const CLIP: Offer = Offer {
    conversion: None,
    text: CAPTION,
    title: None,
    media: media(1, 1, &[VIDEO], DIRECT),
    link: None,
    poll: None,
    thread: None,
    first_comment: None,
    draft_api: true,
};
const PICTURES: Offer = Offer {
    text: DESCRIPTION,
    title: PHOTO_TITLE,
    media: media(1, 35, &[PHOTO], PHOTOS),
    ..CLIP
};
/// The types that can carry a video, and those that can carry pictures.
const OF_VIDEO: &[ContentType] = &[ContentType::Video, ContentType::Reel, ContentType::Text, ContentType::Link];
const OF_PICTURES: &[ContentType] = &[ContentType::Image, ContentType::Carousel, ContentType::Text, ContentType::Link];

/// Nothing is chosen ahead for the person: that is what TikTok's audit looks for.
const SETTINGS: &[Setting] = &[
    Setting {
        required: true,
        ..setting(
            "privacy_level",
            "Who sees it",
            "TikTok takes no post without it. An account that is public has no “Followers”, a private one no “Everybody”. By posting, you \
             agree to TikTok's Music Usage Confirmation. It may take minutes until the post is seen.",
            SettingKind::Choice {
                options: &[
                    option("PUBLIC_TO_EVERYONE", "Everybody"),
                    option("MUTUAL_FOLLOW_FRIENDS", "Friends"),
                    option("FOLLOWER_OF_CREATOR", "Followers"),
                    option("SELF_ONLY", "Only me"),
                ],
            },
            SHARING,
        )
    },
    setting(
        "allow_comment",
        "Allow comments",
        "Where the account has them switched off, they stay off.",
        SettingKind::Switch,
        SHARING,
    ),
    Setting {
        content_types: OF_VIDEO,
        ..setting(
            "allow_duet",
            "Allow duets",
            "Others may show the video beside one of theirs.",
            SettingKind::Switch,
            SHARING,
        )
    },
    Setting {
        content_types: OF_VIDEO,
        ..setting(
            "allow_stitch",
            "Allow stitches",
            "Others may begin a video with a part of it.",
            SettingKind::Switch,
            SHARING,
        )
    },
    Setting {
        content_types: OF_PICTURES,
        ..setting(
            "auto_add_music",
            "Add music",
            "TikTok chooses music for the pictures.",
            SettingKind::Switch,
            PHOTOS,
        )
    },
    setting(
        "brand_organic_toggle",
        "Your own brand",
        "Says that the post promotes yourself or your own business.",
        SettingKind::Switch,
        SHARING,
    ),
    Setting {
        clashes: &[Chosen {
            key: "privacy_level",
            value: "SELF_ONLY",
        }],
        ..setting(
            "brand_content_toggle",
            "Paid partnership",
            "Says that the post promotes another brand. By posting, you agree to TikTok's Branded Content Policy.",
            SettingKind::Switch,
            SHARING,
        )
    },
    Setting {
        content_types: OF_VIDEO,
        ..setting(
            "is_aigc",
            "Made by AI",
            "Says that the video was made by AI.",
            SettingKind::Switch,
            DIRECT,
        )
    },
];

/// With pictures or a video in the post, the tighter of the two texts holds.
const WITH_MEDIA: MediaRule = media(1, 35, &[PHOTO, VIDEO], PHOTOS);

pub(super) const RULES: NetworkRules = NetworkRules {
    network: Network::Tiktok,
    name: Network::Tiktok.name(),
    pages: &[DIRECT, PHOTOS, TRANSFER, UPLOAD, SHARING],
    cells: Cells {
        text: Cell::Offered(Offer {
            conversion: Some("TikTok has no posts of words alone: add pictures or a video, and the text becomes their caption."),
            media: WITH_MEDIA,
            ..CLIP
        }),
        image: Cell::Offered(Offer {
            media: media(1, 1, &[PHOTO], PHOTOS),
            ..PICTURES
        }),
        carousel: Cell::Offered(Offer {
            media: media(2, 35, &[PHOTO], PHOTOS),
            ..PICTURES
        }),
        video: Cell::Offered(CLIP),
        reel: Cell::Offered(CLIP),
        story: not_offered("TikTok's API publishes no stories."),
        gif: not_offered("TikTok's API takes JPEG and WebP pictures and videos only; it has no animated GIFs."),
        document: not_offered("TikTok's API has no documents."),
        link: Cell::Offered(Offer {
            conversion: Some("TikTok has no link posts: add pictures or a video. The address stands in the caption and cannot be tapped."),
            media: WITH_MEDIA,
            link: Some(LinkRule {
                tappable: false,
                ..LINK_IN_TEXT
            }),
            ..CLIP
        }),
        poll: not_offered("TikTok's API has no polls."),
        thread: not_offered("TikTok has no threads."),
    },
    settings: SETTINGS,
    quotas: &[
        ROLLING_HOUR,
        quota("tiktok_posts_day", 15, DAY_MS, PRACTICE),
        Quota {
            counts: Counts::Calls,
            ..quota("tiktok_init_minute", 6, 60_000, DIRECT)
        },
        Quota {
            drafts_only: true,
            ..quota("tiktok_inbox_day", 5, DAY_MS, UPLOAD)
        },
    ],
    repeat_refused_ms: None,
};
