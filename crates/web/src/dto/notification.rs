//! Notices to a person.

use postrider_core::ids::{NotificationId, OrganizationId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Instant;

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationView {
    /// Which.
    pub id: NotificationId,
    /// In which organization.
    pub organization_id: OrganizationId,
    /// Of which kind, such as `post.failed`.
    pub kind: String,
    /// In words.
    pub text: String,
    /// What it is about: `{post_id, delivery_id, channel_id, project_id}`, whichever apply.
    pub subject: serde_json::Value,
    /// When.
    pub created_at: Instant,
    /// When it was read.
    pub read_at: Option<Instant>,
}

/// A page of notices.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationPage {
    /// The notices, newest first.
    pub items: Vec<NotificationView>,
    /// What to ask for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// How many were not read.
    pub unread: i64,
}

/// Which notices.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NotificationQuery {
    /// Rows of the page, 1 to 200; 50 if absent.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Only those that were not read.
    pub unread: Option<bool>,
}

/// What to change of a notice.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationPatch {
    /// Whether it was read.
    pub read: bool,
}
