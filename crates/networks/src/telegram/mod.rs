//! Telegram's channels and groups, by a bot that its owner made for them.
//!
//! No drafts, stories, threads or comments in the Bot API, and no reading of what was posted.
#![doc = include_str!("docs.md")]

mod auth;
mod chat;
mod error;
mod message;
mod publish;
mod wire;

use postrider_core::Network;
use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::ContentType;
use postrider_provider::{
    Absorbed, Account, Adapter, Answer, App, AuthorizeAsk, Capability, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health,
    IntentView, Job, PartReceipt, Probe, Progress, Request, SignInAsk, Step,
};

/// The adapter.
pub struct Telegram;

/// Files are made to fit ahead of the instant; they are sent with the message.
const LEAD_MS: i64 = 10 * 60_000;
/// Under which name the bot's token is known.
const TOKEN: &str = "bot_token";

const CAPABILITY: Capability = Capability {
    variants: auth::VARIANTS,
    drafts: |_| false,
    lead_ms: |content_type| match content_type {
        ContentType::Text | ContentType::Link | ContentType::Poll => 0,
        _ => LEAD_MS,
    },
    hosts: &["api.telegram.org"],
    renews: false,
    pulls_media: false,
    reads_back: |_| false,
};

/// The address of a method; the token stands in it.
fn api(method: &str) -> String {
    format!("https://api.telegram.org/bot{{{TOKEN}}}/{method}")
}

impl Adapter for Telegram {
    fn network(&self) -> Network {
        Network::Telegram
    }

    fn capability(&self) -> &Capability {
        &CAPABILITY
    }

    fn authorize(&self, _: &App, _: &AuthorizeAsk<'_>) -> Result<String, Fault> {
        Err(no_pages())
    }

    fn exchange(&self, _: &App, _: &ExchangeAsk<'_>, _: &[Answer]) -> Flow<Granted> {
        Flow::Fail(no_pages())
    }

    fn sign_in(&self, _: &App, ask: &SignInAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
        auth::sign_in(ask, answers)
    }

    fn accounts(&self, _: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
        auth::accounts(grant, answers)
    }

    fn refresh(&self, _: &App, _: &GrantView, _: &[Answer]) -> Flow<Granted> {
        auth::refresh()
    }

    fn verify(&self, _: &App, grant: &GrantView, account: &Account, answers: &[Answer]) -> Flow<Health> {
        auth::verify(grant, account, answers)
    }

    /// Only the bot's owner takes a token back, at @BotFather.
    fn revoke(&self, _: &App, _: &GrantView) -> Option<Request> {
        None
    }

    fn next(&self, job: &Job, progress: &Progress) -> Step {
        publish::next(job, progress)
    }

    fn absorb(&self, job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault> {
        publish::absorb(job, progress, answer)
    }

    fn probe(&self, _: &Job, _: &Progress, _: &IntentView, _: &[Answer]) -> Probe {
        publish::probe()
    }

    fn adopt(&self, _: &Job, progress: &Progress, _: Part, found: &PartReceipt) -> Progress {
        publish::adopt(progress, found)
    }

    /// Nothing is put there ahead of time.
    fn discard(&self, _: &Job, _: &Progress) -> Vec<Request> {
        Vec::new()
    }
}

fn no_pages() -> Fault {
    Fault::stop(
        FailureKind::Internal,
        "telegram.no_oauth",
        "Telegram is connected with a bot's token.",
        "Use the form for the token and the channel.",
    )
}
