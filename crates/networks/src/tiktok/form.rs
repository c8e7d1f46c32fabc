//! What a post says, and how TikTok is told (fact sheet sections 3.1, 3.3 and 3.4).

use postrider_core::post::{ContentType, Mode};
use postrider_provider::{Job, MediaRef, Request};
use serde_json::{Value, json};

use super::wire::Creator;
use super::{api, upload};

/// TikTok shows so much of a text in its list.
const LISTED_CHARS: usize = 150;
/// The frame that is a video's cover: the very first one is often black.
const COVER_MS: u32 = 1_000;
const ONLY_ME: &str = "SELF_ONLY";

/// Whether TikTok has not audited the app, and shows what it posts to nobody but the account.
pub fn is_unaudited(job: &Job) -> bool {
    job.app.settings.get("access").is_some_and(|access| access == "unaudited")
}

/// Who is to see the post; `None` if nobody chose. Whatever was chosen, an app without audit may post for the account alone.
pub fn privacy(job: &Job) -> Option<&str> {
    let chosen = job.setting("privacy_level")?;
    Some(if is_unaudited(job) { ONLY_ME } else { chosen })
}

/// Whether the post promotes another brand, which TikTok takes from nobody who posts for the account alone.
pub fn is_unseen_promotion(job: &Job) -> bool {
    job.is_switched_on("brand_content_toggle") && privacy(job) == Some(ONLY_ME)
}

/// The words under the post. A link has no field of its own and stands among them.
pub fn caption(job: &Job) -> String {
    match &job.content.link {
        Some(link) if job.content.content_type == ContentType::Link && !job.text.contains(&link.url) => {
            format!("{}\n\n{}", job.text, link.url).trim().to_owned()
        }
        _ => job.text.trim().to_owned(),
    }
}

/// What a post is called in the list: its words, or the title of pictures without any.
pub fn listed_words(job: &Job) -> String {
    let caption = caption(job);
    let words = if caption.is_empty() && super::state::video(job).is_none() {
        job.content.title.trim().to_owned()
    } else {
        caption
    };
    listed(&words)
}

/// A text as far as the list shows it.
pub fn listed(text: &str) -> String {
    let short: String = text.chars().take(LISTED_CHARS).collect();
    short.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the person allowed, and the account has not switched off for all of its posts.
fn disabled(job: &Job, setting: &str, by_account: bool) -> Value {
    (by_account || !job.is_switched_on(setting)).into()
}

/// What holds for every kind of post.
fn post_info(job: &Job, creator: &Creator) -> Value {
    json!({
        "privacy_level": privacy(job),
        "disable_comment": disabled(job, "allow_comment", creator.comment_disabled),
        "brand_content_toggle": job.is_switched_on("brand_content_toggle"),
        "brand_organic_toggle": job.is_switched_on("brand_organic_toggle"),
    })
}

/// Asks for an address for a video, and says what becomes of it.
pub fn open_video(job: &Job, file: &MediaRef, creator: &Creator) -> Request {
    let source = upload::source(file);
    if job.mode == Mode::Draft {
        return api("ask for an upload", "post/publish/inbox/video/init").json(json!({"source_info": source}));
    }
    let mut info = post_info(job, creator);
    info["disable_duet"] = disabled(job, "allow_duet", creator.duet_disabled);
    info["disable_stitch"] = disabled(job, "allow_stitch", creator.stitch_disabled);
    info["is_aigc"] = job.is_switched_on("is_aigc").into();
    info["video_cover_timestamp_ms"] = COVER_MS.into();
    let caption = caption(job);
    if !caption.is_empty() {
        info["title"] = caption.into();
    }
    api("ask for an upload", "post/publish/video/init").json(json!({"post_info": info, "source_info": source}))
}

/// Has TikTok fetch the pictures and publish them, or leave them in the inbox.
pub fn post_pictures(job: &Job, creator: &Creator) -> Request {
    let (mode, mut info) = match job.mode {
        Mode::Draft => ("MEDIA_UPLOAD", json!({})),
        Mode::Publish => ("DIRECT_POST", post_info(job, creator)),
    };
    if job.mode == Mode::Publish {
        info["auto_add_music"] = job.is_switched_on("auto_add_music").into();
    }
    for (name, text) in [("title", job.content.title.trim().to_owned()), ("description", caption(job))] {
        if !text.is_empty() {
            info[name] = text.into();
        }
    }
    let addresses: Vec<&str> = job.media.iter().map(|file| file.public_url.as_str()).collect();
    api("post the pictures", "post/publish/content/init").json(json!({
        "media_type": "PHOTO",
        "post_mode": mode,
        "post_info": info,
        "source_info": {"source": "PULL_FROM_URL", "photo_cover_index": 0, "photo_images": addresses},
    }))
}

/// What the person allowed and the account has switched off, in words; empty if nothing.
pub fn not_allowed(job: &Job, creator: &Creator) -> Vec<&'static str> {
    [
        ("allow_comment", creator.comment_disabled, "comments"),
        ("allow_duet", creator.duet_disabled && super::state::video(job).is_some(), "duets"),
        (
            "allow_stitch",
            creator.stitch_disabled && super::state::video(job).is_some(),
            "stitches",
        ),
    ]
    .into_iter()
    .filter(|(setting, off, _)| *off && job.is_switched_on(setting))
    .map(|(.., name)| name)
    .collect()
}
