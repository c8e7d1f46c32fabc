//! What X says when it refuses (fact sheet section 7), and the names under which faults ask for it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

/// A refusal of the API, with its body in one of the shapes that X uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    body: Value,
}

/// The result of every handler.
pub type Answer<T> = Result<T, Refusal>;

const PROBLEMS: &str = "https://api.x.com/2/problems";

impl Refusal {
    fn problem(status: u16, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        let kind = if kind.is_empty() {
            "about:blank".to_owned()
        } else {
            format!("{PROBLEMS}/{kind}")
        };
        Self {
            status,
            body: json!({"title": title, "detail": detail.into(), "type": kind, "status": status}),
        }
    }

    /// 400 for a parameter, named beside what is wrong with it.
    pub fn invalid(parameter: &str, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            body: json!({
                "errors": [{"message": message.into(), "parameters": {parameter: []}}],
                "title": "Invalid Request",
                "detail": "One or more parameters to your request was invalid.",
                "type": format!("{PROBLEMS}/invalid-request"),
            }),
        }
    }

    /// 400 for files that a post cannot show.
    pub fn media_ids() -> Self {
        Self::invalid("media.media_ids", "Your media IDs are invalid.")
    }

    /// 401.
    pub fn unauthorized() -> Self {
        Self::problem(401, "", "Unauthorized", "Unauthorized")
    }

    /// 402: nobody paid.
    pub fn no_credits() -> Self {
        Self::problem(
            402,
            "credits",
            "CreditsDepleted",
            "Your enrolled account does not have any credits to fulfill this request.",
        )
    }

    /// 403 with a sentence.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::problem(403, "", "Forbidden", detail)
    }

    /// 403 that stands for much.
    pub fn not_permitted() -> Self {
        Self::forbidden("You are not permitted to perform this action.")
    }

    /// 403 for words that were said before.
    pub fn duplicate() -> Self {
        Self::forbidden("You are not allowed to create a Tweet with duplicate content.")
    }

    /// 403 for an answer to somebody who did not ask.
    pub fn reply() -> Self {
        Self::forbidden(
            "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to.",
        )
    }

    /// 403 for a permission that the token lacks.
    pub fn scope(scope: &str) -> Self {
        Self::forbidden(format!("Your access token lacks the scope required for this endpoint: {scope}"))
    }

    /// 403 for an account that X has stopped.
    pub fn suspended() -> Self {
        Self::problem(
            403,
            "user-suspended",
            "Forbidden",
            "Your account is suspended and is not permitted to access this feature.",
        )
    }

    /// 404.
    pub fn not_found(what: &str, id: &str) -> Self {
        Self::problem(
            404,
            "resource-not-found",
            "Not Found Error",
            format!("Could not find {what} with id: [{id}]."),
        )
    }

    /// 413.
    pub fn too_large() -> Self {
        Self::problem(413, "", "Payload Too Large", "The media segment is too large.")
    }

    /// 429.
    pub fn too_many() -> Self {
        Self::problem(429, "", "Too Many Requests", "Too Many Requests")
    }

    /// OAuth's own shape.
    pub fn oauth(status: u16, error: &str, description: &str) -> Self {
        Self {
            status,
            body: json!({"error": error, "error_description": description}),
        }
    }

    /// What a code or token that is none is called.
    pub fn grant() -> Self {
        Self::oauth(400, "invalid_request", "Value passed for the token was invalid.")
    }

    /// What an app that does not say who it is is called.
    pub fn app() -> Self {
        Self::oauth(401, "unauthorized_client", "Missing valid authorization header")
    }

    /// The refusal as an entry of a partial answer.
    pub fn entry(&self) -> Value {
        self.body.clone()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body)).into_response()
    }
}

/// The names that [`named`] knows.
pub const NAMES: &[&str] = &[
    "rate_limited",
    "usage_capped",
    "credits_depleted",
    "invalid_request",
    "media_invalid",
    "token_invalid",
    "app_only",
    "duplicate",
    "reply_refused",
    "scope_missing",
    "not_permitted",
    "account_suspended",
    "account_locked",
    "parent_gone",
    "legacy_limit",
    "internal",
    "bad_gateway",
    "unavailable",
];

fn refusal(name: &str) -> Option<Refusal> {
    Some(match name {
        "rate_limited" => Refusal::too_many(),
        "usage_capped" => Refusal::problem(429, "usage-capped", "UsageCapExceeded", "Usage cap exceeded: Monthly product cap"),
        "credits_depleted" => Refusal::no_credits(),
        "invalid_request" => Refusal::invalid("text", "$.text: is not valid"),
        "media_invalid" => Refusal::media_ids(),
        "token_invalid" => Refusal::unauthorized(),
        "app_only" => Refusal::problem(
            403,
            "unsupported-authentication",
            "Unsupported Authentication",
            "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.",
        ),
        "duplicate" => Refusal::duplicate(),
        "reply_refused" => Refusal::reply(),
        "scope_missing" => Refusal::scope("tweet.write"),
        "not_permitted" => Refusal::not_permitted(),
        "account_suspended" => Refusal::suspended(),
        "account_locked" => Refusal::forbidden("To protect our users from spam, your account has been temporarily locked."),
        "parent_gone" => Refusal::not_found("tweet", "1900000000000000001"),
        "legacy_limit" => Refusal {
            status: 429,
            body: json!({"errors": [{"code": 88, "message": "Rate limit exceeded"}]}),
        },
        "internal" => Refusal::problem(500, "", "Internal Server Error", "Internal Server Error"),
        "bad_gateway" => Refusal::problem(502, "", "Bad Gateway", "Bad Gateway"),
        "unavailable" => Refusal::problem(503, "", "Service Unavailable", "Service Unavailable"),
        _ => return None,
    })
}

/// One of the network's own errors as an answer.
pub fn named(name: &str) -> Option<Response> {
    refusal(name).map(IntoResponse::into_response)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_listed_error_is_answered() {
        assert!(super::NAMES.iter().all(|name| super::named(name).is_some()));
    }
}
