//! What is remembered of a delivery, and what comes next.

use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_provider::{Fault, Job, MediaRef, PartReceipt, Progress};
use serde::{Deserialize, Serialize};

use super::upload::{self, Need, Upload};

/// What is remembered between steps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// What X has of each file, in the order of [`files`].
    pub uploads: Vec<Upload>,
    /// What is published so far: the post, then the parts of its thread. Empty for one whose id is not known.
    pub posts: Vec<String>,
    pub commented: bool,
    pub comment_lost: Option<String>,
}

impl State {
    /// The id of the post itself, if it is known.
    pub fn root(&self) -> Option<&str> {
        self.posts.first().map(String::as_str).filter(|id| !id.is_empty())
    }

    /// What a part answers, if that is known.
    pub fn parent(&self, part: Part) -> Option<&str> {
        let before = match part {
            Part::Root | Part::Thumbnail => return None,
            Part::Reply(n) => (n as usize).checked_sub(1)?,
            Part::FirstComment => 0,
        };
        self.posts.get(before).map(String::as_str).filter(|id| !id.is_empty())
    }

    /// Notes that a part stands.
    pub fn stands(&mut self, part: Part, id: &str) {
        if part == Part::FirstComment {
            self.commented = true;
        } else {
            self.posts.push(id.to_owned());
        }
    }

    /// What X has of the files of a part.
    pub fn uploads_of(&self, job: &Job, part: Part) -> &[Upload] {
        let first = first_file(job, part);
        let end = (first + media(job, part).len()).min(self.uploads.len());
        self.uploads.get(first..end).unwrap_or_default()
    }
}

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Something for the file of this number.
    File(usize, Need),
    Post(Part),
    /// The next part has nothing to answer.
    Unnamed,
    Finish,
}

/// How many posts there are to publish before the first comment.
pub fn posts(job: &Job) -> usize {
    if job.content.content_type == ContentType::Thread {
        job.parts.len()
    } else {
        1
    }
}

/// Whether a comment is to be written under the post.
pub fn comment_due(job: &Job) -> bool {
    !job.content.first_comment.trim().is_empty() && job.content.content_type != ContentType::Thread
}

/// What a part says.
pub fn words(job: &Job, part: Part) -> &str {
    let text = match part {
        Part::FirstComment => &job.content.first_comment,
        Part::Root | Part::Reply(_) if job.content.content_type == ContentType::Thread => match job.parts.get(index(part)) {
            Some(part) => &part.text,
            None => "",
        },
        _ => &job.text,
    };
    text.trim()
}

/// The files of a part. What words, a link or a poll were written with before shows nothing.
pub fn media(job: &Job, part: Part) -> &[MediaRef] {
    match (job.content.content_type, part) {
        (_, Part::FirstComment) | (ContentType::Text | ContentType::Link | ContentType::Poll, _) => &[],
        (ContentType::Thread, part) => job.parts.get(index(part)).map_or(&[], |part| part.media.as_slice()),
        _ => &job.media,
    }
}

/// The place of a post in its thread.
fn index(part: Part) -> usize {
    match part {
        Part::Reply(n) => n as usize,
        Part::Root | Part::FirstComment | Part::Thumbnail => 0,
    }
}

/// The part of a number.
pub fn part(number: usize) -> Part {
    match u32::try_from(number) {
        Ok(0) | Err(_) => Part::Root,
        Ok(n) => Part::Reply(n),
    }
}

/// Every file to upload, part after part.
pub fn files(job: &Job) -> Vec<&MediaRef> {
    (0..posts(job)).flat_map(|number| media(job, part(number))).collect()
}

fn first_file(job: &Job, of: Part) -> usize {
    match of {
        Part::FirstComment => files(job).len(),
        _ => (0..index(of)).map(|number| media(job, part(number)).len()).sum(),
    }
}

/// What is stored, without files that X may have forgotten; those of posts that stand are of no more use.
pub fn load(job: &Job, progress: &Progress) -> Result<State, Fault> {
    let mut state: State = progress.read()?;
    let used = first_file(job, part(state.posts.len()));
    for upload in state.uploads.iter_mut().skip(used).filter(|upload| upload.over(job.now_ms)) {
        *upload = Upload::default();
    }
    Ok(state)
}

/// The next thing to do. All files are there before the first post stands, so that a thread does not stop midway for one.
pub fn decide(job: &Job, state: &State) -> Action {
    let written = state.posts.len();
    if written < posts(job) {
        let used = first_file(job, part(written));
        let needed = files(job).into_iter().enumerate().skip(used);
        let file = needed
            .into_iter()
            .find_map(|(number, file)| upload::need(job, file, state.uploads.get(number)).map(|need| Action::File(number, need)));
        return match (file, part(written)) {
            (Some(file), _) => file,
            (None, Part::Root) => Action::Post(Part::Root),
            (None, reply) if state.parent(reply).is_none() => Action::Unnamed,
            (None, reply) => Action::Post(reply),
        };
    }
    let comments = comment_due(job) && state.root().is_some() && !state.commented && state.comment_lost.is_none();
    if comments {
        Action::Post(Part::FirstComment)
    } else {
        Action::Finish
    }
}

/// Goes on from what was found. An address names the post as well as its id does.
pub fn adopt(progress: &Progress, part: Part, found: &PartReceipt) -> Progress {
    let mut state: State = progress.read().unwrap_or_default();
    let named = found.permalink.as_deref().and_then(|address| address.split("/status/").nth(1));
    let digits = named.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default());
    let id = found.external_id.as_deref().or(digits).unwrap_or_default();
    state.stands(part, id);
    Progress::write(&state)
}
