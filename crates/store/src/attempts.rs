//! History: the runs at a delivery and their steps, as the hot path wrote them down.

use postrider_core::ids::{AttemptId, DeliveryId, StepId};

use crate::args;
use crate::db::Db;
use crate::deliveries;
use crate::error::Result;
use crate::page::{Listed, Page};
use crate::record::{record, statements};
use crate::scope::Scope;

record! {
    /// One run at a delivery.
    Attempt {
        /// Which.
        id: AttemptId = id,
        /// At which delivery.
        delivery_id: DeliveryId = id,
        /// UTC milliseconds.
        started_at: i64 = int,
        /// UTC milliseconds; `None` while it runs.
        ended_at: Option<i64> = opt_int,
        /// The state it ended in, or `lost` if its worker died.
        outcome: Option<String> = opt_text,
    }
}

record! {
    /// One recorded step.
    Step {
        /// Which.
        id: StepId = id,
        /// Of which delivery.
        delivery_id: DeliveryId = id,
        /// Of which attempt; empty if a person did it while none ran.
        attempt_id: String = text,
        /// What was done.
        label: String = text,
        /// `call`, `commit`, `wait`, `look`, `state`, `person`.
        kind: String = text,
        /// UTC milliseconds.
        started_at: i64 = int,
        /// UTC milliseconds; `None` while it is under way.
        ended_at: Option<i64> = opt_int,
        /// HTTP status of the answer, if one came.
        http_status: Option<i64> = opt_int,
        /// How it ended, or the state reached.
        outcome: String = text,
        /// For people, without secrets.
        detail: String = text,
    }
}

/// What happened to a delivery.
#[derive(Debug, Clone)]
pub struct History {
    /// Its runs, the oldest first, at most 200.
    pub attempts: Vec<Attempt>,
    /// Its steps, the oldest first.
    pub steps: Listed<Step>,
}

statements! {
    ATTEMPTS = "SELECT * FROM attempts WHERE delivery_id = $1 ORDER BY id LIMIT 200";
    STEPS = "SELECT * FROM steps WHERE delivery_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id > $2) ORDER BY id LIMIT $3";
}

/// What happened to a delivery.
///
/// # Errors
/// [`crate::StoreError::NotFound`] if the member does not see it; [`crate::StoreError::BadCursor`]; [`crate::StoreError::Db`].
pub async fn history(db: &Db, scope: &Scope, delivery: DeliveryId, page: &Page) -> Result<History> {
    deliveries::get(db, scope, delivery).await?;
    let attempts = Attempt::all(&db.read(ATTEMPTS, args![delivery]).await?)?;
    let rows = db
        .read(STEPS, vec![delivery.into(), page.after::<StepId>()?.into(), page.fetch()])
        .await?;
    Ok(History {
        attempts,
        steps: page.cut(Step::all(&rows)?, |step| step.id),
    })
}
