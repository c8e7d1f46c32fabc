//! What is remembered of a delivery, and what comes next.

use postrider_provider::{Job, PartReceipt, Progress};
use serde::{Deserialize, Serialize};

/// How often it is looked what Google makes of a post: at first, soon, and once it takes long (fact sheet section 3). Most are shown within
/// seconds.
const LOOK_MS_MIN: i64 = 5_000;
const LOOK_MS_MAX: i64 = 30_000;
const SLOW_LOOK_MS: i64 = 3_600_000;
/// From then on it takes long.
const SLOW_FROM_MS: i64 = 15 * 60_000;
/// How long it is waited for.
pub const REVIEW_MS_MAX: i64 = 24 * 3_600_000;

/// What is remembered between steps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The call that makes the post was made.
    pub posted: bool,
    /// The post's whole name, where it was told.
    pub post: Option<String>,
    /// When Google began to look it over, UTC milliseconds.
    pub posted_at_ms: i64,
    pub look_at_ms: i64,
    /// Google shows it.
    pub live: bool,
    pub permalink: Option<String>,
}

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Make it: the commit.
    Post,
    /// Look what Google makes of it.
    Look,
    /// Nothing before this instant, UTC milliseconds.
    Await(i64),
    Finish,
}

/// What comes next.
pub fn decide(job: &Job, state: &State) -> Action {
    match &state.post {
        _ if !state.posted => Action::Post,
        Some(_) if !state.live && job.now_ms < state.look_at_ms => Action::Await(state.look_at_ms),
        Some(_) if !state.live => Action::Look,
        _ => Action::Finish,
    }
}

impl State {
    /// When it is looked at next.
    pub fn look_again(&mut self, now_ms: i64) {
        let lasts_ms = now_ms - self.posted_at_ms;
        self.look_at_ms = now_ms
            + if lasts_ms < SLOW_FROM_MS {
                lasts_ms.clamp(LOOK_MS_MIN, LOOK_MS_MAX)
            } else {
                SLOW_LOOK_MS
            };
    }
}

/// Goes on from a post that was found: Google may still be looking it over, or have rejected it.
pub fn adopt(progress: &Progress, found: &PartReceipt) -> Progress {
    let mut state: State = progress.read().unwrap_or_default();
    state.posted = true;
    state.post.clone_from(&found.external_id);
    state.permalink.clone_from(&found.permalink);
    Progress::write(&state)
}
