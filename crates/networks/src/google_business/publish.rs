//! A post is one call, and Google fetches its photo while it answers. Then Google looks the post over, and shows or rejects it. There is no
//! key: what became of a lost answer is read from the list (publishing.md, Google Business).

use postrider_core::delivery::{FailureKind, Part};
use postrider_provider::{Absorbed, Answer, Commit, Evidence, Fault, Job, Method, PartReceipt, Progress, Receipt, Request, Step, Waiting};

use super::state::{Action, REVIEW_MS_MAX, State, decide};
use super::wire::Post;
use super::{error, form, posts, read};

const SETTLE_MS: i64 = 60_000;

/// The next step.
pub fn next(job: &Job, progress: &Progress) -> Step {
    let state: State = match progress.read() {
        Ok(state) => state,
        Err(fault) => return Step::Fail(fault),
    };
    match decide(job, &state) {
        Action::Post => match (form::not_served(job), parent(job)) {
            (Some(fault), _) | (None, Err(fault)) => Step::Fail(fault),
            (None, Ok(parent)) => Step::Commit(Box::new(commit(job, parent))),
        },
        Action::Await(until_ms) => Step::Wait {
            until_ms,
            why: Waiting::Confirming,
        },
        Action::Look => Step::Call(look(state.post.as_deref().unwrap_or_default())),
        Action::Finish => Step::Done(receipt(job, &state)),
    }
}

fn commit(job: &Job, parent: &str) -> Commit {
    let words = form::own_words(job);
    Commit {
        request: form::create(job, parent),
        part: Part::Root,
        key: String::new(),
        match_key: if words.is_empty() {
            job.content.content_type.to_string()
        } else {
            format!("{} {words}", form::topic(job))
        },
        evidence: if job.media.is_empty() {
            Evidence::ReadBack
        } else {
            Evidence::Unfetched
        },
        settle_ms: SETTLE_MS,
    }
}

/// Where the location's posts are: its account is a part of the address.
pub fn parent(job: &Job) -> Result<&str, Fault> {
    job.account.meta["parent"].as_str().ok_or_else(|| {
        Fault::stop(
            FailureKind::Internal,
            "google_business.no_parent",
            "It is not known to which account at Google the location belongs.",
            "Reconnect the channel.",
        )
    })
}

fn look(name: &str) -> Request {
    posts("look at the post", Method::Get, name)
}

/// What the answer to the step just given means.
pub fn absorb(job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
    let mut state: State = progress.read()?;
    let now_ms = job.now_ms.max(answer.at_ms);
    let mut receipt = None;
    match decide(job, &state) {
        Action::Post => {
            let post: Post = read(answer, "make the post")?;
            if post.name.is_empty() {
                return Err(error::unreadable("make the post"));
            }
            state.posted = true;
            state.posted_at_ms = now_ms;
            state.live = is_live(&post.state);
            // What is rejected at once is looked at once, and told then: the call did make it.
            state.look_at_ms = now_ms;
            if post.state != "REJECTED" {
                state.look_again(now_ms);
            }
            receipt = Some(part_receipt(&post));
            note(&mut state, post);
        }
        Action::Look => {
            if !answer.ok() {
                return Err(error::of_look(answer));
            }
            let post: Post = read(answer, "look at the post")?;
            looked(&mut state, &post, now_ms)?;
            note(&mut state, post);
        }
        Action::Await(_) | Action::Finish => {}
    }
    Ok(Absorbed {
        progress: Progress::write(&state),
        receipt,
    })
}

/// `RECURRING` is shown, and shown again.
fn is_live(state: &str) -> bool {
    matches!(state, "LIVE" | "RECURRING")
}

fn looked(state: &mut State, post: &Post, now_ms: i64) -> Result<(), Fault> {
    if post.state == "REJECTED" {
        return Err(error::rejected());
    }
    state.live = is_live(&post.state);
    if state.posted_at_ms == 0 {
        state.posted_at_ms = now_ms;
    }
    if !state.live && now_ms - state.posted_at_ms > REVIEW_MS_MAX {
        return Err(error::slow());
    }
    state.look_again(now_ms);
    Ok(())
}

fn note(state: &mut State, post: Post) {
    if !post.search_url.is_empty() {
        state.permalink = Some(post.search_url);
    }
    if !post.name.is_empty() {
        state.post = Some(post.name);
    }
}

/// What a post is for people. Its address may be told only once Google shows it.
pub fn part_receipt(post: &Post) -> PartReceipt {
    PartReceipt {
        external_id: Some(post.name.clone()),
        permalink: Some(post.search_url.clone()).filter(|url| !url.is_empty()),
    }
}

fn receipt(job: &Job, state: &State) -> Receipt {
    let place = job.account.meta["maps_uri"].as_str().map(str::to_owned);
    Receipt {
        external_id: state.post.clone(),
        permalink: state.permalink.clone().or(place),
        kept_private: None,
        warning: None,
    }
}
