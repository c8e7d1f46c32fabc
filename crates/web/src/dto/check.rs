//! What is wrong with a post.

use postrider_core::ids::ChannelId;
use postrider_core::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::schedule::ResolvedTime;

/// What a check found.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckAnswer {
    /// What is wrong, errors first.
    pub problems: Vec<Problem>,
    /// What the post's time means; null if it has none or it cannot be read.
    pub schedule: Option<ResolvedTime>,
    /// What the channels' own times mean.
    pub channel_schedules: Vec<ChannelTime>,
}

/// What a channel's own time means.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelTime {
    /// Which channel.
    pub channel_id: ChannelId,
    /// Its time.
    pub time: ResolvedTime,
}
