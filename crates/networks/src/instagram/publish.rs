//! A container is prepared and waited for, then published; one container is published once at most, which makes the last
//! call repeatable (publishing.md, Instagram).

use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::ContentType;
use postrider_provider::{
    Absorbed, Answer, Commit, Evidence, Fault, Job, MediaRef, Next, PartReceipt, Progress, Proof, QuotaSaid, Receipt, Request, Step, Val,
    Waiting,
};

use super::auth::FACEBOOK_LOGIN;
use super::state::{Action, Container, State, Which, decide, files, is_carousel, is_video, load};
use super::{error, host, wire};
use crate::meta::wire::{List, Made};
use crate::meta::{address, poll_pause_ms};

const SETTLE_MS: i64 = 60_000;
/// What an account may publish in 24 h if the answer does not say (fact sheet section 5).
const QUOTA_TOTAL: i64 = 50;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Instagram's own bound on processing: the life of a container.
const PROCESSING_MS_MAX: i64 = 24 * HOUR_MS;

/// The next step.
pub fn next(job: &Job, progress: &Progress) -> Step {
    let state = match load(job, progress) {
        Ok(state) => state,
        Err(fault) => return Step::Fail(fault),
    };
    if let Some(fault) = not_served(job) {
        return Step::Fail(fault);
    }
    let action = decide(job, &state);
    match action {
        Action::Await(until_ms) => Step::Wait {
            until_ms,
            why: Waiting::Processing,
        },
        Action::Publish => {
            let container = container_id(&state, Which::Whole).to_owned();
            Step::Commit(Box::new(Commit {
                request: request(job, &state, action),
                part: Part::Root,
                match_key: container.clone(),
                key: container,
                evidence: Evidence::Fenced,
                settle_ms: SETTLE_MS,
            }))
        }
        Action::Comment => Step::Commit(Box::new(Commit {
            request: request(job, &state, action),
            part: Part::FirstComment,
            key: String::new(),
            match_key: format!("comment:{}", state.media_id.as_deref().unwrap_or_default()),
            evidence: Evidence::ReadBack,
            settle_ms: SETTLE_MS,
        })),
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
            Action::ReadQuota => quota(&mut state, answer)?,
            Action::Create(which) => created(job, &mut state, which, answer)?,
            Action::Poll(which) => polled(job, &mut state, which, answer)?,
            Action::Publish => {
                state.committed = true;
                state.media_id = parsed::<Made>(answer, "publish").unwrap_or_default().id;
                receipt = Some(PartReceipt {
                    external_id: state.media_id.clone(),
                    permalink: None,
                });
            }
            Action::Look => {
                state.looked = true;
                state.permalink = answer.json()["permalink"].as_str().map(str::to_owned);
            }
            Action::Comment => {
                state.commented = true;
                receipt = Some(PartReceipt {
                    external_id: parsed::<Made>(answer, "write the first comment").unwrap_or_default().id,
                    permalink: None,
                });
            }
            Action::Await(_) | Action::Finish => {}
        }
    }
    Ok(Absorbed {
        progress: Progress::write(&state),
        receipt,
    })
}

/// A refusal that changes how to go on is no fault.
fn refused(job: &Job, state: &mut State, action: Action, answer: &Answer) -> Result<(), Fault> {
    let seen = crate::meta::error::seen(answer);
    let hidden = seen.code == "100" && seen.sub == "33";
    if hidden && may_use_person(job, state) && action != Action::Publish {
        state.by_person = true;
        return Ok(());
    }
    let fault = error::fault(answer);
    match action {
        // An account whose quota cannot be read is refused by the publishing call itself.
        Action::ReadQuota if fault.kind == FailureKind::Content => state.quota_read = true,
        Action::Look if matches!(fault.next, Next::Stop | Next::Restart) => state.looked = true,
        Action::Comment if fault.proof == Proof::NotPublished && matches!(fault.next, Next::Stop | Next::Restart) => {
            state.comment_lost = Some(fault.message)
        }
        _ => return Err(fault),
    }
    Ok(())
}

/// Meta once hid containers and media from Page tokens for weeks (May 2026); the person's token saw them.
fn may_use_person(job: &Job, state: &State) -> bool {
    job.account.variant == FACEBOOK_LOGIN && !state.by_person
}

/// The secret that a delivery's calls are signed with.
pub fn secret(job: &Job, by_person: bool) -> &'static str {
    if job.account.variant == FACEBOOK_LOGIN && !by_person {
        "page"
    } else {
        "access"
    }
}

fn parsed<T: serde::de::DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Fault> {
    serde_json::from_slice(&answer.body).map_err(|_| error::unreadable(what))
}

/// What an answer says of the account's quota, if it is the one that does.
pub fn quota_said(answer: &Answer) -> Option<QuotaSaid> {
    let field = b"quota_usage";
    if !answer.ok() || !answer.body.windows(field.len()).any(|bytes| bytes == field) {
        return None;
    }
    let usage = parsed::<List<wire::Usage>>(answer, "read the quota")
        .ok()?
        .data
        .into_iter()
        .next()?;
    let config = usage.config.as_ref();
    Some(QuotaSaid {
        key: "instagram_publishing",
        used: usage.quota_usage,
        limit: config.map_or(QUOTA_TOTAL, |config| config.quota_total),
        window_ms: config
            .and_then(|config| config.quota_duration)
            .map_or(DAY_MS, |seconds| seconds * 1_000),
    })
}

fn quota(state: &mut State, answer: &Answer) -> Result<(), Fault> {
    let usage = parsed::<List<wire::Usage>>(answer, "read the quota")?
        .data
        .into_iter()
        .next()
        .unwrap_or_default();
    let total = usage.config.map_or(QUOTA_TOTAL, |config| config.quota_total);
    if usage.quota_usage >= total {
        return Err(Fault::stop(
            FailureKind::Limit,
            "instagram.quota",
            format!(
                "The account has published {} of {total} posts that Instagram allows in 24 hours.",
                usage.quota_usage
            ),
            "It goes on by itself when the window opens.",
        )
        .next(Next::Defer {
            until_ms: answer.at_ms + HOUR_MS,
        }));
    }
    state.quota_read = true;
    Ok(())
}

fn created(job: &Job, state: &mut State, which: Which, answer: &Answer) -> Result<(), Fault> {
    let id = parsed::<Made>(answer, "create the container")?
        .id
        .ok_or_else(|| error::unreadable("create the container"))?;
    let container = Container {
        id,
        made_at_ms: job.now_ms,
        ..Container::default()
    };
    match which {
        Which::Item(_) => state.items.push(container),
        Which::Whole => state.whole = Some(container),
    }
    Ok(())
}

fn polled(job: &Job, state: &mut State, which: Which, answer: &Answer) -> Result<(), Fault> {
    let seen: wire::Container = parsed(answer, "look at the container")?;
    let container = match which {
        Which::Item(index) => state.items.get_mut(index),
        Which::Whole => state.whole.as_mut(),
    };
    let Some(container) = container else { return Ok(()) };
    match seen.status_code.as_str() {
        "FINISHED" => container.ready = true,
        // By another hand, or by a call of ours whose record is lost: it stands.
        "PUBLISHED" => state.committed = true,
        "ERROR" => return Err(error::of_status(&seen.status, answer.at_ms)),
        "EXPIRED" => {
            return Err(Fault::stop(
                FailureKind::Outage,
                "instagram.container_expired",
                "What was prepared at Instagram has expired.",
                "It is prepared again by itself.",
            )
            .next(Next::Restart));
        }
        _ if job.now_ms - container.made_at_ms > PROCESSING_MS_MAX => {
            return Err(Fault::stop(
                FailureKind::Outage,
                "instagram.processing",
                "Instagram did not finish processing the media within 24 hours.",
                "Retry, or use another file.",
            ));
        }
        _ => {
            container.poll_at_ms = job.now_ms.max(answer.at_ms) + poll_pause_ms(container.polls);
            container.polls += 1;
        }
    }
    Ok(())
}

fn receipt(job: &Job, state: &State) -> Receipt {
    let comment_due = !job.content.first_comment.trim().is_empty() && job.content.content_type != ContentType::Story;
    let why = match &state.comment_lost {
        Some(why) => Some(why.as_str()),
        None if comment_due && !state.commented => Some("Instagram did not name the post."),
        None => None,
    };
    Receipt {
        external_id: state.media_id.clone(),
        permalink: state.permalink.clone(),
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
    let secret = secret(job, state.by_person);
    let of_account = |edge: &str| at(job, &format!("{}/{edge}", job.account.external_id));
    let media = state.media_id.as_deref().unwrap_or_default();
    match action {
        Action::ReadQuota => Request::get("read the quota", of_account("content_publishing_limit"))
            .query("fields", "quota_usage,config")
            .bearer(secret),
        Action::Create(which) => {
            let (label, form) = match which {
                Which::Item(index) => (format!("create item {}", index + 1), item(files(job).get(index))),
                Which::Whole => ("create container".to_owned(), whole(job, state)),
            };
            Request::post(label, of_account("media")).form(form).bearer(secret)
        }
        Action::Poll(which) => container_status(job, container_id(state, which), state.by_person),
        Action::Publish => Request::post("publish", of_account("media_publish"))
            .form(vec![field("creation_id", container_id(state, Which::Whole))])
            .bearer(secret),
        Action::Comment => Request::post("write the first comment", at(job, &format!("{media}/comments")))
            .form(vec![field("message", job.content.first_comment.trim())])
            .bearer(secret),
        Action::Look | Action::Await(_) | Action::Finish => Request::get("read the address", at(job, media))
            .query("fields", "permalink,shortcode")
            .bearer(secret),
    }
}

/// An address on the host of the account's login.
pub fn at(job: &Job, path: &str) -> String {
    address(&job.app, host(&job.account.variant), path)
}

/// Reads where a container stands.
pub fn container_status(job: &Job, id: &str, by_person: bool) -> Request {
    Request::get("look at the container", at(job, id))
        .query("fields", "status_code,status")
        .bearer(secret(job, by_person))
}

fn field(name: &str, value: &str) -> (String, Val) {
    (name.to_owned(), Val::from(value))
}

fn item(file: Option<&MediaRef>) -> Vec<(String, Val)> {
    let mut form = vec![field("is_carousel_item", "true")];
    if let Some(file) = file {
        if is_video(file) {
            form.push(field("media_type", "VIDEO"));
        }
        form.extend(source(file));
    }
    form
}

fn source(file: &MediaRef) -> Vec<(String, Val)> {
    if is_video(file) {
        return vec![field("video_url", &file.public_url)];
    }
    let mut form = vec![field("image_url", &file.public_url)];
    if !file.alt_text.is_empty() {
        form.push(field("alt_text", &file.alt_text));
    }
    form
}

fn whole(job: &Job, state: &State) -> Vec<(String, Val)> {
    if is_carousel(job) {
        let items: Vec<&str> = state.items.iter().map(|item| item.id.as_str()).collect();
        return with_caption(job, vec![field("media_type", "CAROUSEL"), field("children", &items.join(","))]);
    }
    let Some(file) = files(job).first() else {
        return Vec::new();
    };
    if job.content.content_type == ContentType::Story {
        let address = if is_video(file) { "video_url" } else { "image_url" };
        return vec![field("media_type", "STORIES"), field(address, &file.public_url)];
    }
    let mut form = source(file);
    if is_video(file) {
        // A single feed video has been a reel since 2023.
        form.extend([field("media_type", "REELS"), field("share_to_feed", "true")]);
    }
    with_caption(job, form)
}

/// A link has no field of its own and stands in the caption.
fn with_caption(job: &Job, mut form: Vec<(String, Val)>) -> Vec<(String, Val)> {
    let text = caption(job);
    if !text.is_empty() {
        form.push(field("caption", &text));
    }
    form
}

/// The words under a post.
pub fn caption(job: &Job) -> String {
    match &job.content.link {
        Some(link) if job.content.content_type == ContentType::Link && !job.text.contains(&link.url) => {
            format!("{}\n\n{}", job.text, link.url).trim().to_owned()
        }
        _ => job.text.clone(),
    }
}

/// What Instagram's API has no way for.
fn not_served(job: &Job) -> Option<Fault> {
    let content_type = job.content.content_type;
    if matches!(
        content_type,
        ContentType::Gif | ContentType::Document | ContentType::Poll | ContentType::Thread
    ) {
        return Some(Fault::stop(
            FailureKind::Content,
            "instagram.content_type",
            format!("Instagram's API takes no {content_type}."),
            "Change the type of the post.",
        ));
    }
    job.media.is_empty().then(|| {
        Fault::stop(
            FailureKind::Content,
            "instagram.no_media",
            "Instagram takes no post without a picture or a video.",
            "Add media, or leave this channel out.",
        )
    })
}
