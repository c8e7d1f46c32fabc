//! Who is who: handles, DID documents, profiles, and the public view of posts.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use http::StatusCode;
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::repos::Repos;
use super::xrpc::Params;
use super::{NETWORK, PDS};
use crate::world::{Account, PostState, State, World};

const POSTS_MAX: usize = 25;

/// Identity at a host that speaks XRPC.
pub fn routes(host: &str) -> Router<Arc<World>> {
    let at = |nsid: &str| format!("/{host}/xrpc/{nsid}");
    Router::new()
        .route(&at("com.atproto.identity.resolveHandle"), routing::get(resolve_handle))
        .route(&at("com.atproto.server.describeServer"), routing::get(describe_server))
        .route(&at("app.bsky.actor.getProfile"), routing::get(profile))
        .route(&at("app.bsky.feed.getPosts"), routing::get(posts))
}

/// The directory of DIDs.
pub fn directory(host: &str) -> Router<Arc<World>> {
    Router::new().route(&format!("/{host}/{{did}}"), routing::get(document))
}

/// An account by DID or handle.
pub fn resolve<'a>(state: &'a State, identifier: &str) -> Option<&'a Account> {
    let by_handle = |account: &&Account| account.handle.eq_ignore_ascii_case(identifier);
    state
        .account(NETWORK, identifier)
        .or_else(|| state.accounts_of(NETWORK).find(by_handle))
}

/// The document that tells where an account's server is.
pub fn did_doc(world: &World, account: &Account) -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": account.id,
        "alsoKnownAs": [format!("at://{}", account.handle)],
        "verificationMethod": [],
        "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": world.url(PDS, "")}],
    })
}

async fn document(Shared(world): Shared<Arc<World>>, Path(did): Path<String>) -> Response {
    let account = world.with(|state| state.account(NETWORK, &did).cloned());
    match account {
        Some(account) => Json(did_doc(&world, &account)).into_response(),
        None => (
            StatusCode::NOT_FOUND,
            Json(json!({"message": format!("DID not registered: {did}")})),
        )
            .into_response(),
    }
}

async fn resolve_handle(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery) -> Answer<Json<Value>> {
    let params = Params::read(query.as_deref());
    let handle = params.required("handle")?;
    if !handle.contains('.') || handle.contains(char::is_whitespace) {
        return Err(Refusal::invalid("Error: Params/handle must be a valid handle"));
    }
    let did = world.with(|state| resolve(state, handle).map(|account| account.id.clone()));
    let did = did.ok_or_else(|| Refusal::invalid("Unable to resolve handle"))?;
    Ok(Json(json!({"did": did})))
}

async fn describe_server() -> Json<Value> {
    Json(json!({"did": format!("did:web:{PDS}"), "availableUserDomains": [".bsky.social"], "inviteCodeRequired": false}))
}

async fn profile(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery) -> Answer<Json<Value>> {
    let params = Params::read(query.as_deref());
    let actor = params.required("actor")?;
    world.with(|state| {
        let account = resolve(state, actor).ok_or_else(|| Refusal::invalid("Profile not found"))?;
        if account.suspended {
            return Err(Refusal::bad("AccountTakedown", "Account has been suspended"));
        }
        Ok(Json(json!({
            "did": account.id,
            "handle": account.handle,
            "displayName": account.name,
            "avatar": account.avatar_url,
            "followersCount": account.followers,
            "followsCount": 12,
            "postsCount": state.posts_of(NETWORK, &account.id).count(),
        })))
    })
}

async fn posts(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery) -> Answer<Json<Value>> {
    let params = Params::read(query.as_deref());
    let uris: Vec<&str> = params.all("uris").collect();
    match uris.len() {
        0 => return Err(Refusal::invalid("Params must have the property \"uris\"")),
        count if count > POSTS_MAX => {
            return Err(Refusal::invalid(format!(
                "Params/uris must not have more than {POSTS_MAX} elements"
            )));
        }
        _ => {}
    }
    let until_us = world.listed_until_us();
    let views = world.with(|state| uris.iter().filter_map(|uri| view(state, uri, until_us)).collect::<Vec<_>>());
    Ok(Json(json!({"posts": views})))
}

fn view(state: &mut State, uri: &str, until_us: i64) -> Option<Value> {
    let post = state
        .post(NETWORK, uri)
        .filter(|post| post.state == PostState::Published && post.created_us <= until_us)?
        .clone();
    let author = state.account(NETWORK, &post.account).filter(|account| !account.suspended)?.clone();
    let replies = state.accounts_of(NETWORK).flat_map(|account| state.posts_of(NETWORK, &account.id));
    let replies = replies.filter(|other| other.parent.as_deref() == Some(uri)).count();
    let rkey = uri.rsplit('/').next().unwrap_or_default();
    let record = state.own::<Repos>().record(&post.account, super::record::POST, rkey).cloned()?;
    Some(json!({
        "uri": uri,
        "cid": record.cid,
        "author": {"did": author.id, "handle": author.handle, "displayName": author.name, "avatar": author.avatar_url},
        "record": record.value,
        "replyCount": replies,
        "repostCount": 0,
        "likeCount": 0,
        "quoteCount": 0,
        "indexedAt": crate::clock::iso_ms(post.created_us),
    }))
}
