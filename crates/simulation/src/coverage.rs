//! What was tried: each trouble at each step of each kind of post.

use std::collections::BTreeMap;

use postrider_provider::Manner;

/// What a call was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Reads: processing, permalinks, looking for an outcome.
    Read,
    /// Uploads and whatever else is repeatable and invisible.
    Prepare,
    /// The call that makes it public.
    Commit,
}

impl Step {
    /// By how a call is made.
    pub fn of(method: &http::Method, manner: Manner) -> Step {
        match manner {
            Manner::Commit { .. } => Step::Commit,
            Manner::Safe if method == http::Method::GET => Step::Read,
            Manner::Safe => Step::Prepare,
        }
    }

    /// Its name in tables.
    pub const fn key(self) -> &'static str {
        match self {
            Step::Read => "read",
            Step::Prepare => "prepare",
            Step::Commit => "commit",
        }
    }
}

/// How often each trouble met each step in a run, whose posts are all of one kind.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    /// By trouble and step.
    pub hits: BTreeMap<(&'static str, Step), u64>,
    /// Calls of each step, troubled or not.
    pub calls: BTreeMap<Step, u64>,
}

impl Hits {
    /// Notes a call, and what it met.
    pub fn note(&mut self, trouble: Option<&'static str>, step: Step) {
        *self.calls.entry(step).or_default() += 1;
        if let Some(trouble) = trouble {
            *self.hits.entry((trouble, step)).or_default() += 1;
        }
    }

    /// Adds another run's.
    pub fn add(&mut self, other: &Hits) {
        for (key, times) in &other.hits {
            *self.hits.entry(*key).or_default() += times;
        }
        for (step, times) in &other.calls {
            *self.calls.entry(*step).or_default() += times;
        }
    }
}
