//! Files first, each worked on by the server; then the post, and for a thread its answers, each under a derived key by which the server
//! knows a repeat for an hour (publishing.md, Mastodon).

use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::ContentType;
use postrider_provider::{
    Absorbed, Answer, AssetBody, Commit, Evidence, Fault, FilePart, Job, MediaRef, PartReceipt, Progress, Receipt, Request, Step, Val,
    Waiting,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::wire::{Attachment, Status};
use super::{error, server};
use crate::key;

/// The server stores the key after the post, so that a repeat within the same breath makes a second one.
const SETTLE_MS: i64 = 60_000;
/// How long is waited for the server's work on a file: the first time, and at most, milliseconds.
const WORK_LOOK_MS: std::ops::RangeInclusive<i64> = 1_000..=15_000;

/// A file at the server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Uploaded {
    pub id: String,
    /// Whether the server has done its work on it.
    pub ready: bool,
    /// How often it was looked at.
    #[serde(default)]
    pub looks: u32,
    /// When to look again, UTC milliseconds.
    #[serde(default)]
    pub look_at_ms: i64,
}

/// A post that stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Posted {
    pub id: String,
    pub url: Option<String>,
}

/// What is remembered between steps.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The files, in the order of [`files`].
    pub files: Vec<Uploaded>,
    /// The post, then the answers of its thread.
    pub posts: Vec<Posted>,
    /// The first comment, once written.
    pub comment: Option<Posted>,
    /// Why the first comment is missing.
    pub comment_lost: Option<String>,
}

/// The next thing to do.
#[derive(Debug, PartialEq)]
enum Action {
    Upload(usize),
    Look(usize),
    Wait(i64),
    Write(Part),
    Finish,
}

fn decide(job: &Job, state: &State) -> Action {
    if let Some(index) = state.files.iter().position(|file| !file.ready) {
        let look_at_ms = state.files[index].look_at_ms;
        return if look_at_ms > job.now_ms {
            Action::Wait(look_at_ms)
        } else {
            Action::Look(index)
        };
    }
    if state.files.len() < files(job).len() {
        return Action::Upload(state.files.len());
    }
    let written = state.posts.len();
    if written < texts(job).len() {
        return Action::Write(match u32::try_from(written) {
            Ok(0) | Err(_) => Part::Root,
            Ok(number) => Part::Reply(number),
        });
    }
    let comment_due = !job.content.first_comment.trim().is_empty() && state.comment.is_none() && state.comment_lost.is_none();
    if comment_due {
        Action::Write(Part::FirstComment)
    } else {
        Action::Finish
    }
}

/// The next step.
pub fn next(job: &Job, progress: &Progress) -> Step {
    let state: State = match progress.read() {
        Ok(state) => state,
        Err(fault) => return Step::Fail(fault),
    };
    match decide(job, &state) {
        Action::Finish => Step::Done(receipt(&state)),
        Action::Wait(until_ms) => Step::Wait {
            until_ms,
            why: Waiting::Processing,
        },
        Action::Write(part) => Step::Commit(Box::new(commit(job, &state, part))),
        Action::Upload(index) => Step::Call(upload(job, index)),
        Action::Look(index) => Step::Call(look(job, &state.files[index].id)),
    }
}

/// What the answer to the step just given means.
pub fn absorb(job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
    let mut state: State = progress.read()?;
    let mut receipt = None;
    match decide(job, &state) {
        Action::Upload(_) => {
            let uploaded: Attachment = accepted(answer, "upload the file")?;
            state.files.push(Uploaded {
                id: uploaded.id,
                // 202: accepted, the server works on it.
                ready: answer.status != 202,
                looks: 0,
                look_at_ms: answer.at_ms + WORK_LOOK_MS.start(),
            });
        }
        Action::Look(index) => {
            let ready = match answer.status {
                206 => false,
                // Nobody attached it within a day: the server has dropped it.
                404 => return Err(gone(answer)),
                _ => {
                    accepted::<Attachment>(answer, "look at the file")?;
                    true
                }
            };
            let file = &mut state.files[index];
            file.ready = ready;
            file.looks += 1;
            let pause_ms = WORK_LOOK_MS.start() << file.looks.min(10);
            file.look_at_ms = answer.at_ms + pause_ms.clamp(*WORK_LOOK_MS.start(), *WORK_LOOK_MS.end());
        }
        Action::Write(part) if answer.ok() => {
            let status: Status = accepted(answer, "write the post")?;
            receipt = Some(part_receipt(&status));
            put(
                &mut state,
                part,
                Posted {
                    id: status.id,
                    url: status.url,
                },
            );
        }
        Action::Write(Part::FirstComment) => {
            let fault = error::fault(answer);
            if fault.next != postrider_provider::Next::Stop || fault.proof == postrider_provider::Proof::Ambiguous {
                return Err(fault);
            }
            state.comment_lost = Some(fault.message);
        }
        Action::Write(_) => return Err(error::fault(answer)),
        Action::Wait(_) | Action::Finish => {}
    }
    Ok(Absorbed {
        progress: Progress::write(&state),
        receipt,
    })
}

fn accepted<T: serde::de::DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Fault> {
    if !answer.ok() {
        return Err(error::fault(answer));
    }
    serde_json::from_slice(&answer.body).map_err(|_| error::unreadable(what))
}

fn gone(answer: &Answer) -> Fault {
    error::fault(answer).next(postrider_provider::Next::Restart)
}

/// Goes on from a post that was found.
pub fn adopt(progress: &Progress, part: Part, found: &PartReceipt) -> Progress {
    let mut state: State = progress.read().unwrap_or_default();
    let posted = Posted {
        id: found.external_id.clone().unwrap_or_default(),
        url: found.permalink.clone(),
    };
    put(&mut state, part, posted);
    Progress::write(&state)
}

fn put(state: &mut State, part: Part, posted: Posted) {
    match part {
        Part::FirstComment => state.comment = Some(posted),
        Part::Root | Part::Reply(_) | Part::Thumbnail => state.posts.push(posted),
    }
}

fn receipt(state: &State) -> Receipt {
    let root = state.posts.first();
    Receipt {
        external_id: root.map(|posted| posted.id.clone()),
        permalink: root.and_then(|posted| posted.url.clone()),
        kept_private: None,
        warning: state
            .comment_lost
            .as_ref()
            .map(|why| format!("The post is published; its first comment is not. {why}")),
    }
}

/// What a post's own answer says of it.
pub fn part_receipt(status: &Status) -> PartReceipt {
    PartReceipt {
        external_id: Some(status.id.clone()),
        permalink: status.url.clone(),
    }
}

/// The words of a part as they are sent.
pub fn words(job: &Job, part: Part) -> &str {
    match part {
        Part::FirstComment => job.content.first_comment.trim(),
        Part::Reply(number) => texts(job).get(number as usize).copied().unwrap_or_default(),
        Part::Root | Part::Thumbnail => texts(job).first().copied().unwrap_or_default(),
    }
}

/// The text of every post before the comment.
fn texts(job: &Job) -> Vec<&str> {
    if job.content.content_type == ContentType::Thread {
        job.parts.iter().map(|part| part.text.as_str()).collect()
    } else {
        vec![job.text.as_str()]
    }
}

/// Every file to upload, in order: the post's own, or those of its parts.
fn files(job: &Job) -> Vec<&MediaRef> {
    match job.content.content_type {
        ContentType::Text | ContentType::Link | ContentType::Poll => Vec::new(),
        ContentType::Thread => job.parts.iter().flat_map(|part| part.media.iter()).collect(),
        _ => job.media.iter().collect(),
    }
}

/// The ids of a part's files.
pub fn attached(job: &Job, state: &State, part: Part) -> Vec<String> {
    let (from, count) = match (job.content.content_type, part) {
        (_, Part::FirstComment | Part::Thumbnail) => (0, 0),
        (ContentType::Thread, part) => {
            let index = match part {
                Part::Reply(number) => number as usize,
                _ => 0,
            };
            let before = job.parts.iter().take(index).map(|part| part.media.len()).sum();
            (before, job.parts.get(index).map_or(0, |part| part.media.len()))
        }
        _ => (0, files(job).len()),
    };
    state.files.iter().skip(from).take(count).map(|file| file.id.clone()).collect()
}

/// What a part answers.
pub fn parent<'a>(state: &'a State, part: Part) -> Option<&'a str> {
    let posted = match part {
        Part::Root | Part::Thumbnail => None,
        Part::Reply(number) => state.posts.get((number as usize).wrapping_sub(1)),
        Part::FirstComment => state.posts.first(),
    };
    posted.map(|posted| posted.id.as_str())
}

fn upload(job: &Job, index: usize) -> Request {
    let request = Request::post(
        format!("upload file {}", index + 1),
        format!("{}/api/v2/media", server::of(&job.account.meta)),
    )
    .bearer("access");
    let Some(file) = files(job).get(index).copied() else {
        return request;
    };
    let mut fields = Vec::new();
    if !file.alt_text.is_empty() {
        fields.push(("description".to_owned(), Val::from(file.alt_text.as_str())));
    }
    let ending = file.facts.mime.rsplit('/').next().unwrap_or("bin");
    let part = FilePart {
        field: "file".to_owned(),
        name: format!("file-{}.{ending}", index + 1),
        bytes: AssetBody {
            blob: file.blob.clone(),
            mime: file.facts.mime.clone(),
            total_bytes: file.facts.bytes,
            range: None,
        },
    };
    request.multipart(fields, vec![part])
}

fn look(job: &Job, id: &str) -> Request {
    Request::get("look at the file", format!("{}/api/v1/media/{id}", server::of(&job.account.meta))).bearer("access")
}

fn commit(job: &Job, state: &State, part: Part) -> Commit {
    let key = key::tid(job, part);
    // By our own files, else by what it answers, else by its words (publishing.md rule 7).
    let match_key = match (attached(job, state, part).first(), parent(state, part)) {
        (Some(file), _) => format!("file:{file}"),
        (None, Some(parent)) => format!("reply:{parent}"),
        (None, None) => format!("text:{}", words(job, part)),
    };
    Commit {
        request: write(job, state, part, &key),
        part,
        key,
        match_key,
        evidence: Evidence::ReadBack,
        settle_ms: SETTLE_MS,
    }
}

fn write(job: &Job, state: &State, part: Part, key: &str) -> Request {
    let mut body = Map::new();
    body.insert("status".into(), words(job, part).into());
    let files = attached(job, state, part);
    if !files.is_empty() {
        body.insert("media_ids".into(), files.into());
        body.insert("sensitive".into(), job.is_switched_on("sensitive").into());
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
    if let Some(visibility) = visibility(job, part) {
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

/// Answers of ours stand in no public timeline: the root does, and leads to them.
fn visibility(job: &Job, part: Part) -> Option<&str> {
    match (job.setting("visibility"), part) {
        (Some("public"), Part::Reply(_) | Part::FirstComment) => Some("unlisted"),
        (chosen, _) => chosen,
    }
}

/// A post needs words or something to show.
pub fn empty(job: &Job) -> Option<Fault> {
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
