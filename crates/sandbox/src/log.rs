//! What was asked: one short entry a request, in memory, newest kept.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use postrider_core::network::Network;
use serde::Serialize;

/// How many entries are kept; older ones go.
const ENTRIES_MAX: usize = 500_000;

/// One request.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Counts up from 1.
    pub seq: u64,
    /// When it arrived, true UTC microseconds.
    pub at_us: i64,
    /// When it was processed, if it was.
    pub processed_us: Option<i64>,
    /// When it was answered (or the connection closed).
    pub done_us: Option<i64>,
    /// Method.
    pub method: String,
    /// Host and path, without the query (it can carry tokens).
    pub path: String,
    /// Whose it is.
    pub network: Option<Network>,
    /// The network's operation.
    pub operation: Option<&'static str>,
    /// Whether the operation makes something visible.
    pub commit: bool,
    /// HTTP status of what was processed, sent or not.
    pub status: Option<u16>,
    /// What became of it.
    pub outcome: Outcome,
    /// The fault that hit it, by id.
    pub fault: Option<u64>,
    /// Who asked.
    pub remote: Option<SocketAddr>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Still on its way.
    Open,
    /// Processed and answered.
    Answered,
    /// Answered without being processed, by a fault.
    Faulted,
    /// The connection was closed before it was processed.
    RequestLost,
    /// It was processed, then the connection was closed.
    AnswerLost,
}

#[derive(Default)]
struct Entries {
    list: VecDeque<Entry>,
    last_seq: u64,
}

/// The log.
#[derive(Default)]
pub struct Log(Mutex<Entries>);

impl Log {
    fn held(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an arrival; gives its number.
    pub fn open(&self, mut entry: Entry) -> u64 {
        let mut entries = self.held();
        entries.last_seq += 1;
        entry.seq = entries.last_seq;
        entries.list.push_back(entry);
        if entries.list.len() > ENTRIES_MAX {
            entries.list.pop_front();
        }
        entries.last_seq
    }

    /// Changes an entry that is still kept.
    pub fn change(&self, seq: u64, work: impl FnOnce(&mut Entry)) {
        let mut entries = self.held();
        let Some(first) = entries.list.front().map(|entry| entry.seq) else {
            return;
        };
        let Some(index) = seq.checked_sub(first).and_then(|index| usize::try_from(index).ok()) else {
            return;
        };
        if let Some(entry) = entries.list.get_mut(index) {
            work(entry);
        }
    }

    /// Entries that arrived at `since_us` or later.
    pub fn since(&self, since_us: i64, commits_only: bool) -> Vec<Entry> {
        let entries = self.held();
        let wanted = |entry: &&Entry| entry.at_us >= since_us && (entry.commit || !commits_only);
        entries.list.iter().filter(wanted).cloned().collect()
    }

    /// Forgets all entries; numbers go on.
    pub fn clear(&self) {
        self.held().list.clear();
    }
}
