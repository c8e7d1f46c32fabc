//! A copy of the database before its schema is changed.

use std::path::Path;

use anyhow::{Context, bail};
use jiff::Timestamp;
use postrider_store::{Db, Kind};
use secrecy::ExposeSecret;

use super::sqlite_file;
use crate::config::Config;

/// How many are kept.
const KEPT: usize = 3;
/// The folder beside the database that they are in.
const FOLDER: &str = "snapshots";

/// Copies a SQLite database that is about to be migrated; refuses one that a newer program made.
///
/// # Errors
/// If it is newer, or the copy cannot be written: then nothing was changed.
pub async fn before_migrating(config: &Config, db: &Db) -> anyhow::Result<()> {
    let schema = db.schema().await.context("reading the version of the database")?;
    if schema.is_newer() {
        bail!(
            "the database has schema {}, made by a newer Postrider than this one, which knows up to {}. Start the newer program again, \
             bring back a backup of schema {} by `postrider restore`, or put a snapshot of it in its place (docs/backup.md); this one changes \
             nothing in it",
            schema.version(),
            schema.newest_known(),
            schema.newest_known()
        );
    }
    if !schema.is_older() {
        return Ok(());
    }
    if db.kind() == Kind::Postgres {
        tracing::warn!(
            from = schema.version(),
            to = schema.newest_known(),
            "the schema is brought up to date; on PostgreSQL no snapshot is taken by itself: `postrider backup` of the old program makes one"
        );
        return Ok(());
    }
    let Some(file) = sqlite_file(config.database.url.expose_secret()) else {
        return Ok(());
    };
    let folder = file.parent().unwrap_or(Path::new("")).join(FOLDER);
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let stem = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = format!(
        "{stem}.schema-{:04}.{}",
        schema.version(),
        Timestamp::now().strftime("%Y%m%dT%H%M%SZ")
    );
    let partial = folder.join(format!("{name}.partial"));
    let copied = async {
        if partial.exists() {
            std::fs::remove_file(&partial)?;
        }
        db.copy_into(&partial).await?;
        std::fs::rename(&partial, folder.join(&name))?;
        anyhow::Ok(())
    };
    if let Err(error) = copied.await {
        // What is there of it is of no use.
        drop(std::fs::remove_file(&partial));
        return Err(error.context(format!(
            "no snapshot could be written to {} before the schema is changed (is the disk full?); nothing was changed",
            folder.display()
        )));
    }
    tracing::info!(snapshot = %folder.join(&name).display(), "the database before its schema is brought up to date");
    forget_old(&folder, &stem)
}

/// Removes all snapshots of the database but the newest: their names end in their instants.
fn forget_old(folder: &Path, stem: &str) -> anyhow::Result<()> {
    let prefix = format!("{stem}.schema-");
    let mut found: Vec<(String, std::path::PathBuf)> = std::fs::read_dir(folder)?
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_str()?.to_owned();
            let made = name.strip_prefix(&prefix)?.split_once('.')?.1.to_owned();
            Some((made, entry.path()))
        })
        .collect();
    found.sort();
    for (_, old) in found.iter().rev().skip(KEPT) {
        std::fs::remove_file(old).with_context(|| format!("removing {}", old.display()))?;
    }
    Ok(())
}
