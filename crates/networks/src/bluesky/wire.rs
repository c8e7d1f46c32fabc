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

/// The part of a DID document that says whose it is and where the repository is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DidDoc {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub also_known_as: Vec<String>,
    #[serde(default)]
    pub service: Vec<Service>,
}

impl DidDoc {
    /// The server that holds the repository of the account.
    pub fn pds(&self, did: &str) -> Option<&str> {
        let whole = format!("{did}#atproto_pds");
        let entry = self.service.iter().find(|entry| entry.id == "#atproto_pds" || entry.id == whole)?;
        entry.service_endpoint.as_str().map(|endpoint| endpoint.trim_end_matches('/'))
    }
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

/// The error body of every XRPC call, and of the endpoints of OAuth (RFC 6749 section 5.2).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Refused {
    pub error: String,
    #[serde(alias = "error_description")]
    pub message: String,
}

/// Who gives access to a server's accounts (`/.well-known/oauth-protected-resource`, RFC 9728).
#[derive(Debug, Deserialize)]
pub struct Resource {
    pub resource: String,
    #[serde(default)]
    pub authorization_servers: Vec<String>,
}

/// An authorization server of itself (`/.well-known/oauth-authorization-server`, RFC 8414, as far as the profile needs it).
#[derive(Debug, Deserialize)]
pub struct Issuer {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub pushed_authorization_request_endpoint: String,
    #[serde(default)]
    pub revocation_endpoint: Option<String>,
    #[serde(default)]
    pub scopes_supported: Vec<String>,
    #[serde(default)]
    pub code_challenge_methods_supported: Vec<String>,
    #[serde(default)]
    pub dpop_signing_alg_values_supported: Vec<String>,
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// A pushed authorization request that was taken (RFC 9126).
#[derive(Debug, Deserialize)]
pub struct Pushed {
    pub request_uri: String,
}

/// Tokens of the OAuth profile.
#[derive(Debug, Deserialize)]
pub struct Tokens {
    pub access_token: String,
    pub token_type: String,
    #[serde(default)]
    pub refresh_token: Option<String>,
    #[serde(default)]
    pub scope: String,
    #[serde(default)]
    pub expires_in: Option<i64>,
    #[serde(default)]
    pub sub: String,
}
