//! Projects: one client or brand each.

use postrider_core::ids::{OrganizationId, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Instant;

/// A project.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProjectView {
    /// Which.
    pub id: ProjectId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// Its name.
    pub name: String,
    /// IANA zone that times are typed and shown in.
    pub time_zone: String,
    /// How late a post may still go out by itself, in milliseconds.
    pub catch_up_ms: i64,
    /// `none`, `optional` or `required`.
    pub approval_policy: String,
    /// Changes with every edit; also the `ETag`.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
}

/// A project to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectInput {
    /// Its name.
    pub name: String,
    /// IANA zone; the organization's if absent.
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// What to change of a project.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectPatch {
    /// Another name.
    #[serde(default)]
    pub name: Option<String>,
    /// Another IANA zone.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// How late a post may still go out by itself, in milliseconds; 0 to 24 hours.
    #[serde(default)]
    pub catch_up_ms: Option<i64>,
}
