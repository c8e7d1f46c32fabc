//! What TikTok says when it refuses (fact sheet sections 2 and 6), and the names under which faults ask for it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

/// A refusal of the API, in its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

/// The result of every handler.
pub type Answer<T> = Result<T, Refusal>;

impl Refusal {
    /// Any refusal.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// 400 for a parameter.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_params", message)
    }

    /// 401 for a token that is none, or is over.
    pub fn token() -> Self {
        Self::new(
            401,
            "access_token_invalid",
            "The access token is invalid or not found in the request.",
        )
    }

    /// 401 for a permission that the token lacks.
    pub fn scope() -> Self {
        Self::new(
            401,
            "scope_not_authorized",
            "The user did not authorize the scope required for completing this request.",
        )
    }

    /// 403 for too many posts in 24 hours.
    pub fn too_many_posts() -> Self {
        Self::new(
            403,
            "spam_risk_too_many_posts",
            "The daily post cap from the API is reached for the current user.",
        )
    }

    /// 403 for an account that may not post.
    pub fn banned() -> Self {
        Self::new(
            403,
            "spam_risk_user_banned_from_posting",
            "The user is banned from making new posts.",
        )
    }
}

/// What every answer is wrapped in.
pub fn envelope(data: &Value, code: &str, message: &str) -> Json<Value> {
    Json(json!({"data": data, "error": {"code": code, "message": message, "log_id": "20261122120000SANDBOX"}}))
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, envelope(&json!({}), self.code, &self.message)).into_response()
    }
}

/// A refusal of OAuth: flat, and with status 200.
pub fn of_oauth(error: &str, description: &str) -> Response {
    let said = json!({"error": error, "error_description": description, "log_id": "20261122120000SANDBOX"});
    Json(said).into_response()
}

/// Status, code and sentence of what faults ask for by name.
const NAMED: &[(&str, u16, &str, &str)] = &[
    (
        "rate_limited",
        429,
        "rate_limit_exceeded",
        "The API rate limit was exceeded. Please try again later.",
    ),
    (
        "invalid_params",
        400,
        "invalid_params",
        "The request source info is empty or incorrect",
    ),
    ("token_invalid", 401, "access_token_invalid", "The access token is invalid."),
    (
        "scope_missing",
        401,
        "scope_not_authorized",
        "The user did not authorize the scope required for completing this request.",
    ),
    (
        "scope_missed",
        400,
        "scope_permission_missed",
        "A field was asked for that no permission shows.",
    ),
    (
        "too_many_posts",
        403,
        "spam_risk_too_many_posts",
        "The daily post cap from the API is reached for the current user.",
    ),
    (
        "too_many_pending",
        403,
        "spam_risk_too_many_pending_share",
        "There may be at most 5 pending shares within any 24-hour period.",
    ),
    (
        "banned",
        403,
        "spam_risk_user_banned_from_posting",
        "The user is banned from making new posts.",
    ),
    ("spam_risk", 403, "spam_risk", "The post is risky."),
    (
        "active_user_cap",
        403,
        "reached_active_user_cap",
        "The daily quota for active publishing users from the client is reached.",
    ),
    (
        "unaudited",
        403,
        "unaudited_client_can_only_post_to_private_accounts",
        "Unaudited clients can only post to a private account.",
    ),
    (
        "privacy_mismatch",
        403,
        "privacy_level_option_mismatch",
        "The privacy level is not among the user's options.",
    ),
    (
        "domain_unverified",
        403,
        "url_ownership_unverified",
        "Please verify the ownership of the URL.",
    ),
    (
        "app_old",
        400,
        "app_version_check_failed",
        "The user's app version does not support photo uploads.",
    ),
    ("unknown_publish_id", 400, "invalid_publish_id", "The publish_id does not exist."),
    (
        "file_refused",
        400,
        "invalid_file_upload",
        "The file does not meet the specification.",
    ),
    ("internal", 500, "internal_error", "Internal error, please try again later."),
    ("unavailable", 503, "internal_error", "Service unavailable."),
];

const fn names<const N: usize>(of: &[(&'static str, u16, &str, &str)]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut index = 0;
    while index < N {
        names[index] = of[index].0;
        index += 1;
    }
    names
}

/// The names that [`named`] knows.
pub const NAMES: &[&str] = &names::<{ NAMED.len() }>(NAMED);

/// One of the network's own errors as an answer.
pub fn named(name: &str) -> Option<Response> {
    let (_, status, code, message) = NAMED.iter().find(|(known, ..)| *known == name)?;
    let status = StatusCode::from_u16(*status).ok()?;
    Some((status, envelope(&json!({}), code, message)).into_response())
}
