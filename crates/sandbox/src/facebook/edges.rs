//! Comments, and taking things away.

use serde_json::json;

use super::limits::COMMENT_CHARS_MAX;
use super::{NETWORK, Own, page_of};
use crate::clock::meta_time;
use crate::meta::{Answer, Asked, Refusal};
use crate::world::{Comment, PostState, State};

/// The post that an id stands for: a post, or the post of a video or photo.
pub fn post_id_of(state: &mut State, id: &str) -> Option<String> {
    let own = state.own::<Own>();
    let shown = own
        .videos
        .get(id)
        .and_then(|video| video.post.clone())
        .or_else(|| own.photos.get(id).and_then(|photo| photo.post_id.clone()));
    let post_id = shown.unwrap_or_else(|| id.to_owned());
    state.post(NETWORK, &post_id).map(|post| post.id.clone())
}

/// `POST /{post or video}/comments`.
pub fn comment(asked: &Asked) -> Answer {
    let id = asked.segment(0);
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        super::token_of(asked, state)?;
        let post_id = post_id_of(state, id).ok_or_else(|| Refusal::missing(&asked.method, id))?;
        let Some((page, live)) = state
            .post(NETWORK, &post_id)
            .map(|post| (post.account.clone(), is_live(post.state, post.created_us, now_us)))
        else {
            return Err(Refusal::missing(&asked.method, id));
        };
        page_of(asked, state, &page, "pages_manage_engagement", "MODERATE")?;
        if !live {
            return Err(Refusal::missing(&asked.method, id));
        }
        let text = asked.params.text("message").unwrap_or_default().to_owned();
        if text.is_empty() && asked.params.text("attachment_url").is_none() {
            return Err(Refusal::parameter("Must provide a message or an attachment"));
        }
        if text.chars().count() > COMMENT_CHARS_MAX {
            return Err(Refusal::parameter("Param message is too long"));
        }
        let tail = post_id.rsplit('_').next().unwrap_or_default().to_owned();
        let comment_id = format!("{tail}_{}", state.number("88", 12));
        if let Some(post) = state.post_mut(NETWORK, &post_id) {
            post.comments.push(Comment {
                id: comment_id.clone(),
                author: page,
                text,
                created_us: now_us,
            });
        }
        Ok(json!({"id": comment_id}))
    })
}

fn is_live(state: PostState, visible_us: i64, now_us: i64) -> bool {
    state == PostState::Published && visible_us <= now_us
}

/// `GET /{post or video}/comments`.
pub fn comments(asked: &Asked) -> Answer {
    let id = asked.segment(0);
    let items = asked.world.with(|state| {
        super::token_of(asked, state)?;
        let post_id = post_id_of(state, id).ok_or_else(|| Refusal::missing(&asked.method, id))?;
        let Some(post) = state.post(NETWORK, &post_id).cloned() else {
            return Err(Refusal::missing(&asked.method, id));
        };
        page_of(asked, state, &post.account, "pages_read_engagement", "MODERATE")?;
        let name = state.account(NETWORK, &post.account).map_or("", |page| page.name.as_str());
        let item = |comment: &Comment| {
            let from = json!({"id": comment.author, "name": name});
            (
                comment.id.clone(),
                json!({"id": comment.id, "message": comment.text, "created_time": meta_time(comment.created_us), "from": from}),
            )
        };
        Ok(post.comments.iter().map(item).collect::<Vec<_>>())
    })?;
    asked.page_of(items)
}

/// `DELETE /{post, video, photo or comment}`.
pub fn delete(asked: &Asked) -> Answer {
    let id = asked.segment(0);
    asked.world.with(|state| {
        let token = super::token_of(asked, state)?;
        let own = state.own::<Own>();
        let page = own
            .videos
            .get(id)
            .map(|video| video.page.clone())
            .or_else(|| own.photos.get(id).map(|photo| photo.page.clone()));
        let post_id = post_id_of(state, id);
        let page = page.or_else(|| {
            post_id
                .as_deref()
                .and_then(|post| state.post(NETWORK, post))
                .map(|post| post.account.clone())
        });
        if let Some(page) = page {
            super::publisher_of(asked, state, &page)?;
            let own = state.own::<Own>();
            own.videos.remove(id);
            own.photos.remove(id);
            if let Some(post_id) = post_id {
                state.remove_post(NETWORK, &post_id);
            }
            return Ok(json!({"success": true}));
        }
        delete_comment(state, token.account.as_deref().unwrap_or_default(), id).ok_or_else(|| Refusal::missing(&asked.method, id))
    })
}

fn delete_comment(state: &mut State, page: &str, id: &str) -> Option<serde_json::Value> {
    let (tail, _) = id.split_once('_')?;
    let post = state.post_mut(NETWORK, &format!("{page}_{tail}"))?;
    let at = post.comments.iter().position(|comment| comment.id == id)?;
    post.comments.remove(at);
    Some(json!({"success": true}))
}
