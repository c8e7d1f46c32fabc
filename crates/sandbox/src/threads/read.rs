//! Reading: a profile, a container or media by its id, and lists (§1, §3, §9).

use serde_json::{Map, Value, json};

use super::{NETWORK, Own, actor, container};
use crate::clock::meta_time;
use crate::meta::{Answer, Asked, FieldSet, Refusal, choose};
use crate::world::{Account, Post, State};

const PROFILE: FieldSet = FieldSet {
    node: "ThreadsUser",
    default: &["id"],
    known: &[],
};
const CONTAINER: FieldSet = FieldSet {
    node: "ThreadsContainer",
    default: &["id"],
    known: &["error_message"],
};
const MEDIA: FieldSet = FieldSet {
    node: "ThreadsMedia",
    default: &["id"],
    known: &[
        "media_url",
        "thumbnail_url",
        "children",
        "quoted_post",
        "reposted_post",
        "alt_text",
        "link_attachment_url",
        "gif_url",
        "topic_tag",
        "poll_attachment",
        "root_post",
        "replied_to",
        "hide_status",
        "reply_audience",
    ],
};

/// A field that a node does not have, as Threads says it.
pub fn no_field(message: String) -> Refusal {
    let mut refusal = Refusal::new(400, 100, message);
    refusal.kind = "THApiException";
    refusal
}

fn chosen(asked: &Asked, set: &FieldSet, whole: Map<String, Value>) -> Answer {
    choose(asked.params.text("fields"), set, whole).map_err(|mut refusal| {
        refusal.kind = "THApiException";
        refusal
    })
}

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
    asked.world.with(|state| {
        let (account, _) = actor(asked, state, "me", &[])?;
        if id == "me" || id == account.id {
            return chosen(asked, &PROFILE, profile(&account));
        }
        if let Some(container) = state.own::<Own>().containers.get(id).filter(|one| one.account == account.id) {
            return chosen(asked, &CONTAINER, container::node(container, id, now_us));
        }
        match state.post(NETWORK, id).filter(|post| post.account == account.id) {
            Some(post) => chosen(asked, &MEDIA, media(asked, state, post, &account)),
            None => Err(Refusal::missing(&asked.method, id)),
        }
    })
}

/// Neither followers nor counts: those are insights (§1).
fn profile(account: &Account) -> Map<String, Value> {
    into_map(json!({
        "id": account.id,
        "username": account.handle,
        "name": account.name,
        "threads_profile_picture_url": account.avatar_url,
        "threads_biography": "",
        "is_verified": false,
    }))
}

/// The post at the top of a conversation.
fn root_of<'a>(state: &'a State, post: &'a Post) -> &'a Post {
    let mut root = post;
    while let Some(parent) = root.parent.as_deref().and_then(|parent| state.post(NETWORK, parent)) {
        root = parent;
    }
    root
}

fn media(asked: &Asked, state: &State, post: &Post, account: &Account) -> Map<String, Value> {
    let url = |sha256: &str| asked.world.url("_sandbox", &format!("/media/{sha256}"));
    let first = post.media.first();
    let mut whole = json!({
        "id": post.id,
        "media_product_type": "THREADS",
        "media_type": match post.kind.as_str() {
            "image" => "IMAGE",
            "video" => "VIDEO",
            "carousel" => "CAROUSEL_ALBUM",
            _ => "TEXT_POST",
        },
        "media_url": first.map(|media| url(&media.sha256)),
        "alt_text": first.and_then(|media| media.alt.clone()),
        "permalink": post.permalink,
        "shortcode": post.details["shortcode"],
        "owner": {"id": account.id},
        "username": account.handle,
        "timestamp": meta_time(post.created_us),
        "link_attachment_url": post.link,
        "topic_tag": post.details["topic_tag"],
        "poll_attachment": post.details["poll"],
        "is_quote_post": !post.details["quoted"].is_null(),
        "is_reply": post.parent.is_some(),
        "has_replies": state.posts_of(NETWORK, &account.id).any(|other| other.parent.as_ref() == Some(&post.id)),
        "replied_to": post.parent.as_ref().map(|parent| json!({"id": parent})),
        "root_post": post.parent.as_ref().map(|_| json!({"id": root_of(state, post).id})),
        "reply_audience": post.details["reply_audience"],
    });
    if !post.text.is_empty() {
        whole["text"] = json!(post.text);
    }
    if post.kind == "carousel" {
        let child = |(index, _): (usize, &crate::Media)| json!({"id": format!("{}{index}", post.id)});
        whole["children"] = json!({"data": post.media.iter().enumerate().map(child).collect::<Vec<_>>()});
    }
    into_map(whole)
}

fn list(asked: &Asked, scope: &[&str], wanted: impl Fn(&State, &Post) -> bool) -> Answer {
    let (since_us, until_us) = asked.bounds_us()?;
    let listed_us = asked.world.listed_until_us();
    let items = asked.world.with(|state| {
        let (account, _) = actor(asked, state, "me", scope)?;
        let state = &*state;
        let shown = |post: &&Post| wanted(state, post) && (since_us..=until_us.min(listed_us)).contains(&post.created_us);
        let item = |post: &Post| Ok((post.id.clone(), chosen(asked, &MEDIA, media(asked, state, post, &account))?));
        // Long feeds stay cheap: the first page never shows more.
        let most = if asked.params.text("after").is_some() { usize::MAX } else { 101 };
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

fn of_profile(asked: &Asked) -> Result<(), Refusal> {
    asked.world.with(|state| actor(asked, state, asked.segment(0), &[]).map(|_| ()))
}

/// `GET /{profile}/threads`: the posts that answer nothing.
pub fn posts(asked: &Asked) -> Answer {
    of_profile(asked)?;
    list(asked, &[], |_, post| post.parent.is_none())
}

/// `GET /{profile}/replies`, or those right under a post.
pub fn replies(asked: &Asked) -> Answer {
    let id = asked.segment(0).to_owned();
    let is_post = asked.world.with(|state| state.post(NETWORK, &id).is_some());
    if is_post {
        return list(asked, &["threads_read_replies"], |_, post| post.parent.as_ref() == Some(&id));
    }
    of_profile(asked)?;
    list(asked, &["threads_read_replies"], |_, post| post.parent.is_some())
}

/// `GET /{media}/conversation`: all answers, however deep.
pub fn conversation(asked: &Asked) -> Answer {
    let id = asked.segment(0).to_owned();
    if !asked.world.with(|state| state.post(NETWORK, &id).is_some()) {
        return Err(Refusal::missing(&asked.method, &id));
    }
    list(asked, &["threads_read_replies"], |state, post| {
        post.parent.is_some() && root_of(state, post).id == id
    })
}
