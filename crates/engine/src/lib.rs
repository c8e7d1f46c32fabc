#![doc = include_str!("../README.md")]
//!
//! It knows the store, the boundary to networks and the core. It must never know a network by name, an HTTP client, a
//! route, or how files and keys are kept: those come in through [`Parts`].

pub mod apps;
pub mod at_risk;
mod breakers;
mod bulkheads;
pub mod clock;
pub mod connect;
mod discards;
pub mod entropy;
pub mod events;
pub mod forecast;
pub mod hold;
pub mod job;
mod lanes;
pub mod meters;
pub mod overdue;
mod publisher;
mod recalled;
mod reconcile;
mod replicas;
mod room;
mod scheduler;
pub mod shared;
pub mod store_clock;
pub mod tokens;
mod unfetched;
mod unseen;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use scheduler::Ticked;
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
    /// How long anything at all that is to be looked at now was not taken up, milliseconds; 0 if there is nothing.
    pub lag_ms: i64,
    /// For how long nothing that workers decided could be stored, milliseconds; 0 if it can.
    pub not_stored_ms: i64,
    /// Whether the engine looks by its own clock.
    pub timer: bool,
}

/// A handle to the engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

/// The engine's tasks, to be ended together.
pub struct Running {
    stop: CancellationToken,
    hush: CancellationToken,
    heart: JoinHandle<()>,
    replicas: JoinHandle<()>,
    publishing: Option<Publishing>,
}

struct Publishing {
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

    /// Starts scheduler and token keeper, and speaks with the other replicas.
    pub fn start(&self) -> Running {
        let stop = CancellationToken::new();
        let publishing = Publishing {
            scheduler: tokio::spawn(scheduler::run(self.shared.clone(), stop.clone())),
            keeper: tokio::spawn(tokens::keep_alive(self.shared.clone(), stop.clone())),
            sweeper: tokio::spawn(discards::sweep(self.shared.clone())),
        };
        self.running(stop, Some(publishing))
    }

    /// Publishes nothing, but tells the replicas that do what people decide here, and hears from them for the screens.
    pub fn stand_by(&self) -> Running {
        self.running(CancellationToken::new(), None)
    }

    fn running(&self, stop: CancellationToken, publishing: Option<Publishing>) -> Running {
        let hush = CancellationToken::new();
        Running {
            heart: tokio::spawn(hold::run(self.shared.clone(), publishing.is_some(), stop.clone())),
            stop,
            replicas: tokio::spawn(replicas::run(self.shared.clone(), hush.clone())),
            hush,
            publishing,
        }
    }

    /// Something may have become due earlier: all replicas look now.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
        self.shared.bell.wake();
    }

    /// Tells people what is overdue, and when that is over, until it is stopped.
    pub async fn watch_overdue(&self, stop: CancellationToken) {
        overdue::watch(self.shared.clone(), stop).await;
    }

    /// Looks for what is due as the outside clock asks: takes it up, and whatever becomes due within the time, and waits for it.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn tick(&self, within: Duration) -> Result<Ticked, postrider_store::StoreError> {
        let (stop, ends) = (CancellationToken::new(), tokio::time::Instant::now() + within);
        let renewing = (!self.shared.timing.timer).then(|| {
            // On its own: a renewal under way is brought to its end whether or not who asked still waits.
            let (shared, stop) = (self.shared.clone(), stop.clone());
            self.shared
                .under_way
                .spawn(async move { tokens::renew_expiring(&shared, &stop).await })
        });
        // On its own as well: what is taken up has a worker even if who asked goes away in between.
        let shared = self.shared.clone();
        let ticking = tokio::spawn(async move { scheduler::tick(&shared, within).await });
        let ticked = match ticking.await {
            Ok(ticked) => ticked,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        if let Some(mut renewing) = renewing {
            tokio::select! {
                _ = &mut renewing => {}
                () = tokio::time::sleep_until(ends) => {
                    stop.cancel();
                    // Its own failure is in the log.
                    let _ = renewing.await;
                }
            }
        }
        ticked
    }

    /// What everybody shares: the parts, events, clock.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Since when the servers of a channel are left alone by this process because they do not work, UTC milliseconds.
    pub fn outage_since_ms(&self, channel: &postrider_store::channels::Channel) -> Option<i64> {
        self.shared.breakers.outage_since_ms(channel, self.shared.now_ms())
    }

    /// How the scheduler gets on.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn status(&self) -> Result<SchedulerStatus, postrider_store::StoreError> {
        let now_ms = self.shared.now_ms();
        let (overdue, oldest) = postrider_store::hot::overdue(&self.shared.db, now_ms).await?;
        let next_wake = postrider_store::hot::next_wake(&self.shared.db, &[]).await?;
        let since = |instant: Option<i64>| instant.map_or(0, |instant| (now_ms - instant).max(0));
        Ok(SchedulerStatus {
            last_look_ms: self.shared.progress.last_look_ms(),
            last_claim_ms: self.shared.progress.last_claim_ms(),
            overdue,
            oldest_overdue_ms: since(oldest),
            lag_ms: since(next_wake),
            not_stored_ms: since(self.shared.progress.not_stored_since_ms()),
            timer: self.shared.timing.timer,
        })
    }
}

impl Running {
    /// Takes nothing new up, waits for what is under way, and ends.
    pub async fn stop(self) {
        self.stop.cancel();
        if let Some(publishing) = self.publishing {
            publishing.sweeper.abort();
            // A renewal under way is awaited: the network may have taken the old token out of use already.
            ended("scheduler", publishing.scheduler).await;
            ended("keeper of accesses", publishing.keeper).await;
        }
        ended("heartbeat", self.heart).await;
        // The last of it is told to the others as well.
        self.hush.cancel();
        ended("speaker with other replicas", self.replicas).await;
    }
}

async fn ended(task: &str, end: JoinHandle<()>) {
    if let Err(error) = end.await {
        tracing::error!(%error, task, "a task of the engine did not end well");
    }
}
