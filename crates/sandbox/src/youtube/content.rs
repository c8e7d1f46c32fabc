//! What is said of a video (fact sheet sections 3.1 and 5).

use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::limits::{CATEGORIES, DESCRIPTION_BYTES_MAX, TAGS_CHARS_MAX, TITLE_CHARS_MAX};

const FLAGS: &[&str] = &[
    "embeddable",
    "publicStatsViewable",
    "selfDeclaredMadeForKids",
    "containsSyntheticMedia",
];

fn text<'a>(object: &'a Value, name: &str, reason: &'static str) -> Answer<&'a str> {
    match &object[name] {
        Value::Null => Ok(""),
        Value::String(text) if !text.contains(['<', '>']) => Ok(text),
        _ => Err(Refusal::invalid(
            reason,
            format!("The request metadata specifies an invalid {name}."),
        )),
    }
}

fn tags(snippet: &Value) -> Answer<Vec<&str>> {
    let wrong = || Refusal::invalid("invalidTags", "The request metadata specifies invalid video keywords.");
    let tags = match &snippet["tags"] {
        Value::Null => Vec::new(),
        Value::Array(tags) => tags.iter().map(Value::as_str).collect::<Option<Vec<_>>>().ok_or_else(wrong)?,
        _ => return Err(wrong()),
    };
    // A tag with a blank in it stands in quotes, and a comma between two.
    let quoted = |tag: &&str| tag.chars().count() + if tag.contains(' ') { 2 } else { 0 };
    let chars = tags.iter().map(quoted).sum::<usize>() + tags.len().saturating_sub(1);
    let bare = tags.iter().any(|tag| tag.is_empty() || tag.contains(['<', '>']));
    if bare || chars > TAGS_CHARS_MAX { Err(wrong()) } else { Ok(tags) }
}

/// Reads a `snippet`. What it leaves out is empty.
///
/// # Errors
/// 400 for a title that is missing, and for anything that is too long, not known or has `<` or `>`.
pub fn snippet(snippet: &Value) -> Answer<Value> {
    let title = text(snippet, "title", "invalidTitle")?;
    if title.trim().is_empty() || title.chars().count() > TITLE_CHARS_MAX {
        return Err(Refusal::invalid(
            "invalidTitle",
            "The request metadata specifies an invalid or empty video title.",
        ));
    }
    let description = text(snippet, "description", "invalidDescription")?;
    if description.len() > DESCRIPTION_BYTES_MAX {
        return Err(Refusal::invalid(
            "invalidDescription",
            "The request metadata specifies an invalid video description.",
        ));
    }
    let category = snippet["categoryId"].as_str().unwrap_or("22");
    if !CATEGORIES.contains(&category) {
        return Err(Refusal::invalid(
            "invalidCategoryId",
            "The snippet.categoryId property specifies an invalid category ID.",
        ));
    }
    Ok(json!({
        "title": title,
        "description": description,
        "tags": tags(snippet)?,
        "categoryId": category,
        "defaultLanguage": snippet["defaultLanguage"],
    }))
}

/// Reads a `status`. What it leaves out is as YouTube has it; `published` says whether others were shown the video before.
///
/// # Errors
/// 400 for what is not known, and for a time of publishing that goes with no other privacy than `private`, or is over.
pub fn status(status: &Value, published: bool, now_us: i64) -> Answer<Value> {
    let wrong = |what: &str| Refusal::invalid("invalidVideoMetadata", format!("The request metadata is invalid: {what}."));
    if let Some(flag) = FLAGS.iter().find(|flag| !status[**flag].is_null() && !status[**flag].is_boolean()) {
        return Err(wrong(flag));
    }
    let privacy = match &status["privacyStatus"] {
        Value::Null => "public",
        privacy => privacy.as_str().unwrap_or_default(),
    };
    if !matches!(privacy, "public" | "unlisted" | "private") {
        return Err(wrong("privacyStatus"));
    }
    let license = match &status["license"] {
        Value::Null => "youtube",
        license => license.as_str().unwrap_or_default(),
    };
    if !matches!(license, "youtube" | "creativeCommon") {
        return Err(wrong("license"));
    }
    if !status["publishAt"].is_null() {
        let at_us = instant_us(&status["publishAt"]);
        if published || privacy != "private" || at_us.is_none_or(|at_us| at_us <= now_us) {
            return Err(Refusal::invalid(
                "invalidPublishAt",
                "The request metadata specifies an invalid scheduled publishing time.",
            ));
        }
    }
    let flag = |name: &str, otherwise: bool| status[name].as_bool().unwrap_or(otherwise);
    Ok(json!({
        "privacyStatus": privacy,
        "license": license,
        "publishAt": status["publishAt"],
        "embeddable": flag("embeddable", true),
        "publicStatsViewable": flag("publicStatsViewable", true),
        "containsSyntheticMedia": flag("containsSyntheticMedia", false),
        "madeForKids": flag("selfDeclaredMadeForKids", false),
        "selfDeclaredMadeForKids": status["selfDeclaredMadeForKids"],
    }))
}

/// An instant of RFC 3339, UTC microseconds.
pub fn instant_us(text: &Value) -> Option<i64> {
    text.as_str()?.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_microsecond)
}
