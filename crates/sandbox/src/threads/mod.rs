//! Threads profiles, after the fact sheet of 2026-11-22.

mod auth;
mod container;
mod dialog;
mod errors;
mod figures;
mod media_rules;
mod operation;
mod publish;
mod read;
mod seed;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Extension, Json, Router};
use http::{Method, Request};
use postrider_core::network::Network;

pub use operation::operation;

use crate::meta::{Answer, Asked, Refusal, live_token};
use crate::passage::Call;
use crate::registry::Module;
use crate::world::{Account, State, Token, World};

const NETWORK: Network = Network::Threads;
/// The one version of the API (§Base).
const VERSION: u32 = 1;

/// Threads' line in the registry.
pub const MODULE: Module = Module {
    network: NETWORK,
    hosts: &[
        "threads.com",
        "threads.net",
        "www.threads.com",
        "www.threads.net",
        "graph.threads.net",
        "graph.threads.com",
    ],
    routes,
    seed: seed::seed,
    operation,
    operations: operation::OPERATIONS,
    error,
    errors: errors::NAMES,
    figures: figures::figures,
    make_account: seed::make_account,
};

/// Limits as the fact sheet gives them; `tests/figures.rs` lists where they differ from `core::rules`.
pub mod limits {
    /// Characters of a text, of which an emoji counts its bytes (§3).
    pub const TEXT_MAX: usize = 500;
    /// Characters of a description (§3).
    pub const ALT_CHARS_MAX: usize = 1_000;
    /// Items of a carousel (§3).
    pub const CHILDREN: std::ops::RangeInclusive<usize> = 2..=20;
    /// Different addresses in a post (§3).
    pub const LINKS_MAX: usize = 5;
    /// Characters of a topic (§3).
    pub const TOPIC_CHARS: std::ops::RangeInclusive<usize> = 1..=50;
    /// Characters of one option of a poll (§3).
    pub const OPTION_CHARS: std::ops::RangeInclusive<usize> = 1..=25;
    /// Characters of an attached text (§3).
    pub const ATTACHED_CHARS_MAX: usize = 10_000;
    /// Bytes of an image (§4).
    pub const IMAGE_BYTES_MAX: u64 = 8 * 1024 * 1024;
    /// Width over height of an image (§4).
    pub const IMAGE_ASPECT: std::ops::RangeInclusive<f64> = 0.1..=10.0;
    /// Bytes of a video (§4).
    pub const VIDEO_BYTES_MAX: u64 = 1024 * 1024 * 1024;
    /// Length of a video, milliseconds (§4).
    pub const VIDEO_MS_MAX: u64 = 300_000;
    /// Width over height of a video (§4).
    pub const VIDEO_ASPECT: std::ops::RangeInclusive<f64> = 0.01..=10.0;
    /// Posts of a profile in 24 hours (§5).
    pub const POSTS_PER_DAY: u64 = 250;
    /// Answers of a profile in 24 hours (§5).
    pub const REPLIES_PER_DAY: u64 = 1_000;
    /// Deletions of a profile in 24 hours (§5).
    pub const DELETES_PER_DAY: u64 = 100;
    /// How long a container lives, microseconds (§3).
    pub const CONTAINER_US: i64 = 24 * 3_600 * 1_000_000;
}

/// What Threads keeps beyond posts.
#[derive(Default)]
pub(crate) struct Own {
    pub(crate) containers: BTreeMap<String, container::Container>,
    /// When posts were deleted, per profile, UTC microseconds.
    pub(crate) deleted: BTreeMap<String, Vec<i64>>,
}

fn routes() -> Router<Arc<World>> {
    let page = || get(dialog::open).post(dialog::answer);
    Router::new()
        .route("/threads.com/oauth/authorize", page())
        .route("/threads.net/oauth/authorize", page())
        .route("/www.threads.com/oauth/authorize", page())
        .route("/www.threads.net/oauth/authorize", page())
        .route("/graph.threads.net/{*path}", any(graph))
        .route("/graph.threads.com/{*path}", any(graph))
}

fn error(name: &str) -> Option<Response> {
    errors::named(name).map(IntoResponse::into_response)
}

/// Reads a request to the API and has it answered.
async fn graph(Shared(world): Shared<Arc<World>>, Extension(call): Extension<Call>, request: Request<Body>) -> Response {
    let bare = crate::passage::split_host(request.uri().path()).1 == "/oauth/access_token";
    let asked = match Asked::read(world, call, request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal.into_response(),
    };
    if bare {
        return auth::access_token(&asked);
    }
    match answer(&asked).await {
        Ok(value) => Json(value).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn answer(asked: &Asked) -> Answer {
    let get = asked.method == Method::GET;
    let post = asked.method == Method::POST;
    match (asked.segment(0), asked.segment(1)) {
        ("access_token", "") if get => return auth::exchange_token(asked),
        ("refresh_access_token", "") if get => return auth::refresh(asked),
        _ => {}
    }
    if asked.version != VERSION {
        return Err(unknown_path(asked));
    }
    match (asked.segment(0), asked.segment(1)) {
        ("debug_token", "") if get => auth::debug_token(asked),
        (_, "threads") if post => container::create(asked).await,
        (_, "threads_publish") if post => publish::publish(asked),
        (_, "threads_publishing_limit") if get => publish::quota(asked),
        (_, "threads") if get => read::posts(asked),
        (_, "replies") if get => read::replies(asked),
        (_, "conversation") if get => read::conversation(asked),
        (id, "") if !id.is_empty() && get => read::node(asked),
        (id, "") if !id.is_empty() && asked.method == Method::DELETE => publish::delete(asked),
        _ => Err(unknown_path(asked)),
    }
}

fn unknown_path(asked: &Asked) -> Refusal {
    Refusal::new(400, 2500, format!("Unknown path components: /{}", asked.segments.join("/")))
}

/// The token of a request, alive and of Threads.
pub(crate) fn token_of(asked: &Asked, state: &mut State) -> Result<Token, Refusal> {
    let token = live_token(state, asked.world.clock.now_us(), asked.token.as_deref(), &asked.params)?;
    if token.network == NETWORK {
        Ok(token)
    } else {
        Err(Refusal::of("token_invalid"))
    }
}

/// Refuses a token that lacks a permission.
pub(crate) fn need(token: &Token, scope: &str) -> Result<(), Refusal> {
    if token.scopes.contains(scope) {
        return Ok(());
    }
    Err(Refusal::of("permission_missing").saying(format!("(#10) Application does not have permission for this action: {scope}")))
}

/// The profile `id` (or `me`) if it is the token's own, which must have the permissions.
pub(crate) fn actor(asked: &Asked, state: &mut State, id: &str, scopes: &[&str]) -> Result<(Account, Token), Refusal> {
    let token = token_of(asked, state)?;
    let own = token.account.clone().unwrap_or_default();
    let account = state.account(NETWORK, &own).filter(|_| id == "me" || id == own).cloned();
    let account = account.ok_or_else(|| Refusal::missing(&asked.method, id))?;
    need(&token, "threads_basic")?;
    for scope in scopes {
        need(&token, scope)?;
    }
    if account.suspended {
        return Err(errors::of("user_restricted"));
    }
    Ok((account, token))
}
