//! Shapes of YouTube's answers (Data API v3).

use serde::Deserialize;
use serde_json::Value;

/// A refusal of the API.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Refused {
    pub error: Said,
}

/// What it says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    pub message: String,
    /// `PERMISSION_DENIED` and the like; not always there.
    pub status: String,
    pub errors: Vec<Reason>,
    pub details: Vec<Reason>,
}

/// The word that decides.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reason {
    pub reason: String,
}

/// A list of the API. What it has none of is not there at all.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct List<T> {
    #[serde(default = "Vec::new")]
    pub items: Vec<T>,
    #[serde(default)]
    pub next_page_token: Option<String>,
}

/// `channels`: at most one, as a token is for one channel.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Channel {
    pub id: String,
    pub snippet: ChannelSnippet,
    pub content_details: ChannelContent,
    pub statistics: Statistics,
}

/// Its name and picture.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ChannelSnippet {
    pub title: String,
    /// Its handle, with `@`.
    pub custom_url: String,
    pub thumbnails: Value,
}

/// Its own playlists.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ChannelContent {
    pub related_playlists: Playlists,
}

/// Those that YouTube keeps.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Playlists {
    pub uploads: String,
}

/// Its numbers, all of them as text.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Statistics {
    pub subscriber_count: String,
    pub hidden_subscriber_count: bool,
}

/// A video, as far as its parts were asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Video {
    pub id: String,
    pub status: Status,
    pub processing_details: Processing,
    pub file_details: FileDetails,
}

/// The file that it was made of; only its channel is told.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FileDetails {
    /// Bytes, as a text.
    pub file_size: String,
}

/// Who sees it, and how far it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Status {
    pub upload_status: String,
    pub failure_reason: String,
    pub rejection_reason: String,
    pub privacy_status: String,
}

/// How YouTube's work on it goes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Processing {
    pub processing_status: String,
}

/// An entry of the list of uploads.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Uploaded {
    pub snippet: UploadedSnippet,
    pub content_details: UploadedContent,
    pub status: Status,
}

/// What it says.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UploadedSnippet {
    pub title: String,
    pub description: String,
    /// When it came into the list.
    pub published_at: String,
}

/// Which video it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UploadedContent {
    pub video_id: String,
    /// When others were first shown it.
    pub video_published_at: String,
}

/// A comment with its replies.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Thread {
    pub id: String,
    pub snippet: ThreadSnippet,
}

/// What it begins with.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ThreadSnippet {
    pub top_level_comment: Comment,
}

/// A comment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Comment {
    pub snippet: CommentSnippet,
}

/// What it says, and whose it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CommentSnippet {
    pub text_original: String,
    pub text_display: String,
    pub author_channel_id: Author,
}

/// Who wrote it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Author {
    pub value: String,
}
