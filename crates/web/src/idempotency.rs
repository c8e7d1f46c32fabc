//! A write with `Idempotency-Key` is done once; a replay is answered with the first answer.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use postrider_core::ids::UserId;
use postrider_store::idempotency_keys::{self, Begun};
use sha2::Digest;

use crate::auth::csrf::changes;
use crate::auth::session::Signed;
use crate::extract::whole;
use crate::problem::{Answer, Code, Refused};
use crate::state::AppState;

/// The header.
const KEY: &str = "idempotency-key";
/// The longest key, in bytes.
const KEY_BYTES_MAX: usize = 200;
/// After this time a first request that never answered counts as dead with its process, in milliseconds.
const STALE_MS: i64 = 120_000;
/// The largest answer that is kept, in bytes.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Answers replays; everything without a key, or without a session, passes.
pub async fn once(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let signed = request.extensions().get::<Signed>().cloned();
    let key = request.headers().get(KEY).cloned();
    let streams = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/offset+octet-stream");
    match (signed, key) {
        (Some(signed), Some(key)) if changes(request.method()) && !streams => keyed(&state, &signed, &key, request, next)
            .await
            .unwrap_or_else(IntoResponse::into_response),
        _ => next.run(request).await,
    }
}

async fn keyed(state: &AppState, signed: &Signed, key: &HeaderValue, request: Request, next: Next) -> Answer<Response> {
    let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= KEY_BYTES_MAX);
    let key = key.ok_or_else(|| Refused::invalid("Idempotency-Key", format!("A key is 1 to {KEY_BYTES_MAX} plain characters.")))?;
    let (parts, body) = request.into_parts();
    let bytes = whole(body).await?;
    let mut hash = sha2::Sha256::new();
    hash.update(parts.method.as_str());
    hash.update(" ");
    hash.update(parts.uri.path_and_query().map_or("", |path| path.as_str()));
    hash.update("\n");
    hash.update(&bytes);
    let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let (db, user, now_ms) = (state.db(), signed.user.id, state.now_ms());
    match idempotency_keys::begin(db, user, key, &hash, now_ms, now_ms - STALE_MS).await? {
        Begun::Replay { status, answer } => return replay(status, answer),
        Begun::Running => return Err(Code::KeyRunning.because("Wait for its answer.").retry_after(1)),
        Begun::Mismatch => {
            return Err(Code::KeyReused
                .because("This key came with another request before.")
                .field("Idempotency-Key"));
        }
        Begun::First => {}
    }
    let request = Request::from_parts(parts, Body::from(bytes));
    let (state, user, key) = (state.clone(), signed.user.id, key.to_owned());
    // A caller that hangs up would break the work off between its writing and the keeping of its answer, and the replay would do it again.
    tokio::spawn(async move { kept(&state, user, &key, next.run(request).await).await })
        .await
        .map_err(Refused::internal)?
}

/// Keeps the answer for replays and gives it on.
async fn kept(state: &AppState, user: UserId, key: &str, response: Response) -> Answer<Response> {
    let db = state.db();
    let (head, body) = response.into_parts();
    let Ok(answer) = to_bytes(body, ANSWER_BYTES_MAX).await else {
        idempotency_keys::abandon(db, user, key).await?;
        return Err(Refused::internal("an answer could not be kept for replays"));
    };
    // A refusal wrote nothing: the same key may be tried again once its reason is gone.
    match (head.status.is_success(), std::str::from_utf8(&answer)) {
        (true, Ok(text)) => idempotency_keys::finish(db, user, key, head.status.as_u16(), text).await?,
        _ => idempotency_keys::abandon(db, user, key).await?,
    }
    Ok(Response::from_parts(head, Body::from(answer)))
}

fn replay(status: u16, answer: String) -> Answer<Response> {
    let status = StatusCode::from_u16(status).map_err(Refused::internal)?;
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mark = (
        header::HeaderName::from_static("idempotency-replayed"),
        HeaderValue::from_static("true"),
    );
    Ok(if answer.is_empty() {
        (status, [mark]).into_response()
    } else {
        (status, [kind, mark], answer).into_response()
    })
}
