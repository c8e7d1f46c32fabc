//! Shapes of Threads' answers (fact sheet threads.md).

use serde::Deserialize;

/// `/me` and `/{profile}`.
#[derive(Debug, Deserialize)]
pub struct Profile {
    pub id: String,
    #[serde(default)]
    pub username: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub threads_profile_picture_url: Option<String>,
}

/// `/debug_token`.
#[derive(Debug, Deserialize)]
pub struct Inspected {
    pub data: Inspection,
}

/// What a token is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Inspection {
    pub scopes: Vec<String>,
    /// Unix seconds.
    pub data_access_expires_at: Option<i64>,
}

/// `/{profile}/threads_publishing_limit`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Usage {
    pub quota_usage: i64,
    pub config: Quota,
    pub reply_quota_usage: i64,
    pub reply_config: Quota,
}

/// How many may be published, and in how long.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Quota {
    pub quota_total: Option<i64>,
    /// Seconds; a day if it is absent.
    pub quota_duration: Option<i64>,
}

/// A container.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Container {
    pub status: String,
    pub error_message: String,
}

/// Something published, as lists and its own address show it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Media {
    pub id: String,
    pub text: Option<String>,
    pub timestamp: String,
    pub permalink: Option<String>,
    pub media_type: String,
    pub is_reply: Option<bool>,
    pub replied_to: Option<Named>,
}

/// Another post, by its id.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Named {
    pub id: String,
}
