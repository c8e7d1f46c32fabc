//! Runs a flow of few calls, and stores a grant with the accounts that it brought.

use std::sync::Arc;

use postrider_core::Network;
use postrider_core::channel::{ChannelStatus, EXPIRING_MS};
use postrider_core::delivery::FailureKind;
use postrider_core::ids::{ChannelId, ConnectionId, GrantId};
use postrider_provider::{Answer, Fault, Flow, FoundAccount, GrantView, Granted, Manner, Secrets, Sent};
use postrider_store::channels::{self, NewChannel};
use postrider_store::connections::{self, Connection};
use postrider_store::grants::{self, NewGrant};
use postrider_store::scope::Scope;
use postrider_store::{Tx, plans};
use secrecy::ExposeSecret;

use super::{ConnectError, Finished, Found, Way, accounts_aad, no_way_back};
use crate::events::Hint;
use crate::job::{channel_aad, grant_aad};
use crate::shared::Shared;

/// Calls that one flow may take: the longest lists of Pages stay far below.
const CALLS_MAX: usize = 100;

/// Between account and name in the sealed secrets of a connection; stands in neither.
const SEPARATOR: char = '\u{1f}';

/// Runs a flow to its end.
pub async fn run<T>(shared: &Shared, network: Network, secrets: &Secrets, ask: impl Fn(&[Answer]) -> Flow<T>) -> Result<T, Fault> {
    let mut answers = Vec::new();
    while answers.len() < CALLS_MAX {
        match ask(&answers) {
            Flow::Done(value) => return Ok(value),
            Flow::Fail(fault) => return Err(fault),
            Flow::Call(request) => match shared.transport.send(&request, secrets, Manner::Safe).await {
                Sent::Answered(answer) => answers.push(answer),
                Sent::NotSent(why) | Sent::Lost(why) => {
                    tracing::info!(%network, call = request.label, why, "a call for connecting got no answer");
                    return Err(Fault::stop(
                        FailureKind::Outage,
                        "network.unreachable",
                        format!("{} did not answer.", network.name()),
                        "Try again in a minute.",
                    ));
                }
            },
        }
    }
    Err(no_way_back())
}

/// Reads the accounts behind what was granted, stores both, and reconnects the channel that was meant, if it is among them.
pub async fn store_granted(
    shared: &Arc<Shared>,
    scope: &Scope,
    connection: &Connection,
    way: &Way,
    granted: Granted,
) -> Result<Finished, ConnectError> {
    let network = connection.network;
    let mut secrets = way.secrets.clone();
    secrets.extend(granted.secrets.clone());
    let view = GrantView {
        variant: way.variant.key.to_owned(),
        scopes: granted.scopes.clone(),
        subject: granted.subject.clone(),
        meta: granted.meta.clone(),
        expires_at_ms: granted.expires_at_ms,
        now_ms: shared.now_ms(),
    };
    let accounts = run(shared, network, &secrets, |answers| way.adapter.accounts(&way.app, &view, answers)).await?;

    let now_ms = shared.now_ms();
    let grant_id = GrantId::new(now_ms, shared.entropy.ten());
    let grant = NewGrant {
        id: grant_id,
        project_id: connection.project_id,
        network,
        variant: way.variant.key.to_owned(),
        subject: granted.subject.clone(),
        subject_name: granted.subject_name.clone(),
        scopes: granted.scopes.clone(),
        meta: granted.meta.clone(),
        secrets: shared.keyring.seal(&grant_aad(grant_id), &granted.secrets)?,
        expires_at: granted.expires_at_ms,
        refresh_expires_at: granted.refresh_expires_at_ms,
        created_at: now_ms,
    };
    let Listed {
        found: listed,
        own,
        sealed,
    } = Listed::of(shared, connection.id, &accounts)?;
    let listed_json = serde_json::to_value(&listed).unwrap_or_default();

    let mut tx = shared.db.begin().await?;
    grants::create(&mut tx, scope, &grant).await?;
    connections::authorized(&mut tx, connection.id, grant_id, &listed_json, sealed).await?;
    let mut reconnected = None;
    if let Some(channel_id) = connection.reconnect_channel_id {
        let wanted = channels::get(&shared.db, scope, channel_id).await?;
        let same = listed
            .iter()
            .find(|found| found.external_id == wanted.external_id && found.unusable.is_none());
        if let Some(same) = same {
            let access = Access::of(
                way,
                &granted.scopes,
                Ends {
                    expires_at_ms: granted.expires_at_ms,
                    refresh_expires_at_ms: granted.refresh_expires_at_ms,
                    meta: &granted.meta,
                },
                now_ms,
            );
            let channel = store_channel(shared, &mut tx, scope, connection, grant_id, same, &own, &access).await?;
            connections::done(&mut tx, connection.id).await?;
            reconnected = Some(channel);
        }
    }
    tx.commit().await?;
    if let Some(channel) = reconnected {
        hint(shared, scope, connection, channel);
    }
    Ok(Finished {
        connection_id: connection.id,
        reconnected,
    })
}

/// The accounts behind a grant, as a connection keeps them until some are chosen.
pub struct Listed {
    /// Each, without secrets.
    pub found: Vec<Found>,
    /// What only they may use, such as a Page's own token.
    pub own: Secrets,
    /// The same, sealed for the connection; `None` if there is none.
    pub sealed: Option<Vec<u8>>,
}

impl Listed {
    /// Of what the adapter found.
    ///
    /// # Errors
    /// If the secrets cannot be sealed.
    pub fn of(shared: &Shared, connection: ConnectionId, accounts: &[FoundAccount]) -> Result<Listed, ConnectError> {
        let own = account_secrets(accounts);
        let sealed = if own.is_empty() {
            None
        } else {
            Some(shared.keyring.seal(&accounts_aad(connection), &own)?)
        };
        Ok(Listed {
            found: accounts.iter().map(Found::of).collect(),
            own,
            sealed,
        })
    }
}

/// When a grant ends, and how.
#[derive(Clone, Copy)]
pub struct Ends<'a> {
    pub expires_at_ms: Option<i64>,
    pub refresh_expires_at_ms: Option<i64>,
    pub meta: &'a serde_json::Value,
}

/// What the permissions that were given mean for a channel.
pub struct Access {
    pub status: ChannelStatus,
    pub reason: String,
    pub missing: Vec<String>,
    pub ends_at_ms: Option<i64>,
}

impl Access {
    /// Compares what was granted with what each feature needs (product C4). A network that names no scopes is believed.
    pub fn of(way: &Way, scopes: &[String], ends: Ends<'_>, now_ms: i64) -> Self {
        let missing: Vec<&postrider_provider::Permission> = way
            .variant
            .permissions
            .iter()
            .filter(|permission| !scopes.is_empty() && !scopes.iter().any(|scope| scope == permission.scope))
            .collect();
        // A network may renew some of its grants only: then the grant says so.
        let renews = ends.meta.get("renews").and_then(serde_json::Value::as_bool);
        let renews = renews.unwrap_or(way.adapter.capability().renews);
        let ends_at_ms = if renews { ends.refresh_expires_at_ms } else { ends.expires_at_ms };
        let (status, reason) = if missing.iter().any(|permission| permission.feature == "publishing") {
            let names: Vec<&str> = missing.iter().map(|permission| permission.scope).collect();
            (
                ChannelStatus::MissingPermission,
                format!(
                    "Not given: {}. Posts cannot go out. Reconnect and leave everything ticked.",
                    names.join(", ")
                ),
            )
        } else if ends_at_ms.is_some_and(|end| end - now_ms < EXPIRING_MS) {
            (
                ChannelStatus::Expiring,
                "The access ends soon and cannot be renewed by itself. Reconnect.".to_owned(),
            )
        } else {
            (ChannelStatus::Active, String::new())
        };
        Access {
            status,
            reason,
            missing: missing.iter().map(|permission| permission.scope.to_owned()).collect(),
            ends_at_ms,
        }
    }
}

/// Adds one account as a channel, or connects the one that it was before anew.
#[allow(clippy::too_many_arguments)]
pub async fn store_channel(
    shared: &Shared,
    tx: &mut Tx,
    scope: &Scope,
    connection: &Connection,
    grant_id: GrantId,
    found: &Found,
    own: &Secrets,
    access: &Access,
) -> Result<ChannelId, ConnectError> {
    plans::make_room(tx, scope.organization_id, postrider_store::Bound::Publishing, 1).await?;
    let now_ms = shared.now_ms();
    let new = NewChannel {
        id: ChannelId::new(now_ms, shared.entropy.ten()),
        project_id: connection.project_id,
        grant_id,
        network: connection.network,
        external_id: found.external_id.clone(),
        kind: found.kind.clone(),
        name: found.name.clone(),
        handle: found.handle.clone(),
        detail: found.detail.clone(),
        avatar_url: found.avatar_url.clone(),
        meta: found.meta.clone(),
        secrets: None,
        status: access.status,
        status_reason: access.reason.clone(),
        missing: access.missing.clone(),
        access_ends_at: access.ends_at_ms,
        now_ms,
    };
    let channel = channels::add(tx, scope, &new).await?;
    let secrets = secrets_of(own, &found.external_id);
    if !secrets.is_empty() {
        // Sealed for the row that it really is: an account connected before comes back under its old id.
        let sealed = shared.keyring.seal(&channel_aad(channel.id), &secrets)?;
        channels::set_secrets(tx, channel.id, Some(sealed)).await?;
    }
    Ok(channel.id)
}

/// Tells screens that a channel changed.
pub fn hint(shared: &Shared, scope: &Scope, connection: &Connection, channel: ChannelId) {
    shared.events.send(Hint {
        kind: "channel",
        id: channel.to_string(),
        version: 0,
        organization_id: scope.organization_id,
        project_id: Some(connection.project_id),
    });
}

fn account_secrets(accounts: &[FoundAccount]) -> Secrets {
    accounts
        .iter()
        .flat_map(|found| {
            let id = found.account.external_id.clone();
            found
                .secrets
                .iter()
                .map(move |(name, secret)| (format!("{id}{SEPARATOR}{name}"), secret.clone()))
        })
        .collect()
}

fn secrets_of(all: &Secrets, external_id: &str) -> Secrets {
    all.iter()
        .filter_map(|(key, secret)| {
            let (account, name) = key.split_once(SEPARATOR)?;
            (account == external_id).then(|| (name.to_owned(), secret.expose_secret().into()))
        })
        .collect()
}
