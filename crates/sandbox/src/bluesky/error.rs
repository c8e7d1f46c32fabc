//! What AT Protocol servers say when they refuse, and the names under which faults ask for it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::json;

/// A refusal in the one shape that XRPC has: `{"error":"Name","message":"text"}`.
#[derive(Debug, Clone)]
pub struct Refusal {
    status: StatusCode,
    error: &'static str,
    message: String,
    headers: Box<HeaderMap>,
}

/// The result of every handler.
pub type Answer<T> = Result<T, Refusal>;

impl Refusal {
    /// Any refusal.
    pub fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            error,
            message: message.into(),
            headers: Box::default(),
        }
    }

    /// 400 `InvalidRequest`.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidRequest", message)
    }

    /// A refusal that has a name of its own under HTTP 400.
    pub fn bad(error: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, message)
    }

    /// 401.
    pub fn unauthorized(error: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, error, message)
    }

    /// The same with headers.
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers = Box::new(headers);
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (
            self.status,
            *self.headers,
            Json(json!({"error": self.error, "message": self.message})),
        )
            .into_response()
    }
}

/// Name for faults, HTTP status, error, message (fact sheet bluesky.md section 6).
const NAMED: &[(&str, u16, &str, &str)] = &[
    ("rate_limited", 429, "RateLimitExceeded", "Rate Limit Exceeded"),
    ("expired_token", 400, "ExpiredToken", "Token has expired"),
    ("invalid_token", 400, "InvalidToken", "Token could not be verified"),
    ("auth_missing", 401, "AuthMissing", "Authentication Required"),
    (
        "authentication_required",
        401,
        "AuthenticationRequired",
        "Invalid identifier or password",
    ),
    (
        "auth_factor_required",
        401,
        "AuthFactorTokenRequired",
        "A sign in code has been sent to your email address",
    ),
    ("account_takedown", 401, "AccountTakedown", "Account has been taken down"),
    ("account_deactivated", 400, "AccountDeactivated", "Account is deactivated"),
    ("invalid_request", 400, "InvalidRequest", "Invalid app.bsky.feed.post record"),
    ("invalid_swap", 400, "InvalidSwap", "Record was at another version"),
    ("blob_missing", 400, "InvalidRequest", "Could not find blob"),
    ("blob_too_large", 400, "BlobTooLarge", "This file is too large"),
    ("internal", 500, "InternalServerError", "Internal Server Error"),
    ("upstream_failure", 502, "UpstreamFailure", "Upstream Failure"),
    ("upstream_timeout", 504, "UpstreamTimeout", "Upstream Timeout"),
    ("not_enough_resources", 503, "NotEnoughResources", "Not Enough Resources"),
];

/// The names that [`named`] knows.
pub const NAMES: &[&str] = &[
    "rate_limited",
    "expired_token",
    "invalid_token",
    "auth_missing",
    "authentication_required",
    "auth_factor_required",
    "account_takedown",
    "account_deactivated",
    "invalid_request",
    "invalid_swap",
    "blob_missing",
    "blob_too_large",
    "internal",
    "upstream_failure",
    "upstream_timeout",
    "not_enough_resources",
];

/// One of the network's own errors.
pub fn named(name: &str) -> Option<Response> {
    let (_, status, error, message) = NAMED.iter().find(|(known, ..)| *known == name)?;
    let status = StatusCode::from_u16(*status).ok()?;
    Some(Refusal::new(status, error, *message).into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_listed_error_is_answered() {
        assert!(super::NAMES.iter().all(|name| super::named(name).is_some()));
        assert_eq!(super::NAMES.len(), super::NAMED.len());
    }
}
