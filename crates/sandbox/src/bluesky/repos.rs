//! What the personal data servers and the video service keep for themselves.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::points::{Bent, Buckets};
use crate::world::{State, Stored};
use postrider_core::network::Network;

/// How long a blob that no record points to is kept, microseconds (the reference server says minutes to hours).
const UNREFERENCED_US: i64 = 3_600_000_000;

/// An uploaded file.
#[derive(Debug, Clone)]
pub struct Blob {
    /// The file.
    pub stored: Stored,
    /// The content type that the server settled on.
    pub mime: String,
    /// When it came, UTC microseconds.
    pub uploaded_us: i64,
    /// Whether a record points to it.
    pub referenced: bool,
}

/// A record as it stands in a repository.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its identifier.
    pub cid: String,
    /// Its content.
    pub value: Value,
}

/// A video on its way through the video service.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its name.
    pub id: String,
    /// Whose video it is.
    pub did: String,
    /// The file.
    pub stored: Stored,
    /// When it came, UTC microseconds.
    pub started_us: i64,
    /// When it will be done, UTC microseconds.
    pub done_us: i64,
    /// The code with which it will fail, if it will.
    pub failure: Option<String>,
    /// Whether its blob was handed to the account's server.
    pub handed_over: bool,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Repos {
    /// Points used.
    pub buckets: Buckets,
    /// Files by account and identifier.
    pub blobs: HashMap<(String, String), Blob>,
    /// Records by account, then collection and key.
    pub records: HashMap<String, BTreeMap<(String, String), Record>>,
    /// Videos by job name.
    pub jobs: BTreeMap<String, Job>,
}

impl Repos {
    /// A file that was not collected as garbage yet.
    pub fn blob(&self, did: &str, cid: &str, now_us: i64) -> Option<&Blob> {
        let blob = self.blobs.get(&(did.to_owned(), cid.to_owned()))?;
        (blob.referenced || blob.uploaded_us + UNREFERENCED_US > now_us).then_some(blob)
    }

    /// A record by its place.
    pub fn record(&self, did: &str, collection: &str, rkey: &str) -> Option<&Record> {
        self.records.get(did)?.get(&(collection.to_owned(), rkey.to_owned()))
    }
}

/// What a test changed of an account's hourly points.
pub fn bent(state: &State, did: &str) -> Bent {
    let quota = state.quota(Network::Bluesky, did);
    Bent {
        total: quota.total,
        used: quota.used,
    }
}
