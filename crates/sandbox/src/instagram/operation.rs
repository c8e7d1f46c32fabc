//! Which operation a request asks for: the names used in the log and in faults.

use http::Method;

use super::NETWORK;
use crate::meta::split_version;
use crate::registry::{Head, Operation};

const AUTHORIZE: Operation = Operation::safe(NETWORK, "authorize");
const EXCHANGE_CODE: Operation = Operation::safe(NETWORK, "exchange_code");
const EXCHANGE_TOKEN: Operation = Operation::safe(NETWORK, "exchange_token");
const REFRESH_TOKEN: Operation = Operation::safe(NETWORK, "refresh_token");
const READ_ACCOUNT: Operation = Operation::safe(NETWORK, "read_account");
const CREATE_CONTAINER: Operation = Operation::safe(NETWORK, "create_container");
const UPLOAD_BYTES: Operation = Operation::safe(NETWORK, "upload_bytes");
const READ_CONTAINER: Operation = Operation::safe(NETWORK, "read_container");
const PUBLISH: Operation = Operation::commit(NETWORK, "publish");
const READ_QUOTA: Operation = Operation::safe(NETWORK, "read_quota");
const LIST_MEDIA: Operation = Operation::safe(NETWORK, "list_media");
const LIST_STORIES: Operation = Operation::safe(NETWORK, "list_stories");
const READ_MEDIA: Operation = Operation::safe(NETWORK, "read_media");
const COMMENT: Operation = Operation::commit(NETWORK, "comment");
const LIST_COMMENTS: Operation = Operation::safe(NETWORK, "list_comments");
const EDIT_MEDIA: Operation = Operation::safe(NETWORK, "edit_media");
const DELETE_MEDIA: Operation = Operation::safe(NETWORK, "delete_media");

/// Every operation that can be named.
pub const OPERATIONS: &[Operation] = &[
    AUTHORIZE,
    EXCHANGE_CODE,
    EXCHANGE_TOKEN,
    REFRESH_TOKEN,
    READ_ACCOUNT,
    CREATE_CONTAINER,
    UPLOAD_BYTES,
    READ_CONTAINER,
    PUBLISH,
    READ_QUOTA,
    LIST_MEDIA,
    LIST_STORIES,
    READ_MEDIA,
    COMMENT,
    LIST_COMMENTS,
    EDIT_MEDIA,
    DELETE_MEDIA,
];

/// Names the operation of a request.
pub fn operation(head: &Head<'_>) -> Option<Operation> {
    match head.host {
        "www.instagram.com" => return Some(AUTHORIZE),
        "api.instagram.com" => return Some(EXCHANGE_CODE),
        _ => {}
    }
    let (_, segments) = split_version(head.path);
    let first = segments.first().copied().unwrap_or_default();
    let edge = segments.get(1).copied().unwrap_or_default();
    let found = match (head.method, first, edge) {
        (&Method::GET, "access_token", "") => EXCHANGE_TOKEN,
        (&Method::GET, "refresh_access_token", "") => REFRESH_TOKEN,
        (&Method::POST, _, "media") => CREATE_CONTAINER,
        (&Method::POST, _, "media_publish") => PUBLISH,
        (&Method::GET, _, "media") => LIST_MEDIA,
        (&Method::GET, _, "stories") => LIST_STORIES,
        (&Method::GET, _, "content_publishing_limit") => READ_QUOTA,
        (&Method::POST, _, "comments") => COMMENT,
        (&Method::GET, _, "comments") => LIST_COMMENTS,
        (&Method::GET, id, "") if id.starts_with(super::container::PREFIX) => READ_CONTAINER,
        (&Method::GET, id, "") if id.starts_with(super::publish::PREFIX) => READ_MEDIA,
        (&Method::GET, _, "") => READ_ACCOUNT,
        (&Method::POST, _, "") => EDIT_MEDIA,
        (&Method::DELETE, _, "") => DELETE_MEDIA,
        _ => return None,
    };
    Some(found)
}
