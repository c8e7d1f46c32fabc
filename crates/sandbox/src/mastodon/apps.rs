//! Apps: registered on each server by whoever asks.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::State as Shared;
use axum::{Extension, Json, Router, routing};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::NETWORK;
use super::error::{Answer, Refusal};
use super::rest::{body, text};
use super::servers::Server;
use crate::world::{State, Token, World};

/// How long an old server keeps an app that never got a token, microseconds.
const KEPT_US: i64 = 24 * 3_600 * 1_000_000;

/// Every scope that an app may register for; those above hold those below.
const SCOPES: &[&str] = &[
    "profile",
    "read",
    "read:accounts",
    "read:statuses",
    "read:notifications",
    "write",
    "write:statuses",
    "write:media",
    "write:accounts",
    "follow",
    "push",
];

/// An app.
#[derive(Debug, Clone)]
pub struct App {
    /// What it calls itself.
    pub name: String,
    /// Its secret.
    pub secret: String,
    /// The addresses that people may be sent back to.
    pub redirect_uris: Vec<String>,
    /// What it may ask for.
    pub scopes: BTreeSet<String>,
    /// Whether it ever got a token.
    pub has_token: bool,
    host: &'static str,
    made_us: i64,
}

/// Every app by its client id.
#[derive(Default)]
struct Apps(HashMap<String, App>);

/// The routes of apps.
pub fn routes() -> Router<Arc<World>> {
    Router::new().route("/api/v1/apps", routing::post(register))
}

/// Splits what is said with blanks or line breaks between.
pub fn listed(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split_whitespace().map(str::to_owned)
}

fn redirect_uris(said: &Value) -> Vec<String> {
    match said {
        Value::Array(items) => items.iter().filter_map(text).collect(),
        other => text(other).map(|all| listed(&all).collect()).unwrap_or_default(),
    }
}

/// Whether people can be sent there: an absolute address without a fragment.
fn is_usable(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|url| url.fragment().is_none())
}

async fn register(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer<Json<Value>> {
    let said = body(&headers, &bytes)?;
    let name = text(&said["client_name"]).unwrap_or_default();
    let addresses = redirect_uris(&said["redirect_uris"]);
    let scopes: BTreeSet<String> = text(&said["scopes"]).map_or_else(|| BTreeSet::from(["read".to_owned()]), |all| listed(&all).collect());
    if name.trim().is_empty() {
        return Err(Refusal::invalid("Application name can't be blank"));
    }
    if addresses.is_empty() || !addresses.iter().all(|address| is_usable(address)) {
        return Err(Refusal::invalid("Redirect URI must be an absolute URI."));
    }
    if !scopes.iter().all(|scope| SCOPES.contains(&scope.as_str())) {
        return Err(Refusal::invalid("Scopes doesn't match configured on the server."));
    }
    let now_us = world.clock.now_us();
    Ok(Json(world.with(|state| {
        let (id, client_id, secret) = (state.number("", 1), state.secret(43), state.secret(43));
        let app = App {
            name: name.clone(),
            secret: secret.clone(),
            redirect_uris: addresses.clone(),
            scopes: scopes.clone(),
            has_token: false,
            host: server.host,
            made_us: now_us,
        };
        state.own::<Apps>().0.insert(client_id.clone(), app);
        // Among what was given out, so that whoever looks for secrets knows it.
        state.put_token(Token {
            value: secret.clone(),
            network: NETWORK,
            kind: "app".to_owned(),
            person: String::new(),
            account: None,
            app: client_id.clone(),
            scopes: scopes.clone(),
            targets: BTreeSet::new(),
            issued_us: now_us,
            expires_us: None,
            revoked: None,
            details: Value::Null,
        });
        let mut told = json!({
            "id": id, "name": name, "website": said["website"], "client_id": client_id, "client_secret": secret,
            "redirect_uri": addresses.join("\n"), "vapid_key": "BCk-QqERU0q-CfYZjcuB6lnyyOYfJ2AifKqfeGIm7Z-HiTU5T9eTG5GxVA0_OH5mMlI4UkkDTpaZwozy0TzdZ2M=",
        });
        if server.is_of_today() {
            told["redirect_uris"] = addresses.into();
            told["scopes"] = scopes.into_iter().collect::<Vec<_>>().into();
            told["client_secret_expires_at"] = 0.into();
        }
        told
    })))
}

/// An app that a server knows. An old server has forgotten one that never got a token.
pub fn known(state: &mut State, server: &Server, client_id: &str, now_us: i64) -> Option<App> {
    let app = state.own::<Apps>().0.get(client_id)?;
    let forgotten = !server.is_of_today() && !app.has_token && now_us >= app.made_us + KEPT_US;
    (app.host == server.host && !forgotten).then(|| app.clone())
}

/// Notes that an app got a token.
pub fn used(state: &mut State, client_id: &str) {
    if let Some(app) = state.own::<Apps>().0.get_mut(client_id) {
        app.has_token = true;
    }
}
