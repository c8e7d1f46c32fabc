//! The server of an account: every address begins with it.

use serde_json::Value;
use url::Url;

/// Scheme, host and port, as an account's or a grant's notes name it.
pub fn of(meta: &Value) -> String {
    meta["server"].as_str().unwrap_or_default().trim_end_matches('/').to_owned()
}

/// Its name, with the port where it has one of its own: ids are a server's own.
pub fn host(server: &str) -> String {
    Url::parse(server)
        .ok()
        .and_then(|url| {
            let host = url.host_str()?;
            Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
        })
        .unwrap_or_default()
}
