//! Bluesky and other AT Protocol servers: one account, one repository of records.
//!
//! The account's own server is found at sign-in and noted with the grant. No drafts, no stories, no polls in its API.
#![doc = include_str!("docs.md")]

mod asked;
mod auth;
mod client;
mod error;
mod facets;
mod identity;
mod oauth;
mod publish;
mod wire;
mod xrpc;

use postrider_core::Network;
use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::ContentType;
use postrider_provider::{
    Absorbed, Account, Adapter, Answer, App, AuthorizeAsk, Capability, ConnectBy, ExchangeAsk, Fault, Flow, FoundAccount, GrantView,
    Granted, Health, IntentView, Job, OwnClient, PartReceipt, PrepareAsk, Prepared, Probe, Progress, Request, SignInAsk, Step, Variant,
};

/// The adapter.
pub struct Bluesky;

/// Blobs that no record names are dropped by the server within minutes to hours, so uploads begin late.
const LEAD_MS: i64 = 10 * 60_000;
/// Resolving a mention.
const TEXT_LEAD_MS: i64 = 60_000;

const CAPABILITY: Capability = Capability {
    variants: &[
        Variant {
            key: oauth::VARIANT,
            label: "On the account’s own server: no password is typed here",
            by: ConnectBy::OAuth,
            fields: oauth::FIELDS,
            // Not one that anybody registers: the client that the installation is at its own address.
            needs_app: true,
            permissions: oauth::PERMISSIONS,
        },
        Variant {
            key: "app_password",
            label: "With an app password that you make there and type here",
            by: ConnectBy::Form,
            fields: auth::FIELDS,
            needs_app: false,
            permissions: auth::PERMISSIONS,
        },
    ],
    drafts: |_| false,
    lead_ms: |content_type| if content_type == ContentType::Text { TEXT_LEAD_MS } else { LEAD_MS },
    hosts: &["bsky.social", "public.api.bsky.app", "plc.directory", "video.bsky.app"],
    renews: true,
    pulls_media: false,
    reads_back: |_| true,
};

impl Adapter for Bluesky {
    fn network(&self) -> Network {
        Network::Bluesky
    }

    fn capability(&self) -> &Capability {
        &CAPABILITY
    }

    fn own_client(&self, public_base: &str, redirect_uri: &str) -> Option<OwnClient> {
        client::own(public_base, redirect_uri)
    }

    fn proof_key(&self, variant: &str) -> Option<&'static str> {
        (variant == oauth::VARIANT).then_some(oauth::PROOF_KEY)
    }

    fn authorize(&self, _: &App, _: &AuthorizeAsk<'_>) -> Result<String, Fault> {
        Err(Fault::stop(
            FailureKind::Internal,
            "bluesky.no_server",
            "Bluesky has no page of its own: the server of each account has.",
            "Name the account.",
        ))
    }

    fn prepare(&self, app: &App, ask: &PrepareAsk<'_>, answers: &[Answer]) -> Flow<Prepared> {
        oauth::prepare(app, ask, answers)
    }

    fn exchange(&self, _: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
        oauth::exchange(ask, answers)
    }

    fn sign_in(&self, _: &App, ask: &SignInAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
        auth::sign_in(ask, answers)
    }

    fn accounts(&self, _: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
        auth::accounts(grant, answers)
    }

    fn refresh(&self, _: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
        if grant.variant == oauth::VARIANT {
            oauth::refresh(grant, answers)
        } else {
            auth::refresh(grant, answers)
        }
    }

    fn verify(&self, _: &App, _: &GrantView, account: &Account, answers: &[Answer]) -> Flow<Health> {
        auth::verify(account, answers)
    }

    fn revoke(&self, _: &App, grant: &GrantView) -> Option<Request> {
        if grant.variant == oauth::VARIANT {
            oauth::revoke(grant)
        } else {
            Some(auth::revoke(grant))
        }
    }

    fn next(&self, job: &Job, progress: &Progress) -> Step {
        publish::empty(job).map_or_else(|| publish::next(job, progress), Step::Fail)
    }

    fn absorb(&self, job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
        publish::absorb(job, progress, answer)
    }

    fn probe(&self, job: &Job, _: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe {
        publish::probe(job, intent, answers)
    }

    fn adopt(&self, _: &Job, progress: &Progress, part: Part, found: &PartReceipt) -> Progress {
        publish::adopt(progress, part, found)
    }

    /// Nothing is left behind: the server drops files that no record names.
    fn discard(&self, _: &Job, _: &Progress) -> Vec<Request> {
        Vec::new()
    }
}
