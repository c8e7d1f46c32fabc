//! What became of a call whose answer was lost. TikTok says of an upload how much of it came; of pictures there is only the list of public
//! posts, which shows a post once it was looked over.

use postrider_core::post::Mode;
use postrider_provider::{Answer, Finding, IntentView, Job, PartReceipt, Probe, Progress};
use serde_json::json;

use super::state::{State, is_public, video};
use super::wire::{Listed, Page, Status};
use super::{api, form, read, upload};
use crate::recall::{self, Seen};

const PAGE: u32 = 20;
/// Beyond so many pages nobody says any more what is absent.
const PAGES_MAX: usize = 10;
/// For so long a public post may be missing from the list (fact sheet section 3.5: hours).
const LAG_MS: i64 = 8 * 3_600_000;

/// The next look.
pub fn probe(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    if !intent.remembered {
        return unremembered(job, progress, intent, answers);
    }
    if video(job).is_some() {
        return match answers.first() {
            None => Probe::Call(upload::status(&intent.key)),
            Some(answer) => Probe::Finding(of_upload(job, answer)),
        };
    }
    match listed(job, intent, answers) {
        Ok(seen) => Probe::Finding(among(job, &seen)),
        Err(next) => *next,
    }
}

/// What TikTok says of an upload whose last part may or may not have come.
fn of_upload(job: &Job, answer: &Answer) -> Finding {
    let status: Status = match read(answer, "look at the upload") {
        Ok(status) => status,
        Err(fault) => return fault.finding(),
    };
    let bytes = video(job).map_or(0, |file| file.facts.bytes);
    match (status.status.as_str(), status.uploaded_bytes) {
        ("PROCESSING_UPLOAD", Some(came)) if came < bytes => Finding::AbsentByFence,
        ("PROCESSING_UPLOAD", None) => Finding::Unknown("TikTok does not say how much of the video came.".to_owned()),
        // Given up, too, it had come: what follows reads why.
        ("PROCESSING_UPLOAD" | "PROCESSING_DOWNLOAD" | "SEND_TO_USER_INBOX" | "PUBLISH_COMPLETE" | "FAILED", _) => {
            Finding::Found(PartReceipt::default())
        }
        (other, _) => Finding::Unknown(format!("TikTok says that the post is `{other}`.")),
    }
}

/// What another database may have made: of the upload that was prepared here, else by its words.
fn unremembered(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    let state: State = progress.read().unwrap_or_default();
    let Some(own) = &state.upload else {
        return by_words(job, intent, answers);
    };
    let Some((said, rest)) = answers.split_first() else {
        return Probe::Call(upload::status(&own.publish_id));
    };
    match of_upload(job, said) {
        found @ (Finding::Found(_) | Finding::NoAccess(_)) => Probe::Finding(found),
        // It was not sent by this name; by another it may have been.
        _ => by_words(job, intent, rest),
    }
}

fn by_words(job: &Job, intent: &IntentView, pages: &[Answer]) -> Probe {
    let seen = match listed(job, intent, pages) {
        Ok(seen) => seen,
        Err(next) => return *next,
    };
    Probe::Finding(match recall::judge(job, intent, &form::listed_words(job), seen) {
        Finding::AbsentInList if job.now_ms - intent.send_by_ms < LAG_MS => unlisted(),
        finding => finding,
    })
}

fn unlisted() -> Finding {
    Finding::Unreadable("TikTok lists a post only once it has looked it over, which can take hours.".to_owned())
}

/// The post in the list. That it is missing there proves nothing.
fn among(job: &Job, seen: &[Seen]) -> Finding {
    let words = form::listed_words(job);
    let mut unknown = seen.iter().filter(|post| !job.known_external_ids.contains(&post.id));
    if words.is_empty() {
        return match unknown.next() {
            Some(post) => Finding::Unclear(format!(
                "A post stands there that nobody here knows ({}): it may be this one.",
                post.permalink.as_deref().unwrap_or(&post.id)
            )),
            None => Finding::Unknown("TikTok does not list it so far.".to_owned()),
        };
    }
    // Of several the oldest: they are sent in their order.
    match unknown.rfind(|post| post.words == words) {
        Some(post) => Finding::Found(PartReceipt {
            external_id: Some(post.id.clone()),
            permalink: post.permalink.clone(),
        }),
        None => Finding::Unknown("TikTok does not list it so far.".to_owned()),
    }
}

/// Every post of the list that can be it, newest first.
fn listed(job: &Job, intent: &IntentView, pages: &[Answer]) -> Result<Vec<Seen>, Box<Probe>> {
    let ended = |finding: Finding| Err(Box::new(Probe::Finding(finding)));
    if job.mode == Mode::Draft {
        return ended(Finding::Unreadable("TikTok's API does not list what lies in the inbox.".to_owned()));
    }
    if !is_public(job) {
        return ended(Finding::Unreadable("TikTok's API lists only what everybody sees.".to_owned()));
    }
    let mut posts = Vec::new();
    let mut cursor = None;
    for answer in pages {
        let page: Page = match read(answer, "look for the post") {
            Ok(page) => page,
            Err(fault) => return ended(fault.finding()),
        };
        cursor = page.cursor.filter(|_| page.has_more);
        for post in page.videos {
            let Some(at_ms) = post.create_time.map(|seconds| seconds.saturating_mul(1_000)) else {
                return ended(Finding::Unknown("TikTok does not say of every post when it was made.".to_owned()));
            };
            if recall::too_old(intent, at_ms) {
                return Ok(posts);
            }
            posts.push(seen(at_ms, post));
        }
        if cursor.is_none() {
            return Ok(posts);
        }
    }
    if pages.len() >= PAGES_MAX {
        return ended(Finding::Unknown(
            "The account has more new posts than can be looked through.".to_owned(),
        ));
    }
    let mut body = json!({"max_count": PAGE});
    if let Some(cursor) = cursor {
        body["cursor"] = cursor.into();
    }
    let list = api("look for the post", "video/list").query("fields", "id,create_time,title,video_description,share_url");
    Err(Box::new(Probe::Call(list.json(body))))
}

/// A post as it stands in the list: pictures show their description, or their title if they have none.
fn seen(at_ms: i64, post: Listed) -> Seen {
    let said = [&post.video_description, &post.title]
        .into_iter()
        .find(|text| !text.trim().is_empty());
    Seen {
        id: post.id.into(),
        words: form::listed(said.map_or("", String::as_str)),
        at_ms,
        permalink: post.share_url,
        fits: true,
    }
}
