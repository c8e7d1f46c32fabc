//! The account behind a token, and what a server says of itself.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::response::Response;
use axum::{Extension, Json, Router, routing};
use http::HeaderMap;
use serde_json::{Value, json};

use super::NETWORK;
use super::error::{Answer, Refusal};
use super::limits::{
    ALT_CHARS_MAX, FILES_MAX, IMAGE_BYTES_MAX, IMAGE_PIXELS_MAX, OPTION_CHARS_MAX, OPTIONS, POLL_S, URL_CHARS, VIDEO_BYTES_MAX,
    VIDEO_FRAMES_MAX, VIDEO_PIXELS_MAX,
};
use super::media::TYPES;
use super::rest::{Family, paced};
use super::servers::{Server, own_id};
use crate::world::{Account, World};

/// The routes of accounts and of the server itself. An old server does not have the second version.
pub fn routes(server: &'static Server) -> Router<Arc<World>> {
    let router = Router::new()
        .route("/api/v1/accounts/verify_credentials", routing::get(verify))
        .route("/api/v1/instance", routing::get(first));
    if server.is_of_today() {
        router.route("/api/v2/instance", routing::get(second))
    } else {
        router.route("/api/v2/instance", routing::get(|| async { Refusal::not_found() }))
    }
}

/// An account as everybody sees it.
pub fn account_json(server: &Server, account: &Account, posts: usize) -> Value {
    json!({
        "id": own_id(&account.id),
        "username": account.handle,
        "acct": account.handle,
        "display_name": account.name,
        "url": format!("https://{}/@{}", server.host, account.handle),
        "uri": format!("https://{}/users/{}", server.host, account.handle),
        "avatar": account.avatar_url,
        "locked": false,
        "bot": false,
        "followers_count": account.followers,
        "following_count": 1,
        "statuses_count": posts,
    })
}

async fn verify(Shared(world): Shared<Arc<World>>, Extension(server): Extension<&'static Server>, headers: HeaderMap) -> Response {
    paced(
        &world,
        server,
        &headers,
        Family::Call,
        &["profile", "read:accounts"],
        async |caller| {
            let posts = world.with(|state| state.posts_of(NETWORK, &caller.account.id).count());
            let mut told = account_json(server, &caller.account, posts);
            let own = &caller.account.details;
            told["source"] = json!({
                "privacy": own["privacy"], "sensitive": own["sensitive"], "language": own["language"], "quote_policy": "public",
            });
            Ok(Json(told))
        },
    )
    .await
}

fn configuration(server: &Server) -> Value {
    json!({
        "statuses": {"max_characters": server.text_max, "max_media_attachments": FILES_MAX, "characters_reserved_per_url": URL_CHARS},
        "media_attachments": {
            "description_limit": ALT_CHARS_MAX,
            "image_size_limit": IMAGE_BYTES_MAX,
            "image_matrix_limit": IMAGE_PIXELS_MAX,
            "video_size_limit": VIDEO_BYTES_MAX,
            "video_frame_rate_limit": VIDEO_FRAMES_MAX,
            "video_matrix_limit": VIDEO_PIXELS_MAX,
            "supported_mime_types": TYPES,
        },
        "polls": {
            "max_options": OPTIONS.end(), "max_characters_per_option": OPTION_CHARS_MAX,
            "min_expiration": POLL_S.start(), "max_expiration": POLL_S.end(),
        },
    })
}

async fn first(Extension(server): Extension<&'static Server>) -> Json<Value> {
    Json(json!({
        "uri": server.host, "title": "Mastodon", "version": server.version, "configuration": configuration(server),
    }))
}

async fn second(Extension(server): Extension<&'static Server>) -> Answer<Json<Value>> {
    Ok(Json(json!({
        "domain": server.host,
        "title": "Mastodon",
        "version": server.version,
        "api_versions": {"mastodon": server.api},
        "configuration": configuration(server),
    })))
}
