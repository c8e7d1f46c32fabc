//! What is wrong with a post, and what will happen to it.

use postrider_core::Network;
use postrider_core::delivery::State;
use postrider_core::ids::{AssetId, ChannelId, DeliveryId, PostId};
use postrider_core::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use super::Instant;
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

/// What will happen to a post.
#[derive(Debug, Serialize, ToSchema)]
pub struct Forecast {
    /// Which.
    pub post_id: PostId,
    /// Per channel.
    pub channels: Vec<ChannelForecast>,
}

/// What will happen on one channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelForecast {
    /// Which delivery.
    pub delivery_id: DeliveryId,
    /// Which channel.
    pub channel_id: ChannelId,
    /// At which network.
    pub network: Network,
    /// When.
    pub due_at: Option<Instant>,
    /// The exact text as rendered.
    pub text: String,
    /// The exact texts of a thread's parts.
    pub parts: Vec<String>,
    /// The media, in order.
    pub media: Vec<MediaForecast>,
    /// How it ends: `published`, `drafted` or `ready_to_post`.
    pub ends_as: State,
    /// Posts left in the hour around its instant, this one counted.
    pub hour_left: i64,
    /// When the next post fits in, if the hour is full.
    pub next_free_at: Option<Instant>,
    /// What the network's own quotas still hold.
    pub quotas: Vec<QuotaLeft>,
    /// Whether the access still holds at that instant.
    pub access_holds: bool,
    /// When the access ends, if it does.
    pub access_ends_at: Option<Instant>,
    /// What else is due there within the hour before and after.
    pub neighbours: Vec<Neighbour>,
    /// Posts of equal words that are queued or were posted in the last 24 hours.
    pub same_content: Vec<Neighbour>,
    /// What stops it or should be known.
    pub problems: Vec<Problem>,
}

/// A file as it will be sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct MediaForecast {
    /// Which asset.
    pub asset_id: AssetId,
    /// Its name.
    pub name: String,
    /// Its media type as stored.
    pub mime: String,
    /// What is done to it before it is sent; null if it goes as it is.
    pub conversion: Option<String>,
}

/// What a network's quota still holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotaLeft {
    /// Its name.
    pub quota: String,
    /// How many.
    pub limit: i64,
    /// How many are used.
    pub used: i64,
    /// In which window, in milliseconds.
    pub window_ms: i64,
}

/// Another delivery on the same channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Neighbour {
    /// Which.
    pub delivery_id: DeliveryId,
    /// Of which post.
    pub post_id: PostId,
    /// The post's title, or the beginning of its text.
    pub title: String,
    /// Where it stands.
    pub state: State,
    /// When it is or was due.
    pub due_at: Option<Instant>,
}
