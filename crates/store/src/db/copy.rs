//! Copies of a whole database: for backups, for a snapshot before migrating, and what is read of one before it is trusted.

use std::fs::File;
use std::path::Path;

use sqlx::Executor as _;
use sqlx::sqlite::SqliteConnection;

use super::sqlite::{Sqlite, lock_beside};
use super::{Backend, Db, Kind, MIGRATIONS};
use crate::error::{Result, StoreError};
use crate::pulse::{self, Pulse};

/// Tables whose rows a backup counts.
const COUNTED: [(&str, &str); 8] = [
    ("organizations", "SELECT COUNT(*) AS n FROM organizations"),
    ("users", "SELECT COUNT(*) AS n FROM users"),
    ("projects", "SELECT COUNT(*) AS n FROM projects"),
    ("channels", "SELECT COUNT(*) AS n FROM channels"),
    ("posts", "SELECT COUNT(*) AS n FROM posts"),
    ("deliveries", "SELECT COUNT(*) AS n FROM deliveries"),
    ("intents", "SELECT COUNT(*) AS n FROM intents"),
    ("assets", "SELECT COUNT(*) AS n FROM assets"),
];

const BLOBS: &str = "SELECT blob, sha256 FROM assets WHERE deleted_at IS NULL
    UNION SELECT thumbnail_blob AS blob, '' AS sha256 FROM assets WHERE deleted_at IS NULL AND thumbnail_blob IS NOT NULL
    UNION SELECT r.blob, r.sha256 FROM renditions r JOIN assets a ON a.id = r.asset_id WHERE a.deleted_at IS NULL ORDER BY blob";

/// Which migrations a database has seen, and which this program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// Those that were applied, oldest first; none of a database that is new.
    pub applied: Vec<i64>,
    /// Those that this program has.
    pub known: Vec<i64>,
}

impl Schema {
    /// The newest that was applied; 0 of a database that is new.
    pub fn version(&self) -> i64 {
        self.applied.last().copied().unwrap_or(0)
    }

    /// The newest that this program knows.
    pub fn newest_known(&self) -> i64 {
        self.known.last().copied().unwrap_or(0)
    }

    /// Whether a newer program made it.
    pub fn is_newer(&self) -> bool {
        self.version() > self.newest_known()
    }

    /// Whether migrating changes a database that is in use.
    pub fn is_older(&self) -> bool {
        !self.applied.is_empty() && self.known.iter().any(|known| !self.applied.contains(known))
    }
}

/// What a database says of itself.
#[derive(Debug, Clone)]
pub struct About {
    /// Its newest migration.
    pub schema: i64,
    /// How far it had come.
    pub pulse: Pulse,
    /// Rows of its tables.
    pub counts: Vec<(&'static str, i64)>,
    /// Stored files that it names, with their SHA-256 where it is known.
    pub blobs: Vec<(String, String)>,
}

/// A SQLite file that nobody opens meanwhile.
pub struct Locked {
    _lock: File,
}

impl Db {
    /// Keeps every server away from a SQLite file as long as the answer is held.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if a server has it; [`StoreError::Open`] if the folder cannot be written.
    pub fn lock(file: &Path) -> Result<Locked> {
        lock_beside(file).map(|lock| Locked { _lock: lock })
    }

    /// Which migrations it has seen.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn schema(&self) -> Result<Schema> {
        let there = match self.kind() {
            Kind::Sqlite => "SELECT name FROM sqlite_master WHERE name = '_sqlx_migrations'",
            Kind::Postgres => "SELECT 'there' AS name WHERE to_regclass('_sqlx_migrations') IS NOT NULL",
        };
        let mut applied = Vec::new();
        if self.optional(there, Vec::new()).await?.is_some() {
            for row in self
                .read("SELECT version FROM _sqlx_migrations ORDER BY version", Vec::new())
                .await?
            {
                applied.push(row.int("version")?);
            }
        }
        Ok(Schema {
            applied,
            known: MIGRATIONS.iter().map(|migration| migration.version).collect(),
        })
    }

    /// Writes the whole of a SQLite database, as it stands at one instant, into a file that is not there yet. Servers go on meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Db`] if it is no SQLite database or the disk is full; then part of the file may be there.
    pub async fn copy_into(&self, file: &Path) -> Result<()> {
        let Backend::Sqlite(sqlite) = &self.backend else {
            return Err(sqlx::Error::Protocol("only SQLite is copied into a file".to_owned()).into());
        };
        let mut writer = sqlite.writer().await?;
        vacuum_into(sqlite, writer.connection()?, file).await?;
        File::open(file).and_then(|file| file.sync_all()).map_err(StoreError::Open)
    }

    /// Whether a SQLite file holds together: every page, index and reference. Answers what is wrong, if anything is.
    ///
    /// # Errors
    /// [`StoreError::Db`] if it cannot even be read.
    pub async fn broken(&self) -> Result<Option<String>> {
        if self.kind() == Kind::Postgres {
            return Ok(None);
        }
        let told = self.one("PRAGMA integrity_check(1)", Vec::new()).await?.text("integrity_check")?;
        if told != "ok" {
            return Ok(Some(told));
        }
        let loose = self.optional("PRAGMA foreign_key_check", Vec::new()).await?;
        loose
            .map(|row| Ok(format!("a row of {} points nowhere", row.text("table")?)))
            .transpose()
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// [`StoreError::Db`] if it is not of this program's schema.
    pub async fn about(&self) -> Result<About> {
        let mut counts = Vec::with_capacity(COUNTED.len());
        for (table, sql) in COUNTED {
            counts.push((table, self.one(sql, Vec::new()).await?.int("n")?));
        }
        let mut blobs = Vec::new();
        for row in self.read(BLOBS, Vec::new()).await? {
            blobs.push((row.text("blob")?, row.text("sha256")?));
        }
        Ok(About {
            schema: self.schema().await?.version(),
            pulse: pulse::read(self).await?,
            counts,
            blobs,
        })
    }
}

async fn vacuum_into(sqlite: &Sqlite, connection: &mut SqliteConnection, file: &Path) -> Result<()> {
    let name = file.display().to_string();
    let vacuum = connection.execute(sqlx::query("VACUUM INTO ?").bind(name));
    sqlite.drive(vacuum).await?;
    Ok(())
}
