//! What the body of a new post must look like, and what it says.

use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::limits::{CASHTAGS_MAX, PICTURES_MAX, POLL_MINUTES, POLL_OPTION_CHARS, POLL_OPTIONS, TEXT_WEIGHT_MAX};
use super::rest::numeric;
use super::words::{cashtags, weight};

const FIELDS: &[&str] = &[
    "text",
    "media",
    "poll",
    "reply",
    "quote_tweet_id",
    "reply_settings",
    "community_id",
    "share_with_followers",
    "made_with_ai",
    "paid_partnership",
    "edit_options",
    "for_super_followers_only",
    "nullcast",
    "geo",
    "card_uri",
    "direct_message_deep_link",
];
const MEDIA_FIELDS: &[&str] = &["media_ids", "tagged_user_ids"];
const POLL_FIELDS: &[&str] = &["options", "duration_minutes", "reply_settings"];
const REPLY_FIELDS: &[&str] = &["in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata"];
/// What the sandbox has no place for.
const CLOSED: &[&str] = &["community_id", "edit_options", "for_super_followers_only", "nullcast", "card_uri"];
const REPLY_SETTINGS: &[&str] = &["following", "mentionedUsers", "subscribers", "verified"];

/// A post as it was asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What it says; empty if it only shows something.
    pub text: String,
    /// The files that it names.
    pub media: Vec<String>,
    /// What it answers.
    pub parent: Option<String>,
    /// What X keeps beside that: poll, who may answer, what is disclosed.
    pub details: Value,
}

fn closed_object(body: &Value, at: &str, fields: &[&str]) -> Answer<()> {
    let Some(object) = body.as_object() else {
        return Err(Refusal::invalid(at, format!("$.{at}: must be an object")));
    };
    match object.keys().find(|name| !fields.contains(&name.as_str())) {
        Some(name) => Err(Refusal::invalid(
            name,
            format!("$.{name}: is not defined in the schema and the schema does not allow additional properties"),
        )),
        None => Ok(()),
    }
}

fn ids(value: &Value, at: &str) -> Answer<Vec<String>> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let ids: Option<Vec<String>> = list
        .iter()
        .map(|id| id.as_str().filter(|id| numeric(id)).map(str::to_owned))
        .collect();
    ids.ok_or_else(|| Refusal::invalid(at, format!("$.{at}: does not match the regex pattern ^[0-9]{{1,19}}$")))
}

fn media(body: &Value) -> Answer<Vec<String>> {
    let media = &body["media"];
    if media.is_null() {
        return Ok(Vec::new());
    }
    closed_object(media, "media", MEDIA_FIELDS)?;
    ids(&media["tagged_user_ids"], "media.tagged_user_ids")?;
    let ids = ids(&media["media_ids"], "media.media_ids")?;
    if ids.is_empty() || ids.len() > PICTURES_MAX {
        return Err(Refusal::invalid("media.media_ids", "$.media.media_ids: must have 1 to 4 items"));
    }
    Ok(ids)
}

fn poll(body: &Value) -> Answer<Value> {
    let poll = &body["poll"];
    if poll.is_null() {
        return Ok(Value::Null);
    }
    closed_object(poll, "poll", POLL_FIELDS)?;
    let options: Vec<&str> = poll["options"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !POLL_OPTIONS.contains(&options.len()) {
        return Err(Refusal::invalid("poll.options", "$.poll.options: must have 2 to 4 items"));
    }
    if options.iter().any(|option| !POLL_OPTION_CHARS.contains(&option.chars().count())) {
        return Err(Refusal::invalid("poll.options", "$.poll.options: must be 1 to 25 characters long"));
    }
    if !poll["duration_minutes"]
        .as_u64()
        .is_some_and(|minutes| POLL_MINUTES.contains(&minutes))
    {
        return Err(Refusal::invalid(
            "poll.duration_minutes",
            "$.poll.duration_minutes: must be 5 to 10080",
        ));
    }
    Ok(json!({"options": options, "duration_minutes": poll["duration_minutes"]}))
}

fn parent(body: &Value) -> Answer<Option<String>> {
    let reply = &body["reply"];
    if reply.is_null() {
        return Ok(None);
    }
    closed_object(reply, "reply", REPLY_FIELDS)?;
    let id = reply["in_reply_to_tweet_id"].as_str().filter(|id| numeric(id));
    id.map(|id| Some(id.to_owned()))
        .ok_or_else(|| Refusal::invalid("reply.in_reply_to_tweet_id", "$.reply.in_reply_to_tweet_id: is no id"))
}

fn switch(body: &Value, name: &str) -> Answer<bool> {
    match &body[name] {
        Value::Null => Ok(false),
        Value::Bool(on) => Ok(*on),
        _ => Err(Refusal::invalid(name, format!("$.{name}: must be a boolean"))),
    }
}

/// Reads the body of a new post.
///
/// # Errors
/// 400 with the field; 403 for what a self-serve app may not do.
pub fn read(body: &Value) -> Answer<Wanted> {
    closed_object(body, "body", FIELDS)?;
    let text = match &body["text"] {
        Value::Null => "",
        Value::String(text) => text.trim(),
        _ => return Err(Refusal::invalid("text", "$.text: must be a string")),
    };
    let wanted = Wanted {
        text: text.to_owned(),
        media: media(body)?,
        parent: parent(body)?,
        details: json!({
            "poll": poll(body)?,
            "reply_settings": body["reply_settings"],
            "made_with_ai": switch(body, "made_with_ai")?,
            "paid_partnership": switch(body, "paid_partnership")?,
            "place": body["geo"]["place_id"],
        }),
    };
    let who = &wanted.details["reply_settings"];
    if !who.is_null() && !REPLY_SETTINGS.iter().any(|known| who == known) {
        return Err(Refusal::invalid(
            "reply_settings",
            format!("$.reply_settings: {who} is not in the enumeration"),
        ));
    }
    let carried = [
        !wanted.media.is_empty(),
        !wanted.details["poll"].is_null(),
        !body["quote_tweet_id"].is_null(),
    ];
    if carried.into_iter().filter(|carries| *carries).count() > 1 {
        return Err(Refusal::invalid(
            "poll",
            "A post has media, a poll or a quote, not several of them.",
        ));
    }
    if wanted.text.is_empty() && wanted.media.is_empty() {
        return Err(Refusal::invalid("text", "The post has neither text nor media."));
    }
    if weight(&wanted.text) > TEXT_WEIGHT_MAX {
        return Err(Refusal::invalid("text", "$.text: the text is too long"));
    }
    if wanted.text.contains(['\u{FFFE}', '\u{FEFF}', '\u{FFFF}']) {
        return Err(Refusal::invalid("text", "$.text: holds a character that is not allowed"));
    }
    if cashtags(&wanted.text) > CASHTAGS_MAX {
        return Err(Refusal::forbidden("A post may have a maximum of one cashtag."));
    }
    if !body["quote_tweet_id"].is_null() {
        return Err(Refusal::forbidden("Quoting a post is not allowed for this app."));
    }
    if CLOSED.iter().any(|name| !body[*name].is_null()) {
        return Err(Refusal::not_permitted());
    }
    Ok(wanted)
}
