//! The file goes up as a private video ahead of time, and is then shown by one call that says the same however often it is made
//! (publishing.md, YouTube). After it the video is watched until YouTube has done its work on it.

use postrider_core::delivery::Part;
use postrider_provider::{
    Absorbed, Answer, Commit, Evidence, Fault, Job, Method, Next, PartReceipt, Progress, Proof, Receipt, Request, Step, Waiting,
};

use super::state::{Action, State, decide};
use super::upload::{Told, Upload};
use super::wire::{List, Thread, Video};
use super::{api, error, find, form, read, upload, watch};

const SETTLE_MS: i64 = 60_000;

/// The next step.
pub fn next(job: &Job, progress: &Progress) -> Step {
    let state: State = match progress.read() {
        Ok(state) => state,
        Err(fault) => return Step::Fail(fault),
    };
    if !state.committed
        && let Some(fault) = form::not_served(job)
    {
        return Step::Fail(fault);
    }
    let action = decide(job, &state);
    let id = state.video.clone().unwrap_or_default();
    let commit = |part, match_key: String, evidence| {
        Step::Commit(Box::new(Commit {
            request: request(job, &state, action),
            part,
            key: if evidence == Evidence::Fenced {
                match_key.clone()
            } else {
                String::new()
            },
            match_key,
            evidence,
            settle_ms: SETTLE_MS,
        }))
    };
    match action {
        Action::Await(until_ms) => Step::Wait {
            until_ms,
            why: if state.committed {
                Waiting::Confirming
            } else {
                Waiting::Processing
            },
        },
        Action::AwaitWindow(until_ms) => Step::Wait {
            until_ms,
            why: Waiting::Window,
        },
        Action::Finish => Step::Done(receipt(job, &state)),
        Action::Show => commit(Part::Root, id, Evidence::Fenced),
        Action::PutLast => {
            let key = state.upload.as_ref().map(Upload::key);
            commit(Part::Root, key.unwrap_or_default(), Evidence::Fenced)
        }
        Action::Comment => commit(Part::FirstComment, format!("comment:{id}"), Evidence::ReadBack),
        _ => Step::Call(request(job, &state, action)),
    }
}

fn request(job: &Job, state: &State, action: Action) -> Request {
    let fallback = Upload::default();
    let under_way = state.upload.as_ref().unwrap_or(&fallback);
    let id = state.video.as_deref().unwrap_or_default();
    match (action, job.media.first()) {
        (Action::Open, Some(file)) => form::open(job, file),
        (Action::Put | Action::PutLast, Some(file)) => upload::put(file, under_way),
        (Action::Ask, _) => upload::ask(under_way),
        (Action::Search, _) => find::newest(job),
        (Action::Confirm, _) => find::file_of(state.candidate.as_deref().unwrap_or_default()),
        (Action::Show, _) => form::show(job, id),
        (Action::Comment, _) => form::comment(job, id),
        _ => watch::look(id),
    }
}

/// What the answer to the step just given means.
pub fn absorb(job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
    let mut state: State = progress.read()?;
    let now_ms = job.now_ms.max(answer.at_ms);
    let mut receipt = None;
    match (decide(job, &state), job.media.first()) {
        (Action::Open, Some(file)) => state.upload = Some(upload::opened(job, file, answer)?),
        (action @ (Action::Put | Action::PutLast | Action::Ask), _) => {
            let mut under_way = state.upload.take().unwrap_or_default();
            let told = if action == Action::Ask {
                upload::told(job, &mut under_way, answer)?
            } else {
                upload::taken(job, &mut under_way, answer)?
            };
            match told {
                // It may stand: nothing else is tried before that is known.
                Told::Onward if action == Action::PutLast && under_way.is_lost() => return Err(error::fault(answer).ambiguous()),
                Told::Onward => state.upload = Some(under_way),
                Told::Whole(id) => {
                    receipt = (action == Action::PutLast).then(|| form::stands(job, &id));
                    state.committed = receipt.is_some();
                    state.arrived(id, now_ms);
                }
                Told::Over => state.lost_from_ms = Some(under_way.opened_at_ms),
            }
        }
        (Action::Search, _) => match find::among_newest(job, state.lost_from_ms.unwrap_or(0), answer)? {
            Some(id) => state.candidate = Some(id),
            None => state.lost_from_ms = None,
        },
        (Action::Confirm, Some(file)) => match find::is_ours(file, answer)? {
            Some(id) => state.arrived(id, now_ms),
            None => (state.candidate, state.lost_from_ms) = (None, None),
        },
        (Action::Watch, _) => watched(&mut state, answer, now_ms)?,
        (Action::Show, _) => receipt = Some(shown(job, &mut state, answer, now_ms)?),
        (Action::Comment, _) => receipt = commented(&mut state, answer)?,
        _ => {}
    }
    Ok(Absorbed {
        progress: Progress::write(&state),
        receipt,
    })
}

fn watched(state: &mut State, answer: &Answer, now_ms: i64) -> Result<(), Fault> {
    let list: List<Video> = read(answer, "look at the video").map_err(|fault| no_restart_after_commit(state, fault))?;
    let Some(video) = list.items.into_iter().next() else {
        return Err(no_restart_after_commit(state, error::gone()));
    };
    watch::looked(&mut state.work, &video, now_ms)?;
    state.privacy = Some(video.status.privacy_status).filter(|privacy| !privacy.is_empty());
    Ok(())
}

fn shown(job: &Job, state: &mut State, answer: &Answer, now_ms: i64) -> Result<PartReceipt, Fault> {
    let video: Video = read(answer, "show the video")?;
    if video.status.privacy_status.is_empty() {
        return Err(error::unreadable("show the video"));
    }
    state.privacy = Some(video.status.privacy_status);
    state.committed = true;
    state.work.look_at_ms = state.work.look_at_ms.max(now_ms);
    Ok(PartReceipt {
        external_id: state.video.clone(),
        permalink: state.video.as_deref().map(|id| form::permalink(job, id)),
    })
}

fn commented(state: &mut State, answer: &Answer) -> Result<Option<PartReceipt>, Fault> {
    if answer.ok() {
        let thread: Thread = serde_json::from_slice(&answer.body).unwrap_or_default();
        state.commented = true;
        return Ok(Some(PartReceipt {
            external_id: Some(thread.id).filter(|id| !id.is_empty()),
            permalink: None,
        }));
    }
    let fault = no_restart_after_commit(state, error::fault(answer));
    if fault.next != Next::Stop || fault.proof == Proof::Ambiguous {
        return Err(fault);
    }
    state.comment_lost = Some(fault.told());
    Ok(None)
}

/// What stands is never begun anew: a list that does not show it may lag.
fn no_restart_after_commit(state: &State, fault: Fault) -> Fault {
    if state.committed && fault.next == Next::Restart {
        fault.next(Next::Repeat { at_ms: None })
    } else {
        fault
    }
}

fn receipt(job: &Job, state: &State) -> Receipt {
    let locked = form::is_shown(form::privacy(job)) && state.privacy.as_deref().is_some_and(|privacy| !form::is_shown(privacy));
    let why = "YouTube has not audited the app, or keeps the video back for another reason, so that nobody but the channel sees it. Ask the \
               administrator to have the app audited, then publish the post again.";
    let own = state.video.as_deref().map(|id| form::permalink(job, id));
    Receipt {
        external_id: state.video.clone(),
        permalink: own.or_else(|| state.permalink.clone()),
        kept_private: locked.then(|| why.to_owned()),
        warning: state
            .comment_lost
            .as_ref()
            .map(|why| format!("The video is published; its first comment is not. {why}")),
    }
}

/// Calls that remove what nobody else has seen. Whether all of an upload came is asked first; of a file that came in part, YouTube forgets
/// the rest by itself.
pub fn discard(progress: &Progress) -> Vec<Request> {
    match progress.read::<State>() {
        Ok(State {
            committed: false,
            video: Some(id),
            ..
        }) => vec![remove(&id)],
        Ok(State {
            committed: false,
            upload: Some(upload),
            ..
        }) => vec![Request {
            label: REMOVE.to_owned(),
            ..upload::ask(&upload)
        }],
        _ => Vec::new(),
    }
}

/// What an upload became nobody knew until it was asked.
pub fn discard_after(progress: &Progress, answer: &Answer) -> Vec<Request> {
    let known = progress.read::<State>().is_ok_and(|state| state.video.is_some());
    match serde_json::from_slice::<Video>(&answer.body) {
        Ok(video) if !known && !video.id.is_empty() => vec![remove(&video.id)],
        _ => Vec::new(),
    }
}

const REMOVE: &str = "remove the private video";

fn remove(id: &str) -> Request {
    api(REMOVE, Method::Delete, "videos").query("id", id)
}
