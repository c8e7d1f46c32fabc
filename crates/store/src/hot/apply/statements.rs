//! The statements that write a group: each takes a JSON array of rows, on either database.

use std::sync::LazyLock;

use crate::db::Kind;

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
            format!("(SELECT {} FROM jsonb_each($1)) AS j", list.join(", "))
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

/// One for each kind of row.
pub(super) struct Statements {
    pub record_attempts: String,
    pub take_lanes: String,
    pub intend: String,
    pub store_intents: String,
    pub undo: String,
    pub advance: String,
    pub close_intents: String,
    pub record_steps: String,
    pub free_lanes: String,
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
             ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome
               WHERE attempts.ended_at IS NULL",
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

/// The statements for a database.
pub(super) fn of(kind: Kind) -> &'static Statements {
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
