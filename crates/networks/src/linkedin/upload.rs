//! Files of a post: a URN is asked for, the bytes are put to the addresses that come with it, a video is closed, and its
//! processing is waited for. Nothing of it is public.

use postrider_core::delivery::FailureKind;
use postrider_core::post::{AssetKind, ContentType};
use postrider_provider::{Answer, AssetBody, Fault, Job, MediaRef, Method, Request};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::wire::{Initialized, Instruction, MediaState};
use super::{auth, error, rest};

/// How long processing is waited for before the upload counts as failed.
const PROCESSING_MS_MAX: i64 = 60 * 60_000;
const POLL_MS_MAX: i64 = 30_000;

/// One file at LinkedIn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Upload {
    /// What it is called there.
    pub urn: String,
    parts: Vec<Instruction>,
    token: String,
    /// What each part put so far was answered.
    etags: Vec<String>,
    closed: bool,
    ready: bool,
    polls: u32,
    poll_at_ms: i64,
    put_at_ms: i64,
}

/// What a file needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A URN.
    Open,
    /// The bytes of a part.
    Put(usize),
    /// That LinkedIn puts the parts together.
    Close,
    /// A look at its processing.
    Poll,
    /// Nothing before this instant, UTC milliseconds.
    Wait(i64),
}

/// Every file to upload: the media, or the picture of a link card. A text or a poll shows none.
pub fn files(job: &Job) -> Vec<&MediaRef> {
    match job.content.content_type {
        ContentType::Text | ContentType::Poll => Vec::new(),
        ContentType::Link => job.link_image.iter().collect(),
        _ => job.media.iter().collect(),
    }
}

/// What a file needs before the post can name it; `None` once it is ready.
pub fn need(job: &Job, file: &MediaRef, upload: Option<&Upload>) -> Option<Need> {
    let Some(upload) = upload else {
        return Some(Need::Open);
    };
    if upload.etags.len() < upload.parts.len() {
        return Some(Need::Put(upload.etags.len()));
    }
    if kind(file) == VIDEO && !upload.closed {
        return Some(Need::Close);
    }
    if upload.ready || !readable(job, file) {
        return None;
    }
    Some(if job.now_ms < upload.poll_at_ms {
        Need::Wait(upload.poll_at_ms)
    } else {
        Need::Poll
    })
}

/// The call for a need.
pub fn call(job: &Job, index: usize, file: &MediaRef, upload: Option<&Upload>, need: Need) -> Request {
    let number = index + 1;
    let kind = kind(file);
    let fallback = Upload::default();
    let upload = upload.unwrap_or(&fallback);
    match need {
        Need::Open => {
            let mut ask = json!({"owner": job.account.external_id});
            if kind == VIDEO {
                ask["fileSizeBytes"] = file.facts.bytes.into();
                ask["uploadCaptions"] = false.into();
                ask["uploadThumbnail"] = false.into();
            }
            rest::call(
                &job.app,
                Method::Post,
                format!("open upload {number}"),
                &format!("{}?action=initializeUpload", kind.resource),
            )
            .json(json!({"initializeUploadRequest": ask}))
        }
        Need::Put(part) => put(number, kind, file, upload.parts.get(part)),
        Need::Close => rest::call(
            &job.app,
            Method::Post,
            format!("close upload {number}"),
            "videos?action=finalizeUpload",
        )
        .json(json!({
            "finalizeUploadRequest": {"video": upload.urn, "uploadToken": upload.token, "uploadedPartIds": upload.etags}
        })),
        Need::Poll | Need::Wait(_) => rest::call(
            &job.app,
            Method::Get,
            format!("look at upload {number}"),
            &format!("{}/{}", kind.resource, rest::encoded(&upload.urn)),
        ),
    }
}

/// What the answer to a need's call means.
pub fn absorb(job: &Job, file: &MediaRef, upload: Option<&Upload>, need: Need, answer: &Answer) -> Result<Upload, Fault> {
    let mut upload = upload.cloned().unwrap_or_default();
    let hidden = answer.status == 403 && need == Need::Poll;
    if !answer.ok() && !hidden {
        return Err(error::fault(answer));
    }
    match need {
        Need::Open => upload = opened(file, answer)?,
        Need::Put(_) => {
            let etag = answer.header("etag").unwrap_or_default().trim_matches('"').to_owned();
            upload.etags.push(etag);
            upload.put_at_ms = job.now_ms;
        }
        Need::Close => upload.closed = true,
        // A token without the right to read files may post them all the same.
        Need::Poll if hidden => upload.ready = true,
        Need::Poll | Need::Wait(_) => looked(job, &mut upload, answer)?,
    }
    Ok(upload)
}

fn looked(job: &Job, upload: &mut Upload, answer: &Answer) -> Result<(), Fault> {
    let state: MediaState = serde_json::from_slice(&answer.body).map_err(|_| error::unreadable("look at the upload"))?;
    match state.status.as_str() {
        "AVAILABLE" => upload.ready = true,
        "PROCESSING_FAILED" => {
            let why = state.processing_failure_reason.unwrap_or_default();
            return Err(Fault::stop(
                FailureKind::Content,
                "linkedin.media_failed",
                format!("LinkedIn could not process the media. {why}").trim().to_owned(),
                "Use another file.",
            ));
        }
        _ if job.now_ms - upload.put_at_ms > PROCESSING_MS_MAX => {
            return Err(Fault::stop(
                FailureKind::Outage,
                "linkedin.processing",
                "LinkedIn did not finish processing the media within an hour.",
                "Retry, or use another file.",
            ));
        }
        _ => {
            let delay_ms = (2_000_i64 << upload.polls.min(4)).min(POLL_MS_MAX);
            upload.polls += 1;
            upload.poll_at_ms = job.now_ms.max(answer.at_ms) + delay_ms;
        }
    }
    Ok(())
}

fn opened(file: &MediaRef, answer: &Answer) -> Result<Upload, Fault> {
    let unreadable = || error::unreadable("open the upload");
    let Initialized { value } = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
    let mut parts = value.upload_instructions;
    if let Some(url) = value.upload_url {
        parts.push(Instruction {
            upload_url: url,
            first_byte: 0,
            last_byte: file.facts.bytes.saturating_sub(1),
        });
    }
    let in_range = |part: &Instruction| part.first_byte <= part.last_byte && part.last_byte < file.facts.bytes.max(1);
    if parts.is_empty() || !parts.iter().all(in_range) {
        return Err(unreadable());
    }
    Ok(Upload {
        urn: value.urn,
        parts,
        token: value.upload_token,
        ..Upload::default()
    })
}

fn put(number: usize, kind: &Kind, file: &MediaRef, part: Option<&Instruction>) -> Request {
    let url = part.map_or("", |part| part.upload_url.as_str());
    let whole = part.is_none_or(|part| part.last_byte - part.first_byte + 1 == file.facts.bytes);
    let range = part.filter(|_| !whole).map(|part| part.first_byte..part.last_byte + 1);
    let request = Request::new(format!("upload file {number}"), Method::Put, url).asset(AssetBody {
        blob: file.blob.clone(),
        mime: if kind == VIDEO {
            "application/octet-stream".to_owned()
        } else {
            file.facts.mime.clone()
        },
        total_bytes: file.facts.bytes,
        range,
    });
    // The parts of a video must come without who asks; a picture or document must come with it.
    if kind == VIDEO { request } else { request.bearer("access") }
}

/// What is read of a file: a profile's token from the self-serve products sees videos only.
fn readable(job: &Job, file: &MediaRef) -> bool {
    job.account.variant == auth::PAGES || kind(file) == VIDEO
}

#[derive(Debug, PartialEq, Eq)]
struct Kind {
    resource: &'static str,
}

const IMAGE: &Kind = &Kind { resource: "images" };
const VIDEO: &Kind = &Kind { resource: "videos" };
const DOCUMENT: &Kind = &Kind { resource: "documents" };

fn kind(file: &MediaRef) -> &'static Kind {
    match file.facts.kind {
        AssetKind::Image | AssetKind::Gif => IMAGE,
        AssetKind::Video => VIDEO,
        AssetKind::Document => DOCUMENT,
    }
}

/// The `content` of a post that shows these files.
pub fn content(job: &Job, uploads: &[Upload]) -> Option<Value> {
    let urns: Vec<&str> = uploads.iter().map(|upload| upload.urn.as_str()).collect();
    let title = if job.content.title.is_empty() {
        None
    } else {
        Some(job.content.title.as_str())
    };
    match (files(job).as_slice(), urns.as_slice()) {
        ([file], [urn]) => Some(match file.facts.kind {
            AssetKind::Image | AssetKind::Gif => json!({"media": with_alt(json!({"id": urn}), file)}),
            AssetKind::Video => match title {
                Some(title) => json!({"media": {"id": urn, "title": title}}),
                None => json!({"media": {"id": urn}}),
            },
            AssetKind::Document => json!({"media": {"id": urn, "title": title.unwrap_or("Document")}}),
        }),
        (files, urns) if urns.len() > 1 => {
            let images: Vec<Value> = files
                .iter()
                .zip(urns)
                .map(|(file, urn)| with_alt(json!({"id": urn}), file))
                .collect();
            Some(json!({"multiImage": {"images": images}}))
        }
        _ => None,
    }
}

fn with_alt(mut entry: Value, file: &MediaRef) -> Value {
    if !file.alt_text.is_empty() {
        entry["altText"] = file.alt_text.as_str().into();
    }
    entry
}
