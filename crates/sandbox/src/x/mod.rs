//! X: one account per sign-in, tokens that roll, files in segments, posts that answer each other, and a filter for repeats.
//!
//! An app whose client id begins with `public` has no secret, one that begins with `readonly` may not write, and one that begins with `broke`
//! has no credits. Not modelled: quotes (enterprise apps alone may), communities, edits, subtitles, numbers, Premium's longer posts.

mod auth;
mod content;
mod error;
mod figures;
pub mod limits;
mod media;
mod publish;
mod read;
mod rest;
mod seed;
mod words;

use std::sync::Arc;

use axum::Router;
use http::Method;
use postrider_core::network::Network;

use crate::registry::{Head, Module, Operation};
use crate::world::World;

const NETWORK: Network = Network::X;
const SITE: &str = "x.com";
const API: &str = "api.x.com";

const fn safe(name: &'static str) -> Operation {
    Operation::safe(NETWORK, name)
}

/// Every operation.
const OPERATIONS: &[Operation] = &[
    safe("authorize"),
    safe("token"),
    safe("revoke"),
    safe("me"),
    safe("initialize_media"),
    safe("append_media"),
    safe("finalize_media"),
    safe("media_status"),
    safe("upload_media"),
    safe("media_metadata"),
    Operation::commit(NETWORK, "create_post"),
    safe("delete_post"),
    safe("get_post"),
    safe("get_posts"),
    safe("user_posts"),
];

/// X in the registry.
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

/// A path of the API as axum knows it.
fn at(path: &str) -> String {
    format!("/{API}/2/{path}")
}

fn routes() -> Router<Arc<World>> {
    auth::routes().merge(media::routes()).merge(publish::routes()).merge(read::routes())
}

fn name(head: &Head<'_>) -> Option<&'static str> {
    let (get, post) = (head.method == Method::GET, head.method == Method::POST);
    if head.host == SITE {
        return head.path.starts_with("/i/oauth2/authorize").then_some("authorize");
    }
    let segments: Vec<&str> = head.path.strip_prefix("/2/")?.split('/').collect();
    Some(match segments.as_slice() {
        ["oauth2", "token"] if post => "token",
        ["oauth2", "revoke"] if post => "revoke",
        ["users", "me"] if get => "me",
        ["users", _, "tweets"] if get => "user_posts",
        ["media", "upload", "initialize"] if post => "initialize_media",
        ["media", "upload", _, "append"] if post => "append_media",
        ["media", "upload", _, "finalize"] if post => "finalize_media",
        ["media", "upload"] if get => "media_status",
        ["media", "upload"] if post => "upload_media",
        ["media", "metadata"] if post => "media_metadata",
        ["tweets"] if post => "create_post",
        ["tweets"] if get => "get_posts",
        ["tweets", _] if get => "get_post",
        ["tweets", _] if head.method == Method::DELETE => "delete_post",
        _ => return None,
    })
}

fn operation(head: &Head<'_>) -> Option<Operation> {
    let name = name(head)?;
    OPERATIONS.iter().find(|operation| operation.name == name).copied()
}
