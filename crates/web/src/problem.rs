//! What every error looks like outside: RFC 9457 `application/problem+json`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use postrider_core::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dto::Instant;
use crate::dto::channel::BlockingDelivery;

/// Where a code is explained, before the code itself.
pub const TYPE_BASE: &str = "https://postrider.dev/problems/";

/// An error as a client sees it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProblemDocument {
    /// Names the kind of error.
    #[serde(rename = "type")]
    pub kind: String,
    /// What went wrong, the same words for the same code.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What went wrong this time.
    pub detail: String,
    /// Stable code, `noun.reason`.
    pub code: String,
    /// The field concerned, as a path in the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The permission that is missing, for 403.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// The next free instant, for `quota.window_full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_free_at: Option<Instant>,
    /// Everything that is wrong, where the input has several faults.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// What stands in the way of a disconnect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocking: Vec<BlockingDelivery>,
}
