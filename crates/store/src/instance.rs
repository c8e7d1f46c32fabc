//! Single values of this installation.

use crate::args;
use crate::db::Db;
use crate::error::Result;
use crate::record::statements;

statements! {
    GET = "SELECT value FROM instance WHERE name = $1";
    SET = "INSERT INTO instance (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    SET_FIRST = "INSERT INTO instance (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
}

/// A value, if it was set.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn get(db: &Db, name: &str) -> Result<Option<String>> {
    db.optional(GET, args![name]).await?.map(|row| row.text("value")).transpose()
}

/// Sets a value.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn set(db: &Db, name: &str, value: &str) -> Result<()> {
    db.run(SET, args![name, value]).await?;
    Ok(())
}

/// Sets a value unless there is one, and says which one stands: of several processes that start at once, all learn the same.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn set_first(db: &Db, name: &str, value: &str) -> Result<String> {
    db.run(SET_FIRST, args![name, value]).await?;
    db.one(GET, args![name]).await?.text("value")
}
