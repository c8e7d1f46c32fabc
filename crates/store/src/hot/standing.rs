//! How deliveries stand as a whole: what is counted for who operates the installation. No row of anybody's is told.

use postrider_core::delivery::State;

use crate::db::Db;
use crate::error::StoreError;

/// How far ahead deliveries are counted, milliseconds: longer than anything but a plain instant far off puts a delivery's next look
/// (24 hours for a limit's window, 23 for what was staged).
const AHEAD_MS: i64 = 25 * 3_600_000;

/// By the queue's own index, whatever else is in the table.
const BY_STATE: &str = "SELECT state, COUNT(*) AS deliveries FROM deliveries WHERE wake_at IS NOT NULL AND wake_at <= $1 GROUP BY state";
const WAITING_FOR_PERSON: &str = "SELECT COUNT(*) AS deliveries FROM deliveries WHERE waits_for_person";

pub(crate) const PLAIN: &[&str] = &[BY_STATE, WAITING_FOR_PERSON];

/// How many deliveries stand how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standings {
    /// Those that the engine will look at within 25 hours, by state.
    pub by_state: Vec<(State, i64)>,
    /// Those in doubt that were given up: a person says whether they are there.
    pub waiting_for_person: i64,
}

/// Counts them.
///
/// # Errors
/// If the database fails.
pub async fn standings(db: &Db, now_ms: i64) -> Result<Standings, StoreError> {
    let rows = db.read(BY_STATE, vec![(now_ms + AHEAD_MS).into()]).await?;
    let mut by_state = rows
        .iter()
        .map(|row| Ok((row.id("state")?, row.int("deliveries")?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    by_state.sort_unstable();
    Ok(Standings {
        by_state,
        waiting_for_person: db.one(WAITING_FOR_PERSON, vec![]).await?.int("deliveries")?,
    })
}
