//! When something is tried or looked for again.

/// Waits before each new try after an outage in which nothing was sent (product S6): six tries within half an hour.
pub const OUTAGE_DELAYS_MS: [i64; 6] = [5_000, 20_000, 60_000, 180_000, 480_000, 900_000];

/// After so long no new try is begun.
pub const OUTAGE_SPAN_MS: i64 = 30 * 60_000;

/// When a commit without an answer is looked for, counted from when it could first be judged: after 1, 2, 5, 15, 30, 45 and 60 minutes,
/// then a person must say. No two are further apart than a quarter of an hour, so that the end of an outage is noticed within the half
/// hour.
pub const RECONCILE_LOOKS_MS: [i64; 7] = [60_000, 120_000, 300_000, 900_000, 1_800_000, 2_700_000, 3_600_000];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_tried_six_times_within_half_an_hour() {
        assert!(OUTAGE_DELAYS_MS.iter().sum::<i64>() <= OUTAGE_SPAN_MS);
        assert!(OUTAGE_DELAYS_MS.is_sorted());
    }

    #[test]
    fn no_two_looks_are_half_an_hour_apart() {
        let gaps = RECONCILE_LOOKS_MS.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(
            gaps.clone().all(|gap| gap > 0 && gap < OUTAGE_SPAN_MS),
            "{:?}",
            gaps.collect::<Vec<_>>()
        );
    }
}
