//! Bluesky: the entryway, a personal data server behind it, the video service, the directory of DIDs and the public view.
//!
//! Accounts sign in by app password, or by OAuth as the profile of the AT Protocol has it. Identifiers are real: a blob's and a record's
//! CID equal those of a real server. Not modelled: the 3000 requests per 5 minutes and address, `applyWrites`, the multipart video upload.

mod auth;
mod blobs;
mod cid;
mod clients;
pub mod dpop;
mod error;
mod figures;
mod identity;
pub mod limits;
mod oauth;
mod points;
mod publish;
mod record;
mod repos;
mod seed;
mod sessions;
mod video;
mod xrpc;

use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse;
use http::{Method, StatusCode};
use postrider_core::network::Network;

use crate::registry::{Head, Module, Operation};
use crate::world::World;

const NETWORK: Network = Network::Bluesky;
const ENTRYWAY: &str = "bsky.social";
const PDS: &str = "morel.us-east.host.bsky.network";
const VIDEO: &str = "video.bsky.app";
const DIRECTORY: &str = "plc.directory";
const APPVIEW: &str = "public.api.bsky.app";

const fn safe(name: &'static str) -> Operation {
    Operation::safe(NETWORK, name)
}

const fn commit(name: &'static str) -> Operation {
    Operation::commit(NETWORK, name)
}

/// Method of the lexicon, HTTP method, operation.
const METHODS: &[(&str, Method, Operation)] = &[
    ("com.atproto.server.createSession", Method::POST, safe("create_session")),
    ("com.atproto.server.refreshSession", Method::POST, safe("refresh_session")),
    ("com.atproto.server.getSession", Method::GET, safe("get_session")),
    ("com.atproto.server.deleteSession", Method::POST, safe("delete_session")),
    ("com.atproto.server.getServiceAuth", Method::GET, safe("get_service_auth")),
    ("com.atproto.server.describeServer", Method::GET, safe("describe_server")),
    ("com.atproto.identity.resolveHandle", Method::GET, safe("resolve_handle")),
    ("com.atproto.repo.uploadBlob", Method::POST, safe("upload_blob")),
    ("com.atproto.repo.putRecord", Method::POST, commit("put_record")),
    ("com.atproto.repo.createRecord", Method::POST, commit("create_record")),
    ("com.atproto.repo.deleteRecord", Method::POST, safe("delete_record")),
    ("com.atproto.repo.getRecord", Method::GET, safe("get_record")),
    ("com.atproto.repo.listRecords", Method::GET, safe("list_records")),
    ("app.bsky.actor.getProfile", Method::GET, safe("get_profile")),
    ("app.bsky.feed.getPosts", Method::GET, safe("get_posts")),
    ("app.bsky.video.uploadVideo", Method::POST, safe("upload_video")),
    ("app.bsky.video.getJobStatus", Method::GET, safe("get_job_status")),
    ("app.bsky.video.getUploadLimits", Method::GET, safe("get_upload_limits")),
];

const RESOLVE_DID: Operation = safe("resolve_did");

/// Path beside XRPC, HTTP method, operation.
const PATHS: &[(&str, Method, Operation)] = &[
    ("/.well-known/oauth-protected-resource", Method::GET, safe("protected_resource")),
    ("/.well-known/oauth-authorization-server", Method::GET, safe("authorization_server")),
    ("/oauth/par", Method::POST, safe("par")),
    ("/oauth/token", Method::POST, safe("token")),
    ("/oauth/revoke", Method::POST, safe("revoke")),
];

const OPERATIONS: &[Operation] = &{
    let mut list = [RESOLVE_DID; METHODS.len() + PATHS.len() + 1];
    let mut index = 0;
    while index < METHODS.len() {
        list[index] = METHODS[index].2;
        index += 1;
    }
    while index < METHODS.len() + PATHS.len() {
        list[index] = PATHS[index - METHODS.len()].2;
        index += 1;
    }
    list
};

/// Bluesky in the registry.
pub const MODULE: Module = Module {
    network: NETWORK,
    hosts: &[ENTRYWAY, PDS, VIDEO, DIRECTORY, APPVIEW],
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
    let mut router = Router::new();
    // The entryway passes on what belongs to the account's own server.
    for host in [ENTRYWAY, PDS] {
        router = router
            .merge(auth::routes(host))
            .merge(publish::routes(host))
            .merge(blobs::routes(host));
    }
    for host in [ENTRYWAY, PDS, APPVIEW] {
        router = router.merge(identity::routes(host));
    }
    router = router.merge(oauth::routes());
    router = router.merge(video::routes(VIDEO)).merge(identity::directory(DIRECTORY));
    for host in [ENTRYWAY, PDS, APPVIEW, VIDEO] {
        router = router.route(&format!("/{host}/xrpc/{{nsid}}"), axum::routing::any(unknown_method));
    }
    router.method_not_allowed_fallback(wrong_method)
}

async fn unknown_method() -> impl IntoResponse {
    error::Refusal::new(StatusCode::NOT_IMPLEMENTED, "MethodNotImplemented", "Method Not Implemented")
}

async fn wrong_method(method: Method) -> impl IntoResponse {
    let expected = if method == Method::GET { "POST" } else { "GET" };
    error::Refusal::invalid(format!("Incorrect HTTP method ({method}) expected {expected}"))
}

fn operation(head: &Head<'_>) -> Option<Operation> {
    if head.host == DIRECTORY {
        return Some(RESOLVE_DID);
    }
    let (list, name) = match head.path.strip_prefix("/xrpc/") {
        Some(nsid) => (METHODS, nsid),
        None => (PATHS, head.path),
    };
    list.iter()
        .find(|(known, method, _)| *known == name && head.method == method)
        .map(|(.., operation)| *operation)
}
