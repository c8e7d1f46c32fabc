//! The hot path of publishing: claims, intents and outcomes in sets.
//!
//! Every function here handles many deliveries in one statement, because a statement costs more than a row. Whoever calls
//! them is the engine; people's changes go through [`crate::deliveries`]. Both compare and set the delivery's `version`,
//! so that of a worker and a person exactly one wins.

mod apply;
mod claim;
mod guard;
mod look;
mod renew;
mod standing;

pub use apply::{Applied, AttemptRecord, Change, IntentChange, LOST, NewIntent, Notice, Outcome, StepRecord, UNSEEN, apply};
pub use claim::{Claimed, Grant, claim, load, next_wake, overdue};
pub use guard::{Watched, halt, watched};
pub use look::{Lane, OpenIntent, known_external_ids, lane, open_intent, part_stands, take_found};
pub use renew::{GrantTokens, expiring_grants, grant_tokens, judge_grant, release_refresh, store_refreshed, take_refresh, trust_grant};
pub use standing::{Standings, standings};

use postrider_core::delivery::State;

/// Everything of a delivery that the engine may change, written whole each time.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Where it stands.
    pub state: State,
    /// When the engine must look again, UTC milliseconds.
    pub wake_at: Option<i64>,
    /// How many times it was begun anew.
    pub generation: i64,
    /// The adapter's memory, JSON text.
    pub progress: Option<String>,
    /// The attempt under way; one that is here when the delivery is taken up was not ended by its worker.
    pub attempt_id: Option<String>,
    /// The post version that was sent.
    pub published_version: Option<i64>,
    /// The network's id.
    pub external_id: Option<String>,
    /// Address for people.
    pub permalink: Option<String>,
    /// Why the public does not see it.
    pub kept_private: Option<String>,
    /// What was lost beside the post.
    pub warning: Option<String>,
    /// Kind of the failure.
    pub failure_kind: Option<String>,
    /// Code of the failure.
    pub failure_code: Option<String>,
    /// The failure in words.
    pub failure_message: Option<String>,
    /// What to do about it.
    pub failure_remedy: Option<String>,
    /// Why it was missed.
    pub missed_why: Option<String>,
    /// When the limit that holds it opens, UTC milliseconds.
    pub deferred_until: Option<i64>,
    /// In doubt, and looking was given up.
    pub waits_for_person: bool,
    /// Since when the network works on it, UTC milliseconds.
    pub processing_since: Option<i64>,
    /// Repeats of the present outage.
    pub retries: i64,
    /// Since when it is repeated, UTC milliseconds.
    pub retry_since: Option<i64>,
    /// Whether the access was renewed once in this run.
    pub renewed: bool,
    /// When the first commit call was allowed, UTC milliseconds.
    pub first_commit_at: Option<i64>,
    /// `first_commit_at − due_at`.
    pub lateness_ms: Option<i64>,
    /// Since when it may have gone out without this database knowing, UTC milliseconds; `None` once that is known.
    pub unseen_from: Option<i64>,
}

/// Every statement of this folder and those of one database alone, for the test that prepares them.
pub fn statements(kind: crate::db::Kind) -> Vec<&'static str> {
    let mut all = apply::all_statements(kind);
    all.extend(claim::all_statements(kind));
    all.extend(apply::PLAIN);
    all.extend(guard::PLAIN);
    all.extend(look::PLAIN);
    all.extend(renew::PLAIN);
    if kind == crate::db::Kind::Postgres {
        all.push(crate::deliveries::LOCK_CHANNEL);
    }
    all.extend(standing::PLAIN);
    all
}
