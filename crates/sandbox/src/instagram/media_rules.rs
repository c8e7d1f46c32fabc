//! Which files and texts Instagram takes (§3.1, §4, §6).

use super::limits::{
    ALT_CHARS_MAX, CAPTION_CHARS_MAX, COLLABORATORS_MAX, HASHTAGS_MAX, IMAGE_ASPECT, IMAGE_BYTES_MAX, MENTIONS_MAX, REEL_BYTES_MAX,
    REEL_MS, SHORT_VIDEO_MS, STORY_BYTES_MAX,
};
use crate::meta::{Params, Refusal};
use crate::world::{FetchFailure, Stored, World};

/// What a container becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Image,
    Reel,
    Story,
    Carousel,
    ChildImage,
    ChildVideo,
}

impl Kind {
    pub fn is_child(self) -> bool {
        matches!(self, Kind::ChildImage | Kind::ChildVideo)
    }
}

/// Rounding of pixels may push a picture a hair beyond the bound.
const ASPECT_SLACK: f64 = 0.005;

fn words_with(text: &str, mark: char) -> usize {
    let mut before = ' ';
    let mut count = 0;
    for pair in text.chars().zip(text.chars().skip(1).chain([' '])) {
        let (letter, after) = pair;
        if letter == mark && !before.is_alphanumeric() && (after.is_alphanumeric() || after == '_') {
            count += 1;
        }
        before = letter;
    }
    count
}

/// Refuses a caption, description or list that is too long.
pub fn check_texts(params: &Params, kind: Kind) -> Result<(), Refusal> {
    let caption = params.text("caption").unwrap_or_default();
    if caption.chars().count() > CAPTION_CHARS_MAX || words_with(caption, '#') > HASHTAGS_MAX {
        return Err(Refusal::of("caption_too_long"));
    }
    if words_with(caption, '@') > MENTIONS_MAX {
        return Err(Refusal::parameter(format!("Cannot use more than {MENTIONS_MAX} tags per post")).sub(2_207_040));
    }
    let alt = params.text("alt_text").unwrap_or_default();
    if alt.chars().count() > ALT_CHARS_MAX {
        return Err(Refusal::parameter("Param alt_text is too long"));
    }
    if !alt.is_empty() && !matches!(kind, Kind::Image | Kind::ChildImage) {
        return Err(Refusal::parameter("Param alt_text is only supported for images"));
    }
    let collaborators = list(params.text("collaborators"))?;
    if collaborators.len() > COLLABORATORS_MAX {
        return Err(Refusal::parameter(format!(
            "At most {COLLABORATORS_MAX} collaborators can be invited"
        )));
    }
    if kind == Kind::Story && !collaborators.is_empty() {
        return Err(Refusal::parameter("Param collaborators is not supported for stories"));
    }
    // Names that begin so stand for people whose account is private.
    if collaborators.iter().any(|name| name.starts_with("private"))
        || params.text("user_tags").is_some_and(|tags| tags.contains("\"private"))
    {
        return Err(Refusal::of("tag_unavailable"));
    }
    if params
        .text("location_id")
        .is_some_and(|id| !id.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(Refusal::parameter("INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID"));
    }
    Ok(())
}

/// A list as JSON or separated by commas.
pub fn list(text: Option<&str>) -> Result<Vec<String>, Refusal> {
    let Some(text) = text else { return Ok(Vec::new()) };
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).map_err(|_| Refusal::parameter("A list of texts is expected"));
    }
    Ok(text
        .split(',')
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
        .collect())
}

fn unfetchable(failure: &FetchFailure) -> Refusal {
    match failure {
        FetchFailure::TooLarge(_) => Refusal::of("image_too_large"),
        _ => Refusal::of("media_unfetchable"),
    }
}

/// Fetches an image and judges it.
pub async fn fetch_image(world: &World, address: &str, kind: Kind) -> Result<Stored, Refusal> {
    let stored = world
        .fetch_media(address, IMAGE_BYTES_MAX)
        .await
        .map_err(|failure| unfetchable(&failure))?;
    if !stored.mime.starts_with("image/") && !stored.mime.starts_with("video/") {
        return Err(Refusal::of("media_unfetchable"));
    }
    if stored.sniffed != "image/jpeg" || stored.mime != "image/jpeg" {
        return Err(Refusal::of("image_format"));
    }
    let Some((width, height)) = stored.pixels else {
        return Err(Refusal::of("image_format"));
    };
    let aspect = f64::from(width) / f64::from(height.max(1));
    let fits = (IMAGE_ASPECT.start() - ASPECT_SLACK..=IMAGE_ASPECT.end() + ASPECT_SLACK).contains(&aspect);
    // Items of a carousel are cropped instead, and stories may have any shape (§4).
    if kind == Kind::Image && !fits {
        return Err(Refusal::of("image_aspect"));
    }
    Ok(stored)
}

/// The most bytes of a video of this kind.
pub fn video_bytes_max(kind: Kind) -> u64 {
    if kind == Kind::Story { STORY_BYTES_MAX } else { REEL_BYTES_MAX }
}

/// The subcode of why a video is refused in processing.
pub fn judge_video(stored: &Stored, kind: Kind, thumb_offset_ms: Option<u64>) -> Option<u32> {
    const UNSUPPORTED: u32 = 2_207_026;
    const THUMB_OFFSET: u32 = 2_207_057;
    let range = if kind == Kind::Reel { REEL_MS } else { SHORT_VIDEO_MS };
    let format = matches!(stored.sniffed, "video/mp4" | "video/quicktime");
    let length = stored.duration_ms.is_none_or(|ms| range.contains(&ms));
    if !format || !length || stored.bytes > video_bytes_max(kind) {
        return Some(UNSUPPORTED);
    }
    match (thumb_offset_ms, stored.duration_ms) {
        (Some(offset_ms), Some(ms)) if offset_ms >= ms => Some(THUMB_OFFSET),
        _ => None,
    }
}
