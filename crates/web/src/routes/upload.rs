//! Resumable uploads by the tus protocol, version 1.0.

use axum::Json;
use axum::body::Body as Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt;
use postrider_core::ids::{AssetId, ProjectId, UploadId};
use postrider_core::permission::Action;
use postrider_core::problem::Problem;
use postrider_services::media::{MediaError, UploadError};
use postrider_store::assets::{self, NewAsset};
use postrider_store::scope::{Object, Scope};
use postrider_store::uploads::{self, NewUpload, Upload};
use postrider_store::{Bound, StoreError, plans, projects};
use sha2::Digest;
use utoipa::openapi::path::HttpMethod;

use crate::api::{Api, BASE, Who, door};
use crate::auth::Asker;
use crate::dto::asset::UploadView;
use crate::extract::Id;
use crate::problem::{Answer, Code, ProblemDocument, Refused};
use crate::state::AppState;
use crate::trail;

/// The version spoken.
const VERSION: &str = "1.0.0";
/// How long an upload may rest, in milliseconds.
const UPLOAD_MS: i64 = 86_400_000;
/// The longest name of a file, in characters.
const NAME_CHARS_MAX: usize = 200;
const OFFSET: &str = "upload-offset";
const LENGTH: &str = "upload-length";
const METADATA: &str = "upload-metadata";
const CHECKSUM: &str = "upload-checksum";
const RESUMABLE: &str = "tus-resumable";

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

fn spoken(mut response: Response) -> Response {
    response.headers_mut().insert(RESUMABLE, HeaderValue::from_static(VERSION));
    response
}

fn speaks(headers: &HeaderMap) -> Answer<()> {
    if headers.get(RESUMABLE).is_some_and(|version| version == VERSION) {
        return Ok(());
    }
    Err(Code::TusVersion.because("Send `Tus-Resumable: 1.0.0`."))
}

fn number(headers: &HeaderMap, name: &str) -> Answer<u64> {
    let given = headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok());
    given.ok_or_else(|| Refused::invalid(name, format!("`{name}` is a number of bytes.")))
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

/// `filename` and `filetype` of the metadata header.
fn described(headers: &HeaderMap) -> (String, String) {
    let line = headers.get(METADATA).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let value = |wanted: &str| {
        line.split(',')
            .filter_map(|pair| pair.trim().split_once(' '))
            .find(|(key, _)| *key == wanted)
            .and_then(|(_, value)| STANDARD.decode(value.trim()).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default()
    };
    // A path is no name: what browsers and programs send before the last separator is nobody's business.
    let name = value("filename");
    let name: String = name
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(NAME_CHARS_MAX)
        .collect();
    let mime: String = value("filetype").chars().filter(char::is_ascii_graphic).take(100).collect();
    (if name.is_empty() { "file".to_owned() } else { name }, mime)
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

fn http_date(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .map(|at| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .unwrap_or_default()
}

fn broken(error: UploadError) -> Refused {
    match error {
        UploadError::NotFound => Refused::not_found(),
        UploadError::OffsetMismatch { received_bytes } => Code::UploadOffset
            .because(format!("The upload stands at {received_bytes} bytes."))
            .field(OFFSET)
            .remedy("Ask by HEAD where it stands and go on from there."),
        UploadError::Busy => Code::UploadOffset
            .because("Another request is writing to this upload.")
            .remedy("Wait for it to end."),
        UploadError::TooLong { total_bytes } => Code::BodyLarge.because(format!("There are more bytes than the {total_bytes} announced.")),
        UploadError::Interrupted { received_bytes } => Code::BodySyntax.because(format!("The bytes broke off at {received_bytes}.")),
        UploadError::Io(error) => Refused::internal(error),
    }
}

/// An upload of who asks, and where its bytes really end.
async fn mine(state: &AppState, asker: &Asker, id: UploadId) -> Answer<(Scope, Upload)> {
    let scope = asker.at(Object::Upload(id)).await?;
    let mut upload = uploads::get(state.db(), &scope, id).await?;
    if upload.asset_id.is_none() && upload.failure.is_none() {
        let received = state.media.uploads.received_bytes(id).await.map_err(broken)?;
        upload.received_bytes = i64::try_from(received).unwrap_or(upload.received_bytes);
    } else {
        // Only what is whole becomes an asset or is refused; the row may lag behind.
        upload.received_bytes = upload.total_bytes;
    }
    Ok((scope, upload))
}

async fn offset(State(state): State<AppState>, asker: Asker, Id(id): Id<UploadId>, headers: HeaderMap) -> Answer<Response> {
    speaks(&headers)?;
    let (scope, upload) = mine(&state, &asker, id).await?;
    let asset = match upload.asset_id {
        None if upload.failure.is_none() && upload.received_bytes == upload.total_bytes => {
            // Whoever sent the last byte hung up before it was made an asset, and a client that reads a full length sends no more. What
            // is wrong with the file is noted, to be read with the upload.
            let total = u64::try_from(upload.total_bytes).unwrap_or(0);
            finish(&state, &scope, &asker, &upload, total).await.ok()
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

async fn append(State(state): State<AppState>, asker: Asker, Id(id): Id<UploadId>, request: Request<Bytes>) -> Answer<Response> {
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
        let told: Option<ProblemDocument> = serde_json::from_value(failure).ok();
        return Err(told.map_or_else(Refused::not_found, |document| {
            Code::Media.because(document.detail).problems(document.problems)
        }));
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
        None if received == total => Some(finish(&state, &scope, &asker, &upload, total).await?),
        None => None,
    };
    if let Some(asset) = asset.and_then(|asset| HeaderValue::from_str(&asset.to_string()).ok()) {
        response.headers_mut().insert("postrider-asset", asset);
    }
    Ok(spoken(response))
}

/// Appends the bytes of one request, checked against their sum if one was sent, and says where the upload stands.
async fn take(state: &AppState, upload: &Upload, from: u64, total: u64, headers: &HeaderMap, body: Bytes) -> Answer<u64> {
    let wanted = match headers.get(CHECKSUM).and_then(|value| value.to_str().ok()) {
        None => None,
        Some(line) => match line.split_once(' ') {
            Some(("sha256", sum)) => Some(
                STANDARD
                    .decode(sum.trim())
                    .map_err(|_| Refused::invalid(CHECKSUM, "The sum is written in base64."))?,
            ),
            _ => return Err(Refused::invalid(CHECKSUM, "Only `sha256` is understood.")),
        },
    };
    let Some(wanted) = wanted else {
        let chunks = body.into_data_stream();
        return stored(
            state,
            upload,
            from,
            state.media.uploads.append(upload.id, from, total, chunks).await,
        )
        .await;
    };
    // A sum is known good only at the end, so these bytes are held until then: few clients send one, with small chunks.
    let bytes = axum::body::to_bytes(body, CHECKED_BYTES_MAX)
        .await
        .map_err(|_| Code::BodyLarge.because(format!("With a checksum, send at most {CHECKED_BYTES_MAX} bytes at once.")))?;
    if sha2::Sha256::digest(&bytes).as_slice() != wanted {
        return Err(Code::UploadChecksum
            .because("The bytes do not match `Upload-Checksum`; none were kept.")
            .remedy("Send them again."));
    }
    let chunks = futures::stream::iter([Ok::<_, std::convert::Infallible>(bytes)]).boxed();
    stored(
        state,
        upload,
        from,
        state.media.uploads.append(upload.id, from, total, chunks).await,
    )
    .await
}

/// The most bytes of one request with a checksum.
const CHECKED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Notes where an upload stands, also after bytes that broke off.
async fn stored(state: &AppState, upload: &Upload, from: u64, appended: Result<u64, UploadError>) -> Answer<u64> {
    let stands = match &appended {
        Ok(stands) => Some(*stands),
        Err(UploadError::Interrupted { received_bytes }) => Some(*received_bytes),
        Err(_) => None,
    };
    if let Some(stands) = stands {
        let mut tx = state.db().begin().await?;
        let (before, after) = (i64::try_from(from).unwrap_or(0), i64::try_from(stands).unwrap_or(0));
        match uploads::received(&mut tx, upload.id, before, after, state.now_ms() + UPLOAD_MS).await {
            // The row lags behind the file after a crash; the file decides.
            Ok(()) | Err(StoreError::Conflict) => tx.commit().await?,
            Err(error) => return Err(error.into()),
        }
    }
    appended.map_err(broken)
}

/// Makes the asset of a complete upload, or notes why its content is refused.
async fn finish(state: &AppState, scope: &Scope, asker: &Asker, upload: &Upload, total: u64) -> Answer<AssetId> {
    let file = state.media.uploads.finish(upload.id, total).await.map_err(broken)?;
    let now_ms = state.now_ms();
    let id = AssetId::new(now_ms, state.ten());
    let taken = match state.media.ingest_file(id, &file).await {
        Ok(taken) => taken,
        Err(MediaError::Refused(refusal)) => {
            let problem = Problem::from(refusal);
            let refused = Code::Media
                .because(problem.message.clone())
                .field("file")
                .remedy(problem.remedy.clone())
                .problems(vec![problem]);
            let document = refused.document();
            let mut tx = state.db().begin().await?;
            uploads::refused(&mut tx, upload.id, &serde_json::to_value(&document).unwrap_or_default()).await?;
            tx.commit().await?;
            state.media.uploads.discard(upload.id).await.map_err(broken)?;
            return Err(Code::Media
                .because(document.detail)
                .field("file")
                .remedy(document.remedy.unwrap_or_default())
                .problems(document.problems));
        }
        Err(error) => return Err(Refused::internal(error)),
    };
    let new = NewAsset {
        id,
        project_id: upload.project_id,
        name: upload.name.clone(),
        sha256: taken.sha256,
        facts: taken.facts,
        blob: taken.blob,
        thumbnail_blob: taken.thumbnail_blob,
        alt_text: String::new(),
        created_at: now_ms,
    };
    let mut tx = state.db().begin().await?;
    assets::create(&mut tx, scope, &new).await?;
    uploads::finished(&mut tx, upload.id, id).await?;
    trail::note(
        state,
        &mut tx,
        scope,
        asker,
        "asset.create",
        id,
        serde_json::json!({"name": upload.name}),
    )
    .await?;
    tx.commit().await?;
    trail::changed(state, "asset", id, 0, scope.organization_id, Some(upload.project_id));
    Ok(id)
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
