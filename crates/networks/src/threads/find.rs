//! Whether a part stands after its answer was lost. The container tells; the lists only name the post.

use postrider_core::delivery::Part;
use postrider_provider::{Answer, Finding, IntentView, Job, PartReceipt, Probe, Progress, Request};

use super::publish::container_status;
use super::state::{State, posts};
use super::{address, error, form, wire};
use crate::meta::error::not_there;
use crate::meta::wire::List;
use crate::meta::{instant_ms, list};
use crate::recall::{self, Seen};

/// The clocks of two machines may part by this much.
const SKEW_MS: i64 = 60_000;
/// What is published but not listed is looked for again so long after its call; lists lag by seconds.
const LAG_MS: i64 = 10 * 60_000;

/// The next look.
pub fn probe(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    let state: State = progress.read().unwrap_or_default();
    if !intent.remembered {
        return unremembered(job, &state, intent, answers);
    }
    let Some((said, rest)) = answers.split_first() else {
        return Probe::Call(container_status(&intent.key));
    };
    if !said.ok() {
        return Probe::Finding(error::fault(said).finding());
    }
    match of_container(job, &state, intent, said, rest) {
        Some(told) => told,
        // Another database may have published a container of its own.
        None if intent.unseen => by_words(job, &state, intent, rest),
        None => Probe::Finding(Finding::AbsentByFence),
    }
}

/// What a container says; `None` if nothing was made of it. What follows names the post.
fn of_container(job: &Job, state: &State, intent: &IntentView, said: &Answer, rest: &[Answer]) -> Option<Probe> {
    let Ok(container) = serde_json::from_slice::<wire::Container>(&said.body) else {
        return Some(unknown("Threads' answer cannot be read."));
    };
    match container.status.as_str() {
        "PUBLISHED" => Some(match rest.first() {
            None => {
                let since_s = (intent.listed_from_ms - SKEW_MS).div_euclid(1_000);
                Probe::Call(list(job, intent.part).query("since", since_s.to_string()))
            }
            Some(answer) => Probe::Finding(named(job, state, intent, answer)),
        }),
        "FINISHED" | "ERROR" | "EXPIRED" => None,
        other => Some(unknown(&format!("Threads says that the post is `{other}`."))),
    }
}

/// What another database may have published: of the container that lies there ready, else by its words.
fn unremembered(job: &Job, state: &State, intent: &IntentView, answers: &[Answer]) -> Probe {
    let own = state.whole.as_ref().filter(|_| state.posts.is_empty());
    let Some(own) = own else {
        return by_words(job, state, intent, answers);
    };
    let Some((said, rest)) = answers.split_first() else {
        return Probe::Call(container_status(&own.id));
    };
    let told = match said.ok() {
        // What is not ready yet nobody has published, and once it is, it cannot be published twice.
        true if is_worked_on(said) => None,
        true => of_container(job, state, intent, said, rest),
        false if not_there(said) => None,
        false => Some(Probe::Finding(error::fault(said).finding())),
    };
    told.unwrap_or_else(|| by_words(job, state, intent, rest))
}

fn is_worked_on(said: &Answer) -> bool {
    serde_json::from_slice::<wire::Container>(&said.body).is_ok_and(|container| container.status == "IN_PROGRESS")
}

/// Looks through the profile's posts, or through its answers for one to the part before.
fn by_words(job: &Job, state: &State, intent: &IntentView, pages: &[Answer]) -> Probe {
    if let Some(bad) = pages.iter().find(|answer| !answer.ok()) {
        return Probe::Finding(error::fault(bad).finding());
    }
    let read = |media: wire::Media| {
        Some(Seen {
            at_ms: instant_ms(&media.timestamp)?,
            fits: fits(job, state, intent.part, &media),
            words: media.text.unwrap_or_default(),
            permalink: media.permalink,
            id: media.id,
        })
    };
    let too_old = |seen: &Seen| recall::too_old(intent, seen.at_ms);
    match list::gather("Threads' list", pages, list(job, intent.part), read, too_old) {
        Ok(mut seen) => {
            // Answers to others say nothing of this one.
            seen.retain(|post| intent.part == Part::Root || post.fits);
            Probe::Finding(recall::judge(job, intent, form::words(job, intent.part), seen))
        }
        Err(next) => *next,
    }
}

fn list(job: &Job, part: Part) -> Request {
    let edge = if part == Part::Root { "threads" } else { "replies" };
    Request::get("look for the post", address(&format!("{}/{edge}", job.account.external_id)))
        .query("fields", "id,text,timestamp,permalink,media_type,is_reply,replied_to")
        .query("limit", "25")
        .bearer("access")
}

/// The post in the list: by words, type, time and what it answers, if it is one alone. No address is better than another post's, but
/// what is to be answered must be known.
fn named(job: &Job, state: &State, intent: &IntentView, answer: &Answer) -> Finding {
    let answered = more_follow(job, intent.part);
    if !answer.ok() {
        let fault = error::fault(answer);
        return match (answered, &fault.next) {
            (false, next) if *next != postrider_provider::Next::Renew => Finding::Found(PartReceipt::default()),
            _ => fault.finding(),
        };
    }
    let media = serde_json::from_slice::<List<wire::Media>>(&answer.body)
        .map(|list| list.data)
        .unwrap_or_default();
    let mut ours = media
        .into_iter()
        .filter(|media| !job.known_external_ids.contains(&media.id))
        .filter(|media| folded(media.text.as_deref().unwrap_or_default()) == folded(form::words(job, intent.part)))
        .filter(|media| fits(job, state, intent.part, media))
        .filter(|media| instant_ms(&media.timestamp).is_some_and(|at_ms| at_ms >= intent.listed_from_ms - SKEW_MS));
    match (ours.next(), ours.next()) {
        (Some(media), None) => Finding::Found(PartReceipt {
            external_id: Some(media.id),
            permalink: media.permalink,
        }),
        (None, _) if answered || job.now_ms < intent.send_by_ms + LAG_MS => {
            Finding::Unknown("It is published, but Threads does not list it yet.".to_owned())
        }
        (Some(_), _) if answered => {
            Finding::Unknown("It is published, but several posts of the profile could be it, and one of them is to be answered.".to_owned())
        }
        _ => Finding::Found(PartReceipt::default()),
    }
}

/// Whether a further part answers this one.
fn more_follow(job: &Job, part: Part) -> bool {
    match part {
        Part::Root => posts(job) > 1,
        Part::Reply(n) => (n as usize) + 1 < posts(job),
        Part::FirstComment | Part::Thumbnail => false,
    }
}

fn fits(job: &Job, state: &State, part: Part, media: &wire::Media) -> bool {
    let of_type = media.media_type.is_empty() || media.media_type == form::listed_type(job, part);
    let answers = media.replied_to.as_ref().map(|parent| parent.id.as_str());
    let in_place = match part {
        Part::Root => media.is_reply != Some(true),
        _ => answers.is_none() || answers == state.parent(part),
    };
    of_type && in_place
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unknown(why: &str) -> Probe {
    Probe::Finding(Finding::Unknown(why.to_owned()))
}
