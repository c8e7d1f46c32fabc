//! Addresses of XRPC calls at the server that holds an account's repository.

use postrider_provider::Request;
use serde_json::Value;

/// The server that an account's or grant's notes name.
pub fn base(meta: &Value) -> String {
    ["pds", "service"]
        .into_iter()
        .find_map(|name| meta[name].as_str())
        .unwrap_or("https://bsky.social")
        .trim_end_matches('/')
        .to_owned()
}

/// A query.
pub fn get(base: &str, method: &str, label: &str) -> Request {
    Request::get(label, format!("{base}/xrpc/{method}"))
}

/// A procedure.
pub fn post(base: &str, method: &str, label: &str) -> Request {
    Request::post(label, format!("{base}/xrpc/{method}"))
}
