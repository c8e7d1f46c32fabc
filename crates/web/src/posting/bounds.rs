//! How much a post may hold at all. The bounds stand far above every network's, so that a draft keeps words that are still too long for
//! one of them, and low enough that counting and showing a post takes no time that publishing needs.

use postrider_core::post::{AssetUse, Content, Link};

use crate::problem::{Answer, Refused};

const TITLE_CHARS_MAX: usize = 1_000;
const TEXT_CHARS_MAX: usize = 100_000;
const COMMENT_CHARS_MAX: usize = 20_000;
const HASHTAGS_MAX: usize = 200;
const HASHTAG_CHARS_MAX: usize = 300;
const ASSETS_MAX: usize = 100;
const ALT_CHARS_MAX: usize = 10_000;
const ADDRESS_CHARS_MAX: usize = 10_000;
const OPTIONS_MAX: usize = 50;
const PARTS_MAX: usize = 200;

/// Refuses content that is larger than any post can be. `place` stands before the names of its fields.
///
/// # Errors
/// 422 with the field.
pub fn bounded(place: &str, content: &Content) -> Answer<()> {
    let at = |field: &str| format!("{place}{field}");
    words(&at("title"), &content.title, TITLE_CHARS_MAX)?;
    words(&at("text"), &content.text, TEXT_CHARS_MAX)?;
    words(&at("first_comment"), &content.first_comment, COMMENT_CHARS_MAX)?;
    count(&at("hashtags"), content.hashtags.len(), HASHTAGS_MAX)?;
    for tag in &content.hashtags {
        words(&at("hashtags"), tag, HASHTAG_CHARS_MAX)?;
    }
    media(&at("assets"), &content.assets)?;
    if let Some(link) = &content.link {
        card(&at("link"), link)?;
    }
    if let Some(poll) = &content.poll {
        words(&at("poll.question"), &poll.question, TITLE_CHARS_MAX)?;
        count(&at("poll.options"), poll.options.len(), OPTIONS_MAX)?;
        for option in &poll.options {
            words(&at("poll.options"), option, TITLE_CHARS_MAX)?;
        }
    }
    count(&at("thread"), content.thread.len(), PARTS_MAX)?;
    for (index, part) in content.thread.iter().enumerate() {
        words(&at(&format!("thread.{index}.text")), &part.text, COMMENT_CHARS_MAX)?;
        media(&at(&format!("thread.{index}.assets")), &part.assets)?;
    }
    Ok(())
}

fn card(field: &str, link: &Link) -> Answer<()> {
    words(&format!("{field}.url"), &link.url, ADDRESS_CHARS_MAX)?;
    words(&format!("{field}.title"), &link.title, ALT_CHARS_MAX)?;
    words(&format!("{field}.description"), &link.description, ALT_CHARS_MAX)
}

fn media(field: &str, assets: &[AssetUse]) -> Answer<()> {
    count(field, assets.len(), ASSETS_MAX)?;
    for (index, used) in assets.iter().enumerate() {
        words(&format!("{field}.{index}.alt_text"), &used.alt_text, ALT_CHARS_MAX)?;
    }
    Ok(())
}

fn words(field: &str, text: &str, chars_max: usize) -> Answer<()> {
    // Characters are counted only where the bytes leave it open.
    if text.len() > chars_max && text.chars().count() > chars_max {
        return Err(Refused::invalid(field, format!("This holds at most {chars_max} characters.")));
    }
    Ok(())
}

fn count(field: &str, entries: usize, max: usize) -> Answer<()> {
    if entries > max {
        return Err(Refused::invalid(field, format!("There are at most {max} of these.")));
    }
    Ok(())
}
