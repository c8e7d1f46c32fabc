//! What the processes of an installation tell each other of their keys: names, never a key. They share the database, but each has its
//! keys from its own environment or file.

use postrider_store::{Db, StoreError, instance};
use serde::{Deserialize, Serialize};

const NEWEST: &str = "vault_newest_key";
const SERVER: &str = "vault_server_keys";

/// What the server that started last holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerKeys {
    /// The names of its keys, newest first.
    pub names: Vec<String>,
    /// Whether it follows a key file, into which a new key can be written.
    pub follows_file: bool,
}

/// The name of the key under which secrets are sealed now.
///
/// # Errors
/// If the database fails.
pub async fn newest(db: &Db) -> Result<Option<String>, StoreError> {
    instance::get(db, NEWEST).await
}

/// Says under which key secrets are sealed from now on.
///
/// # Errors
/// If the database fails.
pub async fn set_newest(db: &Db, name: &str) -> Result<(), StoreError> {
    instance::set(db, NEWEST, name).await
}

/// What the server that started last holds; `None` before the first start.
///
/// # Errors
/// If the database fails.
pub async fn server(db: &Db) -> Result<Option<ServerKeys>, StoreError> {
    let text = instance::get(db, SERVER).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Says what a server holds that starts.
///
/// # Errors
/// If the database fails.
pub async fn set_server(db: &Db, keys: &ServerKeys) -> Result<(), StoreError> {
    instance::set(db, SERVER, &serde_json::to_string(keys).unwrap_or_default()).await
}
