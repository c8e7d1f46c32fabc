//! Accounts by network, and one account's posts.

use std::sync::Arc;

use axum::extract::{Path, Query, State as Shared};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use postrider_core::network::Network;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::draw;
use crate::registry::MODULES;
use crate::world::{Account, Post, PostState, World};

/// How many posts a page shows.
const SHOWN_MAX: usize = 200;

#[derive(Serialize)]
struct Card {
    network: &'static str,
    id: String,
    name: String,
    handle: String,
    kind: String,
    avatar_url: String,
    followers: u64,
    suspended: bool,
    posts: usize,
}

fn card(account: &Account, posts: usize) -> Card {
    Card {
        network: account.network.key(),
        id: account.id.clone(),
        name: account.name.clone(),
        handle: account.handle.clone(),
        kind: account.kind.replace('_', " "),
        avatar_url: format!("/_sandbox/avatar/{}/{}.png", account.network, account.id),
        followers: account.followers,
        suspended: account.suspended,
        posts,
    }
}

/// `GET /`.
pub async fn home(Shared(world): Shared<Arc<World>>) -> Response {
    let networks: Vec<_> = world.with(|state| {
        let of_network = |network: Network| {
            let cards: Vec<_> = state
                .accounts_of(network)
                .map(|account| card(account, state.posts_of(network, &account.id).count()))
                .collect();
            json!({"name": network.name(), "key": network.key(), "accounts": cards})
        };
        MODULES.iter().map(|module| of_network(module.network)).collect()
    });
    draw("home.html", json!({"networks": networks}))
}

/// Whose eyes look at the account.
#[derive(Deserialize)]
pub struct Eyes {
    #[serde(rename = "as")]
    who: Option<String>,
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    post: &'a Post,
    when: String,
    pending: bool,
    kept: Vec<bool>,
}

/// `GET /accounts/{network}/{id}`.
pub async fn account(
    Shared(world): Shared<Arc<World>>,
    Path((network, id)): Path<(Network, String)>,
    Query(eyes): Query<Eyes>,
) -> Response {
    let owner = eyes.who.as_deref() == Some("owner");
    let now_us = world.clock.now_us();
    let found = world.with(|state| {
        let account = state.account(network, &id)?;
        let public = |post: &&Post| post.state == PostState::Published && post.created_us <= now_us;
        let posts: Vec<Post> = state
            .posts_of(network, &id)
            .rev()
            .filter(|post| owner || public(post))
            .take(SHOWN_MAX)
            .cloned()
            .collect();
        Some((card(account, state.posts_of(network, &id).count()), posts))
    });
    let Some((card, posts)) = found else {
        return (StatusCode::NOT_FOUND, "there is no such account").into_response();
    };
    let shown: Vec<_> = posts
        .iter()
        .map(|post| Shown {
            post,
            when: when(post.created_us),
            pending: post.created_us > now_us,
            kept: post.media.iter().map(|media| world.media.get(&media.sha256).is_some()).collect(),
        })
        .collect();
    draw(
        "account.html",
        json!({"account": card, "network_name": network.name(), "posts": shown, "owner": owner}),
    )
}

fn when(at_us: i64) -> String {
    jiff::Timestamp::from_microsecond(at_us).map_or_else(|_| String::new(), |at| at.strftime("%-d %b %Y, %H:%M:%S UTC").to_string())
}
