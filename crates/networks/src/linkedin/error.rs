//! LinkedIn's refusals (fact sheet section 7).

use postrider_core::delivery::FailureKind as Kind;
use postrider_provider::{Answer, Fault, Verdict};

use super::wire::Refused;
use crate::refusal::{ANY, Row, Seen, Then, When, read};

const fn named(code: &'static str) -> When {
    When { code, ..ANY }
}

const fn numbered(sub: &'static str) -> When {
    When { sub, ..ANY }
}

const fn status(status: u16) -> When {
    When { status, ..ANY }
}

const RECONNECT: &str = "Reconnect the account.";
const CHANGE: &str = "Change the post and retry.";
const BY_ITSELF: &str = "It is tried again by itself.";
const ADMIN: &str = "Ask the administrator to look at LinkedIn's keys in the settings.";
/// LinkedIn's sheet gives no instant; a quarter of an hour costs little of a daily budget.
const THROTTLED_MS: i64 = 15 * 60_000;
const PROCESSING_MS: i64 = 20_000;

/// What each refusal means.
pub const TABLE: &[Row] = &[
    Row::refused(
        named("DUPLICATE_POST"),
        "duplicate",
        Kind::Duplicate,
        "LinkedIn holds this for a repeat of a post that stands",
        "Look at the account, then say whether the post is there; change the text to post it again.",
    )
    .ambiguous(),
    Row::refused(
        status(409),
        "conflict",
        Kind::Duplicate,
        "LinkedIn was asked the same twice at once",
        "Look at the account.",
    )
    .ambiguous(),
    Row::refused(
        numbered("65602"),
        "token_expired",
        Kind::Connection,
        "The access to the account expired",
        RECONNECT,
    )
    .then(Then::Renew),
    Row::refused(
        named("EXPIRED_ACCESS_TOKEN"),
        "token_expired",
        Kind::Connection,
        "The access to the account expired",
        RECONNECT,
    )
    .then(Then::Renew),
    Row::refused(
        numbered("65601"),
        "token_revoked",
        Kind::Connection,
        "The access to the account was taken back",
        RECONNECT,
    )
    .verdict(Verdict::Revoked),
    Row::refused(
        named("REVOKED_ACCESS_TOKEN"),
        "token_revoked",
        Kind::Connection,
        "The access to the account was taken back",
        RECONNECT,
    )
    .verdict(Verdict::Revoked),
    Row::refused(
        status(401),
        "token_invalid",
        Kind::Connection,
        "The access to the account ended",
        RECONNECT,
    )
    .verdict(Verdict::Expired),
    Row::refused(
        named("invalid_grant"),
        "grant_invalid",
        Kind::Connection,
        "LinkedIn no longer renews this access",
        RECONNECT,
    )
    .verdict(Verdict::Expired),
    Row::refused(
        named("invalid_client"),
        "app_refused",
        Kind::Internal,
        "LinkedIn refused the app's keys",
        ADMIN,
    ),
    Row::refused(
        named("invalid_redirect_uri"),
        "redirect_refused",
        Kind::Internal,
        "LinkedIn does not know Postrider's address",
        ADMIN,
    ),
    Row::refused(
        When {
            status: 403,
            text: "/author",
            ..ANY
        },
        "role_lost",
        Kind::Permission,
        "The person who connected this account may not post for it",
        "Have the person made content admin or super admin of the Page, or reconnect with somebody who is.",
    )
    .verdict(Verdict::MissingPermission),
    Row::refused(
        When {
            status: 403,
            code: "ACCESS_DENIED",
            ..ANY
        },
        "permission_missing",
        Kind::Permission,
        "A permission is missing",
        "Reconnect and give every permission, or ask the administrator whether the app has the product.",
    )
    .verdict(Verdict::MissingPermission),
    Row::refused(
        named("MEDIA_ASSET_WAITING_UPLOAD"),
        "media_waiting",
        Kind::Outage,
        "LinkedIn still works on the media",
        BY_ITSELF,
    )
    .then(Then::RepeatAfter(PROCESSING_MS)),
    Row::refused(
        When {
            status: 400,
            text: "waiting upload",
            ..ANY
        },
        "media_waiting",
        Kind::Outage,
        "LinkedIn still works on the media",
        BY_ITSELF,
    )
    .then(Then::RepeatAfter(PROCESSING_MS)),
    Row::refused(
        named("MEDIA_ASSET_PROCESSING_FAILED"),
        "media_failed",
        Kind::Content,
        "LinkedIn could not process the media",
        "Use another file.",
    ),
    Row::refused(
        named("EXPIRED_UPLOAD_URL"),
        "upload_expired",
        Kind::Outage,
        "The upload took too long",
        BY_ITSELF,
    )
    .then(Then::Restart),
    Row::refused(
        named("FIELD_LENGTH_TOO_LONG"),
        "too_long",
        Kind::Content,
        "LinkedIn finds a text too long",
        CHANGE,
    ),
    Row::refused(
        named("FIELD_INVALID"),
        "field_invalid",
        Kind::Content,
        "LinkedIn refused the post",
        CHANGE,
    ),
    Row::refused(
        named("MISSING_FIELD"),
        "field_missing",
        Kind::Content,
        "LinkedIn refused the post",
        CHANGE,
    ),
    Row::refused(
        named("INVALID_URN"),
        "urn_invalid",
        Kind::Internal,
        "LinkedIn refused the post",
        "Retry; if it stays, report it.",
    ),
    Row::refused(
        named("INVALID_URN_ID"),
        "urn_invalid",
        Kind::Internal,
        "LinkedIn refused the post",
        "Retry; if it stays, report it.",
    ),
    Row::refused(
        named("INVALID_URN_TYPE"),
        "urn_invalid",
        Kind::Internal,
        "LinkedIn refused the post",
        "Retry; if it stays, report it.",
    ),
    Row::refused(
        status(413),
        "media_too_large",
        Kind::Content,
        "The file is too large for LinkedIn",
        "Use a smaller file.",
    ),
    Row::refused(
        status(415),
        "media_type",
        Kind::Content,
        "LinkedIn does not take this kind of file",
        "Use another format.",
    ),
    Row::refused(
        named("VERSION_MISSING"),
        "version",
        Kind::Internal,
        "LinkedIn does not serve this version of its API",
        ADMIN,
    )
    .then(Then::Defer(3_600_000)),
    Row::refused(
        status(426),
        "version",
        Kind::Internal,
        "LinkedIn no longer serves this version of its API",
        ADMIN,
    )
    .then(Then::Defer(3_600_000)),
    Row::refused(
        status(429),
        "throttled",
        Kind::Limit,
        "LinkedIn's limit of calls is reached",
        "It goes on by itself.",
    )
    .then(Then::Defer(THROTTLED_MS)),
];

/// What was seen in an answer that is not 2xx.
pub fn seen(answer: &Answer) -> Seen {
    let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
    let first = refused.error_details.input_errors.into_iter().next().unwrap_or_default();
    let pick = |texts: [String; 3]| texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    let retry_after = answer.header("retry-after").and_then(|value| value.trim().parse::<i64>().ok());
    Seen {
        status: answer.status,
        code: pick([first.code, refused.code, refused.error]),
        sub: if refused.service_error_code == 0 {
            String::new()
        } else {
            refused.service_error_code.to_string()
        },
        text: pick([refused.message, refused.error_description, first.description]),
        at_ms: answer.at_ms,
        until_ms: retry_after.map(|seconds| answer.at_ms.saturating_add(seconds.saturating_mul(1_000))),
    }
}

/// Reads an answer that is not 2xx.
pub fn fault(answer: &Answer) -> Fault {
    read("linkedin", &[TABLE], &seen(answer))
}

/// What a 2xx answer that cannot be read means.
pub fn unreadable(what: &str) -> Fault {
    crate::refusal::unreadable("linkedin", what)
}
