//! Comments under posts, which only apps of the Community Management API may write.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::error::{Answer, Refusal, traced};
use super::limits::COMMENT_UNITS_MAX;
use super::members::{member, publishes};
use super::rest::{enter, param, params, scope};
use super::{API, NETWORK};
use crate::world::{Comment, State, Token, World};

/// The routes of comments.
pub fn routes() -> Router<Arc<World>> {
    Router::new().route(
        &format!("/{API}/rest/socialActions/{{urn}}/comments"),
        routing::post(create).get(list),
    )
}

fn may_comment_as(state: &State, token: &Token, actor: &str) -> Answer<()> {
    if actor.starts_with("urn:li:organization:") {
        scope(
            token,
            &["w_organization_social_feed"],
            "partnerApiSocialActionsComments.CREATE.20260701",
        )?;
        let roles = state.account(NETWORK, actor).and_then(|account| account.roles.get(&token.person));
        let may = roles.is_some_and(|roles| roles.iter().any(|role| publishes(role)));
        return if may { Ok(()) } else { Err(Refusal::not_author()) };
    }
    scope(token, &["w_member_social_feed"], "partnerApiSocialActionsComments.CREATE.20260701")?;
    let (own, _) = member(state, token)?;
    if actor == own { Ok(()) } else { Err(Refusal::not_author()) }
}

fn comment_json(urn: &str, comment: &Comment) -> Value {
    let id = comment.id.trim_end_matches(')').rsplit(',').next();
    json!({
        "id": id,
        "commentUrn": comment.id,
        "actor": comment.author,
        "object": urn,
        "message": {"attributes": [], "text": comment.text},
        "created": {"actor": comment.author, "time": comment.created_us / 1_000},
    })
}

async fn create(Shared(world): Shared<Arc<World>>, Path(urn): Path<String>, headers: HeaderMap, body: Bytes) -> Answer<Response> {
    let now_us = world.clock.now_us();
    let (id, made) = world.with(|state| {
        let token = enter(state, &headers, now_us)?;
        let body = super::body(&headers, &body)?;
        let text = |value: &Value, field: &str| value.as_str().map(str::to_owned).ok_or_else(|| Refusal::missing(field));
        let actor = text(&body["actor"], "/actor")?;
        let message = text(&body["message"]["text"], "/message/text")?;
        text(&body["object"], "/object")?;
        let units = message.encode_utf16().count();
        if units > COMMENT_UNITS_MAX {
            return Err(Refusal::too_long("/message/text", units, COMMENT_UNITS_MAX));
        }
        may_comment_as(state, &token, &actor)?;
        let number = state.number("73", 19);
        let id = format!("urn:li:comment:({urn},{number})");
        let post = state.post_mut(NETWORK, &urn).ok_or_else(|| Refusal::not_found(&urn))?;
        let comment = Comment {
            id,
            author: actor,
            text: message,
            created_us: now_us,
        };
        post.comments.push(comment.clone());
        Ok((number, comment_json(&urn, &comment)))
    })?;
    let id = HeaderValue::from_str(&id).map_err(|_| Refusal::coded(500, None, "INTERNAL_SERVER_ERROR", "no id"))?;
    Ok(traced(
        (StatusCode::CREATED, [(HeaderName::from_static("x-restli-id"), id)], Json(made)).into_response(),
    ))
}

async fn list(
    Shared(world): Shared<Arc<World>>,
    Path(urn): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let params = params(query.as_deref());
    let number = |name: &str, default: usize| param(&params, name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (now_us, until_us) = (world.clock.now_us(), world.listed_until_us());
    world.with(|state| {
        let token = enter(state, &headers, now_us)?;
        let post = state.post(NETWORK, &urn).ok_or_else(|| Refusal::not_found(&urn))?;
        let readers = ["r_organization_social", "r_organization_social_feed"];
        let needed: &[&str] = if post.account.starts_with("urn:li:organization:") {
            &readers
        } else {
            &["r_member_social"]
        };
        scope(&token, needed, "partnerApiSocialActionsComments.GET_ALL.20260701")?;
        let listed = post.comments.iter().filter(|comment| comment.created_us <= until_us);
        let (start, count) = (number("start", 0), number("count", 10).min(100));
        let elements: Vec<_> = listed.skip(start).take(count).map(|comment| comment_json(&urn, comment)).collect();
        Ok(Json(
            json!({"paging": {"start": start, "count": count, "links": []}, "elements": elements}),
        ))
    })
}
