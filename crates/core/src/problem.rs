//! What is wrong with a post, for a person to mend.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::ChannelId;
use crate::network::Network;

/// Whether a problem stops a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It can be saved as a draft, not scheduled.
    Error,
    /// It goes out, and the writer should know this.
    Warning,
}

/// One thing that is wrong, with its place, the figures, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// The field, as in the post's JSON: `text`, `assets`, `assets.0`, `thread.2.text`, `link.url`, `poll.options.1`, `content_type`, `schedule`.
    pub field: String,
    /// The network whose rule it is, if it is one network's.
    #[serde(default)]
    pub network: Option<Network>,
    /// The channel, if only one is concerned.
    #[serde(default)]
    pub channel_id: Option<ChannelId>,
    /// Stable code, such as `text.too_long`.
    pub code: String,
    /// Whether it stops the post.
    pub severity: Severity,
    /// What is wrong, in a sentence.
    pub message: String,
    /// The limit, in the unit of the message.
    #[serde(default)]
    pub limit: Option<i64>,
    /// What was found, in the same unit.
    #[serde(default)]
    pub actual: Option<i64>,
    /// What to do about it.
    pub remedy: String,
}
