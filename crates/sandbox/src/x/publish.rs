//! Posts: made and deleted. There is no key; who says the same twice is refused.

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use axum::response::Response;
use axum::{Json, Router, routing};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::content::{self, Wanted};
use super::error::{Answer, Refusal};
use super::limits::{REPEAT_S, VIDEO_MS};
use super::media::{self, Kind};
use super::rest::{CREATE, Caller, DELETE, body, paced, posted};
use super::words::{addresses, normal};
use super::{NETWORK, at};
use crate::world::{Media, Post, PostState, State, World};

/// The routes that change posts.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&at("tweets"), routing::post(create))
        .route(&at("tweets/{id}"), routing::delete(delete))
}

async fn create(Shared(world): Shared<Arc<World>>, headers: HeaderMap, bytes: Bytes) -> Response {
    paced(&world, &headers, CREATE, async |caller| {
        let wanted = content::read(&body(&headers, &bytes)?)?;
        let now_us = world.clock.now_us();
        let made = world.with(|state| {
            if caller.token.app.starts_with("readonly") {
                return Err(Refusal::not_permitted());
            }
            may_answer(state, &caller, wanted.parent.as_deref())?;
            let (kind, files) = shown(state, &caller, &wanted, now_us)?;
            is_new(state, &caller, &wanted, now_us)?;
            let post = stand(state, &caller, &wanted, kind, files, now_us);
            posted(state, &caller.token, now_us);
            Ok(json!({"data": {"id": post.id, "text": post.text, "edit_history_tweet_ids": [post.id]}}))
        })?;
        Ok((StatusCode::CREATED, Json(made)))
    })
    .await
}

/// Oneself is answered always, others only where they mentioned one.
fn may_answer(state: &State, caller: &Caller, parent: Option<&str>) -> Answer<()> {
    let Some(id) = parent else { return Ok(()) };
    let parent = state.post(NETWORK, id).ok_or_else(|| Refusal::not_found("tweet", id))?;
    let mention = format!("@{}", caller.account.handle);
    let mentioned = parent
        .text
        .split(|c: char| !c.is_alphanumeric() && c != '@' && c != '_')
        .any(|word| word.eq_ignore_ascii_case(&mention));
    if parent.account == caller.account.id || mentioned {
        Ok(())
    } else {
        Err(Refusal::reply())
    }
}

type Files = Vec<(String, Media)>;

/// The files of a post: four pictures, or one of what moves.
fn shown(state: &mut State, caller: &Caller, wanted: &Wanted, now_us: i64) -> Answer<(Option<Kind>, Files)> {
    let mut files = Vec::new();
    let mut first = None;
    for id in &wanted.media {
        let upload = media::ready(state, caller, id, now_us)?;
        let stored = upload.stored.as_ref().ok_or_else(Refusal::media_ids)?;
        if upload.kind != Kind::Picture && wanted.media.len() > 1 {
            return Err(Refusal::invalid(
                "media.media_ids",
                "A post shows up to 4 photos, 1 GIF or 1 video.",
            ));
        }
        if stored.duration_ms.is_some_and(|ms| ms > *VIDEO_MS.end()) {
            return Err(Refusal::forbidden(
                "This user is not allowed to post a video longer than 2 minutes.",
            ));
        }
        first.get_or_insert(upload.kind);
        files.push((upload.key.clone(), stored.media(upload.alt.clone())));
    }
    Ok((first, files))
}

/// The filter for repeats: the same words of the same account within a day.
fn is_new(state: &State, caller: &Caller, wanted: &Wanted, now_us: i64) -> Answer<()> {
    let words = normal(&wanted.text);
    let since_us = now_us - REPEAT_S * 1_000_000;
    let said = state
        .posts_of(NETWORK, &caller.account.id)
        .rev()
        .take_while(|post| post.created_us > since_us)
        .any(|post| normal(&post.text) == words);
    if said && !words.is_empty() {
        Err(Refusal::duplicate())
    } else {
        Ok(())
    }
}

fn stand(state: &mut State, caller: &Caller, wanted: &Wanted, kind: Option<Kind>, files: Files, now_us: i64) -> Post {
    let id = state.number("19", 19);
    let mut details = wanted.details.clone();
    details["media_keys"] = files.iter().map(|(key, _)| Value::from(key.as_str())).collect();
    let post = Post {
        network: NETWORK,
        id: id.clone(),
        account: caller.account.id.clone(),
        kind: match kind {
            Some(Kind::Picture) => "photo",
            Some(Kind::Gif) => "animated_gif",
            Some(Kind::Video) => "video",
            None if !details["poll"].is_null() => "poll",
            None => "text",
        }
        .to_owned(),
        text: wanted.text.clone(),
        media: files.into_iter().map(|(_, media)| media).collect(),
        link: addresses(&wanted.text).first().map(|address| (*address).to_owned()),
        parent: wanted.parent.clone(),
        state: PostState::Published,
        created_us: now_us,
        permalink: format!("https://x.com/{}/status/{id}", caller.account.handle),
        app: Some(caller.token.app.clone()),
        comments: Vec::new(),
        details,
    };
    state.put_post(post.clone());
    post
}

async fn delete(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    paced(&world, &headers, DELETE, async |caller| {
        world.with(|state| {
            let post = state.post(NETWORK, &id).ok_or_else(|| Refusal::not_found("tweet", &id))?;
            if post.account != caller.account.id {
                return Err(Refusal::forbidden("You are not authorized to delete this Tweet."));
            }
            state.remove_post(NETWORK, &id);
            Ok(Json(json!({"data": {"deleted": true}})))
        })
    })
    .await
}
