//! What people mean by a time.

use postrider_core::schedule::zone::{self, Resolved, ZoneError};
use postrider_store::deliveries::Moment;

use crate::dto::Instant;
use crate::dto::schedule::{Choice, ResolvedTime, Schedule, TimeChoice};
use crate::problem::{Answer, Code, Refused};

/// A zone's name, if it is known.
///
/// # Errors
/// With the field.
pub fn known(field: &str, name: &str) -> Answer<String> {
    zone::zone(name).map_err(|error| refused(field, &error))?;
    Ok(name.to_owned())
}

fn refused(field: &str, error: &ZoneError) -> Refused {
    Refused::invalid(field, format!("{error}."))
}

/// The instant that is meant, explained where the clock is changed over it.
///
/// # Errors
/// If neither an instant nor a wall time with its zone is there, or it cannot be read. `field` is where it stands in the body.
pub fn resolve(field: &str, schedule: &Schedule) -> Answer<ResolvedTime> {
    match (&schedule.at, &schedule.local, &schedule.zone) {
        (Some(at), None, _) => Ok(ResolvedTime {
            at: *at,
            local: None,
            zone: schedule.zone.clone(),
            explanation: None,
            choices: Vec::new(),
        }),
        (None, Some(local), Some(name)) => wall(field, local, name, schedule.choice),
        (Some(_), Some(_), _) => Err(Refused::invalid(field, "Give either `at`, or `local` with `zone`.")),
        (None, Some(_), None) => Err(Refused::invalid(format!("{field}.zone"), "A wall time needs its zone.")),
        (None, None, _) => Err(Refused::invalid(field, "Give `at`, or `local` with `zone`.")),
    }
}

fn wall(field: &str, local: &str, name: &str, choice: Option<Choice>) -> Answer<ResolvedTime> {
    let told = |error: ZoneError| {
        let place = if matches!(error, ZoneError::UnknownZone(_)) {
            "zone"
        } else {
            "local"
        };
        refused(&format!("{field}.{place}"), &error)
    };
    let (pair, default) = match zone::resolve(local, name).map_err(told)? {
        Resolved::Unique { at_ms } => ((at_ms, at_ms), Choice::Earlier),
        Resolved::Gap { earlier_ms, later_ms } => ((earlier_ms, later_ms), Choice::Later),
        Resolved::Overlap { first_ms, second_ms } => ((first_ms, second_ms), Choice::Earlier),
    };
    let at_ms = match choice.unwrap_or(default) {
        Choice::Earlier => pair.0,
        Choice::Later => pair.1,
    };
    let label = |at_ms: i64| zone::local_with_offset(at_ms, name).map_err(told);
    let choices = if pair.0 == pair.1 {
        Vec::new()
    } else {
        vec![
            TimeChoice {
                choice: Choice::Earlier,
                at: Instant(pair.0),
                label: label(pair.0)?,
            },
            TimeChoice {
                choice: Choice::Later,
                at: Instant(pair.1),
                label: label(pair.1)?,
            },
        ]
    };
    Ok(ResolvedTime {
        at: Instant(at_ms),
        local: Some(local.to_owned()),
        zone: Some(name.to_owned()),
        explanation: zone::explained(local, name, at_ms).map_err(told)?,
        choices,
    })
}

/// The same as the store takes it.
pub fn moment(time: &ResolvedTime) -> Moment {
    Moment {
        due_at: time.at.0,
        local_time: time.local.clone(),
        zone: time.zone.clone(),
    }
}

/// Refuses what is past.
///
/// # Errors
/// 422 `schedule.past`.
pub fn future(field: &str, time: &ResolvedTime, now_ms: i64) -> Answer<()> {
    if time.at.0 > now_ms {
        return Ok(());
    }
    Err(Code::Past
        .because(format!("{} is past; it is {} now.", time.at, Instant(now_ms)))
        .field(field)
        .remedy("Choose a later time, or publish now."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(local: &str, zone: &str, choice: Option<Choice>) -> Schedule {
        Schedule {
            at: None,
            local: Some(local.to_owned()),
            zone: Some(zone.to_owned()),
            choice,
        }
    }

    #[test]
    fn a_time_that_comes_twice_or_never_is_explained_and_may_be_chosen() {
        // Berlin, 25 October 2026: 03:00 becomes 02:00. 29 March 2026: 02:00 becomes 03:00.
        let twice = |choice| resolve("schedule", &asked("2026-10-25T02:30", "Europe/Berlin", choice)).unwrap();
        assert_eq!(twice(None).at.to_string(), "2026-10-25T00:30:00.000Z");
        assert_eq!(twice(Some(Choice::Later)).at.to_string(), "2026-10-25T01:30:00.000Z");
        let labels = twice(None).choices.into_iter().map(|choice| choice.label).collect::<Vec<_>>();
        assert_eq!(labels, ["2026-10-25T02:30 +02:00", "2026-10-25T02:30 +01:00"]);
        let said = twice(Some(Choice::Later)).explanation.unwrap();
        assert!(said.contains("The second is taken"), "{said}");
        let never = resolve("schedule", &asked("2026-03-29T02:30", "Europe/Berlin", None)).unwrap();
        assert_eq!(never.at.to_string(), "2026-03-29T01:30:00.000Z");
        assert!(never.explanation.is_some());
        let plain = resolve("schedule", &asked("2026-11-24T09:30", "Europe/Berlin", None)).unwrap();
        assert_eq!((plain.explanation, plain.choices.len()), (None, 0));
    }

    #[test]
    fn what_is_no_time_names_its_field() {
        let cases = [
            (asked("2026-13-01T09:30", "Europe/Berlin", None), "schedule.local"),
            (asked("2026-11-24T09:30", "Mars/Olympus", None), "schedule.zone"),
            (
                Schedule {
                    at: None,
                    local: Some("2026-11-24T09:30".to_owned()),
                    zone: None,
                    choice: None,
                },
                "schedule.zone",
            ),
            (
                Schedule {
                    at: None,
                    local: None,
                    zone: None,
                    choice: None,
                },
                "schedule",
            ),
        ];
        for (schedule, field) in cases {
            let document = resolve("schedule", &schedule).unwrap_err().document();
            assert_eq!(document.field.as_deref(), Some(field));
        }
    }
}
