//! Shapes of XRPC answers (lexicons `com.atproto.server.*`, `com.atproto.repo.*`, `com.atproto.identity.*`).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `com.atproto.server.createSession` and `refreshSession`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    pub did: String,
    pub handle: String,
    pub access_jwt: String,
    pub refresh_jwt: String,
    #[serde(default)]
    pub active: Option<bool>,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub did_doc: Option<DidDoc>,
}

/// The part of a DID document that says where the repository is.
#[derive(Debug, Deserialize)]
pub struct DidDoc {
    #[serde(default)]
    pub service: Vec<Service>,
}

/// One service of a DID document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    pub id: String,
    pub service_endpoint: Value,
}

/// `com.atproto.server.getSession`.
#[derive(Debug, Deserialize)]
pub struct Who {
    pub handle: String,
    #[serde(default)]
    pub active: Option<bool>,
    #[serde(default)]
    pub status: Option<String>,
}

/// `app.bsky.actor.getProfile`, as far as it is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    pub display_name: Option<String>,
    pub avatar: Option<String>,
}

/// A record by address and content: `com.atproto.repo.strongRef`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StrongRef {
    pub uri: String,
    /// Empty until it is read, where a record was found by its address alone.
    #[serde(default)]
    pub cid: String,
}

/// `com.atproto.repo.uploadBlob`.
#[derive(Debug, Deserialize)]
pub struct Uploaded {
    pub blob: Value,
}

/// `com.atproto.identity.resolveHandle`.
#[derive(Debug, Deserialize)]
pub struct Resolved {
    pub did: String,
}

/// The error body of every XRPC call.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Refused {
    pub error: String,
    pub message: String,
}
