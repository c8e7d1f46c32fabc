//! How often anything was committed: whoever waits for rows to change need not read them before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::BoxFuture;
use postrider_store::StoreError;
use postrider_store::db::{Crossing, Gate};

/// Counts the commits of all who go by gates of its own.
#[derive(Debug, Default)]
pub struct Commits(AtomicU64);

impl Commits {
    /// How many there were.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts what changed rows by no gate, as a database that was brought back does.
    pub fn changed(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// A gate that lets everything through.
    pub fn open(self: &Arc<Commits>) -> Arc<dyn Gate> {
        Arc::new(Counted {
            commits: self.clone(),
            next: None,
        })
    }

    /// A gate that counts before another one.
    pub fn before(self: &Arc<Commits>, next: Arc<dyn Gate>) -> Arc<dyn Gate> {
        Arc::new(Counted {
            commits: self.clone(),
            next: Some(next),
        })
    }
}

struct Counted {
    commits: Arc<Commits>,
    next: Option<Arc<dyn Gate>>,
}

impl Gate for Counted {
    fn pass(&self, crossing: Crossing) -> BoxFuture<'_, Result<(), StoreError>> {
        if crossing == Crossing::Committed {
            self.commits.changed();
        }
        match &self.next {
            Some(next) => next.pass(crossing),
            None => Box::pin(async { Ok(()) }),
        }
    }
}
