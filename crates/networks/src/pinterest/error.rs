//! Pinterest's refusals (fact sheet section 7). The status decides first, then the sentence: its numeric codes are not documented.

use postrider_core::delivery::FailureKind as Kind;
use postrider_provider::{Answer, Fault, Verdict};

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

const fn unreachable(when: When) -> Row {
    Row::refused(
        when,
        "fetch",
        Kind::Outage,
        "Pinterest could not fetch the picture",
        "It is tried again by itself; Postrider must be reachable at a public address.",
    )
    .then(Then::Repeat)
}

const fn board_gone(when: When) -> Row {
    Row::refused(
        when,
        "board_gone",
        Kind::Permission,
        "The board is not there any more, or this account may not use it",
        "Choose another board under “Other accounts”, or have the account invited to the board again.",
    )
    .verdict(Verdict::MissingPermission)
}

const RECONNECT: &str = "Reconnect the account.";
const CHANGE: &str = "Change the post and retry.";
/// How long is waited where no header says when the window opens; the longest short window is a minute.
const THROTTLED_MS: i64 = 60_000;
/// A window that is longer is a day's, and opens at the next midnight, UTC.
const DAY_S: i64 = 86_400;
const DAY_MS: i64 = DAY_S * 1_000;

/// What each refusal means.
pub const TABLE: &[Row] = &[
    Row::refused(
        status(401),
        "token_invalid",
        Kind::Connection,
        "The access to the account ended",
        RECONNECT,
    )
    .then(Then::Renew),
    Row::refused(
        says(403, "missing: ["),
        "permission_missing",
        Kind::Permission,
        "A permission is missing",
        "Reconnect and give every permission.",
    )
    .verdict(Verdict::MissingPermission),
    Row::refused(
        coded(403, "3"),
        "permission_missing",
        Kind::Permission,
        "A permission is missing",
        "Reconnect and give every permission.",
    )
    .verdict(Verdict::MissingPermission),
    Row::refused(
        says(403, "consumer type"),
        "app_restricted",
        Kind::Permission,
        "Pinterest does not let this app do that",
        "Ask the administrator whether the app has standard access.",
    ),
    Row::refused(
        says(403, "rial"),
        "app_restricted",
        Kind::Permission,
        "Pinterest does not let an app with trial access do that",
        "Ask the administrator to ask Pinterest for standard access.",
    ),
    Row::refused(
        status(403),
        "forbidden",
        Kind::Permission,
        "Pinterest does not let this account do that",
        "Look at the account in the Pinterest app, do what it asks, then retry.",
    ),
    board_gone(says(404, "oard")),
    board_gone(coded(404, "40")),
    board_gone(says(400, "board_id")),
    unreachable(says(400, "nable to reach the URL")),
    unreachable(coded(400, "235")),
    // Said of a video that a Pin shows already, too, such as one whose answer was lost: the board tells.
    content(
        says(400, "media_id"),
        "media_refused",
        "Pinterest does not take the video for this Pin",
        "Look at the board; if the Pin is not there, use another file.",
    )
    .ambiguous(),
    Row::refused(
        says(404, "edia"),
        "media_gone",
        Kind::Outage,
        "Pinterest no longer has the video",
        "It is uploaded again by itself.",
    )
    .then(Then::Restart),
    content(
        says(400, "cover"),
        "cover",
        "Pinterest refused the cover of the video",
        "Use another video.",
    ),
    content(says(400, "maxItems"), "too_many", "A carousel has two to five pictures", CHANGE),
    content(says(400, "minItems"), "too_few", "A carousel has two to five pictures", CHANGE),
    content(says(400, "too long"), "too_long", "Pinterest finds a text too long", CHANGE),
    content(says(400, "maxLength"), "too_long", "Pinterest finds a text too long", CHANGE),
    content(coded(400, "1"), "invalid", "Pinterest refused the Pin", CHANGE),
    Row::refused(
        When {
            status: 429,
            sub: "day",
            ..ANY
        },
        "day_used",
        Kind::Limit,
        "The calls that Pinterest allows this app in a day are used",
        "It goes on by itself after midnight, UTC.",
    )
    .then(Then::Defer(DAY_MS)),
    Row::refused(
        status(429),
        "throttled",
        Kind::Limit,
        "Pinterest's limit of calls is reached",
        "It goes on by itself.",
    )
    .then(Then::Defer(THROTTLED_MS)),
];

/// What refusals of `/oauth/token` mean.
const TOKEN_TABLE: &[Row] = &[ended(status(400)), ended(status(401))];

const fn ended(when: When) -> Row {
    Row::refused(
        when,
        "grant_invalid",
        Kind::Connection,
        "Pinterest gives no access for this sign-in",
        "Reconnect the account; if that does not help, ask the administrator to look at Pinterest's keys in the settings.",
    )
    .verdict(Verdict::Expired)
}

/// The upload's own host answers in XML; what it refuses, Pinterest takes anew under another address.
const UPLOAD_TABLE: &[Row] = &[
    content(
        says(400, "EntityTooLarge"),
        "media_too_large",
        "The file is too large for Pinterest",
        "Use a smaller file.",
    ),
    upload_over(status(400)),
    upload_over(status(403)),
    upload_over(status(404)),
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

/// The first figure of a header such as `100, 100;w=1, 1000;w=60`, and the seconds of the window that it stands for.
fn window(limit: &str) -> Option<(i64, i64)> {
    let first: i64 = limit.split([',', ';']).next()?.trim().parse().ok()?;
    limit
        .split(',')
        .filter_map(|part| part.trim().split_once(";w="))
        .filter_map(|(max, seconds)| Some((max.parse::<i64>().ok()?, seconds.parse::<i64>().ok()?)))
        .find(|(max, _)| *max == first)
}

/// When the window opens whose calls are used up; the answer says in how many seconds.
fn opens(answer: &Answer) -> (Option<i64>, bool) {
    let daily = answer
        .header("x-ratelimit-limit")
        .and_then(window)
        .is_some_and(|(_, seconds)| seconds >= DAY_S);
    if daily {
        return (Some(answer.at_ms - answer.at_ms.rem_euclid(DAY_MS) + DAY_MS), true);
    }
    let seconds = ["x-ratelimit-reset", "retry-after"]
        .into_iter()
        .find_map(|name| answer.header(name)?.trim().parse::<i64>().ok());
    let at_ms = seconds.map(|seconds| answer.at_ms.saturating_add(seconds.max(1).saturating_mul(1_000)));
    (at_ms, false)
}

fn seen(answer: &Answer) -> Seen {
    let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
    let (until_ms, daily) = if answer.status == 429 { opens(answer) } else { (None, false) };
    Seen {
        status: answer.status,
        code: refused.code.map(|code| code.to_string()).unwrap_or_default(),
        sub: if daily { "day".to_owned() } else { String::new() },
        text: refused.message,
        at_ms: answer.at_ms,
        until_ms,
    }
}

/// Reads an answer of the API that is not 2xx.
pub fn fault(answer: &Answer) -> Fault {
    read("pinterest", &[TABLE], &seen(answer))
}

/// Reads an answer of `/oauth/token` that is not 2xx.
pub fn of_token(answer: &Answer) -> Fault {
    read("pinterest", &[TOKEN_TABLE, TABLE], &seen(answer))
}

/// Reads an answer of the upload's host that is not 2xx.
pub fn of_upload(answer: &Answer) -> Fault {
    let seen = Seen {
        text: code_of(&String::from_utf8_lossy(&answer.body)),
        ..seen(answer)
    };
    read("pinterest", &[UPLOAD_TABLE], &seen)
}

/// The code in `<Error><Code>AccessDenied</Code>…`.
fn code_of(xml: &str) -> String {
    let code = xml.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    code.map_or_else(String::new, |(code, _)| code.to_owned())
}

/// What a 2xx answer that cannot be read means.
pub fn unreadable(what: &str) -> Fault {
    crate::refusal::unreadable("pinterest", what)
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn the_window_that_is_used_up_is_the_one_of_the_first_figure() {
        for (limit, found) in [
            ("100, 100;w=1, 1000;w=60", Some((100, 1))),
            ("1000, 100;w=1, 1000;w=60", Some((1_000, 60))),
            ("300, 300;w=86400", Some((300, 86_400))),
            ("1000;w=86400", Some((1_000, 86_400))),
            ("100", None),
            ("nonsense", None),
        ] {
            assert_eq!(window(limit), found, "{limit}");
        }
    }
}
