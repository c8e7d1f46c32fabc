//! Connecting accounts: runs the adapters' flows over the transport and stores what they bring, sealed.
//!
//! People wait for these, so nothing is retried: a call that fails ends the flow with its reason, and the person begins again.

mod channels;
mod flow;
mod form;
mod health;
mod oauth;
mod others;
mod own;

use std::collections::BTreeMap;
use std::sync::Arc;

use postrider_core::Network;
use postrider_core::delivery::FailureKind;
use postrider_core::ids::{ChannelId, ConnectionId, ProjectId};
use postrider_provider::{Adapter, App, ConnectBy, Fault, FoundAccount, Secrets, Variant};
use postrider_store::StoreError;
use postrider_store::audit::Entry;
use postrider_store::scope::Scope;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::shared::Shared;

pub use channels::{add, disconnect, end_unused, verify};
pub use health::{CHECK_MS, Checked, check_due};
pub use oauth::{Return, finish};
pub use others::{offers_others, others};
pub use own::{Home, document, introduce, redirect_uri};

/// How long a person may take at the network, in milliseconds.
pub const CONNECTION_MS: i64 = 30 * 60_000;

/// Why connecting did not go on.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The rows did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The network refused or failed.
    #[error(transparent)]
    Network(#[from] Fault),
    /// No adapter, no such way to connect, or no app configured for it.
    #[error("this network is not set up here")]
    NotConfigured,
    /// Something that was typed does not fit; nothing was sent.
    #[error("`{key}`: {why}")]
    Field {
        /// Which field.
        key: String,
        /// What is wrong with it, in words.
        why: String,
    },
    /// The connection was used, has ended, or is another person's.
    #[error("this connection can no longer be finished")]
    Over,
    /// Who began may not connect accounts any more.
    #[error("connecting accounts is not allowed any more")]
    NotAllowed,
    /// The network sent the person back without its consent; these are its words.
    #[error("the network did not consent: {0}")]
    Declined(String),
    /// The account was not among those found, or lacks what is needed.
    #[error("{0}")]
    Unusable(String),
}

/// An account found, as it is stored with the connection: without secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The network's id of it.
    pub external_id: String,
    /// Its handle, without `@`.
    pub handle: String,
    /// Kind of account.
    pub kind: String,
    /// What the adapter noted.
    pub meta: Value,
    /// Its name.
    pub name: String,
    /// Where its picture is.
    pub avatar_url: Option<String>,
    /// What tells it from another of the same name.
    pub detail: String,
    /// Why it cannot be used.
    pub unusable: Option<String>,
}

impl Found {
    fn of(found: &FoundAccount) -> Self {
        Found {
            external_id: found.account.external_id.clone(),
            handle: found.account.handle.clone(),
            kind: found.account.kind.clone(),
            meta: found.account.meta.clone(),
            name: found.name.clone(),
            avatar_url: found.avatar_url.clone(),
            detail: found.detail.clone(),
            unusable: found.unusable.clone(),
        }
    }
}

/// The accounts that a connection found.
///
/// # Errors
/// If what is stored is not understood.
pub fn found(connection: &postrider_store::connections::Connection) -> Result<Vec<Found>, StoreError> {
    let stored = connection.accounts.clone().unwrap_or_else(|| Value::Array(Vec::new()));
    serde_json::from_value(stored).map_err(|_| StoreError::Malformed {
        column: "accounts".to_owned(),
    })
}

/// One way to connect, as it is configured here.
struct Way {
    adapter: Arc<dyn Adapter>,
    variant: &'static Variant,
    app: App,
    secrets: Secrets,
}

/// What a person asks to connect.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// For which project.
    pub project_id: ProjectId,
    /// At which network.
    pub network: Network,
    /// Which way; the first that is set up here and takes what was typed, if none is named.
    pub variant: Option<&'a str>,
    /// The channel to connect anew, if it is one.
    pub reconnect: Option<ChannelId>,
    /// The line of the audit log that tells of it; the connection's id is put into it.
    pub told: &'a Entry,
}

impl Wish<'_> {
    /// The line of the audit log, once the connection has an id.
    fn line(&self, id: ConnectionId) -> Entry {
        Entry {
            object_id: id.to_string(),
            ..self.told.clone()
        }
    }
}

/// What beginning to connect came to.
#[derive(Debug, Clone)]
pub enum Begun {
    /// The person is to be sent to the network's page.
    At {
        /// Which connection waits for the person.
        connection_id: ConnectionId,
        /// The page.
        url: String,
    },
    /// What was typed was enough.
    Finished(Finished),
}

/// Begins to connect, by the network's pages or by what was typed alone.
///
/// # Errors
/// [`ConnectError`].
pub async fn begin(
    shared: &Arc<Shared>,
    scope: &Scope,
    wish: Wish<'_>,
    typed: &BTreeMap<String, String>,
    again: bool,
    redirect_uri: &str,
) -> Result<Begun, ConnectError> {
    let fitting = || fitting(shared, wish.network, typed);
    let way = way(shared, wish.network, wish.variant.or_else(fitting))?;
    let typed = form::sorted(way.variant.fields, typed)?;
    match way.variant.by {
        ConnectBy::OAuth => oauth::begin(shared, scope, wish, &way, typed, again, redirect_uri).await,
        ConnectBy::Form => form::sign_in(shared, scope, wish, &way, typed).await.map(Begun::Finished),
    }
}

/// Whether a way to connect can be used here.
pub fn configured(shared: &Shared, network: Network, variant: &Variant) -> bool {
    !variant.needs_app || shared.apps.of(network, variant.key).is_some()
}

/// The first way that is set up here and takes what was typed.
fn fitting(shared: &Shared, network: Network, typed: &BTreeMap<String, String>) -> Option<&'static str> {
    let variants = shared.registry.of(network)?.capability().variants;
    let takes = |variant: &Variant| typed.keys().all(|key| variant.fields.iter().any(|field| field.key == key));
    let fits = variants
        .iter()
        .find(|variant| configured(shared, network, variant) && takes(variant));
    fits.map(|variant| variant.key)
}

/// The way of this name, or the network's first.
fn way(shared: &Shared, network: Network, key: Option<&str>) -> Result<Way, ConnectError> {
    let adapter = shared.registry.of(network).cloned().ok_or(ConnectError::NotConfigured)?;
    let variants = adapter.capability().variants;
    let variant = match key {
        Some(key) => variants.iter().find(|variant| variant.key == key),
        None => variants.iter().find(|variant| configured(shared, network, variant)),
    }
    .ok_or(ConnectError::NotConfigured)?;
    if !configured(shared, network, variant) {
        return Err(ConnectError::NotConfigured);
    }
    let credentials = shared.apps.of(network, variant.key).cloned().unwrap_or_default();
    Ok(Way {
        adapter,
        variant,
        app: credentials.app,
        secrets: credentials.secrets,
    })
}

fn verifier_aad(connection: ConnectionId) -> String {
    format!("connections.code_verifier.{connection}")
}

fn server_app_aad(id: &str) -> String {
    format!("server_apps.secrets.{id}")
}

fn accounts_aad(connection: ConnectionId) -> String {
    format!("connections.account_secrets.{connection}")
}

/// Random text of 160 bits, for what nobody may guess.
fn token(shared: &Shared) -> String {
    [shared.entropy.ten(), shared.entropy.ten()]
        .concat()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn sha256_hex(text: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn no_way_back() -> Fault {
    Fault::stop(
        FailureKind::Internal,
        "connection.endless",
        "The network kept asking for more calls.",
        "Try to connect again.",
    )
}

/// What a finished authorisation left.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Which connection.
    pub connection_id: ConnectionId,
    /// The channel that works again, if this was a reconnect of the same account.
    pub reconnected: Option<ChannelId>,
}
