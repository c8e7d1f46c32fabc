//! A clock that can be moved forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use postrider_engine::clock::{Clock, SystemClock};

/// The machine's clock, moved forward as often as a test likes. Clones share the time.
#[derive(Debug, Clone, Default)]
pub struct MovableClock(Arc<AtomicI64>);

impl MovableClock {
    /// Moves on.
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for MovableClock {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.0.load(Ordering::SeqCst)
    }
}
