//! Pictures of one's own in front of a video, for channels whose phone number is confirmed.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::{Json, Router, routing};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::limits::{THUMBNAIL_BYTES_MAX, WRITE_UNITS};
use super::publish::own;
use super::rest::{UPLOAD, enter_channel, need};
use super::upload_at;
use crate::google::{header_text, params};
use crate::world::World;

/// The route of thumbnails.
pub fn routes() -> Router<Arc<World>> {
    Router::new().route(&upload_at("thumbnails/set"), routing::post(set))
}

async fn set(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap, bytes: Bytes) -> Answer<Json<Value>> {
    let query = params(query.as_deref());
    let file = world.media.put(&bytes, header_text(&headers, "content-type"));
    world.with(|state| {
        let (_, account) = enter_channel(&world, state, &headers, UPLOAD, WRITE_UNITS)?;
        let post = own(state, &account, need(&query, "videoId")?)?;
        if account.details["phone_confirmed"] != true {
            return Err(Refusal::new(
                403,
                "forbidden",
                "The thumbnail can't be set for the specified video. The request might not be properly authorized.",
            ));
        }
        if bytes.is_empty() {
            return Err(Refusal::invalid(
                "mediaBodyRequired",
                "The request does not include the image content.",
            ));
        }
        if bytes.len() > THUMBNAIL_BYTES_MAX || !matches!(file.sniffed, "image/jpeg" | "image/png") {
            return Err(Refusal::invalid("invalidImage", "The provided image content is invalid."));
        }
        post.details["thumbnail"] = file.sha256.as_str().into();
        let url = format!("https://i.ytimg.com/vi/{}/default.jpg", post.id);
        Ok(Json(
            json!({"kind": "youtube#thumbnailSetResponse", "items": [{"default": {"url": url}}]}),
        ))
    })
}
