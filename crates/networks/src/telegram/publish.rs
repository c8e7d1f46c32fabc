//! One call that sends everything. Nothing is put at Telegram before it, and nothing can be read after it (publishing.md, Telegram).

use postrider_core::delivery::{FailureKind, Part};
use postrider_provider::{Absorbed, Answer, Commit, Evidence, Fault, Finding, Job, PartReceipt, Probe, Progress, Receipt, Step};
use serde::{Deserialize, Serialize};

use super::wire::{Message, Sent};
use super::{chat, error, message};
use crate::key;

/// Nothing is read after it, so that only the call's own end is waited for.
const SETTLE_MS: i64 = 60_000;

/// What is remembered between steps.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// Where the group is now, if it moved.
    moved_to: Option<i64>,
    /// What stands.
    sent: Option<Standing>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Standing {
    id: Option<String>,
    permalink: Option<String>,
}

/// The next step.
pub fn next(job: &Job, progress: &Progress) -> Step {
    let state: State = match progress.read() {
        Ok(state) => state,
        Err(fault) => return Step::Fail(fault),
    };
    if let Some(sent) = state.sent {
        return Step::Done(Receipt {
            external_id: sent.id,
            permalink: sent.permalink,
            ..Receipt::default()
        });
    }
    let request = state
        .moved_to
        .map_or_else(|| stored_id(job), Ok)
        .and_then(|chat| message::call(job, chat));
    match request {
        Ok(request) => Step::Commit(Box::new(Commit {
            request,
            part: Part::Root,
            key: String::new(),
            // Nothing is looked for: equal posts need not wait for each other.
            match_key: key::tid(job, Part::Root),
            evidence: Evidence::None,
            settle_ms: SETTLE_MS,
        })),
        Err(fault) => Step::Fail(fault),
    }
}

fn stored_id(job: &Job) -> Result<i64, Fault> {
    job.account.external_id.parse().map_err(|_| {
        Fault::stop(
            FailureKind::Internal,
            "telegram.chat_id",
            "The number of the channel or group is not one.",
            "Connect it again.",
        )
    })
}

/// What the answer to the call means. A group that moved is called where it is now: nothing was published where it was.
pub fn absorb(_: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
    let mut state: State = progress.read()?;
    if let Some(chat) = error::moved_to(answer)
        && state.moved_to.is_none()
    {
        state.moved_to = Some(chat);
        return Ok(Absorbed {
            progress: Progress::write(&state),
            receipt: None,
        });
    }
    let receipt = receipt(&first(error::accepted(answer, "send the message")?)?);
    state.sent = Some(Standing {
        id: receipt.external_id.clone(),
        permalink: receipt.permalink.clone(),
    });
    Ok(Absorbed {
        progress: Progress::write(&state),
        receipt: Some(receipt),
    })
}

/// An album is known by its first message.
fn first(sent: Sent) -> Result<Message, Fault> {
    match sent {
        Sent::Message(message) => Ok(*message),
        Sent::Album(messages) => messages.into_iter().next().ok_or_else(|| error::unreadable("send the message")),
    }
}

fn receipt(message: &Message) -> PartReceipt {
    PartReceipt {
        external_id: Some(message.message_id.to_string()),
        permalink: chat::permalink(&message.chat, message.message_id),
    }
}

/// A bot reads no history: not of a channel, and not of its own messages.
pub fn probe() -> Probe {
    Probe::Finding(Finding::Unreadable(
        "Telegram lets no bot read what was posted: look at the channel and say whether it stands there.".to_owned(),
    ))
}

/// Goes on from a message that a person found.
pub fn adopt(progress: &Progress, found: &PartReceipt) -> Progress {
    let mut state: State = progress.read().unwrap_or_default();
    state.sent = Some(Standing {
        id: found.external_id.clone(),
        permalink: found.permalink.clone(),
    });
    Progress::write(&state)
}
