//! Files before their post: opened, sent in segments, closed; what moves is worked on, what shows something is described. Nothing of it is
//! public, and what no post names is forgotten within a day.

use postrider_core::delivery::FailureKind;
use postrider_core::post::AssetKind;
use postrider_provider::{Answer, AssetBody, Fault, FilePart, Job, MediaRef, Request, Val};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::wire::{Media, Wrapped};
use super::{api, error};

/// Segments may have 5 MB (fact sheet section 4).
const SEGMENT_BYTES: u64 = 4 * 1024 * 1024;
/// How long processing is waited for (fact sheet section 4).
const PROCESSING_MS_MAX: i64 = 15 * 60_000;
const POLL_MS: std::ops::RangeInclusive<i64> = 1_000..=60_000;
/// X keeps a file for about a day; one that is older is uploaded anew (publishing.md, X).
const KEPT_MS_MAX: i64 = 20 * 3_600_000;

/// A file at X; without an id it is to be opened.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Upload {
    /// What a post names it by.
    pub id: String,
    /// What lists name it by.
    pub key: String,
    segments: u64,
    closed: bool,
    ready: bool,
    described: bool,
    polls: u32,
    poll_at_ms: i64,
    opened_at_ms: i64,
    closed_at_ms: i64,
    kept_ms: i64,
}

impl Upload {
    /// Whether X may have forgotten it.
    pub fn over(&self, now_ms: i64) -> bool {
        !self.id.is_empty() && now_ms - self.opened_at_ms > self.kept_ms
    }
}

/// What a file needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// An id.
    Open,
    /// The bytes of a segment.
    Append(u64),
    /// That X puts the segments together.
    Close,
    /// A look at its processing.
    Poll,
    /// Nothing before this instant, UTC milliseconds.
    Wait(i64),
    /// Its description for who cannot see it.
    Describe,
}

fn segments(file: &MediaRef) -> u64 {
    file.facts.bytes.div_ceil(SEGMENT_BYTES).max(1)
}

/// Videos take no description (fact sheet section 4).
fn describes(file: &MediaRef) -> bool {
    file.facts.kind != AssetKind::Video && !file.alt_text.trim().is_empty()
}

/// What the file needs before a post can name it; `None` once it is ready.
pub fn need(job: &Job, file: &MediaRef, upload: Option<&Upload>) -> Option<Need> {
    match upload {
        None => Some(Need::Open),
        Some(upload) if upload.id.is_empty() => Some(Need::Open),
        Some(upload) if upload.segments < segments(file) => Some(Need::Append(upload.segments)),
        Some(upload) if !upload.closed => Some(Need::Close),
        Some(upload) if !upload.ready && job.now_ms < upload.poll_at_ms => Some(Need::Wait(upload.poll_at_ms)),
        Some(upload) if !upload.ready => Some(Need::Poll),
        Some(upload) if describes(file) && !upload.described => Some(Need::Describe),
        Some(_) => None,
    }
}

fn category(file: &MediaRef) -> &'static str {
    match file.facts.kind {
        AssetKind::Video => "tweet_video",
        AssetKind::Gif => "tweet_gif",
        AssetKind::Image | AssetKind::Document => "tweet_image",
    }
}

/// The call for a need.
pub fn call(number: usize, file: &MediaRef, upload: Option<&Upload>, need: Need) -> Request {
    let number = number + 1;
    let id = upload.map_or("", |upload| upload.id.as_str());
    let request = match need {
        Need::Open => Request::post(format!("open upload {number}"), api("media/upload/initialize")).json(json!({
            "media_type": file.facts.mime,
            "total_bytes": file.facts.bytes,
            "media_category": category(file),
        })),
        Need::Append(segment) => append(number, file, id, segment),
        Need::Close => Request::post(format!("close upload {number}"), api(&format!("media/upload/{id}/finalize"))),
        Need::Poll | Need::Wait(_) => Request::get(format!("look at upload {number}"), api("media/upload"))
            .query("command", "STATUS")
            .query("media_id", id),
        Need::Describe => Request::post(format!("describe upload {number}"), api("media/metadata"))
            .json(json!({"id": id, "metadata": {"alt_text": {"text": file.alt_text.trim()}}})),
    };
    request.bearer("access")
}

/// A segment may be sent again under its number.
fn append(number: usize, file: &MediaRef, id: &str, segment: u64) -> Request {
    let first = segment * SEGMENT_BYTES;
    let end = (first + SEGMENT_BYTES).min(file.facts.bytes);
    let part = FilePart {
        field: "media".to_owned(),
        name: "segment".to_owned(),
        bytes: AssetBody {
            blob: file.blob.clone(),
            mime: "application/octet-stream".to_owned(),
            total_bytes: file.facts.bytes,
            range: Some(first..end).filter(|_| segments(file) > 1),
        },
    };
    let label = format!("upload file {number}, segment {}", segment + 1);
    Request::post(label, api(&format!("media/upload/{id}/append")))
        .multipart(vec![("segment_index".to_owned(), Val::from(segment.to_string()))], vec![part])
}

/// What the answer to a need's call means.
pub fn absorb(job: &Job, upload: Option<&Upload>, need: Need, answer: &Answer) -> Result<Upload, Fault> {
    let mut upload = upload.cloned().unwrap_or_default();
    if !answer.ok() {
        return Err(error::of_upload(answer));
    }
    match need {
        Need::Open => upload = opened(job, answer)?,
        Need::Append(segment) => upload.segments = segment + 1,
        Need::Close => {
            upload.closed = true;
            upload.closed_at_ms = job.now_ms;
            worked_on(job, &mut upload, answer, "close the upload")?;
        }
        Need::Poll | Need::Wait(_) => worked_on(job, &mut upload, answer, "look at the upload")?,
        Need::Describe => upload.described = true,
    }
    Ok(upload)
}

fn media(answer: &Answer, what: &str) -> Result<Media, Fault> {
    let wrapped: Result<Wrapped<Media>, _> = serde_json::from_slice(&answer.body);
    wrapped.map(|wrapped| wrapped.data).map_err(|_| error::unreadable(what))
}

fn opened(job: &Job, answer: &Answer) -> Result<Upload, Fault> {
    let media = media(answer, "open the upload")?;
    if media.id.is_empty() {
        return Err(error::unreadable("open the upload"));
    }
    let said_ms = media
        .expires_after_secs
        .map_or(KEPT_MS_MAX, |seconds| seconds.saturating_mul(1_000));
    Ok(Upload {
        id: media.id,
        key: media.media_key,
        opened_at_ms: job.now_ms,
        kept_ms: said_ms.min(KEPT_MS_MAX),
        ..Upload::default()
    })
}

/// Where the work on a file stands; nothing said of it means that there is none (left).
fn worked_on(job: &Job, upload: &mut Upload, answer: &Answer, what: &str) -> Result<(), Fault> {
    let Some(work) = media(answer, what)?.processing_info else {
        upload.ready = true;
        return Ok(());
    };
    match work.state.as_str() {
        "succeeded" => upload.ready = true,
        "failed" => {
            return Err(Fault::stop(
                FailureKind::Content,
                "x.media_failed",
                format!("X could not process the file. {}", work.error.message).trim().to_owned(),
                "Use another file: an MP4 with H.264 of at most 140 seconds, or a smaller GIF.",
            ));
        }
        _ if job.now_ms - upload.closed_at_ms > PROCESSING_MS_MAX => {
            return Err(Fault::stop(
                FailureKind::Outage,
                "x.processing",
                "X did not finish processing the file within a quarter of an hour.",
                "Retry, or use another file.",
            ));
        }
        _ => {
            let said_ms = work.check_after_secs.unwrap_or_default().saturating_mul(1_000);
            let least_ms = POLL_MS.start() << upload.polls.min(3);
            let pause_ms = said_ms.clamp(least_ms, *POLL_MS.end());
            upload.polls += 1;
            upload.poll_at_ms = job.now_ms.max(answer.at_ms) + pause_ms;
        }
    }
    Ok(())
}
