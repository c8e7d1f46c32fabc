//! What a post's record must look like (lexicon `app.bsky.feed.post` and its embeds), and what it means.
//!
//! One rule is stricter than a real server: facets that overlap or point outside the text are refused here, while a real
//! server stores them and clients drop them. A post whose links are silently dead is what a planner must never make.

use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

use super::limits::{
    CAPTION_BYTES_MAX, CAPTIONS_MAX, GALLERY_MAX, IMAGE_BYTES_MAX, IMAGES_MAX, LANGS_MAX, TAG_BYTES_MAX, TAG_GRAPHEMES_MAX, TAGS_MAX,
    TEXT_BYTES_MAX, TEXT_GRAPHEMES_MAX, THUMB_BYTES_MAX, VIDEO_BYTES_MAX,
};

/// The collection of posts.
pub const POST: &str = "app.bsky.feed.post";

/// What a blob is for in a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Shown as the post's picture or video.
    Medium,
    /// The picture of a link card.
    Thumb,
    /// Subtitles.
    Caption,
}

/// A blob that a record points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobUse {
    /// Its identifier.
    pub cid: String,
    /// Content type as the record says.
    pub mime: String,
    /// Size as the record says.
    pub size: u64,
    /// What the place takes, such as `image/*`.
    pub accept: &'static str,
    /// What the place takes at most, bytes.
    pub bytes_max: u64,
    /// Description for people who do not see it.
    pub alt: Option<String>,
    /// What it is for.
    pub role: Role,
}

/// What a valid record says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meaning {
    /// `text`, `images`, `gallery`, `video`, `external`, `record`, `recordWithMedia` or `unknown`.
    pub kind: &'static str,
    /// The text.
    pub text: String,
    /// Its blobs in order.
    pub blobs: Vec<BlobUse>,
    /// The address of the link card.
    pub link: Option<String>,
    /// The post it answers.
    pub parent: Option<String>,
    /// The post that it quotes.
    pub quoted: Option<String>,
}

/// Why a record is refused, as a path and a sentence.
pub type Flaw = String;

/// Reads a post's record.
///
/// # Errors
/// The first flaw, in the words of the reference server.
pub fn read(record: &Value) -> Result<Meaning, Flaw> {
    let fields = record.as_object().ok_or("Record must be an object")?;
    let text = fields
        .get("text")
        .ok_or("Record must have the property \"text\"")?
        .as_str()
        .ok_or("Record/text must be a string")?;
    bounded(text, "Record/text", TEXT_BYTES_MAX, TEXT_GRAPHEMES_MAX)?;
    let created = fields.get("createdAt").ok_or("Record must have the property \"createdAt\"")?;
    if !created.as_str().is_some_and(is_datetime) {
        return Err("Record/createdAt must be an valid atproto datetime (both RFC-3339 and ISO-8601)".to_owned());
    }
    for (index, lang) in items(fields.get("langs"), "Record/langs", LANGS_MAX)?.iter().enumerate() {
        if !lang.as_str().is_some_and(is_language) {
            return Err(format!("Record/langs/{index} must be a well-formed BCP 47 language tag"));
        }
    }
    for (index, tag) in items(fields.get("tags"), "Record/tags", TAGS_MAX)?.iter().enumerate() {
        let at = format!("Record/tags/{index}");
        bounded(
            tag.as_str().ok_or_else(|| format!("{at} must be a string"))?,
            &at,
            TAG_BYTES_MAX,
            TAG_GRAPHEMES_MAX,
        )?;
    }
    facets(items(fields.get("facets"), "Record/facets", usize::MAX)?, text)?;
    let mut meaning = Meaning {
        kind: "text",
        text: text.to_owned(),
        ..Meaning::default()
    };
    if let Some(reply) = fields.get("reply") {
        strong_ref(reply.get("root"), "Record/reply/root")?;
        meaning.parent = Some(strong_ref(reply.get("parent"), "Record/reply/parent")?);
    }
    if let Some(embed) = fields.get("embed") {
        read_embed(embed, "Record/embed", &mut meaning)?;
    }
    Ok(meaning)
}

fn items<'a>(field: Option<&'a Value>, at: &str, count_max: usize) -> Result<&'a [Value], Flaw> {
    let Some(field) = field else { return Ok(&[]) };
    let list = field.as_array().ok_or_else(|| format!("{at} must be an array"))?;
    if list.len() > count_max {
        return Err(format!("{at} must not have more than {count_max} elements"));
    }
    Ok(list)
}

fn bounded(text: &str, at: &str, bytes_max: usize, graphemes_max: usize) -> Result<(), Flaw> {
    if text.len() > bytes_max {
        return Err(format!("{at} must not be longer than {bytes_max} characters"));
    }
    if text.graphemes(true).count() > graphemes_max {
        return Err(format!("{at} must not be longer than {graphemes_max} graphemes"));
    }
    Ok(())
}

fn required<'a>(object: &'a Value, name: &str, at: &str) -> Result<&'a Value, Flaw> {
    object.get(name).ok_or_else(|| format!("{at} must have the property \"{name}\""))
}

fn string<'a>(object: &'a Value, name: &str, at: &str) -> Result<&'a str, Flaw> {
    required(object, name, at)?
        .as_str()
        .ok_or_else(|| format!("{at}/{name} must be a string"))
}

fn facets(list: &[Value], text: &str) -> Result<(), Flaw> {
    let mut taken: Vec<(usize, usize)> = Vec::new();
    for (index, facet) in list.iter().enumerate() {
        let at = format!("Record/facets/{index}");
        let slice = required(facet, "index", &at)?;
        let bound = |name: &str| {
            let value = required(slice, name, &format!("{at}/index"))?.as_u64();
            value
                .and_then(|value| usize::try_from(value).ok())
                .ok_or_else(|| format!("{at}/index/{name} must be an integer of at least 0"))
        };
        let (start, end) = (bound("byteStart")?, bound("byteEnd")?);
        if start >= end || end > text.len() || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
            return Err(format!("{at}/index must lie within the text and on characters' borders"));
        }
        if taken
            .iter()
            .any(|(other_start, other_end)| start < *other_end && *other_start < end)
        {
            return Err(format!("{at}/index must not overlap another facet"));
        }
        taken.push((start, end));
        let features = items(Some(required(facet, "features", &at)?), &format!("{at}/features"), usize::MAX)?;
        for (number, feature) in features.iter().enumerate() {
            read_feature(feature, &format!("{at}/features/{number}"))?;
        }
    }
    Ok(())
}

fn read_feature(feature: &Value, at: &str) -> Result<(), Flaw> {
    match string(feature, "$type", at)? {
        "app.bsky.richtext.facet#link" if !is_uri(string(feature, "uri", at)?) => Err(format!("{at}/uri must be a uri")),
        "app.bsky.richtext.facet#mention" if !is_did(string(feature, "did", at)?) => Err(format!("{at}/did must be a valid did")),
        "app.bsky.richtext.facet#tag" => bounded(string(feature, "tag", at)?, &format!("{at}/tag"), TAG_BYTES_MAX, TAG_GRAPHEMES_MAX),
        _ => Ok(()),
    }
}

fn read_embed(embed: &Value, at: &str, meaning: &mut Meaning) -> Result<(), Flaw> {
    match string(embed, "$type", at)? {
        "app.bsky.embed.images" => {
            meaning.kind = "images";
            pictures(required(embed, "images", at)?, &format!("{at}/images"), IMAGES_MAX, false, meaning)
        }
        "app.bsky.embed.gallery" => {
            meaning.kind = "gallery";
            pictures(required(embed, "items", at)?, &format!("{at}/items"), GALLERY_MAX, true, meaning)
        }
        "app.bsky.embed.video" => {
            meaning.kind = "video";
            let alt = embed.get("alt").and_then(Value::as_str).map(str::to_owned);
            aspect_ratio(embed.get("aspectRatio"), at)?;
            let video = required(embed, "video", at)?;
            meaning.blobs.push(blob(
                video,
                &format!("{at}/video"),
                "video/mp4",
                VIDEO_BYTES_MAX,
                alt,
                Role::Medium,
            )?);
            for (index, caption) in items(embed.get("captions"), &format!("{at}/captions"), CAPTIONS_MAX)?
                .iter()
                .enumerate()
            {
                let at = format!("{at}/captions/{index}");
                if !is_language(string(caption, "lang", &at)?) {
                    return Err(format!("{at}/lang must be a well-formed BCP 47 language tag"));
                }
                let file = required(caption, "file", &at)?;
                meaning.blobs.push(blob(
                    file,
                    &format!("{at}/file"),
                    "text/vtt",
                    CAPTION_BYTES_MAX,
                    None,
                    Role::Caption,
                )?);
            }
            Ok(())
        }
        "app.bsky.embed.external" => {
            meaning.kind = "external";
            let at = format!("{at}/external");
            let external = required(embed, "external", &at)?;
            let uri = string(external, "uri", &at)?;
            if !is_uri(uri) {
                return Err(format!("{at}/uri must be a uri"));
            }
            string(external, "title", &at)?;
            string(external, "description", &at)?;
            meaning.link = Some(uri.to_owned());
            if let Some(thumb) = external.get("thumb") {
                meaning
                    .blobs
                    .push(blob(thumb, &format!("{at}/thumb"), "image/*", THUMB_BYTES_MAX, None, Role::Thumb)?);
            }
            Ok(())
        }
        "app.bsky.embed.record" => {
            meaning.kind = "record";
            meaning.quoted = Some(strong_ref(embed.get("record"), &format!("{at}/record"))?);
            Ok(())
        }
        "app.bsky.embed.recordWithMedia" => {
            let record = required(embed, "record", at)?;
            meaning.quoted = Some(strong_ref(record.get("record"), &format!("{at}/record/record"))?);
            let at = format!("{at}/media");
            let media = required(embed, "media", &at)?;
            let kind = string(media, "$type", &at)?;
            if kind.starts_with("app.bsky.embed.record") {
                return Err(format!(
                    "{at} $type must be one of app.bsky.embed.images, .video, .gallery, .external"
                ));
            }
            read_embed(media, &at, meaning)?;
            meaning.kind = "recordWithMedia";
            Ok(())
        }
        _ => {
            meaning.kind = "unknown";
            Ok(())
        }
    }
}

fn pictures(list: &Value, at: &str, count_max: usize, in_gallery: bool, meaning: &mut Meaning) -> Result<(), Flaw> {
    for (index, item) in items(Some(list), at, count_max)?.iter().enumerate() {
        let at = format!("{at}/{index}");
        let alt = string(item, "alt", &at)?.to_owned();
        if in_gallery {
            string(item, "$type", &at)?;
            required(item, "aspectRatio", &at)?;
        }
        aspect_ratio(item.get("aspectRatio"), &at)?;
        let image = required(item, "image", &at)?;
        meaning.blobs.push(blob(
            image,
            &format!("{at}/image"),
            "image/*",
            IMAGE_BYTES_MAX,
            Some(alt),
            Role::Medium,
        )?);
    }
    Ok(())
}

fn aspect_ratio(ratio: Option<&Value>, at: &str) -> Result<(), Flaw> {
    let Some(ratio) = ratio else { return Ok(()) };
    for name in ["width", "height"] {
        if required(ratio, name, &format!("{at}/aspectRatio"))?
            .as_u64()
            .is_none_or(|value| value == 0)
        {
            return Err(format!("{at}/aspectRatio/{name} can not be less than 1"));
        }
    }
    Ok(())
}

fn blob(value: &Value, at: &str, accept: &'static str, bytes_max: u64, alt: Option<String>, role: Role) -> Result<BlobUse, Flaw> {
    let cid = value.get("ref").and_then(|link| link.get("$link")).and_then(Value::as_str);
    let mime = value.get("mimeType").and_then(Value::as_str);
    let size = value.get("size").and_then(Value::as_u64);
    match (value.get("$type").and_then(Value::as_str), cid, mime, size) {
        (Some("blob"), Some(cid), Some(mime), Some(size)) if super::cid::is_cid(cid) => Ok(BlobUse {
            cid: cid.to_owned(),
            mime: mime.to_owned(),
            size,
            accept,
            bytes_max,
            alt,
            role,
        }),
        _ => Err(format!("{at} should be a blob ref")),
    }
}

fn strong_ref(value: Option<&Value>, at: &str) -> Result<String, Flaw> {
    let value = value.ok_or_else(|| format!("{at} must be an object with uri and cid"))?;
    let uri = string(value, "uri", at)?;
    if !is_at_uri(uri) {
        return Err(format!("{at}/uri must be a valid at-uri"));
    }
    if !super::cid::is_cid(string(value, "cid", at)?) {
        return Err(format!("{at}/cid must be a cid string"));
    }
    Ok(uri.to_owned())
}

/// Whether a text is a date and time with seconds and a zone.
pub fn is_datetime(text: &str) -> bool {
    let bytes = text.as_bytes();
    let zoned = text.ends_with('Z') || (bytes.len() > 6 && matches!(bytes[bytes.len() - 6], b'+' | b'-') && !text.ends_with("-00:00"));
    bytes.len() >= 20 && bytes[10] == b'T' && bytes[13] == b':' && bytes[16] == b':' && zoned && text.parse::<jiff::Timestamp>().is_ok()
}

fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts
        .next()
        .is_some_and(|part| matches!(part.len(), 2 | 3) && part.bytes().all(|byte| byte.is_ascii_lowercase()));
    first && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn is_uri(text: &str) -> bool {
    let scheme_ok = |scheme: &str| !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    text.len() <= 8_192
        && !text.contains(char::is_whitespace)
        && text
            .split_once(':')
            .is_some_and(|(scheme, rest)| scheme_ok(scheme) && !rest.trim_start_matches('/').is_empty())
}

/// Whether a text is a DID.
pub fn is_did(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    parts.next() == Some("did")
        && parts
            .next()
            .is_some_and(|method| !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_lowercase()))
        && parts
            .next()
            .is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:%-".contains(&byte)))
}

/// Whether a text is an address such as `at://did:plc:abc/app.bsky.feed.post/3k…`.
pub fn is_at_uri(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("at://") else { return false };
    let parts: Vec<&str> = rest.split('/').collect();
    parts.len() <= 3 && parts.iter().all(|part| !part.is_empty()) && (is_did(parts[0]) || parts[0].contains('.'))
}
