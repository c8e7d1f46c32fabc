//! What is remembered between steps, and what is to be done next.

use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_provider::{Job, MediaRef};
use serde::{Deserialize, Serialize};

/// A file at the server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Uploaded {
    /// What it is called there.
    pub id: String,
    /// Whether the server has done its work on it.
    pub ready: bool,
    /// How often it was looked at.
    pub looks: u32,
    /// When to look again, UTC milliseconds.
    pub look_at_ms: i64,
    /// When it was taken in, UTC milliseconds.
    pub taken_at_ms: i64,
}

/// A post that stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Posted {
    /// Its id on the account's server.
    pub id: String,
    /// Where people read it.
    pub url: Option<String>,
    /// Who sees it, if its answer said so.
    #[serde(default)]
    pub visibility: String,
}

/// What is remembered between steps.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The files, in the order of [`files`].
    pub files: Vec<Uploaded>,
    /// The post, then the answers of its thread.
    pub posts: Vec<Posted>,
    /// The first comment, once written.
    pub comment: Option<Posted>,
    /// Why the first comment is missing.
    pub comment_lost: Option<String>,
}

/// The next thing to do.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Send this file.
    Upload(usize),
    /// See whether the server has done its work on this file.
    Look(usize),
    /// Nothing before this instant, UTC milliseconds.
    Wait(i64),
    /// Make this part.
    Write(Part),
    /// The next part has nothing to answer.
    Unnamed,
    /// Nothing is left.
    Finish,
}

/// The next thing to do: every file, then every part, then the comment.
pub fn decide(job: &Job, state: &State) -> Action {
    let written = state.posts.len();
    if written >= texts(job).len() {
        // What was found to stand needs no file any more.
        return after(job, state);
    }
    if let Some(index) = state.files.iter().position(|file| !file.ready) {
        let look_at_ms = state.files[index].look_at_ms;
        return if look_at_ms > job.now_ms {
            Action::Wait(look_at_ms)
        } else {
            Action::Look(index)
        };
    }
    if state.files.len() < files(job).len() {
        return Action::Upload(state.files.len());
    }
    match u32::try_from(written) {
        Ok(0) | Err(_) => Action::Write(Part::Root),
        Ok(number) if parent(state, Part::Reply(number)).is_none() => Action::Unnamed,
        Ok(number) => Action::Write(Part::Reply(number)),
    }
}

fn after(job: &Job, state: &State) -> Action {
    if comment_due(job) && state.comment.is_none() && state.comment_lost.is_none() && parent(state, Part::FirstComment).is_some() {
        Action::Write(Part::FirstComment)
    } else {
        Action::Finish
    }
}

/// A thread has no first comment: its parts are answers already.
pub fn comment_due(job: &Job) -> bool {
    !job.content.first_comment.trim().is_empty() && job.content.content_type != ContentType::Thread
}

/// Notes a part that stands.
pub fn put(state: &mut State, part: Part, posted: Posted) {
    match part {
        Part::FirstComment => state.comment = Some(posted),
        Part::Root | Part::Reply(_) | Part::Thumbnail => state.posts.push(posted),
    }
}

/// The words of a part as they are sent.
pub fn words(job: &Job, part: Part) -> &str {
    match part {
        Part::FirstComment => job.content.first_comment.trim(),
        part => texts(job).get(place(part)).copied().unwrap_or_default(),
    }
}

/// Where a part stands among the posts of a delivery.
fn place(part: Part) -> usize {
    match part {
        Part::Reply(number) => number as usize,
        Part::Root | Part::FirstComment | Part::Thumbnail => 0,
    }
}

/// The text of every post before the comment.
fn texts(job: &Job) -> Vec<&str> {
    if job.content.content_type == ContentType::Thread {
        job.parts.iter().map(|part| part.text.as_str()).collect()
    } else {
        vec![job.text.as_str()]
    }
}

/// Every file to upload, in order: the post's own, or those of its parts. What another type left behind is not sent.
pub fn files(job: &Job) -> Vec<&MediaRef> {
    match job.content.content_type {
        ContentType::Text | ContentType::Link | ContentType::Poll => Vec::new(),
        ContentType::Thread => job.parts.iter().flat_map(|part| part.media.iter()).collect(),
        _ => job.media.iter().collect(),
    }
}

/// Which of [`files`] are a part's: how many come before, and how many it has.
fn span(job: &Job, part: Part) -> (usize, usize) {
    match (job.content.content_type, part) {
        (_, Part::FirstComment | Part::Thumbnail) => (0, 0),
        (ContentType::Thread, part) => {
            let place = place(part);
            let before = job.parts.iter().take(place).map(|part| part.media.len()).sum();
            (before, job.parts.get(place).map_or(0, |part| part.media.len()))
        }
        _ => (0, files(job).len()),
    }
}

/// How many files a part has.
pub fn files_of(job: &Job, part: Part) -> usize {
    span(job, part).1
}

/// The ids of a part's files.
pub fn attached(job: &Job, state: &State, part: Part) -> Vec<String> {
    let (before, count) = span(job, part);
    state.files.iter().skip(before).take(count).map(|file| file.id.clone()).collect()
}

/// What a part answers; `None` also where it is not known which post that is.
pub fn parent(state: &State, part: Part) -> Option<&str> {
    let posted = match part {
        Part::Root | Part::Thumbnail => None,
        Part::Reply(number) => state.posts.get((number as usize).wrapping_sub(1)),
        Part::FirstComment => state.posts.first(),
    };
    posted.map(|posted| posted.id.as_str()).filter(|id| !id.is_empty())
}
