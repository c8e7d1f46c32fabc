//! The host that videos are sent to: part by part, in order, under an address that holds its own secret and works for an hour.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Extension, RawQuery, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use http::{HeaderMap, StatusCode, header};

use super::UPLOADS;
use super::limits::LAST_PART_BYTES_MAX;
use super::publish::arrived;
use super::rest::{header_text, params};
use super::tasks::{Task, Tasks, Upload};
use crate::passage::Call;
use crate::world::World;

const KINDS: [&str; 3] = ["video/mp4", "video/quicktime", "video/webm"];

/// The route of uploads.
pub fn routes() -> Router<Arc<World>> {
    Router::new().route(&format!("/{UPLOADS}/video/"), routing::put(put))
}

/// First byte, last byte and length of the whole, as `bytes 0-99/200` says them.
pub fn range_of(text: &str) -> Option<(u64, u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?, total.parse().ok()?))
}

/// What a part says of itself.
struct Part {
    first: u64,
    last: u64,
    kind: String,
}

/// The status of a refusal, and a sentence.
type No = (StatusCode, &'static str);

const NO_TASK: No = (StatusCode::NOT_FOUND, "The upload task does not exist");

fn said(headers: &HeaderMap, upload: &Upload) -> Result<Part, &'static str> {
    let kind = header_text(headers, header::CONTENT_TYPE.as_str()).to_owned();
    if !KINDS.contains(&kind.as_str()) {
        return Err("The Content-Type is not supported");
    }
    let range = range_of(header_text(headers, header::CONTENT_RANGE.as_str()));
    let (first, last, total) = range.ok_or("The Content-Range is missing or invalid")?;
    if total != upload.parts.bytes || last < first || last >= total {
        return Err("The Content-Range does not fit the video_size");
    }
    let length: Option<u64> = header_text(headers, header::CONTENT_LENGTH.as_str()).parse().ok();
    if length != Some(last - first + 1) {
        return Err("The Content-Length does not fit the Content-Range");
    }
    let ends = last + 1 == total;
    let whole = last - first + 1 == upload.parts.part;
    let is_last = first == upload.parts.part * (upload.parts.count - 1);
    if ends != is_last || !ends && !whole {
        return Err("The Content-Range does not fit the chunk_size");
    }
    Ok(Part { first, last, kind })
}

/// The task under a secret, with its upload.
fn of_secret<'a>(tasks: &'a mut Tasks, secret: &str) -> Option<(&'a String, &'a mut Task)> {
    let fits = |task: &Task| task.upload.as_ref().is_some_and(|upload| upload.token == secret);
    tasks.0.iter_mut().find(|(_, task)| fits(task))
}

async fn put(
    Shared(world): Shared<Arc<World>>,
    Extension(call): Extension<Call>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let query = params(query.as_deref());
    let text = |name: &str| query.get(name).cloned().unwrap_or_default();
    let secret = format!("{}:{}", text("upload_id"), text("upload_token"));
    let now_us = world.clock.now_us();
    // Read whole before anything is kept: a part that is cut off has not come.
    let part = world.with(|state| {
        let (_, task) = of_secret(state.own::<Tasks>(), &secret).ok_or(NO_TASK)?;
        let upload = task.upload.as_ref().ok_or(NO_TASK)?;
        if upload.ends_us <= now_us {
            return Err((StatusCode::FORBIDDEN, "The upload_url has expired"));
        }
        said(&headers, upload).map_err(|why| (StatusCode::BAD_REQUEST, why))
    });
    let part = match part {
        Ok(part) => part,
        Err(refusal) => return refusal.into_response(),
    };
    let Ok(bytes) = to_bytes(body, usize::try_from(LAST_PART_BYTES_MAX).unwrap_or(usize::MAX)).await else {
        return (StatusCode::BAD_REQUEST, "The body could not be read").into_response();
    };
    if bytes.len() as u64 != part.last - part.first + 1 {
        return (StatusCode::BAD_REQUEST, "The body does not fit the Content-Range").into_response();
    }
    let taken = world.with(|state| {
        let (id, task) = of_secret(state.own::<Tasks>(), &secret)?;
        let upload = task.upload.as_mut()?;
        if part.first != upload.came {
            return None;
        }
        let intake = upload.intake.as_mut()?;
        intake.push(&bytes);
        upload.came = intake.bytes();
        let whole = upload.came == upload.parts.bytes;
        let intake = if whole { upload.intake.take() } else { None };
        Some((id.clone(), upload.came, upload.parts.bytes, intake))
    });
    match taken {
        None => (StatusCode::RANGE_NOT_SATISFIABLE, "Another part is expected").into_response(),
        Some((_, came, total, None)) => {
            let came = format!("bytes 0-{came}/{total}");
            (StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, came)]).into_response()
        }
        Some((id, _, _, Some(intake))) => {
            let file = world.media.finish(intake, &part.kind);
            arrived(&world, &call, &id, &[file], None);
            StatusCode::CREATED.into_response()
        }
    }
}
