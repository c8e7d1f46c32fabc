//! Which operation a request asks for: the names used in the log and in faults.

use http::Method;

use super::NETWORK;
use crate::meta::{Params, split_version};
use crate::registry::{Head, Operation};

const AUTHORIZE: Operation = Operation::safe(NETWORK, "authorize");
const EXCHANGE_CODE: Operation = Operation::safe(NETWORK, "exchange_code");
const EXCHANGE_TOKEN: Operation = Operation::safe(NETWORK, "exchange_token");
const REFRESH_TOKEN: Operation = Operation::safe(NETWORK, "refresh_token");
const DEBUG_TOKEN: Operation = Operation::safe(NETWORK, "debug_token");
const READ_PROFILE: Operation = Operation::safe(NETWORK, "read_profile");
const CREATE_CONTAINER: Operation = Operation::safe(NETWORK, "create_container");
const CREATE_AND_PUBLISH: Operation = Operation::commit(NETWORK, "publish_text_at_once");
const READ_CONTAINER: Operation = Operation::safe(NETWORK, "read_container");
const PUBLISH: Operation = Operation::commit(NETWORK, "publish");
const READ_QUOTA: Operation = Operation::safe(NETWORK, "read_quota");
const LIST_POSTS: Operation = Operation::safe(NETWORK, "list_posts");
const LIST_REPLIES: Operation = Operation::safe(NETWORK, "list_replies");
const READ_MEDIA: Operation = Operation::safe(NETWORK, "read_media");
const DELETE_MEDIA: Operation = Operation::safe(NETWORK, "delete_media");

/// Every operation that can be named.
pub const OPERATIONS: &[Operation] = &[
    AUTHORIZE,
    EXCHANGE_CODE,
    EXCHANGE_TOKEN,
    REFRESH_TOKEN,
    DEBUG_TOKEN,
    READ_PROFILE,
    CREATE_CONTAINER,
    CREATE_AND_PUBLISH,
    READ_CONTAINER,
    PUBLISH,
    READ_QUOTA,
    LIST_POSTS,
    LIST_REPLIES,
    READ_MEDIA,
    DELETE_MEDIA,
];

/// Names the operation of a request.
pub fn operation(head: &Head<'_>) -> Option<Operation> {
    if !head.host.starts_with("graph.") {
        return Some(AUTHORIZE);
    }
    let (_, segments) = split_version(head.path);
    let first = segments.first().copied().unwrap_or_default();
    let edge = segments.get(1).copied().unwrap_or_default();
    let found = match (head.method, first, edge) {
        (_, "oauth", "access_token") => EXCHANGE_CODE,
        (&Method::GET, "access_token", "") => EXCHANGE_TOKEN,
        (&Method::GET, "refresh_access_token", "") => REFRESH_TOKEN,
        (&Method::GET, "debug_token", "") => DEBUG_TOKEN,
        (&Method::POST, _, "threads") => {
            let params = Params::peek(head.query, head.content_type, head.body);
            match params.flag("auto_publish_text", false) {
                Ok(true) => CREATE_AND_PUBLISH,
                _ => CREATE_CONTAINER,
            }
        }
        (&Method::POST, _, "threads_publish") => PUBLISH,
        (&Method::GET, _, "threads_publishing_limit") => READ_QUOTA,
        (&Method::GET, _, "threads") => LIST_POSTS,
        (&Method::GET, _, "replies" | "conversation") => LIST_REPLIES,
        (&Method::GET, id, "") if id.starts_with(super::container::PREFIX) => READ_CONTAINER,
        (&Method::GET, id, "") if id.starts_with(super::publish::PREFIX) => READ_MEDIA,
        (&Method::GET, _, "") => READ_PROFILE,
        (&Method::DELETE, _, "") => DELETE_MEDIA,
        _ => return None,
    };
    Some(found)
}
