//! When: an instant, or a wall time in a zone.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Instant;

/// When to publish: `{at}`, or `{local, zone}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// An instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// A wall time without offset, such as `2026-11-24T09:30`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<String>,
    /// The IANA zone of `local`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Which instant is meant when the clock is put back or forward over `local`; without it the default is taken: the earlier of
    /// two, the later side of a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
}

/// Which of two instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The earlier.
    Earlier,
    /// The later.
    Later,
}

/// What a schedule means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ResolvedTime {
    /// The instant.
    pub at: Instant,
    /// The wall time as typed, if one was.
    pub local: Option<String>,
    /// Its zone.
    pub zone: Option<String>,
    /// Said if the wall time does not exist or exists twice: what was chosen and why.
    pub explanation: Option<String>,
    /// The two instants to choose from in that case; empty otherwise.
    pub choices: Vec<TimeChoice>,
}

/// One of the instants that a doubtful wall time can mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TimeChoice {
    /// To be sent as `choice`.
    pub choice: Choice,
    /// The instant.
    pub at: Instant,
    /// It as a wall time with its offset, such as `2026-10-25T02:30 +02:00`.
    pub label: String,
}
