//! Organizations: the tenants.

use postrider_core::ids::{OrganizationId, PlanId};

use crate::args;
use crate::db::{Db, Tx};
use crate::error::{Result, StoreError};
use crate::page::{Listed, Page};
use crate::record::{record, statements};
use crate::scope::Scope;

record! {
    /// A tenant.
    Organization {
        /// Which.
        id: OrganizationId = id,
        /// Name for people.
        name: String = text,
        /// IANA time zone.
        time_zone: String = text,
        /// Whether the planner is shown at all.
        planner_on: bool = bool,
        /// Its plan.
        plan_id: PlanId = id,
        /// UTC milliseconds.
        created_at: i64 = int,
    }
}

/// What of an organization is to be changed; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Name for people.
    pub name: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// Whether the planner is shown at all.
    pub planner_on: Option<bool>,
}

statements! {
    CREATE = "INSERT INTO organizations (id, name, time_zone, planner_on, plan_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    GET = "SELECT * FROM organizations WHERE id = $1";
    UPDATE = "UPDATE organizations SET name = COALESCE($2, name), time_zone = COALESCE($3, time_zone),
        planner_on = COALESCE($4, planner_on) WHERE id = $1";
    SET_PLAN = "UPDATE organizations SET plan_id = $2 WHERE id = $1";
    EVERY = "SELECT * FROM organizations WHERE (CAST($1 AS TEXT) IS NULL OR id > $1) ORDER BY id LIMIT $2";
}

/// Founds an organization.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn create(tx: &mut Tx, organization: &Organization) -> Result<()> {
    let values = args![
        organization.id,
        &organization.name,
        &organization.time_zone,
        organization.planner_on,
        organization.plan_id,
        organization.created_at,
    ];
    tx.run(CREATE, values).await?;
    Ok(())
}

/// The organization that is asked from.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn get(db: &Db, scope: &Scope) -> Result<Organization> {
    Organization::of(&db.one(GET, args![scope.organization_id]).await?)
}

/// Changes its settings.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn update(tx: &mut Tx, scope: &Scope, change: Change) -> Result<()> {
    let values = args![scope.organization_id, change.name, change.time_zone, change.planner_on];
    tx.run(UPDATE, values).await?;
    Ok(())
}

/// Gives an organization another plan: an act of the installation's administrator.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn set_plan(tx: &mut Tx, id: OrganizationId, plan: PlanId) -> Result<()> {
    if tx.run(SET_PLAN, args![id, plan]).await? == 0 {
        return Err(StoreError::NotFound);
    }
    Ok(())
}

/// Every organization of the installation, for its administrator.
///
/// # Errors
/// [`StoreError::BadCursor`]; [`StoreError::Db`].
pub async fn every(db: &Db, page: &Page) -> Result<Listed<Organization>> {
    let rows = db.read(EVERY, vec![page.after::<OrganizationId>()?.into(), page.fetch()]).await?;
    Ok(page.cut(Organization::all(&rows)?, |organization| organization.id))
}
