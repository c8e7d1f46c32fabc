//! What is remembered of a delivery, and what comes next.

use postrider_core::delivery::Part;
use postrider_provider::{Job, PartReceipt, Progress};
use serde::{Deserialize, Serialize};

use super::upload::Upload;
use super::watch::Work;

/// What is remembered between steps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The file on its way.
    pub upload: Option<Upload>,
    /// An upload whose address is over was opened then, UTC milliseconds: whether it had come to its end is not known.
    pub lost_from_ms: Option<i64>,
    /// A private video of the same words that such an upload may have become.
    pub candidate: Option<String>,
    /// The video that it became.
    pub video: Option<String>,
    /// YouTube's work on it.
    pub work: Work,
    /// The call that shows it was made.
    pub committed: bool,
    /// Who sees it, as YouTube says.
    pub privacy: Option<String>,
    /// Where it stands, if somebody else said it.
    pub permalink: Option<String>,
    pub commented: bool,
    pub comment_lost: Option<String>,
}

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Look whether an upload whose address is over became a video.
    Search,
    /// Ask whether the file of what was found so is ours.
    Confirm,
    /// Ask for an address for the file.
    Open,
    /// Ask how much of it came.
    Ask,
    /// Send the next piece.
    Put,
    /// Send a draft's last piece, with which it stands in the channel: its commit.
    PutLast,
    /// Look at YouTube's work on it, before the commit and after it.
    Watch,
    /// Nothing before this instant, UTC milliseconds.
    Await(i64),
    /// Nothing is put there before this instant, UTC milliseconds.
    AwaitWindow(i64),
    /// Show it: the commit.
    Show,
    Comment,
    Finish,
}

/// What comes next.
pub fn decide(job: &Job, state: &State) -> Action {
    if state.committed {
        return after(job, state);
    }
    match (&state.video, &state.upload) {
        (None, None) if state.candidate.is_some() => Action::Confirm,
        (None, None) if state.lost_from_ms.is_some() => Action::Search,
        // A draft stands in the channel as soon as it has gone up: not before its instant.
        (None, None) if is_draft(job) && job.now_ms < job.due_at_ms => Action::AwaitWindow(job.due_at_ms),
        (None, None) => Action::Open,
        (None, Some(upload)) if upload.is_in_doubt(job) => Action::Ask,
        (None, Some(upload)) if is_draft(job) && upload.is_at_its_end() => Action::PutLast,
        (None, Some(_)) => Action::Put,
        // What is due is shown; YouTube goes on with its work meanwhile.
        (Some(_), _) if state.work.done || job.now_ms >= job.due_at_ms => Action::Show,
        (Some(_), _) if job.now_ms < state.work.look_at_ms => Action::Await(state.work.look_at_ms.min(job.due_at_ms)),
        (Some(_), _) => Action::Watch,
    }
}

fn is_draft(job: &Job) -> bool {
    job.mode == postrider_core::post::Mode::Draft
}

fn after(job: &Job, state: &State) -> Action {
    if state.video.is_none() {
        return Action::Finish;
    }
    if !state.work.done {
        return match state.work.look_at_ms {
            at_ms if job.now_ms < at_ms => Action::Await(at_ms),
            _ => Action::Watch,
        };
    }
    let answered = state.commented || state.comment_lost.is_some();
    let is_due = !is_draft(job) && !job.content.first_comment.trim().is_empty();
    if is_due && !answered { Action::Comment } else { Action::Finish }
}

impl State {
    /// Notes which video it became; where it was sent to is of no more use, and is not to lie in the database.
    pub fn arrived(&mut self, id: String, now_ms: i64) {
        self.upload = None;
        self.lost_from_ms = None;
        self.candidate = None;
        self.video = Some(id);
        self.work = Work::begun(now_ms);
    }
}

/// Goes on from what was found.
pub fn adopt(progress: &Progress, part: Part, found: &PartReceipt) -> Progress {
    let mut state: State = progress.read().unwrap_or_default();
    if part == Part::FirstComment {
        state.commented = true;
    } else {
        state.committed = true;
        state.upload = None;
        if found.external_id.is_some() {
            state.video.clone_from(&found.external_id);
        }
        state.permalink.clone_from(&found.permalink);
        // Who sees it is read once more.
        state.work = Work::default();
    }
    Progress::write(&state)
}
