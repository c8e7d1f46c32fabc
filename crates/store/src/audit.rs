//! The audit log: who did what to which object, and when.

use postrider_core::ids::{AuditId, OrganizationId, UserId};
use serde_json::Value;

use crate::args;
use crate::db::{Arg, Db, Tx};
use crate::error::Result;
use crate::page::{Listed, Page};
use crate::record::{record, statements};
use crate::scope::Scope;

record! {
    /// A line of the audit log.
    Entry {
        /// Which.
        id: AuditId = id,
        /// Whose.
        organization_id: OrganizationId = id,
        /// UTC milliseconds.
        at: i64 = int,
        /// Who; `None`: Postrider itself.
        user_id: Option<UserId> = opt_id,
        /// What: noun and verb, such as `channel.disconnect`.
        action: String = text,
        /// To which object.
        object_id: String = text,
        /// More of it, without secrets.
        detail: Value = json,
        /// From where.
        address: String = text,
    }
}

/// Which lines are wanted; `None` asks nothing.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// By whom.
    pub user: Option<UserId>,
    /// What.
    pub action: Option<String>,
    /// To which object.
    pub object_id: Option<String>,
    /// From here on, UTC milliseconds.
    pub from_ms: Option<i64>,
    /// Before, UTC milliseconds.
    pub to_ms: Option<i64>,
}

statements! {
    RECORD = "INSERT INTO audit (id, organization_id, at, user_id, action, object_id, detail, address)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    LIST = "SELECT * FROM audit WHERE organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR user_id = $2)
        AND (CAST($3 AS TEXT) IS NULL OR action = $3) AND (CAST($4 AS TEXT) IS NULL OR object_id = $4) AND at >= $5 AND at < $6
        AND (CAST($7 AS TEXT) IS NULL OR id < $7) ORDER BY id DESC LIMIT $8";
}

/// Writes a line, in the transaction of what it tells.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn record(tx: &mut Tx, entry: &Entry) -> Result<()> {
    let values = args![
        entry.id,
        entry.organization_id,
        entry.at,
        entry.user_id,
        &entry.action,
        &entry.object_id,
        Arg::json(&entry.detail),
        &entry.address,
    ];
    tx.run(RECORD, values).await?;
    Ok(())
}

/// The organization's lines, the newest first.
///
/// # Errors
/// [`crate::StoreError::BadCursor`]; [`crate::StoreError::Db`].
pub async fn list(db: &Db, scope: &Scope, filter: &Filter, page: &Page) -> Result<Listed<Entry>> {
    let mut values = args![
        scope.organization_id,
        filter.user,
        filter.action.clone(),
        filter.object_id.clone(),
        filter.from_ms.unwrap_or(i64::MIN),
        filter.to_ms.unwrap_or(i64::MAX),
    ];
    values.extend([page.after::<AuditId>()?.into(), page.fetch()]);
    let rows = db.read(LIST, values).await?;
    Ok(page.cut(Entry::all(&rows)?, |entry| entry.id))
}
