//! Plays an adapter as the engine does, with canned answers, and writes down each step.

use std::fmt::Write as _;

use bytes::Bytes;
use postrider_core::ids::{AssetId, DeliveryId};
use postrider_core::post::{AssetFacts, AssetKind, Content, ContentType, Link, Mode, Settings};
use postrider_provider::{
    Account, Adapter, Answer, App, AssetBody, Auth, Body, Fault, FilePart, Flow, IntentView, Job, MediaRef, Probe, Progress, Request, Step,
    Val,
};
use serde_json::Value;

/// When the delivery was made, and when it is due a minute later.
pub const CREATED_MS: i64 = 1_795_305_600_000;
pub const DUE_MS: i64 = CREATED_MS + 60_000;
const STEPS_MAX: usize = 400;

/// A delivery of this type that is due now.
pub fn job(content_type: ContentType, account: Account) -> Job {
    Job {
        delivery_id: DeliveryId::new(CREATED_MS, [7; 10]),
        generation: 0,
        now_ms: DUE_MS,
        due_at_ms: DUE_MS,
        created_at_ms: CREATED_MS,
        app: App {
            client_id: "4711".into(),
            ..App::default()
        },
        account,
        content: Content::empty(content_type),
        settings: Settings::new(),
        text: String::new(),
        parts: Vec::new(),
        media: Vec::new(),
        link_image: None,
        mode: Mode::Publish,
        known_external_ids: Vec::new(),
    }
}

pub fn link(url: &str) -> Link {
    Link {
        url: url.into(),
        title: "Bread".into(),
        description: "How it is made".into(),
        image_asset_id: None,
    }
}

fn media(n: u8, kind: AssetKind, mime: &str, bytes: u64, extension: &str) -> MediaRef {
    MediaRef {
        asset_id: AssetId::new(CREATED_MS, [n; 10]),
        blob: format!("blob-{n}"),
        facts: AssetFacts {
            kind,
            mime: mime.into(),
            bytes,
            width: Some(1080),
            height: Some(1350),
            duration_ms: None,
            frame_rate: None,
            video_codec: None,
            audio_codec: None,
            pages: None,
            frames: None,
        },
        original_bytes: bytes,
        alt_text: format!("alt {n}"),
        public_url: format!("https://planner.example/media/{n}/file.{extension}?exp=1&sig=x"),
    }
}

pub fn image(n: u8) -> MediaRef {
    media(n, AssetKind::Image, "image/jpeg", 1_000 + u64::from(n), "jpg")
}

pub fn video(n: u8, bytes: u64) -> MediaRef {
    media(n, AssetKind::Video, "video/mp4", bytes, "mp4")
}

pub fn gif(n: u8) -> MediaRef {
    media(n, AssetKind::Gif, "image/gif", 2_000, "gif")
}

pub fn document(n: u8) -> MediaRef {
    media(n, AssetKind::Document, "application/pdf", 3_000, "pdf")
}

pub fn answer(status: u16, body: Value) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: Bytes::from(body.to_string()),
        at_ms: DUE_MS,
    }
}

pub fn ok(body: Value) -> Answer {
    answer(200, body)
}

pub fn with_header(mut answer: Answer, name: &str, value: &str) -> Answer {
    answer.headers.push((name.into(), value.into()));
    answer
}

/// What was written down, and where it stopped.
pub struct Played {
    pub script: String,
    pub requests: Vec<Request>,
    pub progress: Progress,
    pub last: Option<Step>,
    pub fault: Option<Fault>,
}

/// Plays from a fresh progress.
pub fn play(adapter: &dyn Adapter, job: &Job, answers: &[Answer]) -> Played {
    resume(adapter, job, Progress::default(), answers)
}

/// Plays from a stored progress until it ends, a refusal stops it, or no answer is left.
pub fn resume(adapter: &dyn Adapter, job: &Job, progress: Progress, answers: &[Answer]) -> Played {
    let mut job = job.clone();
    let mut played = Played {
        script: String::new(),
        requests: Vec::new(),
        progress,
        last: None,
        fault: None,
    };
    let mut answers = answers.iter();
    for _ in 0..STEPS_MAX {
        let step = adapter.next(&job, &played.progress);
        played.script.push_str(&written_step(&step, job.now_ms));
        played.last = Some(step.clone());
        match &step {
            Step::Call(request) => played.requests.push(request.clone()),
            Step::Commit(commit) => played.requests.push(commit.request.clone()),
            _ => {}
        }
        match step {
            Step::Call(_) | Step::Commit(_) => {
                let Some(answer) = answers.next() else {
                    return played;
                };
                match adapter.absorb(&job, &played.progress, answer) {
                    Ok(absorbed) => {
                        if let Some(receipt) = &absorbed.receipt {
                            writeln!(played.script, "  => {:?} {:?}", receipt.external_id, receipt.permalink).unwrap();
                        }
                        played.progress = absorbed.progress;
                    }
                    Err(fault) => {
                        writeln!(played.script, "  => {fault:?}").unwrap();
                        played.fault = Some(fault);
                        return played;
                    }
                }
            }
            Step::Wait { until_ms, .. } => {
                assert!(until_ms > job.now_ms, "a wait must lie ahead");
                job.now_ms = until_ms;
            }
            Step::Done(_) => {
                assert_eq!(
                    answers.next().map(|answer| answer.status),
                    None,
                    "answers are left over:\n{}",
                    played.script
                );
                return played;
            }
            Step::Fail(ref fault) => {
                played.fault = Some(fault.clone());
                return played;
            }
        }
    }
    panic!("no end after {STEPS_MAX} steps:\n{}", played.script);
}

/// A step as lines of text.
pub fn written_step(step: &Step, now_ms: i64) -> String {
    match step {
        Step::Call(request) => format!("call {}", written(request)),
        Step::Commit(commit) => format!(
            "COMMIT {} key={} match={} {:?} settle={}\n{}",
            commit.part,
            commit.key,
            commit.match_key,
            commit.evidence,
            commit.settle_ms,
            written(&commit.request)
        ),
        Step::Wait { until_ms, why } => format!("wait {} ms: {why:?}\n", until_ms - now_ms),
        Step::Done(receipt) => format!("done {receipt:#?}\n"),
        Step::Fail(fault) => format!("fail {fault:#?}\n"),
    }
}

/// A request as lines of text: everything that is sent.
pub fn written(request: &Request) -> String {
    let mut text = format!("{}\n  {:?} {}\n", request.label, request.method, request.url)
        .replace("Get ", "GET ")
        .replace("Post ", "POST ");
    for (name, value) in &request.query {
        writeln!(text, "  ? {name} = {}", value_text(value)).unwrap();
    }
    for (name, value) in &request.headers {
        writeln!(text, "  {name}: {}", value_text(value)).unwrap();
    }
    match &request.auth {
        Auth::None => {}
        Auth::Bearer(name) => writeln!(text, "  Authorization: Bearer <{name}>").unwrap(),
        Auth::OAuth(name) => writeln!(text, "  Authorization: OAuth <{name}>").unwrap(),
        Auth::Dpop(name) => writeln!(text, "  Authorization: DPoP <{name}>").unwrap(),
        Auth::Basic { user, secret } => writeln!(text, "  Authorization: Basic {user}:<{secret}>").unwrap(),
        Auth::Path(name) => writeln!(text, "  <{name}> in the path").unwrap(),
    }
    if let Some(name) = &request.proven_by {
        writeln!(text, "  DPoP: proof by <{name}>").unwrap();
    }
    match &request.body {
        Body::Empty => {}
        Body::Json(value) => writeln!(text, "{}", indented(&serde_json::to_string_pretty(&sorted(value)).unwrap())).unwrap(),
        Body::JsonFields(fields) => fields
            .iter()
            .for_each(|(name, value)| writeln!(text, "  json {name} = {}", value_text(value)).unwrap()),
        Body::Form(fields) => fields
            .iter()
            .for_each(|(name, value)| writeln!(text, "  form {name} = {}", value_text(value)).unwrap()),
        Body::Asset(asset) => writeln!(text, "  bytes {}", asset_text(asset)).unwrap(),
        Body::Multipart { fields, files } => {
            for (name, value) in fields {
                writeln!(text, "  part {name} = {}", value_text(value)).unwrap();
            }
            for FilePart { field, name, bytes } in files {
                writeln!(text, "  part {field} = file {name} {}", asset_text(bytes)).unwrap();
            }
        }
        Body::Bytes(bytes, mime) => writeln!(text, "  {} bytes {mime}", bytes.len()).unwrap(),
    }
    text
}

/// Keys in order, whichever map serde_json was built with.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(name, _)| name.as_str());
            entries.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn value_text(value: &Val) -> String {
    match value {
        Val::Plain(text) => text.clone(),
        Val::Secret(name) => format!("<{name}>"),
        Val::Assertion(asked) => format!("<word of {} for {} by {}>", asked.client_id, asked.audience, asked.key),
    }
}

fn asset_text(asset: &AssetBody) -> String {
    format!(
        "{} {} {}/{} {:?}",
        asset.blob,
        asset.mime,
        asset.len(),
        asset.total_bytes,
        asset.range
    )
}

/// Plays a flow of few calls.
pub fn flow<T: std::fmt::Debug>(mut step: impl FnMut(&[Answer]) -> Flow<T>, answers: &[Answer]) -> (String, Option<Result<T, Fault>>) {
    let mut script = String::new();
    for count in 0..=answers.len() {
        match step(&answers[..count]) {
            Flow::Call(request) => script.push_str(&written(&request)),
            Flow::Done(value) => {
                assert_eq!(count, answers.len(), "answers are left over");
                return (script, Some(Ok(value)));
            }
            Flow::Fail(fault) => return (script, Some(Err(fault))),
        }
    }
    (script, None)
}

/// Probes with canned answers until there is something other than a further call.
pub fn probe(adapter: &dyn Adapter, job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> (String, Probe) {
    let mut script = String::new();
    for count in 0..=answers.len() {
        match adapter.probe(job, progress, intent, &answers[..count]) {
            Probe::Call(request) => script.push_str(&written(&request)),
            Probe::Resend(request) if count < answers.len() => {
                script.push_str("RESEND ");
                script.push_str(&written(&request));
            }
            end => return (script, end),
        }
    }
    panic!("the probe asks on:\n{script}");
}

/// The intent of the commit that a play stopped at.
pub fn intent(step: Option<&Step>) -> IntentView {
    let Some(Step::Commit(commit)) = step else {
        panic!("not at a commit: {step:?}");
    };
    IntentView {
        part: commit.part,
        key: commit.key.clone(),
        match_key: commit.match_key.clone(),
        stored_at_ms: DUE_MS,
        listed_from_ms: DUE_MS,
        remembered: true,
        unseen: false,
        send_by_ms: DUE_MS + 30_000,
    }
}
