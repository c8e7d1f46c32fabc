//! What Mastodon's servers answer, as far as it is read (fact sheet sections 1 to 5).

use serde::Deserialize;

/// `POST /api/v1/apps`.
#[derive(Debug, Deserialize)]
pub struct Registered {
    pub client_id: String,
    pub client_secret: String,
}

/// `POST /oauth/token`. The access has no end.
#[derive(Debug, Deserialize)]
pub struct Token {
    pub access_token: String,
    #[serde(default)]
    pub scope: String,
}

/// `GET /api/v1/accounts/verify_credentials`.
#[derive(Debug, Deserialize)]
pub struct Credentials {
    pub id: String,
    pub username: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub avatar: Option<String>,
}

/// `GET /api/v2/instance`, and what servers older than 4.0 say at `/api/v1/instance`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Instance {
    pub configuration: Configuration,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Configuration {
    pub statuses: StatusLimits,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct StatusLimits {
    pub max_characters: Option<i64>,
}

/// An uploaded file.
#[derive(Debug, Deserialize)]
pub struct Attachment {
    pub id: String,
}

/// A post.
#[derive(Debug, Clone, Deserialize)]
pub struct Status {
    pub id: String,
    #[serde(default)]
    pub url: Option<String>,
    /// Who sees it.
    #[serde(default)]
    pub visibility: String,
    /// What it says, as HTML.
    #[serde(default)]
    pub content: String,
    #[serde(default)]
    pub created_at: String,
    #[serde(default)]
    pub in_reply_to_id: Option<String>,
    #[serde(default)]
    pub media_attachments: Vec<AttachmentId>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct AttachmentId {
    pub id: String,
}

/// `GET /api/v1/statuses/:id/source`: the words as they were written.
#[derive(Debug, Deserialize)]
pub struct Source {
    #[serde(default)]
    pub text: String,
}

/// Every refusal.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Refused {
    pub error: String,
    pub error_description: String,
}
