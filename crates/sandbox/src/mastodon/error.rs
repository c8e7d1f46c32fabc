//! What a server says when it refuses (fact sheet section 8), and the names under which faults ask for it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;

use crate::clock::iso_ms;

/// A refusal of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    error: String,
    description: Option<&'static str>,
}

/// The result of every handler.
pub type Answer<T> = Result<T, Refusal>;

impl Refusal {
    /// Any refusal.
    pub fn new(status: u16, error: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
            description: None,
        }
    }

    /// A refusal of the OAuth pages: a code and its sentence.
    pub fn oauth(status: u16, code: &str, description: &'static str) -> Self {
        Self {
            description: Some(description),
            ..Self::new(status, code)
        }
    }

    /// 401 for an app that the server does not know, or whose secret is another.
    pub fn unknown_client() -> Self {
        Self::oauth(
            401,
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.",
        )
    }

    /// 400 for a code that cannot be exchanged.
    pub fn bad_grant() -> Self {
        Self::oauth(
            400,
            "invalid_grant",
            "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization \
             request, or was issued to another client.",
        )
    }

    /// 401.
    pub fn bad_token() -> Self {
        Self::new(401, "The access token is invalid")
    }

    /// 401 for one that was taken back.
    pub fn revoked() -> Self {
        Self::new(401, "The access token was revoked")
    }

    /// 403 for a scope that the token lacks.
    pub fn scope() -> Self {
        Self::new(403, "This action is outside the authorized scopes")
    }

    /// 403 for an account that is switched off.
    pub fn disabled() -> Self {
        Self::new(403, "Your login is currently disabled")
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(404, "Record not found")
    }

    /// 422 for a field.
    pub fn invalid(what: impl AsRef<str>) -> Self {
        Self::new(422, format!("Validation failed: {}", what.as_ref()))
    }

    /// 422 for a text that is too long.
    pub fn too_long(max: usize) -> Self {
        Self::invalid(format!("Text character limit of {max} exceeded"))
    }

    /// 422 for files that the server still works on.
    pub fn unfinished() -> Self {
        Self::new(422, "Cannot attach files that have not finished processing. Try again in a moment!")
    }

    /// 422 for files that do not go together.
    pub fn mixed() -> Self {
        Self::new(422, "Cannot attach a video to a post that already contains images")
    }

    /// 429.
    pub fn too_many() -> Self {
        Self::new(429, "Too many requests")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut body = json!({"error": self.error});
        if let Some(description) = self.description {
            body["error_description"] = description.into();
        }
        (status, Json(body)).into_response()
    }
}

/// The headers that tell of a budget: how many, how many are left, and at which instant there are more.
pub fn budget(max: u32, left: u32, reset_us: i64) -> Vec<(HeaderName, HeaderValue)> {
    // Microseconds, as Ruby writes them to six places.
    let reset = iso_ms(reset_us).replace('Z', "000Z");
    [
        ("x-ratelimit-limit", max.to_string()),
        ("x-ratelimit-remaining", left.to_string()),
        ("x-ratelimit-reset", reset),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?)))
    .collect()
}

/// The names that [`named`] knows.
pub const NAMES: &[&str] = &[
    "rate_limited",
    "token_invalid",
    "token_revoked",
    "scope_missing",
    "login_disabled",
    "email_unconfirmed",
    "not_found",
    "validation_failed",
    "text_too_long",
    "media_unfinished",
    "media_mixed",
    "app_unknown",
    "server_closed",
    "internal",
    "bad_gateway",
    "maintenance",
];

fn refusal(name: &str) -> Option<Refusal> {
    Some(match name {
        "rate_limited" => Refusal::too_many(),
        "token_invalid" => Refusal::bad_token(),
        "token_revoked" => Refusal::revoked(),
        "scope_missing" => Refusal::scope(),
        "login_disabled" => Refusal::disabled(),
        "email_unconfirmed" => Refusal::new(403, "Your login is missing a confirmed e-mail address"),
        "not_found" => Refusal::not_found(),
        "validation_failed" => Refusal::invalid("Text can't be blank"),
        "text_too_long" => Refusal::too_long(super::limits::TEXT_CHARS_MAX),
        "media_unfinished" => Refusal::unfinished(),
        "media_mixed" => Refusal::mixed(),
        "app_unknown" => Refusal::unknown_client(),
        "server_closed" => Refusal::new(410, "Gone"),
        "internal" => Refusal::new(500, "We're sorry, but something went wrong on our end."),
        "bad_gateway" => Refusal::new(502, "Bad gateway"),
        "maintenance" => Refusal::new(503, "Service Unavailable"),
        _ => return None,
    })
}

/// One of the network's own errors as an answer.
pub fn named(name: &str) -> Option<Response> {
    Some(refusal(name)?.into_response())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_listed_error_is_answered() {
        assert!(super::NAMES.iter().all(|name| super::named(name).is_some()));
    }
}
