//! What every call to the API must bring: a living token, and on `/rest` a version and a protocol.

use http::{HeaderMap, header};

use super::NETWORK;
use super::error::{Answer, Refusal};
use crate::world::{State, Token};

/// The versions that answer: those that the fact sheet knows of and had not ended on 2026-11-22 (section 10; 202512 was
/// skipped). The sandbox stands still at that date, so that it does not refuse everything some day.
const VERSIONS: &[&str] = &[
    "202601", "202602", "202603", "202604", "202605", "202606", "202607", "202608", "202609", "202610", "202611",
];

/// A header as text, empty if absent.
pub fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The living access token of a call.
///
/// # Errors
/// 401 with the number that says why.
pub fn token(state: &State, headers: &HeaderMap, now_us: i64) -> Answer<Token> {
    let refuse = |number, code, message: &str| Err(Refusal::coded(401, Some(number), code, message));
    let secret = header_text(headers, header::AUTHORIZATION.as_str())
        .strip_prefix("Bearer ")
        .unwrap_or_default()
        .trim();
    if secret.is_empty() {
        return refuse(65604, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token");
    }
    let known = state
        .token(secret)
        .filter(|token| token.network == NETWORK && token.kind == "access");
    let Some(token) = known else {
        return refuse(65600, "INVALID_ACCESS_TOKEN", "Invalid access token");
    };
    if token.expires_us.is_some_and(|end| end <= now_us) {
        return refuse(65602, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired");
    }
    match token.revoked.as_deref() {
        None => Ok(token.clone()),
        Some("expired_access_token") => refuse(65602, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired"),
        Some("invalid_access_token") => refuse(65600, "INVALID_ACCESS_TOKEN", "Invalid access token"),
        Some(_) => refuse(
            65601,
            "REVOKED_ACCESS_TOKEN",
            "The token used in the request has been revoked by the user",
        ),
    }
}

/// The same with the headers that `/rest` asks for.
///
/// # Errors
/// 401, 400 without a version or protocol, 426 for a version that is not served.
pub fn enter(state: &State, headers: &HeaderMap, now_us: i64) -> Answer<Token> {
    let token = token(state, headers, now_us)?;
    let version = header_text(headers, "linkedin-version");
    if version.is_empty() {
        let message = "A version must be present. Please specify a version by adding the LinkedIn-Version header.";
        return Err(Refusal::coded(400, None, "VERSION_MISSING", message));
    }
    if !VERSIONS.contains(&version) {
        let message = format!("Requested version {version} is not active");
        return Err(Refusal::coded(426, None, "NONEXISTENT_VERSION", message));
    }
    match header_text(headers, "x-restli-protocol-version") {
        "2.0.0" => Ok(token),
        other => Err(Refusal::coded(
            400,
            None,
            "ILLEGAL_ARGUMENT",
            format!("Invalid X-RestLi-Protocol-Version `{other}`"),
        )),
    }
}

/// Asks for at least one of these scopes.
///
/// # Errors
/// 403.
pub fn scope(token: &Token, any_of: &[&str], resource: &str) -> Answer<()> {
    if any_of.iter().any(|scope| token.scopes.contains(*scope)) {
        Ok(())
    } else {
        Err(Refusal::no_permission(resource))
    }
}

/// The parameters of a query, which Rest.li leaves half encoded.
pub fn params(query: Option<&str>) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .into_owned()
        .collect()
}

/// One parameter.
pub fn param<'a>(params: &'a [(String, String)], name: &str) -> Option<&'a str> {
    params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}
