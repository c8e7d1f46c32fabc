//! The chat that a bot posts to: how people name it, where its messages are read, and what the bot may do there.

use super::wire::{Chat, Member};

/// Ids of channels and supergroups begin so; addresses leave it out.
const WIDE: &str = "-100";
/// The rights that a member of a group needs, by the API's names and by those that people see.
const OF_MEMBERS: &[(&str, &str)] = &[
    ("can_send_messages", "Send messages"),
    ("can_send_photos", "Send photos"),
    ("can_send_videos", "Send videos"),
    ("can_send_documents", "Send files"),
    ("can_send_other_messages", "Send GIFs"),
    ("can_send_polls", "Send polls"),
];

/// The chat that somebody means, as the API takes it: `@name`, or a number. Its address at t.me is understood.
///
/// # Errors
/// In words.
pub fn named(typed: &str) -> Result<String, &'static str> {
    const WRONG: &str = "Write the name of a channel or group as @name, its address as t.me/name, or its number, which begins with -100.";
    let typed = typed.trim();
    let bare = typed
        .strip_prefix("https://")
        .or_else(|| typed.strip_prefix("http://"))
        .unwrap_or(typed);
    let path = ["t.me/", "telegram.me/"].iter().find_map(|host| bare.strip_prefix(host));
    let segments: Vec<&str> = path.unwrap_or_default().split(['/', '?']).filter(|part| !part.is_empty()).collect();
    let name = match (path, segments.as_slice()) {
        (None, _) if typed.parse::<i64>().is_ok_and(|id| id != 0) => return Ok(typed.to_owned()),
        (None, _) => bare.strip_prefix('@').unwrap_or(bare),
        (Some(_), ["c", id, ..]) if id.bytes().all(|byte| byte.is_ascii_digit()) => return Ok(format!("{WIDE}{id}")),
        (Some(_), [invitation, ..]) if invitation.starts_with('+') || *invitation == "joinchat" => {
            return Err("An invitation does not say which chat it is for. Write its number, which begins with -100.");
        }
        (Some(_), [name, ..]) => name,
        (Some(_), []) => return Err(WRONG),
    };
    let fits = (4..=32).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if fits { Ok(format!("@{name}")) } else { Err(WRONG) }
}

/// Where people read a message; `None` where it has no address (fact sheet section 4).
pub fn permalink(chat: &Chat, message_id: i64) -> Option<String> {
    if !chat.username.is_empty() {
        return Some(format!("https://t.me/{}/{message_id}", chat.username));
    }
    let id = chat.id.to_string();
    let inner = id
        .strip_prefix(WIDE)
        .filter(|_| matches!(chat.kind.as_str(), "channel" | "supergroup"))?;
    Some(format!("https://t.me/c/{inner}/{message_id}"))
}

/// What tells a chat from another of the same name.
pub fn detail(chat: &Chat) -> String {
    if chat.username.is_empty() {
        format!("Private {}, {}", chat.kind, chat.id)
    } else {
        format!("t.me/{}", chat.username)
    }
}

/// What a bot may do in a chat.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may post; what is named here it may not.
    May(Vec<&'static str>),
    /// It may not post: what somebody has to do, in words.
    MayNot(String),
}

/// What the bot of a name may do in a chat (fact sheet section 1). `member` is absent where the API does not say, since the bot is not there.
pub fn standing(chat: &Chat, member: Option<&Member>, bot: &str) -> Standing {
    let may_not = |what: String| Standing::MayNot(what);
    let status = member.map_or("left", |member| member.status.as_str());
    let right = |name: &str| member.is_some_and(|member| member.rights.get(name).is_some_and(|value| value == true));
    match (chat.kind.as_str(), status) {
        ("channel", "creator") => Standing::May(Vec::new()),
        ("channel", "administrator") if right("can_post_messages") => Standing::May(Vec::new()),
        ("channel", "administrator") => may_not(format!(
            "{bot} lacks the right “Post messages”: give it under the channel's administrators."
        )),
        ("channel", _) => may_not(format!(
            "{bot} is not an administrator of the channel: add it as one, with the right “Post messages”."
        )),
        ("group" | "supergroup", "creator" | "administrator") => Standing::May(Vec::new()),
        ("group" | "supergroup", "member") => of_member(bot, |name| chat.permissions.get(name).is_none_or(|value| value == true)),
        ("group" | "supergroup", "restricted") if right("is_member") => of_member(bot, right),
        ("group" | "supergroup", "kicked") => may_not(format!("{bot} was removed from the group: let it in and add it again.")),
        ("group" | "supergroup", _) => may_not(format!("{bot} is not in the group: add it.")),
        _ => may_not("This is a chat with one person: name a channel or a group.".to_owned()),
    }
}

fn of_member(bot: &str, may: impl Fn(&str) -> bool) -> Standing {
    let lacks: Vec<&str> = OF_MEMBERS.iter().filter(|(name, _)| !may(name)).map(|(_, words)| *words).collect();
    // Whoever may not write may not post, whatever else is allowed.
    if may(OF_MEMBERS[0].0) {
        Standing::May(lacks)
    } else {
        Standing::MayNot(format!(
            "{bot} lacks the right “Send messages” in the group: give it that, or make it an administrator."
        ))
    }
}
