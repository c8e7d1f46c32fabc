//! The video service: takes a video, works on it, hands it to the account's server as a blob.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json, Router, routing};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::auth::token;
use super::blobs::{keep, reference, take_in};
use super::error::{Answer, Refusal};
use super::limits::{VIDEO_BYTES_MAX, VIDEO_BYTES_PER_DAY, VIDEO_MS_MAX, VIDEOS_PER_DAY};
use super::repos::{Job, Repos};
use super::xrpc::{Params, header_text};
use super::{NETWORK, PDS, VIDEO, cid};
use crate::passage::Call;
use crate::world::{State, World};

const DAY_US: i64 = 86_400_000_000;

/// The states a job goes through, with the share of its time after which each begins, percent.
const STATES: &[(i64, &str)] = &[
    (0, "JOB_STATE_CREATED"),
    (5, "JOB_STATE_ENCODING"),
    (60, "JOB_STATE_ENCODED"),
    (65, "JOB_STATE_SCANNING"),
    (80, "JOB_STATE_SCANNED"),
    (85, "JOB_STATE_UPLOADING"),
    (95, "JOB_STATE_UPLOADED"),
];

/// The routes of the service.
pub fn routes(host: &str) -> Router<Arc<World>> {
    let at = |nsid: &str| format!("/{host}/xrpc/app.bsky.video.{nsid}");
    Router::new()
        .route(&at("uploadVideo"), routing::post(upload))
        .route(&at("getJobStatus"), routing::get(job_status))
        .route(&at("getUploadLimits"), routing::get(upload_limits))
}

/// The names under which an account's server may be addressed: its real one, and those that follow from the address at
/// which the sandbox serves it.
fn server_names(world: &World) -> Vec<String> {
    let mut names = vec![format!("did:web:{PDS}")];
    if let Ok(base) = url::Url::parse(&world.url(PDS, "")) {
        let host = base.host_str().unwrap_or_default().to_owned();
        names.push(format!("did:web:{host}"));
        if let Some(port) = base.port() {
            names.push(format!("did:web:{host}%3A{port}"));
            names.push(format!("did:web:{host}%3A{port}:{PDS}"));
        }
    }
    names
}

/// The account for which a service token speaks.
fn on_behalf(state: &State, headers: &HeaderMap, audiences: &[String], method: &str, now_us: i64) -> Answer<String> {
    let token = token(state, headers, "service", now_us)?;
    let audience = token.details["aud"].as_str().unwrap_or_default();
    if !audiences.iter().any(|known| known == audience) {
        return Err(Refusal::unauthorized(
            "BadJwtAudience",
            format!("jwt audience does not match service did: {audience}"),
        ));
    }
    if token.details["lxm"] != method {
        return Err(Refusal::unauthorized(
            "BadJwtLexiconMethod",
            format!("bad jwt lexicon method (\"lxm\"). must match: {method}"),
        ));
    }
    token
        .account
        .ok_or_else(|| Refusal::bad("InvalidToken", "Token could not be verified"))
}

fn used_today<'a>(repos: &'a Repos, did: &'a str, now_us: i64) -> impl Iterator<Item = &'a Job> {
    repos
        .jobs
        .values()
        .filter(move |job| job.did == did && job.started_us + DAY_US > now_us)
}

fn email_confirmed(state: &State, did: &str) -> bool {
    state
        .account(NETWORK, did)
        .is_some_and(|account| account.details["email_confirmed"] == true)
}

async fn upload_limits(Shared(world): Shared<Arc<World>>, headers: HeaderMap) -> Answer<Json<Value>> {
    let now_us = world.clock.now_us();
    world.with(|state| {
        let did = on_behalf(
            state,
            &headers,
            &[format!("did:web:{VIDEO}")],
            "app.bsky.video.getUploadLimits",
            now_us,
        )?;
        if !email_confirmed(state, &did) {
            let message = "User must verify email before uploading videos.";
            return Ok(Json(json!({"canUpload": false, "error": "unconfirmed_email", "message": message})));
        }
        let repos = state.own::<Repos>();
        let videos = VIDEOS_PER_DAY.saturating_sub(used_today(repos, &did, now_us).count());
        let bytes = VIDEO_BYTES_PER_DAY.saturating_sub(used_today(repos, &did, now_us).map(|job| job.stored.bytes).sum());
        Ok(Json(
            json!({"canUpload": videos > 0, "remainingDailyVideos": videos, "remainingDailyBytes": bytes}),
        ))
    })
}

fn flat(job: &Value, error: &str, message: &str) -> Value {
    let mut body = job.clone();
    body["error"] = error.into();
    body["message"] = message.into();
    body
}

async fn upload(
    Shared(world): Shared<Arc<World>>,
    Extension(call): Extension<Call>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let params = Params::read(query.as_deref());
    let now_us = world.clock.now_us();
    let names = server_names(&world);
    let did = world.with(|state| {
        let did = on_behalf(state, &headers, &names, "com.atproto.repo.uploadBlob", now_us)?;
        if params.required("did")? != did {
            return Err(Refusal::unauthorized(
                "AuthenticationRequired",
                "the token speaks for another account",
            ));
        }
        params.required("name")?;
        if !email_confirmed(state, &did) {
            return Err(Refusal::unauthorized(
                "unconfirmed_email",
                "User must verify email before uploading videos.",
            ));
        }
        if used_today(state.own::<Repos>(), &did, now_us).count() >= VIDEOS_PER_DAY {
            return Err(Refusal::bad("DailyLimitExceeded", "You have reached the daily limit of videos"));
        }
        Ok(did)
    })?;
    let encoding = header_text(&headers, &header::CONTENT_TYPE);
    if encoding != "video/mp4" {
        return Err(Refusal::invalid(format!("Wrong request encoding (Content-Type): {encoding}")));
    }
    let stored = take_in(&world, body, encoding, VIDEO_BYTES_MAX).await?;
    let done_us = now_us + world.processing_us(&call);
    let failure = match call.processing_failure {
        Some(code) => Some(code.unwrap_or_else(|| "encoding_failure".to_owned())),
        None if stored.sniffed != "video/mp4" && stored.sniffed != "video/quicktime" => Some("validation_failure".to_owned()),
        None if stored.duration_ms.is_some_and(|ms| ms > VIDEO_MS_MAX) => Some("validation_failure".to_owned()),
        None => None,
    };
    Ok(world.with(|state| {
        let known = state
            .own::<Repos>()
            .jobs
            .values()
            .find(|job| job.did == did && job.stored.sha256 == stored.sha256);
        if let Some(id) = known.filter(|job| job.failure.is_none()).map(|job| job.id.clone()) {
            let status = status(state, &id, now_us).unwrap_or_default();
            return (
                StatusCode::CONFLICT,
                Json(flat(&status, "already_exists", "Video already processed")),
            )
                .into_response();
        }
        let id = format!("cv{}", state.secret(18).to_lowercase());
        let job = Job {
            id: id.clone(),
            did,
            stored,
            started_us: now_us,
            done_us,
            failure,
            handed_over: false,
        };
        state.own::<Repos>().jobs.insert(id.clone(), job);
        let status = status(state, &id, now_us).unwrap_or_default();
        Json(json!({"jobStatus": status})).into_response()
    }))
}

/// How a job stands now. A job that is done hands its blob over here.
fn status(state: &mut State, id: &str, now_us: i64) -> Option<Value> {
    let repos = state.own::<Repos>();
    let job = repos.jobs.get_mut(id)?;
    if now_us < job.done_us {
        let percent = (now_us - job.started_us) * 100 / (job.done_us - job.started_us).max(1);
        let (_, name) = STATES.iter().rev().find(|(from, _)| percent >= *from)?;
        return Some(json!({"jobId": job.id, "did": job.did, "state": name, "progress": percent}));
    }
    if let Some(code) = &job.failure {
        return Some(json!({
            "jobId": job.id, "did": job.did, "state": "JOB_STATE_FAILED", "progress": 100,
            "error": "Video processing failed", "failureCode": code, "message": "Video processing failed",
        }));
    }
    let cid = cid::of_blob(&job.stored.digest);
    let blob = reference(&cid, "video/mp4", job.stored.bytes);
    let answer = json!({"jobId": job.id, "did": job.did, "state": "JOB_STATE_COMPLETED", "progress": 100, "blob": blob});
    if !job.handed_over {
        job.handed_over = true;
        let job = job.clone();
        keep(repos, &job.did, &cid, job.stored, "video/mp4".to_owned(), now_us);
    }
    Some(answer)
}

async fn job_status(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery) -> Answer<Json<Value>> {
    let params = Params::read(query.as_deref());
    let id = params.required("jobId")?.to_owned();
    let now_us = world.clock.now_us();
    let status = world.with(|state| status(state, &id, now_us));
    let status = status.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "NotFound", "job not found"))?;
    Ok(Json(json!({"jobStatus": status})))
}
