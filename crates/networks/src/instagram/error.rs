//! Instagram's own refusals (fact sheet section 6); what it shares with Facebook is in [`crate::meta::error`].

use postrider_core::delivery::FailureKind as Kind;
use postrider_provider::{Answer, Fault};

use crate::meta::error::{code, number, pair};
use crate::refusal::{Row, Then};

const BY_ITSELF: &str = "It is tried again by itself.";
const OTHER_FILE: &str = "Use another file.";
const CHANGE: &str = "Change the post and retry.";
/// When the window opens is not told; it is asked again after this.
const WINDOW_MS: i64 = 3_600_000;

const fn content(sub: &'static str, reason: &'static str, message: &'static str, remedy: &'static str) -> Row {
    Row::refused(number(sub), reason, Kind::Content, message, remedy)
}

const fn container(sub: &'static str, reason: &'static str, message: &'static str) -> Row {
    Row::refused(number(sub), reason, Kind::Outage, message, BY_ITSELF).then(Then::Restart)
}

/// What each refusal means.
pub const TABLE: &[Row] = &[
    Row::refused(
        pair("4", "2207051"),
        "restricted",
        Kind::Limit,
        "Instagram has restricted this for a time",
        "Open the account in the Instagram app; wait some hours, then retry.",
    )
    .ambiguous(),
    Row::refused(
        number("2207042"),
        "quota",
        Kind::Limit,
        "The account has published as much as Instagram allows in 24 hours",
        "It goes on by itself when the window opens.",
    )
    .then(Then::Defer(WINDOW_MS)),
    Row::refused(
        number("2207027"),
        "not_ready",
        Kind::Outage,
        "Instagram still works on the media",
        BY_ITSELF,
    )
    // Also said of a container that was published already, as by a call whose answer was lost: the container tells.
    .then(Then::RepeatAfter(15_000))
    .ambiguous(),
    Row::refused(
        number("2207008"),
        "container_unseen",
        Kind::Outage,
        "Instagram does not yet find what it is to publish",
        BY_ITSELF,
    )
    .then(Then::RepeatAfter(30_000))
    .ambiguous(),
    Row::refused(
        number("2207006"),
        "container_unseen",
        Kind::Outage,
        "Instagram does not find what it is to publish",
        BY_ITSELF,
    )
    .then(Then::RepeatAfter(30_000))
    .ambiguous(),
    container("2207020", "container_expired", "What was prepared has expired"),
    container("2207003", "fetch_slow", "Instagram took too long to fetch the file"),
    container("2207052", "fetch", "Instagram could not fetch the file"),
    container("9004", "fetch", "Instagram could not fetch the file"),
    container("2207053", "upload", "Instagram could not take the video"),
    container("2207032", "create", "Instagram could not prepare the post"),
    Row::refused(
        number("2207001"),
        "outage",
        Kind::Outage,
        "Instagram does not work at present",
        BY_ITSELF,
    )
    .then(Then::Repeat)
    .ambiguous(),
    Row::refused(
        number("2207050"),
        "account_restricted",
        Kind::Connection,
        "Instagram has restricted or deactivated the account",
        "Open the account in the Instagram app, do what it asks, then retry.",
    ),
    content(
        "2207004",
        "picture_large",
        "The picture is too large",
        "Use a JPEG of at most 8 MB.",
    ),
    content(
        "2207005",
        "picture_format",
        "Instagram takes no pictures of this format",
        "Use a JPEG.",
    ),
    content(
        "2207009",
        "picture_aspect",
        "The picture is too tall or too wide",
        "Crop it to between 4:5 and 1.91:1.",
    ),
    content(
        "2207010",
        "caption",
        "The caption is too long, or has too many hashtags or mentions",
        CHANGE,
    ),
    content(
        "2207018",
        "mentioned",
        "An account named in the post is private or does not exist",
        CHANGE,
    ),
    content("2207023", "media_type", "Instagram does not know this type", CHANGE),
    content(
        "2207026",
        "video_format",
        "Instagram does not take this video",
        "Use an MP4 with H.264 and AAC.",
    ),
    content("2207028", "carousel", "A carousel has two to ten items", CHANGE),
    content("2207035", "product_tags", "Instagram refused a product tag", CHANGE),
    content("2207036", "product_tags", "Instagram refused a product tag", CHANGE),
    content("2207037", "product_tags", "Instagram refused a product tag", CHANGE),
    content("2207040", "tags", "More than 20 accounts are tagged", CHANGE),
    content("2207057", "cover", "The cover lies beyond the end of the video", CHANGE),
    content("2207076", "video_failed", "Instagram could not process the video", OTHER_FILE),
    content("2207077", "video_failed", "Instagram could not process the video", OTHER_FILE),
    content("2207082", "audio", "Instagram could not mix the sound", OTHER_FILE),
    content("2207085", "video_failed", "Instagram could not process the video", OTHER_FILE),
    content("2207081", "trial_reels", "The account may not publish trial reels", CHANGE),
    Row::refused(
        code("25"),
        "account_restricted",
        Kind::Connection,
        "Instagram has restricted the account",
        "Open the account in the Instagram app, then retry.",
    ),
];

/// Reads an answer that is not 2xx.
pub fn fault(answer: &Answer) -> Fault {
    crate::meta::error::fault("instagram", TABLE, answer)
}

/// Reads the status of a container that failed: "…error code 2207026".
pub fn of_status(status: &str, at_ms: i64) -> Fault {
    let sub = status
        .split(|c: char| !c.is_ascii_digit())
        .find(|digits| digits.starts_with("22070") && digits.len() == 7)
        .unwrap_or_default();
    let seen = crate::refusal::Seen {
        sub: sub.to_owned(),
        text: status.to_owned(),
        at_ms,
        ..crate::refusal::Seen::default()
    };
    let fault = crate::refusal::read("instagram", &[TABLE], &seen);
    if fault.code == "instagram.unlisted" {
        return Fault::stop(
            Kind::Content,
            "instagram.media_failed",
            format!("Instagram could not process the media: {status}"),
            OTHER_FILE,
        );
    }
    fault
}

/// What a 2xx answer that cannot be read means.
pub fn unreadable(what: &str) -> Fault {
    crate::refusal::unreadable("instagram", what)
}
