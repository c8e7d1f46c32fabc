//! Channels: accounts that can be posted to.

use postrider_core::Network;
use postrider_core::channel::ChannelStatus;
use postrider_core::delivery::State;
use postrider_core::ids::{ChannelId, DeliveryId, GrantId, OrganizationId, PostId, ProjectId};
use serde_json::Value;

use crate::args;
use crate::db::{Arg, Db, Tx};
use crate::error::{Bound, Result, StoreError};
use crate::moves::Move;
use crate::page::{Listed, Page};
use crate::record::{reached, record, statements};
use crate::scope::{Scope, with};
use crate::{plans, projects};

record! {
    /// An account that can be posted to.
    Channel {
        /// Which.
        id: ChannelId = id,
        /// Whose.
        organization_id: OrganizationId = id,
        /// In which project.
        project_id: ProjectId = id,
        /// Through which grant it is reached.
        grant_id: GrantId = id,
        /// On which network.
        network: Network = id,
        /// The network's id of the account.
        external_id: String = text,
        /// Kind of account.
        kind: String = text,
        /// Name for people.
        name: String = text,
        /// Handle.
        handle: String = text,
        /// What tells it from others of the same name, such as a street.
        detail: String = text,
        /// Its picture.
        avatar_url: Option<String> = opt_text,
        /// What the adapter noted.
        meta: Value = json,
        /// Sealed tokens of its own.
        secrets: Option<Vec<u8>> = opt_bytes,
        /// Whether it can be used.
        status: ChannelStatus = id,
        /// Why, in words; empty if it simply works.
        status_reason: String = text,
        /// Permissions that were not given.
        missing: Vec<String> = json,
        /// When the access ends for good, UTC milliseconds.
        access_ends_at: Option<i64> = opt_int,
        /// When it was last seen to work, UTC milliseconds.
        verified_at: Option<i64> = opt_int,
        /// Since when it is halted, UTC milliseconds.
        halted_at: Option<i64> = opt_int,
        /// Why it is halted.
        halt_reason: Option<String> = opt_text,
        /// Rises with each change.
        version: i64 = int,
        /// UTC milliseconds.
        created_at: i64 = int,
        /// UTC milliseconds.
        disconnected_at: Option<i64> = opt_int,
    }
}

impl Channel {
    /// The longest text on this very channel, where its server has a limit of its own; in the network's way of counting.
    pub fn text_max(&self) -> Option<i64> {
        self.meta["text_max"].as_i64()
    }
}

record! {
    /// A delivery for whose sake a channel cannot be disconnected.
    Blocking {
        /// Which.
        id: DeliveryId = id,
        /// Of which post.
        post_id: PostId = id,
        /// The post's content, for its title.
        content: Value = json,
        /// Where it stands.
        state: State = id,
        /// Its instant, UTC milliseconds.
        due_at: Option<i64> = opt_int,
    }
}

/// An account to be added, or to be connected again.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// Which; an account that was there before keeps the id it had.
    pub id: ChannelId,
    /// In which project.
    pub project_id: ProjectId,
    /// Through which grant it is reached.
    pub grant_id: GrantId,
    /// On which network.
    pub network: Network,
    /// The network's id of the account.
    pub external_id: String,
    /// Kind of account.
    pub kind: String,
    /// Name for people.
    pub name: String,
    /// Handle.
    pub handle: String,
    /// What tells it from others of the same name.
    pub detail: String,
    /// Its picture.
    pub avatar_url: Option<String>,
    /// What the adapter noted.
    pub meta: Value,
    /// Sealed tokens of its own.
    pub secrets: Option<Vec<u8>>,
    /// Whether it can be used.
    pub status: ChannelStatus,
    /// Why, in words.
    pub status_reason: String,
    /// Permissions that were not given.
    pub missing: Vec<String>,
    /// When the access ends for good, UTC milliseconds.
    pub access_ends_at: Option<i64>,
    /// UTC milliseconds.
    pub now_ms: i64,
}

/// What looking at a channel found.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Whether it can be used.
    pub status: ChannelStatus,
    /// Why, in words.
    pub status_reason: String,
    /// Permissions that were not given.
    pub missing: Vec<String>,
    /// When the access ends for good, UTC milliseconds.
    pub access_ends_at: Option<i64>,
    /// Name, handle and picture, if they were read.
    pub name: Option<String>,
    /// Handle, if it was read.
    pub handle: Option<String>,
    /// Picture, if it was read.
    pub avatar_url: Option<String>,
    /// When it was seen to work, UTC milliseconds; `None` if it did not.
    pub verified_at: Option<i64>,
}

/// What disconnecting left.
#[derive(Debug, Clone)]
pub struct Disconnected {
    /// The grant, if no other channel needs it: its tokens are to be revoked at the network and then erased.
    pub unused_grant: Option<GrantId>,
}

statements! {
    ADD = "INSERT INTO channels (id, organization_id, project_id, grant_id, network, external_id, kind, name, handle, detail, avatar_url,
        meta, secrets, status, status_reason, missing, access_ends_at, verified_at, version, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1, $18)
        ON CONFLICT (project_id, network, external_id) DO UPDATE SET grant_id = excluded.grant_id, kind = excluded.kind,
        name = excluded.name, handle = excluded.handle, detail = excluded.detail, avatar_url = excluded.avatar_url,
        meta = excluded.meta, secrets = excluded.secrets, status = excluded.status, status_reason = excluded.status_reason,
        missing = excluded.missing, access_ends_at = excluded.access_ends_at, verified_at = excluded.verified_at,
        version = channels.version + 1, disconnected_at = NULL, check_at = NULL
        RETURNING *";
    CONNECTED = "SELECT id FROM channels WHERE project_id = $1 AND network = $2 AND external_id = $3 AND disconnected_at IS NULL";
    GRANT = concat!("SELECT g.id FROM grants g WHERE ", reached!("g"), " AND g.id = $4 AND g.project_id = $5 AND g.revoked_at IS NULL");
    LIST = concat!("SELECT c.* FROM channels c WHERE ", reached!("c"), " AND c.project_id = $4
        AND ($5 OR c.disconnected_at IS NULL) AND (CAST($6 AS TEXT) IS NULL OR c.id > $6) ORDER BY c.id LIMIT $7");
    GET = concat!("SELECT c.* FROM channels c WHERE ", reached!("c"), " AND c.id = $4");
    HOLD = concat!("UPDATE channels SET version = version WHERE id IN (SELECT c.id FROM channels c WHERE ", reached!("c"), " AND c.id = $4)
        RETURNING *");
    SEEN = "UPDATE channels SET status = $2, status_reason = $3, missing = $4, access_ends_at = $5, name = COALESCE($6, name),
        handle = COALESCE($7, handle), avatar_url = COALESCE($8, avatar_url), verified_at = COALESCE($9, verified_at), check_at = NULL,
        version = version + 1
        WHERE id = $1 AND disconnected_at IS NULL";
    // What has ended is looked at by whoever reconnects it; of what a recovery put in doubt the tokens may be others by now.
    FOR_CHECK = "SELECT c.* FROM channels c JOIN grants g ON g.id = c.grant_id
        WHERE c.disconnected_at IS NULL AND c.status IN ('active', 'expiring', 'missing_permission')
        AND (c.verified_at IS NULL OR c.verified_at <= $1) AND (c.check_at IS NULL OR c.check_at <= $2)
        AND g.secrets IS NOT NULL AND g.revoked_at IS NULL AND g.doubted_at IS NULL
        ORDER BY c.verified_at, c.id LIMIT $3";
    CHECK_LATER = "UPDATE channels SET check_at = $2 WHERE id = $1";
    SET_SECRETS = "UPDATE channels SET secrets = $2 WHERE id = $1 AND disconnected_at IS NULL";
    BLOCKING = "SELECT d.id, d.post_id, p.content, d.state, d.due_at FROM deliveries d JOIN posts p ON p.id = d.post_id
        WHERE d.channel_id = $1
        AND d.state IN ('scheduled', 'staging', 'staged', 'publishing', 'processing', 'confirming', 'deferred', 'in_doubt')
        ORDER BY d.id LIMIT $2";
    DISCONNECT = "UPDATE channels SET status = 'disconnected', status_reason = '', secrets = NULL, disconnected_at = $2, version = version + 1
        WHERE id = $1 AND disconnected_at IS NULL";
    DROP_DRAFTS = "DELETE FROM deliveries WHERE channel_id = $1 AND state = 'draft'
        AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_id = deliveries.id)
        AND NOT EXISTS (SELECT 1 FROM intents i WHERE i.delivery_id = deliveries.id)";
    END_DRAFTS = "UPDATE deliveries SET state = 'canceled', version = version + 1, updated_at = $2, wake_at = NULL
        WHERE channel_id = $1 AND state = 'draft' RETURNING id";
    GRANT_USED = "SELECT id FROM channels WHERE grant_id = $1 AND disconnected_at IS NULL LIMIT 1";
    FAILED_FOR_CONNECTION = "SELECT id FROM deliveries WHERE channel_id = $1 AND state = 'failed' AND failure_kind IN ('connection', 'permission')
        ORDER BY id DESC LIMIT 100";
    LIFT = "UPDATE channels SET halted_at = NULL, halt_reason = NULL, lifted_at = $2, version = version + 1
        WHERE id = $1 AND halted_at IS NOT NULL";
    WAKE = "UPDATE deliveries SET wake_at = $2, version = version + 1 WHERE channel_id = $1 AND wake_at > $3 AND NOT intent_open
        AND failure_code = 'channel.halted' AND (deferred_until IS NULL OR deferred_until <= $2)
        AND (due_at IS NULL OR due_at <= $2 OR due_at > $3)";
}

/// How many deliveries a refusal to disconnect lists.
const BLOCKING_MAX: i64 = 100;

/// Adds an account to a project. One that was there before (disconnected, or connected anew) comes back with its id, its
/// history and its scheduled posts.
///
/// # Errors
/// [`StoreError::NotFound`] if project or grant is not the member's to see; [`StoreError::Bound`] if the plan allows no more;
/// [`StoreError::Db`].
pub async fn add(tx: &mut Tx, scope: &Scope, channel: &NewChannel) -> Result<Channel> {
    projects::held(tx, scope, channel.project_id).await?;
    tx.one(GRANT, with(scope.reach(), args![channel.grant_id, channel.project_id]))
        .await?;
    let account = args![channel.project_id, channel.network, &channel.external_id];
    if tx.optional(CONNECTED, account).await?.is_none() {
        plans::make_room(tx, scope.organization_id, Bound::Channels, 1).await?;
    }
    let values = args![
        channel.id,
        scope.organization_id,
        channel.project_id,
        channel.grant_id,
        channel.network,
        &channel.external_id,
        &channel.kind,
        &channel.name,
        &channel.handle,
        &channel.detail,
        channel.avatar_url.clone(),
        Arg::json(&channel.meta),
        channel.secrets.clone(),
        channel.status,
        &channel.status_reason,
        Arg::json(&channel.missing),
        channel.access_ends_at,
        channel.now_ms,
    ];
    Channel::of(&tx.one(ADD, values).await?)
}

/// A project's channels; the disconnected ones only if asked.
///
/// # Errors
/// [`StoreError::NotFound`] if the member does not see the project; [`StoreError::BadCursor`]; [`StoreError::Db`].
pub async fn list(db: &Db, scope: &Scope, project: ProjectId, disconnected: bool, page: &Page) -> Result<Listed<Channel>> {
    projects::get(db, scope, project).await?;
    let more = vec![project.into(), disconnected.into(), page.after::<ChannelId>()?.into(), page.fetch()];
    let rows = db.read(LIST, with(scope.reach(), more)).await?;
    Ok(page.cut(Channel::all(&rows)?, |channel| channel.id))
}

/// One channel, disconnected or not.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn get(db: &Db, scope: &Scope, id: ChannelId) -> Result<Channel> {
    Channel::of(&db.one(GET, with(scope.reach(), args![id])).await?)
}

/// One channel, held until the transaction ends: whoever else counts on it waits.
pub(crate) async fn hold(tx: &mut Tx, scope: &Scope, id: ChannelId) -> Result<Channel> {
    Channel::of(&tx.one(HOLD, with(scope.reach(), args![id])).await?)
}

/// Stores what looking at a channel found.
///
/// # Errors
/// [`StoreError::NotFound`] if it is disconnected by now; [`StoreError::Db`].
pub async fn seen(tx: &mut Tx, id: ChannelId, seen: &Seen) -> Result<()> {
    let values = args![
        id,
        seen.status,
        &seen.status_reason,
        Arg::json(&seen.missing),
        seen.access_ends_at,
        seen.name.clone(),
        seen.handle.clone(),
        seen.avatar_url.clone(),
        seen.verified_at,
    ];
    if tx.run(SEEN, values).await? == 0 {
        Err(StoreError::NotFound)
    } else {
        Ok(())
    }
}

/// Channels of the whole installation for the health check: those that work and were not seen since an instant (UTC milliseconds).
///
/// # Errors
/// [`StoreError::Db`].
pub async fn for_check(db: &Db, seen_before_ms: i64, now_ms: i64, limit: i64) -> Result<Vec<Channel>> {
    Channel::all(&db.read(FOR_CHECK, args![seen_before_ms, now_ms, limit]).await?)
}

/// Looking at a channel found nothing definite: it is not looked at again before an instant (UTC milliseconds).
///
/// # Errors
/// [`StoreError::Db`].
pub async fn check_later(db: &Db, id: ChannelId, at_ms: i64) -> Result<()> {
    db.run(CHECK_LATER, args![id, at_ms]).await?;
    Ok(())
}

/// Stores new sealed tokens of a channel.
///
/// # Errors
/// [`StoreError::NotFound`] if it is disconnected by now; [`StoreError::Db`].
pub async fn set_secrets(tx: &mut Tx, id: ChannelId, secrets: Option<Vec<u8>>) -> Result<()> {
    if tx.run(SET_SECRETS, args![id, secrets]).await? == 0 {
        Err(StoreError::NotFound)
    } else {
        Ok(())
    }
}

/// The deliveries for whose sake a channel cannot be disconnected, at most 100.
///
/// # Errors
/// [`StoreError::NotFound`] if the member does not see the channel; [`StoreError::Db`].
pub async fn blocking(db: &Db, scope: &Scope, id: ChannelId) -> Result<Vec<Blocking>> {
    get(db, scope, id).await?;
    Blocking::all(&db.read(BLOCKING, args![id, BLOCKING_MAX]).await?)
}

/// Disconnects a channel and erases its own tokens. Drafts lose it; the row and its history stay.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] while a delivery is to go out on it (see [`blocking`]) or if it is
/// disconnected already; [`StoreError::Db`].
pub async fn disconnect(tx: &mut Tx, scope: &Scope, id: ChannelId, now_ms: i64) -> Result<Disconnected> {
    let channel = hold(tx, scope, id).await?;
    if tx.optional(BLOCKING, args![id, 1_i64]).await?.is_some() || tx.run(DISCONNECT, args![id, now_ms]).await? == 0 {
        return Err(StoreError::Conflict);
    }
    tx.run(DROP_DRAFTS, args![id]).await?;
    for row in tx.all(END_DRAFTS, args![id, now_ms]).await? {
        tx.moved(Move {
            delivery: row.id("id")?,
            channel: id,
            network: channel.network,
            from: State::Draft,
            to: State::Canceled,
            event: "disconnect",
        });
    }
    let used = tx.optional(GRANT_USED, args![channel.grant_id]).await?.is_some();
    Ok(Disconnected {
        unused_grant: (!used).then_some(channel.grant_id),
    })
}

/// What is looked at by itself within so long, milliseconds, is left alone when a halt is lifted: a worker may have it in hand, waiting for
/// its second, and a new version would take it away.
const SOON_MS: i64 = 60_000;

/// Lifts a halt, and has what it held looked at again. What waits for a network's limit goes on waiting. What was alike until now does not
/// count any more.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] if it is not halted; [`StoreError::Db`].
pub async fn lift_halt(tx: &mut Tx, scope: &Scope, id: ChannelId, now_ms: i64) -> Result<()> {
    hold(tx, scope, id).await?;
    if tx.run(LIFT, args![id, now_ms]).await? == 0 {
        return Err(StoreError::Conflict);
    }
    tx.run(WAKE, args![id, now_ms, now_ms + SOON_MS]).await?;
    Ok(())
}

/// Deliveries of a channel that failed for its access, the newest first, at most 100: after a reconnect they can be tried again.
///
/// # Errors
/// [`StoreError::NotFound`] if the member does not see the channel; [`StoreError::Db`].
pub async fn failed_for_connection(db: &Db, scope: &Scope, id: ChannelId) -> Result<Vec<DeliveryId>> {
    get(db, scope, id).await?;
    db.read(FAILED_FOR_CONNECTION, args![id])
        .await?
        .iter()
        .map(|row| row.id("id"))
        .collect()
}
