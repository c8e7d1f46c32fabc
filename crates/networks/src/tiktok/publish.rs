//! A video is published by the last part of its upload, pictures by one call that has TikTok fetch them (publishing.md, TikTok). Then it
//! works on them, and names a public post once it has looked it over.

use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::{ContentType, Mode};
use postrider_provider::{Absorbed, Answer, Commit, Evidence, Fault, Job, PartReceipt, Progress, Receipt, Request, Step, Waiting};

use super::state::{Action, State, decide, is_public, video};
use super::wire::{Creator, Opened, Status};
use super::{api, error, form, read, upload};

const SETTLE_MS: i64 = 60_000;
/// How often TikTok's work is looked at: at first, and at the longest (fact sheet section 3.5: seconds at first, hours on occasion).
const LOOK_MS_MIN: i64 = 5_000;
const LOOK_MS_MAX: i64 = 15 * 60_000;
/// The longer it takes, the less often: a look each time it has lasted longer by this part.
const LOOK_PART: i64 = 15;
/// How long TikTok's work is waited for.
const WORK_MS_MAX: i64 = 24 * 3_600_000;
/// When the id of a finished public post is looked for once more, after each look before.
const LATE_LOOKS_MS: [i64; 4] = [60_000, 10 * 60_000, 3_600_000, 6 * 3_600_000];

/// The next step.
pub fn next(job: &Job, progress: &Progress) -> Step {
    let state: State = match progress.read() {
        Ok(state) => state,
        Err(fault) => return Step::Fail(fault),
    };
    if !state.sent
        && let Some(fault) = not_served(job)
    {
        return Step::Fail(fault);
    }
    let action = decide(job, &state);
    match action {
        Action::Await(until_ms) => Step::Wait {
            until_ms,
            why: Waiting::Confirming,
        },
        Action::Finish => Step::Done(receipt(job, &state)),
        Action::Send | Action::Post => {
            let fenced = state.upload.as_ref().map(|upload| upload.publish_id.clone());
            Step::Commit(Box::new(Commit {
                request: request(job, &state, action),
                part: Part::Root,
                evidence: if fenced.is_some() { Evidence::Fenced } else { Evidence::Unfetched },
                match_key: fenced.clone().unwrap_or_else(|| words_or_type(job)),
                key: fenced.unwrap_or_default(),
                settle_ms: SETTLE_MS,
            }))
        }
        _ => Step::Call(request(job, &state, action)),
    }
}

fn words_or_type(job: &Job) -> String {
    match form::listed_words(job) {
        words if words.is_empty() => job.content.content_type.to_string(),
        words => words,
    }
}

fn request(job: &Job, state: &State, action: Action) -> Request {
    let fallback = (Creator::default(), upload::Upload::default());
    let creator = state.creator.as_ref().unwrap_or(&fallback.0);
    let under_way = state.upload.as_ref().unwrap_or(&fallback.1);
    match (action, video(job)) {
        (Action::Open, Some(file)) => form::open_video(job, file, creator),
        (Action::Put | Action::Send, Some(file)) => upload::put(file, under_way),
        (Action::Ask, _) => upload::status(&under_way.publish_id),
        (Action::Post, _) => form::post_pictures(job, creator),
        (Action::Look, _) => upload::status(state.publish_id.as_deref().unwrap_or_default()),
        _ => {
            api("ask what the account allows", "post/publish/creator_info/query").header("Content-Type", "application/json; charset=UTF-8")
        }
    }
}

/// What the answer to the step just given means.
pub fn absorb(job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
    let mut state: State = progress.read()?;
    let mut receipt = None;
    match (decide(job, &state), video(job), state.upload.as_mut()) {
        (Action::AskCreator, ..) => {
            let creator = read(answer, "ask what the account allows")?;
            suits(job, &creator)?;
            state.creator = Some(creator);
        }
        (Action::Open, Some(file), _) => state.upload = Some(upload::opened(job, file, answer)?),
        (Action::Put, _, Some(upload)) => upload::taken(upload, answer)?,
        (Action::Ask, _, Some(upload)) => upload::place(upload, answer)?,
        (Action::Send, ..) => {
            match answer.status {
                200 | 201 => {}
                // It expects more, though this was the last of it.
                206 => return Err(error::unreadable("upload the video")),
                _ => return Err(error::of_upload(answer)),
            }
            receipt = Some(sent(job, &mut state, answer));
        }
        (Action::Post, ..) => {
            let opened: Opened = read(answer, "post the pictures")?;
            state.publish_id = Some(opened.publish_id);
            receipt = Some(sent(job, &mut state, answer));
        }
        (Action::Look, ..) => looked(job, &mut state, answer)?,
        _ => {}
    }
    Ok(Absorbed {
        progress: Progress::write(&state),
        receipt,
    })
}

/// Notes that it was sent. Which post it becomes is told later.
fn sent(job: &Job, state: &mut State, answer: &Answer) -> PartReceipt {
    state.was_sent(job);
    state.look_at_ms = job.now_ms.max(answer.at_ms) + LOOK_MS_MIN;
    PartReceipt::default()
}

/// Whether the account offers what the post wants. It is not remembered if it does not: a person may change either.
fn suits(job: &Job, creator: &Creator) -> Result<(), Fault> {
    let refused =
        |reason: &str, message: String, remedy: &str| Err(Fault::stop(FailureKind::Content, format!("tiktok.{reason}"), message, remedy));
    let privacy = form::privacy(job).unwrap_or_default();
    if !creator.privacy_level_options.iter().any(|option| option == privacy) {
        return refused(
            "privacy_level",
            format!(
                "The account does not offer who is to see the post ({privacy}). It offers {}.",
                creator.privacy_level_options.join(", ")
            ),
            "Choose again who sees it, then retry.",
        );
    }
    let lasts_ms = video(job).and_then(|file| file.facts.duration_ms);
    if let (Some(ms), Some(max_s)) = (lasts_ms, creator.max_video_post_duration_sec)
        && ms > max_s.saturating_mul(1_000)
    {
        return refused(
            "duration",
            format!(
                "The account may post videos of {max_s} seconds at most; this one has {}.",
                ms.div_ceil(1_000)
            ),
            "Use a shorter video.",
        );
    }
    Ok(())
}

/// What TikTok says of what it was given.
fn looked(job: &Job, state: &mut State, answer: &Answer) -> Result<(), Fault> {
    let status: Status = read(answer, "look at the post")?;
    let now_ms = job.now_ms.max(answer.at_ms);
    match status.status.as_str() {
        "FAILED" => return Err(error::of_failed(&status.fail_reason)),
        // In the inbox it is over for us, whatever the person does with it.
        "SEND_TO_USER_INBOX" => state.known = true,
        "PUBLISH_COMPLETE" => {
            state.complete = true;
            state.post_id = status.publicaly_available_post_id.into_iter().next().map(String::from);
            let again_ms = LATE_LOOKS_MS
                .get(state.late_looks)
                .filter(|_| is_public(job) && state.post_id.is_none());
            state.known = again_ms.is_none();
            state.late_looks += 1;
            state.look_at_ms = now_ms + again_ms.unwrap_or(&0);
        }
        _ if now_ms - state.sent_at_ms > WORK_MS_MAX => {
            return Err(Fault::stop(
                FailureKind::Outage,
                "tiktok.slow",
                "TikTok has not finished its work on the post within a day.",
                "Look at the account in the TikTok app.",
            )
            .ambiguous());
        }
        _ => state.look_at_ms = now_ms + ((now_ms - state.sent_at_ms) / LOOK_PART).clamp(LOOK_MS_MIN, LOOK_MS_MAX),
    }
    Ok(())
}

fn receipt(job: &Job, state: &State) -> Receipt {
    if job.mode == Mode::Draft {
        return Receipt::default();
    }
    let handle = &job.account.handle;
    let kind = if video(job).is_some() { "video" } else { "photo" };
    let profile = (!handle.is_empty()).then(|| format!("https://www.tiktok.com/@{handle}"));
    let own = state
        .post_id
        .as_deref()
        .and_then(|id| profile.as_ref().map(|profile| format!("{profile}/{kind}/{id}")));
    let off = state
        .creator
        .as_ref()
        .map(|creator| form::not_allowed(job, creator))
        .unwrap_or_default();
    let why = "TikTok has not audited the app, so that nobody but the account sees what it posts. Ask the administrator to have it audited, \
               then publish the post again.";
    Receipt {
        external_id: state.post_id.clone(),
        // Of a post whose id TikTok does not tell, the profile is the address (fact sheet section 3.5).
        permalink: own.or_else(|| state.permalink.clone()).or(profile),
        kept_private: form::is_unaudited(job).then(|| why.to_owned()),
        warning: (!off.is_empty()).then(|| format!("The account has switched off {} for all of its posts.", off.join(" and "))),
    }
}

/// What TikTok's API has no way for.
fn not_served(job: &Job) -> Option<Fault> {
    let content_type = job.content.content_type;
    let refused =
        |reason: &str, message: &str, remedy: &str| Some(Fault::stop(FailureKind::Content, format!("tiktok.{reason}"), message, remedy));
    let served = matches!(
        content_type,
        ContentType::Text | ContentType::Image | ContentType::Carousel | ContentType::Video | ContentType::Reel | ContentType::Link
    );
    if !served {
        return refused(
            "content_type",
            &format!("TikTok takes no {content_type}."),
            "Change the type of the post.",
        );
    }
    if job.media.is_empty() {
        return refused(
            "no_media",
            "TikTok takes no post without pictures or a video.",
            "Add media, or leave this channel out.",
        );
    }
    if video(job).is_some() && job.media.len() > 1 {
        return refused("mixed", "A video stands alone on TikTok.", "Leave the other files out.");
    }
    if job.mode == Mode::Draft {
        return None;
    }
    if form::privacy(job).is_none() {
        return refused(
            "privacy_level_missing",
            "Nobody chose who is to see the post; TikTok asks for it on every post.",
            "Choose it for this channel, then retry.",
        );
    }
    if form::is_unseen_promotion(job) {
        return refused(
            "promotion_unseen",
            "TikTok takes no paid partnership that nobody but the account sees.",
            "Choose again who sees it, or have the administrator ask TikTok for the audit of the app.",
        );
    }
    None
}
