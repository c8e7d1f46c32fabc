//! Threads profiles.
//!
//! Text, image, carousel, video, link, poll and threads, whose parts answer each other; the first comment is an answer too. No
//! drafts, stories or GIF files in its API.
#![doc = include_str!("docs.md")]

mod auth;
mod error;
mod find;
mod form;
mod publish;
mod state;
mod wire;

use postrider_core::Network;
use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_provider::{
    Absorbed, Account, Adapter, Answer, App, AuthorizeAsk, Capability, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health,
    IntentView, Job, PartReceipt, Probe, Progress, QuotaSaid, Request, Step,
};

/// The adapter.
pub struct Threads;

/// The host of all but the sign-in page. The same is served at `graph.threads.com` since June 2025.
const GRAPH: &str = "graph.threads.net";

/// An address of the API, whose version is fixed: Threads does not take part in Graph's versions.
fn address(path: &str) -> String {
    format!("https://{GRAPH}/v1.0/{path}")
}

/// Videos take minutes, pictures seconds, words one look. Containers live 24 h and are not made sooner than is of use.
const VIDEO_LEAD_MS: i64 = 30 * 60_000;
const PICTURE_LEAD_MS: i64 = 10 * 60_000;
const WORDS_LEAD_MS: i64 = 2 * 60_000;

const CAPABILITY: Capability = Capability {
    variants: auth::VARIANTS,
    drafts: |_| false,
    lead_ms: |content_type| match content_type {
        ContentType::Text | ContentType::Link | ContentType::Poll => WORDS_LEAD_MS,
        ContentType::Image | ContentType::Carousel => PICTURE_LEAD_MS,
        _ => VIDEO_LEAD_MS,
    },
    hosts: &["threads.com", GRAPH],
    renews: true,
    pulls_media: true,
    reads_back: |_| true,
};

impl Adapter for Threads {
    fn network(&self) -> Network {
        Network::Threads
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

    fn accounts(&self, _: &App, _: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
        auth::accounts(answers)
    }

    fn refresh(&self, _: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
        auth::refresh(grant, answers)
    }

    fn verify(&self, _: &App, grant: &GrantView, account: &Account, answers: &[Answer]) -> Flow<Health> {
        auth::verify(grant, account, answers)
    }

    /// Its API has no call for it.
    fn revoke(&self, _: &App, _: &GrantView) -> Option<Request> {
        None
    }

    fn next(&self, job: &Job, progress: &Progress) -> Step {
        publish::next(job, progress)
    }

    fn absorb(&self, job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
        publish::absorb(job, progress, answer)
    }

    fn quotas(&self, answer: &Answer) -> Vec<QuotaSaid> {
        publish::quota_said(answer).into_iter().collect()
    }

    fn probe(&self, job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
        find::probe(job, progress, intent, answers)
    }

    fn adopt(&self, _: &Job, progress: &Progress, part: Part, found: &PartReceipt) -> Progress {
        state::adopt(progress, part, found)
    }

    /// Containers cannot be removed; nobody sees them, and they expire.
    fn discard(&self, _: &Job, _: &Progress) -> Vec<Request> {
        Vec::new()
    }
}
