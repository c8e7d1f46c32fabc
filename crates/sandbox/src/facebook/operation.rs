//! Which operation a request to Facebook's hosts asks for: the names used in the log and in faults.

use http::Method;
use postrider_core::network::Network;

use super::NETWORK;
use crate::meta::{Params, is_instagram_id, split_version};
use crate::registry::{Head, Operation};

const DIALOG: Operation = Operation::safe(NETWORK, "authorize");
const EXCHANGE_CODE: Operation = Operation::safe(NETWORK, "exchange_code");
const EXCHANGE_TOKEN: Operation = Operation::safe(NETWORK, "exchange_token");
const DEBUG_TOKEN: Operation = Operation::safe(NETWORK, "debug_token");
const ME: Operation = Operation::safe(NETWORK, "me");
const ACCOUNTS: Operation = Operation::safe(NETWORK, "accounts");
const PERMISSIONS: Operation = Operation::safe(NETWORK, "permissions");
const REVOKE: Operation = Operation::safe(NETWORK, "revoke");
const PUBLISH_FEED: Operation = Operation::commit(NETWORK, "publish_feed");
const DRAFT_FEED: Operation = Operation::commit(NETWORK, "draft_feed");
const STAGE_FEED: Operation = Operation::safe(NETWORK, "stage_feed");
const PUBLISH_PHOTO: Operation = Operation::commit(NETWORK, "publish_photo");
const STAGE_PHOTO: Operation = Operation::safe(NETWORK, "stage_photo");
const PUBLISH_VIDEO: Operation = Operation::commit(NETWORK, "publish_video");
const DRAFT_VIDEO: Operation = Operation::commit(NETWORK, "draft_video");
const STAGE_VIDEO: Operation = Operation::safe(NETWORK, "stage_video");
const START_VIDEO: Operation = Operation::safe(NETWORK, "start_video");
const TRANSFER_VIDEO: Operation = Operation::safe(NETWORK, "transfer_video");
const CANCEL_VIDEO: Operation = Operation::safe(NETWORK, "cancel_video");
const OPEN_UPLOAD: Operation = Operation::safe(NETWORK, "open_upload");
const READ_UPLOAD: Operation = Operation::safe(NETWORK, "read_upload");
const UPLOAD_BYTES: Operation = Operation::safe(NETWORK, "upload_bytes");
const START_REEL: Operation = Operation::safe(NETWORK, "start_reel");
const FINISH_REEL: Operation = Operation::commit(NETWORK, "finish_reel");
const PHOTO_STORY: Operation = Operation::commit(NETWORK, "publish_photo_story");
const START_STORY: Operation = Operation::safe(NETWORK, "start_video_story");
const FINISH_STORY: Operation = Operation::commit(NETWORK, "finish_video_story");
const PUBLISH_POST: Operation = Operation::commit(NETWORK, "publish_post");
const EDIT_POST: Operation = Operation::safe(NETWORK, "edit_post");
const LIST_POSTS: Operation = Operation::safe(NETWORK, "list_posts");
const LIST_SCHEDULED: Operation = Operation::safe(NETWORK, "list_scheduled");
const LIST_STORIES: Operation = Operation::safe(NETWORK, "list_stories");
const LIST_COMMENTS: Operation = Operation::safe(NETWORK, "list_comments");
const COMMENT: Operation = Operation::commit(NETWORK, "comment");
const READ_NODE: Operation = Operation::safe(NETWORK, "read_node");
const DELETE: Operation = Operation::safe(NETWORK, "delete");

/// Every operation that can be named.
pub const OPERATIONS: &[Operation] = &[
    DIALOG,
    EXCHANGE_CODE,
    EXCHANGE_TOKEN,
    DEBUG_TOKEN,
    ME,
    ACCOUNTS,
    PERMISSIONS,
    REVOKE,
    PUBLISH_FEED,
    DRAFT_FEED,
    STAGE_FEED,
    PUBLISH_PHOTO,
    STAGE_PHOTO,
    PUBLISH_VIDEO,
    DRAFT_VIDEO,
    STAGE_VIDEO,
    START_VIDEO,
    TRANSFER_VIDEO,
    CANCEL_VIDEO,
    OPEN_UPLOAD,
    READ_UPLOAD,
    UPLOAD_BYTES,
    START_REEL,
    FINISH_REEL,
    PHOTO_STORY,
    START_STORY,
    FINISH_STORY,
    PUBLISH_POST,
    EDIT_POST,
    LIST_POSTS,
    LIST_SCHEDULED,
    LIST_STORIES,
    LIST_COMMENTS,
    COMMENT,
    READ_NODE,
    DELETE,
];

/// Chosen by visibility: published, a draft, or an unpublished part.
fn by_visibility(params: &Params, published: Operation, draft: Operation, stage: Operation) -> Operation {
    if !matches!(params.text("published"), Some("false" | "0")) {
        published
    } else if params.text("unpublished_content_type").is_some() || params.text("scheduled_publish_time").is_some() {
        draft
    } else {
        stage
    }
}

/// Names the operation of a request.
pub fn operation(head: &Head<'_>) -> Option<Operation> {
    let (_, segments) = split_version(head.path);
    let first = segments.first().copied().unwrap_or_default();
    let edge = segments.get(1).copied().unwrap_or_default();
    match head.host {
        "www.facebook.com" => return Some(DIALOG),
        "rupload.facebook.com" if first.starts_with("ig-api-upload") => return Some(Operation::safe(Network::Instagram, "upload_bytes")),
        "rupload.facebook.com" => return Some(UPLOAD_BYTES),
        _ if is_instagram_id(first) => return crate::instagram::operation(head),
        _ => {}
    }
    let params = Params::peek(head.query, head.content_type, head.body);
    let phase = params.text("upload_phase");
    let found = match (head.method, first, edge) {
        (_, "oauth", "access_token") if params.text("grant_type") == Some("fb_exchange_token") => EXCHANGE_TOKEN,
        (_, "oauth", "access_token") => EXCHANGE_CODE,
        (&Method::GET, "debug_token", _) => DEBUG_TOKEN,
        (&Method::GET, "me", "") => ME,
        (&Method::GET, "me", "accounts" | "businesses") => ACCOUNTS,
        (&Method::GET, "me", "permissions") => PERMISSIONS,
        (&Method::DELETE, _, "permissions") => REVOKE,
        (&Method::POST, _, "uploads") => OPEN_UPLOAD,
        (&Method::POST, handle, "") if handle.starts_with("upload:") => UPLOAD_BYTES,
        (&Method::GET, handle, "") if handle.starts_with("upload:") => READ_UPLOAD,
        (&Method::POST, _, "feed") => by_visibility(&params, PUBLISH_FEED, DRAFT_FEED, STAGE_FEED),
        (&Method::POST, _, "photos") => by_visibility(&params, PUBLISH_PHOTO, DRAFT_FEED, STAGE_PHOTO),
        (&Method::POST, _, "videos") => match phase {
            Some("start") => START_VIDEO,
            Some("transfer") => TRANSFER_VIDEO,
            Some("cancel") => CANCEL_VIDEO,
            _ => by_visibility(&params, PUBLISH_VIDEO, DRAFT_VIDEO, STAGE_VIDEO),
        },
        (&Method::POST, _, "video_reels") if phase == Some("start") => START_REEL,
        (&Method::POST, _, "video_reels") => FINISH_REEL,
        (&Method::POST, _, "photo_stories") => PHOTO_STORY,
        (&Method::POST, _, "video_stories") if phase == Some("start") => START_STORY,
        (&Method::POST, _, "video_stories") => FINISH_STORY,
        (&Method::GET, _, "published_posts" | "feed" | "posts") => LIST_POSTS,
        (&Method::GET, _, "scheduled_posts") => LIST_SCHEDULED,
        (&Method::GET, _, "stories") => LIST_STORIES,
        (&Method::GET, _, "comments") => LIST_COMMENTS,
        (&Method::POST, _, "comments") => COMMENT,
        (&Method::GET, _, "") => READ_NODE,
        (&Method::DELETE, _, "") => DELETE,
        (&Method::POST, _, "") if params.text("is_published").or_else(|| params.text("published")) == Some("true") => PUBLISH_POST,
        (&Method::POST, _, "") => EDIT_POST,
        _ => return None,
    };
    Some(found)
}
