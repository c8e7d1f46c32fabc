//! The sandbox's own time: true time, plus what was added through `POST /_sandbox/clock`.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Tells the time in UTC microseconds. It runs on tokio's monotonic clock, so that a paused runtime pauses it too.
#[derive(Debug)]
pub struct Clock {
    start_us: i64,
    started: Instant,
    offset_us: AtomicI64,
}

impl Clock {
    /// A clock that stands at `start_us` (UTC microseconds) now, or at the system's time.
    pub fn new(start_us: Option<i64>) -> Self {
        let system_us = || {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_micros() as i64)
        };
        Self {
            start_us: start_us.unwrap_or_else(system_us),
            started: Instant::now(),
            offset_us: AtomicI64::new(0),
        }
    }

    /// True time, without what was added: the time of the request log.
    pub fn true_us(&self) -> i64 {
        self.start_us + self.started.elapsed().as_micros() as i64
    }

    /// The networks' time.
    pub fn now_us(&self) -> i64 {
        self.true_us() + self.offset_us.load(Ordering::Relaxed)
    }

    /// Moves the networks' time on, or back if negative.
    pub fn advance_ms(&self, by_ms: i64) {
        self.offset_us.fetch_add(by_ms.saturating_mul(1_000), Ordering::Relaxed);
    }
}

/// `2026-09-21T07:00:00+0000`, as Meta writes instants.
pub fn meta_time(at_us: i64) -> String {
    format(at_us, "%Y-%m-%dT%H:%M:%S+0000")
}

/// `2026-09-21T07:00:00.123Z`.
pub fn iso_ms(at_us: i64) -> String {
    format(at_us, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

fn format(at_us: i64, pattern: &str) -> String {
    jiff::Timestamp::from_microsecond(at_us)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .strftime(pattern)
        .to_string()
}
