//! Shapes of TikTok's answers (Login Kit, Content Posting API, Display API).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What every answer of the API is wrapped in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Envelope {
    pub data: Value,
    pub error: Said,
}

/// Whether it worked: only the code `ok` says so, whatever the HTTP status.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    pub code: String,
    pub message: String,
    pub log_id: String,
}

/// `/v2/oauth/token/`.
#[derive(Debug, Deserialize)]
pub struct Token {
    pub access_token: String,
    pub open_id: String,
    #[serde(default)]
    pub expires_in: Option<i64>,
    #[serde(default)]
    pub refresh_token: Option<String>,
    #[serde(default)]
    pub refresh_expires_in: Option<i64>,
    /// With commas between them.
    #[serde(default)]
    pub scope: String,
}

/// A refusal of `/v2/oauth/…`, which is flat and may come with status 200.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RefusedToken {
    pub error: String,
    pub error_description: String,
}

/// `/v2/user/info/`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Info {
    pub user: User,
}

/// An account, as far as the permissions show it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct User {
    pub open_id: String,
    pub display_name: String,
    pub username: String,
    /// Expires.
    pub avatar_url: Option<String>,
}

/// `/v2/post/publish/creator_info/query/`: what the account allows just now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Creator {
    pub privacy_level_options: Vec<String>,
    pub comment_disabled: bool,
    pub duet_disabled: bool,
    pub stitch_disabled: bool,
    pub max_video_post_duration_sec: Option<u64>,
}

/// The answer to every kind of `init`.
#[derive(Debug, Deserialize)]
pub struct Opened {
    pub publish_id: String,
    /// Where the bytes go; holds a token, and works for an hour.
    #[serde(default)]
    pub upload_url: String,
}

/// `/v2/post/publish/status/fetch/`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Status {
    pub status: String,
    pub fail_reason: String,
    pub uploaded_bytes: Option<u64>,
    /// Spelled as TikTok does. There once the post is public and was looked over, so for no other post.
    pub publicaly_available_post_id: Vec<Id>,
}

/// A number of 64 bits, as a number or as text.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Id {
    Number(u64),
    Text(String),
}

impl From<Id> for String {
    fn from(id: Id) -> String {
        match id {
            Id::Number(number) => number.to_string(),
            Id::Text(text) => text,
        }
    }
}

/// `/v2/video/list/`: public posts, newest first.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Page {
    pub videos: Vec<Listed>,
    pub cursor: Option<i64>,
    pub has_more: bool,
}

/// A post in the list.
#[derive(Debug, Deserialize)]
pub struct Listed {
    pub id: Id,
    /// UTC seconds.
    #[serde(default)]
    pub create_time: Option<i64>,
    #[serde(default)]
    pub title: String,
    /// Cut after 150 characters.
    #[serde(default)]
    pub video_description: String,
    #[serde(default)]
    pub share_url: Option<String>,
}
