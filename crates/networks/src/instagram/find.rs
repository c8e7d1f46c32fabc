//! Whether a commit stands after its answer was lost. The container tells; the list only names the post.

use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_provider::{Answer, Finding, IntentView, Job, PartReceipt, Probe, Progress, Request};

use super::auth::FACEBOOK_LOGIN;
use super::publish::{at, caption, container_status, secret};
use super::state::{State, is_carousel, is_video};
use super::{error, wire};
use crate::meta::error::not_there;
use crate::meta::wire::List;
use crate::meta::{instant_ms, list};
use crate::recall::{self, Seen};

/// The clocks of two machines may part by this much.
const SKEW_MS: i64 = 60_000;
/// How long a story is listed, milliseconds.
const STORY_MS: i64 = 24 * 3_600_000;

/// The next look.
pub fn probe(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    if !intent.remembered {
        return unremembered(job, progress, intent, answers);
    }
    let all = answers;
    let mut answers = answers.iter();
    let mut by_person = false;
    let comment = intent
        .match_key
        .strip_prefix("comment:")
        .filter(|_| intent.part == Part::FirstComment);
    let look = |by_person: bool| match comment {
        Some(media) => comments(job, media, by_person),
        None => container_status(job, &intent.key, by_person),
    };
    let Some(mut answer) = answers.next() else {
        return Probe::Call(look(by_person));
    };
    if job.account.variant == FACEBOOK_LOGIN && !answer.ok() {
        by_person = true;
        let Some(second) = answers.next() else {
            return Probe::Call(look(by_person));
        };
        answer = second;
    }
    if !answer.ok() {
        return Probe::Finding(error::fault(answer).finding());
    }
    if let Some(media) = comment {
        // The first page, and those that followed it.
        let pages = &all[all.len() - answers.len() - 1..];
        return match pages.iter().find(|page| !page.ok()) {
            Some(bad) => unknown(&error::fault(bad).message),
            None => in_comments(job, media, by_person, pages),
        };
    }
    of_container(job, intent, answer, answers.as_slice(), by_person).unwrap_or(Probe::Finding(Finding::AbsentByFence))
}

/// What a container says; `None` if nothing was made of it. What follows names the post.
fn of_container(job: &Job, intent: &IntentView, said: &Answer, rest: &[Answer], by_person: bool) -> Option<Probe> {
    let Ok(container) = serde_json::from_slice::<wire::Container>(&said.body) else {
        return Some(unknown("Instagram's answer cannot be read."));
    };
    match container.status_code.as_str() {
        "PUBLISHED" => Some(match rest.first() {
            None => Probe::Call(list(job, by_person)),
            Some(answer) => Probe::Finding(Finding::Found(named(job, intent, answer))),
        }),
        "FINISHED" | "ERROR" | "EXPIRED" => None,
        other => Some(unknown(&format!("Instagram says that the post is `{other}`."))),
    }
}

/// What another database may have posted: of the container that lies there ready, else by its words. A story has none, and is listed for a day.
fn unremembered(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    let (mut by_person, mut pages) = match past_own(job, progress, intent, answers) {
        Ok(gone_on) => gone_on,
        Err(told) => return *told,
    };
    let story = job.content.content_type == ContentType::Story;
    if story && job.now_ms - intent.stored_at_ms > STORY_MS {
        return Probe::Finding(Finding::Unreadable("Instagram lists a story for a day only.".to_owned()));
    }
    // The Page's token may be refused where the person's is not.
    if let Some((first, others)) = pages.split_first()
        && job.account.variant == FACEBOOK_LOGIN
        && !by_person
        && !first.ok()
    {
        (by_person, pages) = (true, others);
    }
    if let Some(bad) = pages.iter().find(|answer| !answer.ok()) {
        return unknown(&error::fault(bad).message);
    }
    let read = |media: wire::Media| {
        Some(Seen {
            at_ms: instant_ms(&media.timestamp)?,
            fits: same_type(job, &media),
            words: media.caption.unwrap_or_default(),
            permalink: media.permalink,
            id: media.id,
        })
    };
    let too_old = |seen: &Seen| recall::too_old(intent, seen.at_ms);
    let words = if story { String::new() } else { caption(job) };
    match list::gather("Instagram's list", pages, list(job, by_person), read, too_old) {
        Ok(seen) => Probe::Finding(recall::judge(job, intent, &words, seen)),
        Err(next) => *next,
    }
}

/// Whether the person's token is used from here on, and the answers that follow once the container that this database made is known to be
/// published by nobody.
///
/// # Errors
/// What it tells, or the look at it.
fn past_own<'a>(job: &Job, progress: &Progress, intent: &IntentView, answers: &'a [Answer]) -> Result<(bool, &'a [Answer]), Box<Probe>> {
    let state: State = progress.read().unwrap_or_default();
    let Some(own) = state.whole else { return Ok((false, answers)) };
    let look = |by_person| Box::new(Probe::Call(container_status(job, &own.id, by_person)));
    let mut by_person = false;
    let (mut said, mut rest) = answers.split_first().ok_or_else(|| look(by_person))?;
    if job.account.variant == FACEBOOK_LOGIN && !said.ok() {
        by_person = true;
        (said, rest) = rest.split_first().ok_or_else(|| look(by_person))?;
    }
    let told = match said.ok() {
        // What is not ready yet nobody has published, and once it is, it cannot be published twice.
        true if is_worked_on(said) => None,
        true => of_container(job, intent, said, rest, by_person),
        false if not_there(said) => None,
        false => Some(Probe::Finding(error::fault(said).finding())),
    };
    told.map_or(Ok((by_person, rest)), |told| Err(Box::new(told)))
}

fn is_worked_on(said: &Answer) -> bool {
    serde_json::from_slice::<wire::Container>(&said.body).is_ok_and(|container| container.status_code == "IN_PROGRESS")
}

fn list(job: &Job, by_person: bool) -> Request {
    let edge = if job.content.content_type == ContentType::Story {
        "stories"
    } else {
        "media"
    };
    Request::get("look for the post", at(job, &format!("{}/{edge}", job.account.external_id)))
        .query("fields", "id,caption,timestamp,permalink,media_type,media_product_type")
        .query("limit", "25")
        .bearer(secret(job, by_person))
}

/// The post in the list: by words, type and time, if it is one alone. No address is better than another post's.
fn named(job: &Job, intent: &IntentView, answer: &Answer) -> PartReceipt {
    let media = serde_json::from_slice::<List<wire::Media>>(&answer.body)
        .map(|list| list.data)
        .unwrap_or_default();
    let mut ours = media
        .into_iter()
        .filter(|media| !job.known_external_ids.contains(&media.id))
        .filter(|media| same_words(job, media) && same_type(job, media))
        .filter(|media| instant_ms(&media.timestamp).is_some_and(|at_ms| at_ms >= intent.listed_from_ms - SKEW_MS));
    match (ours.next(), ours.next()) {
        (Some(media), None) => PartReceipt {
            external_id: Some(media.id),
            permalink: media.permalink,
        },
        _ => PartReceipt::default(),
    }
}

fn same_words(job: &Job, media: &wire::Media) -> bool {
    let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    job.content.content_type == ContentType::Story || folded(media.caption.as_deref().unwrap_or_default()) == folded(&caption(job))
}

fn same_type(job: &Job, media: &wire::Media) -> bool {
    let expected = if is_carousel(job) {
        "CAROUSEL_ALBUM"
    } else if job.media.first().is_some_and(is_video) {
        "VIDEO"
    } else {
        "IMAGE"
    };
    media.media_type.is_empty() || media.media_type == expected
}

fn comments(job: &Job, media: &str, by_person: bool) -> Request {
    Request::get("look for the first comment", at(job, &format!("{media}/comments")))
        .query("fields", "id,text")
        .query("limit", "50")
        .bearer(secret(job, by_person))
}

fn in_comments(job: &Job, media: &str, by_person: bool, pages: &[Answer]) -> Probe {
    let text = job.content.first_comment.trim();
    let first = comments(job, media, by_person);
    list::look("Instagram's list of comments", pages, first, |comment: &wire::Comment| {
        (comment.text == text).then(|| PartReceipt {
            external_id: Some(comment.id.clone()),
            permalink: None,
        })
    })
}

fn unknown(why: &str) -> Probe {
    Probe::Finding(Finding::Unknown(why.to_owned()))
}
