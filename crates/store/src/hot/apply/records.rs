//! What workers hand in: decisions on deliveries they hold, promises of commit calls, lines of History.

use postrider_core::ids::{AttemptId, ChannelId, DeliveryId, IntentId, NotificationId, StepId};

use crate::hot::Standing;
use crate::quota_use::QuotaUse;

/// A line of History.
#[derive(Debug, Clone)]
pub struct StepRecord {
    /// Which; the same id again completes the line.
    pub step_id: StepId,
    /// Of which attempt.
    pub attempt_id: String,
    /// What was done.
    pub label: String,
    /// `call`, `commit`, `wait`, `look`, `state`.
    pub kind: &'static str,
    /// UTC milliseconds.
    pub started_at: i64,
    /// UTC milliseconds; `None` while it is under way.
    pub ended_at: Option<i64>,
    /// HTTP status of the answer, if one came.
    pub http_status: Option<i64>,
    /// `ok`, `refused`, `lost`, `not_sent`, `found`, `absent`, `unknown`, or the state reached.
    pub outcome: String,
    /// For people, without secrets.
    pub detail: String,
}

/// What became of an intent.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Which.
    pub intent_id: IntentId,
    /// `committed`, `refused`, `not_sent`, `absent`; `None` leaves it open.
    pub outcome: Option<&'static str>,
    /// The network's id, if it is known.
    pub external_id: Option<String>,
    /// Address, if it is known.
    pub permalink: Option<String>,
    /// When the identical request was sent once more, UTC milliseconds.
    pub resent_at: Option<i64>,
    /// When a list first did not hold it, UTC milliseconds.
    pub absent_seen_at: Option<i64>,
    /// How often it was looked for.
    pub looks: i64,
}

/// How an attempt ended whose worker died: what it had begun, the next one learns.
pub const LOST: &str = "lost";

/// One run at a delivery.
#[derive(Debug, Clone)]
pub struct AttemptRecord {
    /// Which; the same id again completes it.
    pub attempt_id: AttemptId,
    /// UTC milliseconds.
    pub started_at: i64,
    /// UTC milliseconds; `None` while it runs.
    pub ended_at: Option<i64>,
    /// The state it ended in, or [`LOST`].
    pub outcome: Option<&'static str>,
}

/// Something the post's author is told.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Which.
    pub notification_id: NotificationId,
    /// Kind, such as `post.failed`.
    pub kind: &'static str,
    /// In words.
    pub text: String,
}

/// What a worker decided about a delivery that it holds.
#[derive(Debug, Clone)]
pub struct Change {
    /// Which.
    pub delivery_id: DeliveryId,
    /// On which channel.
    pub channel_id: ChannelId,
    /// The fencing number it was claimed with.
    pub epoch: i64,
    /// The version it was read with.
    pub version: i64,
    /// How it stands now.
    pub standing: Standing,
    /// Whether an intent stays without an outcome.
    pub intent_open: bool,
    /// Whether its commit is no longer under way.
    pub frees_lane: bool,
    /// What became of intents.
    pub outcomes: Vec<Outcome>,
    /// Lines of History.
    pub steps: Vec<StepRecord>,
    /// The run it belongs to, if one is under way.
    pub attempt: Option<AttemptRecord>,
    /// The run before it, if its worker did not live to end it. One that has ended stays as it ended.
    pub lost_attempt: Option<AttemptRecord>,
    /// What the author is told.
    pub notices: Vec<Notice>,
    /// What a definite refusal said of the channel: its new status, and why.
    pub channel_status: Option<(&'static str, String)>,
    /// What the network said of the channel's quotas.
    pub quotas: Vec<QuotaUse>,
    /// What was put at the network and is not wanted any more: the adapter's memory of it, JSON text. It is noted with this
    /// change, and removed by the sweep.
    pub leftover: Option<String>,
}

/// The evidence of a call that may have been made while this database was not the one in use: nothing of it is remembered, it is
/// looked for by its content, and the promise makes no call.
pub const UNSEEN: &str = "unseen";

/// The promise to make one commit call.
#[derive(Debug, Clone)]
pub struct NewIntent {
    /// Which.
    pub intent_id: IntentId,
    /// What the call makes.
    pub part: String,
    /// The derived key.
    pub intent_key: String,
    /// What the outcome is looked for by.
    pub match_key: String,
    /// SHA-256 of the request.
    pub body_hash: String,
    /// What the guard tells posts apart by; `None` for what it does not count as alike to anything.
    pub likeness: Option<String>,
    /// `fenced`, `read_back`, `none`, or [`UNSEEN`].
    pub evidence: &'static str,
    /// UTC milliseconds.
    pub stored_at: i64,
    /// After this nothing of the call is written, UTC milliseconds.
    pub send_by: i64,
    /// Silence after `send_by` before the outcome may be judged, milliseconds.
    pub settle_ms: i64,
    /// Since when it may go out by itself, where that is not `stored_at`: of [`UNSEEN`], UTC milliseconds.
    pub allowed_at: Option<i64>,
}

/// A worker asks to pass the point of no return.
#[derive(Debug, Clone)]
pub struct IntentChange {
    /// Which.
    pub delivery_id: DeliveryId,
    /// On which channel.
    pub channel_id: ChannelId,
    /// The fencing number it was claimed with.
    pub epoch: i64,
    /// The version it was read with.
    pub version: i64,
    /// The post version whose content is sent.
    pub post_version: i64,
    /// The newest heartbeat that its worker knows of, as [`crate::pulse::Pulse`] counts: a database that has not come so far is older.
    pub incarnation: i64,
    /// See `incarnation`.
    pub beat: i64,
    /// How it stands now: publishing, waking up when the outcome can be judged.
    pub standing: Standing,
    /// The promise. Its line of History is written with its outcome: by who called, or by who looks for what became of it.
    pub intent: NewIntent,
}

/// Whether a write was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was.
    Stored,
    /// Somebody else was faster, or a condition no longer holds: nothing was written.
    Refused,
}
