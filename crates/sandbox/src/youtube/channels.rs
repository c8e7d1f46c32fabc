//! Whose channel a token is for.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::{Json, Router, routing};
use http::HeaderMap;
use serde_json::{Value, json};

use super::at;
use super::error::{Answer, Refusal};
use super::limits::READ_UNITS;
use super::playlist::of_channel;
use super::rest::{READ, enter, parts};
use super::seed::CHANNEL;
use crate::google::params;
use crate::world::{Account, State, World};

const PARTS: &[&str] = &["id", "snippet", "statistics", "contentDetails", "status"];

/// The route of channels.
pub fn routes() -> Router<Arc<World>> {
    Router::new().route(&at("channels"), routing::get(list))
}

fn part(state: &State, account: &Account, name: &str) -> Value {
    let videos = state.posts_of(super::NETWORK, &account.id).count();
    match name {
        "snippet" => json!({
            "title": account.name,
            "customUrl": format!("@{}", account.handle),
            "thumbnails": {"default": {"url": account.avatar_url}},
        }),
        // Numbers are text.
        "statistics" => json!({
            "viewCount": "0",
            "subscriberCount": account.followers.to_string(),
            "hiddenSubscriberCount": false,
            "videoCount": videos.to_string(),
        }),
        "contentDetails" => json!({"relatedPlaylists": {"uploads": of_channel(&account.id)}}),
        "status" => json!({
            "longUploadsStatus": if account.details["phone_confirmed"] == true { "allowed" } else { "eligible" },
            "privacyStatus": "public",
        }),
        _ => Value::Null,
    }
}

async fn list(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer<Json<Value>> {
    let query = params(query.as_deref());
    world.with(|state| {
        let (_, account) = enter(&world, state, &headers, READ, READ_UNITS)?;
        let parts = parts(&query, PARTS)?;
        if query.get("mine").map(String::as_str) != Some("true") {
            return Err(Refusal::invalid("missingRequiredParameter", "No filter selected."));
        }
        let mut said = json!({"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0, "resultsPerPage": 5}});
        // An account without a channel has no list at all.
        if account.kind == CHANNEL {
            let mut item = json!({"kind": "youtube#channel", "id": account.id});
            for name in parts.into_iter().filter(|name| *name != "id") {
                item[name] = part(state, &account, name);
            }
            said["pageInfo"]["totalResults"] = 1.into();
            said["items"] = json!([item]);
        }
        Ok(Json(said))
    })
}
