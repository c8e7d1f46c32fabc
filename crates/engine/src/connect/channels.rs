//! Channels of a finished connection: adding, testing, disconnecting.

use std::sync::Arc;

use postrider_core::channel::ChannelStatus;
use postrider_core::ids::ChannelId;
use postrider_provider::{Account, Fault, Flow, GrantView, Manner, Next, Secrets, Sent, Verdict};
use postrider_store::audit::{self, Entry};
use postrider_store::channels::{self, Channel, Seen};
use postrider_store::connections::{self, Connection};
use postrider_store::grants::{self, Grant};
use postrider_store::scope::Scope;

use super::flow::{self, Access, Ends};
use super::{ConnectError, accounts_aad, found, way};
use crate::events::Hint;
use crate::job::{channel_aad, grant_aad};
use crate::shared::Shared;
use crate::tokens;

/// Adds accounts of a finished connection as channels, and tells the audit log.
///
/// # Errors
/// [`ConnectError::Unusable`] if one was not found or lacks what is needed; then none is added.
pub async fn add(
    shared: &Arc<Shared>,
    scope: &Scope,
    connection: &Connection,
    external_ids: &[String],
    told: &Entry,
) -> Result<Vec<ChannelId>, ConnectError> {
    let grant_id = match (connection.status.as_str(), connection.grant_id) {
        ("authorized", Some(grant)) if connection.expires_at > shared.now_ms() => grant,
        _ => return Err(ConnectError::Over),
    };
    let grant = grants::get(&shared.db, scope, grant_id).await?;
    let way = way(shared, connection.network, Some(&connection.variant))?;
    let own = match &connection.account_secrets {
        Some(sealed) => shared.keyring.open(&accounts_aad(connection.id), sealed)?,
        None => Secrets::new(),
    };
    let listed = found(connection)?;
    let access = Access::of(&way, &grant.scopes, ends(&grant), shared.now_ms());
    let mut tx = shared.db.begin().await?;
    let mut added = Vec::new();
    for external_id in external_ids {
        let account = listed.iter().find(|found| found.external_id == *external_id);
        let account = account.ok_or_else(|| ConnectError::Unusable("This account was not among those found.".to_owned()))?;
        if let Some(why) = &account.unusable {
            return Err(ConnectError::Unusable(format!("{} cannot be added: {why}", account.name)));
        }
        added.push(flow::store_channel(shared, &mut tx, scope, connection, grant_id, account, &own, &access).await?);
    }
    connections::done(&mut tx, connection.id).await?;
    audit::record(&mut tx, told).await?;
    tx.commit().await?;
    for channel in &added {
        flow::hint(shared, scope, connection, *channel);
    }
    Ok(added)
}

fn ends(grant: &Grant) -> Ends<'_> {
    Ends {
        expires_at_ms: grant.expires_at,
        refresh_expires_at_ms: grant.refresh_expires_at,
        meta: &grant.meta,
    }
}

pub(super) fn grant_view(grant: &Grant, now_ms: i64) -> GrantView {
    GrantView {
        variant: grant.variant.clone(),
        scopes: grant.scopes.clone(),
        subject: grant.subject.clone(),
        meta: grant.meta.clone(),
        expires_at_ms: grant.expires_at,
        now_ms,
    }
}

/// The app's secrets and the grant's; `None` once they are erased.
pub(super) fn grant_secrets(shared: &Shared, grant: &Grant) -> Result<Option<Secrets>, Fault> {
    let Some(sealed) = &grant.secrets else { return Ok(None) };
    let mut secrets = shared
        .apps
        .of(grant.network, &grant.variant)
        .map(|app| app.secrets.clone())
        .unwrap_or_default();
    secrets.extend(shared.keyring.open(&grant_aad(grant.id), sealed)?);
    Ok(Some(secrets))
}

/// Every secret that a call for a channel may name; `None` once they are erased.
fn secrets_of(shared: &Shared, channel: &Channel, grant: &Grant) -> Result<Option<Secrets>, Fault> {
    let Some(mut secrets) = grant_secrets(shared, grant)? else {
        return Ok(None);
    };
    if let Some(own) = &channel.secrets {
        secrets.extend(shared.keyring.open(&channel_aad(channel.id), own)?);
    }
    Ok(Some(secrets))
}

/// Tests a channel at its network and stores what was found. Only a definite word of the network changes a channel for the worse.
///
/// # Errors
/// [`ConnectError::Network`] if the network did not say anything definite: the channel stays as it was.
pub async fn verify(shared: &Arc<Shared>, channel: &Channel) -> Result<(), ConnectError> {
    if channel.status == ChannelStatus::Disconnected {
        return Err(ConnectError::Over);
    }
    let grant = grants::keep(&shared.db, channel.grant_id).await?;
    let way = way(shared, channel.network, Some(&grant.variant))?;
    let Some(mut secrets) = secrets_of(shared, channel, &grant)? else {
        return Err(ConnectError::Over);
    };
    let account = Account {
        external_id: channel.external_id.clone(),
        handle: channel.handle.clone(),
        kind: channel.kind.clone(),
        variant: grant.variant.clone(),
        meta: channel.meta.clone(),
    };
    let view = grant_view(&grant, shared.now_ms());
    let ask = |answers: &[postrider_provider::Answer]| -> Flow<_> { way.adapter.verify(&way.app, &view, &account, answers) };
    let mut health = flow::run(shared, channel.network, &secrets, ask).await;
    let mut asked_with = grant.refreshed_at;
    if let Err(fault) = &health
        && fault.next == Next::Renew
        && way.adapter.capability().renews
        && let Ok(renewed) = tokens::renew(shared, channel.network, grant.id, Some(&secrets)).await
    {
        secrets.extend(renewed);
        asked_with = grants::keep(&shared.db, grant.id).await?.refreshed_at;
        health = flow::run(shared, channel.network, &secrets, ask).await;
    }
    let now_ms = shared.now_ms();
    let seen = match health {
        Ok(health) => {
            let scopes = health.scopes.as_deref().unwrap_or(&grant.scopes);
            let access = Access::of(&way, scopes, ends(&grant), now_ms);
            let ends = [access.ends_at_ms, health.data_access_ends_at_ms].into_iter().flatten().min();
            Seen {
                status: access.status,
                status_reason: access.reason,
                missing: access.missing,
                access_ends_at: ends,
                name: health.name,
                handle: None,
                avatar_url: health.avatar_url,
                verified_at: Some(now_ms),
            }
        }
        Err(fault) => {
            // Renewed while it was asked with: the word is on an access that is no longer ours.
            if grants::keep(&shared.db, grant.id).await?.refreshed_at != asked_with {
                return Err(fault.into());
            }
            let status = match fault.verdict {
                Verdict::None | Verdict::AppUnknown => return Err(fault.into()),
                Verdict::Expired => ChannelStatus::Expired,
                Verdict::Revoked => ChannelStatus::Revoked,
                Verdict::MissingPermission => ChannelStatus::MissingPermission,
            };
            Seen {
                status,
                status_reason: fault.told(),
                missing: channel.missing.clone(),
                access_ends_at: channel.access_ends_at,
                name: None,
                handle: None,
                avatar_url: None,
                verified_at: Some(now_ms),
            }
        }
    };
    let mut tx = shared.db.begin().await?;
    channels::seen(&mut tx, channel.id, &seen).await?;
    tx.commit().await?;
    tell(shared, channel);
    Ok(())
}

fn tell(shared: &Shared, channel: &Channel) {
    shared.events.send(Hint {
        kind: "channel",
        id: channel.id.to_string(),
        version: channel.version + 1,
        organization_id: channel.organization_id,
        project_id: Some(channel.project_id),
    });
}

/// Disconnects a channel: its tokens are erased first, then the network is asked to take the access back, if no other channel here
/// lives on the same authorisation. The audit log is told in the same transaction.
///
/// # Errors
/// [`ConnectError::Store`] with a conflict while deliveries are to go out on it.
pub async fn disconnect(shared: &Arc<Shared>, scope: &Scope, id: ChannelId, told: &Entry) -> Result<(), ConnectError> {
    let channel = channels::get(&shared.db, scope, id).await?;
    let grant = grants::get(&shared.db, scope, channel.grant_id).await?;
    let secrets = secrets_of(shared, &channel, &grant).unwrap_or_default();
    let now_ms = shared.now_ms();
    let mut tx = shared.db.begin().await?;
    let gone = channels::disconnect(&mut tx, scope, id, now_ms).await?;
    let mut over = false;
    if let Some(unused) = gone.unused_grant {
        grants::end(&mut tx, unused, now_ms).await?;
        over = true;
    }
    audit::record(&mut tx, told).await?;
    tx.commit().await?;
    tell(shared, &channel);
    if over && let Some(secrets) = secrets {
        take_back(shared, &grant, &secrets).await?;
    }
    Ok(())
}

/// Asks the network to take back an access whose tokens are erased here, if no other channel here lives on the same authorisation.
async fn take_back(shared: &Shared, grant: &Grant, secrets: &Secrets) -> Result<(), ConnectError> {
    if !grants::subject_in_use(&shared.db, grant.network, &grant.subject).await?
        && let Ok(way) = way(shared, grant.network, Some(&grant.variant))
        && let Some(request) = way.adapter.revoke(&way.app, &grant_view(grant, shared.now_ms()))
    {
        match shared.transport.send(&request, secrets, Manner::Safe).await {
            Sent::Answered(answer) if answer.ok() => {}
            Sent::Answered(answer) => {
                tracing::info!(network = %grant.network, status = answer.status, "the network did not take the access back")
            }
            Sent::NotSent(why) | Sent::Lost(why) => {
                tracing::info!(network = %grant.network, why, "the network could not be asked to take the access back")
            }
        }
    }
    Ok(())
}

/// How long a grant may be without a channel before it counts as left behind, in milliseconds: longer than any chooser stays open.
const UNUSED_MS: i64 = 2 * super::CONNECTION_MS;
/// How many grants are ended at one go.
const UNUSED_MAX: i64 = 100;

/// Ends connections whose time is over, and every access on which no channel lives: its tokens are erased, and the network is asked to
/// take it back.
///
/// # Errors
/// [`ConnectError::Store`] if the rows cannot be read or written.
pub async fn end_unused(shared: &Arc<Shared>) -> Result<(), ConnectError> {
    let now_ms = shared.now_ms();
    connections::erase_over(&shared.db, now_ms).await?;
    for grant in grants::unused(&shared.db, now_ms - UNUSED_MS, UNUSED_MAX).await? {
        let secrets = grant_secrets(shared, &grant);
        if grants::end_unused(&shared.db, grant.id, now_ms).await?
            && let Ok(Some(secrets)) = secrets
        {
            take_back(shared, &grant, &secrets).await?;
        }
    }
    Ok(())
}
