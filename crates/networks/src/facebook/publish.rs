//! A post is made unpublished and then published by its own id, so that publishing can be repeated (publishing.md,
//! Facebook). A draft is the same without the second half.

use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::{ContentType, Mode};
use postrider_provider::{
    Absorbed, Answer, Commit, Evidence, Fault, Job, Next, PartReceipt, Progress, Proof, Receipt, Request, Step, Waiting,
};

use super::state::{Action, Shape, State, Video, decide, load, own_id, photos, shape, story_media};
use super::wire::{Opened, PostNode, Story, VideoNode};
use super::{call, error};
use crate::meta::poll_pause_ms;
use crate::meta::wire::{List, Made};

const SETTLE_MS: i64 = 60_000;
/// The list of stories lags behind.
const STORY_SETTLE_MS: i64 = 120_000;
/// How long processing is waited for.
const PROCESSING_MS_MAX: i64 = 6 * 3_600_000;

/// The next step.
pub fn next(job: &Job, progress: &Progress) -> Step {
    let state = match load(job, progress) {
        Ok(state) => state,
        Err(fault) => return Step::Fail(fault),
    };
    if let Some(fault) = not_served(job) {
        return Step::Fail(fault);
    }
    let wait = |until_ms, why| Step::Wait { until_ms, why };
    match decide(job, &state) {
        Action::AwaitWindow(until_ms) => wait(until_ms, Waiting::Window),
        Action::AwaitPoll(until_ms) => wait(until_ms, Waiting::Processing),
        Action::AwaitConfirm(until_ms) => wait(until_ms, Waiting::Confirming),
        Action::Commit => Step::Commit(Box::new(commit(job, &state))),
        Action::Comment => Step::Commit(Box::new(Commit {
            request: call::request(job, &state, &Action::Comment),
            part: Part::FirstComment,
            key: String::new(),
            match_key: format!("comment:{}", state.external_id.as_deref().unwrap_or_default()),
            evidence: Evidence::ReadBack,
            settle_ms: SETTLE_MS,
        })),
        Action::Finish => Step::Done(receipt(&state)),
        action => Step::Call(call::request(job, &state, &action)),
    }
}

fn commit(job: &Job, state: &State) -> Commit {
    let (evidence, settle_ms) = match (shape(job), job.mode) {
        // No list shows drafts.
        (Shape::Feed, Mode::Draft) => (Evidence::None, SETTLE_MS),
        (Shape::PhotoStory | Shape::VideoStory, _) => (Evidence::ReadBack, STORY_SETTLE_MS),
        _ => (Evidence::Fenced, SETTLE_MS),
    };
    let key = own_id(job, state).unwrap_or_default();
    let match_key = [Some(key.as_str()), story_media(state), Some(job.text.as_str())]
        .into_iter()
        .flatten()
        .find(|text| !text.is_empty())
        .unwrap_or("feed")
        .to_owned();
    Commit {
        request: call::request(job, state, &Action::Commit),
        part: Part::Root,
        key,
        match_key,
        evidence,
        settle_ms,
    }
}

/// What the answer to the step just given means.
pub fn absorb(job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
    let mut state = load(job, progress)?;
    let action = decide(job, &state);
    let mut receipt = None;
    match &action {
        Action::Look => looked(job, &mut state, answer)?,
        Action::Comment => receipt = commented(&mut state, answer)?,
        _ if !answer.ok() => return Err(no_restart_after_commit(&state, error::fault(answer))),
        Action::Photo(_) => state
            .photos
            .push(made(answer, "upload photo")?.id.ok_or_else(|| error::unreadable("upload photo"))?),
        Action::StagePost => {
            state.post = Some(
                made(answer, "make the post")?
                    .id
                    .ok_or_else(|| error::unreadable("make the post"))?,
            )
        }
        Action::OpenVideo => state.video = Some(opened(job, answer)?),
        Action::Transfer => {
            let next: Opened = parsed(answer, "upload a part")?;
            if let Some(video) = &mut state.video {
                (video.start, video.end) = (next.start_offset.0, next.end_offset.0);
            }
        }
        Action::SendFile => {
            if let Some(video) = &mut state.video {
                video.uploaded = true;
            }
        }
        Action::CloseVideo => {
            if let Some(video) = &mut state.video {
                video.closed = true;
                video.closed_at_ms = job.now_ms;
            }
        }
        Action::Poll => polled(job, &mut state, answer)?,
        Action::Commit => receipt = Some(committed(job, &mut state, answer)?),
        Action::Confirm => confirmed(job, &mut state, answer)?,
        Action::AwaitWindow(_) | Action::AwaitPoll(_) | Action::AwaitConfirm(_) | Action::Finish => {}
    }
    if state.staged_at_ms == 0 {
        state.staged_at_ms = job.now_ms;
    }
    Ok(Absorbed {
        progress: Progress::write(&state),
        receipt,
    })
}

/// Calls that remove what the public never saw.
pub fn discard(job: &Job, progress: &Progress) -> Vec<Request> {
    let Ok(state) = progress.read::<State>() else {
        return Vec::new();
    };
    if state.committed {
        return Vec::new();
    }
    let post = state.post.iter().map(|id| call::remove(job, "unpublished post", id));
    let video = state.video.iter().map(|video| call::remove(job, "unpublished video", &video.id));
    let photos = state.photos.iter().map(|id| call::remove(job, "unpublished photo", id));
    post.chain(video).chain(photos).collect()
}

fn parsed<T: serde::de::DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Fault> {
    serde_json::from_slice(&answer.body).map_err(|_| error::unreadable(what))
}

fn made(answer: &Answer, what: &str) -> Result<Made, Fault> {
    parsed(answer, what)
}

/// What stands is never begun anew.
fn no_restart_after_commit(state: &State, fault: Fault) -> Fault {
    if state.committed && fault.next == Next::Restart {
        fault.next(Next::Stop)
    } else {
        fault
    }
}

fn opened(job: &Job, answer: &Answer) -> Result<Video, Fault> {
    let opened: Opened = parsed(answer, "open the upload")?;
    let named = !opened.video_id.is_empty();
    let reachable = match shape(job) {
        Shape::Reel | Shape::VideoStory => !opened.upload_url.is_empty(),
        _ => !opened.upload_session_id.is_empty(),
    };
    if !named || !reachable {
        return Err(error::unreadable("open the upload"));
    }
    Ok(Video {
        id: opened.video_id,
        session: opened.upload_session_id,
        upload_url: opened.upload_url,
        start: opened.start_offset.0,
        end: opened.end_offset.0,
        ..Video::default()
    })
}

fn polled(job: &Job, state: &mut State, answer: &Answer) -> Result<(), Fault> {
    let node: VideoNode = parsed(answer, "look at the video")?;
    broken(&node)?;
    let Some(video) = &mut state.video else { return Ok(()) };
    if node.status.video_status == "ready" {
        video.ready = true;
    } else if job.now_ms - video.closed_at_ms > PROCESSING_MS_MAX {
        return Err(slow());
    } else {
        video.poll_at_ms = job.now_ms.max(answer.at_ms) + poll_pause_ms(video.polls);
        video.polls += 1;
    }
    Ok(())
}

/// A phase that failed ends it, whatever the whole says.
fn broken(node: &VideoNode) -> Result<(), Fault> {
    let status = &node.status;
    let failed = [&status.uploading_phase, &status.processing_phase, &status.publishing_phase]
        .into_iter()
        .find(|phase| phase.status == "error" || phase.publish_status == "error");
    let ended = matches!(status.video_status.as_str(), "error" | "expired" | "upload_failed");
    if failed.is_none() && !ended {
        return Ok(());
    }
    let why = failed
        .and_then(|phase| phase.error.clone().or_else(|| phase.errors.first().cloned()))
        .unwrap_or_default();
    let seen = crate::refusal::Seen {
        code: why.code.map(|code| code.to_string()).unwrap_or_default(),
        text: why.message,
        ..crate::refusal::Seen::default()
    };
    let mut fault = crate::refusal::read("facebook", &[error::TABLE], &seen);
    if fault.code == "facebook.unlisted" {
        let message = format!("Facebook could not process the video. {}", seen.text);
        fault = Fault::stop(FailureKind::Content, "facebook.video_failed", message.trim(), "Use another file.");
    }
    fault.proof = Proof::NeverPublic;
    Err(fault.next(Next::Stop))
}

fn slow() -> Fault {
    Fault::stop(
        FailureKind::Outage,
        "facebook.video_slow",
        "Facebook did not finish processing the video within six hours.",
        "Retry, or use another file.",
    )
}

fn committed(job: &Job, state: &mut State, answer: &Answer) -> Result<PartReceipt, Fault> {
    let made = made(answer, "publish").unwrap_or_default();
    // "success" may be false although the status is 200.
    if answer.json()["success"] == false {
        return Err(error::unreadable("publish"));
    }
    state.committed = true;
    state.external_id = match shape(job) {
        Shape::Feed if job.mode == Mode::Draft => made.id,
        Shape::Feed | Shape::Video | Shape::Reel => own_id(job, state),
        Shape::PhotoStory | Shape::VideoStory => made.post_id,
    };
    if let Some(video) = &mut state.video {
        video.polls = 0;
        video.poll_at_ms = 0;
        video.closed_at_ms = job.now_ms;
    }
    Ok(PartReceipt {
        external_id: state.external_id.clone(),
        permalink: None,
    })
}

/// Whether followers see the reel.
fn confirmed(job: &Job, state: &mut State, answer: &Answer) -> Result<(), Fault> {
    let node: VideoNode = parsed(answer, "look at the reel")?;
    // Facebook's verdict on the reel itself, whatever it blames: it does not become public.
    broken(&node).map_err(|fault| Fault {
        kind: FailureKind::Content,
        ..fault
    })?;
    let publishing = &node.status.publishing_phase;
    let public = publishing.publish_status == "published" && publishing.status != "not_started";
    state.permalink = node.permalink_url.as_deref().map(absolute).or(state.permalink.take());
    let Some(video) = &mut state.video else { return Ok(()) };
    if public || (publishing.publish_status == "published" && node.status.video_status == "ready") {
        state.settled = true;
    } else if job.now_ms - video.closed_at_ms > PROCESSING_MS_MAX {
        return Err(slow());
    } else {
        video.poll_at_ms = job.now_ms.max(answer.at_ms) + poll_pause_ms(video.polls);
        video.polls += 1;
    }
    Ok(())
}

/// The address is a kindness: without it the post stands all the same.
fn looked(job: &Job, state: &mut State, answer: &Answer) -> Result<(), Fault> {
    if !answer.ok() {
        let fault = error::fault(answer);
        if !matches!(fault.next, Next::Stop | Next::Restart) {
            return Err(fault);
        }
        state.settled = true;
        return Ok(());
    }
    let found = match shape(job) {
        Shape::Feed => parsed::<PostNode>(answer, "read the post").ok().and_then(|post| post.permalink_url),
        Shape::Video | Shape::Reel => parsed::<VideoNode>(answer, "read the video")
            .ok()
            .and_then(|video| video.permalink_url),
        Shape::PhotoStory | Shape::VideoStory => parsed::<List<Story>>(answer, "list the stories").ok().and_then(|stories| {
            let ours = stories
                .data
                .into_iter()
                .find(|story| Some(story.media_id.as_str()) == story_media(state));
            ours.and_then(|story| story.url)
        }),
    };
    state.permalink = found.as_deref().map(absolute).or(state.permalink.take());
    if state.permalink.is_none() && shape(job) == Shape::Feed {
        state.permalink = state.external_id.as_ref().map(|id| format!("https://www.facebook.com/{id}"));
    }
    state.settled = true;
    Ok(())
}

/// A video's address comes without its host.
pub fn absolute(url: &str) -> String {
    if url.starts_with('/') {
        format!("https://www.facebook.com{url}")
    } else {
        url.to_owned()
    }
}

fn commented(state: &mut State, answer: &Answer) -> Result<Option<PartReceipt>, Fault> {
    if answer.ok() {
        state.commented = true;
        state.comment_id = made(answer, "write the first comment").unwrap_or_default().id;
        return Ok(Some(PartReceipt {
            external_id: state.comment_id.clone(),
            permalink: None,
        }));
    }
    let fault = no_restart_after_commit(state, error::fault(answer));
    if fault.next != Next::Stop || fault.proof == Proof::Ambiguous {
        return Err(fault);
    }
    state.comment_lost = Some(fault.message);
    Ok(None)
}

fn receipt(state: &State) -> Receipt {
    Receipt {
        external_id: state.external_id.clone(),
        permalink: state.permalink.clone(),
        kept_private: None,
        warning: state
            .comment_lost
            .as_ref()
            .map(|why| format!("The post is published; its first comment is not. {why}")),
    }
}

/// What Facebook's API has no way for, and what a shape cannot be without.
fn not_served(job: &Job) -> Option<Fault> {
    let content_type = job.content.content_type;
    if matches!(content_type, ContentType::Thread | ContentType::Poll | ContentType::Document) {
        return Some(Fault::stop(
            FailureKind::Content,
            "facebook.content_type",
            format!("Facebook's API takes no {content_type}."),
            "Change the type of the post.",
        ));
    }
    let bare = match shape(job) {
        Shape::Feed => job.text.is_empty() && photos(job) == 0 && job.content.link.is_none(),
        _ => job.media.is_empty(),
    };
    bare.then(|| {
        Fault::stop(
            FailureKind::Content,
            "facebook.empty",
            "There is nothing to post.",
            "Write a text or add media.",
        )
    })
}
