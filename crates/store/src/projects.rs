//! Projects: one client or brand each.

use postrider_core::ids::{OrganizationId, ProjectId};
use serde::{Deserialize, Serialize};

use crate::args;
use crate::db::{Db, Tx};
use crate::error::{Result, StoreError};
use crate::page::{Listed, Page};
use crate::record::{record, statements};
use crate::scope::{Scope, with};

/// What a project asks before anything goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalPolicy {
    /// Nothing.
    None,
    /// Whatever the writer picks.
    Optional,
    /// An acceptance, always.
    Required,
}

impl ApprovalPolicy {
    /// The name in API and database.
    pub const fn key(self) -> &'static str {
        match self {
            ApprovalPolicy::None => "none",
            ApprovalPolicy::Optional => "optional",
            ApprovalPolicy::Required => "required",
        }
    }
}

record! {
    /// One client or brand of an organization.
    Project {
        /// Which.
        id: ProjectId = id,
        /// Whose.
        organization_id: OrganizationId = id,
        /// Name for people.
        name: String = text,
        /// IANA time zone.
        time_zone: String = text,
        /// How late a delivery may still go out by itself, milliseconds.
        catch_up_ms: i64 = int,
        /// What is asked before anything goes out.
        approval_policy: ApprovalPolicy = key,
        /// UTC milliseconds.
        created_at: i64 = int,
        /// UTC milliseconds.
        updated_at: i64 = int,
        /// Rises with each change.
        version: i64 = int,
    }
}

/// A project to be.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// Which.
    pub id: ProjectId,
    /// Name for people.
    pub name: String,
    /// IANA time zone.
    pub time_zone: String,
    /// How late a delivery may still go out by itself, milliseconds.
    pub catch_up_ms: i64,
    /// What is asked before anything goes out.
    pub approval_policy: ApprovalPolicy,
    /// UTC milliseconds.
    pub created_at: i64,
}

/// What of a project is to be changed; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Name for people.
    pub name: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// How late a delivery may still go out by itself, milliseconds.
    pub catch_up_ms: Option<i64>,
    /// What is asked before anything goes out.
    pub approval_policy: Option<ApprovalPolicy>,
}

statements! {
    CREATE = "INSERT INTO projects (id, organization_id, name, time_zone, catch_up_ms, approval_policy, created_at, updated_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1)";
    LIST = "SELECT p.* FROM projects p WHERE p.organization_id = $1 AND ($2 OR p.id IN LIST($3)) AND p.deleted_at IS NULL
        AND (CAST($4 AS TEXT) IS NULL OR p.id > $4) ORDER BY p.id LIMIT $5";
    GET = "SELECT p.* FROM projects p WHERE p.organization_id = $1 AND ($2 OR p.id IN LIST($3)) AND p.id = $4 AND p.deleted_at IS NULL";
    UPDATE = "UPDATE projects SET name = COALESCE($3, name), time_zone = COALESCE($4, time_zone), catch_up_ms = COALESCE($5, catch_up_ms),
        approval_policy = COALESCE($6, approval_policy), updated_at = $7, version = version + 1 WHERE id = $1 AND version = $2";
    BUSY = "SELECT id FROM deliveries WHERE project_id = $1
        AND state IN ('scheduled', 'staging', 'staged', 'publishing', 'processing', 'confirming', 'deferred', 'in_doubt') LIMIT 1";
    CONNECTED = "SELECT id FROM channels WHERE project_id = $1 AND disconnected_at IS NULL LIMIT 1";
    DELETE = "UPDATE projects SET deleted_at = $2, updated_at = $2, version = version + 1 WHERE id = $1 AND deleted_at IS NULL";
}

/// Makes a project.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn create(tx: &mut Tx, scope: &Scope, project: &NewProject) -> Result<()> {
    let values = args![
        project.id,
        scope.organization_id,
        &project.name,
        &project.time_zone,
        project.catch_up_ms,
        project.approval_policy.key(),
        project.created_at,
    ];
    tx.run(CREATE, values).await?;
    Ok(())
}

/// The projects that the member sees.
///
/// # Errors
/// [`StoreError::BadCursor`]; [`StoreError::Db`].
pub async fn list(db: &Db, scope: &Scope, page: &Page) -> Result<Listed<Project>> {
    let rows = db
        .read(LIST, with(scope.reach(), vec![page.after::<ProjectId>()?.into(), page.fetch()]))
        .await?;
    Ok(page.cut(Project::all(&rows)?, |project| project.id))
}

/// One project.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn get(db: &Db, scope: &Scope, id: ProjectId) -> Result<Project> {
    Project::of(&db.one(GET, with(scope.reach(), args![id])).await?)
}

/// One project, read where it is to be written.
pub(crate) async fn held(tx: &mut Tx, scope: &Scope, id: ProjectId) -> Result<Project> {
    Project::of(&tx.one(GET, with(scope.reach(), args![id])).await?)
}

/// Changes a project that was read with `version`.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] if it has another version by now; [`StoreError::Db`].
pub async fn update(tx: &mut Tx, scope: &Scope, id: ProjectId, version: i64, change: Change, now_ms: i64) -> Result<()> {
    held(tx, scope, id).await?;
    let policy = change.approval_policy.map(ApprovalPolicy::key);
    let values = args![id, version, change.name, change.time_zone, change.catch_up_ms, policy, now_ms];
    if tx.run(UPDATE, values).await? == 0 {
        Err(StoreError::Conflict)
    } else {
        Ok(())
    }
}

/// Hides a project for good. What was published stays where it is.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] while something of it is to go out or a channel of it is connected;
/// [`StoreError::Db`].
pub async fn delete(tx: &mut Tx, scope: &Scope, id: ProjectId, now_ms: i64) -> Result<()> {
    held(tx, scope, id).await?;
    if tx.run(DELETE, args![id, now_ms]).await? == 0 {
        return Err(StoreError::NotFound);
    }
    let busy = tx.optional(BUSY, args![id]).await?.is_some();
    let connected = tx.optional(CONNECTED, args![id]).await?.is_some();
    if busy || connected { Err(StoreError::Conflict) } else { Ok(()) }
}
