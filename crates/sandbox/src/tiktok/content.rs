//! What an `init` says: about the post, and where its files come from (fact sheet sections 3.1 to 3.4).

use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::limits::{
    CAPTION_UNITS_MAX, DESCRIPTION_UNITS_MAX, LAST_PART_BYTES_MAX, PART_BYTES, PARTS_MAX, PHOTO_TITLE_UNITS_MAX, PHOTOS, VIDEO_BYTES_MAX,
};

/// What is said about a post.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// The caption of a video, or the title of pictures.
    pub title: String,
    /// Of pictures.
    pub description: String,
    /// Who is to see it; empty for a draft.
    pub privacy: String,
    /// The rest, as it was sent.
    pub info: Value,
}

/// A file that is sent to an address of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// Its length.
    pub bytes: u64,
    /// The length of every part but the last.
    pub part: u64,
    /// How many there are.
    pub count: u64,
}

/// Where files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// They are sent.
    Upload(Parts),
    /// They are fetched.
    Pull(Vec<String>),
}

const FLAGS: &[&str] = &[
    "disable_comment",
    "disable_duet",
    "disable_stitch",
    "brand_content_toggle",
    "brand_organic_toggle",
    "is_aigc",
    "auto_add_music",
];

fn text(info: &Value, name: &str, units_max: usize) -> Answer<String> {
    match &info[name] {
        Value::Null => Ok(String::new()),
        Value::String(text) if text.encode_utf16().count() <= units_max => Ok(text.clone()),
        Value::String(_) => Err(Refusal::invalid(format!("The {name} is longer than {units_max} UTF-16 runes"))),
        _ => Err(Refusal::invalid(format!("The {name} is no string"))),
    }
}

/// Reads `post_info`. Only what is published at once says who is to see it.
///
/// # Errors
/// 400 for what is missing, too long or of another type.
pub fn words(info: &Value, photo: bool, direct: bool) -> Answer<Words> {
    if info.is_null() && !direct {
        return Ok(Words::default());
    }
    if !info.is_object() {
        return Err(Refusal::invalid("The request post info is empty or incorrect"));
    }
    if let Some(flag) = FLAGS.iter().find(|flag| !info[**flag].is_null() && !info[**flag].is_boolean()) {
        return Err(Refusal::invalid(format!("The {flag} is no boolean")));
    }
    let of_video = ["disable_duet", "disable_stitch", "is_aigc"];
    if photo && let Some(flag) = of_video.iter().find(|flag| !info[**flag].is_null()) {
        return Err(Refusal::invalid(format!("{flag} is not for photos")));
    }
    let privacy = info["privacy_level"].as_str().unwrap_or_default();
    if direct && privacy.is_empty() {
        return Err(Refusal::invalid("The privacy_level is required"));
    }
    Ok(Words {
        title: text(info, "title", if photo { PHOTO_TITLE_UNITS_MAX } else { CAPTION_UNITS_MAX })?,
        description: if photo {
            text(info, "description", DESCRIPTION_UNITS_MAX)?
        } else {
            String::new()
        },
        privacy: privacy.to_owned(),
        info: info.clone(),
    })
}

fn parts(source: &Value) -> Answer<Parts> {
    let number = |name: &str| {
        let number = source[name].as_u64().filter(|number| *number > 0);
        number.ok_or_else(|| Refusal::invalid(format!("The {name} is missing or invalid")))
    };
    let parts = Parts {
        bytes: number("video_size")?,
        part: number("chunk_size")?,
        count: number("total_chunk_count")?,
    };
    if parts.bytes > VIDEO_BYTES_MAX {
        return Err(Refusal::new(400, "invalid_file_upload", "The video is larger than 4 GB"));
    }
    let Parts { bytes, part, count } = parts;
    let whole = count == 1 && part == bytes && bytes <= *PART_BYTES.end();
    let in_parts = PART_BYTES.contains(&part) && part <= bytes && count == bytes / part && count <= PARTS_MAX;
    let last = bytes.saturating_sub(part.saturating_mul(count - 1));
    if (whole || in_parts) && last <= LAST_PART_BYTES_MAX {
        Ok(parts)
    } else {
        Err(Refusal::invalid("The total chunk count is invalid"))
    }
}

/// An address whose host the app has shown to be its own. Apps are not registered here: hosts that say so are not.
fn pulled(url: Option<&str>) -> Answer<String> {
    let parsed = url.and_then(|url| url::Url::parse(url).ok());
    let (Some(url), Some(parsed)) = (url, parsed) else {
        return Err(Refusal::invalid("The URL is invalid"));
    };
    let host = parsed.host_str().unwrap_or_default();
    let local = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    if parsed.scheme() != "https" && !local {
        return Err(Refusal::invalid("The URL must begin with https"));
    }
    if host.starts_with("unverified") {
        return Err(Refusal::new(
            403,
            "url_ownership_unverified",
            "Please review our URL ownership verification rules at https://developers.tiktok.com",
        ));
    }
    Ok(url.to_owned())
}

/// Reads `source_info` of a video.
///
/// # Errors
/// 400 for parts that do not add up, 403 for an address that is not the app's own.
pub fn video(source: &Value) -> Answer<Source> {
    match source["source"].as_str() {
        Some("FILE_UPLOAD") => parts(source).map(Source::Upload),
        Some("PULL_FROM_URL") => Ok(Source::Pull(vec![pulled(source["video_url"].as_str())?])),
        _ => Err(Refusal::invalid("The request source info is empty or incorrect")),
    }
}

/// Reads `source_info` of pictures, which are fetched only.
///
/// # Errors
/// 400 for another source, a wrong number or a wrong cover, 403 for an address that is not the app's own.
pub fn photos(source: &Value) -> Answer<Vec<String>> {
    if source["source"] != json!("PULL_FROM_URL") {
        return Err(Refusal::invalid("The source of photos must be PULL_FROM_URL"));
    }
    let images = source["photo_images"].as_array().cloned().unwrap_or_default();
    if !PHOTOS.contains(&images.len()) {
        return Err(Refusal::invalid("photo_images must have 1 to 35 URLs"));
    }
    let cover = source["photo_cover_index"].as_u64().unwrap_or(0);
    if cover >= images.len() as u64 {
        return Err(Refusal::invalid("photo_cover_index is out of range"));
    }
    images.iter().map(|image| pulled(image.as_str())).collect()
}
