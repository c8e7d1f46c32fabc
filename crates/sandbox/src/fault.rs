//! Faults on demand: which requests they hit, and what happens to those.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use postrider_core::network::Network;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::registry::Operation;

/// Which requests a fault hits. What is absent matches everything.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Match {
    /// Only this network's.
    pub network: Option<Network>,
    /// Only this operation; an asterisk at the end stands for anything.
    pub operation: Option<String>,
    /// Only if host and path (with the query) contain this text.
    pub path_contains: Option<String>,
    /// Only this method.
    pub method: Option<String>,
    /// Only commit calls, or only others.
    pub commit: Option<bool>,
    /// The first matching request that is hit, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// How many are hit from then on: 1 if absent, 0 for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

/// What happens to a request that is hit.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Answers with a bare status and body.
    Status {
        /// HTTP status.
        status: u16,
        /// JSON body; a text is sent as it is.
        #[serde(default)]
        body: Value,
        /// Further headers.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// Whether the request is processed all the same before the answer is replaced.
        #[serde(default)]
        processed: bool,
    },
    /// Answers with one of the network's own errors.
    Error {
        /// Its name, one of the network's list.
        name: String,
        /// Whether the request is processed all the same before the answer is replaced.
        #[serde(default)]
        processed: bool,
    },
    /// Answers as the network does when too much is asked.
    RateLimit {
        /// Sent as `Retry-After`, seconds.
        #[serde(default)]
        retry_after_s: Option<u64>,
    },
    /// Closes the connection before processing.
    LoseRequest,
    /// Processes, then closes the connection.
    LoseAnswer,
    /// Waits before processing.
    DelayBefore {
        /// Milliseconds.
        ms: u64,
    },
    /// Processes, then waits before answering.
    DelayAfter {
        /// Milliseconds.
        ms: u64,
    },
    /// Reads the request and processes it after a while, whether or not the client still waits.
    Hold {
        /// Milliseconds until it is processed.
        ms: u64,
        /// Milliseconds until the connection is closed; if absent it stays open as long as the client waits.
        #[serde(default)]
        close_after_ms: Option<u64>,
    },
    /// The network works longer (or shorter) on the medium of this request.
    SlowProcessing {
        /// Milliseconds on the sandbox's clock.
        ms: u64,
    },
    /// The network's work on the medium of this request ends in an error.
    FailProcessing {
        /// The network's own code for it; its usual one if absent.
        #[serde(default)]
        code: Option<String>,
    },
}

/// A fault as it was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which requests.
    #[serde(default, rename = "match")]
    pub matches: Match,
    /// What happens to them.
    pub action: Action,
}

/// A fault that is in force, with what it has done.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// Its number.
    pub id: u64,
    /// What was asked for.
    #[serde(flatten)]
    pub fault: Fault,
    /// How many requests matched.
    pub seen: u64,
    /// How many were hit.
    pub hits: u64,
}

/// A request as faults see it.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Method.
    pub method: &'a str,
    /// Host, path and query.
    pub path: &'a str,
    /// Whose host it is.
    pub network: Option<Network>,
    /// What it asks for.
    pub operation: Option<Operation>,
}

#[derive(Default)]
struct List {
    standing: Vec<Standing>,
    last_id: u64,
}

/// All faults in force.
#[derive(Default)]
pub struct Faults(Mutex<List>);

impl Match {
    fn fits(&self, target: Target<'_>) -> bool {
        let name = target.operation.map_or("", |operation| operation.name);
        let named = |wanted: &String| match wanted.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == wanted,
        };
        self.network.is_none_or(|network| target.network == Some(network))
            && self.operation.as_ref().is_none_or(named)
            && self.path_contains.as_ref().is_none_or(|part| target.path.contains(part.as_str()))
            && self.method.as_ref().is_none_or(|method| target.method.eq_ignore_ascii_case(method))
            && self
                .commit
                .is_none_or(|commit| target.operation.is_some_and(|operation| operation.commit) == commit)
    }
}

impl Faults {
    fn held(&self) -> std::sync::MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a fault in force; gives its number.
    pub fn add(&self, fault: Fault) -> u64 {
        let mut list = self.held();
        list.last_id += 1;
        let id = list.last_id;
        list.standing.push(Standing {
            id,
            fault,
            seen: 0,
            hits: 0,
        });
        id
    }

    /// The faults in force, oldest first.
    pub fn list(&self) -> Vec<Standing> {
        self.held().standing.clone()
    }

    /// Lifts one fault; tells whether it was there.
    pub fn remove(&self, id: u64) -> bool {
        let mut list = self.held();
        let before = list.standing.len();
        list.standing.retain(|standing| standing.id != id);
        list.standing.len() < before
    }

    /// Lifts all faults.
    pub fn clear(&self) {
        self.held().standing.clear();
    }

    /// The first fault that hits a request. Every fault that matches counts it, hit or not.
    pub fn strike(&self, target: Target<'_>) -> Option<(u64, Action)> {
        let mut list = self.held();
        let mut struck = None;
        for standing in &mut list.standing {
            if !standing.fault.matches.fits(target) {
                continue;
            }
            standing.seen += 1;
            let first = standing.fault.matches.nth.unwrap_or(1).max(1);
            let times = standing.fault.matches.times.unwrap_or(1);
            let due = standing.seen >= first && (times == 0 || standing.seen < first.saturating_add(times));
            if due && struck.is_none() {
                standing.hits += 1;
                struck = Some((standing.id, standing.fault.action.clone()));
            }
        }
        struck
    }
}
