//! By the network's own pages: begin, and the return.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postrider_core::Network;
use postrider_core::ids::{ChannelId, ConnectionId, ProjectId, UserId};
use postrider_core::permission::Action;
use postrider_provider::{AuthorizeAsk, ConnectBy, ExchangeAsk, Secrets};
use postrider_store::audit::{self, Entry};
use postrider_store::connections::{self, NewConnection};
use postrider_store::scope::Scope;
use postrider_store::{Bound, StoreError, plans, projects};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::Digest;

use super::{CONNECTION_MS, ConnectError, Finished, flow, sha256_hex, token, verifier_aad, way};
use crate::shared::Shared;

/// What a person asks to connect.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// For which project.
    pub project_id: ProjectId,
    /// At which network.
    pub network: Network,
    /// Which way; the first that is set up here if none is named.
    pub variant: Option<&'a str>,
    /// The channel to connect anew, if it is one.
    pub reconnect: Option<ChannelId>,
    /// The line of the audit log that tells of it; the connection's id is put into it.
    pub told: &'a Entry,
}

impl Wish<'_> {
    /// The line of the audit log, once the connection has an id.
    pub(super) fn line(&self, id: ConnectionId) -> Entry {
        Entry {
            object_id: id.to_string(),
            ..self.told.clone()
        }
    }
}

/// Stores a connection that waits for the person, and answers the page of the network to send the person to.
///
/// # Errors
/// [`ConnectError`].
pub async fn begin(
    shared: &Shared,
    scope: &Scope,
    wish: Wish<'_>,
    again: bool,
    redirect_uri: &str,
) -> Result<(ConnectionId, String), ConnectError> {
    let way = way(shared, wish.network, wish.variant)?;
    if way.variant.by != ConnectBy::OAuth {
        return Err(ConnectError::OtherWay);
    }
    let now_ms = shared.now_ms();
    let id = ConnectionId::new(now_ms, shared.entropy.ten());
    let state = token(shared);
    let verifier = format!("{}{}", token(shared), token(shared));
    let challenge = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(verifier.as_bytes()));
    let url = way.adapter.authorize(
        &way.app,
        &AuthorizeAsk {
            variant: way.variant.key,
            redirect_uri,
            state: &state,
            code_challenge: &challenge,
            again,
        },
    )?;
    let sealed = Secrets::from([("code_verifier".to_owned(), SecretString::from(verifier))]);
    let mut tx = shared.db.begin().await?;
    plans::make_room(&mut tx, scope.organization_id, Bound::Publishing, 1).await?;
    connections::begin(
        &mut tx,
        scope,
        &NewConnection {
            id,
            project_id: wish.project_id,
            network: wish.network,
            variant: way.variant.key.to_owned(),
            state_hash: sha256_hex(&state),
            code_verifier: shared.keyring.seal(&verifier_aad(id), &sealed)?,
            reconnect_channel_id: wish.reconnect,
            created_at: now_ms,
            expires_at: now_ms + CONNECTION_MS,
        },
    )
    .await?;
    audit::record(&mut tx, &wish.line(id)).await?;
    tx.commit().await?;
    Ok((id, shared.transport.page(&url)))
}

/// What the network returned with.
#[derive(Debug, Clone)]
pub struct Return<'a> {
    /// What ties it to who began.
    pub state: &'a str,
    /// The code, or the network's reason in words why there is none.
    pub code: Result<&'a str, String>,
    /// The same address as begun with.
    pub redirect_uri: &'a str,
    /// Who is signed in to Postrider where the network returned to.
    pub user_id: UserId,
}

/// Takes the person's return from the network: exchanges the code, reads the accounts, stores both. Whether the person may connect
/// is asked anew.
///
/// # Errors
/// [`ConnectError::Over`] if nothing waits for this return, or it is another person's; [`ConnectError::NotAllowed`]; otherwise what went wrong, which is also stored
/// with the connection for the page to show.
pub async fn finish(
    shared: &Arc<Shared>,
    network: Network,
    back: &Return<'_>,
    tell: impl Fn(&ConnectError) -> Value,
) -> Result<Finished, ConnectError> {
    let connection = match connections::by_state(&shared.db, &sha256_hex(back.state), shared.now_ms()).await {
        Ok(connection) if connection.user_id == back.user_id && connection.network == network => connection,
        Ok(_) | Err(StoreError::NotFound) => return Err(ConnectError::Over),
        Err(error) => return Err(error.into()),
    };
    let scope = Scope::load(&shared.db, back.user_id, connection.organization_id).await?;
    let finished = async {
        // Much may have changed while the person was at the network.
        if !scope.permissions.allows(Action::ChannelConnect, true) {
            return Err(ConnectError::NotAllowed);
        }
        projects::get(&shared.db, &scope, connection.project_id).await?;
        let code = back.code.as_ref().map_err(|reason| ConnectError::Declined(reason.clone()))?;
        let way = way(shared, network, Some(&connection.variant))?;
        let opened = shared.keyring.open(&verifier_aad(connection.id), &connection.code_verifier)?;
        let verifier = opened
            .get("code_verifier")
            .map(|secret| secret.expose_secret().to_owned())
            .unwrap_or_default();
        let ask = ExchangeAsk {
            variant: way.variant.key,
            code,
            redirect_uri: back.redirect_uri,
            code_verifier: &verifier,
            now_ms: shared.now_ms(),
        };
        let granted = flow::run(shared, network, &way.secrets, |answers| {
            way.adapter.exchange(&way.app, &ask, answers)
        })
        .await?;
        flow::store_granted(shared, &scope, &connection, &way, granted).await
    }
    .await;
    match finished {
        // The same return came twice (a reload): the first one counts.
        Err(ConnectError::Store(StoreError::Conflict)) => Err(ConnectError::Over),
        Err(error) => {
            let mut tx = shared.db.begin().await?;
            connections::failed(&mut tx, connection.id, &tell(&error)).await?;
            tx.commit().await?;
            Err(error)
        }
        Ok(finished) => Ok(finished),
    }
}
