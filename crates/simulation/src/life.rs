//! A worker's life: from its start to the crossing of the seam at which it dies.
//!
//! The seam is where a process touches the world: each transaction and statement of its database, each call it makes. A dead
//! worker's database says that it is gone, its calls never come back; what it had sent goes on by itself.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use postrider_store::StoreError;
use postrider_store::db::{Crossing, Gate};
use tokio::sync::Notify;

use crate::dice::Dice;
use crate::weather::Weather;

/// One life of a worker.
pub struct Life {
    dead: AtomicBool,
    crossings: AtomicU64,
    /// The crossing at which it dies; 0 for none.
    dies_at: u64,
    died: Notify,
    dice: Mutex<Dice>,
    weather: std::sync::Arc<Weather>,
}

impl Life {
    /// Begins a life that ends at a crossing, or does not end by itself.
    pub fn new(dies_at: Option<u64>, dice: Dice, weather: std::sync::Arc<Weather>) -> Life {
        Life {
            dead: AtomicBool::new(false),
            crossings: AtomicU64::new(0),
            dies_at: dies_at.unwrap_or(0),
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
        self.dead.store(true, Ordering::Relaxed);
        self.died.notify_one();
    }

    /// Counts a crossing; tells whether the worker is still alive after it.
    pub fn cross(&self) -> bool {
        let crossing = self.crossings.fetch_add(1, Ordering::Relaxed) + 1;
        if crossing == self.dies_at {
            self.weather.count("crash");
            self.end();
        }
        !self.is_over()
    }
}

fn gone() -> StoreError {
    StoreError::Open(std::io::Error::other("this worker is dead"))
}

impl Gate for Life {
    fn pass(&self, crossing: Crossing) -> Result<(), StoreError> {
        if !self.cross() {
            return Err(gone());
        }
        let asked = matches!(crossing, Crossing::Begin | Crossing::Commit);
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        if asked && self.weather.database_is_busy(&mut dice) {
            return Err(StoreError::busy());
        }
        Ok(())
    }
}
