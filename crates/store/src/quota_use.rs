//! What networks said of their quotas, and how full the hours of a channel are.

use postrider_core::Network;
use postrider_core::ids::{ChannelId, DeliveryId};
use postrider_core::quota::{self, Filled};
use postrider_core::rules;
use postrider_core::rules::schema::{Counts, Quota};

use crate::args;
use crate::channels;
use crate::db::{Arg, Db, Row, Tx};
use crate::deliveries::Delivery;
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
    OF_GRANT = "SELECT id FROM channels WHERE grant_id = (SELECT grant_id FROM channels WHERE id = $1)";
    OF_NETWORK = "SELECT id FROM channels WHERE network = $1";
    SAID = "SELECT * FROM quota_use WHERE channel_id = $1 AND quota = $2";
    TIMES = "SELECT COALESCE(first_commit_at, due_at) AS at FROM deliveries WHERE channel_id IN LIST($1)
        AND (NOT $4 OR content_type IN LIST($5)) AND (NOT $6 OR mode = 'draft')
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
/// [`StoreError::NotFound`] if the member does not see the channel; [`StoreError::Db`].
pub async fn times(db: &Db, scope: &Scope, channel: ChannelId, after_ms: i64, except: Option<DeliveryId>) -> Result<Vec<i64>> {
    channels::get(db, scope, channel).await?;
    instants(&db.read(TIMES, all_kinds(vec![channel], after_ms, except)).await?)
}

fn all_kinds(channels: Vec<ChannelId>, after_ms: i64, except: Option<DeliveryId>) -> Vec<Arg> {
    args![Arg::list(channels), after_ms, except, false, Arg::list::<String>([]), false]
}

fn instants(rows: &[Row]) -> Result<Vec<i64>> {
    rows.iter().map(|row| row.int("at")).collect()
}

/// A quota of a channel as it stands: what takes its places, by our own count and by what the network last said. A further part of a
/// thread and a call that is not the commit are not counted here: of those the network's own answer tells.
fn filled(quota: &Quota, times: Vec<i64>, said: Option<&QuotaUse>) -> Filled {
    let mut filled = Filled {
        window: quota.window,
        max: quota.max.value,
        times,
    };
    if let Some(said) = said.filter(|_| quota.read_from_network) {
        filled.max = said.quota_limit;
        // A rolling window, which is all that networks tell of, needs no calendar.
        if let Ok(times) = quota::beside(quota.window, filled.times.clone(), said.used, said.seen_at) {
            filled.times = times;
        }
    }
    filled
}

fn kinds(quota: &Quota, channels: Vec<ChannelId>, after_ms: i64, except: Option<DeliveryId>) -> Vec<Arg> {
    let only = !quota.content_types.is_empty();
    args![
        Arg::list(channels),
        after_ms,
        except,
        only,
        Arg::list(quota.content_types),
        quota.drafts_only
    ]
}

/// The windows that a delivery has to fit into at an instant (UTC milliseconds), for a channel that the transaction holds. An app's quota is
/// that of all channels of its network.
pub(crate) async fn windows_of(tx: &mut Tx, delivery: &Delivery, at_ms: i64) -> Result<Vec<Filled>> {
    let mut windows = Vec::new();
    for quota in rules::of(delivery.network).quotas {
        if !quota.concerns(delivery.content_type, delivery.mode) {
            continue;
        }
        let channels = match quota.scope {
            rules::schema::Scope::Channel => vec![delivery.channel_id],
            rules::schema::Scope::Grant => ids(&tx.all(OF_GRANT, args![delivery.channel_id]).await?)?,
            rules::schema::Scope::App => ids(&tx.all(OF_NETWORK, args![delivery.network]).await?)?,
        };
        let after_ms = at_ms - quota::reach_ms(quota.window);
        let times = instants(&tx.all(TIMES, kinds(quota, channels, after_ms, Some(delivery.id))).await?)?;
        let said = QuotaUse::all(&tx.all(SAID, args![delivery.channel_id, quota.key]).await?)?;
        windows.push(filled(quota, times, said.first()));
    }
    Ok(windows)
}

fn ids(rows: &[Row]) -> Result<Vec<ChannelId>> {
    rows.iter().map(|row| row.id("id")).collect()
}

/// The quotas of a channel of a network by posts, each with how many of its places are used at an instant (UTC milliseconds) and when the next
/// is free.
///
/// # Errors
/// [`StoreError::NotFound`] if the member does not see the channel; [`StoreError::Db`].
pub async fn standing(db: &Db, scope: &Scope, channel: ChannelId, network: Network, now_ms: i64) -> Result<Vec<Standing>> {
    let said = of_channel(db, scope, channel).await?;
    let mut standing = Vec::new();
    for quota in rules::of(network).quotas {
        if quota.scope != rules::schema::Scope::Channel || quota.counts != Counts::Posts {
            continue;
        }
        let after_ms = now_ms - quota::reach_ms(quota.window);
        let mut times = instants(&db.read(TIMES, kinds(quota, vec![channel], after_ms, None)).await?)?;
        // What is still to go out takes no place yet.
        times.retain(|at| *at <= now_ms);
        let filled = filled(quota, times, said.iter().find(|said| said.quota == quota.key));
        let (Ok(used), Ok(free_ms)) = (
            quota::used(filled.window, &filled.times, now_ms),
            quota::next_free(filled.window, filled.max, &filled.times, now_ms),
        ) else {
            continue;
        };
        standing.push(Standing {
            quota: *quota,
            used,
            max: filled.max,
            free_at: (free_ms > now_ms).then_some(free_ms),
        });
    }
    Ok(standing)
}

/// How a quota of a channel stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Which.
    pub quota: Quota,
    /// How many of its places are used.
    pub used: i64,
    /// How many it has.
    pub max: i64,
    /// When the next place is free, UTC milliseconds, if none is now.
    pub free_at: Option<i64>,
}

/// How many commits were really made on a channel after one instant and until another.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn commits_between(db: &Db, channel: ChannelId, after_ms: i64, until_ms: i64) -> Result<i64> {
    db.one(COMMITS, args![channel, after_ms, until_ms]).await?.int("commits")
}
