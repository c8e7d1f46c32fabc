//! Bluesky and other AT Protocol servers.

use super::schema::*;
use crate::network::Network;
use crate::post::ContentType;
use crate::text::count::Counter::{Bytes, Graphemes};

const POST: &str = "atproto lexicon app.bsky.feed.post";
const IMAGES: &str = "atproto lexicon app.bsky.embed.images";
const EXTERNAL: &str = "atproto lexicon app.bsky.embed.external";
const VIDEO_LEXICON: &str = "atproto lexicon app.bsky.embed.video";
const VIDEO_GUIDE: &str = "docs.bsky.app: Tutorials, Video";
const RATE: &str = "docs.bsky.app: Rate limits";

/// The video service takes 300,000,000 bytes (lexicon); sent as a blob to the account's own server it is the server's bound.
const UPLOAD: &str = "docs.bsky.app: Tutorials, Video (simple upload, 50 MiB)";
const LENGTH: &[TextLimit] = &[text_limit(300, Graphemes, POST), text_limit(3_000, Bytes, POST)];
const WORDS: TextRule = text(LENGTH);
const ALT: Option<&[TextLimit]> = Some(&[]);
const PHOTO: FileRule = FileRule {
    alt_text: ALT,
    ..image(
        &["image/jpeg", "image/png", "image/webp"],
        &[converted(Measure::BytesMax, 2_000_000, IMAGES)],
    )
};
const VIDEO: FileRule = FileRule {
    alt_text: ALT,
    ..video(
        &["video/mp4"],
        &[],
        &[
            refused(Measure::BytesMax, 52_428_800, UPLOAD),
            refused(Measure::DurationMax, 180_000, VIDEO_GUIDE),
        ],
    )
};
const GIF: FileRule = FileRule {
    alt_text: ALT,
    ..gif(Some("video/mp4"), &[])
};
const TEXT: Offer = Offer {
    conversion: None,
    text: WORDS,
    title: None,
    media: NO_MEDIA,
    link: None,
    poll: None,
    thread: None,
    first_comment: Some(LENGTH),
    draft_api: false,
};

pub(super) const RULES: NetworkRules = NetworkRules {
    network: Network::Bluesky,
    name: Network::Bluesky.name(),
    pages: &[POST, IMAGES, EXTERNAL, VIDEO_LEXICON, VIDEO_GUIDE, RATE],
    cells: Cells {
        text: Cell::Offered(TEXT),
        image: Cell::Offered(Offer {
            media: media(1, 1, &[PHOTO], IMAGES),
            ..TEXT
        }),
        carousel: Cell::Offered(Offer {
            media: media(2, 4, &[PHOTO], IMAGES),
            ..TEXT
        }),
        video: Cell::Offered(Offer {
            media: media(1, 1, &[VIDEO], VIDEO_LEXICON),
            ..TEXT
        }),
        reel: not_offered("Bluesky has no reels: choose video."),
        story: not_offered("Bluesky has no stories."),
        gif: Cell::Offered(Offer {
            conversion: Some("The GIF is sent as an MP4 video, as Bluesky has no animated GIFs."),
            media: media(1, 1, &[GIF], VIDEO_LEXICON),
            ..TEXT
        }),
        document: not_offered("Bluesky has no documents."),
        link: Cell::Offered(Offer {
            link: Some(LinkRule {
                title_required: true,
                image_bytes_max: Some(limit(1_000_000, Unit::Bytes, EXTERNAL)),
                ..LINK_FIELD
            }),
            ..TEXT
        }),
        poll: not_offered("Bluesky has no polls."),
        thread: Cell::Offered(Offer {
            thread: Some(ThreadRule {
                media: media(0, 4, &[PHOTO, VIDEO], IMAGES),
            }),
            first_comment: None,
            ..TEXT
        }),
    },
    settings: &[],
    quotas: &[
        ROLLING_HOUR,
        Quota {
            counts: Counts::Messages,
            ..quota("bluesky_creates_hour", 1_666, HOUR_MS, RATE)
        },
        Quota {
            counts: Counts::Messages,
            ..quota("bluesky_creates_day", 11_666, DAY_MS, RATE)
        },
        Quota {
            content_types: &[ContentType::Video, ContentType::Gif],
            ..quota("bluesky_videos_day", 25, DAY_MS, VIDEO_GUIDE)
        },
    ],
    repeat_refused_ms: None,
};
