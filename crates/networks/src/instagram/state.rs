//! What is remembered of a delivery, and what comes next.

use postrider_core::delivery::Part;
use postrider_core::post::{AssetKind, ContentType};
use postrider_provider::{Job, MediaRef, PartReceipt, Progress};
use serde::{Deserialize, Serialize};

/// A container lives 24 h; one that is older than this is made anew rather than published.
const CONTAINER_MS_MAX: i64 = 23 * 3_600_000;

/// A container at Instagram.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Container {
    pub id: String,
    pub ready: bool,
    pub polls: u32,
    pub poll_at_ms: i64,
    pub made_at_ms: i64,
}

/// What is remembered between steps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The quota was read and has room.
    pub quota_read: bool,
    /// The items of a carousel.
    pub items: Vec<Container>,
    /// What will be published.
    pub whole: Option<Container>,
    /// The Page's token was not shown something; the person's is used from then on.
    pub by_person: bool,
    pub committed: bool,
    pub media_id: Option<String>,
    pub permalink: Option<String>,
    pub looked: bool,
    pub commented: bool,
    pub comment_lost: Option<String>,
}

/// Which container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// An item of the carousel.
    Item(usize),
    /// What will be published.
    Whole,
}

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    ReadQuota,
    Create(Which),
    Poll(Which),
    /// Nothing before this instant, UTC milliseconds.
    Await(i64),
    Publish,
    /// Read the address.
    Look,
    Comment,
    Finish,
}

/// The files that are sent; a carousel from two on.
pub fn files(job: &Job) -> &[MediaRef] {
    &job.media
}

/// Whether the files are the items of a carousel.
pub fn is_carousel(job: &Job) -> bool {
    job.media.len() > 1 && job.content.content_type != ContentType::Story
}

/// Whether a file moves.
pub fn is_video(file: &MediaRef) -> bool {
    file.facts.kind == AssetKind::Video
}

/// What is stored, without containers that have expired.
pub fn load(job: &Job, progress: &Progress) -> Result<State, postrider_provider::Fault> {
    let mut state: State = progress.read()?;
    let stale = |container: &Container| job.now_ms - container.made_at_ms > CONTAINER_MS_MAX;
    let expired = state.items.iter().chain(&state.whole).any(stale);
    if expired && !state.committed {
        state.items.clear();
        state.whole = None;
        state.quota_read = false;
    }
    Ok(state)
}

/// The next thing to do.
pub fn decide(job: &Job, state: &State) -> Action {
    if state.committed {
        return after(job, state);
    }
    if !state.quota_read {
        return Action::ReadQuota;
    }
    if is_carousel(job) {
        if state.items.len() < files(job).len() {
            return Action::Create(Which::Item(state.items.len()));
        }
        for (index, item) in state.items.iter().enumerate() {
            if let Some(action) = waiting(job, item, Which::Item(index)) {
                return action;
            }
        }
    }
    match &state.whole {
        None => Action::Create(Which::Whole),
        Some(whole) => waiting(job, whole, Which::Whole).unwrap_or(Action::Publish),
    }
}

fn waiting(job: &Job, container: &Container, which: Which) -> Option<Action> {
    if container.ready {
        return None;
    }
    Some(if job.now_ms < container.poll_at_ms {
        Action::Await(container.poll_at_ms)
    } else {
        Action::Poll(which)
    })
}

fn after(job: &Job, state: &State) -> Action {
    let comment_due = !job.content.first_comment.trim().is_empty() && job.content.content_type != ContentType::Story;
    if state.media_id.is_none() {
        return Action::Finish;
    }
    if !state.looked {
        return Action::Look;
    }
    if comment_due && !state.commented && state.comment_lost.is_none() {
        Action::Comment
    } else {
        Action::Finish
    }
}

/// Goes on from what was found.
pub fn adopt(progress: &Progress, part: Part, found: &PartReceipt) -> Progress {
    let mut state: State = progress.read().unwrap_or_default();
    if part == Part::FirstComment {
        state.commented = true;
    } else {
        state.committed = true;
        state.media_id.clone_from(&found.external_id);
        state.permalink.clone_from(&found.permalink);
        state.looked = found.permalink.is_some();
    }
    Progress::write(&state)
}
