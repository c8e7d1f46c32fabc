//! Renditions: files made from an asset to suit a network. They belong to their asset and are made by Postrider itself.

use postrider_core::ids::{AssetId, RenditionId};
use postrider_core::post::AssetFacts;

use crate::args;
use crate::db::{Arg, Db, Tx};
use crate::error::Result;
use crate::record::{record, statements};

record! {
    /// A file made from an asset.
    Rendition {
        /// Which.
        id: RenditionId = id,
        /// From which asset.
        asset_id: AssetId = id,
        /// What was done.
        recipe: String = text,
        /// Where the file is.
        blob: String = text,
        /// SHA-256 of the file, hex.
        sha256: String = text,
        /// What was measured.
        facts: AssetFacts = json,
        /// UTC milliseconds.
        created_at: i64 = int,
    }
}

statements! {
    CREATE = "INSERT INTO renditions (id, asset_id, recipe, blob, sha256, facts, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (asset_id, recipe) DO NOTHING";
    BY_RECIPE = "SELECT * FROM renditions WHERE asset_id = $1 AND recipe = $2";
    LIST = "SELECT * FROM renditions WHERE asset_id = $1 ORDER BY id LIMIT 200";
    ERASE = "DELETE FROM renditions WHERE asset_id = $1";
    KNOWN = "SELECT id FROM renditions WHERE id IN LIST($1)";
}

/// Stores what is known of a rendition. Of two made at once by the same recipe the first stays, and is what comes back.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn create(tx: &mut Tx, new: &Rendition) -> Result<Rendition> {
    let values = args![
        new.id,
        new.asset_id,
        &new.recipe,
        &new.blob,
        &new.sha256,
        Arg::json(&new.facts),
        new.created_at,
    ];
    tx.run(CREATE, values).await?;
    Rendition::of(&tx.one(BY_RECIPE, args![new.asset_id, &new.recipe]).await?)
}

/// The rendition of an asset by a recipe, if it was made.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn by_recipe(db: &Db, asset: AssetId, recipe: &str) -> Result<Option<Rendition>> {
    let row = db.optional(BY_RECIPE, args![asset, recipe]).await?;
    row.as_ref().map(Rendition::of).transpose()
}

/// Every rendition of an asset.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn of_asset(db: &Db, asset: AssetId) -> Result<Vec<Rendition>> {
    Rendition::all(&db.read(LIST, args![asset]).await?)
}

/// Those of several ids that are renditions'.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn known(db: &Db, ids: &[RenditionId]) -> Result<Vec<RenditionId>> {
    let rows = db.read(KNOWN, vec![Arg::list(ids)]).await?;
    rows.iter().map(|row| row.id("id")).collect()
}

/// Forgets every rendition of an asset, once their files are erased.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn forget(tx: &mut Tx, asset: AssetId) -> Result<()> {
    tx.run(ERASE, args![asset]).await?;
    Ok(())
}
