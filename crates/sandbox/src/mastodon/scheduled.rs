//! Posts that a server is to send out later. Until then they have an id of their own, which is no post's.

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use axum::response::Response;
use axum::{Extension, Json, Router, routing};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::NETWORK;
use super::error::{Answer, Refusal};
use super::limits::{AHEAD_S, SCHEDULED_A_DAY_MAX, SCHEDULED_MAX};
use super::rest::{Caller, Family, body, paced, text};
use super::servers::Server;
use crate::clock::iso_ms;
use crate::world::{Post, PostState, State, World};

const DAY_US: i64 = 86_400_000_000;

/// The routes of scheduled posts.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/api/v1/scheduled_statuses", routing::get(list))
        .route("/api/v1/scheduled_statuses/{id}", routing::get(read).put(change).delete(remove))
}

/// Sends out what has become due; it gets a post's id then.
pub fn send_due(state: &mut State, now_us: i64) {
    let accounts: Vec<String> = state.accounts_of(NETWORK).map(|account| account.id.clone()).collect();
    let due = |post: &&Post| post.state == PostState::Scheduled && post.created_us <= now_us;
    let posts: Vec<Post> = accounts
        .iter()
        .flat_map(|account| state.posts_of(NETWORK, account).filter(due).cloned())
        .collect();
    for mut post in posts {
        state.remove_post(NETWORK, &post.id);
        let id = state.number("1145", 18);
        post.permalink = post.permalink.replace(&post.id, &id);
        post.id = id;
        post.state = if post.details["visibility"] == "direct" {
            PostState::Hidden
        } else {
            PostState::Published
        };
        state.put_post(post);
    }
}

fn of_account<'a>(state: &'a State, caller: &Caller) -> impl Iterator<Item = &'a Post> {
    let posts = state.posts_of(NETWORK, &caller.account.id);
    posts.filter(|post| post.state == PostState::Scheduled)
}

/// When a post is to go out, if it says so.
///
/// # Errors
/// 422 for no instant, one that is too near, and one too many.
pub fn instant(state: &State, caller: &Caller, said: &Value, now_us: i64) -> Answer<Option<i64>> {
    let Some(said) = text(said).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let at_us = said.parse::<jiff::Timestamp>().ok().map(|at| at.as_microsecond());
    let at_us = at_us.ok_or_else(|| Refusal::invalid("Scheduled at is invalid"))?;
    if at_us < now_us + AHEAD_S * 1_000_000 {
        return Err(Refusal::invalid("Scheduled at must be in the future"));
    }
    let same_day = |post: &&Post| post.created_us.div_euclid(DAY_US) == at_us.div_euclid(DAY_US);
    if of_account(state, caller).filter(same_day).count() >= SCHEDULED_A_DAY_MAX {
        return Err(Refusal::invalid(format!(
            "Scheduled at exceeds the limit of {SCHEDULED_A_DAY_MAX} posts for that day"
        )));
    }
    if of_account(state, caller).count() >= SCHEDULED_MAX {
        return Err(Refusal::invalid(format!(
            "Scheduled at exceeds the limit of {SCHEDULED_MAX} scheduled posts"
        )));
    }
    Ok(Some(at_us))
}

/// A scheduled post as the API tells it.
pub fn json(post: &Post) -> Value {
    json!({
        "id": post.id,
        "scheduled_at": iso_ms(post.created_us),
        "params": {
            "text": post.text, "visibility": post.details["visibility"], "spoiler_text": post.details["spoiler_text"],
            "in_reply_to_id": post.parent, "language": post.details["language"], "poll": post.details["poll"],
        },
        "media_attachments": post.details["attachments"],
    })
}

fn own(state: &State, caller: &Caller, id: &str) -> Answer<Post> {
    let post = of_account(state, caller).find(|post| post.id == id);
    post.cloned().ok_or_else(Refusal::not_found)
}

async fn list(Shared(world): Shared<Arc<World>>, Extension(server): Extension<&'static Server>, headers: HeaderMap) -> Response {
    paced(&world, server, &headers, Family::Call, &["read:statuses"], async |caller| {
        Ok(Json(world.with(|state| of_account(state, &caller).map(json).collect::<Vec<_>>())))
    })
    .await
}

async fn read(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    paced(&world, server, &headers, Family::Call, &["read:statuses"], async |caller| {
        world.with(|state| own(state, &caller, &id).map(|post| Json(json(&post))))
    })
    .await
}

async fn change(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    Path(id): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    paced(&world, server, &headers, Family::Call, &["write:statuses"], async |caller| {
        let said = body(&headers, &bytes)?;
        let now_us = world.clock.now_us();
        world.with(|state| {
            let mut post = own(state, &caller, &id)?;
            let at_us = instant(state, &caller, &said["scheduled_at"], now_us)?;
            post.created_us = at_us.unwrap_or(post.created_us);
            let told = json(&post);
            state.put_post(post);
            Ok(Json(told))
        })
    })
    .await
}

async fn remove(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    paced(&world, server, &headers, Family::Call, &["write:statuses"], async |caller| {
        world.with(|state| {
            own(state, &caller, &id)?;
            state.remove_post(NETWORK, &id);
            Ok(Json(json!({})))
        })
    })
    .await
}
