//! Which files Threads takes (§4): it fetches them all, and says in the container's status what is wrong with one.

use super::errors;
use super::limits::{IMAGE_ASPECT, IMAGE_BYTES_MAX, VIDEO_ASPECT, VIDEO_BYTES_MAX, VIDEO_MS_MAX};
use crate::meta::Refusal;
use crate::world::{FetchFailure, Stored, World};

/// What a container becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Image,
    Video,
    Carousel,
}

/// A status for what the documentation has no word for.
pub const UNKNOWN: &str = "UNKNOWN";
/// Rounding of pixels may push a picture a hair beyond the bound.
const ASPECT_SLACK: f64 = 0.005;

fn aspect_fits(stored: &Stored, range: &std::ops::RangeInclusive<f64>) -> bool {
    stored.pixels.is_none_or(|(width, height)| {
        let aspect = f64::from(width) / f64::from(height.max(1));
        (range.start() - ASPECT_SLACK..=range.end() + ASPECT_SLACK).contains(&aspect)
    })
}

/// Fetches an image, and says why it fails, if it does.
pub async fn fetch_image(world: &World, address: &str) -> Result<(Option<Stored>, Option<&'static str>), Refusal> {
    let stored = match world.fetch_media(address, IMAGE_BYTES_MAX).await {
        Ok(stored) => stored,
        Err(FetchFailure::TooLarge(_)) => return Ok((None, Some(UNKNOWN))),
        Err(_) => return Err(errors::of("media_unfetchable")),
    };
    if !stored.mime.starts_with("image/") {
        return Err(errors::of("media_unfetchable"));
    }
    let failure = if !matches!(stored.sniffed, "image/jpeg" | "image/png") {
        Some(UNKNOWN)
    } else if !aspect_fits(&stored, &IMAGE_ASPECT) {
        Some("INVALID_ASPEC_RATIO")
    } else {
        None
    };
    Ok((Some(stored), failure))
}

/// Fetches a video, and says why it fails, if it does.
pub async fn fetch_video(world: &World, address: &str) -> (Option<Stored>, Option<&'static str>) {
    let Ok(stored) = world.fetch_media(address, VIDEO_BYTES_MAX).await else {
        return (None, Some("FAILED_DOWNLOADING_VIDEO"));
    };
    let failure = if !matches!(stored.sniffed, "video/mp4" | "video/quicktime") {
        Some("FAILED_PROCESSING_VIDEO")
    } else if stored.duration_ms.is_some_and(|ms| ms == 0 || ms > VIDEO_MS_MAX) {
        Some("INVALID_DURATION")
    } else if !aspect_fits(&stored, &VIDEO_ASPECT) {
        Some("INVALID_ASPEC_RATIO")
    } else {
        None
    };
    (Some(stored), failure)
}
