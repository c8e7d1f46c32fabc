//! Making a container visible, and what is done to media afterwards.

use serde_json::json;

use super::container::{Status, account_of};
use super::limits::POSTS_PER_DAY;
use super::media_rules::Kind;
use super::{NETWORK, Own, Scope, actor};
use crate::meta::{Answer, Asked, Refusal, split_list};
use crate::world::{Comment, Post, PostState, State};

/// Media ids begin so.
pub const PREFIX: &str = "1799";
const DAY_US: i64 = 24 * 3_600 * 1_000_000;
const COMMENT_CHARS_MAX: usize = 2_200;

/// How many posts of the last 24 hours count, and how many may.
fn usage(state: &State, account: &str, now_us: i64) -> (u64, u64) {
    let quota = state.quota(NETWORK, account);
    let posts = state
        .posts_of(NETWORK, account)
        .rev()
        .take_while(|post| now_us - post.created_us < DAY_US);
    (posts.count() as u64 + quota.used, quota.total.unwrap_or(POSTS_PER_DAY))
}

/// `POST /{ig}/media_publish`.
pub fn publish(asked: &Asked) -> Answer {
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        let (account, _) = actor(asked, state, asked.segment(0), Scope::Publish)?;
        let creation = asked.params.need("creation_id")?.to_owned();
        let container = state
            .own::<Own>()
            .containers
            .get(&creation)
            .filter(|container| container.account == account.id);
        let container = container.ok_or_else(|| Refusal::of("creation_not_found"))?;
        if container.kind.is_some_and(Kind::is_child) {
            return Err(Refusal::of("media_not_found").saying("A carousel item cannot be published by itself"));
        }
        match container.status(now_us) {
            Status::Finished => {}
            // A container can be published once; it is no media any more then (§7).
            Status::InProgress | Status::Published => return Err(Refusal::of("media_not_ready")),
            Status::Expired => return Err(Refusal::of("container_expired")),
            Status::Error(_) => return Err(Refusal::of("media_not_found")),
        }
        let (used, total) = usage(state, &account.id, now_us);
        if used >= total {
            return Err(Refusal::of("max_posts"));
        }
        let id = state.number(PREFIX, 17);
        let shortcode = state.secret(11);
        let Some(container) = state.own::<Own>().containers.get_mut(&creation) else {
            return Err(Refusal::of("creation_not_found"));
        };
        container.published = Some(id.clone());
        let kind = container.kind.unwrap_or(Kind::Image);
        let (name, path) = match kind {
            Kind::Reel => ("reel", format!("reel/{shortcode}")),
            Kind::Story => ("story", format!("stories/{}/{id}", account.handle)),
            Kind::Carousel => ("carousel", format!("p/{shortcode}")),
            _ => ("image", format!("p/{shortcode}")),
        };
        let mut details = container.details.clone();
        details["container"] = json!(creation);
        details["shortcode"] = json!(shortcode);
        let post = Post {
            network: NETWORK,
            id: id.clone(),
            account: account.id,
            kind: name.to_owned(),
            text: container.caption.clone(),
            media: container.media.clone(),
            link: None,
            parent: None,
            state: PostState::Published,
            created_us: now_us,
            permalink: format!("https://www.instagram.com/{path}/"),
            app: Some(container.app.clone()),
            comments: Vec::new(),
            details,
        };
        state.put_post(post);
        Ok(json!({"id": id}))
    })
}

/// `GET /{ig}/content_publishing_limit`.
pub fn quota(asked: &Asked) -> Answer {
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        let (account, _) = actor(asked, state, asked.segment(0), Scope::Publish)?;
        let (used, total) = usage(state, &account.id, now_us);
        let mut data = json!({"quota_usage": used});
        let fields = asked.params.text("fields").map(split_list).unwrap_or_default();
        if fields.iter().any(|field| field == "config") {
            data["config"] = json!({"quota_total": total, "quota_duration": DAY_US / 1_000_000});
        }
        Ok(json!({"data": [data]}))
    })
}

/// The account whose media or container an id is.
pub fn owner_of(state: &mut State, id: &str) -> Option<String> {
    account_of(state, id).or_else(|| state.post(NETWORK, id).map(|post| post.account.clone()))
}

/// `POST /{media}/comments`.
pub fn comment(asked: &Asked) -> Answer {
    let id = asked.segment(0);
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        super::token_of(asked, state)?;
        let owner = state
            .post(NETWORK, id)
            .map(|post| post.account.clone())
            .ok_or_else(|| Refusal::missing(&asked.method, id))?;
        let (account, _) = actor(asked, state, &owner, Scope::Comments)?;
        let text = asked.params.need("message")?.to_owned();
        if text.chars().count() > COMMENT_CHARS_MAX {
            return Err(Refusal::parameter("Param message is too long"));
        }
        let comment_id = state.number("1798", 17);
        let Some(post) = state.post_mut(NETWORK, id) else {
            return Err(Refusal::missing(&asked.method, id));
        };
        if post.details["comments_off"] == true {
            return Err(Refusal::of("permission_missing").saying("(#10) Comments are turned off for this media"));
        }
        post.comments.push(Comment {
            id: comment_id.clone(),
            author: account.handle,
            text,
            created_us: now_us,
        });
        Ok(json!({"id": comment_id}))
    })
}

/// `POST /{media}?comment_enabled=…`.
pub fn change(asked: &Asked) -> Answer {
    let id = asked.segment(0);
    asked.world.with(|state| {
        super::token_of(asked, state)?;
        let owner = state
            .post(NETWORK, id)
            .map(|post| post.account.clone())
            .ok_or_else(|| Refusal::missing(&asked.method, id))?;
        actor(asked, state, &owner, Scope::Comments)?;
        asked.params.need("comment_enabled")?;
        let enabled = asked.params.flag("comment_enabled", true)?;
        if let Some(post) = state.post_mut(NETWORK, id) {
            post.details["comments_off"] = json!(!enabled);
        }
        Ok(json!({"success": true}))
    })
}

/// `DELETE /{media}`: only with Facebook's login (§3.2).
pub fn delete(asked: &Asked) -> Answer {
    let id = asked.segment(0);
    asked.world.with(|state| {
        super::token_of(asked, state)?;
        let owner = state.post(NETWORK, id).map(|post| post.account.clone());
        let owner = owner
            .filter(|_| asked.host != "graph.instagram.com")
            .ok_or_else(|| Refusal::missing(&asked.method, id))?;
        actor(asked, state, &owner, Scope::Publish)?;
        state.remove_post(NETWORK, id);
        Ok(json!({"success": true}))
    })
}
