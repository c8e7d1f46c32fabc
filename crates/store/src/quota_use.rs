//! What networks said of their quotas, and how full the windows of a channel are.

use postrider_core::Network;
use postrider_core::ids::{ChannelId, DeliveryId};
use postrider_core::post::{ContentType, Mode};
use postrider_core::quota::{self, Filled, QuotaError, Said};
use postrider_core::rules;
use postrider_core::rules::schema::{self, Counts, Quota};

use crate::args;
use crate::channels;
use crate::db::{Arg, Db, Row, Tx};
use crate::error::{Result, StoreError};
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

// What goes out, and what went out: at its first commit if there was one, else at its instant.
macro_rules! times {
    ($channels:literal) => {
        concat!(
            "SELECT COALESCE(d.first_commit_at, d.due_at) AS at FROM deliveries d WHERE d.organization_id = $1 AND d.channel_id IN (",
            $channels,
            ") AND (d.first_commit_at > $3 OR d.due_at > $3)
            AND COALESCE(d.first_commit_at, d.due_at) > $3 AND COALESCE(d.first_commit_at, d.due_at) < $4
            AND (CAST($5 AS TEXT) IS NULL OR d.id <> $5) AND (NOT $6 OR d.content_type IN LIST($7)) AND (NOT $8 OR d.mode = 'draft')
            AND d.state IN ('scheduled', 'staging', 'staged', 'publishing', 'processing', 'confirming', 'deferred', 'in_doubt',
                'published_in_part', 'published', 'drafted')
            ORDER BY 1"
        )
    };
}

statements! {
    RECORD = "INSERT INTO quota_use (channel_id, quota, used, quota_limit, window_ms, seen_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (channel_id, quota) DO UPDATE SET used = excluded.used, quota_limit = excluded.quota_limit,
        window_ms = excluded.window_ms, seen_at = excluded.seen_at WHERE quota_use.seen_at <= excluded.seen_at";
    LIST = "SELECT * FROM quota_use WHERE channel_id = $1 ORDER BY quota";
    OF_CHANNEL = times!("$2");
    OF_GRANT = times!("SELECT g.id FROM channels g JOIN channels c ON c.grant_id = g.grant_id
        WHERE c.id = $2 AND g.organization_id = $1");
    OF_APP = times!("SELECT n.id FROM channels n JOIN channels c ON c.network = n.network WHERE c.id = $2 AND n.organization_id = $1");
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

/// One more post, for which room is looked for.
#[derive(Debug, Clone, Copy)]
pub struct OneMore {
    /// On which channel.
    pub channel: ChannelId,
    /// On which network.
    pub network: Network,
    /// Of which type.
    pub content_type: ContentType,
    /// For the public or as a draft.
    pub mode: Mode,
    /// Which delivery it is, if it is saved: it does not stand in its own way.
    pub delivery: Option<DeliveryId>,
}

/// Where the next room for a post is.
#[derive(Debug, Clone)]
pub struct Room {
    /// The first instant at or after the wanted one at which every window has room, UTC milliseconds.
    pub free_ms: i64,
    /// The window that has none before, if one has not.
    pub full: Option<Filled>,
    /// Every window that it has to fit into, with what takes their places around both instants.
    pub windows: Vec<Filled>,
}

/// From where rows are read.
pub(crate) enum Source<'a> {
    /// Beside what is being written.
    Db(&'a Db),
    /// As the transaction sees them.
    Tx(&'a mut Tx),
}

impl Source<'_> {
    async fn rows(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<Vec<Row>> {
        match self {
            Source::Db(db) => db.read(sql, args).await,
            Source::Tx(tx) => tx.all(sql, args).await,
        }
    }
}

/// What a quota's places are looked for by.
struct Look<'a> {
    scope: &'a Scope,
    channel: ChannelId,
    except: Option<DeliveryId>,
    said: &'a [QuotaUse],
}

impl Look<'_> {
    /// A quota as it stands: what takes its places in the windows that hold an instant, and on until another (UTC milliseconds), by our own
    /// count and by what the network last said. A further part of a thread and a call that is not the commit are not counted here: of those
    /// the network's own answer tells. Of a quota that channels share, those of the organization that asks count: what others use shows
    /// when the network refuses.
    async fn filled(&self, source: &mut Source<'_>, quota: &'static Quota, at_ms: i64, until_ms: i64) -> Result<Filled> {
        let said = self.said.iter().find(|said| quota.read_from_network && said.quota == quota.key);
        let said = said.map(|said| Said {
            used: said.used,
            max: said.quota_limit,
            at_ms: said.seen_at,
        });
        let reaching = said.filter(|said| said.reaches(quota.window, at_ms));
        let from_ms = at_ms.min(reaching.map_or(at_ms, |said| said.at_ms)) - quota::reach_ms(quota.window);
        let sql = match quota.scope {
            schema::Scope::Channel => OF_CHANNEL,
            schema::Scope::Grant => OF_GRANT,
            schema::Scope::App => OF_APP,
        };
        let values = args![
            self.scope.organization_id,
            self.channel,
            from_ms,
            until_ms,
            self.except,
            !quota.content_types.is_empty(),
            Arg::list(quota.content_types),
            quota.drafts_only,
        ];
        let mut times: Vec<i64> = source
            .rows(sql, values)
            .await?
            .iter()
            .map(|row| row.int("at"))
            .collect::<Result<_>>()?;
        if let Some(said) = reaching {
            times = said.beside(quota.window, times).map_err(beyond)?;
        }
        Ok(Filled {
            quota,
            max: said.map_or(quota.max.value, |said| said.places()),
            times,
        })
    }
}

/// What is closed is told apart before: nothing but the calendar is left.
fn beyond(_: QuotaError) -> StoreError {
    StoreError::BeyondCalendar
}

/// Looks for room for one more post at an instant (UTC milliseconds), within what the scope sees of the channel.
///
/// # Errors
/// [`StoreError::QuotaClosed`] if a quota has no places at all; [`StoreError::BeyondCalendar`]; [`StoreError::Db`].
pub(crate) async fn room_in(source: &mut Source<'_>, scope: &Scope, post: &OneMore, at_ms: i64) -> Result<Room> {
    let said = QuotaUse::all(&source.rows(LIST, args![post.channel]).await?)?;
    let look = Look {
        scope,
        channel: post.channel,
        except: post.delivery,
        said: &said,
    };
    let quotas: Vec<&'static Quota> = rules::of(post.network)
        .quotas
        .iter()
        .filter(|quota| quota.concerns(post.content_type, post.mode))
        .collect();
    let reach_ms = quotas.iter().map(|quota| quota::reach_ms(quota.window)).max().unwrap_or(0);
    let mut until_ms = at_ms.saturating_add(2 * reach_ms);
    loop {
        let mut windows = Vec::with_capacity(quotas.len());
        for quota in &quotas {
            windows.push(look.filled(source, quota, at_ms, until_ms).await?);
        }
        if let Some(closed) = windows.iter().find(|window| window.max <= 0) {
            return Err(StoreError::QuotaClosed { quota: closed.quota });
        }
        let (free_ms, full) = quota::next_free_in_all(&windows, at_ms).map_err(beyond)?;
        // What is due after what was read may stand in the way of it.
        if free_ms.saturating_add(reach_ms) <= until_ms {
            let full = full.cloned();
            return Ok(Room { free_ms, full, windows });
        }
        until_ms = free_ms.saturating_add(2 * reach_ms);
    }
}

/// Where the next room for one more post is from an instant (UTC milliseconds) on.
///
/// # Errors
/// [`StoreError::NotFound`] if the member does not see the channel; [`StoreError::QuotaClosed`] if a quota has no places at all;
/// [`StoreError::BeyondCalendar`]; [`StoreError::Db`].
pub async fn room(db: &Db, scope: &Scope, post: &OneMore, at_ms: i64) -> Result<Room> {
    channels::get(db, scope, post.channel).await?;
    room_in(&mut Source::Db(db), scope, post, at_ms).await
}

/// The quotas of a channel of a network by posts, each with how many of its places are used at an instant (UTC milliseconds) and when the next
/// is free.
///
/// # Errors
/// [`StoreError::NotFound`] if the member does not see the channel; [`StoreError::Db`].
pub async fn standing(db: &Db, scope: &Scope, channel: ChannelId, network: Network, now_ms: i64) -> Result<Vec<Standing>> {
    let said = of_channel(db, scope, channel).await?;
    let look = Look {
        scope,
        channel,
        except: None,
        said: &said,
    };
    let mut standing = Vec::new();
    for quota in rules::of(network).quotas.iter().filter(|quota| counts_on_channel(quota)) {
        // What is still to go out takes no place yet.
        let filled = look.filled(&mut Source::Db(db), quota, now_ms, now_ms + 1).await?;
        let free_ms = match quota::next_free(quota.window, filled.max, &filled.times, now_ms) {
            Ok(free_ms) => Some(free_ms).filter(|at| *at > now_ms),
            // Nobody can tell when a network opens what it closed.
            Err(QuotaError::Closed) => None,
            Err(error) => return Err(beyond(error)),
        };
        standing.push(Standing {
            quota,
            used: quota::used(quota.window, &filled.times, now_ms).map_err(beyond)?,
            max: filled.max,
            free_at: free_ms,
        });
    }
    Ok(standing)
}

/// Whether a quota is told of on a channel: it counts that channel's posts alone.
pub fn counts_on_channel(quota: &Quota) -> bool {
    quota.scope == schema::Scope::Channel && quota.counts == Counts::Posts
}

/// How a quota of a channel stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Which.
    pub quota: &'static Quota,
    /// How many of its places are used.
    pub used: i64,
    /// How many it has.
    pub max: i64,
    /// When the next place is free, UTC milliseconds, if none is now.
    pub free_at: Option<i64>,
}
