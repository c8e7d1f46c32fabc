//! X's refusals (fact sheet section 7). The status decides first, then the problem's name, then the sentence: many are `about:blank`.

use postrider_core::delivery::FailureKind as Kind;
use postrider_provider::{Answer, Fault, QuotaSaid, Verdict};

use super::wire::Refused;
use crate::refusal::{ANY, Row, Seen, Then, When, read};

const fn status(status: u16) -> When {
    When { status, ..ANY }
}

const fn says(status: u16, text: &'static str) -> When {
    When { status, text, ..ANY }
}

const fn coded(status: u16, code: &'static str) -> When {
    When { status, code, ..ANY }
}

const fn content(when: When, reason: &'static str, message: &'static str, remedy: &'static str) -> Row {
    Row::refused(when, reason, Kind::Content, message, remedy)
}

const fn app(when: When, reason: &'static str, message: &'static str) -> Row {
    Row::refused(
        when,
        reason,
        Kind::Permission,
        message,
        "Ask the administrator to look at the app in X's console.",
    )
}

const fn permission_missing(when: When) -> Row {
    Row::refused(
        when,
        "permission_missing",
        Kind::Permission,
        "A permission is missing",
        "Ask the administrator whether the app may read and write, then reconnect and give every permission.",
    )
    .verdict(Verdict::MissingPermission)
}

const fn account_stopped(when: When) -> Row {
    Row::refused(
        when,
        "account_stopped",
        Kind::Connection,
        "X has stopped the account",
        "Open X as this account, do what it asks, then reconnect.",
    )
    .verdict(Verdict::Revoked)
}

const fn limited(when: When, reason: &'static str, message: &'static str) -> Row {
    Row::refused(when, reason, Kind::Limit, message, "It goes on by itself.")
}

const CHANGE: &str = "Change the post and retry.";
/// Nothing says when the window opens: not for minutes, in any case (fact sheet section 6).
const WINDOW_MS: i64 = 3 * 3_600_000;
/// How often is looked whether somebody bought credits.
const CREDITS_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// What each refusal means.
pub const TABLE: &[Row] = &[
    Row::refused(
        status(401),
        "token_invalid",
        Kind::Connection,
        "The access to the account ended",
        "Reconnect the account.",
    )
    .then(Then::Renew),
    Row::refused(
        status(402),
        "no_credits",
        Kind::Limit,
        "The app's credits at X are used up",
        "Ask the administrator to buy credits in X's console; it is tried again every hour.",
    )
    .then(Then::Defer(CREDITS_MS)),
    // Also said of the very post whose answer was lost: the account's posts tell.
    Row::refused(
        says(403, "uplicate"),
        "duplicate",
        Kind::Duplicate,
        "X takes no second post of the same words",
        "Look at the account; if the post is not there, change its words and retry.",
    )
    .ambiguous(),
    app(
        coded(403, "unsupported-authentication"),
        "app_only",
        "X does not take this app's way of signing in",
    ),
    app(coded(403, "client-forbidden"), "app_restricted", "X does not let this app do that"),
    permission_missing(coded(403, "oauth1-permissions")),
    permission_missing(says(403, "scope")),
    account_stopped(coded(403, "user-suspended")),
    account_stopped(says(403, "suspended")),
    account_stopped(says(403, "temporarily locked")),
    content(
        says(403, "Reply to this conversation"),
        "reply_refused",
        "X lets nobody answer this post who was not mentioned in it",
        "Post the words by themselves.",
    ),
    content(
        says(403, "cashtag"),
        "cashtags",
        "X takes one stock symbol in a post",
        "Leave one `$` symbol in the text and retry.",
    ),
    content(
        says(403, "longer than"),
        "too_long_video",
        "The video is too long for this account",
        "Use a video of at most 140 seconds.",
    ),
    content(says(403, "URL"), "link_refused", "X refused an address in the post", CHANGE),
    limited(
        says(403, "daily"),
        "day_used",
        "The posts that X allows this account in a day are used",
    )
    .then(Then::Defer(WINDOW_MS)),
    Row::refused(
        status(403),
        "forbidden",
        Kind::Permission,
        "X does not let this account do that",
        "Look at the account in the X app and at the app's rights in X's console, then retry.",
    ),
    Row::refused(
        says(400, "media IDs are invalid"),
        "media_gone",
        Kind::Outage,
        "X no longer has the uploaded file",
        "It is uploaded again by itself.",
    )
    .then(Then::Restart),
    content(coded(400, "invalid-request"), "invalid", "X refused the post", CHANGE),
    content(
        status(404),
        "parent_gone",
        "The post that this one answers is not there any more",
        "Post the rest by itself.",
    ),
    Row::refused(
        status(409),
        "conflict",
        Kind::Outage,
        "X is at work on something else for this account",
        "It is tried again by itself.",
    )
    .then(Then::Repeat)
    .ambiguous(),
    content(status(413), "media_too_large", "The file is too large for X", "Use a smaller file."),
    limited(coded(429, "usage-capped"), "cap_used", "What X allows this app is used").then(Then::Defer(WINDOW_MS)),
    limited(status(429), "throttled", "X's limit of calls is reached").then(Then::Defer(WINDOW_MS)),
];

/// What refusals of a file's own calls mean before the rest: a file that X does not know (any more) is uploaded anew.
const UPLOAD_TABLE: &[Row] = &[
    upload_over(status(404)),
    content(
        coded(400, "invalid-request"),
        "media_refused",
        "X refused the file",
        "Use another file.",
    ),
];

const fn upload_over(when: When) -> Row {
    Row::refused(
        when,
        "upload_expired",
        Kind::Outage,
        "X does not know the upload any more",
        "It is uploaded again by itself.",
    )
    .then(Then::Restart)
}

/// What refusals of `/2/oauth2/token` mean.
const TOKEN_TABLE: &[Row] = &[
    app_unknown(coded(401, "unauthorized_client")),
    app_unknown(coded(401, "invalid_client")),
    app_unknown(coded(400, "unauthorized_client")),
    app_unknown(coded(400, "invalid_client")),
    ended(status(400)),
    ended(status(401)),
];

const fn app_unknown(when: When) -> Row {
    app(when, "app_unknown", "X does not take Postrider's keys")
}

const fn ended(when: When) -> Row {
    Row::refused(
        when,
        "grant_invalid",
        Kind::Connection,
        "X gives no access for this sign-in",
        "Reconnect the account.",
    )
    .verdict(Verdict::Expired)
}

/// The limits that an answer tells of, each with how many there are, how many are left and when there are more, UNIX seconds.
const FAMILIES: [&str; 3] = ["x-rate-limit", APP_DAY, "x-user-limit-24hour"];
const APP_DAY: &str = "x-app-limit-24hour";

fn figure(answer: &Answer, family: &str, what: &str) -> Option<i64> {
    answer.header(&format!("{family}-{what}"))?.trim().parse().ok()
}

/// When everything that is used up is there again. The short window's own instant says nothing while a day's is used up.
fn opens_ms(answer: &Answer) -> Option<i64> {
    let resets = FAMILIES
        .into_iter()
        .filter(|family| figure(answer, family, "remaining") == Some(0))
        .filter_map(|family| figure(answer, family, "reset"))
        .map(|seconds| seconds.saturating_mul(1_000));
    let after = || answer.header("retry-after")?.trim().parse::<i64>().ok();
    let at_ms = resets
        .max()
        .or_else(|| after().map(|seconds| answer.at_ms.saturating_add(seconds.saturating_mul(1_000))));
    // A clock that is behind ours does not make us ask at once.
    at_ms.map(|at_ms| at_ms.max(answer.at_ms + 1_000))
}

/// What the answer to a post says of the app's posts in a day.
pub fn quota_said(answer: &Answer) -> Option<QuotaSaid> {
    let limit = figure(answer, APP_DAY, "limit")?;
    Some(QuotaSaid {
        key: "x_app_posts_day",
        used: limit - figure(answer, APP_DAY, "remaining")?,
        limit,
        window_ms: DAY_MS,
    })
}

fn seen(answer: &Answer) -> Seen {
    let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
    let entry = refused.errors.into_iter().next().unwrap_or_default();
    let first = |texts: [String; 4]| texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    let problem = |kind: &str| {
        kind.rsplit('/')
            .next()
            .filter(|name| *name != "about:blank")
            .unwrap_or_default()
            .to_owned()
    };
    let numbered = entry.code.map(|code| code.to_string()).unwrap_or_default();
    // Bodies without a problem's name say what they are in their title.
    let titled = if refused.title == "Invalid Request" {
        "invalid-request"
    } else {
        ""
    };
    Seen {
        status: answer.status,
        code: first([problem(&refused.kind), problem(&entry.kind), refused.error, titled.to_owned()]),
        sub: numbered,
        text: told(&[
            &entry.message,
            &entry.detail,
            &refused.detail,
            &refused.error_description,
            &refused.title,
        ]),
        at_ms: answer.at_ms,
        until_ms: if answer.status == 429 { opens_ms(answer) } else { None },
    }
}

/// The first two sentences that differ: the general one hides what the particular one says, and the other way about.
fn told(sentences: &[&str]) -> String {
    let mut told: Vec<&str> = Vec::new();
    for sentence in sentences {
        if !sentence.is_empty() && told.len() < 2 && told.iter().all(|known| known != sentence) {
            told.push(sentence);
        }
    }
    told.join(" ")
}

/// Reads an answer of the API that is not 2xx.
pub fn fault(answer: &Answer) -> Fault {
    read("x", &[TABLE], &seen(answer))
}

/// Reads an answer to an upload that is not 2xx.
pub fn of_upload(answer: &Answer) -> Fault {
    read("x", &[UPLOAD_TABLE, TABLE], &seen(answer))
}

/// Reads an answer of `/2/oauth2/token` that is not 2xx.
pub fn of_token(answer: &Answer) -> Fault {
    read("x", &[TOKEN_TABLE, TABLE], &seen(answer))
}

/// What a 2xx answer that cannot be read means.
pub fn unreadable(what: &str) -> Fault {
    crate::refusal::unreadable("x", what)
}
