//! What was begun under a `publish_id`: files come, the network works on them, a post stands or does not, and later everybody sees it.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::NETWORK;
use super::content::{Parts, Words};
use super::limits::{PHOTO_AREA_MAX, PHOTO_BYTES_MAX, VIDEO_MS, VIDEO_SIDE};
use super::rest::number;
use crate::world::{Account, Intake, Post, PostState, State, Stored};

const DAY_US: i64 = 86_400_000_000;
const PUBLIC: &str = "PUBLIC_TO_EVERYONE";

/// A file that comes in parts.
pub struct Upload {
    /// What its address says.
    pub token: String,
    /// When its address ends, UTC microseconds.
    pub ends_us: i64,
    /// How it was said to come.
    pub parts: Parts,
    /// What came so far; taken away while a part is read.
    pub intake: Option<Intake>,
    /// How many bytes came so far.
    pub came: u64,
}

/// How the work on a post ends.
pub struct Done {
    /// When, UTC microseconds.
    pub at_us: i64,
    /// Why it stands nowhere, if so.
    pub failure: Option<String>,
    /// The post, if it stands.
    pub post: Option<String>,
}

/// What was begun under one `publish_id`.
pub struct Task {
    /// For whom.
    pub account: String,
    /// By which app.
    pub app: String,
    /// Whether it goes to the inbox.
    pub inbox: bool,
    /// Whether it shows pictures.
    pub photo: bool,
    /// When it was begun, UTC microseconds.
    pub made_us: i64,
    /// What it says.
    pub words: Words,
    /// The file, if it is sent.
    pub upload: Option<Upload>,
    /// The end of the work on it, once everything has come.
    pub done: Option<Done>,
}

/// Every task, by its `publish_id`.
#[derive(Default)]
pub struct Tasks(pub HashMap<String, Task>);

impl Task {
    fn stands_since(&self, since_us: i64) -> bool {
        self.made_us > since_us && self.done.as_ref().is_some_and(|done| done.failure.is_none())
    }

    /// What `status` says.
    pub fn status(&self, now_us: i64, listed_until_us: i64) -> Value {
        let mut said = json!({"status": if self.upload.is_some() { "PROCESSING_UPLOAD" } else { "PROCESSING_DOWNLOAD" }});
        if let Some(upload) = &self.upload {
            said["uploaded_bytes"] = upload.came.into();
        }
        let Some(done) = self.done.as_ref().filter(|done| done.at_us <= now_us) else {
            return said;
        };
        if let Some(reason) = &done.failure {
            said["status"] = "FAILED".into();
            said["fail_reason"] = reason.as_str().into();
        } else if self.inbox {
            said["status"] = "SEND_TO_USER_INBOX".into();
        } else {
            said["status"] = "PUBLISH_COMPLETE".into();
            let seen = self.words.privacy == PUBLIC && done.at_us <= listed_until_us;
            if let Some(id) = done.post.as_deref().filter(|_| seen) {
                said["publicaly_available_post_id"] = json!([number(id)]);
            }
        }
        said
    }
}

/// How many posts, or drafts in the inbox, an account has had in 24 hours.
pub fn within_a_day(state: &mut State, account: &str, inbox: bool, now_us: i64) -> usize {
    let tasks = state.own::<Tasks>().0.values();
    tasks
        .filter(|task| task.account == account && task.inbox == inbox && task.stands_since(now_us - DAY_US))
        .count()
}

/// Whether an app has had so many other accounts in 24 hours.
pub fn accounts_within_a_day(state: &mut State, app: &str, account: &str, now_us: i64) -> usize {
    let tasks = state.own::<Tasks>().0.values();
    let others: std::collections::BTreeSet<&str> = tasks
        .filter(|task| task.app == app && task.account != account && task.stands_since(now_us - DAY_US))
        .map(|task| task.account.as_str())
        .collect();
    others.len()
}

/// Why a picture cannot be shown.
pub fn flaw_of_photo(file: &Stored) -> Option<&'static str> {
    let area = file.pixels.map(|(width, height)| u64::from(width) * u64::from(height));
    match file {
        file if !matches!(file.sniffed, "image/jpeg" | "image/webp") => Some("file_format_check_failed"),
        file if file.bytes > PHOTO_BYTES_MAX || area.is_some_and(|area| area > PHOTO_AREA_MAX) => Some("picture_size_check_failed"),
        _ => None,
    }
}

/// Why a video cannot be shown. Of one that is too large to be kept, only its kind is known.
pub fn flaw_of_video(file: &Stored, account: &Account) -> Option<&'static str> {
    let longest_ms = account.details["video_s_max"].as_u64().unwrap_or(600) * 1_000;
    let sides = file
        .pixels
        .map(|(width, height)| VIDEO_SIDE.contains(&width) && VIDEO_SIDE.contains(&height));
    if !matches!(file.sniffed, "video/mp4" | "video/quicktime" | "video/webm") {
        Some("file_format_check_failed")
    } else if file.duration_ms.is_some_and(|ms| !VIDEO_MS.contains(&ms) || ms > longest_ms) {
        Some("duration_check_failed")
    } else if sides == Some(false) {
        Some("picture_size_check_failed")
    } else {
        None
    }
}

/// Everything has come: a post stands, unless the files or the network say no.
pub fn finish(state: &mut State, publish_id: &str, files: &[Stored], failure: Option<String>, done_us: i64, now_us: i64) {
    let Some(task) = state.own::<Tasks>().0.get(publish_id) else {
        return;
    };
    let (account, photo, inbox) = (task.account.clone(), task.photo, task.inbox);
    let (words, app) = (task.words.clone(), task.app.clone());
    let post = failure.is_none().then(|| state.number("73", 19));
    if let (Some(id), Some(account)) = (&post, state.account(NETWORK, &account).cloned()) {
        let kind = if photo { "photo" } else { "video" };
        let seen = !inbox && words.privacy != "SELF_ONLY";
        let post = Post {
            network: NETWORK,
            id: id.clone(),
            account: account.id,
            kind: kind.to_owned(),
            text: if photo { words.description.clone() } else { words.title.clone() },
            media: files.iter().map(|file| file.media(None)).collect(),
            link: None,
            parent: None,
            state: if seen { PostState::Published } else { PostState::Draft },
            created_us: now_us,
            permalink: format!("https://www.tiktok.com/@{}/{kind}/{id}", account.handle),
            app: Some(app),
            comments: Vec::new(),
            details: json!({
                "title": if photo { words.title.as_str() } else { "" }, "info": words.info, "privacy": words.privacy,
                "publish_id": publish_id, "done_us": done_us,
            }),
        };
        state.put_post(post);
    }
    if let Some(task) = state.own::<Tasks>().0.get_mut(publish_id) {
        task.done = Some(Done {
            at_us: done_us,
            failure,
            post,
        });
    }
}

/// Whether everybody sees a post by now.
pub fn is_listed(post: &Post, listed_until_us: i64) -> bool {
    post.details["privacy"] == PUBLIC && post.details["done_us"].as_i64().is_some_and(|done_us| done_us <= listed_until_us)
}
