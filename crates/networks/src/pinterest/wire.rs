//! Shapes of Pinterest's answers (API v5: OAuth, user account, boards, media, Pins).

use std::collections::BTreeMap;

use serde::Deserialize;

/// `/oauth/token`.
#[derive(Debug, Deserialize)]
pub struct Token {
    pub access_token: String,
    #[serde(default)]
    pub expires_in: Option<i64>,
    /// Separated by spaces, though they are asked for with commas.
    #[serde(default)]
    pub scope: String,
    #[serde(default)]
    pub refresh_token: Option<String>,
    #[serde(default)]
    pub refresh_token_expires_in: Option<i64>,
}

/// `/user_account`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct User {
    pub id: String,
    pub username: String,
    pub business_name: Option<String>,
    pub profile_image: Option<String>,
}

/// A list with the address of its next page.
#[derive(Debug, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    #[serde(default)]
    pub bookmark: Option<String>,
}

impl<T> Page<T> {
    /// Where the next page begins; the last one has an empty mark or none.
    pub fn next(&self) -> Option<&str> {
        self.bookmark.as_deref().filter(|bookmark| !bookmark.is_empty())
    }
}

/// A board.
#[derive(Debug, Deserialize)]
pub struct Board {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub privacy: String,
    #[serde(default)]
    pub is_ads_only: bool,
    #[serde(default)]
    pub owner: Owner,
    #[serde(default)]
    pub media: Option<Cover>,
}

/// Whose board it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Owner {
    pub username: String,
}

/// The pictures of a board.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Cover {
    pub image_cover_url: Option<String>,
}

/// `POST /media`.
#[derive(Debug, Deserialize)]
pub struct Registered {
    pub media_id: String,
    #[serde(default)]
    pub upload_url: String,
    #[serde(default)]
    pub upload_parameters: BTreeMap<String, String>,
}

/// `GET /media/{id}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MediaState {
    pub status: String,
}

/// `POST /pins`.
#[derive(Debug, Deserialize)]
pub struct Made {
    pub id: String,
}

/// A Pin as a board lists it.
#[derive(Debug, Deserialize)]
pub struct Pin {
    pub id: String,
    /// UTC, without a zone.
    #[serde(default)]
    pub created_at: Option<String>,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub link: Option<String>,
    /// False for what somebody else pinned on a group board.
    #[serde(default)]
    pub is_owner: Option<bool>,
    #[serde(default)]
    pub media: Option<PinMedia>,
}

/// What a Pin shows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PinMedia {
    pub media_type: String,
}

/// Every refusal of the API.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Refused {
    pub code: Option<i64>,
    pub message: String,
}
