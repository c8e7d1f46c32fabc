//! TikTok's refusals (fact sheet section 6). The code decides: HTTP statuses are not to be relied on.

use postrider_core::delivery::FailureKind as Kind;
use postrider_provider::{Answer, Fault, Proof, Verdict};

use super::wire::{Envelope, RefusedToken};
use crate::refusal::{ANY, Row, Seen, Then, When, read};

const fn code(code: &'static str) -> When {
    When { code, ..ANY }
}

const fn status(status: u16) -> When {
    When { status, ..ANY }
}

const RECONNECT: &str = "Reconnect the account.";
const CHANGE: &str = "Change the post and retry.";
const BY_ITSELF: &str = "It goes on by itself.";
const DAY_MS: i64 = 86_400_000;
/// No header says when the window opens (fact sheet section 5).
const MINUTE_MS: i64 = 60_000;
/// So that those who met the limit together do not come back together.
const JITTER_MS: i64 = 15_000;

const fn ended(when: When) -> Row {
    Row::refused(
        when,
        "token_invalid",
        Kind::Connection,
        "The access to the account ended",
        RECONNECT,
    )
    .then(Then::Renew)
}

const fn scope_missing(when: When) -> Row {
    Row::refused(
        when,
        "permission_missing",
        Kind::Permission,
        "A permission is missing",
        "Reconnect and leave every permission ticked.",
    )
    .verdict(Verdict::MissingPermission)
}

const fn throttled(when: When) -> Row {
    Row::refused(when, "throttled", Kind::Limit, "TikTok's limit of calls is reached", BY_ITSELF).then(Then::Defer(MINUTE_MS))
}

const fn invalid(when: When) -> Row {
    Row::refused(when, "invalid", Kind::Content, "TikTok refused the post", CHANGE)
}

const fn spam(when: When) -> Row {
    Row::refused(
        when,
        "spam",
        Kind::Content,
        "TikTok takes the post for spam",
        "Change its words and files, then retry.",
    )
}

const fn unknown_upload(when: When) -> Row {
    Row::refused(
        when,
        "publish_id",
        Kind::Outage,
        "TikTok does not know what was prepared there",
        "It is tried again by itself.",
    )
    .then(Then::Restart)
    .ambiguous()
}

/// What each refusal means.
pub const TABLE: &[Row] = &[
    ended(code("access_token_invalid")),
    scope_missing(code("scope_not_authorized")),
    scope_missing(code("scope_permission_missed")),
    throttled(code("rate_limit_exceeded")),
    Row::refused(
        code("spam_risk_too_many_posts"),
        "day_used",
        Kind::Limit,
        "TikTok lets the account post no more within a day, by whatever program",
        "It goes on by itself tomorrow.",
    )
    .then(Then::Defer(DAY_MS)),
    Row::refused(
        code("spam_risk_too_many_pending_share"),
        "inbox_full",
        Kind::Limit,
        "Too many drafts wait in the account's inbox",
        "Post or discard them in the TikTok app; it goes on by itself tomorrow.",
    )
    .then(Then::Defer(DAY_MS)),
    Row::refused(
        code("reached_active_user_cap"),
        "app_used",
        Kind::Limit,
        "The app has posted for as many accounts as TikTok allows it in a day",
        "It goes on by itself tomorrow. An administrator can ask TikTok for more.",
    )
    .then(Then::Defer(DAY_MS)),
    Row::refused(
        code("spam_risk_user_banned_from_posting"),
        "banned",
        Kind::Permission,
        "TikTok does not let the account post",
        "Open the account in the TikTok app and do what it asks.",
    ),
    spam(code("spam_risk")),
    spam(code("spam_risk_text")),
    Row::refused(
        code("unaudited_client_can_only_post_to_private_accounts"),
        "unaudited",
        Kind::Permission,
        "TikTok has not audited the app, which may post to private accounts only, for their owners alone",
        "Make the account private and choose “Only me”, or have the administrator ask TikTok for the audit.",
    ),
    Row::refused(
        code("privacy_level_option_mismatch"),
        "privacy_level",
        Kind::Content,
        "The account does not offer who is to see the post",
        "Choose again who sees it, then retry.",
    ),
    Row::refused(
        code("url_ownership_unverified"),
        "domain_unverified",
        Kind::Permission,
        "TikTok does not know that Postrider's address is the app's own",
        "Have the administrator verify the address in TikTok's developer portal.",
    ),
    Row::refused(
        code("app_version_check_failed"),
        "app_old",
        Kind::Permission,
        "The TikTok app of the account's owner is too old for drafts of pictures",
        "Update the TikTok app, then retry.",
    ),
    Row::refused(
        code("invalid_file_upload"),
        "file_refused",
        Kind::Content,
        "TikTok refused the file",
        "Use another file.",
    ),
    unknown_upload(code("invalid_publish_id")),
    unknown_upload(code("token_not_authorized_for_specified_publish_id")),
    invalid(code("invalid_param")),
    invalid(code("invalid_params")),
    ended(When { status: 401, ..ANY }),
    throttled(status(429)),
];

/// What refusals of `/v2/oauth/token/` mean.
const TOKEN_TABLE: &[Row] = &[
    Row::refused(
        code("invalid_client"),
        "app_unknown",
        Kind::Connection,
        "TikTok does not know the app by its key and secret",
        "Ask the administrator to look at TikTok's keys in the settings.",
    ),
    over(code("invalid_grant")),
    over(code("invalid_request")),
    over(code("access_denied")),
];

const fn over(when: When) -> Row {
    Row::refused(
        when,
        "grant_invalid",
        Kind::Connection,
        "TikTok gives no access for this sign-in",
        RECONNECT,
    )
    .verdict(Verdict::Expired)
}

/// What the upload's own host answers, by its status (fact sheet section 3.2).
const UPLOAD_TABLE: &[Row] = &[
    Row::refused(
        status(400),
        "upload_refused",
        Kind::Content,
        "TikTok did not take the file as it was sent",
        "Use another file.",
    )
    // Said by the status alone: what TikTok says of the upload tells whether it came.
    .ambiguous(),
    upload_over(status(403)),
    upload_over(status(404)),
    // The bytes may have come already: what TikTok says of the upload tells.
    Row::refused(
        status(416),
        "upload_position",
        Kind::Outage,
        "TikTok expects another part of the file",
        "It is tried again by itself.",
    )
    .then(Then::Repeat)
    .ambiguous(),
];

const fn upload_over(when: When) -> Row {
    Row::refused(
        when,
        "upload_expired",
        Kind::Outage,
        "The address for the upload does not hold any more",
        "It is tried again by itself.",
    )
    .then(Then::Restart)
}

const OTHER_FILE: &str = "Use another file.";
const AGAIN: &str = "Retry.";

/// Why TikTok gave a post up after it had taken it: the reason, what it is called here, of which kind it is, what happened, what to do.
const FAILED: &[(&str, &str, Kind, &str, &str)] = &[
    (
        "file_format_check_failed",
        "format",
        Kind::Content,
        "TikTok does not take the file's format",
        OTHER_FILE,
    ),
    (
        "duration_check_failed",
        "duration",
        Kind::Content,
        "The video is too long or too short for the account",
        OTHER_FILE,
    ),
    (
        "frame_rate_check_failed",
        "frame_rate",
        Kind::Content,
        "The video has not 23 to 60 frames a second",
        OTHER_FILE,
    ),
    (
        "picture_size_check_failed",
        "picture_size",
        Kind::Content,
        "The picture or video has too many or too few pixels",
        OTHER_FILE,
    ),
    ("internal", "processing", Kind::Outage, "TikTok failed to process the post", AGAIN),
    (
        "video_pull_failed",
        "fetch",
        Kind::Outage,
        "TikTok could not fetch the video",
        "Retry; Postrider must be reachable at its public address.",
    ),
    (
        "photo_pull_failed",
        "fetch",
        Kind::Outage,
        "TikTok could not fetch the pictures",
        "Retry; Postrider must be reachable at its public address.",
    ),
    (
        "publish_cancelled",
        "cancelled",
        Kind::Content,
        "The post was cancelled in TikTok",
        "Retry if that was not meant.",
    ),
    (
        "auth_removed",
        "access_removed",
        Kind::Connection,
        "The access was taken away while TikTok worked on the post",
        RECONNECT,
    ),
    (
        "spam_risk_too_many_posts",
        "day_used",
        Kind::Limit,
        "TikTok lets the account post no more within a day",
        "Retry tomorrow.",
    ),
    (
        "spam_risk_user_banned_from_posting",
        "banned",
        Kind::Permission,
        "TikTok does not let the account post",
        "Open the account in the TikTok app and do what it asks.",
    ),
    (
        "spam_risk_text",
        "spam",
        Kind::Content,
        "TikTok takes the words for spam",
        "Change them, then retry.",
    ),
    (
        "spam_risk",
        "spam",
        Kind::Content,
        "TikTok takes the post for spam",
        "Change its words and files, then retry.",
    ),
];

fn seen(answer: &Answer) -> Seen {
    let envelope: Envelope = serde_json::from_slice(&answer.body).unwrap_or_default();
    let limited = answer.status == 429 || envelope.error.code == "rate_limit_exceeded";
    let spread: i64 = envelope.error.log_id.bytes().map(|byte| i64::from(byte) * 997).sum();
    Seen {
        status: answer.status,
        code: envelope.error.code,
        sub: String::new(),
        text: envelope.error.message,
        at_ms: answer.at_ms,
        until_ms: limited.then_some(answer.at_ms + MINUTE_MS + spread % JITTER_MS),
    }
}

/// Reads a refusal of the API.
pub fn fault(answer: &Answer) -> Fault {
    read("tiktok", &[TABLE], &seen(answer))
}

/// Reads a refusal of `/v2/oauth/token/`; `None` if it is none.
pub fn of_token(answer: &Answer) -> Option<Fault> {
    let refused: RefusedToken = serde_json::from_slice(&answer.body).unwrap_or_default();
    if refused.error.is_empty() && answer.ok() {
        return None;
    }
    let seen = Seen {
        status: answer.status,
        code: refused.error,
        text: refused.error_description,
        at_ms: answer.at_ms,
        ..Seen::default()
    };
    Some(read("tiktok", &[TOKEN_TABLE], &seen))
}

/// Reads an answer of the upload's host that is not 2xx.
pub fn of_upload(answer: &Answer) -> Fault {
    let seen = Seen {
        status: answer.status,
        at_ms: answer.at_ms,
        ..Seen::default()
    };
    read("tiktok", &[UPLOAD_TABLE], &seen)
}

/// What it means that TikTok gave up a post which it had taken: it stands nowhere.
pub fn of_failed(reason: &str) -> Fault {
    let row = FAILED.iter().find(|(said, ..)| *said == reason);
    let (reason_here, kind, message, remedy) = match row {
        Some((_, here, kind, message, remedy)) => (*here, *kind, *message, *remedy),
        None => ("failed", Kind::Content, "TikTok gave the post up", CHANGE),
    };
    let mut fault = Fault::stop(kind, format!("tiktok.{reason_here}"), format!("{message} ({reason})."), remedy);
    fault.proof = Proof::NeverPublic;
    if kind == Kind::Connection {
        fault.verdict = Verdict::Revoked;
    }
    fault
}

/// What an answer that cannot be read means.
pub fn unreadable(what: &str) -> Fault {
    crate::refusal::unreadable("tiktok", what)
}
