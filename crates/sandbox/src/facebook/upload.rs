//! Bytes: the app's resumable uploads (`upload:…`) and the upload host of reels and stories.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{Method, Request};
use serde_json::json;

use super::limits::VIDEO_BYTES_MAX;
use super::{NETWORK, Own, token_of};
use crate::meta::{Answer, Asked, Refusal, Upload, UploadRefusal, Way, live_token};
use crate::passage::Call;
use crate::world::{State, Stored, World};

/// Types that the resumable upload takes (§3.4).
const TYPES: [&str; 5] = ["application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4"];

/// A resumable upload of an app.
pub struct Handle {
    person: String,
    kind: String,
    total: u64,
    upload: Upload,
    /// What videos are made with, once the file is whole.
    handle: Option<String>,
}

/// `POST /{app}/uploads` with the user token.
pub fn open(asked: &Asked) -> Answer {
    asked.world.with(|state| {
        let token = token_of(asked, state)?;
        if token.kind != "user" {
            return Err(Refusal::parameter("A user access token is required"));
        }
        if token.app != asked.segment(0) {
            return Err(Refusal::missing(&asked.method, asked.segment(0)));
        }
        let kind = asked.params.need("file_type")?.to_owned();
        if !TYPES.contains(&kind.as_str()) {
            return Err(Refusal::parameter("Param file_type must be one of the supported types"));
        }
        let total = asked
            .params
            .whole("file_length")?
            .ok_or_else(|| Refusal::parameter("The parameter file_length is required"))?;
        let id = format!("upload:{}", state.secret(32));
        let handle = Handle {
            person: token.person,
            kind,
            total,
            upload: Upload::default(),
            handle: None,
        };
        state.own::<Own>().uploads.insert(id.clone(), handle);
        Ok(json!({"id": id}))
    })
}

/// `POST` and `GET /upload:…`.
pub async fn handle(asked: Asked) -> Answer {
    let id = asked.segment(0).to_owned();
    let oauth = asked
        .headers
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("OAuth "));
    if !oauth {
        return Err(Refusal::of("token_invalid").saying("The header Authorization: OAuth is required"));
    }
    let (mut upload, total, kind) = asked.world.with(|state| {
        let token = token_of(&asked, state)?;
        let handle = state
            .own::<Own>()
            .uploads
            .get_mut(&id)
            .filter(|handle| handle.person == token.person);
        let handle = handle.ok_or_else(|| Refusal::missing(&asked.method, &id))?;
        let taken = if asked.method == Method::POST {
            std::mem::take(&mut handle.upload)
        } else {
            Upload::default()
        };
        Ok((taken, handle.total, handle.kind.clone()))
    })?;
    if asked.method == Method::GET {
        let received = asked
            .world
            .with(|state| state.own::<Own>().uploads.get(&id).map_or(0, |handle| handle.upload.received()));
        return Ok(json!({"id": id, "file_offset": received}));
    }
    let way = Way {
        offset: "file_offset",
        total: Some(total),
        bytes_max: VIDEO_BYTES_MAX,
    };
    let taken = upload.take(&asked.world, &asked.headers, asked.take_body(), way).await;
    if taken.is_ok() {
        upload.close(&asked.world, &kind);
    }
    asked.world.with(|state| {
        let secret = state.secret(48);
        if let Some(handle) = state.own::<Own>().uploads.get_mut(&id) {
            handle.upload = upload;
            handle.handle = taken.is_ok().then(|| format!("2:{secret}"));
        }
        match taken {
            Ok(()) => Ok(json!({"h": format!("2:{secret}")})),
            Err(refusal) => Err(Refusal::of("upload_again").saying(refusal.message)),
        }
    })
}

/// The file behind a finished resumable upload.
pub fn by_handle(state: &mut State, handle: &str) -> Option<Stored> {
    let uploads = &state.own::<Own>().uploads;
    uploads
        .values()
        .find(|upload| upload.handle.as_deref() == Some(handle))?
        .upload
        .stored
        .clone()
}

/// `POST rupload.facebook.com/{kind}/{version}/{id}`: a reel's or story's bytes, or Instagram's.
pub async fn rupload(
    Shared(world): Shared<Arc<World>>,
    Path((kind, _, id)): Path<(String, String, String)>,
    Extension(call): Extension<Call>,
    request: Request<Body>,
) -> Response {
    let received = match kind.as_str() {
        "video-upload" => receive(&world, &id, &call, request).await,
        "ig-api-upload" => crate::instagram::upload(&world, &id, &call, request).await,
        _ => Err(UploadRefusal::new("ProcessingFailedError", "Unknown upload kind", false)),
    };
    match received {
        Ok(answer) => Json(answer).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// The token of an upload: only the header `Authorization: OAuth …` counts (§0).
pub fn oauth_header(request: &Request<Body>) -> Result<String, UploadRefusal> {
    let value = request
        .headers()
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("OAuth ")).map(str::to_owned);
    token.ok_or_else(|| UploadRefusal::unauthorized("The header Authorization: OAuth is required"))
}

async fn receive(world: &Arc<World>, id: &str, call: &Call, request: Request<Body>) -> Result<serde_json::Value, UploadRefusal> {
    let value = oauth_header(&request)?;
    let now_us = world.clock.now_us();
    let mut upload = world.with(|state| {
        let token =
            live_token(state, now_us, Some(&value), &Default::default()).map_err(|refusal| UploadRefusal::unauthorized(refusal.message))?;
        let video = state.own::<Own>().videos.get_mut(id);
        let video = video.filter(|video| token.network == NETWORK && token.account.as_ref() == Some(&video.page));
        let video = video.ok_or_else(|| UploadRefusal::new("ProcessingFailedError", "There is no such upload", false))?;
        Ok(std::mem::take(&mut video.upload))
    })?;
    let (parts, body) = request.into_parts();
    let way = Way {
        offset: "offset",
        total: None,
        bytes_max: VIDEO_BYTES_MAX,
    };
    let taken = upload.take(world, &parts.headers, body, way).await;
    world.with(|state| {
        if let Some(video) = state.own::<Own>().videos.get_mut(id) {
            video.upload = upload;
            if taken.is_ok() {
                video.arrived(world, call);
            }
        }
    });
    taken.map(|()| json!({"success": true}))
}
