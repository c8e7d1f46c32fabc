//! Files: an empty URN with addresses, the bytes to those addresses, for videos a finalisation in the order of the parts,
//! then processing.
//!
//! Pictures and documents are put with the token, parts of a video without it. Not modelled: captions of videos, the pages
//! of a document.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json, Router, routing};
use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::assets::{Kind, Part, Status, Upload, Uploads, Work};
use super::error::{Answer, Refusal};
use super::limits::{DOCUMENT_BYTES_MAX, IMAGE_BYTES_MAX, IMAGE_PIXELS_END, VIDEO_BYTES, VIDEO_MS};
use super::publish::may_speak_for;
use super::rest::{enter, header_text, param, params, scope, token};
use super::{API, SITE};
use crate::passage::Call;
use crate::world::{State, Stored, World};

const PART_BYTES: u64 = 4_194_304;
const DAY_US: i64 = 86_400_000_000;

/// The routes of uploads.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&format!("/{API}/rest/images"), routing::post(images))
        .route(&format!("/{API}/rest/documents"), routing::post(documents))
        .route(&format!("/{API}/rest/videos"), routing::post(videos))
        .route(&format!("/{API}/rest/images/{{urn}}"), routing::get(image))
        .route(&format!("/{API}/rest/documents/{{urn}}"), routing::get(document))
        .route(&format!("/{API}/rest/videos/{{urn}}"), routing::get(video))
        .route(&format!("/{SITE}/dms-uploads/{{secret}}/{{kind}}/{{part}}"), routing::put(put))
}

/// What a JSON call was sent with.
struct Sent {
    headers: HeaderMap,
    action: Option<String>,
    body: Bytes,
}

fn sent(query: Option<&str>, headers: HeaderMap, body: Bytes) -> Sent {
    let action = param(&params(query), "action").map(str::to_owned);
    Sent { headers, action, body }
}

fn no_such_action() -> Refusal {
    Refusal::coded(400, None, "ILLEGAL_ARGUMENT", "No such action")
}

fn request<'a>(body: &'a Value, name: &str) -> Answer<&'a Value> {
    body.get(name)
        .filter(|value| value.is_object())
        .ok_or_else(|| Refusal::missing(&format!("/{name}")))
}

async fn images(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap, body: Bytes) -> Answer<Json<Value>> {
    initialize(&world, Kind::Image, &sent(query.as_deref(), headers, body))
}

async fn documents(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap, body: Bytes) -> Answer<Json<Value>> {
    initialize(&world, Kind::Document, &sent(query.as_deref(), headers, body))
}

async fn videos(
    Shared(world): Shared<Arc<World>>,
    Extension(call): Extension<Call>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Response> {
    let sent = sent(query.as_deref(), headers, body);
    match sent.action.as_deref() {
        Some("finalizeUpload") => Ok(finalize(&world, &call, &sent)?.into_response()),
        _ => Ok(initialize(&world, Kind::Video, &sent)?.into_response()),
    }
}

fn spans(bytes: u64) -> Vec<Part> {
    let part = |index: u64| Part {
        first: index * PART_BYTES,
        last: ((index + 1) * PART_BYTES).min(bytes) - 1,
        etag: None,
    };
    (0..bytes.div_ceil(PART_BYTES)).map(part).collect()
}

fn initialize(world: &World, kind: Kind, sent: &Sent) -> Answer<Json<Value>> {
    let now_us = world.clock.now_us();
    world.with(|state| {
        let token = enter(state, &sent.headers, now_us)?;
        if sent.action.as_deref() != Some("initializeUpload") {
            return Err(no_such_action());
        }
        let body = super::body(&sent.headers, &sent.body)?;
        let asked = request(&body, "initializeUploadRequest")?;
        let field = |name: &str| format!("/initializeUploadRequest/{name}");
        let owner = asked["owner"].as_str().ok_or_else(|| Refusal::missing(&field("owner")))?;
        may_speak_for(state, &token, owner)?;
        let (parts, lasts_us) = if kind == Kind::Video {
            let bytes = asked["fileSizeBytes"].as_u64().ok_or_else(|| Refusal::missing(&field("fileSizeBytes")))?;
            if !VIDEO_BYTES.contains(&bytes) {
                let text = format!("fileSizeBytes {bytes} is outside {} to {}", VIDEO_BYTES.start(), VIDEO_BYTES.end());
                return Err(Refusal::field(&field("fileSizeBytes"), text));
            }
            (spans(bytes), 30 * DAY_US)
        } else {
            let whole = Part {
                first: 0,
                last: 0,
                etag: None,
            };
            (vec![whole], DAY_US)
        };
        let urn = format!("urn:li:{}:C4E{}", kind.word(), state.secret(14));
        let secret = state.secret(40);
        let wants_thumbnail = asked["uploadThumbnail"] == true;
        let upload = Upload {
            kind,
            owner: owner.to_owned(),
            expires_us: now_us + lasts_us,
            parts: parts.clone(),
            token: if parts.len() > 1 { state.secret(20) } else { String::new() },
            intake: Some(world.media.intake()),
            next: 0,
            early: std::collections::BTreeMap::new(),
            stored: None,
            work: None,
        };
        let address = |part: &str| world.url(SITE, &format!("/dms-uploads/{secret}/{}/{part}", kind.word()));
        let expires_ms = upload.expires_us / 1_000;
        let mut value = json!({kind.word(): urn});
        if kind == Kind::Video {
            let instruction =
                |(index, part): (usize, &Part)| json!({"uploadUrl": address(&index.to_string()), "firstByte": part.first, "lastByte": part.last});
            value["uploadUrlsExpireAt"] = expires_ms.into();
            value["uploadToken"] = upload.token.as_str().into();
            value["uploadInstructions"] = parts.iter().enumerate().map(instruction).collect();
            if wants_thumbnail {
                value["thumbnailUploadUrl"] = address("thumbnail").into();
            }
        } else {
            value["uploadUrlExpiresAt"] = expires_ms.into();
            value["uploadUrl"] = address("0").into();
        }
        let uploads = state.own::<Uploads>();
        uploads.by_secret.insert(secret, urn.clone());
        uploads.by_urn.insert(urn, upload);
        Ok(Json(json!({"value": value})))
    })
}

/// What may be known of an upload before its bytes are read.
struct Slot {
    urn: String,
    kind: Kind,
    part: Option<(usize, u64)>,
}

fn slot(state: &mut State, secret: &str, part: &str, headers: &HeaderMap, now_us: i64) -> Answer<Slot> {
    let uploads = state.own::<Uploads>();
    let not_found = || Refusal::not_found("upload");
    let urn = uploads.by_secret.get(secret).cloned().ok_or_else(not_found)?;
    let upload = uploads.by_urn.get(&urn).ok_or_else(not_found)?;
    let kind = upload.kind;
    if upload.expires_us <= now_us {
        return Err(Refusal::input(400, "EXPIRED_UPLOAD_URL", "", "The upload URL has expired"));
    }
    if kind == Kind::Video && part == "thumbnail" {
        let family_ok = header_text(headers, "media-type-family") == "STILLIMAGE";
        let slot = Slot { urn, kind, part: None };
        return if family_ok {
            Ok(slot)
        } else {
            Err(Refusal::coded(400, None, "ILLEGAL_ARGUMENT", "media-type-family is required"))
        };
    }
    let index = part
        .parse::<usize>()
        .ok()
        .filter(|index| *index < upload.parts.len())
        .ok_or_else(not_found)?;
    let span = &upload.parts[index];
    let slot = Slot {
        urn,
        kind,
        part: Some((index, span.last - span.first + 1)),
    };
    match (kind, headers.contains_key("authorization")) {
        (Kind::Video, true) => {
            let text = "Only one authentication mechanism is allowed: the address is signed, leave Authorization out";
            Err(Refusal::coded(400, None, "ILLEGAL_ARGUMENT", text))
        }
        (Kind::Video, false) => Ok(slot),
        (Kind::Image | Kind::Document, _) => token(state, headers, now_us).map(|_| slot),
    }
}

async fn put(
    Shared(world): Shared<Arc<World>>,
    Extension(call): Extension<Call>,
    Path((secret, _, part)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let now_us = world.clock.now_us();
    let slot = world.with(|state| slot(state, &secret, &part, &headers, now_us))?;
    match (slot.kind, slot.part) {
        (Kind::Video, Some((index, bytes))) => put_part(&world, &slot.urn, index, bytes, body).await,
        (Kind::Video, None) => {
            let (stored, _) = take_whole(&world, body, &headers, IMAGE_BYTES_MAX).await?;
            if !matches!(stored.sniffed, "image/jpeg" | "image/png") {
                return Err(unsupported(&stored));
            }
            Ok(StatusCode::CREATED.into_response())
        }
        (Kind::Image, _) => put_whole(&world, &call, &slot, &headers, body, IMAGE_BYTES_MAX).await,
        (Kind::Document, _) => put_whole(&world, &call, &slot, &headers, body, DOCUMENT_BYTES_MAX).await,
    }
}

fn too_large() -> Refusal {
    Refusal::coded(413, None, "REQUEST_ENTITY_TOO_LARGE", "Request entity too large")
}

fn cut_off() -> Refusal {
    Refusal::coded(400, None, "ILLEGAL_ARGUMENT", "The body was cut off")
}

fn unsupported(stored: &Stored) -> Refusal {
    let kind = if stored.sniffed.is_empty() { &stored.mime } else { stored.sniffed };
    Refusal::coded(415, None, "UNSUPPORTED_MEDIA_TYPE", format!("Unsupported media type {kind}"))
}

/// Takes a file in whole; also tells its first bytes.
async fn take_whole(world: &World, body: Body, headers: &HeaderMap, bytes_max: u64) -> Answer<(Stored, Vec<u8>)> {
    let (mut intake, mut head) = (world.media.intake(), Vec::new());
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| cut_off())?;
        head.extend(piece.iter().take(8_usize.saturating_sub(head.len())));
        intake.push(&piece);
        if intake.bytes() > bytes_max {
            return Err(too_large());
        }
    }
    if intake.bytes() == 0 {
        return Err(cut_off());
    }
    Ok((world.media.finish(intake, header_text(headers, "content-type")), head))
}

fn is_document(stored: &Stored, head: &[u8]) -> bool {
    stored.sniffed == "application/pdf" || head.starts_with(b"PK\x03\x04") || head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0])
}

async fn put_whole(world: &World, call: &Call, slot: &Slot, headers: &HeaderMap, body: Body, bytes_max: u64) -> Answer<Response> {
    let (stored, head) = take_whole(world, body, headers, bytes_max).await?;
    let fits = match slot.kind {
        Kind::Image => matches!(stored.sniffed, "image/jpeg" | "image/png" | "image/gif"),
        Kind::Document | Kind::Video => is_document(&stored, &head),
    };
    if !fits {
        return Err(unsupported(&stored));
    }
    let pixels = stored.pixels.map(|(width, height)| u64::from(width) * u64::from(height));
    let failure = match (&call.processing_failure, slot.kind, pixels) {
        (Some(code), ..) => Some(code.clone().unwrap_or_else(|| "the media could not be processed".to_owned())),
        (None, Kind::Image, None) => Some("the picture could not be read".to_owned()),
        (None, Kind::Image, Some(pixels)) if pixels >= IMAGE_PIXELS_END => Some("the picture has too many pixels".to_owned()),
        _ => None,
    };
    let done_us = world.clock.now_us() + world.processing_us(call);
    world.with(|state| {
        if let Some(upload) = state.own::<Uploads>().by_urn.get_mut(&slot.urn) {
            upload.stored = Some(stored);
            upload.work = Some(Work { done_us, failure });
        }
    });
    Ok(StatusCode::CREATED.into_response())
}

async fn put_part(world: &World, urn: &str, index: usize, bytes: u64, body: Body) -> Answer<Response> {
    let limit = usize::try_from(bytes).unwrap_or(usize::MAX);
    let piece = axum::body::to_bytes(body, limit).await.map_err(|_| too_large())?;
    if piece.len() != limit {
        let text = format!("The part has {} bytes, but its instruction says {bytes}", piece.len());
        return Err(Refusal::coded(400, None, "ILLEGAL_ARGUMENT", text));
    }
    let digest: String = Sha256::digest(&piece).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("/ambry-video/signedId/{digest}");
    world.with(|state| {
        if let Some(upload) = state.own::<Uploads>().by_urn.get_mut(urn) {
            upload.parts[index].etag = Some(etag.clone());
            if index >= upload.next {
                upload.early.insert(index, piece);
            }
        }
    });
    take_in_order(world, urn);
    Ok((StatusCode::OK, [(http::header::ETAG, format!("\"{etag}\""))]).into_response())
}

/// Hashes the parts that are next in order, without holding the lock meanwhile.
fn take_in_order(world: &World, urn: &str) {
    loop {
        let taken = world.with(|state| {
            let upload = state.own::<Uploads>().by_urn.get_mut(urn)?;
            let next = upload.next;
            let intake = upload.intake.take_if(|_| upload.early.contains_key(&next))?;
            Some((intake, upload.early.remove(&next)?))
        });
        let Some((mut intake, piece)) = taken else { return };
        intake.push(&piece);
        world.with(|state| {
            if let Some(upload) = state.own::<Uploads>().by_urn.get_mut(urn) {
                upload.intake = Some(intake);
                upload.next += 1;
            }
        });
    }
}

fn finalize(world: &World, call: &Call, sent: &Sent) -> Answer<StatusCode> {
    let now_us = world.clock.now_us();
    let intake = world.with(|state| {
        let token = enter(state, &sent.headers, now_us)?;
        let body = super::body(&sent.headers, &sent.body)?;
        let asked = request(&body, "finalizeUploadRequest")?;
        let field = |name: &str| format!("/finalizeUploadRequest/{name}");
        let urn = asked["video"].as_str().ok_or_else(|| Refusal::missing(&field("video")))?.to_owned();
        let ids = asked["uploadedPartIds"]
            .as_array()
            .ok_or_else(|| Refusal::missing(&field("uploadedPartIds")))?;
        let given = asked["uploadToken"]
            .as_str()
            .ok_or_else(|| Refusal::missing(&field("uploadToken")))?;
        let owner = state.own::<Uploads>().by_urn.get(&urn).map(|upload| upload.owner.clone());
        may_speak_for(state, &token, &owner.ok_or_else(|| Refusal::not_found(&urn))?)?;
        let upload = state
            .own::<Uploads>()
            .by_urn
            .get_mut(&urn)
            .ok_or_else(|| Refusal::not_found(&urn))?;
        if upload.work.is_some() {
            return Ok(None);
        }
        if given != upload.token {
            return Err(Refusal::field(
                &field("uploadToken"),
                "uploadToken does not match the one of the initialization",
            ));
        }
        let etags: Option<Vec<&str>> = upload.parts.iter().map(|part| part.etag.as_deref()).collect();
        let etags = etags.ok_or_else(|| Refusal::field(&field("uploadedPartIds"), "Not every part was uploaded"))?;
        if !ids.iter().map(|id| id.as_str().unwrap_or_default()).eq(etags) {
            let text = "uploadedPartIds do not match the uploaded parts in the order of their instructions";
            return Err(Refusal::field(&field("uploadedPartIds"), text));
        }
        let intake = upload.intake.take();
        let busy = || Refusal::coded(409, None, "CONFLICT", "The parts are still being put together");
        Ok(Some((urn, intake.filter(|_| upload.early.is_empty()).ok_or_else(busy)?)))
    })?;
    let Some((urn, intake)) = intake else { return Ok(StatusCode::OK) };
    let stored = world.media.finish(intake, "video/mp4");
    let failure = match &call.processing_failure {
        Some(code) => Some(code.clone().unwrap_or_else(|| "the video could not be processed".to_owned())),
        None => film_flaw(world, &stored),
    };
    let done_us = now_us + world.processing_us(call);
    world.with(|state| {
        if let Some(upload) = state.own::<Uploads>().by_urn.get_mut(&urn) {
            upload.stored = Some(stored);
            upload.work = Some(Work { done_us, failure });
        }
    });
    Ok(StatusCode::OK)
}

/// Why a file cannot be a video here. Of one that is too large to be kept, only its kind is known.
fn film_flaw(world: &World, stored: &Stored) -> Option<String> {
    if !matches!(stored.sniffed, "video/mp4" | "video/quicktime") {
        return Some("the file is no MP4".to_owned());
    }
    match stored.duration_ms {
        None if world.media.get(&stored.sha256).is_some() => Some("the file has no film header".to_owned()),
        Some(ms) if !VIDEO_MS.contains(&ms) => Some(format!("the film runs {ms} ms, but 3 s to 30 min are taken")),
        None | Some(_) => None,
    }
}

async fn image(Shared(world): Shared<Arc<World>>, Path(urn): Path<String>, headers: HeaderMap) -> Answer<Json<Value>> {
    read(&world, Kind::Image, &urn, &headers)
}

async fn document(Shared(world): Shared<Arc<World>>, Path(urn): Path<String>, headers: HeaderMap) -> Answer<Json<Value>> {
    read(&world, Kind::Document, &urn, &headers)
}

async fn video(Shared(world): Shared<Arc<World>>, Path(urn): Path<String>, headers: HeaderMap) -> Answer<Json<Value>> {
    read(&world, Kind::Video, &urn, &headers)
}

fn read(world: &World, kind: Kind, urn: &str, headers: &HeaderMap) -> Answer<Json<Value>> {
    let now_us = world.clock.now_us();
    world.with(|state| {
        let token = enter(state, headers, now_us)?;
        let readers = ["r_organization_social", "rw_organization_admin", "w_organization_social"];
        if kind != Kind::Video && scope(&token, &readers, kind.resource()).is_err() {
            let text = format!("Accessing this {} resource is forbidden", kind.word());
            return Err(Refusal::coded(403, Some(100), "ACCESS_DENIED", text));
        }
        let upload = state.own::<Uploads>().by_urn.get(urn).filter(|upload| upload.kind == kind);
        let upload = upload.ok_or_else(|| Refusal::not_found(urn))?;
        let status = upload.status(now_us);
        let mut answer = json!({"id": urn, "owner": upload.owner, "status": status.word()});
        if status == Status::Available {
            let sha256 = upload.stored.as_ref().map(|stored| stored.sha256.clone()).unwrap_or_default();
            let base = world.settings().public_base;
            answer["downloadUrl"] = format!("{base}/_sandbox/media/{sha256}").into();
        }
        if let (Status::Failed, Some(work)) = (status, &upload.work) {
            answer["processingFailureReason"] = work.failure.clone().into();
        }
        Ok(Json(answer))
    })
}
