//! The clients that Postrider itself is: where servers read who asks at an address of the installation's own, nobody registers an app.

use postrider_core::Network;
use postrider_provider::ports::Keyring;
use postrider_provider::{CLIENT_KEY, Registry, Secrets, es256};
use postrider_store::{Db, server_apps};
use serde_json::{Value, json};

use super::{ConnectError, server_app_aad};
use crate::apps::Apps;
use crate::entropy::Entropy;
use crate::shared::Shared;

/// Stands for every server of a network in the name of a row: the key is the same for all.
const EVERY_SERVER: &str = "*";

/// Where networks return to, below the address at which people reach this server.
pub fn redirect_uri(public_base: &str, network: Network) -> String {
    format!("{}/oauth/callback/{network}", public_base.trim_end_matches('/'))
}

/// What an installation is put together from.
pub struct Home<'a> {
    /// Where people and servers reach it.
    pub public_base: &'a str,
    /// Rows.
    pub db: &'a Db,
    /// Seals the keys.
    pub keyring: &'a dyn Keyring,
    /// Draws them.
    pub entropy: &'a dyn Entropy,
    /// UTC milliseconds.
    pub now_ms: i64,
}

/// Adds to the administrator's apps those that Postrider itself is, each with the key by which servers know it.
///
/// # Errors
/// [`ConnectError::Store`] if the rows cannot be read or written, [`ConnectError::Network`] if a key cannot be sealed.
pub async fn introduce(apps: &mut Apps, registry: &Registry, home: &Home<'_>) -> Result<(), ConnectError> {
    for adapter in registry.all() {
        let network = adapter.network();
        let Some(own) = adapter.own_client(home.public_base, &redirect_uri(home.public_base, network)) else {
            continue;
        };
        let mut credentials = apps.of(network, own.variant).cloned().unwrap_or_default();
        credentials.secrets = match own.document {
            Some(_) => match key_of(home, network, &own.client_id).await? {
                Some(key) => key,
                None => continue,
            },
            None => Secrets::new(),
        };
        credentials.app.client_id = own.client_id;
        apps.set(network, own.variant, credentials);
    }
    Ok(())
}

/// The key of a client: drawn once for all processes of the installation, and kept sealed. `None` where this process cannot open it: others
/// may, and what was connected by it is over without it. Until the vault's key is back nobody connects this way here.
async fn key_of(home: &Home<'_>, network: Network, client_id: &str) -> Result<Option<Secrets>, ConnectError> {
    let id = server_apps::id(network, EVERY_SERVER, client_id);
    if let Some(kept) = server_apps::get(home.db, &id).await? {
        match home.keyring.open(&server_app_aad(&id), &kept.secrets) {
            Ok(secrets) => return Ok(Some(secrets)),
            Err(error) => {
                tracing::error!(%network, %error, "the key by which servers know this installation cannot be opened: nobody is connected this way until the vault's key is back");
                return Ok(None);
            }
        }
    }
    let random: Vec<u8> = (0..4).flat_map(|_| home.entropy.ten()).collect();
    let drawn = Secrets::from([(CLIENT_KEY.to_owned(), es256::drawn(&random))]);
    let new = server_apps::ServerApp {
        secrets: home.keyring.seal(&server_app_aad(&id), &drawn)?,
        id,
        client_id: client_id.to_owned(),
        created_at: home.now_ms,
    };
    // Another process may have been faster; then its key is the client's.
    let kept = server_apps::keep_first(home.db, &new).await?;
    Ok(Some(home.keyring.open(&server_app_aad(&kept.id), &kept.secrets)?))
}

/// What servers read of us at the address that is our id at a network.
pub fn document(shared: &Shared, network: Network, public_base: &str) -> Option<Value> {
    let adapter = shared.registry.of(network)?;
    let own = adapter.own_client(public_base, &redirect_uri(public_base, network))?;
    let mut document = own.document?;
    let credentials = shared.apps.of(network, own.variant)?;
    let key = es256::Key::read(credentials.secrets.get(CLIENT_KEY)?).ok()?;
    document["jwks"] = json!({"keys": [key.published()]});
    Some(document)
}
