//! The upload host of both networks: bytes at an offset, or an address to fetch.

use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use crate::world::{Intake, Stored, World};

/// A file that is on its way.
#[derive(Default)]
pub struct Upload {
    intake: Option<Intake>,
    /// The file once it is whole.
    pub stored: Option<Stored>,
}

/// How bytes are sent: the names of the headers differ by upload host.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    /// The header with the offset.
    pub offset: &'static str,
    /// The size of the whole file, if it was told when the upload was opened.
    pub total: Option<u64>,
    /// The most that is taken.
    pub bytes_max: u64,
}

/// A refusal of the upload host (fact sheet facebook.md §3.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRefusal {
    /// HTTP status.
    pub status: u16,
    /// `debug_info.type`.
    pub kind: &'static str,
    /// `debug_info.message`.
    pub message: String,
    /// Whether the same can be sent again.
    pub retriable: bool,
}

impl UploadRefusal {
    /// A refusal with HTTP 400.
    pub fn new(kind: &'static str, message: impl Into<String>, retriable: bool) -> Self {
        Self {
            status: 400,
            kind,
            message: message.into(),
            retriable,
        }
    }

    /// The refusal of a request without a live token in `Authorization: OAuth …`.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self {
            status: 401,
            ..Self::new("NotAuthorizedError", message, false)
        }
    }
}

impl IntoResponse for UploadRefusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = json!({"debug_info": {"retriable": self.retriable, "type": self.kind, "message": self.message}});
        (status, Json(body)).into_response()
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

impl Upload {
    /// How many bytes have arrived.
    pub fn received(&self) -> u64 {
        match (&self.stored, &self.intake) {
            (Some(stored), _) => stored.bytes,
            (None, Some(intake)) => intake.bytes(),
            (None, None) => 0,
        }
    }

    /// Takes a piece that stands at the right place.
    pub fn push(&mut self, world: &World, piece: &[u8]) {
        self.intake.get_or_insert_with(|| world.media.intake()).push(piece);
    }

    /// Declares the file whole.
    pub fn close(&mut self, world: &World, mime: &str) -> Option<Stored> {
        if let Some(intake) = self.intake.take() {
            self.stored = Some(world.media.finish(intake, mime));
        }
        self.stored.clone()
    }

    /// Takes what a request sends: bytes, or the header `file_url`.
    ///
    /// # Errors
    /// As the upload host refuses; what has arrived stays.
    pub async fn take(&mut self, world: &World, headers: &HeaderMap, body: Body, way: Way) -> Result<(), UploadRefusal> {
        if let Some(address) = headers.get("file_url").and_then(|value| value.to_str().ok()) {
            let fetched = world.fetch_media(address, way.bytes_max).await;
            let failed = |error: crate::FetchFailure| UploadRefusal::new("ProcessingFailedError", error.to_string(), false);
            self.stored = Some(fetched.map_err(failed)?);
            return Ok(());
        }
        let missing = |name: &str| UploadRefusal::new("ProcessingFailedError", format!("Header {name} is missing"), false);
        let offset = number(headers, way.offset).ok_or_else(|| missing(way.offset))?;
        let total = way
            .total
            .or_else(|| number(headers, "file_size"))
            .ok_or_else(|| missing("file_size"))?;
        if offset != self.received() {
            let message = format!("Offset is {offset} but {} bytes have arrived", self.received());
            return Err(UploadRefusal::new("OffsetInvalidError", message, true));
        }
        if total > way.bytes_max {
            return Err(UploadRefusal::new("ProcessingFailedError", "The file is too large", false));
        }
        let mut pieces = body.into_data_stream();
        while let Some(piece) = pieces.next().await {
            let Ok(piece) = piece else { break };
            self.push(world, &piece);
            if self.received() > total {
                self.intake = None;
                return Err(UploadRefusal::new(
                    "PartialRequestError",
                    "More bytes than file_size have arrived",
                    false,
                ));
            }
        }
        if self.received() < total {
            let message = format!("{} of {total} bytes have arrived", self.received());
            return Err(UploadRefusal::new("PartialRequestError", message, true));
        }
        let mime = headers
            .get(http::header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        self.close(world, mime);
        Ok(())
    }
}
