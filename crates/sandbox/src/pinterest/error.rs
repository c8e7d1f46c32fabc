//! What Pinterest says when it refuses (fact sheet section 7), and the names under which faults ask for it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode};
use serde_json::json;

/// A refusal of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    code: u32,
    message: String,
}

/// The result of every handler.
pub type Answer<T> = Result<T, Refusal>;

impl Refusal {
    /// Any refusal.
    pub fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// 400 for a parameter.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, 1, format!("Invalid request: {}", message.into()))
    }

    /// 400 for a text that is too long.
    pub fn too_long(field: &str, is: usize, max: usize) -> Self {
        Self::invalid(format!("'{field}' is too long: {is} characters of {max}"))
    }

    /// 400 for an address that leads to no file.
    pub fn unreachable() -> Self {
        Self::new(400, 235, "Unable to reach the URL. Please check the URL is correct and try again.")
    }

    /// 401, also for an app that is not who it says.
    pub fn unknown() -> Self {
        Self::new(401, 2, "Authentication failed.")
    }

    /// 403 for scopes that the token lacks.
    pub fn scopes(missing: &[&str]) -> Self {
        let missing = missing.iter().map(|scope| format!("'{scope}'")).collect::<Vec<_>>().join(", ");
        Self::new(
            403,
            3,
            format!("Authorization failed. Your application consumer does not have the required scopes, missing: [{missing}]"),
        )
    }

    /// 403 for what belongs to somebody else.
    pub fn forbidden() -> Self {
        Self::new(403, 29, "You are not permitted to access that resource.")
    }

    /// 404 for a board.
    pub fn no_board() -> Self {
        Self::new(404, 40, "Board not found.")
    }

    /// 404 for a Pin.
    pub fn no_pin() -> Self {
        Self::new(404, 50, "Pin not found.")
    }

    /// 429.
    pub fn too_many() -> Self {
        Self::new(429, 8, "You have exceeded your rate limit. Try again later.")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(json!({"code": self.code, "message": self.message}))).into_response()
    }
}

/// A refusal of the host that takes uploads, which is not Pinterest's own and speaks XML.
pub fn of_storage(status: StatusCode, code: &str, message: &str) -> Response {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    let mut response = (status, body).into_response();
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// The names that [`named`] knows.
pub const NAMES: &[&str] = &[
    "rate_limited",
    "day_used",
    "invalid_request",
    "unreachable_url",
    "token_invalid",
    "scope_missing",
    "trial_restricted",
    "forbidden",
    "board_not_found",
    "pin_not_found",
    "internal",
    "bad_gateway",
    "unavailable",
];

fn refusal(name: &str) -> Option<Refusal> {
    Some(match name {
        "rate_limited" | "day_used" => Refusal::too_many(),
        "invalid_request" => Refusal::invalid("'title' is not valid"),
        "unreachable_url" => Refusal::unreachable(),
        "token_invalid" => Refusal::unknown(),
        "scope_missing" => Refusal::scopes(&["pins:write"]),
        "trial_restricted" => Refusal::new(
            403,
            29,
            "Apps with Trial access may not create Pins in production. Your consumer type is not supported.",
        ),
        "forbidden" => Refusal::forbidden(),
        "board_not_found" => Refusal::no_board(),
        "pin_not_found" => Refusal::no_pin(),
        "internal" => Refusal::new(500, 12, "Something went wrong on our end. Sorry about that."),
        "bad_gateway" => Refusal::new(502, 12, "Bad gateway."),
        "unavailable" => Refusal::new(503, 11, "Service unavailable."),
        _ => return None,
    })
}

/// One of the network's own errors as an answer.
pub fn named(name: &str) -> Option<Response> {
    let mut response = refusal(name)?.into_response();
    let windows = match name {
        "rate_limited" => Some(("100, 100;w=1, 100;w=60", "1")),
        "day_used" => Some(("300, 300;w=86400", "3600")),
        _ => None,
    };
    if let Some((limit, reset)) = windows {
        let headers = response.headers_mut();
        headers.insert("x-ratelimit-limit", HeaderValue::from_static(limit));
        headers.insert("x-ratelimit-remaining", HeaderValue::from_static("0"));
        headers.insert("x-ratelimit-reset", HeaderValue::from_static(reset));
    }
    Some(response)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_listed_error_is_answered() {
        assert!(super::NAMES.iter().all(|name| super::named(name).is_some()));
    }
}
