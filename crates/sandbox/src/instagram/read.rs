//! Reading: an account, a container or media by its id, and the lists of an account.

use serde_json::{Map, Value, json};

use super::container;
use super::seed::scoped_id;
use super::{NETWORK, Own, Scope, actor};
use crate::clock::meta_time;
use crate::meta::{Answer, Asked, FieldSet, Refusal, choose};
use crate::world::{Account, Comment, Post, State};

const STORY_US: i64 = 24 * 3_600 * 1_000_000;

const ACCOUNT: FieldSet = FieldSet {
    node: "IGUser",
    default: &["id"],
    known: &["biography", "website", "name", "profile_picture_url", "account_type", "user_id"],
};
const CONTAINER: FieldSet = FieldSet {
    node: "IGContainer",
    default: &["id"],
    known: &["copyright_check_status"],
};
const MEDIA: FieldSet = FieldSet {
    node: "IGMedia",
    default: &["id"],
    known: &[
        "caption",
        "thumbnail_url",
        "children",
        "alt_text",
        "owner",
        "shortcode",
        "view_count",
        "saved_count",
        "shares_count",
        "reposts_count",
    ],
};

fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// `GET /{id}` or `GET /me`.
pub fn node(asked: &Asked) -> Answer {
    let id = asked.segment(0);
    let now_us = asked.world.clock.now_us();
    let fields = asked.params.text("fields");
    asked.world.with(|state| {
        super::token_of(asked, state)?;
        if let Some(owner) = super::publish::owner_of(state, id) {
            let (account, _) = actor(asked, state, &owner, Scope::Basic)?;
            if let Some(container) = state.own::<Own>().containers.get(id) {
                return choose(fields, &CONTAINER, into_map(container::node(container, id, now_us)));
            }
            let Some(post) = state.post(NETWORK, id) else {
                return Err(Refusal::missing(&asked.method, id));
            };
            return choose(fields, &MEDIA, media_node(asked, post, &account));
        }
        let (account, _) = actor(asked, state, id, Scope::Basic)?;
        let count = state.posts_of(NETWORK, &account.id).count();
        choose(fields, &ACCOUNT, account_node(asked, &account, count))
    })
}

fn account_node(asked: &Asked, account: &Account, media_count: usize) -> Map<String, Value> {
    let mut whole = json!({
        "id": account.id,
        "username": account.handle,
        "name": account.name,
        "profile_picture_url": account.avatar_url,
        "followers_count": account.followers,
        "follows_count": 100,
        "media_count": media_count,
    });
    // With Instagram's own login `id` is the app-scoped one (§1).
    if asked.host == "graph.instagram.com" {
        whole["id"] = json!(scoped_id(&account.id).to_string());
        whole["user_id"] = json!(account.id);
        whole["account_type"] = account.details["account_type"].clone();
    }
    into_map(whole)
}

fn media_node(asked: &Asked, post: &Post, account: &Account) -> Map<String, Value> {
    let url = |sha256: &str| asked.world.url("_sandbox", &format!("/media/{sha256}"));
    let first = post.media.first();
    let is_video = first.is_some_and(|media| media.mime.starts_with("video/"));
    let mut whole = json!({
        "id": post.id,
        "media_type": if post.kind == "carousel" { "CAROUSEL_ALBUM" } else if is_video { "VIDEO" } else { "IMAGE" },
        "media_product_type": match post.kind.as_str() { "reel" => "REELS", "story" => "STORY", _ => "FEED" },
        "media_url": first.map(|media| url(&media.sha256)),
        "permalink": post.permalink,
        "shortcode": post.details["shortcode"],
        "timestamp": meta_time(post.created_us),
        "username": account.handle,
        "owner": {"id": account.id},
        "like_count": 0,
        "comments_count": post.comments.len(),
        "is_comment_enabled": post.details["comments_off"] != true,
        "alt_text": first.and_then(|media| media.alt.clone()),
    });
    if !post.text.is_empty() {
        whole["caption"] = json!(post.text);
    }
    if post.kind == "carousel" {
        let child = |(index, media): (usize, &crate::Media)| {
            let kind = if media.mime.starts_with("video/") { "VIDEO" } else { "IMAGE" };
            json!({"id": format!("{}{index}", post.id), "media_type": kind, "media_url": url(&media.sha256)})
        };
        whole["children"] = json!({"data": post.media.iter().enumerate().map(child).collect::<Vec<_>>()});
    }
    into_map(whole)
}

fn list(asked: &Asked, wanted: impl Fn(&Post) -> bool) -> Answer {
    let (since_us, until_us) = asked.bounds_us()?;
    let listed_us = asked.world.listed_until_us();
    let items = asked.world.with(|state: &mut State| {
        let (account, _) = actor(asked, state, asked.segment(0), Scope::Basic)?;
        let shown = |post: &&Post| wanted(post) && (since_us..=until_us.min(listed_us)).contains(&post.created_us);
        // Long feeds stay cheap: the first page never shows more.
        let most = if asked.params.text("after").is_some() { usize::MAX } else { 101 };
        let item = |post: &Post| {
            Ok((
                post.id.clone(),
                choose(asked.params.text("fields"), &MEDIA, media_node(asked, post, &account))?,
            ))
        };
        state
            .posts_of(NETWORK, &account.id)
            .rev()
            .filter(shown)
            .take(most)
            .map(item)
            .collect::<Result<Vec<_>, Refusal>>()
    })?;
    asked.page_of(items)
}

/// `GET /{ig}/media`: everything but stories.
pub fn media_list(asked: &Asked) -> Answer {
    list(asked, |post| post.kind != "story")
}

/// `GET /{ig}/stories`: those of the last 24 hours.
pub fn stories(asked: &Asked) -> Answer {
    let now_us = asked.world.clock.now_us();
    list(asked, |post| post.kind == "story" && now_us - post.created_us < STORY_US)
}

/// `GET /{media}/comments`.
pub fn comments(asked: &Asked) -> Answer {
    let id = asked.segment(0);
    let items = asked.world.with(|state| {
        super::token_of(asked, state)?;
        let post = state.post(NETWORK, id).cloned().ok_or_else(|| Refusal::missing(&asked.method, id))?;
        actor(asked, state, &post.account, Scope::Comments)?;
        let item = |comment: &Comment| {
            let whole = json!({"id": comment.id, "text": comment.text, "username": comment.author, "timestamp": meta_time(comment.created_us), "like_count": 0, "hidden": false});
            (comment.id.clone(), whole)
        };
        Ok(post.comments.iter().rev().map(item).collect::<Vec<_>>())
    })?;
    asked.page_of(items)
}
