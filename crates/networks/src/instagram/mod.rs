//! Instagram professional accounts, by either login.
//!
//! Images, carousels, reels and stories; a text or link goes with its media. No drafts, GIFs, polls or threads in its API.
#![doc = include_str!("docs.md")]

mod auth;
mod error;
mod find;
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
pub struct Instagram;

/// The host of Instagram Login.
const INSTAGRAM_GRAPH: &str = "graph.instagram.com";

/// The host that an account's calls go to.
fn host(variant: &str) -> &'static str {
    if variant == auth::FACEBOOK_LOGIN {
        crate::meta::login::GRAPH
    } else {
        INSTAGRAM_GRAPH
    }
}

/// Videos take minutes, pictures seconds. Containers live 24 h and are counted (400 a day), so they are not made sooner.
const VIDEO_LEAD_MS: i64 = 30 * 60_000;
const PICTURE_LEAD_MS: i64 = 10 * 60_000;

const CAPABILITY: Capability = Capability {
    variants: auth::VARIANTS,
    drafts: |_| false,
    lead_ms: |content_type| match content_type {
        ContentType::Image | ContentType::Carousel => PICTURE_LEAD_MS,
        _ => VIDEO_LEAD_MS,
    },
    hosts: &[
        "www.instagram.com",
        "api.instagram.com",
        "graph.instagram.com",
        "www.facebook.com",
        "graph.facebook.com",
        "rupload.facebook.com",
    ],
    renews: true,
    pulls_media: true,
    reads_back: |_| true,
};

impl Adapter for Instagram {
    fn network(&self) -> Network {
        Network::Instagram
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

    fn verify(&self, app: &App, grant: &GrantView, account: &Account, answers: &[Answer]) -> Flow<Health> {
        auth::verify(app, grant, account, answers)
    }

    fn revoke(&self, app: &App, grant: &GrantView) -> Option<Request> {
        auth::revoke(app, grant)
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
