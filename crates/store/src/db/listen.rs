//! What replicas tell each other through PostgreSQL: NOTIFY and LISTEN. SQLite is one process's, which need not tell itself.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};

use super::{Db, Kind};
use crate::args;
use crate::error::Result;

/// PostgreSQL takes payloads shorter than 8,000 bytes.
pub const PAYLOAD_BYTES_MAX: usize = 7_900;
/// How long a connection that listens may take to be made.
const CONNECT_TIME: Duration = Duration::from_secs(10);

const NOTIFY: &str = "SELECT pg_notify($1, $2)";

/// A connection that hears what others tell.
pub struct Listener(PgListener);

impl Listener {
    pub(super) async fn open(direct: &PgConnectOptions, channel: &str) -> Result<Listener> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(CONNECT_TIME)
            // It is held for as long as somebody listens.
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_with(direct.clone())
            .await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(channel).await?;
        Ok(Listener(listener))
    }

    /// Waits for the next payload; `None` if the connection was lost and made anew: what was told meanwhile is not known.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`] if it is lost and cannot be made anew.
    pub async fn next(&mut self) -> Result<Option<String>> {
        Ok(self.0.try_recv().await?.map(|told| told.payload().to_owned()))
    }
}

impl Db {
    /// Listens to what others tell on a channel; `None` where there are no others.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn listen(&self, channel: &str) -> Result<Option<Listener>> {
        match &self.direct {
            Some(direct) => Listener::open(direct, channel).await.map(Some),
            None => Ok(None),
        }
    }

    /// Tells whoever listens on a channel. Never inside a transaction: there it halves the rate of commits.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn notify(&self, channel: &str, payload: String) -> Result<()> {
        if self.kind() == Kind::Postgres {
            self.read(NOTIFY, args![channel, payload]).await?;
        }
        Ok(())
    }
}
