//! How much still fits into a window, and when the next place is free.
//!
//! A rolling window is half-open: two posts exactly its length apart do not share one.

use jiff::{Timestamp, ToSpan};

use crate::rules::schema::{DAY_MS, HOUR_MS, Quota, Window};
use crate::schedule::zone;

/// Why a quota could not be reckoned with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuotaError {
    /// The quota lets nothing through at all.
    #[error("the quota lets nothing through")]
    Closed,
    /// The zone or the instant is beyond what is reckoned with.
    #[error("the instant is out of range")]
    OutOfRange,
}

/// Whether one more fits at an instant beside those at `times` (in any order, past and to come; UTC milliseconds), so that no
/// window that holds it holds more than `max`.
///
/// # Errors
/// [`QuotaError::OutOfRange`] if a calendar day cannot be told.
pub fn fits(window: Window, max: i64, times: &[i64], at_ms: i64) -> Result<bool, QuotaError> {
    let max = usize::try_from(max).unwrap_or(0);
    if max == 0 {
        return Ok(false);
    }
    match window {
        Window::Rolling { ms } => {
            let mut near: Vec<i64> = times.iter().copied().filter(|time| (time - at_ms).abs() < ms).collect();
            near.push(at_ms);
            near.sort_unstable();
            // More than `max` within less than `ms` would share a window; every such run here holds the new one or is not its matter.
            let crowded = near
                .windows(max + 1)
                .any(|run| run[max] - run[0] < ms && run[0] <= at_ms && at_ms <= run[max]);
            Ok(!crowded)
        }
        Window::Day { zone } => {
            let (start, end) = day(at_ms, zone)?;
            Ok(times.iter().filter(|time| (start..end).contains(*time)).count() < max)
        }
    }
}

/// The first instant at or after `wanted_ms` at which one more fits.
///
/// # Errors
/// [`QuotaError::Closed`] if `max` is not positive; [`QuotaError::OutOfRange`] beyond the end of the calendar.
pub fn next_free(window: Window, max: i64, times: &[i64], wanted_ms: i64) -> Result<i64, QuotaError> {
    if max <= 0 {
        return Err(QuotaError::Closed);
    }
    match window {
        Window::Rolling { ms } => {
            // A place opens only when a post falls out of the window behind it.
            let mut openings: Vec<i64> = times.iter().map(|time| time + ms).filter(|at| *at > wanted_ms).collect();
            openings.push(wanted_ms);
            openings.sort_unstable();
            for at in openings {
                if fits(window, max, times, at)? {
                    return Ok(at);
                }
            }
            Err(QuotaError::OutOfRange)
        }
        Window::Day { zone } => {
            let mut at = wanted_ms;
            while !fits(window, max, times, at)? {
                at = day(at, zone)?.1;
            }
            Ok(at)
        }
    }
}

/// How many of `times` count against a quota at an instant: in the window that ends there, or on its day.
///
/// # Errors
/// [`QuotaError::OutOfRange`] if a calendar day cannot be told.
pub fn used(window: Window, times: &[i64], at_ms: i64) -> Result<i64, QuotaError> {
    let (start, end) = match window {
        Window::Rolling { ms } => (at_ms - ms + 1, at_ms.saturating_add(1)),
        Window::Day { zone } => day(at_ms, zone)?,
    };
    let count = times.iter().filter(|time| (start..end).contains(*time)).count();
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// `times` with what a network counted beside them: it said at an instant (UTC milliseconds) that `used` were used then. Other programs' posts
/// are among those, at instants that nobody told; they are taken to be as late as they can be.
///
/// # Errors
/// [`QuotaError::OutOfRange`] if a calendar day cannot be told.
pub fn beside(window: Window, mut times: Vec<i64>, said_used: i64, said_at_ms: i64) -> Result<Vec<i64>, QuotaError> {
    let others = said_used - used(window, &times, said_at_ms)?;
    times.extend(std::iter::repeat_n(said_at_ms, usize::try_from(others).unwrap_or(0)));
    Ok(times)
}

/// How long a window is, milliseconds; a calendar day as it mostly is.
pub fn length_ms(window: Window) -> i64 {
    match window {
        Window::Rolling { ms } => ms,
        Window::Day { .. } => DAY_MS,
    }
}

/// How long before an instant posts can still take places of a window, milliseconds: a day in which a clock is set back is longer.
pub fn reach_ms(window: Window) -> i64 {
    length_ms(window) + if matches!(window, Window::Day { .. }) { HOUR_MS } else { 0 }
}

/// A window with what takes its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The window.
    pub window: Window,
    /// How many places it has.
    pub max: i64,
    /// What takes them, UTC milliseconds.
    pub times: Vec<i64>,
}

/// The first instant at or after `wanted_ms` at which every window has room; with it the window that held it up last, if one did.
///
/// # Errors
/// As [`next_free`].
pub fn next_free_in_all(windows: &[Filled], wanted_ms: i64) -> Result<(i64, Option<&Filled>), QuotaError> {
    let (mut free, mut held_up) = (wanted_ms, None);
    loop {
        let before = free;
        for filled in windows {
            let next = next_free(filled.window, filled.max, &filled.times, free)?;
            if next > free {
                (free, held_up) = (next, Some(filled));
            }
        }
        if free == before {
            return Ok((free, held_up));
        }
    }
}

/// [`next_free`] for a quota of the rules table. `max` takes the place of the table's figure where the network answered its own.
///
/// # Errors
/// As [`next_free`].
pub fn next_free_of(quota: &Quota, max: Option<i64>, times: &[i64], wanted_ms: i64) -> Result<i64, QuotaError> {
    next_free(quota.window, max.unwrap_or(quota.max.value), times, wanted_ms)
}

/// The calendar day of an instant in a zone: from its midnight to before the next, UTC milliseconds.
fn day(at_ms: i64, zone_name: &str) -> Result<(i64, i64), QuotaError> {
    let zone = zone::zone(zone_name).map_err(|_| QuotaError::OutOfRange)?;
    let at = Timestamp::from_millisecond(at_ms).map_err(|_| QuotaError::OutOfRange)?;
    let start = at.to_zoned(zone).start_of_day().map_err(|_| QuotaError::OutOfRange)?;
    let end = start
        .checked_add(1.day())
        .and_then(|next| next.start_of_day())
        .map_err(|_| QuotaError::OutOfRange)?;
    Ok((start.timestamp().as_millisecond(), end.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::schema::ROLLING_HOUR;
    use proptest::prelude::*;

    const MINUTE_MS: i64 = 60_000;
    const HOUR: Window = Window::Rolling { ms: 60 * MINUTE_MS };

    fn minutes(list: &[i64]) -> Vec<i64> {
        list.iter().map(|minute| minute * MINUTE_MS).collect()
    }

    #[test]
    fn the_tenth_in_an_hour_fits_and_the_eleventh_does_not() {
        let nine = minutes(&[0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(fits(HOUR, 10, &nine, 9 * MINUTE_MS), Ok(true));
        let ten = minutes(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(fits(HOUR, 10, &ten, 10 * MINUTE_MS), Ok(false));
        assert_eq!(fits(HOUR, 10, &ten, 59 * MINUTE_MS), Ok(false));
    }

    #[test]
    fn exactly_sixty_minutes_later_is_another_window() {
        let ten = minutes(&[0; 10]);
        assert_eq!(fits(HOUR, 10, &ten, 60 * MINUTE_MS - 1), Ok(false));
        assert_eq!(fits(HOUR, 10, &ten, 60 * MINUTE_MS), Ok(true));
        assert_eq!(next_free_of(&ROLLING_HOUR, None, &ten, 30 * MINUTE_MS), Ok(60 * MINUTE_MS));
    }

    #[test]
    fn posts_that_come_later_count_as_well() {
        let later = minutes(&[30; 10]);
        assert_eq!(fits(HOUR, 10, &later, 0), Ok(false));
        assert_eq!(fits(HOUR, 10, &later, -30 * MINUTE_MS), Ok(true));
        assert_eq!(next_free(HOUR, 10, &later, 0), Ok(90 * MINUTE_MS));
    }

    #[test]
    fn a_day_ends_at_its_zones_midnight() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        let pacific = Window::Day {
            zone: "America/Los_Angeles",
        };
        let used_up = [at("2026-11-22T09:00:00Z"), at("2026-11-22T20:00:00Z")];
        assert_eq!(
            next_free(pacific, 2, &used_up, at("2026-11-23T05:00:00Z")),
            Ok(at("2026-11-23T08:00:00Z"))
        );
        assert_eq!(used(pacific, &used_up, at("2026-11-23T07:59:59Z")), Ok(2));
        assert_eq!(used(pacific, &used_up, at("2026-11-23T08:00:00Z")), Ok(0));
    }

    #[test]
    fn a_closed_quota_has_no_next_place() {
        assert_eq!(next_free(HOUR, 0, &[], 0), Err(QuotaError::Closed));
    }

    #[test]
    fn what_a_network_counted_beside_ours_leaves_the_window_last() {
        let ours = minutes(&[0, 10]);
        // Three are used, and we know of two: the third may have been made just now.
        let all = beside(HOUR, ours.clone(), 3, 20 * MINUTE_MS).unwrap();
        assert_eq!(all, minutes(&[0, 10, 20]));
        assert_eq!(next_free(HOUR, 3, &all, 30 * MINUTE_MS), Ok(60 * MINUTE_MS));
        // It counts less than we do: what it does not count yet counts all the same.
        assert_eq!(beside(HOUR, ours.clone(), 1, 20 * MINUTE_MS), Ok(ours.clone()));
        // What is still to come is not among what it counted.
        assert_eq!(beside(HOUR, minutes(&[0, 90]), 1, 20 * MINUTE_MS), Ok(minutes(&[0, 90])));
    }

    #[test]
    fn every_window_has_room_at_the_instant_that_is_named() {
        let filled = |minutes_long: i64, max: i64, times: &[i64]| Filled {
            window: Window::Rolling {
                ms: minutes_long * MINUTE_MS,
            },
            max,
            times: minutes(times),
        };
        let windows = [filled(60, 1, &[0]), filled(120, 1, &[0]), filled(10, 1, &[125])];
        let (free, held_up) = next_free_in_all(&windows, 0).unwrap();
        assert_eq!((free, held_up), (135 * MINUTE_MS, Some(&windows[2])));
        assert_eq!(next_free_in_all(&windows, 200 * MINUTE_MS), Ok((200 * MINUTE_MS, None)));
        assert_eq!(next_free_in_all(&[filled(60, 0, &[])], 0), Err(QuotaError::Closed));
    }

    proptest! {
        #[test]
        fn the_next_free_place_fits_and_none_before_it_does(times in prop::collection::vec(0_i64..300, 0..60), wanted in 0_i64..300, max in 1_i64..6) {
            let times = minutes(&times);
            let wanted = wanted * MINUTE_MS;
            let free = next_free(HOUR, max, &times, wanted).unwrap();
            prop_assert!(fits(HOUR, max, &times, free).unwrap());
            let mut at = wanted;
            while at < free {
                prop_assert!(!fits(HOUR, max, &times, at).unwrap());
                at += MINUTE_MS;
            }
        }

        #[test]
        fn filling_one_by_one_never_crowds_a_window(wanted in prop::collection::vec(0_i64..120, 0..40)) {
            let mut times: Vec<i64> = Vec::new();
            for minute in wanted {
                times.push(next_free_of(&ROLLING_HOUR, None, &times, minute * MINUTE_MS).unwrap());
            }
            times.sort_unstable();
            for run in times.windows(11) {
                prop_assert!(run[10] - run[0] >= 60 * MINUTE_MS);
            }
        }
    }
}
