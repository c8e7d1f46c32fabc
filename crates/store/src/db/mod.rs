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
mod row;
mod sqlite;
mod statement;
mod tx;

use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{Connection as _, SqlSafeStr};

pub use arg::Arg;
pub use copy::{About, Locked, Schema};
pub use gate::{Crossing, Gate};
pub use listen::{Listener, PAYLOAD_BYTES_MAX};
pub use row::Row;
pub use tx::Tx;

use crate::error::{Result, StoreError};
use sqlite::Sqlite;
use statement::Line;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// How many connections one process holds to PostgreSQL unless it is told otherwise.
const POSTGRES_CONNECTIONS_MAX: u32 = 20;
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

/// Where the database is, and how much of it one process takes.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// `sqlite:<path>` or `postgres://…`.
    pub url: &'a str,
    /// PostgreSQL's own address, where `url` is a pooler's; else empty.
    pub direct_url: &'a str,
    /// The most connections to PostgreSQL, beside one that listens.
    pub connections_max: u32,
}

impl<'a> Place<'a> {
    /// A database without anything between.
    pub fn at(url: &'a str) -> Place<'a> {
        Place {
            url,
            direct_url: "",
            connections_max: POSTGRES_CONNECTIONS_MAX,
        }
    }
}

impl Db {
    /// Opens `sqlite:<path>` (made if it is not there) or `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process holds the SQLite file; [`StoreError::Open`] and [`StoreError::Db`] if it
    /// cannot be opened.
    pub async fn open(url: &str) -> Result<Db> {
        Db::open_at(Place::at(url)).await
    }

    /// The same for a database behind a pooler, or with a bound of its own on connections.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn open_at(place: Place<'_>) -> Result<Db> {
        if !place.url.starts_with("postgres:") && !place.url.starts_with("postgresql:") {
            return Ok(Db::over(Backend::Sqlite(Arc::new(Sqlite::open(place.url).await?))));
        }
        let tuned = |url: &str| -> Result<PgConnectOptions> {
            let options: PgConnectOptions = url.parse()?;
            Ok(options.application_name("postrider").statement_cache_capacity(STATEMENTS_CACHED))
        };
        let through = tuned(place.url)?;
        let (through, direct, line) = match place.direct_url {
            "" => (through.clone(), through, Line::Own),
            // A pooler knows few of the words of a greeting.
            url => (through.extra_float_digits(None), tuned(url)?, Line::Shared),
        };
        let pool = PgPoolOptions::new()
            .max_connections(place.connections_max.max(1))
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(through)
            .await?;
        Ok(Db {
            direct: Some(Arc::new(direct)),
            line,
            ..Db::over(Backend::Postgres(pool))
        })
    }

    /// Opens a database that another process may be serving: SQLite's file is shared for short pieces of work, such as a command of
    /// the administrator's. It is never made here. Whoever works through this tells the server nothing, so it is not for what a
    /// server waits for.
    ///
    /// # Errors
    /// [`StoreError::Db`] if it cannot be opened.
    pub async fn open_beside(url: &str) -> Result<Db> {
        if url.starts_with("sqlite:") {
            let backend = Backend::Sqlite(Arc::new(Sqlite::open_beside(url).await?));
            return Ok(Db::over(backend));
        }
        Db::open(url).await
    }

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

    /// A SQLite database that lives in memory, with one connection for reading and writing. Each statement runs to its end
    /// on the calling thread, so that it takes no time on a paused clock. A task that holds a [`Tx`] must not call
    /// [`Db::read`]: it would wait for itself.
    ///
    /// # Errors
    /// [`StoreError::Db`] if it cannot be opened.
    pub async fn memory() -> Result<Db> {
        Ok(Db::over(Backend::Sqlite(Arc::new(Sqlite::memory().await?))))
    }

    /// The whole of a database in memory, as [`Db::restore_image`] takes it.
    ///
    /// # Errors
    /// [`StoreError::Db`] if it is not in memory, or a transaction is open.
    pub async fn image(&self) -> Result<Vec<u8>> {
        match &self.backend {
            Backend::Sqlite(sqlite) if sqlite.in_memory() => sqlite.image().await,
            _ => Err(not_in_memory()),
        }
    }

    /// Makes a database in memory what it was when the image was taken, for all who hold it. One that has a schema keeps it.
    ///
    /// # Errors
    /// [`StoreError::Db`] if it is not in memory, or the bytes are no database.
    pub async fn restore_image(&self, image: &[u8]) -> Result<()> {
        match &self.backend {
            Backend::Sqlite(sqlite) if sqlite.in_memory() => sqlite.restore_image(image).await,
            _ => Err(not_in_memory()),
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
            Backend::Postgres(_) => Kind::Postgres,
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
        }
    }

    /// Closes every connection, and gives the file free.
    pub async fn close(&self) {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Postgres(pool) => pool.close().await,
        }
    }
}

fn not_in_memory() -> StoreError {
    sqlx::Error::Protocol("the database is not in memory".to_owned()).into()
}

async fn close_quietly(connection: sqlx::SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "a database connection did not close cleanly");
    }
}
