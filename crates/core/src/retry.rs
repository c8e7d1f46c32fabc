//! When something is tried or looked for again.

/// Waits before each new try after an outage in which nothing was sent: six tries within half an hour.
pub const OUTAGE_DELAYS_MS: [i64; 6] = [10_000, 30_000, 60_000, 180_000, 480_000, 900_000];

/// After so long no new try is begun.
pub const OUTAGE_SPAN_MS: i64 = 30 * 60_000;

/// When a commit without an answer is looked for, counted from when it fell in doubt: after 1, 2, 5, 15 and 60 minutes.
pub const RECONCILE_LOOKS_MS: [i64; 5] = [60_000, 120_000, 300_000, 900_000, 3_600_000];

/// When to try again after an outage; `None` if it was tried often or long enough, and the delivery fails as `outage`.
///
/// `first_failed_at_ms` is when the first try failed, `retries` how many tries followed it.
pub fn next_try_at_ms(first_failed_at_ms: i64, retries: usize, now_ms: i64) -> Option<i64> {
    let at = now_ms + OUTAGE_DELAYS_MS.get(retries)?;
    (at - first_failed_at_ms <= OUTAGE_SPAN_MS).then_some(at)
}

/// When to look for a commit in doubt the next time; `None` if it was looked for often enough, and a person must say.
///
/// `doubt_at_ms` is when it fell in doubt, `looks` how often it was looked for. A look that comes late is made at once.
pub fn next_look_at_ms(doubt_at_ms: i64, looks: usize, now_ms: i64) -> Option<i64> {
    RECONCILE_LOOKS_MS.get(looks).map(|after| (doubt_at_ms + after).max(now_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_tried_six_times_within_half_an_hour_and_then_no_more() {
        let mut now = 0;
        let mut tries = 0;
        while let Some(at) = next_try_at_ms(0, tries, now) {
            assert!(at > now);
            now = at;
            tries += 1;
        }
        assert_eq!(tries, 6);
        assert!(now <= OUTAGE_SPAN_MS, "{now}");
    }

    #[test]
    fn no_try_is_begun_after_half_an_hour_however_few_there_were() {
        assert_eq!(next_try_at_ms(0, 1, OUTAGE_SPAN_MS), None);
        assert_eq!(next_try_at_ms(0, 0, 5_000), Some(15_000));
    }

    #[test]
    fn a_commit_in_doubt_is_looked_for_at_1_2_5_15_and_60_minutes() {
        let looks: Vec<Option<i64>> = (0..6).map(|looks| next_look_at_ms(0, looks, 0).map(|at| at / 60_000)).collect();
        assert_eq!(looks, [Some(1), Some(2), Some(5), Some(15), Some(60), None]);
    }

    #[test]
    fn a_late_look_is_made_at_once() {
        assert_eq!(next_look_at_ms(0, 1, 7_000_000), Some(7_000_000));
    }
}
