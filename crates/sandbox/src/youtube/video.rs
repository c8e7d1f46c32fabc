//! A video as YouTube keeps it: what it says, who sees it, and how far the work on it is.

use serde_json::{Value, json};

use super::NETWORK;
use super::content::instant_us;
use super::limits::{SHORT_VIDEO_MS_MAX, VIDEO_MS_MAX};
use crate::clock::iso_ms;
use crate::world::{Account, Post, PostState, State, Stored};

/// Why a video is given up that failed, rather than one that was rejected.
const FAILURES: &[&str] = &["conversion", "invalidFile", "emptyFile", "tooSmall", "codec", "uploadAborted"];

/// What comes with a file.
pub struct Arrived {
    /// By which app.
    pub app: String,
    /// What it says, as it was read.
    pub snippet: Value,
    /// Who sees it and the rest, as it was read.
    pub status: Value,
    /// Whether subscribers are to hear of it.
    pub notify: bool,
    /// Why the work on it is to fail, if a test says so.
    pub failure: Option<String>,
    /// When the work on it ends, UTC microseconds.
    pub ready_us: i64,
}

/// Who sees a post of such a status.
pub fn state_of(status: &Value, given_up: bool) -> PostState {
    match status["privacyStatus"].as_str() {
        // What is given up is never seen.
        _ if given_up => PostState::Hidden,
        Some("public") => PostState::Published,
        Some("unlisted") => PostState::Hidden,
        _ if !status["publishAt"].is_null() => PostState::Scheduled,
        _ => PostState::Draft,
    }
}

fn flaw(state: &State, account: &Account, file: &Stored) -> Option<&'static str> {
    let long_allowed = account.details["phone_confirmed"] == true;
    let longest_ms = if long_allowed { VIDEO_MS_MAX } else { SHORT_VIDEO_MS_MAX };
    let again = || {
        let mut others = state.posts_of(NETWORK, &account.id);
        others.any(|post| post.media.iter().any(|media| media.sha256 == file.sha256))
    };
    if !file.sniffed.starts_with("video/") {
        Some("invalidFile")
    } else if file.duration_ms.is_some_and(|ms| ms > longest_ms) {
        Some("length")
    } else if account.details["duplicates_refused"] == true && again() {
        Some("duplicate")
    } else {
        None
    }
}

/// Makes a video of a file that came whole; its id.
pub fn make(state: &mut State, account: &Account, file: &Stored, arrived: Arrived, now_us: i64) -> String {
    let failure = arrived.failure.or_else(|| flaw(state, account, file).map(str::to_owned));
    let id = state.number("yt", 11);
    let post = Post {
        network: NETWORK,
        id: id.clone(),
        account: account.id.clone(),
        kind: "video".to_owned(),
        text: arrived.snippet["description"].as_str().unwrap_or_default().to_owned(),
        media: vec![file.media(None)],
        link: None,
        parent: None,
        state: state_of(&arrived.status, failure.is_some()),
        created_us: now_us,
        permalink: format!("https://www.youtube.com/watch?v={id}"),
        app: Some(arrived.app),
        comments: Vec::new(),
        details: json!({
            "title": arrived.snippet["title"], "snippet": arrived.snippet, "status": arrived.status, "notify": arrived.notify,
            "uploaded_us": now_us, "ready_us": arrived.ready_us, "failure": failure,
            "shown_us": Value::Null, "thumbnail": Value::Null,
        }),
    };
    state.put_post(post);
    if let Some(post) = state.post_mut(NETWORK, &id) {
        note_shown(post, now_us);
    }
    id
}

/// Notes when others were first shown it.
fn note_shown(post: &mut Post, now_us: i64) {
    let shown = post.details["status"]["privacyStatus"] == "public";
    if shown && post.details["shown_us"].is_null() {
        post.details["shown_us"] = now_us.into();
        post.created_us = now_us;
    }
}

/// Gives a video another status.
pub fn change_status(post: &mut Post, status: Value, now_us: i64) {
    post.state = state_of(&status, !post.details["failure"].is_null());
    post.details["status"] = status;
    note_shown(post, now_us);
}

/// Shows the videos of an account whose time has come.
pub fn flip_due(state: &mut State, account: &str, now_us: i64) {
    let due: Vec<String> = state
        .posts_of(NETWORK, account)
        .filter(|post| instant_us(&post.details["status"]["publishAt"]).is_some_and(|at_us| at_us <= now_us))
        .map(|post| post.id.clone())
        .collect();
    for id in due {
        if let Some(post) = state.post_mut(NETWORK, &id) {
            let mut status = post.details["status"].clone();
            let at_us = instant_us(&status["publishAt"]).unwrap_or(now_us);
            status["privacyStatus"] = "public".into();
            status["publishAt"] = Value::Null;
            change_status(post, status, at_us);
        }
    }
}

/// How far the work on it is.
pub fn upload_status(post: &Post, now_us: i64) -> &'static str {
    let failure = post.details["failure"].as_str();
    match failure {
        _ if post.details["ready_us"].as_i64().is_some_and(|ready_us| ready_us > now_us) => "uploaded",
        Some(reason) if FAILURES.contains(&reason) => "failed",
        Some(_) => "rejected",
        None => "processed",
    }
}

fn without_nulls(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    object
}

/// A part of a video.
pub fn part(post: &Post, account: &Account, name: &str, now_us: i64) -> Value {
    let progress = upload_status(post, now_us);
    match name {
        "snippet" => {
            let mut snippet = post.details["snippet"].clone();
            snippet["publishedAt"] = iso_ms(post.created_us).into();
            snippet["channelId"] = account.id.as_str().into();
            snippet["channelTitle"] = account.name.as_str().into();
            snippet["liveBroadcastContent"] = "none".into();
            without_nulls(snippet)
        }
        "status" => {
            let mut status = post.details["status"].clone();
            status["uploadStatus"] = progress.into();
            match progress {
                "failed" => status["failureReason"] = post.details["failure"].clone(),
                "rejected" => status["rejectionReason"] = post.details["failure"].clone(),
                _ => {}
            }
            without_nulls(status)
        }
        "processingDetails" => json!({"processingStatus": match progress {
            "uploaded" => "processing",
            "failed" => "failed",
            "rejected" => "terminated",
            _ => "succeeded",
        }}),
        "statistics" => json!({"viewCount": "0", "likeCount": "0", "commentCount": post.comments.len().to_string()}),
        "contentDetails" => json!({"definition": "hd", "caption": "false", "licensedContent": false}),
        "fileDetails" => json!({"fileSize": post.media.first().map(|media| media.bytes.to_string())}),
        _ => Value::Null,
    }
}

/// A video with some of its parts.
pub fn resource(post: &Post, account: &Account, parts: &[&str], now_us: i64) -> Value {
    let mut said = json!({"kind": "youtube#video", "etag": post.id, "id": post.id});
    for name in parts.iter().filter(|name| **name != "id") {
        said[*name] = part(post, account, name, now_us);
    }
    said
}
