//! What YouTube says when it refuses (fact sheet section 7), and the names under which faults ask for it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

/// A refusal of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    domain: &'static str,
    reason: &'static str,
    message: String,
}

/// The result of every handler.
pub type Answer<T> = Result<T, Refusal>;

impl Refusal {
    /// Any refusal.
    pub fn new(status: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            domain: "youtube.api",
            reason,
            message: message.into(),
        }
    }

    /// 400 for something in the request.
    pub fn invalid(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(400, reason, message)
    }

    /// 401 for a token that is none, or is over.
    pub fn token() -> Self {
        Self::new(401, "authError", "Invalid Credentials")
    }

    /// 403 for a permission that the token lacks.
    pub fn scope() -> Self {
        Self::new(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
    }

    /// 403 for a project that has used its day.
    pub fn quota() -> Self {
        Self {
            domain: "youtube.quota",
            ..Self::new(
                403,
                "quotaExceeded",
                "The request cannot be completed because you have exceeded your quota.",
            )
        }
    }

    /// 404 for a video that is not there, or is another's.
    pub fn no_video() -> Self {
        Self::new(404, "videoNotFound", "The video that you are trying to use cannot be found.")
    }
}

fn status_name(status: u16) -> &'static str {
    match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({"error": {
            "code": self.status,
            "message": self.message,
            "errors": [{"message": self.message, "domain": self.domain, "reason": self.reason}],
            "status": status_name(self.status),
        }});
        (status, Json(body)).into_response()
    }
}

/// Status, reason and sentence of what faults ask for by name.
const NAMED: &[(&str, u16, &str, &str)] = &[
    (
        "rate_limited",
        429,
        "rateLimitExceeded",
        "Too many requests, please try again later.",
    ),
    ("user_rate_limited", 403, "userRateLimitExceeded", "User rate limit exceeded."),
    (
        "quota_exceeded",
        403,
        "quotaExceeded",
        "The request cannot be completed because you have exceeded your quota.",
    ),
    (
        "upload_limit",
        400,
        "uploadLimitExceeded",
        "The user has exceeded the number of videos they may upload.",
    ),
    ("token_invalid", 401, "authError", "Invalid Credentials"),
    (
        "scope_missing",
        403,
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
    ),
    ("no_channel", 401, "youtubeSignupRequired", "Unauthorized"),
    ("channel_closed", 403, "channelClosed", "The channel has been closed."),
    ("channel_suspended", 403, "channelSuspended", "The channel has been suspended."),
    (
        "forbidden",
        403,
        "forbidden",
        "Access forbidden. The request may not be properly authorized.",
    ),
    (
        "privacy_forbidden",
        403,
        "forbiddenPrivacySetting",
        "The request attempts to set an invalid privacy setting.",
    ),
    (
        "api_off",
        403,
        "accessNotConfigured",
        "YouTube Data API v3 has not been used in this project before or it is disabled.",
    ),
    ("comments_off", 403, "commentsDisabled", "The video has disabled comments."),
    (
        "invalid_title",
        400,
        "invalidTitle",
        "The request metadata specifies an invalid or empty video title.",
    ),
    ("video_missing", 404, "videoNotFound", "The video cannot be found."),
    ("internal", 500, "backendError", "Internal error encountered."),
    ("unavailable", 503, "backendError", "The service is currently unavailable."),
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
    let (_, status, reason, message) = NAMED.iter().find(|(known, ..)| *known == name)?;
    Some(Refusal::new(*status, reason, *message).into_response())
}
