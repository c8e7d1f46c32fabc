//! True time, and the clocks of workers that are not quite right.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::FutureExt;
use futures::future::BoxFuture;
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
        self.start_ms + self.run_ms()
    }

    /// Milliseconds since it began.
    pub fn run_ms(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX / 2)
    }
}

/// A machine's clocks: one that shows the time, ahead of the truth by so many milliseconds or behind it, and one that nobody sets.
pub struct WorkerClock {
    truth: Arc<Truth>,
    off_ms: AtomicI64,
    /// How far it was set wrong, milliseconds; 0 if it was not.
    jumped_ms: AtomicI64,
    /// Whether the machine's time synchronisation vouches for it while it is right.
    vouched: bool,
}

impl WorkerClock {
    /// Off by so much.
    pub fn new(truth: Arc<Truth>, off_ms: i64, vouched: bool) -> WorkerClock {
        WorkerClock {
            truth,
            off_ms: AtomicI64::new(off_ms),
            jumped_ms: AtomicI64::new(0),
            vouched,
        }
    }

    /// Somebody sets it wrong by so much; 0 puts it right.
    pub fn jump(&self, by_ms: i64) {
        self.jumped_ms.store(by_ms, Ordering::Relaxed);
    }

    /// How far it was set wrong, milliseconds.
    pub fn jumped_ms(&self) -> i64 {
        self.jumped_ms.load(Ordering::Relaxed)
    }

    /// Steps it: from now on it is off by so much.
    pub fn step(&self, off_ms: i64) {
        self.off_ms.store(off_ms, Ordering::Relaxed);
    }
}

impl Clock for WorkerClock {
    fn now_ms(&self) -> i64 {
        self.truth.now_ms() + self.off_ms.load(Ordering::Relaxed) + self.jumped_ms()
    }

    fn boot_ms(&self) -> i64 {
        self.truth.run_ms()
    }

    fn synchronised(&self) -> BoxFuture<'_, bool> {
        async { self.vouched && self.jumped_ms() == 0 }.boxed()
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
