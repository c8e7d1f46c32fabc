//! Whether a commit stands after its answer was lost. The container tells; the list only names the post.

use jiff::Timestamp;
use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_provider::{Answer, Finding, IntentView, Job, PartReceipt, Probe, Request};

use super::auth::FACEBOOK_LOGIN;
use super::publish::{at, caption, container_status, secret};
use super::state::{is_carousel, is_video};
use super::{error, wire};
use crate::meta::list;
use crate::meta::wire::List;

/// The clocks of two machines may part by this much.
const SKEW_MS: i64 = 60_000;

/// The next look.
pub fn probe(job: &Job, intent: &IntentView, answers: &[Answer]) -> Probe {
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
    let Ok(container) = serde_json::from_slice::<wire::Container>(&answer.body) else {
        return unknown("Instagram's answer cannot be read.");
    };
    match container.status_code.as_str() {
        "PUBLISHED" => match answers.next() {
            None => Probe::Call(list(job, by_person)),
            Some(answer) => Probe::Finding(Finding::Found(named(job, intent, answer))),
        },
        "FINISHED" | "ERROR" | "EXPIRED" => Probe::Finding(Finding::AbsentByFence),
        other => unknown(&format!("Instagram says that the post is `{other}`.")),
    }
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
        .filter(|media| instant_ms(&media.timestamp).is_some_and(|at_ms| at_ms >= intent.stored_at_ms - SKEW_MS));
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

/// `2026-09-21T07:00:00+0000`.
fn instant_ms(text: &str) -> Option<i64> {
    let colon = match text.len().checked_sub(2) {
        Some(at) if text.is_char_boundary(at) && !text.ends_with('Z') && !text[..at].ends_with(':') => {
            format!("{}:{}", &text[..at], &text[at..])
        }
        _ => text.to_owned(),
    };
    colon.parse::<Timestamp>().ok().map(|instant| instant.as_millisecond())
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

#[cfg(test)]
mod tests {
    use super::instant_ms;

    #[test]
    fn instants_are_read_with_and_without_a_colon_in_their_offset() {
        for text in ["2026-11-22T00:01:00+0000", "2026-11-22T00:01:00+00:00", "2026-11-22T00:01:00Z"] {
            assert_eq!(instant_ms(text), Some(1_795_305_660_000), "{text}");
        }
        for text in ["", "é", "yesterday", "+0"] {
            assert_eq!(instant_ms(text), None, "{text}");
        }
    }
}
