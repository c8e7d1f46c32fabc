//! Pinterest boards.
//!
//! A Pin has a picture, two to five pictures, or a video, with a title, a description and a link. No drafts, comments, threads or posts of
//! words alone in its API.
#![doc = include_str!("docs.md")]

mod auth;
mod error;
mod find;
mod publish;
mod upload;
mod wire;

use postrider_core::Network;
use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_provider::{
    Absorbed, Account, Adapter, Answer, App, AuthorizeAsk, Capability, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health,
    IntentView, Job, PartReceipt, Probe, Progress, Request, Step,
};

/// The adapter.
pub struct Pinterest;

/// Processing is waited for half an hour at most.
const VIDEO_LEAD_MS: i64 = 60 * 60_000;
/// Pictures are fetched as the Pin is made; until then they only have to be converted and to lie ready.
const PICTURE_LEAD_MS: i64 = 10 * 60_000;

const CAPABILITY: Capability = Capability {
    variants: auth::VARIANTS,
    drafts: |_| false,
    lead_ms: |content_type| match content_type {
        ContentType::Video => VIDEO_LEAD_MS,
        _ => PICTURE_LEAD_MS,
    },
    hosts: &[
        "www.pinterest.com",
        "api.pinterest.com",
        "pinterest-media-upload.s3-accelerate.amazonaws.com",
    ],
    renews: true,
    pulls_media: true,
    reads_back: |_| true,
};

/// An address of the API.
fn api(path: &str) -> String {
    format!("https://api.pinterest.com/v5/{path}")
}

impl Adapter for Pinterest {
    fn network(&self) -> Network {
        Network::Pinterest
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

    fn verify(&self, _: &App, _: &GrantView, account: &Account, answers: &[Answer]) -> Flow<Health> {
        auth::verify(account, answers)
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

    fn probe(&self, job: &Job, _: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
        find::probe(job, intent, answers)
    }

    fn adopt(&self, _: &Job, progress: &Progress, _: Part, found: &PartReceipt) -> Progress {
        publish::adopt(progress, found)
    }

    /// A video that no Pin names has no visible effect, and no call removes it.
    fn discard(&self, _: &Job, _: &Progress) -> Vec<Request> {
        Vec::new()
    }
}
