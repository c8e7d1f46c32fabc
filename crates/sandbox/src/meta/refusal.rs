//! The Graph API's error answer.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::errors::named;

/// An error as the Graph API writes it (fact sheet facebook.md §6).
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// `error.code`.
    pub code: i64,
    /// `error.error_subcode`.
    pub subcode: Option<i64>,
    /// `error.type`.
    pub kind: &'static str,
    /// `error.message`.
    pub message: String,
    /// `error.is_transient`.
    pub transient: bool,
    /// `error.error_data`.
    pub data: Value,
}

impl Refusal {
    /// An error without a subcode.
    pub fn new(status: u16, code: i64, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            subcode: None,
            kind: "OAuthException",
            message: message.into(),
            transient: false,
            data: Value::Null,
        }
    }

    /// With a subcode.
    pub fn sub(mut self, subcode: i64) -> Self {
        self.subcode = Some(subcode);
        self
    }

    /// An error of the table; an unknown name is the unknown error.
    pub fn of(name: &str) -> Self {
        named(name).unwrap_or_else(|| Self::new(500, 1, "An unknown error occurred"))
    }

    /// With another message.
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Code 100 for a parameter.
    pub fn parameter(message: impl std::fmt::Display) -> Self {
        Self::new(400, 100, format!("(#100) {message}"))
    }

    /// Code 100/33: the object is not there, or the token cannot see it.
    pub fn missing(method: &http::Method, id: &str) -> Self {
        let message = format!(
            "Unsupported {} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.",
            method.as_str().to_ascii_lowercase()
        );
        let mut refusal = Self::new(400, 100, message).sub(33);
        refusal.kind = "GraphMethodException";
        refusal
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = json!({
            "message": self.message,
            "type": self.kind,
            "code": self.code,
            "fbtrace_id": "AsAnDbOxTrAcE0000000000",
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if self.transient {
            error["is_transient"] = json!(true);
        }
        if !self.data.is_null() {
            error["error_data"] = self.data;
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(json!({ "error": error }))).into_response()
    }
}
