//! Bytes on their way into an upload.

use axum::body::Body;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt;
use postrider_services::media::UploadError;
use postrider_store::StoreError;
use postrider_store::uploads::{self, Upload};
use sha2::Digest;

use super::UPLOAD_MS;
use super::tus::{CHECKSUM, broken};
use crate::problem::{Answer, Code, Refused};
use crate::state::AppState;

/// Appends the bytes of one request, checked against their sum if one was sent, and says where the upload stands.
pub(super) async fn take(state: &AppState, upload: &Upload, from: u64, total: u64, headers: &HeaderMap, body: Body) -> Answer<u64> {
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
