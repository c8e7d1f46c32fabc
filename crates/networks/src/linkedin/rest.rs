//! Calls of LinkedIn's versioned API.

use postrider_provider::{App, Method, Request};

const API: &str = "https://api.linkedin.com";
/// The version to speak if none is set (fact sheet section 10).
const VERSION: &str = "202607";

/// A call to `/rest`, with the headers that each must carry. What stands in the path is sent as it is: Rest.li's own
/// brackets must not be encoded.
pub fn call(app: &App, method: Method, label: impl Into<String>, path: &str) -> Request {
    let version = if app.api_version.is_empty() { VERSION } else { &app.api_version };
    Request::new(label, method, format!("{API}/rest/{path}"))
        .header("LinkedIn-Version", version)
        .header("X-Restli-Protocol-Version", "2.0.0")
        .bearer("access")
}

/// A call to the unversioned rest of the API (`userinfo`, `me`).
pub fn v2(label: &str, path: &str) -> Request {
    Request::get(label, format!("{API}/v2/{path}"))
}

/// A URN as it stands in paths and queries.
pub fn encoded(urn: &str) -> String {
    url::form_urlencoded::byte_serialize(urn.as_bytes()).collect()
}
