//! The time of the store's host, by which all replicas go: PostgreSQL's clock, or this machine's where the store is a file.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use postrider_store::{Db, StoreError};
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, SystemClock};

/// How far this machine's clock may be from the store's, in milliseconds: beyond it a replica is not ready (publishing.md rule 13).
pub const APART_MS_MAX: i64 = 2_000;
/// How often they are compared.
const PAUSE: Duration = Duration::from_secs(10);
/// How often at one go: the answer that came back soonest says it best.
const LOOKS: usize = 3;

/// This machine's clock, set right by the store's.
#[derive(Debug, Default)]
pub struct StoreClock {
    /// How far the store's is ahead of this machine's, milliseconds.
    ahead_ms: AtomicI64,
}

impl Clock for StoreClock {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.ahead_ms()
    }

    fn ahead_ms(&self) -> i64 {
        self.ahead_ms.load(Ordering::Relaxed)
    }

    fn boot_ms(&self) -> i64 {
        SystemClock.boot_ms()
    }

    fn synchronised(&self) -> BoxFuture<'_, bool> {
        async {
            // The host vouches for its own clock alone.
            self.ahead_ms().abs() <= APART_MS_MAX && SystemClock.synchronised().await
        }
        .boxed()
    }
}

/// How far the store's clock is ahead of this machine's, in milliseconds; 0 where it is this machine's.
///
/// # Errors
/// If the store does not answer.
pub async fn measured_ms(db: &Db) -> Result<i64, StoreError> {
    let mut best: Option<(Duration, i64)> = None;
    for _ in 0..LOOKS {
        let began = Instant::now();
        let Some(theirs_ms) = db.clock_ms().await? else { return Ok(0) };
        let (took, ours_ms) = (began.elapsed(), SystemClock.now_ms());
        // Its word is from the middle of the way there and back.
        let half_ms = i64::try_from(took.as_millis()).unwrap_or(0) / 2;
        let ahead_ms = theirs_ms - (ours_ms - half_ms);
        if best.is_none_or(|(shortest, _)| took < shortest) {
            best = Some((took, ahead_ms));
        }
    }
    Ok(best.map_or(0, |(_, ahead_ms)| ahead_ms))
}

impl StoreClock {
    /// Compares with the store.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn compare(&self, db: &Db) -> Result<(), StoreError> {
        let ahead_ms = measured_ms(db).await?;
        if ahead_ms.abs() > APART_MS_MAX && self.ahead_ms().abs() <= APART_MS_MAX {
            tracing::error!(
                ahead_ms,
                "the database's clock and this machine's are apart: this server is not ready until time synchronisation runs on both"
            );
        }
        self.ahead_ms.store(ahead_ms, Ordering::Relaxed);
        Ok(())
    }

    /// Compares again and again until `stop`.
    pub async fn follow(self: Arc<Self>, db: Db, stop: CancellationToken) {
        let mut times = tokio::time::interval(PAUSE);
        while stop.run_until_cancelled(times.tick()).await.is_some() {
            if let Err(error) = self.compare(&db).await {
                tracing::debug!(%error, "the database's clock could not be read; the last comparison stands");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_store_whose_clock_jumps_parts_from_the_boot_clock_and_is_vouched_for_by_nobody() {
        let clock = StoreClock::default();
        let parted_ms = || clock.now_ms() - clock.boot_ms();
        let before_ms = parted_ms();
        clock.ahead_ms.store(3_600_000, Ordering::Relaxed);
        assert!(parted_ms() - before_ms > 3_590_000, "the boot clock jumped with it");
        assert!(!clock.synchronised().await);
    }
}
