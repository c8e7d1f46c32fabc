//! YouTube's refusals (fact sheet section 7). The reason of the first error decides, not the HTTP status.

use postrider_core::delivery::FailureKind as Kind;
use postrider_core::quota::next_free;
use postrider_core::rules::schema::Window;
use postrider_provider::{Answer, Fault, Proof};

use super::wire::Refused;
use crate::google::error::{ended, reason, scope_missing, status};
use crate::refusal::{Row, Seen, Then, When, read};

const DAY_MS: i64 = 86_400_000;
/// No header says when the window opens (fact sheet section 6).
const MINUTE_MS: i64 = 60_000;
/// So that those who met the limit together do not come back together.
const JITTER_MS: i64 = 15_000;
/// At whose midnight the quotas begin anew.
const PACIFIC: Window = Window::Day {
    zone: "America/Los_Angeles",
};

const fn day_used(when: When) -> Row {
    Row::refused(
        when,
        "day_used",
        Kind::Limit,
        "The app has used what YouTube allows it in a day, for all of its channels together",
        "It goes on by itself after midnight in California. An administrator can ask Google for more.",
    )
    .then(Then::Defer(DAY_MS))
}

const fn throttled(when: When) -> Row {
    Row::refused(
        when,
        "throttled",
        Kind::Limit,
        "YouTube's limit of calls is reached",
        "It goes on by itself.",
    )
    .then(Then::Defer(MINUTE_MS))
}

const fn invalid(when: When, message: &'static str) -> Row {
    Row::refused(when, "invalid", Kind::Content, message, "Change it and retry.")
}

const fn closed(when: When) -> Row {
    Row::refused(
        when,
        "channel_closed",
        Kind::Permission,
        "YouTube has closed or suspended the channel or its account",
        "Open YouTube Studio and do what it asks.",
    )
}

const fn forbidden(when: When) -> Row {
    Row::refused(
        when,
        "forbidden",
        Kind::Permission,
        "YouTube does not allow it",
        "Look into YouTube Studio whether the channel may do this.",
    )
}

const fn api_off(when: When) -> Row {
    Row::refused(
        when,
        "api_off",
        Kind::Permission,
        "The YouTube Data API is not switched on for the app",
        "Have the administrator enable it in Google's console.",
    )
}

const fn no_comments(when: When) -> Row {
    Row::refused(
        when,
        "comments_off",
        Kind::Content,
        "The video takes no comments: they are switched off, or it is private or made for children",
        "Write the comment by hand where it can be.",
    )
}

/// What each refusal means.
pub const TABLE: &[Row] = &[
    Row::refused(
        reason("youtubeSignupRequired"),
        "no_channel",
        Kind::Connection,
        "The Google account has no YouTube channel",
        "Make a channel on YouTube, then connect again.",
    ),
    ended(reason("authError")),
    ended(reason("UNAUTHENTICATED")),
    scope_missing(reason("insufficientPermissions")),
    scope_missing(reason("ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
    day_used(reason("quotaExceeded")),
    day_used(reason("dailyLimitExceeded")),
    Row::refused(
        reason("uploadLimitExceeded"),
        "uploads_used",
        Kind::Limit,
        "YouTube takes no more videos of the channel within a day, by whatever program",
        "It goes on by itself tomorrow.",
    )
    .then(Then::Defer(DAY_MS)),
    throttled(reason("rateLimitExceeded")),
    throttled(reason("userRateLimitExceeded")),
    throttled(reason("uploadRateLimitExceeded")),
    throttled(reason("RESOURCE_EXHAUSTED")),
    api_off(reason("accessNotConfigured")),
    api_off(reason("SERVICE_DISABLED")),
    closed(reason("channelClosed")),
    closed(reason("channelSuspended")),
    closed(reason("authenticatedUserAccountSuspended")),
    closed(reason("authenticatedUserAccountClosed")),
    no_comments(reason("commentsDisabled")),
    forbidden(reason("forbiddenPrivacySetting")),
    forbidden(reason("forbiddenLicenseSetting")),
    forbidden(reason("forbidden")),
    invalid(reason("invalidTitle"), "YouTube does not take the title"),
    invalid(reason("invalidDescription"), "YouTube does not take the text"),
    invalid(reason("invalidTags"), "YouTube does not take the tags"),
    invalid(reason("invalidCategoryId"), "YouTube does not have the category for this channel"),
    invalid(reason("defaultLanguageNotSet"), "YouTube asks for the language"),
    invalid(reason("invalidPublishAt"), "YouTube does not take the time"),
    invalid(reason("invalidFilename"), "YouTube does not take the file's name"),
    invalid(
        reason("invalidRecordingDetails"),
        "YouTube does not take the place or date of recording",
    ),
    invalid(reason("invalidVideoMetadata"), "YouTube does not take what is said of the video"),
    invalid(reason("invalidVideoGameRating"), "YouTube does not take the rating"),
    invalid(reason("mediaBodyRequired"), "YouTube did not find the file"),
    invalid(reason("failedPrecondition"), "YouTube does not take the request as things stand"),
    Row::refused(
        reason("videoNotFound"),
        "gone",
        Kind::Content,
        "The video is not on YouTube any more",
        "It was removed there. Retry to upload it again.",
    )
    .then(Then::Restart),
    Row::refused(
        reason("playlistNotFound"),
        "uploads_unreadable",
        Kind::Outage,
        "YouTube does not show the channel's uploads",
        "It is tried again by itself.",
    )
    .then(Then::Repeat)
    .ambiguous(),
    ended(status(401)),
    throttled(status(429)),
];

const OTHER_FILE: &str = "Use another file.";

/// Why YouTube gave up a video after it had taken it: the reason, what it is called here, of which kind it is, what happened, what to do.
const GIVEN_UP: &[(&str, &str, Kind, &str, &str)] = &[
    ("conversion", "format", Kind::Content, "YouTube cannot convert the file", OTHER_FILE),
    (
        "invalidFile",
        "format",
        Kind::Content,
        "YouTube does not know the file's format",
        OTHER_FILE,
    ),
    ("emptyFile", "format", Kind::Content, "YouTube found the file empty", OTHER_FILE),
    ("tooSmall", "format", Kind::Content, "YouTube found the file too small", OTHER_FILE),
    (
        "codec",
        "format",
        Kind::Content,
        "YouTube does not know the file's codec",
        OTHER_FILE,
    ),
    ("uploadAborted", "aborted", Kind::Outage, "The upload was broken off", "Retry."),
    (
        "duplicate",
        "duplicate",
        Kind::Content,
        "The channel has this very video already",
        "Use another file, or remove the older video on YouTube.",
    ),
    (
        "length",
        "length",
        Kind::Content,
        "The video is longer than the channel may show",
        "Confirm the channel's phone number on YouTube for more than 15 minutes, or use a shorter video.",
    ),
    (
        "uploaderAccountSuspended",
        "channel_closed",
        Kind::Permission,
        "YouTube has suspended the account",
        "Open YouTube Studio and do what it asks.",
    ),
    (
        "uploaderAccountClosed",
        "channel_closed",
        Kind::Permission,
        "The account was closed",
        "Connect another channel.",
    ),
];

fn seen(answer: &Answer) -> Seen {
    let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
    let first = |reasons: Vec<super::wire::Reason>| reasons.into_iter().map(|of| of.reason).find(|text| !text.is_empty());
    let code = first(refused.error.errors);
    let sub = first(refused.error.details).unwrap_or(refused.error.status);
    Seen {
        status: answer.status,
        until_ms: opens_ms(answer, code.as_deref().unwrap_or(&sub)),
        code: code.unwrap_or_default(),
        sub,
        text: refused.error.message,
        at_ms: answer.at_ms,
    }
}

/// When the window of a limit opens.
fn opens_ms(answer: &Answer, reason: &str) -> Option<i64> {
    let now_ms = answer.at_ms;
    match reason {
        "quotaExceeded" | "dailyLimitExceeded" => next_free(PACIFIC, 1, &[now_ms], now_ms).ok(),
        "rateLimitExceeded" | "userRateLimitExceeded" | "uploadRateLimitExceeded" | "RESOURCE_EXHAUSTED" => {
            Some(now_ms + MINUTE_MS + now_ms % JITTER_MS)
        }
        _ => None,
    }
}

/// Reads a refusal of the API.
pub fn fault(answer: &Answer) -> Fault {
    read("youtube", &[TABLE], &seen(answer))
}

/// Whether a refusal says why.
pub fn is_told(answer: &Answer) -> bool {
    !seen(answer).code.is_empty()
}

/// The Google account has no channel.
pub fn no_channel() -> Fault {
    let seen = Seen {
        status: 401,
        code: "youtubeSignupRequired".to_owned(),
        ..Seen::default()
    };
    read("youtube", &[TABLE], &seen)
}

/// The video is not there.
pub fn gone() -> Fault {
    let seen = Seen {
        status: 404,
        code: "videoNotFound".to_owned(),
        ..Seen::default()
    };
    read("youtube", &[TABLE], &seen)
}

/// What it means that YouTube gave up a video which it had taken: nobody sees it.
pub fn given_up(reason: &str) -> Fault {
    let row = GIVEN_UP.iter().find(|(said, ..)| *said == reason);
    let (here, kind, message, remedy) = match row {
        Some((_, here, kind, message, remedy)) => (*here, *kind, *message, *remedy),
        None => (
            "rejected",
            Kind::Content,
            "YouTube gave the video up",
            "Look into YouTube Studio for the reason, change the post and retry.",
        ),
    };
    let mut fault = Fault::stop(kind, format!("youtube.{here}"), format!("{message} ({reason})."), remedy);
    fault.proof = Proof::NeverPublic;
    fault
}

/// What an answer that cannot be read means.
pub fn unreadable(what: &str) -> Fault {
    crate::refusal::unreadable("youtube", what)
}
