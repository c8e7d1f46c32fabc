//! The ways to open a database.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::runtime::Handle;

use super::lone::Lone;
use super::sqlite::Sqlite;
use super::statement::Line;
use super::{Backend, Db, STATEMENTS_CACHED};
use crate::error::Result;

/// How many connections one process holds to PostgreSQL unless it is told otherwise.
const POSTGRES_CONNECTIONS_MAX: u32 = 20;

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

    /// A SQLite database that lives in memory, with one connection for reading and writing. Each statement runs to its end
    /// on the calling thread, so that it takes no time on a paused clock. A task that holds a [`Tx`] must not call
    /// [`Db::read`]: it would wait for itself.
    ///
    /// # Errors
    /// [`StoreError::Db`] if it cannot be opened.
    pub async fn memory() -> Result<Db> {
        Ok(Db::over(Backend::Sqlite(Arc::new(Sqlite::memory().await?))))
    }

    /// PostgreSQL for a simulation: one connection for reading and writing, whose statements run to their end on the calling thread as
    /// those of [`Db::memory`] do, with the same care to take. Images are restored by a superuser only. Its answers come through a runtime that runs on another thread.
    ///
    /// # Errors
    /// [`StoreError::Db`] if it cannot be reached.
    pub fn lone(url: &str, answers: &Handle) -> Result<Db> {
        Ok(Db::over(Backend::Lone(Arc::new(Lone::open(&tuned(url)?, answers)?))))
    }
}

fn tuned(url: &str) -> Result<PgConnectOptions> {
    let options: PgConnectOptions = url.parse()?;
    Ok(options.application_name("postrider").statement_cache_capacity(STATEMENTS_CACHED))
}
