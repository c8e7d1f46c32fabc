//! Backups, what brings them back, and what keeps them from being published a second time (publishing.md rule 12).

mod make;
mod manifest;
mod postgres;
mod recover;
mod restore;
mod snapshot;
mod witness;

pub use make::{BackupFlags, run as make};
pub use recover::{RecoverFlags, run as recover};
pub use restore::{RestoreFlags, finish as finish_restore, run as restore};
pub use snapshot::before_migrating;
pub use witness::{BlobWitness, FileWitness, WITNESS};

use std::path::PathBuf;

use anyhow::Context;
use jiff::Timestamp;
use postrider_store::Db;

/// The instant by the database's clock, which its instants are of: this machine's may be off.
///
/// # Errors
/// If the database does not answer.
pub async fn now(db: &Db) -> anyhow::Result<Timestamp> {
    Ok(match db.clock_ms().await.context("reading the database's clock")? {
        Some(now_ms) => Timestamp::from_millisecond(now_ms)?,
        None => Timestamp::now(),
    })
}

/// The file of an address of SQLite.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite://")?;
    Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
}
