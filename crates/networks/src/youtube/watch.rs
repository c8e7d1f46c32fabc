//! YouTube's work on a video, which it may give up hours later (fact sheet section 3.3).

use postrider_core::delivery::FailureKind;
use postrider_provider::{Fault, Method, Request};
use serde::{Deserialize, Serialize};

use super::wire::Video;
use super::{api, error};

/// How often it is looked at: at first, and at the longest.
const LOOK_MS_MIN: i64 = 15_000;
const LOOK_MS_MAX: i64 = 5 * 60_000;
/// The longer it takes, the less often: a look each time it has lasted longer by this part.
const LOOK_PART: i64 = 15;
/// How long it is waited for.
const WORK_MS_MAX: i64 = 24 * 3_600_000;

/// The work on a video.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Work {
    /// When it began, UTC milliseconds; 0 if it is not known.
    began_at_ms: i64,
    /// When it is looked at next, UTC milliseconds.
    pub look_at_ms: i64,
    /// It came to its end.
    pub done: bool,
}

impl Work {
    /// Work that began just now.
    pub fn begun(now_ms: i64) -> Work {
        Work {
            began_at_ms: now_ms,
            look_at_ms: now_ms + LOOK_MS_MIN,
            done: false,
        }
    }
}

/// Asks how far it is, and who sees the video.
pub fn look(id: &str) -> Request {
    api("look at the video", Method::Get, "videos")
        .query("part", "status,processingDetails")
        .query("id", id)
}

/// What YouTube says of it. Numbers of a video that was given up are of no more use.
pub fn looked(work: &mut Work, video: &Video, now_ms: i64) -> Result<(), Fault> {
    let status = &video.status;
    match status.upload_status.as_str() {
        "processed" => {
            work.done = true;
            return Ok(());
        }
        "failed" => return Err(error::given_up(&status.failure_reason)),
        "rejected" => return Err(error::given_up(&status.rejection_reason)),
        "deleted" => return Err(error::given_up("deleted")),
        _ => {}
    }
    if matches!(video.processing_details.processing_status.as_str(), "failed" | "terminated") {
        return Err(error::given_up("conversion"));
    }
    if work.began_at_ms == 0 {
        work.began_at_ms = now_ms;
    }
    let lasts_ms = now_ms - work.began_at_ms;
    if lasts_ms > WORK_MS_MAX {
        return Err(Fault::stop(
            FailureKind::Outage,
            "youtube.slow",
            "YouTube has not finished its work on the video within a day.",
            "Look at the video in YouTube Studio.",
        )
        .ambiguous());
    }
    work.look_at_ms = now_ms + (lasts_ms / LOOK_PART).clamp(LOOK_MS_MIN, LOOK_MS_MAX);
    Ok(())
}
