//! TikTok accounts.
//!
//! A video, or up to 35 pictures, for whom the person chooses; or as a draft in the account's inbox. No comments, alt texts, threads or
//! posts of words alone in its API.
#![doc = include_str!("docs.md")]

mod auth;
mod error;
mod find;
mod form;
mod publish;
mod state;
mod upload;
mod wire;

use postrider_core::Network;
use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_provider::{
    Absorbed, Account, Adapter, Answer, App, AuthorizeAsk, Capability, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health,
    IntentView, Job, PartReceipt, Probe, Progress, Request, Step,
};
use serde::de::DeserializeOwned;

/// The adapter.
pub struct Tiktok;

/// The address of an upload works for an hour.
const VIDEO_LEAD_MS: i64 = 50 * 60_000;
/// Pictures are fetched after the call; until then they only have to be converted and to lie ready.
const PICTURE_LEAD_MS: i64 = 10 * 60_000;

const CAPABILITY: Capability = Capability {
    variants: auth::VARIANTS,
    drafts: |content_type| postrider_core::rules::offer(Network::Tiktok, content_type).is_some(),
    lead_ms: |content_type| match content_type {
        ContentType::Image | ContentType::Carousel => PICTURE_LEAD_MS,
        // Words and links may stand under a video.
        _ => VIDEO_LEAD_MS,
    },
    hosts: &["www.tiktok.com", "open.tiktokapis.com", "open-upload.tiktokapis.com"],
    renews: true,
    pulls_media: true,
    reads_back: |_| true,
};

/// A call of the API. The slash at the end of its paths belongs to them.
fn api(label: &str, path: &str) -> Request {
    Request::post(label, format!("https://open.tiktokapis.com/v2/{path}/")).bearer("access")
}

/// What an answer of the API holds, if it says that it worked.
fn read<T: DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Fault> {
    match serde_json::from_slice::<wire::Envelope>(&answer.body) {
        Ok(envelope) if envelope.error.code == "ok" => serde_json::from_value(envelope.data).map_err(|_| error::unreadable(what)),
        Ok(envelope) if envelope.error.code.is_empty() && answer.ok() => Err(error::unreadable(what)),
        Err(_) if answer.ok() => Err(error::unreadable(what)),
        _ => Err(error::fault(answer)),
    }
}

impl Adapter for Tiktok {
    fn network(&self) -> Network {
        Network::Tiktok
    }

    fn capability(&self) -> &Capability {
        &CAPABILITY
    }

    fn authorize(&self, app: &App, ask: &AuthorizeAsk<'_>) -> Result<String, Fault> {
        auth::authorize(app, ask)
    }

    fn exchange(&self, app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
        auth::exchange(app, ask, answers)
    }

    fn accounts(&self, _: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
        auth::accounts(grant, answers)
    }

    fn refresh(&self, app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
        auth::refresh(app, grant, answers)
    }

    fn verify(&self, _: &App, grant: &GrantView, _: &Account, answers: &[Answer]) -> Flow<Health> {
        auth::verify(grant, answers)
    }

    fn revoke(&self, app: &App, _: &GrantView) -> Option<Request> {
        Some(auth::revoke(app))
    }

    fn next(&self, job: &Job, progress: &Progress) -> Step {
        publish::next(job, progress)
    }

    fn absorb(&self, job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
        publish::absorb(job, progress, answer)
    }

    fn probe(&self, job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
        find::probe(job, progress, intent, answers)
    }

    fn adopt(&self, job: &Job, progress: &Progress, _: Part, found: &PartReceipt) -> Progress {
        state::adopt(job, progress, found)
    }

    /// What is not uploaded to its end is forgotten by itself within the hour, and no call removes it.
    fn discard(&self, _: &Job, _: &Progress) -> Vec<Request> {
        Vec::new()
    }
}
