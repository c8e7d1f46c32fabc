//! Reading: a post, video or photo by its id, and the lists of a Page.

use serde_json::{Map, Value, json};

use super::edges::post_id_of;
use super::video::status;
use super::{NETWORK, Own, page_of};
use crate::clock::meta_time;
use crate::meta::{Answer, Asked, FieldSet, Refusal, choose};
use crate::world::{Post, PostState, State};

const STORY_US: i64 = 24 * 3_600 * 1_000_000;

const POST: FieldSet = FieldSet {
    node: "Post",
    default: &["id", "message", "created_time"],
    known: &[
        "message",
        "shares",
        "scheduled_publish_time",
        "full_picture",
        "story",
        "place",
        "properties",
        "object_id",
    ],
};
const VIDEO: FieldSet = FieldSet {
    node: "Video",
    default: &["id", "description", "updated_time"],
    known: &[
        "post_id",
        "description",
        "title",
        "length",
        "source",
        "thumbnails",
        "picture",
        "permalink_url",
        "scheduled_publish_time",
        "views",
        "from",
    ],
};
const PHOTO: FieldSet = FieldSet {
    node: "Photo",
    default: &["id", "created_time"],
    known: &[
        "name",
        "link",
        "images",
        "album",
        "page_story_id",
        "alt_text",
        "alt_text_custom",
        "picture",
        "from",
    ],
};

fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// `GET /{id}`: whatever it is.
pub fn node(asked: &Asked) -> Answer {
    let id = asked.segment(0);
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        let token = super::token_of(asked, state)?;
        if state.own::<Own>().videos.contains_key(id) {
            return video_answer(asked, state, id, now_us);
        }
        if let Some(page) = super::photo::page_of_photo(state, id, now_us) {
            page_of(asked, state, &page, "pages_read_engagement", "CREATE_CONTENT")?;
            return photo_answer(asked, state, id);
        }
        if let Some(page) = state.account(NETWORK, id).cloned() {
            let asker = (token.kind == "user" && page.roles.contains_key(&token.person)).then_some((&token, now_us));
            let whole = super::accounts::page_node(state, &page, asker);
            return choose(asked.params.text("fields"), &super::accounts::PAGE, whole);
        }
        let Some(page) = state.post(NETWORK, id).map(|post| post.account.clone()) else {
            return Err(Refusal::missing(&asked.method, id));
        };
        page_of(asked, state, &page, "pages_read_engagement", "ANALYZE")?;
        post_answer(asked, state, id)
    })
}

/// A post's fields as the request asks for them.
pub fn post_answer(asked: &Asked, state: &mut State, id: &str) -> Answer {
    let Some(post) = state.post(NETWORK, id) else {
        return Err(Refusal::missing(&asked.method, id));
    };
    choose(asked.params.text("fields"), &POST, post_node(state, post))
}

fn post_node(state: &State, post: &Post) -> Map<String, Value> {
    let page = state.account(NETWORK, &post.account);
    let created = meta_time(post.created_us);
    let mut whole = json!({
        "id": post.id,
        "created_time": created,
        "updated_time": created,
        "permalink_url": post.permalink,
        "is_published": post.state == PostState::Published,
        "is_hidden": false,
        "status_type": if post.media.is_empty() { "mobile_status_update" } else if post.kind == "photo" { "added_photos" } else { "added_video" },
        "from": {"id": post.account, "name": page.map_or("", |page| page.name.as_str())},
        "attachments": {"data": attachments(post)},
        "comments": {"data": [], "summary": {"order": "ranked", "total_count": post.comments.len(), "can_comment": true}},
        "reactions": {"data": [], "summary": {"total_count": 0}},
    });
    if !post.text.is_empty() {
        whole["message"] = json!(post.text);
    }
    if let Some(time) = post.details.get("scheduled_publish_time") {
        whole["scheduled_publish_time"] = time.clone();
    }
    into_map(whole)
}

fn attachments(post: &Post) -> Vec<Value> {
    let photo = |id: &Value| {
        let id = id.as_str().unwrap_or_default();
        json!({"type": "photo", "target": {"id": id, "url": format!("https://www.facebook.com/photo.php?fbid={id}")}, "url": format!("https://www.facebook.com/photo.php?fbid={id}")})
    };
    let photos: Vec<Value> = post.details["photo_ids"].as_array().into_iter().flatten().map(photo).collect();
    if photos.len() > 1 {
        return vec![json!({"type": "album", "target": {"id": post.id}, "url": post.permalink, "subattachments": {"data": photos}})];
    }
    if !photos.is_empty() {
        return photos;
    }
    if let Some(video) = post.details["video_id"].as_str() {
        return vec![json!({"type": "video_inline", "target": {"id": video, "url": post.permalink}, "url": post.permalink})];
    }
    post.link
        .iter()
        .map(|link| json!({"type": "share", "unshimmed_url": link, "url": link, "target": {"url": link}}))
        .collect()
}

fn video_answer(asked: &Asked, state: &mut State, id: &str, now_us: i64) -> Answer {
    let Some(page) = state.own::<Own>().videos.get(id).map(|video| video.page.clone()) else {
        return Err(Refusal::missing(&asked.method, id));
    };
    page_of(asked, state, &page, "pages_read_engagement", "CREATE_CONTENT")?;
    let post_id = post_id_of(state, id);
    let post = post_id.as_deref().and_then(|post| state.post(NETWORK, post)).cloned();
    let Some(video) = state.own::<Own>().videos.get(id) else {
        return Err(Refusal::missing(&asked.method, id));
    };
    let visible = post
        .as_ref()
        .is_some_and(|post| post.state == PostState::Published && post.created_us <= now_us);
    let mut whole = json!({
        "id": id,
        "status": status(video, post.as_ref().map(|post| post.state), now_us),
        "published": visible,
        "description": video.description,
        "title": video.title,
        "created_time": meta_time(post.as_ref().map_or(now_us, |post| post.created_us)),
        "updated_time": meta_time(post.as_ref().map_or(now_us, |post| post.created_us)),
        "length": video.upload.stored.as_ref().and_then(|stored| stored.duration_ms).map(|ms| ms as f64 / 1_000.0),
    });
    if let Some(post) = &post {
        whole["post_id"] = json!(post.id);
        // A path only, as video nodes answer it (§3.9).
        whole["permalink_url"] = json!(post.permalink.trim_start_matches("https://www.facebook.com"));
    }
    choose(asked.params.text("fields"), &VIDEO, into_map(whole))
}

fn photo_answer(asked: &Asked, state: &mut State, id: &str) -> Answer {
    let Some(photo) = state.own::<Own>().photos.get(id) else {
        return Err(Refusal::missing(&asked.method, id));
    };
    let (width, height) = photo.stored.pixels.unwrap_or_default();
    let whole = json!({
        "id": id,
        "created_time": meta_time(photo.created_us),
        "link": format!("https://www.facebook.com/photo.php?fbid={id}"),
        "permalink_url": format!("https://www.facebook.com/photo.php?fbid={id}"),
        "page_story_id": photo.post_id,
        "alt_text_custom": photo.alt,
        "published": photo.post_id.is_some(),
        "is_published": photo.post_id.is_some(),
        "images": [{"width": width, "height": height, "source": asked.world.url("_sandbox", &format!("/media/{}", photo.stored.sha256))}],
    });
    choose(asked.params.text("fields"), &PHOTO, into_map(whole))
}

fn list(asked: &Asked, wanted: impl Fn(&Post) -> bool) -> Answer {
    let (since_us, until_us) = asked.bounds_us()?;
    let items = asked.world.with(|state| {
        let page = asked.segment(0);
        page_of(asked, state, page, "pages_read_engagement", "ANALYZE")?;
        let shown = state
            .posts_of(NETWORK, page)
            .rev()
            .filter(|post| wanted(post) && (since_us..=until_us).contains(&post.created_us));
        let item = |post: &Post| Ok((post.id.clone(), choose(asked.params.text("fields"), &POST, post_node(state, post))?));
        // A page of a list never shows more than this many, wherever it starts: long feeds stay cheap.
        let most = if asked.params.text("after").is_some() { usize::MAX } else { 101 };
        shown.take(most).map(item).collect::<Result<Vec<_>, Refusal>>()
    })?;
    asked.page_of(items)
}

/// `GET /{page}/published_posts`.
pub fn published_posts(asked: &Asked) -> Answer {
    let listed_us = asked.world.listed_until_us();
    list(asked, |post| {
        post.state == PostState::Published && post.kind != "story" && post.created_us <= listed_us
    })
}

/// `GET /{page}/scheduled_posts`.
pub fn scheduled_posts(asked: &Asked) -> Answer {
    list(asked, |post| post.state == PostState::Scheduled)
}

/// `GET /{page}/stories`.
pub fn stories(asked: &Asked) -> Answer {
    let (since_us, until_us) = asked.bounds_us()?;
    let now_us = asked.world.listed_until_us();
    let items = asked.world.with(|state| {
        let page = asked.segment(0);
        page_of(asked, state, page, "pages_read_engagement", "ANALYZE")?;
        let live = |post: &&Post| {
            post.kind == "story"
                && post.created_us <= now_us
                && now_us - post.created_us < STORY_US
                && (since_us..=until_us).contains(&post.created_us)
        };
        let item = |post: &Post| {
            let story = json!({
                "post_id": post.id,
                "status": "PUBLISHED",
                "creation_time": (post.created_us / 1_000_000).to_string(),
                "media_type": post.details["media_type"],
                "media_id": post.details["media_id"],
                "url": post.permalink,
            });
            (post.id.clone(), story)
        };
        Ok(state.posts_of(NETWORK, page).rev().filter(live).map(item).collect::<Vec<_>>())
    })?;
    asked.page_of(items)
}
