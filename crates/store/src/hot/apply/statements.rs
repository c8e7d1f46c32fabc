//! The statements that write a group, each over a table of rows.

use std::sync::LazyLock;

use super::table::{Column, Holds, Statement};
use crate::db::Kind;
use crate::hot::guard::MADE;
use postrider_core::guard::{ALIKE_POSTS_MAX, ALIKE_SPAN_MS, BURST_POSTS_MAX, BURST_SPAN_MS};
use postrider_core::mutant::{self, Mutant};

/// What the engine may change of a delivery whenever it writes.
const STANDING: &[Column] = &[
    ("state", Holds::Text),
    ("wake_at", Holds::Int),
    ("generation", Holds::Int),
    ("progress", Holds::Text),
    ("attempt_id", Holds::Text),
    ("published_version", Holds::Int),
    ("external_id", Holds::Text),
    ("permalink", Holds::Text),
    ("kept_private", Holds::Text),
    ("warning", Holds::Text),
    ("failure_kind", Holds::Text),
    ("failure_code", Holds::Text),
    ("failure_message", Holds::Text),
    ("failure_remedy", Holds::Text),
    ("missed_why", Holds::Text),
    ("deferred_until", Holds::Int),
    ("waits_for_person", Holds::Bool),
    ("processing_since", Holds::Int),
    ("retries", Holds::Int),
    ("retry_since", Holds::Int),
    ("renewed", Holds::Bool),
    ("unseen_from", Holds::Int),
];

/// What a promise asks of its delivery beside that nobody else has it.
const PROMISE: &[Column] = &[
    ("post_version", Holds::Int),
    ("due_by", Holds::Int),
    ("sends_nothing", Holds::Bool),
    ("incarnation", Holds::Int),
    ("beat", Holds::Int),
];

/// What a promise writes beside it, and nothing after it: an index holds it.
const FIRST_COMMIT: &[Column] = &[("first_commit_at", Holds::Int), ("lateness_ms", Holds::Int)];

/// By what a delivery is known to be still as its worker read it.
const HELD: &[Column] = &[
    ("delivery_id", Holds::Text),
    ("epoch", Holds::Int),
    ("version", Holds::Int),
    ("updated_at", Holds::Int),
];

const INTENT: &[Column] = &[
    ("delivery_id", Holds::Text),
    ("id", Holds::Text),
    ("channel_id", Holds::Text),
    ("part", Holds::Text),
    ("generation", Holds::Int),
    ("intent_key", Holds::Text),
    ("match_key", Holds::Text),
    ("body_hash", Holds::Text),
    ("likeness", Holds::Text),
    ("evidence", Holds::Text),
    ("stored_at", Holds::Int),
    ("send_by", Holds::Int),
    ("settle_ms", Holds::Int),
    ("allowed_at", Holds::Int),
];

const OUTCOME: &[Column] = &[
    ("delivery_id", Holds::Text),
    ("id", Holds::Text),
    ("outcome", Holds::Text),
    ("external_id", Holds::Text),
    ("permalink", Holds::Text),
    ("resent_at", Holds::Int),
    ("absent_seen_at", Holds::Int),
    ("looks", Holds::Int),
    ("decided_at", Holds::Int),
];

const ATTEMPT: &[Column] = &[
    ("delivery_id", Holds::Text),
    ("id", Holds::Text),
    ("started_at", Holds::Int),
    ("ended_at", Holds::Int),
    ("outcome", Holds::Text),
];

const STEP: &[Column] = &[
    ("delivery_id", Holds::Text),
    ("id", Holds::Text),
    ("attempt_id", Holds::Text),
    ("label", Holds::Text),
    ("kind", Holds::Text),
    ("started_at", Holds::Int),
    ("ended_at", Holds::Int),
    ("http_status", Holds::Int),
    ("outcome", Holds::Text),
    ("detail", Holds::Text),
];

/// One for each kind of row. The cells of a row stand in the order of its columns above: see the functions of [`super::rows`].
pub(super) struct Statements {
    pub advance: Statement,
    pub store_intents: Statement,
    pub intend: Statement,
    pub close_intents: Statement,
    pub record_attempts: Statement,
    pub record_steps: Statement,
}

fn names(columns: &[Column], from: &str) -> String {
    let names: Vec<String> = columns.iter().map(|(name, _)| format!("{from}{name}")).collect();
    names.join(", ")
}

fn sets(columns: &[&[Column]]) -> String {
    let sets: Vec<String> = columns.concat().iter().map(|(name, _)| format!("{name} = j.{name}")).collect();
    sets.join(", ")
}

/// Whether the delivery is still as its worker read it.
fn still() -> &'static str {
    if mutant::on(Mutant::SkipFence) {
        return "";
    }
    "AND d.claim_epoch = j.epoch AND d.version = j.version"
}

/// Whether approval lets it out.
fn accepted() -> &'static str {
    if mutant::on(Mutant::IgnoreGate) {
        return "";
    }
    "AND d.gate IN ('none', 'accepted')"
}

fn returning(kind: Kind) -> &'static str {
    // SQLite's RETURNING knows the changed table alone, and not by its alias.
    match kind {
        Kind::Sqlite => "RETURNING id AS delivery_id, claim_epoch AS epoch",
        Kind::Postgres => "RETURNING d.id AS delivery_id, d.claim_epoch AS epoch",
    }
}

static ALL: LazyLock<Statements> = LazyLock::new(|| Statements {
    advance: Statement::new(&[HELD, &[("intent_open", Holds::Bool)], STANDING].concat(), |kind, rows| {
        format!(
            "UPDATE deliveries AS d SET {}, intent_open = j.intent_open, version = d.version + 1, updated_at = j.updated_at
             FROM {rows} WHERE d.id = j.delivery_id {} {}",
            sets(&[STANDING]),
            still(),
            returning(kind)
        )
    }),
    // Two unique indexes let in one promise under way on a channel, and of equal ones the first: the second could not be told from
    // it if its outcome were in doubt. With one at a time on each channel, the guard's counts see every one before it.
    store_intents: Statement::new(&[INTENT, &HELD[1..3]].concat(), |_, rows| {
        format!(
            "INSERT INTO intents ({}, looks, holds_lane) SELECT {}, 0, j.evidence <> 'unseen' FROM {rows} CROSS JOIN channels AS c
             WHERE c.id = j.channel_id AND EXISTS (SELECT 1 FROM deliveries AS d
               WHERE d.id = j.delivery_id {} AND d.intent_open = false)
             AND (j.part <> 'root' OR j.evidence = 'unseen' OR (
               (SELECT COUNT(*) FROM intents AS o WHERE {MADE} AND o.channel_id = j.channel_id
                 AND o.stored_at > j.stored_at - {BURST_SPAN_MS}) < {BURST_POSTS_MAX}
               AND (j.likeness IS NULL OR (SELECT COUNT(*) FROM intents AS o WHERE {MADE} AND o.channel_id = j.channel_id
                 AND o.stored_at > j.stored_at - {ALIKE_SPAN_MS} AND o.likeness = j.likeness
                 AND o.stored_at > COALESCE(c.lifted_at, 0)) < {ALIKE_POSTS_MAX})))
             ON CONFLICT DO NOTHING RETURNING id",
            names(INTENT, ""),
            names(INTENT, "j."),
            still()
        )
    }),
    intend: Statement::new(&[HELD, PROMISE, STANDING, FIRST_COMMIT].concat(), |kind, rows| {
        format!(
            "UPDATE deliveries AS d SET {}, intent_open = true, version = d.version + 1, updated_at = j.updated_at
             FROM {rows}, channels AS c, posts AS p
             WHERE d.id = j.delivery_id AND c.id = d.channel_id AND p.id = d.post_id
               {} AND d.intent_open = false
               AND d.due_at <= j.due_by
               AND (j.sends_nothing OR c.status IN ('active', 'expiring') AND c.halted_at IS NULL {})
               AND p.version = j.post_version AND p.deleted_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM pulse WHERE held_why IS NOT NULL
                 OR incarnation <> j.incarnation OR beat < j.beat) {}",
            sets(&[STANDING, FIRST_COMMIT]),
            still(),
            accepted(),
            returning(kind)
        )
    }),
    close_intents: Statement::new(OUTCOME, |_, rows| {
        format!(
            "UPDATE intents AS i SET outcome = j.outcome, permalink = j.permalink, holds_lane = false,
               external_id = CASE WHEN EXISTS (SELECT 1 FROM intents AS o WHERE o.channel_id = i.channel_id
                 AND o.external_id = j.external_id AND o.id <> i.id) THEN NULL ELSE j.external_id END,
               resent_at = j.resent_at, absent_seen_at = j.absent_seen_at, looks = j.looks, decided_at = j.decided_at
             FROM {rows} WHERE i.delivery_id = j.delivery_id AND i.id = j.id"
        )
    }),
    record_attempts: Statement::new(ATTEMPT, |_, rows| {
        format!(
            "INSERT INTO attempts ({}) SELECT {} FROM {rows} WHERE j.delivery_id IS NOT NULL
             ON CONFLICT (delivery_id, id) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome",
            names(ATTEMPT, ""),
            names(ATTEMPT, "j.")
        )
    }),
    record_steps: Statement::new(STEP, |_, rows| {
        format!(
            "INSERT INTO steps ({}) SELECT {} FROM {rows} WHERE j.delivery_id IS NOT NULL
             ON CONFLICT (delivery_id, id) DO UPDATE SET ended_at = excluded.ended_at, http_status = excluded.http_status,
               outcome = excluded.outcome, detail = excluded.detail",
            names(STEP, ""),
            names(STEP, "j.")
        )
    }),
});

/// The statements over rows.
pub(super) fn all() -> &'static Statements {
    &ALL
}

/// Takes the lane from calls that cannot be under way any more, on some channels.
pub(super) const END_LANES: &str = "UPDATE intents SET holds_lane = false
    WHERE holds_lane AND channel_id IN LIST($1) AND send_by < $2";
/// What was promised and is not to be.
pub(super) const UNPROMISE: &str = "DELETE FROM intents WHERE delivery_id IN LIST($1) AND id IN LIST($2)";
/// Gives the lane free after a call whose outcome is not known.
pub(super) const FREE_LANES: &str = "UPDATE intents SET holds_lane = false WHERE holds_lane AND delivery_id IN LIST($1)";
/// Whoever halts or disconnects a channel, and whoever else promises on it, comes before the promise or after it: what follows counts
/// with their rows in sight. SQLite has one writer.
pub(super) const LOCK_CHANNELS: &str = "SELECT id FROM channels WHERE id IN LIST($1) ORDER BY id FOR NO KEY UPDATE";

/// Every statement of this folder, for the test that prepares them.
pub(crate) fn all_statements(kind: Kind) -> Vec<&'static str> {
    let all = all();
    let over_rows = [
        &all.advance,
        &all.store_intents,
        &all.intend,
        &all.close_intents,
        &all.record_attempts,
        &all.record_steps,
    ];
    let mut texts: Vec<&'static str> = over_rows.into_iter().flat_map(|statement| statement.texts(kind)).collect();
    texts.extend([END_LANES, UNPROMISE, FREE_LANES]);
    if kind == Kind::Postgres {
        texts.push(LOCK_CHANNELS);
    }
    texts
}
