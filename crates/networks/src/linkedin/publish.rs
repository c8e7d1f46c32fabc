//! A post is one call once its files have URNs. LinkedIn has no key for it: a Page is read back, a profile asked through
//! the duplicate filter (publishing.md, LinkedIn).

use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::ContentType;
use postrider_provider::{
    Absorbed, Answer, Commit, Evidence, Fault, Job, Method, Next, PartReceipt, Progress, Proof, Receipt, Request, Step, Waiting,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::upload::{self, Need, Upload};
use super::{auth, error, little, rest};

/// The author finder lags; LinkedIn names no figure.
const SETTLE_MS: i64 = 60_000;

/// What is remembered between steps.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    uploads: Vec<Upload>,
    posted: bool,
    /// The post's URN, where the answer named one.
    urn: Option<String>,
    commented: bool,
    /// Why the first comment is missing.
    comment_lost: Option<String>,
}

/// The next thing to do.
enum Action {
    File(usize, Need),
    Post,
    Comment(String),
    Finish,
}

fn decide(job: &Job, state: &State) -> Action {
    if !state.posted {
        let waiting = upload::files(job)
            .into_iter()
            .enumerate()
            .find_map(|(index, file)| upload::need(job, file, state.uploads.get(index)).map(|need| Action::File(index, need)));
        return waiting.unwrap_or(Action::Post);
    }
    match &state.urn {
        Some(urn) if comment_due(job) && may_comment(job) && !state.commented && state.comment_lost.is_none() => {
            Action::Comment(urn.clone())
        }
        _ => Action::Finish,
    }
}

/// The next step.
pub fn next(job: &Job, progress: &Progress) -> Step {
    let state: State = match progress.read() {
        Ok(state) => state,
        Err(fault) => return Step::Fail(fault),
    };
    if let Some(fault) = not_served(job) {
        return Step::Fail(fault);
    }
    match decide(job, &state) {
        Action::File(_, Need::Wait(until_ms)) => Step::Wait {
            until_ms,
            why: Waiting::Processing,
        },
        Action::File(index, need) => match upload::files(job).get(index) {
            Some(file) => Step::Call(upload::call(job, index, file, state.uploads.get(index), need)),
            None => Step::Done(receipt(job, &state)),
        },
        Action::Post => Step::Commit(Box::new(Commit {
            request: post(job, &state.uploads),
            part: Part::Root,
            key: String::new(),
            match_key: match_key(job, &state.uploads),
            evidence: Evidence::ReadBack,
            settle_ms: SETTLE_MS,
        })),
        Action::Comment(urn) => Step::Commit(Box::new(Commit {
            request: comment(job, &urn),
            part: Part::FirstComment,
            key: String::new(),
            match_key: format!("comment:{urn}"),
            // A member's comments cannot be read with what LinkedIn grants for posting as one.
            evidence: if job.account.external_id.starts_with("urn:li:organization:") {
                Evidence::ReadBack
            } else {
                Evidence::None
            },
            settle_ms: SETTLE_MS,
        })),
        Action::Finish => Step::Done(receipt(job, &state)),
    }
}

/// What the answer to the step just given means.
pub fn absorb(job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
    let mut state: State = progress.read()?;
    let mut receipt = None;
    match decide(job, &state) {
        Action::File(index, need) => {
            if let Some(file) = upload::files(job).get(index) {
                let upload = upload::absorb(job, file, state.uploads.get(index), need, answer)?;
                match state.uploads.get_mut(index) {
                    Some(slot) => *slot = upload,
                    None => state.uploads.push(upload),
                }
            }
        }
        Action::Post => {
            if !answer.ok() {
                return Err(error::fault(answer));
            }
            state.posted = true;
            state.urn = named(answer);
            receipt = Some(part_receipt(state.urn.clone()));
        }
        Action::Comment(_) if answer.ok() => {
            state.commented = true;
            receipt = Some(PartReceipt {
                external_id: answer.json()["commentUrn"].as_str().map(str::to_owned).or_else(|| named(answer)),
                permalink: None,
            });
        }
        Action::Comment(_) => {
            let fault = error::fault(answer);
            if fault.next != Next::Stop || fault.proof == Proof::Ambiguous {
                return Err(fault);
            }
            state.comment_lost = Some(fault.message);
        }
        Action::Finish => {}
    }
    Ok(Absorbed {
        progress: Progress::write(&state),
        receipt,
    })
}

/// Goes on from a post or comment that was found.
pub fn adopt(progress: &Progress, part: Part, found: &PartReceipt) -> Progress {
    let mut state: State = progress.read().unwrap_or_default();
    if part == Part::FirstComment {
        state.commented = true;
    } else {
        state.posted = true;
        state.urn.clone_from(&found.external_id);
    }
    Progress::write(&state)
}

/// The very call that makes the post; the same for every attempt with the same files.
pub fn post_again(job: &Job, progress: &Progress) -> Result<Request, Fault> {
    let state: State = progress.read()?;
    Ok(post(job, &state.uploads))
}

/// URNs of the post's files, for finding it.
pub fn urns(progress: &Progress) -> Vec<String> {
    let state: State = progress.read().unwrap_or_default();
    state.uploads.into_iter().map(|upload| upload.urn).collect()
}

/// The id that an empty 201 carries in a header.
pub fn named(answer: &Answer) -> Option<String> {
    ["x-restli-id", "x-linkedin-id"]
        .into_iter()
        .find_map(|name| answer.header(name))
        .map(str::to_owned)
        .filter(|urn| !urn.is_empty())
}

/// What a post's URN is for people.
pub fn part_receipt(urn: Option<String>) -> PartReceipt {
    PartReceipt {
        permalink: urn.as_deref().map(permalink),
        external_id: urn,
    }
}

fn permalink(urn: &str) -> String {
    format!("https://www.linkedin.com/feed/update/{urn}/")
}

fn receipt(job: &Job, state: &State) -> Receipt {
    let left_out = comment_due(job) && !state.commented;
    let why = match (&state.comment_lost, may_comment(job)) {
        (Some(why), _) => why.clone(),
        (None, false) => "LinkedIn lets only apps with the Community Management API write comments.".to_owned(),
        (None, true) => "LinkedIn did not name the post.".to_owned(),
    };
    Receipt {
        external_id: state.urn.clone(),
        permalink: state.urn.as_deref().map(permalink),
        kept_private: None,
        warning: left_out.then(|| format!("The post is published; its first comment is not. {why}")),
    }
}

fn comment_due(job: &Job) -> bool {
    !job.content.first_comment.trim().is_empty()
}

fn may_comment(job: &Job) -> bool {
    job.account.variant == auth::PAGES
}

/// A URN of ours is found by itself; words are compared as people read them.
fn match_key(job: &Job, uploads: &[Upload]) -> String {
    match uploads.first() {
        Some(upload) if job.content.content_type != ContentType::Link => upload.urn.clone(),
        _ => little::plain(&little::escaped(&job.text)),
    }
}

fn post(job: &Job, uploads: &[Upload]) -> Request {
    let mut body = json!({
        "author": job.account.external_id,
        "commentary": little::escaped(&job.text),
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": false,
    });
    let content = match job.content.content_type {
        ContentType::Link => article(job, uploads),
        ContentType::Poll => poll(job),
        _ => upload::content(job, uploads),
    };
    if let Some(content) = content {
        body["content"] = content;
    }
    rest::call(&job.app, Method::Post, "create the post", "posts").json(body)
}

/// LinkedIn reads no page for its card: everything on it is ours.
fn article(job: &Job, uploads: &[Upload]) -> Option<Value> {
    let link = job.content.link.as_ref()?;
    let host = || Url::parse(&link.url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let title = if link.title.is_empty() {
        host().unwrap_or_else(|| link.url.clone())
    } else {
        link.title.clone()
    };
    let mut article = json!({"source": link.url, "title": title});
    if !link.description.is_empty() {
        article["description"] = link.description.as_str().into();
    }
    if let Some(upload) = uploads.first() {
        article["thumbnail"] = upload.urn.as_str().into();
    }
    Some(json!({"article": article}))
}

/// How long a poll runs, as LinkedIn names it, by the most minutes that the name stands for.
const POLL_DURATIONS: [(u32, &str); 4] = [
    (1_440, "ONE_DAY"),
    (4_320, "THREE_DAYS"),
    (10_080, "SEVEN_DAYS"),
    (u32::MAX, "FOURTEEN_DAYS"),
];

fn poll(job: &Job) -> Option<Value> {
    let poll = job.content.poll.as_ref()?;
    let duration = POLL_DURATIONS
        .iter()
        .find(|(minutes_max, _)| poll.duration_minutes <= *minutes_max)
        .map_or("FOURTEEN_DAYS", |(_, name)| name);
    let options: Vec<Value> = poll.options.iter().map(|option| json!({"text": option})).collect();
    Some(json!({"poll": {"question": poll.question, "options": options, "settings": {"duration": duration}}}))
}

fn comment(job: &Job, urn: &str) -> Request {
    rest::call(
        &job.app,
        Method::Post,
        "write the first comment",
        &format!("socialActions/{}/comments", rest::encoded(urn)),
    )
    .json(json!({
        "actor": job.account.external_id,
        "object": urn,
        "message": {"text": job.content.first_comment.trim()},
    }))
}

/// What LinkedIn's API has no way for.
fn not_served(job: &Job) -> Option<Fault> {
    let content_type = job.content.content_type;
    let unserved = matches!(content_type, ContentType::Reel | ContentType::Story | ContentType::Thread);
    unserved.then(|| {
        Fault::stop(
            FailureKind::Content,
            "linkedin.content_type",
            format!("LinkedIn takes no {content_type}."),
            "Change the type of the post.",
        )
    })
}
