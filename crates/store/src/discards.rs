//! What was put at a network ahead of time and is no longer wanted: the engine removes it and says so here.

use postrider_core::Network;
use postrider_core::ids::{ChannelId, DeliveryId};
use serde_json::Value;

use crate::args;
use crate::db::{Arg, Db, Tx};
use crate::error::Result;
use crate::hot::Notice;
use crate::record::{record, statements};

record! {
    /// Leftovers of one delivery at a network.
    Discard {
        /// Of which delivery.
        delivery_id: DeliveryId = id,
        /// On which channel.
        channel_id: ChannelId = id,
        /// On which network.
        network: Network = id,
        /// The adapter's memory as it was.
        progress: Value = json,
        /// UTC milliseconds; with the delivery it names the row.
        created_at: i64 = int,
        /// How often removing was tried.
        tries: i64 = int,
        /// When to try next, UTC milliseconds; `None` once given up.
        wake_at: Option<i64> = opt_int,
        /// Why the last try failed.
        failure: Option<String> = opt_text,
    }
}

statements! {
    ADD = "INSERT INTO discards (delivery_id, channel_id, network, progress, created_at, tries, wake_at)
        SELECT d.id, d.channel_id, d.network, d.progress, $2, 0, $2 FROM deliveries d WHERE d.id = $1 AND d.progress IS NOT NULL
        ON CONFLICT (delivery_id, created_at) DO NOTHING";
    ADD_LEFT = "INSERT INTO discards (delivery_id, channel_id, network, progress, created_at, tries, wake_at)
        SELECT d.id, d.channel_id, d.network, $2, COALESCE((SELECT MAX(x.created_at) + 1 FROM discards x WHERE x.delivery_id = d.id AND x.created_at >= $3), $3), 0, $3
        FROM deliveries d WHERE d.id = $1";
    ADD_ORPHANED = "INSERT INTO discards (delivery_id, channel_id, network, progress, created_at, tries, wake_at)
        SELECT d.id, d.channel_id, d.network, $2, COALESCE((SELECT MAX(x.created_at) + 1 FROM discards x WHERE x.delivery_id = d.id AND x.created_at >= $3), $3), 0, $3
        FROM deliveries d WHERE d.id = $1 AND d.progress IS NULL AND d.published_version IS NULL AND d.intent_open = false AND d.unseen_from IS NULL
          AND NOT EXISTS (SELECT 1 FROM discards x WHERE x.delivery_id = d.id AND x.progress = $2)
          AND NOT EXISTS (SELECT 1 FROM intents i WHERE i.delivery_id = d.id
            AND (i.outcome IS NULL OR i.outcome NOT IN ('refused', 'not_sent', 'absent')))";
    DUE = "SELECT * FROM discards WHERE wake_at IS NOT NULL AND wake_at <= $1 ORDER BY wake_at, delivery_id LIMIT CAST($2 AS BIGINT)";
    DONE = "DELETE FROM discards WHERE delivery_id = $1 AND created_at = $2";
    POSTPONE = "UPDATE discards SET tries = tries + 1, wake_at = $3, failure = $4 WHERE delivery_id = $1 AND created_at = $2 AND tries = $5";
    TELL = "INSERT INTO notifications (id, organization_id, user_id, kind, text, subject, created_at)
        SELECT $2, d.organization_id, p.author_id, $3, $4, $5, $6 FROM deliveries d JOIN posts p ON p.id = d.post_id WHERE d.id = $1";
}

/// Notes what a delivery's adapter remembers as leftovers, before that memory is erased. Nothing if it remembers nothing.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn add(tx: &mut Tx, delivery: DeliveryId, now_ms: i64) -> Result<()> {
    tx.run(ADD, args![delivery, now_ms]).await?;
    Ok(())
}

/// Notes leftovers that the delivery's holder gave up; `progress` is the adapter's memory of them, JSON text.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn add_left(tx: &mut Tx, delivery: DeliveryId, progress: &str, now_ms: i64) -> Result<()> {
    tx.run(ADD_LEFT, args![delivery, progress, now_ms]).await?;
    Ok(())
}

/// Notes what a worker put at the network before it learned that a person was faster: the delivery knows nothing of it. Nothing
/// is noted while the delivery remembers anything, or something of it stands or may stand, known or unseen: it could be what stands. A person's word
/// that nothing stands is no proof here.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn add_orphaned(tx: &mut Tx, delivery: DeliveryId, progress: &str, now_ms: i64) -> Result<()> {
    tx.run(ADD_ORPHANED, args![delivery, progress, now_ms]).await?;
    Ok(())
}

/// Leftovers to be removed now, the oldest first.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn due(db: &Db, now_ms: i64, limit: i64) -> Result<Vec<Discard>> {
    Discard::all(&db.read(DUE, args![now_ms, limit]).await?)
}

/// Notes that they are removed.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn done(tx: &mut Tx, delivery: DeliveryId, created_at: i64) -> Result<()> {
    tx.run(DONE, args![delivery, created_at]).await?;
    Ok(())
}

/// Notes why they could not be removed, and when to try again (`None`: never). Answers whether it was noted: nothing is if somebody
/// else tried since they were read.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn postpone(tx: &mut Tx, left: &Discard, wake_at: Option<i64>, failure: &str) -> Result<bool> {
    let values = args![left.delivery_id, left.created_at, wake_at, failure, left.tries];
    Ok(tx.run(POSTPONE, values).await? > 0)
}

/// Tells the post's author of them.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn tell(tx: &mut Tx, left: &Discard, notice: &Notice, now_ms: i64) -> Result<()> {
    let subject = serde_json::json!({ "delivery_id": left.delivery_id, "channel_id": left.channel_id });
    let values = args![
        left.delivery_id,
        notice.notification_id,
        notice.kind,
        &notice.text,
        Arg::json(&subject),
        now_ms
    ];
    tx.run(TELL, values).await?;
    Ok(())
}
