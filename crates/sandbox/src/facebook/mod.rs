//! Facebook Pages: dialog, Graph API and upload hosts, after the fact sheet of 2026-11-22 (Graph API v21 to v26).

mod accounts;
mod auth;
mod dialog;
mod edges;
mod figures;
mod operation;
mod photo;
mod pieces;
mod publish;
mod read;
mod seed;
mod story;
mod upload;
mod video;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::Method;
use postrider_core::network::Network;

use crate::meta::{self, Answer, Asked, Refusal, live_token};
use crate::registry::Module;
use crate::world::{Account, State, Token, World};

pub use upload::oauth_header;

const NETWORK: Network = Network::Facebook;

/// Facebook's line in the registry.
pub const MODULE: Module = Module {
    network: NETWORK,
    hosts: &[
        "www.facebook.com",
        "graph.facebook.com",
        "graph-video.facebook.com",
        "rupload.facebook.com",
    ],
    routes,
    seed: seed::seed,
    operation: operation::operation,
    operations: operation::OPERATIONS,
    error,
    errors: meta::ERROR_NAMES,
    figures: figures::figures,
    make_account: seed::make_account,
};

/// Limits as the fact sheet gives them; `tests/figures.rs` lists where they differ from `core::rules`.
pub mod limits {
    /// Characters of a message (§4).
    pub const MESSAGE_CHARS_MAX: usize = 63_206;
    /// Characters of a comment (§4).
    pub const COMMENT_CHARS_MAX: usize = 8_000;
    /// Bytes of a photo (§4).
    pub const PHOTO_BYTES_MAX: u64 = 10 * 1024 * 1024;
    /// Photos in one post (§3.3).
    pub const PHOTOS_MAX: usize = 10;
    /// Shortest and longest reel, milliseconds (§4).
    pub const REEL_MS: std::ops::RangeInclusive<u64> = 3_000..=90_000;
    /// Smallest reel, pixels (§4).
    pub const REEL_PIXELS_MIN: (u32, u32) = (540, 960);
    /// Longest video story, milliseconds (§4).
    pub const STORY_VIDEO_MS_MAX: u64 = 60_000;
    /// Reels per Page in 24 hours (§5).
    pub const REELS_PER_DAY: usize = 30;
    /// Bytes of a video sent in pieces (§4, legacy figure).
    pub const VIDEO_PIECES_BYTES_MAX: u64 = 10_000_000_000;
    /// Bytes of a video in one request (§4, legacy figure).
    pub const VIDEO_BYTES_MAX: u64 = 1024 * 1024 * 1024;
    /// Window of native scheduling, seconds from now (§3.8, the guide's).
    pub const SCHEDULE_S: std::ops::RangeInclusive<i64> = 600..=30 * 86_400;
}

/// What Facebook keeps beyond posts.
#[derive(Default)]
pub(crate) struct Own {
    pub(crate) photos: BTreeMap<String, photo::Photo>,
    pub(crate) videos: BTreeMap<String, video::Video>,
    /// Chunked uploads: session to video.
    pub(crate) sessions: BTreeMap<String, String>,
    /// Resumable uploads of the app: `upload:…`.
    pub(crate) uploads: BTreeMap<String, upload::Handle>,
    /// Page tokens by page, person, app and whether they came of a long user token.
    pub(crate) page_tokens: BTreeMap<(String, String, String, bool), String>,
    /// What each person has allowed each app.
    pub(crate) grants: BTreeMap<(String, String), Grant>,
    /// Start of reels per Page, UTC microseconds.
    pub(crate) reel_starts: BTreeMap<String, Vec<i64>>,
    /// Posts that Facebook itself will publish: when, which.
    pub(crate) due: BTreeSet<(i64, String)>,
}

/// What a person has allowed an app.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grant {
    pub(crate) granted: BTreeSet<String>,
    pub(crate) declined: BTreeSet<String>,
}

fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/graph.facebook.com/{*path}", any(meta::graph))
        .route("/graph-video.facebook.com/{*path}", any(meta::graph))
        .route("/rupload.facebook.com/{kind}/{version}/{id}", any(upload::rupload))
        .route(
            "/www.facebook.com/dialog/oauth",
            axum::routing::get(dialog::open).post(dialog::answer),
        )
        .route(
            "/www.facebook.com/{version}/dialog/oauth",
            axum::routing::get(dialog::open).post(dialog::answer),
        )
}

fn error(name: &str) -> Option<Response> {
    meta::named(name).map(IntoResponse::into_response)
}

/// Answers a request to the Graph API.
///
/// # Errors
/// As Facebook refuses.
pub async fn answer(asked: Asked) -> Answer {
    let method = asked.method.clone();
    let get = method == Method::GET;
    let post = method == Method::POST;
    publish::ripen(&asked);
    match (asked.segment(0), asked.segment(1)) {
        ("oauth", "access_token") => auth::access_token(&asked),
        ("debug_token", _) if get => auth::debug_token(&asked),
        ("me", "") if get => accounts::me(&asked),
        ("me", "accounts") if get => accounts::pages(&asked),
        ("me", "permissions") if get => accounts::permissions(&asked),
        ("me", "businesses") if get => accounts::businesses(&asked),
        (_, "permissions") if method == Method::DELETE => accounts::revoke(&asked),
        (_, "uploads") if post => upload::open(&asked),
        (handle, "") if handle.starts_with("upload:") => upload::handle(asked).await,
        (_, "feed") if post => publish::feed(&asked),
        (_, "photos") if post => photo::photos(&asked).await,
        (_, "videos") if post => video::videos(&asked).await,
        (_, "video_reels") if post => video::reels(&asked),
        (_, "photo_stories") if post => story::photo_story(&asked),
        (_, "video_stories") if post => story::video_story(&asked),
        (_, "stories") if get => read::stories(&asked),
        (_, "published_posts" | "feed" | "posts") if get => read::published_posts(&asked),
        (_, "scheduled_posts") if get => read::scheduled_posts(&asked),
        (_, "comments") if post => edges::comment(&asked),
        (_, "comments") if get => edges::comments(&asked),
        (id, "") if !id.is_empty() && get => read::node(&asked),
        (id, "") if !id.is_empty() && post => publish::change(&asked),
        (id, "") if !id.is_empty() && method == Method::DELETE => edges::delete(&asked),
        _ => Err(Refusal::new(
            400,
            2500,
            format!("Unknown path components: /{}", asked.segments.join("/")),
        )),
    }
}

/// The live token of a request.
pub(crate) fn token_of(asked: &Asked, state: &mut State) -> Result<Token, Refusal> {
    live_token(state, asked.world.clock.now_us(), asked.token.as_deref(), &asked.params)
}

/// The Page that a request acts on, once its token is a Page token of that Page with the permission and the person's task there.
pub(crate) fn page_of(asked: &Asked, state: &mut State, page: &str, scope: &str, task: &str) -> Result<(Account, Token), Refusal> {
    let token = token_of(asked, state)?;
    let account = state
        .account(NETWORK, page)
        .cloned()
        .ok_or_else(|| Refusal::missing(&asked.method, page))?;
    match (token.kind.as_str(), token.account.as_deref()) {
        ("page", Some(own)) if own == page => {}
        ("page", _) => return Err(Refusal::missing(&asked.method, page)),
        _ => {
            return Err(Refusal::new(
                403,
                210,
                "(#210) A page access token is required to request this resource.",
            ));
        }
    }
    let role = account.roles.get(&token.person).ok_or_else(|| Refusal::of("page_role_lost"))?;
    if !token.scopes.contains(scope) {
        return Err(Refusal::of("page_permission_missing").saying(format!("(#200) The permission {scope} has not been granted")));
    }
    if !role.contains(task) {
        return Err(Refusal::of("page_permission_missing").saying(format!("(#200) The user lacks the {task} task on this Page")));
    }
    if account.suspended {
        return Err(Refusal::of("blocked"));
    }
    Ok((account, token))
}

/// The permission and task that publishing needs.
pub(crate) fn publisher_of(asked: &Asked, state: &mut State, page: &str) -> Result<(Account, Token), Refusal> {
    let found = page_of(asked, state, page, "pages_manage_posts", "CREATE_CONTENT")?;
    match found.1.scopes.contains("pages_read_engagement") {
        true => Ok(found),
        false => Err(Refusal::of("page_permission_missing")),
    }
}
