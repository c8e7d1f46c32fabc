//! Who one is, and the posts of an account as its list shows them. Newer clients say `post` where older ones say `tweet`: each is answered in
//! its own words.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::Response;
use axum::{Json, Router, routing};
use http::HeaderMap;
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::limits::{IDS_MAX, PAGE, PAGE_DEFAULT};
use super::rest::{ME, OF_USER, ONE, SEVERAL, numeric, paced, params};
use super::words::shown;
use super::{NETWORK, at};
use crate::world::{Account, Post, World};

const USER_FIELDS: &[&str] = &[
    "id",
    "name",
    "username",
    "profile_image_url",
    "verified",
    "verified_type",
    "subscription_type",
    "protected",
    "public_metrics",
    "description",
    "created_at",
];
const POST_FIELDS: &[&str] = &[
    "id",
    "text",
    "created_at",
    "author_id",
    "attachments",
    "entities",
    "public_metrics",
    "reply_settings",
    "conversation_id",
    "lang",
    "source",
];

/// The reading routes.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&at("users/me"), routing::get(me))
        .route(&at("users/{id}/tweets"), routing::get(of_user))
        .route(&at("tweets"), routing::get(several))
        .route(&at("tweets/{id}"), routing::get(one))
}

/// The words of one version of the API.
#[derive(Debug, Clone, Copy)]
struct Vocabulary {
    parameter: &'static str,
    referenced: &'static str,
    history: &'static str,
    reposts: &'static str,
}

const OLD: Vocabulary = Vocabulary {
    parameter: "tweet.fields",
    referenced: "referenced_tweets",
    history: "edit_history_tweet_ids",
    reposts: "retweet_count",
};
const NEW: Vocabulary = Vocabulary {
    parameter: "post.fields",
    referenced: "referenced_posts",
    history: "edit_history_post_ids",
    reposts: "repost_count",
};

/// The fields that a query asks for.
///
/// # Errors
/// 400 for one that is not known.
fn fields(query: &BTreeMap<String, String>, parameter: &str, known: &[&str]) -> Answer<BTreeSet<String>> {
    let asked: BTreeSet<String> = query
        .get(parameter)
        .map(|text| text.split(',').map(str::to_owned).collect())
        .unwrap_or_default();
    match asked.iter().find(|field| !known.contains(&field.as_str())) {
        Some(field) => Err(Refusal::invalid(
            parameter,
            format!("The `{parameter}` query parameter value [{field}] is not one of the known ones"),
        )),
        None => Ok(asked),
    }
}

fn user(account: &Account, asked: &BTreeSet<String>) -> Value {
    let mut user = json!({"id": account.id, "name": account.name, "username": account.handle});
    let more = json!({
        "profile_image_url": account.avatar_url,
        "verified": account.details["verified"],
        "verified_type": "none",
        "subscription_type": "None",
        "protected": account.details["protected"],
        "public_metrics": {"followers_count": account.followers, "following_count": 80, "tweet_count": 0, "listed_count": 0, "like_count": 0},
        "description": "",
    });
    for field in asked {
        if let Some(value) = more.get(field) {
            user[field.as_str()] = value.clone();
        }
    }
    user
}

async fn me(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    paced(&world, &headers, ME, async |caller| {
        let asked = fields(&params(query.as_deref()), "user.fields", USER_FIELDS)?;
        Ok(Json(json!({"data": user(&caller.account, &asked)})))
    })
    .await
}

/// How a query wants its posts.
struct Manner {
    words: Vocabulary,
    asked: BTreeSet<String>,
}

fn manner(query: &BTreeMap<String, String>) -> Answer<Manner> {
    let words = if query.contains_key(NEW.parameter) { NEW } else { OLD };
    let known: Vec<&str> = POST_FIELDS.iter().copied().chain([words.referenced, words.history]).collect();
    let asked = fields(query, words.parameter, &known)?;
    Ok(Manner { words, asked })
}

fn instant(us: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(us).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

fn told(post: &Post, manner: &Manner) -> Value {
    let keys = post.details["media_keys"].as_array().cloned().unwrap_or_default();
    let (text, entities) = shown(&post.id, &post.permalink, &post.text, &keys, post.kind != "photo");
    let mut told = json!({"id": post.id, "text": text, manner.words.history: [post.id]});
    let mut attachments = json!({});
    if !keys.is_empty() {
        attachments["media_keys"] = keys.into();
    }
    if !post.details["poll"].is_null() {
        attachments["poll_ids"] = json!([post.id]);
    }
    let referenced = post.parent.as_ref().map(|parent| json!([{"type": "replied_to", "id": parent}]));
    let who = post.details["reply_settings"].as_str().unwrap_or("everyone");
    let more = json!({
        "created_at": instant(post.created_us),
        "author_id": post.account,
        "attachments": if attachments == json!({}) { Value::Null } else { attachments },
        "entities": entities,
        "reply_settings": who,
        "conversation_id": post.id,
        "lang": "en",
        "public_metrics": {
            manner.words.reposts: 0, "reply_count": 0, "like_count": 0, "quote_count": 0, "bookmark_count": 0, "impression_count": 0,
        },
        manner.words.referenced: referenced,
    });
    for field in &manner.asked {
        // What a post has not is left out.
        if let Some(value) = more.get(field).filter(|value| !value.is_null()) {
            told[field.as_str()] = value.clone();
        }
    }
    told
}

async fn one(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    paced(&world, &headers, ONE, async |_| {
        let manner = manner(&params(query.as_deref()))?;
        world.with(|state| {
            let post = state.post(NETWORK, &id).ok_or_else(|| Refusal::not_found("tweet", &id))?;
            Ok(Json(json!({"data": told(post, &manner)})))
        })
    })
    .await
}

/// Several by their ids; what is not there is told beside the rest.
async fn several(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    paced(&world, &headers, SEVERAL, async |_| {
        let query = params(query.as_deref());
        let manner = manner(&query)?;
        let ids: Vec<&str> = query.get("ids").map(|ids| ids.split(',').collect()).unwrap_or_default();
        if ids.is_empty() || ids.len() > IDS_MAX || !ids.iter().all(|id| numeric(id)) {
            return Err(Refusal::invalid("ids", "The `ids` query parameter must be 1 to 100 ids"));
        }
        world.with(|state| {
            let (mut data, mut errors) = (Vec::new(), Vec::new());
            for id in ids {
                match state.post(NETWORK, id) {
                    Some(post) => data.push(told(post, &manner)),
                    None => errors.push(Refusal::not_found("tweet", id).entry()),
                }
            }
            let mut answer = json!({});
            if !data.is_empty() {
                answer["data"] = data.into();
            }
            if !errors.is_empty() {
                answer["errors"] = errors.into();
            }
            Ok(Json(answer))
        })
    })
    .await
}

/// Which part of a list is asked for.
struct Wanted {
    size: usize,
    start: usize,
    from_us: i64,
    until_us: i64,
    replies: bool,
}

fn wanted(query: &BTreeMap<String, String>) -> Answer<Wanted> {
    let size = match query.get("max_results") {
        None => PAGE_DEFAULT,
        Some(text) => {
            let size = text.parse().ok().filter(|size| PAGE.contains(size));
            size.ok_or_else(|| Refusal::invalid("max_results", "The `max_results` query parameter value is not between 5 and 100"))?
        }
    };
    let start = match query.get("pagination_token") {
        None => 0,
        Some(token) => {
            let start = token.strip_prefix("7140").and_then(|rest| rest.strip_suffix("dibs1")?.parse().ok());
            start.ok_or_else(|| Refusal::invalid("pagination_token", "The `pagination_token` query parameter value is not valid"))?
        }
    };
    let time = |name: &str, otherwise: i64| match query.get(name) {
        None => Ok(otherwise),
        Some(text) => {
            let at = text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_microsecond);
            at.ok_or_else(|| Refusal::invalid(name, format!("The `{name}` query parameter value [{text}] is no time")))
        }
    };
    let excluded: Vec<&str> = query.get("exclude").map(|text| text.split(',').collect()).unwrap_or_default();
    if excluded.iter().any(|what| !matches!(*what, "replies" | "retweets")) {
        return Err(Refusal::invalid(
            "exclude",
            "The `exclude` query parameter takes replies and retweets",
        ));
    }
    Ok(Wanted {
        size,
        start,
        from_us: time("start_time", i64::MIN)?,
        until_us: time("end_time", i64::MAX)?,
        replies: !excluded.contains(&"replies"),
    })
}

async fn of_user(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    paced(&world, &headers, OF_USER, async |caller| {
        let query = params(query.as_deref());
        let (manner, wanted) = (manner(&query)?, wanted(&query)?);
        let listed_us = world.listed_until_us();
        world.with(|state| {
            let account = state.account(NETWORK, &id).ok_or_else(|| Refusal::not_found("user", &id))?;
            if account.details["protected"] == true && account.id != caller.account.id {
                return Err(Refusal::forbidden("Sorry, you are not authorized to see the user with id."));
            }
            let posts: Vec<Value> = state
                .posts_of(NETWORK, &id)
                .rev()
                .filter(|post| post.created_us <= listed_us.min(wanted.until_us) && post.created_us >= wanted.from_us)
                .filter(|post| wanted.replies || post.parent.is_none())
                .map(|post| told(post, &manner))
                .collect();
            let more = posts.len() > wanted.start + wanted.size;
            let page: Vec<Value> = posts.into_iter().skip(wanted.start).take(wanted.size).collect();
            let mut answer = json!({"meta": {"result_count": page.len()}});
            if let (Some(first), Some(last)) = (page.first(), page.last()) {
                answer["meta"]["newest_id"] = first["id"].clone();
                answer["meta"]["oldest_id"] = last["id"].clone();
            }
            if more {
                answer["meta"]["next_token"] = format!("7140{}dibs1", wanted.start + wanted.size).into();
            }
            if !page.is_empty() {
                answer["data"] = page.into();
            }
            Ok(Json(answer))
        })
    })
    .await
}
