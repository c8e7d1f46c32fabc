//! What a project has used: uploads and units, until midnight in California (fact sheet section 6).

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::error::{Answer, Refusal};
use super::limits::{INSERTS_PER_DAY, UNITS_PER_DAY};
use crate::world::State;

/// What was used on a day, by project.
#[derive(Default)]
struct Used(HashMap<String, Day>);

struct Day {
    date: Date,
    inserts: u64,
    units: u64,
}

/// The day in California; the whole calendar there is behind UTC by seven hours or eight.
fn date(now_us: i64) -> Date {
    let zone = TimeZone::get("America/Los_Angeles").unwrap_or(TimeZone::UTC);
    let now = Timestamp::from_microsecond(now_us).unwrap_or(Timestamp::UNIX_EPOCH);
    now.to_zoned(zone).date()
}

fn today<'a>(state: &'a mut State, app: &str, now_us: i64) -> &'a mut Day {
    let date = date(now_us);
    let fresh = || Day {
        date,
        inserts: 0,
        units: 0,
    };
    let day = state.own::<Used>().0.entry(app.to_owned()).or_insert_with(fresh);
    if day.date != date {
        *day = fresh();
    }
    day
}

/// Takes units of a project's day.
///
/// # Errors
/// 403 if so many are not left.
pub fn take_units(state: &mut State, app: &str, units: u64, now_us: i64) -> Answer<()> {
    let day = today(state, app, now_us);
    if day.units + units > UNITS_PER_DAY {
        return Err(Refusal::quota());
    }
    day.units += units;
    Ok(())
}

/// Takes one of the uploads of a project's day.
///
/// # Errors
/// 403 if none is left.
pub fn take_insert(state: &mut State, app: &str, now_us: i64) -> Answer<()> {
    let day = today(state, app, now_us);
    if day.inserts >= INSERTS_PER_DAY {
        return Err(Refusal::quota());
    }
    day.inserts += 1;
    Ok(())
}
