//! Shapes of Instagram's answers.

use serde::Deserialize;
use serde_json::Value;

/// The short token: the documents wrap it in a list, the live API does not.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum ShortAnswer {
    /// As documented.
    Wrapped {
        /// One entry.
        data: Vec<Short>,
    },
    /// As seen.
    Flat(Short),
}

impl ShortAnswer {
    /// The token, whichever way it came.
    pub fn token(self) -> Option<Short> {
        match self {
            ShortAnswer::Wrapped { data } => data.into_iter().next(),
            ShortAnswer::Flat(short) => Some(short),
        }
    }
}

/// A short token and what was granted: a list, or a text with commas.
#[derive(Debug, Deserialize)]
pub struct Short {
    pub access_token: String,
    #[serde(default)]
    pub permissions: Value,
}

/// `/me` on Instagram's own host, and `/{ig}` on either.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// The professional account's id; Instagram Login only.
    pub user_id: Value,
    pub id: Value,
    pub username: String,
    pub name: String,
    pub account_type: String,
    pub profile_picture_url: Option<String>,
}

impl Profile {
    /// The professional account's id, however it is written.
    pub fn account_id(&self) -> String {
        let text = |value: &Value| {
            value
                .as_str()
                .map(str::to_owned)
                .or_else(|| value.as_u64().map(|id| id.to_string()))
        };
        text(&self.user_id).or_else(|| text(&self.id)).unwrap_or_default()
    }
}

/// `/{ig}/content_publishing_limit`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Usage {
    pub quota_usage: i64,
    pub config: Option<Quota>,
}

/// How many may be published, and in how long.
#[derive(Debug, Deserialize)]
pub struct Quota {
    pub quota_total: i64,
    /// Seconds; a day if it is absent.
    pub quota_duration: Option<i64>,
}

/// A container.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Container {
    pub status_code: String,
    pub status: String,
}

/// Something published.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Media {
    pub id: String,
    pub caption: Option<String>,
    pub timestamp: String,
    pub permalink: Option<String>,
    pub media_type: String,
    pub media_product_type: String,
}

/// One comment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Comment {
    pub id: String,
    pub text: String,
}
