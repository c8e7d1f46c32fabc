//! Posts of a Page: text, links, several photos; drafts and native schedules; making a hidden post visible.

use serde_json::{Value, json};

use super::limits::{MESSAGE_CHARS_MAX, PHOTOS_MAX, SCHEDULE_S};
use super::photo::take_photos;
use super::{NETWORK, Own, publisher_of};
use crate::meta::{Answer, Asked, Params, Refusal, instant_us};
use crate::world::{Account, Media, Post, PostState, State, Token};

/// The same text twice within this time is a duplicate. The window is not documented.
const DUPLICATE_US: i64 = 600 * 1_000_000;

/// How visible something is to be, and when Facebook publishes it by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visibility {
    pub state: PostState,
    pub at_us: Option<i64>,
}

/// Reads `published`, `unpublished_content_type` and `scheduled_publish_time`.
pub fn visibility(params: &Params, now_us: i64) -> Result<Visibility, Refusal> {
    let published = params.flag("published", true)?;
    let scheduled = params.text("scheduled_publish_time");
    let kind = params.text("unpublished_content_type");
    if published {
        return match (scheduled, kind) {
            (None, None) => Ok(Visibility {
                state: PostState::Published,
                at_us: None,
            }),
            _ => Err(Refusal::parameter(
                "You cannot specify a scheduled publish time or an unpublished content type on a published post",
            )),
        };
    }
    if let Some(text) = scheduled {
        let at_us = scheduled_us(text, now_us)?;
        return Ok(Visibility {
            state: PostState::Scheduled,
            at_us: Some(at_us),
        });
    }
    match kind {
        Some("DRAFT") => Ok(Visibility {
            state: PostState::Draft,
            at_us: None,
        }),
        Some("SCHEDULED") => Err(Refusal::parameter("The parameter scheduled_publish_time is required")),
        None | Some("PUBLISHED" | "ADS_POST" | "INLINE_CREATED" | "REVIEWABLE_BRANDED_CONTENT") => Ok(Visibility {
            state: PostState::Hidden,
            at_us: None,
        }),
        Some(_) => Err(Refusal::parameter(
            "Param unpublished_content_type must be one of the documented values",
        )),
    }
}

/// The instant of native scheduling, if it lies in the window.
pub fn scheduled_us(text: &str, now_us: i64) -> Result<i64, Refusal> {
    let invalid = || Refusal::parameter("The specified scheduled publish time is invalid.");
    let at_us = instant_us(text).ok_or_else(invalid)?;
    if SCHEDULE_S.contains(&((at_us - now_us) / 1_000_000)) {
        Ok(at_us)
    } else {
        Err(invalid())
    }
}

/// What a new post says.
pub struct Draft<'a> {
    pub kind: &'a str,
    pub text: &'a str,
    pub media: Vec<Media>,
    pub link: Option<String>,
    pub details: Value,
    /// Not listed before this instant, UTC microseconds.
    pub visible_us: i64,
    /// The post's own part of its id; a new number if absent.
    pub tail: Option<String>,
}

/// Puts a post on a Page; gives its id.
pub fn place(state: &mut State, page: &Account, token: &Token, visibility: Visibility, draft: Draft<'_>) -> String {
    let tail = draft.tail.unwrap_or_else(|| state.number("1220", 15));
    let id = format!("{}_{tail}", page.id);
    let permalink = match draft.kind {
        "reel" => format!("https://www.facebook.com/reel/{tail}/"),
        "video" => format!("https://www.facebook.com/{}/videos/{tail}/", page.handle),
        _ => format!("https://www.facebook.com/{}/posts/{tail}", page.handle),
    };
    let mut details = draft.details;
    if let Some(at_us) = visibility.at_us {
        details["scheduled_publish_time"] = json!(at_us / 1_000_000);
        state.own::<Own>().due.insert((at_us, id.clone()));
    }
    state.put_post(Post {
        network: NETWORK,
        id: id.clone(),
        account: page.id.clone(),
        kind: draft.kind.to_owned(),
        text: draft.text.to_owned(),
        media: draft.media,
        link: draft.link,
        parent: None,
        state: visibility.state,
        created_us: draft.visible_us,
        permalink,
        app: Some(token.app.clone()),
        comments: Vec::new(),
        details,
    });
    id
}

/// Publishes what Facebook itself had to publish by now.
pub fn ripen(asked: &Asked) {
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        while let Some((at_us, id)) = state.own::<Own>().due.first().cloned().filter(|(at_us, _)| *at_us <= now_us) {
            state.own::<Own>().due.pop_first();
            let still =
                |post: &&mut Post| post.state == PostState::Scheduled && post.details["scheduled_publish_time"] == json!(at_us / 1_000_000);
            if let Some(post) = state.post_mut(NETWORK, &id).filter(still) {
                post.state = PostState::Published;
                post.created_us = at_us;
            }
        }
    });
}

/// Refuses a message that is too long.
pub fn message(params: &Params, name: &str) -> Result<String, Refusal> {
    let text = params.text(name).unwrap_or_default();
    match text.chars().count() <= MESSAGE_CHARS_MAX {
        true => Ok(text.to_owned()),
        false => Err(Refusal::parameter(format!(
            "Param {name} is too long: at most {MESSAGE_CHARS_MAX} characters"
        ))),
    }
}

/// The ids of `attached_media`, as one JSON list or as `attached_media[0]=…`.
fn attached(params: &Params) -> Result<Vec<String>, Refusal> {
    let wrong = || Refusal::parameter("Param attached_media must be an array of objects with media_fbid");
    let items: Vec<Value> = match params.text("attached_media") {
        Some(list) => serde_json::from_str(list).map_err(|_| wrong())?,
        None => params
            .beginning("attached_media[")
            .into_iter()
            .map(|item| serde_json::from_str(item).map_err(|_| wrong()))
            .collect::<Result<_, _>>()?,
    };
    let id = |item: &Value| {
        item["media_fbid"]
            .as_str()
            .map(str::to_owned)
            .or_else(|| item["media_fbid"].as_u64().map(|id| id.to_string()))
    };
    items.iter().map(|item| id(item).ok_or_else(wrong)).collect()
}

fn check_link(link: &str) -> Result<(), Refusal> {
    let refuse = |subcode: i64, message: &str| Err(Refusal::parameter(message).sub(subcode));
    let Ok(address) = url::Url::parse(link) else {
        return refuse(2_061_006, "The url you supplied is invalid");
    };
    let host = address.host_str().unwrap_or_default();
    if !matches!(address.scheme(), "http" | "https") || !host.contains('.') && host != "localhost" {
        return refuse(1_609_005, "Link could not be used");
    }
    if host == "facebook.com" || host.ends_with(".facebook.com") {
        return refuse(1_609_008, "Links to facebook.com are not allowed");
    }
    Ok(())
}

/// `POST /{page}/feed`.
pub fn feed(asked: &Asked) -> Answer {
    let now_us = asked.world.clock.now_us();
    let page = asked.segment(0);
    let id = asked.world.with(|state| {
        let (page, token) = publisher_of(asked, state, page)?;
        let text = message(&asked.params, "message")?;
        let photos = attached(&asked.params)?;
        let link = asked.params.text("link").map(str::to_owned);
        if let Some(link) = &link {
            check_link(link)?;
        }
        if text.is_empty() && link.is_none() && photos.is_empty() {
            return Err(Refusal::parameter("Missing message or attachment"));
        }
        if photos.len() > PHOTOS_MAX {
            return Err(Refusal::parameter(format!("At most {PHOTOS_MAX} photos can be attached")));
        }
        let visibility = visibility(&asked.params, now_us)?;
        if visibility.state == PostState::Published && photos.is_empty() {
            refuse_duplicate(state, &page.id, &text, link.as_deref(), now_us)?;
        }
        let media = take_photos(state, &page.id, &photos, now_us)?;
        let draft = Draft {
            kind: "feed",
            text: &text,
            media,
            link,
            details: json!({"photo_ids": photos}),
            visible_us: now_us,
            tail: None,
        };
        let id = place(state, &page, &token, visibility, draft);
        for photo in &photos {
            if let Some(photo) = state.own::<Own>().photos.get_mut(photo) {
                photo.post_id = Some(id.clone());
            }
        }
        Ok(id)
    })?;
    after_write(asked, &id)
}

/// What a write answers: the id, or the fields asked for (§0, read after write).
fn after_write(asked: &Asked, id: &str) -> Answer {
    match asked.params.text("fields") {
        None => Ok(json!({"id": id})),
        Some(_) => asked.world.with(|state| super::read::post_answer(asked, state, id)),
    }
}

fn refuse_duplicate(state: &State, page: &str, text: &str, link: Option<&str>, now_us: i64) -> Result<(), Refusal> {
    let latest = state
        .posts_of(NETWORK, page)
        .rev()
        .find(|post| post.state == PostState::Published && post.kind == "feed");
    let same = latest.is_some_and(|post| {
        post.text == text && post.link.as_deref() == link && post.media.is_empty() && now_us - post.created_us < DUPLICATE_US
    });
    if same { Err(Refusal::of("duplicate")) } else { Ok(()) }
}

/// `POST /{post or video}`: publish, reschedule, edit.
pub fn change(asked: &Asked) -> Answer {
    let id = asked.segment(0);
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        let post_id = state
            .own::<Own>()
            .videos
            .get(id)
            .and_then(|video| video.post.clone())
            .unwrap_or_else(|| id.to_owned());
        let Some(page) = state.post(NETWORK, &post_id).map(|post| post.account.clone()) else {
            super::token_of(asked, state)?;
            return Err(Refusal::missing(&asked.method, id));
        };
        let (_, token) = publisher_of(asked, state, &page)?;
        let video_id = state
            .post(NETWORK, &post_id)
            .and_then(|post| post.details["video_id"].as_str().map(str::to_owned));
        let ready_us = video_id.and_then(|video| state.own::<Own>().videos.get(&video).and_then(|video| video.ready_us));
        let params = &asked.params;
        let publish = params.flag("is_published", false)? || params.flag("published", false)?;
        let text = params.text("message").or_else(|| params.text("description")).map(str::to_owned);
        if text.is_some() {
            message(params, "message")?;
        }
        let scheduled = params
            .text("scheduled_publish_time")
            .map(|time| scheduled_us(time, now_us))
            .transpose()?;
        let Some(post) = state.post_mut(NETWORK, &post_id) else {
            return Err(Refusal::missing(&asked.method, id));
        };
        if text.is_some() && post.app.as_deref() != Some(token.app.as_str()) {
            return Err(Refusal::of("permission_missing").saying("(#10) An app can only edit posts that it made"));
        }
        if let Some(text) = text {
            post.text = text;
        }
        if let Some(at_us) = scheduled {
            if post.state == PostState::Published {
                return Err(Refusal::parameter("A published post cannot be scheduled"));
            }
            post.state = PostState::Scheduled;
            post.details["scheduled_publish_time"] = json!(at_us / 1_000_000);
        }
        // Asked a second time it changes nothing: a published post stays as it is.
        if publish && post.state != PostState::Published {
            if post.details["failed"] == true {
                return Err(Refusal::of("upload_failed"));
            }
            post.state = PostState::Published;
            post.created_us = ready_us.map_or(now_us, |ready_us| ready_us.max(now_us));
        }
        if let Some(at_us) = scheduled {
            state.own::<Own>().due.insert((at_us, post_id));
        }
        Ok(json!({"success": true}))
    })
}
