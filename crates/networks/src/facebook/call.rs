//! The calls of a delivery.

use postrider_core::post::{ContentType, Mode};
use postrider_provider::{FilePart, Job, Method, Request, Val};
use serde_json::json;

use super::state::{Action, Shape, State, shape, story_media};
use crate::meta::login::GRAPH;
use crate::meta::{address, bytes, file_name};

/// The host of feed videos.
const VIDEO_HOST: &str = "graph-video.facebook.com";

/// The call of an action.
pub fn request(job: &Job, state: &State, action: &Action) -> Request {
    match action {
        Action::Photo(index) => photo(job, *index),
        Action::StagePost => feed(job, state, false),
        Action::OpenVideo => open_video(job),
        Action::Transfer => transfer(job, state),
        Action::SendFile => send_file(job, state),
        Action::CloseVideo => close_video(job, state, false),
        Action::Commit => commit(job, state),
        Action::Comment => post(job, "write the first comment", &format!("{}/comments", external(state)))
            .form(fields(&[("message", job.content.first_comment.trim())])),
        Action::Poll | Action::Confirm => look_at_video(job, video_id(state)),
        Action::Look => look(job, state),
        Action::AwaitWindow(_) | Action::AwaitPoll(_) | Action::AwaitConfirm(_) | Action::Finish => look_at_post(job, external(state)),
    }
}

/// Reads a post.
pub fn look_at_post(job: &Job, id: &str) -> Request {
    get(job, "read the post", id).query("fields", "is_published,permalink_url")
}

/// Reads a video.
pub fn look_at_video(job: &Job, id: &str) -> Request {
    get(job, "look at the video", id).query("fields", "status,published,permalink_url")
}

/// Lists the Page's stories.
pub fn stories(job: &Job) -> Request {
    get(job, "list the stories", &format!("{}/stories", job.account.external_id))
        .query("status", r#"["PUBLISHED"]"#)
        .query("limit", "100")
}

/// Lists what the Page published, newest first.
pub fn posts(job: &Job) -> Request {
    get(job, "look for the post", &format!("{}/published_posts", job.account.external_id))
        .query("fields", "id,message,created_time,permalink_url,attachments")
        .query("limit", "100")
}

/// Lists the newest comments under something.
pub fn comments(job: &Job, id: &str) -> Request {
    get(job, "look for the first comment", &format!("{id}/comments"))
        .query("fields", "id,message,from")
        .query("order", "reverse_chronological")
        .query("limit", "50")
}

/// Removes something that was put there ahead of time.
pub fn remove(job: &Job, what: &str, id: &str) -> Request {
    Request::new(format!("remove the {what} {id}"), Method::Delete, address(&job.app, GRAPH, id)).bearer("page")
}

fn get(job: &Job, label: &str, path: &str) -> Request {
    Request::get(label, address(&job.app, GRAPH, path)).bearer("page")
}

fn post(job: &Job, label: &str, path: &str) -> Request {
    Request::post(label, address(&job.app, GRAPH, path)).bearer("page")
}

fn of_page(job: &Job, label: &str, edge: &str) -> Request {
    post(job, label, &format!("{}/{edge}", job.account.external_id))
}

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, Val)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Val::from(*value))).collect()
}

fn video_id(state: &State) -> &str {
    state.video.as_ref().map_or("", |video| video.id.as_str())
}

fn external(state: &State) -> &str {
    state.external_id.as_deref().unwrap_or_default()
}

fn photo(job: &Job, index: usize) -> Request {
    let request = of_page(job, &format!("upload photo {}", index + 1), "photos");
    let Some(file) = job.media.get(index) else {
        return request;
    };
    let mut described = fields(&[("published", "false")]);
    if !file.alt_text.is_empty() {
        described.push(("alt_text_custom".to_owned(), Val::from(file.alt_text.as_str())));
    }
    let source = FilePart {
        field: "source".to_owned(),
        name: file_name(&file.facts),
        bytes: bytes(file, None),
    };
    request.multipart(described, vec![source])
}

/// A feed post that the public does not see: as the first half of publishing, or as a draft for people.
fn feed(job: &Job, state: &State, draft: bool) -> Request {
    let mut form = fields(&[("published", "false")]);
    if draft {
        form.extend(fields(&[("unpublished_content_type", "DRAFT")]));
    }
    if !job.text.is_empty() {
        form.extend(fields(&[("message", &job.text)]));
    }
    if job.content.content_type == ContentType::Link
        && let Some(link) = &job.content.link
    {
        form.extend(fields(&[("link", &link.url)]));
    }
    if !state.photos.is_empty() {
        let attached: Vec<_> = state.photos.iter().map(|id| json!({"media_fbid": id})).collect();
        form.extend(fields(&[("attached_media", &json!(attached).to_string())]));
    }
    let label = if draft { "make the draft" } else { "make the post, unpublished" };
    of_page(job, label, "feed").form(form)
}

fn open_video(job: &Job) -> Request {
    let size = job.media.first().map_or(0, |file| file.facts.bytes).to_string();
    match shape(job) {
        Shape::Reel => of_page(job, "open the upload", "video_reels").form(fields(&[("upload_phase", "start")])),
        Shape::VideoStory => of_page(job, "open the upload", "video_stories").form(fields(&[("upload_phase", "start")])),
        _ => of_videos(job, "open the upload").form(fields(&[("upload_phase", "start"), ("file_size", &size)])),
    }
}

fn of_videos(job: &Job, label: &str) -> Request {
    Request::post(label, address(&job.app, VIDEO_HOST, &format!("{}/videos", job.account.external_id))).bearer("page")
}

fn transfer(job: &Job, state: &State) -> Request {
    let request = of_videos(job, "upload a part of the video");
    let (Some(file), Some(video)) = (job.media.first(), &state.video) else {
        return request;
    };
    let described = fields(&[
        ("upload_phase", "transfer"),
        ("upload_session_id", &video.session),
        ("start_offset", &video.start.to_string()),
    ]);
    let end = video.end.min(file.facts.bytes);
    let chunk = FilePart {
        field: "video_file_chunk".to_owned(),
        name: file_name(&file.facts),
        bytes: bytes(file, Some(video.start..end.max(video.start))),
    };
    request.multipart(described, vec![chunk])
}

/// To the address that Facebook named, whole, with the token in the header that its upload host asks for.
fn send_file(job: &Job, state: &State) -> Request {
    let url = state.video.as_ref().map_or("", |video| video.upload_url.as_str());
    let request = Request::post("upload the video", url).oauth("page");
    match job.media.first() {
        Some(file) => {
            let mut body = bytes(file, None);
            body.mime = "application/octet-stream".to_owned();
            request
                .header("offset", "0")
                .header("file_size", file.facts.bytes.to_string())
                .asset(body)
        }
        None => request,
    }
}

fn close_video(job: &Job, state: &State, draft: bool) -> Request {
    let session = state.video.as_ref().map_or("", |video| video.session.as_str());
    let mut form = fields(&[("upload_phase", "finish"), ("upload_session_id", session), ("published", "false")]);
    if draft {
        form.extend(fields(&[("unpublished_content_type", "DRAFT")]));
    }
    form.extend(words(job));
    let label = if draft { "make the draft" } else { "close the upload, unpublished" };
    of_videos(job, label).form(form)
}

fn words(job: &Job) -> Vec<(String, Val)> {
    let mut form = Vec::new();
    if !job.text.is_empty() {
        form.extend(fields(&[("description", &job.text)]));
    }
    if !job.content.title.is_empty() {
        form.extend(fields(&[("title", &job.content.title)]));
    }
    form
}

fn commit(job: &Job, state: &State) -> Request {
    let draft = job.mode == Mode::Draft;
    match shape(job) {
        Shape::Feed if draft => feed(job, state, true),
        Shape::Feed => post(job, "publish the post", state.post.as_deref().unwrap_or_default()).form(fields(&[("is_published", "true")])),
        Shape::Video if draft => close_video(job, state, true),
        Shape::Video => post(job, "publish the video", video_id(state)).form(fields(&[("published", "true")])),
        Shape::Reel => {
            let standing = if draft { "DRAFT" } else { "PUBLISHED" };
            let mut form = fields(&[("upload_phase", "finish"), ("video_id", video_id(state)), ("video_state", standing)]);
            form.extend(words(job));
            of_page(job, "publish the reel", "video_reels").form(form)
        }
        Shape::PhotoStory => {
            of_page(job, "publish the story", "photo_stories").form(fields(&[("photo_id", story_media(state).unwrap_or_default())]))
        }
        Shape::VideoStory => {
            of_page(job, "publish the story", "video_stories").form(fields(&[("upload_phase", "finish"), ("video_id", video_id(state))]))
        }
    }
}

fn look(job: &Job, state: &State) -> Request {
    match shape(job) {
        Shape::Feed => look_at_post(job, external(state)),
        Shape::Video | Shape::Reel => look_at_video(job, video_id(state)),
        Shape::PhotoStory | Shape::VideoStory => stories(job),
    }
}
