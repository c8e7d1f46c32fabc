//! A write with a session's cookie proves that it comes from this server's own page: by its `Origin`, where the browser sends one, and by
//! the token that only this page could read.

use axum::http::{HeaderMap, Method, header};
use subtle::ConstantTimeEq;
use url::Url;

use crate::problem::{Answer, Code};

/// The header that carries the token.
pub const HEADER: &str = "x-csrf-token";

/// Whether a verb changes something.
pub fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Refuses a write from another origin. A request without `Origin` is no browser's cross-site write.
///
/// # Errors
/// 403 `session.csrf`.
pub fn origin(public_base: &Url, headers: &HeaderMap) -> Answer<()> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().ok().and_then(|text| Url::parse(text).ok());
    let Some(origin) = origin else { return Err(forged()) };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let same_host = format!(
        "{}{}",
        origin.host_str().unwrap_or_default(),
        origin.port().map(|port| format!(":{port}")).unwrap_or_default()
    ) == host;
    // The page may be reached by another name than the public one (localhost, a second domain): then the host asked for is the page's own.
    if origin.origin() == public_base.origin() || same_host {
        Ok(())
    } else {
        Err(forged())
    }
}

/// Refuses a write without the session's token.
///
/// # Errors
/// 403 `session.csrf`.
pub fn token(expected: &str, headers: &HeaderMap) -> Answer<()> {
    let given = headers.get(HEADER).map(|value| value.as_bytes()).unwrap_or_default();
    if given.ct_eq(expected.as_bytes()).into() {
        Ok(())
    } else {
        Err(forged())
    }
}

fn forged() -> crate::problem::Refused {
    Code::SessionForged
        .because("A write with a session's cookie carries the header `X-CSRF-Token`.")
        .remedy("Read the token from GET /api/v1/me and send it with every write.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_write() {
        let base = Url::parse("https://post.example.org/").unwrap();
        let cases = [
            (None, "post.example.org", true),
            (Some("https://post.example.org"), "post.example.org", true),
            (Some("http://localhost:5173"), "localhost:5173", true),
            (Some("https://evil.example"), "post.example.org", false),
            (Some("https://post.example.org.evil.example"), "post.example.org", false),
            (Some("null"), "post.example.org", false),
        ];
        for (origin_header, host, allowed) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            if let Some(value) = origin_header {
                headers.insert(header::ORIGIN, value.parse().unwrap());
            }
            assert_eq!(origin(&base, &headers).is_ok(), allowed, "{origin_header:?} {host}");
        }
    }

    #[test]
    fn a_missing_or_wrong_token_is_refused() {
        let mut headers = HeaderMap::new();
        assert!(token("secret", &headers).is_err());
        headers.insert(HEADER, "secres".parse().unwrap());
        assert!(token("secret", &headers).is_err());
        headers.insert(HEADER, "secret".parse().unwrap());
        assert!(token("secret", &headers).is_ok());
    }
}
