//! A video in pieces: opened, sent from offset to offset, finished or cancelled (§3.4).

use serde_json::json;

use super::Own;
use super::limits::VIDEO_PIECES_BYTES_MAX;
use super::video::{Kind, Video, show};
use crate::meta::{Answer, Asked, Refusal};
use crate::world::State;

/// The piece that the chunked upload asks for at a time, bytes (§3.4's example).
const PIECE_BYTES: u64 = 1_048_576;

/// `upload_phase=start`.
pub fn start(asked: &Asked, page: &str) -> Answer {
    let total = asked
        .params
        .whole("file_size")?
        .ok_or_else(|| Refusal::parameter("The parameter file_size is required"))?;
    if total == 0 {
        return Err(Refusal::new(400, 382, "(#382) The video file you tried to upload is too small."));
    }
    if total > VIDEO_PIECES_BYTES_MAX {
        return Err(Refusal::of("upload_failed").saying("The video file you tried to upload is too large."));
    }
    asked.world.with(|state| {
        let (id, session) = (state.number("1222", 15), state.number("1223", 15));
        let own = state.own::<Own>();
        own.videos.insert(id.clone(), Video::empty(page, Kind::Feed, Some(total)));
        own.sessions.insert(session.clone(), id.clone());
        let end = total.min(PIECE_BYTES);
        Ok(json!({"upload_session_id": session, "video_id": id, "start_offset": "0", "end_offset": end.to_string()}))
    })
}

fn session_video(asked: &Asked, state: &mut State, page: &str) -> Result<String, Refusal> {
    let session = asked.params.need("upload_session_id")?;
    let own = state.own::<Own>();
    let id = own
        .sessions
        .get(session)
        .filter(|id| own.videos.get(*id).is_some_and(|video| video.page == page));
    id.cloned().ok_or_else(|| {
        Refusal::of("upload_failed")
            .sub(1_363_030)
            .saying("The upload session does not exist or has expired")
    })
}

/// `upload_phase=transfer`.
pub fn transfer(asked: &Asked, page: &str) -> Answer {
    let start = asked
        .params
        .whole("start_offset")?
        .ok_or_else(|| Refusal::parameter("The parameter start_offset is required"))?;
    let piece = asked
        .params
        .file("video_file_chunk")
        .ok_or_else(|| Refusal::parameter("The parameter video_file_chunk is required"))?;
    asked.world.with(|state| {
        let id = session_video(asked, state, page)?;
        let Some(video) = state.own::<Own>().videos.get_mut(&id) else {
            return Err(Refusal::missing(&asked.method, &id));
        };
        let total = video.total.unwrap_or(0);
        let offsets =
            |received: u64| json!({"start_offset": received.to_string(), "end_offset": (received + PIECE_BYTES).min(total).to_string()});
        let received = video.upload.received();
        if start != received || received + piece.data.len() as u64 > total {
            let mut refusal = Refusal::of("upload_again").sub(1_363_037);
            refusal.data = offsets(received);
            return Err(refusal);
        }
        video.upload.push(&asked.world, &piece.data);
        Ok(offsets(video.upload.received()))
    })
}

/// `upload_phase=finish`: the video is shown.
pub fn finish(asked: &Asked, page: &str) -> Answer {
    asked.world.with(|state| {
        let id = session_video(asked, state, page)?;
        let Some(video) = state.own::<Own>().videos.get_mut(&id) else {
            return Err(Refusal::missing(&asked.method, &id));
        };
        if video.post.is_some() {
            return Ok(json!({"success": true}));
        }
        if Some(video.upload.received()) != video.total {
            return Err(Refusal::of("upload_failed")
                .sub(1_363_031)
                .saying("The video was not uploaded completely"));
        }
        video.upload.close(&asked.world, "video/mp4");
        video.arrived(&asked.world, &asked.call);
        show(asked, state, page, &id)?;
        Ok(json!({"success": true}))
    })
}

/// `upload_phase=cancel`.
pub fn cancel(asked: &Asked, page: &str) -> Answer {
    asked.world.with(|state| {
        let id = session_video(asked, state, page)?;
        let own = state.own::<Own>();
        own.videos.remove(&id);
        own.sessions.retain(|_, video| *video != id);
        Ok(json!({"success": true}))
    })
}
