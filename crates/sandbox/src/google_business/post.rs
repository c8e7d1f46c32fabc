//! A post as Google keeps it: what it says, and what became of it as time goes by.

use serde_json::{Value, json};

use super::NETWORK;
use super::content::Wanted;
use super::locations::without_empty;
use crate::clock::iso_ms;
use crate::world::{Account, Media, Post, PostState, State};

/// What comes with a post beside what it says.
pub struct Arrived {
    /// Through which account.
    pub holder: String,
    /// By which app.
    pub app: String,
    /// Its photos.
    pub photos: Vec<Media>,
    /// Whether a test has it rejected.
    pub fails: bool,
    /// How long Google looks it over, microseconds.
    pub works_us: i64,
}

/// Whether a text has what looks like a phone number, for which Google often rejects a post.
fn has_phone_number(text: &str) -> bool {
    let digits = |run: &str| run.chars().filter(char::is_ascii_digit).count();
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '/');
    text.split('+')
        .skip(1)
        .any(|rest| digits(rest.split(|c| !is_part(c)).next().unwrap_or_default()) >= 8)
}

fn is_repeat(state: &State, location: &Account, text: &str) -> bool {
    let mut others = state.posts_of(NETWORK, &location.id);
    location.details["duplicates_rejected"] == true && !text.is_empty() && others.any(|other| other.text == text)
}

/// Makes a post; its id.
pub fn make(state: &mut State, location: &Account, wanted: Wanted, arrived: Arrived, now_us: i64) -> String {
    let text = wanted.said["summary"].as_str().unwrap_or_default().to_owned();
    let rejected = arrived.fails || has_phone_number(&text) || is_repeat(state, location, &text);
    let id = state.number("55", 19);
    let button = wanted.said["callToAction"]["url"].as_str();
    let page = wanted.said["offer"]["redeemOnlineUrl"].as_str();
    state.put_post(Post {
        network: NETWORK,
        id: id.clone(),
        account: location.id.clone(),
        kind: wanted.topic.to_lowercase(),
        text,
        media: arrived.photos,
        link: button.or(page).map(str::to_owned),
        parent: None,
        // What will be shown counts from the start; what Google rejects nobody ever sees.
        state: match (rejected, wanted.scheduled_us) {
            (true, _) => PostState::Hidden,
            (false, Some(_)) => PostState::Scheduled,
            (false, None) => PostState::Published,
        },
        created_us: now_us,
        permalink: format!("https://local.google.com/place?id={}&use=posts&lpsid={id}", location.id),
        app: Some(arrived.app),
        comments: Vec::new(),
        details: json!({
            "info": wanted.said, "holder": arrived.holder, "rejected": rejected, "scheduled_us": wanted.scheduled_us,
            "ready_us": wanted.scheduled_us.unwrap_or(now_us) + arrived.works_us, "updated_us": now_us,
        }),
    });
    id
}

/// What a post is called.
pub fn name(post: &Post) -> String {
    let holder = post.details["holder"].as_str().unwrap_or_default();
    format!("accounts/{holder}/locations/{}/localPosts/{}", post.account, post.id)
}

/// What became of it.
fn state_of(post: &Post, now_us: i64) -> &'static str {
    let at = |key: &str| post.details[key].as_i64();
    match () {
        () if at("scheduled_us").is_some_and(|at_us| at_us > now_us) => "SCHEDULED",
        () if at("ready_us").is_some_and(|at_us| at_us > now_us) => "PROCESSING",
        () if post.details["rejected"] == true => "REJECTED",
        () => "LIVE",
    }
}

/// Shows the posts of a location whose time has come.
pub fn flip_due(state: &mut State, location: &str, now_us: i64) {
    let is_due = |post: &&Post| post.state == PostState::Scheduled && state_of(post, now_us) != "SCHEDULED";
    let due: Vec<String> = state
        .posts_of(NETWORK, location)
        .filter(is_due)
        .map(|post| post.id.clone())
        .collect();
    for id in due {
        if let Some(post) = state.post_mut(NETWORK, &id) {
            post.state = PostState::Published;
        }
    }
}

/// Times and dates without their zeros.
fn schedule(schedule: &Value) -> Value {
    let parts = schedule.as_object().into_iter().flatten();
    parts.map(|(name, part)| (name.clone(), without_empty(part.clone()))).collect()
}

/// The post as the API tells it.
pub fn resource(post: &Post, now_us: i64) -> Value {
    let state = state_of(post, now_us);
    let mut said = post.details["info"].clone();
    if !said["event"].is_null() {
        said["event"]["schedule"] = schedule(&said["event"]["schedule"]);
    }
    said["name"] = name(post).into();
    said["state"] = state.into();
    said["createTime"] = iso_ms(post.created_us).into();
    said["updateTime"] = iso_ms(post.details["updated_us"].as_i64().unwrap_or(post.created_us)).into();
    // Its address may be told only once it is shown.
    if state == "LIVE" {
        said["searchUrl"] = post.permalink.as_str().into();
    }
    let holder = post.details["holder"].as_str().unwrap_or_default();
    let photos = post.media.iter().map(|photo| {
        let short = &photo.sha256[..16];
        json!({
            "name": format!("accounts/{holder}/locations/{}/media/localPosts/{short}", post.account),
            "mediaFormat": "PHOTO", "googleUrl": format!("https://lh3.googleusercontent.com/{short}"),
        })
    });
    said["media"] = photos.collect();
    without_empty(said)
}
