//! What networks said of their quotas, and how full the hours of a channel are.

use postrider_core::ids::{ChannelId, DeliveryId};

use crate::args;
use crate::channels;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::record::{record, statements};
use crate::scope::Scope;

record! {
    /// What a network last said of one quota of a channel.
    QuotaUse {
        /// Of which channel.
        channel_id: ChannelId = id,
        /// Which quota.
        quota: String = text,
        /// How much is used.
        used: i64 = int,
        /// How much there is.
        quota_limit: i64 = int,
        /// Over how long, milliseconds.
        window_ms: i64 = int,
        /// When the network said so, UTC milliseconds.
        seen_at: i64 = int,
    }
}

statements! {
    RECORD = "INSERT INTO quota_use (channel_id, quota, used, quota_limit, window_ms, seen_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (channel_id, quota) DO UPDATE SET used = excluded.used, quota_limit = excluded.quota_limit,
        window_ms = excluded.window_ms, seen_at = excluded.seen_at WHERE quota_use.seen_at <= excluded.seen_at";
    LIST = "SELECT * FROM quota_use WHERE channel_id = $1 ORDER BY quota";
    // What goes out, and what went out: at its first commit if there was one, else at its instant.
    TIMES = "SELECT COALESCE(first_commit_at, due_at) AS at FROM deliveries WHERE channel_id = $1
        AND (first_commit_at > $2 OR due_at > $2)
        AND COALESCE(first_commit_at, due_at) > $2
        AND (CAST($3 AS TEXT) IS NULL OR id <> $3)
        AND state IN ('scheduled', 'staging', 'staged', 'publishing', 'processing', 'confirming', 'deferred', 'in_doubt',
            'published_in_part', 'published', 'drafted')
        ORDER BY 1";
    COMMITS = "SELECT COUNT(*) AS commits FROM deliveries WHERE channel_id = $1 AND first_commit_at > $2 AND first_commit_at <= $3";
}

/// Stores what a network said of a quota, unless something newer stands.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn record(tx: &mut Tx, quota: &QuotaUse) -> Result<()> {
    let values = args![
        quota.channel_id,
        &quota.quota,
        quota.used,
        quota.quota_limit,
        quota.window_ms,
        quota.seen_at,
    ];
    tx.run(RECORD, values).await?;
    Ok(())
}

/// What the network said of a channel's quotas.
///
/// # Errors
/// [`crate::StoreError::NotFound`] if the member does not see the channel; [`crate::StoreError::Db`].
pub async fn of_channel(db: &Db, scope: &Scope, channel: ChannelId) -> Result<Vec<QuotaUse>> {
    channels::get(db, scope, channel).await?;
    QuotaUse::all(&db.read(LIST, args![channel]).await?)
}

/// The instants after `after_ms` that count on a channel, in order, without one delivery. Canceled, failed, missed and
/// ready-to-post deliveries and drafts do not count.
///
/// # Errors
/// [`crate::StoreError::NotFound`] if the member does not see the channel; [`crate::StoreError::Db`].
pub async fn times(db: &Db, scope: &Scope, channel: ChannelId, after_ms: i64, except: Option<DeliveryId>) -> Result<Vec<i64>> {
    channels::get(db, scope, channel).await?;
    let rows = db.read(TIMES, args![channel, after_ms, except]).await?;
    rows.iter().map(|row| row.int("at")).collect()
}

/// As [`times`], for a channel that the transaction holds.
pub(crate) async fn times_held(tx: &mut Tx, channel: ChannelId, after_ms: i64, except: DeliveryId) -> Result<Vec<i64>> {
    let rows = tx.all(TIMES, args![channel, after_ms, except]).await?;
    rows.iter().map(|row| row.int("at")).collect()
}

/// How many commits were really made on a channel after one instant and until another.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn commits_between(db: &Db, channel: ChannelId, after_ms: i64, until_ms: i64) -> Result<i64> {
    db.one(COMMITS, args![channel, after_ms, until_ms]).await?.int("commits")
}
