//! YouTube: uploads that are taken up again, videos that only their channel sees until somebody says otherwise, work that may end badly,
//! quotas of a whole project until midnight in California, and Google's consent with boxes to untick.
//!
//! An app is known by its client id: one that begins with `unaudited` has every video locked as private, one that begins with `testing` has
//! access for seven days, and of one that begins with `partial` a piece of an upload is kept only in part. Not modelled: analytics,
//! captions, playlists other than that of uploads, uploads in one call.

mod auth;
mod channels;
mod comments;
mod content;
mod error;
mod figures;
pub mod limits;
mod playlist;
mod publish;
mod quota;
mod rest;
mod seed;
mod sessions;
mod thumbnails;
mod video;

use std::sync::Arc;

use axum::Router;
use http::Method;
use postrider_core::network::Network;

pub use auth::PRODUCT;

use crate::google::{self, ACCOUNTS, TOKENS};
use crate::registry::{Head, Module, Operation};
use crate::world::World;

const NETWORK: Network = Network::Youtube;
const API: &str = "www.googleapis.com";

const fn safe(name: &'static str) -> Operation {
    Operation::safe(NETWORK, name)
}

const fn commit(name: &'static str) -> Operation {
    Operation::commit(NETWORK, name)
}

/// Every operation.
const OPERATIONS: &[Operation] = &[
    safe("authorize"),
    safe("token"),
    safe("revoke"),
    safe("channels"),
    safe("open_session"),
    safe("upload"),
    safe("upload_status"),
    safe("list_videos"),
    commit("update_video"),
    safe("delete_video"),
    safe("playlist_items"),
    commit("insert_comment"),
    safe("list_comments"),
    safe("set_thumbnail"),
];

/// YouTube in the registry.
pub const MODULE: Module = Module {
    network: NETWORK,
    hosts: &[ACCOUNTS, TOKENS, API],
    routes,
    seed: seed::seed,
    operation,
    operations: OPERATIONS,
    error: error::named,
    errors: error::NAMES,
    figures: figures::figures,
    make_account: seed::make_account,
};

/// Whether YouTube has not audited a project, by its client id.
fn is_unaudited(app: &str) -> bool {
    app.starts_with("unaudited")
}

/// Whether of the pieces of an app's uploads only a part is kept.
fn is_kept_in_part(app: &str) -> bool {
    app.starts_with("partial")
}

/// A path of the API as axum knows it.
fn at(path: &str) -> String {
    format!("/{API}/youtube/v3/{path}")
}

/// A path of the API that takes bytes.
fn upload_at(path: &str) -> String {
    format!("/{API}/upload/youtube/v3/{path}")
}

fn routes() -> Router<Arc<World>> {
    google::routes()
        .merge(channels::routes())
        .merge(sessions::routes())
        .merge(publish::routes())
        .merge(playlist::routes())
        .merge(comments::routes())
        .merge(thumbnails::routes())
}

fn name(head: &Head<'_>) -> Option<&'static str> {
    let asks = head.content_range.starts_with("bytes */");
    Some(match (head.host, head.path, head.method) {
        (API, "/youtube/v3/channels", &Method::GET) => "channels",
        (API, "/upload/youtube/v3/videos", &Method::POST) => "open_session",
        (API, "/upload/youtube/v3/videos", &Method::PUT) if asks => "upload_status",
        (API, "/upload/youtube/v3/videos", &Method::PUT) => "upload",
        (API, "/upload/youtube/v3/thumbnails/set", &Method::POST) => "set_thumbnail",
        (API, "/youtube/v3/videos", &Method::GET) => "list_videos",
        (API, "/youtube/v3/videos", &Method::PUT) => "update_video",
        (API, "/youtube/v3/videos", &Method::DELETE) => "delete_video",
        (API, "/youtube/v3/playlistItems", &Method::GET) => "playlist_items",
        (API, "/youtube/v3/commentThreads", &Method::POST) => "insert_comment",
        (API, "/youtube/v3/commentThreads", &Method::GET) => "list_comments",
        _ => return None,
    })
}

fn operation(head: &Head<'_>) -> Option<Operation> {
    if head.host != API {
        return google::operation(head);
    }
    let name = name(head)?;
    OPERATIONS.iter().find(|operation| operation.name == name).copied()
}
