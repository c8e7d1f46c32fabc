//! Whether a post stands after its answer was lost: the location lists its posts, in an order that Google does not promise.

use jiff::Timestamp;
use postrider_provider::{Answer, Finding, IntentView, Job, Method, Probe, Request};

use super::publish::{parent, part_receipt};
use super::wire::{Post, Posts};
use super::{form, posts, read};
use crate::recall::{self, Seen};

const PAGE: &str = "100";
/// Beyond so many pages nobody says any more that a post is absent.
const PAGES_MAX: usize = 10;

/// The next look.
pub fn probe(job: &Job, intent: &IntentView, answers: &[Answer]) -> Probe {
    let listed = match gathered(job, intent, answers) {
        Ok(listed) => listed,
        Err(next) => return *next,
    };
    if !intent.remembered {
        let seen = listed.into_iter().map(|(at_ms, post)| seen(job, at_ms, post)).collect();
        return Probe::Finding(recall::judge(job, intent, &form::own_words(job), seen));
    }
    Probe::Finding(remembered(job, &listed))
}

/// Every post that can be it. A whole page of older ones ends the search: a single one may stand out of order.
fn gathered(job: &Job, intent: &IntentView, answers: &[Answer]) -> Result<Vec<(i64, Post)>, Box<Probe>> {
    let mut found = Vec::new();
    let mut token = String::new();
    for answer in answers {
        let page: Posts = match read(answer, "look for the post") {
            Ok(page) => page,
            Err(fault) => return Err(Box::new(Probe::Finding(fault.finding()))),
        };
        token = page.next_page_token;
        let mut all_older = !page.local_posts.is_empty();
        for post in page.local_posts {
            let Ok(at) = post.create_time.parse::<Timestamp>() else {
                return Err(unknown("Google does not say of every post when it was made."));
            };
            let at_ms = at.as_millisecond();
            if recall::too_old(intent, at_ms) {
                continue;
            }
            all_older = false;
            if !job.known_external_ids.contains(&post.name) {
                found.push((at_ms, post));
            }
        }
        if all_older || token.is_empty() {
            return Ok(found);
        }
    }
    if answers.len() >= PAGES_MAX {
        return Err(unknown("The location has more posts than can be looked through."));
    }
    match parent(job) {
        Ok(parent) => Err(Box::new(Probe::Call(list(parent, token)))),
        Err(fault) => Err(Box::new(Probe::Finding(fault.finding()))),
    }
}

fn list(parent: &str, token: String) -> Request {
    let list = posts("look for the post", Method::Get, &format!("{parent}/localPosts")).query("pageSize", PAGE);
    if token.is_empty() { list } else { list.query("pageToken", token) }
}

/// The post in the list, by what it is about and by its words. Of several the oldest: they are sent in their order.
fn remembered(job: &Job, listed: &[(i64, Post)]) -> Finding {
    let ours = form::own_words(job);
    let of_topic = listed.iter().filter(|(_, post)| post.topic_type == form::topic(job));
    let same = of_topic
        .filter(|(_, post)| form::listed_words(post) == ours)
        .min_by_key(|(at_ms, _)| *at_ms);
    match same {
        // Nothing but its time tells it from what somebody else posted.
        Some((_, post)) if ours.is_empty() => Finding::Unclear(format!(
            "A post stands there that nobody here knows ({}): it may be this one.",
            part_receipt(post).permalink.unwrap_or_else(|| post.name.clone())
        )),
        Some((_, post)) => Finding::Found(part_receipt(post)),
        None => Finding::AbsentInList,
    }
}

fn seen(job: &Job, at_ms: i64, post: Post) -> Seen {
    Seen {
        words: form::listed_words(&post),
        at_ms,
        permalink: part_receipt(&post).permalink,
        fits: post.topic_type == form::topic(job),
        id: post.name,
    }
}

fn unknown(why: &str) -> Box<Probe> {
    Box::new(Probe::Finding(Finding::Unknown(why.to_owned())))
}
