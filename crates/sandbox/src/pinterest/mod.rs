//! Pinterest: boards, Pins of pictures that it fetches, videos by way of its storage, tokens that roll.
//!
//! An app whose client id begins with `trial` has trial access: what it makes is visible to its creator only, and its calls are counted by
//! the day. Not modelled: product Pins and the closed betas, the anti-spam bounds that Pinterest does not publish, true numbers of Pins.

mod analytics;
mod auth;
mod boards;
mod content;
mod error;
mod figures;
pub mod limits;
mod media;
mod publish;
mod rest;
mod seed;

use std::sync::Arc;

use axum::Router;
use http::Method;
use postrider_core::network::Network;

use crate::registry::{Head, Module, Operation};
use crate::world::World;

const NETWORK: Network = Network::Pinterest;
const SITE: &str = "www.pinterest.com";
const API: &str = "api.pinterest.com";
const STORAGE: &str = "pinterest-media-upload.s3-accelerate.amazonaws.com";

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
    safe("user_account"),
    safe("list_boards"),
    safe("create_board"),
    safe("get_board"),
    safe("list_board_pins"),
    safe("list_sections"),
    safe("create_section"),
    safe("register_media"),
    safe("upload_media"),
    safe("get_media"),
    commit("create_pin"),
    commit("save_pin"),
    safe("list_pins"),
    safe("get_pin"),
    safe("update_pin"),
    safe("delete_pin"),
    safe("pin_analytics"),
];

/// Pinterest in the registry.
pub const MODULE: Module = Module {
    network: NETWORK,
    hosts: &[SITE, API, STORAGE],
    routes,
    seed: seed::seed,
    operation,
    operations: OPERATIONS,
    error: error::named,
    errors: error::NAMES,
    figures: figures::figures,
    make_account: seed::make_account,
};

/// Whether an app has trial access only, by its client id.
fn is_trial(app: &str) -> bool {
    app.starts_with("trial")
}

/// A path of the API as axum knows it.
fn at(path: &str) -> String {
    format!("/{API}/v5/{path}")
}

fn routes() -> Router<Arc<World>> {
    auth::routes()
        .merge(boards::routes())
        .merge(media::routes())
        .merge(publish::routes())
        .merge(analytics::routes())
}

fn name(head: &Head<'_>) -> Option<&'static str> {
    let (get, post) = (head.method == Method::GET, head.method == Method::POST);
    if head.host == STORAGE {
        return post.then_some("upload_media");
    }
    if head.host == SITE {
        return head.path.starts_with("/oauth").then_some("authorize");
    }
    let segments: Vec<&str> = head.path.strip_prefix("/v5/")?.split('/').collect();
    Some(match segments.as_slice() {
        ["oauth", "token"] if post => "token",
        ["oauth", "token", "revoke"] if post => "revoke",
        ["user_account"] if get => "user_account",
        ["boards"] if get => "list_boards",
        ["boards"] if post => "create_board",
        ["boards", _] if get => "get_board",
        ["boards", _, "pins"] if get => "list_board_pins",
        ["boards", _, "sections"] if get => "list_sections",
        ["boards", _, "sections"] if post => "create_section",
        ["media"] if post => "register_media",
        ["media", _] if get => "get_media",
        ["pins"] if post => "create_pin",
        ["pins"] if get => "list_pins",
        ["pins", _, "save"] if post => "save_pin",
        ["pins", _, "analytics"] if get => "pin_analytics",
        ["pins", _] if get => "get_pin",
        ["pins", _] if head.method == Method::PATCH => "update_pin",
        ["pins", _] if head.method == Method::DELETE => "delete_pin",
        _ => return None,
    })
}

fn operation(head: &Head<'_>) -> Option<Operation> {
    let name = name(head)?;
    OPERATIONS.iter().find(|operation| operation.name == name).copied()
}
