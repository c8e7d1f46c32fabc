//! When a network that does not work is left alone, and when it is asked again.

/// So many calls in a row without a useful answer open the breaker.
pub const FAILURES_MAX: u32 = 10;
/// For how long it is open the first time, the second, …, and from then on, milliseconds. Bounded, so that the end of an outage is noticed
/// within a minute.
pub const OPEN_MS: [i64; 5] = [5_000, 10_000, 20_000, 40_000, 60_000];
/// How long the one call that is let through may take before another is, milliseconds: the budget of a call.
pub const PROBE_MS: i64 = 30_000;
/// When whoever asks meanwhile asks again, milliseconds: soon after that call was answered well.
pub const BEHIND_PROBE_MS: i64 = 5_000;

/// How long after a server could be asked again what was known of it holds although nobody asks, milliseconds.
pub const UNASKED_MS: i64 = 60_000;

/// Whether a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// It may.
    Go,
    /// Not before this instant, UTC milliseconds.
    Wait {
        /// When to ask again.
        until_ms: i64,
    },
}

/// Stands between us and one server of a network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Breaker {
    failures: u32,
    open: Option<Open>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Open {
    since_ms: i64,
    until_ms: i64,
    /// How many calls that were let through failed.
    failed_probes: usize,
    /// Until when one is taken to be under way.
    probe_until_ms: Option<i64>,
}

fn pause_ms(failed_probes: usize) -> i64 {
    OPEN_MS[failed_probes.min(OPEN_MS.len() - 1)]
}

impl Breaker {
    /// Whether a call may be made at an instant (UTC milliseconds). Of those that ask while it is open, one at a time is let through
    /// when the time has come.
    pub fn leave(&mut self, now_ms: i64) -> Leave {
        match &mut self.open {
            Some(open) if now_ms < open.until_ms => Leave::Wait { until_ms: open.until_ms },
            Some(open) => match open.probe_until_ms {
                Some(end_ms) if now_ms < end_ms => Leave::Wait {
                    until_ms: end_ms.min(now_ms + BEHIND_PROBE_MS),
                },
                _ => {
                    open.probe_until_ms = Some(now_ms + PROBE_MS);
                    Leave::Go
                }
            },
            None => Leave::Go,
        }
    }

    /// The server answered something of its own. Says whether that closed the breaker.
    pub fn answered(&mut self) -> bool {
        self.failures = 0;
        self.open.take().is_some()
    }

    /// The server could not be reached, did not answer in time, or said that it does not work. Says whether that opened the breaker.
    pub fn failed(&mut self, now_ms: i64) -> bool {
        self.failures = self.failures.saturating_add(1);
        match &mut self.open {
            Some(open) if open.probe_until_ms.is_some() => {
                open.probe_until_ms = None;
                open.failed_probes += 1;
                open.until_ms = now_ms + pause_ms(open.failed_probes);
                false
            }
            // Calls that were under way when it opened end like the others.
            Some(_) => false,
            None if self.failures < FAILURES_MAX => false,
            None => {
                self.open = Some(Open {
                    since_ms: now_ms,
                    until_ms: now_ms + pause_ms(0),
                    failed_probes: 0,
                    probe_until_ms: None,
                });
                true
            }
        }
    }

    /// The call that was let through is not made after all: the next that asks is.
    pub fn forgo(&mut self) {
        if let Some(open) = &mut self.open {
            open.probe_until_ms = None;
        }
    }

    /// Since when it is open, as known at an instant (UTC milliseconds). Nothing is known of a server that nobody has asked since
    /// it could be asked again.
    pub fn open_since_ms(&self, now_ms: i64) -> Option<i64> {
        let open = self.open.as_ref()?;
        let asked_until_ms = open.probe_until_ms.unwrap_or(open.until_ms);
        (now_ms < asked_until_ms + UNASKED_MS).then_some(open.since_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn opened_at(now_ms: i64) -> Breaker {
        let mut breaker = Breaker::default();
        for nth in 1..=FAILURES_MAX {
            assert_eq!(breaker.leave(now_ms), Leave::Go);
            assert_eq!(breaker.failed(now_ms), nth == FAILURES_MAX);
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_one_answer_between_them_does_not() {
        let mut breaker = opened_at(7);
        assert_eq!(breaker.open_since_ms(7), Some(7));
        assert_eq!(breaker.leave(8), Leave::Wait { until_ms: 5_007 });
        let mut flaky = Breaker::default();
        for _ in 0..100 {
            for _ in 1..FAILURES_MAX {
                assert!(!flaky.failed(0));
            }
            assert!(!flaky.answered(), "it was never open");
        }
    }

    #[test]
    fn one_at_a_time_is_let_through_and_its_answer_closes_it() {
        let mut breaker = opened_at(0);
        assert_eq!(breaker.leave(5_000), Leave::Go);
        assert_eq!(breaker.leave(5_000), Leave::Wait { until_ms: 10_000 });
        assert_eq!(breaker.leave(34_000), Leave::Wait { until_ms: 35_000 });
        assert!(breaker.answered());
        assert_eq!((breaker.leave(5_001), breaker.open_since_ms(7)), (Leave::Go, None));
    }

    #[test]
    fn each_call_in_vain_is_followed_by_a_longer_pause_up_to_a_minute() {
        let (mut breaker, mut now) = (opened_at(0), 0);
        for pause in [5_000, 10_000, 20_000, 40_000, 60_000, 60_000] {
            assert_eq!(breaker.leave(now), Leave::Wait { until_ms: now + pause });
            now += pause;
            assert_eq!(breaker.leave(now), Leave::Go);
            assert!(!breaker.failed(now), "it is open already");
        }
    }

    #[test]
    fn one_whose_worker_died_is_followed_by_another() {
        let mut breaker = opened_at(0);
        assert_eq!(breaker.leave(5_000), Leave::Go);
        assert_eq!(breaker.leave(35_000), Leave::Go);
    }

    #[test]
    fn one_that_is_not_made_after_all_is_left_to_the_next() {
        let mut breaker = opened_at(0);
        assert_eq!(breaker.leave(5_000), Leave::Go);
        breaker.forgo();
        assert_eq!(breaker.leave(5_001), Leave::Go);
    }

    #[test]
    fn of_a_server_that_nobody_asks_nothing_is_known_after_a_while() {
        let breaker = opened_at(0);
        assert_eq!(breaker.open_since_ms(5_000 + UNASKED_MS - 1), Some(0));
        assert_eq!(breaker.open_since_ms(5_000 + UNASKED_MS), None);
    }

    #[test]
    fn calls_that_were_under_way_do_not_make_it_longer() {
        let mut breaker = opened_at(0);
        for now in 1..400 {
            assert!(!breaker.failed(now));
        }
        assert_eq!(breaker.leave(400), Leave::Wait { until_ms: 5_000 });
    }

    proptest! {
        #[test]
        fn nobody_is_sent_away_for_longer_than_a_minute(steps in prop::collection::vec((0_i64..20_000, 0_u8..3), 0..200)) {
            let (mut breaker, mut now) = (opened_at(0), 0);
            for (gap, what) in steps {
                now += gap;
                match what {
                    0 => { breaker.failed(now); }
                    1 if gap == 0 => { breaker.answered(); }
                    _ => {}
                }
                if let Leave::Wait { until_ms } = breaker.leave(now) {
                    prop_assert!(until_ms > now && until_ms <= now + 60_000);
                }
            }
        }
    }
}
