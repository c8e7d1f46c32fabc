#![doc = include_str!("../README.md")]
//!
//! It knows the store, the boundary to networks and the core. It must never know a network by name, an HTTP client, a
//! route, or how files and keys are kept: those come in through [`Parts`].

pub mod apps;
pub mod clock;
pub mod connect;
mod discards;
pub mod entropy;
pub mod events;
pub mod job;
mod lanes;
mod publisher;
mod reconcile;
mod scheduler;
pub mod shared;
pub mod tokens;
mod writer;

use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use shared::{Bounds, Parts, Shared, Timing};

/// How the scheduler gets on: what readiness is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchedulerStatus {
    /// When the due index was last read, UTC milliseconds; 0 if never.
    pub last_look_ms: i64,
    /// When something was last taken up, UTC milliseconds; 0 if never.
    pub last_claim_ms: i64,
    /// Due deliveries that nobody has taken up.
    pub overdue: i64,
    /// How late the oldest of them is, milliseconds; 0 if there is none.
    pub oldest_overdue_ms: i64,
}

/// A handle to the engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

/// The engine's tasks, to be ended together.
pub struct Running {
    stop: CancellationToken,
    scheduler: JoinHandle<()>,
    keeper: JoinHandle<()>,
    sweeper: JoinHandle<()>,
}

impl Engine {
    /// Puts the engine together. Nothing is sent until [`Engine::start`]. Needs a tokio runtime.
    pub fn new(parts: Parts) -> Engine {
        Engine {
            shared: Shared::new(parts),
        }
    }

    /// A handle to parts that were put together already.
    pub fn from_shared(shared: Arc<Shared>) -> Engine {
        Engine { shared }
    }

    /// Starts scheduler and token keeper.
    pub fn start(&self) -> Running {
        let stop = CancellationToken::new();
        Running {
            scheduler: tokio::spawn(scheduler::run(self.shared.clone(), stop.clone())),
            keeper: tokio::spawn(tokens::keep_alive(self.shared.clone(), stop.clone())),
            sweeper: tokio::spawn(discards::sweep(self.shared.clone())),
            stop,
        }
    }

    /// Something may have become due earlier: look now.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// What everybody shares: the parts, events, clock.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// How the scheduler gets on.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn status(&self) -> Result<SchedulerStatus, postrider_store::StoreError> {
        let now_ms = self.shared.now_ms();
        let (overdue, oldest) = postrider_store::hot::overdue(&self.shared.db, now_ms).await?;
        Ok(SchedulerStatus {
            last_look_ms: self.shared.progress.last_look_ms(),
            last_claim_ms: self.shared.progress.last_claim_ms(),
            overdue,
            oldest_overdue_ms: oldest.map_or(0, |due_at| (now_ms - due_at).max(0)),
        })
    }
}

impl Running {
    /// Takes nothing new up, waits for what is under way, and ends.
    pub async fn stop(self) {
        self.stop.cancel();
        self.sweeper.abort();
        // A renewal under way is awaited: the network may have taken the old token out of use already.
        for (task, end) in [("scheduler", self.scheduler), ("keeper of accesses", self.keeper)] {
            if let Err(error) = end.await {
                tracing::error!(%error, task, "a task of the engine did not end well");
            }
        }
    }
}
