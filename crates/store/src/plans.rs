//! Plans: what an organization may use, and how much of it.

use postrider_core::ids::{OrganizationId, PlanId};

use crate::args;
use crate::db::{Db, Tx};
use crate::error::{Bound, Result, StoreError};
use crate::record::{record, statements};
use crate::scope::Scope;

record! {
    /// A bundle of bounds and features.
    Plan {
        /// Which.
        id: PlanId = id,
        /// Name for people.
        name: String = text,
        /// Whether anything may be published to networks.
        allow_social_publishing: bool = bool,
        /// Channels that are not disconnected.
        channels_max: Option<i64> = opt_int,
        /// Members.
        members_max: Option<i64> = opt_int,
        /// Posts that wait for their instant.
        scheduled_posts_max: Option<i64> = opt_int,
        /// Bytes of assets.
        storage_bytes_max: Option<i64> = opt_int,
        /// UTC milliseconds.
        created_at: i64 = int,
    }
}

record! {
    /// How much an organization uses of what plans bound.
    Usage {
        /// Channels that are not disconnected.
        channels: i64 = int,
        /// Members.
        members: i64 = int,
        /// Posts that wait for their instant.
        scheduled_posts: i64 = int,
        /// Bytes of assets.
        storage_bytes: i64 = int,
    }
}

statements! {
    CREATE = "INSERT INTO plans (id, name, allow_social_publishing, channels_max, members_max, scheduled_posts_max, storage_bytes_max,
        created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    UPDATE = "UPDATE plans SET name = $2, allow_social_publishing = $3, channels_max = $4, members_max = $5, scheduled_posts_max = $6,
        storage_bytes_max = $7 WHERE id = $1";
    GET = "SELECT * FROM plans WHERE id = $1";
    BY_NAME = "SELECT * FROM plans WHERE name = $1 ORDER BY id LIMIT 1";
    LIST = "SELECT * FROM plans ORDER BY id LIMIT 200";
    OF_ORGANIZATION = "SELECT p.* FROM plans p JOIN organizations o ON o.plan_id = p.id WHERE o.id = $1";
    USAGE = "SELECT
        (SELECT COUNT(*) FROM channels WHERE organization_id = $1 AND disconnected_at IS NULL) AS channels,
        (SELECT COUNT(*) FROM members WHERE organization_id = $1) AS members,
        (SELECT COUNT(DISTINCT post_id) FROM deliveries WHERE organization_id = $1
            AND state IN ('scheduled', 'staging', 'staged', 'deferred')) AS scheduled_posts,
        (SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM assets WHERE organization_id = $1 AND deleted_at IS NULL) AS storage_bytes";
    HOLD_ORGANIZATION = "UPDATE organizations SET plan_id = plan_id WHERE id = $1";
}

/// Makes a plan.
///
/// # Errors
/// [`StoreError::Taken`] if its id stands already; [`StoreError::Db`].
pub async fn create(tx: &mut Tx, plan: &Plan) -> Result<()> {
    let values = args![
        plan.id,
        &plan.name,
        plan.allow_social_publishing,
        plan.channels_max,
        plan.members_max,
        plan.scheduled_posts_max,
        plan.storage_bytes_max,
        plan.created_at,
    ];
    tx.run(CREATE, values).await.map_err(|error| error.or_taken("plan"))?;
    Ok(())
}

/// Changes a plan for every organization that has it.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn update(tx: &mut Tx, plan: &Plan) -> Result<()> {
    let values = args![
        plan.id,
        &plan.name,
        plan.allow_social_publishing,
        plan.channels_max,
        plan.members_max,
        plan.scheduled_posts_max,
        plan.storage_bytes_max,
    ];
    if tx.run(UPDATE, values).await? == 0 {
        Err(StoreError::NotFound)
    } else {
        Ok(())
    }
}

/// A plan by its id.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn get(db: &Db, id: PlanId) -> Result<Plan> {
    Plan::of(&db.one(GET, args![id]).await?)
}

/// The oldest plan of a name, if there is one.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn by_name(db: &Db, name: &str) -> Result<Option<Plan>> {
    db.optional(BY_NAME, args![name]).await?.as_ref().map(Plan::of).transpose()
}

/// Every plan, the oldest first.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn list(db: &Db) -> Result<Vec<Plan>> {
    Plan::all(&db.read(LIST, args![]).await?)
}

/// The plan of the organization that is asked from.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn of_organization(db: &Db, scope: &Scope) -> Result<Plan> {
    Plan::of(&db.one(OF_ORGANIZATION, args![scope.organization_id]).await?)
}

/// What the organization uses.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn usage(db: &Db, scope: &Scope) -> Result<Usage> {
    Usage::of(&db.one(USAGE, args![scope.organization_id]).await?)
}

/// Refuses if the organization may not have `adding` more. Whoever else adds waits until this transaction ends, so that two
/// cannot both take the last place.
///
/// # Errors
/// [`StoreError::Bound`] if the plan allows no more; [`StoreError::Db`].
pub async fn make_room(tx: &mut Tx, organization: OrganizationId, bound: Bound, adding: i64) -> Result<()> {
    let plan = Plan::of(&tx.one(OF_ORGANIZATION, args![organization]).await?)?;
    let allowed = match bound {
        Bound::Publishing if plan.allow_social_publishing => return Ok(()),
        Bound::Publishing => return Err(StoreError::Bound { bound, allowed: 0 }),
        Bound::Channels => plan.channels_max,
        Bound::Members => plan.members_max,
        Bound::ScheduledPosts => plan.scheduled_posts_max,
        Bound::StorageBytes => plan.storage_bytes_max,
    };
    let Some(allowed) = allowed else { return Ok(()) };
    tx.run(HOLD_ORGANIZATION, args![organization]).await?;
    let usage = Usage::of(&tx.one(USAGE, args![organization]).await?)?;
    let used = match bound {
        Bound::Channels => usage.channels,
        Bound::Members => usage.members,
        Bound::ScheduledPosts => usage.scheduled_posts,
        Bound::StorageBytes | Bound::Publishing => usage.storage_bytes,
    };
    if used.saturating_add(adding) > allowed {
        return Err(StoreError::Bound { bound, allowed });
    }
    Ok(())
}
