//! A post is one record, a thread a chain of them. The write carries a derived key and "only if nothing is there", so
//! that sending it again is harmless (publishing.md, Bluesky).

use std::collections::BTreeMap;

use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::{AssetKind, ContentType};
use postrider_provider::{
    Absorbed, Answer, AssetBody, Commit, Evidence, Fault, Finding, IntentView, Job, MediaRef, PartReceipt, Probe, Progress, Receipt,
    Request, Step,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::wire::{Resolved, StrongRef, Uploaded};
use super::{error, facets, xrpc};
use crate::key;

const COLLECTION: &str = "app.bsky.feed.post";
/// A link card's picture is left out beyond this (lexicon `app.bsky.embed.external`); the card stands without it.
const THUMB_BYTES_MAX: u64 = 1_000_000;
/// The write and its read-back are answered by the same server; nothing lags.
const SETTLE_MS: i64 = 60_000;

/// In how many generations a lost database is looked for: each further one took a person's act.
const GENERATIONS: u32 = 4;

/// What is remembered between steps.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// Mentioned handles and who they are; `None` for a handle that leads nowhere.
    mentions: BTreeMap<String, Option<String>>,
    /// What the server said of each uploaded file, in the order of [`files`].
    blobs: Vec<Value>,
    /// The records written so far: the post, then the answers of its thread.
    records: Vec<StrongRef>,
    /// The first comment, once written.
    comment: Option<StrongRef>,
    /// Why the first comment is missing.
    comment_lost: Option<String>,
}

/// The next thing to do.
#[derive(Debug, PartialEq)]
enum Action {
    Resolve(String),
    Upload(usize),
    /// A record was found by its address alone, and the next one must name its content.
    ReadRecord(usize),
    Write(Part),
    Finish,
}

fn decide(job: &Job, state: &State) -> Action {
    if let Some(handle) = unresolved(job, state) {
        return Action::Resolve(handle);
    }
    let written = state.records.len();
    // What was found to stand needs no file any more.
    if written < texts(job).len() && state.blobs.len() < files(job).len() {
        return Action::Upload(state.blobs.len());
    }
    let comment_due = !job.content.first_comment.trim().is_empty() && state.comment.is_none() && state.comment_lost.is_none();
    if written < texts(job).len() || comment_due {
        if let Some(index) = state.records.iter().position(|record| record.cid.is_empty()) {
            return Action::ReadRecord(index);
        }
        return Action::Write(match u32::try_from(written) {
            _ if written >= texts(job).len() => Part::FirstComment,
            Ok(0) | Err(_) => Part::Root,
            Ok(n) => Part::Reply(n),
        });
    }
    Action::Finish
}

/// The next step.
pub fn next(job: &Job, progress: &Progress) -> Step {
    let state: State = match progress.read() {
        Ok(state) => state,
        Err(fault) => return Step::Fail(fault),
    };
    match decide(job, &state) {
        Action::Finish => Step::Done(receipt(job, &state)),
        Action::Write(part) => Step::Commit(Box::new(commit(job, &state, part))),
        action => Step::Call(call(job, &state, &action)),
    }
}

/// What the answer to the step just given means.
pub fn absorb(job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
    let mut state: State = progress.read()?;
    let mut receipt = None;
    match decide(job, &state) {
        Action::Resolve(handle) => {
            let did = match answer.status {
                200 => Some(
                    serde_json::from_slice::<Resolved>(&answer.body)
                        .map_err(|_| error::unreadable("resolve handle"))?
                        .did,
                ),
                400 | 404 if answer.json()["error"] != "ExpiredToken" => None,
                _ => return Err(error::fault(answer)),
            };
            state.mentions.insert(handle, did);
        }
        Action::Upload(_) => {
            refuse(answer)?;
            let uploaded: Uploaded = serde_json::from_slice(&answer.body).map_err(|_| error::unreadable("upload"))?;
            state.blobs.push(uploaded.blob);
        }
        Action::ReadRecord(index) => {
            refuse(answer)?;
            let record: StrongRef = serde_json::from_slice(&answer.body).map_err(|_| error::unreadable("read the record"))?;
            if let Some(slot) = state.records.get_mut(index) {
                *slot = record;
            }
        }
        Action::Write(part) if answer.ok() => {
            let record: StrongRef = serde_json::from_slice(&answer.body).map_err(|_| error::unreadable("write the post"))?;
            receipt = Some(part_receipt(job, &record.uri));
            put(&mut state, part, record);
        }
        Action::Write(Part::FirstComment) => {
            let fault = error::fault(answer);
            if fault.next != postrider_provider::Next::Stop || fault.proof == postrider_provider::Proof::Ambiguous {
                return Err(fault);
            }
            state.comment_lost = Some(fault.message);
        }
        Action::Write(_) => return Err(error::fault(answer)),
        Action::Finish => {}
    }
    Ok(Absorbed {
        progress: Progress::write(&state),
        receipt,
    })
}

/// Reads the record under the key that the commit carried. Where another database may have made it, the keys are derived: whoever made
/// the record, it is under the one of a generation from the present one on.
pub fn probe(job: &Job, intent: &IntentView, answers: &[Answer]) -> Probe {
    let keys: Vec<String> = if intent.remembered && !intent.unseen {
        vec![intent.key.clone()]
    } else {
        let generations = job.generation..job.generation + GENERATIONS;
        generations
            .map(|generation| key::tid_of_generation(job, intent.part, generation))
            .collect()
    };
    let Some(answer) = answers.last() else {
        return Probe::Call(get_record(job, &keys[0]));
    };
    if answer.ok() {
        return Probe::Finding(match answer.json()["uri"].as_str() {
            Some(uri) => Finding::Found(part_receipt(job, uri)),
            None => Finding::Unknown("The server's answer cannot be read.".to_owned()),
        });
    }
    let absent = answer.status == 400 && answer.json()["error"] == "RecordNotFound";
    if let Some(key) = keys.get(answers.len()).filter(|_| absent) {
        return Probe::Call(get_record(job, key));
    }
    Probe::Finding(if absent {
        Finding::AbsentByFence
    } else {
        error::fault(answer).finding()
    })
}

/// Goes on from a record that was found.
pub fn adopt(progress: &Progress, part: Part, found: &PartReceipt) -> Progress {
    let mut state: State = progress.read().unwrap_or_default();
    let record = StrongRef {
        uri: found.external_id.clone().unwrap_or_default(),
        cid: String::new(),
    };
    put(&mut state, part, record);
    Progress::write(&state)
}

fn put(state: &mut State, part: Part, record: StrongRef) {
    match part {
        Part::FirstComment => state.comment = Some(record),
        Part::Root | Part::Reply(_) | Part::Thumbnail => state.records.push(record),
    }
}

fn refuse(answer: &Answer) -> Result<(), Fault> {
    if answer.ok() { Ok(()) } else { Err(error::fault(answer)) }
}

fn receipt(job: &Job, state: &State) -> Receipt {
    let uri = state.records.first().map(|record| record.uri.clone());
    Receipt {
        permalink: uri.as_deref().map(|uri| permalink(job, uri)),
        external_id: uri,
        kept_private: None,
        warning: state
            .comment_lost
            .as_ref()
            .map(|why| format!("The post is published; its first comment is not. {why}")),
    }
}

fn part_receipt(job: &Job, uri: &str) -> PartReceipt {
    PartReceipt {
        external_id: Some(uri.to_owned()),
        permalink: Some(permalink(job, uri)),
    }
}

/// By DID, as a handle can change.
fn permalink(job: &Job, uri: &str) -> String {
    let rkey = uri.rsplit('/').next().unwrap_or_default();
    format!("https://bsky.app/profile/{}/post/{rkey}", job.account.external_id)
}

/// The text of every record before the comment.
fn texts(job: &Job) -> Vec<&str> {
    if job.content.content_type == ContentType::Thread {
        job.parts.iter().map(|part| part.text.as_str()).collect()
    } else {
        vec![job.text.as_str()]
    }
}

/// Every file to upload: the media of the post or of its parts in order, then the picture of the link card.
fn files(job: &Job) -> Vec<&MediaRef> {
    media(job)
        .iter()
        .chain(job.parts.iter().flat_map(|part| part.media.iter()))
        .chain(thumb(job))
        .collect()
}

/// The media that stands in the post itself; a text shows none.
fn media(job: &Job) -> &[MediaRef] {
    match job.content.content_type {
        ContentType::Text | ContentType::Link | ContentType::Thread => &[],
        _ => &job.media,
    }
}

/// The picture of the link card, where the lexicon takes it.
fn thumb(job: &Job) -> Option<&MediaRef> {
    job.link_image
        .as_ref()
        .filter(|image| job.content.content_type == ContentType::Link && image.facts.bytes <= THUMB_BYTES_MAX)
}

fn unresolved(job: &Job, state: &State) -> Option<String> {
    texts(job)
        .into_iter()
        .chain([job.content.first_comment.as_str()])
        .flat_map(facets::found)
        .find_map(|(_, meaning)| match meaning {
            facets::Meaning::Mention(handle) if !state.mentions.contains_key(&handle) => Some(handle),
            _ => None,
        })
}

fn call(job: &Job, state: &State, action: &Action) -> Request {
    let pds = xrpc::base(&job.account.meta);
    match action {
        Action::Resolve(handle) => {
            xrpc::get(&pds, "com.atproto.identity.resolveHandle", &format!("resolve @{handle}")).query("handle", handle.as_str())
        }
        Action::ReadRecord(index) => {
            let uri = state.records.get(*index).map_or("", |record| record.uri.as_str());
            get_record(job, uri.rsplit('/').next().unwrap_or_default())
        }
        Action::Upload(index) => {
            let request = xrpc::post(&pds, "com.atproto.repo.uploadBlob", &format!("upload file {}", index + 1));
            let request = xrpc::signed(request, &job.account.variant);
            match files(job).get(*index) {
                Some(file) => request.asset(AssetBody {
                    blob: file.blob.clone(),
                    mime: file.facts.mime.clone(),
                    total_bytes: file.facts.bytes,
                    range: None,
                }),
                None => request,
            }
        }
        Action::Write(part) => put_record(job, state, *part),
        Action::Finish => get_record(job, &key::tid(job, Part::Root)),
    }
}

fn get_record(job: &Job, rkey: &str) -> Request {
    let request = xrpc::get(&xrpc::base(&job.account.meta), "com.atproto.repo.getRecord", "read the record")
        .query("repo", job.account.external_id.as_str())
        .query("collection", COLLECTION)
        .query("rkey", rkey);
    xrpc::signed(request, &job.account.variant)
}

fn commit(job: &Job, state: &State, part: Part) -> Commit {
    let key = key::tid(job, part);
    Commit {
        request: put_record(job, state, part),
        part,
        match_key: key.clone(),
        key,
        evidence: Evidence::Fenced,
        settle_ms: SETTLE_MS,
    }
}

fn put_record(job: &Job, state: &State, part: Part) -> Request {
    let request = xrpc::post(
        &xrpc::base(&job.account.meta),
        "com.atproto.repo.putRecord",
        &format!("write the post ({part})"),
    );
    xrpc::signed(request, &job.account.variant).json(json!({
        "repo": job.account.external_id,
        "collection": COLLECTION,
        "rkey": key::tid(job, part),
        "validate": true,
        "swapRecord": null,
        "record": record(job, state, part),
    }))
}

/// The same for every attempt: its time is the post's instant, so that equal content has an equal address.
fn record(job: &Job, state: &State, part: Part) -> Value {
    let index = match part {
        Part::Reply(n) => n as usize,
        Part::Root | Part::FirstComment | Part::Thumbnail => 0,
    };
    let text = match part {
        Part::FirstComment => job.content.first_comment.trim(),
        _ => texts(job).get(index).copied().unwrap_or_default(),
    };
    let mut record = Map::new();
    record.insert("$type".into(), COLLECTION.into());
    record.insert("text".into(), text.into());
    record.insert("createdAt".into(), instant(job.due_at_ms).into());
    let facets = facets::facets(text, &state.mentions);
    if !facets.is_empty() {
        record.insert("facets".into(), facets.into());
    }
    if part != Part::FirstComment
        && let Some(embed) = embed(job, state, index)
    {
        record.insert("embed".into(), embed);
    }
    let parent = match part {
        Part::Root | Part::Thumbnail => None,
        Part::Reply(_) => state.records.get(index.wrapping_sub(1)),
        Part::FirstComment => state.records.first(),
    };
    if let (Some(root), Some(parent)) = (state.records.first(), parent) {
        record.insert("reply".into(), json!({"root": root, "parent": parent}));
    }
    Value::Object(record)
}

fn instant(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |instant| format!("{instant:.3}"))
}

fn embed(job: &Job, state: &State, part: usize) -> Option<Value> {
    let content_type = job.content.content_type;
    if content_type == ContentType::Link {
        return link_card(job, state);
    }
    let (first, media) = if content_type == ContentType::Thread {
        let before = job.parts.iter().take(part).map(|part| part.media.len()).sum();
        (before, job.parts.get(part)?.media.as_slice())
    } else {
        (0, media(job))
    };
    let head = media.first()?;
    if head.facts.kind == AssetKind::Video {
        let mut video = Map::new();
        video.insert("$type".into(), "app.bsky.embed.video".into());
        video.insert("video".into(), state.blobs.get(first)?.clone());
        video.insert("alt".into(), head.alt_text.as_str().into());
        if content_type == ContentType::Gif {
            video.insert("presentation".into(), "gif".into());
        }
        insert_ratio(&mut video, head);
        return Some(Value::Object(video));
    }
    let images: Vec<Value> = media
        .iter()
        .zip(state.blobs.iter().skip(first))
        .map(|(image, blob)| {
            let mut entry = Map::new();
            entry.insert("image".into(), blob.clone());
            entry.insert("alt".into(), image.alt_text.as_str().into());
            insert_ratio(&mut entry, image);
            Value::Object(entry)
        })
        .collect();
    Some(json!({"$type": "app.bsky.embed.images", "images": images}))
}

fn insert_ratio(entry: &mut Map<String, Value>, media: &MediaRef) {
    if let (Some(width), Some(height)) = (media.facts.width, media.facts.height) {
        entry.insert("aspectRatio".into(), json!({"width": width, "height": height}));
    }
}

fn link_card(job: &Job, state: &State) -> Option<Value> {
    let link = job.content.link.as_ref()?;
    let mut external = Map::new();
    external.insert("uri".into(), link.url.as_str().into());
    let title = if link.title.is_empty() { &link.url } else { &link.title };
    external.insert("title".into(), title.as_str().into());
    external.insert("description".into(), link.description.as_str().into());
    if thumb(job).is_some()
        && let Some(thumb) = state.blobs.last()
    {
        external.insert("thumb".into(), thumb.clone());
    }
    Some(json!({"$type": "app.bsky.embed.external", "external": external}))
}

/// A post needs words or something to show.
pub fn empty(job: &Job) -> Option<Fault> {
    let nothing = job.text.trim().is_empty() && job.parts.is_empty() && job.media.is_empty() && job.content.link.is_none();
    nothing.then(|| {
        Fault::stop(
            FailureKind::Content,
            "bluesky.empty",
            "There is nothing to post.",
            "Write a text or add media.",
        )
    })
}
