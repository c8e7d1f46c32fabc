//! How much still fits into a window, and when the next place is free.
//!
//! A rolling window is half-open: two posts exactly its length apart do not share one.

use jiff::{Timestamp, ToSpan};

use crate::rules::schema::{Counts, DAY_MS, HOUR_MS, Quota, Scope, Window};
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

/// The most places that a window is taken to have, whatever a network says: no quota of a network comes near it, and a wrong figure must not
/// be reckoned with place by place.
const PLACES_MAX: i64 = 100_000;

/// What a network said of a quota of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// How many places it said are used.
    pub used: i64,
    /// How many it said there are.
    pub max: i64,
    /// When it said so, UTC milliseconds.
    pub at_ms: i64,
}

impl Said {
    /// How many places there are, within what can be: a network's word is a stranger's.
    pub fn places(&self) -> i64 {
        self.max.clamp(0, PLACES_MAX)
    }

    /// Whether what it counted then may still take places of a window that holds an instant (UTC milliseconds).
    pub fn reaches(&self, window: Window, at_ms: i64) -> bool {
        self.at_ms > at_ms - reach_ms(window)
    }

    /// `times` with what the network counted beside them. Other programs' posts are among those, at instants that nobody told; they are taken
    /// to be as late as they can be. `times` must go back a whole window before it was said, or posts of ours are taken for others'.
    ///
    /// # Errors
    /// [`QuotaError::OutOfRange`] if a calendar day cannot be told.
    pub fn beside(&self, window: Window, mut times: Vec<i64>) -> Result<Vec<i64>, QuotaError> {
        let others = self.used.clamp(0, self.places()) - used(window, &times, self.at_ms)?;
        times.extend(std::iter::repeat_n(self.at_ms, usize::try_from(others).unwrap_or(0)));
        Ok(times)
    }
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

/// A quota's window with what takes its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The quota.
    pub quota: &'static Quota,
    /// How many places it has, by the rules table or by the network's own word.
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
            let next = next_free(filled.quota.window, filled.max, &filled.times, free)?;
            if next > free {
                (free, held_up) = (next, Some(filled));
            }
        }
        if free == before {
            return Ok((free, held_up));
        }
    }
}

/// A quota in words, to go on with: `3 posts on one channel within any hour`.
pub fn in_words(quota: &Quota, max: i64) -> String {
    let what = match (quota.drafts_only, quota.counts) {
        (true, _) => "draft",
        (false, Counts::Posts) => "post",
        (false, Counts::Messages) => "message",
        (false, Counts::Calls) => "call",
        (false, Counts::Units) => "unit",
    };
    let kinds: Vec<&str> = quota.content_types.iter().map(|kind| kind.key()).collect();
    let kinds = if kinds.is_empty() {
        String::new()
    } else {
        format!("{} ", kinds.join(" and "))
    };
    let many = if max == 1 { "" } else { "s" };
    let whose = match quota.scope {
        Scope::Channel => "on one channel",
        Scope::Grant => "of all channels behind one sign-in together",
        Scope::App => "of all channels behind one app together",
    };
    format!("{max} {kinds}{what}{many} {whose} {}", within(quota.window))
}

/// A window in words: `within any 15 minutes`.
fn within(window: Window) -> String {
    match window {
        Window::Day { zone } => format!("on one day ({})", zone.replace('_', " ")),
        Window::Rolling { ms } => {
            let minutes = ms / 60_000;
            match (minutes, minutes % 60) {
                (1, _) => "within any minute".to_owned(),
                (60, _) => "within any hour".to_owned(),
                (_, 0) => format!("within any {} hours", minutes / 60),
                _ => format!("within any {minutes} minutes"),
            }
        }
    }
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
        assert_eq!(
            next_free(ROLLING_HOUR.window, ROLLING_HOUR.max.value, &ten, 30 * MINUTE_MS),
            Ok(60 * MINUTE_MS)
        );
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

    fn said(used: i64, max: i64, at_minute: i64) -> Said {
        Said {
            used,
            max,
            at_ms: at_minute * MINUTE_MS,
        }
    }

    #[test]
    fn what_a_network_counted_beside_ours_leaves_the_window_last() {
        let ours = minutes(&[0, 10]);
        // Three are used, and we know of two: the third may have been made just now.
        let all = said(3, 10, 20).beside(HOUR, ours.clone()).unwrap();
        assert_eq!(all, minutes(&[0, 10, 20]));
        assert_eq!(next_free(HOUR, 3, &all, 30 * MINUTE_MS), Ok(60 * MINUTE_MS));
        // It counts less than we do: what it does not count yet counts all the same.
        assert_eq!(said(1, 10, 20).beside(HOUR, ours.clone()), Ok(ours.clone()));
        // What is still to come is not among what it counted.
        assert_eq!(said(1, 10, 20).beside(HOUR, minutes(&[0, 90])), Ok(minutes(&[0, 90])));
    }

    #[test]
    fn what_a_network_says_is_kept_within_what_can_be() {
        assert_eq!(said(i64::MAX, 2, 20).beside(HOUR, Vec::new()), Ok(minutes(&[20, 20])));
        assert_eq!(said(-5, 2, 20).beside(HOUR, Vec::new()), Ok(Vec::new()));
        assert_eq!((said(0, i64::MAX, 0).places(), said(0, -1, 0).places()), (PLACES_MAX, 0));
        assert_eq!(
            said(i64::MAX, i64::MAX, 0).beside(HOUR, Vec::new()).map(|times| times.len()),
            Ok(PLACES_MAX as usize)
        );
        assert!(said(1, 2, 20).reaches(HOUR, 79 * MINUTE_MS) && !said(1, 2, 20).reaches(HOUR, 80 * MINUTE_MS));
    }

    #[test]
    fn a_quota_is_told_with_its_scope_and_its_window() {
        let of = |scope: Scope, counts: Counts, window: Window| Quota {
            scope,
            counts,
            window,
            ..ROLLING_HOUR
        };
        let minute = |minutes: i64| Window::Rolling { ms: minutes * MINUTE_MS };
        let reels = Quota {
            content_types: &[crate::post::ContentType::Reel],
            ..of(Scope::Channel, Counts::Posts, minute(24 * 60))
        };
        let pacific = Window::Day {
            zone: "America/Los_Angeles",
        };
        for (quota, max, told) in [
            (ROLLING_HOUR, 10, "10 posts on one channel within any hour"),
            (
                of(Scope::App, Counts::Calls, minute(1)),
                300,
                "300 calls of all channels behind one app together within any minute",
            ),
            (
                of(Scope::Grant, Counts::Messages, minute(15)),
                1,
                "1 message of all channels behind one sign-in together within any 15 minutes",
            ),
            (reels, 30, "30 reel posts on one channel within any 24 hours"),
            (
                of(Scope::App, Counts::Posts, pacific),
                100,
                "100 posts of all channels behind one app together on one day (America/Los Angeles)",
            ),
        ] {
            assert_eq!(in_words(&quota, max), told);
        }
    }

    #[test]
    fn every_window_has_room_at_the_instant_that_is_named() {
        const fn rolling(minutes: i64) -> Quota {
            Quota {
                window: Window::Rolling { ms: minutes * MINUTE_MS },
                ..ROLLING_HOUR
            }
        }
        static QUOTAS: [Quota; 3] = [rolling(60), rolling(120), rolling(10)];
        let filled = |which: usize, max: i64, times: &[i64]| Filled {
            quota: &QUOTAS[which],
            max,
            times: minutes(times),
        };
        let windows = [filled(0, 1, &[0]), filled(1, 1, &[0]), filled(2, 1, &[125])];
        let (free, held_up) = next_free_in_all(&windows, 0).unwrap();
        assert_eq!((free, held_up), (135 * MINUTE_MS, Some(&windows[2])));
        assert_eq!(next_free_in_all(&windows, 200 * MINUTE_MS), Ok((200 * MINUTE_MS, None)));
        assert_eq!(next_free_in_all(&[filled(0, 0, &[])], 0), Err(QuotaError::Closed));
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
                times.push(next_free(ROLLING_HOUR.window, ROLLING_HOUR.max.value, &times, minute * MINUTE_MS).unwrap());
            }
            times.sort_unstable();
            for run in times.windows(11) {
                prop_assert!(run[10] - run[0] >= 60 * MINUTE_MS);
            }
        }
    }
}
