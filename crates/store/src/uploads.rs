//! Uploads: files on their way in, resumable.

use postrider_core::ids::{AssetId, OrganizationId, ProjectId, UploadId, UserId};
use serde_json::Value;

use crate::args;
use crate::db::{Arg, Db, Tx};
use crate::error::{Result, StoreError};
use crate::projects;
use crate::record::{reached, record, statements};
use crate::scope::{Scope, with};

record! {
    /// A file on its way in.
    Upload {
        /// Which.
        id: UploadId = id,
        /// Whose.
        organization_id: OrganizationId = id,
        /// For which project.
        project_id: ProjectId = id,
        /// Who uploads.
        user_id: UserId = id,
        /// The file's name, for people.
        name: String = text,
        /// What the uploader calls it.
        declared_mime: String = text,
        /// Its whole length, bytes.
        total_bytes: i64 = int,
        /// What has arrived, bytes.
        received_bytes: i64 = int,
        /// The asset it became.
        asset_id: Option<AssetId> = opt_id,
        /// Why its content was refused.
        failure: Option<Value> = opt_json,
        /// UTC milliseconds.
        created_at: i64 = int,
        /// UTC milliseconds.
        expires_at: i64 = int,
    }
}

/// A file about to come in.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// Which.
    pub id: UploadId,
    /// For which project.
    pub project_id: ProjectId,
    /// The file's name.
    pub name: String,
    /// What the uploader calls it.
    pub declared_mime: String,
    /// Its whole length, bytes.
    pub total_bytes: i64,
    /// UTC milliseconds.
    pub created_at: i64,
    /// UTC milliseconds.
    pub expires_at: i64,
}

statements! {
    CREATE = "INSERT INTO uploads (id, organization_id, project_id, user_id, name, declared_mime, total_bytes, received_bytes, created_at,
        expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9) RETURNING *";
    GET = concat!("SELECT u.* FROM uploads u WHERE ", reached!("u"), " AND u.id = $4 AND u.user_id = $5");
    RECEIVED = "UPDATE uploads SET received_bytes = $3, expires_at = $4
        WHERE id = $1 AND received_bytes = $2 AND asset_id IS NULL AND failure IS NULL";
    FINISHED = "UPDATE uploads SET asset_id = $2 WHERE id = $1 AND asset_id IS NULL AND failure IS NULL";
    REFUSED = "UPDATE uploads SET failure = $2 WHERE id = $1 AND asset_id IS NULL AND failure IS NULL";
    ERASE = "DELETE FROM uploads WHERE id = $1";
    KNOWN = "SELECT id FROM uploads WHERE id IN LIST($1)";
    OVER = "SELECT * FROM uploads WHERE expires_at <= $1 ORDER BY id LIMIT $2";
}

/// Begins an upload.
///
/// # Errors
/// [`StoreError::NotFound`] if the project is not the member's to see; [`StoreError::Db`].
pub async fn create(tx: &mut Tx, scope: &Scope, new: &NewUpload) -> Result<Upload> {
    projects::held(tx, scope, new.project_id).await?;
    let values = args![
        new.id,
        scope.organization_id,
        new.project_id,
        scope.user_id,
        &new.name,
        &new.declared_mime,
        new.total_bytes,
        new.created_at,
        new.expires_at,
    ];
    Upload::of(&tx.one(CREATE, values).await?)
}

/// An upload that the asking user began.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn get(db: &Db, scope: &Scope, id: UploadId) -> Result<Upload> {
    Upload::of(&db.one(GET, with(scope.reach(), args![id, scope.user_id])).await?)
}

async fn moved(tx: &mut Tx, sql: &'static str, values: Vec<Arg>) -> Result<()> {
    if tx.run(sql, values).await? == 0 {
        Err(StoreError::Conflict)
    } else {
        Ok(())
    }
}

/// Notes that the file has grown from `before` to `after` bytes, and lives until `expires_at`.
///
/// # Errors
/// [`StoreError::Conflict`] if it was not at `before`, or has ended; [`StoreError::Db`].
pub async fn received(tx: &mut Tx, id: UploadId, before: i64, after: i64, expires_at: i64) -> Result<()> {
    moved(tx, RECEIVED, args![id, before, after, expires_at]).await
}

/// Ends it with the asset it became.
///
/// # Errors
/// [`StoreError::Conflict`] if it has ended already; [`StoreError::Db`].
pub async fn finished(tx: &mut Tx, id: UploadId, asset: AssetId) -> Result<()> {
    moved(tx, FINISHED, args![id, asset]).await
}

/// Ends it with why its content was refused.
///
/// # Errors
/// [`StoreError::Conflict`] if it has ended already; [`StoreError::Db`].
pub async fn refused(tx: &mut Tx, id: UploadId, failure: &Value) -> Result<()> {
    moved(tx, REFUSED, args![id, Arg::json(failure)]).await
}

/// Forgets an upload, its asset aside. The caller has checked with [`get`] whose it is, or that it is over.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn forget(tx: &mut Tx, id: UploadId) -> Result<()> {
    tx.run(ERASE, args![id]).await?;
    Ok(())
}

/// Those of several ids that are uploads' of anybody.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn known(db: &Db, ids: &[UploadId]) -> Result<Vec<UploadId>> {
    let rows = db.read(KNOWN, vec![Arg::list(ids)]).await?;
    rows.iter().map(|row| row.id("id")).collect()
}

/// Uploads whose time is over, whose part files may be erased.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn over(db: &Db, now_ms: i64, limit: i64) -> Result<Vec<Upload>> {
    Upload::all(&db.read(OVER, args![now_ms, limit]).await?)
}
