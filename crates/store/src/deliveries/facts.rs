//! What is known of a delivery, for explaining why it stands where it stands.

use postrider_core::delivery::{Facts, LastStep, OpenPromise};
use postrider_core::ids::DeliveryId;

use crate::args;
use crate::db::{Db, Row};
use crate::error::Result;
use crate::record::statements;

statements! {
    FACTS = "SELECT d.state, d.network, d.gate, d.due_at, d.wake_at, d.attempt_id, d.waits_for_person, d.deferred_until, d.processing_since,
        d.retries, d.missed_why, d.failure_message, d.failure_remedy, d.warning, p.deleted_at, pr.catch_up_ms,
        pl.allow_social_publishing AND o.planner_on AS plan_allows, c.name AS channel_name, c.status AS channel_status, c.halted_at,
        c.halt_reason,
        (SELECT MIN(i.delivery_id) FROM intents i WHERE i.channel_id = d.channel_id AND i.holds_lane AND i.send_by > $2
            AND i.delivery_id <> d.id) AS lane_holder
        FROM deliveries d
        JOIN posts p ON p.id = d.post_id
        JOIN projects pr ON pr.id = d.project_id
        JOIN organizations o ON o.id = d.organization_id
        JOIN plans pl ON pl.id = o.plan_id
        JOIN channels c ON c.id = d.channel_id
        WHERE d.id = $1";
    PROMISE = "SELECT part, stored_at, send_by, settle_ms, looks, evidence FROM intents WHERE delivery_id = $1 AND outcome IS NULL
        ORDER BY id DESC LIMIT 1";
    LAST_STEP = "SELECT label, started_at, ended_at, http_status, outcome, detail FROM steps WHERE delivery_id = $1 ORDER BY id DESC LIMIT 1";
}

fn read(row: &Row, promise: Option<&Row>, step: Option<&Row>) -> Result<Facts> {
    let halted = row.opt_int("halted_at")?.is_some();
    let reason = row.opt_text("halt_reason")?;
    let message = row.opt_text("failure_message")?;
    let remedy = row.opt_text("failure_remedy")?.unwrap_or_default();
    Ok(Facts {
        state: row.id("state")?,
        network: row.id("network")?,
        channel_name: row.text("channel_name")?,
        channel_status: row.id("channel_status")?,
        halted: halted.then(|| reason.unwrap_or_else(|| "no reason is stored.".to_owned())),
        lane_holder: row.opt_text("lane_holder")?,
        gate: row.id("gate")?,
        plan_allows: row.bool("plan_allows")?,
        post_deleted: row.opt_int("deleted_at")?.is_some(),
        due_at: row.opt_int("due_at")?,
        catch_up_ms: row.int("catch_up_ms")?,
        wake_at: row.opt_int("wake_at")?,
        attempt_runs: row.opt_text("attempt_id")?.is_some(),
        intent: promise.map(promised).transpose()?,
        waits_for_person: row.bool("waits_for_person")?,
        deferred_until: row.opt_int("deferred_until")?,
        processing_since: row.opt_int("processing_since")?,
        retries: row.int("retries")?,
        missed_why: row.opt_id("missed_why")?,
        failure: message.map(|message| (message, remedy)),
        warning: row.opt_text("warning")?,
        last_step: step.map(last_step).transpose()?,
    })
}

fn promised(row: &Row) -> Result<OpenPromise> {
    Ok(OpenPromise {
        part: row.text("part")?,
        stored_at: row.int("stored_at")?,
        send_by: row.int("send_by")?,
        settle_ms: row.int("settle_ms")?,
        looks: row.int("looks")?,
        readable: row.text("evidence")? != "none",
    })
}

fn last_step(row: &Row) -> Result<LastStep> {
    Ok(LastStep {
        at: row.opt_int("ended_at")?.unwrap_or(row.int("started_at")?),
        label: row.text("label")?,
        outcome: row.text("outcome")?,
        http_status: row.opt_int("http_status")?,
        detail: row.text("detail")?,
    })
}

/// What is known of a delivery at an instant (UTC milliseconds), whoever's it is: for the operator of the installation.
///
/// # Errors
/// [`crate::StoreError::NotFound`] if there is none; [`crate::StoreError::Db`].
pub async fn facts(db: &Db, id: DeliveryId, now_ms: i64) -> Result<Facts> {
    let row = db.one(FACTS, args![id, now_ms]).await?;
    let promise = db.optional(PROMISE, args![id]).await?;
    let step = db.optional(LAST_STEP, args![id]).await?;
    read(&row, promise.as_ref(), step.as_ref())
}
