//! Whether a post or comment stands after an answer was lost.

use postrider_core::delivery::Part;
use postrider_provider::{Answer, Finding, IntentView, Job, Method, PartReceipt, Probe, Progress};
use serde_json::Value;

use super::publish::{self, part_receipt};
use super::wire::{FoundPost, Posts};
use super::{error, little, rest};
use crate::recall::{self, Seen};

/// LinkedIn's filter for repeats is documented for ten minutes; a repeat must arrive within them: it is written for up to half a minute, and
/// is under way for up to two more if whoever wrote it dies.
const RESEND_MS_MAX: i64 = 10 * 60_000 - 150_000;
/// Entries asked for at once, and how many pages of them are looked through before nobody says any more that it is absent.
const PAGE: usize = 50;
const PAGES_MAX: usize = 10;
/// The clocks of two machines may part by this much.
const SKEW_MS: i64 = 5_000;

/// The next look.
pub fn probe(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    match intent.part {
        Part::FirstComment => comment(job, intent, answers),
        _ if !intent.remembered => unremembered(job, intent, answers),
        _ if job.account.kind == "page" => of_page(job, progress, intent, answers),
        _ => of_profile(job, progress, intent, answers),
    }
}

/// A profile cannot be read. The same post once more is refused with the name of the first, or takes its place.
fn of_profile(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    let Some(answer) = answers.last() else {
        if job.now_ms - intent.stored_at_ms > RESEND_MS_MAX {
            let why = "LinkedIn lets nobody read a profile's posts, and its filter for repeats no longer answers.";
            return Probe::Finding(Finding::Unreadable(why.to_owned()));
        }
        return match publish::post_again(job, progress) {
            Ok(request) => Probe::Resend(request),
            Err(fault) => unknown(&fault.message),
        };
    };
    if answer.ok() {
        return Probe::Finding(Finding::Found(part_receipt(publish::named(answer))));
    }
    let seen = error::seen(answer);
    match duplicate_of(&seen.text) {
        // It repeats another delivery's post, and so does not stand itself.
        Some(urn) if seen.code == "DUPLICATE_POST" && job.known_external_ids.contains(&urn) => Probe::Finding(Finding::AbsentByFence),
        Some(urn) if seen.code == "DUPLICATE_POST" => Probe::Finding(Finding::Found(part_receipt(Some(urn)))),
        _ => Probe::Finding(error::fault(answer).finding()),
    }
}

/// The URN in "Content is a duplicate of urn:li:share:7".
fn duplicate_of(text: &str) -> Option<String> {
    let urn = &text[text.find("urn:li:")?..];
    let end = urn
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, ':' | '-' | '_'))
        .unwrap_or(urn.len());
    Some(urn[..end].to_owned())
}

/// The newest posts of a Page, by our own file or else by the words; as far back as the promise.
fn of_page(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    let Some(answer) = answers.last() else { return posts_from(job, 0) };
    if !answer.ok() {
        return Probe::Finding(error::fault(answer).finding());
    }
    let Ok(posts) = serde_json::from_slice::<Posts>(&answer.body) else {
        return unknown("LinkedIn's list of posts cannot be read.");
    };
    let urns = publish::urns(progress);
    let words = little::plain(&little::escaped(&job.text));
    let ours: Vec<&FoundPost> = posts
        .elements
        .iter()
        .filter(|post| !job.known_external_ids.contains(&post.id))
        .filter(|post| {
            if urns.is_empty() {
                little::plain(&post.commentary) == words && same_subject(job, &post.content)
            } else {
                urns.iter().any(|urn| names(&post.content, urn))
            }
        })
        .collect();
    let since_ms = intent.listed_from_ms - SKEW_MS;
    if let Some(post) = ours
        .iter()
        .find(|post| !urns.is_empty() || post.created_at.is_some_and(|at| at >= since_ms))
    {
        return Probe::Finding(Finding::Found(part_receipt(Some(post.id.clone()))));
    }
    if posts.elements.iter().any(|post| post.created_at.is_none()) {
        return unknown("LinkedIn does not say of every post when it was made.");
    }
    if !ours.is_empty() {
        // LinkedIn takes no second one beside it, so "absent, send again" would never end.
        return unknown("An equal, older post stands on the Page, and LinkedIn refuses repeats.");
    }
    let reaches_back = posts
        .elements
        .last()
        .is_none_or(|oldest| oldest.created_at.is_some_and(|at| at < since_ms));
    if reaches_back || posts.elements.len() < PAGE {
        Probe::Finding(Finding::AbsentInList)
    } else if answers.len() >= PAGES_MAX {
        unknown("The Page has more new posts than can be looked through.")
    } else {
        posts_from(job, answers.len() * PAGE)
    }
}

/// What another database may have posted: a Page's posts by their words; a profile's are nobody's to read.
fn unremembered(job: &Job, intent: &IntentView, answers: &[Answer]) -> Probe {
    if job.account.kind != "page" {
        return Probe::Finding(Finding::Unreadable("LinkedIn lets nobody read a profile's posts.".to_owned()));
    }
    let Some(last) = answers.last() else { return posts_from(job, 0) };
    let mut seen = Vec::new();
    for answer in answers {
        if !answer.ok() {
            return unknown(&error::fault(answer).message);
        }
        let Ok(posts) = serde_json::from_slice::<Posts>(&answer.body) else {
            return unknown("LinkedIn's list of posts cannot be read.");
        };
        for post in posts.elements {
            let Some(at_ms) = post.created_at else {
                return unknown("LinkedIn does not say of every post when it was made.");
            };
            seen.push(Seen {
                words: little::plain(&post.commentary),
                at_ms,
                permalink: part_receipt(Some(post.id.clone())).permalink,
                fits: same_subject(job, &post.content),
                id: post.id,
            });
        }
    }
    let full = serde_json::from_slice::<Posts>(&last.body).is_ok_and(|posts| posts.elements.len() >= PAGE);
    let reaches_back = seen.last().is_none_or(|oldest| recall::too_old(intent, oldest.at_ms));
    if full && !reaches_back {
        return if answers.len() >= PAGES_MAX {
            unknown("The Page has more new posts than can be looked through.")
        } else {
            posts_from(job, answers.len() * PAGE)
        };
    }
    Probe::Finding(recall::judge(job, intent, &little::plain(&little::escaped(&job.text)), seen))
}

/// Asks for the Page's posts, newest first, from the one of this number on.
fn posts_from(job: &Job, start: usize) -> Probe {
    let author = rest::encoded(&job.account.external_id);
    let query = format!("posts?q=author&author={author}&count={PAGE}&start={start}&sortBy=CREATED");
    Probe::Call(rest::call(&job.app, Method::Get, "look for the post", &query).header("X-RestLi-Method", "FINDER"))
}

/// Two posts of the same words may differ in their link or question.
fn same_subject(job: &Job, content: &Value) -> bool {
    let link = job
        .content
        .link
        .as_ref()
        .is_none_or(|link| content["article"]["source"] == link.url.as_str());
    let poll = job
        .content
        .poll
        .as_ref()
        .is_none_or(|poll| content["poll"]["question"] == poll.question.as_str());
    link && poll
}

fn names(content: &Value, urn: &str) -> bool {
    match content {
        Value::String(text) => text == urn,
        Value::Array(items) => items.iter().any(|item| names(item, urn)),
        Value::Object(map) => map.values().any(|value| names(value, urn)),
        _ => false,
    }
}

fn comment(job: &Job, intent: &IntentView, answers: &[Answer]) -> Probe {
    let urn = intent.match_key.strip_prefix("comment:").unwrap_or(&intent.match_key);
    let ask = |start: usize| {
        let path = format!("socialActions/{}/comments?count={PAGE}&start={start}", rest::encoded(urn));
        Probe::Call(rest::call(&job.app, Method::Get, "look for the first comment", &path))
    };
    let Some(answer) = answers.last() else { return ask(0) };
    if !answer.ok() {
        return Probe::Finding(error::fault(answer).finding());
    }
    let body = answer.json();
    let Some(comments) = body["elements"].as_array() else {
        return unknown("LinkedIn's list of comments cannot be read.");
    };
    let text = job.content.first_comment.trim();
    let found = comments
        .iter()
        .find(|comment| comment["actor"] == job.account.external_id.as_str() && comment["message"]["text"] == text);
    match found {
        Some(comment) => Probe::Finding(Finding::Found(PartReceipt {
            external_id: comment["commentUrn"].as_str().or(comment["id"].as_str()).map(str::to_owned),
            permalink: None,
        })),
        None if comments.len() < PAGE => Probe::Finding(Finding::AbsentInList),
        None if answers.len() >= PAGES_MAX => unknown("The post has more comments than can be looked through."),
        None => ask(answers.len() * PAGE),
    }
}

fn unknown(why: &str) -> Probe {
    Probe::Finding(Finding::Unknown(why.to_owned()))
}
