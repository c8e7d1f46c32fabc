//! Users: people who sign in. They belong to no organization; members do.

use postrider_core::ids::UserId;

use crate::args;
use crate::db::{Db, Tx};
use crate::error::{Result, StoreError};
use crate::record::{record, statements};

record! {
    /// A person who signs in.
    User {
        /// Which.
        id: UserId = id,
        /// E-mail address in lower case.
        email: String = text,
        /// Name for people.
        name: String = text,
        /// Whether plans and organizations of the installation are in this user's hands.
        instance_admin: bool = bool,
        /// UTC milliseconds.
        created_at: i64 = int,
        /// UTC milliseconds; set for who may not sign in any more.
        disabled_at: Option<i64> = opt_int,
    }
}

/// A user and what a password is checked against.
#[derive(Debug, Clone)]
pub struct WithPassword {
    /// The user.
    pub user: User,
    /// argon2id in PHC form; `None` until a password is set.
    pub password_hash: Option<String>,
}

statements! {
    CREATE = "INSERT INTO users (id, email, name, password_hash, instance_admin, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    GET = "SELECT * FROM users WHERE id = $1";
    BY_EMAIL = "SELECT * FROM users WHERE email = $1";
    ANY = "SELECT id FROM users LIMIT 1";
    SET_PASSWORD = "UPDATE users SET password_hash = $2 WHERE id = $1";
    SET_NAME = "UPDATE users SET name = $2 WHERE id = $1";
    SET_DISABLED = "UPDATE users SET disabled_at = $2 WHERE id = $1";
}

/// The form in which an address is stored and looked for.
pub fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Makes a user.
///
/// # Errors
/// [`StoreError::Taken`] (`email`) if the address has one already; [`StoreError::Db`].
pub async fn create(tx: &mut Tx, user: &User, password_hash: Option<&str>) -> Result<()> {
    let values = args![
        user.id,
        fold_email(&user.email),
        &user.name,
        password_hash,
        user.instance_admin,
        user.created_at,
    ];
    tx.run(CREATE, values).await.map_err(|error| error.or_taken("email"))?;
    Ok(())
}

/// A user by id.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn get(db: &Db, id: UserId) -> Result<User> {
    User::of(&db.one(GET, args![id]).await?)
}

/// A user by address, with what the password is checked against; also a disabled one.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn with_password(db: &Db, email: &str) -> Result<Option<WithPassword>> {
    let Some(row) = db.optional(BY_EMAIL, args![fold_email(email)]).await? else {
        return Ok(None);
    };
    Ok(Some(WithPassword {
        user: User::of(&row)?,
        password_hash: row.opt_text("password_hash")?,
    }))
}

/// Whether there is any user yet: without one, the first owner's link is due.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn any(db: &Db) -> Result<bool> {
    Ok(db.optional(ANY, args![]).await?.is_some())
}

async fn touched(tx: &mut Tx, sql: &'static str, values: Vec<crate::Arg>) -> Result<()> {
    if tx.run(sql, values).await? == 0 {
        Err(StoreError::NotFound)
    } else {
        Ok(())
    }
}

/// Sets what the password is checked against. Sessions live on: revoke them in the same transaction.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn set_password(tx: &mut Tx, id: UserId, password_hash: &str) -> Result<()> {
    touched(tx, SET_PASSWORD, args![id, password_hash]).await
}

/// Sets the name.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn set_name(tx: &mut Tx, id: UserId, name: &str) -> Result<()> {
    touched(tx, SET_NAME, args![id, name]).await
}

/// Locks a user out from an instant on (UTC milliseconds), or lets it in again.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn set_disabled(tx: &mut Tx, id: UserId, disabled_at: Option<i64>) -> Result<()> {
    touched(tx, SET_DISABLED, args![id, disabled_at]).await
}
