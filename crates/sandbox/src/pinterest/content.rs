//! What the body of a new Pin must look like, and what it says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::boards::numeric;
use super::error::{Answer, Refusal};
use super::limits::{ALT_CHARS_MAX, DESCRIPTION_CHARS_MAX, IMAGES, LINK_CHARS_MAX, TITLE_CHARS_MAX};

const FIELDS: &[&str] = &[
    "board_id",
    "board_section_id",
    "title",
    "description",
    "link",
    "alt_text",
    "dominant_color",
    "parent_pin_id",
    "media_source",
    "note",
];
const COVERS: &[&str] = &["cover_image_url", "cover_image_data", "cover_image_key_frame_time"];

/// Where the bytes of a picture come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// Pinterest fetches it.
    At(String),
    /// It was sent along: what it is said to be, and its bytes.
    Sent(String, Vec<u8>),
}

/// What a Pin is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// One picture.
    Image(Picture),
    /// A carousel.
    Images(Vec<Picture>),
    /// A video with its cover, where that is a picture of its own.
    Video(String, Option<Picture>),
}

/// A Pin as it was asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Where.
    pub board: String,
    /// In which section of it.
    pub section: Option<String>,
    /// What it says.
    pub words: Words,
    /// What it shows.
    pub source: Source,
}

/// The words of a Pin; what is absent was not said.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// Title.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Where it leads.
    pub link: Option<String>,
    /// Description for who cannot see it.
    pub alt: Option<String>,
}

fn text(body: &Value, field: &str, max: usize) -> Answer<Option<String>> {
    match &body[field] {
        Value::Null => Ok(None),
        Value::String(text) if text.chars().count() > max => Err(Refusal::too_long(field, text.chars().count(), max)),
        Value::String(text) => Ok(Some(text.clone())),
        other => Err(Refusal::invalid(format!("'{field}': {other} is not of type 'string'"))),
    }
}

/// The words of a body, of a new Pin or of a change.
///
/// # Errors
/// 400 for what is too long or no text, and for a link that is no web address.
pub fn words(body: &Value) -> Answer<Words> {
    let link = text(body, "link", LINK_CHARS_MAX)?;
    let is_web = |link: &String| url::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if let Some(link) = link.as_ref().filter(|link| !is_web(link)) {
        return Err(Refusal::invalid(format!("'link': '{link}' is not a valid URL")));
    }
    Ok(Words {
        title: text(body, "title", TITLE_CHARS_MAX)?,
        description: text(body, "description", DESCRIPTION_CHARS_MAX)?,
        link,
        alt: text(body, "alt_text", ALT_CHARS_MAX)?,
    })
}

/// Reads the body of a new Pin.
///
/// # Errors
/// 400 with the field.
pub fn read(body: &Value) -> Answer<Wanted> {
    let unknown = body
        .as_object()
        .and_then(|object| object.keys().find(|name| !FIELDS.contains(&name.as_str())));
    if let Some(name) = unknown {
        return Err(Refusal::invalid(format!(
            "additional properties are not allowed ('{name}' was unexpected)"
        )));
    }
    let board = body["board_id"]
        .as_str()
        .ok_or_else(|| Refusal::invalid("'board_id' is a required property"))?;
    if !numeric(board) {
        return Err(Refusal::invalid(format!("'board_id': '{board}' does not match '^\\d+$'")));
    }
    let words = words(body)?;
    if let Some(color) = body["dominant_color"].as_str() {
        let hex = color
            .strip_prefix('#')
            .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if !hex {
            return Err(Refusal::invalid(format!("'dominant_color': '{color}' is no hex colour")));
        }
    }
    Ok(Wanted {
        board: board.to_owned(),
        section: body["board_section_id"].as_str().map(str::to_owned),
        words,
        source: source(&body["media_source"])?,
    })
}

fn source(source: &Value) -> Answer<Source> {
    let kind = source["source_type"]
        .as_str()
        .ok_or_else(|| Refusal::invalid("'media_source' is a required property"))?;
    match kind {
        "image_url" => Ok(Source::Image(address(&source["url"])?)),
        "image_base64" => Ok(Source::Image(sent(source)?)),
        "multiple_image_urls" => Ok(Source::Images(several(source, |item| address(&item["url"]))?)),
        "multiple_image_base64" => Ok(Source::Images(several(source, sent)?)),
        "video_id" => video(source),
        "pin_url" => Err(Refusal::new(403, 29, "The source type 'pin_url' is in a closed beta.")),
        other => Err(Refusal::invalid(format!("'media_source': unknown source_type '{other}'"))),
    }
}

fn address(url: &Value) -> Answer<Picture> {
    let url = url.as_str().filter(|url| !url.is_empty());
    url.map(|url| Picture::At(url.to_owned()))
        .ok_or_else(|| Refusal::invalid("'url' is a required property"))
}

fn sent(item: &Value) -> Answer<Picture> {
    let kind = item["content_type"].as_str().unwrap_or_default();
    if !matches!(kind, "image/jpeg" | "image/png") {
        return Err(Refusal::invalid(format!(
            "'content_type': '{kind}' is not one of ['image/jpeg', 'image/png']"
        )));
    }
    let bytes = item["data"].as_str().and_then(|data| STANDARD.decode(data).ok());
    let bytes = bytes.ok_or_else(|| Refusal::invalid("'data' is not base64"))?;
    Ok(Picture::Sent(kind.to_owned(), bytes))
}

fn several(source: &Value, picture: impl Fn(&Value) -> Answer<Picture>) -> Answer<Vec<Picture>> {
    let items = source["items"]
        .as_array()
        .ok_or_else(|| Refusal::invalid("'items' is a required property"))?;
    if items.len() < *IMAGES.start() {
        return Err(Refusal::invalid(format!("'items' is too short, minItems={}", IMAGES.start())));
    }
    if items.len() > *IMAGES.end() {
        return Err(Refusal::invalid(format!(
            "'items' has {} entries, maxItems={}",
            items.len(),
            IMAGES.end()
        )));
    }
    if source["index"].as_u64().is_some_and(|index| index >= items.len() as u64) {
        return Err(Refusal::invalid("'index' is beyond the items"));
    }
    items.iter().map(picture).collect()
}

fn video(source: &Value) -> Answer<Source> {
    let id = source["media_id"].as_str().filter(|id| numeric(id));
    let id = id.ok_or_else(|| Refusal::invalid("'media_id' does not match '^\\d+$'"))?;
    let covers: Vec<&str> = COVERS.iter().copied().filter(|name| !source[*name].is_null()).collect();
    let cover = match covers.as_slice() {
        ["cover_image_url"] => Some(address(&source["cover_image_url"])?),
        ["cover_image_data"] => {
            let kind = &source["cover_image_content_type"];
            Some(sent(
                &serde_json::json!({"content_type": kind, "data": source["cover_image_data"]}),
            )?)
        }
        ["cover_image_key_frame_time"] if source["cover_image_key_frame_time"].is_u64() => None,
        ["cover_image_key_frame_time"] => return Err(Refusal::invalid("'cover_image_key_frame_time' is no whole number")),
        [] => return Err(Refusal::invalid("a cover image is required for a video Pin")),
        _ => return Err(Refusal::invalid("a video Pin takes exactly one cover image")),
    };
    Ok(Source::Video(id.to_owned(), cover))
}
