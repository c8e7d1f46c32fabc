//! The list of a channel's uploads, newest first. Its own channel sees the private ones as well.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::{Json, Router, routing};
use http::HeaderMap;
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::limits::{PAGE_MAX, READ_UNITS};
use super::rest::{READ, count, enter, need, parts};
use super::seed::CHANNEL;
use super::{NETWORK, at};
use crate::clock::iso_ms;
use crate::google::params;
use crate::world::{Post, State, World};

const PARTS: &[&str] = &["id", "snippet", "contentDetails", "status"];

/// The route of the list.
pub fn routes() -> Router<Arc<World>> {
    Router::new().route(&at("playlistItems"), routing::get(list))
}

/// The list of uploads of a channel: its id with another second letter.
pub fn of_channel(id: &str) -> String {
    id.replacen("UC", "UU", 1)
}

fn whose(state: &State, playlist: &str) -> Option<String> {
    let mut channels = state.accounts_of(NETWORK).filter(|account| account.kind == CHANNEL);
    channels
        .find(|account| of_channel(&account.id) == playlist)
        .map(|account| account.id.clone())
}

fn item(post: &Post, playlist: &str, position: usize, parts: &[&str]) -> Value {
    let mut said = json!({"kind": "youtube#playlistItem", "id": format!("{playlist}.{}", post.id)});
    for name in parts.iter().filter(|name| **name != "id") {
        said[*name] = match *name {
            "snippet" => json!({
                "title": post.details["title"], "description": post.text, "channelId": post.account, "playlistId": playlist,
                "position": position, "resourceId": {"kind": "youtube#video", "videoId": post.id},
                "publishedAt": post.details["uploaded_us"].as_i64().map(iso_ms),
            }),
            "contentDetails" => {
                let mut details = json!({"videoId": post.id});
                if let Some(shown_us) = post.details["shown_us"].as_i64() {
                    details["videoPublishedAt"] = iso_ms(shown_us).into();
                }
                details
            }
            _ => json!({"privacyStatus": post.details["status"]["privacyStatus"]}),
        };
    }
    said
}

async fn list(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer<Json<Value>> {
    let query = params(query.as_deref());
    let until_us = world.listed_until_us();
    world.with(|state| {
        let (_, account) = enter(&world, state, &headers, READ, READ_UNITS)?;
        let parts = parts(&query, PARTS)?;
        let playlist = need(&query, "playlistId")?;
        let count = count(&query, PAGE_MAX)?;
        let owner = whose(state, playlist);
        let owner = owner.ok_or_else(|| Refusal::new(404, "playlistNotFound", "The playlist cannot be found."))?;
        let from: usize = match query.get("pageToken") {
            None => 0,
            Some(token) => token
                .strip_prefix("EAA")
                .and_then(|number| number.parse().ok())
                .ok_or_else(|| Refusal::invalid("invalidPageToken", "The page token is invalid."))?,
        };
        let listed: Vec<&Post> = state
            .posts_of(NETWORK, &owner)
            .rev()
            .filter(|post| post.details["uploaded_us"].as_i64().is_some_and(|at_us| at_us <= until_us))
            .filter(|post| owner == account.id || post.details["status"]["privacyStatus"] == "public")
            .collect();
        let items: Vec<Value> = listed
            .iter()
            .enumerate()
            .skip(from)
            .take(count)
            .map(|(position, post)| item(post, playlist, position, &parts))
            .collect();
        let mut said = json!({
            "kind": "youtube#playlistItemListResponse", "items": items, "pageInfo": {"totalResults": listed.len(), "resultsPerPage": count},
        });
        if from + count < listed.len() {
            said["nextPageToken"] = format!("EAA{}", from + count).into();
        }
        Ok(Json(said))
    })
}
