//! Making a container visible, what is left of the quotas, and taking a post away.

use serde_json::{Map, Value, json};

use super::container::Status;
use super::limits::{DELETES_PER_DAY, POSTS_PER_DAY, REPLIES_PER_DAY};
use super::media_rules::Kind;
use super::{NETWORK, Own, actor, errors, need};
use crate::meta::{Answer, Asked, Refusal, split_list};
use crate::world::{Account, Post, PostState, State};

/// Media ids begin so.
pub const PREFIX: &str = "180";
const DAY_US: i64 = 24 * 3_600 * 1_000_000;

/// How many posts or answers of the last 24 hours count.
fn used(state: &State, account: &str, now_us: i64, replies: bool) -> u64 {
    let recent = state
        .posts_of(NETWORK, account)
        .rev()
        .take_while(|post| now_us - post.created_us < DAY_US);
    recent.filter(|post| post.parent.is_some() == replies).count() as u64
}

fn posts_quota(state: &State, account: &str, now_us: i64) -> (u64, u64) {
    let bound = state.quota(NETWORK, account);
    (
        used(state, account, now_us, false) + bound.used,
        bound.total.unwrap_or(POSTS_PER_DAY),
    )
}

/// `POST /{profile}/threads_publish`.
pub fn publish(asked: &Asked) -> Answer {
    asked.world.with(|state| {
        let (account, _) = actor(asked, state, asked.segment(0), &["threads_content_publish"])?;
        let creation = asked.params.need("creation_id")?.to_owned();
        make(asked, state, &account, &creation)
    })
}

/// Makes a post of a container that is ready. A container becomes one post at most.
pub fn make(asked: &Asked, state: &mut State, account: &Account, creation: &str) -> Answer {
    let now_us = asked.world.clock.now_us();
    let own = state.own::<Own>().containers.get(creation);
    let container = own.filter(|container| container.account == account.id);
    let container = container.ok_or_else(|| errors::of("media_not_found"))?;
    if container.item {
        return Err(Refusal::parameter("A carousel item cannot be published by itself"));
    }
    if container.status(now_us) != Status::Finished {
        return Err(errors::of("media_not_found"));
    }
    let replies = container.parent.is_some();
    let parent_gone = container.parent.clone().filter(|parent| state.post(NETWORK, parent).is_none());
    if parent_gone.is_some() {
        return Err(errors::of("media_not_found"));
    }
    let (used, total) = if replies {
        (used(state, &account.id, now_us, true), REPLIES_PER_DAY)
    } else {
        posts_quota(state, &account.id, now_us)
    };
    if used >= total {
        return Err(errors::of("quota_reached"));
    }
    let id = state.number(PREFIX, 17);
    let shortcode = state.secret(11);
    let Some(container) = state.own::<Own>().containers.get_mut(creation) else {
        return Err(errors::of("media_not_found"));
    };
    container.published = Some(id.clone());
    let mut details = container.said.details.clone();
    details["container"] = json!(creation);
    details["shortcode"] = json!(shortcode);
    let post = Post {
        network: NETWORK,
        id: id.clone(),
        account: account.id.clone(),
        kind: match container.kind {
            Kind::Text => "text",
            Kind::Image => "image",
            Kind::Video => "video",
            Kind::Carousel => "carousel",
        }
        .to_owned(),
        text: container.said.text.clone(),
        media: container.media.clone(),
        link: container.said.link.clone(),
        parent: container.parent.clone(),
        state: PostState::Published,
        created_us: now_us,
        permalink: format!("https://www.threads.com/@{}/post/{shortcode}", account.handle),
        app: Some(container.app.clone()),
        comments: Vec::new(),
        details,
    };
    state.put_post(post);
    Ok(json!({"id": id}))
}

/// `GET /{profile}/threads_publishing_limit`: each quota takes the permission of what it counts.
pub fn quota(asked: &Asked) -> Answer {
    let now_us = asked.world.clock.now_us();
    let fields = asked.params.text("fields").map(split_list).unwrap_or_default();
    asked.world.with(|state| {
        let (account, token) = actor(asked, state, asked.segment(0), &["threads_content_publish"])?;
        let config = |total: u64| json!({"quota_total": total, "quota_duration": DAY_US / 1_000_000});
        let (posts, posts_total) = posts_quota(state, &account.id, now_us);
        let replies = used(state, &account.id, now_us, true);
        let deletes = deletions(state, &account.id, now_us);
        let mut data = Map::new();
        for field in fields {
            let (scope, value) = match field.as_str() {
                "quota_usage" => (None, json!(posts)),
                "config" => (None, config(posts_total)),
                "reply_quota_usage" => (Some("threads_manage_replies"), json!(replies)),
                "reply_config" => (Some("threads_manage_replies"), config(REPLIES_PER_DAY)),
                "delete_quota_usage" => (Some("threads_delete"), json!(deletes)),
                "delete_config" => (Some("threads_delete"), config(DELETES_PER_DAY)),
                other => {
                    let message = format!("Tried accessing nonexisting field ({other}) on node type (ThreadsUserPublishingLimit)");
                    return Err(super::read::no_field(message));
                }
            };
            if let Some(scope) = scope {
                need(&token, scope)?;
            }
            data.insert(field, value);
        }
        Ok(json!({"data": [Value::Object(data)]}))
    })
}

fn deletions(state: &mut State, account: &str, now_us: i64) -> u64 {
    let deleted = state.own::<Own>().deleted.entry(account.to_owned()).or_default();
    deleted.retain(|at_us| now_us - at_us < DAY_US);
    deleted.len() as u64
}

/// `DELETE /{media}`.
pub fn delete(asked: &Asked) -> Answer {
    let id = asked.segment(0).to_owned();
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        let (account, _) = actor(asked, state, "me", &["threads_delete"])?;
        let own = state.post(NETWORK, &id).is_some_and(|post| post.account == account.id);
        if !own {
            return Err(Refusal::missing(&asked.method, &id));
        }
        if deletions(state, &account.id, now_us) >= DELETES_PER_DAY {
            return Err(errors::of("quota_reached"));
        }
        state.remove_post(NETWORK, &id);
        state.own::<Own>().deleted.entry(account.id).or_default().push(now_us);
        Ok(json!({"success": true, "deleted_id": id}))
    })
}
