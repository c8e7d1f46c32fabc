//! The other accounts of an authorisation that was given before: read anew with its own tokens, without the person signing in again.

use std::sync::Arc;

use postrider_core::channel::ChannelStatus;
use postrider_core::ids::{ConnectionId, GrantId};
use postrider_provider::{Answer, Flow, Next, Secrets};
use postrider_store::audit::{self, Entry};
use postrider_store::channels::Channel;
use postrider_store::connections::{self, NewConnection};
use postrider_store::grants;
use postrider_store::scope::{Projects, Scope};
use postrider_store::{Bound, StoreError, plans};

use super::channels::{grant_secrets, grant_view};
use super::flow::{self, Listed};
use super::{CONNECTION_MS, ConnectError, Finished, sha256_hex, token, verifier_aad, way};
use crate::shared::Shared;
use crate::tokens;

/// Whether a member may look at every account behind a grant: one sign-in of an agency reaches the accounts of all its customers, and
/// none of them may look beyond their own.
async fn reaches(shared: &Shared, scope: &Scope, grant: GrantId) -> Result<bool, StoreError> {
    let sees_all = scope.projects == Projects::All && !scope.client;
    Ok(sees_all || connections::gave(&shared.db, scope, grant).await?)
}

/// Whether [`others`] is worth offering to a member: it is allowed, and the access still holds.
///
/// # Errors
/// If the rows cannot be read.
pub async fn offers_others(shared: &Shared, scope: &Scope, channel: &Channel) -> Result<bool, StoreError> {
    let holds = channel.status.usable() || channel.status == ChannelStatus::MissingPermission;
    Ok(holds && reaches(shared, scope, channel.grant_id).await?)
}

/// Makes a connection that is authorised already, by the grant behind a channel: its accounts can be chosen at once. `told` is the
/// line of the audit log; the connection's id is put into it.
///
/// # Errors
/// [`ConnectError::NotAllowed`] unless the member signed in for it, or looks after every project;
/// [`ConnectError::Over`] if the channel is disconnected or its tokens are erased; [`ConnectError::Network`] if the network does not
/// list the accounts.
pub async fn others(shared: &Arc<Shared>, scope: &Scope, channel: &Channel, told: &Entry) -> Result<Finished, ConnectError> {
    if channel.status == ChannelStatus::Disconnected {
        return Err(ConnectError::Over);
    }
    let grant = grants::get(&shared.db, scope, channel.grant_id).await?;
    if !reaches(shared, scope, grant.id).await? {
        return Err(ConnectError::NotAllowed);
    }
    let way = way(shared, channel.network, Some(&grant.variant))?;
    let Some(mut secrets) = grant_secrets(shared, &grant)? else {
        return Err(ConnectError::Over);
    };
    let view = grant_view(&grant, shared.now_ms());
    let ask = |answers: &[Answer]| -> Flow<_> { way.adapter.accounts(&way.app, &view, answers) };
    let mut accounts = flow::run(shared, channel.network, &secrets, ask).await;
    if let Err(fault) = &accounts
        && fault.next == Next::Renew
        && way.adapter.capability().renews
        && let Ok(renewed) = tokens::renew(shared, channel.network, grant.id, Some(&secrets)).await
    {
        secrets.extend(renewed);
        accounts = flow::run(shared, channel.network, &secrets, ask).await;
    }
    let accounts = accounts?;

    let now_ms = shared.now_ms();
    let id = ConnectionId::new(now_ms, shared.entropy.ten());
    let listed = Listed::of(shared, id, &accounts)?;
    let new = NewConnection {
        id,
        project_id: channel.project_id,
        network: channel.network,
        variant: grant.variant.clone(),
        // Nobody returns from anywhere: what a return would need is there in form alone.
        state_hash: sha256_hex(&token(shared)),
        code_verifier: shared.keyring.seal(&verifier_aad(id), &Secrets::new())?,
        server: None,
        reconnect_channel_id: None,
        created_at: now_ms,
        expires_at: now_ms + CONNECTION_MS,
    };
    let found = serde_json::to_value(&listed.found).unwrap_or_default();
    let line = Entry {
        object_id: id.to_string(),
        ..told.clone()
    };
    let mut tx = shared.db.begin().await?;
    plans::make_room(&mut tx, scope.organization_id, Bound::Publishing, 1).await?;
    connections::begin(&mut tx, scope, &new).await?;
    connections::authorized(&mut tx, id, grant.id, &found, listed.sealed).await?;
    audit::record(&mut tx, &line).await?;
    tx.commit().await?;
    Ok(Finished {
        connection_id: id,
        reconnected: None,
    })
}
