//! Who depends on a channel that is at risk or can connect it again, and of what they were told.

use postrider_core::channel::EXPIRING_MS;
use postrider_core::ids::{ChannelId, UserId};
use postrider_core::permission::Permissions;

use crate::args;
use crate::channels::Channel;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::record::statements;

/// Somebody whom a channel that may not last concerns.
#[derive(Debug, Clone)]
pub struct Concerned {
    /// The channel.
    pub channel: Channel,
    /// Who.
    pub user: UserId,
    /// Why.
    pub by: Concern,
    /// The project's zone, to tell times in.
    pub time_zone: String,
    /// What they were told of last.
    pub told: Option<String>,
}

/// Why a channel concerns somebody.
#[derive(Debug, Clone)]
pub enum Concern {
    /// Posts of theirs are to go out on it.
    Posts {
        /// How many deliveries.
        deliveries: i64,
        /// When the first of them is due, UTC milliseconds.
        first_due_at: i64,
        /// When the last of them is due, UTC milliseconds.
        last_due_at: i64,
    },
    /// None of theirs are, but these are their switches in the organization: they may be allowed to connect it again.
    Member(Permissions),
}

/// Behind whom a page of them goes on.
pub type After = (ChannelId, UserId);

/// How many are read at one go.
const PAGE_MAX: i64 = 500;

statements! {
    AUTHORS = "SELECT c.*, p.author_id AS concerned_id, pr.time_zone AS project_zone, COUNT(*) AS deliveries, MIN(d.due_at) AS first_due_at,
        MAX(d.due_at) AS last_due_at, MAX(r.risk) AS told
        FROM channels c
        JOIN deliveries d ON d.channel_id = c.id AND d.state IN ('scheduled', 'staging', 'staged', 'deferred') AND d.due_at IS NOT NULL
        JOIN posts p ON p.id = d.post_id
        JOIN projects pr ON pr.id = c.project_id
        LEFT JOIN risk_notices r ON r.channel_id = c.id AND r.user_id = p.author_id
        WHERE c.disconnected_at IS NULL AND (c.status <> 'active' OR c.halted_at IS NOT NULL OR c.access_ends_at < $1)
          AND (CAST($2 AS TEXT) IS NULL OR (c.id, p.author_id) > ($2, $3))
        GROUP BY c.id, p.author_id, pr.id
        ORDER BY c.id, p.author_id LIMIT $4";
    MEMBERS = "SELECT c.*, m.user_id AS concerned_id, m.permissions, pr.time_zone AS project_zone, r.risk AS told
        FROM channels c
        JOIN projects pr ON pr.id = c.project_id
        JOIN members m ON m.organization_id = c.organization_id AND (m.all_projects
            OR EXISTS (SELECT 1 FROM member_projects mp WHERE mp.member_id = m.id AND mp.project_id = c.project_id))
        JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL
        LEFT JOIN risk_notices r ON r.channel_id = c.id AND r.user_id = m.user_id
        WHERE c.disconnected_at IS NULL AND (c.status <> 'active' OR c.access_ends_at < $1)
          AND NOT EXISTS (SELECT 1 FROM deliveries d JOIN posts p ON p.id = d.post_id WHERE d.channel_id = c.id
            AND p.author_id = m.user_id AND d.state IN ('scheduled', 'staging', 'staged', 'deferred') AND d.due_at IS NOT NULL)
          AND (CAST($2 AS TEXT) IS NULL OR (c.id, m.user_id) > ($2, $3))
        ORDER BY c.id, m.user_id LIMIT $4";
    TOLD = "INSERT INTO risk_notices (channel_id, user_id, risk, told_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (channel_id, user_id) DO UPDATE SET risk = excluded.risk, told_at = excluded.told_at
        WHERE risk_notices.risk <> excluded.risk RETURNING channel_id";
    FORGET = "DELETE FROM risk_notices WHERE channel_id IN (SELECT c.id FROM channels c
        WHERE c.disconnected_at IS NOT NULL OR (c.status = 'active' AND c.halted_at IS NULL
        AND (c.access_ends_at IS NULL OR c.access_ends_at >= $1)))";
}

/// Whom to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Authors whose posts are to go out on the channel.
    Authors,
    /// The other members who see its project.
    Members,
}

/// Whom channels of the whole installation concern that are at risk, or may be, at an instant (UTC milliseconds): the next page of them; an
/// empty one is behind the last.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn concerned(db: &Db, group: Group, now_ms: i64, after: Option<After>) -> Result<Vec<Concerned>> {
    let (channel, user) = after.unzip();
    let sql = match group {
        Group::Authors => AUTHORS,
        Group::Members => MEMBERS,
    };
    let rows = db.read(sql, args![now_ms + EXPIRING_MS, channel, user, PAGE_MAX]).await?;
    rows.iter()
        .map(|row| {
            Ok(Concerned {
                channel: Channel::of(row)?,
                user: row.id("concerned_id")?,
                by: match group {
                    Group::Authors => Concern::Posts {
                        deliveries: row.int("deliveries")?,
                        first_due_at: row.int("first_due_at")?,
                        last_due_at: row.int("last_due_at")?,
                    },
                    Group::Members => Concern::Member(row.json("permissions")?),
                },
                time_zone: row.text("project_zone")?,
                told: row.opt_text("told")?,
            })
        })
        .collect()
}

/// Notes that somebody is told of a risk, in the notice's own transaction. `false` if that was done already: whoever else looks at the same
/// time tells nobody twice.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn tell(tx: &mut Tx, channel: ChannelId, user: UserId, risk: &str, now_ms: i64) -> Result<bool> {
    Ok(tx.optional(TOLD, args![channel, user, risk, now_ms]).await?.is_some())
}

/// Forgets what was told of channels that are well again: if they get worse anew, it is told anew.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn forget(db: &Db, now_ms: i64) -> Result<u64> {
    db.run(FORGET, args![now_ms + EXPIRING_MS]).await
}
