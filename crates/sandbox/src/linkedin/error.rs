//! What LinkedIn says when it refuses (fact sheet linkedin.md section 7), and the names under which faults ask for it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

/// A refusal of the API.
#[derive(Debug, Clone)]
pub struct Refusal {
    status: u16,
    body: Value,
}

/// The result of every handler.
pub type Answer<T> = Result<T, Refusal>;

impl Refusal {
    /// The older shape: status, code and message, with the service's own number if it has one.
    pub fn coded(status: u16, service_code: Option<u32>, code: &str, message: impl Into<String>) -> Self {
        let mut body = json!({"status": status, "code": code, "message": message.into()});
        if let Some(number) = service_code {
            body["serviceErrorCode"] = number.into();
        }
        Self { status, body }
    }

    /// The newer shape, which names the wrong input.
    pub fn input(status: u16, code: &str, field: &str, description: impl Into<String>) -> Self {
        let description = description.into();
        let input = if field.is_empty() {
            json!({})
        } else {
            json!({"inputPath": {"fieldPath": field}})
        };
        Self {
            status,
            body: json!({
                "status": status,
                "message": description,
                "errorDetailType": "com.linkedin.common.error.BadRequest",
                "errorDetails": {"inputErrors": [{"code": code, "description": description, "input": input}]},
            }),
        }
    }

    /// 400 for a field with a wrong value.
    pub fn field(field: &str, description: impl Into<String>) -> Self {
        Self::input(400, "FIELD_INVALID", field, description)
    }

    /// 400 for a field that is not there.
    pub fn missing(field: &str) -> Self {
        Self::input(400, "MISSING_FIELD", field, format!("{field} is required but was not provided"))
    }

    /// 400 for a text that is too long.
    pub fn too_long(field: &str, is: usize, max: usize) -> Self {
        Self::input(
            400,
            "FIELD_LENGTH_TOO_LONG",
            field,
            format!("{field} length {is} exceeds the maximum of {max}"),
        )
    }

    /// 403 for a scope that the token lacks, or a product that the app lacks.
    pub fn no_permission(resource: &str) -> Self {
        Self::coded(
            403,
            Some(100),
            "ACCESS_DENIED",
            format!("Not enough permissions to access: {resource}"),
        )
    }

    /// 403 for an author that the member may not speak for.
    pub fn not_author() -> Self {
        let message = "Field Value validation failed in REQUEST_BODY: Data Processing Exception while processing fields [/author]";
        Self::coded(403, Some(100), "ACCESS_DENIED", message)
    }

    /// 404.
    pub fn not_found(what: &str) -> Self {
        Self::coded(404, None, "NOT_FOUND", format!("Could not find entity {what}"))
    }

    /// 422 that names the post which stands already.
    pub fn duplicate(urn: &str) -> Self {
        let mut refusal = Self::input(422, "DUPLICATE_POST", "", "Duplicate post is detected");
        refusal.body["message"] =
            format!("com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of {urn}").into();
        refusal
    }
}

/// The headers by which LinkedIn's support finds a request.
pub fn traced(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert("x-li-fabric", HeaderValue::from_static("prod-sandbox"));
    headers.insert("x-li-uuid", HeaderValue::from_static("AAYsandbox0000000000000=="));
    response
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        traced((status, Json(self.body)).into_response())
    }
}

/// Name for faults, HTTP status, number of the service, code, message.
const NAMED: &[(&str, u16, Option<u32>, &str, &str)] = &[
    (
        "rate_limited",
        429,
        None,
        "TOO_MANY_REQUESTS",
        "Resource level throttle limit for calls to this resource is reached.",
    ),
    (
        "invalid_access_token",
        401,
        Some(65600),
        "INVALID_ACCESS_TOKEN",
        "Invalid access token",
    ),
    (
        "revoked_access_token",
        401,
        Some(65601),
        "REVOKED_ACCESS_TOKEN",
        "The token used in the request has been revoked by the user",
    ),
    (
        "expired_access_token",
        401,
        Some(65602),
        "EXPIRED_ACCESS_TOKEN",
        "The token used in the request has expired",
    ),
    (
        "access_denied",
        403,
        Some(100),
        "ACCESS_DENIED",
        "Not enough permissions to access: partnerApiPostsExternal.CREATE.20260701",
    ),
    ("conflict", 409, None, "CONFLICT", "Write conflict due to a simultaneous create"),
    (
        "version_inactive",
        426,
        None,
        "NONEXISTENT_VERSION",
        "Requested version is not active",
    ),
    ("internal", 500, None, "INTERNAL_SERVER_ERROR", "Internal Server Error"),
    (
        "activity_unavailable",
        500,
        None,
        "INTERNAL_SERVER_ERROR",
        "Unable to obtain activity",
    ),
    ("bad_gateway", 502, None, "BAD_GATEWAY", "Bad Gateway"),
    ("unavailable", 503, None, "SERVICE_UNAVAILABLE", "Service Unavailable"),
    ("timeout", 504, None, "GATEWAY_TIMEOUT", "Gateway Timeout"),
];

/// Name for faults, HTTP status, code of the wrong input, description.
const NAMED_INPUTS: &[(&str, u16, &str, &str)] = &[
    ("media_waiting", 400, "MEDIA_ASSET_WAITING_UPLOAD", "Media asset is waiting upload"),
    (
        "media_failed",
        400,
        "MEDIA_ASSET_PROCESSING_FAILED",
        "Media asset processing failed",
    ),
    ("upload_expired", 400, "EXPIRED_UPLOAD_URL", "The upload URL has expired"),
];

/// The names that [`named`] knows.
pub const NAMES: &[&str] = &[
    "rate_limited",
    "invalid_access_token",
    "revoked_access_token",
    "expired_access_token",
    "access_denied",
    "conflict",
    "version_inactive",
    "internal",
    "activity_unavailable",
    "bad_gateway",
    "unavailable",
    "timeout",
    "media_waiting",
    "media_failed",
    "upload_expired",
    "duplicate_post",
    "author_refused",
];

/// One of the network's own errors.
pub fn refusal(name: &str) -> Option<Refusal> {
    let coded = NAMED.iter().find(|(known, ..)| *known == name);
    let input = NAMED_INPUTS.iter().find(|(known, ..)| *known == name);
    match (name, coded, input) {
        ("duplicate_post", ..) => Some(Refusal::duplicate("urn:li:share:7295000000000000001")),
        ("author_refused", ..) => Some(Refusal::not_author()),
        (_, Some((_, status, number, code, message)), _) => Some(Refusal::coded(*status, *number, code, *message)),
        (_, _, Some((_, status, code, description))) => Some(Refusal::input(*status, code, "/content", *description)),
        _ => None,
    }
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
