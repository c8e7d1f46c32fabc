//! Videos by their ids: read, changed in parts that are replaced whole, removed.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::{Json, Router, routing};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::limits::{PAGE_MAX, READ_UNITS, WRITE_UNITS};
use super::rest::{READ, WRITE, body, enter, enter_channel, need, parts};
use super::video::{change_status, resource};
use super::{NETWORK, at, content, is_unaudited};
use crate::google::params;
use crate::world::{Account, Post, State, World};

/// The parts that a video has.
pub const PARTS: &[&str] = &[
    "id",
    "snippet",
    "status",
    "processingDetails",
    "contentDetails",
    "statistics",
    "fileDetails",
];
/// Those that only its channel is told.
const OWN: &[&str] = &["processingDetails", "fileDetails"];
/// Those that can be changed.
const CHANGED: &[&str] = &["id", "snippet", "status"];

/// The routes of videos.
pub fn routes() -> Router<Arc<World>> {
    Router::new().route(&at("videos"), routing::get(list).put(update).delete(remove))
}

async fn list(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer<Json<Value>> {
    let (query, now_us) = (params(query.as_deref()), world.clock.now_us());
    world.with(|state| {
        let (_, account) = enter(&world, state, &headers, READ, READ_UNITS)?;
        let parts = parts(&query, PARTS)?;
        let ids: Vec<&str> = need(&query, "id")?.split(',').collect();
        if ids.len() > PAGE_MAX {
            return Err(Refusal::invalid("invalidParameter", "At most 50 ids."));
        }
        let mut items = Vec::new();
        for post in ids.into_iter().filter_map(|id| state.post(NETWORK, id)) {
            let own = post.account == account.id;
            // Of another's video only what everybody may see is told; of a private one, nothing.
            if !own && post.details["status"]["privacyStatus"] == "private" {
                continue;
            }
            if !own && parts.iter().any(|part| OWN.contains(part)) {
                return Err(Refusal::new(
                    403,
                    "forbidden",
                    "The request cannot access user rating or file information.",
                ));
            }
            let of = state.account(NETWORK, &post.account).unwrap_or(&account);
            items.push(resource(post, of, &parts, now_us));
        }
        let total = items.len();
        Ok(Json(json!({
            "kind": "youtube#videoListResponse", "items": items, "pageInfo": {"totalResults": total, "resultsPerPage": total},
        })))
    })
}

/// A video of an account.
///
/// # Errors
/// 404 if there is none of this id, 403 if it is another's.
pub fn own<'a>(state: &'a mut State, account: &Account, id: &str) -> Answer<&'a mut Post> {
    match state.post_mut(NETWORK, id) {
        Some(post) if post.account == account.id => Ok(post),
        Some(_) => Err(Refusal::new(403, "forbidden", "The video belongs to another channel.")),
        None => Err(Refusal::no_video()),
    }
}

async fn update(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap, bytes: Bytes) -> Answer<Json<Value>> {
    let (query, now_us) = (params(query.as_deref()), world.clock.now_us());
    world.with(|state| {
        let (token, account) = enter_channel(&world, state, &headers, WRITE, WRITE_UNITS)?;
        let parts = parts(&query, CHANGED)?;
        let body = body(&headers, &bytes)?;
        let id = body["id"].as_str().filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| Refusal::invalid("missingRequiredParameter", "No id was specified."))?;
        let post = own(state, &account, id)?;
        let shown = !post.details["shown_us"].is_null();
        // Everything is read before anything is changed.
        let snippet = match parts.contains(&"snippet") {
            true if body["snippet"]["categoryId"].is_null() => {
                return Err(Refusal::invalid(
                    "invalidCategoryId",
                    "The snippet.categoryId property is required.",
                ));
            }
            true => Some(content::snippet(&body["snippet"])?),
            false => None,
        };
        let status = match parts.contains(&"status") {
            true => {
                let mut status = content::status(&body["status"], shown, now_us)?;
                if is_unaudited(&token.app) {
                    status["privacyStatus"] = "private".into();
                }
                Some(status)
            }
            false => None,
        };
        if let Some(snippet) = snippet {
            post.text = snippet["description"].as_str().unwrap_or_default().to_owned();
            post.details["title"] = snippet["title"].clone();
            post.details["snippet"] = snippet;
        }
        if let Some(status) = status {
            change_status(post, status, now_us);
        }
        Ok(Json(resource(post, &account, &parts, now_us)))
    })
}

async fn remove(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer<StatusCode> {
    let query = params(query.as_deref());
    world.with(|state| {
        let (_, account) = enter_channel(&world, state, &headers, WRITE, WRITE_UNITS)?;
        let id = need(&query, "id")?;
        own(state, &account, id)?;
        state.remove_post(NETWORK, id);
        Ok(StatusCode::NO_CONTENT)
    })
}
