//! Chats by number or name, and what a bot may do in them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::NETWORK;
use super::auth::Bot;
use super::error::{Answer, Refusal};
use super::input::Input;
use super::seed::role;
use crate::world::{Account, State};

/// Rights of administrators that the API tells.
const OF_ADMINISTRATORS: &[&str] = &[
    "can_manage_chat",
    "can_post_messages",
    "can_edit_messages",
    "can_delete_messages",
    "can_pin_messages",
    "can_invite_users",
];
/// Rights of members that the API tells of those who are restricted.
const OF_RESTRICTED: &[&str] = &[
    "is_member",
    "can_send_messages",
    "can_send_photos",
    "can_send_videos",
    "can_send_documents",
    "can_send_other_messages",
    "can_send_polls",
];

fn standing<'a>(chat: &'a Account, bot: &Bot) -> Option<&'a BTreeSet<String>> {
    chat.roles.get(&role(&bot.id))
}

fn status(chat: &Account, bot: &Bot) -> &'static str {
    const KNOWN: &[&str] = &["creator", "administrator", "member", "restricted", "kicked"];
    let standing = standing(chat, bot);
    let found = KNOWN.iter().find(|known| standing.is_some_and(|words| words.contains(**known)));
    found.copied().unwrap_or("left")
}

fn holds(chat: &Account, bot: &Bot, right: &str) -> bool {
    standing(chat, bot).is_some_and(|words| words.contains(right))
}

/// The chat that a call names. Groups that became supergroups say where they are; private chats are there for their members alone.
///
/// # Errors
/// As the server tells it.
pub fn of(state: &State, bot: &Bot, input: &Input) -> Answer<Account> {
    let named = input.text("chat_id").ok_or_else(|| Refusal::bad("chat_id is empty"))?;
    let found = match named.strip_prefix('@') {
        Some(name) => state
            .accounts_of(NETWORK)
            .find(|chat| !name.is_empty() && chat.handle.eq_ignore_ascii_case(name) && chat.kind != "private"),
        None => state.account(NETWORK, &named),
    };
    let hidden = |chat: &&Account| !chat.suspended && (!chat.handle.is_empty() || standing(chat, bot).is_some());
    let chat = found.filter(hidden).ok_or_else(|| Refusal::bad("chat not found"))?;
    match chat.details["moved_to"].as_i64() {
        Some(moved_to) => Err(Refusal::moved(moved_to)),
        None => Ok(chat.clone()),
    }
}

/// A chat as messages name it.
pub fn json(chat: &Account) -> Value {
    let mut told = json!({"id": number(chat), "type": chat.kind, "title": chat.name});
    if !chat.handle.is_empty() {
        told["username"] = chat.handle.clone().into();
    }
    told
}

/// A chat's number.
pub fn number(chat: &Account) -> i64 {
    chat.id.parse().unwrap_or_default()
}

/// The methods that read.
pub fn read(state: &State, bot: &Bot, method: &str, input: &Input) -> Answer<Value> {
    let chat = of(state, bot, input)?;
    match method {
        "getchat" => Ok(full(&chat)),
        "getchatmember" => member(&chat, bot, input),
        _ => Ok(chat.followers.into()),
    }
}

fn full(chat: &Account) -> Value {
    let mut told = json(chat);
    told["accent_color_id"] = 3.into();
    told["max_reaction_count"] = 11.into();
    if matches!(chat.kind.as_str(), "group" | "supergroup") {
        told["permissions"] = chat.details["permissions"].clone();
    }
    if chat.handle.is_empty() && chat.kind != "private" {
        told["invite_link"] = format!("https://t.me/+{}", chat.id.trim_start_matches('-')).into();
    }
    told
}

fn member(chat: &Account, bot: &Bot, input: &Input) -> Answer<Value> {
    let user = input.text("user_id").ok_or_else(|| Refusal::bad("invalid user_id specified"))?;
    let status = status(chat, bot);
    // Who is no administrator of a channel sees nobody there.
    if chat.kind == "channel" && !matches!(status, "creator" | "administrator") {
        return Err(match status {
            "kicked" => Refusal::forbidden("bot was kicked from the channel chat"),
            "left" => Refusal::forbidden("bot is not a member of the channel chat"),
            _ => Refusal::bad("member list is inaccessible"),
        });
    }
    if user != bot.id {
        return Err(Refusal::bad("user not found"));
    }
    let rights = match status {
        "administrator" => OF_ADMINISTRATORS,
        "restricted" => OF_RESTRICTED,
        _ => &[],
    };
    let mut told = json!({"status": status, "user": bot.json()});
    for right in rights {
        told[*right] = holds(chat, bot, right).into();
    }
    Ok(told)
}

/// Whether a bot may send messages for which members need such a right.
///
/// # Errors
/// As the server tells it.
pub fn may_send(chat: &Account, bot: &Bot, right: &str) -> Answer<()> {
    let kind = &chat.kind;
    match (kind.as_str(), status(chat, bot)) {
        (_, "kicked") => Err(Refusal::forbidden(format!("bot was kicked from the {kind} chat"))),
        (_, "left") => Err(Refusal::forbidden(format!("bot is not a member of the {kind} chat"))),
        ("channel", "creator") | ("private", _) => Ok(()),
        ("channel", "administrator") if holds(chat, bot, "can_post_messages") => Ok(()),
        ("channel", _) => Err(Refusal::bad("need administrator rights in the channel chat")),
        (_, "creator" | "administrator") => Ok(()),
        (_, "restricted") if holds(chat, bot, right) => Ok(()),
        (_, "member") if chat.details["permissions"][right] == true => Ok(()),
        _ => {
            let what = right.trim_start_matches("can_send_").replace('_', " ");
            let what = if what == "messages" { "text messages".to_owned() } else { what };
            Err(Refusal::bad(format!("not enough rights to send {what} to the chat")))
        }
    }
}

/// Whether a topic takes messages.
///
/// # Errors
/// As the server tells it.
pub fn topic(chat: &Account, input: &Input) -> Answer<Option<i64>> {
    let Some(topic) = input.number("message_thread_id") else {
        return Ok(None);
    };
    match chat.details["topics"][topic.to_string()].as_str() {
        Some("open") => Ok(Some(topic)),
        Some(_) => Err(Refusal::bad("TOPIC_CLOSED")),
        None => Err(Refusal::bad("message thread not found")),
    }
}

/// Where people read a message; empty where it has no address.
pub fn permalink(chat: &Account, topic: Option<i64>, message: i64) -> String {
    let of_topic = topic.map(|topic| format!("{topic}/")).unwrap_or_default();
    match (chat.handle.as_str(), chat.id.strip_prefix("-100")) {
        (_, None) => String::new(),
        ("", Some(inner)) => format!("https://t.me/c/{inner}/{of_topic}{message}"),
        (name, Some(_)) => format!("https://t.me/{name}/{of_topic}{message}"),
    }
}

/// Whether a bot may take back what others sent.
pub fn may_delete(chat: &Account, bot: &Bot) -> bool {
    matches!(status(chat, bot), "creator") || holds(chat, bot, "can_delete_messages")
}

/// Whether a bot is told of reactions in a chat.
pub fn hears_reactions(chat: &Account, bot: &Bot) -> bool {
    matches!(status(chat, bot), "administrator" | "creator")
}
