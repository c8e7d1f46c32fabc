//! What reconciling needs to know: the open intent, and which posts are already spoken for.

use postrider_core::ids::{ChannelId, DeliveryId, IntentId};

use crate::args;
use crate::db::Db;
use crate::error::StoreError;

/// A stored promise without an outcome.
#[derive(Debug, Clone)]
pub struct OpenIntent {
    /// Which.
    pub id: IntentId,
    /// What the call makes.
    pub part: String,
    /// The derived key.
    pub intent_key: String,
    /// What the outcome is looked for by.
    pub match_key: String,
    /// `fenced`, `read_back`, `none`, or [`super::UNSEEN`].
    pub evidence: String,
    /// UTC milliseconds.
    pub stored_at: i64,
    /// UTC milliseconds.
    pub send_by: i64,
    /// Milliseconds.
    pub settle_ms: i64,
    /// Since when it may go out by itself, where that is not `stored_at`, UTC milliseconds.
    pub allowed_at: Option<i64>,
    /// When the identical request was sent once more.
    pub resent_at: Option<i64>,
    /// How often it was looked for.
    pub looks: i64,
    /// When a list first did not hold it.
    pub absent_seen_at: Option<i64>,
    /// A person said that it is there: it is to be gone on from.
    pub there: bool,
    /// What the person named, if anything.
    pub external_id: Option<String>,
    /// Where the person found it, if it was said.
    pub permalink: Option<String>,
}

const OPEN_INTENT: &str = "SELECT id, part, intent_key, match_key, evidence, stored_at, send_by, settle_ms, allowed_at, resent_at, looks,
    absent_seen_at, outcome, external_id, permalink FROM intents
    WHERE delivery_id = $1 AND (outcome IS NULL OR outcome = 'person_there') ORDER BY id DESC LIMIT 1";

/// Ids that belong to other commits on the channel, as far back as any read-back looks.
const KNOWN_EXTERNAL_IDS: &str = "SELECT external_id FROM intents WHERE channel_id = $1 AND external_id IS NOT NULL
    AND stored_at >= $2 ORDER BY id DESC LIMIT 1000";

/// A post that is known by its words alone is one delivery's. While another's promise is open on the channel it may be that one's, unless
/// that waits for a person; what another has staged under this very id is that one's.
const TAKE_FOUND: &str = "UPDATE intents SET external_id = $2 WHERE id = $1 AND outcome IS NULL
    AND NOT EXISTS (SELECT 1 FROM intents o JOIN deliveries d ON d.id = o.delivery_id
      WHERE o.channel_id = $3 AND o.id <> $1
        AND (o.external_id = $2 OR o.outcome IS NULL AND o.evidence <> 'unseen' AND d.waits_for_person = FALSE))
    AND NOT EXISTS (SELECT 1 FROM deliveries s WHERE s.channel_id = $3 AND s.unseen_from IS NOT NULL AND s.id <> intents.delivery_id
      AND s.progress LIKE '%\"' || $2 || '\"%')";

/// What a worker whose promise was refused asks: is the delivery still as it knew it, and is the channel's lane taken?
const LANE: &str = "SELECT d.claim_epoch, d.version,
    EXISTS (SELECT 1 FROM intents i WHERE i.channel_id = d.channel_id AND i.holds_lane AND i.send_by > $2) AS taken
    FROM deliveries d WHERE d.id = $1";

const STANDS: &str = "SELECT id FROM intents WHERE delivery_id = $1 AND part = $2 AND outcome IN ('committed', 'person_there') LIMIT 1";

pub(crate) const PLAIN: &[&str] = &[OPEN_INTENT, KNOWN_EXTERNAL_IDS, TAKE_FOUND, LANE, STANDS];

/// Why a promise was refused, as far as it concerns the one who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Somebody else has the delivery, or changed it.
    NotOurs,
    /// A commit of another delivery is under way on the channel.
    Taken,
    /// The channel is free.
    Free,
}

/// How the lane of a delivery's channel stands at an instant (UTC milliseconds), for the worker that knows the delivery by this
/// fencing number and version.
///
/// # Errors
/// If the database fails.
pub async fn lane(db: &Db, delivery: DeliveryId, now_ms: i64, epoch: i64, version: i64) -> Result<Lane, StoreError> {
    let rows = db.read(LANE, vec![delivery.to_string().into(), now_ms.into()]).await?;
    let Some(row) = rows.first() else { return Ok(Lane::NotOurs) };
    if row.int("claim_epoch")? != epoch || row.int("version")? != version {
        return Ok(Lane::NotOurs);
    }
    Ok(if row.bool("taken")? { Lane::Taken } else { Lane::Free })
}

/// Whether a part of the delivery is known to stand.
///
/// # Errors
/// If the database fails.
pub async fn part_stands(db: &Db, delivery: DeliveryId, part: &str) -> Result<bool, StoreError> {
    Ok(!db.read(STANDS, args![delivery, part]).await?.is_empty())
}

/// The delivery's intent without an outcome, or the one that a person said is there. Asked only while the delivery says that
/// one is open.
///
/// # Errors
/// If the database fails.
pub async fn open_intent(db: &Db, delivery: DeliveryId) -> Result<Option<OpenIntent>, StoreError> {
    let rows = db.read(OPEN_INTENT, vec![delivery.to_string().into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(OpenIntent {
        id: row.id("id")?,
        part: row.text("part")?,
        intent_key: row.text("intent_key")?,
        match_key: row.text("match_key")?,
        evidence: row.text("evidence")?,
        stored_at: row.int("stored_at")?,
        send_by: row.int("send_by")?,
        settle_ms: row.int("settle_ms")?,
        allowed_at: row.opt_int("allowed_at")?,
        resent_at: row.opt_int("resent_at")?,
        looks: row.int("looks")?,
        absent_seen_at: row.opt_int("absent_seen_at")?,
        there: row.opt_text("outcome")?.is_some(),
        external_id: row.opt_text("external_id")?,
        permalink: row.opt_text("permalink")?,
    }))
}

/// Takes a post that was found for an open intent by its words, before it is adopted. Says whether nobody else has it or may have made it.
///
/// # Errors
/// If the database fails.
pub async fn take_found(db: &Db, intent: IntentId, channel: ChannelId, external_id: &str) -> Result<bool, StoreError> {
    match db.run(TAKE_FOUND, args![intent, external_id, channel]).await {
        Ok(taken) => Ok(taken > 0),
        // Another worker was faster by a moment.
        Err(StoreError::Db(sqlx::Error::Database(error))) if error.is_unique_violation() => Ok(false),
        Err(error) => Err(error),
    }
}

/// The ids of posts that other commits on the channel made since an instant (UTC milliseconds).
///
/// # Errors
/// If the database fails.
pub async fn known_external_ids(db: &Db, channel: ChannelId, since_ms: i64) -> Result<Vec<String>, StoreError> {
    db.read(KNOWN_EXTERNAL_IDS, vec![channel.to_string().into(), since_ms.into()])
        .await?
        .iter()
        .map(|row| row.text("external_id"))
        .collect()
}
