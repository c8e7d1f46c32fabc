//! Google Business Profile: locations of several accounts, of which some have no say, and posts that Google looks over before it shows them.
//!
//! An app is known by its client id: one that begins with `unapproved` is allowed no calls, one that begins with `disabled` has the API of
//! posts switched off. Not modelled: analytics, reviews, media beside posts, repeating events.

mod auth;
mod content;
mod error;
mod figures;
pub mod limits;
mod locations;
mod post;
mod publish;
mod quota;
mod rest;
mod seed;

use std::sync::Arc;

use axum::Router;
use http::Method;
use postrider_core::network::Network;

pub use auth::PRODUCT;

use crate::registry::{Head, Module, Operation};
use crate::world::World;

const NETWORK: Network = Network::GoogleBusiness;
const PERSON: &str = "openidconnect.googleapis.com";
const ACCOUNTS: &str = "mybusinessaccountmanagement.googleapis.com";
const INFORMATION: &str = "mybusinessbusinessinformation.googleapis.com";
const VERIFICATIONS: &str = "mybusinessverifications.googleapis.com";
const POSTS: &str = "mybusiness.googleapis.com";

const fn safe(name: &'static str) -> Operation {
    Operation::safe(NETWORK, name)
}

const fn commit(name: &'static str) -> Operation {
    Operation::commit(NETWORK, name)
}

/// Every operation; the first three are of Google's sign-in.
const OPERATIONS: &[Operation] = &[
    safe("authorize"),
    safe("token"),
    safe("revoke"),
    safe("userinfo"),
    safe("list_accounts"),
    safe("list_locations"),
    safe("read_location"),
    safe("voice"),
    commit("create_post"),
    safe("list_posts"),
    safe("read_post"),
    commit("update_post"),
    safe("delete_post"),
];

/// Business Profile in the registry.
pub const MODULE: Module = Module {
    network: NETWORK,
    hosts: &[PERSON, ACCOUNTS, INFORMATION, VERIFICATIONS, POSTS],
    routes,
    seed: seed::seed,
    operation,
    operations: OPERATIONS,
    error: error::named,
    errors: error::NAMES,
    figures: figures::figures,
    make_account: seed::make_account,
};

/// Whether Google has not approved a project, by its client id.
fn is_unapproved(app: &str) -> bool {
    app.starts_with("unapproved")
}

/// Whether a project has the API of posts switched off.
fn is_disabled(app: &str) -> bool {
    app.starts_with("disabled")
}

fn routes() -> Router<Arc<World>> {
    auth::routes().merge(locations::routes()).merge(publish::routes())
}

fn name(head: &Head<'_>) -> Option<&'static str> {
    let parts: Vec<&str> = head.path.split('/').skip(1).collect();
    Some(match (head.host, parts.as_slice(), head.method) {
        (PERSON, ["v1", "userinfo"], _) => "userinfo",
        (ACCOUNTS, ["v1", "accounts"], &Method::GET) => "list_accounts",
        (INFORMATION, ["v1", "accounts", _, "locations"], &Method::GET) => "list_locations",
        (INFORMATION, ["v1", "locations", _], &Method::GET) => "read_location",
        (VERIFICATIONS, ["v1", "locations", _, "VoiceOfMerchantState"], &Method::GET) => "voice",
        (POSTS, ["v4", "accounts", _, "locations", _, "localPosts"], &Method::POST) => "create_post",
        (POSTS, ["v4", "accounts", _, "locations", _, "localPosts"], &Method::GET) => "list_posts",
        (POSTS, ["v4", "accounts", _, "locations", _, "localPosts", _], &Method::GET) => "read_post",
        (POSTS, ["v4", "accounts", _, "locations", _, "localPosts", _], &Method::PATCH) => "update_post",
        (POSTS, ["v4", "accounts", _, "locations", _, "localPosts", _], &Method::DELETE) => "delete_post",
        _ => return None,
    })
}

fn operation(head: &Head<'_>) -> Option<Operation> {
    let name = name(head)?;
    OPERATIONS.iter().find(|operation| operation.name == name).copied()
}
