//! Mastodon's refusals (fact sheet section 8). They are sentences: servers in other languages than English are known by the status alone.

use postrider_core::delivery::FailureKind as Kind;
use postrider_provider::{Answer, Fault, Next, Verdict};
use serde::de::DeserializeOwned;

use super::wire::Refused;
use crate::refusal::{ANY, Row, Seen, Then, When, read};

const fn named(code: &'static str) -> When {
    When { code, ..ANY }
}

const fn said(status: u16, text: &'static str) -> When {
    When { status, text, ..ANY }
}

const fn status(status: u16) -> When {
    said(status, "")
}

const RECONNECT: &str = "Reconnect the account.";
const CHANGE: &str = "Change the post and retry.";
const BY_ITSELF: &str = "It is tried again by itself.";
/// The window of the server's limits (rack_attack.rb).
const WINDOW_MS: i64 = 5 * 60_000;
const PROCESSING_MS: i64 = 10_000;

/// What each refusal means.
pub const TABLE: &[Row] = &[
    Row::refused(
        named("invalid_client"),
        "app_unknown",
        Kind::Connection,
        "The server no longer knows Postrider",
        "Connect again: Postrider introduces itself anew.",
    )
    .verdict(Verdict::AppUnknown),
    Row::refused(
        named("invalid_grant"),
        "grant_invalid",
        Kind::Connection,
        "The server does not take this consent any more",
        "Connect again.",
    ),
    Row::refused(
        named("invalid_scope"),
        "scope_refused",
        Kind::Permission,
        "The server does not know a permission that is asked for",
        "Ask the server's administrator for a newer version of Mastodon.",
    ),
    Row::refused(
        status(401),
        "token_revoked",
        Kind::Connection,
        "The access to the account was taken back",
        RECONNECT,
    )
    .verdict(Verdict::Revoked),
    Row::refused(
        said(403, "outside the authorized scopes"),
        "scope_missing",
        Kind::Permission,
        "A permission is missing",
        "Reconnect the account and agree to everything that is asked for.",
    )
    .verdict(Verdict::MissingPermission),
    Row::refused(
        status(403),
        "account_restricted",
        Kind::Connection,
        "The server does not let this account post",
        "Sign in at the server to see why, then retry.",
    ),
    Row::refused(
        status(404),
        "gone",
        Kind::Content,
        "Something that the post needs is not there any more",
        "Retry to begin it anew.",
    ),
    Row::refused(
        status(410),
        "server_gone",
        Kind::Connection,
        "The server has closed",
        "Connect an account on another server.",
    )
    .verdict(Verdict::Revoked),
    Row::refused(
        said(422, "have not finished processing"),
        "not_ready",
        Kind::Outage,
        "The server still works on the media",
        BY_ITSELF,
    )
    .then(Then::RepeatAfter(PROCESSING_MS)),
    // The server's own words for a file that another post shows: probably this one, made before.
    Row::refused(
        said(422, "already attached"),
        "media_attached",
        Kind::Content,
        "The server says that a post shows this file already",
        "Look at the account before you retry.",
    )
    .ambiguous(),
    Row::refused(
        said(422, "Text character limit"),
        "too_long",
        Kind::Content,
        "The text is longer than this server takes",
        "Shorten the text and retry; reconnect the account to learn the server's limit.",
    ),
    Row::refused(
        said(422, "Cannot attach"),
        "media_mix",
        Kind::Content,
        "The server does not take these files together",
        CHANGE,
    ),
    Row::refused(status(422), "refused", Kind::Content, "The server refused the post", CHANGE),
    Row::refused(
        status(413),
        "too_large",
        Kind::Content,
        "The file is larger than this server takes",
        "Use a smaller file.",
    ),
    Row::refused(
        status(429),
        "rate_limited",
        Kind::Limit,
        "The server's limit of requests is reached",
        BY_ITSELF,
    )
    .then(Then::Defer(WINDOW_MS)),
];

/// Reads a refusal.
pub fn fault(answer: &Answer) -> Fault {
    let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
    let (code, text) = if refused.error_description.is_empty() {
        (String::new(), refused.error)
    } else {
        (refused.error, refused.error_description)
    };
    let seen = Seen {
        status: answer.status,
        code,
        text,
        at_ms: answer.at_ms,
        until_ms: answer
            .header("x-ratelimit-reset")
            .and_then(instant_ms)
            .filter(|_| answer.status == 429),
        ..Seen::default()
    };
    read("mastodon", &[TABLE], &seen)
}

/// The server could not work on a file.
pub fn unusable(answer: &Answer) -> Fault {
    let refused = fault(answer);
    Fault {
        kind: Kind::Content,
        code: "mastodon.media_failed".to_owned(),
        message: "The server could not work on the file.".to_owned(),
        remedy: "Use another file.".to_owned(),
        ..refused
    }
    .next(Next::Stop)
}

/// The body of a 2xx answer.
///
/// # Errors
/// What the refusal means, or that the answer cannot be read.
pub fn accepted<T: DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Fault> {
    if !answer.ok() {
        return Err(fault(answer));
    }
    serde_json::from_slice(&answer.body).map_err(|_| unreadable(what))
}

/// A 2xx answer that cannot be read.
pub fn unreadable(what: &str) -> Fault {
    crate::refusal::unreadable("mastodon", what)
}

/// UTC milliseconds of an instant as Mastodon writes it (ISO 8601).
pub fn instant_ms(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(|instant| instant.as_millisecond())
}
