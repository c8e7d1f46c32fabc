//! Uploads that are taken up again: an address for a file, its pieces in order, and what came of it whenever it is asked.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Extension, RawQuery, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::error::{Answer, Refusal};
use super::limits::{PIECE_BYTES, SESSION_S, VIDEO_BYTES_MAX};
use super::publish::PARTS;
use super::rest::{UPLOAD, body, enter_channel, known, need, parts};
use super::video::{Arrived, make, resource};
use super::{API, NETWORK, content, is_kept_in_part, is_unaudited, quota, upload_at};
use crate::google::{header_text, params};
use crate::passage::Call;
use crate::world::{Account, Intake, State, Token, World};

const DAY_US: i64 = 86_400_000_000;
/// The longest piece that is taken at once.
const PIECE_BYTES_MAX: usize = 512 * 1024 * 1024;
/// YouTube's own status for an upload that goes on.
const GOES_ON: StatusCode = StatusCode::PERMANENT_REDIRECT;

/// An upload.
struct Session {
    account: String,
    app: String,
    kind: String,
    total: u64,
    came: u64,
    /// Taken away once the file is whole.
    intake: Option<Intake>,
    opened_us: i64,
    snippet: Value,
    status: Value,
    parts: Vec<&'static str>,
    notify: bool,
    /// What it became.
    video: Option<String>,
}

/// Every upload, by what its address says.
#[derive(Default)]
struct Sessions(HashMap<String, Session>);

/// The routes of uploads.
pub fn routes() -> Router<Arc<World>> {
    Router::new().route(&upload_at("videos"), routing::post(open).put(put))
}

/// How many videos of a channel came within 24 hours; YouTube tells nobody how many it takes.
fn uploads_left(state: &State, account: &Account, now_us: i64) -> Answer<()> {
    let quota = state.quota(NETWORK, &account.id);
    let Some(total) = quota.total else { return Ok(()) };
    let of_day = state
        .posts_of(NETWORK, &account.id)
        .filter(|post| post.details["uploaded_us"].as_i64().is_some_and(|at_us| at_us > now_us - DAY_US))
        .count() as u64;
    if of_day + quota.used < total {
        return Ok(());
    }
    Err(Refusal::invalid(
        "uploadLimitExceeded",
        "The user has exceeded the number of videos they may upload.",
    ))
}

async fn open(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap, bytes: Bytes) -> Answer<Response> {
    let (query, now_us) = (params(query.as_deref()), world.clock.now_us());
    let id = world.with(|state| {
        let (token, account) = enter_channel(&world, state, &headers, UPLOAD, 0)?;
        quota::take_insert(state, &token.app, now_us)?;
        if query.get("uploadType").map(String::as_str) != Some("resumable") {
            return Err(Refusal::invalid(
                "mediaBodyRequired",
                "The request does not include the video content.",
            ));
        }
        let parts = parts(&query, PARTS)?;
        let body = body(&headers, &bytes)?;
        // What is no part of the request is passed over.
        let of = |name: &str| if parts.contains(&name) { body[name].clone() } else { Value::Null };
        let snippet = content::snippet(&of("snippet"))?;
        let mut status = content::status(&of("status"), false, now_us)?;
        let (kind, total) = announced(&headers)?;
        uploads_left(state, &account, now_us)?;
        if is_unaudited(&token.app) {
            status["privacyStatus"] = "private".into();
        }
        let id = format!("A{}", state.secret(40));
        let session = Session {
            account: account.id,
            app: token.app,
            kind,
            total,
            came: 0,
            intake: Some(world.media.intake()),
            opened_us: now_us,
            snippet,
            status,
            parts,
            notify: query.get("notifySubscribers").map(String::as_str) != Some("false"),
            video: None,
        };
        state.own::<Sessions>().0.insert(id.clone(), session);
        Ok(id)
    })?;
    let path = format!("/upload/youtube/v3/videos?uploadType=resumable&upload_id={id}");
    Ok((StatusCode::OK, [(header::LOCATION, world.url(API, &path))]).into_response())
}

/// Kind and length of the file as they are announced.
fn announced(headers: &HeaderMap) -> Answer<(String, u64)> {
    let kind = header_text(headers, "x-upload-content-type");
    if !kind.starts_with("video/") && kind != "application/octet-stream" {
        return Err(Refusal::invalid(
            "badContent",
            format!("Media type '{kind}' is not supported. Valid media types: [video/*, application/octet-stream]"),
        ));
    }
    let bytes = header_text(headers, "x-upload-content-length").parse::<u64>().ok();
    let bytes = bytes.filter(|bytes| (1..=VIDEO_BYTES_MAX).contains(bytes));
    let bytes = bytes.ok_or_else(|| Refusal::invalid("badContent", "X-Upload-Content-Length is missing or out of range."))?;
    Ok((kind.to_owned(), bytes))
}

/// What a call to an upload's address says of itself.
enum Said {
    /// How much came?
    Asks,
    /// From this byte to before that one.
    Piece(u64, u64),
}

fn said(headers: &HeaderMap, session: &Session) -> Option<Said> {
    let length: u64 = header_text(headers, header::CONTENT_LENGTH.as_str()).parse().ok()?;
    let range = header_text(headers, header::CONTENT_RANGE.as_str());
    if range.is_empty() {
        return (length == session.total).then_some(Said::Piece(0, length));
    }
    let (range, total) = range.strip_prefix("bytes ")?.split_once('/')?;
    if total.parse() != Ok(session.total) {
        return None;
    }
    if range == "*" {
        return (length == 0).then_some(Said::Asks);
    }
    let (first, last) = range.split_once('-')?;
    let (first, end) = (first.parse::<u64>().ok()?, last.parse::<u64>().ok()? + 1);
    let whole_pieces = end == session.total || (end - first.min(end)) % PIECE_BYTES == 0;
    let in_order = first <= session.came && first < end && end <= session.total;
    (in_order && whole_pieces && length == end - first).then_some(Said::Piece(first, end))
}

fn bare(status: StatusCode, text: &'static str) -> Response {
    (status, text).into_response()
}

fn goes_on(came: u64) -> Response {
    match came {
        0 => GOES_ON.into_response(),
        came => (GOES_ON, [(header::RANGE, format!("bytes=0-{}", came - 1))]).into_response(),
    }
}

/// A session that is still there, for whoever asks; the answer if the file has come or there is no such session.
fn entered(world: &World, state: &mut State, headers: &HeaderMap, id: &str) -> Result<(Token, Account), Box<Response>> {
    let now_us = world.clock.now_us();
    let (token, account) = known(world, state, headers).map_err(|refusal| Box::new(refusal.into_response()))?;
    let Some(session) = state.own::<Sessions>().0.get(id).filter(|session| session.account == account.id) else {
        return Err(Box::new(bare(StatusCode::NOT_FOUND, "Not Found")));
    };
    if session.opened_us + SESSION_S * 1_000_000 <= now_us {
        return Err(Box::new(bare(StatusCode::GONE, "Gone")));
    }
    let (video, parts) = (session.video.clone(), session.parts.clone());
    match video {
        Some(video) => match state.post(NETWORK, &video) {
            Some(post) => Err(Box::new(Json(resource(post, &account, &parts, now_us)).into_response())),
            None => Err(Box::new(bare(StatusCode::NOT_FOUND, "Not Found"))),
        },
        None => Ok((token, account)),
    }
}

async fn put(
    Shared(world): Shared<Arc<World>>,
    Extension(call): Extension<Call>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let query = params(query.as_deref());
    let id = match need(&query, "upload_id") {
        Ok(id) => id.to_owned(),
        Err(refusal) => return refusal.into_response(),
    };
    let piece = world.with(|state| {
        entered(&world, state, &headers, &id)?;
        let sessions = state.own::<Sessions>();
        let session = sessions
            .0
            .get(&id)
            .ok_or_else(|| Box::new(bare(StatusCode::NOT_FOUND, "Not Found")))?;
        match said(&headers, session) {
            None => Err(Box::new(bare(StatusCode::BAD_REQUEST, "Failed to parse Content-Range header."))),
            Some(Said::Asks) => Err(Box::new(goes_on(session.came))),
            Some(Said::Piece(first, end)) => Ok((first, end)),
        }
    });
    let (first, end) = match piece {
        Ok(piece) => piece,
        Err(answer) => return *answer,
    };
    // Read whole before anything is kept: a piece that is cut off has not come.
    let Ok(bytes) = to_bytes(body, PIECE_BYTES_MAX).await else {
        return bare(StatusCode::BAD_REQUEST, "The body could not be read");
    };
    if bytes.len() as u64 != end - first {
        return bare(StatusCode::BAD_REQUEST, "The body does not fit the Content-Range");
    }
    world.with(|state| match take(&world, state, &call, &id, first, &bytes) {
        Some(answer) => answer,
        None => bare(StatusCode::BAD_REQUEST, "Another piece is expected"),
    })
}

/// Keeps what is new of a piece; with the last byte it becomes a video.
fn take(world: &World, state: &mut State, call: &Call, id: &str, first: u64, bytes: &[u8]) -> Option<Response> {
    let now_us = world.clock.now_us();
    let session = state.own::<Sessions>().0.get_mut(id)?;
    let known = usize::try_from(session.came.checked_sub(first)?).ok()?;
    let fresh = bytes.get(known..).unwrap_or_default();
    let pieces = fresh.len() as u64 / PIECE_BYTES;
    let ends = first + bytes.len() as u64 == session.total;
    let kept = match is_kept_in_part(&session.app) && !ends && pieces > 1 {
        true => &fresh[..usize::try_from(pieces / 2 * PIECE_BYTES).ok()?],
        false => fresh,
    };
    let intake = session.intake.as_mut()?;
    intake.push(kept);
    session.came = intake.bytes();
    if session.came < session.total {
        return Some(goes_on(session.came));
    }
    let file = world.media.finish(session.intake.take()?, &session.kind);
    let arrived = Arrived {
        app: session.app.clone(),
        snippet: session.snippet.clone(),
        status: session.status.clone(),
        notify: session.notify,
        failure: call
            .processing_failure
            .as_ref()
            .map(|code| code.clone().unwrap_or_else(|| "conversion".to_owned())),
        ready_us: now_us + world.processing_us(call),
    };
    let (account, parts) = (session.account.clone(), session.parts.clone());
    let account = state.account(NETWORK, &account)?.clone();
    let video = make(state, &account, &file, arrived, now_us);
    state.own::<Sessions>().0.get_mut(id)?.video = Some(video.clone());
    let post = state.post(NETWORK, &video)?;
    Some((StatusCode::CREATED, Json(resource(post, &account, &parts, now_us))).into_response())
}
