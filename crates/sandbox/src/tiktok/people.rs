//! Who an account is, and what it allows.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::{Json, Router, routing};
use http::HeaderMap;
use serde_json::{Map, Value, json};

use super::at;
use super::error::{Answer, Refusal};
use super::limits::{CREATOR_INFOS_PER_MINUTE, READS_PER_MINUTE};
use super::publish::{may_post, of_day};
use super::rest::{enter, ok, params};
use crate::world::{Account, World};

/// Each field of an account, and the permission that shows it.
const FIELDS: &[(&str, &str)] = &[
    ("open_id", "user.info.basic"),
    ("union_id", "user.info.basic"),
    ("avatar_url", "user.info.basic"),
    ("avatar_url_100", "user.info.basic"),
    ("avatar_large_url", "user.info.basic"),
    ("display_name", "user.info.basic"),
    ("username", "user.info.profile"),
    ("bio_description", "user.info.profile"),
    ("profile_deep_link", "user.info.profile"),
    ("is_verified", "user.info.profile"),
    ("profile_web_link", "user.info.profile"),
    ("follower_count", "user.info.stats"),
    ("following_count", "user.info.stats"),
    ("likes_count", "user.info.stats"),
    ("video_count", "user.info.stats"),
];

/// The routes of accounts.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&at("user/info"), routing::get(info))
        .route(&at("post/publish/creator_info/query"), routing::post(creator))
}

fn field(account: &Account, name: &str) -> Value {
    let link = format!("https://www.tiktok.com/@{}", account.handle);
    match name {
        "open_id" => json!(account.id),
        "union_id" => json!(format!("union{}", account.id)),
        "avatar_url" | "avatar_url_100" | "avatar_large_url" => json!(account.avatar_url),
        "display_name" => json!(account.name),
        "username" => json!(account.handle),
        "profile_deep_link" | "profile_web_link" => json!(link),
        "is_verified" => json!(false),
        "follower_count" => json!(account.followers),
        "following_count" | "likes_count" | "video_count" => json!(0),
        _ => json!(""),
    }
}

async fn info(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer<Json<Value>> {
    let query = params(query.as_deref());
    world.with(|state| {
        let (token, account) = enter(&world, state, &headers, &["user.info.basic"], ("user_info", READS_PER_MINUTE))?;
        let asked = query.get("fields").map(String::as_str).unwrap_or_default();
        if asked.is_empty() {
            return Err(Refusal::invalid("Fields is required"));
        }
        let mut user = Map::new();
        for name in asked.split(',') {
            let Some((_, scope)) = FIELDS.iter().find(|(known, _)| *known == name) else {
                return Err(Refusal::invalid(format!("Invalid field {name}")));
            };
            if !token.scopes.contains(*scope) {
                return Err(Refusal::scope());
            }
            user.insert(name.to_owned(), field(&account, name));
        }
        Ok(ok(&json!({"user": user})))
    })
}

/// Who may be chosen to see a post of an account.
pub fn privacy_levels(account: &Account) -> [&'static str; 3] {
    if account.details["private"] == true {
        ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    } else {
        ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    }
}

async fn creator(Shared(world): Shared<Arc<World>>, headers: HeaderMap) -> Answer<Json<Value>> {
    world.with(|state| {
        let pace = ("creator_info", CREATOR_INFOS_PER_MINUTE);
        let (_, account) = enter(&world, state, &headers, &["video.publish"], pace)?;
        may_post(&account)?;
        of_day(state, &account, world.clock.now_us())?;
        Ok(ok(&json!({
            "creator_avatar_url": account.avatar_url,
            "creator_username": account.handle,
            "creator_nickname": account.name,
            "privacy_level_options": privacy_levels(&account),
            "comment_disabled": account.details["comments_off"],
            "duet_disabled": account.details["duets_off"],
            "stitch_disabled": account.details["stitches_off"],
            "max_video_post_duration_sec": account.details["video_s_max"],
        })))
    })
}
