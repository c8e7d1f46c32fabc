//! The apps by which servers of networks that are many servers know us. They are the installation's, not a tenant's: whoever connects an
//! account on a server comes by the same app.

use crate::args;
use crate::db::Db;
use crate::error::Result;
use crate::record::{record, statements};

record! {
    /// An app at one server.
    ServerApp {
        /// Which: see [`id`].
        id: String = text,
        /// Public id of the app there.
        client_id: String = text,
        /// Its sealed secrets.
        secrets: Vec<u8> = bytes,
        /// UTC milliseconds.
        created_at: i64 = int,
    }
}

statements! {
    KEEP = "INSERT INTO server_apps (id, client_id, secrets, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO UPDATE SET client_id = excluded.client_id, secrets = excluded.secrets, created_at = excluded.created_at";
    KEEP_FIRST = "INSERT INTO server_apps (id, client_id, secrets, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
    GET = "SELECT * FROM server_apps WHERE id = $1";
    FORGET = "DELETE FROM server_apps WHERE id = $1 AND client_id = $2";
    FORGET_LOST = "DELETE FROM server_apps WHERE id = $1";
}

/// Names the app of one server (scheme, host and port) for one redirect address.
pub fn id(network: postrider_core::Network, server: &str, redirect_uri: &str) -> String {
    format!("{network} {server} {redirect_uri}")
}

/// Keeps an app; the one kept before is replaced.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn keep(db: &Db, app: &ServerApp) -> Result<()> {
    let values = args![&app.id, &app.client_id, app.secrets.clone(), app.created_at];
    db.run(KEEP, values).await?;
    Ok(())
}

/// Keeps an app unless one is kept already; gives the one that is.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn keep_first(db: &Db, app: &ServerApp) -> Result<ServerApp> {
    let values = args![&app.id, &app.client_id, app.secrets.clone(), app.created_at];
    db.run(KEEP_FIRST, values).await?;
    get(db, &app.id).await?.ok_or(crate::StoreError::NotFound)
}

/// The app, if one is kept.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn get(db: &Db, id: &str) -> Result<Option<ServerApp>> {
    db.optional(GET, args![id]).await?.as_ref().map(ServerApp::of).transpose()
}

/// Forgets an app that its server no longer knows; not one that was kept in its place since.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn forget(db: &Db, id: &str, client_id: &str) -> Result<()> {
    db.run(FORGET, args![id, client_id]).await?;
    Ok(())
}

/// Forgets an app whose secrets an operator has said to be lost.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn forget_lost(db: &Db, id: &str) -> Result<()> {
    db.run(FORGET_LOST, args![id]).await?;
    Ok(())
}
