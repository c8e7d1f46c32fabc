//! YouTube channels.
//!
//! A video goes up as private ahead of its instant, by an upload that can be taken up again, and is then shown to whom the person chose, by
//! one call that can be repeated. An upright or square video of up to three minutes becomes a Short by itself. No alt texts, threads, polls
//! or posts of words in its API.
#![doc = include_str!("docs.md")]

mod auth;
mod error;
mod find;
mod form;
mod publish;
mod state;
mod upload;
mod watch;
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
pub struct Youtube;

/// Time for a large file and for YouTube's work on it. An upload lives for about a week, but one that is taken back costs a call of the
/// hundred that an app has in a day.
const LEAD_MS: i64 = 2 * 3_600_000;

const CAPABILITY: Capability = Capability {
    variants: auth::VARIANTS,
    drafts: |content_type| postrider_core::rules::offer(Network::Youtube, content_type).is_some(),
    lead_ms: |content_type| match content_type {
        ContentType::Video | ContentType::Reel => LEAD_MS,
        _ => 0,
    },
    hosts: &["accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com"],
    renews: true,
    pulls_media: false,
    reads_back: |_| true,
};

/// A call of the Data API.
fn api(label: &str, method: Method, path: &str) -> Request {
    Request::new(label, method, format!("https://www.googleapis.com/youtube/v3/{path}")).bearer("access")
}

/// What an answer holds, if it says that it worked.
fn read<T: DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Fault> {
    if !answer.ok() {
        return Err(error::fault(answer));
    }
    serde_json::from_slice(&answer.body).map_err(|_| error::unreadable(what))
}

impl Adapter for Youtube {
    fn network(&self) -> Network {
        Network::Youtube
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

    fn revoke(&self, _: &App, _: &GrantView) -> Option<Request> {
        Some(auth::revoke())
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

    fn discard(&self, _: &Job, progress: &Progress) -> Vec<Request> {
        publish::discard(progress)
    }

    fn discard_after(&self, progress: &Progress, answer: &Answer) -> Vec<Request> {
        publish::discard_after(progress, answer)
    }

    fn gone(&self, answer: &Answer) -> bool {
        // 308: not all of the file came, and there is no video.
        matches!(answer.status, 308 | 404 | 410)
    }
}
