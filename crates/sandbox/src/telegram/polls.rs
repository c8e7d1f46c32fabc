//! Polls and quizzes.

use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::input::{Input, flag_of, text_of};
use super::limits::{CAPTION_MAX, EXPLANATION_MAX, OPEN_S, OPTION_MAX, OPTIONS, QUESTION_MAX};
use super::words;
use crate::world::Account;

/// A poll and its description.
#[derive(Debug)]
pub struct Poll {
    /// As the API tells it.
    pub json: Value,
    /// The words beside the question.
    pub description: String,
}

/// Reads a poll.
///
/// # Errors
/// As the server tells it.
pub fn read(chat: &Account, input: &Input) -> Answer<Poll> {
    let question = input.text("question").unwrap_or_default();
    bounded(
        &question,
        QUESTION_MAX,
        "poll question must be non-empty",
        "poll question length must not exceed 300",
    )?;
    let options = options(input)?;
    let kind = input.text("type").unwrap_or_else(|| "regular".to_owned());
    let quiz = match kind.as_str() {
        "regular" => false,
        "quiz" => true,
        _ => return Err(Refusal::bad("unsupported poll type specified")),
    };
    let anonymous = input.flag("is_anonymous").unwrap_or(true);
    if chat.kind == "channel" && !anonymous {
        return Err(Refusal::bad("non-anonymous polls can't be sent to channel chats"));
    }
    let correct = input
        .tree("correct_option_ids")?
        .and_then(|ids| ids.as_array().cloned())
        .unwrap_or_default();
    let fits = |id: &Value| {
        id.as_u64()
            .and_then(|id| usize::try_from(id).ok())
            .is_some_and(|id| id < options.len())
    };
    if quiz && (correct.is_empty() || !correct.iter().all(fits)) {
        return Err(Refusal::bad("wrong correct option IDs specified"));
    }
    let explanation = input.text("explanation").unwrap_or_default();
    if words::units(&explanation) > EXPLANATION_MAX {
        return Err(Refusal::bad("poll explanation is too long"));
    }
    if let Some(open_s) = input.number("open_period")
        && !OPEN_S.contains(&open_s)
    {
        return Err(Refusal::bad("invalid poll open period specified"));
    }
    let description = input.text("description").unwrap_or_default();
    if words::units(&description) > CAPTION_MAX {
        return Err(Refusal::bad("poll description is too long"));
    }
    let options: Vec<Value> = options.iter().map(|text| json!({"text": text, "voter_count": 0})).collect();
    Ok(Poll {
        json: json!({
            "question": question,
            "options": options,
            "total_voter_count": 0,
            "is_closed": false,
            "is_anonymous": anonymous,
            "type": kind,
            "allows_multiple_answers": input.flag("allows_multiple_answers").unwrap_or(false),
            "open_period": input.number("open_period"),
        }),
        description,
    })
}

fn bounded(text: &str, most: usize, empty: &str, long: &str) -> Answer<()> {
    match words::units(text) {
        0 => Err(Refusal::bad(empty)),
        units if units > most => Err(Refusal::bad(long)),
        _ => Ok(()),
    }
}

fn options(input: &Input) -> Answer<Vec<String>> {
    let listed = input.tree("options")?.and_then(|options| options.as_array().cloned());
    let listed = listed.ok_or_else(|| Refusal::bad("poll must have at least 1 option"))?;
    if listed.len() < *OPTIONS.start() {
        return Err(Refusal::bad("poll must have at least 1 option"));
    }
    if listed.len() > *OPTIONS.end() {
        return Err(Refusal::bad("poll can't have more than 12 options"));
    }
    let mut texts = Vec::new();
    for option in &listed {
        // Earlier versions took bare words.
        let text = text_of(&option["text"]).or_else(|| text_of(option)).unwrap_or_default();
        bounded(
            &text,
            OPTION_MAX,
            "poll options must be non-empty",
            "poll options length must not exceed 100",
        )?;
        texts.push(text);
    }
    Ok(texts)
}

/// Whether several answers may be given.
pub fn several(poll: &Value) -> bool {
    flag_of(&poll["allows_multiple_answers"]).unwrap_or(false)
}
