//! The one clock of the engine.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time. The simulation hands in its own.
pub trait Clock: Send + Sync {
    /// UTC milliseconds.
    fn now_ms(&self) -> i64;

    /// How far the store's clock, which this one shows, is ahead of this machine's own, milliseconds.
    fn ahead_ms(&self) -> i64 {
        0
    }
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// Waits until the clock shows an instant. Returns at once if it is past.
pub async fn sleep_until(clock: &Arc<dyn Clock>, at_ms: i64) {
    loop {
        let ahead_ms = at_ms - clock.now_ms();
        if ahead_ms <= 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(u64::try_from(ahead_ms).unwrap_or(0))).await;
    }
}
