//! Sessions: signed-in browsers. Only the hash of a cookie's value is stored.

use postrider_core::ids::{SessionId, UserId};

use crate::args;
use crate::db::{Db, Tx};
use crate::error::{Result, StoreError};
use crate::record::{record, statements};
use crate::users::User;

record! {
    /// A signed-in browser.
    Session {
        /// Which.
        id: SessionId = id,
        /// Whose.
        user_id: UserId = id,
        /// What unsafe requests must repeat in a header.
        csrf_token: String = text,
        /// What the browser calls itself.
        user_agent: String = text,
        /// From where it signed in.
        address: String = text,
        /// UTC milliseconds.
        created_at: i64 = int,
        /// UTC milliseconds, to the minute or so.
        last_seen_at: i64 = int,
        /// UTC milliseconds.
        expires_at: i64 = int,
    }
}

statements! {
    CREATE = "INSERT INTO sessions (id, user_id, token_hash, csrf_token, user_agent, address, created_at, last_seen_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    BY_TOKEN = "SELECT s.* FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.disabled_at IS NULL";
    USER = "SELECT * FROM users WHERE id = $1";
    TOUCH = "UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2";
    LIST = "SELECT * FROM sessions WHERE user_id = $1 AND expires_at > $2 ORDER BY id DESC LIMIT 200";
    REVOKE = "DELETE FROM sessions WHERE id = $1 AND user_id = $2";
    REVOKE_OTHERS = "DELETE FROM sessions WHERE user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id <> $2)";
    REVOKE_OLDER = "DELETE FROM sessions WHERE created_at <= $1 AND (CAST($2 AS TEXT) IS NULL OR id <> $2)";
    ERASE_EXPIRED = "DELETE FROM sessions WHERE expires_at <= $1";
}

/// Begins a session.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn create(tx: &mut Tx, session: &Session, token_hash: &str) -> Result<()> {
    let values = args![
        session.id,
        session.user_id,
        token_hash,
        &session.csrf_token,
        &session.user_agent,
        &session.address,
        session.created_at,
        session.last_seen_at,
        session.expires_at,
    ];
    tx.run(CREATE, values).await?;
    Ok(())
}

/// The session of a cookie, with its user, if it is not over and the user is not locked out.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn by_token_hash(db: &Db, token_hash: &str, now_ms: i64) -> Result<Option<(Session, User)>> {
    let Some(row) = db.optional(BY_TOKEN, args![token_hash, now_ms]).await? else {
        return Ok(None);
    };
    let session = Session::of(&row)?;
    let user = User::of(&db.one(USER, args![session.user_id]).await?)?;
    Ok(Some((session, user)))
}

/// Notes that a session is in use. Call it about once a minute, not for each request: it writes.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn touch(db: &Db, id: SessionId, now_ms: i64) -> Result<()> {
    db.run(TOUCH, args![id, now_ms]).await?;
    Ok(())
}

/// A user's sessions that are not over, the newest first.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn list(db: &Db, user: UserId, now_ms: i64) -> Result<Vec<Session>> {
    Session::all(&db.read(LIST, args![user, now_ms]).await?)
}

/// Ends one of a user's sessions.
///
/// # Errors
/// [`StoreError::NotFound`] if it is not the user's; [`StoreError::Db`].
pub async fn revoke(tx: &mut Tx, user: UserId, id: SessionId) -> Result<()> {
    if tx.run(REVOKE, args![id, user]).await? == 0 {
        Err(StoreError::NotFound)
    } else {
        Ok(())
    }
}

/// Ends a user's sessions, all or all but one; says how many.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn revoke_all(tx: &mut Tx, user: UserId, except: Option<SessionId>) -> Result<u64> {
    tx.run(REVOKE_OTHERS, args![user, except]).await
}

/// Revokes every session that was begun up to an instant, `except` one; says how many. For a database that was brought back from a copy:
/// somebody may have signed out since.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn revoke_older(tx: &mut Tx, begun_by_ms: i64, except: Option<SessionId>) -> Result<u64> {
    tx.run(REVOKE_OLDER, args![begun_by_ms, except]).await
}

/// Erases sessions that are over; says how many.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn erase_expired(db: &Db, now_ms: i64) -> Result<u64> {
    db.run(ERASE_EXPIRED, args![now_ms]).await
}
