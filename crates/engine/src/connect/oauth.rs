//! By the network's own pages: begin, and the return.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postrider_core::Network;
use postrider_core::delivery::FailureKind;
use postrider_core::ids::{ConnectionId, UserId};
use postrider_core::permission::Action;
use postrider_provider::{AuthorizeAsk, ExchangeAsk, Fault, Granted, PrepareAsk, Secrets, ServerApp, Typed, Verdict, es256};
use postrider_store::audit;
use postrider_store::connections::{self, NewConnection};
use postrider_store::scope::Scope;
use postrider_store::server_apps;
use postrider_store::{Bound, StoreError, plans, projects};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::Digest;

use super::{Begun, CONNECTION_MS, ConnectError, Finished, Way, Wish, flow, server_app_aad, sha256_hex, token, verifier_aad, way};
use crate::shared::Shared;

/// The name of the PKCE verifier among what is sealed with a connection.
const VERIFIER: &str = "code_verifier";

/// Stores a connection that waits for the person, and answers the page of the network to send the person to.
///
/// # Errors
/// [`ConnectError`].
pub async fn begin(
    shared: &Arc<Shared>,
    scope: &Scope,
    wish: Wish<'_>,
    way: &Way,
    (typed, typed_secrets): (Typed, Secrets),
    again: bool,
    redirect_uri: &str,
) -> Result<Begun, ConnectError> {
    let state = token(shared);
    let verifier = format!("{}{}", token(shared), token(shared));
    let challenge = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(verifier.as_bytes()));
    let known = match way.adapter.server(&typed)? {
        Some(server) => known(shared, wish.network, server, redirect_uri).await?,
        None => None,
    };
    let ask = PrepareAsk {
        authorize: AuthorizeAsk {
            variant: way.variant.key,
            redirect_uri,
            state: &state,
            code_challenge: &challenge,
            again,
        },
        typed: &typed,
        known: known.as_ref().map(|(app, _)| app),
    };
    let proof = drawn_proof(shared, way);
    let mut secrets = way.secrets.clone();
    secrets.extend(typed_secrets);
    secrets.extend(proof.clone());
    let prepared = flow::run(shared, wish.network, &secrets, |answers| {
        way.adapter.prepare(&way.app, &ask, answers)
    })
    .await?;
    let now_ms = shared.now_ms();
    let id = ConnectionId::new(now_ms, shared.entropy.ten());
    let mut sealed = known.map(|(_, secrets)| secrets).unwrap_or_default();
    sealed.extend(prepared.secrets);
    sealed.extend(proof);
    sealed.insert(VERIFIER.to_owned(), SecretString::from(verifier));
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
            server: prepared.server.and_then(|server| serde_json::to_value(server).ok()),
            reconnect_channel_id: wish.reconnect,
            created_at: now_ms,
            expires_at: now_ms + CONNECTION_MS,
        },
    )
    .await?;
    audit::record(&mut tx, &wish.line(id)).await?;
    tx.commit().await?;
    Ok(Begun::At {
        connection_id: id,
        url: shared.transport.page(&prepared.url),
    })
}

/// The key by which the new access will be proven, where this way asks for one.
fn drawn_proof(shared: &Shared, way: &Way) -> Option<(String, SecretString)> {
    let name = way.adapter.proof_key(way.variant.key)?;
    let random: Vec<u8> = (0..4).flat_map(|_| shared.entropy.ten()).collect();
    Some((name.to_owned(), es256::drawn(&random)))
}

/// The app by which a server knows us, and its secret.
async fn known(
    shared: &Shared,
    network: Network,
    server: String,
    redirect_uri: &str,
) -> Result<Option<(ServerApp, Secrets)>, ConnectError> {
    let Some(kept) = server_apps::get(&shared.db, &server_apps::id(network, &server, redirect_uri)).await? else {
        return Ok(None);
    };
    match shared.keyring.open(&server_app_aad(&kept.id), &kept.secrets) {
        Ok(secrets) => {
            let app = ServerApp {
                server,
                client_id: kept.client_id,
                ..ServerApp::default()
            };
            Ok(Some((app, secrets)))
        }
        // Sealed with a key that was lost: the server gets to know us anew.
        Err(error) => {
            tracing::warn!(%network, %error, "an app at a server cannot be opened; another is registered");
            Ok(None)
        }
    }
}

/// Keeps an app that its server gave a token for, since a server may forget those that never got one; forgets one that it does not know.
async fn learn(
    shared: &Shared,
    network: Network,
    app: &ServerApp,
    redirect_uri: &str,
    secrets: &Secrets,
    exchanged: Result<&Granted, &Fault>,
) -> Result<(), ConnectError> {
    let id = server_apps::id(network, &app.server, redirect_uri);
    match exchanged {
        Ok(_) => {
            let kept = server_apps::ServerApp {
                secrets: shared.keyring.seal(&server_app_aad(&id), secrets)?,
                id,
                client_id: app.client_id.clone(),
                created_at: shared.now_ms(),
            };
            server_apps::keep(&shared.db, &kept).await?;
        }
        Err(fault) if fault.verdict == Verdict::AppUnknown => server_apps::forget(&shared.db, &id, &app.client_id).await?,
        Err(_) => {}
    }
    Ok(())
}

/// Whether the return comes from the server that was asked: another one could otherwise have its code taken to that one.
fn from_whom(server: Option<&ServerApp>, issuer: Option<&str>) -> Result<(), Fault> {
    match server.and_then(|server| server.issuer.as_deref()) {
        Some(asked) if issuer != Some(asked) => Err(Fault::stop(
            FailureKind::Connection,
            "connection.other_issuer",
            "The return did not come from the server that was asked.",
            "Begin to connect again.",
        )),
        _ => Ok(()),
    }
}

/// What the network returned with.
#[derive(Debug, Clone)]
pub struct Return<'a> {
    /// What ties it to who began.
    pub state: &'a str,
    /// Who says that it sent the person back (RFC 9207), if anybody does.
    pub issuer: Option<&'a str>,
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
        let server: Option<ServerApp> = connection.server.clone().and_then(|server| serde_json::from_value(server).ok());
        from_whom(server.as_ref(), back.issuer)?;
        let code = back.code.as_ref().map_err(|reason| ConnectError::Declined(reason.clone()))?;
        let way = way(shared, network, Some(&connection.variant))?;
        let mut kept = shared.keyring.open(&verifier_aad(connection.id), &connection.code_verifier)?;
        let verifier = kept
            .remove(VERIFIER)
            .map(|secret| secret.expose_secret().to_owned())
            .unwrap_or_default();
        let proof = way.adapter.proof_key(way.variant.key).and_then(|name| kept.remove_entry(name));
        let ask = ExchangeAsk {
            variant: way.variant.key,
            code,
            redirect_uri: back.redirect_uri,
            code_verifier: &verifier,
            server: server.as_ref(),
            now_ms: shared.now_ms(),
        };
        let mut secrets = way.secrets.clone();
        secrets.extend(kept.clone());
        secrets.extend(proof.clone());
        let exchanged = flow::run(shared, network, &secrets, |answers| way.adapter.exchange(&way.app, &ask, answers)).await;
        // An app that was registered there has a secret; one of our own does not.
        if let Some(server) = &server
            && !kept.is_empty()
        {
            learn(shared, network, server, back.redirect_uri, &kept, exchanged.as_ref()).await?;
        }
        let mut granted = exchanged?;
        if server.is_some() {
            // By them the access is given back one day.
            granted.secrets.extend(kept);
        }
        granted.secrets.extend(proof);
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
