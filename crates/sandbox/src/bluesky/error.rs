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
    /// The name under which the message is told.
    told_as: &'static str,
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
            told_as: "message",
        }
    }

    /// A refusal of the endpoints of OAuth: `{"error":"name","error_description":"text"}` (RFC 6749 section 5.2).
    pub fn oauth(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        Self {
            told_as: "error_description",
            ..Self::new(status, error, message)
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

    /// Its name.
    pub const fn error(&self) -> &'static str {
        self.error
    }

    /// Its words.
    pub fn message(&self) -> &str {
        &self.message
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
            Json(json!({"error": self.error, self.told_as: self.message})),
        )
            .into_response()
    }
}

/// Name for faults, HTTP status, error, message.
type Named = (&'static str, u16, &'static str, &'static str);

/// The refusals of XRPC (fact sheet bluesky.md section 6).
const NAMED: &[Named] = &[
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

/// The same of the endpoints of OAuth.
const OF_OAUTH: &[Named] = &[
    ("invalid_grant", 400, "invalid_grant", "Session expired"),
    ("invalid_client", 401, "invalid_client", "Client authentication failed"),
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
    "invalid_grant",
    "invalid_client",
];

/// One of the network's own errors.
pub fn named(name: &str) -> Option<Response> {
    type Make = fn(StatusCode, &'static str, &'static str) -> Refusal;
    let tables: [(&[Named], Make); 2] = [(NAMED, Refusal::new), (OF_OAUTH, Refusal::oauth)];
    tables.into_iter().find_map(|(table, make)| {
        let (_, status, error, message) = table.iter().find(|(known, ..)| *known == name)?;
        Some(make(StatusCode::from_u16(*status).ok()?, error, message).into_response())
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_listed_error_is_answered() {
        assert!(super::NAMES.iter().all(|name| super::named(name).is_some()));
        assert_eq!(super::NAMES.len(), super::NAMED.len() + super::OF_OAUTH.len());
    }
}
