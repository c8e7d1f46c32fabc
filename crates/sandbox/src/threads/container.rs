//! Containers: what is to be published, fetched and processed ahead.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::limits::{CHILDREN, CONTAINER_US};
use super::media_rules::{Kind, UNKNOWN, fetch_image, fetch_video};
use super::words::{self, Said};
use super::{NETWORK, Own, actor, need, publish};
use crate::meta::{Answer, Asked, Refusal};
use crate::passage::Call;
use crate::world::{Media, State, World};

/// Container ids begin so.
pub const PREFIX: &str = "178";

/// Something that can be published once it is ready.
pub struct Container {
    pub account: String,
    pub app: String,
    pub kind: Kind,
    pub item: bool,
    pub said: Said,
    pub media: Vec<Media>,
    /// What it answers.
    pub parent: Option<String>,
    pub created_us: i64,
    /// When processing ends, UTC microseconds; `None` while a file is fetched.
    pub ready_us: Option<i64>,
    /// Why processing fails, if it does.
    pub failure: Option<String>,
    /// The media it became.
    pub published: Option<String>,
}

/// `status` of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    InProgress,
    Finished,
    Published,
    Error(String),
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
        match (self.ready_us.filter(|ready_us| *ready_us <= now_us), &self.failure) {
            (None, _) => Status::InProgress,
            (Some(_), Some(failure)) => Status::Error(failure.clone()),
            (Some(_), None) => Status::Finished,
        }
    }

    fn processed_from(&mut self, world: &World, call: &Call, failure: Option<&str>) {
        // Words need no work (§3).
        let work_us = if self.kind == Kind::Text { 0 } else { world.processing_us(call) };
        self.ready_us = Some(world.clock.now_us() + work_us);
        self.failure = match &call.processing_failure {
            Some(code) => Some(code.clone().unwrap_or_else(|| UNKNOWN.to_owned())),
            None => failure.map(str::to_owned),
        };
    }
}

fn kind_of(asked: &Asked) -> Result<(Kind, bool), Refusal> {
    let item = asked.params.flag("is_carousel_item", false)?;
    match (asked.params.need("media_type")?, item) {
        ("TEXT", false) => Ok((Kind::Text, item)),
        ("IMAGE", _) => Ok((Kind::Image, item)),
        ("VIDEO", _) => Ok((Kind::Video, item)),
        ("CAROUSEL", false) => Ok((Kind::Carousel, item)),
        ("TEXT" | "CAROUSEL", true) => Err(Refusal::parameter("This media_type cannot be a carousel item")),
        _ => Err(Refusal::parameter("Param media_type must be one of {TEXT, IMAGE, VIDEO, CAROUSEL}")),
    }
}

/// A post that this one names, which must be there.
fn named(asked: &Asked, state: &State, name: &str) -> Result<Option<String>, Refusal> {
    let Some(id) = asked.params.text(name) else { return Ok(None) };
    match state.post(NETWORK, id) {
        Some(post) => Ok(Some(post.id.clone())),
        None => Err(Refusal::missing(&asked.method, id)),
    }
}

/// `POST /{profile}/threads`.
pub async fn create(asked: &Asked) -> Answer {
    let (kind, item) = kind_of(asked)?;
    let at_once = asked.params.flag("auto_publish_text", false)?;
    if at_once && kind != Kind::Text {
        return Err(Refusal::parameter("Param auto_publish_text is only supported for media type TEXT"));
    }
    let (account, token, parent) = asked.world.with(|state| {
        let (account, token) = actor(asked, state, asked.segment(0), &["threads_content_publish"])?;
        let parent = named(asked, state, "reply_to_id")?;
        if parent.is_some() {
            need(&token, "threads_manage_replies")?;
        }
        named(asked, state, "quote_post_id")?;
        Ok((account, token, parent))
    })?;
    let mut said = words::check(&asked.params, &token, kind == Kind::Text)?;
    said.details["quoted"] = json!(asked.params.text("quote_post_id"));
    let mut container = Container {
        account: account.id.clone(),
        app: token.app,
        kind,
        item,
        said,
        media: Vec::new(),
        parent,
        created_us: asked.world.clock.now_us(),
        ready_us: None,
        failure: None,
        published: None,
    };
    match kind {
        Kind::Text => container.processed_from(&asked.world, &asked.call, None),
        Kind::Carousel => adopt_children(asked, &mut container)?,
        Kind::Image => {
            let (stored, failure) = fetch_image(&asked.world, asked.params.need("image_url")?).await?;
            let alt = asked.params.text("alt_text").map(str::to_owned);
            container.media = stored.iter().map(|stored| stored.media(alt.clone())).collect();
            container.processed_from(&asked.world, &asked.call, failure);
        }
        Kind::Video => {
            let address = asked.params.need("video_url")?.to_owned();
            let id = keep(asked, container);
            fetch_video_later(asked, id.clone(), address);
            return Ok(json!({"id": id}));
        }
    }
    let id = keep(asked, container);
    if at_once {
        return asked.world.with(|state| publish::make(asked, state, &account, &id));
    }
    Ok(json!({"id": id}))
}

fn keep(asked: &Asked, container: Container) -> String {
    asked.world.with(|state| {
        let id = state.number(PREFIX, 17);
        state.own::<Own>().containers.insert(id.clone(), container);
        id
    })
}

fn adopt_children(asked: &Asked, container: &mut Container) -> Result<(), Refusal> {
    let ids: Vec<&str> = asked.params.need("children")?.split(',').map(str::trim).collect();
    if !CHILDREN.contains(&ids.len()) {
        return Err(Refusal::parameter("A carousel needs at least 2 and at most 20 children"));
    }
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        for id in &ids {
            let own = state.own::<Own>().containers.get(*id);
            let child = own.filter(|child| child.account == container.account);
            let child = child.ok_or_else(|| Refusal::missing(&asked.method, id))?;
            if !child.item {
                return Err(Refusal::parameter("A child was not created with is_carousel_item"));
            }
            if child.status(now_us) != Status::Finished {
                return Err(Refusal::parameter(format!("The child {id} is not finished")));
            }
            container.media.extend(child.media.iter().cloned());
        }
        Ok(())
    })?;
    container.processed_from(&asked.world, &asked.call, None);
    Ok(())
}

/// Videos are fetched after the answer.
fn fetch_video_later(asked: &Asked, id: String, address: String) {
    let world = Arc::clone(&asked.world);
    let call = asked.call.clone();
    let alt = asked.params.text("alt_text").map(str::to_owned);
    tokio::spawn(async move {
        let (stored, failure) = fetch_video(&world, &address).await;
        world.with(|state| {
            if let Some(container) = state.own::<Own>().containers.get_mut(&id) {
                container.media = stored.iter().map(|stored| stored.media(alt.clone())).collect();
                container.processed_from(&world, &call, failure);
            }
        });
    });
}

/// A container's fields.
pub fn node(container: &Container, id: &str, now_us: i64) -> Map<String, Value> {
    let mut node = Map::from_iter([("id".to_owned(), json!(id))]);
    let status = match container.status(now_us) {
        Status::InProgress => "IN_PROGRESS",
        Status::Finished => "FINISHED",
        Status::Published => "PUBLISHED",
        Status::Expired => "EXPIRED",
        Status::Error(message) => {
            node.insert("error_message".to_owned(), json!(message));
            "ERROR"
        }
    };
    node.insert("status".to_owned(), json!(status));
    node
}
