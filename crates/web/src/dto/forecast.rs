//! What will happen to a post.

use postrider_core::delivery::{Gate, State};
use postrider_core::forecast::Verdict;
use postrider_core::ids::{AssetId, DeliveryId, PostId};
use postrider_core::post::Mode;
use postrider_core::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Instant;
use super::delivery::DeliveryChannel;

/// Of which saved post the content is the next version.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ForecastQuery {
    /// What is queued of this post itself is then no repeat of it.
    pub post_id: Option<PostId>,
}

/// What will happen to a post if nothing changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Forecast {
    /// Which; null if it is not saved.
    pub post_id: Option<PostId>,
    /// Per channel on which it has not gone out yet.
    pub channels: Vec<ChannelForecast>,
}

/// What will happen on one channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelForecast {
    /// Which delivery; null if it is not saved.
    pub delivery_id: Option<DeliveryId>,
    /// Which channel.
    pub channel: DeliveryChannel,
    /// What becomes of it.
    pub verdict: Verdict,
    /// What stops it (errors first) and what should be known.
    pub problems: Vec<Problem>,
    /// When it is due; null if that is now.
    pub due_at: Option<Instant>,
    /// When it goes out: later than due where a limit holds it; null if it does not.
    pub goes_at: Option<Instant>,
    /// How it ends: `published`, `drafted` or `ready_to_post`.
    pub ends_as: State,
    /// For the public or as a draft.
    pub mode: Mode,
    /// What approval says.
    pub gate: Gate,
    /// What is made of the type where the network has no such thing itself.
    pub conversion: Option<String>,
    /// The exact text as it is sent.
    pub text: String,
    /// The exact texts of a thread's parts.
    pub parts: Vec<String>,
    /// The first comment as it is sent; empty if there is none, or the network takes none.
    pub first_comment: String,
    /// The media, in order.
    pub media: Vec<MediaForecast>,
    /// From when on files are sent ahead of the instant; null if all is sent at it.
    pub staged_from: Option<Instant>,
    /// How many posts fit into the hour that ends at its instant, by Postrider's own rule.
    pub hour_max: i64,
    /// How many more fit there, without this one.
    pub hour_left: i64,
    /// When there is room in every quota, if there is none at its instant.
    pub next_free_at: Option<Instant>,
    /// What the network's own quotas of the channel still hold at its instant, without this one.
    pub quotas: Vec<QuotaLeft>,
    /// Whether the access still holds at its instant.
    pub access_holds: bool,
    /// When the access ends, if it does.
    pub access_ends_at: Option<Instant>,
    /// What else is due there within the hour before and after.
    pub neighbours: Vec<Neighbour>,
    /// Equal posts that are queued there or went out in the last 24 hours.
    pub same_content: Vec<Neighbour>,
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
    /// Where it stands.
    pub place: MediaPlace,
    /// The media type as it is sent.
    pub sent_as: String,
    /// What is done to it before it is sent, in words; null if it goes as it is.
    pub conversion: Option<String>,
    /// Whether it is not sent at all, as the network takes none with this type.
    pub left_out: bool,
    /// The description that is sent with it; empty if there is none, or the network takes none.
    pub alt_text: String,
}

/// Where in a post a file stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaPlace {
    /// Among the post's media.
    Post,
    /// In a part of its thread.
    ThreadPart,
    /// On the link's card.
    LinkCard,
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
