//! The one clock of the engine.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::FutureExt;
use futures::future::BoxFuture;

/// Tells the time. The simulation hands in its own.
pub trait Clock: Send + Sync {
    /// UTC milliseconds.
    fn now_ms(&self) -> i64;

    /// How far the store's clock, which this one shows, is ahead of this machine's own, milliseconds.
    fn ahead_ms(&self) -> i64 {
        0
    }

    /// Milliseconds on a clock that nobody sets and that runs on through suspend, from any beginning. A clock without one never parts
    /// from itself.
    fn boot_ms(&self) -> i64 {
        self.now_ms()
    }

    /// Whether the host's time synchronisation vouches for [`Clock::now_ms`] now. A clock of its own making is always right.
    fn synchronised(&self) -> BoxFuture<'_, bool> {
        async { true }.boxed()
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

    #[cfg(target_os = "linux")]
    fn boot_ms(&self) -> i64 {
        let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        since.tv_sec * 1_000 + since.tv_nsec / 1_000_000
    }

    #[cfg(not(target_os = "linux"))]
    fn boot_ms(&self) -> i64 {
        static BEGAN: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
        i64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// The kernel takes its word back when the clock is set by hand, so that this is true only of a clock that was synchronised since.
    fn synchronised(&self) -> BoxFuture<'_, bool> {
        async {
            let asked = tokio::task::spawn_blocking(|| {
                let mut ask = Command::new("timedatectl");
                ask.args(["show", "--property=NTPSynchronized", "--value"]).stdin(Stdio::null());
                ask.output()
                    .is_ok_and(|told| told.status.success() && told.stdout.trim_ascii() == b"yes")
            });
            asked.await.unwrap_or(false)
        }
        .boxed()
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
