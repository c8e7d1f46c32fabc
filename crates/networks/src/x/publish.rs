//! A post is one call once its files are there; each part of a thread answers the one before. X takes no key: what became of a lost answer is
//! read from the account's posts (publishing.md, X).

use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::ContentType;
use postrider_provider::{
    Absorbed, Answer, Commit, Evidence, Fault, Job, Next, PartReceipt, Progress, Proof, Receipt, Request, Step, Waiting,
};
use serde_json::{Value, json};

use super::state::{Action, State, comment_due, decide, files, load, media, part, posts, words};
use super::upload::{self, Need};
use super::wire::{Made, Wrapped};
use super::{api, error};

/// How far lists lag is not documented; looks are advised after 15 to 60 seconds (fact sheet section 8).
const SETTLE_MS: i64 = 60_000;

/// The next step.
pub fn next(job: &Job, progress: &Progress) -> Step {
    let state = match load(job, progress) {
        Ok(state) => state,
        Err(fault) => return Step::Fail(fault),
    };
    if let Some(fault) = not_served(job) {
        return Step::Fail(fault);
    }
    match decide(job, &state) {
        Action::File(_, Need::Wait(until_ms)) => Step::Wait {
            until_ms,
            why: Waiting::Processing,
        },
        Action::File(number, need) => match files(job).get(number) {
            Some(file) => Step::Call(upload::call(number, file, state.uploads.get(number), need)),
            None => Step::Done(receipt(job, &state)),
        },
        Action::Post(part) => Step::Commit(Box::new(Commit {
            request: post(job, &state, part),
            part,
            key: String::new(),
            match_key: match_key(job, &state, part),
            evidence: Evidence::ReadBack,
            settle_ms: SETTLE_MS,
        })),
        Action::Unnamed => Step::Fail(Fault::stop(
            FailureKind::Outage,
            "x.part_unnamed",
            "The last part stands, but it is not known which post it is, so that the next one cannot answer it.",
            "Post the rest by hand as answers to it.",
        )),
        Action::Finish => Step::Done(receipt(job, &state)),
    }
}

/// What the answer to the step just given means.
pub fn absorb(job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
    let mut state = load(job, progress)?;
    let mut receipt = None;
    match decide(job, &state) {
        Action::File(number, need) => {
            let upload = upload::absorb(job, state.uploads.get(number), need, answer)?;
            match state.uploads.get_mut(number) {
                Some(slot) => *slot = upload,
                None => state.uploads.push(upload),
            }
        }
        Action::Post(part) if answer.ok() => {
            let made: Wrapped<Made> = serde_json::from_slice(&answer.body).map_err(|_| error::unreadable("create the post"))?;
            state.stands(part, &made.data.id);
            receipt = Some(part_receipt(job, &made.data.id));
        }
        Action::Post(part) => {
            let fault = error::fault(answer);
            let lost = part == Part::FirstComment && fault.next == Next::Stop && fault.proof == Proof::NotPublished;
            if !lost {
                return Err(fault);
            }
            state.comment_lost = Some(fault.message);
        }
        Action::Unnamed | Action::Finish => {}
    }
    Ok(Absorbed {
        progress: Progress::write(&state),
        receipt,
    })
}

/// What a post's id is for people.
pub fn part_receipt(job: &Job, id: &str) -> PartReceipt {
    PartReceipt {
        external_id: Some(id.to_owned()),
        permalink: Some(permalink(job, id)),
    }
}

/// `i` stands for whoever wrote it.
fn permalink(job: &Job, id: &str) -> String {
    let name = if job.account.handle.is_empty() { "i" } else { &job.account.handle };
    format!("https://x.com/{name}/status/{id}")
}

fn receipt(job: &Job, state: &State) -> Receipt {
    let why = match &state.comment_lost {
        Some(why) => Some(why.as_str()),
        None if comment_due(job) && !state.commented => Some("It is not known which post it is."),
        None => None,
    };
    let protected = job.account.meta["protected"] == true;
    let private = "The account was protected when it was connected: its followers alone see what it posts. Open it to everybody at X, \
                   then reconnect it.";
    Receipt {
        external_id: state.root().map(str::to_owned),
        permalink: state.root().map(|id| permalink(job, id)),
        kept_private: protected.then(|| private.to_owned()),
        warning: why.map(|why| format!("The post is published; its first comment is not. {why}")),
    }
}

/// A file's own name in lists; else what is answered; else what is said.
fn match_key(job: &Job, state: &State, part: Part) -> String {
    let file = state.uploads_of(job, part).first();
    match (file, state.parent(part)) {
        (Some(file), _) if !file.key.is_empty() => file.key.clone(),
        (Some(file), _) => file.id.clone(),
        (None, Some(parent)) => format!("answer:{parent}"),
        (None, None) => words(job, part).to_owned(),
    }
}

fn post(job: &Job, state: &State, part: Part) -> Request {
    let mut body = json!({});
    let text = words(job, part);
    if !text.is_empty() {
        body["text"] = text.into();
    }
    let ids: Vec<&str> = state.uploads_of(job, part).iter().map(|upload| upload.id.as_str()).collect();
    if !ids.is_empty() {
        body["media"] = json!({"media_ids": ids});
    }
    if let Some(poll) = poll(job, part) {
        body["poll"] = poll;
    }
    if let Some(parent) = state.parent(part) {
        body["reply"] = json!({"in_reply_to_tweet_id": parent});
    }
    // Who may answer is asked of a conversation's first post alone; what is disclosed, of each that shows the content.
    if let Some(who) = job.setting("reply_settings").filter(|_| part == Part::Root) {
        body["reply_settings"] = who.into();
    }
    for disclosed in ["made_with_ai", "paid_partnership"] {
        if job.is_switched_on(disclosed) && part != Part::FirstComment {
            body[disclosed] = true.into();
        }
    }
    let label = match part {
        Part::FirstComment => "write the first comment".to_owned(),
        part => format!("create the post ({part})"),
    };
    Request::post(label, api("tweets")).json(body).bearer("access")
}

/// The options of a poll; its question stands in the text.
fn poll(job: &Job, part: Part) -> Option<Value> {
    let of_poll = job.content.content_type == ContentType::Poll && part == Part::Root;
    let poll = job.content.poll.as_ref().filter(|_| of_poll)?;
    Some(json!({"options": poll.options, "duration_minutes": poll.duration_minutes}))
}

/// What X's API has no way for, or takes as nothing.
fn not_served(job: &Job) -> Option<Fault> {
    let content_type = job.content.content_type;
    if matches!(content_type, ContentType::Reel | ContentType::Story | ContentType::Document) {
        return Some(Fault::stop(
            FailureKind::Content,
            "x.content_type",
            format!("X takes no {content_type}."),
            "Change the type of the post.",
        ));
    }
    let says_nothing = |number: usize| {
        let part = part(number);
        words(job, part).is_empty() && media(job, part).is_empty()
    };
    (posts(job) == 0 || (0..posts(job)).any(says_nothing)).then(|| {
        Fault::stop(
            FailureKind::Content,
            "x.empty",
            "There is nothing to post.",
            "Write a text or add media.",
        )
    })
}
