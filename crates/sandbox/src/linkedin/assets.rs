//! What an upload is on its way from an empty URN to something that a post can show.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;

use crate::world::{Intake, Stored};

/// What is uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture, also a moving one.
    Image,
    /// A PDF or office document.
    Document,
    /// An MP4.
    Video,
}

impl Kind {
    /// The word in URNs, bodies and upload addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Image => "image",
            Kind::Document => "document",
            Kind::Video => "video",
        }
    }

    /// The resource below `/rest`.
    pub const fn resource(self) -> &'static str {
        match self {
            Kind::Image => "images",
            Kind::Document => "documents",
            Kind::Video => "videos",
        }
    }
}

/// The network's work on a file whose bytes are there.
#[derive(Debug, Clone)]
pub struct Work {
    /// When it ends, UTC microseconds.
    pub done_us: i64,
    /// Why it will fail, if it will.
    pub failure: Option<String>,
}

/// A range of a video with its own address.
#[derive(Debug, Clone)]
pub struct Part {
    /// The first byte.
    pub first: u64,
    /// The last byte, included.
    pub last: u64,
    /// What the upload of it was answered with.
    pub etag: Option<String>,
}

/// One upload.
pub struct Upload {
    /// What it is.
    pub kind: Kind,
    /// The author it belongs to, as the app named it.
    pub owner: String,
    /// Until when bytes are taken, UTC microseconds.
    pub expires_us: i64,
    /// The ranges to send; one for pictures and documents.
    pub parts: Vec<Part>,
    /// What has to be repeated when a video is finalized.
    pub token: String,
    /// The bytes so far; absent while somebody works on them.
    pub intake: Option<Intake>,
    /// The next range to be taken in.
    pub next: usize,
    /// Ranges that came early.
    pub early: BTreeMap<usize, Bytes>,
    /// The whole file.
    pub stored: Option<Stored>,
    /// The network's work, once it began.
    pub work: Option<Work>,
}

/// How an upload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// No bytes yet, or not all.
    Waiting,
    /// The network works on it.
    Processing,
    /// The network gave it up.
    Failed,
    /// It can be shown.
    Available,
}

impl Status {
    /// The network's word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Status::Waiting => "WAITING_UPLOAD",
            Status::Processing => "PROCESSING",
            Status::Failed => "PROCESSING_FAILED",
            Status::Available => "AVAILABLE",
        }
    }
}

impl Upload {
    /// How it stands now.
    pub fn status(&self, now_us: i64) -> Status {
        match &self.work {
            None => Status::Waiting,
            Some(work) if work.done_us > now_us => Status::Processing,
            Some(work) if work.failure.is_some() => Status::Failed,
            Some(_) => Status::Available,
        }
    }

    /// Whether the work on it fails, now or later.
    pub fn is_doomed(&self) -> bool {
        self.work.as_ref().is_some_and(|work| work.failure.is_some())
    }
}

/// Every upload, by URN, and the URNs by the secret of their addresses.
#[derive(Default)]
pub struct Uploads {
    /// Uploads by URN.
    pub by_urn: HashMap<String, Upload>,
    /// URNs by secret.
    pub by_secret: HashMap<String, String>,
}
