//! LinkedIn: profiles and Pages, two kinds of app, uploads, posts, comments.
//!
//! Not modelled: the daily counters of calls (429 comes by fault), edits of anything but commentary, numbers of posts.

mod assets;
mod auth;
mod comments;
mod content;
mod error;
mod figures;
pub mod limits;
mod little_text;
mod members;
mod publish;
mod rest;
mod seed;
mod uploads;

use std::sync::Arc;

use axum::Router;
use http::{HeaderMap, Method};
use postrider_core::network::Network;
use serde_json::Value;

use crate::registry::{Head, Module, Operation};
use crate::world::World;

const NETWORK: Network = Network::Linkedin;
const SITE: &str = "www.linkedin.com";
const API: &str = "api.linkedin.com";

const fn safe(name: &'static str) -> Operation {
    Operation::safe(NETWORK, name)
}

const fn commit(name: &'static str) -> Operation {
    Operation::commit(NETWORK, name)
}

/// Every operation.
const OPERATIONS: &[Operation] = &[
    safe("authorize"),
    safe("access_token"),
    safe("introspect"),
    safe("userinfo"),
    safe("me"),
    safe("organization_acls"),
    safe("organization"),
    safe("initialize_image"),
    safe("initialize_document"),
    safe("initialize_video"),
    safe("finalize_video"),
    safe("upload_image"),
    safe("upload_document"),
    safe("upload_video_part"),
    safe("get_image"),
    safe("get_document"),
    safe("get_video"),
    commit("create_post"),
    safe("find_posts"),
    safe("get_post"),
    safe("update_post"),
    safe("delete_post"),
    commit("create_comment"),
    safe("list_comments"),
];

/// LinkedIn in the registry.
pub const MODULE: Module = Module {
    network: NETWORK,
    hosts: &[SITE, API],
    routes,
    seed: seed::seed,
    operation,
    operations: OPERATIONS,
    error: error::named,
    errors: error::NAMES,
    figures: figures::figures,
    make_account: seed::make_account,
};

fn routes() -> Router<Arc<World>> {
    auth::routes()
        .merge(members::routes())
        .merge(uploads::routes())
        .merge(publish::routes())
        .merge(comments::routes())
}

/// The JSON body of a call.
///
/// # Errors
/// 415 for another content type, 400 for anything that is no object.
fn body(headers: &HeaderMap, bytes: &[u8]) -> error::Answer<Value> {
    let kind = rest::header_text(headers, "content-type");
    if !kind.starts_with("application/json") {
        return Err(error::Refusal::coded(
            415,
            None,
            "UNSUPPORTED_MEDIA_TYPE",
            format!("Content-Type `{kind}` is not supported"),
        ));
    }
    let value: Option<Value> = serde_json::from_slice(bytes).ok();
    value
        .filter(Value::is_object)
        .ok_or_else(|| error::Refusal::coded(400, None, "ILLEGAL_ARGUMENT", "Cannot parse request entity"))
}

fn name(head: &Head<'_>) -> Option<&'static str> {
    let segments: Vec<&str> = head.path.trim_start_matches('/').split('/').collect();
    let (get, post) = (head.method == Method::GET, head.method == Method::POST);
    let finalizes = head.query.contains("action=finalizeUpload");
    Some(match segments.as_slice() {
        ["oauth", "v2", "authorization"] => "authorize",
        ["oauth", "v2", "accessToken"] if post => "access_token",
        ["oauth", "v2", "introspectToken"] if post => "introspect",
        ["dms-uploads", _, "image", _] => "upload_image",
        ["dms-uploads", _, "document", _] => "upload_document",
        ["dms-uploads", _, "video", _] => "upload_video_part",
        ["v2", "userinfo"] if get => "userinfo",
        ["v2", "me"] if get => "me",
        ["v2" | "rest", "organizations", ..] if get => "organization",
        ["rest", "organizationAcls"] if get => "organization_acls",
        ["rest", "images"] if post => "initialize_image",
        ["rest", "documents"] if post => "initialize_document",
        ["rest", "videos"] if post && finalizes => "finalize_video",
        ["rest", "videos"] if post => "initialize_video",
        ["rest", "images", _] if get => "get_image",
        ["rest", "documents", _] if get => "get_document",
        ["rest", "videos", _] if get => "get_video",
        ["rest", "posts"] if post => "create_post",
        ["rest", "posts"] if get => "find_posts",
        ["rest", "posts", _] if get => "get_post",
        ["rest", "posts", _] if post => "update_post",
        ["rest", "posts", _] if head.method == Method::DELETE => "delete_post",
        ["rest", "socialActions", _, "comments"] if post => "create_comment",
        ["rest", "socialActions", _, "comments"] if get => "list_comments",
        _ => return None,
    })
}

fn operation(head: &Head<'_>) -> Option<Operation> {
    let name = name(head)?;
    OPERATIONS.iter().find(|operation| operation.name == name).copied()
}
