//! Instagram professional accounts through both logins, after the fact sheet of 2026-11-22.

mod auth;
mod container;
mod dialog;
mod figures;
mod media_rules;
mod operation;
mod publish;
mod read;
mod seed;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http::{Method, Request};
use postrider_core::network::Network;
use serde_json::Value;

pub use operation::operation;

use crate::meta::{self, Answer, Asked, Refusal, UploadRefusal, live_token};
use crate::passage::Call;
use crate::registry::Module;
use crate::world::{Account, State, Token, World};

const NETWORK: Network = Network::Instagram;

/// Instagram's line in the registry.
pub const MODULE: Module = Module {
    network: NETWORK,
    hosts: &["www.instagram.com", "api.instagram.com", "graph.instagram.com"],
    routes,
    seed: seed::seed,
    operation,
    operations: operation::OPERATIONS,
    error,
    errors: meta::ERROR_NAMES,
    figures: figures::figures,
    make_account: seed::make_account,
};

/// Limits as the fact sheet gives them; `tests/figures.rs` lists where they differ from `core::rules`.
pub mod limits {
    /// Characters of a caption (§3.1).
    pub const CAPTION_CHARS_MAX: usize = 2_200;
    /// Hashtags in a caption (§3.1).
    pub const HASHTAGS_MAX: usize = 30;
    /// Mentions in a caption (§3.1).
    pub const MENTIONS_MAX: usize = 20;
    /// Characters of an image's description (§3.1).
    pub const ALT_CHARS_MAX: usize = 1_000;
    /// Items of a carousel (§3.1).
    pub const CHILDREN: std::ops::RangeInclusive<usize> = 2..=10;
    /// Other accounts invited to share a post (§3.1).
    pub const COLLABORATORS_MAX: usize = 3;
    /// Bytes of an image (§4).
    pub const IMAGE_BYTES_MAX: u64 = 8 * 1024 * 1024;
    /// Width over height of a feed image (§4).
    pub const IMAGE_ASPECT: std::ops::RangeInclusive<f64> = 0.8..=1.91;
    /// Bytes of a reel (§4).
    pub const REEL_BYTES_MAX: u64 = 300 * 1024 * 1024;
    /// Bytes of a video story (§4).
    pub const STORY_BYTES_MAX: u64 = 100 * 1024 * 1024;
    /// Length of a reel, milliseconds (§4).
    pub const REEL_MS: std::ops::RangeInclusive<u64> = 3_000..=15 * 60_000;
    /// Length of a video story or carousel video, milliseconds (§4).
    pub const SHORT_VIDEO_MS: std::ops::RangeInclusive<u64> = 3_000..=60_000;
    /// Containers per account in 24 hours (§3).
    pub const CONTAINERS_PER_DAY: usize = 400;
    /// Posts per account in 24 hours (§5, the guide's).
    pub const POSTS_PER_DAY: u64 = 100;
    /// How long a container lives, microseconds (§3).
    pub const CONTAINER_US: i64 = 24 * 3_600 * 1_000_000;
}

/// What Instagram keeps beyond posts.
#[derive(Default)]
pub(crate) struct Own {
    pub(crate) containers: BTreeMap<String, container::Container>,
    /// When containers were made, per account, UTC microseconds.
    pub(crate) made: BTreeMap<String, Vec<i64>>,
}

fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/graph.instagram.com/{*path}", any(meta::graph))
        .route("/www.instagram.com/oauth/authorize", get(dialog::open).post(dialog::answer))
        .route("/api.instagram.com/oauth/access_token", post(auth::exchange_code))
}

fn error(name: &str) -> Option<Response> {
    meta::named(name).map(IntoResponse::into_response)
}

/// Takes bytes for a container at the upload host.
///
/// # Errors
/// As the upload host refuses.
pub async fn upload(world: &Arc<World>, id: &str, call: &Call, request: Request<Body>) -> Result<Value, UploadRefusal> {
    container::receive(world, id, call, request).await
}

/// Answers a request to the Graph API.
///
/// # Errors
/// As Instagram refuses.
pub async fn answer(asked: Asked) -> Answer {
    let get = asked.method == Method::GET;
    let post = asked.method == Method::POST;
    match (asked.segment(0), asked.segment(1)) {
        ("access_token", "") if get => auth::exchange_token(&asked),
        ("refresh_access_token", "") if get => auth::refresh(&asked),
        (_, "media") if post => container::create(&asked).await,
        (_, "media_publish") if post => publish::publish(&asked),
        (_, "media") if get => read::media_list(&asked),
        (_, "stories") if get => read::stories(&asked),
        (_, "content_publishing_limit") if get => publish::quota(&asked),
        (_, "comments") if post => publish::comment(&asked),
        (_, "comments") if get => read::comments(&asked),
        (id, "") if !id.is_empty() && get => read::node(&asked),
        (id, "") if !id.is_empty() && post => publish::change(&asked),
        (id, "") if !id.is_empty() && asked.method == Method::DELETE => publish::delete(&asked),
        _ => Err(Refusal::new(
            400,
            2500,
            format!("Unknown path components: /{}", asked.segments.join("/")),
        )),
    }
}

/// A permission by its name in either login.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope {
    Basic,
    Publish,
    Comments,
}

impl Scope {
    fn name(self, facebook_login: bool) -> &'static str {
        match (self, facebook_login) {
            (Scope::Basic, true) => "instagram_basic",
            (Scope::Publish, true) => "instagram_content_publish",
            (Scope::Comments, true) => "instagram_manage_comments",
            (Scope::Basic, false) => "instagram_business_basic",
            (Scope::Publish, false) => "instagram_business_content_publish",
            (Scope::Comments, false) => "instagram_business_manage_comments",
        }
    }
}

/// The token of a request, alive and of this host's login.
pub(crate) fn token_of(asked: &Asked, state: &mut State) -> Result<Token, Refusal> {
    let token = live_token(state, asked.world.clock.now_us(), asked.token.as_deref(), &asked.params)?;
    let expected = if asked.host == "graph.instagram.com" {
        NETWORK
    } else {
        Network::Facebook
    };
    if token.network == expected {
        Ok(token)
    } else {
        Err(Refusal::of("token_invalid"))
    }
}

/// Whether a token may act for an account at all, and with which tasks.
fn reaches(state: &State, token: &Token, id: &str) -> bool {
    if token.network == NETWORK {
        return token.account.as_deref() == Some(id);
    }
    let task = |tasks: &std::collections::BTreeSet<String>| tasks.contains("CREATE_CONTENT") || tasks.contains("MANAGE");
    let may = |page: &Account| {
        let ticked = token.targets.is_empty() || token.targets.contains(&page.id);
        ticked && page.linked.as_deref() == Some(id) && page.roles.get(&token.person).is_some_and(task)
    };
    match token.account.as_deref().filter(|_| token.kind == "page") {
        Some(page) => state.account(Network::Facebook, page).is_some_and(may),
        None => state.accounts_of(Network::Facebook).any(may),
    }
}

/// The account `id` (or `me`) once the token may act for it with the permission.
pub(crate) fn actor(asked: &Asked, state: &mut State, id: &str, scope: Scope) -> Result<(Account, Token), Refusal> {
    let token = token_of(asked, state)?;
    let id = if id == "me" {
        token.account.clone().unwrap_or_default()
    } else {
        id.to_owned()
    };
    let account = state.account(NETWORK, &id).filter(|_| reaches(state, &token, &id)).cloned();
    let account = account.ok_or_else(|| Refusal::missing(&asked.method, &id))?;
    let needed = scope.name(token.network == Network::Facebook);
    if !token.scopes.contains(needed) {
        return Err(Refusal::of("permission_missing").saying(format!("(#10) Requires {needed} permission to manage the object")));
    }
    if account.suspended {
        return Err(Refusal::of("account_restricted"));
    }
    Ok((account, token))
}
