//! Videos and reels: fetched, uploaded whole or through the upload host; then processed, then visible.

use serde_json::{Value, json};

use super::limits::{REEL_MS, REEL_PIXELS_MIN, REELS_PER_DAY, STORY_VIDEO_MS_MAX, VIDEO_BYTES_MAX};
use super::publish::{Draft, Visibility, message, place, scheduled_us, visibility};
use super::{Own, pieces, publisher_of};
use crate::meta::{Answer, Asked, Refusal, Upload};
use crate::world::{FetchFailure, PostState, State, Stored, World};

const DAY_US: i64 = 86_400 * 1_000_000;
const FORMATS: [&str; 4] = ["video/mp4", "video/quicktime", "video/webm", "image/gif"];

/// What a video is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Feed,
    Reel,
    Story,
}

/// A video on a Page, from its first byte on.
pub struct Video {
    pub page: String,
    pub kind: Kind,
    pub upload: Upload,
    /// The size told at the start.
    pub total: Option<u64>,
    /// When processing ends, UTC microseconds; `None` before the file is whole.
    pub ready_us: Option<i64>,
    /// Why processing fails, if it does: code and message.
    pub failure: Option<(i64, String)>,
    /// The post or story that shows it.
    pub post: Option<String>,
    pub publish_us: Option<i64>,
    pub title: String,
    pub description: String,
}

impl Video {
    /// A video of which nothing has arrived.
    pub fn empty(page: &str, kind: Kind, total: Option<u64>) -> Self {
        Self {
            page: page.to_owned(),
            kind,
            upload: Upload::default(),
            total,
            ready_us: None,
            failure: None,
            post: None,
            publish_us: None,
            title: String::new(),
            description: String::new(),
        }
    }

    /// Begins processing of a whole file.
    pub fn arrived(&mut self, world: &World, call: &crate::Call) {
        self.ready_us = Some(world.clock.now_us() + world.processing_us(call));
        let asked_to_fail = call.processing_failure.as_ref().map(|code| {
            let code = code.as_deref().and_then(|code| code.parse().ok()).unwrap_or(1_363_047);
            (code, "The video could not be processed.".to_owned())
        });
        self.failure = asked_to_fail.or_else(|| self.upload.stored.as_ref().and_then(|stored| unfit(self.kind, stored)));
    }
}

/// Why a video does not suit its kind (§4, §6).
fn unfit(kind: Kind, stored: &Stored) -> Option<(i64, String)> {
    if !FORMATS.contains(&stored.sniffed) {
        return Some((
            6_000,
            "There was a problem uploading your video file. Please try again with another file.".to_owned(),
        ));
    }
    let duration_ms = stored.duration_ms.unwrap_or(0);
    let too_long = match kind {
        Kind::Feed => false,
        Kind::Reel => stored.duration_ms.is_some() && !REEL_MS.contains(&duration_ms),
        Kind::Story => duration_ms > STORY_VIDEO_MS_MAX,
    };
    if too_long {
        return Some((1_363_128, "The video's duration is not supported.".to_owned()));
    }
    let (width, height) = stored.pixels.filter(|_| kind != Kind::Feed)?;
    if width < REEL_PIXELS_MIN.0 || height < REEL_PIXELS_MIN.1 {
        return Some((1_363_127, "The video's resolution is not supported.".to_owned()));
    }
    None
}

fn fetch_refusal(failure: &FetchFailure) -> Refusal {
    match failure {
        FetchFailure::TooLarge(_) => Refusal::of("upload_failed"),
        _ => Refusal::of("file_unfetchable"),
    }
}

/// `POST /{page}/videos`.
pub async fn videos(asked: &Asked) -> Answer {
    let page = asked.segment(0);
    asked.world.with(|state| publisher_of(asked, state, page))?;
    match asked.params.text("upload_phase") {
        Some(_) if asked.params.text("file_url").is_some() => Err(Refusal::parameter("file_url cannot be used with upload_phase")),
        Some("start") => pieces::start(asked, page),
        Some("transfer") => pieces::transfer(asked, page),
        Some("finish") => pieces::finish(asked, page),
        Some("cancel") => pieces::cancel(asked, page),
        Some(_) => Err(Refusal::parameter(
            "Param upload_phase must be one of {start, transfer, finish, cancel}",
        )),
        None => whole(asked, page).await,
    }
}

async fn whole(asked: &Asked, page: &str) -> Answer {
    let handle = asked.params.text("fbuploader_video_file_chunk");
    let stored = match (asked.params.file("source"), asked.params.text("file_url"), handle) {
        (Some(file), _, _) => asked.world.media.put(&file.data, &file.mime),
        (_, Some(address), _) => asked
            .world
            .fetch_media(address, VIDEO_BYTES_MAX)
            .await
            .map_err(|failure| fetch_refusal(&failure))?,
        (_, _, Some(handle)) => asked
            .world
            .with(|state| super::upload::by_handle(state, handle))
            .ok_or_else(|| Refusal::of("upload_failed"))?,
        _ => {
            return Err(Refusal::parameter(
                "One of source, file_url or fbuploader_video_file_chunk is required",
            ));
        }
    };
    if !FORMATS.contains(&stored.sniffed) {
        return Err(Refusal::of("upload_failed"));
    }
    let id = asked.world.with(|state| state.number("1222", 15));
    let mut video = Video::empty(page, Kind::Feed, Some(stored.bytes));
    video.upload.stored = Some(stored);
    video.arrived(&asked.world, &asked.call);
    asked.world.with(|state| {
        state.own::<Own>().videos.insert(id.clone(), video);
        show(asked, state, page, &id)
    })?;
    Ok(json!({"id": id}))
}

/// Makes the post of a feed video, as visible as the request says.
pub fn show(asked: &Asked, state: &mut State, page: &str, id: &str) -> Result<(), Refusal> {
    let visibility = visibility(&asked.params, asked.world.clock.now_us())?;
    place_video(asked, state, page, id, visibility)
}

fn place_video(asked: &Asked, state: &mut State, page: &str, id: &str, visibility: Visibility) -> Result<(), Refusal> {
    let now_us = asked.world.clock.now_us();
    let (page, token) = publisher_of(asked, state, page)?;
    let text = message(&asked.params, "description")?;
    let title = asked.params.text("title").unwrap_or_default().to_owned();
    let Some(video) = state.own::<Own>().videos.get_mut(id) else {
        return Err(Refusal::missing(&asked.method, id));
    };
    if video.post.is_some() {
        return Ok(());
    }
    let failed = video.failure.is_some();
    let media = video.upload.stored.as_ref().map(|stored| stored.media(None)).into_iter().collect();
    let kind = if video.kind == Kind::Reel { "reel" } else { "video" };
    let visible_us = video.ready_us.map_or(now_us, |ready_us| ready_us.max(now_us));
    let visibility = Visibility {
        // What fails to be processed is never seen.
        state: if failed { PostState::Hidden } else { visibility.state },
        ..visibility
    };
    let draft = Draft {
        kind,
        text: &text,
        media,
        link: None,
        details: json!({"video_id": id, "title": title, "failed": failed}),
        visible_us,
        tail: Some(id.to_owned()),
    };
    let post_id = place(state, &page, &token, visibility, draft);
    if let Some(video) = state.own::<Own>().videos.get_mut(id) {
        video.post = Some(post_id);
        video.title = title;
        video.description = text;
        video.publish_us = Some(visibility.at_us.unwrap_or(visible_us));
    }
    Ok(())
}

/// `POST /{page}/video_reels`.
pub fn reels(asked: &Asked) -> Answer {
    let page = asked.segment(0);
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        publisher_of(asked, state, page)?;
        match asked.params.need("upload_phase")? {
            "start" => {
                let starts = state.own::<Own>().reel_starts.entry(page.to_owned()).or_default();
                starts.retain(|start_us| now_us - start_us < DAY_US);
                if starts.len() >= REELS_PER_DAY {
                    return Err(Refusal::of("calls_rate_limited"));
                }
                starts.push(now_us);
                Ok(open_video(asked, state, page, Kind::Reel))
            }
            "finish" => finish_reel(asked, state, page),
            _ => Err(Refusal::parameter("Param upload_phase must be one of {start, finish}")),
        }
    })
}

/// Opens a video for the upload host.
pub fn open_video(asked: &Asked, state: &mut State, page: &str, kind: Kind) -> Value {
    let id = state.number("1222", 15);
    state.own::<Own>().videos.insert(id.clone(), Video::empty(page, kind, None));
    let path = format!("/video-upload/v{}.0/{id}", asked.version);
    json!({"video_id": id, "upload_url": asked.world.url("rupload.facebook.com", &path)})
}

/// The id of a video of this Page and kind whose bytes have all arrived.
pub fn whole_video(asked: &Asked, state: &mut State, page: &str, kind: Kind) -> Result<String, Refusal> {
    let id = asked.params.need("video_id")?;
    let found = state
        .own::<Own>()
        .videos
        .get(id)
        .filter(|video| video.page == page && video.kind == kind);
    match found {
        None => Err(Refusal::missing(&asked.method, id)),
        Some(video) if video.upload.stored.is_none() => Err(Refusal::of("upload_failed")
            .sub(1_363_031)
            .saying("The video was not uploaded completely")),
        Some(_) => Ok(id.to_owned()),
    }
}

fn finish_reel(asked: &Asked, state: &mut State, page: &str) -> Answer {
    let now_us = asked.world.clock.now_us();
    let id = whole_video(asked, state, page, Kind::Reel)?;
    let visibility = match asked.params.need("video_state")? {
        "PUBLISHED" => Visibility {
            state: PostState::Published,
            at_us: None,
        },
        "DRAFT" => Visibility {
            state: PostState::Draft,
            at_us: None,
        },
        "SCHEDULED" => {
            let at_us = scheduled_us(asked.params.need("scheduled_publish_time")?, now_us)?;
            Visibility {
                state: PostState::Scheduled,
                at_us: Some(at_us),
            }
        }
        _ => return Err(Refusal::parameter("Param video_state must be one of {PUBLISHED, SCHEDULED, DRAFT}")),
    };
    if let Some(video) = state.own::<Own>().videos.get_mut(&id)
        && let Some(code) = &asked.call.processing_failure
        && video.post.is_none()
    {
        let code = code.as_deref().and_then(|code| code.parse().ok()).unwrap_or(1_363_047);
        video.failure = Some((code, "The video could not be processed.".to_owned()));
    }
    place_video(asked, state, page, &id, visibility)?;
    let post = state.own::<Own>().videos.get(&id).and_then(|video| video.post.clone());
    Ok(json!({"success": true, "post_id": post}))
}

/// The `status` field of a video (§3.5).
pub fn status(video: &Video, state: Option<PostState>, now_us: i64) -> Value {
    let whole = video.upload.stored.is_some();
    let ready = video.ready_us.is_some_and(|ready_us| ready_us <= now_us);
    let failed = ready && video.failure.is_some();
    let size = video.upload.stored.as_ref().map(|stored| stored.bytes).or(video.total);
    let uploading = if whole {
        "complete"
    } else if video.upload.received() > 0 {
        "in_progress"
    } else {
        "not_started"
    };
    let processing = match (whole, ready, failed) {
        (false, ..) => "not_started",
        (_, false, _) => "in_progress",
        (_, _, true) => "error",
        _ => "complete",
    };
    let shown = ready && !failed && state == Some(PostState::Published);
    let publish_status = match state {
        _ if failed => "error",
        Some(PostState::Published) => "published",
        Some(PostState::Scheduled) => "scheduled",
        _ => "draft",
    };
    let mut status = json!({
        "video_status": match (whole, ready, failed) {
            (false, ..) => "uploading",
            (_, false, _) => "processing",
            (_, _, true) => "error",
            _ => "ready",
        },
        "uploading_phase": {"status": uploading, "bytes_transfered": video.upload.received(), "source_file_size": size},
        "processing_phase": {"status": processing},
        "publishing_phase": {
            "status": if shown { "complete" } else { "not_started" },
            "publish_status": publish_status,
            "publish_time": video.publish_us.map(|at_us| at_us / 1_000_000),
        },
    });
    if let (true, Some((code, message))) = (failed, &video.failure) {
        status["processing_phase"]["error"] = json!({"message": message});
        status["processing_phase"]["errors"] = json!([{"code": code, "message": message}]);
    }
    status
}
