//! Assets: stored media files and what was measured of them.

use postrider_core::ids::{AssetId, OrganizationId, PostId, ProjectId, UserId};
use postrider_core::post::{AssetFacts, AssetKind};

use crate::args;
use crate::db::{Arg, Db, Tx};
use crate::error::{Bound, Result, StoreError};
use crate::page::{Listed, Page};
use crate::record::{reached, record, statements};
use crate::scope::{Scope, with};
use crate::{plans, projects, renditions};

record! {
    /// A stored media file.
    Asset {
        /// Which.
        id: AssetId = id,
        /// Whose.
        organization_id: OrganizationId = id,
        /// In which project.
        project_id: ProjectId = id,
        /// Who uploaded it.
        author_id: UserId = id,
        /// Its name when it was uploaded, for people.
        name: String = text,
        /// What it is.
        kind: AssetKind = key,
        /// Media type by content.
        mime: String = text,
        /// Length, bytes.
        bytes: i64 = int,
        /// SHA-256 of the file, hex.
        sha256: String = text,
        /// What was measured.
        facts: AssetFacts = json,
        /// Where the file is.
        blob: String = text,
        /// Where a small JPEG of it is.
        thumbnail_blob: Option<String> = opt_text,
        /// What it shows, in words.
        alt_text: String = text,
        /// UTC milliseconds.
        created_at: i64 = int,
    }
}

/// A stored media file to be.
#[derive(Debug, Clone)]
pub struct NewAsset {
    /// Which.
    pub id: AssetId,
    /// In which project.
    pub project_id: ProjectId,
    /// Its name when it was uploaded.
    pub name: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// What was measured, its kind, type and length among it.
    pub facts: AssetFacts,
    /// Where the file is.
    pub blob: String,
    /// Where a small JPEG of it is.
    pub thumbnail_blob: Option<String>,
    /// What it shows, in words.
    pub alt_text: String,
    /// UTC milliseconds.
    pub created_at: i64,
}

statements! {
    CREATE = "INSERT INTO assets (id, organization_id, project_id, author_id, name, kind, mime, bytes, sha256, facts, blob, thumbnail_blob,
        alt_text, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING *";
    GET = concat!("SELECT a.* FROM assets a WHERE ", reached!("a"), " AND a.id = $4 AND a.deleted_at IS NULL");
    BY_IDS = concat!("SELECT a.* FROM assets a WHERE ", reached!("a"), " AND a.id IN LIST($4) AND a.deleted_at IS NULL");
    LIST = concat!("SELECT a.* FROM assets a WHERE ", reached!("a"), " AND a.project_id = $4 AND a.deleted_at IS NULL
        AND (CAST($5 AS TEXT) IS NULL OR a.kind = $5) AND (CAST($6 AS TEXT) IS NULL OR a.id < $6) ORDER BY a.id DESC LIMIT $7");
    DESCRIBE = "UPDATE assets SET alt_text = $2 WHERE id = $1";
    SET_THUMBNAIL = "UPDATE assets SET thumbnail_blob = $2 WHERE id = $1";
    USED = "SELECT p.id FROM posts p WHERE p.organization_id = $1 AND p.deleted_at IS NULL
        AND (p.content LIKE $2 OR EXISTS (SELECT 1 FROM deliveries d WHERE d.post_id = p.id AND d.state <> 'canceled' AND d.overrides LIKE $2))
        ORDER BY p.id LIMIT 100";
    DELETE = "UPDATE assets SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL";
    FOR_DELIVERY = "SELECT * FROM assets WHERE organization_id = $1 AND id IN LIST($2)";
    ERASABLE = "SELECT a.* FROM assets a WHERE a.deleted_at IS NOT NULL AND a.deleted_at <= $1
        AND NOT EXISTS (SELECT 1 FROM posts p WHERE p.organization_id = a.organization_id AND p.deleted_at IS NULL
            AND (p.content LIKE '%' || a.id || '%'
                OR EXISTS (SELECT 1 FROM post_versions v WHERE v.post_id = p.id AND v.content LIKE '%' || a.id || '%')
                OR EXISTS (SELECT 1 FROM deliveries d WHERE d.post_id = p.id AND d.overrides LIKE '%' || a.id || '%')))
        AND NOT EXISTS (SELECT 1 FROM deliveries d JOIN posts p ON p.id = d.post_id WHERE d.organization_id = a.organization_id
            AND d.state IN ('scheduled', 'staging', 'staged', 'publishing', 'processing', 'confirming', 'deferred', 'in_doubt')
            AND (p.content LIKE '%' || a.id || '%' OR d.overrides LIKE '%' || a.id || '%'))
        AND (CAST($2 AS TEXT) IS NULL OR a.id > $2) ORDER BY a.id LIMIT $3";
    ERASE = "DELETE FROM assets WHERE id = $1 AND deleted_at IS NOT NULL";
    KNOWN = "SELECT id FROM assets WHERE id IN LIST($1)";
}

/// Stores what is known of a file.
///
/// # Errors
/// [`StoreError::NotFound`] if the project is not the member's to see; [`StoreError::Bound`] if the plan allows no more bytes;
/// [`StoreError::Db`].
pub async fn create(tx: &mut Tx, scope: &Scope, new: &NewAsset) -> Result<Asset> {
    projects::held(tx, scope, new.project_id).await?;
    let bytes = i64::try_from(new.facts.bytes).unwrap_or(i64::MAX);
    plans::make_room(tx, scope.organization_id, Bound::StorageBytes, bytes).await?;
    let values = args![
        new.id,
        scope.organization_id,
        new.project_id,
        scope.user_id,
        &new.name,
        new.facts.kind,
        &new.facts.mime,
        bytes,
        &new.sha256,
        Arg::json(&new.facts),
        &new.blob,
        new.thumbnail_blob.clone(),
        &new.alt_text,
        new.created_at,
    ];
    Asset::of(&tx.one(CREATE, values).await?)
}

/// One asset.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn get(db: &Db, scope: &Scope, id: AssetId) -> Result<Asset> {
    Asset::of(&db.one(GET, with(scope.reach(), args![id])).await?)
}

/// Those of several assets that the member sees, in no particular order.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn by_ids(db: &Db, scope: &Scope, ids: &[AssetId]) -> Result<Vec<Asset>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Asset::all(&db.read(BY_IDS, with(scope.reach(), vec![Arg::list(ids)])).await?)
}

/// The assets that a delivery sends, whoever wrote it; also those thrown away since, for what was given a time stays whole.
/// The organization is the delivery's own.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn for_delivery(db: &Db, organization: OrganizationId, ids: &[AssetId]) -> Result<Vec<Asset>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Asset::all(&db.read(FOR_DELIVERY, vec![organization.into(), Arg::list(ids)]).await?)
}

/// A project's assets, the newest first.
///
/// # Errors
/// [`StoreError::NotFound`] if the member does not see the project; [`StoreError::BadCursor`]; [`StoreError::Db`].
pub async fn list(db: &Db, scope: &Scope, project: ProjectId, kind: Option<AssetKind>, page: &Page) -> Result<Listed<Asset>> {
    projects::get(db, scope, project).await?;
    let mut more = args![project, kind];
    more.extend([page.after::<AssetId>()?.into(), page.fetch()]);
    let rows = db.read(LIST, with(scope.reach(), more)).await?;
    Ok(page.cut(Asset::all(&rows)?, |asset| asset.id))
}

async fn held(tx: &mut Tx, scope: &Scope, id: AssetId) -> Result<Asset> {
    Asset::of(&tx.one(GET, with(scope.reach(), args![id])).await?)
}

/// Sets the words that describe it to who cannot see it.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn describe(tx: &mut Tx, scope: &Scope, id: AssetId, alt_text: &str) -> Result<()> {
    held(tx, scope, id).await?;
    tx.run(DESCRIBE, args![id, alt_text]).await?;
    Ok(())
}

/// Sets where its small picture is.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn set_thumbnail(tx: &mut Tx, id: AssetId, blob: &str) -> Result<()> {
    if tx.run(SET_THUMBNAIL, args![id, blob]).await? == 0 {
        Err(StoreError::NotFound)
    } else {
        Ok(())
    }
}

/// The posts that use an asset, at most 100; also those that the member does not see.
///
/// # Errors
/// [`StoreError::NotFound`] if the member does not see the asset; [`StoreError::Db`].
pub async fn used_by(db: &Db, scope: &Scope, id: AssetId) -> Result<Vec<PostId>> {
    get(db, scope, id).await?;
    let rows = db.read(USED, args![scope.organization_id, format!("%{id}%")]).await?;
    rows.iter().map(|row| row.id("id")).collect()
}

/// Throws an asset away. The file itself is erased later.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] while a post uses it; [`StoreError::Db`].
pub async fn delete(tx: &mut Tx, scope: &Scope, id: AssetId, now_ms: i64) -> Result<()> {
    held(tx, scope, id).await?;
    let used = tx.optional(USED, args![scope.organization_id, format!("%{id}%")]).await?;
    if used.is_some() || tx.run(DELETE, args![id, now_ms]).await? == 0 {
        return Err(StoreError::Conflict);
    }
    Ok(())
}

/// Assets that were thrown away before an instant, whose files may be erased: no version of a post that is there shows them, and no
/// delivery that is still to end sends them. In the order of their ids, from the one that follows `after`.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn erasable(db: &Db, before_ms: i64, after: Option<AssetId>, limit: i64) -> Result<Vec<Asset>> {
    Asset::all(&db.read(ERASABLE, args![before_ms, after, limit]).await?)
}

/// Forgets an asset that was thrown away, and its renditions, once their files are erased.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn erase(tx: &mut Tx, id: AssetId) -> Result<()> {
    renditions::forget(tx, id).await?;
    tx.run(ERASE, args![id]).await?;
    Ok(())
}

/// Those of several ids that are assets' of anybody, thrown away or not.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn known(db: &Db, ids: &[AssetId]) -> Result<Vec<AssetId>> {
    let rows = db.read(KNOWN, vec![Arg::list(ids)]).await?;
    rows.iter().map(|row| row.id("id")).collect()
}
