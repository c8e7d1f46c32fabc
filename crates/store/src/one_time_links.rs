//! Links that work once. Only the hash of what the link carries is stored.

use postrider_core::ids::UserId;

use crate::args;
use crate::db::{Db, Tx};
use crate::error::{Result, StoreError};
use crate::record::statements;

/// What a link is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Making the installation's first owner.
    FirstOwner,
    /// Setting a new password.
    PasswordReset,
}

impl Purpose {
    const fn key(self) -> &'static str {
        match self {
            Purpose::FirstOwner => "first_owner",
            Purpose::PasswordReset => "password_reset",
        }
    }
}

statements! {
    CREATE = "INSERT INTO one_time_links (token_hash, purpose, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
    USE = "UPDATE one_time_links SET used_at = $3 WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3
        RETURNING user_id";
    WORKS = "SELECT token_hash FROM one_time_links WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3";
    VOID = "UPDATE one_time_links SET used_at = $2 WHERE purpose = $1 AND used_at IS NULL";
}

/// Makes a link.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn create(tx: &mut Tx, token_hash: &str, purpose: Purpose, user: Option<UserId>, now_ms: i64, expires_at: i64) -> Result<()> {
    let values = args![token_hash, purpose.key(), user, now_ms, expires_at];
    tx.run(CREATE, values).await?;
    Ok(())
}

/// Whether a link would still work.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn works(db: &Db, token_hash: &str, purpose: Purpose, now_ms: i64) -> Result<bool> {
    Ok(db.optional(WORKS, args![token_hash, purpose.key(), now_ms]).await?.is_some())
}

/// Uses a link up, and says for whom it was. Of two who use it at once, one succeeds.
///
/// # Errors
/// [`StoreError::NotFound`] if it does not exist, was used or is over; [`StoreError::Db`].
pub async fn consume(tx: &mut Tx, token_hash: &str, purpose: Purpose, now_ms: i64) -> Result<Option<UserId>> {
    let row = tx.optional(USE, args![token_hash, purpose.key(), now_ms]).await?;
    row.ok_or(StoreError::NotFound)?.opt_id("user_id")
}

/// Makes every unused link of a purpose useless.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn void(tx: &mut Tx, purpose: Purpose, now_ms: i64) -> Result<()> {
    tx.run(VOID, args![purpose.key(), now_ms]).await?;
    Ok(())
}
