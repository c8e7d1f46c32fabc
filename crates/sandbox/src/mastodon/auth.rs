//! OAuth: the page on which a person agrees, the token, which has no end, and giving it back.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Json, Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::NETWORK;
use super::apps::{self, App};
use super::error::{Answer, Refusal};
use super::rest::{body, holds, text};
use super::servers::Server;
use crate::world::{Code, State, Token, World};

const CODE_US: i64 = 10 * 60 * 1_000_000;
const PAGE: &str = include_str!("authorize.html");

/// What must prove a code, by the code (PKCE).
#[derive(Default)]
struct Challenges(HashMap<String, String>);

/// The OAuth routes.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/oauth/authorize", routing::get(open).post(decide))
        .route("/oauth/token", routing::post(give))
        .route("/oauth/revoke", routing::post(revoke))
        .route("/.well-known/oauth-authorization-server", routing::get(metadata))
}

struct Asked {
    client_id: String,
    app: App,
    redirect_uri: String,
    state: Option<String>,
    scopes: BTreeSet<String>,
    challenge: Option<String>,
}

/// Why somebody is not asked: told on the page, or to the app where it may be trusted.
enum Wrong {
    Page(u16, &'static str),
    Back(String, Option<String>, &'static str, &'static str),
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        match self {
            Wrong::Page(status, message) => {
                let page = format!("<!doctype html><title>Mastodon</title><h1>An error has occurred</h1><p>{message}</p>");
                (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), Html(page)).into_response()
            }
            Wrong::Back(redirect_uri, state, error, description) => back(
                &redirect_uri,
                state.as_deref(),
                &[("error", error), ("error_description", description)],
            ),
        }
    }
}

fn back(redirect_uri: &str, state: Option<&str>, pairs: &[(&str, &str)]) -> Response {
    let Ok(mut address) = url::Url::parse(redirect_uri) else {
        return Wrong::Page(400, "The redirect uri included is not valid.").into_response();
    };
    address.query_pairs_mut().extend_pairs(pairs);
    if let Some(state) = state {
        address.query_pairs_mut().append_pair("state", state);
    }
    (StatusCode::FOUND, [(header::LOCATION, address.to_string())]).into_response()
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// Reads a request for authorisation.
fn asked(state: &mut State, server: &Server, query: &str, now_us: i64) -> Result<Asked, Wrong> {
    let said = pairs(query);
    let told = |name: &str| said.get(name).filter(|text| !text.is_empty()).cloned();
    let client_id = told("client_id").unwrap_or_default();
    let app = apps::known(state, server, &client_id, now_us).ok_or(Wrong::Page(
        401,
        "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.",
    ))?;
    let redirect_uri = told("redirect_uri").unwrap_or_default();
    if !app.redirect_uris.contains(&redirect_uri) {
        return Err(Wrong::Page(400, "The redirect uri included is not valid."));
    }
    let wrong = |error, description| Err(Wrong::Back(redirect_uri.clone(), told("state"), error, description));
    if told("response_type").as_deref() != Some("code") {
        return wrong(
            "unsupported_response_type",
            "The authorization server does not support this response type.",
        );
    }
    let scopes: BTreeSet<String> = told("scope").map_or_else(|| BTreeSet::from(["read".to_owned()]), |all| apps::listed(&all).collect());
    if !scopes.iter().all(|scope| holds(app.scopes.iter(), scope)) {
        return wrong("invalid_scope", "The requested scope is invalid, unknown, or malformed.");
    }
    // Older servers leave the challenge aside.
    let challenge = told("code_challenge").filter(|_| server.is_of_today());
    if challenge.is_some() && told("code_challenge_method").as_deref() != Some("S256") {
        return wrong("invalid_request", "The code_challenge_method must be S256.");
    }
    Ok(Asked {
        client_id,
        app,
        state: told("state"),
        redirect_uri,
        scopes,
        challenge,
    })
}

async fn open(Shared(world): Shared<Arc<World>>, Extension(server): Extension<&'static Server>, RawQuery(query): RawQuery) -> Response {
    let request = query.unwrap_or_default();
    let now_us = world.clock.now_us();
    let asked = match world.with(|state| asked(state, server, &request, now_us)) {
        Ok(asked) => asked,
        Err(wrong) => return wrong.into_response(),
    };
    let accounts: Vec<_> = world.with(|state| {
        let here = state.accounts_of(NETWORK).filter(|account| server.has(account));
        here.map(|account| json!({"id": account.id, "handle": account.handle, "name": account.name}))
            .collect()
    });
    let mut pages = minijinja::Environment::new();
    let drawn = pages.add_template("authorize.html", PAGE).and_then(|()| {
        let page = pages.get_template("authorize.html")?;
        page.render(minijinja::context! {
            app => asked.app.name, host => server.host, scopes => minijinja::value::Serde(asked.scopes),
            accounts => minijinja::value::Serde(accounts), request => request,
        })
    });
    match drawn {
        Ok(page) => Html(page).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn decide(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    RawQuery(query): RawQuery,
    form: String,
) -> Response {
    let form = pairs(&form);
    let request = query.or_else(|| form.get("request").cloned()).unwrap_or_default();
    let now_us = world.clock.now_us();
    let asked = match world.with(|state| asked(state, server, &request, now_us)) {
        Ok(asked) => asked,
        Err(wrong) => return wrong.into_response(),
    };
    let to_app = |pairs: &[(&str, &str)]| back(&asked.redirect_uri, asked.state.as_deref(), pairs);
    if form.get("decision").map(String::as_str) != Some("allow") {
        return to_app(&[
            ("error", "access_denied"),
            (
                "error_description",
                "The resource owner or authorization server denied the request.",
            ),
        ]);
    }
    let chosen = form.get("person").cloned().unwrap_or_default();
    let code = world.with(|state| {
        let account = state.account(NETWORK, &chosen).filter(|account| server.has(account))?;
        let person = account.roles.keys().next().cloned().unwrap_or_default();
        let value = state.secret(43);
        let code = Code {
            value: value.clone(),
            network: NETWORK,
            app: asked.client_id.clone(),
            redirect_uri: asked.redirect_uri.clone(),
            person,
            scopes: asked.scopes.clone(),
            declined: BTreeSet::new(),
            targets: BTreeSet::from([chosen.clone()]),
            expires_us: now_us + CODE_US,
            used: false,
        };
        state.codes.insert(value.clone(), code);
        if let Some(challenge) = asked.challenge.clone() {
            state.own::<Challenges>().0.insert(value.clone(), challenge);
        }
        Some(value)
    });
    match code {
        Some(code) => to_app(&[("code", &code)]),
        None => Wrong::Page(400, "There is no such account on this server.").into_response(),
    }
}

/// The app that a call says it is, by its id and secret.
fn client(state: &mut State, server: &Server, said: &Value, now_us: i64) -> Answer<String> {
    let client_id = text(&said["client_id"]).unwrap_or_default();
    let app = apps::known(state, server, &client_id, now_us).ok_or_else(Refusal::unknown_client)?;
    if text(&said["client_secret"]).as_deref() != Some(&app.secret) {
        return Err(Refusal::unknown_client());
    }
    Ok(client_id)
}

async fn give(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer<Json<Value>> {
    let said = body(&headers, &bytes)?;
    let now_us = world.clock.now_us();
    world.with(|state| {
        let client_id = client(state, server, &said, now_us)?;
        match text(&said["grant_type"]).as_deref() {
            Some("authorization_code") => exchange(state, &client_id, &said, now_us).map(Json),
            _ => Err(Refusal::oauth(
                400,
                "unsupported_grant_type",
                "The authorization grant type is not supported by the authorization server.",
            )),
        }
    })
}

fn exchange(state: &mut State, client_id: &str, said: &Value, now_us: i64) -> Answer<Value> {
    let value = text(&said["code"]).unwrap_or_default();
    let proof = text(&said["code_verifier"]).unwrap_or_default();
    let proven = match state.own::<Challenges>().0.get(&value) {
        Some(challenge) => *challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(proof.as_bytes())),
        None => true,
    };
    let fits = |code: &&mut Code| code.network == NETWORK && code.app == client_id && !code.used && code.expires_us > now_us;
    let code = state.codes.get_mut(&value).filter(fits).ok_or_else(Refusal::bad_grant)?;
    if !proven || text(&said["redirect_uri"]).as_ref() != Some(&code.redirect_uri) {
        return Err(Refusal::bad_grant());
    }
    code.used = true;
    let code = code.clone();
    let value = state.secret(43);
    state.put_token(Token {
        value: value.clone(),
        network: NETWORK,
        kind: "access".to_owned(),
        person: code.person,
        account: code.targets.into_iter().next(),
        app: client_id.to_owned(),
        scopes: code.scopes.clone(),
        targets: BTreeSet::new(),
        issued_us: now_us,
        expires_us: None,
        revoked: None,
        details: Value::Null,
    });
    apps::used(state, client_id);
    let scope: Vec<&str> = code.scopes.iter().map(String::as_str).collect();
    Ok(json!({"access_token": value, "token_type": "Bearer", "scope": scope.join(" "), "created_at": now_us / 1_000_000}))
}

async fn revoke(
    Shared(world): Shared<Arc<World>>,
    Extension(server): Extension<&'static Server>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Answer<Json<Value>> {
    let said = body(&headers, &bytes)?;
    let now_us = world.clock.now_us();
    world.with(|state| {
        let refused = |_: Refusal| Refusal::oauth(403, "unauthorized_client", "You are not authorized to revoke this token");
        let client_id = client(state, server, &said, now_us).map_err(refused)?;
        let token = text(&said["token"]).unwrap_or_default();
        match state.token_mut(&token) {
            Some(token) if token.app != client_id => Err(refused(Refusal::bad_token())),
            Some(token) => {
                token.revoked = Some("revoked".to_owned());
                Ok(Json(json!({})))
            }
            // What is no token needs no taking back (RFC 7009).
            None => Ok(Json(json!({}))),
        }
    })
}

async fn metadata(Extension(server): Extension<&'static Server>) -> Answer<Json<Value>> {
    if !server.is_of_today() {
        return Err(Refusal::not_found());
    }
    let at = |path: &str| format!("https://{}{path}", server.host);
    Ok(Json(json!({
        "issuer": at("/"),
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at("/oauth/token"),
        "revocation_endpoint": at("/oauth/revoke"),
        "app_registration_endpoint": at("/api/v1/apps"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "code_challenge_methods_supported": ["S256"],
    })))
}
