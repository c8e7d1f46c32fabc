//! Writing what workers decided: one transaction for whatever is waiting, a handful of statements for all of it.

mod records;
mod statements;

use std::collections::HashSet;

use postrider_core::ids::{ChannelId, DeliveryId};
use serde::Serialize;

pub use records::{Applied, AttemptRecord, Change, IntentChange, LOST, NewIntent, Notice, Outcome, StepRecord};
pub(crate) use statements::all_statements;
use statements::{Statements, of};

use super::Standing;
use crate::db::Tx;
use crate::discards;
use crate::error::StoreError;

#[derive(Serialize)]
struct StandingRow<'a> {
    delivery_id: DeliveryId,
    channel_id: ChannelId,
    epoch: i64,
    version: i64,
    updated_at: i64,
    lane_until: i64,
    post_version: i64,
    intent_open: bool,
    match_key: &'a str,
    #[serde(flatten)]
    standing: &'a Standing,
}

#[derive(Serialize)]
struct IntentRow<'a> {
    delivery_id: DeliveryId,
    channel_id: ChannelId,
    generation: i64,
    #[serde(flatten)]
    intent: &'a NewIntent,
}

#[derive(Serialize)]
struct StepRow<'a> {
    delivery_id: DeliveryId,
    #[serde(flatten)]
    step: &'a StepRecord,
}

#[derive(Serialize)]
struct AttemptRow<'a> {
    delivery_id: DeliveryId,
    #[serde(flatten)]
    attempt: &'a AttemptRecord,
}

#[derive(Serialize)]
struct OutcomeRow<'a> {
    decided_at: i64,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

#[derive(Serialize)]
struct LaneRow {
    delivery_id: DeliveryId,
    channel_id: ChannelId,
    wake_at: i64,
}

fn json<T: Serialize>(rows: &[T]) -> Result<String, StoreError> {
    serde_json::to_string(rows).map_err(|error| StoreError::Malformed { column: error.to_string() })
}

/// Who holds a delivery: one group may hold the decisions of a worker that slept and of the one that took over from it.
type Holder = (DeliveryId, i64);

impl Change {
    fn holder(&self) -> Holder {
        (self.delivery_id, self.epoch)
    }
}

impl IntentChange {
    fn holder(&self) -> Holder {
        (self.delivery_id, self.epoch)
    }
}

async fn holders(tx: &mut Tx, sql: &'static str, json: String) -> Result<HashSet<Holder>, StoreError> {
    let rows = tx.all(sql, vec![json.into()]).await?;
    rows.iter().map(|row| Ok((row.id("delivery_id")?, row.int("epoch")?))).collect()
}

async fn delivery_ids(tx: &mut Tx, sql: &'static str, json: String) -> Result<HashSet<DeliveryId>, StoreError> {
    let rows = tx.all(sql, vec![json.into()]).await?;
    rows.iter().map(|row| row.id("delivery_id")).collect()
}

/// How long an intent that met an equal one under way waits before it tries again, in milliseconds.
const MATCH_BUSY_WAIT_MS: i64 = 2_000;

/// Writes a group of decisions in the caller's transaction. The answers stand in the order of the questions.
///
/// # Errors
/// If the database fails; then nothing of the group is written.
pub async fn apply(
    tx: &mut Tx,
    now_ms: i64,
    changes: &[Change],
    intents: &[IntentChange],
) -> Result<(Vec<Applied>, Vec<Applied>), StoreError> {
    let sql = of(tx.kind());
    let stored = if changes.is_empty() {
        HashSet::new()
    } else {
        advance(tx, sql, now_ms, changes).await?
    };
    let promised = if intents.is_empty() {
        HashSet::new()
    } else {
        promise(tx, sql, now_ms, intents).await?
    };
    let changed: Vec<&Change> = changes.iter().filter(|change| stored.contains(&change.holder())).collect();
    history(tx, sql, &changed).await?;
    for change in changes {
        if !stored.contains(&change.holder())
            && !change.intent_open
            && change.outcomes.is_empty()
            && let Some(progress) = change.leftover.as_ref().or(change.standing.progress.as_ref())
        {
            discards::add_orphaned(tx, change.delivery_id, progress, now_ms).await?;
        }
    }
    let answer = |held: bool| if held { Applied::Stored } else { Applied::Refused };
    Ok((
        changes.iter().map(|change| answer(stored.contains(&change.holder()))).collect(),
        intents.iter().map(|change| answer(promised.contains(&change.holder()))).collect(),
    ))
}

/// Writes the changes whose delivery is still as its worker knows it, and says which those are.
async fn advance(tx: &mut Tx, sql: &'static Statements, now_ms: i64, changes: &[Change]) -> Result<HashSet<Holder>, StoreError> {
    let rows: Vec<_> = changes
        .iter()
        .map(|change| StandingRow {
            delivery_id: change.delivery_id,
            channel_id: change.channel_id,
            epoch: change.epoch,
            version: change.version,
            updated_at: now_ms,
            lane_until: 0,
            post_version: 0,
            intent_open: change.intent_open,
            match_key: "",
            standing: &change.standing,
        })
        .collect();
    let stored = holders(tx, sql.advance.as_str(), json(&rows)?).await?;
    let winners: Vec<&Change> = changes.iter().filter(|change| stored.contains(&change.holder())).collect();
    let outcomes: Vec<_> = winners
        .iter()
        .flat_map(|change| {
            change.outcomes.iter().map(|outcome| OutcomeRow {
                decided_at: now_ms,
                outcome,
            })
        })
        .collect();
    if !outcomes.is_empty() {
        tx.run(sql.close_intents.as_str(), vec![json(&outcomes)?.into()]).await?;
    }
    let freed: Vec<_> = winners
        .iter()
        .filter(|change| change.frees_lane)
        .map(|change| LaneRow {
            delivery_id: change.delivery_id,
            channel_id: change.channel_id,
            wake_at: now_ms,
        })
        .collect();
    if !freed.is_empty() {
        tx.run(sql.free_lanes.as_str(), vec![json(&freed)?.into()]).await?;
    }
    for change in &winners {
        tell(tx, now_ms, change).await?;
        if let Some(progress) = &change.leftover {
            discards::add_left(tx, change.delivery_id, progress, now_ms).await?;
        }
    }
    Ok(stored)
}

/// Stores the promises whose conditions hold, and says which those are.
async fn promise(tx: &mut Tx, sql: &'static Statements, now_ms: i64, intents: &[IntentChange]) -> Result<HashSet<Holder>, StoreError> {
    let rows: Vec<_> = intents
        .iter()
        .map(|change| StandingRow {
            delivery_id: change.delivery_id,
            channel_id: change.channel_id,
            epoch: change.epoch,
            version: change.version,
            updated_at: now_ms,
            lane_until: change.intent.send_by,
            post_version: change.post_version,
            intent_open: true,
            match_key: &change.intent.match_key,
            standing: &change.standing,
        })
        .collect();
    let rows = json(&rows)?;
    tx.run(sql.take_lanes.as_str(), vec![rows.clone().into()]).await?;
    let intended = holders(tx, sql.intend.as_str(), rows).await?;
    let new: Vec<_> = intents
        .iter()
        .filter(|change| intended.contains(&change.holder()))
        .map(|change| IntentRow {
            delivery_id: change.delivery_id,
            channel_id: change.channel_id,
            generation: change.standing.generation,
            intent: &change.intent,
        })
        .collect();
    if new.is_empty() {
        return Ok(HashSet::new());
    }
    let inserted = delivery_ids(tx, sql.store_intents.as_str(), json(&new)?).await?;
    let (promised, undone): (HashSet<Holder>, HashSet<Holder>) =
        intended.into_iter().partition(|(delivery, _)| inserted.contains(delivery));
    let undone: Vec<_> = intents
        .iter()
        .filter(|change| undone.contains(&change.holder()))
        .map(|change| LaneRow {
            delivery_id: change.delivery_id,
            channel_id: change.channel_id,
            wake_at: now_ms + MATCH_BUSY_WAIT_MS,
        })
        .collect();
    if !undone.is_empty() {
        let rows = json(&undone)?;
        tx.run(sql.undo.as_str(), vec![rows.clone().into()]).await?;
        tx.run(sql.free_lanes.as_str(), vec![rows.into()]).await?;
    }
    Ok(promised)
}

/// Writes the lines of History of what was written.
async fn history(tx: &mut Tx, sql: &'static Statements, changes: &[&Change]) -> Result<(), StoreError> {
    let attempts: Vec<_> = changes
        .iter()
        .flat_map(|change| {
            let attempts = change.lost_attempt.iter().chain(&change.attempt);
            attempts.map(|attempt| AttemptRow {
                delivery_id: change.delivery_id,
                attempt,
            })
        })
        .collect();
    if !attempts.is_empty() {
        tx.run(sql.record_attempts.as_str(), vec![json(&attempts)?.into()]).await?;
    }
    let steps: Vec<_> = changes
        .iter()
        .flat_map(|change| {
            change.steps.iter().map(|step| StepRow {
                delivery_id: change.delivery_id,
                step,
            })
        })
        .collect();
    if !steps.is_empty() {
        tx.run(sql.record_steps.as_str(), vec![json(&steps)?.into()]).await?;
    }
    Ok(())
}

const NOTIFY: &str = "INSERT INTO notifications (id, organization_id, user_id, kind, text, subject, created_at)
    SELECT $2, d.organization_id, p.author_id, $3, $4, $5, $6 FROM deliveries d JOIN posts p ON p.id = d.post_id WHERE d.id = $1";
const JUDGE_CHANNEL: &str = "UPDATE channels SET status = $2, status_reason = $3, version = version + 1
    WHERE id = $1 AND status IN ('active', 'expiring')";

/// The statements of this file that do not differ.
pub(crate) const PLAIN: &[&str] = &[NOTIFY, JUDGE_CHANNEL];

/// The rare writes beside a change: notices, a verdict on the channel.
async fn tell(tx: &mut Tx, now_ms: i64, change: &Change) -> Result<(), StoreError> {
    for notice in &change.notices {
        let subject = serde_json::json!({ "delivery_id": change.delivery_id, "channel_id": change.channel_id }).to_string();
        let args = vec![
            change.delivery_id.to_string().into(),
            notice.notification_id.to_string().into(),
            notice.kind.into(),
            notice.text.clone().into(),
            subject.into(),
            now_ms.into(),
        ];
        tx.run(NOTIFY, args).await?;
    }
    if let Some((status, reason)) = &change.channel_status {
        tx.run(
            JUDGE_CHANNEL,
            vec![change.channel_id.to_string().into(), (*status).into(), reason.clone().into()],
        )
        .await?;
    }
    Ok(())
}
