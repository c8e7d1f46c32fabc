//! A post's poll.

use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

use super::error::{Answer, Refusal};
use super::limits::{OPTION_CHARS_MAX, OPTIONS, POLL_S};
use super::rest::{flag, number, text};
use crate::clock::iso_ms;

/// Reads a poll; `None` if there is none.
///
/// # Errors
/// 422 with what is wrong.
pub fn read(said: &Value, now_us: i64) -> Answer<Option<Value>> {
    if !said.is_object() {
        return Ok(None);
    }
    let options: Vec<String> = said["options"].as_array().into_iter().flatten().filter_map(text).collect();
    if options.len() < *OPTIONS.start() || options.iter().any(|option| option.trim().is_empty()) {
        return Err(Refusal::invalid("Options must be more than one item"));
    }
    if options.len() > *OPTIONS.end() {
        return Err(Refusal::invalid(format!("Options can't contain more than {} items", OPTIONS.end())));
    }
    if options.iter().any(|option| option.graphemes(true).count() > OPTION_CHARS_MAX) {
        return Err(Refusal::invalid(format!(
            "Options can't be longer than {OPTION_CHARS_MAX} characters each"
        )));
    }
    let mut distinct: Vec<&String> = options.iter().collect();
    distinct.sort();
    distinct.dedup();
    if distinct.len() != options.len() {
        return Err(Refusal::invalid("Options contain duplicate items"));
    }
    let lasts_s = number(&said["expires_in"]).unwrap_or_default();
    if lasts_s > *POLL_S.end() {
        return Err(Refusal::invalid("Expires at is too far into the future"));
    }
    if lasts_s < *POLL_S.start() {
        return Err(Refusal::invalid("Expires at is too soon"));
    }
    let titles: Vec<Value> = options.iter().map(|title| json!({"title": title, "votes_count": 0})).collect();
    Ok(Some(json!({
        "expires_at": iso_ms(now_us + lasts_s * 1_000_000),
        "expires_in": lasts_s,
        "expired": false,
        "multiple": flag(&said["multiple"]).unwrap_or(false),
        "hide_totals": flag(&said["hide_totals"]).unwrap_or(false),
        "votes_count": 0,
        "options": titles,
    })))
}
