//! Connecting accounts.

use std::collections::BTreeMap;

use postrider_core::Network;
use postrider_core::ids::{ChannelId, ConnectionId, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Instant;
use crate::problem::ProblemDocument;

/// How to connect: the way, and what its `fields` in the capabilities ask for, such as `handle` and `app_password`.
#[derive(Deserialize, ToSchema)]
pub struct ConnectInput {
    /// Which way, as in the capabilities; the network's first if absent.
    #[serde(default)]
    pub variant: Option<String>,
    /// Whether the network is to let the person choose the account anew.
    #[serde(default)]
    pub again: bool,
    /// What the person typed, by the fields' keys. What the way does not take is refused.
    #[serde(flatten)]
    #[schema(value_type = BTreeMap<String, serde_json::Value>)]
    pub typed: BTreeMap<String, String>,
}

/// A connection that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectionBegun {
    /// Which.
    pub connection_id: ConnectionId,
    /// Where to send the person; null if no page of the network is needed.
    pub authorize_url: Option<String>,
    /// How far it is.
    pub status: ConnectionStatus,
}

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// The person is at the network.
    Pending,
    /// The accounts are there to choose from.
    Authorized,
    /// Channels were added, or the channel was reconnected.
    Done,
    /// It did not work; the error says why.
    Failed,
}

/// A connection and the accounts it found.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectionView {
    /// Which.
    pub id: ConnectionId,
    /// For which project.
    pub project_id: ProjectId,
    /// At which network.
    pub network: Network,
    /// Which way.
    pub variant: String,
    /// How far it is.
    pub status: ConnectionStatus,
    /// What went wrong.
    pub error: Option<ProblemDocument>,
    /// The accounts found.
    pub accounts: Vec<AccountView>,
    /// The channel that is being reconnected, if one is.
    pub reconnect_channel_id: Option<ChannelId>,
    /// When it can no longer be finished.
    pub expires_at: Instant,
}

/// An account found behind a grant.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// The network's id.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Its handle, without `@`; empty if there is none.
    pub handle: String,
    /// Kind of account.
    pub kind: String,
    /// What tells it from another of the same name.
    pub detail: String,
    /// Its picture.
    pub avatar_url: Option<String>,
    /// Why it cannot be added: the role or conversion that is needed.
    pub unusable: Option<String>,
    /// The channel that it already is in this project.
    pub channel_id: Option<ChannelId>,
}

/// The accounts to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddChannels {
    /// Which of the accounts found.
    pub external_ids: Vec<String>,
}
