//! Stories of a Page: a photo or a video, for 24 hours, without any text.

use serde_json::json;

use super::video::{Kind, open_video, whole_video};
use super::{NETWORK, Own, publisher_of};
use crate::meta::{Answer, Asked, Refusal};
use crate::world::{Account, Media, Post, PostState, State, Token};

fn place(state: &mut State, page: &Account, token: &Token, media: Media, media_id: &str, visible_us: i64) -> String {
    let id = state.number("1224", 15);
    let kind = if media.mime.starts_with("video/") { "video" } else { "photo" };
    state.put_post(Post {
        network: NETWORK,
        id: id.clone(),
        account: page.id.clone(),
        kind: "story".to_owned(),
        text: String::new(),
        media: vec![media],
        link: None,
        parent: None,
        state: PostState::Published,
        created_us: visible_us,
        permalink: format!("https://facebook.com/stories/{}/{id}", page.id),
        app: Some(token.app.clone()),
        comments: Vec::new(),
        details: json!({"media_id": media_id, "media_type": kind}),
    });
    id
}

/// `POST /{page}/photo_stories`.
pub fn photo_story(asked: &Asked) -> Answer {
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        let (page, token) = publisher_of(asked, state, asked.segment(0))?;
        let photo_id = asked.params.need("photo_id")?.to_owned();
        let mut media = super::photo::take_photos(state, &page.id, std::slice::from_ref(&photo_id), now_us)?;
        let Some(media) = media.pop() else {
            return Err(Refusal::missing(&asked.method, &photo_id));
        };
        let id = place(state, &page, &token, media, &photo_id, now_us);
        if let Some(photo) = state.own::<Own>().photos.get_mut(&photo_id) {
            photo.post_id = Some(id.clone());
        }
        Ok(json!({"success": true, "post_id": id}))
    })
}

/// `POST /{page}/video_stories`.
pub fn video_story(asked: &Asked) -> Answer {
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        let (page, token) = publisher_of(asked, state, asked.segment(0))?;
        match asked.params.need("upload_phase")? {
            "start" => Ok(open_video(asked, state, &page.id, Kind::Story)),
            "finish" => {
                let video_id = whole_video(asked, state, &page.id, Kind::Story)?;
                let Some(video) = state.own::<Own>().videos.get_mut(&video_id) else {
                    return Err(Refusal::missing(&asked.method, &video_id));
                };
                if let Some(post_id) = &video.post {
                    return Ok(json!({"success": true, "post_id": post_id}));
                }
                if let Some((code, message)) = &video.failure {
                    return Err(Refusal::of("upload_failed").sub(*code).saying(message.clone()));
                }
                let visible_us = video.ready_us.map_or(now_us, |ready_us| ready_us.max(now_us));
                let Some(media) = video.upload.stored.as_ref().map(|stored| stored.media(None)) else {
                    return Err(Refusal::of("upload_failed"));
                };
                let id = place(state, &page, &token, media, &video_id, visible_us);
                if let Some(video) = state.own::<Own>().videos.get_mut(&video_id) {
                    video.post = Some(id.clone());
                    video.publish_us = Some(visible_us);
                }
                Ok(json!({"success": true, "post_id": id}))
            }
            _ => Err(Refusal::parameter("Param upload_phase must be one of {start, finish}")),
        }
    })
}
