//! Writing what workers decided: one transaction for whatever is waiting, a handful of statements for all of it.

mod records;
mod rows;
mod statements;
mod table;

use std::collections::{BTreeSet, HashSet};

use postrider_core::ids::{ChannelId, DeliveryId, IntentId};

pub use records::{Applied, AttemptRecord, Change, IntentChange, LOST, NewIntent, Notice, Outcome, StepRecord, UNSEEN};
pub(crate) use statements::all_statements;
use statements::{END_LANES, FREE_LANES, LOCK_CHANNELS, UNPROMISE, all};

use crate::db::{Arg, Kind, Row, Tx};
use crate::discards;
use crate::error::StoreError;
use crate::quota_use;

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

fn holders(rows: &[Row]) -> Result<HashSet<Holder>, StoreError> {
    rows.iter().map(|row| Ok((row.id("delivery_id")?, row.int("epoch")?))).collect()
}

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
    lock_channels(tx, changes, intents).await?;
    let stored = advance(tx, now_ms, changes).await?;
    let promised = promise(tx, now_ms, intents).await?;
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

/// Channels come before deliveries, and in one order, or on PostgreSQL two groups, or a group and a person's act, could wait for each
/// other.
async fn lock_channels(tx: &mut Tx, changes: &[Change], intents: &[IntentChange]) -> Result<(), StoreError> {
    let judged = changes.iter().filter(|change| change.channel_status.is_some());
    let promised = intents.iter().map(|change| change.channel_id);
    let channels: BTreeSet<ChannelId> = judged.map(|change| change.channel_id).chain(promised).collect();
    if tx.kind() == Kind::Postgres && !channels.is_empty() {
        tx.all(LOCK_CHANNELS, vec![Arg::list(channels)]).await?;
    }
    Ok(())
}

/// Writes the changes whose delivery is still as its worker knows it, and says which those are.
async fn advance(tx: &mut Tx, now_ms: i64, changes: &[Change]) -> Result<HashSet<Holder>, StoreError> {
    let all = all();
    let rows = changes.iter().map(|change| rows::advance(change, now_ms)).collect();
    let stored = holders(&all.advance.all(tx, rows).await?)?;
    let (mut outcomes, mut attempts, mut steps, mut freed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for change in changes.iter().filter(|change| stored.contains(&change.holder())) {
        let id = change.delivery_id;
        outcomes.extend(change.outcomes.iter().map(|outcome| rows::outcome(id, outcome, now_ms)));
        attempts.extend(
            change
                .lost_attempt
                .iter()
                .chain(&change.attempt)
                .map(|attempt| rows::attempt(id, attempt)),
        );
        steps.extend(change.steps.iter().map(|step| rows::step(id, step)));
        if change.frees_lane && change.outcomes.is_empty() {
            freed.push(id);
        }
        tell(tx, now_ms, change).await?;
        if let Some(progress) = &change.leftover {
            discards::add_left(tx, id, progress, now_ms).await?;
        }
    }
    all.close_intents.run(tx, outcomes).await?;
    if !freed.is_empty() {
        tx.run(FREE_LANES, vec![Arg::list(freed)]).await?;
    }
    all.record_attempts.run(tx, attempts).await?;
    all.record_steps.run(tx, steps).await?;
    Ok(stored)
}

/// Stores the promises whose conditions hold, and says which those are.
async fn promise(tx: &mut Tx, now_ms: i64, intents: &[IntentChange]) -> Result<HashSet<Holder>, StoreError> {
    if intents.is_empty() {
        return Ok(HashSet::new());
    }
    // In the order in which their channels are locked.
    let mut asked: Vec<&IntentChange> = intents.iter().collect();
    asked.sort_by_key(|change| change.channel_id);
    let mut inserted = store_intents(tx, &asked).await?;
    let stored = |inserted: &HashSet<IntentId>, change: &IntentChange| inserted.contains(&change.intent.intent_id);
    let turned_away: Vec<&IntentChange> = asked.iter().copied().filter(|change| !stored(&inserted, change)).collect();
    if !turned_away.is_empty() {
        let channels = Arg::list(turned_away.iter().map(|change| change.channel_id));
        if tx.run(END_LANES, vec![channels, now_ms.into()]).await? > 0 {
            inserted.extend(store_intents(tx, &turned_away).await?);
        }
    }
    asked.retain(|change| stored(&inserted, change));
    let rows = asked.iter().map(|change| rows::intend(change, now_ms)).collect();
    let promised = holders(&all().intend.all(tx, rows).await?)?;
    asked.retain(|change| !promised.contains(&change.holder()));
    if !asked.is_empty() {
        let deliveries = Arg::list(asked.iter().map(|change| change.delivery_id));
        let intents = Arg::list(asked.iter().map(|change| change.intent.intent_id));
        tx.run(UNPROMISE, vec![deliveries, intents]).await?;
    }
    Ok(promised)
}

/// Stores what nothing stands in the way of, and says which that is.
async fn store_intents(tx: &mut Tx, changes: &[&IntentChange]) -> Result<HashSet<IntentId>, StoreError> {
    let rows = changes.iter().map(|change| rows::intent(change)).collect();
    let stored = all().store_intents.all(tx, rows).await?;
    stored.iter().map(|row| row.id("id")).collect()
}

const NOTIFY: &str = "INSERT INTO notifications (id, organization_id, user_id, kind, text, subject, created_at)
    SELECT $2, d.organization_id, p.author_id, $3, $4, $5, $6 FROM deliveries d JOIN posts p ON p.id = d.post_id WHERE d.id = $1";
const JUDGE_CHANNEL: &str = "UPDATE channels SET status = $2, status_reason = $3, version = version + 1
    WHERE id = $1 AND status IN ('active', 'expiring')";

/// The statements of this file that do not differ.
pub(crate) const PLAIN: &[&str] = &[NOTIFY, JUDGE_CHANNEL];

/// The rare writes beside a change: notices, what was said of quotas, a verdict on the channel.
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
    for said in &change.quotas {
        quota_use::record(tx, said).await?;
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
