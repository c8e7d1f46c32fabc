//! Bluesky's refusals (fact sheet section 6).

use postrider_core::delivery::FailureKind as Kind;
use postrider_provider::{Answer, Fault, Verdict};
use serde::de::DeserializeOwned;

use super::wire::Refused;
use crate::refusal::{ANY, Row, Seen, Then, When, read};

const fn named(code: &'static str) -> When {
    When { code, ..ANY }
}

const fn said(code: &'static str, text: &'static str) -> When {
    When { code, text, ..ANY }
}

const SIGN_IN: &str = "Reconnect the account with a new app password.";

/// What each refusal means. The write is fenced by its record key, so that an ambiguous one costs a read, not a person.
pub const TABLE: &[Row] = &[
    Row::refused(
        named("ExpiredToken"),
        "token_expired",
        Kind::Connection,
        "The access to the account expired",
        SIGN_IN,
    )
    .then(Then::Renew),
    Row::refused(
        named("InvalidToken"),
        "token_invalid",
        Kind::Connection,
        "The access to the account ended",
        SIGN_IN,
    )
    .verdict(Verdict::Expired),
    // A server of the OAuth profile: the access itself, or its proof.
    Row::refused(
        named("invalid_token"),
        "token_expired",
        Kind::Connection,
        "The access to the account expired",
        "Reconnect the account.",
    )
    .then(Then::Renew),
    Row::refused(
        named("use_dpop_nonce"),
        "nonce",
        Kind::Outage,
        "The server keeps asking for another nonce",
        "It is tried again by itself.",
    )
    .then(Then::Repeat),
    Row::refused(
        named("invalid_dpop_proof"),
        "proof_refused",
        Kind::Connection,
        "The server did not take the proof that the call is ours",
        "Check the clock of this server, then reconnect the account.",
    ),
    Row::refused(
        named("invalid_grant"),
        "access_ended",
        Kind::Connection,
        "The access to the account ended",
        "Reconnect the account.",
    )
    .verdict(Verdict::Expired),
    Row::refused(
        named("invalid_client"),
        "client_refused",
        Kind::Connection,
        "The account's server does not take this Postrider",
        "Check the clock of this server, and that server.public_base is the address at which servers reach Postrider; it is tried again after.",
    ),
    Row::refused(
        named("invalid_client_metadata"),
        "client_unread",
        Kind::Connection,
        "The account's server cannot read who this Postrider is",
        "Check that server.public_base is the address at which servers reach Postrider, then try again.",
    ),
    Row::refused(
        named("invalid_scope"),
        "scope_unknown",
        Kind::Permission,
        "The account's server does not know a permission that is needed",
        "Connect the account with an app password.",
    ),
    Row::refused(
        named("AuthMissing"),
        "signed_out",
        Kind::Connection,
        "The access to the account ended",
        SIGN_IN,
    )
    .verdict(Verdict::Expired),
    Row::refused(
        named("AuthenticationRequired"),
        "password_refused",
        Kind::Connection,
        "The handle or the app password was refused",
        "Check the handle, make a new app password and sign in with it.",
    )
    .verdict(Verdict::Expired),
    Row::refused(
        named("AuthFactorTokenRequired"),
        "main_password",
        Kind::Connection,
        "This is not an app password: the server asks for a second factor",
        "Make an app password in the account's settings and use it here.",
    ),
    Row::refused(
        named("AccountTakedown"),
        "account_taken_down",
        Kind::Connection,
        "The account was taken down",
        "Settle it with the account's server, then reconnect.",
    )
    .verdict(Verdict::Revoked),
    Row::refused(
        named("AccountDeactivated"),
        "account_deactivated",
        Kind::Connection,
        "The account is deactivated",
        "Activate the account again, then reconnect.",
    )
    .verdict(Verdict::Revoked),
    Row::refused(
        named("AccountSuspended"),
        "account_suspended",
        Kind::Connection,
        "The account is suspended",
        "Settle it with the account's server, then reconnect.",
    )
    .verdict(Verdict::Revoked),
    Row::refused(
        // Named by the lexicons otherwise than by the reference server.
        When {
            status: 403,
            text: "Missing required scope",
            ..ANY
        },
        "scope_missing",
        Kind::Permission,
        "A permission is missing",
        "Reconnect and give every permission.",
    )
    .verdict(Verdict::MissingPermission),
    Row::refused(
        named("ScopeMissing"),
        "scope_missing",
        Kind::Permission,
        "A permission is missing",
        "Reconnect and give every permission.",
    )
    .verdict(Verdict::MissingPermission),
    Row::refused(
        said("InvalidRequest", "Could not find blob"),
        "blob_gone",
        Kind::Outage,
        "The server no longer has the uploaded file",
        "It is uploaded again by itself.",
    )
    .then(Then::Restart),
    Row::refused(
        said("InvalidRequest", "Invalid app.bsky.feed.post record"),
        "record_invalid",
        Kind::Content,
        "The server refused the post",
        "Change what it names and retry.",
    ),
    Row::refused(
        named("InvalidMimeType"),
        "media_type",
        Kind::Content,
        "The server does not take this kind of file",
        "Use a JPEG, PNG or WebP picture or an MP4 video.",
    ),
    Row::refused(
        named("BlobTooLarge"),
        "media_too_large",
        Kind::Content,
        "The file is too large for the account's server",
        "Use a smaller file.",
    ),
    Row::refused(
        When { status: 413, ..ANY },
        "media_too_large",
        Kind::Content,
        "The file is too large for the account's server",
        "Use a smaller file.",
    ),
    Row::refused(
        named("InvalidSwap"),
        "another_record",
        Kind::Duplicate,
        "Another record stands under this post's key",
        "Look at the account, then say whether the post is there.",
    )
    .ambiguous(),
    Row::refused(
        named("RateLimitExceeded"),
        "rate_limit",
        Kind::Limit,
        "The server's limit of calls is reached",
        "It goes on by itself.",
    )
    .then(Then::Defer(300_000)),
    Row::refused(
        When { status: 429, ..ANY },
        "rate_limit",
        Kind::Limit,
        "The server's limit of calls is reached",
        "It goes on by itself.",
    )
    .then(Then::Defer(300_000)),
    Row::refused(
        named("UpstreamFailure"),
        "outage",
        Kind::Outage,
        "The server does not work at present",
        "It is tried again by itself.",
    )
    .then(Then::Repeat)
    .ambiguous(),
    Row::refused(
        named("UpstreamTimeout"),
        "outage",
        Kind::Outage,
        "The server does not work at present",
        "It is tried again by itself.",
    )
    .then(Then::Repeat)
    .ambiguous(),
];

/// Reads an answer that is not 2xx.
pub fn fault(answer: &Answer) -> Fault {
    let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
    read(
        "bluesky",
        &[TABLE],
        &Seen {
            status: answer.status,
            code: refused.error,
            text: refused.message,
            at_ms: answer.at_ms,
            until_ms: window_opens_ms(answer),
            ..Seen::default()
        },
    )
}

/// Reads what an answer is meant to hold.
///
/// # Errors
/// The refusal, or that it cannot be read.
pub fn accepted<T: DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Fault> {
    if !answer.ok() {
        return Err(fault(answer));
    }
    serde_json::from_slice(&answer.body).map_err(|_| unreadable(what))
}

/// When the limit opens: `RateLimit-Reset` in UNIX seconds, or `Retry-After` in seconds from now.
fn window_opens_ms(answer: &Answer) -> Option<i64> {
    let seconds = |name| answer.header(name).and_then(|value| value.trim().parse::<i64>().ok());
    let reset_ms = seconds("ratelimit-reset").map(|reset| reset.saturating_mul(1_000));
    let retry_ms = seconds("retry-after").map(|after| answer.at_ms.saturating_add(after.saturating_mul(1_000)));
    let limited = answer.status == 429 || answer.status == 503;
    if limited { retry_ms.or(reset_ms) } else { None }
}

/// What a 2xx answer that cannot be read means.
pub fn unreadable(what: &str) -> Fault {
    crate::refusal::unreadable("bluesky", what)
}
