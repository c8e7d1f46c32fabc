//! An account's public posts, as it lists them and by their ids. Their numbers are made up; what is true to TikTok is what may be asked.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::{Json, Router, routing};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value, json};

use super::error::{Answer, Refusal};
use super::limits::{LISTED_CHARS_MAX, PAGE_MAX, READS_PER_MINUTE};
use super::rest::{body, enter, number, ok, params};
use super::tasks::is_listed;
use super::{NETWORK, at};
use crate::world::{Account, Post, State, World};

const FIELDS: &[&str] = &[
    "id",
    "create_time",
    "title",
    "video_description",
    "duration",
    "cover_image_url",
    "share_url",
    "embed_link",
    "view_count",
    "like_count",
    "comment_count",
    "share_count",
];

/// The routes of lists.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&at("video/list"), routing::post(list))
        .route(&at("video/query"), routing::post(query))
}

fn fields(query: Option<&str>) -> Answer<Vec<&'static str>> {
    let query = params(query);
    let asked = query.get("fields").map(String::as_str).unwrap_or_default();
    if asked.is_empty() {
        return Err(Refusal::invalid("Fields is required"));
    }
    let known = |name: &str| {
        let known = FIELDS.iter().find(|known| **known == name);
        known.copied().ok_or_else(|| Refusal::invalid(format!("Invalid field {name}")))
    };
    asked.split(',').map(known).collect()
}

fn short(text: &str) -> String {
    text.chars().take(LISTED_CHARS_MAX).collect()
}

fn video(post: &Post, fields: &[&str]) -> Value {
    let mut video = Map::new();
    for name in fields {
        let value = match *name {
            "id" => number(&post.id),
            "create_time" => json!(post.created_us / 1_000_000),
            "title" if post.kind == "photo" => json!(post.details["title"].as_str().map(short)),
            "title" | "video_description" => json!(short(&post.text)),
            "share_url" => json!(format!("{}?utm_campaign=tt4d_open_api", post.permalink)),
            "embed_link" => json!(format!("https://www.tiktok.com/embed/v2/{}", post.id)),
            "cover_image_url" => json!(format!("https://p16.tiktokcdn.com/{}.jpeg", post.id)),
            _ => json!(post.id.bytes().map(u64::from).sum::<u64>() % 90),
        };
        video.insert((*name).to_owned(), value);
    }
    Value::Object(video)
}

/// What everybody sees of an account, newest first.
fn listed<'a>(state: &'a State, account: &Account, until_us: i64) -> impl Iterator<Item = &'a Post> {
    let posts = state.posts_of(NETWORK, &account.id).rev();
    posts.filter(move |post| is_listed(post, until_us))
}

async fn list(Shared(world): Shared<Arc<World>>, RawQuery(asked): RawQuery, headers: HeaderMap, bytes: Bytes) -> Answer<Json<Value>> {
    let until_us = world.listed_until_us();
    world.with(|state| {
        let (_, account) = enter(&world, state, &headers, &["video.list"], ("video_list", READS_PER_MINUTE))?;
        let fields = fields(asked.as_deref())?;
        let body = body(&headers, &bytes)?;
        let count = body["max_count"].as_u64().unwrap_or(10);
        let count = usize::try_from(count).ok().filter(|count| (1..=PAGE_MAX).contains(count));
        let count = count.ok_or_else(|| Refusal::invalid("max_count must be 1 to 20"))?;
        // What is older than the mark, UTC milliseconds.
        let before_ms = body["cursor"].as_i64().unwrap_or(i64::MAX);
        let mut older = listed(state, &account, until_us).filter(|post| post.created_us / 1_000 < before_ms);
        let page: Vec<&Post> = older.by_ref().take(count).collect();
        let cursor = page.last().map_or(0, |post| post.created_us / 1_000);
        let videos: Vec<Value> = page.iter().map(|post| video(post, &fields)).collect();
        Ok(ok(&json!({"videos": videos, "cursor": cursor, "has_more": older.next().is_some()})))
    })
}

async fn query(Shared(world): Shared<Arc<World>>, RawQuery(asked): RawQuery, headers: HeaderMap, bytes: Bytes) -> Answer<Json<Value>> {
    let until_us = world.listed_until_us();
    world.with(|state| {
        let (_, account) = enter(&world, state, &headers, &["video.list"], ("video_query", READS_PER_MINUTE))?;
        let fields = fields(asked.as_deref())?;
        let body = body(&headers, &bytes)?;
        let ids = body["filters"]["video_ids"].as_array().cloned().unwrap_or_default();
        if ids.is_empty() || ids.len() > PAGE_MAX {
            return Err(Refusal::invalid("video_ids must have 1 to 20 ids"));
        }
        let asked_for = |post: &&Post| ids.iter().any(|id| *id == post.id.as_str());
        let found: Vec<Value> = listed(state, &account, until_us)
            .filter(asked_for)
            .map(|post| video(post, &fields))
            .collect();
        Ok(ok(&json!({"videos": found})))
    })
}
