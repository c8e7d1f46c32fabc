//! Refusals that Facebook and Instagram share (fact sheet facebook.md sections 5 and 6). Decided by code and subcode,
//! never by HTTP status.

use postrider_core::delivery::FailureKind as Kind;
use postrider_provider::{Answer, Fault, Verdict};
use serde_json::Value;

use super::wire::Refused;
use crate::refusal::{ANY, Row, Seen, Then, When, read};

/// A row about this code.
pub const fn code(code: &'static str) -> When {
    When { code, ..ANY }
}

/// A row about this code and subcode.
pub const fn pair(code: &'static str, sub: &'static str) -> When {
    When { code, sub, ..ANY }
}

/// A row about this number, as code or as subcode.
pub const fn number(either: &'static str) -> When {
    When { either, ..ANY }
}

const RECONNECT: &str = "Reconnect the account.";
const RECONNECT_ALL: &str = "Reconnect the account and leave every permission and every account ticked.";
const BY_ITSELF: &str = "It is tried again by itself.";
const THROTTLED_MS: i64 = 15 * 60_000;

const fn throttled(when: When) -> Row {
    Row::refused(
        when,
        "throttled",
        Kind::Limit,
        "Meta's limit of calls is reached",
        "It goes on by itself.",
    )
    .then(Then::Defer(THROTTLED_MS))
}

const fn ended(when: When, reason: &'static str, message: &'static str, verdict: Verdict) -> Row {
    Row::refused(when, reason, Kind::Connection, message, RECONNECT).verdict(verdict)
}

/// What each shared refusal means.
pub const SHARED: &[Row] = &[
    // It comes with code 1, which else means an outage, and with none at all from Instagram's own login.
    Row::refused(
        When {
            text: "validating client secret",
            ..ANY
        },
        "app_secret_wrong",
        Kind::Permission,
        "The secret of Postrider's app at Meta is not the one that is set up here",
        "Ask the administrator to set the app's secret up again.",
    )
    .ambiguous(),
    ended(
        pair("190", "458"),
        "app_removed",
        "Postrider was removed from the account's apps",
        Verdict::Revoked,
    ),
    ended(
        pair("190", "459"),
        "checkpoint",
        "Meta asks the person to sign in on its own page first",
        Verdict::Expired,
    ),
    ended(
        pair("190", "460"),
        "password_changed",
        "The password of the account was changed",
        Verdict::Revoked,
    ),
    ended(
        pair("190", "463"),
        "token_expired",
        "The access to the account expired",
        Verdict::None,
    )
    .then(Then::Renew),
    ended(
        pair("190", "464"),
        "unconfirmed",
        "The person's account is not confirmed",
        Verdict::Expired,
    ),
    ended(
        pair("190", "492"),
        "role_lost",
        "The person lost the role on this Page",
        Verdict::MissingPermission,
    ),
    ended(code("190"), "token_invalid", "The access to the account ended", Verdict::Expired),
    ended(code("102"), "token_invalid", "The access to the account ended", Verdict::Expired),
    ended(
        code("NotAuthorizedError"),
        "token_invalid",
        "The access to the account ended",
        Verdict::Expired,
    ),
    throttled(code("4")),
    throttled(code("17")),
    throttled(code("32")),
    throttled(code("341")),
    throttled(code("613")),
    throttled(code("80001")),
    throttled(code("80002")),
    Row::refused(
        code("3"),
        "app_not_enabled",
        Kind::Permission,
        "The app may not use this part of the API",
        "Ask the administrator to look at the app's permissions at Meta.",
    ),
    Row::refused(
        code("10"),
        "permission_missing",
        Kind::Permission,
        "A permission is missing",
        RECONNECT_ALL,
    )
    .verdict(Verdict::MissingPermission),
    Row::refused(
        code("200"),
        "permission_missing",
        Kind::Permission,
        "A permission is missing",
        RECONNECT_ALL,
    )
    .verdict(Verdict::MissingPermission),
    Row::refused(
        pair("100", "33"),
        "not_visible",
        Kind::Connection,
        "Meta does not show this object to the account's access",
        "Retry later; if it stays, reconnect the account.",
    )
    .ambiguous(),
    Row::refused(
        code("100"),
        "parameter",
        Kind::Content,
        "Meta refused a part of the post",
        "Change the post and retry.",
    ),
    Row::refused(
        code("368"),
        "blocked",
        Kind::Permission,
        "Meta has blocked this account from posting for a time",
        "Look at the account's notices at Meta, then retry.",
    ),
    Row::refused(
        code("506"),
        "duplicate",
        Kind::Duplicate,
        "Meta holds this for a repeat of a post that stands",
        "Look at the account, then say whether the post is there.",
    )
    .ambiguous(),
    Row::refused(
        code("OffsetInvalidError"),
        "upload_lost",
        Kind::Outage,
        "An upload was interrupted",
        BY_ITSELF,
    )
    .then(Then::Restart),
    Row::refused(
        code("PartialRequestError"),
        "upload_lost",
        Kind::Outage,
        "An upload was interrupted",
        BY_ITSELF,
    )
    .then(Then::Restart),
    Row::refused(
        code("ProcessingFailedError"),
        "media_failed",
        Kind::Content,
        "Meta could not process the video",
        "Use another file.",
    ),
    Row::refused(
        code("1"),
        "outage",
        Kind::Outage,
        "Meta's servers do not work at present",
        BY_ITSELF,
    )
    .then(Then::Repeat)
    .ambiguous(),
    Row::refused(
        code("2"),
        "outage",
        Kind::Outage,
        "Meta's servers do not work at present",
        BY_ITSELF,
    )
    .then(Then::Repeat)
    .ambiguous(),
    Row::refused(
        code("transient"),
        "outage",
        Kind::Outage,
        "Meta's servers do not work at present",
        BY_ITSELF,
    )
    .then(Then::Repeat)
    .ambiguous(),
];

/// Whether an answer says that the object named in the call does not exist, or is not shown any more: Meta says so with 400.
pub fn not_there(answer: &Answer) -> bool {
    let seen = seen(answer);
    matches!(answer.status, 404 | 410) || (seen.code == "100" && seen.sub == "33")
}

/// What was seen in an answer that is not 2xx.
pub fn seen(answer: &Answer) -> Seen {
    let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
    let listed = |code: i64| SHARED.iter().any(|row| row.when.code == code.to_string());
    let code = match refused.error.code {
        0 if !refused.debug_info.kind.is_empty() => refused.debug_info.kind,
        0 => refused.error_type,
        201..=299 => "200".to_owned(),
        code if refused.error.is_transient && refused.error.error_subcode == 0 && !listed(code) => "transient".to_owned(),
        code => code.to_string(),
    };
    let sub = match refused.error.error_subcode {
        0 => String::new(),
        sub => sub.to_string(),
    };
    let text = [
        refused.error.error_user_msg.unwrap_or_default(),
        refused.error.message,
        refused.error_message,
        refused.debug_info.message,
    ]
    .into_iter()
    .find(|text| !text.is_empty())
    .unwrap_or_default();
    Seen {
        status: answer.status,
        code,
        sub,
        text,
        at_ms: answer.at_ms,
        until_ms: regained_at_ms(answer),
    }
}

/// Reads an answer that is not 2xx, by a network's own rows first.
pub fn fault(network: &str, own: &[Row], answer: &Answer) -> Fault {
    read(network, &[own, SHARED], &seen(answer))
}

/// When calls are taken again: the longest `estimated_time_to_regain_access`, in minutes, of the usage header.
fn regained_at_ms(answer: &Answer) -> Option<i64> {
    let usage: Value = serde_json::from_str(answer.header("x-business-use-case-usage")?).ok()?;
    let minutes = usage
        .as_object()?
        .values()
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|entry| entry["estimated_time_to_regain_access"].as_i64())
        .max()?;
    (minutes > 0).then(|| answer.at_ms.saturating_add(minutes.saturating_mul(60_000)))
}
