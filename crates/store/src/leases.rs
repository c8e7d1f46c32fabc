//! Leases: periodic work, held by one replica at a time.

use crate::args;
use crate::db::Db;
use crate::error::Result;
use crate::record::statements;

statements! {
    TAKE = "INSERT INTO leases (name, holder, until) VALUES ($1, $2, $4)
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
        WHERE leases.holder = excluded.holder OR leases.until <= $3";
    GIVE_BACK = "DELETE FROM leases WHERE name = $1 AND holder = $2";
}

/// Takes a lease until an instant, or prolongs one's own; says whether it is held.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn take(db: &Db, name: &str, holder: &str, now_ms: i64, until_ms: i64) -> Result<bool> {
    Ok(db.run(TAKE, args![name, holder, now_ms, until_ms]).await? > 0)
}

/// Gives a lease back before its time.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn give_back(db: &Db, name: &str, holder: &str) -> Result<()> {
    db.run(GIVE_BACK, args![name, holder]).await?;
    Ok(())
}
