//! The outbox of mail: written with what it tells of, sent afterwards, at least once under one Message-ID.

use postrider_core::ids::{MailId, OrganizationId, UserId};

use crate::args;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::record::{record, statements};

/// A mail to be.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// Which.
    pub id: MailId,
    /// Of which organization it tells.
    pub organization_id: OrganizationId,
    /// To whom; the address is the one they have when it is sent.
    pub user_id: UserId,
    /// What it is about, in a line.
    pub subject: String,
    /// In words.
    pub text: String,
    /// The page to open, from the server's address on.
    pub path: String,
    /// UTC milliseconds.
    pub created_at: i64,
}

record! {
    /// A mail that is to be sent now.
    DueMail {
        /// Which.
        id: MailId = id,
        /// To which address.
        email: String = text,
        /// To whom, for people.
        name: String = text,
        /// What it is about.
        subject: String = text,
        /// In words.
        text: String = text,
        /// The page to open.
        path: String = text,
        /// How often it was tried, this time included.
        tries: i64 = int,
        /// When it was written, UTC milliseconds.
        created_at: i64 = int,
    }
}

statements! {
    ADD = "INSERT INTO mails (id, organization_id, user_id, subject, text, path, created_at, send_at, tries)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0)";
    // Asked again outside the inner statement: whoever waited for another's row must not take it, too.
    TAKE = "UPDATE mails SET send_at = $2, tries = tries + 1
        WHERE id IN (SELECT id FROM mails WHERE send_at <= $1 ORDER BY send_at LIMIT 1) AND send_at <= $1 RETURNING id";
    // Who has left the organization, or may not sign in any more, is told nothing of it, as with notices.
    GET = "SELECT m.*, u.email, u.name FROM mails m JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL
        JOIN members b ON b.organization_id = m.organization_id AND b.user_id = m.user_id WHERE m.id = $1";
    SENT = "UPDATE mails SET send_at = NULL, sent_at = $2, failure = NULL WHERE id = $1";
    LATER = "UPDATE mails SET send_at = $2, failure = $3 WHERE id = $1";
    GIVE_UP = "UPDATE mails SET send_at = NULL, failure = $2 WHERE id = $1";
    ERASE = "DELETE FROM mails WHERE send_at IS NULL AND created_at < $1";
}

/// Puts a mail into the outbox.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn add(tx: &mut Tx, mail: &NewMail) -> Result<()> {
    let values = args![
        mail.id,
        mail.organization_id,
        mail.user_id,
        &mail.subject,
        &mail.text,
        &mail.path,
        mail.created_at,
    ];
    tx.run(ADD, values).await?;
    Ok(())
}

/// Takes the next mail that is due, for so long that nobody else sends it before `until_ms`. One whose reader may not see it any more is given
/// up.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn take(db: &Db, now_ms: i64, until_ms: i64) -> Result<Option<DueMail>> {
    loop {
        let mut tx = db.begin().await?;
        let Some(row) = tx.optional(TAKE, args![now_ms, until_ms]).await? else {
            return Ok(None);
        };
        let id: MailId = row.id("id")?;
        let mail = tx.optional(GET, args![id]).await?.map(|row| DueMail::of(&row)).transpose()?;
        if mail.is_none() {
            tx.run(GIVE_UP, args![id, "Whom it is for is no member any more."]).await?;
        }
        tx.commit().await?;
        if mail.is_some() {
            return Ok(mail);
        }
    }
}

/// The server took it.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn sent(db: &Db, id: MailId, now_ms: i64) -> Result<()> {
    db.run(SENT, args![id, now_ms]).await?;
    Ok(())
}

/// It is tried again at an instant (UTC milliseconds).
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn later(db: &Db, id: MailId, at_ms: i64, failure: &str) -> Result<()> {
    db.run(LATER, args![id, at_ms, failure]).await?;
    Ok(())
}

/// It is not tried again.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn give_up(db: &Db, id: MailId, failure: &str) -> Result<()> {
    db.run(GIVE_UP, args![id, failure]).await?;
    Ok(())
}

/// Erases what was sent or given up and written before an instant (UTC milliseconds).
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn erase_old(db: &Db, before_ms: i64) -> Result<u64> {
    db.run(ERASE, args![before_ms]).await
}
