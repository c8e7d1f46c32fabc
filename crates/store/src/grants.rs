//! Grants: authorisations given by a person at a network. Renewing their tokens is in [`crate::hot`].

use postrider_core::Network;
use postrider_core::ids::{GrantId, OrganizationId, ProjectId};
use serde_json::Value;

use crate::args;
use crate::db::{Arg, Db, Tx};
use crate::error::Result;
use crate::projects;
use crate::record::{reached, record, statements};
use crate::scope::{Scope, with};

record! {
    /// An authorisation.
    Grant {
        /// Which.
        id: GrantId = id,
        /// Whose.
        organization_id: OrganizationId = id,
        /// For which project.
        project_id: ProjectId = id,
        /// At which network.
        network: Network = id,
        /// Which way it was made.
        variant: String = text,
        /// The network's id of who signed in.
        subject: String = text,
        /// The name of who signed in.
        subject_name: String = text,
        /// What was granted.
        scopes: Vec<String> = json,
        /// What the adapter noted.
        meta: Value = json,
        /// Sealed tokens; `None` once erased.
        secrets: Option<Vec<u8>> = opt_bytes,
        /// When the access ends, UTC milliseconds.
        expires_at: Option<i64> = opt_int,
        /// When it can no longer be renewed, UTC milliseconds.
        refresh_expires_at: Option<i64> = opt_int,
        /// Until when one worker has the right to renew it, UTC milliseconds.
        refresh_lease_until: Option<i64> = opt_int,
        /// Rises with each right to renew; an older holder can write nothing.
        refresh_epoch: i64 = int,
        /// UTC milliseconds.
        refreshed_at: Option<i64> = opt_int,
        /// UTC milliseconds.
        created_at: i64 = int,
        /// UTC milliseconds.
        revoked_at: Option<i64> = opt_int,
    }
}

/// What an authorisation brought.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// Which.
    pub id: GrantId,
    /// For which project.
    pub project_id: ProjectId,
    /// At which network.
    pub network: Network,
    /// Which way it was made.
    pub variant: String,
    /// The network's id of who signed in.
    pub subject: String,
    /// The name of who signed in.
    pub subject_name: String,
    /// What was granted.
    pub scopes: Vec<String>,
    /// What the adapter noted.
    pub meta: Value,
    /// Sealed tokens.
    pub secrets: Vec<u8>,
    /// When the access ends, UTC milliseconds.
    pub expires_at: Option<i64>,
    /// When it can no longer be renewed, UTC milliseconds.
    pub refresh_expires_at: Option<i64>,
    /// UTC milliseconds.
    pub created_at: i64,
}

/// An open grant on which no channel lives, and from which no chooser that is still open can make one.
macro_rules! unused {
    () => {
        "g.revoked_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM channels c WHERE c.grant_id = g.id AND c.disconnected_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM connections n WHERE n.grant_id = g.id AND n.status IN ('pending', 'authorized'))"
    };
}

statements! {
    CREATE = "INSERT INTO grants (id, organization_id, project_id, network, variant, subject, subject_name, scopes, meta, secrets,
        expires_at, refresh_expires_at, refresh_epoch, refreshed_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $13)";
    GET = concat!("SELECT g.* FROM grants g WHERE ", reached!("g"), " AND g.id = $4");
    KEEP = "SELECT * FROM grants WHERE id = $1 AND revoked_at IS NULL";
    END = "UPDATE grants SET secrets = NULL, revoked_at = $2, refresh_lease_until = NULL WHERE id = $1 AND revoked_at IS NULL";
    UNUSED = concat!("SELECT g.* FROM grants g WHERE g.created_at <= $1 AND ", unused!(), " ORDER BY g.id LIMIT $2");
    END_UNUSED = concat!("UPDATE grants AS g SET secrets = NULL, revoked_at = $2, refresh_lease_until = NULL WHERE g.id = $1 AND ", unused!());
    SUBJECT_IN_USE = "SELECT g.id FROM grants g JOIN channels c ON c.grant_id = g.id
        WHERE g.network = $1 AND g.subject = $2 AND g.revoked_at IS NULL AND c.disconnected_at IS NULL LIMIT 1";
}

/// Stores an authorisation.
///
/// # Errors
/// [`crate::StoreError::NotFound`] if the project is not the member's to see; [`crate::StoreError::Db`].
pub async fn create(tx: &mut Tx, scope: &Scope, grant: &NewGrant) -> Result<()> {
    projects::held(tx, scope, grant.project_id).await?;
    let values = args![
        grant.id,
        scope.organization_id,
        grant.project_id,
        grant.network,
        &grant.variant,
        &grant.subject,
        &grant.subject_name,
        Arg::json(&grant.scopes),
        Arg::json(&grant.meta),
        grant.secrets.clone(),
        grant.expires_at,
        grant.refresh_expires_at,
        grant.created_at,
    ];
    tx.run(CREATE, values).await?;
    Ok(())
}

/// A grant that the member's projects reach.
///
/// # Errors
/// [`crate::StoreError::NotFound`]; [`crate::StoreError::Db`].
pub async fn get(db: &Db, scope: &Scope, id: GrantId) -> Result<Grant> {
    Grant::of(&db.one(GET, with(scope.reach(), args![id])).await?)
}

/// A grant that is to be kept alive or used by the engine itself.
///
/// # Errors
/// [`crate::StoreError::NotFound`] if there is none or it was revoked; [`crate::StoreError::Db`].
pub async fn keep(db: &Db, id: GrantId) -> Result<Grant> {
    Grant::of(&db.one(KEEP, args![id]).await?)
}

/// Ends a grant and erases its tokens.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn end(tx: &mut Tx, id: GrantId, now_ms: i64) -> Result<()> {
    tx.run(END, args![id, now_ms]).await?;
    Ok(())
}

/// Grants made at or before an instant that nobody uses: left by a chooser that was closed, or replaced by a reconnect.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn unused(db: &Db, before_ms: i64, limit: i64) -> Result<Vec<Grant>> {
    Grant::all(&db.read(UNUSED, args![before_ms, limit]).await?)
}

/// Ends a grant and erases its tokens if it is still unused; says whether it was.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn end_unused(db: &Db, id: GrantId, now_ms: i64) -> Result<bool> {
    Ok(db.run(END_UNUSED, args![id, now_ms]).await? > 0)
}

/// Whether any channel of the whole installation lives on an authorisation of the same person at the same network: taking the
/// access back there would end it too. Says nothing about whose channel it is.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn subject_in_use(db: &Db, network: postrider_core::Network, subject: &str) -> Result<bool> {
    Ok(db.optional(SUBJECT_IN_USE, args![network, subject]).await?.is_some())
}
