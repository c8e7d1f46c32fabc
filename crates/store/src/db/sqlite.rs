//! SQLite: one writer, several readers, one process.

use std::fs::{File, OpenOptions, TryLockError};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Executor as _, SqlSafeStr};
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};

use super::image::Image;
use super::{Arg, Kind, PoolUse, Row, STATEMENTS_CACHED, awake, close_quietly, statement};
use crate::error::{Result, StoreError};

const READERS: usize = 4;
const BUSY_TIMEOUT_SECS: u64 = 10;
/// Pages that the writer keeps in memory, in KiB: a group of five hundred decisions touches more than SQLite's own two MiB.
const WRITER_CACHE_KIB: i64 = 16 * 1024;
/// Pages in the log before they are taken over into the file: a burst of publishing should not stop for that again and again.
const LOG_PAGES: i64 = 8_000;

/// The one connection that writes.
pub struct Writer {
    /// None once the database is closed.
    pub connection: Option<SqliteConnection>,
    /// Whether a transaction was left open by a caller that went away: it is rolled back before the next begins.
    pub abandoned: bool,
    /// The image that was restored last, in memory.
    pub image: Option<Image>,
}

impl Writer {
    pub fn connection(&mut self) -> Result<&mut SqliteConnection> {
        self.connection.as_mut().ok_or(StoreError::Db(sqlx::Error::PoolClosed))
    }
}

pub struct Sqlite {
    writer: Arc<Mutex<Writer>>,
    /// Idle readers; as many permits as there are readers. Empty if the writer reads as well.
    readers: std::sync::Mutex<Vec<SqliteConnection>>,
    reader_permits: Semaphore,
    reader_count: usize,
    shared: bool,
    /// Held as long as the database is open; the operating system gives it free when the process ends.
    _lock: Option<File>,
}

pub fn lock_beside(file: &Path) -> Result<File> {
    let mut path = PathBuf::from(file).into_os_string();
    path.push(".lock");
    let lock = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .open(path)
        .map_err(StoreError::Open)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked),
        Err(TryLockError::Error(error)) => Err(StoreError::Open(error)),
    }
}

fn tuned(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(BUSY_TIMEOUT_SECS))
        .statement_cache_capacity(STATEMENTS_CACHED)
        // Anything less loses acknowledged intents when the power fails.
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging()
}

impl Sqlite {
    pub async fn open(url: &str) -> Result<Sqlite> {
        let options = tuned(SqliteConnectOptions::from_str(url)?)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal);
        let lock = lock_beside(options.get_filename())?;
        Sqlite::connect(&options, READERS, Some(lock)).await
    }

    /// Beside the process that has the lock: SQLite itself keeps the writers of both apart.
    pub async fn open_beside(url: &str) -> Result<Sqlite> {
        let options = tuned(SqliteConnectOptions::from_str(url)?);
        Sqlite::connect(&options, 1, None).await
    }

    async fn connect(options: &SqliteConnectOptions, count: usize, lock: Option<File>) -> Result<Sqlite> {
        let writer = options
            .clone()
            .pragma("cache_size", format!("-{WRITER_CACHE_KIB}"))
            .pragma("wal_autocheckpoint", LOG_PAGES.to_string())
            .connect()
            .await?;
        let mut readers = Vec::with_capacity(count);
        for _ in 0..count {
            readers.push(options.clone().create_if_missing(false).read_only(true).connect().await?);
        }
        Ok(Sqlite::of(writer, readers, false, lock))
    }

    pub fn in_memory(&self) -> bool {
        self.shared
    }

    pub async fn memory() -> Result<Sqlite> {
        // Not the driver's own way, which shares its cache: a schema that is taken back under shared statements ends the process.
        let options = tuned(SqliteConnectOptions::new().filename(":memory:"));
        Ok(Sqlite::of(options.connect().await?, Vec::new(), true, None))
    }

    fn of(writer: SqliteConnection, readers: Vec<SqliteConnection>, shared: bool, lock: Option<File>) -> Sqlite {
        Sqlite {
            writer: Arc::new(Mutex::new(Writer {
                connection: Some(writer),
                abandoned: false,
                image: None,
            })),
            reader_permits: Semaphore::new(readers.len()),
            reader_count: readers.len(),
            readers: std::sync::Mutex::new(readers),
            shared,
            _lock: lock,
        }
    }

    /// Drives a future of the driver. In memory it runs to its end on this thread, so that a paused clock cannot run on
    /// meanwhile.
    pub async fn drive<T>(&self, work: impl Future<Output = T>) -> T {
        if self.shared { awake::run_to_end(work) } else { work.await }
    }

    /// The writer, with no transaction open on it.
    pub async fn writer(&self) -> Result<OwnedMutexGuard<Writer>> {
        let mut writer = self.writer.clone().lock_owned().await;
        if writer.abandoned {
            let connection = writer.connection()?;
            // Whoever went away while the transaction was being begun or committed may have left none.
            match self.drive(connection.execute("ROLLBACK")).await {
                Err(sqlx::Error::Database(error)) if error.message().contains("no transaction is active") => {}
                done => {
                    done?;
                }
            }
            writer.abandoned = false;
        }
        Ok(writer)
    }

    pub async fn read(&self, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<Vec<Row>> {
        if self.shared {
            let mut writer = self.writer().await?;
            return self.drive(statement::sqlite_all(writer.connection()?, sql, args)).await;
        }
        let closed = || StoreError::Db(sqlx::Error::PoolClosed);
        let _permit = self.reader_permits.acquire().await.map_err(|_| closed())?;
        let mut reader = Borrowed::take(&self.readers).ok_or_else(closed)?;
        match reader.connection.as_mut() {
            Some(connection) => statement::sqlite_all(connection, sql, args).await,
            None => Err(closed()),
        }
    }

    pub fn pools(&self) -> Vec<PoolUse> {
        let idle_writer = usize::from(self.writer.try_lock().is_ok());
        let idle_readers = self.reader_permits.available_permits();
        vec![
            PoolUse {
                name: "writer",
                busy: 1 - idle_writer,
                idle: idle_writer,
            },
            PoolUse {
                name: "readers",
                busy: self.reader_count.saturating_sub(idle_readers),
                idle: idle_readers,
            },
        ]
    }

    pub async fn prepares(&self, sql: &'static str) -> Result<()> {
        let mut writer = self.writer().await?;
        let text = statement::text_for(Kind::Sqlite, sql);
        let connection = writer.connection()?;
        self.drive(connection.prepare(text)).await?;
        Ok(())
    }

    pub async fn migrate(&self, migrations: &Migrator) -> Result<()> {
        let mut writer = self.writer().await?;
        let connection = writer.connection()?;
        let done = self.drive(migrations.run_direct(None, connection, false)).await;
        done.map_err(StoreError::Migrate)
    }

    pub async fn close(&self) {
        self.reader_permits.close();
        let readers = self
            .readers
            .lock()
            .map(|mut readers| std::mem::take(&mut *readers))
            .unwrap_or_default();
        for reader in readers {
            close_quietly(reader).await;
        }
        let writer = self.writer.clone().lock_owned().await.connection.take();
        if let Some(writer) = writer {
            self.drive(close_quietly(writer)).await;
        }
    }
}

/// A reader that goes back when it is dropped, even if the caller went away in the middle of a statement.
struct Borrowed<'a> {
    connection: Option<SqliteConnection>,
    home: &'a std::sync::Mutex<Vec<SqliteConnection>>,
}

impl<'a> Borrowed<'a> {
    fn take(home: &'a std::sync::Mutex<Vec<SqliteConnection>>) -> Option<Self> {
        let connection = home.lock().ok()?.pop()?;
        Some(Borrowed {
            connection: Some(connection),
            home,
        })
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        if let (Some(connection), Ok(mut home)) = (self.connection.take(), self.home.lock()) {
            home.push(connection);
        }
    }
}
