//! A file goes to an address of its own, piece by piece and in order. YouTube says how much of it came, so that nothing is sent twice; with
//! the last byte the address names the video, now and whenever it is asked again.

use postrider_provider::{Answer, AssetBody, Fault, Job, MediaRef, Method, Proof, Request};
use serde::{Deserialize, Serialize};

use super::error;
use super::wire::Video;

/// How much is sent at once: a multiple of 262,144 bytes, as all but the last piece must be.
const PIECE_BYTES: u64 = 64 * 262_144;
/// After a pause of this length a piece may be on its way whose answer was lost: YouTube is asked what came.
const PAUSE_MS_MAX: i64 = 20_000;
/// What the keys of uploads begin with.
const KEY: &str = "upload:";

/// A file on its way to YouTube.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Upload {
    url: String,
    bytes: u64,
    /// How much came, as YouTube says.
    came: u64,
    /// What came is not known.
    lost: bool,
    /// A piece was refused without a reason, and nothing was taken since.
    refused: bool,
    told_at_ms: i64,
    pub opened_at_ms: i64,
}

/// Whether a key is that of an upload.
pub fn is_key(key: &str) -> bool {
    key.starts_with(KEY)
}

/// What an answer of the upload's address says.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// It goes on.
    Onward,
    /// All of it came: the id of the video.
    Whole(String),
    /// The address does not hold any more.
    Over,
}

impl Upload {
    /// Whether the next piece is the last.
    pub fn is_at_its_end(&self) -> bool {
        self.came + PIECE_BYTES >= self.bytes
    }

    /// What a call with the last piece is looked for by: one address makes one video, however often it is sent to.
    pub fn key(&self) -> String {
        format!("{KEY}{}", self.opened_at_ms)
    }

    /// Whether the last answer leaves open what came.
    pub const fn is_lost(&self) -> bool {
        self.lost
    }

    /// Whether YouTube is to be asked what came, before anything more is sent.
    pub fn is_in_doubt(&self, job: &Job) -> bool {
        self.lost || job.now_ms - self.told_at_ms > PAUSE_MS_MAX
    }
}

/// Takes the address that the file goes to.
pub fn opened(job: &Job, file: &MediaRef, answer: &Answer) -> Result<Upload, Fault> {
    if !answer.ok() {
        return Err(error::fault(answer));
    }
    let url = answer.header("location").filter(|url| !url.is_empty());
    let url = url.ok_or_else(|| error::unreadable("ask for an upload"))?;
    let now_ms = job.now_ms.max(answer.at_ms);
    Ok(Upload {
        url: url.to_owned(),
        bytes: file.facts.bytes,
        told_at_ms: now_ms,
        opened_at_ms: job.now_ms,
        ..Upload::default()
    })
}

/// The call for the next piece.
pub fn put(file: &MediaRef, upload: &Upload) -> Request {
    let end = (upload.came + PIECE_BYTES).min(upload.bytes);
    let label = match (upload.came, end) {
        (0, end) if end == upload.bytes => "upload the video".to_owned(),
        (from, _) => format!("upload the video from byte {from}"),
    };
    Request::new(label, Method::Put, upload.url.as_str())
        .bearer("access")
        .header(
            "Content-Range",
            format!("bytes {}-{}/{}", upload.came, end.saturating_sub(1), upload.bytes),
        )
        .asset(AssetBody {
            blob: file.blob.clone(),
            mime: file.facts.mime.clone(),
            total_bytes: file.facts.bytes,
            range: Some(upload.came..end),
        })
}

/// Asks how much of it came.
pub fn ask(upload: &Upload) -> Request {
    Request::new("ask how much of the video came", Method::Put, upload.url.as_str())
        .bearer("access")
        .header("Content-Range", format!("bytes */{}", upload.bytes))
}

/// What the answer to a piece means.
pub fn taken(job: &Job, upload: &mut Upload, answer: &Answer) -> Result<Told, Fault> {
    let before = upload.came;
    match answer.status {
        // It may have been taken all the same: asked once. A second one without progress is an outage, which is tried again with pauses.
        500.. if !upload.refused => {
            (upload.lost, upload.refused) = (true, true);
            Ok(Told::Onward)
        }
        400 | 409 | 412 | 416 if !upload.refused && !error::is_told(answer) => {
            (upload.lost, upload.refused) = (true, true);
            Ok(Told::Onward)
        }
        308 => {
            place(job, upload, answer);
            if upload.came <= before {
                // Whatever it means, it is no video.
                return Err(Fault {
                    proof: Proof::NotPublished,
                    ..error::unreadable("upload the video")
                });
            }
            upload.refused = false;
            Ok(Told::Onward)
        }
        _ => ended(answer),
    }
}

/// What the answer to the question of how much came means.
pub fn told(job: &Job, upload: &mut Upload, answer: &Answer) -> Result<Told, Fault> {
    if answer.status == 308 {
        place(job, upload, answer);
        return Ok(Told::Onward);
    }
    ended(answer)
}

/// `Range: bytes=0-N`; without it nothing came.
fn place(job: &Job, upload: &mut Upload, answer: &Answer) {
    let last = answer
        .header("range")
        .and_then(|range| range.rsplit_once('-'))
        .and_then(|(_, last)| last.trim().parse::<u64>().ok());
    upload.came = last.map_or(0, |last| last.saturating_add(1)).min(upload.bytes.saturating_sub(1));
    upload.lost = false;
    upload.told_at_ms = job.now_ms.max(answer.at_ms);
}

fn ended(answer: &Answer) -> Result<Told, Fault> {
    match answer.status {
        404 | 410 => Ok(Told::Over),
        200 | 201 => match serde_json::from_slice::<Video>(&answer.body) {
            Ok(video) if !video.id.is_empty() => Ok(Told::Whole(video.id)),
            _ => Err(error::unreadable("upload the video")),
        },
        _ => Err(error::fault(answer)),
    }
}
