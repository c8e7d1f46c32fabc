//! PostgreSQL through one connection that writes and reads, each statement run to its end on the calling thread: for simulations on a
//! paused clock, which cannot run on meanwhile.

use std::sync::Arc;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::unconstrained;

use super::statement::{self, Line};
use super::{Arg, Kind, Row, awake};
use crate::error::{Result, StoreError};

/// Every table but that of the migrations.
const TABLES: &str = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_sqlx_migrations' ORDER BY 1";

/// The connection, and what was left on it.
pub struct Session {
    connection: Option<PgConnection>,
    /// Whether a transaction was left open by a caller that went away: it is rolled back before the next begins.
    pub abandoned: bool,
    /// The image that was restored last, and the statements that do it.
    image: Option<(Vec<u8>, String)>,
}

impl Session {
    pub fn connection(&mut self) -> Result<&mut PgConnection> {
        self.connection.as_mut().ok_or(StoreError::Db(sqlx::Error::PoolClosed))
    }
}

pub struct Lone {
    session: Arc<Mutex<Session>>,
}

/// Runs a future of the driver to its end. Its answers come through the runtime that it was opened in, on another thread.
pub fn drive<T>(work: impl Future<Output = T>) -> T {
    // The caller's task may have used up its share of looks at sockets; waiting here, it would never get a new one.
    awake::run_to_end(unconstrained(work))
}

impl Lone {
    pub fn open(options: &PgConnectOptions, answers: &Handle) -> Result<Lone> {
        let _within = answers.enter();
        let connection = drive(PgConnection::connect_with(options))?;
        Ok(Lone {
            session: Arc::new(Mutex::new(Session {
                connection: Some(connection),
                abandoned: false,
                image: None,
            })),
        })
    }

    /// The connection, with no transaction open on it.
    pub async fn session(&self) -> Result<OwnedMutexGuard<Session>> {
        let mut session = self.session.clone().lock_owned().await;
        if session.abandoned {
            drive(session.connection()?.execute("ROLLBACK"))?;
            session.abandoned = false;
        }
        Ok(session)
    }

    pub async fn read(&self, line: Line, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<Vec<Row>> {
        let mut session = self.session().await?;
        drive(statement::postgres_all(session.connection()?, line, sql, args))
    }

    pub async fn prepares(&self, sql: &'static str) -> Result<()> {
        let mut session = self.session().await?;
        drive(session.connection()?.prepare(statement::text_for(Kind::Postgres, sql)))?;
        Ok(())
    }

    pub async fn migrate(&self, migrations: &Migrator) -> Result<()> {
        let mut session = self.session().await?;
        drive(migrations.run_direct(None, session.connection()?, false)).map_err(StoreError::Migrate)
    }

    pub async fn close(&self) {
        let connection = self.session.clone().lock_owned().await.connection.take();
        if let Some(Err(error)) = connection.map(|connection| drive(connection.close())) {
            tracing::warn!(%error, "a database connection did not close cleanly");
        }
    }

    /// All rows: the statements that bring them back.
    pub async fn image(&self) -> Result<Vec<u8>> {
        let mut session = self.session().await?;
        let connection = session.connection()?;
        let tables = drive(statement::postgres_all(connection, Line::Own, TABLES, Vec::new()))?;
        let mut script = String::new();
        for table in tables {
            let name = table.text("name")?;
            let all = AssertSqlSafe(format!("SELECT CAST(json_agg(t) AS TEXT) AS rows FROM {name} t"));
            let all = drive(statement::postgres_all(connection, Line::Shared, all, Vec::new()))?;
            if let Some(rows) = all.first().map(|row| row.opt_text("rows")).transpose()?.flatten() {
                script.push_str(&format!(
                    "INSERT INTO {name} SELECT * FROM json_populate_recordset(CAST(NULL AS {name}), $image${rows}$image$);"
                ));
            }
        }
        Ok(script.into_bytes())
    }

    pub async fn restore_image(&self, bytes: &[u8]) -> Result<()> {
        let mut session = self.session().await?;
        if session.image.as_ref().is_none_or(|(of, _)| of != bytes) {
            let tables = drive(statement::postgres_all(session.connection()?, Line::Own, TABLES, Vec::new()))?;
            let names: Vec<String> = tables.iter().map(|row| row.text("name")).collect::<Result<_>>()?;
            let rows = String::from_utf8_lossy(bytes);
            // What was planned for the rows before must not show. References are not looked at in between: the tables come by name.
            let script = format!(
                "DISCARD PLANS; BEGIN; SET LOCAL session_replication_role = replica; TRUNCATE {}; {rows} COMMIT",
                names.join(", ")
            );
            session.image = Some((bytes.to_vec(), script));
        }
        let script = session.image.as_ref().map(|(_, script)| script.clone()).unwrap_or_default();
        // What fails in the middle of it leaves a transaction.
        session.abandoned = true;
        drive(session.connection()?.execute(AssertSqlSafe(script)))?;
        session.abandoned = false;
        Ok(())
    }
}
