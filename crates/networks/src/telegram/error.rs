//! The Bot API's refusals (fact sheet section 6). They are sentences; what bears no row is taken to have published.

use postrider_core::delivery::FailureKind as Kind;
use postrider_provider::{Answer, Fault, Verdict};
use serde::de::DeserializeOwned;

use super::wire::{Refused, Taken};
use crate::refusal::{ANY, Row, Seen, Then, When, read};

const fn said(text: &'static str) -> When {
    When { text, ..ANY }
}

const fn status(status: u16) -> When {
    When { status, ..ANY }
}

const MINUTE_MS: i64 = 60_000;

const fn token() -> Row {
    Row::refused(
        ANY,
        "token_revoked",
        Kind::Connection,
        "Telegram does not know the bot's token",
        "Reconnect with the token that @BotFather shows for the bot.",
    )
    .verdict(Verdict::Revoked)
}

const fn gone(text: &'static str) -> Row {
    Row::refused(
        said(text),
        ABSENT,
        Kind::Connection,
        "The bot is not in the channel or group",
        "Add the bot there, to a channel as an administrator, then verify the channel.",
    )
    .verdict(Verdict::Revoked)
}

const fn rights(text: &'static str) -> Row {
    Row::refused(
        said(text),
        "rights_missing",
        Kind::Permission,
        "The bot may not post this there",
        "Give the bot the right “Post messages” in the channel, or to send this kind of message in the group.",
    )
    .verdict(Verdict::MissingPermission)
}

const fn kind_refused(text: &'static str) -> Row {
    Row::refused(
        said(text),
        "kind_refused",
        Kind::Permission,
        "The bot may not send this kind of message there",
        "Give the bot that right in the channel or group, then retry.",
    )
}

const fn content(text: &'static str, reason: &'static str, message: &'static str, remedy: &'static str) -> Row {
    Row::refused(said(text), reason, Kind::Content, message, remedy)
}

const ABSENT: &str = "chat_gone";
const SHORTEN: &str = "Shorten the text and retry.";
const OTHER_FILE: &str = "Use another file.";
const OPEN_TOPIC: &str = "Open the topic of the group, or post elsewhere.";
const UNREADABLE_FILE: &str = "Telegram cannot work with the file";

/// What each refusal means.
pub const TABLE: &[Row] = &[
    Row {
        when: status(401),
        ..token()
    },
    Row {
        when: status(404),
        ..token()
    },
    Row::refused(
        status(429),
        "rate_limited",
        Kind::Limit,
        "Telegram takes no more messages just now",
        "It goes on by itself.",
    )
    .then(Then::Defer(MINUTE_MS)),
    Row::refused(
        status(409),
        "conflict",
        Kind::Connection,
        "Another program uses the bot",
        "Give Postrider a bot of its own.",
    )
    .ambiguous(),
    Row::refused(
        said("upgraded to a supergroup"),
        "chat_moved",
        Kind::Connection,
        "The group became a supergroup, whose number is another",
        "Connect the supergroup.",
    ),
    gone("chat not found"),
    gone("bot was kicked"),
    gone("bot is not a member"),
    gone("bot was blocked"),
    gone("member list is inaccessible"),
    gone("user not found"),
    // Of one kind of post: the others go on.
    kind_refused("not enough rights to send photos"),
    kind_refused("not enough rights to send video"),
    kind_refused("not enough rights to send document"),
    kind_refused("not enough rights to send animation"),
    kind_refused("not enough rights to send poll"),
    kind_refused("not enough rights to send sticker"),
    rights("not enough rights"),
    rights("need administrator rights"),
    rights("CHAT_WRITE_FORBIDDEN"),
    rights("have no rights to send a message"),
    content("message is too long", "too_long", "The text is longer than Telegram takes", SHORTEN),
    content(
        "message caption is too long",
        "caption_too_long",
        "The text is longer than Telegram takes beside a file",
        SHORTEN,
    ),
    content(
        "message text is empty",
        "empty",
        "There is nothing to send",
        "Write a text or add media.",
    ),
    content(
        "can't parse entities",
        "format",
        "Telegram cannot read the text",
        "Change the text and retry.",
    ),
    content(
        "PHOTO_INVALID_DIMENSIONS",
        "dimensions",
        "The picture is too wide, too high or too large",
        OTHER_FILE,
    ),
    content("IMAGE_PROCESS_FAILED", "unusable", UNREADABLE_FILE, OTHER_FILE),
    content("wrong file identifier/HTTP URL specified", "unusable", UNREADABLE_FILE, OTHER_FILE),
    content("failed to get HTTP URL content", "unusable", UNREADABLE_FILE, OTHER_FILE),
    content("wrong type of the web page content", "unusable", UNREADABLE_FILE, OTHER_FILE),
    content("TOPIC_CLOSED", "topic", "The topic is closed", OPEN_TOPIC),
    content("message thread not found", "topic", "The topic is gone", OPEN_TOPIC),
    content(
        "Entity Too Large",
        "too_large",
        "The file is larger than Telegram takes",
        "Use a smaller file.",
    ),
    Row::refused(
        status(413),
        "too_large",
        Kind::Content,
        "The file is larger than Telegram takes",
        "Use a smaller file.",
    ),
];

fn refused(answer: &Answer) -> Refused {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// Reads a refusal.
pub fn fault(answer: &Answer) -> Fault {
    let refused = refused(answer);
    let wait_ms = refused.parameters.retry_after.map(|seconds| seconds.saturating_mul(1_000));
    let seen = Seen {
        status: answer.status,
        text: refused.description,
        at_ms: answer.at_ms,
        until_ms: wait_ms.map(|wait_ms| answer.at_ms.saturating_add(wait_ms.max(0))),
        ..Seen::default()
    };
    read("telegram", &[TABLE], &seen)
}

/// Where the group is now, if that is why the call was refused.
pub fn moved_to(answer: &Answer) -> Option<i64> {
    if answer.ok() {
        None
    } else {
        refused(answer).parameters.migrate_to_chat_id
    }
}

/// Whether a refusal says that the bot is not in the chat.
pub fn is_absence(fault: &Fault) -> bool {
    fault.code == format!("telegram.{ABSENT}")
}

/// The result of a 2xx answer.
///
/// # Errors
/// What the refusal means, or that the answer cannot be read.
pub fn accepted<T: DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Fault> {
    if !answer.ok() {
        return Err(fault(answer));
    }
    let taken: Result<Taken<T>, _> = serde_json::from_slice(&answer.body);
    taken.map(|taken| taken.result).map_err(|_| unreadable(what))
}

/// A 2xx answer that cannot be read.
pub fn unreadable(what: &str) -> Fault {
    crate::refusal::unreadable("telegram", what)
}
