//! TikTok: videos that come part by part, pictures that it fetches, work that is asked after, posts that everybody sees later, drafts in an
//! inbox, tokens that are renewed every day.
//!
//! An app whose client key begins with `unaudited` has no audit: it posts for the account alone, and for private accounts only. An address
//! whose host begins with `unverified` is not the app's own. Not modelled: webhooks, TikTok's own sandbox, true numbers of posts.

mod auth;
mod content;
mod error;
mod figures;
pub mod limits;
mod list;
mod people;
mod publish;
mod rest;
mod seed;
mod tasks;
mod uploads;

use std::sync::Arc;

use axum::Router;
use http::Method;
use postrider_core::network::Network;

use crate::registry::{Head, Module, Operation};
use crate::world::World;

const NETWORK: Network = Network::Tiktok;
const SITE: &str = "www.tiktok.com";
const API: &str = "open.tiktokapis.com";
const UPLOADS: &str = "open-upload.tiktokapis.com";

const fn safe(name: &'static str) -> Operation {
    Operation::safe(NETWORK, name)
}

const fn commit(name: &'static str) -> Operation {
    Operation::commit(NETWORK, name)
}

/// Every operation. Of an upload the last part is what publishes.
const OPERATIONS: &[Operation] = &[
    safe("authorize"),
    safe("token"),
    safe("revoke"),
    safe("user_info"),
    safe("creator_info"),
    safe("video_init"),
    safe("inbox_video_init"),
    commit("pull_video"),
    commit("post_photos"),
    safe("upload_part"),
    commit("upload_last_part"),
    safe("status"),
    safe("list_videos"),
    safe("query_videos"),
];

/// TikTok in the registry.
pub const MODULE: Module = Module {
    network: NETWORK,
    hosts: &[SITE, API, UPLOADS],
    routes,
    seed: seed::seed,
    operation,
    operations: OPERATIONS,
    error: error::named,
    errors: error::NAMES,
    figures: figures::figures,
    make_account: seed::make_account,
};

/// Whether TikTok has not audited an app, by its client key.
fn is_unaudited(app: &str) -> bool {
    app.starts_with("unaudited")
}

/// A path of the API as axum knows it, with the slash at its end.
fn at(path: &str) -> String {
    format!("/{API}/v2/{path}/")
}

fn routes() -> Router<Arc<World>> {
    auth::routes()
        .merge(people::routes())
        .merge(publish::routes())
        .merge(uploads::routes())
        .merge(list::routes())
}

fn name(head: &Head<'_>) -> Option<&'static str> {
    let post = head.method == Method::POST;
    if head.host == UPLOADS {
        let ends = uploads::range_of(head.content_range).is_some_and(|(_, last, total)| last + 1 == total);
        return Some(if ends { "upload_last_part" } else { "upload_part" });
    }
    let pulls = || String::from_utf8_lossy(head.body).contains("PULL_FROM_URL");
    Some(match (head.host, head.path) {
        (SITE, "/v2/auth/authorize/") => "authorize",
        (API, "/v2/user/info/") => "user_info",
        (API, _) if !post => return None,
        (API, "/v2/oauth/token/") => "token",
        (API, "/v2/oauth/revoke/") => "revoke",
        (API, "/v2/post/publish/creator_info/query/") => "creator_info",
        (API, "/v2/post/publish/video/init/" | "/v2/post/publish/inbox/video/init/") if pulls() => "pull_video",
        (API, "/v2/post/publish/video/init/") => "video_init",
        (API, "/v2/post/publish/inbox/video/init/") => "inbox_video_init",
        (API, "/v2/post/publish/content/init/") => "post_photos",
        (API, "/v2/post/publish/status/fetch/") => "status",
        (API, "/v2/video/list/") => "list_videos",
        (API, "/v2/video/query/") => "query_videos",
        _ => return None,
    })
}

fn operation(head: &Head<'_>) -> Option<Operation> {
    let name = name(head)?;
    OPERATIONS.iter().find(|operation| operation.name == name).copied()
}
