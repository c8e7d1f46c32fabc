//! Mastodon: two servers that share nothing, each with its own apps, accounts, limits and age.
//!
//! A key for a repeat is stored after the post, as the real server does (mastodon/mastodon: app/services/post_status_service.rb), so that
//! two calls in one breath make two posts. A scheduled post goes out when its server is next asked for anything. Not modelled: federation,
//! boosts, quotes, editing, streaming, moderation beyond an account that is switched off.

mod accounts;
mod apps;
mod auth;
mod error;
mod figures;
mod keys;
pub mod limits;
mod media;
mod polls;
mod publish;
mod read;
mod rest;
mod scheduled;
mod seed;
mod servers;
mod words;

use std::sync::Arc;

use axum::{Extension, Router};
use http::Method;
use postrider_core::network::Network;

use crate::registry::{Head, Module, Operation};
use crate::world::World;

const NETWORK: Network = Network::Mastodon;

const fn safe(name: &'static str) -> Operation {
    Operation::safe(NETWORK, name)
}

const fn commit(name: &'static str) -> Operation {
    Operation::commit(NETWORK, name)
}

/// Every operation.
const OPERATIONS: &[Operation] = &[
    safe("metadata"),
    safe("register_app"),
    safe("authorize"),
    safe("token"),
    safe("revoke"),
    safe("instance"),
    safe("verify_credentials"),
    safe("list_statuses"),
    safe("upload_media"),
    safe("get_media"),
    safe("update_media"),
    safe("delete_media"),
    commit("create_status"),
    safe("get_status"),
    safe("get_source"),
    safe("delete_status"),
    safe("list_scheduled"),
    safe("get_scheduled"),
    safe("move_scheduled"),
    safe("delete_scheduled"),
];

/// Mastodon in the registry.
pub const MODULE: Module = Module {
    network: NETWORK,
    hosts: servers::HOSTS,
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
    servers::ALL.iter().fold(Router::new(), |router, server| {
        let of_server = Router::new()
            .merge(apps::routes())
            .merge(auth::routes())
            .merge(accounts::routes(server))
            .merge(media::routes(server))
            .merge(publish::routes())
            .merge(read::routes())
            .merge(scheduled::routes())
            .layer(Extension(server));
        router.nest(&format!("/{}", server.host), of_server)
    })
}

fn name(head: &Head<'_>) -> Option<&'static str> {
    let (get, post) = (head.method == Method::GET, head.method == Method::POST);
    let (put, delete) = (head.method == Method::PUT, head.method == Method::DELETE);
    let segments: Vec<&str> = head.path.trim_start_matches('/').split('/').collect();
    Some(match segments.as_slice() {
        [".well-known", "oauth-authorization-server"] if get => "metadata",
        ["oauth", "authorize"] => "authorize",
        ["oauth", "token"] if post => "token",
        ["oauth", "revoke"] if post => "revoke",
        ["api", "v1", "apps"] if post => "register_app",
        ["api", "v1" | "v2", "instance"] if get => "instance",
        ["api", "v1", "accounts", "verify_credentials"] if get => "verify_credentials",
        ["api", "v1", "accounts", _, "statuses"] if get => "list_statuses",
        ["api", "v2", "media"] if post => "upload_media",
        ["api", "v1", "media", _] if get => "get_media",
        ["api", "v1", "media", _] if put => "update_media",
        ["api", "v1", "media", _] if delete => "delete_media",
        ["api", "v1", "statuses"] if post => "create_status",
        ["api", "v1", "statuses", _] if get => "get_status",
        ["api", "v1", "statuses", _, "source"] if get => "get_source",
        ["api", "v1", "statuses", _] if delete => "delete_status",
        ["api", "v1", "scheduled_statuses"] if get => "list_scheduled",
        ["api", "v1", "scheduled_statuses", _] if get => "get_scheduled",
        ["api", "v1", "scheduled_statuses", _] if put => "move_scheduled",
        ["api", "v1", "scheduled_statuses", _] if delete => "delete_scheduled",
        _ => return None,
    })
}

fn operation(head: &Head<'_>) -> Option<Operation> {
    let name = name(head)?;
    OPERATIONS.iter().find(|operation| operation.name == name).copied()
}
