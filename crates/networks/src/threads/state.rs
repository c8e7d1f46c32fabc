//! What is remembered of a delivery, and what comes next.

use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_provider::{Fault, Job, PartReceipt, Progress};
use serde::{Deserialize, Serialize};

use super::form::media;

/// A container lives 24 h; one that is older than this is made anew rather than published.
const CONTAINER_MS_MAX: i64 = 23 * 3_600_000;

/// A container at Threads; without an id it is to be made anew.
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
    /// The items of the carousel of the part under way.
    pub items: Vec<Container>,
    /// What will be published as the part under way.
    pub whole: Option<Container>,
    /// How often something of the part under way was made anew.
    pub remade: u32,
    /// What is published so far: the post, then the parts of its thread. Empty for one whose id is not known.
    pub posts: Vec<String>,
    pub permalink: Option<String>,
    pub looked: bool,
    pub looks: u32,
    pub look_at_ms: i64,
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

    /// Notes that a part stands; what was prepared for it is done with.
    pub fn stands(&mut self, part: Part, id: Option<&str>) {
        if part == Part::FirstComment {
            self.commented = true;
        } else {
            self.posts.push(id.unwrap_or_default().to_owned());
        }
        self.drop_prepared();
    }

    /// Forgets what was prepared for the part under way.
    pub fn drop_prepared(&mut self) {
        self.items.clear();
        self.whole = None;
        self.remade = 0;
    }
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
    Create(Part, Which),
    Poll(Part, Which),
    /// Nothing before this instant, UTC milliseconds: Threads works on the media.
    Await(i64),
    Publish(Part),
    /// Read the address.
    Look,
    /// Nothing before this instant, UTC milliseconds: the address is not shown yet.
    AwaitLook(i64),
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

/// What is stored, without containers that have expired.
pub fn load(job: &Job, progress: &Progress) -> Result<State, Fault> {
    let mut state: State = progress.read()?;
    let stale = |container: &Container| !container.id.is_empty() && job.now_ms - container.made_at_ms > CONTAINER_MS_MAX;
    if state.items.iter().chain(&state.whole).any(stale) {
        state.drop_prepared();
        state.quota_read = !state.posts.is_empty();
    }
    Ok(state)
}

/// The next thing to do.
pub fn decide(job: &Job, state: &State) -> Action {
    let written = state.posts.len();
    if written < posts(job) {
        return match u32::try_from(written) {
            Ok(0) | Err(_) if !state.quota_read => Action::ReadQuota,
            Ok(0) | Err(_) => towards(job, state, Part::Root),
            Ok(n) if state.parent(Part::Reply(n)).is_none() => Action::Unnamed,
            Ok(n) => towards(job, state, Part::Reply(n)),
        };
    }
    if state.root().is_none() {
        return Action::Finish;
    }
    if !state.looked {
        return if job.now_ms < state.look_at_ms {
            Action::AwaitLook(state.look_at_ms)
        } else {
            Action::Look
        };
    }
    if comment_due(job) && !state.commented && state.comment_lost.is_none() {
        towards(job, state, Part::FirstComment)
    } else {
        Action::Finish
    }
}

/// The next thing to do for a part, up to its publishing.
fn towards(job: &Job, state: &State, part: Part) -> Action {
    let media = media(job, part);
    if media.len() > 1 {
        let unmade = |index: &usize| state.items.get(*index).is_none_or(|item| item.id.is_empty());
        if let Some(index) = (0..media.len()).find(unmade) {
            return Action::Create(part, Which::Item(index));
        }
        for (index, item) in state.items.iter().enumerate() {
            if let Some(action) = waiting(job, item, part, Which::Item(index)) {
                return action;
            }
        }
    }
    match &state.whole {
        None => Action::Create(part, Which::Whole),
        Some(whole) => waiting(job, whole, part, Which::Whole).unwrap_or(Action::Publish(part)),
    }
}

fn waiting(job: &Job, container: &Container, part: Part, which: Which) -> Option<Action> {
    if container.ready {
        return None;
    }
    Some(if job.now_ms < container.poll_at_ms {
        Action::Await(container.poll_at_ms)
    } else {
        Action::Poll(part, which)
    })
}

/// Goes on from what was found.
pub fn adopt(progress: &Progress, part: Part, found: &PartReceipt) -> Progress {
    let mut state: State = progress.read().unwrap_or_default();
    state.stands(part, found.external_id.as_deref());
    if part == Part::Root {
        state.permalink.clone_from(&found.permalink);
        state.looked = found.permalink.is_some();
    }
    Progress::write(&state)
}
