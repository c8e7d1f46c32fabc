//! Addresses of XRPC calls at the server that holds an account's repository.

use postrider_provider::Request;
use serde_json::Value;

use super::oauth;

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

/// The same call with the access of the account, which each way of connecting shows in its own manner.
pub fn signed(request: Request, variant: &str) -> Request {
    if variant == oauth::VARIANT {
        request.dpop("access", oauth::PROOF_KEY)
    } else {
        request.bearer("access")
    }
}
