//! A worker's life: from its start to the crossing of the seam at which it dies.
//!
//! The seam is where a process touches the world: each transaction and statement of its database, each call it makes. A dead
//! worker's database says that it is gone, its calls never come back; what it had sent goes on by itself. A stopped worker crosses
//! nothing until it goes on.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use postrider_store::StoreError;
use postrider_store::db::{Crossing, Gate};
use tokio::sync::Notify;

use crate::dice::Dice;
use crate::plan::PlannedLife;
use crate::weather::Weather;

/// One life of a worker.
pub struct Life {
    dead: AtomicBool,
    crossings: AtomicU64,
    planned: PlannedLife,
    /// Until when it is stopped, UTC milliseconds of the truth.
    stopped_until_ms: AtomicI64,
    died: Notify,
    dice: Mutex<Dice>,
    weather: Arc<Weather>,
}

impl Life {
    /// Begins a life.
    pub fn new(planned: PlannedLife, dice: Dice, weather: Arc<Weather>) -> Life {
        Life {
            dead: AtomicBool::new(false),
            crossings: AtomicU64::new(0),
            planned,
            stopped_until_ms: AtomicI64::new(0),
            died: Notify::new(),
            dice: Mutex::new(dice),
            weather,
        }
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// Waits for its end.
    pub async fn over(&self) {
        while !self.is_over() {
            self.died.notified().await;
        }
    }

    /// Ends it.
    pub fn end(&self) {
        self.weather.count("crash");
        self.dead.store(true, Ordering::Relaxed);
        self.died.notify_one();
    }

    /// Stops it for so many milliseconds.
    pub fn stop(&self, for_ms: u64) {
        self.weather.count("stopped");
        let until_ms = self.weather.truth().now_ms() + i64::try_from(for_ms).unwrap_or(0);
        self.stopped_until_ms.fetch_max(until_ms, Ordering::Relaxed);
    }

    /// Whether it is stopped just now.
    pub fn is_stopped(&self) -> bool {
        self.stopped_until_ms.load(Ordering::Relaxed) > self.weather.truth().now_ms()
    }

    /// Waits until it is not stopped.
    pub async fn goes_on(&self) {
        while self.is_stopped() {
            let left_ms = self.stopped_until_ms.load(Ordering::Relaxed) - self.weather.truth().now_ms();
            tokio::time::sleep(Duration::from_millis(u64::try_from(left_ms).unwrap_or(0))).await;
        }
    }

    /// Counts a crossing; tells whether the worker is still alive after it.
    pub fn cross(&self) -> bool {
        let crossing = self.crossings.fetch_add(1, Ordering::Relaxed) + 1;
        if Some(crossing) == self.planned.dies_at && !self.is_over() {
            self.end();
        }
        if let Some((_, for_ms)) = self.planned.stops_at.filter(|(at, _)| *at == crossing) {
            self.stop(for_ms);
        }
        !self.is_over()
    }
}

fn gone(why: &str) -> StoreError {
    StoreError::Open(std::io::Error::other(why.to_owned()))
}

impl Gate for Life {
    fn pass(&self, crossing: Crossing) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let alive = self.cross();
            // Not within a transaction: the one connection in memory serves the others meanwhile.
            if matches!(crossing, Crossing::Read | Crossing::Begin) {
                self.goes_on().await;
            }
            if !alive || self.is_over() {
                return Err(gone("this worker is dead"));
            }
            if crossing != Crossing::Committed && self.weather.database_is_gone() {
                return Err(gone("the database is gone"));
            }
            let asked = matches!(crossing, Crossing::Begin | Crossing::Commit);
            let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
            if asked && self.weather.database_is_busy(&mut dice) {
                return Err(StoreError::busy());
            }
            Ok(())
        })
    }
}
