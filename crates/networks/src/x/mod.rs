//! X accounts.
//!
//! A post has words, up to four pictures, a GIF, a video or a poll; a thread is a chain of answers to oneself. No drafts, stories or documents
//! in its API; quotes are for enterprise apps only.
#![doc = include_str!("docs.md")]

mod auth;
mod error;
mod find;
mod publish;
mod state;
mod upload;
mod wire;

use postrider_core::Network;
use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_provider::{
    Absorbed, Account, Adapter, Answer, App, AuthorizeAsk, Capability, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health,
    IntentView, Job, PartReceipt, Probe, Progress, QuotaSaid, Request, Step,
};

/// The adapter.
pub struct X;

/// Processing is waited for a quarter of an hour at most; a file is kept for a day.
const MOVING_LEAD_MS: i64 = 60 * 60_000;
/// Pictures are ready as soon as they are uploaded.
const PICTURE_LEAD_MS: i64 = 10 * 60_000;

const CAPABILITY: Capability = Capability {
    variants: auth::VARIANTS,
    drafts: |_| false,
    lead_ms: |content_type| match content_type {
        ContentType::Text | ContentType::Link | ContentType::Poll => 0,
        ContentType::Image | ContentType::Carousel => PICTURE_LEAD_MS,
        _ => MOVING_LEAD_MS,
    },
    hosts: &["x.com", "api.x.com"],
    renews: true,
    pulls_media: false,
    reads_back: |_| true,
};

/// An address of the API.
fn api(path: &str) -> String {
    format!("https://api.x.com/2/{path}")
}

impl Adapter for X {
    fn network(&self) -> Network {
        Network::X
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

    fn verify(&self, _: &App, _: &GrantView, _: &Account, answers: &[Answer]) -> Flow<Health> {
        auth::verify(answers)
    }

    fn revoke(&self, app: &App, grant: &GrantView) -> Option<Request> {
        Some(auth::revoke(app, grant))
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

    fn adopt(&self, _: &Job, progress: &Progress, part: Part, found: &PartReceipt) -> Progress {
        state::adopt(progress, part, found)
    }

    /// A file that no post names is forgotten within a day, and no call removes it.
    fn discard(&self, _: &Job, _: &Progress) -> Vec<Request> {
        Vec::new()
    }

    fn quotas(&self, answer: &Answer) -> Vec<QuotaSaid> {
        error::quota_said(answer).into_iter().collect()
    }
}
