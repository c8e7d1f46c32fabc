//! Notifications: notices to one person.

use postrider_core::ids::{NotificationId, OrganizationId, UserId};
use serde_json::Value;

use crate::args;
use crate::db::{Arg, Db, Tx};
use crate::error::{Result, StoreError};
use crate::page::{Listed, Page};
use crate::record::{record, statements};

record! {
    /// A notice to one person.
    Notification {
        /// Which.
        id: NotificationId = id,
        /// In which organization.
        organization_id: OrganizationId = id,
        /// To whom.
        user_id: UserId = id,
        /// Kind, such as `post.failed`.
        kind: String = text,
        /// In words.
        text: String = text,
        /// What it is about: ids of post, delivery, channel, project, whichever apply.
        subject: Value = json,
        /// UTC milliseconds.
        created_at: i64 = int,
        /// UTC milliseconds.
        read_at: Option<i64> = opt_int,
    }
}

statements! {
    ADD = "INSERT INTO notifications (id, organization_id, user_id, kind, text, subject, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    // Who has left an organization sees nothing of it any more, its notices included.
    LIST = "SELECT n.* FROM notifications n JOIN members m ON m.organization_id = n.organization_id AND m.user_id = n.user_id
        WHERE n.user_id = $1 AND (NOT $2 OR n.read_at IS NULL) AND (CAST($3 AS TEXT) IS NULL OR n.id < $3) ORDER BY n.id DESC LIMIT $4";
    UNREAD = "SELECT COUNT(*) AS unread FROM notifications n JOIN members m ON m.organization_id = n.organization_id
        AND m.user_id = n.user_id WHERE n.user_id = $1 AND n.read_at IS NULL";
    MARK = "UPDATE notifications SET read_at = $3 WHERE id = $1 AND user_id = $2 RETURNING *";
    MARK_ALL = "UPDATE notifications SET read_at = $2 WHERE user_id = $1 AND read_at IS NULL";
}

/// Tells somebody something.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn add(tx: &mut Tx, notice: &Notification) -> Result<()> {
    let values = args![
        notice.id,
        notice.organization_id,
        notice.user_id,
        &notice.kind,
        &notice.text,
        Arg::json(&notice.subject),
        notice.created_at,
    ];
    tx.run(ADD, values).await?;
    Ok(())
}

/// A user's notices, the newest first.
///
/// # Errors
/// [`StoreError::BadCursor`]; [`StoreError::Db`].
pub async fn list(db: &Db, user: UserId, unread_only: bool, page: &Page) -> Result<Listed<Notification>> {
    let mut values = args![user, unread_only];
    values.extend([page.after::<NotificationId>()?.into(), page.fetch()]);
    let rows = db.read(LIST, values).await?;
    Ok(page.cut(Notification::all(&rows)?, |notice| notice.id))
}

/// How many notices a user has not read.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn unread(db: &Db, user: UserId) -> Result<i64> {
    db.one(UNREAD, args![user]).await?.int("unread")
}

/// Marks a notice as read, or (`None`) as not read.
///
/// # Errors
/// [`StoreError::NotFound`] if it is not the user's; [`StoreError::Db`].
pub async fn mark(tx: &mut Tx, user: UserId, id: NotificationId, read_at: Option<i64>) -> Result<Notification> {
    let row = tx.optional(MARK, args![id, user, read_at]).await?;
    Notification::of(&row.ok_or(StoreError::NotFound)?)
}

/// Marks every notice of a user as read; says how many were not.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn mark_all(tx: &mut Tx, user: UserId, now_ms: i64) -> Result<u64> {
    tx.run(MARK_ALL, args![user, now_ms]).await
}
