//! Files: uploaded to the account's server, and checked when a record points to them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use futures::StreamExt;
use http::{HeaderMap, header};
use serde_json::{Value, json};

use super::auth::author;
use super::error::{Answer, Refusal};
use super::limits::BLOB_BYTES_MAX;
use super::points::{BLOBS, Bent};
use super::record::BlobUse;
use super::repos::{Blob, Repos};
use super::xrpc::{header_text, too_large};
use crate::world::{Stored, World};

/// The route of one host.
pub fn routes(host: &str) -> Router<Arc<World>> {
    Router::new().route(&format!("/{host}/xrpc/com.atproto.repo.uploadBlob"), routing::post(upload))
}

/// A blob as it is written into records.
pub fn reference(cid: &str, mime: &str, bytes: u64) -> Value {
    json!({"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": bytes})
}

/// Takes a request's body in as it streams.
///
/// # Errors
/// 413 beyond `bytes_max`, 400 for an empty or broken body.
pub async fn take_in(world: &World, body: Body, mime: &str, bytes_max: u64) -> Answer<Stored> {
    let mut intake = world.media.intake();
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        intake.push(&piece.map_err(|_| Refusal::invalid("Request body was cut off"))?);
        if intake.bytes() > bytes_max {
            return Err(too_large());
        }
    }
    if intake.bytes() == 0 {
        return Err(Refusal::invalid("A request body is expected but none was provided"));
    }
    Ok(world.media.finish(intake, mime))
}

async fn upload(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: Body) -> Answer<Response> {
    let now_us = world.clock.now_us();
    let (did, gauge) = world.with(|state| {
        let did = author(state, &headers, now_us)?;
        let gauge = state.own::<Repos>().buckets.take(BLOBS, &did, 1, now_us, Bent::default())?;
        Ok((did, gauge))
    })?;
    let claimed = header_text(&headers, &header::CONTENT_TYPE);
    if claimed.is_empty() {
        return Err(Refusal::invalid("Request encoding (Content-Type) required but not provided"));
    }
    let stored = take_in(&world, body, claimed, BLOB_BYTES_MAX).await?;
    // The reference server trusts the bytes more than the header.
    let mime = if stored.sniffed.is_empty() {
        stored.mime.clone()
    } else {
        stored.sniffed.to_owned()
    };
    let cid = super::cid::of_blob(&stored.digest);
    let answer = json!({"blob": reference(&cid, &mime, stored.bytes)});
    world.with(|state| keep(state.own::<Repos>(), &did, &cid, stored, mime, now_us));
    Ok((gauge, Json(answer)).into_response())
}

/// Notes an uploaded file.
pub fn keep(repos: &mut Repos, did: &str, cid: &str, stored: Stored, mime: String, now_us: i64) {
    let place = (did.to_owned(), cid.to_owned());
    let referenced = repos.blobs.get(&place).is_some_and(|known| known.referenced);
    let blob = Blob {
        stored,
        mime,
        uploaded_us: now_us,
        referenced,
    };
    repos.blobs.insert(place, blob);
}

fn megabytes(bytes: u64) -> String {
    format!("{:.2}MB", bytes as f64 / 1_000_000.0)
}

/// Checks one blob of a record against the file that was uploaded.
///
/// # Errors
/// 400 in the reference server's words.
pub fn check(repos: &Repos, did: &str, used: &BlobUse, now_us: i64) -> Answer<Stored> {
    let blob = repos
        .blob(did, &used.cid, now_us)
        .ok_or_else(|| Refusal::invalid(format!("Could not find blob: {}", used.cid)))?;
    if blob.mime != used.mime {
        let message = format!(
            "Referenced Mimetype does not match stored blob. Expected: {}, Got: {}",
            blob.mime, used.mime
        );
        return Err(Refusal::bad("InvalidMimeType", message));
    }
    if blob.stored.bytes != used.size {
        let message = format!(
            "Referenced size does not match stored blob. Expected: {}, Got: {}",
            blob.stored.bytes, used.size
        );
        return Err(Refusal::bad("InvalidSize", message));
    }
    let fits = match used.accept.strip_suffix('*') {
        Some(start) => blob.mime.starts_with(start),
        None => blob.mime == used.accept,
    };
    if !fits {
        let message = format!("Wrong type of file. It is {} but it must match {}.", blob.mime, used.accept);
        return Err(Refusal::bad("InvalidMimeType", message));
    }
    if blob.stored.bytes > used.bytes_max {
        let (is, may) = (megabytes(blob.stored.bytes), megabytes(used.bytes_max));
        return Err(Refusal::bad(
            "BlobTooLarge",
            format!("This file is too large. It is {is} but the maximum size is {may}."),
        ));
    }
    Ok(blob.stored.clone())
}
