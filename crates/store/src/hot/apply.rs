//! Writing what workers decided: one transaction for whatever is waiting, a handful of statements for all of it.

use std::collections::HashSet;
use std::sync::LazyLock;

use postrider_core::ids::{AttemptId, ChannelId, DeliveryId, IntentId, NotificationId, StepId};
use serde::Serialize;

use super::Standing;
use crate::db::{Kind, Tx};
use crate::error::StoreError;

/// A line of History.
#[derive(Debug, Clone, Serialize)]
pub struct StepRecord {
    /// Which; the same id again completes the line.
    pub step_id: StepId,
    /// Of which attempt.
    pub attempt_id: String,
    /// What was done.
    pub label: String,
    /// `call`, `commit`, `wait`, `look`, `state`.
    pub kind: &'static str,
    /// UTC milliseconds.
    pub started_at: i64,
    /// UTC milliseconds; `None` while it is under way.
    pub ended_at: Option<i64>,
    /// HTTP status of the answer, if one came.
    pub http_status: Option<i64>,
    /// `ok`, `refused`, `lost`, `not_sent`, `found`, `absent`, `unknown`, `under_way`, or the state reached.
    pub outcome: String,
    /// For people, without secrets.
    pub detail: String,
}

/// What became of an intent.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Which.
    pub intent_id: IntentId,
    /// `committed`, `refused`, `not_sent`, `absent`; `None` leaves it open.
    pub outcome: Option<&'static str>,
    /// The network's id, if it is known.
    pub external_id: Option<String>,
    /// Address, if it is known.
    pub permalink: Option<String>,
    /// When the identical request was sent once more, UTC milliseconds.
    pub resent_at: Option<i64>,
    /// When a list first did not hold it, UTC milliseconds.
    pub absent_seen_at: Option<i64>,
    /// How often it was looked for.
    pub looks: i64,
}

/// One run at a delivery.
#[derive(Debug, Clone, Serialize)]
pub struct AttemptRecord {
    /// Which; the same id again completes it.
    pub attempt_id: AttemptId,
    /// UTC milliseconds.
    pub started_at: i64,
    /// UTC milliseconds; `None` while it runs.
    pub ended_at: Option<i64>,
    /// The state it ended in.
    pub outcome: Option<&'static str>,
}

/// Something the post's author is told.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Which.
    pub notification_id: NotificationId,
    /// Kind, such as `post.failed`.
    pub kind: &'static str,
    /// In words.
    pub text: String,
}

/// What a worker decided about a delivery that it holds.
#[derive(Debug, Clone)]
pub struct Change {
    /// Which.
    pub delivery_id: DeliveryId,
    /// On which channel.
    pub channel_id: ChannelId,
    /// The fencing number it was claimed with.
    pub epoch: i64,
    /// The version it was read with.
    pub version: i64,
    /// How it stands now.
    pub standing: Standing,
    /// Whether an intent stays without an outcome.
    pub intent_open: bool,
    /// Whether its commit is no longer under way.
    pub frees_lane: bool,
    /// What became of intents.
    pub outcomes: Vec<Outcome>,
    /// Lines of History.
    pub steps: Vec<StepRecord>,
    /// The run it belongs to, if one is under way.
    pub attempt: Option<AttemptRecord>,
    /// What the author is told.
    pub notices: Vec<Notice>,
    /// What a definite refusal said of the channel: its new status, and why.
    pub channel_status: Option<(&'static str, String)>,
}

/// The promise to make one commit call.
#[derive(Debug, Clone, Serialize)]
pub struct NewIntent {
    /// Which.
    pub intent_id: IntentId,
    /// What the call makes.
    pub part: String,
    /// The derived key.
    pub intent_key: String,
    /// What the outcome is looked for by.
    pub match_key: String,
    /// SHA-256 of the request.
    pub body_hash: String,
    /// `fenced`, `read_back`, `none`.
    pub evidence: &'static str,
    /// UTC milliseconds.
    pub stored_at: i64,
    /// After this nothing of the call is written, UTC milliseconds.
    pub send_by: i64,
    /// Silence after `send_by` before the outcome may be judged, milliseconds.
    pub settle_ms: i64,
}

/// A worker asks to pass the point of no return.
#[derive(Debug, Clone)]
pub struct IntentChange {
    /// Which.
    pub delivery_id: DeliveryId,
    /// On which channel.
    pub channel_id: ChannelId,
    /// The fencing number it was claimed with.
    pub epoch: i64,
    /// The version it was read with.
    pub version: i64,
    /// The post version whose content is sent.
    pub post_version: i64,
    /// How it stands now: publishing, waking up when the outcome can be judged.
    pub standing: Standing,
    /// The promise.
    pub intent: NewIntent,
    /// The run it belongs to.
    pub attempt: AttemptRecord,
    /// Lines of History.
    pub steps: Vec<StepRecord>,
}

/// Whether a write was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was.
    Stored,
    /// Somebody else was faster, or a condition no longer holds: nothing was written.
    Refused,
}

#[derive(Clone, Copy)]
enum Column {
    Text,
    Int,
    Bool,
}

/// The rows of a JSON array as a table named `j`, on either database.
fn rows(kind: Kind, columns: &[(&str, Column)]) -> String {
    match kind {
        Kind::Sqlite => {
            let list: Vec<String> = columns.iter().map(|(name, _)| format!("value->>'{name}' AS {name}")).collect();
            format!("(SELECT {} FROM json_each($1)) AS j", list.join(", "))
        }
        Kind::Postgres => {
            let list: Vec<String> = columns
                .iter()
                .map(|(name, column)| {
                    let sql = match column {
                        Column::Text => "text",
                        Column::Int => "bigint",
                        Column::Bool => "boolean",
                    };
                    format!("{name} {sql}")
                })
                .collect();
            format!("json_to_recordset($1::json) AS j({})", list.join(", "))
        }
    }
}

const STANDING: &[(&str, Column)] = &[
    ("state", Column::Text),
    ("wake_at", Column::Int),
    ("generation", Column::Int),
    ("progress", Column::Text),
    ("attempt_id", Column::Text),
    ("published_version", Column::Int),
    ("external_id", Column::Text),
    ("permalink", Column::Text),
    ("kept_private", Column::Text),
    ("warning", Column::Text),
    ("failure_kind", Column::Text),
    ("failure_code", Column::Text),
    ("failure_message", Column::Text),
    ("failure_remedy", Column::Text),
    ("missed_why", Column::Text),
    ("deferred_until", Column::Int),
    ("waits_for_person", Column::Bool),
    ("processing_since", Column::Int),
    ("retries", Column::Int),
    ("retry_since", Column::Int),
    ("renewed", Column::Bool),
    ("first_commit_at", Column::Int),
    ("lateness_ms", Column::Int),
];

const INTENT: &[(&str, Column)] = &[
    ("intent_id", Column::Text),
    ("delivery_id", Column::Text),
    ("channel_id", Column::Text),
    ("part", Column::Text),
    ("generation", Column::Int),
    ("intent_key", Column::Text),
    ("match_key", Column::Text),
    ("body_hash", Column::Text),
    ("evidence", Column::Text),
    ("stored_at", Column::Int),
    ("send_by", Column::Int),
    ("settle_ms", Column::Int),
];

const OUTCOME: &[(&str, Column)] = &[
    ("intent_id", Column::Text),
    ("outcome", Column::Text),
    ("external_id", Column::Text),
    ("permalink", Column::Text),
    ("resent_at", Column::Int),
    ("absent_seen_at", Column::Int),
    ("looks", Column::Int),
];

const STEP: &[(&str, Column)] = &[
    ("step_id", Column::Text),
    ("delivery_id", Column::Text),
    ("attempt_id", Column::Text),
    ("label", Column::Text),
    ("kind", Column::Text),
    ("started_at", Column::Int),
    ("ended_at", Column::Int),
    ("http_status", Column::Int),
    ("outcome", Column::Text),
    ("detail", Column::Text),
];

const ATTEMPT: &[(&str, Column)] = &[
    ("attempt_id", Column::Text),
    ("delivery_id", Column::Text),
    ("started_at", Column::Int),
    ("ended_at", Column::Int),
    ("outcome", Column::Text),
];

struct Statements {
    record_attempts: String,
    take_lanes: String,
    intend: String,
    store_intents: String,
    undo: String,
    advance: String,
    close_intents: String,
    record_steps: String,
    free_lanes: String,
}

fn statements(kind: Kind) -> Statements {
    // SQLite's RETURNING knows the changed table alone, and not by its alias.
    let (id, epoch) = match kind {
        Kind::Sqlite => ("id", "claim_epoch"),
        Kind::Postgres => ("d.id", "d.claim_epoch"),
    };
    // An equal commit whose outcome is open must be judged first, or neither could be told from the other.
    let unlike = "NOT EXISTS (SELECT 1 FROM intents AS o
                 WHERE o.channel_id = j.channel_id AND o.match_key = j.match_key AND o.outcome IS NULL)";
    let sets: Vec<String> = STANDING.iter().map(|(name, _)| format!("{name} = j.{name}")).collect();
    let sets = sets.join(", ");
    let own = &[
        ("delivery_id", Column::Text),
        ("epoch", Column::Int),
        ("version", Column::Int),
        ("updated_at", Column::Int),
    ];
    let advance: Vec<_> = own
        .iter()
        .chain(&[("intent_open", Column::Bool)])
        .chain(STANDING)
        .copied()
        .collect();
    let intend: Vec<_> = own
        .iter()
        .chain(&[
            ("channel_id", Column::Text),
            ("post_version", Column::Int),
            ("match_key", Column::Text),
        ])
        .chain(STANDING)
        .copied()
        .collect();
    let names = |columns: &[(&str, Column)], from: &str| {
        columns
            .iter()
            .map(|(name, _)| format!("{from}{name}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let row = if kind == Kind::Sqlite { "WHERE true" } else { "" };
    Statements {
        record_attempts: format!(
            "INSERT INTO attempts (id, {}) SELECT {} FROM {} {row}
             ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome",
            names(&ATTEMPT[1..], ""),
            names(ATTEMPT, "j."),
            rows(kind, ATTEMPT)
        ),
        // Only for a promise that will be stored: a lane taken for one that is refused would hold up the channel until it ends.
        take_lanes: format!(
            "UPDATE channels AS c SET lane_delivery_id = j.delivery_id, lane_until = j.lane_until FROM {}
             WHERE c.id = j.channel_id AND c.status IN ('active', 'expiring') AND c.halted_at IS NULL
               AND (c.lane_delivery_id IS NULL OR c.lane_delivery_id = j.delivery_id OR c.lane_until < j.updated_at)
               AND EXISTS (SELECT 1 FROM deliveries AS d JOIN posts AS p ON p.id = d.post_id
                 WHERE d.id = j.delivery_id AND d.claim_epoch = j.epoch AND d.version = j.version AND d.intent_open = false
                   AND d.gate IN ('none', 'accepted') AND d.due_at <= j.updated_at
                   AND p.version = j.post_version AND p.deleted_at IS NULL)
               AND {unlike}",
            rows(
                kind,
                &[
                    ("delivery_id", Column::Text),
                    ("channel_id", Column::Text),
                    ("lane_until", Column::Int),
                    ("updated_at", Column::Int),
                    ("epoch", Column::Int),
                    ("version", Column::Int),
                    ("post_version", Column::Int),
                    ("match_key", Column::Text),
                ]
            )
        ),
        intend: format!(
            "UPDATE deliveries AS d SET {sets}, intent_open = true, version = d.version + 1, updated_at = j.updated_at
             FROM {}, channels AS c, posts AS p
             WHERE d.id = j.delivery_id AND c.id = d.channel_id AND p.id = d.post_id
               AND d.claim_epoch = j.epoch AND d.version = j.version AND d.intent_open = false
               AND d.gate IN ('none', 'accepted') AND d.due_at <= j.updated_at
               AND c.lane_delivery_id = d.id AND c.status IN ('active', 'expiring') AND c.halted_at IS NULL
               AND p.version = j.post_version AND p.deleted_at IS NULL AND {unlike}
             RETURNING {id} AS delivery_id, {epoch} AS epoch",
            rows(kind, &intend)
        ),
        store_intents: format!(
            "INSERT INTO intents (id, {}, looks) SELECT {}, 0 FROM {} {row}
             ON CONFLICT DO NOTHING RETURNING delivery_id",
            names(&INTENT[1..], ""),
            names(INTENT, "j."),
            rows(kind, INTENT)
        ),
        undo: format!(
            "UPDATE deliveries AS d SET intent_open = false, wake_at = j.wake_at FROM {} WHERE d.id = j.delivery_id",
            rows(kind, &[("delivery_id", Column::Text), ("wake_at", Column::Int)])
        ),
        advance: format!(
            "UPDATE deliveries AS d SET {sets}, intent_open = j.intent_open, version = d.version + 1, updated_at = j.updated_at
             FROM {} WHERE d.id = j.delivery_id AND d.claim_epoch = j.epoch AND d.version = j.version
             RETURNING {id} AS delivery_id, {epoch} AS epoch",
            rows(kind, &advance)
        ),
        close_intents: format!(
            "UPDATE intents AS i SET outcome = j.outcome, permalink = j.permalink,
               external_id = CASE WHEN EXISTS (SELECT 1 FROM intents AS o WHERE o.channel_id = i.channel_id
                 AND o.external_id = j.external_id AND o.id <> i.id) THEN NULL ELSE j.external_id END,
               resent_at = j.resent_at, absent_seen_at = j.absent_seen_at, looks = j.looks,
               decided_at = CASE WHEN j.outcome IS NULL THEN NULL ELSE j.decided_at END
             FROM {} WHERE i.id = j.intent_id",
            rows(
                kind,
                &OUTCOME.iter().chain(&[("decided_at", Column::Int)]).copied().collect::<Vec<_>>()
            )
        ),
        record_steps: format!(
            "INSERT INTO steps (id, {}) SELECT {} FROM {} {row}
             ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, http_status = excluded.http_status,
               outcome = excluded.outcome, detail = excluded.detail",
            names(&STEP[1..], ""),
            names(STEP, "j."),
            rows(kind, STEP)
        ),
        free_lanes: format!(
            "UPDATE channels AS c SET lane_delivery_id = NULL, lane_until = NULL FROM {}
             WHERE c.id = j.channel_id AND c.lane_delivery_id = j.delivery_id",
            rows(kind, &[("delivery_id", Column::Text), ("channel_id", Column::Text)])
        ),
    }
}

static SQLITE: LazyLock<Statements> = LazyLock::new(|| statements(Kind::Sqlite));
static POSTGRES: LazyLock<Statements> = LazyLock::new(|| statements(Kind::Postgres));

fn of(kind: Kind) -> &'static Statements {
    match kind {
        Kind::Sqlite => &SQLITE,
        Kind::Postgres => &POSTGRES,
    }
}

/// Every statement of this file, for the test that prepares them.
pub(crate) fn all_statements(kind: Kind) -> Vec<&'static str> {
    let all = of(kind);
    vec![
        &all.record_attempts,
        &all.take_lanes,
        &all.intend,
        &all.store_intents,
        &all.undo,
        &all.advance,
        &all.close_intents,
        &all.record_steps,
        &all.free_lanes,
    ]
}

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

fn json<T: Serialize>(rows: &[T]) -> Result<String, StoreError> {
    serde_json::to_string(rows).map_err(|error| StoreError::Malformed { column: error.to_string() })
}

/// Who holds a delivery: one group may hold the decisions of a worker that slept and of the one that took over from it.
type Holder = (DeliveryId, i64);

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
    let mut stored: HashSet<Holder> = HashSet::new();
    let won = |change: &Change, stored: &HashSet<Holder>| stored.contains(&(change.delivery_id, change.epoch));

    if !changes.is_empty() {
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
        stored = holders(tx, sql.advance.as_str(), json(&rows)?).await?;
        let winners: Vec<&Change> = changes.iter().filter(|change| won(change, &stored)).collect();
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
        #[derive(Serialize)]
        struct LaneRow {
            delivery_id: DeliveryId,
            channel_id: ChannelId,
        }
        let freed: Vec<_> = winners
            .iter()
            .filter(|change| change.frees_lane)
            .map(|change| LaneRow {
                delivery_id: change.delivery_id,
                channel_id: change.channel_id,
            })
            .collect();
        if !freed.is_empty() {
            tx.run(sql.free_lanes.as_str(), vec![json(&freed)?.into()]).await?;
        }
        for change in &winners {
            tell(tx, now_ms, change).await?;
        }
    }

    let mut promised: HashSet<Holder> = HashSet::new();
    let kept = |change: &IntentChange, promised: &HashSet<Holder>| promised.contains(&(change.delivery_id, change.epoch));
    if !intents.is_empty() {
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
            .filter(|change| kept(change, &intended))
            .map(|change| IntentRow {
                delivery_id: change.delivery_id,
                channel_id: change.channel_id,
                generation: change.standing.generation,
                intent: &change.intent,
            })
            .collect();
        if !new.is_empty() {
            let inserted = delivery_ids(tx, sql.store_intents.as_str(), json(&new)?).await?;
            promised = intended
                .iter()
                .filter(|(delivery, _)| inserted.contains(delivery))
                .copied()
                .collect();
        }
        #[derive(Serialize)]
        struct UndoRow {
            delivery_id: DeliveryId,
            channel_id: ChannelId,
            wake_at: i64,
        }
        let undone: Vec<_> = intents
            .iter()
            .filter(|change| kept(change, &intended) && !kept(change, &promised))
            .map(|change| UndoRow {
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
    }

    let attempts: Vec<_> = changes
        .iter()
        .filter(|change| won(change, &stored))
        .filter_map(|change| {
            Some(AttemptRow {
                delivery_id: change.delivery_id,
                attempt: change.attempt.as_ref()?,
            })
        })
        .chain(intents.iter().filter(|change| kept(change, &promised)).map(|change| AttemptRow {
            delivery_id: change.delivery_id,
            attempt: &change.attempt,
        }))
        .collect();
    if !attempts.is_empty() {
        tx.run(sql.record_attempts.as_str(), vec![json(&attempts)?.into()]).await?;
    }
    let steps: Vec<_> = changes
        .iter()
        .filter(|change| won(change, &stored))
        .flat_map(|change| {
            change.steps.iter().map(|step| StepRow {
                delivery_id: change.delivery_id,
                step,
            })
        })
        .chain(intents.iter().filter(|change| kept(change, &promised)).flat_map(|change| {
            change.steps.iter().map(|step| StepRow {
                delivery_id: change.delivery_id,
                step,
            })
        }))
        .collect();
    if !steps.is_empty() {
        tx.run(sql.record_steps.as_str(), vec![json(&steps)?.into()]).await?;
    }

    let answer = |held: bool| if held { Applied::Stored } else { Applied::Refused };
    Ok((
        changes.iter().map(|change| answer(won(change, &stored))).collect(),
        intents.iter().map(|change| answer(kept(change, &promised))).collect(),
    ))
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
