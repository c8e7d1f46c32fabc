//! Members: users in an organization, with what they may do and see there.

use postrider_core::ids::{MemberId, OrganizationId, UserId};
use postrider_core::permission::{Permissions, Role};

use crate::args;
use crate::db::{Arg, Db, Tx};
use crate::error::{Bound, Result, StoreError};
use crate::page::{Listed, Page};
use crate::plans;
use crate::record::{record, statements};
use crate::scope::{self, Projects, Scope};

record! {
    /// A member, without its projects.
    MemberRow {
        /// Which.
        id: MemberId = id,
        /// Whose.
        organization_id: OrganizationId = id,
        /// Who.
        user_id: UserId = id,
        /// E-mail address.
        email: String = text,
        /// Name for people.
        name: String = text,
        /// The preset it began from.
        role: Role = id,
        /// What it may do.
        permissions: Permissions = json,
        /// UTC milliseconds.
        created_at: i64 = int,
    }
}

/// A user in an organization.
#[derive(Debug, Clone)]
pub struct Member {
    /// The member itself.
    pub row: MemberRow,
    /// Which projects it sees.
    pub projects: Projects,
}

record! {
    /// An organization that a user is a member of, without the projects.
    MembershipRow {
        /// The membership.
        id: MemberId = id,
        /// The organization.
        organization_id: OrganizationId = id,
        /// Its name.
        organization_name: String = text,
        /// Its time zone.
        time_zone: String = text,
        /// Whether the planner is shown there.
        planner_on: bool = bool,
        /// The preset the membership began from.
        role: Role = id,
        /// What the user may do there.
        permissions: Permissions = json,
    }
}

/// An organization that a user is a member of.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The membership itself.
    pub row: MembershipRow,
    /// Which projects the user sees there.
    pub projects: Projects,
}

/// A member to be.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Which.
    pub id: MemberId,
    /// Who.
    pub user_id: UserId,
    /// The preset.
    pub role: Role,
    /// What it may do.
    pub permissions: Permissions,
    /// Which projects it sees.
    pub projects: Projects,
    /// UTC milliseconds.
    pub created_at: i64,
}

statements! {
    ADD = "INSERT INTO members (id, organization_id, user_id, role, permissions, all_projects, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ADD_PROJECTS = "INSERT INTO member_projects (member_id, project_id)
        SELECT $1, p.id FROM projects p WHERE p.organization_id = $2 AND p.deleted_at IS NULL AND p.id IN LIST($3)";
    DROP_PROJECTS = "DELETE FROM member_projects WHERE member_id = $1";
    LIST = "SELECT m.*, u.email, u.name FROM members m JOIN users u ON u.id = m.user_id
        WHERE m.organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR m.id > $2) ORDER BY m.id LIMIT $3";
    GET = "SELECT m.*, u.email, u.name FROM members m JOIN users u ON u.id = m.user_id WHERE m.organization_id = $1 AND m.id = $2";
    OF_USER = "SELECT m.*, o.name AS organization_name, o.time_zone, o.planner_on FROM members m
        JOIN organizations o ON o.id = m.organization_id WHERE m.user_id = $1 ORDER BY o.id LIMIT 200";
    UPDATE = "UPDATE members SET role = $3, permissions = $4, all_projects = $5 WHERE organization_id = $1 AND id = $2";
    REMOVE = "DELETE FROM members WHERE organization_id = $1 AND id = $2";
    HOLD = "UPDATE organizations SET plan_id = plan_id WHERE id = $1";
    OTHER_OWNERS = "SELECT id FROM members WHERE organization_id = $1 AND id <> $2 AND role = 'owner' LIMIT 1";
    ROLE = "SELECT role FROM members WHERE organization_id = $1 AND id = $2";
}

async fn set_projects(tx: &mut Tx, scope: &Scope, id: MemberId, projects: &Projects) -> Result<()> {
    tx.run(DROP_PROJECTS, args![id]).await?;
    if let Projects::Only(ids) = projects {
        let added = tx.run(ADD_PROJECTS, args![id, scope.organization_id, Arg::list(ids)]).await?;
        if added != ids.len() as u64 {
            return Err(StoreError::NotFound);
        }
    }
    Ok(())
}

/// Adds a user to the organization.
///
/// # Errors
/// [`StoreError::Taken`] (`member`) if it is one already; [`StoreError::Bound`] if the plan allows no more;
/// [`StoreError::NotFound`] if a project is not the organization's; [`StoreError::Db`].
pub async fn add(tx: &mut Tx, scope: &Scope, member: &NewMember) -> Result<()> {
    plans::make_room(tx, scope.organization_id, Bound::Members, 1).await?;
    let values = args![
        member.id,
        scope.organization_id,
        member.user_id,
        member.role.key(),
        Arg::json(&member.permissions),
        member.projects == Projects::All,
        member.created_at,
    ];
    tx.run(ADD, values).await.map_err(|error| error.or_taken("member"))?;
    set_projects(tx, scope, member.id, &member.projects).await
}

/// The organization's members.
///
/// # Errors
/// [`StoreError::BadCursor`]; [`StoreError::Db`].
pub async fn list(db: &Db, scope: &Scope, page: &Page) -> Result<Listed<Member>> {
    let rows = db
        .read(
            LIST,
            vec![scope.organization_id.into(), page.after::<MemberId>()?.into(), page.fetch()],
        )
        .await?;
    let mut members = Vec::with_capacity(rows.len());
    for row in &rows {
        members.push(Member {
            row: MemberRow::of(row)?,
            projects: scope::projects_of(db, row).await?,
        });
    }
    Ok(page.cut(members, |member| member.row.id))
}

/// One member.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Db`].
pub async fn get(db: &Db, scope: &Scope, id: MemberId) -> Result<Member> {
    let row = db.one(GET, args![scope.organization_id, id]).await?;
    Ok(Member {
        row: MemberRow::of(&row)?,
        projects: scope::projects_of(db, &row).await?,
    })
}

/// The organizations that a user is a member of.
///
/// # Errors
/// [`StoreError::Db`].
pub async fn of_user(db: &Db, user: UserId) -> Result<Vec<Membership>> {
    let rows = db.read(OF_USER, args![user]).await?;
    let mut memberships = Vec::with_capacity(rows.len());
    for row in &rows {
        memberships.push(Membership {
            row: MembershipRow::of(row)?,
            projects: scope::projects_of(db, row).await?,
        });
    }
    Ok(memberships)
}

/// Refuses what would leave the organization without an owner.
async fn keep_an_owner(tx: &mut Tx, scope: &Scope, id: MemberId) -> Result<()> {
    tx.run(HOLD, args![scope.organization_id]).await?;
    let role: Role = tx.one(ROLE, args![scope.organization_id, id]).await?.id("role")?;
    let others = tx.optional(OTHER_OWNERS, args![scope.organization_id, id]).await?;
    if role == Role::Owner && others.is_none() {
        return Err(StoreError::Conflict);
    }
    Ok(())
}

/// Gives a member another role, other switches, other projects.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] if no owner would be left; [`StoreError::Db`].
pub async fn update(tx: &mut Tx, scope: &Scope, id: MemberId, role: Role, permissions: &Permissions, projects: &Projects) -> Result<()> {
    if role != Role::Owner {
        keep_an_owner(tx, scope, id).await?;
    }
    let values = args![
        scope.organization_id,
        id,
        role.key(),
        Arg::json(permissions),
        *projects == Projects::All,
    ];
    if tx.run(UPDATE, values).await? == 0 {
        return Err(StoreError::NotFound);
    }
    set_projects(tx, scope, id, projects).await
}

/// Ends a membership.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] if no owner would be left; [`StoreError::Db`].
pub async fn remove(tx: &mut Tx, scope: &Scope, id: MemberId) -> Result<()> {
    keep_an_owner(tx, scope, id).await?;
    tx.run(DROP_PROJECTS, args![id]).await?;
    if tx.run(REMOVE, args![scope.organization_id, id]).await? == 0 {
        return Err(StoreError::NotFound);
    }
    Ok(())
}
