//! OAuth 2.0 with PKCE: the page that asks, tokens that roll, and taking them back. Apps need no registration.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::{Html, IntoResponse, Response};
use axum::{Json, Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::{Answer, Refusal};
use super::limits::{ACCESS_S, CODE_S, REFRESH_S, STATE_CHARS_MAX};
use super::rest::{header_text, params};
use super::{NETWORK, SITE, at};
use crate::world::{Code, State, Token, World};

const PAGE: &str = include_str!("authorize.html");

const SCOPES: &[&str] = &[
    "tweet.read",
    "tweet.write",
    "tweet.moderate.write",
    "users.read",
    "users.email",
    "media.write",
    "offline.access",
    "follows.read",
    "like.read",
    "list.read",
    "bookmark.read",
];

/// What the twin keeps of apps and codes: each app's secret as first used, each code's challenge and how it was made.
#[derive(Default)]
struct Own {
    secrets: HashMap<String, String>,
    challenges: HashMap<String, (String, String)>,
}

/// The OAuth routes.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&format!("/{SITE}/i/oauth2/authorize"), routing::get(open).post(decide))
        .route(&at("oauth2/token"), routing::post(give))
        .route(&at("oauth2/revoke"), routing::post(revoke))
}

struct Asked {
    app: String,
    redirect_uri: String,
    state: String,
    scopes: BTreeSet<String>,
    challenge: String,
    method: String,
}

fn wrong(message: &str) -> Response {
    let page = format!(
        "<!doctype html><title>X</title><h1>Something went wrong</h1><p>You weren’t able to give access to the App. Go back and try again. ({message})</p>"
    );
    (StatusCode::BAD_REQUEST, Html(page)).into_response()
}

fn back(asked: &Asked, name: &str, value: &str) -> Response {
    let Ok(mut address) = url::Url::parse(&asked.redirect_uri) else {
        return wrong("redirect_uri");
    };
    address
        .query_pairs_mut()
        .append_pair("state", &asked.state)
        .append_pair(name, value);
    (StatusCode::FOUND, [(header::LOCATION, address.to_string())]).into_response()
}

/// Reads a request for authorisation; the name of what is wrong with it is told.
fn asked(query: &str) -> Result<Asked, &'static str> {
    let pairs = params(Some(query));
    let text = |name: &str| pairs.get(name).cloned().unwrap_or_default();
    let asked = Asked {
        app: text("client_id"),
        redirect_uri: text("redirect_uri"),
        state: text("state"),
        scopes: text("scope").split_whitespace().map(str::to_owned).collect(),
        challenge: text("code_challenge"),
        method: text("code_challenge_method"),
    };
    let redirect_ok = url::Url::parse(&asked.redirect_uri).is_ok_and(|url| url.fragment().is_none());
    let checks = [
        (text("response_type") == "code", "response_type"),
        (!asked.app.is_empty(), "client_id"),
        (redirect_ok, "redirect_uri"),
        (!asked.state.is_empty() && asked.state.chars().count() <= STATE_CHARS_MAX, "state"),
        (!asked.challenge.is_empty(), "code_challenge"),
        (matches!(asked.method.as_str(), "S256" | "plain"), "code_challenge_method"),
        (
            !asked.scopes.is_empty() && asked.scopes.iter().all(|scope| SCOPES.contains(&scope.as_str())),
            "scope",
        ),
    ];
    match checks.iter().find(|(holds, _)| !holds) {
        Some((_, name)) => Err(name),
        None => Ok(asked),
    }
}

async fn open(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery) -> Response {
    let request = query.unwrap_or_default();
    let asked = match asked(&request) {
        Ok(asked) => asked,
        Err(name) => return wrong(name),
    };
    let accounts: Vec<_> = world.with(|state| {
        let accounts = state.accounts_of(NETWORK);
        accounts
            .map(|account| json!({"id": account.id, "name": account.name, "handle": account.handle}))
            .collect()
    });
    let mut pages = minijinja::Environment::new();
    let drawn = pages.add_template("authorize.html", PAGE).and_then(|()| {
        let page = pages.get_template("authorize.html")?;
        page.render(minijinja::context! { app => asked.app, scopes => minijinja::value::Serde(asked.scopes), accounts => minijinja::value::Serde(accounts), request => request })
    });
    match drawn {
        Ok(page) => Html(page).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn decide(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, body: String) -> Response {
    let form = params(Some(&body));
    let request = query.or_else(|| form.get("request").cloned()).unwrap_or_default();
    let asked = match asked(&request) {
        Ok(asked) => asked,
        Err(name) => return wrong(name),
    };
    if form.get("decision").map(String::as_str) != Some("allow") {
        return back(&asked, "error", "access_denied");
    }
    let id = form.get("person").cloned().unwrap_or_default();
    let now_us = world.clock.now_us();
    let code = world.with(|state| {
        let person = state.account(NETWORK, &id)?.roles.keys().next().cloned()?;
        let value = state.secret(60);
        let code = Code {
            value: value.clone(),
            network: NETWORK,
            app: asked.app.clone(),
            redirect_uri: asked.redirect_uri.clone(),
            person,
            scopes: asked.scopes.clone(),
            declined: BTreeSet::new(),
            targets: BTreeSet::from([id]),
            expires_us: now_us + CODE_S * 1_000_000,
            used: false,
        };
        state.codes.insert(value.clone(), code);
        let challenge = (asked.challenge.clone(), asked.method.clone());
        state.own::<Own>().challenges.insert(value.clone(), challenge);
        Some(value)
    });
    match code {
        Some(code) => back(&asked, "code", &code),
        None => wrong("There is no such account"),
    }
}

/// The app of a token call: it says who it is by Basic, or by its id alone if it has no secret.
fn client(state: &mut State, headers: &HeaderMap, form: &BTreeMap<String, String>) -> Answer<String> {
    let basic = header_text(headers, header::AUTHORIZATION.as_str()).strip_prefix("Basic ");
    let Some(encoded) = basic else {
        let named = form.get("client_id").filter(|app| app.starts_with("public"));
        return named.cloned().ok_or_else(Refusal::app);
    };
    let plain = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((app, secret)) = plain.as_deref().and_then(|plain| plain.split_once(':')) else {
        return Err(Refusal::app());
    };
    if app.is_empty() || secret.is_empty() {
        return Err(Refusal::app());
    }
    let secrets = &mut state.own::<Own>().secrets;
    let first = secrets.entry(app.to_owned()).or_insert_with(|| secret.to_owned());
    if first == secret { Ok(app.to_owned()) } else { Err(Refusal::app()) }
}

fn form(headers: &HeaderMap, body: &str) -> Answer<BTreeMap<String, String>> {
    if header_text(headers, "content-type").starts_with("application/x-www-form-urlencoded") {
        return Ok(params(Some(body)));
    }
    Err(Refusal::oauth(400, "invalid_request", "The body must be a form."))
}

async fn give(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: String) -> Answer<Json<Value>> {
    let form = form(&headers, &body)?;
    let now_us = world.clock.now_us();
    world
        .with(|state| {
            let app = client(state, &headers, &form)?;
            match form.get("grant_type").map(String::as_str) {
                Some("authorization_code") => exchange(state, &app, &form, now_us),
                Some("refresh_token") => refresh(state, &app, &form, now_us),
                _ => Err(Refusal::oauth(400, "unsupported_grant_type", "grant_type")),
            }
        })
        .map(Json)
}

fn verified(challenge: &(String, String), verifier: &str) -> bool {
    let (challenge, method) = challenge;
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let shaped = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
    shaped
        && match method.as_str() {
            "S256" => *challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
            _ => challenge == verifier,
        }
}

fn exchange(state: &mut State, app: &str, form: &BTreeMap<String, String>, now_us: i64) -> Answer<Value> {
    let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let challenge = state.own::<Own>().challenges.get(text("code")).cloned().unwrap_or_default();
    let code = state.codes.get_mut(text("code"));
    let fits = |code: &&mut Code| code.network == NETWORK && code.app == app && !code.used && code.expires_us > now_us;
    let code = code.filter(fits).ok_or_else(Refusal::grant)?;
    if text("redirect_uri") != code.redirect_uri || !verified(&challenge, text("code_verifier")) {
        return Err(Refusal::grant());
    }
    code.used = true;
    let (person, scopes) = (code.person.clone(), code.scopes.clone());
    let account = code.targets.first().cloned().unwrap_or_default();
    Ok(granted(state, app, (&person, &account), &scopes, now_us))
}

/// A refresh token is good for one renewal, which brings the next one.
fn refresh(state: &mut State, app: &str, form: &BTreeMap<String, String>, now_us: i64) -> Answer<Value> {
    let secret = form.get("refresh_token").map(String::as_str).unwrap_or_default();
    let lives = |token: &Token| {
        token.network == NETWORK
            && token.kind == "refresh"
            && token.app == app
            && token.revoked.is_none()
            && token.expires_us.is_none_or(|end| end > now_us)
    };
    let old = state
        .token(secret)
        .filter(|token| lives(token))
        .cloned()
        .ok_or_else(Refusal::grant)?;
    if let Some(token) = state.token_mut(secret) {
        token.revoked = Some("used".to_owned());
    }
    let account = old.account.clone().unwrap_or_default();
    Ok(granted(state, app, (&old.person, &account), &old.scopes, now_us))
}

fn granted(state: &mut State, app: &str, (person, account): (&str, &str), scopes: &BTreeSet<String>, now_us: i64) -> Value {
    let mut made = |kind: &str, lasts_s: i64| {
        let value = state.secret(91);
        state.put_token(Token {
            value: value.clone(),
            network: NETWORK,
            kind: kind.to_owned(),
            person: person.to_owned(),
            account: Some(account.to_owned()),
            app: app.to_owned(),
            scopes: scopes.clone(),
            targets: BTreeSet::new(),
            issued_us: now_us,
            expires_us: Some(now_us + lasts_s * 1_000_000),
            revoked: None,
            details: Value::Null,
        });
        value
    };
    let mut answer = json!({
        "token_type": "bearer",
        "expires_in": ACCESS_S,
        "access_token": made("access", ACCESS_S),
        "scope": scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
    });
    if scopes.contains("offline.access") {
        answer["refresh_token"] = made("refresh", REFRESH_S).into();
    }
    answer
}

/// Takes back a single token. One that is none is taken back already.
async fn revoke(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: String) -> Answer<Json<Value>> {
    let form = form(&headers, &body)?;
    world.with(|state| {
        let app = client(state, &headers, &form)?;
        let secret = form.get("token").filter(|token| !token.is_empty()).ok_or_else(Refusal::grant)?;
        if let Some(token) = state.token_mut(secret).filter(|token| token.network == NETWORK && token.app == app) {
            token.revoked = Some("revoked".to_owned());
        }
        Ok(Json(json!({"revoked": true})))
    })
}
