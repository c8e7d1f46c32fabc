//! Videos: registered, sent as one form to the storage, worked on, named by one Pin.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::extract::{FromRequest, Multipart, Path, Request, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

use super::error::{Answer, Refusal, of_storage};
use super::limits::{VIDEO_ASPECT, VIDEO_BYTES_MAX, VIDEO_MS};
use super::rest::{Category, body, paced};
use super::{STORAGE, at};
use crate::passage::Call;
use crate::world::{State, Stored, World};

/// How long the form's policy holds, microseconds.
const POLICY_US: i64 = 3_600_000_000;

/// One registered video.
#[derive(Debug, Clone)]
pub struct Upload {
    person: String,
    parameters: BTreeMap<String, String>,
    ends_us: i64,
    stored: Option<Stored>,
    /// When the work on it ends, UTC microseconds, and whether it fails.
    done: Option<(i64, bool)>,
    used: bool,
}

/// Every registered video, by its id.
#[derive(Default)]
pub struct Uploads(HashMap<String, Upload>);

impl Upload {
    fn status(&self, now_us: i64) -> &'static str {
        match self.done {
            None => "registered",
            Some((done_us, _)) if now_us < done_us => "processing",
            Some((_, true)) => "failed",
            Some((_, false)) => "succeeded",
        }
    }
}

/// The routes of videos.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&at("media"), routing::post(register))
        .route(&at("media/{id}"), routing::get(read))
        .route(&format!("/{STORAGE}/"), routing::post(store))
}

async fn register(Shared(world): Shared<Arc<World>>, headers: HeaderMap, bytes: Bytes) -> Response {
    paced(&world, &headers, Category::Write, &["pins:read", "pins:write"], async |token| {
        let body = body(&headers, &bytes)?;
        if body["media_type"] != "video" {
            return Err(Refusal::invalid("'media_type' is not one of ['video']"));
        }
        let now_us = world.clock.now_us();
        let (id, parameters) = world.with(|state| {
            let id = state.number("52", 13);
            let parameters = parameters(state, &id, now_us);
            let upload = Upload {
                person: token.person.clone(),
                parameters: parameters.clone(),
                ends_us: now_us + POLICY_US,
                stored: None,
                done: None,
                used: false,
            };
            state.own::<Uploads>().0.insert(id.clone(), upload);
            (id, parameters)
        });
        Ok((
            StatusCode::CREATED,
            Json(json!({
                "media_id": id,
                "media_type": "video",
                "upload_url": world.url(STORAGE, "/"),
                "upload_parameters": parameters,
            })),
        ))
    })
    .await
}

fn parameters(state: &mut State, id: &str, now_us: i64) -> BTreeMap<String, String> {
    let at = jiff::Timestamp::from_microsecond(now_us).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let date = at.strftime("%Y%m%d").to_string();
    [
        ("x-amz-date", at.strftime("%Y%m%dT%H%M%SZ").to_string()),
        ("x-amz-signature", state.secret(64).to_lowercase()),
        ("x-amz-security-token", state.secret(80)),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned()),
        ("key", format!("uploads/3a/b7/3:video:{id}:1")),
        ("policy", state.secret(120)),
        (
            "x-amz-credential",
            format!("ASIA{}/{date}/us-east-1/s3/aws4_request", state.secret(16).to_uppercase()),
        ),
        ("Content-Type", "multipart/form-data".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

async fn read(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    paced(&world, &headers, Category::Read, &["pins:read"], async |token| {
        let now_us = world.clock.now_us();
        let status = world.with(|state| {
            let upload = state.own::<Uploads>().0.get(&id).filter(|upload| upload.person == token.person);
            upload.map(|upload| upload.status(now_us))
        });
        let status = status.ok_or_else(|| Refusal::new(404, 2, "Media upload not found."))?;
        Ok(Json(json!({"media_id": id, "media_type": "video", "status": status})))
    })
    .await
}

fn denied(message: &str) -> Response {
    of_storage(StatusCode::FORBIDDEN, "AccessDenied", message)
}

fn malformed(message: &str) -> Response {
    of_storage(StatusCode::BAD_REQUEST, "InvalidArgument", message)
}

/// The storage's form: what says who may comes before the file, the file comes last, and no header says who asks.
async fn store(Shared(world): Shared<Arc<World>>, request: Request) -> Response {
    if request.headers().contains_key(header::AUTHORIZATION) {
        return malformed("Only one auth mechanism allowed");
    }
    let call = request.extensions().get::<Call>().cloned();
    let Ok(mut form) = Multipart::from_request(request, &()).await else {
        return of_storage(
            StatusCode::PRECONDITION_FAILED,
            "PreconditionFailed",
            "Bucket POST must be of the enclosure-type multipart/form-data",
        );
    };
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    let mut taken: Option<(String, Stored)> = None;
    loop {
        let field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break,
            Err(_) => return malformed("The body of your POST request is not well-formed multipart/form-data."),
        };
        let name = field.name().unwrap_or_default().to_owned();
        if taken.is_some() {
            return malformed("POST requires exactly one file upload per request, as its last field.");
        }
        if name != "file" {
            let Ok(text) = field.text().await else {
                return malformed("A field could not be read.");
            };
            fields.insert(name, text);
            continue;
        }
        let id = match permitted(&world, &fields) {
            Ok(id) => id,
            Err(refusal) => return *refusal,
        };
        let mut intake = world.media.intake();
        let mut file = field;
        loop {
            match file.chunk().await {
                Ok(Some(piece)) => intake.push(&piece),
                Ok(None) => break,
                Err(_) => return malformed("The file could not be read."),
            }
            if intake.bytes() > VIDEO_BYTES_MAX {
                return of_storage(
                    StatusCode::BAD_REQUEST,
                    "EntityTooLarge",
                    "Your proposed upload exceeds the maximum allowed size",
                );
            }
        }
        taken = Some((id, world.media.finish(intake, "video/mp4")));
    }
    let Some((id, stored)) = taken else {
        return malformed("POST requires exactly one file upload per request.");
    };
    arrived(&world, call.as_ref(), &id, stored);
    StatusCode::NO_CONTENT.into_response()
}

/// The video whose parameters the form says, every one of them.
fn permitted(world: &World, fields: &BTreeMap<String, String>) -> Result<String, Box<Response>> {
    let now_us = world.clock.now_us();
    world.with(|state| {
        let uploads = &state.own::<Uploads>().0;
        let named = uploads.iter().find(|(_, upload)| upload.parameters.get("key") == fields.get("key"));
        let Some((id, upload)) = named else {
            return Err(Box::new(denied("Access Denied")));
        };
        if upload.ends_us <= now_us {
            return Err(Box::new(denied("Invalid according to Policy: Policy expired.")));
        }
        if let Some(lacking) = upload.parameters.iter().find(|(name, value)| fields.get(*name) != Some(*value)) {
            return Err(Box::new(denied(&format!(
                "Invalid according to Policy: {} before the file",
                lacking.0
            ))));
        }
        Ok(id.clone())
    })
}

fn arrived(world: &World, call: Option<&Call>, id: &str, stored: Stored) {
    let asked_for = call.is_some_and(|call| call.processing_failure.is_some());
    let fails = asked_for || flaw(world, &stored);
    let works_us = call.map_or(0, |call| world.processing_us(call));
    let now_us = world.clock.now_us();
    world.with(|state| {
        if let Some(upload) = state.own::<Uploads>().0.get_mut(id) {
            upload.stored = Some(stored);
            upload.done = Some((now_us + works_us, fails));
        }
    });
}

/// Whether a file cannot be a video here. Of one that is too large to be kept, only its kind is known.
fn flaw(world: &World, stored: &Stored) -> bool {
    let kept = world.media.get(&stored.sha256).is_some();
    let aspect = stored.pixels.map(|(width, height)| f64::from(width) / f64::from(height));
    !matches!(stored.sniffed, "video/mp4" | "video/quicktime")
        || stored.duration_ms.map_or(kept, |ms| !VIDEO_MS.contains(&ms))
        || aspect.is_some_and(|aspect| !VIDEO_ASPECT.contains(&aspect))
}

/// The file behind a `media_id`, which one Pin may name; `takes` says whether this is that Pin.
///
/// # Errors
/// 400 unless it is the person's own, ready, and not shown by a Pin already.
pub fn video(state: &mut State, person: &str, id: &str, now_us: i64, takes: bool) -> Answer<Stored> {
    let upload = state.own::<Uploads>().0.get_mut(id).filter(|upload| upload.person == person);
    let Some(upload) = upload else {
        return Err(Refusal::invalid(format!("'media_id': '{id}' does not exist")));
    };
    let status = upload.status(now_us);
    if status != "succeeded" {
        return Err(Refusal::invalid(format!("'media_id': the status of '{id}' is '{status}'")));
    }
    if upload.used {
        return Err(Refusal::invalid(format!("'media_id': '{id}' was used by a Pin already")));
    }
    upload.used = takes;
    upload
        .stored
        .clone()
        .ok_or_else(|| Refusal::invalid(format!("'media_id': '{id}' has no file")))
}
