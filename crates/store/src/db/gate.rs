//! Where a simulation stops or disturbs the one who uses the database.

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::error::Result;

/// What is about to be done, or was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crossing {
    /// Rows are about to be read outside a transaction.
    Read,
    /// A transaction is about to begin.
    Begin,
    /// A statement of a transaction is about to run.
    Statement,
    /// A transaction is about to be made to last.
    Commit,
    /// It lasts; its caller does not know yet.
    Committed,
}

/// Asked at each crossing. An error is what the caller gets instead of what it asked for; what was not committed then never was.
pub trait Gate: Send + Sync {
    /// Lets through, at once or after a while, or not.
    ///
    /// # Errors
    /// As the simulation wants: a busy database, or one that is gone for a process that died.
    fn pass(&self, crossing: Crossing) -> BoxFuture<'_, Result<()>>;
}

/// Passes the gate, if there is one.
pub(super) async fn pass(gate: Option<Arc<dyn Gate>>, crossing: Crossing) -> Result<()> {
    match gate {
        Some(gate) => gate.pass(crossing).await,
        None => Ok(()),
    }
}
