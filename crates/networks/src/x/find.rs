//! Whether a post stands after its answer was lost: the account's posts tell, newest first, by our files' names, else by what is answered and
//! said. That X refuses a repeat tells nothing: somebody may have said the same before.

use jiff::Timestamp;
use postrider_core::delivery::Part;
use postrider_core::text::entities::{self, Kind};
use postrider_provider::{Answer, Finding, IntentView, Job, Probe, Progress, Request};
use unicode_normalization::UnicodeNormalization;

use super::publish::part_receipt;
use super::state::{State, media, words};
use super::wire::{Listed, Posts};
use super::{api, error};
use crate::recall::{self, Seen};

const PAGE: &str = "100";
/// Beyond so many pages nobody says any more that a post is absent.
const PAGES_MAX: usize = 10;
/// The clocks of two machines may part by this much.
const SKEW_MS: i64 = 60_000;
/// So far back an equal post may be why X refuses this one; X does not say how far.
const REPEATS_MS: i64 = 24 * 3_600_000;
/// So long after its call a post may still be missing from the list.
const LAG_MS: i64 = 10 * 60_000;

/// The next look.
pub fn probe(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    let state: State = progress.read().unwrap_or_default();
    let posts = match gathered(job, intent, answers) {
        Ok(posts) => posts,
        Err(next) => return *next,
    };
    Probe::Finding(if intent.remembered {
        remembered(job, &state, intent, &posts)
    } else {
        let mut seen: Vec<Seen> = posts
            .iter()
            .map(|(at_ms, post)| seen(job, &state, intent.part, *at_ms, post))
            .collect();
        // Answers to others say nothing of this one.
        seen.retain(|post| intent.part == Part::Root || post.fits);
        recall::judge(job, intent, &folded(words(job, intent.part)), seen)
    })
}

fn since_ms(intent: &IntentView) -> i64 {
    intent.listed_from_ms - SKEW_MS
}

/// Where the list begins: each post that is read costs money.
fn from_ms(job: &Job, intent: &IntentView) -> i64 {
    if intent.remembered && !words(job, intent.part).is_empty() {
        since_ms(intent) - REPEATS_MS
    } else {
        since_ms(intent)
    }
}

/// Every post of the account that may matter, newest first.
fn gathered(job: &Job, intent: &IntentView, answers: &[Answer]) -> Result<Vec<(i64, Listed)>, Box<Probe>> {
    let mut posts = Vec::new();
    let mut mark = None;
    for answer in answers {
        if !answer.ok() {
            return Err(Box::new(Probe::Finding(error::fault(answer).finding())));
        }
        let page = serde_json::from_slice::<Posts>(&answer.body)
            .ok()
            .filter(|page| page.errors.is_empty());
        let Some(page) = page else {
            return Err(unknown("X's list of posts cannot be read."));
        };
        for post in page.data {
            let at = post.created_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
            let Some(at) = at else {
                return Err(unknown("X does not say of every post when it was made."));
            };
            posts.push((at.as_millisecond(), post));
        }
        mark = page.meta.next_token.filter(|token| !token.is_empty());
        if mark.is_none() {
            return Ok(posts);
        }
    }
    if answers.len() >= PAGES_MAX {
        return Err(unknown("The account has more new posts than can be looked through."));
    }
    let start = Timestamp::from_millisecond(from_ms(job, intent))
        .map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let mut list = Request::get("look for the post", api(&format!("users/{}/tweets", job.account.external_id)))
        .query("max_results", PAGE)
        .query("start_time", start)
        .query("exclude", "retweets")
        .query("tweet.fields", "created_at,referenced_tweets,attachments,entities");
    if let Some(mark) = mark {
        list = list.query("pagination_token", mark);
    }
    Err(Box::new(Probe::Call(list.bearer("access"))))
}

fn remembered(job: &Job, state: &State, intent: &IntentView, posts: &[(i64, Listed)]) -> Finding {
    let part = intent.part;
    let keys: Vec<&str> = state.uploads_of(job, part).iter().map(|upload| upload.key.as_str()).collect();
    let keyed = keys.iter().any(|key| !key.is_empty());
    let words = folded(words(job, part));
    let known = |post: &Listed| job.known_external_ids.contains(&post.id);
    let says_the_same = |post: &Listed| !words.is_empty() && folded(&unfolded(post)) == words;
    let is_ours = |at_ms: i64, post: &Listed| {
        if keyed {
            return post.attachments.media_keys.iter().any(|key| keys.contains(&key.as_str()));
        }
        at_ms >= since_ms(intent) && fits(job, state, part, post) && says_the_same(post)
    };
    if let Some((_, post)) = posts.iter().find(|(at_ms, post)| !known(post) && is_ours(*at_ms, post)) {
        return Finding::Found(part_receipt(job, &post.id));
    }
    let Some((_, equal)) = posts.iter().find(|(_, post)| says_the_same(post)) else {
        return Finding::AbsentInList;
    };
    // X takes no second one beside it, so "absent, send again" would never end.
    let at = part_receipt(job, &equal.id).permalink.unwrap_or_default();
    let why = format!("A post of the same words stands already ({at}), and X refuses repeats.");
    if job.now_ms < intent.send_by_ms + LAG_MS {
        Finding::Unknown(why)
    } else {
        Finding::Unclear(why)
    }
}

fn seen(job: &Job, state: &State, part: Part, at_ms: i64, post: &Listed) -> Seen {
    Seen {
        id: post.id.clone(),
        words: folded(&unfolded(post)),
        at_ms,
        permalink: part_receipt(job, &post.id).permalink,
        fits: fits(job, state, part, post),
    }
}

/// Whether it is of the kind that is looked for, at its place.
fn fits(job: &Job, state: &State, part: Part, post: &Listed) -> bool {
    let answered = post.referenced_tweets.iter().find(|other| other.kind == "replied_to");
    let in_place = match part {
        Part::Root => answered.is_none(),
        _ => answered.map(|parent| parent.id.as_str()) == state.parent(part),
    };
    let has_poll = job.content.content_type == postrider_core::post::ContentType::Poll && part == Part::Root;
    in_place && post.attachments.media_keys.len() == media(job, part).len() && post.attachments.poll_ids.is_empty() != has_poll
}

/// What was written: X escapes three signs, shortens addresses, and appends one for the media.
fn unfolded(post: &Listed) -> String {
    let mut text = post.text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    for short in post.entities.urls.iter().filter(|short| !short.url.is_empty()) {
        let of_media = short.media_key.is_some() || is_of_media(&short.expanded_url);
        text = text.replacen(&short.url, if of_media { "" } else { &short.expanded_url }, 1);
    }
    text
}

/// `https://x.com/acme/status/1/photo/1`.
fn is_of_media(address: &str) -> bool {
    let mut segments = address.rsplit('/');
    let (number, kind) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
    address.contains("/status/") && number.parse::<u8>().is_ok() && matches!(kind, "photo" | "video")
}

/// A text as two that say the same have it: one form of each letter, one blank, addresses without what X adds to them.
fn folded(text: &str) -> String {
    let text: String = text.nfc().collect();
    let mut bare = String::new();
    let mut from = 0;
    for address in entities::find(&text).iter().filter(|found| found.kind == Kind::Url) {
        bare.push_str(&text[from..address.start]);
        let value = address.value.as_str();
        let value = value
            .strip_prefix("https://")
            .or_else(|| value.strip_prefix("http://"))
            .unwrap_or(value);
        bare.push_str(value.trim_end_matches('/'));
        from = address.end;
    }
    bare.push_str(&text[from..]);
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unknown(why: &str) -> Box<Probe> {
    Box::new(Probe::Finding(Finding::Unknown(why.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::{folded, is_of_media};

    #[test]
    fn texts_that_say_the_same_are_the_same() {
        for (one, other) in [
            ("Fresh  bread\n\n#rye", "Fresh bread #rye"),
            ("cafe\u{301}", "café"),
            ("see https://a.example/", "see http://a.example"),
            ("see example.com now", "see http://example.com now"),
        ] {
            assert_eq!(folded(one), folded(other));
        }
        assert_ne!(folded("see https://a.example/x"), folded("see https://a.example/y"));
    }

    #[test]
    fn the_address_of_the_media_is_no_part_of_the_words() {
        assert!(is_of_media("https://x.com/acme/status/19/photo/1"));
        assert!(!is_of_media("https://x.com/acme/status/19"));
        assert!(!is_of_media("https://a.example/photo/1"));
    }
}
