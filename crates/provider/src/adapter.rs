//! The boundary to a network: pure functions from what is known to what to do next.

use std::collections::BTreeMap;

use postrider_core::Network;
use postrider_core::delivery::{FailureKind, Part};
use postrider_core::post::{ContentType, Mode};
use secrecy::SecretString;
use serde_json::Value;

use crate::answer::Answer;
use crate::connect::{AuthorizeAsk, ExchangeAsk, OwnClient, PrepareAsk, Prepared, SignInAsk, Typed, Variant};
use crate::fault::Fault;
use crate::job::{Account, App, IntentView, Job, Progress};
use crate::request::Request;
use crate::step::{Absorbed, Flow, PartReceipt, Probe, Step};

/// Secrets by name.
pub type Secrets = BTreeMap<String, SecretString>;

/// What a network gave: tokens by name (`access`, `refresh`, …), and for how long.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The tokens.
    pub secrets: Secrets,
    /// What was really granted.
    pub scopes: Vec<String>,
    /// When the access ends, UTC milliseconds; `None` if it does not.
    pub expires_at_ms: Option<i64>,
    /// When renewing ends, UTC milliseconds; `None` if it does not or is not known.
    pub refresh_expires_at_ms: Option<i64>,
    /// The network's id of the person or account that signed in.
    pub subject: String,
    /// Its name.
    pub subject_name: String,
    /// What later calls need to know, without secrets.
    pub meta: Value,
}

/// A grant as an adapter sees it; its secrets are named in requests.
#[derive(Debug, Clone)]
pub struct GrantView {
    /// Which way it was made.
    pub variant: String,
    /// What was granted.
    pub scopes: Vec<String>,
    /// Who signed in.
    pub subject: String,
    /// What the adapter noted.
    pub meta: Value,
    /// When the access ends, UTC milliseconds.
    pub expires_at_ms: Option<i64>,
    /// UTC milliseconds.
    pub now_ms: i64,
}

/// What a network said of a quota of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaSaid {
    /// Its key in the rules table.
    pub key: &'static str,
    /// How much is used, by whatever program.
    pub used: i64,
    /// How much there is.
    pub limit: i64,
    /// Over how long, milliseconds.
    pub window_ms: i64,
}

/// An account found behind a grant.
#[derive(Debug, Clone)]
pub struct FoundAccount {
    /// The account.
    pub account: Account,
    /// Its name for people.
    pub name: String,
    /// Where its picture is; may expire.
    pub avatar_url: Option<String>,
    /// What tells it from another of the same name.
    pub detail: String,
    /// Why it cannot be used: the role or conversion that is needed, in words.
    pub unusable: Option<String>,
    /// Secrets of its own (a Page's token).
    pub secrets: Secrets,
}

/// What verifying a channel says.
#[derive(Debug, Clone)]
pub struct Health {
    /// The permissions found, if the network names them.
    pub scopes: Option<Vec<String>>,
    /// Fresh name, if it was read.
    pub name: Option<String>,
    /// Fresh picture, if it was read.
    pub avatar_url: Option<String>,
    /// When the data access ends, UTC milliseconds (Meta: 90 days after the last sign-in).
    pub data_access_ends_at_ms: Option<i64>,
}

/// What an adapter says of itself.
#[derive(Debug, Clone)]
pub struct Capability {
    /// The ways to connect.
    pub variants: &'static [Variant],
    /// Whether the API has drafts for a type.
    pub drafts: fn(ContentType) -> bool,
    /// How long before its instant a delivery's uploads may begin, in milliseconds.
    pub lead_ms: fn(ContentType) -> i64,
    /// The hosts that its calls go to, for base-address overrides.
    pub hosts: &'static [&'static str],
    /// Whether access can be renewed without the person.
    pub renews: bool,
    /// Whether media must be fetched by the network from a public address.
    pub pulls_media: bool,
    /// Whether the posts of an account of a kind can be read back at all; else a person is asked what became of them.
    pub reads_back: fn(&str) -> bool,
}

/// A network. Holds no state, does no I/O, never sleeps, retries or stores: the engine does.
pub trait Adapter: Send + Sync {
    /// Which.
    fn network(&self) -> Network;
    /// What it can do.
    fn capability(&self) -> &Capability;

    /// The address of the authorisation page.
    ///
    /// # Errors
    /// If the variant does not connect by OAuth.
    fn authorize(&self, app: &App, ask: &AuthorizeAsk<'_>) -> Result<String, Fault>;
    /// Who we are to servers that read it at an address of ours, by the installation's public address and where networks return to.
    fn own_client(&self, _public_base: &str, _redirect_uri: &str) -> Option<OwnClient> {
        None
    }
    /// The name of the secret that is the key by which an access of this way is proven, where it is: one is drawn for each.
    fn proof_key(&self, _variant: &str) -> Option<&'static str> {
        None
    }
    /// The server that a person means, by what was typed, where each server of the network knows us by an app of its own: scheme, host and
    /// port.
    ///
    /// # Errors
    /// If what was typed is not the address of a server.
    fn server(&self, _typed: &Typed) -> Result<Option<String>, Fault> {
        Ok(None)
    }
    /// Readies the server's authorisation page: registers an app where none is known, and whatever else comes before the person does.
    fn prepare(&self, app: &App, ask: &PrepareAsk<'_>, _answers: &[Answer]) -> Flow<Prepared> {
        match self.authorize(app, &ask.authorize) {
            Ok(url) => Flow::Done(Prepared::page(url)),
            Err(fault) => Flow::Fail(fault),
        }
    }
    /// Code for tokens.
    fn exchange(&self, app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted>;
    /// What was typed for tokens. Secrets stand under their fields' names.
    fn sign_in(&self, _app: &App, _ask: &SignInAsk<'_>, _answers: &[Answer]) -> Flow<Granted> {
        Flow::Fail(Fault::stop(
            FailureKind::Internal,
            "connection.other_way",
            format!("{} is connected on its own pages.", self.network().name()),
            "Connect by the network's own pages.",
        ))
    }
    /// The accounts behind a grant.
    fn accounts(&self, app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>>;
    /// Renews the access. Tokens absent from the result keep their stored value.
    fn refresh(&self, app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted>;
    /// Whether a channel works.
    fn verify(&self, app: &App, grant: &GrantView, account: &Account, answers: &[Answer]) -> Flow<Health>;
    /// Takes the access back at the network; `None` if its API cannot.
    fn revoke(&self, app: &App, grant: &GrantView) -> Option<Request>;

    /// The next step of a delivery.
    fn next(&self, job: &Job, progress: &Progress) -> Step;
    /// What the answer to the step just given means.
    ///
    /// # Errors
    /// What went wrong, by the adapter's error table.
    fn absorb(&self, job: &Job, progress: &Progress, answer: &Answer) -> Result<Absorbed, Fault>;
    /// How to learn whether a commit without an answer was made.
    fn probe(&self, job: &Job, progress: &Progress, intent: &IntentView, answers: &[Answer]) -> Probe;
    /// Goes on from a commit that was found, as if its answer had come.
    fn adopt(&self, job: &Job, progress: &Progress, part: Part, found: &PartReceipt) -> Progress;
    /// Calls that remove what was put at the network ahead of time.
    fn discard(&self, job: &Job, progress: &Progress) -> Vec<Request>;
    /// The calls that follow the good answer to such a call, where only that tells what there is to remove.
    fn discard_after(&self, _progress: &Progress, _answer: &Answer) -> Vec<Request> {
        Vec::new()
    }
    /// What an answer, of whatever kind, says of the account's quotas.
    fn quotas(&self, _answer: &Answer) -> Vec<QuotaSaid> {
        Vec::new()
    }
    /// Whether an answer to such a call says that there is nothing to remove any more.
    fn gone(&self, answer: &Answer) -> bool {
        matches!(answer.status, 404 | 410)
    }
}

/// Whether a mode ends at the network or with a person.
pub fn goes_to_network(capability: &Capability, content_type: ContentType, mode: Mode) -> bool {
    mode == Mode::Publish || (capability.drafts)(content_type)
}

/// Every adapter, by network. Built once by the command line and handed to whoever needs it.
#[derive(Default, Clone)]
pub struct Registry {
    adapters: BTreeMap<Network, std::sync::Arc<dyn Adapter>>,
}

impl Registry {
    /// Adds one.
    pub fn add(&mut self, adapter: std::sync::Arc<dyn Adapter>) {
        self.adapters.insert(adapter.network(), adapter);
    }

    /// The one for a network, if it is written.
    pub fn of(&self, network: Network) -> Option<&std::sync::Arc<dyn Adapter>> {
        self.adapters.get(&network)
    }

    /// All of them, in the order of networks.
    pub fn all(&self) -> impl Iterator<Item = &std::sync::Arc<dyn Adapter>> {
        self.adapters.values()
    }
}
