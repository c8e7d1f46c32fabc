//! Locations of Google Business Profile.
//!
//! A post is an update, an event or an offer, with a photo that Google fetches and a button. Google looks a post over before it shows it.
//! No videos, alt texts, comments, threads, polls or drafts in its API.
#![doc = include_str!("docs.md")]

mod auth;
mod error;
mod find;
mod form;
mod locations;
mod publish;
mod state;
mod wire;

use postrider_core::Network;
use postrider_core::delivery::Part;
use postrider_core::post::ContentType;
use postrider_provider::{
    Absorbed, Account, Adapter, Answer, App, AuthorizeAsk, Capability, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health,
    IntentView, Job, Method, PartReceipt, Probe, Progress, Request, Step,
};
use serde::de::DeserializeOwned;

/// The adapter.
pub struct GoogleBusiness;

/// Google fetches a photo as the post is made; until then it only has to be converted and to lie ready.
const PHOTO_LEAD_MS: i64 = 10 * 60_000;

const CAPABILITY: Capability = Capability {
    variants: auth::VARIANTS,
    drafts: |_| false,
    lead_ms: |content_type| match content_type {
        ContentType::Image => PHOTO_LEAD_MS,
        _ => 0,
    },
    hosts: &[
        "accounts.google.com",
        "oauth2.googleapis.com",
        "openidconnect.googleapis.com",
        "mybusinessaccountmanagement.googleapis.com",
        "mybusinessbusinessinformation.googleapis.com",
        "mybusinessverifications.googleapis.com",
        "mybusiness.googleapis.com",
    ],
    renews: true,
    pulls_media: true,
    reads_back: |_| true,
};

/// A call about posts, which only the fourth version knows, with refusals that name the field.
fn posts(label: &str, method: Method, name: &str) -> Request {
    Request::new(label, method, format!("https://mybusiness.googleapis.com/v4/{name}"))
        .header("X-GOOG-API-FORMAT-VERSION", "2")
        .bearer("access")
}

/// What an answer holds, if it says that it worked.
fn read<T: DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Fault> {
    if !answer.ok() {
        return Err(error::fault(answer));
    }
    serde_json::from_slice(&answer.body).map_err(|_| error::unreadable(what))
}

impl Adapter for GoogleBusiness {
    fn network(&self) -> Network {
        Network::GoogleBusiness
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
        locations::accounts(grant, answers)
    }

    fn refresh(&self, app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
        auth::refresh(app, grant, answers)
    }

    fn verify(&self, _: &App, _: &GrantView, account: &Account, answers: &[Answer]) -> Flow<Health> {
        locations::verify(account, answers)
    }

    fn revoke(&self, _: &App, _: &GrantView) -> Option<Request> {
        Some(auth::revoke())
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
        state::adopt(progress, found)
    }

    /// Nothing is put at Google ahead of time.
    fn discard(&self, _: &Job, _: &Progress) -> Vec<Request> {
        Vec::new()
    }
}
