//! Posts: made, listed, read, changed and removed. There is no key and no filter for repeats: the same call twice makes two.

use std::sync::Arc;

use axum::extract::{Extension, Path, RawQuery, State as Shared};
use axum::{Json, Router, routing};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::limits::{PHOTO_BYTES, PHOTO_HEIGHT_MIN, PHOTO_WIDTH_MIN, POSTS_PAGE};
use super::locations::{holder, holds, without_empty};
use super::post::{self, Arrived, resource};
use super::rest::{enter, location, page, page_size};
use super::{NETWORK, POSTS, content};
use crate::google::{header_text, params};
use crate::passage::Call;
use crate::world::{Account, FetchFailure, Media, Post, State, Token, World};

/// The routes of posts.
pub fn routes() -> Router<Arc<World>> {
    let posts = format!("/{POSTS}/v4/accounts/{{account}}/locations/{{location}}/localPosts");
    Router::new()
        .route(&posts, routing::post(create).get(list))
        .route(&format!("{posts}/{{post}}"), routing::get(read).patch(update).delete(remove))
}

/// The location behind an address, through the account that is named in it.
fn place(state: &mut State, token: &Token, account: &str, id: &str, now_us: i64) -> Answer<Account> {
    let holder = holder(account, &token.person)?;
    let location = location(state, token, id)?;
    // A location that was moved is not found under its old account.
    if !holds(holder, &location) {
        return Err(Refusal::missing());
    }
    post::flip_due(state, id, now_us);
    Ok(location)
}

/// The same of one that may speak.
fn speaker(state: &mut State, token: &Token, account: &str, id: &str, now_us: i64) -> Answer<Account> {
    let location = place(state, token, account, id, now_us)?;
    if location.suspended || !location.details["voice"].is_null() {
        return Err(Refusal::forbidden());
    }
    Ok(location)
}

/// The names of fields are told only to whom asks for the newer form of errors.
fn dressed<T>(headers: &HeaderMap, answer: Answer<T>) -> Answer<T> {
    match header_text(headers, "x-goog-api-format-version") {
        "2" => answer,
        _ => answer.map_err(Refusal::plain),
    }
}

fn body(headers: &HeaderMap, bytes: &[u8]) -> Answer<Value> {
    if !header_text(headers, "content-type").starts_with("application/json") {
        return Err(Refusal::invalid("Invalid content type: the body must be application/json."));
    }
    serde_json::from_slice(bytes).map_err(|_| Refusal::invalid("Invalid JSON payload received."))
}

type Place = (String, String);

async fn create(
    Shared(world): Shared<Arc<World>>,
    Path((account, id)): Path<Place>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer<Json<Value>> {
    dressed(&headers, made(&world, (account, id), &call, &headers, &bytes).await)
}

async fn made(world: &World, (account, id): Place, call: &Call, headers: &HeaderMap, bytes: &[u8]) -> Answer<Json<Value>> {
    let now_us = world.clock.now_us();
    let wanted = content::read(&body(headers, bytes)?, now_us);
    let token = world.with(|state| {
        let token = enter(world, state, headers, POSTS)?;
        speaker(state, &token, &account, &id, now_us)?;
        Ok::<_, Refusal>(token)
    })?;
    let wanted = wanted?;
    let mut photos = Vec::new();
    for url in &wanted.photos {
        photos.push(photo(world, url).await?);
    }
    let now_us = world.clock.now_us();
    let arrived = Arrived {
        holder: account.clone(),
        app: token.app.clone(),
        photos,
        fails: call.processing_failure.is_some(),
        works_us: world.processing_us(call),
    };
    world.with(|state| {
        // Somebody may have taken the location away while its photo was fetched.
        let location = speaker(state, &token, &account, &id, now_us)?;
        let made = post::make(state, &location, wanted, arrived, now_us);
        let post = state.post(NETWORK, &made).ok_or_else(Refusal::missing)?;
        Ok(Json(resource(post, now_us)))
    })
}

/// Fetches a photo and looks at it.
async fn photo(world: &World, url: &str) -> Answer<Media> {
    let too_large = || Refusal::field("media", "The photo is larger than 5 MB.");
    let stored = match world.fetch_media(url, *PHOTO_BYTES.end()).await {
        Ok(stored) => stored,
        Err(FetchFailure::TooLarge(_)) => return Err(too_large()),
        Err(FetchFailure::Address | FetchFailure::Unreachable(_) | FetchFailure::Status(_)) => return Err(Refusal::unfetched()),
    };
    if !matches!(stored.sniffed, "image/jpeg" | "image/png") {
        return Err(Refusal::field("media", "The photo must be a JPEG or PNG image."));
    }
    if stored.bytes < *PHOTO_BYTES.start() {
        return Err(Refusal::field("media", "The photo is smaller than 10 KB."));
    }
    if stored
        .pixels
        .is_none_or(|(width, height)| width < PHOTO_WIDTH_MIN || height < PHOTO_HEIGHT_MIN)
    {
        return Err(Refusal::field("media", "The photo must have at least 400 by 300 pixels."));
    }
    Ok(stored.media(None))
}

async fn list(
    Shared(world): Shared<Arc<World>>,
    Path((account, id)): Path<Place>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let (query, now_us) = (params(query.as_deref()), world.clock.now_us());
    let until_us = world.listed_until_us();
    world.with(|state| {
        let token = enter(&world, state, &headers, POSTS)?;
        place(state, &token, &account, &id, now_us)?;
        let size = page_size(&query, POSTS_PAGE)?;
        let listed = state.posts_of(NETWORK, &id).rev().filter(|post| post.created_us <= until_us);
        let all = listed.map(|post| resource(post, now_us)).collect();
        let (posts, next) = page(&query, size, all)?;
        Ok(Json(without_empty(json!({"localPosts": posts, "nextPageToken": next}))))
    })
}

/// The post behind an address.
fn own<'a>(state: &'a mut State, location: &str, id: &str) -> Answer<&'a mut Post> {
    let post = state.post_mut(NETWORK, id).filter(|post| post.account == location);
    post.ok_or_else(Refusal::missing)
}

async fn read(
    Shared(world): Shared<Arc<World>>,
    Path((account, id, post)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let now_us = world.clock.now_us();
    world.with(|state| {
        let token = enter(&world, state, &headers, POSTS)?;
        place(state, &token, &account, &id, now_us)?;
        Ok(Json(resource(own(state, &id, &post)?, now_us)))
    })
}

/// What can be changed of a post.
const CHANGED: &[&str] = &["summary", "callToAction", "languageCode", "event", "offer"];

async fn update(
    Shared(world): Shared<Arc<World>>,
    Path((account, id, post)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer<Json<Value>> {
    let (query, now_us) = (params(query.as_deref()), world.clock.now_us());
    let changed = world.with(|state| {
        let token = enter(&world, state, &headers, POSTS)?;
        speaker(state, &token, &account, &id, now_us)?;
        let body = body(&headers, &bytes)?;
        let mask = query.get("updateMask").filter(|mask| !mask.is_empty());
        let mask = mask.ok_or_else(|| Refusal::invalid("update_mask is required."))?;
        let post = own(state, &id, &post)?;
        let mut said = post.details["info"].clone();
        for field in mask.split(',').map(str::trim) {
            if !CHANGED.contains(&field) {
                return Err(Refusal::invalid(format!("Invalid field mask provided: {field}")));
            }
            said[field] = body[field].clone();
        }
        // A photo stands for the text that a post may be without.
        let mut whole = said.clone();
        whole["media"] = post
            .media
            .iter()
            .map(|_| json!({"mediaFormat": "PHOTO", "sourceUrl": "kept"}))
            .collect();
        let wanted = content::read(&whole, now_us)?;
        post.text = wanted.said["summary"].as_str().unwrap_or_default().to_owned();
        post.details["info"] = wanted.said;
        post.details["updated_us"] = now_us.into();
        Ok(Json(resource(post, now_us)))
    });
    dressed(&headers, changed)
}

async fn remove(
    Shared(world): Shared<Arc<World>>,
    Path((account, id, post)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let now_us = world.clock.now_us();
    world.with(|state| {
        let token = enter(&world, state, &headers, POSTS)?;
        place(state, &token, &account, &id, now_us)?;
        own(state, &id, &post)?;
        state.remove_post(NETWORK, &post);
        Ok(Json(json!({})))
    })
}
