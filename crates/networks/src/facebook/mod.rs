//! Facebook Pages.
//!
//! Posts, photos, videos, reels, stories and drafts. No threads, polls or documents in its API.
#![doc = include_str!("docs.md")]

mod auth;
mod call;
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
    IntentView, Job, PartReceipt, Probe, Progress, Request, Step,
};

use crate::meta::{self, login};

/// The adapter.
pub struct Facebook;

/// Photos that no post names live for about a day, videos longer.
const MEDIA_LEAD_MS: i64 = 4 * 3_600_000;
/// The unpublished post is made this long ahead.
const POST_LEAD_MS: i64 = 2 * 60_000;

const CAPABILITY: Capability = Capability {
    variants: auth::VARIANTS,
    drafts: |content_type| content_type != ContentType::Story,
    lead_ms: |content_type| match content_type {
        ContentType::Text | ContentType::Link => POST_LEAD_MS,
        _ => MEDIA_LEAD_MS,
    },
    hosts: &[
        "www.facebook.com",
        "graph.facebook.com",
        "graph-video.facebook.com",
        "rupload.facebook.com",
    ],
    renews: true,
    pulls_media: false,
    reads_back: |_| true,
};

impl Adapter for Facebook {
    fn network(&self) -> Network {
        Network::Facebook
    }

    fn capability(&self) -> &Capability {
        &CAPABILITY
    }

    fn authorize(&self, app: &App, ask: &AuthorizeAsk<'_>) -> Result<String, Fault> {
        login::authorize("facebook", app, ask, auth::PERMISSIONS)
    }

    fn exchange(&self, app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
        login::exchange("facebook", app, ask, answers)
    }

    fn accounts(&self, app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
        auth::accounts(app, grant, answers)
    }

    fn refresh(&self, app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
        login::refresh("facebook", app, grant, answers)
    }

    fn verify(&self, app: &App, grant: &GrantView, account: &Account, answers: &[Answer]) -> Flow<Health> {
        auth::verify(app, grant, account, answers)
    }

    fn revoke(&self, app: &App, grant: &GrantView) -> Option<Request> {
        Some(login::revoke(app, grant))
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

    fn adopt(&self, job: &Job, progress: &Progress, part: Part, found: &PartReceipt) -> Progress {
        state::adopt(job, progress, part, found)
    }

    fn discard(&self, job: &Job, progress: &Progress) -> Vec<Request> {
        publish::discard(job, progress)
    }

    fn gone(&self, answer: &Answer) -> bool {
        meta::error::not_there(answer)
    }
}
