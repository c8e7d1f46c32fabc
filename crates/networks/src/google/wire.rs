//! Shapes of Google's answers that are the same for every API (OAuth 2.0, and the model of errors).

use serde::Deserialize;

/// `/token`.
#[derive(Debug, Deserialize)]
pub struct Token {
    pub access_token: String,
    #[serde(default)]
    pub expires_in: Option<i64>,
    /// Only as it is given out for the first time, or after the person was asked for consent.
    #[serde(default)]
    pub refresh_token: Option<String>,
    /// Where the renewal ends: apps that Google knows as in testing.
    #[serde(default)]
    pub refresh_token_expires_in: Option<i64>,
    /// With blanks between them.
    #[serde(default)]
    pub scope: String,
}

/// A refusal of `/token` or `/revoke`, which is flat.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RefusedToken {
    pub error: String,
    pub error_description: String,
}
