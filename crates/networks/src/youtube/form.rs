//! What a video says, and how YouTube is told (fact sheet sections 3.1 and 5).

use postrider_core::post::{ContentType, Mode, SettingValue};
use postrider_provider::{Fault, Job, MediaRef, Method, PartReceipt, Request};
use serde_json::{Value, json};

use super::api;

const SESSION: &str = "https://www.googleapis.com/upload/youtube/v3/videos";
/// “People & Blogs”, which every region has.
const CATEGORY: &str = "22";
/// Characters of all tags, a comma between two of them counted, and two quotes around each with a blank.
const TAGS_CHARS_MAX: usize = 500;
const PRIVATE: &str = "private";

/// Who is to see the video in the end. A draft is a video that nobody else sees.
pub fn privacy(job: &Job) -> &str {
    match job.mode {
        Mode::Draft => PRIVATE,
        Mode::Publish => job.setting("privacy_status").unwrap_or("public"),
    }
}

/// Whether somebody other than the channel sees a video of this privacy.
pub fn is_shown(privacy: &str) -> bool {
    privacy != PRIVATE
}

/// Its address.
pub fn permalink(job: &Job, id: &str) -> String {
    match job.content.content_type {
        ContentType::Reel => format!("https://www.youtube.com/shorts/{id}"),
        _ => format!("https://www.youtube.com/watch?v={id}"),
    }
}

/// Its title.
pub fn title(job: &Job) -> &str {
    job.content.title.trim()
}

/// Its title and text, by which it is known in the list of uploads.
pub fn words(title: &str, description: &str) -> String {
    let both = format!("{title}\n{description}");
    both.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same of a delivery.
pub fn own_words(job: &Job) -> String {
    words(title(job), &job.text)
}

fn tags(job: &Job) -> Vec<&str> {
    let listed = job.setting("tags").unwrap_or_default();
    listed.split(',').map(str::trim).filter(|tag| !tag.is_empty()).collect()
}

/// Whether there are more tags than YouTube takes.
pub fn has_too_many_tags(job: &Job) -> bool {
    let tags = tags(job);
    let quotes = |tag: &&str| if tag.contains(' ') { 2 } else { 0 };
    let chars: usize = tags.iter().map(|tag| tag.chars().count() + quotes(tag)).sum();
    chars + tags.len().saturating_sub(1) > TAGS_CHARS_MAX
}

/// What the person answered to whether the video is made for children; `None` if nobody did.
pub fn made_for_kids(job: &Job) -> Option<bool> {
    job.setting("made_for_kids")?.parse().ok()
}

/// What was chosen of a setting that YouTube has switched on by itself.
fn unless_refused(job: &Job, key: &str) -> bool {
    job.setting(key) != Some("false")
}

/// Everything that a video's status says: what is left out of a later call would be cleared by it.
fn status(job: &Job, privacy: &str) -> Value {
    let mut status = json!({
        "privacyStatus": privacy,
        "embeddable": unless_refused(job, "embeddable"),
        "publicStatsViewable": unless_refused(job, "public_stats_viewable"),
        "license": job.setting("license").unwrap_or("youtube"),
        "containsSyntheticMedia": job.settings.get("contains_synthetic_media") == Some(&SettingValue::Switch(true)),
    });
    if let Some(made_for_kids) = made_for_kids(job) {
        status["selfDeclaredMadeForKids"] = made_for_kids.into();
    }
    status
}

fn snippet(job: &Job) -> Value {
    let mut snippet = json!({
        "title": title(job),
        "description": job.text,
        "categoryId": job.setting("category").unwrap_or(CATEGORY),
    });
    let tags = tags(job);
    if !tags.is_empty() {
        snippet["tags"] = tags.into();
    }
    if let Some(language) = job.setting("default_language") {
        snippet["defaultLanguage"] = language.into();
    }
    snippet
}

/// Asks for an address for the file, which becomes a video that only the channel sees.
pub fn open(job: &Job, file: &MediaRef) -> Request {
    Request::post("ask for an upload", SESSION)
        .bearer("access")
        .query("uploadType", "resumable")
        .query("part", "snippet,status")
        .query("notifySubscribers", unless_refused(job, "notify_subscribers").to_string())
        .header("X-Upload-Content-Length", file.facts.bytes.to_string())
        .header("X-Upload-Content-Type", file.facts.mime.as_str())
        .json(json!({"snippet": snippet(job), "status": status(job, PRIVATE)}))
}

/// Shows the video to whom the person chose. Made twice, it says the same again.
pub fn show(job: &Job, id: &str) -> Request {
    api("show the video", Method::Put, "videos")
        .query("part", "status")
        .json(json!({"id": id, "status": status(job, privacy(job))}))
}

/// Writes the first comment.
pub fn comment(job: &Job, id: &str) -> Request {
    let text = job.content.first_comment.trim();
    api("write the first comment", Method::Post, "commentThreads")
        .query("part", "snippet")
        .json(json!({"snippet": {"videoId": id, "topLevelComment": {"snippet": {"textOriginal": text}}}}))
}

/// What YouTube's API has no way for, and what it cannot be without.
pub fn not_served(job: &Job) -> Option<Fault> {
    use postrider_core::delivery::FailureKind::Content;
    use postrider_core::post::AssetKind;

    let refused = |reason: &str, message: &str, remedy: &str| Some(Fault::stop(Content, format!("youtube.{reason}"), message, remedy));
    let content_type = job.content.content_type;
    if !matches!(content_type, ContentType::Video | ContentType::Reel) {
        return refused(
            "content_type",
            &format!("YouTube's API takes no {content_type}."),
            "Change the type of the post.",
        );
    }
    if !matches!(job.media.as_slice(), [file] if file.facts.kind == AssetKind::Video) {
        return refused("no_video", "YouTube takes one video, and nothing else.", "Add one video.");
    }
    if title(job).is_empty() {
        return refused("no_title", "YouTube takes no video without a title.", "Write a title.");
    }
    if has_too_many_tags(job) {
        return refused(
            "tags",
            "The tags have more than 500 characters, a comma between two of them and two quotes around each with a blank counted.",
            "Leave some out.",
        );
    }
    if job.mode == Mode::Publish && made_for_kids(job).is_none() {
        return refused(
            "made_for_kids_missing",
            "Nobody chose whether the video is made for children; YouTube asks for it on every video.",
            "Choose it for this channel, then retry.",
        );
    }
    None
}

/// What is said of a video that stands.
pub fn stands(job: &Job, id: &str) -> PartReceipt {
    PartReceipt {
        external_id: Some(id.to_owned()),
        permalink: Some(permalink(job, id)),
    }
}
