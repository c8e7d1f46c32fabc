//! The public address from which a network fetches a file: signed, expiring, revocable, and never a redirect.

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Response};
use postrider_store::media_addresses;
use serde::Deserialize;

use crate::blob;
use crate::problem::{Answer, Refused};
use crate::state::AppState;

/// What the address is signed with.
#[derive(Deserialize)]
pub struct Signature {
    exp: i64,
    sig: String,
}

/// Answers the file. Whatever is wrong with the address, the answer is the same 404.
///
/// # Errors
/// 404.
pub async fn serve(
    State(state): State<AppState>,
    Path((id, _name)): Path<(String, String)>,
    signed: Result<Query<Signature>, QueryRejection>,
    headers: HeaderMap,
) -> Answer<Response<Body>> {
    let Query(signed) = signed.map_err(|_| Refused::not_found())?;
    let now_ms = state.now_ms();
    state
        .media
        .addresses
        .verify(&id, signed.exp, &signed.sig, now_ms)
        .map_err(|_| Refused::not_found())?;
    let row = media_addresses::open(state.db(), &id, now_ms).await?;
    // Written before the first byte leaves: what an address was revoked for is decided by it.
    if !media_addresses::fetched(state.db(), &id).await? {
        return Err(Refused::not_found());
    }
    blob::serve(&state, &row.blob, &row.mime, &headers, blob::NOT_KEPT).await
}
