//! Whether this database is the newest there is, and what follows if it is not (publishing.md rule 12).
//!
//! None of this is a tenant's: it serves Postrider itself, the command line and administrators of the installation.

use postrider_core::Network;
use postrider_core::delivery::State;
use postrider_core::ids::{DeliveryId, NotificationId, OrganizationId, UserId};

use crate::args;
use crate::db::{Db, Row, Tx};
use crate::error::Result;
use crate::record::{record, statements};

statements! {
    READ = "SELECT * FROM pulse WHERE one = 1";
    BEAT = "UPDATE pulse SET beat = beat + 1, beat_at = $1, incarnation = CASE WHEN incarnation = 0 THEN $1 ELSE incarnation END,
          clock_off = NULL, witnessed_at = CASE WHEN $2 THEN $1 ELSE witnessed_at END
        WHERE one = 1 AND held_why IS NULL RETURNING *";
    HOLD = "UPDATE pulse SET held_why = $1,
          held_at = (SELECT CASE WHEN MAX(created_at) > $3 THEN MAX(created_at) ELSE $3 END FROM deliveries),
          held_since = CASE WHEN beat_at > 0 AND beat_at < $2 THEN beat_at ELSE $2 END
        WHERE one = 1 AND held_why IS NULL RETURNING *";
    FREE = "UPDATE pulse SET held_why = NULL, held_since = NULL, held_at = NULL, beat_at = $1,
          incarnation = CASE WHEN incarnation >= $2 THEN incarnation + 1 ELSE $2 END
        WHERE one = 1 RETURNING *";
    HOLDS = "SELECT held_at FROM pulse WHERE one = 1 AND held_why IS NOT NULL AND held_at >= $1";
    DOUBT_CLOCK = "UPDATE pulse SET clock_off = $1 WHERE one = 1";
    CONFIRM_CLOCK = "UPDATE pulse SET clock_confirmed_at = $1 WHERE one = 1";
    MARK_GAP = "UPDATE deliveries SET unseen_from = $1, unseen_to = $2, unseen_why = 'gap', version = version + 1
        WHERE wake_at IS NOT NULL AND due_at < $3 AND unseen_from IS NULL AND intent_open = FALSE AND published_version IS NULL
          AND state IN ('scheduled', 'staging', 'staged', 'deferred', 'publishing', 'processing')";
    MARK_UNSEEN = "UPDATE deliveries SET unseen_to = $2, unseen_why = 'recovered', version = version + 1,
          unseen_from = CASE WHEN unseen_from < $1 THEN unseen_from ELSE $1 END,
          wake_at = CASE WHEN wake_at IS NULL OR wake_at < $2 THEN wake_at ELSE $2 END
        WHERE created_at <= $3 AND state NOT IN ('published', 'drafted', 'canceled')";
    DOUBT_GRANTS = "UPDATE grants SET doubted_at = $1 WHERE secrets IS NOT NULL AND revoked_at IS NULL";
    NEWEST = "SELECT MAX(updated_at) AS newest FROM deliveries";
    COUNT = "SELECT COUNT(*) AS deliveries, COALESCE(SUM(CASE WHEN due_at <= $1 THEN 1 ELSE 0 END), 0) AS due FROM deliveries
        WHERE wake_at IS NOT NULL";
    LIST = "SELECT d.id, d.network, d.state, d.due_at, d.project_id, c.name AS channel_name, c.kind AS channel_kind, p.content AS post_content
        FROM (SELECT id, network, state, due_at, project_id, channel_id, post_id FROM deliveries
          WHERE wake_at IS NOT NULL ORDER BY due_at, id LIMIT $1) d
        JOIN channels c ON c.id = d.channel_id JOIN posts p ON p.id = d.post_id ORDER BY d.due_at, d.id";
    ADMINS = "SELECT u.id AS user_id, MIN(m.organization_id) AS organization_id FROM users u JOIN members m ON m.user_id = u.id
        WHERE u.instance_admin AND u.disabled_at IS NULL GROUP BY u.id ORDER BY u.id";
    TELL = "INSERT INTO notifications (id, organization_id, user_id, kind, text, subject, created_at)
        VALUES ($1, $2, $3, 'publishing.held', $4, '{}', $5)";
}

/// Why nothing is published until somebody recovers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldWhy {
    /// `postrider restore` brought this database back.
    Restored,
    /// The witness knows of more than this database: it was brought back by other means.
    Behind,
}

impl HeldWhy {
    /// The name in the database.
    pub const fn key(self) -> &'static str {
        match self {
            HeldWhy::Restored => "restored",
            HeldWhy::Behind => "behind",
        }
    }
}

/// What holds publishing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Why.
    pub why: HeldWhy,
    /// Since when calls may have been made that this database does not know, UTC milliseconds.
    pub since_ms: i64,
    /// When it was found out, UTC milliseconds.
    pub at_ms: i64,
}

/// The database's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    /// When it was begun or last recovered, UTC milliseconds; 0 before the first start.
    pub incarnation: i64,
    /// Counts up once a minute while a server runs.
    pub beat: i64,
    /// When it last did, UTC milliseconds; 0 before the first start.
    pub beat_at_ms: i64,
    /// What holds publishing, if anything.
    pub held: Option<Held>,
    /// How far the clock is off by which a server would publish that holds for it, milliseconds; `None` since a heart beat again.
    pub clock_off_ms: Option<i64>,
    /// When somebody last said that the servers' clock is right, UTC milliseconds; 0 if never.
    pub clock_confirmed_at_ms: i64,
    /// When a server last beat that could write the witness, UTC milliseconds; 0 before the first start.
    pub witnessed_at_ms: i64,
}

/// How long no server may be able to write the witness before that is told, milliseconds: the next beat often can.
const UNWITNESSED_MS: i64 = 150_000;

impl Pulse {
    /// Since when no server can write the witness, UTC milliseconds, if none can.
    pub fn unwitnessed_since(&self) -> Option<i64> {
        (self.beat_at_ms - self.witnessed_at_ms > UNWITNESSED_MS).then_some(self.witnessed_at_ms)
    }

    fn of(row: &Row) -> Result<Pulse> {
        let why = row.opt_text("held_why")?.map(|why| match why.as_str() {
            "restored" => HeldWhy::Restored,
            _ => HeldWhy::Behind,
        });
        let held = why.map(|why| -> Result<Held> {
            Ok(Held {
                why,
                since_ms: row.opt_int("held_since")?.unwrap_or(0),
                at_ms: row.opt_int("held_at")?.unwrap_or(0),
            })
        });
        Ok(Pulse {
            incarnation: row.int("incarnation")?,
            beat: row.int("beat")?,
            beat_at_ms: row.int("beat_at")?,
            held: held.transpose()?,
            clock_off_ms: row.opt_int("clock_off")?,
            clock_confirmed_at_ms: row.int("clock_confirmed_at")?,
            witnessed_at_ms: row.int("witnessed_at")?,
        })
    }
}

/// The database's life as it stands.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn read(db: &Db) -> Result<Pulse> {
    Pulse::of(&db.one(READ, Vec::new()).await?)
}

/// Counts up; the first gives the database its incarnation. `witnessed`: whether the witness could be written, as far as is known. `None` if
/// publishing is held.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn beat(tx: &mut Tx, now_ms: i64, witnessed: bool) -> Result<Option<Pulse>> {
    tx.optional(BEAT, args![now_ms, witnessed])
        .await?
        .as_ref()
        .map(Pulse::of)
        .transpose()
}

/// Holds publishing from now on, for all servers; what holds it already stays. Says whether this was the first. It is not held from before
/// the newest delivery there is: the clock of who found it out may be behind, and what the copy held must be marked when somebody recovers.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn hold(tx: &mut Tx, held: Held) -> Result<bool> {
    let row = tx.optional(HOLD, args![held.why.key(), held.since_ms, held.at_ms]).await?;
    Ok(row.is_some())
}

/// Whether publishing is held, and something of that age was in the database already when it was brought back.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub(crate) async fn holds(tx: &mut Tx, created_at_ms: i64) -> Result<bool> {
    Ok(tx.optional(HOLDS, args![created_at_ms]).await?.is_some())
}

/// The same as [`hold`] for the end of a script that fills a PostgreSQL database, in the transaction that fills it.
pub fn held_sql(held: Held) -> String {
    format!(
        "UPDATE public.pulse SET held_why = '{}', held_since = CASE WHEN beat_at > 0 AND beat_at < {since} THEN beat_at ELSE {since} END, \
         held_at = (SELECT CASE WHEN MAX(created_at) > {at} THEN MAX(created_at) ELSE {at} END FROM public.deliveries) \
         WHERE one = 1 AND held_why IS NULL;",
        held.why.key(),
        at = held.at_ms,
        since = held.since_ms
    )
}

/// Marks what was due before `due_before_ms` after a gap in the heartbeat: it is looked for before it is sent.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn mark_gap(tx: &mut Tx, from_ms: i64, to_ms: i64, due_before_ms: i64) -> Result<u64> {
    tx.run(MARK_GAP, args![from_ms, to_ms, due_before_ms]).await
}

/// Frees publishing: everything that could have gone out since `since_ms` is looked for before it is sent, every access is renewed
/// before it is used. Gives how many deliveries were marked: whatever was there when publishing was held, since a copy may be younger than
/// its last heartbeat. Whoever has one in hand has it no more. `witnessed` is the incarnation that the witness knows: the database's becomes
/// a later one.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn recover(tx: &mut Tx, since_ms: i64, now_ms: i64, witnessed: Option<i64>) -> Result<u64> {
    let held = Pulse::of(&tx.one(READ, Vec::new()).await?)?.held;
    let held_at_ms = held.map_or(now_ms, |held| held.at_ms);
    let marked = tx.run(MARK_UNSEEN, args![since_ms, now_ms, held_at_ms]).await?;
    tx.run(DOUBT_GRANTS, args![now_ms]).await?;
    tx.one(FREE, args![now_ms, now_ms.max(witnessed.unwrap_or(0) + 1)]).await?;
    Ok(marked)
}

/// A server holds publishing for its clock, which is off by so many milliseconds: for those that do not publish to show.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn doubt_clock(tx: &mut Tx, off_ms: i64) -> Result<()> {
    tx.run(DOUBT_CLOCK, args![off_ms]).await?;
    Ok(())
}

/// Somebody says that the servers' clock is right.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn confirm_clock(db: &Db, now_ms: i64) -> Result<()> {
    db.run(CONFIRM_CLOCK, args![now_ms]).await?;
    Ok(())
}

record! {
    /// A delivery that recovering looks for.
    Waiting {
        /// Which.
        id: DeliveryId = id,
        /// Of which network.
        network: Network = id,
        /// Where it stands.
        state: State = id,
        /// Its instant, UTC milliseconds.
        due_at: Option<i64> = opt_int,
        /// Name of the channel.
        channel_name: String = text,
        /// Kind of account.
        channel_kind: String = text,
        /// The post's content.
        post_content: postrider_core::post::Content = json,
    }
}

/// When anything was last done to a delivery, UTC milliseconds; `None` if there is none.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn newest(db: &Db) -> Result<Option<i64>> {
    db.one(NEWEST, Vec::new()).await?.opt_int("newest")
}

/// How many deliveries wait, which is what recovering looks for, and how many of them are due.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn count(db: &Db, now_ms: i64) -> Result<(i64, i64)> {
    let row = db.one(COUNT, args![now_ms]).await?;
    Ok((row.int("deliveries")?, row.int("due")?))
}

/// The first of the deliveries that recovering looks for, by their instants.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn waiting(db: &Db, limit: i64) -> Result<Vec<Waiting>> {
    Waiting::all(&db.read(LIST, args![limit]).await?)
}

/// Tells the administrators of the installation that publishing is held, each once.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn tell_admins(tx: &mut Tx, text: &str, now_ms: i64, new_id: &(dyn Fn() -> NotificationId + Sync)) -> Result<()> {
    for row in tx.all(ADMINS, Vec::new()).await? {
        let (user, organization): (UserId, OrganizationId) = (row.id("user_id")?, row.id("organization_id")?);
        tx.run(TELL, args![new_id(), organization, user, text, now_ms]).await?;
    }
    Ok(())
}
