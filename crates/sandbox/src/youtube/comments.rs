//! Comments under a video.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::{Json, Router, routing};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::limits::{COMMENTS_PAGE_MAX, READ_UNITS, WRITE_UNITS};
use super::rest::{COMMENT, body, count, enter_channel, need, parts};
use super::{NETWORK, at};
use crate::clock::iso_ms;
use crate::google::params;
use crate::world::{Account, Comment, Post, State, World};

const PARTS: &[&str] = &["id", "snippet", "replies"];

/// The routes of comments.
pub fn routes() -> Router<Arc<World>> {
    Router::new().route(&at("commentThreads"), routing::get(list).post(insert))
}

/// A video that takes comments from an account.
fn open<'a>(state: &'a State, account: &Account, id: &str) -> Answer<&'a Post> {
    let status = |post: &Post, name: &str| post.details["status"][name].clone();
    let seen = |post: &&Post| post.account == account.id || status(post, "privacyStatus") != "private";
    let post = state.post(NETWORK, id).filter(seen).ok_or_else(Refusal::no_video)?;
    let owner_closed = state
        .account(NETWORK, &post.account)
        .is_some_and(|owner| owner.details["comments_off"] == true);
    if owner_closed || status(post, "privacyStatus") == "private" || status(post, "madeForKids") == true {
        return Err(Refusal::new(
            403,
            "commentsDisabled",
            "The video identified by the videoId parameter has disabled comments.",
        ));
    }
    Ok(post)
}

fn thread(state: &State, video: &str, comment: &Comment) -> Value {
    let name = state.account(NETWORK, &comment.author).map_or("", |account| account.name.as_str());
    json!({
        "kind": "youtube#commentThread",
        "id": comment.id,
        "snippet": {
            "videoId": video,
            "totalReplyCount": 0,
            "topLevelComment": {
                "kind": "youtube#comment",
                "id": comment.id,
                "snippet": {
                    "textDisplay": comment.text, "textOriginal": comment.text, "authorDisplayName": name,
                    "authorChannelId": {"value": comment.author}, "publishedAt": iso_ms(comment.created_us),
                },
            },
        },
    })
}

async fn insert(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap, bytes: Bytes) -> Answer<Json<Value>> {
    let (query, now_us) = (params(query.as_deref()), world.clock.now_us());
    world.with(|state| {
        let (_, account) = enter_channel(&world, state, &headers, COMMENT, WRITE_UNITS)?;
        parts(&query, PARTS)?;
        let body = body(&headers, &bytes)?;
        let snippet = &body["snippet"];
        let text = snippet["topLevelComment"]["snippet"]["textOriginal"].as_str().unwrap_or_default();
        if text.trim().is_empty() {
            return Err(Refusal::invalid("commentTextRequired", "The comment must contain text."));
        }
        let video = snippet["videoId"].as_str().unwrap_or_default().to_owned();
        open(state, &account, &video)?;
        let comment = Comment {
            id: format!("Ug{}", state.secret(24)),
            author: account.id.clone(),
            text: text.to_owned(),
            created_us: now_us,
        };
        let said = thread(state, &video, &comment);
        if let Some(post) = state.post_mut(NETWORK, &video) {
            post.comments.push(comment);
        }
        Ok(Json(said))
    })
}

async fn list(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer<Json<Value>> {
    let query = params(query.as_deref());
    let until_us = world.listed_until_us();
    world.with(|state| {
        let (_, account) = enter_channel(&world, state, &headers, COMMENT, READ_UNITS)?;
        parts(&query, PARTS)?;
        let video = need(&query, "videoId")?;
        let count = count(&query, COMMENTS_PAGE_MAX)?;
        let post = open(state, &account, video)?;
        let listed = post.comments.iter().rev().filter(|comment| comment.created_us <= until_us);
        let items: Vec<Value> = listed.take(count).map(|comment| thread(state, video, comment)).collect();
        Ok(Json(json!({"kind": "youtube#commentThreadListResponse", "items": items})))
    })
}
