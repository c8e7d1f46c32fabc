//! What Business Profile's APIs say when they refuse (fact sheet section 7), and the names under which faults ask for it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

/// A refusal.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    status: u16,
    message: String,
    details: Vec<Value>,
}

/// The result of every handler.
pub type Answer<T> = Result<T, Refusal>;

const NO_CALLS: &str = "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute' of this service.";

impl Refusal {
    /// Any refusal.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            details: Vec::new(),
        }
    }

    fn because(mut self, reason: &str, metadata: Value) -> Self {
        self.details.push(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason, "domain": "googleapis.com", "metadata": metadata,
        }));
        self
    }

    /// 400 for an argument.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    /// 400 for a field of a post; its name is told to whom asks for the newer form of errors.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut refusal = Self::invalid("Request contains an invalid argument.");
        refusal.details.push(json!({
            "@type": "type.googleapis.com/google.mybusiness.v4.ValidationError",
            "errorDetails": [{"code": 1, "field": field, "message": message}],
        }));
        refusal
    }

    /// The same for whom does not ask for it.
    pub fn plain(mut self) -> Self {
        self.details.retain(|detail| detail["errorDetails"].is_null());
        self
    }

    /// 401 for a token that is none, or is over.
    pub fn token() -> Self {
        Self::new(401, "Request had invalid authentication credentials.")
    }

    /// 403 for a permission that the token lacks.
    pub fn scope() -> Self {
        Self::new(403, "Request had insufficient authentication scopes.").because("ACCESS_TOKEN_SCOPE_INSUFFICIENT", json!({}))
    }

    /// 403 for an API that the project has switched off.
    pub fn disabled() -> Self {
        Self::new(
            403,
            "Google My Business API has not been used in this project before or it is disabled.",
        )
        .because("SERVICE_DISABLED", json!({}))
    }

    /// 403 for a location that the person may not speak for.
    pub fn forbidden() -> Self {
        Self::new(403, "The caller does not have permission")
    }

    /// 404 for what is not there, or is another's.
    pub fn missing() -> Self {
        Self::new(404, "Requested entity was not found.")
    }

    /// 429 for a project that has used its minute, or has none at all.
    pub fn limited(limit: u64) -> Self {
        let metadata = json!({"quota_limit": "defaultPerMinutePerProject", "quota_limit_value": limit.to_string()});
        Self::new(429, NO_CALLS).because("RATE_LIMIT_EXCEEDED", metadata)
    }

    /// 400 for a photo that cannot be had.
    pub fn unfetched() -> Self {
        Self::invalid("Failed to fetch the media from the provided URL.")
    }
}

fn status_name(status: u16) -> &'static str {
    match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "INTERNAL",
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut body = json!({"error": {"code": self.status, "message": self.message, "status": status_name(self.status)}});
        if !self.details.is_empty() {
            body["error"]["details"] = self.details.into();
        }
        (status, Json(body)).into_response()
    }
}

/// A name, and the refusal that it stands for.
type Named = (&'static str, fn() -> Refusal);

/// What faults ask for by name.
const NAMED: &[Named] = &[
    ("rate_limited", || Refusal::limited(super::limits::CALLS_PER_MINUTE)),
    ("not_approved", || Refusal::limited(0)),
    ("token_invalid", Refusal::token),
    ("scope_missing", Refusal::scope),
    ("api_off", Refusal::disabled),
    ("forbidden", Refusal::forbidden),
    ("location_missing", Refusal::missing),
    ("invalid_summary", || Refusal::field("summary", "The text is not acceptable.")),
    ("unfetched", Refusal::unfetched),
    ("aborted", || Refusal::new(409, "The operation was aborted.")),
    ("internal", || Refusal::new(500, "Internal error encountered.")),
    ("unavailable", || Refusal::new(503, "The service is currently unavailable.")),
    ("deadline", || {
        Refusal::new(504, "Deadline expired before operation could complete.")
    }),
];

const fn names<const N: usize>(of: &[Named]) -> [&'static str; N] {
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
    let (_, refusal) = NAMED.iter().find(|(known, _)| *known == name)?;
    Some(refusal().into_response())
}
