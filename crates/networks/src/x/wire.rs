//! Shapes of X's answers (API v2: OAuth, users, posts, media). Newer versions say `post` where older ones say `tweet`; both are read.

use serde::Deserialize;

/// `/2/oauth2/token`.
#[derive(Debug, Deserialize)]
pub struct Token {
    pub access_token: String,
    #[serde(default)]
    pub expires_in: Option<i64>,
    /// Separated by spaces: what was granted.
    #[serde(default)]
    pub scope: String,
    /// Only with `offline.access`.
    #[serde(default)]
    pub refresh_token: Option<String>,
}

/// What most answers are wrapped in.
#[derive(Debug, Deserialize)]
pub struct Wrapped<T> {
    pub data: T,
}

/// `/2/users/me`.
#[derive(Debug, Deserialize)]
pub struct User {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub username: String,
    #[serde(default)]
    pub profile_image_url: Option<String>,
    #[serde(default)]
    pub protected: bool,
}

/// `POST /2/tweets`.
#[derive(Debug, Deserialize)]
pub struct Made {
    pub id: String,
}

/// A file, as opened, closed or looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Media {
    pub id: String,
    pub media_key: String,
    pub expires_after_secs: Option<i64>,
    /// Absent once nothing is worked on any more.
    pub processing_info: Option<Processing>,
}

/// How far X is with a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Processing {
    pub state: String,
    pub check_after_secs: Option<i64>,
    pub error: ProcessingError,
}

/// Why a file failed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProcessingError {
    pub message: String,
}

/// A page of an account's posts, newest first. `data` is absent if there are none.
#[derive(Debug, Deserialize)]
pub struct Posts {
    #[serde(default)]
    pub data: Vec<Listed>,
    pub meta: Meta,
    /// What could not be listed.
    #[serde(default)]
    pub errors: Vec<serde_json::Value>,
}

/// Where a list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Meta {
    pub next_token: Option<String>,
}

/// A post as a list shows it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Listed {
    pub id: String,
    pub text: String,
    pub created_at: Option<String>,
    #[serde(alias = "referenced_posts")]
    pub referenced_tweets: Vec<Referenced>,
    pub attachments: Attachments,
    pub entities: Entities,
}

/// A post that another one is about: `replied_to`, `quoted`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Referenced {
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
}

/// What a post carries.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Attachments {
    pub media_keys: Vec<String>,
    pub poll_ids: Vec<String>,
}

/// What was found in a post's text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Entities {
    pub urls: Vec<ShortUrl>,
}

/// An address as it stands in the text (`https://t.co/…`), and what was written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ShortUrl {
    pub url: String,
    pub expanded_url: String,
    /// For the address that X itself appends to the text of a post with media.
    pub media_key: Option<String>,
}

/// Every refusal of the API, in any of its shapes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Refused {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub detail: String,
    pub errors: Vec<RefusedEntry>,
    /// OAuth's.
    pub error: String,
    /// OAuth's.
    pub error_description: String,
}

/// One of several reasons.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RefusedEntry {
    pub code: Option<i64>,
    pub message: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub detail: String,
}
