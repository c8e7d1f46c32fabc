//! True time, and the clocks of workers that are not quite right.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use postrider_engine::clock::Clock;
use postrider_engine::entropy::Entropy;
use tokio::time::Instant;

use crate::dice::Dice;

/// What the judge goes by: the start, and what the paused runtime has run through since.
#[derive(Debug)]
pub struct Truth {
    start_ms: i64,
    began: Instant,
}

impl Truth {
    /// Begins now, at an instant in UTC milliseconds.
    pub fn begin(start_ms: i64) -> Arc<Truth> {
        Arc::new(Truth {
            start_ms,
            began: Instant::now(),
        })
    }

    /// UTC milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.start_ms + i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// A machine's clock: ahead of the truth by so many milliseconds, or behind it.
pub struct WorkerClock {
    truth: Arc<Truth>,
    off_ms: AtomicI64,
}

impl WorkerClock {
    /// Off by so much.
    pub fn new(truth: Arc<Truth>, off_ms: i64) -> WorkerClock {
        WorkerClock {
            truth,
            off_ms: AtomicI64::new(off_ms),
        }
    }

    /// Steps it: from now on it is off by so much.
    pub fn step(&self, off_ms: i64) {
        self.off_ms.store(off_ms, Ordering::Relaxed);
    }
}

impl Clock for WorkerClock {
    fn now_ms(&self) -> i64 {
        self.truth.now_ms() + self.off_ms.load(Ordering::Relaxed)
    }
}

/// Randomness of ids, from the seed.
pub struct SeededEntropy(Mutex<Dice>);

impl SeededEntropy {
    /// For one worker's life.
    pub fn new(dice: Dice) -> SeededEntropy {
        SeededEntropy(Mutex::new(dice))
    }
}

impl Entropy for SeededEntropy {
    fn ten(&self) -> [u8; 10] {
        let mut dice = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (high, low) = (dice.next().to_be_bytes(), dice.next().to_be_bytes());
        let mut ten = [0; 10];
        ten[..8].copy_from_slice(&high);
        ten[8..].copy_from_slice(&low[..2]);
        ten
    }
}
