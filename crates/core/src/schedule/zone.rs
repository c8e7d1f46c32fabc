//! Wall time to instant, with daylight saving resolved in the open.
//!
//! The rules of zones are those built into the program, so that the same input gives the same instant on every machine.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// What a wall time stands for. Instants are UTC milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Resolved {
    /// One instant.
    Unique {
        /// It.
        at_ms: i64,
    },
    /// The clocks jump over this time; it does not exist on that day.
    Gap {
        /// Read on the clock that holds after the jump: before the jump by as much as is missing.
        earlier_ms: i64,
        /// Read on the clock that held before the jump: after it.
        later_ms: i64,
    },
    /// The clocks are put back over this time; it comes twice on that day.
    Overlap {
        /// The first time.
        first_ms: i64,
        /// The second time.
        second_ms: i64,
    },
}

impl Resolved {
    /// The instant that is taken unless a person says otherwise: the later one of a gap, the first one of an overlap.
    pub const fn chosen_ms(self) -> i64 {
        match self {
            Resolved::Unique { at_ms } => at_ms,
            Resolved::Gap { later_ms, .. } => later_ms,
            Resolved::Overlap { first_ms, .. } => first_ms,
        }
    }

    /// Whether an instant is one of those that the wall time may stand for.
    pub const fn allows(self, at_ms: i64) -> bool {
        match self {
            Resolved::Unique { at_ms: only } => at_ms == only,
            Resolved::Gap { earlier_ms, later_ms } => at_ms == earlier_ms || at_ms == later_ms,
            Resolved::Overlap { first_ms, second_ms } => at_ms == first_ms || at_ms == second_ms,
        }
    }
}

/// Why a wall time could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// The zone is not known.
    #[error("`{0}` is not a time zone; a name such as Europe/Berlin is")]
    UnknownZone(String),
    /// The date and time are not written as they should be.
    #[error("`{0}` is not a date and time such as 2026-11-24T09:30")]
    InvalidLocal(String),
    /// The instant lies beyond the years that are reckoned with.
    #[error("the date is out of range")]
    OutOfRange,
}

impl ZoneError {
    /// The stable code in API answers.
    pub const fn code(&self) -> &'static str {
        match self {
            ZoneError::UnknownZone(_) => "zone.unknown",
            ZoneError::InvalidLocal(_) => "schedule.invalid",
            ZoneError::OutOfRange => "schedule.out_of_range",
        }
    }
}

/// The zone of an IANA name.
///
/// # Errors
/// [`ZoneError::UnknownZone`] if there is none of that name.
pub fn zone(name: &str) -> Result<TimeZone, ZoneError> {
    ZONES.get(name).map_err(|_| ZoneError::UnknownZone(name.to_owned()))
}

/// Every zone's name, in the order of the alphabet.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = ZONES.available().map(|name| name.as_str().to_owned()).collect();
    names.sort();
    names
}

fn parsed(local: &str) -> Result<DateTime, ZoneError> {
    let invalid = || ZoneError::InvalidLocal(local.to_owned());
    // A bare date would silently mean midnight, and an offset or zone would contradict the zone given beside.
    if !local.contains(['T', 't', ' ']) || local.contains(['Z', 'z', '+', '[']) || local.matches('-').count() != 2 {
        return Err(invalid());
    }
    local.parse().map_err(|_| invalid())
}

fn instant_ms(local: DateTime, offset: Offset) -> Result<i64, ZoneError> {
    offset
        .to_timestamp(local)
        .map(Timestamp::as_millisecond)
        .map_err(|_| ZoneError::OutOfRange)
}

/// The instant, or instants, of a wall time (`2026-11-24T09:30`) in an IANA zone.
///
/// # Errors
/// If the zone is not known, the time is not written so, or it is out of range.
pub fn resolve(local: &str, zone_name: &str) -> Result<Resolved, ZoneError> {
    let zone = zone(zone_name)?;
    let local = parsed(local)?;
    Ok(match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => Resolved::Unique {
            at_ms: instant_ms(local, offset)?,
        },
        AmbiguousOffset::Gap { before, after } => Resolved::Gap {
            earlier_ms: instant_ms(local, after)?,
            later_ms: instant_ms(local, before)?,
        },
        AmbiguousOffset::Fold { before, after } => Resolved::Overlap {
            first_ms: instant_ms(local, before)?,
            second_ms: instant_ms(local, after)?,
        },
    })
}

/// The wall time of an instant in a zone, as `2026-11-24T09:30`, with seconds only if there are any.
///
/// # Errors
/// If the zone is not known or the instant is out of range.
pub fn local(at_ms: i64, zone_name: &str) -> Result<String, ZoneError> {
    let at = Timestamp::from_millisecond(at_ms).map_err(|_| ZoneError::OutOfRange)?;
    let civil = at.to_zoned(zone(zone_name)?).datetime();
    let format = if civil.second() == 0 && civil.subsec_nanosecond() == 0 {
        "%Y-%m-%dT%H:%M"
    } else {
        "%Y-%m-%dT%H:%M:%S"
    };
    Ok(civil.strftime(format).to_string())
}

/// The wall time of an instant with the offset that holds then, as `2026-10-25T02:30 +02:00`: what tells the two of an overlap apart.
///
/// # Errors
/// If the zone is not known or the instant is out of range.
pub fn local_with_offset(at_ms: i64, zone_name: &str) -> Result<String, ZoneError> {
    let at = Timestamp::from_millisecond(at_ms).map_err(|_| ZoneError::OutOfRange)?;
    let offset = at.to_zoned(zone(zone_name)?).strftime("%:z").to_string();
    Ok(format!("{} {offset}", local(at_ms, zone_name)?))
}

/// What is unusual about a wall time, in words, and that it is taken as `at_ms`; `None` if nothing is.
///
/// # Errors
/// As [`resolve`].
pub fn explained(local_text: &str, zone_name: &str, at_ms: i64) -> Result<Option<String>, ZoneError> {
    let resolved = resolve(local_text, zone_name)?;
    let clock = |at_ms: i64| -> Result<String, ZoneError> {
        let text = local(at_ms, zone_name)?;
        Ok(text.split('T').nth(1).unwrap_or_default().to_owned())
    };
    let (asked, day) = {
        let asked = parsed(local_text)?;
        (asked.strftime("%H:%M").to_string(), asked.strftime("%Y-%m-%d").to_string())
    };
    Ok(match resolved {
        Resolved::Unique { .. } => None,
        Resolved::Gap { earlier_ms, later_ms } => {
            let other_ms = if at_ms == earlier_ms { later_ms } else { earlier_ms };
            Some(format!(
                "{asked} does not exist on {day} in {zone_name}: the clocks are put forward over it. It is taken as {}; {} is the other choice.",
                clock(at_ms)?,
                clock(other_ms)?
            ))
        }
        Resolved::Overlap { first_ms, second_ms } => {
            let apart = SignedDuration::from_millis(second_ms - first_ms).as_mins();
            let taken = if at_ms == second_ms {
                format!("The second is taken, {apart} minutes after the first.")
            } else {
                format!("The first is taken; the second comes {apart} minutes later.")
            };
            Some(format!(
                "{asked} comes twice on {day} in {zone_name}: the clocks are put back over it. {taken}"
            ))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: i64 = 60_000;

    #[test]
    fn a_wall_time_is_one_instant_none_or_two() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        let cases = [
            (
                "2026-11-24T09:30",
                "Europe/Berlin",
                Resolved::Unique {
                    at_ms: at("2026-11-24T08:30:00Z"),
                },
            ),
            (
                "2027-03-28T02:30",
                "Europe/Berlin",
                Resolved::Gap {
                    earlier_ms: at("2027-03-28T00:30:00Z"),
                    later_ms: at("2027-03-28T01:30:00Z"),
                },
            ),
            (
                "2027-10-31T02:30",
                "Europe/Berlin",
                Resolved::Overlap {
                    first_ms: at("2027-10-31T00:30:00Z"),
                    second_ms: at("2027-10-31T01:30:00Z"),
                },
            ),
            (
                "2027-03-14T02:00",
                "America/New_York",
                Resolved::Gap {
                    earlier_ms: at("2027-03-14T06:00:00Z"),
                    later_ms: at("2027-03-14T07:00:00Z"),
                },
            ),
            (
                "2026-11-24T09:30:15",
                "Asia/Kathmandu",
                Resolved::Unique {
                    at_ms: at("2026-11-24T03:45:15Z"),
                },
            ),
        ];
        for (local, zone, expected) in cases {
            assert_eq!(resolve(local, zone), Ok(expected), "{local} {zone}");
        }
    }

    #[test]
    fn the_later_of_a_gap_and_the_first_of_an_overlap_are_chosen_and_said() {
        let gap = resolve("2027-03-28T02:30", "Europe/Berlin").unwrap();
        assert_eq!(local(gap.chosen_ms(), "Europe/Berlin").unwrap(), "2027-03-28T03:30");
        let said = explained("2027-03-28T02:30", "Europe/Berlin", gap.chosen_ms()).unwrap().unwrap();
        assert!(
            said.contains("does not exist") && said.contains("03:30") && said.contains("01:30"),
            "{said}"
        );
        let overlap = resolve("2027-10-31T02:30", "Europe/Berlin").unwrap();
        assert!(matches!(overlap, Resolved::Overlap { first_ms, .. } if first_ms == overlap.chosen_ms()));
        let said = explained("2027-10-31T02:30", "Europe/Berlin", overlap.chosen_ms())
            .unwrap()
            .unwrap();
        assert!(said.contains("comes twice") && said.contains("60 minutes"), "{said}");
        assert_eq!(explained("2026-11-24T09:30", "Europe/Berlin", 0), Ok(None));
    }

    #[test]
    fn what_is_said_follows_what_was_chosen_otherwise() {
        let Resolved::Gap { earlier_ms, .. } = resolve("2027-03-28T02:30", "Europe/Berlin").unwrap() else {
            panic!("a gap");
        };
        let said = explained("2027-03-28T02:30", "Europe/Berlin", earlier_ms).unwrap().unwrap();
        assert!(said.contains("taken as 01:30; 03:30 is the other choice"), "{said}");
        let Resolved::Overlap { first_ms, second_ms } = resolve("2027-10-31T02:30", "Europe/Berlin").unwrap() else {
            panic!("an overlap");
        };
        let said = explained("2027-10-31T02:30", "Europe/Berlin", second_ms).unwrap().unwrap();
        assert!(said.contains("The second is taken"), "{said}");
        let labels = [first_ms, second_ms].map(|at_ms| local_with_offset(at_ms, "Europe/Berlin").unwrap());
        assert_eq!(labels, ["2027-10-31T02:30 +02:00", "2027-10-31T02:30 +01:00"]);
    }

    #[test]
    fn what_is_not_a_wall_time_or_zone_is_refused() {
        for bad in [
            "",
            "tomorrow",
            "2026-11-24",
            "2026-11-24T09:30Z",
            "2026-11-24T09:30+01:00",
            "2026-02-30T09:00",
            "2026-11-24T25:00",
        ] {
            assert_eq!(resolve(bad, "UTC"), Err(ZoneError::InvalidLocal(bad.to_owned())), "{bad}");
        }
        for bad in ["", "Nowhere/Else", "Berlin"] {
            assert_eq!(resolve("2026-11-24T09:30", bad), Err(ZoneError::UnknownZone(bad.to_owned())));
        }
    }

    #[test]
    fn every_zone_resolves_around_its_next_transitions() {
        let from: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
        let names = names();
        let mut seen = 0;
        assert!(names.len() > 400, "only {} zones", names.len());
        for name in &names {
            let tz = zone(name).unwrap();
            for transition in tz.following(from).take(4) {
                let at_ms = transition.timestamp().as_millisecond();
                let after = i64::from(transition.offset().seconds());
                let before = i64::from(tz.to_offset(Timestamp::from_millisecond(at_ms - 1).unwrap()).seconds());
                let shift_ms = (after - before) * 1_000;
                if shift_ms == 0 {
                    continue;
                }
                seen += 1;
                // A minute into the jump, on the clock that was in force before it (a gap) or is in force after it (an overlap).
                let wall_offset = if shift_ms > 0 { before } else { after };
                let inside = at_ms + MINUTE_MS + wall_offset * 1_000;
                let text = local(inside, "UTC").unwrap();
                let width_ms = shift_ms.abs();
                match resolve(&text, name).unwrap() {
                    Resolved::Gap { earlier_ms, later_ms } => {
                        assert!(shift_ms > 0, "{name} {text}");
                        assert_eq!(later_ms - earlier_ms, width_ms, "{name} {text}");
                        assert_eq!(later_ms, at_ms + MINUTE_MS, "{name} {text}");
                    }
                    Resolved::Overlap { first_ms, second_ms } => {
                        assert!(shift_ms < 0, "{name} {text}");
                        assert_eq!(second_ms - first_ms, width_ms, "{name} {text}");
                        assert_eq!(second_ms, at_ms + MINUTE_MS, "{name} {text}");
                        for at in [first_ms, second_ms] {
                            assert_eq!(local(at, name).unwrap(), text, "{name}");
                        }
                    }
                    Resolved::Unique { .. } => panic!("{name} {text} lies in a transition"),
                }
                let calm = local(at_ms - 12 * 60 * MINUTE_MS, name).unwrap();
                let resolved = resolve(&calm, name).unwrap();
                assert!(resolved.allows(at_ms - 12 * 60 * MINUTE_MS), "{name} {calm}");
            }
        }
        assert!(seen > 200, "only {seen} transitions");
    }
}
