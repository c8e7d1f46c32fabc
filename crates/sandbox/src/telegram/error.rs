//! What the Bot API says when it refuses (fact sheet section 6), and the names under which faults ask for it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

/// How long the answer that faults ask for says to wait, seconds.
const WAIT_S: i64 = 35;
/// Where the group of the answer that faults ask for has moved.
const MOVED_TO: i64 = -1_001_000_000_006;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    description: String,
    parameters: Option<Value>,
}

/// The result of every method.
pub type Answer<T> = Result<T, Refusal>;

impl Refusal {
    /// Any refusal.
    pub fn new(status: u16, description: impl Into<String>) -> Self {
        Self {
            status,
            description: description.into(),
            parameters: None,
        }
    }

    /// 400.
    pub fn bad(what: impl AsRef<str>) -> Self {
        Self::new(400, format!("Bad Request: {}", what.as_ref()))
    }

    /// 403.
    pub fn forbidden(what: impl AsRef<str>) -> Self {
        Self::new(403, format!("Forbidden: {}", what.as_ref()))
    }

    /// 401 for a token that is nobody's, or nobody's any more.
    pub fn unauthorized() -> Self {
        Self::new(401, "Unauthorized")
    }

    /// 404 for what is no token.
    pub fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    /// 413.
    pub fn too_large() -> Self {
        Self::new(413, "Request Entity Too Large")
    }

    /// 429 with the seconds to wait.
    pub fn too_many(wait_s: i64) -> Self {
        Self {
            parameters: Some(json!({"retry_after": wait_s})),
            ..Self::new(429, format!("Too Many Requests: retry after {wait_s}"))
        }
    }

    /// 400 for a group that is a supergroup now.
    pub fn moved(chat: i64) -> Self {
        Self {
            parameters: Some(json!({"migrate_to_chat_id": chat})),
            ..Self::bad("group chat was upgraded to a supergroup chat")
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut body = json!({"ok": false, "error_code": self.status, "description": self.description});
        if let Some(parameters) = self.parameters {
            body["parameters"] = parameters;
        }
        (status, Json(body)).into_response()
    }
}

/// The names that [`named`] knows.
pub const NAMES: &[&str] = &[
    "rate_limited",
    "token_invalid",
    "token_malformed",
    "chat_not_found",
    "bot_kicked",
    "not_a_member",
    "rights_missing",
    "administrator_needed",
    "write_forbidden",
    "no_right_to_send",
    "group_moved",
    "message_too_long",
    "caption_too_long",
    "message_empty",
    "entities_invalid",
    "photo_dimensions",
    "photo_unusable",
    "file_unknown",
    "url_unreadable",
    "topic_closed",
    "topic_gone",
    "too_large",
    "conflict",
    "internal",
    "bad_gateway",
];

fn refusal(name: &str) -> Option<Refusal> {
    Some(match name {
        "rate_limited" => Refusal::too_many(WAIT_S),
        "token_invalid" => Refusal::unauthorized(),
        "token_malformed" => Refusal::not_found(),
        "chat_not_found" => Refusal::bad("chat not found"),
        "bot_kicked" => Refusal::forbidden("bot was kicked from the channel chat"),
        "not_a_member" => Refusal::forbidden("bot is not a member of the channel chat"),
        "rights_missing" => Refusal::bad("not enough rights to send text messages to the chat"),
        "administrator_needed" => Refusal::bad("need administrator rights in the channel chat"),
        "write_forbidden" => Refusal::bad("CHAT_WRITE_FORBIDDEN"),
        "no_right_to_send" => Refusal::forbidden("have no rights to send a message"),
        "group_moved" => Refusal::moved(MOVED_TO),
        "message_too_long" => Refusal::bad("message is too long"),
        "caption_too_long" => Refusal::bad("message caption is too long"),
        "message_empty" => Refusal::bad("message text is empty"),
        "entities_invalid" => Refusal::bad("can't parse entities: Unsupported start tag \"p\" at byte offset 0"),
        "photo_dimensions" => Refusal::bad("PHOTO_INVALID_DIMENSIONS"),
        "photo_unusable" => Refusal::bad("IMAGE_PROCESS_FAILED"),
        "file_unknown" => Refusal::bad("wrong file identifier/HTTP URL specified"),
        "url_unreadable" => Refusal::bad("failed to get HTTP URL content"),
        "topic_closed" => Refusal::bad("TOPIC_CLOSED"),
        "topic_gone" => Refusal::bad("message thread not found"),
        "too_large" => Refusal::too_large(),
        "conflict" => Refusal::new(
            409,
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
        ),
        "internal" => Refusal::new(500, "Internal Server Error"),
        "bad_gateway" => Refusal::new(502, "Bad Gateway"),
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
