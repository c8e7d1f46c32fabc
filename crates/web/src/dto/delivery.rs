//! Deliveries and their history.

use postrider_core::Network;
use postrider_core::channel::{ChannelStatus, Risk};
use postrider_core::delivery::{FailureKind, Gate, MissedWhy, State};
use postrider_core::ids::{AttemptId, ChannelId, DeliveryId, PostId, StepId};
use postrider_core::post::{ContentType, Mode, Overrides};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Instant;
use super::schedule::Schedule;

/// One post to one channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryView {
    /// Which.
    pub id: DeliveryId,
    /// Of which post.
    pub post_id: PostId,
    /// To which channel.
    pub channel: DeliveryChannel,
    /// The kind of content.
    pub content_type: ContentType,
    /// For followers to see, or as a draft.
    pub mode: Mode,
    /// What this channel says otherwise.
    pub overrides: Overrides,
    /// Where it stands.
    pub state: State,
    /// What of its channel puts it at risk, while it has still to go out.
    pub at_risk: Option<AtRisk>,
    /// Changes with every step.
    pub version: i64,
    /// What approval says.
    pub gate: Gate,
    /// Its instant.
    pub due_at: Option<Instant>,
    /// Its own time as typed, if it has one beside the post's.
    pub schedule: Option<Schedule>,
    /// The network's id of the post.
    pub external_id: Option<String>,
    /// Where people see it.
    pub permalink: Option<String>,
    /// Why the public does not see it.
    pub kept_private: Option<String>,
    /// What was lost beside the post.
    pub warning: Option<String>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// What holds it without its own doing: its channel's halt, or the plan. It goes out by itself once that is lifted.
    pub held: Option<Failure>,
    /// Why it was missed.
    pub missed_why: Option<MissedWhy>,
    /// Until when a limit holds it.
    pub deferred_until: Option<Instant>,
    /// Whether it is in doubt and a person must say.
    pub waits_for_person: bool,
    /// The version of the post that was sent.
    pub published_version: Option<i64>,
    /// When the first commit call was made.
    pub first_commit_at: Option<Instant>,
    /// How long after its instant that was, in milliseconds.
    pub lateness_ms: Option<i64>,
    /// What the person who asks may do with it now.
    pub may: Vec<DeliveryAct>,
    /// When it last changed.
    pub updated_at: Instant,
}

/// A delivery's channel, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryChannel {
    /// Which.
    pub id: ChannelId,
    /// At which network.
    pub network: Network,
    /// Its name.
    pub name: String,
    /// Its handle.
    pub handle: String,
    /// Its picture.
    pub avatar_url: Option<String>,
    /// Whether it can be used.
    pub status: ChannelStatus,
}

/// What puts a post at risk that has still to go out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AtRisk {
    /// What of its channel.
    pub risk: Risk,
    /// In words.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// Why a delivery failed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Failure {
    /// Content, connection, permission, limit, outage, …
    pub kind: FailureKind,
    /// Stable code.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// Something that can be done with a delivery now, by who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryAct {
    /// Try it again.
    Retry,
    /// Call it off.
    Cancel,
    /// Say whether it is there.
    Resolve,
    /// Say that it was posted by hand.
    MarkPosted,
    /// Send it now.
    Publish,
    /// Give it a time, or another.
    Schedule,
    /// Take its time away.
    Unschedule,
}

/// What happened to a delivery, newest attempt first.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryView {
    /// The delivery as it now stands.
    pub delivery: DeliveryView,
    /// Its attempts; steps without an attempt (acts of people) stand in one whose id is null.
    pub attempts: Vec<AttemptView>,
    /// What to ask for the next page of steps; null on the last.
    pub next_cursor: Option<String>,
}

/// One run at a delivery.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    /// Which; null for what people did outside any attempt.
    pub id: Option<AttemptId>,
    /// When it began.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// The state it ended in; `lost` if Postrider stopped in the middle of it.
    pub outcome: Option<String>,
    /// Its steps, oldest first.
    pub steps: Vec<StepView>,
}

/// One step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StepView {
    /// Which.
    pub id: StepId,
    /// What it was for.
    pub label: String,
    /// `call`, `commit`, `wait`, `look`, `state` or `person`.
    pub kind: String,
    /// When it began.
    pub started_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// How long it took, in milliseconds.
    pub took_ms: Option<i64>,
    /// What the network answered.
    pub http_status: Option<i64>,
    /// How it ended.
    pub outcome: String,
    /// In words.
    pub detail: String,
}

/// What a person found at the network.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveInput {
    /// Whether the post is there. If not, it is published if it may be, else missed.
    pub there: bool,
    /// Its address, if it is there.
    #[serde(default)]
    pub permalink: Option<String>,
}

/// What a person posted by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkPosted {
    /// Its address.
    #[serde(default)]
    pub permalink: Option<String>,
}
