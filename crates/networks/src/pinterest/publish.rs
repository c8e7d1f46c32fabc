//! A Pin is one call. Pinterest fetches its pictures while it answers; a video is there before. There is no key: what became of a lost
//! answer is read from the board (publishing.md, Pinterest).

use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::{AssetKind, ContentType};
use postrider_provider::{
    Absorbed, Answer, Commit, Evidence, Fault, Job, MediaRef, PartReceipt, Progress, Receipt, Request, Step, Waiting,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::upload::{self, Need, Upload};
use super::wire::Made;
use super::{api, error};

/// How long lists lag is not documented.
const SETTLE_MS: i64 = 60_000;
/// The frame of a video that is its cover, seconds: the very first one is often black.
const COVER_S: u32 = 1;

/// What is remembered between steps.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    video: Option<Upload>,
    posted: bool,
    /// The Pin's id, where it was named.
    pin: Option<String>,
}

/// The next thing to do.
enum Action<'a> {
    Video(&'a MediaRef, Need),
    Post,
    Finish,
}

fn decide<'a>(job: &'a Job, state: &State) -> Action<'a> {
    if state.posted {
        return Action::Finish;
    }
    match video(job).map(|file| (file, upload::need(job, state.video.as_ref()))) {
        Some((file, Some(need))) => Action::Video(file, need),
        _ => Action::Post,
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
        Action::Video(_, Need::Wait(until_ms)) => Step::Wait {
            until_ms,
            why: Waiting::Processing,
        },
        Action::Video(file, need) => Step::Call(upload::call(file, state.video.as_ref(), need)),
        Action::Post => Step::Commit(Box::new(Commit {
            request: pin(job, state.video.as_ref()),
            part: Part::Root,
            key: String::new(),
            match_key: match_key(job, state.video.as_ref()),
            evidence: Evidence::ReadBack,
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
        Action::Video(_, need) => state.video = Some(upload::absorb(job, state.video.as_ref(), need, answer)?),
        Action::Post => {
            if !answer.ok() {
                return Err(error::fault(answer));
            }
            let made: Made = serde_json::from_slice(&answer.body).map_err(|_| error::unreadable("create the Pin"))?;
            state.posted = true;
            state.pin = Some(made.id);
            receipt = state.pin.as_deref().map(part_receipt);
        }
        Action::Finish => {}
    }
    Ok(Absorbed {
        progress: Progress::write(&state),
        receipt,
    })
}

/// Goes on from a Pin that was found.
pub fn adopt(progress: &Progress, found: &PartReceipt) -> Progress {
    let mut state: State = progress.read().unwrap_or_default();
    state.posted = true;
    state.pin.clone_from(&found.external_id);
    Progress::write(&state)
}

/// What a Pin's id is for people.
pub fn part_receipt(id: &str) -> PartReceipt {
    PartReceipt {
        external_id: Some(id.to_owned()),
        permalink: Some(permalink(id)),
    }
}

fn permalink(id: &str) -> String {
    format!("https://www.pinterest.com/pin/{id}/")
}

fn receipt(job: &Job, state: &State) -> Receipt {
    let trial = job.app.settings.get("access").is_some_and(|access| access == "trial");
    let why = "Pinterest shows the Pins of an app with trial access to their creator only. Ask the administrator to ask Pinterest for \
               standard access, then publish the post again.";
    Receipt {
        external_id: state.pin.clone(),
        permalink: state.pin.as_deref().map(permalink),
        kept_private: trial.then(|| why.to_owned()),
        warning: None,
    }
}

/// What Pinterest shows of a post beside its media: title, words and link.
pub struct Words<'a> {
    /// The title; empty if there is none.
    pub title: &'a str,
    /// The description; empty if there is none.
    pub description: &'a str,
    /// Where it leads; empty if nowhere.
    pub link: &'a str,
}

/// The words of a delivery.
pub fn words(job: &Job) -> Words<'_> {
    let link = job.content.link.as_ref().filter(|_| job.content.content_type == ContentType::Link);
    Words {
        title: job.content.title.trim(),
        description: job.text.trim(),
        link: link.map_or("", |link| link.url.trim()),
    }
}

/// A video's own name; else what the Pin says, else its type.
fn match_key(job: &Job, video: Option<&Upload>) -> String {
    let said = words(job);
    let texts: Vec<&str> = [said.title, said.description, said.link]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    match video {
        Some(video) => video.media_id.clone(),
        None if texts.is_empty() => job.content.content_type.to_string(),
        None => texts.join("\n"),
    }
}

fn pin(job: &Job, video: Option<&Upload>) -> Request {
    let said = words(job);
    let mut body = json!({
        "board_id": job.account.external_id,
        "media_source": source(job, video),
    });
    for (name, text) in [
        ("title", said.title),
        ("description", said.description),
        ("link", said.link),
        ("alt_text", alt(job)),
    ] {
        if !text.is_empty() {
            body[name] = text.into();
        }
    }
    Request::post("create the Pin", api("pins")).json(body).bearer("access")
}

/// A carousel's pictures have none: the field is the Pin's.
fn alt(job: &Job) -> &str {
    match job.media.as_slice() {
        [file] => file.alt_text.trim(),
        _ => "",
    }
}

fn source(job: &Job, video: Option<&Upload>) -> Value {
    match (video, job.media.as_slice()) {
        (Some(video), _) => json!({
            "source_type": "video_id",
            "media_id": video.media_id,
            "cover_image_key_frame_time": COVER_S,
        }),
        (None, [file]) => json!({"source_type": "image_url", "url": file.public_url}),
        (None, files) => {
            let items: Vec<Value> = files.iter().map(|file| json!({"url": file.public_url})).collect();
            json!({"source_type": "multiple_image_urls", "items": items, "index": 0})
        }
    }
}

/// The video of a Pin, if it shows one.
pub fn video(job: &Job) -> Option<&MediaRef> {
    job.media.first().filter(|file| file.facts.kind == AssetKind::Video)
}

/// What Pinterest's API has no way for.
fn not_served(job: &Job) -> Option<Fault> {
    let content_type = job.content.content_type;
    let served = matches!(
        content_type,
        ContentType::Image | ContentType::Carousel | ContentType::Video | ContentType::Gif | ContentType::Link
    );
    if !served {
        return Some(Fault::stop(
            FailureKind::Content,
            "pinterest.content_type",
            format!("Pinterest takes no {content_type}."),
            "Change the type of the post.",
        ));
    }
    job.media.is_empty().then(|| {
        Fault::stop(
            FailureKind::Content,
            "pinterest.no_media",
            "Pinterest takes no Pin without a picture or a video.",
            "Add media, or leave this channel out.",
        )
    })
}
