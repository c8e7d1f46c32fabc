//! Files: opened, sent in numbered segments, closed, worked on if they move, described, named by posts of the same account.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Path, RawQuery, Request, State as Shared};
use axum::response::Response;
use axum::{Extension, Json, Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::at;
use super::error::{Answer, Refusal};
use super::limits::{
    ALT_CHARS_MAX, GIF_BYTES_MAX, GIF_PIXELS_MAX, IMAGE_BYTES_MAX, MEDIA_S, SEGMENT_BYTES_MAX, SEGMENT_INDEX_MAX, VIDEO_ASPECT,
    VIDEO_BYTES_MAX, VIDEO_MS, VIDEO_PIXELS_MIN,
};
use super::rest::{APPEND, Caller, FINALIZE, INITIALIZE, METADATA, STATUS, UPLOAD, body, header_text, numeric, paced, params};
use crate::passage::Call;
use crate::world::{State, Stored, World};

const TYPES: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "image/bmp",
    "image/tiff",
    "image/pjpeg",
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "video/mp2t",
    "text/srt",
    "text/vtt",
];
const CATEGORIES: &[&str] = &["tweet_image", "tweet_gif", "tweet_video", "amplify_video"];

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture that stands still.
    Picture,
    /// A moving picture.
    Gif,
    /// A video.
    Video,
}

impl Kind {
    fn of(category: &str) -> Self {
        match category {
            "tweet_image" => Kind::Picture,
            "tweet_gif" => Kind::Gif,
            _ => Kind::Video,
        }
    }

    const fn bytes_max(self) -> u64 {
        match self {
            Kind::Picture => IMAGE_BYTES_MAX,
            Kind::Gif => GIF_BYTES_MAX,
            Kind::Video => VIDEO_BYTES_MAX,
        }
    }
}

/// One file on its way to a post.
#[derive(Debug, Clone)]
pub struct Upload {
    account: String,
    /// What it is.
    pub kind: Kind,
    /// What lists name it by.
    pub key: String,
    mime: String,
    total_bytes: u64,
    segments: BTreeMap<u64, Bytes>,
    /// Its bytes, once it is closed.
    pub stored: Option<Stored>,
    /// Its description.
    pub alt: Option<String>,
    ends_us: i64,
    /// When the work on it ends, UTC microseconds, and what is wrong with it.
    done: Option<(i64, Option<&'static str>)>,
}

/// Every file, by its id.
#[derive(Default)]
pub struct Uploads(HashMap<String, Upload>);

/// The routes of files.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&at("media/upload/initialize"), routing::post(initialize))
        .route(&at("media/upload/{id}/append"), routing::post(append))
        .route(&at("media/upload/{id}/finalize"), routing::post(finalize))
        .route(&at("media/upload"), routing::get(status).post(upload))
        .route(&at("media/metadata"), routing::post(metadata))
        .layer(DefaultBodyLimit::max(32 * 1024 * 1024))
}

fn own<'a>(state: &'a mut State, caller: &Caller, id: &str) -> Option<&'a mut Upload> {
    let uploads = &mut state.own::<Uploads>().0;
    uploads.get_mut(id).filter(|upload| upload.account == caller.account.id)
}

fn known<'a>(state: &'a mut State, caller: &Caller, id: &str, now_us: i64) -> Answer<&'a mut Upload> {
    own(state, caller, id)
        .filter(|upload| upload.ends_us > now_us)
        .ok_or_else(|| Refusal::not_found("media", id))
}

/// The file that a post of the caller names, if it is ready.
///
/// # Errors
/// 400 for one that is somebody else's, not ready, failed or forgotten.
pub fn ready(state: &mut State, caller: &Caller, id: &str, now_us: i64) -> Answer<Upload> {
    let upload = own(state, caller, id).filter(|upload| {
        let works = upload.done.is_some_and(|(done_us, failed)| now_us >= done_us && failed.is_none());
        upload.ends_us > now_us && works && upload.stored.is_some()
    });
    upload.cloned().ok_or_else(Refusal::media_ids)
}

fn opened(state: &mut State, caller: &Caller, category: &str, mime: &str, total_bytes: u64, now_us: i64) -> Answer<(String, Upload)> {
    if !CATEGORIES.contains(&category) {
        return Err(Refusal::invalid(
            "media_category",
            format!("$.media_category: '{category}' is not known"),
        ));
    }
    if !TYPES.contains(&mime) {
        return Err(Refusal::invalid("media_type", format!("$.media_type: '{mime}' is not known")));
    }
    let kind = Kind::of(category);
    if total_bytes == 0 || total_bytes > kind.bytes_max() {
        return Err(Refusal::invalid(
            "total_bytes",
            format!("$.total_bytes: {total_bytes} is not allowed for {category}"),
        ));
    }
    let fits = match kind {
        Kind::Picture => mime.starts_with("image/") && mime != "image/gif",
        Kind::Gif => mime == "image/gif",
        Kind::Video => mime.starts_with("video/"),
    };
    if !fits {
        return Err(Refusal::invalid(
            "media_category",
            format!("$.media_category: {mime} is no {category}"),
        ));
    }
    let id = state.number("188", 19);
    let upload = Upload {
        account: caller.account.id.clone(),
        kind,
        key: format!("{}_{id}", if kind == Kind::Picture { 3 } else { 7 }),
        mime: mime.to_owned(),
        total_bytes,
        segments: BTreeMap::new(),
        stored: None,
        alt: None,
        ends_us: now_us + MEDIA_S * 1_000_000,
        done: None,
    };
    Ok((id, upload))
}

async fn initialize(Shared(world): Shared<Arc<World>>, headers: HeaderMap, bytes: Bytes) -> Response {
    paced(&world, &headers, INITIALIZE, async |caller| {
        let body = body(&headers, &bytes)?;
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let total = body["total_bytes"]
            .as_u64()
            .ok_or_else(|| Refusal::invalid("total_bytes", "$.total_bytes: is missing"))?;
        let now_us = world.clock.now_us();
        world.with(|state| {
            let (id, upload) = opened(state, &caller, &text("media_category"), &text("media_type"), total, now_us)?;
            let answer = json!({"data": {"id": id, "media_key": upload.key, "expires_after_secs": MEDIA_S}});
            state.own::<Uploads>().0.insert(id, upload);
            Ok(Json(answer))
        })
    })
    .await
}

/// What a segment or a whole file was sent with.
#[derive(Default)]
struct Sent {
    fields: BTreeMap<String, String>,
    media: Option<Bytes>,
}

/// Reads a form, or JSON with the bytes in base64.
async fn sent(request: Request) -> Answer<Sent> {
    let unreadable = || Refusal::invalid("media", "$.media: could not be read");
    if header_text(request.headers(), "content-type").starts_with("application/json") {
        let bytes = Bytes::from_request(request, &()).await.map_err(|_| Refusal::too_large())?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
        let media = value["media"].as_str().and_then(|text| STANDARD.decode(text).ok());
        let object = value.as_object().ok_or_else(unreadable)?;
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let fields = object.iter().filter(|(name, _)| *name != "media");
        return Ok(Sent {
            fields: fields.map(|(name, value)| (name.clone(), text(value))).collect(),
            media: media.map(Bytes::from),
        });
    }
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| unreadable())?;
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await.map_err(|_| unreadable())? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "media" {
            sent.media = Some(field.bytes().await.map_err(|_| Refusal::too_large())?);
        } else {
            sent.fields.insert(name, field.text().await.map_err(|_| unreadable())?);
        }
    }
    Ok(sent)
}

async fn append(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, headers: HeaderMap, request: Request) -> Response {
    paced(&world, &headers, APPEND, async |caller| {
        let sent = sent(request).await?;
        let index = sent.fields.get("segment_index").and_then(|text| text.parse::<u64>().ok());
        let index = index
            .filter(|index| *index <= SEGMENT_INDEX_MAX)
            .ok_or_else(|| Refusal::invalid("segment_index", "$.segment_index: must be 0 to 999"))?;
        let media = sent.media.ok_or_else(|| Refusal::invalid("media", "$.media: is missing"))?;
        if media.len() as u64 > SEGMENT_BYTES_MAX {
            return Err(Refusal::too_large());
        }
        let now_us = world.clock.now_us();
        world.with(|state| {
            let upload = known(state, &caller, &id, now_us)?;
            if upload.done.is_some() {
                return Err(Refusal::invalid("id", "The upload is finalized already."));
            }
            upload.segments.insert(index, media);
            Ok(Json(json!({"data": {"expires_at": upload.ends_us / 1_000_000}})))
        })
    })
    .await
}

fn told(id: &str, upload: &Upload, now_us: i64) -> Value {
    let mut data = json!({
        "id": id,
        "media_key": upload.key,
        "size": upload.total_bytes,
        "expires_after_secs": (upload.ends_us - now_us) / 1_000_000,
    });
    if let Some((done_us, failed)) = upload.done.filter(|_| upload.kind != Kind::Picture) {
        data["processing_info"] = match failed {
            _ if now_us < done_us => json!({
                "state": if now_us + 500_000 < done_us { "pending" } else { "in_progress" },
                "check_after_secs": ((done_us - now_us) / 1_000_000).clamp(1, 5),
                "progress_percent": 0,
            }),
            Some(message) => json!({
                "state": "failed",
                "error": {"code": 1, "name": "InvalidMedia", "message": message},
            }),
            None => json!({"state": "succeeded", "progress_percent": 100}),
        };
    }
    json!({"data": data})
}

/// What is wrong with a file that moves.
fn flaw(kind: Kind, stored: &Stored, kept: bool) -> Option<&'static str> {
    let across = stored.pixels.unwrap_or((VIDEO_PIXELS_MIN, VIDEO_PIXELS_MIN));
    if kind == Kind::Gif {
        let large = across.0 > GIF_PIXELS_MAX.0 || across.1 > GIF_PIXELS_MAX.1;
        return match stored.sniffed {
            "image/gif" if !large => None,
            "image/gif" => Some("The GIF is too large."),
            _ => Some("The file is no GIF."),
        };
    }
    let aspect = f64::from(across.0) / f64::from(across.1.max(1));
    if !stored.sniffed.starts_with("video/") || (kept && stored.duration_ms.is_none()) {
        return Some("Unsupported video format.");
    }
    if stored.duration_ms.is_some_and(|ms| ms < *VIDEO_MS.start()) {
        return Some("The video is too short.");
    }
    if across.0 < VIDEO_PIXELS_MIN || across.1 < VIDEO_PIXELS_MIN || !VIDEO_ASPECT.contains(&aspect) {
        return Some("Invalid video dimensions.");
    }
    None
}

/// Puts the segments together; a file that moves is worked on from now on.
fn close(world: &World, call: Option<&Call>, upload: &mut Upload, now_us: i64) -> Answer<()> {
    let complete = upload.segments.keys().copied().eq(0..upload.segments.len() as u64);
    let bytes: u64 = upload.segments.values().map(|segment| segment.len() as u64).sum();
    if !complete || bytes != upload.total_bytes {
        return Err(Refusal::invalid("id", "The segments do not match total_bytes."));
    }
    let mut intake = world.media.intake();
    for segment in std::mem::take(&mut upload.segments).values() {
        intake.push(segment);
    }
    let stored = world.media.finish(intake, &upload.mime);
    let kept = world.media.get(&stored.sha256).is_some();
    if upload.kind == Kind::Picture {
        if !stored.sniffed.starts_with("image/") || stored.sniffed == "image/gif" {
            return Err(Refusal::invalid("media", "The file is no image of a supported type."));
        }
        upload.done = Some((now_us, None));
    } else {
        let asked_for = call.is_some_and(|call| call.processing_failure.is_some());
        let failed = flaw(upload.kind, &stored, kept).or(asked_for.then_some("InternalError"));
        let works_us = call.map_or(0, |call| world.processing_us(call));
        upload.done = Some((now_us + works_us, failed));
    }
    upload.stored = Some(stored);
    Ok(())
}

async fn finalize(
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
    call: Option<Extension<Call>>,
    headers: HeaderMap,
) -> Response {
    paced(&world, &headers, FINALIZE, async |caller| {
        let now_us = world.clock.now_us();
        world.with(|state| {
            let upload = known(state, &caller, &id, now_us)?;
            if upload.done.is_none() {
                close(&world, call.as_deref(), upload, now_us)?;
            }
            Ok(Json(told(&id, upload, now_us)))
        })
    })
    .await
}

async fn status(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    paced(&world, &headers, STATUS, async |caller| {
        let query = params(query.as_deref());
        if query.get("command").is_some_and(|command| command != "STATUS") {
            return Err(Refusal::invalid("command", "The command must be STATUS."));
        }
        let id = query.get("media_id").filter(|id| numeric(id));
        let id = id.ok_or_else(|| Refusal::invalid("media_id", "The media_id is missing or no number."))?;
        let now_us = world.clock.now_us();
        world.with(|state| Ok(Json(told(id, known(state, &caller, id, now_us)?, now_us))))
    })
    .await
}

/// A picture in one call.
async fn upload(Shared(world): Shared<Arc<World>>, headers: HeaderMap, request: Request) -> Response {
    paced(&world, &headers, UPLOAD, async |caller| {
        let sent = sent(request).await?;
        let media = sent.media.ok_or_else(|| Refusal::invalid("media", "$.media: is missing"))?;
        let category = sent.fields.get("media_category").map(String::as_str);
        if category != Some("tweet_image") {
            return Err(Refusal::invalid("media_category", "Only images are uploaded at once."));
        }
        let now_us = world.clock.now_us();
        world.with(|state| {
            let mime = world.media.put(&media, "image/jpeg").sniffed;
            let (id, mut upload) = opened(state, &caller, "tweet_image", mime, media.len() as u64, now_us)?;
            upload.segments.insert(0, media);
            close(&world, None, &mut upload, now_us)?;
            let answer = told(&id, &upload, now_us);
            state.own::<Uploads>().0.insert(id, upload);
            Ok(Json(answer))
        })
    })
    .await
}

async fn metadata(Shared(world): Shared<Arc<World>>, headers: HeaderMap, bytes: Bytes) -> Response {
    paced(&world, &headers, METADATA, async |caller| {
        let body = body(&headers, &bytes)?;
        let id = body["id"].as_str().filter(|id| numeric(id));
        let id = id.ok_or_else(|| Refusal::invalid("id", "$.id: is missing or no number"))?;
        let alt = body["metadata"]["alt_text"]["text"].as_str();
        let alt = alt.ok_or_else(|| Refusal::invalid("metadata", "$.metadata.alt_text.text: is missing"))?;
        if alt.chars().count() > ALT_CHARS_MAX {
            return Err(Refusal::invalid("metadata", "$.metadata.alt_text.text: is too long"));
        }
        let now_us = world.clock.now_us();
        world.with(|state| {
            let upload = known(state, &caller, id, now_us)?;
            if upload.kind == Kind::Video {
                return Err(Refusal::invalid("id", "Alternative text is for images and GIFs."));
            }
            upload.alt = Some(alt.to_owned());
            Ok(Json(
                json!({"data": {"id": id, "associated_metadata": {"alt_text": {"text": alt}}}}),
            ))
        })
    })
    .await
}
