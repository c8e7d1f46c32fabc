//! Files: taken in, worked on where they move, described anew or taken back before a post has them.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRequest, Multipart, Path, Request, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json, Router, routing};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::limits::{ALT_CHARS_MAX, IMAGE_BYTES_MAX, IMAGE_PIXELS_MAX, VIDEO_BYTES_MAX, VIDEO_PIXELS_MAX};
use super::rest::{Caller, Family, paced};
use super::servers::Server;
use crate::passage::Call;
use crate::world::{Media, State, Stored, World};

/// What a server takes.
pub const TYPES: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "video/mp4",
    "video/quicktime",
    "video/webm",
];

/// How long an unattached file is kept, microseconds (mastodon/mastodon: app/workers/scheduler/vacuum_scheduler.rb).
const KEPT_US: i64 = 24 * 3_600 * 1_000_000;

/// A file at a server.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// What it is called there.
    pub id: String,
    /// The kind that posts tell: `image`, `gifv`, `video`.
    pub kind: &'static str,
    account: String,
    stored: Stored,
    description: Option<String>,
    made_us: i64,
    /// When the work on it ends, UTC microseconds, and whether it fails.
    done: (i64, bool),
    attached: bool,
}

/// Every file by its id.
#[derive(Default)]
struct Attachments(HashMap<String, Attachment>);

impl Attachment {
    fn is_done(&self, now_us: i64) -> bool {
        now_us >= self.done.0
    }

    /// The file as part of a post.
    pub fn media(&self) -> Media {
        self.stored.media(self.description.clone())
    }

    /// The file as the API tells it; without an address while it is worked on.
    pub fn json(&self, server: &Server, now_us: i64) -> Value {
        let at = |size: &str| format!("https://files.{}/media_attachments/{}/{size}", server.host, self.id);
        let url = self.is_done(now_us).then(|| at("original"));
        let (width, height) = self.stored.pixels.unwrap_or((0, 0));
        json!({
            "id": self.id,
            "type": self.kind,
            "url": url,
            "preview_url": at("small"),
            "remote_url": null,
            "description": self.description,
            "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
            "meta": {"original": {"width": width, "height": height}},
        })
    }
}

/// The routes of files. An old server cannot take one back.
pub fn routes(server: &'static Server) -> Router<Arc<World>> {
    let of_one = routing::get(read).put(change);
    let of_one = if server.is_of_today() { of_one.delete(remove) } else { of_one };
    Router::new()
        .route("/api/v2/media", routing::post(upload))
        .route("/api/v1/media/{id}", of_one)
}

/// What an upload or a change says.
#[derive(Default)]
struct Said {
    file: Option<Stored>,
    description: Option<String>,
}

fn malformed() -> Refusal {
    Refusal::new(400, "There was a problem in the request you submitted")
}

fn described(text: String) -> Answer<String> {
    if text.chars().count() > ALT_CHARS_MAX {
        return Err(Refusal::invalid(format!(
            "Description is too long (maximum is {ALT_CHARS_MAX} characters)"
        )));
    }
    Ok(text)
}

fn focused(text: &str) -> Answer<()> {
    let within = |part: &str| part.trim().parse::<f64>().is_ok_and(|figure| (-1.0..=1.0).contains(&figure));
    match text.split_once(',') {
        Some((x, y)) if within(x) && within(y) => Ok(()),
        _ => Err(Refusal::invalid("Focus is invalid")),
    }
}

/// Reads the form piece by piece; a file must say what it is called and of which type.
async fn said(world: &World, request: Request) -> Answer<Said> {
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| malformed())?;
    let mut said = Said::default();
    while let Some(mut field) = form.next_field().await.map_err(|_| malformed())? {
        match field.name().unwrap_or_default() {
            "description" => said.description = Some(described(field.text().await.map_err(|_| malformed())?)?),
            "focus" => focused(&field.text().await.map_err(|_| malformed())?)?,
            "file" => {
                let mime = field.content_type().unwrap_or_default().to_owned();
                if field.file_name().unwrap_or_default().is_empty() || mime.is_empty() {
                    return Err(Refusal::invalid("File content type is invalid, File is invalid"));
                }
                let mut intake = world.media.intake();
                while let Some(piece) = field.chunk().await.map_err(|_| malformed())? {
                    intake.push(&piece);
                    if intake.bytes() > VIDEO_BYTES_MAX {
                        return Err(too_large(VIDEO_BYTES_MAX));
                    }
                }
                said.file = Some(world.media.finish(intake, &mime));
            }
            _ => {}
        }
    }
    Ok(said)
}

fn too_large(most: u64) -> Refusal {
    Refusal::invalid(format!("File must be less than {} MB", most / 1_048_576))
}

/// What kind of file it is; what it is worked on for is known at once only of pictures.
fn kind_of(stored: &Stored) -> Answer<&'static str> {
    if !TYPES.contains(&stored.sniffed) {
        return Err(Refusal::invalid("File content type is invalid, File is invalid"));
    }
    let area = stored.pixels.map_or(0, |(width, height)| u64::from(width) * u64::from(height));
    let (kind, bytes_max, pixels_max) = match stored.sniffed {
        "image/gif" => ("gifv", IMAGE_BYTES_MAX, IMAGE_PIXELS_MAX),
        image if image.starts_with("image/") => ("image", IMAGE_BYTES_MAX, IMAGE_PIXELS_MAX),
        _ => ("video", VIDEO_BYTES_MAX, VIDEO_PIXELS_MAX),
    };
    if stored.bytes > bytes_max {
        return Err(too_large(bytes_max));
    }
    if area > pixels_max {
        return Err(Refusal::invalid(format!(
            "File dimensions are too large: {pixels_max} pixels at most"
        )));
    }
    Ok(kind)
}

async fn upload(Shared(world): Shared<Arc<World>>, Extension(server): Extension<&'static Server>, request: Request) -> Response {
    let headers = request.headers().clone();
    let call = request.extensions().get::<Call>().cloned();
    paced(&world, server, &headers, Family::Upload, &["write:media"], async |caller| {
        let said = said(&world, request).await?;
        let stored = said.file.ok_or_else(|| Refusal::invalid("File can't be blank"))?;
        let kind = kind_of(&stored)?;
        let now_us = world.clock.now_us();
        // A picture is there at once; what moves is worked on.
        let works_us = call.as_ref().map_or(0, |call| world.processing_us(call));
        let slowly = kind != "image" || call.as_ref().is_some_and(|call| call.processing_ms.is_some());
        let fails = call.is_some_and(|call| call.processing_failure.is_some());
        let done_us = if slowly || fails { now_us + works_us } else { now_us };
        let told = world.with(|state| {
            let attachment = Attachment {
                id: state.number("1093", 18),
                kind,
                account: caller.account.id.clone(),
                stored,
                description: said.description,
                made_us: now_us,
                done: (done_us, fails),
                attached: false,
            };
            let told = attachment.json(server, now_us);
            state.own::<Attachments>().0.insert(attachment.id.clone(), attachment);
            told
        });
        let status = if told["url"].is_null() {
            StatusCode::ACCEPTED
        } else {
            StatusCode::OK
        };
        Ok((status, Json(told)))
    })
    .await
}

/// An account's own file that no post has.
fn own<'a>(state: &'a mut State, caller: &Caller, id: &str, now_us: i64) -> Answer<&'a mut Attachment> {
    let files = &mut state.own::<Attachments>().0;
    files.retain(|_, file| file.attached || now_us < file.made_us + KEPT_US);
    let file = files.get_mut(id).filter(|file| file.account == caller.account.id);
    file.ok_or_else(Refusal::not_found)
}

async fn read(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    paced(&world, server, &headers, Family::Call, &["write:media"], async |caller| {
        let now_us = world.clock.now_us();
        world.with(|state| {
            let file = own(state, &caller, &id, now_us)?;
            let told = Json(file.json(server, now_us));
            match (file.is_done(now_us), file.done.1) {
                (false, _) => Ok((StatusCode::PARTIAL_CONTENT, told)),
                (true, true) => Err(Refusal::new(422, "Error processing thumbnail for uploaded media")),
                (true, false) => Ok((StatusCode::OK, told)),
            }
        })
    })
    .await
}

async fn change(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    paced(&world, server, &headers, Family::Call, &["write:media"], async |caller| {
        let said = said(&world, request).await?;
        let now_us = world.clock.now_us();
        world.with(|state| {
            let file = own(state, &caller, &id, now_us).ok().filter(|file| !file.attached);
            let file = file.ok_or_else(Refusal::not_found)?;
            file.description = said.description.or(file.description.take());
            Ok(Json(file.json(server, now_us)))
        })
    })
    .await
}

async fn remove(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    paced(&world, server, &headers, Family::Call, &["write:media"], async |caller| {
        let now_us = world.clock.now_us();
        world.with(|state| {
            if own(state, &caller, &id, now_us)?.attached {
                return Err(Refusal::new(422, "Media attachment is currently used by a status"));
            }
            state.own::<Attachments>().0.remove(&id);
            Ok(Json(json!({})).into_response())
        })
    })
    .await
}

/// The files that a post names, in its order; from then on they are its own.
///
/// # Errors
/// 422 for what is not there, is another post's, is not finished, or does not go together.
pub fn taken(state: &mut State, caller: &Caller, ids: &[String], now_us: i64) -> Answer<Vec<Attachment>> {
    let mut files = Vec::new();
    let mut lacking = Vec::new();
    for id in ids {
        match own(state, caller, id, now_us) {
            Ok(file) if !file.attached => files.push(file.clone()),
            _ => lacking.push(id.as_str()),
        }
    }
    if !lacking.is_empty() {
        let lacking = lacking.join(", ");
        return Err(Refusal::new(
            422,
            format!("Media {lacking} not found or already attached to another post"),
        ));
    }
    if files.len() > 1 && files.iter().any(|file| file.kind != "image") {
        return Err(Refusal::mixed());
    }
    if files.iter().any(|file| !file.is_done(now_us) || file.done.1) {
        return Err(Refusal::unfinished());
    }
    for id in ids {
        if let Some(file) = state.own::<Attachments>().0.get_mut(id) {
            file.attached = true;
        }
    }
    Ok(files)
}
