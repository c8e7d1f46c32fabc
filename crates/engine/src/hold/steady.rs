//! The clock that the engine goes by: the wall clock, as long as it can be trusted.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::future::BoxFuture;

use super::PARTED_MS_MAX;
use crate::clock::Clock;

/// Nobody has looked yet.
const UNKNOWN: i64 = i64::MIN;

/// Runs on by the boot clock while the wall clock has parted from it and nobody has confirmed that yet: what is in hand then decides and
/// writes nothing by a time that is not.
pub struct Steady {
    wall: Arc<dyn Clock>,
    /// Wall less boot clock when both were last known to be right, milliseconds.
    offset_ms: AtomicI64,
}

impl Steady {
    /// Over the machine's clocks.
    pub fn over(wall: Arc<dyn Clock>) -> Steady {
        Steady {
            wall,
            offset_ms: AtomicI64::new(UNKNOWN),
        }
    }

    /// What the wall clock says, right or wrong, UTC milliseconds.
    pub fn wall_ms(&self) -> i64 {
        self.wall.now_ms()
    }

    /// Both clocks are known to be right, and this far apart.
    pub fn trust(&self, offset_ms: i64) {
        self.offset_ms.store(offset_ms, Ordering::Relaxed);
    }

    /// Whether the wall clock stands where it was last known to be right.
    pub fn holds(&self) -> bool {
        self.parted_ms().is_none_or(|parted_ms| parted_ms.abs() <= PARTED_MS_MAX)
    }

    fn parted_ms(&self) -> Option<i64> {
        let offset_ms = self.offset_ms.load(Ordering::Relaxed);
        (offset_ms != UNKNOWN).then(|| self.wall.now_ms() - self.wall.boot_ms() - offset_ms)
    }
}

impl Clock for Steady {
    fn now_ms(&self) -> i64 {
        let wall_ms = self.wall.now_ms();
        match self.parted_ms() {
            Some(parted_ms) if parted_ms.abs() > PARTED_MS_MAX => wall_ms - parted_ms,
            _ => wall_ms,
        }
    }

    fn ahead_ms(&self) -> i64 {
        self.wall.ahead_ms()
    }

    fn boot_ms(&self) -> i64 {
        self.wall.boot_ms()
    }

    fn synchronised(&self) -> BoxFuture<'_, bool> {
        self.wall.synchronised()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Turned {
        wall_ms: AtomicI64,
        boot_ms: AtomicI64,
    }

    impl Clock for Turned {
        fn now_ms(&self) -> i64 {
            self.wall_ms.load(Ordering::Relaxed)
        }

        fn boot_ms(&self) -> i64 {
            self.boot_ms.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn a_wall_clock_that_is_set_is_not_gone_by_until_it_is_trusted() {
        let turned = Arc::new(Turned::default());
        let steady = Steady::over(turned.clone());
        turned.wall_ms.store(1_000_000, Ordering::Relaxed);
        assert_eq!(steady.now_ms(), 1_000_000, "nobody has looked yet");
        steady.trust(1_000_000);
        turned.boot_ms.store(60_000, Ordering::Relaxed);
        for set_ms in [1_060_000 + 5 * 3_600_000, 1_060_000 - 5 * 3_600_000] {
            turned.wall_ms.store(set_ms, Ordering::Relaxed);
            assert!(!steady.holds());
            assert_eq!((steady.now_ms(), steady.wall_ms()), (1_060_000, set_ms));
        }
        steady.trust(turned.now_ms() - turned.boot_ms());
        assert!(steady.holds());
        assert_eq!(steady.now_ms(), turned.now_ms());
    }
}
