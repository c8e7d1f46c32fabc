//! The calendar.

use postrider_core::delivery::PostStatus;
use postrider_core::ids::{PostId, ProjectId};
use postrider_core::post::ContentType;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Instant;
use super::delivery::DeliveryView;

/// The longest range that can be asked, in days.
pub const RANGE_DAYS_MAX: i64 = 100;

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CalendarQuery {
    /// From this instant.
    #[param(value_type = Instant)]
    pub from: Instant,
    /// Up to, without, this instant; at most 100 days later.
    #[param(value_type = Instant)]
    pub to: Instant,
    /// On this channel only.
    pub channel_id: Option<postrider_core::ids::ChannelId>,
    /// Of this type only.
    pub content_type: Option<ContentType>,
    /// Of this status only.
    pub status: Option<PostStatus>,
    /// Rows of the page, 1 to 200; 200 if absent.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A post at an instant: its deliveries due then, or a draft on its wished day.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarEntry {
    /// Which post.
    pub post_id: PostId,
    /// In which project.
    pub project_id: Option<ProjectId>,
    /// Its title, or the beginning of its text.
    pub title: String,
    /// The kind.
    pub content_type: ContentType,
    /// The post's status.
    pub status: PostStatus,
    /// Where it stands in the calendar.
    pub at: Instant,
    /// Whether `at` is binding: a draft stands on its wished day, else on the day it was made.
    pub binding: bool,
    /// The deliveries at that instant.
    pub deliveries: Vec<DeliveryView>,
}
