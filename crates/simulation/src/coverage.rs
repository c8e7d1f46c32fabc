//! What was tried: each trouble at each step of each kind of post.

use std::collections::BTreeMap;

use postrider_provider::Manner;
use serde::{Deserialize, Serialize};

use crate::weather::Trouble;

/// What a call was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Reads: processing, permalinks, looking for an outcome.
    Read,
    /// Uploads and whatever else is repeatable and invisible.
    Prepare,
    /// The call that makes it public.
    Commit,
    /// A renewal of the access.
    Renew,
}

/// How renewals are known: by their addresses.
const RENEWALS: [&str; 8] = [
    "refreshSession",
    "refresh_access_token",
    "oauth/v2/accessToken",
    "oauth/access_token",
    "2/oauth2/token",
    "v2/oauth/token",
    "v5/oauth/token",
    "oauth2.googleapis.com/token",
];

/// Where a network is read with POST.
const READS: [&str; 3] = ["post/publish/status/fetch", "post/publish/creator_info/query", "video/list"];

impl Step {
    /// Every one.
    pub const ALL: [Step; 4] = [Step::Read, Step::Prepare, Step::Commit, Step::Renew];

    /// By what is asked, and how.
    pub fn of(request: &reqwest::Request, manner: Manner) -> Step {
        let path = request.url().path();
        match manner {
            _ if RENEWALS.iter().any(|renewal| path.contains(renewal)) => Step::Renew,
            Manner::Commit { .. } => Step::Commit,
            Manner::Safe if request.method() == http::Method::GET || READS.iter().any(|read| path.contains(read)) => Step::Read,
            Manner::Safe => Step::Prepare,
        }
    }

    /// Its name in tables.
    pub const fn key(self) -> &'static str {
        match self {
            Step::Read => "read",
            Step::Prepare => "prepare",
            Step::Commit => "commit",
            Step::Renew => "renew",
        }
    }
}

/// How often each trouble met each step in a run, whose posts are all of one kind.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Hits {
    /// By step, then by the trouble's name.
    hits: BTreeMap<Step, BTreeMap<String, u64>>,
    /// Calls of each step, troubled or not.
    calls: BTreeMap<Step, u64>,
}

impl Hits {
    /// Notes a call, and what it met.
    pub fn note(&mut self, trouble: Option<Trouble>, step: Step) {
        *self.calls.entry(step).or_default() += 1;
        if let Some(trouble) = trouble {
            *self.hits.entry(step).or_default().entry(trouble.key().to_owned()).or_default() += 1;
        }
    }

    /// Adds others.
    pub fn add(&mut self, other: &Hits) {
        for (step, calls) in &other.calls {
            *self.calls.entry(*step).or_default() += calls;
        }
        for (step, hits) in &other.hits {
            let own = self.hits.entry(*step).or_default();
            for (trouble, times) in hits {
                *own.entry(trouble.clone()).or_default() += times;
            }
        }
    }

    /// How many calls of a step there were.
    pub fn calls(&self, step: Step) -> u64 {
        self.calls.get(&step).copied().unwrap_or(0)
    }

    /// How often a trouble met a step.
    pub fn met(&self, trouble: Trouble, step: Step) -> u64 {
        let of_step = self.hits.get(&step);
        of_step.and_then(|hits| hits.get(trouble.key())).copied().unwrap_or(0)
    }
}
