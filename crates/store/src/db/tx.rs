//! A transaction on either database.

use std::sync::Arc;

use sqlx::{Executor as _, Postgres, SqlSafeStr, Transaction};
use tokio::sync::OwnedMutexGuard;

use super::lone::{self, Lone, Session};
use super::sqlite::{Sqlite, Writer};
use super::statement::{self, Line};
use super::{Arg, Crossing, Gate, Kind, Row, gate};
use crate::error::{Result, StoreError};
use crate::moves::Move;

enum Inner {
    Sqlite {
        sqlite: Arc<Sqlite>,
        writer: OwnedMutexGuard<Writer>,
    },
    Postgres(Transaction<'static, Postgres>, Line),
    Lone(OwnedMutexGuard<Session>, Line),
}

/// What is written together or not at all. Dropped without [`Tx::commit`], it never was.
pub struct Tx {
    inner: Inner,
    gate: Option<Arc<dyn Gate>>,
    /// What is said in the log once it lasts.
    moves: Vec<Move>,
}

impl Tx {
    pub(super) async fn sqlite(sqlite: Arc<Sqlite>) -> Result<Tx> {
        let mut writer = sqlite.writer().await?;
        // Said before the statement is sent: a caller that goes away while it runs leaves a transaction as well.
        writer.abandoned = true;
        let connection = writer.connection()?;
        let begun = sqlite.drive(connection.execute("BEGIN IMMEDIATE")).await;
        if let Err(error) = begun {
            writer.abandoned = false;
            return Err(error.into());
        }
        Ok(Tx {
            inner: Inner::Sqlite { sqlite, writer },
            gate: None,
            moves: Vec::new(),
        })
    }

    pub(super) async fn lone(lone: &Lone, line: Line) -> Result<Tx> {
        let mut session = lone.session().await?;
        lone::drive(session.connection()?.execute("BEGIN"))?;
        session.abandoned = true;
        Ok(Tx {
            inner: Inner::Lone(session, line),
            gate: None,
            moves: Vec::new(),
        })
    }

    pub(super) fn postgres(transaction: Transaction<'static, Postgres>, line: Line) -> Tx {
        Tx {
            inner: Inner::Postgres(transaction, line),
            gate: None,
            moves: Vec::new(),
        }
    }

    pub(super) fn gated(mut self, gate: Option<Arc<dyn Gate>>) -> Tx {
        self.gate = gate;
        self
    }

    fn pass(&self, crossing: Crossing) -> impl Future<Output = Result<()>> + use<> {
        gate::pass(self.gate.clone(), crossing)
    }

    /// Says in the log, once it lasts, that a delivery was moved.
    pub(crate) fn moved(&mut self, moved: Move) {
        self.moves.push(moved);
    }

    /// Which database this is.
    pub fn kind(&self) -> Kind {
        match &self.inner {
            Inner::Sqlite { .. } => Kind::Sqlite,
            Inner::Postgres(..) | Inner::Lone(..) => Kind::Postgres,
        }
    }

    /// All rows of a statement, which may write (`RETURNING`).
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn all(&mut self, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<Vec<Row>> {
        self.pass(Crossing::Statement).await?;
        match &mut self.inner {
            Inner::Sqlite { sqlite, writer } => {
                let connection = writer.connection()?;
                sqlite.drive(statement::sqlite_all(connection, sql, args)).await
            }
            Inner::Postgres(transaction, line) => statement::postgres_all(transaction, *line, sql, args).await,
            Inner::Lone(session, line) => lone::drive(statement::postgres_all(session.connection()?, *line, sql, args)),
        }
    }

    /// The first row of a statement.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none; [`StoreError::Db`].
    pub async fn one(&mut self, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<Row> {
        self.optional(sql, args).await?.ok_or(StoreError::NotFound)
    }

    /// The first row of a statement, if there is any.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn optional(&mut self, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<Option<Row>> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// Runs a statement and says how many rows it touched.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn run(&mut self, sql: impl SqlSafeStr, args: Vec<Arg>) -> Result<u64> {
        self.pass(Crossing::Statement).await?;
        match &mut self.inner {
            Inner::Sqlite { sqlite, writer } => {
                let connection = writer.connection()?;
                sqlite.drive(statement::sqlite_run(connection, sql, args)).await
            }
            Inner::Postgres(transaction, line) => statement::postgres_run(transaction, *line, sql, args).await,
            Inner::Lone(session, line) => lone::drive(statement::postgres_run(session.connection()?, *line, sql, args)),
        }
    }

    /// Makes it last.
    ///
    /// # Errors
    /// [`StoreError::Db`]: whether it lasts is then not known, unless [`StoreError::is_transient`].
    pub async fn commit(self) -> Result<()> {
        self.pass(Crossing::Commit).await?;
        let gate = self.gate.clone();
        match self.inner {
            Inner::Sqlite { sqlite, mut writer } => {
                let connection = writer.connection()?;
                sqlite.drive(connection.execute("COMMIT")).await?;
                writer.abandoned = false;
            }
            Inner::Postgres(transaction, _) => transaction.commit().await?,
            Inner::Lone(mut session, _) => {
                lone::drive(session.connection()?.execute("COMMIT"))?;
                session.abandoned = false;
            }
        }
        self.moves.iter().for_each(Move::tell);
        gate::pass(gate, Crossing::Committed).await
    }
}
