//! Resumable uploads by the tus protocol, version 1.0.

mod bytes;
mod finish;
mod tus;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use postrider_core::ids::{ProjectId, UploadId};
use postrider_core::permission::Action;
use postrider_services::media::UploadError;
use postrider_store::scope::{Object, Scope};
use postrider_store::uploads::{self, NewUpload, Upload};
use postrider_store::{Bound, assets, plans, projects};
use utoipa::openapi::path::HttpMethod;

use crate::api::{Api, BASE, Who, door};
use crate::auth::Asker;
use crate::dto::asset::UploadView;
use crate::extract::Id;
use crate::problem::{Answer, Code, Refused};
use crate::state::AppState;
use bytes::take;
use finish::{finish, refused_before};
use tus::{LENGTH, OFFSET, VERSION, broken, described, http_date, number, speaks, spoken};

/// How long an upload may rest, in milliseconds.
const UPLOAD_MS: i64 = 86_400_000;

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    let write = Who::May(Action::AssetWrite);
    api.add(
        HttpMethod::Options,
        "/projects/{id}/uploads",
        door("upload_options", Who::Anyone, "What this server speaks of tus.").answers(204),
        options,
    );
    api.post(
        "/projects/{id}/uploads",
        door("create_upload", write, "Begins an upload; `Location` says where the bytes go.")
            .header("Tus-Resumable", "`1.0.0`")
            .header("Upload-Length", "Bytes of the whole file.")
            .header("Upload-Metadata", "`filename` and `filetype`, base64, as tus writes them.")
            .answers(201),
        create,
    );
    api.add(
        HttpMethod::Head,
        "/uploads/{id}",
        door("upload_offset", write, "How many bytes are there, as `Upload-Offset`.")
            .header("Tus-Resumable", "`1.0.0`")
            .answers(200),
        offset,
    );
    api.get(
        "/uploads/{id}",
        door("upload", write, "How far an upload is, and what it became.").gives::<UploadView>(200),
        read,
    );
    api.patch(
        "/uploads/{id}",
        door(
            "append_upload",
            write,
            "Adds bytes at `Upload-Offset`. The last answer names the asset in `Postrider-Asset`.",
        )
        .header("Tus-Resumable", "`1.0.0`")
        .header("Upload-Offset", "Where the bytes begin.")
        .header(
            "Upload-Checksum",
            "`sha256 <base64>` or `sha1 <base64>` of the bytes sent; optional.",
        )
        .takes_bytes("application/offset+octet-stream")
        .answers(204),
        append,
    );
    api.delete(
        "/uploads/{id}",
        door("end_upload", write, "Ends an upload and removes its bytes.")
            .header("Tus-Resumable", "`1.0.0`")
            .answers(204),
        end,
    );
}

async fn options(State(state): State<AppState>) -> Response {
    let headers = [
        ("tus-version", VERSION.to_owned()),
        ("tus-extension", "creation,termination,checksum,expiration".to_owned()),
        ("tus-max-size", state.config.upload_bytes_max.to_string()),
        ("tus-checksum-algorithm", "sha256".to_owned()),
    ];
    spoken((StatusCode::NO_CONTENT, headers).into_response())
}

async fn create(State(state): State<AppState>, asker: Asker, Id(id): Id<ProjectId>, headers: HeaderMap) -> Answer<Response> {
    speaks(&headers)?;
    let scope = asker.at(Object::Project(id)).await?;
    projects::get(state.db(), &scope, id).await?;
    let total = number(&headers, LENGTH)?;
    if total == 0 {
        return Err(Code::Media
            .because("The file is empty.")
            .field(LENGTH)
            .remedy("Choose another file."));
    }
    if total > state.config.upload_bytes_max {
        return Err(Code::BodyLarge
            .because(format!(
                "The file has {total} bytes; at most {} are taken.",
                state.config.upload_bytes_max
            ))
            .field(LENGTH)
            .remedy("Make it smaller."));
    }
    let now_ms = state.now_ms();
    let (name, declared_mime) = described(&headers);
    let bytes = i64::try_from(total).map_err(Refused::internal)?;
    let new = NewUpload {
        id: UploadId::new(now_ms, state.ten()),
        project_id: id,
        name,
        declared_mime,
        total_bytes: bytes,
        created_at: now_ms,
        expires_at: now_ms + UPLOAD_MS,
    };
    let mut tx = state.db().begin().await?;
    plans::make_room(&mut tx, scope.organization_id, Bound::StorageBytes, bytes).await?;
    let upload = uploads::create(&mut tx, &scope, &new).await?;
    state.media.uploads.create(upload.id).await.map_err(broken)?;
    tx.commit().await?;
    let location = format!("{BASE}/uploads/{}", upload.id);
    Ok(spoken(
        (
            StatusCode::CREATED,
            [(header::LOCATION, location), (header::EXPIRES, http_date(upload.expires_at))],
        )
            .into_response(),
    ))
}

/// An upload of who asks, and where its bytes really end.
async fn mine(state: &AppState, asker: &Asker, id: UploadId) -> Answer<(Scope, Upload)> {
    let scope = asker.at(Object::Upload(id)).await?;
    let mut upload = uploads::get(state.db(), &scope, id).await?;
    if upload.asset_id.is_none() && upload.failure.is_none() {
        match state.media.uploads.received_bytes(id).await {
            Ok(received) => {
                upload.received_bytes = i64::try_from(received).unwrap_or(upload.received_bytes);
                return Ok((scope, upload));
            }
            // Its file is moved before the row says what it became: who does that is waited for.
            Err(UploadError::NotFound) => {
                drop(state.media.uploads.wait_for_turn(id).await);
                upload = uploads::get(state.db(), &scope, id).await?;
            }
            Err(error) => return Err(broken(error)),
        }
    }
    if upload.asset_id.is_none() && upload.failure.is_none() {
        return Err(Refused::not_found());
    }
    // Only what is whole becomes an asset or is refused; the row may lag behind.
    upload.received_bytes = upload.total_bytes;
    Ok((scope, upload))
}

async fn offset(State(state): State<AppState>, asker: Asker, Id(id): Id<UploadId>, headers: HeaderMap) -> Answer<Response> {
    speaks(&headers)?;
    let (scope, upload) = mine(&state, &asker, id).await?;
    let asset = match upload.asset_id {
        None if upload.failure.is_none() && upload.received_bytes == upload.total_bytes => {
            // Whoever sent the last byte hung up before it was made an asset, and a client that reads a full length sends no more. What
            // is wrong with the file is noted, to be read with the upload.
            finish(&state, &scope, &asker, &upload).await.ok()
        }
        known => known,
    };
    let mut response = (
        StatusCode::OK,
        [
            (OFFSET, upload.received_bytes.to_string()),
            (LENGTH, upload.total_bytes.to_string()),
        ],
    )
        .into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(asset) = asset.and_then(|asset| HeaderValue::from_str(&asset.to_string()).ok()) {
        response.headers_mut().insert("postrider-asset", asset);
    }
    Ok(spoken(response))
}

async fn read(State(state): State<AppState>, asker: Asker, Id(id): Id<UploadId>) -> Answer<Json<UploadView>> {
    let (scope, upload) = mine(&state, &asker, id).await?;
    let asset = match upload.asset_id {
        Some(asset) => Some(assets::get(state.db(), &scope, asset).await?.into()),
        None => None,
    };
    Ok(Json(UploadView {
        id: upload.id,
        received_bytes: u64::try_from(upload.received_bytes).unwrap_or(0),
        total_bytes: u64::try_from(upload.total_bytes).unwrap_or(0),
        asset,
        failure: upload.failure.and_then(|failure| serde_json::from_value(failure).ok()),
    }))
}

async fn append(State(state): State<AppState>, asker: Asker, Id(id): Id<UploadId>, request: Request) -> Answer<Response> {
    let headers = request.headers().clone();
    speaks(&headers)?;
    if headers
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind != "application/offset+octet-stream")
    {
        return Err(Code::BodyType.because("Send `application/offset+octet-stream`."));
    }
    let (scope, upload) = mine(&state, &asker, id).await?;
    if let Some(failure) = upload.failure {
        return Err(refused_before(failure));
    }
    let from = number(&headers, OFFSET)?;
    let total = u64::try_from(upload.total_bytes).unwrap_or(0);
    let received = if upload.asset_id.is_some() {
        if from != total {
            return Err(broken(UploadError::OffsetMismatch { received_bytes: total }));
        }
        total
    } else {
        take(&state, &upload, from, total, &headers, request.into_body()).await?
    };
    let mut response = (StatusCode::NO_CONTENT, [(OFFSET, received.to_string())]).into_response();
    let asset = match upload.asset_id {
        Some(asset) => Some(asset),
        None if received == total => Some(finish(&state, &scope, &asker, &upload).await?),
        None => None,
    };
    if let Some(asset) = asset.and_then(|asset| HeaderValue::from_str(&asset.to_string()).ok()) {
        response.headers_mut().insert("postrider-asset", asset);
    }
    Ok(spoken(response))
}

async fn end(State(state): State<AppState>, asker: Asker, Id(id): Id<UploadId>, headers: HeaderMap) -> Answer<Response> {
    speaks(&headers)?;
    let scope = asker.at(Object::Upload(id)).await?;
    uploads::get(state.db(), &scope, id).await?;
    state.media.uploads.discard(id).await.map_err(broken)?;
    let mut tx = state.db().begin().await?;
    uploads::forget(&mut tx, id).await?;
    tx.commit().await?;
    Ok(spoken(StatusCode::NO_CONTENT.into_response()))
}
