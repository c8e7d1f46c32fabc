//! Who asks, and what they may see: the only way to a tenant's rows.

use postrider_core::ids::*;
use postrider_core::permission::{Action, Permissions, PostsScope, Role};

use crate::args;
use crate::db::{Arg, Db, Row};
use crate::error::Result;
use crate::record::statements;

/// Which projects of the organization a member sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Projects {
    /// Every one, and what belongs to none.
    All,
    /// These.
    Only(Vec<ProjectId>),
}

/// One member of one organization, as it stands now.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Who asks.
    pub user_id: UserId,
    /// Whose rows.
    pub organization_id: OrganizationId,
    /// The membership.
    pub member_id: MemberId,
    /// The preset it began from.
    pub role: Role,
    /// What it may do.
    pub permissions: Permissions,
    /// Which projects it sees.
    pub projects: Projects,
    /// Whether it is the organization's customer, who does not see drafts of others.
    pub client: bool,
}

/// Something that belongs to an organization.
#[derive(Debug, Clone, Copy)]
pub enum Object {
    /// A project.
    Project(ProjectId),
    /// A post.
    Post(PostId),
    /// A delivery.
    Delivery(DeliveryId),
    /// A channel.
    Channel(ChannelId),
    /// A connection in progress.
    Connection(ConnectionId),
    /// A grant.
    Grant(GrantId),
    /// An asset.
    Asset(AssetId),
    /// An upload.
    Upload(UploadId),
}

statements! {
    LOAD = "SELECT m.id, m.role, m.permissions, m.all_projects FROM members m JOIN users u ON u.id = m.user_id
        WHERE m.user_id = $1 AND m.organization_id = $2 AND u.disabled_at IS NULL";
    PROJECTS = "SELECT mp.project_id FROM member_projects mp JOIN projects p ON p.id = mp.project_id
        WHERE mp.member_id = $1 AND p.deleted_at IS NULL ORDER BY mp.project_id";
    OF_PROJECT = "SELECT organization_id FROM projects WHERE id = $1";
    OF_POST = "SELECT organization_id FROM posts WHERE id = $1";
    OF_DELIVERY = "SELECT organization_id FROM deliveries WHERE id = $1";
    OF_CHANNEL = "SELECT organization_id FROM channels WHERE id = $1";
    OF_CONNECTION = "SELECT organization_id FROM connections WHERE id = $1";
    OF_GRANT = "SELECT organization_id FROM grants WHERE id = $1";
    OF_ASSET = "SELECT organization_id FROM assets WHERE id = $1";
    OF_UPLOAD = "SELECT organization_id FROM uploads WHERE id = $1";
}

/// The organization that something belongs to. It says nothing about who may see it: load a [`Scope`] next.
///
/// # Errors
/// [`crate::StoreError::NotFound`] if there is no such thing.
pub async fn organization_of(db: &Db, object: Object) -> Result<OrganizationId> {
    let (sql, id) = match object {
        Object::Project(id) => (OF_PROJECT, Arg::from(id)),
        Object::Post(id) => (OF_POST, Arg::from(id)),
        Object::Delivery(id) => (OF_DELIVERY, Arg::from(id)),
        Object::Channel(id) => (OF_CHANNEL, Arg::from(id)),
        Object::Connection(id) => (OF_CONNECTION, Arg::from(id)),
        Object::Grant(id) => (OF_GRANT, Arg::from(id)),
        Object::Asset(id) => (OF_ASSET, Arg::from(id)),
        Object::Upload(id) => (OF_UPLOAD, Arg::from(id)),
    };
    db.one(sql, vec![id]).await?.id("organization_id")
}

pub(crate) async fn projects_of(db: &Db, member: &Row) -> Result<Projects> {
    if member.bool("all_projects")? {
        return Ok(Projects::All);
    }
    let rows = db.read(PROJECTS, args![member.text("id")?]).await?;
    let ids: Result<Vec<ProjectId>> = rows.iter().map(|row| row.id("project_id")).collect();
    Ok(Projects::Only(ids?))
}

impl Scope {
    /// What a user may see of an organization.
    ///
    /// # Errors
    /// [`crate::StoreError::NotFound`] if the user is no member of it, or is disabled.
    pub async fn load(db: &Db, user: UserId, organization: OrganizationId) -> Result<Scope> {
        let row = db.one(LOAD, args![user, organization]).await?;
        let role: Role = row.id("role")?;
        Ok(Scope {
            user_id: user,
            organization_id: organization,
            member_id: row.id("id")?,
            role,
            permissions: row.json("permissions")?,
            projects: projects_of(db, &row).await?,
            client: role == Role::Client,
        })
    }

    /// The scope of whoever founds an organization in the same transaction, before the membership can be read.
    pub fn founding(user_id: UserId, organization_id: OrganizationId, member_id: MemberId) -> Scope {
        Scope {
            user_id,
            organization_id,
            member_id,
            role: Role::Owner,
            permissions: Role::Owner.permissions(),
            projects: Projects::All,
            client: false,
        }
    }

    /// Whether a project is among those the member sees. It may still be another organization's.
    pub fn reaches(&self, project: ProjectId) -> bool {
        match &self.projects {
            Projects::All => true,
            Projects::Only(ids) => ids.contains(&project),
        }
    }

    /// Whether the member may do something with what `author` made.
    pub fn may(&self, action: Action, author: UserId) -> bool {
        self.permissions.allows(action, author == self.user_id)
    }

    /// `$1` to `$3` of the fragment `reached`.
    pub(crate) fn reach(&self) -> Vec<Arg> {
        let (all, ids) = match &self.projects {
            Projects::All => (true, Arg::Texts(Vec::new())),
            Projects::Only(ids) => (false, Arg::list(ids)),
        };
        vec![self.organization_id.into(), all.into(), ids]
    }

    /// `$1` to `$5` of the fragment `shown`.
    pub(crate) fn sight(&self) -> Vec<Arg> {
        // Who only reads has no posts of its own to be held to: the bound is for those who write.
        let own_only = self.permissions.social_write && self.permissions.posts_scope == PostsScope::Own;
        let sees = match (self.client, own_only) {
            (true, _) => "client",
            (false, true) => "own",
            (false, false) => "all",
        };
        let mut args = self.reach();
        args.push(sees.into());
        args.push(self.user_id.into());
        args
    }
}

/// More values after those of a scope.
pub(crate) fn with(mut scope: Vec<Arg>, more: Vec<Arg>) -> Vec<Arg> {
    scope.extend(more);
    scope
}
