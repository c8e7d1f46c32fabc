//! Which texts and attachments Threads takes (§3).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::limits::{ALT_CHARS_MAX, ATTACHED_CHARS_MAX, LINKS_MAX, OPTION_CHARS, TEXT_MAX, TOPIC_CHARS};
use super::{errors, need};
use crate::meta::{Params, Refusal};
use crate::world::Token;

const OPTIONS: [&str; 4] = ["option_a", "option_b", "option_c", "option_d"];
const AUDIENCES: [&str; 5] = [
    "everyone",
    "accounts_you_follow",
    "mentioned_only",
    "parent_post_author_only",
    "followers_only",
];
/// What goes with words alone.
const OF_TEXT: [&str; 5] = [
    "link_attachment",
    "gif_attachment",
    "poll_attachment",
    "text_attachment",
    "is_ghost_post",
];

/// How long a text is: an emoji counts its bytes.
pub fn length(text: &str) -> usize {
    let weight = |letter: char| if is_emoji(letter) { letter.len_utf8() } else { 1 };
    text.chars().map(weight).sum()
}

/// Pictographs, flags and skin tones, and what joins or paints them.
fn is_emoji(letter: char) -> bool {
    matches!(u32::from(letter), 0x1_F000..=0x1_FAFF | 0x2600..=0x27BF | 0x2B05..=0x2B55 | 0x200D | 0xFE0F | 0x20E3 | 0xE_0020..=0xE_007F)
}

/// The addresses in a text, each once.
fn addresses(text: &str) -> BTreeSet<&str> {
    text.split_whitespace()
        .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
        .map(|word| word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']))
        .collect()
}

/// The first `#tag` of a text: it ends at a space or a mark, and numbers are none.
fn tag_in(text: &str) -> Option<String> {
    text.split('#').skip(1).find_map(|rest| {
        let tag: String = rest
            .chars()
            .take_while(|letter| !letter.is_whitespace() && !".&@!?,;:#".contains(*letter))
            .collect();
        (!tag.is_empty() && !tag.bytes().all(|byte| byte.is_ascii_digit())).then_some(tag)
    })
}

fn object(params: &Params, name: &str) -> Result<Option<Map<String, Value>>, Refusal> {
    let Some(text) = params.text(name) else { return Ok(None) };
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(Some(object)),
        _ => Err(Refusal::parameter(format!("Param {name} must be an object"))),
    }
}

fn poll(params: &Params) -> Result<Option<Value>, Refusal> {
    let Some(given) = object(params, "poll_attachment")? else {
        return Ok(None);
    };
    let options: Vec<&str> = OPTIONS.iter().map_while(|name| given.get(*name)?.as_str()).collect();
    if options.len() < 2 || options.len() != given.len() {
        return Err(Refusal::parameter("A poll has option_a and option_b, then option_c and option_d"));
    }
    if options.iter().any(|option| !OPTION_CHARS.contains(&option.chars().count())) {
        return Err(Refusal::parameter("An option of a poll has 1 to 25 characters"));
    }
    Ok(Some(json!(given)))
}

fn gif(params: &Params) -> Result<Option<Value>, Refusal> {
    let Some(given) = object(params, "gif_attachment")? else {
        return Ok(None);
    };
    // Tenor ended on 2026-03-31.
    match (
        given.get("gif_id").and_then(Value::as_str),
        given.get("provider").and_then(Value::as_str),
    ) {
        (Some(id), Some("GIPHY")) if !id.is_empty() => Ok(Some(json!(given))),
        _ => Err(Refusal::parameter("Param gif_attachment needs a gif_id and the provider GIPHY")),
    }
}

fn attached_text(params: &Params) -> Result<Option<Value>, Refusal> {
    let Some(given) = object(params, "text_attachment")? else {
        return Ok(None);
    };
    if params.text("poll_attachment").is_some() {
        return Err(Refusal::parameter("A post has a text attachment or a poll, not both"));
    }
    let plain = given.get("plaintext").and_then(Value::as_str).unwrap_or_default();
    if plain.is_empty() || plain.chars().count() > ATTACHED_CHARS_MAX {
        return Err(Refusal::parameter("The plaintext of a text attachment has 1 to 10000 characters"));
    }
    Ok(Some(json!(given)))
}

fn topic(params: &Params, text: &str) -> Result<Option<String>, Refusal> {
    let Some(topic) = params.text("topic_tag") else {
        return Ok(tag_in(text));
    };
    if !TOPIC_CHARS.contains(&topic.chars().count()) || topic.contains(['.', '&']) {
        return Err(Refusal::parameter("Param topic_tag has 1 to 50 characters without . and &"));
    }
    Ok(Some(topic.to_owned()))
}

/// Refuses what no kind of post may say.
fn check_settings(params: &Params, token: &Token) -> Result<(), Refusal> {
    if params.text("reply_control").is_some_and(|audience| !AUDIENCES.contains(&audience)) {
        return Err(Refusal::parameter("Param reply_control must be one of the documented audiences"));
    }
    if params.flag("enable_reply_approvals", false)? && params.flag("is_ghost_post", false)? {
        return Err(Refusal::parameter("Reply approvals cannot be enabled for ghost posts"));
    }
    if params.text("location_id").is_some() {
        need(token, "threads_location_tagging")?;
    }
    if params.flag("crossreshare_to_ig", false)? {
        need(token, "threads_share_to_instagram")?;
    }
    // No profile of the sandbox is eligible.
    if params.text("allowlisted_country_codes").is_some() {
        return Err(Refusal::parameter("The profile is not eligible for geo-gating"));
    }
    let alt = params.text("alt_text").unwrap_or_default();
    if alt.chars().count() > ALT_CHARS_MAX {
        return Err(Refusal::parameter("Param alt_text must be at most 1000 characters long."));
    }
    Ok(())
}

/// What a post says beside its media.
pub struct Said {
    pub text: String,
    pub link: Option<String>,
    pub details: Value,
}

/// Judges the words of a post; `alone` if it has no media.
pub fn check(params: &Params, token: &Token, alone: bool) -> Result<Said, Refusal> {
    check_settings(params, token)?;
    let text = params.text("text").unwrap_or_default();
    if length(text) > TEXT_MAX {
        return Err(errors::of("text_too_long"));
    }
    if alone && text.is_empty() {
        return Err(Refusal::parameter("The parameter text is required"));
    }
    if let Some(name) = OF_TEXT.iter().find(|name| !alone && params.text(name).is_some()) {
        return Err(Refusal::parameter(format!("Param {name} is only supported for media type TEXT")));
    }
    if alone && params.text("is_spoiler_media").is_some() {
        return Err(Refusal::parameter("Param is_spoiler_media is not supported for media type TEXT"));
    }
    let link = params.text("link_attachment");
    if link.is_some_and(|link| url::Url::parse(link).is_err()) {
        return Err(Refusal::parameter("Param link_attachment must be a valid URI"));
    }
    let attached = attached_text(params)?;
    let mut links = addresses(text);
    links.extend(link);
    links.extend(attached.as_ref().and_then(|attached| attached["link_attachment_url"].as_str()));
    if links.len() > LINKS_MAX {
        return Err(errors::of("too_many_links"));
    }
    // Without an attachment the first address becomes the card.
    let first = text.split_whitespace().find_map(|word| addresses(word).into_iter().next());
    let card = link.or(first.filter(|_| alone)).map(str::to_owned);
    Ok(Said {
        text: text.to_owned(),
        link: card,
        details: json!({
            "poll": poll(params)?,
            "gif": gif(params)?,
            "text_attachment": attached,
            "topic_tag": topic(params, text)?,
            "reply_audience": params.text("reply_control"),
            "ghost": params.flag("is_ghost_post", false)?,
        }),
    })
}
