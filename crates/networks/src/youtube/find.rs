//! What became of a call whose answer was lost. A video is read by its id; what nothing is remembered of is looked for among the channel's
//! uploads, which show private videos to the channel itself.

use jiff::Timestamp;
use postrider_core::delivery::Part;
use postrider_provider::{Answer, Fault, Finding, IntentView, Job, MediaRef, Method, PartReceipt, Probe, Progress, Request};

use super::state::State;
use super::upload::Told;
use super::wire::{List, Thread, Uploaded, Video};
use super::{LEAD_MS, api, form, read, upload, watch};
use crate::recall::{self, Seen};

const PAGE: &str = "50";
const COMMENTS: &str = "100";
/// Beyond so many pages nobody says any more what is absent.
const PAGES_MAX: usize = 10;
/// An upload whose address is over is among the newest, if it came to its end.
const NEWEST: &str = "5";
/// The clocks of two machines may part by this much, milliseconds.
const SKEW_MS: i64 = 60_000;

/// The next look.
pub fn probe(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    if intent.part == Part::FirstComment {
        let id = intent.match_key.strip_prefix("comment:").unwrap_or_default();
        return in_comments(job, id, answers);
    }
    if !intent.remembered {
        return unremembered(job, progress, intent, answers);
    }
    if upload::is_key(&intent.key) {
        return of_upload(job, progress, intent, answers);
    }
    match answers.first() {
        None => Probe::Call(watch::look(&intent.key)),
        Some(answer) => Probe::Finding(of_video(job, &intent.key, answer)),
    }
}

fn found(job: &Job, id: &str) -> Finding {
    Finding::Found(form::stands(job, id))
}

/// Whether a draft's last piece came, which the address itself says as long as it holds.
fn of_upload(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    let state: State = progress.read().unwrap_or_default();
    let Some(mut under_way) = state.upload else {
        return by_words(job, intent, None, answers);
    };
    let Some((said, rest)) = answers.split_first() else {
        return Probe::Call(upload::ask(&under_way));
    };
    match upload::told(job, &mut under_way, said) {
        Ok(Told::Whole(id)) => Probe::Finding(found(job, &id)),
        Ok(Told::Onward) => Probe::Finding(Finding::AbsentByFence),
        Ok(Told::Over) => by_words(job, intent, None, rest),
        Err(fault) => Probe::Finding(fault.finding()),
    }
}

/// Whether a video is shown as it was to be. What is not there cannot be seen either.
fn of_video(job: &Job, id: &str, answer: &Answer) -> Finding {
    let list: List<Video> = match read(answer, "look at the video") {
        Ok(list) => list,
        Err(fault) => return fault.finding(),
    };
    let Some(video) = list.items.first() else {
        return Finding::AbsentByFence;
    };
    match video.status.privacy_status.as_str() {
        "" => Finding::Unknown("YouTube does not say who sees the video.".to_owned()),
        privacy if form::is_shown(privacy) || !form::is_shown(form::privacy(job)) => found(job, id),
        _ => Finding::AbsentByFence,
    }
}

/// What another database may have made: the video that was prepared here, else one among the uploads, by its words.
fn unremembered(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    let state: State = progress.read().unwrap_or_default();
    let Some(own) = state.video else {
        return by_words(job, intent, None, answers);
    };
    let Some((said, rest)) = answers.split_first() else {
        return Probe::Call(watch::look(&own));
    };
    match of_video(job, &own, said) {
        // It was not shown by this id; by another it may have been.
        Finding::AbsentByFence => by_words(job, intent, Some(&own), rest),
        finding => Probe::Finding(finding),
    }
}

fn by_words(job: &Job, intent: &IntentView, own: Option<&str>, pages: &[Answer]) -> Probe {
    let uploads = match listed(job, intent, pages) {
        Ok(uploads) => uploads,
        Err(next) => return *next,
    };
    let wanted = form::privacy(job);
    let others = uploads.into_iter().filter(|upload| own != Some(upload.seen.id.as_str()));
    // What only the channel sees was put there ahead of time, unless it is to stay so.
    let (standing, ahead): (Vec<Upload>, Vec<Upload>) = others.partition(|upload| upload.shown || !form::is_shown(wanted));
    let words = form::own_words(job);
    let told = recall::judge(job, intent, &words, standing.into_iter().map(|upload| upload.seen).collect());
    let same = ahead
        .iter()
        .find(|upload| upload.seen.words == words && !job.known_external_ids.contains(&upload.seen.id));
    Probe::Finding(match (told, same) {
        (Finding::AbsentInList, Some(upload)) => Finding::Unclear(format!(
            "A private video with the same words stands there that this database does not know ({}): it may be this one.",
            form::permalink(job, &upload.seen.id)
        )),
        (told, _) => told,
    })
}

struct Upload {
    seen: Seen,
    shown: bool,
}

/// Every upload that can be it, newest first.
fn listed(job: &Job, intent: &IntentView, pages: &[Answer]) -> Result<Vec<Upload>, Box<Probe>> {
    let ended = |finding: Finding| Err(Box::new(Probe::Finding(finding)));
    let mut uploads = Vec::new();
    let mut next = None;
    for answer in pages {
        let page: List<Uploaded> = match read(answer, "look for the video") {
            Ok(page) => page,
            Err(fault) => return ended(fault.finding()),
        };
        next = page.next_page_token.filter(|token| !token.is_empty());
        for entry in page.items {
            let Some(uploaded_ms) = instant_ms(&entry.snippet.published_at) else {
                return ended(Finding::Unknown("YouTube does not say of every video when it came.".to_owned()));
            };
            // The list is in the order of uploads, which are ahead of what they are for.
            if recall::too_old(intent, uploaded_ms + LEAD_MS) {
                return Ok(uploads);
            }
            uploads.push(of_list(job, entry, uploaded_ms));
        }
        if next.is_none() {
            return Ok(uploads);
        }
    }
    if pages.len() >= PAGES_MAX {
        return ended(Finding::Unknown(
            "The channel has more new videos than can be looked through.".to_owned(),
        ));
    }
    let list = uploads_of(job, PAGE);
    Err(Box::new(Probe::Call(match next {
        Some(token) => list.query("pageToken", token),
        None => list,
    })))
}

fn of_list(job: &Job, entry: Uploaded, uploaded_ms: i64) -> Upload {
    let id = entry.content_details.video_id;
    Upload {
        shown: form::is_shown(&entry.status.privacy_status),
        seen: Seen {
            words: form::words(&entry.snippet.title, &entry.snippet.description),
            at_ms: instant_ms(&entry.content_details.video_published_at).unwrap_or(uploaded_ms),
            permalink: Some(form::permalink(job, &id)),
            fits: true,
            id,
        },
    }
}

fn instant_ms(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(|instant| instant.as_millisecond())
}

/// The channel's own list of uploads, whose id is the channel's with another second letter where it was not told.
fn uploads_of(job: &Job, count: &str) -> Request {
    let told = job.account.meta["uploads"].as_str().map(str::to_owned);
    let playlist = told.unwrap_or_else(|| job.account.external_id.replacen("UC", "UU", 1));
    api("look for the video", Method::Get, "playlistItems")
        .query("part", "snippet,contentDetails,status")
        .query("playlistId", playlist)
        .query("maxResults", count)
}

/// Lists the newest uploads.
pub fn newest(job: &Job) -> Request {
    uploads_of(job, NEWEST)
}

/// The video that an upload may have become whose address is over: private, with the same words, not older than the address.
pub fn among_newest(job: &Job, opened_at_ms: i64, answer: &Answer) -> Result<Option<String>, Fault> {
    let list: List<Uploaded> = read(answer, "look for the video")?;
    let words = form::own_words(job);
    let same = list.items.into_iter().find(|entry| {
        let since = instant_ms(&entry.snippet.published_at).is_some_and(|at_ms| at_ms >= opened_at_ms - SKEW_MS);
        let same = form::words(&entry.snippet.title, &entry.snippet.description) == words;
        since && same && !form::is_shown(&entry.status.privacy_status)
    });
    Ok(same.map(|entry| entry.content_details.video_id).filter(|id| !id.is_empty()))
}

/// Asks for the file of a video: a person may have uploaded another under the same words, which is not to be shown.
pub fn file_of(id: &str) -> Request {
    api("look at the video's file", Method::Get, "videos")
        .query("part", "status,fileDetails")
        .query("id", id)
}

/// The video, if it is still private and made of our file, by its length.
pub fn is_ours(file: &MediaRef, answer: &Answer) -> Result<Option<String>, Fault> {
    let list: List<Video> = read(answer, "look at the video's file")?;
    let ours = list.items.into_iter().find(|video| {
        let bytes = video.file_details.file_size.parse::<u64>();
        bytes == Ok(file.facts.bytes) && !form::is_shown(&video.status.privacy_status)
    });
    Ok(ours.map(|video| video.id).filter(|id| !id.is_empty()))
}

/// The comment under the video, by its words and its author.
fn in_comments(job: &Job, id: &str, answers: &[Answer]) -> Probe {
    let text = job.content.first_comment.trim();
    let mut next = None;
    for answer in answers {
        let page: List<Thread> = match read(answer, "look for the comment") {
            Ok(page) => page,
            Err(fault) => return Probe::Finding(fault.finding()),
        };
        let ours = page.items.into_iter().find(|thread| {
            let comment = &thread.snippet.top_level_comment.snippet;
            let said = [&comment.text_original, &comment.text_display]
                .into_iter()
                .any(|said| said.trim() == text);
            said && comment.author_channel_id.value == job.account.external_id
        });
        if let Some(thread) = ours {
            return Probe::Finding(Finding::Found(PartReceipt {
                external_id: Some(thread.id).filter(|id| !id.is_empty()),
                permalink: None,
            }));
        }
        next = page.next_page_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Probe::Finding(Finding::AbsentInList);
        }
    }
    if answers.len() >= PAGES_MAX {
        return Probe::Finding(Finding::Unknown(
            "The video has more comments than can be looked through.".to_owned(),
        ));
    }
    let list = api("look for the comment", Method::Get, "commentThreads")
        .query("part", "snippet")
        .query("videoId", id)
        .query("order", "time")
        .query("textFormat", "plainText")
        .query("maxResults", COMMENTS);
    Probe::Call(match next {
        Some(token) => list.query("pageToken", token),
        None => list,
    })
}
