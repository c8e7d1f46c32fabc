//! LinkedIn profiles and Pages.
//!
//! One person's token serves the profile and every Page on which the person has a role. No drafts, no stories, no threads
//! in its API; the swipe "carousel" of feeds is a document.
#![doc = include_str!("docs.md")]

mod auth;
mod error;
mod find;
mod little;
mod publish;
mod rest;
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
pub struct Linkedin;

/// URNs last for days, processing takes minutes.
const LEAD_MS: i64 = 2 * 3_600_000;

const CAPABILITY: Capability = Capability {
    variants: auth::VARIANTS,
    drafts: |_| false,
    lead_ms: |content_type| match content_type {
        ContentType::Text | ContentType::Poll => 0,
        _ => LEAD_MS,
    },
    hosts: &["www.linkedin.com", "api.linkedin.com"],
    renews: true,
    pulls_media: false,
    reads_back: |kind| kind == "page",
};

impl Adapter for Linkedin {
    fn network(&self) -> Network {
        Network::Linkedin
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

    fn accounts(&self, app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
        auth::accounts(app, grant, answers)
    }

    fn refresh(&self, app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
        auth::refresh(app, grant, answers)
    }

    fn verify(&self, app: &App, _: &GrantView, account: &Account, answers: &[Answer]) -> Flow<Health> {
        auth::verify(app, account, answers)
    }

    /// LinkedIn documents no call for it.
    fn revoke(&self, _: &App, _: &GrantView) -> Option<Request> {
        None
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
        publish::adopt(progress, part, found)
    }

    /// LinkedIn has no call to remove an uploaded file.
    fn discard(&self, _: &Job, _: &Progress) -> Vec<Request> {
        Vec::new()
    }
}
