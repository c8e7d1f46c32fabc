//! Files first, each worked on by the server; then the post, and for a thread its answers, each under a derived key by which the server
//! knows a repeat for an hour (publishing.md, Mastodon).

use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::{ContentType, SettingValue};
use postrider_provider::{
    Absorbed, Answer, Commit, Evidence, Fault, Job, Next, PartReceipt, Progress, Proof, Receipt, Request, Step, Waiting,
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::state::{Action, Posted, State, attached, comment_due, decide, files, parent, put, words};
use super::wire::Status;
use super::{error, server, upload};
use crate::key;

/// The server stores the key after the post, so that a repeat within the same breath makes a second one.
const SETTLE_MS: i64 = 60_000;

/// The next step.
pub fn next(job: &Job, progress: &Progress) -> Step {
    let state: State = match progress.read() {
        Ok(state) => state,
        Err(fault) => return Step::Fail(fault),
    };
    if let Some(fault) = empty(job) {
        return Step::Fail(fault);
    }
    match decide(job, &state) {
        Action::Finish => Step::Done(receipt(job, &state)),
        Action::Wait(until_ms) => Step::Wait {
            until_ms,
            why: Waiting::Processing,
        },
        Action::Write(part) => Step::Commit(Box::new(commit(job, &state, part))),
        Action::Unnamed => Step::Fail(Fault::stop(
            FailureKind::Outage,
            "mastodon.part_unnamed",
            "The last part stands, but it is not known which post it is, so that the next one cannot answer it.",
            "Post the rest by hand as answers to it.",
        )),
        Action::Upload(index) => Step::Call(upload::send(job, index)),
        Action::Look(index) => Step::Call(upload::look(job, &state.files[index].id)),
    }
}

/// What the answer to the step just given means.
pub fn absorb(job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
    let mut state: State = progress.read()?;
    let mut receipt = None;
    match decide(job, &state) {
        Action::Upload(_) => upload::sent(&mut state, answer)?,
        Action::Look(index) => upload::looked(job, &mut state.files[index], answer)?,
        Action::Write(part) if answer.ok() => {
            let status: Status = error::accepted(answer, "write the post")?;
            receipt = Some(part_receipt(&status));
            put(
                &mut state,
                part,
                Posted {
                    id: status.id,
                    url: status.url,
                    visibility: status.visibility,
                },
            );
        }
        Action::Write(Part::FirstComment) => {
            let fault = error::fault(answer);
            if fault.next != Next::Stop || fault.proof == Proof::Ambiguous {
                return Err(fault);
            }
            state.comment_lost = Some(fault.message);
        }
        Action::Write(_) => return Err(error::fault(answer)),
        Action::Wait(_) | Action::Unnamed | Action::Finish => {}
    }
    Ok(Absorbed {
        progress: Progress::write(&state),
        receipt,
    })
}

/// Goes on from a post that was found. Its address ends in its id.
pub fn adopt(progress: &Progress, part: Part, found: &PartReceipt) -> Progress {
    let mut state: State = progress.read().unwrap_or_default();
    let named = found
        .permalink
        .as_deref()
        .and_then(|address| address.trim_end_matches('/').rsplit('/').next());
    let digits = named.filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()));
    let posted = Posted {
        id: found.external_id.as_deref().or(digits).unwrap_or_default().to_owned(),
        url: found.permalink.clone(),
        visibility: String::new(),
    };
    put(&mut state, part, posted);
    Progress::write(&state)
}

/// What a post's own answer says of it.
pub fn part_receipt(status: &Status) -> PartReceipt {
    PartReceipt {
        external_id: Some(status.id.clone()),
        permalink: status.url.clone(),
    }
}

fn receipt(job: &Job, state: &State) -> Receipt {
    let root = state.posts.first();
    let unnamed = comment_due(job) && state.comment.is_none() && parent(state, Part::FirstComment).is_none();
    let why = unnamed.then_some("It is not known which post it was to answer.");
    Receipt {
        external_id: root.map(|posted| posted.id.clone()).filter(|id| !id.is_empty()),
        permalink: root.and_then(|posted| posted.url.clone()),
        kept_private: root.and_then(|posted| kept_private(job, posted)),
        warning: state
            .comment_lost
            .as_deref()
            .or(why)
            .map(|why| format!("The post is published; its first comment is not. {why}")),
    }
}

/// What the person did not choose, but the account does by itself.
fn kept_private(job: &Job, posted: &Posted) -> Option<String> {
    let narrow = matches!(posted.visibility.as_str(), "private" | "direct");
    (narrow && job.setting("visibility") != Some(posted.visibility.as_str())).then(|| {
        "The account posts for its followers alone where nothing else is said. Choose who sees it in the post's settings, or change the \
         account's default at its server."
            .to_owned()
    })
}

fn commit(job: &Job, state: &State, part: Part) -> Commit {
    let key = key::tid(job, part);
    Commit {
        request: write(job, state, part, &key),
        part,
        key,
        match_key: match_key(job, state, part),
        evidence: Evidence::ReadBack,
        settle_ms: SETTLE_MS,
    }
}

/// By our own files, else by what it answers, else by its words (publishing.md rule 7): servers take texts that are too long for a key.
fn match_key(job: &Job, state: &State, part: Part) -> String {
    match (attached(job, state, part).first(), parent(state, part)) {
        (Some(file), _) => format!("file:{file}"),
        (None, Some(parent)) => format!("reply:{parent}"),
        (None, None) => {
            let digest = Sha256::digest(words(job, part).as_bytes());
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("text:{hex}")
        }
    }
}

fn write(job: &Job, state: &State, part: Part, key: &str) -> Request {
    let mut body = Map::new();
    body.insert("status".into(), words(job, part).into());
    let files = attached(job, state, part);
    if !files.is_empty() {
        body.insert("media_ids".into(), files.into());
        // Unsaid, it is as the account has it.
        if let Some(SettingValue::Switch(sensitive)) = job.settings.get("sensitive") {
            body.insert("sensitive".into(), (*sensitive).into());
        }
    }
    if let Some(parent) = parent(state, part) {
        body.insert("in_reply_to_id".into(), parent.into());
    }
    if part == Part::Root
        && let Some(poll) = job.content.poll.as_ref().filter(|_| job.content.content_type == ContentType::Poll)
    {
        let seconds = u64::from(poll.duration_minutes) * 60;
        body.insert("poll".into(), json!({"options": poll.options, "expires_in": seconds}));
    }
    for (setting, field) in [("content_warning", "spoiler_text"), ("language", "language")] {
        if let Some(said) = job.setting(setting) {
            body.insert(field.into(), said.into());
        }
    }
    if let Some(visibility) = visibility(job, state, part) {
        body.insert("visibility".into(), visibility.into());
    }
    Request::post(
        format!("write the post ({part})"),
        format!("{}/api/v1/statuses", server::of(&job.account.meta)),
    )
    .bearer("access")
    .header("Idempotency-Key", key)
    .json(Value::Object(body))
}

/// Answers of ours stand in no public timeline: the root does, and leads to them (fact sheet section 3).
fn visibility<'a>(job: &'a Job, state: &'a State, part: Part) -> Option<&'a str> {
    let chosen = job.setting("visibility");
    let root = state.posts.first().map(|root| root.visibility.as_str());
    match part {
        Part::Reply(_) | Part::FirstComment if chosen.or(root) == Some("public") => Some("unlisted"),
        _ => chosen,
    }
}

/// A post needs words or something to show.
fn empty(job: &Job) -> Option<Fault> {
    let nothing = job.text.trim().is_empty() && job.parts.is_empty() && files(job).is_empty();
    nothing.then(|| {
        Fault::stop(
            FailureKind::Content,
            "mastodon.empty",
            "There is nothing to post.",
            "Write a text or add media.",
        )
    })
}
