//! Connections: authorisations in progress, from the first click to the chosen accounts.

use postrider_core::Network;
use postrider_core::ids::{ChannelId, ConnectionId, GrantId, OrganizationId, ProjectId, UserId};
use serde_json::Value;

use crate::args;
use crate::db::{Arg, Db, Tx};
use crate::error::{Result, StoreError};
use crate::projects;
use crate::record::{reached, record, statements};
use crate::scope::{Scope, with};

record! {
    /// An authorisation in progress.
    Connection {
        /// Which.
        id: ConnectionId = id,
        /// Whose.
        organization_id: OrganizationId = id,
        /// For which project.
        project_id: ProjectId = id,
        /// Who began it; nobody else may end it.
        user_id: UserId = id,
        /// At which network.
        network: Network = id,
        /// Which way in.
        variant: String = text,
        /// Sealed PKCE verifier and whatever else the way back needs.
        code_verifier: Vec<u8> = bytes,
        /// The app by which the server knows us, where the network is many servers.
        server: Option<Value> = opt_json,
        /// `pending`, `authorized`, `done`, `failed`.
        status: String = text,
        /// What went wrong, for the person.
        error: Option<Value> = opt_json,
        /// The accounts found, without secrets.
        accounts: Option<Value> = opt_json,
        /// Sealed tokens of the accounts found.
        account_secrets: Option<Vec<u8>> = opt_bytes,
        /// The grant it made.
        grant_id: Option<GrantId> = opt_id,
        /// The channel that is to be connected again.
        reconnect_channel_id: Option<ChannelId> = opt_id,
        /// UTC milliseconds.
        created_at: i64 = int,
        /// UTC milliseconds.
        expires_at: i64 = int,
    }
}

/// An authorisation to begin.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// Which.
    pub id: ConnectionId,
    /// For which project.
    pub project_id: ProjectId,
    /// At which network.
    pub network: Network,
    /// Which way in.
    pub variant: String,
    /// SHA-256 of the state that the network hands back.
    pub state_hash: String,
    /// Sealed PKCE verifier and whatever else the way back needs.
    pub code_verifier: Vec<u8>,
    /// The app by which the server knows us, where the network is many servers.
    pub server: Option<Value>,
    /// The channel that is to be connected again.
    pub reconnect_channel_id: Option<ChannelId>,
    /// UTC milliseconds.
    pub created_at: i64,
    /// UTC milliseconds.
    pub expires_at: i64,
}

statements! {
    BEGIN = "INSERT INTO connections (id, organization_id, project_id, user_id, network, variant, state_hash, code_verifier, status,
        reconnect_channel_id, created_at, expires_at, server) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $10, $11, $12)";
    BY_STATE = "SELECT * FROM connections WHERE state_hash = $1 AND status = 'pending' AND expires_at > $2";
    GET = concat!("SELECT c.* FROM connections c WHERE ", reached!("c"), " AND c.id = $4 AND c.user_id = $5");
    GAVE = "SELECT id FROM connections WHERE grant_id = $1 AND organization_id = $2 AND user_id = $3 LIMIT 1";
    AUTHORIZED = "UPDATE connections SET status = 'authorized', grant_id = $2, accounts = $3, account_secrets = $4
        WHERE id = $1 AND status = 'pending'";
    SET_ACCOUNTS = "UPDATE connections SET accounts = $2, account_secrets = $3 WHERE id = $1 AND status = 'authorized'";
    DONE = "UPDATE connections SET status = 'done', account_secrets = NULL WHERE id = $1 AND status = 'authorized'";
    FAILED = "UPDATE connections SET status = 'failed', error = $2, account_secrets = NULL WHERE id = $1 AND status IN ('pending', 'authorized')";
    ERASE_OVER = "UPDATE connections SET status = 'failed', account_secrets = NULL WHERE expires_at <= $1 AND status IN ('pending', 'authorized')";
}

/// Begins an authorisation.
///
/// # Errors
/// [`StoreError::NotFound`] if the project is not the member's to see; [`StoreError::Db`].
pub async fn begin(tx: &mut Tx, scope: &Scope, connection: &NewConnection) -> Result<()> {
    projects::held(tx, scope, connection.project_id).await?;
    let values = args![
        connection.id,
        scope.organization_id,
        connection.project_id,
        scope.user_id,
        connection.network,
        &connection.variant,
        &connection.state_hash,
        connection.code_verifier.clone(),
        connection.reconnect_channel_id,
        connection.created_at,
        connection.expires_at,
        connection.server.as_ref().map(Value::to_string),
    ];
    tx.run(BEGIN, values).await?;
    Ok(())
}

/// The pending connection that a network's answer belongs to. The caller compares `user_id` with who is signed in.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none, or it is over or used; [`StoreError::Db`].
pub async fn by_state(db: &Db, state_hash: &str, now_ms: i64) -> Result<Connection> {
    Connection::of(&db.one(BY_STATE, args![state_hash, now_ms]).await?)
}

/// Whether the asking user signed in for a grant.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn gave(db: &Db, scope: &Scope, grant: GrantId) -> Result<bool> {
    let row = db.optional(GAVE, args![grant, scope.organization_id, scope.user_id]).await?;
    Ok(row.is_some())
}

/// A connection that the asking user began.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn get(db: &Db, scope: &Scope, id: ConnectionId) -> Result<Connection> {
    Connection::of(&db.one(GET, with(scope.reach(), args![id, scope.user_id])).await?)
}

async fn moved(tx: &mut Tx, sql: &'static str, values: Vec<Arg>) -> Result<()> {
    if tx.run(sql, values).await? == 0 {
        Err(StoreError::Conflict)
    } else {
        Ok(())
    }
}

/// Notes that the person authorised, what accounts were found, and their sealed tokens.
///
/// # Errors
/// [`StoreError::Conflict`] if it is no longer pending: the same answer came twice; [`StoreError::Db`].
pub async fn authorized(tx: &mut Tx, id: ConnectionId, grant: GrantId, accounts: &Value, account_secrets: Option<Vec<u8>>) -> Result<()> {
    moved(tx, AUTHORIZED, args![id, grant, Arg::json(accounts), account_secrets]).await
}

/// Notes that the accounts were read anew.
///
/// # Errors
/// [`StoreError::Conflict`] if it is not authorised; [`StoreError::Db`].
pub async fn set_accounts(tx: &mut Tx, id: ConnectionId, accounts: &Value, account_secrets: Option<Vec<u8>>) -> Result<()> {
    moved(tx, SET_ACCOUNTS, args![id, Arg::json(accounts), account_secrets]).await
}

/// Ends it well, and erases the tokens that were not chosen.
///
/// # Errors
/// [`StoreError::Conflict`] if it is not authorised; [`StoreError::Db`].
pub async fn done(tx: &mut Tx, id: ConnectionId) -> Result<()> {
    moved(tx, DONE, args![id]).await
}

/// Ends it with what went wrong.
///
/// # Errors
/// [`StoreError::Conflict`] if it has ended already; [`StoreError::Db`].
pub async fn failed(tx: &mut Tx, id: ConnectionId, error: &Value) -> Result<()> {
    moved(tx, FAILED, args![id, Arg::json(error)]).await
}

/// Ends those whose time is over, and erases their tokens; says how many.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn erase_over(db: &Db, now_ms: i64) -> Result<u64> {
    db.run(ERASE_OVER, args![now_ms]).await
}
