//! Shapes of Facebook's answers about posts and videos.

use serde::Deserialize;

/// `start` of a chunked upload, a reel or a video story; and each `transfer`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Opened {
    pub video_id: String,
    pub upload_session_id: String,
    pub upload_url: String,
    pub start_offset: Offset,
    pub end_offset: Offset,
}

/// An offset, written as a text by Meta and as a number by some of its examples.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(from = "serde_json::Value")]
pub struct Offset(pub u64);

impl From<serde_json::Value> for Offset {
    fn from(value: serde_json::Value) -> Self {
        Offset(value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(0))
    }
}

/// A video node, as far as it is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct VideoNode {
    pub status: VideoStatus,
    pub published: Option<bool>,
    pub permalink_url: Option<String>,
}

/// Where a video stands.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct VideoStatus {
    pub video_status: String,
    pub uploading_phase: Phase,
    pub processing_phase: Phase,
    pub publishing_phase: Phase,
}

/// One phase. Documents and specification spell the error differently; both are read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Phase {
    pub status: String,
    pub publish_status: String,
    pub error: Option<PhaseError>,
    pub errors: Vec<PhaseError>,
}

/// Why a phase failed.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct PhaseError {
    pub code: Option<i64>,
    pub message: String,
}

/// A post node, as far as it is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PostNode {
    pub is_published: Option<bool>,
    pub permalink_url: Option<String>,
}

/// One of a Page's stories.
#[derive(Debug, Deserialize)]
pub struct Story {
    #[serde(default)]
    pub post_id: String,
    /// What it is known by: a list with entries that lack it says nothing.
    pub media_id: String,
    #[serde(default)]
    pub url: Option<String>,
    /// Seconds since 1970, as text.
    #[serde(default)]
    pub creation_time: String,
}

/// One of a Page's published posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Published {
    pub id: String,
    pub message: String,
    pub created_time: String,
    pub permalink_url: Option<String>,
    pub attachments: Attachments,
}

/// What a post shows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Attachments {
    pub data: Vec<Attachment>,
}

/// One thing that a post shows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Attachment {
    #[serde(rename = "type")]
    pub kind: String,
    pub target: Target,
}

/// What an attachment is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Target {
    pub id: String,
}

/// One comment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Comment {
    pub id: String,
    pub message: String,
    pub from: Author,
}

/// Who wrote a comment; absent without the right to know.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Author {
    pub id: String,
}
