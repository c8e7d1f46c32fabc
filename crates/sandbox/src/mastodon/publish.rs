//! A new post.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::response::Response;
use axum::{Extension, Json, Router, routing};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::limits::FILES_MAX;
use super::read::status_json;
use super::rest::{Caller, Family, body, flag, header_text, paced, text};
use super::servers::Server;
use super::{NETWORK, keys, media, polls, scheduled, words};
use crate::world::{Post, PostState, State, World};

const VISIBILITIES: &[&str] = &["public", "unlisted", "private", "direct"];

/// The route of new posts.
pub fn routes() -> Router<Arc<World>> {
    Router::new().route("/api/v1/statuses", routing::post(create))
}

async fn create(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    paced(&world, server, &headers, Family::Post, &["write:statuses"], async |caller| {
        let said = body(&headers, &bytes)?;
        let key = header_text(&headers, "idempotency-key");
        let now_us = world.clock.now_us();
        world.with(|state| {
            let known = keys::made(state, &caller.account.id, key, now_us).filter(|_| !key.is_empty());
            let known = known.and_then(|id| state.post(NETWORK, &id).cloned());
            let post = match known {
                Some(post) => post,
                None => {
                    let post = made(state, server, &caller, &said, now_us)?;
                    keys::keep(state, &caller.account.id, key, &post.id, now_us);
                    state.put_post(post.clone());
                    post
                }
            };
            Ok(Json(match post.state {
                PostState::Scheduled => scheduled::json(&post),
                _ => status_json(state, server, &post),
            }))
        })
    })
    .await
}

/// Reads a post.
fn made(state: &mut State, server: &Server, caller: &Caller, said: &Value, now_us: i64) -> Answer<Post> {
    let own = &caller.account.details;
    let words = text(&said["status"]).unwrap_or_default().trim().to_owned();
    let warning = text(&said["spoiler_text"]).unwrap_or_default().trim().to_owned();
    let files: Vec<String> = said["media_ids"].as_array().into_iter().flatten().filter_map(text).collect();
    let poll = polls::read(&said["poll"], now_us)?;
    if words.is_empty() && warning.is_empty() && files.is_empty() {
        return Err(Refusal::invalid("Text can't be blank"));
    }
    if words::count(&words) + words::count(&warning) > server.text_max {
        return Err(Refusal::too_long(server.text_max));
    }
    if files.len() > FILES_MAX || (poll.is_some() && !files.is_empty()) {
        return Err(Refusal::new(422, format!("Cannot attach more than {FILES_MAX} files")));
    }
    let visibility = text(&said["visibility"]).or_else(|| text(&own["privacy"])).unwrap_or_default();
    if !VISIBILITIES.contains(&visibility.as_str()) {
        return Err(Refusal::invalid("Visibility is not included in the list"));
    }
    let parent = text(&said["in_reply_to_id"]).filter(|id| !id.is_empty());
    if let Some(parent) = &parent
        && state.post(NETWORK, parent).is_none_or(|post| post.details["server"] != server.host)
    {
        return Err(Refusal::new(404, "The post you are trying to reply to does not appear to exist."));
    }
    let goes_out_us = scheduled::instant(state, caller, &said["scheduled_at"], now_us)?;
    let files = media::taken(state, caller, &files, now_us)?;
    let sensitive = flag(&said["sensitive"]).or(own["sensitive"].as_bool()).unwrap_or(false);
    let language = text(&said["language"]).filter(|code| matches!(code.len(), 2 | 3) && code.bytes().all(|byte| byte.is_ascii_lowercase()));
    let id = state.number("1145", 18);
    let shown: Vec<Value> = files.iter().map(|file| file.json(server, now_us)).collect();
    let post_state = match (goes_out_us, visibility.as_str()) {
        (Some(_), _) => PostState::Scheduled,
        (None, "direct") => PostState::Hidden,
        (None, _) => PostState::Published,
    };
    Ok(Post {
        network: NETWORK,
        account: caller.account.id.clone(),
        kind: files.first().map_or("status", |file| file.kind).to_owned(),
        text: words,
        media: files.iter().map(media::Attachment::media).collect(),
        link: None,
        parent,
        state: post_state,
        created_us: goes_out_us.unwrap_or(now_us),
        permalink: permalink(server, caller, &id),
        app: Some(caller.token.app.clone()),
        comments: Vec::new(),
        details: json!({
            "server": server.host, "visibility": visibility, "sensitive": sensitive || !warning.is_empty(), "spoiler_text": warning,
            "language": language.map_or_else(|| own["language"].clone(), Value::from), "poll": poll, "attachments": shown,
        }),
        id,
    })
}

fn permalink(server: &Server, caller: &Caller, id: &str) -> String {
    format!("https://{}/@{}/{id}", server.host, caller.account.handle)
}
