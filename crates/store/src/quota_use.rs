//! What networks said of their quotas, and how full the hours of a channel are.

use postrider_core::ids::{ChannelId, DeliveryId};

use crate::args;
use crate::channels;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::record::{record, statements};
use crate::scope::Scope;

/// The window in which posts on one channel are counted, milliseconds. Half-open: a post exactly an hour later is outside.
pub const HOUR_MS: i64 = 60 * 60 * 1000;

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

/// How many commits were really made on a channel in the hour that ends now.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn commits_in_hour(db: &Db, channel: ChannelId, now_ms: i64) -> Result<i64> {
    db.one(COMMITS, args![channel, now_ms - HOUR_MS, now_ms]).await?.int("commits")
}

/// Whether one more post at `at` leaves every window of an hour with at most `max` posts. `times` are in order.
pub fn fits(times: &[i64], at: i64, max: usize) -> bool {
    let near: Vec<i64> = times.iter().copied().filter(|time| (time - at).abs() < HOUR_MS).collect();
    let starts = near.iter().copied().filter(|start| *start <= at).chain([at]);
    starts.into_iter().all(|start| {
        let within = near.iter().filter(|time| **time >= start && **time < start + HOUR_MS).count();
        within < max
    })
}

/// The first instant from `wanted` on at which one more post fits. `times` are in order.
pub fn next_free(times: &[i64], wanted: i64, max: usize) -> i64 {
    // Room opens only where a post leaves the window, which is an hour after it.
    let openings = times.iter().map(|time| time + HOUR_MS).filter(|opening| *opening > wanted);
    std::iter::once(wanted)
        .chain(openings)
        .find(|at| fits(times, *at, max))
        .unwrap_or(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    #[test]
    fn the_tenth_post_of_an_hour_fits_and_the_eleventh_does_not() {
        let nine: Vec<i64> = (0..9).map(|n| n * MINUTE).collect();
        assert!(fits(&nine, 30 * MINUTE, 10));
        let ten: Vec<i64> = (0..10).map(|n| n * MINUTE).collect();
        assert!(!fits(&ten, 30 * MINUTE, 10));
    }

    #[test]
    fn a_post_exactly_an_hour_later_is_outside_the_window() {
        let ten = vec![0_i64; 10];
        assert!(!fits(&ten, HOUR_MS - 1, 10));
        assert!(fits(&ten, HOUR_MS, 10));
        assert!(fits(&ten, -HOUR_MS, 10));
        assert_eq!(next_free(&ten, 5, 10), HOUR_MS);
    }

    #[test]
    fn a_post_between_two_halves_of_a_full_hour_does_not_fit() {
        let mut times = vec![0_i64; 5];
        times.extend([50 * MINUTE; 5]);
        assert!(!fits(&times, 25 * MINUTE, 10));
        assert!(fits(&times, 60 * MINUTE, 10));
    }

    #[test]
    fn the_next_free_instant_fits_and_nothing_before_it_does() {
        let mut seed = 7_u64;
        for _ in 0..300 {
            let mut times: Vec<i64> = (0..25)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    ((seed >> 33) % 180) as i64 * MINUTE
                })
                .collect();
            times.sort_unstable();
            let free = next_free(&times, 0, 10);
            assert!(fits(&times, free, 10), "{times:?}");
            assert!((0..free / MINUTE).all(|minute| !fits(&times, minute * MINUTE, 10)), "{times:?}");
        }
    }
}
