//! Business Profile's refusals (fact sheet section 7): the reason of a detail decides, then the status.

use postrider_core::delivery::FailureKind as Kind;
use postrider_provider::{Answer, Fault, Next, Proof, Verdict};

use super::wire::{Detail, Refused};
use crate::google::error::{ended, reason, scope_missing, status};
use crate::refusal::{ANY, Row, Seen, Then, When, read};

/// The reason that is given here to a limit of no calls at all: an app that Google has not approved.
const NO_CALLS: &str = "NO_CALLS";
/// No header says when the window opens (fact sheet section 6).
const MINUTE_MS: i64 = 60_000;
/// So that those who met the limit together do not come back together.
const JITTER_MS: i64 = 15_000;

const fn says(status: u16, text: &'static str) -> When {
    When { status, text, ..ANY }
}

const fn unapproved(when: When, message: &'static str) -> Row {
    Row::refused(
        when,
        "not_approved",
        Kind::Permission,
        message,
        "Ask the administrator to apply to Google for access to the Business Profile APIs, as the network's page tells.",
    )
}

const fn not_fetched(text: &'static str) -> Row {
    Row::refused(
        says(400, text),
        "fetch",
        Kind::Outage,
        "Google could not fetch the photo",
        "It is tried again by itself; Postrider must be reachable at a public address.",
    )
    .then(Then::Repeat)
}

const fn photo(text: &'static str) -> Row {
    Row::refused(
        says(400, text),
        "photo",
        Kind::Content,
        "Google does not take the photo",
        "Use a JPEG or PNG of at most 5 MB.",
    )
}

const fn invalid(when: When) -> Row {
    Row::refused(
        when,
        "invalid",
        Kind::Content,
        "Google does not take the post",
        "Change it and retry.",
    )
}

const fn outage(when: When) -> Row {
    Row::refused(
        when,
        "outage",
        Kind::Outage,
        "Google could not do it just now",
        "It is tried again by itself.",
    )
    .then(Then::Repeat)
    .ambiguous()
}

/// What each refusal means.
pub const TABLE: &[Row] = &[
    unapproved(reason(NO_CALLS), "Google allows the app no calls at all: it has not approved it"),
    ended(reason("UNAUTHENTICATED")),
    ended(status(401)),
    scope_missing(reason("ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
    Row::refused(
        reason("SERVICE_DISABLED"),
        "api_off",
        Kind::Permission,
        "One of the Business Profile APIs is not switched on for the app",
        "Have the administrator enable it in Google's console.",
    ),
    Row::refused(
        status(403),
        "forbidden",
        Kind::Permission,
        "Google does not let this account post on the location: it may be no manager of it any more, or the location is not verified",
        "Look at the location in its Business Profile, then reconnect the channel.",
    )
    .verdict(Verdict::MissingPermission),
    Row::refused(
        status(404),
        "location_gone",
        Kind::Permission,
        "The location is not in this account any more",
        "If it was moved to another account, connect it again under “Other accounts”.",
    )
    .verdict(Verdict::MissingPermission),
    not_fetched("etch"),
    not_fetched("etrieve"),
    not_fetched("ownload"),
    photo("mage"),
    photo("hoto"),
    photo("edia"),
    invalid(reason("INVALID_ARGUMENT")),
    invalid(reason("FAILED_PRECONDITION")),
    invalid(status(400)),
    Row::refused(
        status(429),
        "throttled",
        Kind::Limit,
        "Google's limit of calls is reached",
        "It goes on by itself.",
    )
    .then(Then::Defer(MINUTE_MS)),
    outage(status(409)),
    outage(status(500)),
    outage(status(503)),
    outage(status(504)),
];

/// What refusals mean beside that while an account is being connected, where nothing was called before.
const CONNECTING_TABLE: &[Row] = &[
    unapproved(
        status(429),
        "Google lets the app make no calls: it has not approved it, or too many were made within a minute",
    ),
    ended(status(401)),
    scope_missing(reason("ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
    Row::refused(
        reason("SERVICE_DISABLED"),
        "api_off",
        Kind::Permission,
        "One of the Business Profile APIs is not switched on for the app",
        "Have the administrator enable it in Google's console.",
    ),
    unapproved(
        status(403),
        "Google refuses to list the accounts: it has not approved the app, or the account's organization has Business Profile switched off",
    ),
];

/// What is wrong with which field, else the sentence.
fn told(message: &str, details: &[Detail]) -> String {
    let flaws = details.iter().flat_map(|detail| &detail.error_details);
    let flaws: Vec<String> = flaws.map(|flaw| format!("{}: {}", flaw.field, flaw.message)).collect();
    if flaws.is_empty() { message.to_owned() } else { flaws.join("; ") }
}

fn seen(answer: &Answer) -> Seen {
    let said = serde_json::from_slice::<Refused>(&answer.body).unwrap_or_default().error;
    let none_at_all = said.details.iter().any(|detail| detail.metadata.quota_limit_value == "0");
    let why = said
        .details
        .iter()
        .map(|detail| detail.reason.as_str())
        .find(|reason| !reason.is_empty());
    let limited = answer.status == 429;
    Seen {
        status: answer.status,
        code: if none_at_all { NO_CALLS } else { why.unwrap_or_default() }.to_owned(),
        text: told(&said.message, &said.details),
        sub: said.status,
        at_ms: answer.at_ms,
        until_ms: limited.then(|| answer.at_ms + MINUTE_MS + answer.at_ms % JITTER_MS),
    }
}

/// Reads a refusal.
pub fn fault(answer: &Answer) -> Fault {
    read("google_business", &[TABLE], &seen(answer))
}

/// Reads a refusal of a list that is read to connect.
pub fn of_connecting(answer: &Answer) -> Fault {
    let seen = seen(answer);
    let tables: &[&[Row]] = if seen.code == NO_CALLS {
        &[TABLE]
    } else {
        &[CONNECTING_TABLE, TABLE]
    };
    read("google_business", tables, &seen)
}

/// Reads a refusal of a look at a post that was made.
pub fn of_look(answer: &Answer) -> Fault {
    if answer.status == 404 {
        // It may lag, or the location may have moved to another account: that says nothing of the post.
        return Fault::stop(
            Kind::Outage,
            "google_business.gone",
            "Google does not show the post.",
            "Look at the location in its Business Profile: somebody may have removed it there.",
        )
        .next(Next::Repeat { at_ms: None });
    }
    fault(answer)
}

/// Google looked it over and does not show it. It does not say why.
pub fn rejected() -> Fault {
    let mut fault = Fault::stop(
        Kind::Content,
        "google_business.rejected",
        "Google rejected the post after looking it over. It does not say why: often for a phone number in the text, words said before, or a \
         photo that breaks its rules.",
        "Change the text or the photo and retry. The rejected post can be removed in the Business Profile.",
    );
    fault.proof = Proof::NeverPublic;
    fault
}

/// Google has not made up its mind.
pub fn slow() -> Fault {
    Fault::stop(
        Kind::Outage,
        "google_business.slow",
        "Google has not finished looking the post over within a day.",
        "Look at the location in its Business Profile.",
    )
    .next(Next::Stop)
    .ambiguous()
}

/// What an answer that cannot be read means.
pub fn unreadable(what: &str) -> Fault {
    crate::refusal::unreadable("google_business", what)
}
