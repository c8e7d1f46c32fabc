//! Channels: the accounts that can be posted to.

use postrider_core::Network;
use postrider_core::channel::ChannelStatus;
use postrider_core::delivery::State;
use postrider_core::ids::{ChannelId, DeliveryId, PostId, ProjectId};
use postrider_core::post::ContentType;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Instant;
use super::capability::PermissionView;

/// A channel, as its card shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelView {
    /// Which.
    pub id: ChannelId,
    /// In which project.
    pub project_id: ProjectId,
    /// At which network.
    pub network: Network,
    /// Which way it was connected.
    pub variant: String,
    /// The network's id.
    pub external_id: String,
    /// Kind of account: `page`, `profile`, `professional`, …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its handle, without `@`; empty if there is none.
    pub handle: String,
    /// What tells it from another of the same name.
    pub detail: String,
    /// Its picture.
    pub avatar_url: Option<String>,
    /// Whether it can be used.
    pub status: ChannelStatus,
    /// Why, in words; empty while all is well.
    pub status_reason: String,
    /// Permissions that were not given, and what will not work.
    pub missing: Vec<PermissionView>,
    /// When the access ends; null if it does not, or renews itself.
    pub access_ends_at: Option<Instant>,
    /// When it was last tested.
    pub verified_at: Option<Instant>,
    /// Since when it is halted by the guard.
    pub halted_at: Option<Instant>,
    /// Why it is halted.
    pub halt_reason: Option<String>,
    /// Since when its network does not work and is left alone by this process; what is due waits and goes out by itself.
    pub outage_since: Option<Instant>,
    /// How its quotas stand.
    pub quotas: Vec<ChannelQuota>,
    /// When it was connected.
    pub created_at: Instant,
    /// Changes with every edit.
    pub version: i64,
    /// Deliveries that failed for its connection and can be retried.
    pub failed_for_connection: Vec<DeliveryId>,
    /// What who asks may do with it now.
    pub may: Vec<ChannelAct>,
}

/// How a quota of a channel stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelQuota {
    /// Its name in the capabilities.
    pub quota: String,
    /// How many posts count in the window that ends now.
    pub used: i64,
    /// How many there may be.
    pub limit: i64,
    /// How long the window is, in milliseconds.
    pub window_ms: i64,
    /// The content types that count; empty: all.
    pub content_types: Vec<ContentType>,
    /// When the next place is free; null if one is now.
    pub free_at: Option<Instant>,
}

/// Something that can be done with a channel now, by who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelAct {
    /// Test it at the network.
    Verify,
    /// Connect the same account anew.
    Reconnect,
    /// Add other accounts of the same sign-in, without signing in again.
    OtherAccounts,
    /// Let it go on after the guard halted it.
    LiftHalt,
    /// Take its access back.
    Disconnect,
}

/// A delivery that keeps a channel from being disconnected.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BlockingDelivery {
    /// Which.
    pub delivery_id: DeliveryId,
    /// Of which post.
    pub post_id: PostId,
    /// The post's title, or the beginning of its text.
    pub title: String,
    /// Where it stands.
    pub state: State,
    /// When it is due.
    pub due_at: Option<Instant>,
}

/// Which channels.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChannelsQuery {
    /// Rows of the page, 1 to 200; 50 if absent.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Also those that were disconnected.
    pub disconnected: Option<bool>,
}

/// How to disconnect.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DisconnectQuery {
    /// Make the deliveries that stand in the way drafts first.
    pub unschedule: Option<bool>,
}
