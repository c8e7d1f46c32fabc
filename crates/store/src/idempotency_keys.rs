//! A write's first answer, given again to a replay of the same key.

use postrider_core::ids::UserId;

use crate::args;
use crate::db::Db;
use crate::error::Result;
use crate::record::statements;

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is new: do the work, then call [`finish`] or [`abandon`].
    First,
    /// The first is still running.
    Running,
    /// The first answered this.
    Replay {
        /// HTTP status.
        status: u16,
        /// Body.
        answer: String,
    },
    /// The key was used for another request.
    Mismatch,
}

statements! {
    BEGIN = "INSERT INTO idempotency_keys (user_id, idempotency_key, request_hash, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id, idempotency_key) DO UPDATE SET request_hash = excluded.request_hash, created_at = excluded.created_at
        WHERE idempotency_keys.status IS NULL AND idempotency_keys.created_at <= $5";
    LOOK = "SELECT request_hash, status, answer FROM idempotency_keys WHERE user_id = $1 AND idempotency_key = $2";
    FINISH = "UPDATE idempotency_keys SET status = $3, answer = $4 WHERE user_id = $1 AND idempotency_key = $2";
    ABANDON = "DELETE FROM idempotency_keys WHERE user_id = $1 AND idempotency_key = $2 AND status IS NULL";
    ERASE_OLD = "DELETE FROM idempotency_keys WHERE created_at <= $1";
}

/// Begins a write with a key. One that began at or before `stale_ms` and never answered (its process died) counts as new.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn begin(db: &Db, user: UserId, key: &str, request_hash: &str, now_ms: i64, stale_ms: i64) -> Result<Begun> {
    let mut tx = db.begin().await?;
    let begun = tx.run(BEGIN, args![user, key, request_hash, now_ms, stale_ms]).await?;
    let row = tx.one(LOOK, args![user, key]).await?;
    tx.commit().await?;
    if begun > 0 {
        return Ok(Begun::First);
    }
    if row.text("request_hash")? != request_hash {
        return Ok(Begun::Mismatch);
    }
    let status = row.opt_int("status")?.and_then(|status| u16::try_from(status).ok());
    Ok(match status {
        Some(status) => Begun::Replay {
            status,
            answer: row.opt_text("answer")?.unwrap_or_default(),
        },
        None => Begun::Running,
    })
}

/// Stores the first answer.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn finish(db: &Db, user: UserId, key: &str, status: u16, answer: &str) -> Result<()> {
    db.run(FINISH, args![user, key, i64::from(status), answer]).await?;
    Ok(())
}

/// Forgets a key whose write did nothing, so that it may be tried again.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn abandon(db: &Db, user: UserId, key: &str) -> Result<()> {
    db.run(ABANDON, args![user, key]).await?;
    Ok(())
}

/// Forgets keys that began at or before an instant; says how many.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn erase_old(db: &Db, before_ms: i64) -> Result<u64> {
    db.run(ERASE_OLD, args![before_ms]).await
}
