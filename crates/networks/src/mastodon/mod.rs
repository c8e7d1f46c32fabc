//! Mastodon and what speaks its API: one account on one of many servers.
//!
//! No drafts, stories, reels or documents in its API.
#![doc = include_str!("docs.md")]

mod auth;
mod error;
mod find;
mod html;
mod publish;
mod server;
mod state;
mod upload;
mod wire;

use postrider_core::Network;
use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::ContentType;
use postrider_provider::{
    Absorbed, Account, Adapter, Answer, App, AuthorizeAsk, Capability, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health,
    IntentView, Job, PartReceipt, PrepareAsk, Prepared, Probe, Progress, Request, Step, Typed,
};

/// The adapter.
pub struct Mastodon;

/// Videos are worked on for minutes; a file that nobody attached is dropped after a day.
const LEAD_MS: i64 = 30 * 60_000;
/// Nothing is readied.
const TEXT_LEAD_MS: i64 = 60_000;

const CAPABILITY: Capability = Capability {
    variants: auth::VARIANTS,
    drafts: |_| false,
    lead_ms: |content_type| match content_type {
        ContentType::Text | ContentType::Link | ContentType::Poll => TEXT_LEAD_MS,
        _ => LEAD_MS,
    },
    hosts: &["mastodon.social", "mastodon.online"],
    renews: false,
    pulls_media: false,
    reads_back: |_| true,
};

impl Adapter for Mastodon {
    fn network(&self) -> Network {
        Network::Mastodon
    }

    fn capability(&self) -> &Capability {
        &CAPABILITY
    }

    fn server(&self, typed: &Typed) -> Result<Option<String>, Fault> {
        auth::server_of(typed)
    }

    fn prepare(&self, _: &App, ask: &PrepareAsk<'_>, answers: &[Answer]) -> Flow<Prepared> {
        auth::prepare(ask, answers)
    }

    fn authorize(&self, _: &App, _: &AuthorizeAsk<'_>) -> Result<String, Fault> {
        Err(Fault::stop(
            FailureKind::Internal,
            "mastodon.no_server",
            "Mastodon has no page of its own: each server has.",
            "Name the account's server.",
        ))
    }

    fn exchange(&self, _: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
        auth::exchange(ask, answers)
    }

    fn accounts(&self, _: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
        auth::accounts(grant, answers)
    }

    fn refresh(&self, _: &App, _: &GrantView, _: &[Answer]) -> Flow<Granted> {
        auth::refresh()
    }

    fn verify(&self, _: &App, _: &GrantView, account: &Account, answers: &[Answer]) -> Flow<Health> {
        auth::verify(account, answers)
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
        publish::adopt(progress, part, found)
    }

    fn discard(&self, job: &Job, progress: &Progress) -> Vec<Request> {
        upload::removals(job, &progress.read().unwrap_or_default())
    }

    fn gone(&self, answer: &Answer) -> bool {
        upload::is_gone(answer)
    }
}
