//! Deliveries as people see and move them. What workers do to them is in [`crate::hot`].

mod act;
mod calendar;
mod facts;
mod line;
mod write;

use postrider_core::Network;
use postrider_core::delivery::{DeliveryStanding, FailureKind, Gate, MissedWhy, State};
use postrider_core::ids::{AttemptId, ChannelId, DeliveryId, OrganizationId, PostId, ProjectId};
use postrider_core::post::{ContentType, Mode, Overrides};

use crate::args;
use crate::db::{Arg, Db, Tx};
use crate::error::Result;
use crate::record::{record, shown, statements};
use crate::scope::{Scope, with};

pub use act::{Acting, Ask, Moment, act};
pub use calendar::{Entry, calendar};
pub use facts::facts;
pub use line::{Lined, line};
pub(crate) use write::STATEMENTS as WRITE_STATEMENTS;
pub use write::{NewDelivery, create, remove, revise, wish};

pub(crate) use act::{LOCK_CHANNEL, STATEMENTS as ACT_STATEMENTS};
pub(crate) use calendar::STATEMENTS as CALENDAR_STATEMENTS;
pub(crate) use facts::STATEMENTS as FACTS_STATEMENTS;
pub(crate) use line::STATEMENTS as LINE_STATEMENTS;

record! {
    /// One post to one channel at one instant.
    Delivery {
        /// Which.
        id: DeliveryId = id,
        /// Whose.
        organization_id: OrganizationId = id,
        /// In which project.
        project_id: ProjectId = id,
        /// Of which post.
        post_id: PostId = id,
        /// On which channel.
        channel_id: ChannelId = id,
        /// On which network.
        network: Network = id,
        /// The kind of content.
        content_type: ContentType = id,
        /// For the public or as a draft.
        mode: Mode = key,
        /// What this channel says otherwise.
        overrides: Overrides = json,
        /// Where it stands.
        state: State = id,
        /// Rises with each change.
        version: i64 = int,
        /// What approval says.
        gate: Gate = id,
        /// Its instant, UTC milliseconds.
        due_at: Option<i64> = opt_int,
        /// What was typed, such as `2026-11-24T09:30`.
        local_time: Option<String> = opt_text,
        /// The zone of what was typed.
        zone: Option<String> = opt_text,
        /// When the engine looks next, UTC milliseconds.
        wake_at: Option<i64> = opt_int,
        /// How many times it was begun anew.
        generation: i64 = int,
        /// The attempt under way.
        attempt_id: Option<AttemptId> = opt_id,
        /// Whether an intent without an outcome is stored: the point of no return.
        intent_open: bool = bool,
        /// The post version that was sent.
        published_version: Option<i64> = opt_int,
        /// The network's id.
        external_id: Option<String> = opt_text,
        /// Address for people.
        permalink: Option<String> = opt_text,
        /// Why the public does not see it.
        kept_private: Option<String> = opt_text,
        /// What was lost beside the post.
        warning: Option<String> = opt_text,
        /// Kind of the failure.
        failure_kind: Option<FailureKind> = opt_id,
        /// Code of the failure.
        failure_code: Option<String> = opt_text,
        /// The failure in words.
        failure_message: Option<String> = opt_text,
        /// What to do about it.
        failure_remedy: Option<String> = opt_text,
        /// Why it was missed.
        missed_why: Option<MissedWhy> = opt_id,
        /// When the limit that holds it opens, UTC milliseconds.
        deferred_until: Option<i64> = opt_int,
        /// In doubt, and looking was given up.
        waits_for_person: bool = bool,
        /// Repeats of the present outage.
        retries: i64 = int,
        /// Since when it may have gone out without this database knowing, UTC milliseconds; `None` once that is known.
        unseen_from: Option<i64> = opt_int,
        /// Why that is: `recovered` after a copy of the database was brought back, `gap` after nobody ran.
        unseen_why: Option<String> = opt_text,
        /// When the first commit call was made, UTC milliseconds.
        first_commit_at: Option<i64> = opt_int,
        /// `first_commit_at − due_at`, milliseconds.
        lateness_ms: Option<i64> = opt_int,
        /// UTC milliseconds.
        created_at: i64 = int,
        /// UTC milliseconds.
        updated_at: i64 = int,
    }
}

/// The states of what has a time and has still to go out.
pub const AWAITED: &[State] = &[State::Scheduled, State::Staging, State::Staged, State::Deferred];

impl Delivery {
    /// What of it the post's status depends on.
    pub fn standing(&self) -> DeliveryStanding {
        DeliveryStanding {
            state: self.state,
            waits_for_person: self.waits_for_person,
        }
    }

    /// Whether the engine looks for it at the network since the database was brought back from a copy.
    pub fn looked_for(&self) -> bool {
        self.wake_at.is_some() && self.unseen_from.is_some() && self.unseen_why.as_deref() == Some("recovered")
    }

    /// Whether it is past the point of no return: its commit is under way, or a part of it stands and others follow.
    pub fn past_recall(&self) -> bool {
        let stands = self.published_version.is_some();
        self.intent_open || (stands && matches!(self.state, State::Publishing | State::Processing | State::Deferred))
    }
}

statements! {
    GET = concat!("SELECT d.* FROM deliveries d JOIN posts p ON p.id = d.post_id WHERE ", shown!("p"), " AND d.id = $6");
    OF_POSTS = concat!("SELECT d.* FROM deliveries d JOIN posts p ON p.id = d.post_id WHERE ", shown!("p"), " AND d.post_id IN LIST($6)
        ORDER BY d.post_id, d.id");
    HOLD = concat!("UPDATE deliveries SET version = version WHERE id IN (SELECT d.id FROM deliveries d JOIN posts p ON p.id = d.post_id
        WHERE ", shown!("p"), " AND d.id = $6) RETURNING *");
    OF_POST_HELD = "UPDATE deliveries SET version = version WHERE post_id = $1 RETURNING *";
}

/// One delivery.
///
/// # Errors
/// [`crate::StoreError::NotFound`]; [`crate::StoreError::Db`].
pub async fn get(db: &Db, scope: &Scope, id: DeliveryId) -> Result<Delivery> {
    Delivery::of(&db.one(GET, with(scope.sight(), args![id])).await?)
}

/// The deliveries of a post; none if the member does not see it.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn of_post(db: &Db, scope: &Scope, post: PostId) -> Result<Vec<Delivery>> {
    of_posts(db, scope, &[post]).await
}

/// The deliveries of several posts, ordered by post.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn of_posts(db: &Db, scope: &Scope, posts: &[PostId]) -> Result<Vec<Delivery>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    Delivery::all(&db.read(OF_POSTS, with(scope.sight(), vec![Arg::list(posts)])).await?)
}

/// One delivery, held until the transaction ends.
pub(crate) async fn hold(tx: &mut Tx, scope: &Scope, id: DeliveryId) -> Result<Delivery> {
    Delivery::of(&tx.one(HOLD, with(scope.sight(), args![id])).await?)
}

/// Every delivery of a post that was found to be in sight, held until the transaction ends.
pub(crate) async fn held_of_post(tx: &mut Tx, post: PostId) -> Result<Vec<Delivery>> {
    let mut deliveries = Delivery::all(&tx.all(OF_POST_HELD, args![post]).await?)?;
    deliveries.sort_by_key(|delivery| delivery.id);
    Ok(deliveries)
}
