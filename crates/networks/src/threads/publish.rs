//! Each part is a container that is prepared and waited for, then published; one container is published once at most, which makes
//! that call repeatable (publishing.md, Threads). A part answers the one before it, and is prepared once that stands.

use postrider_core::delivery::{FailureKind, Part};
use postrider_provider::{
    Absorbed, Answer, Commit, Evidence, Fault, Job, Next, PartReceipt, Progress, Proof, QuotaSaid, Receipt, Request, Step, Waiting,
};

use super::state::{Action, Container, State, Which, comment_due, decide, load, posts};
use super::{address, error, form, wire};
use crate::meta::poll_pause_ms;
use crate::meta::wire::{List, Made};

const SETTLE_MS: i64 = 60_000;
/// What a profile may publish in 24 h if the answer does not say: posts and answers (fact sheet section 5).
const POSTS_TOTAL: i64 = 250;
const REPLIES_TOTAL: i64 = 1_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Threads' own bound on processing: the life of a container.
const PROCESSING_MS_MAX: i64 = 24 * HOUR_MS;
/// A container that expired is made anew so often, one whose processing failed once (fact sheet section 6).
const REMADE_MAX: u32 = 3;
/// One that failed so long ago is looked at because a person has the rest of a thread tried again.
const TRIED_AGAIN_MS: i64 = 10 * 60_000;
/// A post that was just made may not be shown at once; so many looks for its address, then the profile's is given.
const LOOKS_MAX: u32 = 3;
const LOOK_PAUSE_MS: i64 = 2_000;

/// The next step.
pub fn next(job: &Job, progress: &Progress) -> Step {
    let state = match load(job, progress) {
        Ok(state) => state,
        Err(fault) => return Step::Fail(fault),
    };
    if let Some(fault) = empty(job) {
        return Step::Fail(fault);
    }
    let action = decide(job, &state);
    match action {
        Action::Await(until_ms) => Step::Wait {
            until_ms,
            why: Waiting::Processing,
        },
        Action::AwaitLook(until_ms) => Step::Wait {
            until_ms,
            why: Waiting::Confirming,
        },
        Action::Publish(part) => {
            let container = container_id(&state, Which::Whole).to_owned();
            Step::Commit(Box::new(Commit {
                request: request(job, &state, action),
                part,
                match_key: container.clone(),
                key: container,
                evidence: Evidence::Fenced,
                settle_ms: SETTLE_MS,
            }))
        }
        Action::Unnamed => Step::Fail(Fault::stop(
            FailureKind::Outage,
            "threads.part_unnamed",
            "The last part stands, but Threads does not say which post it is, so that the next one cannot answer it.",
            "Post the rest by hand as answers to it.",
        )),
        Action::Finish => Step::Done(receipt(job, &state)),
        _ => Step::Call(request(job, &state, action)),
    }
}

/// What the answer to the step just given means.
pub fn absorb(job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
    let mut state = load(job, progress)?;
    let action = decide(job, &state);
    let mut receipt = None;
    if !answer.ok() {
        refused(job, &mut state, action, answer)?;
    } else {
        match action {
            Action::ReadQuota => quota(job, &mut state, answer)?,
            Action::Create(_, which) => created(job, &mut state, which, answer)?,
            Action::Poll(part, which) => polled(job, &mut state, part, which, answer)?,
            Action::Publish(part) => {
                let id = id_of(answer, "publish")?;
                state.stands(part, Some(&id));
                receipt = Some(PartReceipt {
                    external_id: Some(id),
                    permalink: None,
                });
            }
            Action::Look => {
                state.permalink = answer.json()["permalink"].as_str().map(str::to_owned);
                looked(job, &mut state, answer);
            }
            Action::Await(_) | Action::AwaitLook(_) | Action::Unnamed | Action::Finish => {}
        }
    }
    Ok(Absorbed {
        progress: Progress::write(&state),
        receipt,
    })
}

/// A refusal that changes how to go on is no fault.
fn refused(job: &Job, state: &mut State, action: Action, answer: &Answer) -> Result<(), Fault> {
    let fault = error::fault(answer);
    let ends = matches!(fault.next, Next::Stop | Next::Restart);
    match action {
        // A profile whose quota cannot be read is refused by the publishing call itself.
        Action::ReadQuota if fault.kind == FailureKind::Content => state.quota_read = true,
        Action::Look if !matches!(fault.next, Next::Renew | Next::Defer { .. }) => looked(job, state, answer),
        Action::Create(Part::FirstComment, _) | Action::Poll(Part::FirstComment, _) if ends => state.comment_lost = Some(fault.message),
        Action::Publish(Part::FirstComment) if ends && fault.proof == Proof::NotPublished => state.comment_lost = Some(fault.message),
        _ => return Err(fault),
    }
    Ok(())
}

/// Counts a look for the address.
fn looked(job: &Job, state: &mut State, answer: &Answer) {
    state.looks += 1;
    state.looked = state.permalink.is_some() || state.looks >= LOOKS_MAX;
    state.look_at_ms = job.now_ms.max(answer.at_ms) + (LOOK_PAUSE_MS << state.looks.min(LOOKS_MAX));
}

fn parsed<T: serde::de::DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Fault> {
    serde_json::from_slice(&answer.body).map_err(|_| error::unreadable(what))
}

fn id_of(answer: &Answer, what: &str) -> Result<String, Fault> {
    let made: Made = parsed(answer, what)?;
    made.id.filter(|id| !id.is_empty()).ok_or_else(|| error::unreadable(what))
}

/// What an answer says of the profile's quota, if it is the one that does.
pub fn quota_said(answer: &Answer) -> Option<QuotaSaid> {
    let field = b"\"quota_usage\"";
    if !answer.ok() || !answer.body.windows(field.len()).any(|bytes| bytes == field) {
        return None;
    }
    let usage = parsed::<List<wire::Usage>>(answer, "read the quota")
        .ok()?
        .data
        .into_iter()
        .next()?;
    Some(QuotaSaid {
        key: "threads_publishing",
        used: usage.quota_usage,
        limit: usage.config.quota_total.unwrap_or(POSTS_TOTAL),
        window_ms: usage.config.quota_duration.map_or(DAY_MS, |seconds| seconds * 1_000),
    })
}

/// Room for the whole delivery, so that a thread does not stop midway: its answers have a quota of their own. A comment that finds no
/// room is a warning and holds no post.
fn quota(job: &Job, state: &mut State, answer: &Answer) -> Result<(), Fault> {
    let usage = parsed::<List<wire::Usage>>(answer, "read the quota")?
        .data
        .into_iter()
        .next()
        .unwrap_or_default();
    let answers = posts(job) - 1;
    let rooms = [
        ("posts", 1, usage.quota_usage, usage.config.quota_total.unwrap_or(POSTS_TOTAL)),
        (
            "answers",
            i64::try_from(answers).unwrap_or(i64::MAX),
            usage.reply_quota_usage,
            usage.reply_config.quota_total.unwrap_or(REPLIES_TOTAL),
        ),
    ];
    for (noun, wanted, used, total) in rooms {
        if wanted > 0 && used.saturating_add(wanted) > total {
            return Err(Fault::stop(
                FailureKind::Limit,
                "threads.quota",
                format!("The profile has published {used} of {total} {noun} that Threads allows in 24 hours."),
                "It goes on by itself when the window opens.",
            )
            .next(Next::Defer {
                until_ms: answer.at_ms + HOUR_MS,
            }));
        }
    }
    state.quota_read = true;
    Ok(())
}

fn created(job: &Job, state: &mut State, which: Which, answer: &Answer) -> Result<(), Fault> {
    let container = Container {
        id: id_of(answer, "create the container")?,
        made_at_ms: job.now_ms,
        ..Container::default()
    };
    match which {
        Which::Item(index) => match state.items.get_mut(index) {
            Some(item) => *item = container,
            None => state.items.push(container),
        },
        Which::Whole => state.whole = Some(container),
    }
    Ok(())
}

fn polled(job: &Job, state: &mut State, part: Part, which: Which, answer: &Answer) -> Result<(), Fault> {
    let seen: wire::Container = parsed(answer, "look at the container")?;
    let remade = state.remade;
    let container = match which {
        Which::Item(index) => state.items.get_mut(index),
        Which::Whole => state.whole.as_mut(),
    };
    let Some(container) = container else { return Ok(()) };
    let failed = match seen.status.as_str() {
        "FINISHED" => {
            container.ready = true;
            return Ok(());
        }
        // By another hand, or by a call of ours whose record is lost: it stands.
        "PUBLISHED" if which == Which::Whole => {
            state.stands(part, None);
            return Ok(());
        }
        "EXPIRED" if remade < REMADE_MAX => {
            make_anew(state, which);
            return Ok(());
        }
        "ERROR" if error::may_pass(&seen.error_message) && (remade == 0 || tried_again(job, container, remade)) => {
            make_anew(state, which);
            return Ok(());
        }
        "EXPIRED" => Fault::stop(
            FailureKind::Outage,
            "threads.container_expired",
            "What was prepared at Threads has expired again and again.",
            "Retry when Threads works again.",
        ),
        "ERROR" => error::of_container(&seen.error_message),
        _ if job.now_ms - container.made_at_ms > PROCESSING_MS_MAX => Fault::stop(
            FailureKind::Outage,
            "threads.processing",
            "Threads did not finish processing the media within 24 hours.",
            "Retry, or use another file.",
        ),
        _ => {
            container.poll_at_ms = job.now_ms.max(answer.at_ms) + poll_pause_ms(container.polls);
            container.polls += 1;
            return Ok(());
        }
    };
    if part == Part::FirstComment {
        state.comment_lost = Some(failed.message);
        return Ok(());
    }
    Err(failed)
}

fn tried_again(job: &Job, container: &Container, remade: u32) -> bool {
    remade < REMADE_MAX && job.now_ms - container.made_at_ms > TRIED_AGAIN_MS
}

fn make_anew(state: &mut State, which: Which) {
    match which {
        Which::Item(index) => {
            if let Some(item) = state.items.get_mut(index) {
                *item = Container::default();
            }
        }
        Which::Whole => state.whole = None,
    }
    state.remade += 1;
}

fn receipt(job: &Job, state: &State) -> Receipt {
    let handle = &job.account.handle;
    let profile = (!handle.is_empty()).then(|| format!("https://www.threads.com/@{handle}"));
    let why = match &state.comment_lost {
        Some(why) => Some(why.as_str()),
        None if comment_due(job) && !state.commented => Some("Threads did not name the post."),
        None => None,
    };
    Receipt {
        external_id: state.root().map(str::to_owned),
        // Where the post does not show its address, its profile does (fact sheet section 3).
        permalink: state.permalink.clone().or(profile),
        kept_private: None,
        warning: why.map(|why| format!("The post is published; its first comment is not. {why}")),
    }
}

fn container_id(state: &State, which: Which) -> &str {
    match which {
        Which::Item(index) => state.items.get(index),
        Which::Whole => state.whole.as_ref(),
    }
    .map_or("", |container| container.id.as_str())
}

fn request(job: &Job, state: &State, action: Action) -> Request {
    let of_profile = |edge: &str| address(&format!("{}/{edge}", job.account.external_id));
    match action {
        Action::ReadQuota => {
            // The quota of answers takes a permission that a post alone does not need.
            let fields = if posts(job) > 1 {
                "quota_usage,config,reply_quota_usage,reply_config"
            } else {
                "quota_usage,config"
            };
            Request::get("read the quota", of_profile("threads_publishing_limit"))
                .query("fields", fields)
                .bearer("access")
        }
        Action::Create(part, which) => {
            let label = match which {
                Which::Item(index) => format!("create item {} ({part})", index + 1),
                Which::Whole => format!("create container ({part})"),
            };
            Request::post(label, of_profile("threads"))
                .form(form::form(job, state, part, which))
                .bearer("access")
        }
        Action::Poll(_, which) => container_status(container_id(state, which)),
        Action::Publish(part) => Request::post(format!("publish ({part})"), of_profile("threads_publish"))
            .form(vec![form::field("creation_id", container_id(state, Which::Whole))])
            .bearer("access"),
        Action::Look | Action::Await(_) | Action::AwaitLook(_) | Action::Unnamed | Action::Finish => {
            Request::get("read the address", address(state.root().unwrap_or_default()))
                .query("fields", "id,permalink,shortcode")
                .bearer("access")
        }
    }
}

/// Reads where a container stands.
pub fn container_status(id: &str) -> Request {
    Request::get("look at the container", address(id))
        .query("fields", "id,status,error_message")
        .bearer("access")
}

/// A post needs words or something to show.
fn empty(job: &Job) -> Option<Fault> {
    let nothing = (0..posts(job)).find(|index| {
        let part = u32::try_from(*index).map_or(Part::Root, |n| if n == 0 { Part::Root } else { Part::Reply(n) });
        form::words(job, part).trim().is_empty() && form::media(job, part).is_empty()
    });
    (nothing.is_some() || posts(job) == 0).then(|| {
        Fault::stop(
            FailureKind::Content,
            "threads.empty",
            "There is nothing to post.",
            "Write a text or add media.",
        )
    })
}
