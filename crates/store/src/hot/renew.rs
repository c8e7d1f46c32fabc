//! Renewing a grant's access: one refresher at a time, and a stored token is never replaced by nothing.

use postrider_core::ids::GrantId;

use crate::db::{Arg, Db};
use crate::error::Result;

const TAKE: &str = "UPDATE grants SET refresh_lease_until = $2, refresh_epoch = refresh_epoch + 1
    WHERE id = $1 AND secrets IS NOT NULL AND (refresh_lease_until IS NULL OR refresh_lease_until < $3)
    RETURNING refresh_epoch";
const STORE: &str = "UPDATE grants SET secrets = $3, expires_at = $4, refresh_expires_at = COALESCE($5, refresh_expires_at),
      refreshed_at = $6, refresh_lease_until = NULL, doubted_at = NULL
    WHERE id = $1 AND refresh_epoch = $2 AND secrets IS NOT NULL RETURNING id";
const RELEASE: &str = "UPDATE grants SET refresh_lease_until = NULL WHERE id = $1 AND refresh_epoch = $2";
const STATE: &str =
    "SELECT id, network, variant, scopes, subject, meta, secrets, expires_at, refreshed_at, doubted_at FROM grants WHERE id = $1";
/// Long accesses are renewed in the last sixth of their life, short ones in their last quarter of an hour at the latest.
const EXPIRING: &str = "SELECT g.id FROM grants g WHERE g.secrets IS NOT NULL AND g.revoked_at IS NULL
      AND (g.doubted_at IS NOT NULL OR g.expires_at > $1 - 86400000
        AND ((g.expires_at - $1) * 6 < g.expires_at - COALESCE(g.refreshed_at, g.created_at) OR g.expires_at - $1 < 900000))
      AND (g.refresh_lease_until IS NULL OR g.refresh_lease_until < $1)
      AND EXISTS (SELECT 1 FROM channels c WHERE c.grant_id = g.id AND c.status IN ('active', 'expiring'))
    ORDER BY g.expires_at LIMIT 100";
const TRUST: &str = "UPDATE grants SET doubted_at = NULL WHERE id = $1";
const JUDGE: &str = "UPDATE channels SET status = $2, status_reason = $3, version = version + 1
    WHERE grant_id = $1 AND status IN ('active', 'expiring')
      AND EXISTS (SELECT 1 FROM grants g WHERE g.id = $1 AND g.refresh_epoch = $4)";

pub(crate) const PLAIN: &[&str] = &[TAKE, STORE, RELEASE, STATE, EXPIRING, TRUST, JUDGE];

/// A grant's tokens as they stand.
#[derive(Debug, Clone)]
pub struct GrantTokens {
    /// The grant.
    pub grant: super::Grant,
    /// Of which network.
    pub network: postrider_core::Network,
    /// When it was last renewed, UTC milliseconds.
    pub refreshed_at: Option<i64>,
}

/// The right to renew a grant until an instant: the fencing number, or `None` if somebody else is at it.
///
/// # Errors
/// If the database fails.
pub async fn take_refresh(db: &Db, grant: GrantId, now_ms: i64, until_ms: i64) -> Result<Option<i64>> {
    let mut tx = db.begin().await?;
    let row = tx.optional(TAKE, vec![grant.into(), until_ms.into(), now_ms.into()]).await?;
    tx.commit().await?;
    row.map(|row| row.int("refresh_epoch")).transpose()
}

/// Stores what renewing brought, if the fencing number still holds. `false` if it does not.
///
/// # Errors
/// If the database fails.
pub async fn store_refreshed(
    db: &Db,
    grant: GrantId,
    epoch: i64,
    secrets: Vec<u8>,
    expires_at: Option<i64>,
    refresh_expires_at: Option<i64>,
    now_ms: i64,
) -> Result<bool> {
    let mut tx = db.begin().await?;
    let args = vec![
        grant.into(),
        epoch.into(),
        Arg::Bytes(Some(secrets)),
        expires_at.into(),
        refresh_expires_at.into(),
        now_ms.into(),
    ];
    let row = tx.optional(STORE, args).await?;
    tx.commit().await?;
    Ok(row.is_some())
}

/// Gives the right back without having renewed.
///
/// # Errors
/// If the database fails.
pub async fn release_refresh(db: &Db, grant: GrantId, epoch: i64) -> Result<()> {
    db.run(RELEASE, vec![grant.into(), epoch.into()]).await?;
    Ok(())
}

/// The grant's tokens as they stand now.
///
/// # Errors
/// If the database fails or the grant is gone.
pub async fn grant_tokens(db: &Db, grant: GrantId) -> Result<GrantTokens> {
    let row = db.one(STATE, vec![grant.into()]).await?;
    Ok(GrantTokens {
        network: row.id("network")?,
        refreshed_at: row.opt_int("refreshed_at")?,
        grant: super::Grant {
            id: row.id("id")?,
            variant: row.text("variant")?,
            scopes: row.json("scopes")?,
            subject: row.text("subject")?,
            meta: row.json("meta")?,
            secrets: row.opt_bytes("secrets")?,
            expires_at: row.opt_int("expires_at")?,
            doubted: row.opt_int("doubted_at")?.is_some(),
        },
    })
}

/// Grants in use whose access is to be renewed now, soonest end first.
///
/// # Errors
/// If the database fails.
pub async fn expiring_grants(db: &Db, now_ms: i64) -> Result<Vec<GrantId>> {
    db.read(EXPIRING, vec![now_ms.into()])
        .await?
        .iter()
        .map(|row| row.id("id"))
        .collect()
}

/// Nothing is doubted about a grant any more that recovering doubted.
///
/// # Errors
/// If the database fails.
pub async fn trust_grant(db: &Db, grant: GrantId) -> Result<()> {
    db.run(TRUST, vec![grant.into()]).await?;
    Ok(())
}

/// Writes a network's definite verdict on every channel of a grant, unless somebody else has taken up its renewal since: then
/// the verdict is on tokens that are no longer the grant's.
///
/// # Errors
/// If the database fails.
pub async fn judge_grant(db: &Db, grant: GrantId, epoch: i64, status: &str, reason: &str) -> Result<()> {
    db.run(JUDGE, vec![grant.into(), status.into(), reason.into(), epoch.into()])
        .await?;
    Ok(())
}
