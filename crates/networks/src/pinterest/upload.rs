//! A video before its Pin: registered, sent to the address that comes with it as one form, its processing waited for. Nothing of it is
//! public, and what no Pin names is forgotten.

use std::collections::BTreeMap;

use postrider_core::delivery::FailureKind;
use postrider_provider::{Answer, AssetBody, Fault, FilePart, Job, MediaRef, Request, Val};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::wire::{MediaState, Registered};
use super::{api, error};

/// How long processing is waited for (fact sheet section 3).
const PROCESSING_MS_MAX: i64 = 30 * 60_000;
/// The form cannot be sent in parts: a large file is given the time that it takes at this pace, one megabyte a second.
const BYTES_A_MS: u64 = 1_000;
const POLL_MS_MIN: i64 = 5_000;
const POLL_MS_MAX: i64 = 60_000;

/// A video at Pinterest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Upload {
    /// What it is called there.
    pub media_id: String,
    url: String,
    /// What the form says beside the file; it holds for this upload alone.
    parameters: BTreeMap<String, String>,
    sent: bool,
    ready: bool,
    polls: u32,
    poll_at_ms: i64,
    sent_at_ms: i64,
}

/// What a video needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A name and an address.
    Register,
    /// Its bytes.
    Send,
    /// A look at its processing.
    Poll,
    /// Nothing before this instant, UTC milliseconds.
    Wait(i64),
}

/// What the video needs before a Pin can name it; `None` once it is ready.
pub fn need(job: &Job, upload: Option<&Upload>) -> Option<Need> {
    match upload {
        None => Some(Need::Register),
        Some(upload) if !upload.sent => Some(Need::Send),
        Some(upload) if upload.ready => None,
        Some(upload) if job.now_ms < upload.poll_at_ms => Some(Need::Wait(upload.poll_at_ms)),
        Some(_) => Some(Need::Poll),
    }
}

/// The call for a need.
pub fn call(file: &MediaRef, upload: Option<&Upload>, need: Need) -> Request {
    let fallback = Upload::default();
    let upload = upload.unwrap_or(&fallback);
    match need {
        Need::Register => Request::post("register the video", api("media"))
            .json(json!({"media_type": "video"}))
            .bearer("access"),
        Need::Send => send(file, upload),
        Need::Poll | Need::Wait(_) => Request::get("look at the video", api(&format!("media/{}", upload.media_id))).bearer("access"),
    }
}

/// The form of the upload's own host: the file must be its last part, and it must not be told who asks.
fn send(file: &MediaRef, upload: &Upload) -> Request {
    let fields = upload
        .parameters
        .iter()
        .map(|(name, value)| (name.clone(), Val::from(value.as_str())));
    let body = AssetBody {
        blob: file.blob.clone(),
        mime: file.facts.mime.clone(),
        total_bytes: file.facts.bytes,
        range: None,
    };
    let bytes = file.facts.bytes;
    let file = FilePart {
        field: "file".to_owned(),
        name: "video".to_owned(),
        bytes: body,
    };
    let mut request = Request::post("upload the video", upload.url.as_str()).multipart(fields.collect(), vec![file]);
    request.budget_ms = request.budget_ms.max(bytes / BYTES_A_MS);
    request
}

/// What the answer to a need's call means.
pub fn absorb(job: &Job, upload: Option<&Upload>, need: Need, answer: &Answer) -> Result<Upload, Fault> {
    let mut upload = upload.cloned().unwrap_or_default();
    if !answer.ok() {
        return Err(if need == Need::Send {
            error::of_upload(answer)
        } else {
            error::fault(answer)
        });
    }
    match need {
        Need::Register => {
            let registered: Registered = serde_json::from_slice(&answer.body).map_err(|_| error::unreadable("register the video"))?;
            if registered.upload_url.is_empty() {
                return Err(error::unreadable("register the video"));
            }
            upload.media_id = registered.media_id;
            upload.url = registered.upload_url;
            upload.parameters = registered.upload_parameters;
        }
        Need::Send => {
            upload.sent = true;
            upload.sent_at_ms = job.now_ms;
            // They are of no more use, and are not to lie in the database.
            upload.url.clear();
            upload.parameters.clear();
        }
        Need::Poll | Need::Wait(_) => looked(job, &mut upload, answer)?,
    }
    Ok(upload)
}

fn looked(job: &Job, upload: &mut Upload, answer: &Answer) -> Result<(), Fault> {
    let state: MediaState = serde_json::from_slice(&answer.body).map_err(|_| error::unreadable("look at the video"))?;
    match state.status.as_str() {
        "succeeded" => upload.ready = true,
        "failed" => {
            return Err(Fault::stop(
                FailureKind::Content,
                "pinterest.media_failed",
                "Pinterest could not process the video.",
                "Use another file: an MP4 with H.264, of 4 seconds to 15 minutes.",
            ));
        }
        _ if job.now_ms - upload.sent_at_ms > PROCESSING_MS_MAX => {
            return Err(Fault::stop(
                FailureKind::Outage,
                "pinterest.processing",
                "Pinterest did not finish processing the video within half an hour.",
                "Retry, or use another file.",
            ));
        }
        _ => {
            let pause_ms = (POLL_MS_MIN << upload.polls.min(4)).min(POLL_MS_MAX);
            upload.polls += 1;
            upload.poll_at_ms = job.now_ms.max(answer.at_ms) + pause_ms;
        }
    }
    Ok(())
}
