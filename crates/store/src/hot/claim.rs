//! Taking what is due, with everything a worker needs to know of it.

use postrider_core::Network;
use postrider_core::channel::ChannelStatus;
use postrider_core::delivery::Gate;
use postrider_core::ids::{ChannelId, DeliveryId, GrantId, OrganizationId, PostId, ProjectId};
use postrider_core::post::{Content, ContentType, Mode, Overrides};
use serde_json::Value;

use super::Standing;
use crate::db::{Arg, Db, Kind, Row, Tx};
use crate::error::StoreError;

/// The authorisation behind a channel. Its secrets are sealed.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Which.
    pub id: GrantId,
    /// Which way it was made.
    pub variant: String,
    /// What was granted.
    pub scopes: Vec<String>,
    /// Who signed in.
    pub subject: String,
    /// What the adapter noted.
    pub meta: Value,
    /// Sealed tokens; `None` once erased.
    pub secrets: Option<Vec<u8>>,
    /// When the access ends, UTC milliseconds.
    pub expires_at: Option<i64>,
    /// Whether it may have been renewed without this database knowing: it is renewed before it is used.
    pub doubted: bool,
}

/// A claimed delivery with its post, channel and grant.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Which.
    pub id: DeliveryId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// In which project.
    pub project_id: ProjectId,
    /// Which post.
    pub post_id: PostId,
    /// The post's version.
    pub post_version: i64,
    /// Whether the post was thrown away.
    pub post_deleted: bool,
    /// The fencing number.
    pub epoch: i64,
    /// The version it was read with.
    pub version: i64,
    /// What approval says.
    pub gate: Gate,
    /// Its instant, UTC milliseconds.
    pub due_at: Option<i64>,
    /// When somebody last wrote something about it, UTC milliseconds; taking it up is no such thing.
    pub updated_at: i64,
    /// When a person last let it go out, UTC milliseconds; `None` if that was before this was kept.
    pub asked_at: Option<i64>,
    /// How late it may go out by itself, milliseconds.
    pub catch_up_ms: i64,
    /// Whether an intent without an outcome is stored.
    pub intent_open: bool,
    /// What the engine may change of it.
    pub standing: Standing,
    /// Until when it may have gone out without this database knowing, UTC milliseconds.
    pub unseen_to: Option<i64>,
    /// Whether that is because the database was recovered; else Postrider merely did not run for a while.
    pub recovered: bool,
    /// For the public or as a draft.
    pub mode: Mode,
    /// The kind of content.
    pub content_type: ContentType,
    /// The post's content.
    pub content: Content,
    /// What this channel says otherwise.
    pub overrides: Overrides,
    /// When the delivery was made, UTC milliseconds.
    pub created_at: i64,
    /// Whether the plan allows publishing.
    pub plan_allows: bool,
    /// The channel.
    pub channel_id: ChannelId,
    /// Its network.
    pub network: Network,
    /// The network's id of the account.
    pub channel_external_id: String,
    /// Kind of account.
    pub channel_kind: String,
    /// Handle.
    pub channel_handle: String,
    /// Name.
    pub channel_name: String,
    /// What the adapter noted.
    pub channel_meta: Value,
    /// Sealed secrets of its own.
    pub channel_secrets: Option<Vec<u8>>,
    /// Whether it can be used.
    pub channel_status: ChannelStatus,
    /// Whether it is halted.
    pub channel_halted: bool,
    /// The authorisation behind it.
    pub grant: Grant,
}

/// A cast: SQLite plans a statement anew each time another value is bound to a bare limit, which costs more than this one itself.
const CLAIM_SQLITE: &str = "UPDATE deliveries SET claim_epoch = claim_epoch + 1, wake_at = $1 + $2
    WHERE id IN (SELECT id FROM deliveries WHERE wake_at IS NOT NULL AND wake_at <= $1 AND NOT (network IN LIST($4))
        ORDER BY wake_at, channel_id LIMIT CAST($3 AS BIGINT))
    RETURNING id AS delivery_id";

const CLAIM_POSTGRES: &str = "WITH due AS MATERIALIZED (
        SELECT id FROM deliveries WHERE wake_at IS NOT NULL AND wake_at <= $1 AND NOT (network IN LIST($4))
        ORDER BY wake_at, channel_id LIMIT $3 FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries AS d SET claim_epoch = d.claim_epoch + 1, wake_at = $1 + $2 FROM due WHERE d.id = due.id
    RETURNING d.id AS delivery_id";

const LOAD_COLUMNS: &str = "SELECT d.id, d.organization_id, d.project_id, d.post_id, d.claim_epoch, d.version, d.gate, d.due_at,
    d.updated_at, d.asked_at, d.intent_open, d.mode, d.content_type, d.overrides, d.created_at, d.state, d.wake_at, d.generation, d.progress, d.attempt_id,
    d.published_version, d.external_id, d.permalink, d.kept_private, d.warning, d.failure_kind, d.failure_code,
    d.failure_message, d.failure_remedy, d.missed_why, d.deferred_until, d.waits_for_person, d.processing_since, d.retries,
    d.retry_since, d.renewed, d.unseen_from, d.unseen_to, d.unseen_why, d.first_commit_at, d.lateness_ms,
    p.version AS post_version, p.content AS post_content, p.deleted_at AS post_deleted_at,
    pr.catch_up_ms, pl.allow_social_publishing AND o.planner_on AS plan_allows,
    c.id AS channel_id, c.network, c.external_id AS channel_external_id, c.kind AS channel_kind, c.handle AS channel_handle,
    c.name AS channel_name, c.meta AS channel_meta, c.secrets AS channel_secrets, c.status AS channel_status,
    c.halted_at AS channel_halted_at,
    g.id AS grant_id, g.variant AS grant_variant, g.scopes AS grant_scopes, g.subject AS grant_subject, g.meta AS grant_meta,
    g.secrets AS grant_secrets, g.expires_at AS grant_expires_at,
    g.doubted_at AS grant_doubted_at
    FROM deliveries d
    JOIN posts p ON p.id = d.post_id
    JOIN projects pr ON pr.id = d.project_id
    JOIN organizations o ON o.id = d.organization_id
    JOIN plans pl ON pl.id = o.plan_id
    JOIN channels c ON c.id = d.channel_id
    JOIN grants g ON g.id = c.grant_id
    WHERE d.id IN ";

fn load_sql(kind: Kind) -> &'static str {
    static SQLITE: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| format!("{LOAD_COLUMNS} (SELECT value FROM json_each($1)) ORDER BY d.due_at, d.id"));
    static POSTGRES: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| format!("{LOAD_COLUMNS} (SELECT json_array_elements_text($1::json)) ORDER BY d.due_at, d.id"));
    match kind {
        Kind::Sqlite => &SQLITE,
        Kind::Postgres => &POSTGRES,
    }
}

/// Not MIN: with a condition beside it SQLite reads the whole index for that.
const NEXT_WAKE_BUT: &str =
    "SELECT wake_at FROM deliveries WHERE wake_at IS NOT NULL AND NOT (network IN LIST($1)) ORDER BY wake_at LIMIT 1";
/// The same of all networks: it is asked each second, and SQLite makes a table of an empty list as well.
const NEXT_WAKE: &str = "SELECT wake_at FROM deliveries WHERE wake_at IS NOT NULL ORDER BY wake_at LIMIT 1";

/// The oldest due instant that is not looked after: what readiness is judged by.
const OVERDUE: &str = "SELECT MIN(due_at) AS due_at, COUNT(*) AS overdue FROM deliveries
    WHERE wake_at IS NOT NULL AND wake_at <= $1 AND due_at IS NOT NULL AND due_at <= $1
      AND state IN ('scheduled', 'staging', 'staged', 'publishing')";

/// The statements of this file.
pub(crate) fn all_statements(kind: Kind) -> Vec<&'static str> {
    let claim = match kind {
        Kind::Sqlite => CLAIM_SQLITE,
        Kind::Postgres => CLAIM_POSTGRES,
    };
    vec![claim, load_sql(kind), NEXT_WAKE_BUT, NEXT_WAKE, OVERDUE]
}

/// Takes up to `limit` deliveries whose time has come: each gets a new fencing number and comes back by itself after
/// `lease_ms` unless its worker writes something else. A row that cannot be read is left out and comes back with its lease:
/// it must not keep the others from going out. Those of some networks are passed over. Of what became due at one instant, a channel's come
/// together, so that servers that take up at the same time share out channels.
///
/// # Errors
/// If the database fails.
pub async fn claim(tx: &mut Tx, now_ms: i64, lease_ms: i64, limit: i64, passed_over: &[Network]) -> Result<Vec<Claimed>, StoreError> {
    let sql = match tx.kind() {
        Kind::Sqlite => CLAIM_SQLITE,
        Kind::Postgres => CLAIM_POSTGRES,
    };
    let rows = tx
        .all(sql, vec![now_ms.into(), lease_ms.into(), limit.into(), Arg::list(passed_over)])
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = rows.iter().map(|row| row.text("delivery_id")).collect::<Result<Vec<_>, _>>()?;
    let ids = serde_json::to_string(&ids).map_err(|error| StoreError::Malformed { column: error.to_string() })?;
    let load = load_sql(tx.kind());
    let mut claimed = Vec::with_capacity(rows.len());
    for row in tx.all(load, vec![ids.into()]).await? {
        match read(&row) {
            Ok(delivery) => claimed.push(delivery),
            Err(error) => tracing::error!(delivery = ?row.text("id").ok(), %error, "a due delivery cannot be read"),
        }
    }
    Ok(claimed)
}

/// A delivery with everything a worker knows of it, without taking it up.
///
/// # Errors
/// If the database fails or the row cannot be read.
pub async fn load(db: &Db, id: DeliveryId) -> Result<Option<Claimed>, StoreError> {
    let ids = serde_json::json!([id]).to_string();
    db.read(load_sql(db.kind()), vec![ids.into()]).await?.first().map(read).transpose()
}

/// When the engine must look next, UTC milliseconds; `None` if nothing waits. Some networks are passed over.
///
/// # Errors
/// If the database fails.
pub async fn next_wake(db: &Db, passed_over: &[Network]) -> Result<Option<i64>, StoreError> {
    let rows = if passed_over.is_empty() {
        db.read(NEXT_WAKE, Vec::new()).await?
    } else {
        db.read(NEXT_WAKE_BUT, vec![Arg::list(passed_over)]).await?
    };
    rows.first().map_or(Ok(None), |row| row.opt_int("wake_at"))
}

/// How many due deliveries nobody has taken up, and the oldest one's instant (UTC milliseconds).
///
/// # Errors
/// If the database fails.
pub async fn overdue(db: &Db, now_ms: i64) -> Result<(i64, Option<i64>), StoreError> {
    let rows = db.read(OVERDUE, vec![now_ms.into()]).await?;
    match rows.first() {
        Some(row) => Ok((row.int("overdue")?, row.opt_int("due_at")?)),
        None => Ok((0, None)),
    }
}

fn read(row: &Row) -> Result<Claimed, StoreError> {
    Ok(Claimed {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        project_id: row.id("project_id")?,
        post_id: row.id("post_id")?,
        post_version: row.int("post_version")?,
        post_deleted: row.opt_int("post_deleted_at")?.is_some(),
        epoch: row.int("claim_epoch")?,
        version: row.int("version")?,
        gate: row.id("gate")?,
        due_at: row.opt_int("due_at")?,
        updated_at: row.int("updated_at")?,
        asked_at: row.opt_int("asked_at")?,
        catch_up_ms: row.int("catch_up_ms")?,
        intent_open: row.bool("intent_open")?,
        standing: Standing {
            state: row.id("state")?,
            wake_at: row.opt_int("wake_at")?,
            generation: row.int("generation")?,
            progress: row.opt_text("progress")?,
            attempt_id: row.opt_text("attempt_id")?,
            published_version: row.opt_int("published_version")?,
            external_id: row.opt_text("external_id")?,
            permalink: row.opt_text("permalink")?,
            kept_private: row.opt_text("kept_private")?,
            warning: row.opt_text("warning")?,
            failure_kind: row.opt_text("failure_kind")?,
            failure_code: row.opt_text("failure_code")?,
            failure_message: row.opt_text("failure_message")?,
            failure_remedy: row.opt_text("failure_remedy")?,
            missed_why: row.opt_text("missed_why")?,
            deferred_until: row.opt_int("deferred_until")?,
            waits_for_person: row.bool("waits_for_person")?,
            processing_since: row.opt_int("processing_since")?,
            retries: row.int("retries")?,
            retry_since: row.opt_int("retry_since")?,
            renewed: row.bool("renewed")?,
            first_commit_at: row.opt_int("first_commit_at")?,
            lateness_ms: row.opt_int("lateness_ms")?,
            unseen_from: row.opt_int("unseen_from")?,
        },
        unseen_to: row.opt_int("unseen_to")?,
        recovered: row.opt_text("unseen_why")?.as_deref() == Some("recovered"),
        mode: if row.text("mode")? == Mode::Draft.key() {
            Mode::Draft
        } else {
            Mode::Publish
        },
        content_type: row.id("content_type")?,
        content: row.json("post_content")?,
        overrides: row.json("overrides")?,
        created_at: row.int("created_at")?,
        plan_allows: row.bool("plan_allows")?,
        channel_id: row.id("channel_id")?,
        network: row.id("network")?,
        channel_external_id: row.text("channel_external_id")?,
        channel_kind: row.text("channel_kind")?,
        channel_handle: row.text("channel_handle")?,
        channel_name: row.text("channel_name")?,
        channel_meta: row.json("channel_meta")?,
        channel_secrets: row.opt_bytes("channel_secrets")?,
        channel_status: row.id("channel_status")?,
        channel_halted: row.opt_int("channel_halted_at")?.is_some(),
        grant: Grant {
            id: row.id("grant_id")?,
            variant: row.text("grant_variant")?,
            scopes: row.json("grant_scopes")?,
            subject: row.text("grant_subject")?,
            meta: row.json("grant_meta")?,
            secrets: row.opt_bytes("grant_secrets")?,
            expires_at: row.opt_int("grant_expires_at")?,
            doubted: row.opt_int("grant_doubted_at")?.is_some(),
        },
    })
}
