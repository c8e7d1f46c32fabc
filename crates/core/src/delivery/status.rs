//! What the deliveries of a post say of the post.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::State;

/// A post's status: always derived from its deliveries, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostStatus {
    /// Nothing is to be sent.
    Draft,
    /// Waits for its instant.
    Scheduled,
    /// On its way.
    Publishing,
    /// Stands at every network.
    Published,
    /// Some channels failed.
    PartiallyFailed,
    /// All channels failed.
    Failed,
    /// A person must do something.
    ActionRequired,
    /// Every delivery was called off.
    Canceled,
}

impl PostStatus {
    /// The name in the API.
    pub const fn key(self) -> &'static str {
        match self {
            PostStatus::Draft => "draft",
            PostStatus::Scheduled => "scheduled",
            PostStatus::Publishing => "publishing",
            PostStatus::Published => "published",
            PostStatus::PartiallyFailed => "partially_failed",
            PostStatus::Failed => "failed",
            PostStatus::ActionRequired => "action_required",
            PostStatus::Canceled => "canceled",
        }
    }
}

/// What of a delivery the post's status depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryStanding {
    /// Its state.
    pub state: State,
    /// Whether it is in doubt and looking on the network was given up, so that a person must say.
    pub waits_for_person: bool,
}

/// Derives a post's status from its deliveries.
pub fn post_status(deliveries: &[DeliveryStanding]) -> PostStatus {
    use State as S;
    let alive: Vec<_> = deliveries.iter().filter(|d| d.state != S::Canceled).collect();
    if alive.is_empty() {
        return if deliveries.is_empty() {
            PostStatus::Draft
        } else {
            PostStatus::Canceled
        };
    }
    let any = |test: &dyn Fn(&DeliveryStanding) -> bool| alive.iter().any(|d| test(d));
    if alive.iter().all(|d| d.state == S::Failed) {
        PostStatus::Failed
    } else if any(&|d| matches!(d.state, S::Failed | S::PublishedInPart)) {
        PostStatus::PartiallyFailed
    } else if any(&|d| matches!(d.state, S::Missed | S::ReadyToPost) || (d.state == S::InDoubt && d.waits_for_person)) {
        PostStatus::ActionRequired
    } else if any(&|d| matches!(d.state, S::Publishing | S::Processing | S::Confirming | S::Deferred | S::InDoubt)) {
        PostStatus::Publishing
    } else if any(&|d| matches!(d.state, S::Scheduled | S::Staging | S::Staged)) {
        PostStatus::Scheduled
    } else if any(&|d| matches!(d.state, S::Published | S::Drafted)) {
        PostStatus::Published
    } else {
        PostStatus::Draft
    }
}
