//! Shapes of LinkedIn's answers (Posts, Images, Documents, Videos, Organization access, OAuth).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `/oauth/v2/accessToken`.
#[derive(Debug, Deserialize)]
pub struct Token {
    pub access_token: String,
    #[serde(default)]
    pub expires_in: Option<i64>,
    #[serde(default)]
    pub scope: Option<String>,
    #[serde(default)]
    pub refresh_token: Option<String>,
    #[serde(default)]
    pub refresh_token_expires_in: Option<i64>,
}

/// `/oauth/v2/introspectToken`.
#[derive(Debug, Deserialize)]
pub struct Introspected {
    pub active: bool,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub scope: Option<String>,
}

/// `/v2/userinfo`.
#[derive(Debug, Deserialize)]
pub struct UserInfo {
    pub sub: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub picture: Option<String>,
}

/// `/v2/me`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    pub id: String,
    #[serde(default)]
    pub localized_first_name: String,
    #[serde(default)]
    pub localized_last_name: String,
    #[serde(default)]
    pub vanity_name: Option<String>,
}

/// `/rest/organizationAcls`.
#[derive(Debug, Deserialize)]
pub struct Acls {
    #[serde(default)]
    pub elements: Vec<Acl>,
}

/// One role of the signed-in member. The Page's field has had three names.
#[derive(Debug, Deserialize)]
pub struct Acl {
    #[serde(default)]
    pub role: String,
    #[serde(default, alias = "organizationTarget", alias = "organizationalTarget")]
    pub organization: String,
}

/// `/rest/organizations/{id}`, and `/v2/organizations/{id}` with its logo.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Organization {
    pub localized_name: String,
    pub vanity_name: String,
    pub logo_v2: Value,
}

/// `initializeUpload` of images, documents and videos.
#[derive(Debug, Deserialize)]
pub struct Initialized {
    pub value: Opened,
}

/// Where to put the bytes, and what they will be called.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    #[serde(default)]
    pub upload_url: Option<String>,
    #[serde(alias = "image", alias = "document", alias = "video")]
    pub urn: String,
    #[serde(default)]
    pub upload_instructions: Vec<Instruction>,
    #[serde(default)]
    pub upload_token: String,
}

/// Which bytes go to which address; both ends are included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instruction {
    pub upload_url: String,
    pub first_byte: u64,
    pub last_byte: u64,
}

/// The state of an uploaded file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaState {
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub processing_failure_reason: Option<String>,
}

/// The author finder of posts.
#[derive(Debug, Deserialize)]
pub struct Posts {
    pub elements: Vec<FoundPost>,
}

/// A post as it is read back.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundPost {
    pub id: String,
    #[serde(default)]
    pub commentary: String,
    /// UTC milliseconds.
    #[serde(default)]
    pub created_at: Option<i64>,
    #[serde(default)]
    pub content: Value,
}

/// Every refusal; OAuth's has the last two.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Refused {
    pub code: String,
    pub service_error_code: i64,
    pub message: String,
    pub error_details: ErrorDetails,
    pub error: String,
    #[serde(rename = "error_description")]
    pub error_description: String,
}

/// What newer resources add.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ErrorDetails {
    pub input_errors: Vec<InputError>,
}

/// One wrong input.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct InputError {
    pub code: String,
    pub description: String,
}
