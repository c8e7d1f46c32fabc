//! Views of the store's plain rows.

use postrider_store::members::Member;
use postrider_store::organizations::Organization;
use postrider_store::plans::Plan;
use postrider_store::projects::Project;
use postrider_store::scope::Projects;

use super::Instant;
use super::organization::{MemberView, OrganizationView, PlanView};
use super::project::ProjectView;

impl From<Organization> for OrganizationView {
    fn from(row: Organization) -> Self {
        OrganizationView {
            id: row.id,
            name: row.name,
            time_zone: row.time_zone,
            planner_on: row.planner_on,
            created_at: Instant(row.created_at),
        }
    }
}

impl From<Plan> for PlanView {
    fn from(row: Plan) -> Self {
        PlanView {
            id: row.id,
            name: row.name,
            allow_social_publishing: row.allow_social_publishing,
            channels_max: row.channels_max,
            members_max: row.members_max,
            scheduled_posts_max: row.scheduled_posts_max,
            storage_bytes_max: row.storage_bytes_max,
        }
    }
}

impl From<Project> for ProjectView {
    fn from(row: Project) -> Self {
        ProjectView {
            id: row.id,
            organization_id: row.organization_id,
            name: row.name,
            time_zone: row.time_zone,
            catch_up_ms: row.catch_up_ms,
            approval_policy: row.approval_policy.key().to_owned(),
            version: row.version,
            created_at: Instant(row.created_at),
        }
    }
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        let (all_projects, project_ids) = match member.projects {
            Projects::All => (true, Vec::new()),
            Projects::Only(ids) => (false, ids),
        };
        MemberView {
            id: member.row.id,
            user_id: member.row.user_id,
            name: member.row.name,
            email: member.row.email,
            role: member.row.role,
            permissions: member.row.permissions,
            all_projects,
            project_ids,
            created_at: Instant(member.row.created_at),
        }
    }
}
