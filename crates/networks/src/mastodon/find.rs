//! Whether a post stands after its answer was lost: by our own files, else by what it answers and says. The list names posts and shows
//! their words as HTML; their source says them as they were written, where a server tells it.

use postrider_provider::{Answer, Fault, Finding, IntentView, Job, Probe, Progress, Request};

use super::publish::part_receipt;
use super::state::{State, attached, files_of, parent, words};
use super::wire::{Source, Status};
use super::{error, html, server};
use crate::recall::{self, Seen};

/// The most that a page of the list holds (docs.joinmastodon.org: Methods, accounts).
const PAGE: &str = "40";
/// Beyond so many posts since the intent, nobody says any more that something is absent.
const POSTS_MAX: usize = 200;

/// The next look.
pub fn probe(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    let state: State = progress.read().unwrap_or_default();
    let (posts, rest) = match listed(job, intent, answers) {
        Ok(gathered) => gathered,
        Err(next) => return *next,
    };
    let files = attached(job, &state, intent.part);
    if intent.remembered && !files.is_empty() {
        let shows_ours = |post: &&Status| post.media_attachments.iter().any(|file| files.contains(&file.id));
        if let Some(found) = posts.iter().find(shows_ours) {
            return Probe::Finding(Finding::Found(part_receipt(found)));
        }
        // Another database may have published files of its own.
        if !intent.unseen {
            return Probe::Finding(Finding::AbsentInList);
        }
    }
    let parent = parent(&state, intent.part);
    let candidates = posts.into_iter().filter(|post| post.in_reply_to_id.as_deref() == parent);
    by_words(job, intent, candidates.collect(), rest)
}

/// Reads what each candidate says, those that look alike first.
fn by_words(job: &Job, intent: &IntentView, mut candidates: Vec<Status>, answers: &[Answer]) -> Probe {
    let said = words(job, intent.part);
    let alike = html::shown(said);
    candidates.sort_by_key(|post| html::words(&post.content) != alike);
    let files = files_of(job, intent.part);
    let mut seen = Vec::new();
    let mut sources = answers.iter();
    for post in &candidates {
        let Some(answer) = sources.next() else {
            return Probe::Call(source(job, &post.id));
        };
        let text = match source_said(post, answer, said) {
            Ok(text) => text,
            Err(finding) => return Probe::Finding(finding),
        };
        if intent.remembered && html::folded(&text) == html::folded(said) && post.media_attachments.len() == files {
            return Probe::Finding(Finding::Found(part_receipt(post)));
        }
        let Some(at_ms) = error::instant_ms(&post.created_at) else {
            continue;
        };
        seen.push(Seen {
            id: post.id.clone(),
            words: text,
            at_ms,
            permalink: post.url.clone(),
            fits: post.media_attachments.len() == files,
        });
    }
    if intent.remembered {
        return Probe::Finding(Finding::AbsentInList);
    }
    Probe::Finding(recall::judge(job, intent, said, seen))
}

/// What a post says. A server that has no sources shows it as HTML: alike is then the same.
fn source_said(post: &Status, answer: &Answer, said: &str) -> Result<String, Finding> {
    if answer.status == 404 {
        let shown = html::words(&post.content);
        return Ok(if shown == html::shown(said) { said.to_owned() } else { shown });
    }
    let source: Source = error::accepted(answer, "read what a post says").map_err(Fault::finding)?;
    Ok(source.text)
}

/// The account's posts since the intent that are not known to be others, newest first, and the answers that follow those of the list.
///
/// # Errors
/// The next page, or why there is none.
fn listed<'a>(job: &Job, intent: &IntentView, answers: &'a [Answer]) -> Result<(Vec<Status>, &'a [Answer]), Box<Probe>> {
    let mut found: Vec<Status> = Vec::new();
    let mut last = None;
    let mut read = 0;
    for (index, answer) in answers.iter().enumerate() {
        let page: Vec<Status> = error::accepted(answer, "look for the post").map_err(|fault| Box::new(Probe::Finding(fault.finding())))?;
        // Servers may hold less in a page than was asked for: only an empty one is the last.
        let mut done = page.is_empty();
        read += page.len();
        for post in page {
            let Some(at_ms) = error::instant_ms(&post.created_at) else {
                return Err(unknown("The server's list does not say of every post when it was made."));
            };
            last = Some(post.id.clone());
            if recall::too_old(intent, at_ms) {
                done = true;
            } else if !job.known_external_ids.contains(&post.id) {
                found.push(post);
            }
        }
        if done {
            return Ok((found, &answers[index + 1..]));
        }
        if read >= POSTS_MAX {
            return Err(unknown("The account has posted too much since to be looked through."));
        }
    }
    let account = job.account.meta["id"].as_str().unwrap_or_default();
    let mut request = Request::get(
        "look for the post",
        format!("{}/api/v1/accounts/{account}/statuses", server::of(&job.account.meta)),
    )
    .query("limit", PAGE)
    .query("exclude_reblogs", "true")
    .bearer("access");
    if let Some(last) = last {
        request = request.query("max_id", last);
    }
    Err(Box::new(Probe::Call(request)))
}

fn source(job: &Job, id: &str) -> Request {
    Request::get(
        "read what a post says",
        format!("{}/api/v1/statuses/{id}/source", server::of(&job.account.meta)),
    )
    .bearer("access")
}

fn unknown(why: &str) -> Box<Probe> {
    Box::new(Probe::Finding(Finding::Unknown(why.to_owned())))
}
