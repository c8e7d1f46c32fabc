//! Reading an XRPC request: parameters, JSON input, encodings.

use axum::body::Body;
use http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::error::{Answer, Refusal};

/// JSON inputs are small; a record is at most 1 MiB at a real server.
const INPUT_BYTES_MAX: usize = 1024 * 1024;

/// The parameters of a query, each name possibly several times.
#[derive(Debug)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query string.
    pub fn read(query: Option<&str>) -> Self {
        Self(
            url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// A parameter that may be absent.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    pub fn required(&self, name: &str) -> Answer<&str> {
        self.optional(name)
            .ok_or_else(|| Refusal::invalid(format!("Params must have the property \"{name}\"")))
    }

    /// Every value of a parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// A whole number within bounds, or its default.
    pub fn number(&self, name: &str, default: usize, from: usize, to: usize) -> Answer<usize> {
        let Some(text) = self.optional(name) else { return Ok(default) };
        match text.parse::<usize>() {
            Ok(number) if number > to => Err(Refusal::invalid(format!("Params/{name} can not be greater than {to}"))),
            Ok(number) if number < from => Err(Refusal::invalid(format!("Params/{name} can not be less than {from}"))),
            Ok(number) => Ok(number),
            Err(_) => Err(Refusal::invalid(format!("Params/{name} must be an integer"))),
        }
    }
}

/// A header as text, empty if absent.
pub fn header_text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The JSON object that a procedure takes.
///
/// # Errors
/// 400 for a wrong encoding or a body that is no object.
pub async fn input(headers: &HeaderMap, body: Body) -> Answer<Map<String, Value>> {
    let encoding = header_text(headers, &header::CONTENT_TYPE);
    let bytes = axum::body::to_bytes(body, INPUT_BYTES_MAX).await.map_err(|_| too_large())?;
    if bytes.is_empty() {
        return Err(Refusal::invalid("A request body is expected but none was provided"));
    }
    if !encoding
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    {
        return Err(match encoding {
            "" => Refusal::invalid("Request encoding (Content-Type) required but not provided"),
            other => Refusal::invalid(format!("Wrong request encoding (Content-Type): {other}")),
        });
    }
    serde_json::from_slice(&bytes).map_err(|error| Refusal::invalid(format!("Input must be an object: {error}")))
}

/// 413.
pub fn too_large() -> Refusal {
    Refusal::new(http::StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge", "request entity too large")
}

/// A text that the input must have.
pub fn text<'a>(input: &'a Map<String, Value>, name: &str) -> Answer<&'a str> {
    match input.get(name) {
        None => Err(Refusal::invalid(format!("Input must have the property \"{name}\""))),
        Some(value) => value
            .as_str()
            .ok_or_else(|| Refusal::invalid(format!("Input/{name} must be a string"))),
    }
}
