//! Threads' own refusals (fact sheet threads.md section 6); what it shares with Facebook is in [`crate::meta::error`].

use postrider_core::delivery::FailureKind as Kind;
use postrider_provider::{Answer, Fault, Verdict};

use crate::meta::error::{code, number};
use crate::refusal::{ANY, Row, Then, When};

const BY_ITSELF: &str = "It is tried again by itself.";
const OTHER_FILE: &str = "Use another file.";
/// What Threads says of a post before its media are ready, or once a container is gone; looked at again after this.
const UNSEEN_MS: i64 = 30_000;

const fn saying(text: &'static str) -> When {
    When { text, ..ANY }
}

const fn content(when: When, reason: &'static str, message: &'static str, remedy: &'static str) -> Row {
    Row::refused(when, reason, Kind::Content, message, remedy)
}

/// What each refusal means.
const TABLE: &[Row] = &[
    // Said of posts that stand as well (trypost#280, postiz-app#1991): the container tells.
    Row::refused(
        code("10"),
        "permission_missing",
        Kind::Permission,
        "A permission is missing",
        "Reconnect the profile and allow everything that is asked for.",
    )
    .verdict(Verdict::MissingPermission)
    .ambiguous(),
    Row::refused(
        number("4279009"),
        "container_unseen",
        Kind::Outage,
        "Threads does not find what it is to publish",
        BY_ITSELF,
    )
    .then(Then::RepeatAfter(UNSEEN_MS))
    .ambiguous(),
    Row::refused(
        number("4279013"),
        "account_restricted",
        Kind::Connection,
        "Threads has restricted the profile",
        "Open the profile in the Threads app, do what it asks, then retry.",
    ),
    Row::refused(
        number("2207051"),
        "restricted",
        Kind::Limit,
        "Threads has restricted this for a time",
        "Open the profile in the Threads app; wait some hours, then retry.",
    )
    .ambiguous(),
    Row::refused(
        number("2207052"),
        "fetch",
        Kind::Outage,
        "Threads could not fetch the file",
        BY_ITSELF,
    )
    .then(Then::Repeat),
    Row::refused(number("9004"), "fetch", Kind::Outage, "Threads could not fetch the file", BY_ITSELF).then(Then::Repeat),
    content(
        saying("THREADS_API__LINK_LIMIT_EXCEEDED"),
        "links",
        "The post has more than five links",
        "Leave some of them out.",
    ),
    content(
        saying("must be at most 500 characters"),
        "text_long",
        "The text is longer than 500 characters",
        "Shorten it; an emoji counts up to four times and more.",
    ),
    Row::refused(
        saying("Matching code was not found or was already used"),
        "code_used",
        Kind::Connection,
        "The sign-in took too long or was used already",
        "Connect the profile again.",
    ),
];

/// What Threads says of a container whose processing failed. Only what names the file's own fault ends it at once: the others are
/// prepared once more.
const OF_CONTAINER: &[(&str, &str, &str)] = &[
    (
        "FAILED_PROCESSING_AUDIO",
        "audio",
        "Threads could not process the sound of the video",
    ),
    ("FAILED_PROCESSING_VIDEO", "video", "Threads could not process the video"),
    // As the documentation spells it.
    ("INVALID_ASPEC_RATIO", "aspect", "The picture or video is too tall or too wide"),
    ("INVALID_ASPECT_RATIO", "aspect", "The picture or video is too tall or too wide"),
    ("INVALID_BIT_RATE", "bit_rate", "The bit rate of the video is too high"),
    ("INVALID_DURATION", "duration", "The video is longer than five minutes"),
    ("INVALID_FRAME_RATE", "frame_rate", "The video has not 23 to 60 frames a second"),
    (
        "INVALID_AUDIO_CHANNELS",
        "audio_channels",
        "The sound of the video has more than two channels",
    ),
    (
        "INVALID_AUDIO_CHANNEL_LAYOUT",
        "audio_channels",
        "The channels of the video's sound are neither mono nor stereo",
    ),
];

/// Reads an answer that is not 2xx.
pub fn fault(answer: &Answer) -> Fault {
    crate::meta::error::fault("threads", TABLE, answer)
}

/// Whether what a failed container says may pass if it is prepared once more.
pub fn may_pass(error_message: &str) -> bool {
    !OF_CONTAINER.iter().any(|(said, ..)| *said == error_message)
}

/// What a container whose processing failed means for the post.
pub fn of_container(error_message: &str) -> Fault {
    let known = OF_CONTAINER.iter().find(|(said, ..)| *said == error_message);
    if let Some((said, reason, message)) = known {
        return Fault::stop(
            Kind::Content,
            format!("threads.{reason}"),
            format!("{message} ({said})."),
            OTHER_FILE,
        );
    }
    Fault::stop(
        Kind::Content,
        "threads.media_failed",
        format!("Threads could not take the media: {error_message}"),
        OTHER_FILE,
    )
}

/// What a 2xx answer that cannot be read means.
pub fn unreadable(what: &str) -> Fault {
    crate::refusal::unreadable("threads", what)
}
