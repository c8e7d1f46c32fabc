//! Containers: what is to be published, fetched and processed ahead.

use std::sync::Arc;

use axum::body::Body;
use http::Request;
use postrider_core::network::Network;
use serde_json::{Value, json};

use super::limits::{CHILDREN, CONTAINER_US, CONTAINERS_PER_DAY, IMAGE_BYTES_MAX};
use super::media_rules::{Kind, check_texts, fetch_image, judge_video, list, video_bytes_max};
use super::{Own, Scope, actor};
use crate::facebook::oauth_header;
use crate::meta::{Answer, Asked, Refusal, Upload, UploadRefusal, Way, live_token};
use crate::passage::Call;
use crate::world::{Media, State, Stored, World};

/// Container ids begin so.
pub const PREFIX: &str = "1789";
const DAY_US: i64 = 24 * 3_600 * 1_000_000;

/// Something that can be published once it is ready.
#[derive(Default)]
pub struct Container {
    pub account: String,
    pub app: String,
    pub kind: Option<Kind>,
    pub caption: String,
    pub alt: Option<String>,
    pub media: Vec<Media>,
    pub children: Vec<String>,
    pub created_us: i64,
    /// When processing ends, UTC microseconds; `None` while bytes are awaited.
    pub ready_us: Option<i64>,
    /// The subcode of why processing fails, if it does.
    pub failure: Option<u32>,
    /// The media it became.
    pub published: Option<String>,
    pub upload: Upload,
    pub resumable: bool,
    pub thumb_offset_ms: Option<u64>,
    pub details: Value,
}

/// `status_code` of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    InProgress,
    Finished,
    Published,
    Error(u32),
    Expired,
}

impl Container {
    pub fn status(&self, now_us: i64) -> Status {
        if self.published.is_some() {
            return Status::Published;
        }
        if now_us - self.created_us >= CONTAINER_US {
            return Status::Expired;
        }
        match (self.ready_us.filter(|ready_us| *ready_us <= now_us), self.failure) {
            (None, _) => Status::InProgress,
            (Some(_), Some(subcode)) => Status::Error(subcode),
            (Some(_), None) => Status::Finished,
        }
    }

    fn processed_from(&mut self, world: &World, call: &Call) {
        self.ready_us = Some(world.clock.now_us() + world.processing_us(call));
        if let Some(code) = &call.processing_failure {
            self.failure = Some(code.as_deref().and_then(|code| code.parse().ok()).unwrap_or(2_207_026));
        }
    }

    fn video_arrived(&mut self, world: &World, call: &Call, stored: &Stored) {
        let kind = self.kind.unwrap_or(Kind::Reel);
        self.failure = judge_video(stored, kind, self.thumb_offset_ms);
        self.media = vec![stored.media(None)];
        self.processed_from(world, call);
    }
}

fn kind_of(asked: &Asked) -> Result<Kind, Refusal> {
    let child = asked.params.flag("is_carousel_item", false)?;
    let has_image = asked.params.text("image_url").is_some();
    match (asked.params.text("media_type"), child) {
        (None | Some("IMAGE"), false) => Ok(Kind::Image),
        (None | Some("IMAGE"), true) if !has_image && asked.params.text("video_url").is_some() => Ok(Kind::ChildVideo),
        (None | Some("IMAGE"), true) => Ok(Kind::ChildImage),
        (Some("VIDEO"), true) => Ok(Kind::ChildVideo),
        (Some("VIDEO"), false) => Err(Refusal::parameter(
            "The VIDEO value for media_type is no longer supported. Use the REELS media_type to publish a video.",
        )
        .sub(2_207_023)),
        (Some("REELS"), false) => Ok(Kind::Reel),
        (Some("STORIES"), false) => Ok(Kind::Story),
        (Some("CAROUSEL"), false) => Ok(Kind::Carousel),
        (Some("REELS" | "STORIES" | "CAROUSEL"), true) => {
            Err(Refusal::parameter("This media_type cannot be a carousel item").sub(2_207_023))
        }
        (Some(other), _) => Err(Refusal::parameter(format!("Unknown media type: {other}")).sub(2_207_023)),
    }
}

fn details_of(asked: &Asked, kind: Kind) -> Result<Value, Refusal> {
    let tags: Value = match asked.params.text("user_tags") {
        Some(text) => serde_json::from_str(text).map_err(|_| Refusal::parameter("Param user_tags must be a list"))?,
        None => Value::Null,
    };
    let placed = |tag: &Value| {
        ["x", "y"]
            .iter()
            .all(|axis| tag[axis].as_f64().is_some_and(|place| (0.0..=1.0).contains(&place)))
    };
    let tags_list = tags.as_array().map(Vec::as_slice).unwrap_or_default();
    if matches!(kind, Kind::Image | Kind::ChildImage) && !tags_list.iter().all(placed) {
        return Err(Refusal::parameter("Tags of an image need x and y from 0 to 1"));
    }
    Ok(json!({
        "collaborators": list(asked.params.text("collaborators"))?,
        "user_tags": tags,
        "location_id": asked.params.text("location_id"),
        "share_to_feed": asked.params.flag("share_to_feed", true)?,
        "audio_name": asked.params.text("audio_name"),
        "cover_url": asked.params.text("cover_url"),
    }))
}

/// `POST /{ig}/media`.
pub async fn create(asked: &Asked) -> Answer {
    let now_us = asked.world.clock.now_us();
    let (account, token) = asked.world.with(|state| actor(asked, state, asked.segment(0), Scope::Publish))?;
    let kind = kind_of(asked)?;
    check_texts(&asked.params, kind)?;
    let mut container = Container {
        account: account.id.clone(),
        app: token.app,
        kind: Some(kind),
        caption: if kind.is_child() || kind == Kind::Story {
            String::new()
        } else {
            asked.params.text("caption").unwrap_or_default().to_owned()
        },
        alt: asked.params.text("alt_text").map(str::to_owned),
        created_us: now_us,
        thumb_offset_ms: asked.params.whole("thumb_offset")?,
        details: details_of(asked, kind)?,
        ..Container::default()
    };
    count_container(asked, &account.id, now_us)?;
    if let Some(cover) = asked.params.text("cover_url").filter(|_| kind == Kind::Reel) {
        let cover = asked
            .world
            .fetch_media(cover, IMAGE_BYTES_MAX)
            .await
            .map_err(|_| Refusal::of("media_unfetchable"))?;
        if cover.sniffed != "image/jpeg" {
            return Err(Refusal::of("image_format"));
        }
        container.details["cover_sha256"] = json!(cover.sha256);
    }
    let image_url = asked.params.text("image_url");
    let video_url = asked.params.text("video_url");
    let resumable = asked.params.text("upload_type") == Some("resumable");
    match (kind, image_url, video_url) {
        (Kind::Carousel, ..) => adopt_children(asked, &mut container, now_us)?,
        (Kind::Image | Kind::ChildImage, Some(address), _) | (Kind::Story, Some(address), None) => {
            let stored = fetch_image(&asked.world, address, kind).await?;
            container.media = vec![stored.media(container.alt.clone())];
            container.processed_from(&asked.world, &asked.call);
        }
        (Kind::Image | Kind::ChildImage, None, _) => return Err(Refusal::parameter("The parameter image_url is required")),
        (_, _, None) if resumable => {
            if asked.host == "graph.instagram.com" {
                return Err(Refusal::parameter(
                    "Param upload_type=resumable is not supported with Instagram Login",
                ));
            }
            container.resumable = true;
            let id = keep(asked, container);
            let path = format!("/ig-api-upload/v{}.0/{id}", asked.version);
            return Ok(json!({"id": id, "uri": asked.world.url("rupload.facebook.com", &path)}));
        }
        (_, _, Some(address)) => {
            let address = address.to_owned();
            let id = keep(asked, container);
            fetch_video_later(asked, id.clone(), address, kind);
            return Ok(json!({"id": id}));
        }
        (_, _, None) => return Err(Refusal::parameter("The parameter video_url is required")),
    }
    Ok(json!({"id": keep(asked, container)}))
}

fn keep(asked: &Asked, container: Container) -> String {
    asked.world.with(|state| {
        let id = state.number(PREFIX, 17);
        state.own::<Own>().containers.insert(id.clone(), container);
        id
    })
}

fn count_container(asked: &Asked, account: &str, now_us: i64) -> Result<(), Refusal> {
    asked.world.with(|state| {
        let made = state.own::<Own>().made.entry(account.to_owned()).or_default();
        made.retain(|made_us| now_us - made_us < DAY_US);
        if made.len() >= CONTAINERS_PER_DAY {
            return Err(Refusal::of("max_posts").saying("You reached maximum number of containers that may be created in 24 hours."));
        }
        made.push(now_us);
        Ok(())
    })
}

fn adopt_children(asked: &Asked, container: &mut Container, now_us: i64) -> Result<(), Refusal> {
    let ids = list(asked.params.text("children"))?;
    if !CHILDREN.contains(&ids.len()) {
        return Err(Refusal::parameter("Carousel needs at least 2 and at most 10 children").sub(2_207_028));
    }
    asked.world.with(|state| {
        for id in &ids {
            let own = state.own::<Own>().containers.get(id);
            let child = own
                .filter(|child| child.account == container.account)
                .ok_or_else(|| Refusal::of("creation_not_found"))?;
            if !child.kind.is_some_and(Kind::is_child) {
                return Err(Refusal::parameter("A child was not created with is_carousel_item").sub(2_207_023));
            }
            match child.status(now_us) {
                Status::Finished => container.media.extend(child.media.iter().cloned()),
                Status::InProgress => return Err(Refusal::of("media_not_ready")),
                Status::Expired => return Err(Refusal::of("container_expired")),
                Status::Error(_) | Status::Published => return Err(Refusal::of("media_not_found")),
            }
        }
        Ok(())
    })?;
    container.children = ids;
    container.processed_from(&asked.world, &asked.call);
    Ok(())
}

/// Videos are fetched after the answer; what is wrong with them shows in the container's status.
fn fetch_video_later(asked: &Asked, id: String, address: String, kind: Kind) {
    const UNFETCHABLE: u32 = 2_207_052;
    let world = Arc::clone(&asked.world);
    let call = asked.call.clone();
    tokio::spawn(async move {
        let fetched = world.fetch_media(&address, video_bytes_max(kind)).await;
        world.with(|state| {
            let Some(container) = state.own::<Own>().containers.get_mut(&id) else {
                return;
            };
            match fetched {
                Ok(stored) => container.video_arrived(&world, &call, &stored),
                Err(crate::FetchFailure::TooLarge(_)) => {
                    container.processed_from(&world, &call);
                    container.failure = Some(2_207_026);
                }
                Err(_) => {
                    container.processed_from(&world, &call);
                    container.failure = Some(UNFETCHABLE);
                }
            }
        });
    });
}

/// Takes bytes for a resumable container.
///
/// # Errors
/// As the upload host refuses.
pub async fn receive(world: &Arc<World>, id: &str, call: &Call, request: Request<Body>) -> Result<Value, UploadRefusal> {
    let value = oauth_header(&request)?;
    let now_us = world.clock.now_us();
    let (mut upload, kind) = world.with(|state| {
        let token =
            live_token(state, now_us, Some(&value), &Default::default()).map_err(|refusal| UploadRefusal::unauthorized(refusal.message))?;
        let account = state
            .own::<Own>()
            .containers
            .get(id)
            .filter(|container| container.resumable)
            .map(|container| container.account.clone());
        let reached = account.filter(|account| token.network == Network::Facebook && super::reaches(state, &token, account));
        let container = reached.and_then(|_| state.own::<Own>().containers.get_mut(id));
        let container = container.ok_or_else(|| UploadRefusal::new("ProcessingFailedError", "There is no such upload", false))?;
        Ok((std::mem::take(&mut container.upload), container.kind.unwrap_or(Kind::Reel)))
    })?;
    let (parts, body) = request.into_parts();
    let way = Way {
        offset: "offset",
        total: None,
        bytes_max: video_bytes_max(kind),
    };
    let taken = upload.take(world, &parts.headers, body, way).await;
    world.with(|state| {
        if let Some(container) = state.own::<Own>().containers.get_mut(id) {
            if let (Ok(()), Some(stored)) = (&taken, upload.stored.clone()) {
                container.video_arrived(world, call, &stored);
            }
            container.upload = upload;
        }
    });
    taken.map(|()| json!({"success": true, "message": "Upload successful."}))
}

/// A container's fields.
pub fn node(container: &Container, id: &str, now_us: i64) -> Value {
    let status = container.status(now_us);
    let (code, text) = match status {
        Status::InProgress => ("IN_PROGRESS", "In Progress: Media is still being processed.".to_owned()),
        Status::Finished => (
            "FINISHED",
            "Finished: Media has been uploaded and it is ready to be published.".to_owned(),
        ),
        Status::Published => ("PUBLISHED", "Published: Media has been successfully published.".to_owned()),
        Status::Error(subcode) => ("ERROR", format!("Error: Media upload has failed with error code {subcode}")),
        Status::Expired => ("EXPIRED", "Expired: The media container has expired.".to_owned()),
    };
    let whole = container.ready_us.is_some();
    json!({
        "id": id,
        "status_code": code,
        "status": text,
        "video_status": {
            "uploading_phase": {"status": if whole { "complete" } else { "in_progress" }, "bytes_transferred": container.upload.received()},
            "processing_phase": {"status": match status {
                Status::Finished | Status::Published => "complete",
                Status::Error(_) => "error",
                _ if whole => "in_progress",
                _ => "not_started",
            }},
        },
    })
}

/// The account of a container.
pub fn account_of(state: &mut State, id: &str) -> Option<String> {
    state.own::<Own>().containers.get(id).map(|container| container.account.clone())
}
