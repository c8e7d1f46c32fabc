//! Messages: made, and taken back.

use std::collections::HashMap;

use postrider_core::network::Network;
use serde_json::{Map, Value, json};

use super::auth::Bot;
use super::chats;
use super::error::{Answer, Refusal};
use super::files::{self, File};
use super::input::{Input, flag_of, text_of};
use super::limits::{ALBUM, CAPTION_MAX, TEXT_MAX};
use super::{NETWORK, pace, polls, words};
use crate::world::{Account, Post, PostState, State, World};

/// The method, the field of the file, and the right that members need.
const OF_FILES: &[(&str, &str, &str)] = &[
    ("sendphoto", "photo", "can_send_photos"),
    ("sendvideo", "video", "can_send_videos"),
    ("sendanimation", "animation", "can_send_other_messages"),
    ("senddocument", "document", "can_send_documents"),
];
/// What a link's preview can be told; at most one of the last two.
const PREVIEW: &[&str] = &["is_disabled", "show_above_text", "prefer_small_media", "prefer_large_media"];
/// What stands with a picture or a video.
const SHOWN: &[&str] = &["has_spoiler", "show_caption_above_media"];

/// The last message of each chat.
#[derive(Default)]
struct Last(HashMap<String, i64>);

/// A message before it has a number.
#[derive(Debug, Default)]
struct Draft {
    /// The method's own word for it.
    kind: &'static str,
    /// The right that members need.
    right: &'static str,
    text: String,
    files: Vec<File>,
    link: Option<String>,
    poll: Value,
    /// What the sandbox tells of it beside.
    details: Map<String, Value>,
}

/// Sends a message or an album.
///
/// # Errors
/// As the server tells it.
pub async fn send(world: &World, bot: &Bot, method: &str, input: &Input) -> Answer<Value> {
    let chat = world.with(|state| chats::of(state, bot, input))?;
    let draft = match method {
        "sendmessage" => message(input)?,
        "sendmediagroup" => album(world, bot, input).await?,
        "sendpoll" => poll(&chat, input)?,
        _ => file(world, bot, method, input).await?,
    };
    let now_us = world.clock.now_us();
    world.with(|state| {
        chats::may_send(&chat, bot, draft.right)?;
        let topic = chats::topic(&chat, input)?;
        let parent = parent(state, &chat, input)?;
        pace::count(state, bot, &chat, draft.files.len().max(1), now_us)?;
        Ok(put(state, bot, &chat, input, draft, (topic, parent), now_us))
    })
}

fn text(input: &Input, name: &str, most: usize, empty: Option<&str>, long: &str) -> Answer<String> {
    let text = words::parsed(&input.text(name).unwrap_or_default(), input.text("parse_mode").as_deref())?;
    let text = text.trim().to_owned();
    match empty {
        Some(empty) if text.is_empty() => Err(Refusal::bad(empty)),
        _ if words::units(&text) > most => Err(Refusal::bad(long)),
        _ => Ok(text),
    }
}

fn message(input: &Input) -> Answer<Draft> {
    let text = text(input, "text", TEXT_MAX, Some("message text is empty"), "message is too long")?;
    let preview = input.tree("link_preview_options")?.unwrap_or_default();
    let chosen: Vec<&str> = PREVIEW
        .iter()
        .copied()
        .filter(|flag| flag_of(&preview[*flag]) == Some(true))
        .collect();
    let mut details = Map::new();
    details.insert(
        "link_preview_options".to_owned(),
        chosen.first().copied().map_or(Value::Null, Value::from),
    );
    Ok(Draft {
        kind: "text",
        right: "can_send_messages",
        text,
        link: text_of(&preview["url"]).filter(|url| !url.is_empty() && !chosen.contains(&"is_disabled")),
        details,
        ..Draft::default()
    })
}

fn caption(input: &Input) -> Answer<String> {
    text(input, "caption", CAPTION_MAX, None, "message caption is too long")
}

async fn file(world: &World, bot: &Bot, method: &str, input: &Input) -> Answer<Draft> {
    let known = OF_FILES.iter().find(|(known, ..)| *known == method);
    let (_, field, right) = *known.ok_or_else(Refusal::not_found)?;
    let file = files::taken(world, bot, input, field, (field, input.text(field).as_deref())).await?;
    let mut details = Map::new();
    for name in SHOWN {
        details.insert((*name).to_owned(), input.flag(name).unwrap_or(false).into());
    }
    Ok(Draft {
        kind: file.kind,
        right,
        text: caption(input)?,
        files: vec![file],
        details,
        ..Draft::default()
    })
}

/// Pictures and videos go together, documents among themselves.
async fn album(world: &World, bot: &Bot, input: &Input) -> Answer<Draft> {
    let items = input.tree("media")?.and_then(|items| items.as_array().cloned()).unwrap_or_default();
    if !ALBUM.contains(&items.len()) {
        return Err(Refusal::bad(format!(
            "group must contain {} to {} items",
            ALBUM.start(),
            ALBUM.end()
        )));
    }
    let mut files = Vec::new();
    let mut captions = Vec::new();
    let mut details = Map::new();
    for item in &items {
        let kind = match item["type"].as_str().unwrap_or_default() {
            "photo" => "photo",
            "video" => "video",
            "document" => "document",
            other => {
                return Err(Refusal::bad(format!(
                    "can't use the media of the specified type in the album: {other}"
                )));
            }
        };
        let file = files::taken(world, bot, input, kind, ("", item["media"].as_str())).await?;
        files.push(file);
        let said = words::parsed(item["caption"].as_str().unwrap_or_default(), item["parse_mode"].as_str())?;
        if words::units(&said) > CAPTION_MAX {
            return Err(Refusal::bad("message caption is too long"));
        }
        captions.push(said);
        for name in SHOWN {
            let on = flag_of(&item[*name]).unwrap_or(false);
            details.insert((*name).to_owned(), on.into());
        }
    }
    let documents = files.iter().filter(|file| file.kind == "document").count();
    if documents > 0 && documents < files.len() {
        return Err(Refusal::bad("document can't be mixed with other media types"));
    }
    // With more than one caption the album shows none.
    let others = captions.iter().skip(1).all(String::is_empty);
    Ok(Draft {
        kind: "album",
        right: if documents > 0 { "can_send_documents" } else { "can_send_photos" },
        text: captions.first().filter(|_| others).cloned().unwrap_or_default(),
        files,
        details,
        ..Draft::default()
    })
}

fn poll(chat: &Account, input: &Input) -> Answer<Draft> {
    let poll = polls::read(chat, input)?;
    let mut details = Map::new();
    details.insert("allows_multiple_answers".to_owned(), polls::several(&poll.json).into());
    Ok(Draft {
        kind: "poll",
        right: "can_send_polls",
        text: poll.description,
        poll: poll.json,
        details,
        ..Draft::default()
    })
}

fn world_id(chat: &Account, message: &str) -> String {
    format!("{}/{message}", chat.id)
}

fn parent(state: &State, chat: &Account, input: &Input) -> Answer<Option<String>> {
    let Some(reply) = input.tree("reply_parameters")? else {
        return Ok(None);
    };
    let id = world_id(chat, &text_of(&reply["message_id"]).unwrap_or_default());
    match (state.post(NETWORK, &id), flag_of(&reply["allow_sending_without_reply"])) {
        (Some(_), _) => Ok(Some(id)),
        (None, Some(true)) => Ok(None),
        (None, _) => Err(Refusal::bad("message to be replied not found")),
    }
}

/// The label of the first button with an address.
fn button(input: &Input) -> Value {
    let markup = input.tree("reply_markup").ok().flatten().unwrap_or_default();
    let first = &markup["inline_keyboard"][0][0];
    match first["url"].as_str() {
        Some(_) => first["text"].clone(),
        None => Value::Null,
    }
}

fn put(state: &mut State, bot: &Bot, chat: &Account, input: &Input, draft: Draft, at: (Option<i64>, Option<String>), now_us: i64) -> Value {
    let (topic, parent) = at;
    let count = draft.files.len().max(1);
    let last = state.own::<Last>().0.entry(chat.id.clone()).or_insert(40);
    let first = *last + 1;
    *last += i64::try_from(count).unwrap_or(1);
    let mut told: Vec<Value> = Vec::new();
    for number in 0..count {
        let mut message = json!({
            "message_id": first + number as i64,
            "chat": chats::json(chat),
            "date": now_us / 1_000_000,
        });
        if chat.kind == "channel" {
            message["sender_chat"] = chats::json(chat);
        } else {
            message["from"] = bot.json();
        }
        match draft.files.get(number) {
            Some(file) => message[file.kind] = files::json(state, bot, file),
            None if draft.kind == "poll" => message["poll"] = draft.poll.clone(),
            None => message["text"] = draft.text.clone().into(),
        }
        if draft.kind != "text" && number == 0 && !draft.text.is_empty() {
            let field = if draft.kind == "poll" { "description" } else { "caption" };
            message[field] = draft.text.clone().into();
        }
        if count > 1 {
            message["media_group_id"] = first.to_string().into();
        }
        told.push(message);
    }
    let mut details = draft.details;
    for name in ["disable_notification", "protect_content"] {
        details.insert(name.to_owned(), input.flag(name).unwrap_or(false).into());
    }
    // An album takes no buttons.
    let shown = if draft.kind == "album" { Value::Null } else { button(input) };
    details.insert("inline_keyboard".to_owned(), shown);
    details.insert("poll".to_owned(), draft.poll.clone());
    details.insert("message_id".to_owned(), first.into());
    state.put_post(Post {
        network: Network::Telegram,
        id: world_id(chat, &first.to_string()),
        account: chat.id.clone(),
        kind: draft.kind.to_owned(),
        text: draft.text,
        media: draft.files.iter().map(|file| file.stored.media(None)).collect(),
        link: draft.link,
        parent,
        state: PostState::Published,
        created_us: now_us,
        permalink: chats::permalink(chat, topic, first),
        app: Some(bot.id.clone()),
        comments: Vec::new(),
        details: details.into(),
    });
    if draft.kind == "album" { told.into() } else { told.swap_remove(0) }
}

/// Takes a message back: an administrator any, the bot its own for two days.
///
/// # Errors
/// As the server tells it.
pub fn delete(state: &mut State, bot: &Bot, input: &Input) -> Answer<Value> {
    let chat = chats::of(state, bot, input)?;
    let id = world_id(&chat, &input.text("message_id").unwrap_or_default());
    let post = state
        .post(NETWORK, &id)
        .ok_or_else(|| Refusal::bad("message to delete not found"))?;
    if !chats::may_delete(&chat, bot) && post.app.as_deref() != Some(&bot.id) {
        return Err(Refusal::bad("message can't be deleted"));
    }
    state.remove_post(NETWORK, &id);
    Ok(true.into())
}
