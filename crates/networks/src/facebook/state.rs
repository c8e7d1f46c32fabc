//! What is remembered of a delivery, and what comes next.

use postrider_core::delivery::Part;
use postrider_core::post::{AssetKind, ContentType, Mode};
use postrider_provider::{Fault, Job, PartReceipt, Progress};
use serde::{Deserialize, Serialize};

/// Photos that no post names are dropped after about a day; what was staged is used for this long.
const STAGED_MS_MAX: i64 = 20 * 3_600_000;
/// How long before its instant the unpublished post is made, so that its time is its instant's.
const POST_AHEAD_MS: i64 = 2 * 60_000;

/// How a content type is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A post with words, a link or photos.
    Feed,
    /// A video in the feed.
    Video,
    /// A reel.
    Reel,
    /// A story of a photo.
    PhotoStory,
    /// A story of a video.
    VideoStory,
}

/// The shape of a delivery.
pub fn shape(job: &Job) -> Shape {
    let moving = job.media.first().is_some_and(|media| media.facts.kind == AssetKind::Video);
    match job.content.content_type {
        ContentType::Reel => Shape::Reel,
        ContentType::Story if moving => Shape::VideoStory,
        ContentType::Story => Shape::PhotoStory,
        ContentType::Video | ContentType::Gif => Shape::Video,
        _ => Shape::Feed,
    }
}

/// A video on its way.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Video {
    pub id: String,
    pub session: String,
    pub upload_url: String,
    /// The stretch of bytes that Facebook asks for next.
    pub start: u64,
    pub end: u64,
    pub uploaded: bool,
    /// The upload was closed without publishing.
    pub closed: bool,
    pub ready: bool,
    pub polls: u32,
    pub poll_at_ms: i64,
    pub closed_at_ms: i64,
}

/// What is remembered between steps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// When the first thing was put there, UTC milliseconds.
    pub staged_at_ms: i64,
    pub photos: Vec<String>,
    /// The post made unpublished.
    pub post: Option<String>,
    pub video: Option<Video>,
    pub committed: bool,
    /// What stands: a post, a video, a story.
    pub external_id: Option<String>,
    pub permalink: Option<String>,
    /// The network finished making it public, or was asked for its address.
    pub settled: bool,
    pub comment_id: Option<String>,
    pub commented: bool,
    pub comment_lost: Option<String>,
}

/// The next thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Photo(usize),
    /// Nothing more before this instant, UTC milliseconds.
    AwaitWindow(i64),
    StagePost,
    OpenVideo,
    Transfer,
    SendFile,
    CloseVideo,
    /// Look at the processing before the commit.
    Poll,
    AwaitPoll(i64),
    Commit,
    /// Look whether the public sees it, after the commit.
    Confirm,
    AwaitConfirm(i64),
    /// Read the address.
    Look,
    Comment,
    Finish,
}

/// What is stored, unless what it names is gone by now.
pub fn load(job: &Job, progress: &Progress) -> Result<State, Fault> {
    let state: State = progress.read()?;
    let stale = !state.committed && state.staged_at_ms > 0 && job.now_ms - state.staged_at_ms > STAGED_MS_MAX;
    Ok(if stale { State::default() } else { state })
}

/// The next thing to do.
pub fn decide(job: &Job, state: &State) -> Action {
    if state.committed { after(job, state) } else { before(job, state) }
}

/// How many photos the post shows.
pub fn photos(job: &Job) -> usize {
    match (shape(job), job.content.content_type) {
        (Shape::Feed, ContentType::Text | ContentType::Link) => 0,
        (Shape::Feed | Shape::PhotoStory, _) => job.media.len(),
        _ => 0,
    }
}

fn before(job: &Job, state: &State) -> Action {
    if state.photos.len() < photos(job) {
        return Action::Photo(state.photos.len());
    }
    match shape(job) {
        Shape::PhotoStory => Action::Commit,
        Shape::Feed if job.mode == Mode::Draft || state.post.is_some() => Action::Commit,
        Shape::Feed if job.now_ms < job.due_at_ms - POST_AHEAD_MS => Action::AwaitWindow(job.due_at_ms - POST_AHEAD_MS),
        Shape::Feed => Action::StagePost,
        Shape::Video => match &state.video {
            None => Action::OpenVideo,
            Some(video) if video.start < video.end => Action::Transfer,
            Some(_) if job.mode == Mode::Draft => Action::Commit,
            Some(video) if !video.closed => Action::CloseVideo,
            Some(video) if video.ready => Action::Commit,
            Some(video) if job.now_ms < video.poll_at_ms => Action::AwaitPoll(video.poll_at_ms),
            Some(_) => Action::Poll,
        },
        Shape::Reel | Shape::VideoStory => match &state.video {
            None => Action::OpenVideo,
            Some(video) if !video.uploaded => Action::SendFile,
            Some(_) => Action::Commit,
        },
    }
}

fn after(job: &Job, state: &State) -> Action {
    if job.mode == Mode::Draft {
        return Action::Finish;
    }
    if !state.settled {
        let poll_at_ms = state.video.as_ref().map_or(0, |video| video.poll_at_ms);
        return match shape(job) {
            Shape::Reel if job.now_ms < poll_at_ms => Action::AwaitConfirm(poll_at_ms),
            Shape::Reel => Action::Confirm,
            _ => Action::Look,
        };
    }
    let comment_due = !job.content.first_comment.trim().is_empty() && !matches!(shape(job), Shape::PhotoStory | Shape::VideoStory);
    let answered = state.commented || state.comment_lost.is_some();
    if comment_due && !answered && state.external_id.is_some() {
        Action::Comment
    } else {
        Action::Finish
    }
}

/// Goes on from what was found.
pub fn adopt(job: &Job, progress: &Progress, part: Part, found: &PartReceipt) -> Progress {
    let mut state: State = progress.read().unwrap_or_default();
    if part == Part::FirstComment {
        state.commented = true;
        state.comment_id.clone_from(&found.external_id);
    } else {
        state.committed = true;
        state.external_id = found.external_id.clone().or_else(|| own_id(job, &state));
        state.permalink.clone_from(&found.permalink);
        if let Some(video) = &mut state.video {
            video.polls = 0;
            video.poll_at_ms = 0;
        }
    }
    Progress::write(&state)
}

/// What the commit publishes, where its name is known beforehand.
pub fn own_id(job: &Job, state: &State) -> Option<String> {
    match shape(job) {
        Shape::Feed => state.post.clone(),
        Shape::Video | Shape::Reel => state.video.as_ref().map(|video| video.id.clone()),
        Shape::PhotoStory | Shape::VideoStory => None,
    }
}

/// What a story shows.
pub fn story_media(state: &State) -> Option<&str> {
    state
        .video
        .as_ref()
        .map(|video| video.id.as_str())
        .or_else(|| state.photos.first().map(String::as_str))
}
