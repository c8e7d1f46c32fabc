//! Whether a post stands after its answer was lost: by our own files, else by what it answers and says. The list names posts, their
//! source says them as they were written, without the server's HTML.

use postrider_core::delivery::Part;
use postrider_provider::{Answer, Finding, IntentView, Job, Probe, Progress, Request};

use super::publish::{State, attached, parent, part_receipt, words};
use super::wire::{Source, Status};
use super::{error, server};
use crate::recall::{self, Seen};

const PAGE: usize = 40;
/// Beyond so many posts since the intent nobody says any more that something is absent.
const POSTS_MAX: usize = 200;

/// The next look.
pub fn probe(job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
    let state: State = progress.read().unwrap_or_default();
    let (seen, rest) = match listed(job, intent, answers) {
        Ok(gathered) => gathered,
        Err(next) => return *next,
    };
    let ours = |status: &&Status| !job.known_external_ids.contains(&status.id);
    let files = attached(job, &state, intent.part);
    if intent.remembered && !files.is_empty() {
        let found = seen
            .iter()
            .filter(ours)
            .find(|status| status.media_attachments.iter().any(|file| files.contains(&file.id)));
        return Probe::Finding(found.map_or(Finding::AbsentInList, |status| Finding::Found(part_receipt(status))));
    }
    let parent = parent(&state, intent.part);
    let fits = |status: &&Status| status.in_reply_to_id.as_deref() == parent;
    let candidates: Vec<&Status> = seen.iter().filter(ours).filter(fits).collect();
    let Some(sources) = sources(&candidates, rest) else {
        let next = &candidates[rest.len()];
        return Probe::Call(source(job, &next.id));
    };
    let sources = match sources {
        Ok(sources) => sources,
        Err(finding) => return Probe::Finding(finding),
    };
    let said = words(job, intent.part);
    if intent.remembered {
        let same = |(status, text): (&&Status, String)| (folded(&text) == folded(said)).then(|| part_receipt(status));
        let found = candidates.iter().zip(sources).find_map(same);
        return Probe::Finding(found.map_or(Finding::AbsentInList, Finding::Found));
    }
    let files = job.media.len();
    let seen = candidates.iter().zip(sources).filter_map(|(status, text)| {
        Some(Seen {
            id: status.id.clone(),
            words: text,
            at_ms: error::instant_ms(&status.created_at)?,
            permalink: status.url.clone(),
            fits: intent.part != Part::Root || status.media_attachments.len() == files,
        })
    });
    Probe::Finding(recall::judge(job, intent, said, seen.collect()))
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The account's posts since the intent, newest first, and the answers that follow those of the list.
///
/// # Errors
/// The next page, or why there is none.
fn listed<'a>(job: &Job, intent: &IntentView, answers: &'a [Answer]) -> Result<(Vec<Status>, &'a [Answer]), Box<Probe>> {
    let mut all: Vec<Status> = Vec::new();
    for (index, answer) in answers.iter().enumerate() {
        if !answer.ok() {
            return Err(Box::new(Probe::Finding(error::fault(answer).finding())));
        }
        let Ok(page) = serde_json::from_slice::<Vec<Status>>(&answer.body) else {
            return Err(unknown("The server's list of posts cannot be read."));
        };
        let full = page.len() >= PAGE;
        let mut older = false;
        for status in page {
            let Some(at_ms) = error::instant_ms(&status.created_at) else {
                return Err(unknown("The server's list does not say of every post when it was made."));
            };
            if recall::too_old(intent, at_ms) {
                older = true;
            } else {
                all.push(status);
            }
        }
        if older || !full {
            return Ok((all, &answers[index + 1..]));
        }
        if all.len() >= POSTS_MAX {
            return Err(unknown("The account has posted too much since to be looked through."));
        }
    }
    let account = job.account.meta["id"].as_str().unwrap_or_default();
    let mut request = Request::get(
        "look for the post",
        format!("{}/api/v1/accounts/{account}/statuses", server::of(&job.account.meta)),
    )
    .query("limit", PAGE.to_string())
    .query("exclude_reblogs", "true")
    .bearer("access");
    if let Some(last) = all.last() {
        request = request.query("max_id", last.id.as_str());
    }
    Err(Box::new(Probe::Call(request)))
}

/// What each candidate says; `None` while one more is to be read.
fn sources(candidates: &[&Status], answers: &[Answer]) -> Option<Result<Vec<String>, Finding>> {
    let mut texts = Vec::new();
    for (status, answer) in candidates.iter().zip(answers) {
        if answer.status == 404 {
            // Taken down in between, or a server that does not tell.
            texts.push(String::new());
            continue;
        }
        if !answer.ok() {
            return Some(Err(error::fault(answer).finding()));
        }
        match serde_json::from_slice::<Source>(&answer.body) {
            Ok(source) => texts.push(source.text),
            Err(_) => return Some(Err(Finding::Unknown(format!("What post {} says cannot be read.", status.id)))),
        }
    }
    (texts.len() == candidates.len()).then_some(Ok(texts))
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
