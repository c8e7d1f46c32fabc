//! What is remembered of a delivery, and what comes next.

use postrider_core::post::{AssetKind, Mode};
use postrider_provider::{Job, MediaRef, PartReceipt, Progress};
use serde::{Deserialize, Serialize};

use super::form;
use super::upload::{Upload, expired};
use super::wire::Creator;

/// What is remembered between steps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// What the account allows; asked before every post.
    pub creator: Option<Creator>,
    /// The video on its way.
    pub upload: Option<Upload>,
    /// Under which name TikTok works on the post.
    pub publish_id: Option<String>,
    /// The call that publishes was made.
    pub sent: bool,
    pub sent_at_ms: i64,
    /// When TikTok was first seen to be done with it.
    pub complete: bool,
    /// How often its id was looked for since.
    pub late_looks: usize,
    pub look_at_ms: i64,
    /// Nothing more is to be learnt.
    pub known: bool,
    pub post_id: Option<String>,
    /// Its address, where a list named it.
    pub permalink: Option<String>,
}

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Ask what the account allows.
    AskCreator,
    /// Ask for an address for the video.
    Open,
    /// Send a part of it that is not the last.
    Put,
    /// Ask how much of it came.
    Ask,
    /// Send the last part: with it TikTok publishes.
    Send,
    /// Have the pictures fetched and published.
    Post,
    /// Look what became of it.
    Look,
    /// Nothing before this instant, UTC milliseconds.
    Await(i64),
    /// It is over.
    Finish,
}

/// The video of a post, if it shows one.
pub fn video(job: &Job) -> Option<&MediaRef> {
    job.media.first().filter(|file| file.facts.kind == AssetKind::Video)
}

/// What comes next.
pub fn decide(job: &Job, state: &State) -> Action {
    if state.sent {
        return match &state.publish_id {
            Some(_) if !state.known && job.now_ms < state.look_at_ms => Action::Await(state.look_at_ms),
            Some(_) if !state.known => Action::Look,
            _ => Action::Finish,
        };
    }
    if job.mode == Mode::Publish && state.creator.is_none() {
        return Action::AskCreator;
    }
    match (video(job), &state.upload) {
        (None, _) => Action::Post,
        (Some(_), Some(upload)) if !expired(job, upload) => match upload {
            Upload { lost: true, .. } => Action::Ask,
            upload if upload.is_at_last() => Action::Send,
            _ => Action::Put,
        },
        (Some(_), _) => Action::Open,
    }
}

impl State {
    /// Notes that TikTok has everything; where it was sent to is of no more use, and is not to lie in the database.
    pub fn was_sent(&mut self, job: &Job) {
        self.sent = true;
        self.sent_at_ms = job.now_ms;
        if let Some(upload) = self.upload.take() {
            self.publish_id = Some(upload.publish_id);
        }
    }
}

/// Goes on from a post that was found, by its own id or because TikTok works on it.
pub fn adopt(job: &Job, progress: &Progress, found: &PartReceipt) -> Progress {
    let mut state: State = progress.read().unwrap_or_default();
    state.was_sent(job);
    state.known = found.external_id.is_some();
    state.post_id.clone_from(&found.external_id);
    state.permalink.clone_from(&found.permalink);
    Progress::write(&state)
}

/// Whether anybody but the account's friends or followers is to see it: of other posts TikTok never tells the id.
pub fn is_public(job: &Job) -> bool {
    job.mode == Mode::Publish && form::privacy(job) == Some("PUBLIC_TO_EVERYONE")
}
