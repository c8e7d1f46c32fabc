//! One database behind two drivers: SQLite and PostgreSQL take the same statements.
//!
//! Statements are written with `$1`, `$2`, … and, where a list goes in, `IN LIST($3)` with [`Arg::Texts`]. On SQLite one
//! connection writes, several read; the writer is handed out in the order in which it was asked for.

mod arg;
mod awake;
mod copy;
mod gate;
mod image;
mod listen;
mod lone;
mod open;
mod row;
mod sqlite;
mod statement;
mod tx;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use sqlx::{Connection as _, SqlSafeStr};

pub use arg::Arg;
pub use copy::{About, Locked, Schema};
pub use gate::{Crossing, Gate};
pub use listen::{Listener, PAYLOAD_BYTES_MAX};
pub use open::Place;
pub use row::Row;
pub use tx::Tx;

use crate::error::{Result, StoreError};
use lone::Lone;
use sqlite::Sqlite;
use statement::Line;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

const STATEMENTS_CACHED: usize = 512;

/// Which database this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file, one process.
    Sqlite,
    /// A server, any number of processes.
    Postgres,
}

/// How the connections of one pool are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    /// `writer` and `readers` of SQLite, `all` of PostgreSQL.
    pub name: &'static str,
    /// How many somebody has.
    pub busy: usize,
    /// How many nobody has.
    pub idle: usize,
}

#[derive(Clone)]
enum Backend {
    Sqlite(Arc<Sqlite>),
    Postgres(PgPool),
    Lone(Arc<Lone>),
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    backend: Backend,
    gate: Option<Arc<dyn Gate>>,
    /// PostgreSQL itself, past any pooler between.
    direct: Option<Arc<PgConnectOptions>>,
    line: Line,
}

impl Db {
    /// Whether the schema is the one that this program's migrations make.
    ///
    /// # Errors
    /// [`StoreError::Db`] if that cannot be read, as from a database that was never migrated.
    pub async fn is_current(&self) -> Result<bool> {
        let rows = self
            .read("SELECT version FROM _sqlx_migrations ORDER BY version", Vec::new())
            .await?;
        let done: Vec<i64> = rows.iter().map(|row| row.int("version")).collect::<Result<_>>()?;
        Ok(MIGRATIONS.iter().map(|migration| migration.version).eq(done))
    }

    /// The whole of a database in memory or of [`Db::lone`], as [`Db::restore_image`] takes it.
    ///
    /// # Errors
    /// [`StoreError::Db`] if it is another, or a transaction is open.
    pub async fn image(&self) -> Result<Vec<u8>> {
        match &self.backend {
            Backend::Sqlite(sqlite) if sqlite.in_memory() => sqlite.image().await,
            Backend::Lone(lone) => lone.image().await,
            _ => Err(not_simulated()),
        }
    }

    /// Makes such a database what it was when the image was taken, for all who hold it. One that has a schema keeps it.
    ///
    /// # Errors
    /// [`StoreError::Db`] if it is another, or the bytes are no image.
    pub async fn restore_image(&self, image: &[u8]) -> Result<()> {
        match &self.backend {
            Backend::Sqlite(sqlite) if sqlite.in_memory() => sqlite.restore_image(image).await,
            Backend::Lone(lone) => lone.restore_image(image).await,
            _ => Err(not_simulated()),
        }
    }

    /// The same database for one who has to pass a gate, for simulations.
    #[must_use]
    pub fn gated(&self, gate: Arc<dyn Gate>) -> Db {
        Db {
            backend: self.backend.clone(),
            gate: Some(gate),
            direct: self.direct.clone(),
            line: self.line,
        }
    }

    fn over(backend: Backend) -> Db {
        Db {
            backend,
            gate: None,
            direct: None,
            line: Line::Own,
        }
    }

    fn pass(&self, crossing: Crossing) -> impl Future<Output = Result<()>> + use<> {
        gate::pass(self.gate.clone(), crossing)
    }

    /// Which database this is.
    pub fn kind(&self) -> Kind {
        match &self.backend {
            Backend::Sqlite(_) => Kind::Sqlite,
            Backend::Postgres(_) | Backend::Lone(_) => Kind::Postgres,
        }
    }

    /// Whether this is a file of SQLite: each of its statements goes to a thread and comes back.
    pub fn is_file(&self) -> bool {
        matches!(&self.backend, Backend::Sqlite(sqlite) if !sqlite.in_memory())
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Migrate`] if a migration fails, or the schema was made by other migrations than these.
    pub async fn migrate(&self) -> Result<()> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.migrate(&MIGRATIONS).await?,
            Backend::Postgres(pool) => {
                // Past any pooler: of several processes that start at once, one migrates under a lock of its session.
                let mut connection = match &self.direct {
                    Some(direct) => PgConnection::connect_with(direct).await?,
                    None => pool.acquire().await?.detach(),
                };
                let done = MIGRATIONS.run_direct(None, &mut connection, false).await;
                drop(connection.close().await);
                done.map_err(StoreError::Migrate)?;
            }
            Backend::Lone(lone) => lone.migrate(&MIGRATIONS).await?,
        }
        crate::search::index(self).await
    }

    /// Reads rows, beside whatever is being written.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn read(&self, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<Vec<Row>> {
        self.pass(Crossing::Read).await?;
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.read(sql, args).await,
            Backend::Postgres(pool) if self.line == Line::Own => {
                statement::postgres_all(&mut *pool.acquire().await?, self.line, sql, args).await
            }
            // Parsing and running a statement are two words, between which a pooler may change the line unless a transaction is open.
            Backend::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                let rows = statement::postgres_all(&mut transaction, self.line, sql, args).await?;
                transaction.commit().await?;
                Ok(rows)
            }
            Backend::Lone(lone) => lone.read(self.line, sql, args).await,
        }
    }

    /// As [`Db::read`], planned anew for these values. A statement with many conditions that a value may turn off needs it on
    /// PostgreSQL, which otherwise settles on one plan for all of them; it costs a millisecond.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn read_planned(&self, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<Vec<Row>> {
        match &self.backend {
            Backend::Postgres(pool) if self.line == Line::Own => {
                self.pass(Crossing::Read).await?;
                statement::postgres_all(&mut *pool.acquire().await?, Line::Shared, sql, args).await
            }
            Backend::Lone(lone) => {
                self.pass(Crossing::Read).await?;
                lone.read(Line::Shared, sql, args).await
            }
            // Nothing is kept here, so that every read is planned for its values.
            _ => self.read(sql, args).await,
        }
    }

    /// Reads one row.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none; [`StoreError::Db`].
    pub async fn one(&self, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<Row> {
        self.optional(sql, args).await?.ok_or(StoreError::NotFound)
    }

    /// Reads the first row, if there is any.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn optional(&self, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<Option<Row>> {
        Ok(self.read(sql, args).await?.into_iter().next())
    }

    /// Begins to write. On SQLite this waits for its turn and holds the one writer until the end.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn begin(&self) -> Result<Tx> {
        self.pass(Crossing::Begin).await?;
        let tx = match &self.backend {
            Backend::Sqlite(sqlite) => Tx::sqlite(sqlite.clone()).await?,
            Backend::Postgres(pool) => Tx::postgres(pool.begin().await?, self.line),
            Backend::Lone(lone) => Tx::lone(lone, self.line).await?,
        };
        Ok(tx.gated(self.gate.clone()))
    }

    /// Runs one statement in a transaction of its own and says how many rows it touched.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn run(&self, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<u64> {
        let mut tx = self.begin().await?;
        let touched = tx.run(sql, args).await?;
        tx.commit().await?;
        Ok(touched)
    }

    /// The clock of the database's host, UTC milliseconds; `None` where it is this host's own.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn clock_ms(&self) -> Result<Option<i64>> {
        match self.kind() {
            Kind::Sqlite => Ok(None),
            Kind::Postgres => {
                let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now_ms";
                self.one(sql, Vec::new()).await?.int("now_ms").map(Some)
            }
        }
    }

    /// Whether the database understands a statement, which is not run.
    ///
    /// # Errors
    /// [`StoreError::Db`] if it does not.
    pub async fn prepares(&self, sql: &'static str) -> Result<()> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.prepares(sql).await,
            Backend::Postgres(pool) => {
                use sqlx::Executor as _;
                let text = statement::text_for(Kind::Postgres, sql);
                match &self.direct {
                    Some(direct) => PgConnection::connect_with(direct).await?.prepare(text).await?,
                    None => pool.acquire().await?.prepare(text).await?,
                };
                Ok(())
            }
            Backend::Lone(lone) => lone.prepares(sql).await,
        }
    }

    /// How the connections are used this moment.
    pub fn pools(&self) -> Vec<PoolUse> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.pools(),
            Backend::Postgres(pool) => {
                let (all, idle) = (pool.size() as usize, pool.num_idle());
                vec![PoolUse {
                    name: "all",
                    busy: all.saturating_sub(idle),
                    idle,
                }]
            }
            Backend::Lone(_) => Vec::new(),
        }
    }

    /// Closes every connection, and gives the file free.
    pub async fn close(&self) {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Postgres(pool) => pool.close().await,
            Backend::Lone(lone) => lone.close().await,
        }
    }
}

fn not_simulated() -> StoreError {
    sqlx::Error::Protocol("the database is not a simulation's".to_owned()).into()
}

async fn close_quietly(connection: sqlx::SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "a database connection did not close cleanly");
    }
}
