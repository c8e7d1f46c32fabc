//! Whether the clock can be trusted, and who confirms it.

use std::sync::Arc;

use jiff::fmt::rfc2822;
use postrider_provider::{Answer, Manner, Request, Secrets, Sent};

use super::{JUMP_MS_MAX, PARTED_MS_MAX};
use crate::shared::Shared;

/// How long a network is waited for that is asked for the time, milliseconds.
const ASK_MS: u64 = 5_000;
/// How many networks must say the same.
const NETWORKS: usize = 2;

/// The instant of an answer's `Date`, UTC milliseconds; it names whole seconds.
pub fn date_ms(answer: &Answer) -> Option<i64> {
    // What comes out of a cache says when it was put there.
    let date = rfc2822::parse(answer.header("date").filter(|_| answer.header("age").is_none())?).ok()?;
    Some(date.timestamp().as_millisecond())
}

/// How far the clock is off what is to be expected, if that is too far to go on unasked; milliseconds, negative if it is behind.
/// `offset_ms` is wall less boot clock when both were last right, if this process has seen that.
pub fn suspicion(now_ms: i64, boot_ms: i64, offset_ms: Option<i64>, beat_at_ms: i64) -> Option<i64> {
    if let Some(offset_ms) = offset_ms {
        let parted_ms = now_ms - boot_ms - offset_ms;
        if parted_ms.abs() > PARTED_MS_MAX {
            return Some(parted_ms);
        }
    }
    let since_ms = now_ms - beat_at_ms;
    (beat_at_ms > 0 && !(-PARTED_MS_MAX..=JUMP_MS_MAX).contains(&since_ms)).then_some(since_ms)
}

/// Whether the host's time synchronisation or two networks say that the clock is right.
pub async fn confirmed(shared: &Arc<Shared>) -> bool {
    shared.clock.synchronised().await || by_networks(shared).await
}

async fn by_networks(shared: &Arc<Shared>) -> bool {
    let mut agreed = 0;
    for adapter in shared.registry.all() {
        let Some(host) = adapter.capability().hosts.first() else { continue };
        let mut request = Request::get("read the time", format!("https://{host}/"));
        request.budget_ms = ASK_MS;
        let Sent::Answered(answer) = shared.transport.send(&request, &Secrets::new(), Manner::Safe).await else {
            continue;
        };
        let Some(theirs_ms) = date_ms(&answer) else { continue };
        let apart_ms = theirs_ms - shared.hold.wall_ms();
        if apart_ms.abs() > PARTED_MS_MAX {
            tracing::warn!(network = %adapter.network(), apart_ms, "a network's clock says another time");
            continue;
        }
        agreed += 1;
        if agreed == NETWORKS {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::suspicion;

    const NOW_MS: i64 = 1_795_334_400_000;
    const BOOT_MS: i64 = 500_000;
    const RIGHT: Option<i64> = Some(NOW_MS - BOOT_MS);

    #[test]
    fn a_clock_that_runs_on_is_trusted() {
        assert_eq!(suspicion(NOW_MS, BOOT_MS, RIGHT, NOW_MS - 60_000), None);
        // The very first start has nothing to compare with.
        assert_eq!(suspicion(NOW_MS, BOOT_MS, None, 0), None);
        assert_eq!(suspicion(NOW_MS, BOOT_MS, None, NOW_MS - 3_600_000), None);
    }

    #[test]
    fn wall_and_boot_clock_may_part_by_thirty_seconds() {
        for (turned_ms, off) in [(30_000, None), (30_001, Some(30_001)), (-30_000, None), (-30_001, Some(-30_001))] {
            assert_eq!(suspicion(NOW_MS + turned_ms, BOOT_MS, RIGHT, NOW_MS - 1_000), off, "{turned_ms}");
        }
    }

    #[test]
    fn an_hour_past_the_last_beat_and_before_it_must_be_confirmed() {
        assert_eq!(suspicion(NOW_MS, BOOT_MS, None, NOW_MS - 3_600_001), Some(3_600_001));
        // Suspended: both clocks ran on.
        assert_eq!(suspicion(NOW_MS, BOOT_MS, RIGHT, NOW_MS - 8 * 3_600_000), Some(8 * 3_600_000));
        assert_eq!(suspicion(NOW_MS, BOOT_MS, None, NOW_MS + 30_001), Some(-30_001));
    }
}
