//! Tenants, their members, plan and audit log.

use postrider_core::ids::{AuditId, MemberId, OrganizationId, PlanId, ProjectId, UserId};
use postrider_core::permission::{Permissions, Role};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Instant;
use super::project::ProjectView;

/// A tenant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrganizationView {
    /// Which.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// IANA zone.
    pub time_zone: String,
    /// Whether the planner is shown to its members.
    pub planner_on: bool,
    /// When it was made.
    pub created_at: Instant,
}

/// An organization to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationInput {
    /// Its name.
    pub name: String,
    /// IANA zone; UTC if absent.
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// What to change of an organization.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationPatch {
    /// Another name.
    #[serde(default)]
    pub name: Option<String>,
    /// Another IANA zone.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Whether the planner is shown.
    #[serde(default)]
    pub planner_on: Option<bool>,
}

/// What a person may do in an organization, and where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Membership {
    /// The organization.
    pub organization: OrganizationView,
    /// The preset that the permissions began from.
    pub role: Role,
    /// The switches.
    pub permissions: Permissions,
    /// Its plan.
    pub plan: PlanView,
    /// The projects that this person sees.
    pub projects: Vec<ProjectView>,
}

/// A person in an organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberView {
    /// Which membership.
    pub id: MemberId,
    /// Whose.
    pub user_id: UserId,
    /// The person's name.
    pub name: String,
    /// The person's address.
    pub email: String,
    /// The preset that the permissions began from.
    pub role: Role,
    /// The switches.
    pub permissions: Permissions,
    /// Whether every project is seen.
    pub all_projects: bool,
    /// The projects that are seen otherwise.
    pub project_ids: Vec<ProjectId>,
    /// Since when.
    pub created_at: Instant,
}

/// What a plan allows; a bound that is null does not bind.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanView {
    /// Which.
    pub id: PlanId,
    /// Its name.
    pub name: String,
    /// Whether posts may go out to networks.
    pub allow_social_publishing: bool,
    /// Most channels.
    pub channels_max: Option<i64>,
    /// Most members.
    pub members_max: Option<i64>,
    /// Most scheduled posts.
    pub scheduled_posts_max: Option<i64>,
    /// Most bytes of media.
    pub storage_bytes_max: Option<i64>,
}

/// A line of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLine {
    /// Which.
    pub id: AuditId,
    /// When.
    pub at: Instant,
    /// Who; null for Postrider itself.
    pub user_id: Option<UserId>,
    /// What, as `noun.verb`.
    pub action: String,
    /// To which object.
    pub object_id: String,
    /// More about it.
    pub detail: serde_json::Value,
    /// From which network address.
    pub address: String,
}

/// Which lines of the audit log.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Rows of the page, 1 to 200; 50 if absent.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Of this object only.
    pub object_id: Option<String>,
    /// Of this action only.
    pub action: Option<String>,
}
