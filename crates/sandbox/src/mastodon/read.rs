//! Posts that stand: one, its source, an account's, and taking one down.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State as Shared};
use axum::response::Response;
use axum::{Extension, Json, Router, routing};
use http::HeaderMap;
use serde_json::{Value, json};

use super::accounts::account_json;
use super::error::{Answer, Refusal};
use super::limits::{PAGE_DEFAULT, PAGE_MAX};
use super::rest::{Caller, Family, flag, paced};
use super::servers::Server;
use super::{NETWORK, words};
use crate::clock::iso_ms;
use crate::world::{Post, PostState, State, World};

/// The routes of posts that stand.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/api/v1/statuses/{id}", routing::get(read).delete(delete))
        .route("/api/v1/statuses/{id}/source", routing::get(source))
        .route("/api/v1/accounts/{id}/statuses", routing::get(list))
}

/// A post as the API tells it.
pub fn status_json(state: &State, server: &Server, post: &Post) -> Value {
    let account = state.account(NETWORK, &post.account);
    let posts = state.posts_of(NETWORK, &post.account).count();
    let replies = state
        .posts_of(NETWORK, &post.account)
        .filter(|other| other.parent.as_ref() == Some(&post.id));
    let own = &post.details;
    json!({
        "id": post.id,
        "created_at": iso_ms(post.created_us),
        "url": post.permalink,
        "uri": account.map(|account| format!("https://{}/users/{}/statuses/{}", server.host, account.handle, post.id)),
        "content": words::html(server.host, &post.text),
        "visibility": own["visibility"],
        "language": own["language"],
        "sensitive": own["sensitive"],
        "spoiler_text": own["spoiler_text"],
        "media_attachments": own["attachments"],
        "poll": own["poll"],
        "replies_count": replies.count(),
        "reblogs_count": 0,
        "favourites_count": 0,
        "quotes_count": 0,
        "in_reply_to_id": post.parent,
        "reblog": null,
        "account": account.map(|account| account_json(server, account, posts)),
        "application": {"name": post.app},
    })
}

/// Whether somebody may see a post: what is for followers, the sandbox shows to its own account alone.
fn is_shown(post: &Post, caller: &Caller) -> bool {
    let own = post.account == caller.account.id;
    match post.state {
        PostState::Published => own || post.details["visibility"] != "private",
        PostState::Hidden => own,
        PostState::Draft | PostState::Scheduled => false,
    }
}

fn shown(state: &State, server: &Server, caller: &Caller, id: &str) -> Answer<Post> {
    let post = state.post(NETWORK, id).filter(|post| post.details["server"] == server.host);
    let post = post.filter(|post| is_shown(post, caller));
    post.cloned().ok_or_else(Refusal::not_found)
}

fn own(state: &State, server: &Server, caller: &Caller, id: &str) -> Answer<Post> {
    let post = shown(state, server, caller, id)?;
    if post.account == caller.account.id {
        Ok(post)
    } else {
        Err(Refusal::not_found())
    }
}

async fn read(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    paced(&world, server, &headers, Family::Call, &["read:statuses"], async |caller| {
        world.with(|state| {
            let post = shown(state, server, &caller, &id)?;
            Ok(Json(status_json(state, server, &post)))
        })
    })
    .await
}

fn source_json(post: &Post) -> Value {
    json!({"id": post.id, "text": post.text, "spoiler_text": post.details["spoiler_text"]})
}

async fn source(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    paced(&world, server, &headers, Family::Call, &["read:statuses"], async |caller| {
        world.with(|state| own(state, server, &caller, &id).map(|post| Json(source_json(&post))))
    })
    .await
}

async fn delete(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    paced(&world, server, &headers, Family::Delete, &["write:statuses"], async |caller| {
        world.with(|state| {
            let post = own(state, server, &caller, &id)?;
            let mut told = status_json(state, server, &post);
            told["text"] = post.text.as_str().into();
            state.remove_post(NETWORK, &id);
            Ok(Json(told))
        })
    })
    .await
}

async fn list(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    Path(id): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let until_us = world.listed_until_us();
    paced(&world, server, &headers, Family::Call, &["read:statuses"], async |caller| {
        let told = |name: &str| query.get(name).filter(|text| !text.is_empty());
        let limit = told("limit")
            .and_then(|text| text.parse().ok())
            .unwrap_or(PAGE_DEFAULT)
            .min(PAGE_MAX);
        let no_replies = told("exclude_replies").is_some_and(|text| flag(&text.as_str().into()) == Some(true));
        let world_id = server.world_id(&id);
        world.with(|state| {
            state.account(NETWORK, &world_id).ok_or_else(Refusal::not_found)?;
            let listed = |post: &&Post| {
                is_shown(post, &caller)
                    && post.created_us <= until_us
                    && told("max_id").is_none_or(|max| post.id.as_str() < max.as_str())
                    && !(no_replies && post.parent.is_some())
            };
            let page: Vec<&Post> = state.posts_of(NETWORK, &world_id).rev().filter(listed).take(limit).collect();
            Ok(Json(
                page.into_iter().map(|post| status_json(state, server, post)).collect::<Vec<_>>(),
            ))
        })
    })
    .await
}
