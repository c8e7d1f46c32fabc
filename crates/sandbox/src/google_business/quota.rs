//! Calls of a project in a minute, for each of the APIs.

use std::collections::HashMap;

use super::error::{Answer, Refusal};
use super::is_unapproved;
use super::limits::CALLS_PER_MINUTE;
use crate::world::State;

const MINUTE_US: i64 = 60_000_000;

/// How many calls were made: by app and API, in which minute.
#[derive(Default)]
struct Calls(HashMap<(String, &'static str), (i64, u64)>);

/// Counts a call.
///
/// # Errors
/// 429 for one too many, and for any of a project that is not approved.
pub fn take(state: &mut State, app: &str, api: &'static str, now_us: i64) -> Answer<()> {
    if is_unapproved(app) {
        return Err(Refusal::limited(0));
    }
    let minute = now_us.div_euclid(MINUTE_US);
    let calls = state.own::<Calls>().0.entry((app.to_owned(), api)).or_default();
    if calls.0 != minute {
        *calls = (minute, 0);
    }
    calls.1 += 1;
    if calls.1 > CALLS_PER_MINUTE {
        return Err(Refusal::limited(CALLS_PER_MINUTE));
    }
    Ok(())
}
