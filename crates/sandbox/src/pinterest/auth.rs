//! OAuth: the authorisation page, tokens that roll, and taking them back. Apps need no registration.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::{Html, IntoResponse, Response};
use axum::{Json, Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::rest::{header_text, params};
use super::{NETWORK, SITE, at};
use crate::world::{Code, State, Token, World};

const CODE_S: i64 = 10 * 60;
const ACCESS_S: i64 = 2_592_000;
const REFRESH_S: i64 = 5_184_000;
const PAGE: &str = include_str!("authorize.html");

const SCOPES: &[&str] = &[
    "ads:read",
    "ads:write",
    "boards:read",
    "boards:read_secret",
    "boards:write",
    "boards:write_secret",
    "pins:read",
    "pins:read_secret",
    "pins:write",
    "pins:write_secret",
    "user_accounts:read",
    "user_accounts:write",
];

/// Each app's secret as first used: the sandbox needs no registration, but another secret for the same app is wrong.
#[derive(Default)]
struct Secrets(HashMap<String, String>);

/// The OAuth routes.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&format!("/{SITE}/oauth/"), routing::get(open).post(decide))
        .route(&at("oauth/token"), routing::post(give))
        .route(&at("oauth/token/revoke"), routing::post(revoke))
}

struct Asked {
    app: String,
    redirect_uri: String,
    state: String,
    scopes: BTreeSet<String>,
}

fn wrong(message: &str) -> Response {
    let page = format!("<!doctype html><title>Pinterest</title><h1>Oops! Something went wrong.</h1><p>{message}</p>");
    (StatusCode::BAD_REQUEST, Html(page)).into_response()
}

fn back(asked: &Asked, pairs: &[(&str, &str)]) -> Response {
    let Ok(mut address) = url::Url::parse(&asked.redirect_uri) else {
        return wrong("The redirect_uri is not valid");
    };
    address.query_pairs_mut().extend_pairs(pairs).append_pair("state", &asked.state);
    (StatusCode::FOUND, [(header::LOCATION, address.to_string())]).into_response()
}

fn redirect_ok(address: &str) -> bool {
    let Ok(url) = url::Url::parse(address) else { return false };
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.fragment().is_none() && (url.scheme() == "https" || (url.scheme() == "http" && local))
}

/// Reads a request for authorisation; what is wrong with it is told to the person.
fn asked(query: &str) -> Result<Asked, &'static str> {
    let pairs = params(Some(query));
    let text = |name: &str| pairs.get(name).cloned().unwrap_or_default();
    let asked = Asked {
        app: text("client_id"),
        redirect_uri: text("redirect_uri"),
        state: text("state"),
        scopes: text("scope")
            .split(',')
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    if asked.app.is_empty() {
        return Err("The client_id is missing");
    }
    if !redirect_ok(&asked.redirect_uri) {
        return Err("The redirect_uri does not match a registered one");
    }
    if text("response_type") != "code" {
        return Err("The response_type must be code");
    }
    if asked.scopes.is_empty() || asked.scopes.iter().any(|scope| !SCOPES.contains(&scope.as_str())) {
        return Err("The scope must be a list of known scopes with commas between them");
    }
    Ok(asked)
}

async fn open(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery) -> Response {
    let request = query.unwrap_or_default();
    let asked = match asked(&request) {
        Ok(asked) => asked,
        Err(message) => return wrong(message),
    };
    let people: Vec<_> = world.with(|state| state.people.values().cloned().collect());
    let mut pages = minijinja::Environment::new();
    let drawn = pages.add_template("authorize.html", PAGE).and_then(|()| {
        let page = pages.get_template("authorize.html")?;
        page.render(minijinja::context! { app => asked.app, scopes => minijinja::value::Serde(asked.scopes), people => minijinja::value::Serde(people), request => request })
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
        Err(message) => return wrong(message),
    };
    if form.get("decision").map(String::as_str) != Some("allow") {
        return back(
            &asked,
            &[("error", "access_denied"), ("error_description", "The user denied the request")],
        );
    }
    let person = form.get("person").cloned().unwrap_or_default();
    let now_us = world.clock.now_us();
    let code = world.with(|state| {
        let person = state.people.contains_key(&person).then_some(person)?;
        let value = state.secret(40);
        let code = Code {
            value: value.clone(),
            network: NETWORK,
            app: asked.app.clone(),
            redirect_uri: asked.redirect_uri.clone(),
            person,
            scopes: asked.scopes.clone(),
            declined: BTreeSet::new(),
            targets: BTreeSet::new(),
            expires_us: now_us + CODE_S * 1_000_000,
            used: false,
        };
        state.codes.insert(value.clone(), code);
        Some(value)
    });
    match code {
        Some(code) => back(&asked, &[("code", &code)]),
        None => wrong("There is no such person"),
    }
}

/// The app of a token call, which says who it is by Basic.
fn client(state: &mut State, headers: &HeaderMap) -> Answer<String> {
    let basic = header_text(headers, header::AUTHORIZATION.as_str()).strip_prefix("Basic ");
    let plain = basic.and_then(|encoded| STANDARD.decode(encoded.trim()).ok());
    let plain = plain.and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((app, secret)) = plain.as_deref().and_then(|plain| plain.split_once(':')) else {
        return Err(Refusal::unknown());
    };
    if app.is_empty() || secret.is_empty() {
        return Err(Refusal::unknown());
    }
    let first = state.own::<Secrets>().0.entry(app.to_owned()).or_insert_with(|| secret.to_owned());
    if first == secret {
        Ok(app.to_owned())
    } else {
        Err(Refusal::unknown())
    }
}

fn form(headers: &HeaderMap, body: &str) -> Answer<BTreeMap<String, String>> {
    if header_text(headers, "content-type").starts_with("application/x-www-form-urlencoded") {
        return Ok(params(Some(body)));
    }
    Err(Refusal::invalid("the body must be application/x-www-form-urlencoded"))
}

async fn give(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: String) -> Answer<Json<Value>> {
    let form = form(&headers, &body)?;
    let now_us = world.clock.now_us();
    world
        .with(|state| {
            let app = client(state, &headers)?;
            match form.get("grant_type").map(String::as_str) {
                Some("authorization_code") => exchange(state, &app, &form, now_us),
                Some("refresh_token") => refresh(state, &app, &form, now_us),
                _ => Err(Refusal::invalid(
                    "'grant_type' must be one of 'authorization_code', 'refresh_token'",
                )),
            }
        })
        .map(Json)
}

fn exchange(state: &mut State, app: &str, form: &BTreeMap<String, String>, now_us: i64) -> Answer<Value> {
    let code = form.get("code").and_then(|code| state.codes.get_mut(code));
    let fits = |code: &&mut Code| code.network == NETWORK && code.app == app && !code.used && code.expires_us > now_us;
    let code = code
        .filter(fits)
        .ok_or_else(|| Refusal::invalid("the authorization code is not valid"))?;
    if form.get("redirect_uri") != Some(&code.redirect_uri) {
        return Err(Refusal::invalid("'redirect_uri' does not match the one that was authorized"));
    }
    code.used = true;
    let (person, scopes) = (code.person.clone(), code.scopes.clone());
    let family = state.secret(12);
    Ok(granted(state, "authorization_code", app, &person, &scopes, &family, now_us))
}

/// A refresh token is good for one renewal, which brings the next one.
fn refresh(state: &mut State, app: &str, form: &BTreeMap<String, String>, now_us: i64) -> Answer<Value> {
    let secret = form.get("refresh_token").map(String::as_str).unwrap_or_default();
    let over = || Refusal::new(401, 2, "Authentication failed. The refresh token is not valid.");
    let lives = |token: &Token| {
        token.network == NETWORK
            && token.kind == "refresh"
            && token.app == app
            && token.revoked.is_none()
            && token.expires_us.is_none_or(|end| end > now_us)
    };
    let old = state.token(secret).filter(|token| lives(token)).cloned().ok_or_else(over)?;
    let wanted: BTreeSet<String> = form
        .get("scope")
        .map(|text| {
            text.split([',', ' '])
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect()
        })
        .unwrap_or_default();
    if !wanted.is_subset(&old.scopes) {
        return Err(Refusal::invalid("'scope' holds more than was granted"));
    }
    if let Some(token) = state.token_mut(secret) {
        token.revoked = Some("used".to_owned());
    }
    let scopes = if wanted.is_empty() { &old.scopes } else { &wanted };
    let family = old.details["family"].as_str().unwrap_or_default();
    Ok(granted(state, "refresh_token", app, &old.person, scopes, family, now_us))
}

fn granted(state: &mut State, how: &str, app: &str, person: &str, scopes: &BTreeSet<String>, family: &str, now_us: i64) -> Value {
    let mut made = |kind: &str, start: &str, lasts_s: i64| {
        let value = format!("{start}_{}", state.secret(64));
        state.put_token(Token {
            value: value.clone(),
            network: NETWORK,
            kind: kind.to_owned(),
            person: person.to_owned(),
            account: None,
            app: app.to_owned(),
            scopes: scopes.clone(),
            targets: BTreeSet::new(),
            issued_us: now_us,
            expires_us: Some(now_us + lasts_s * 1_000_000),
            revoked: None,
            details: json!({"family": family}),
        });
        value
    };
    json!({
        "response_type": how,
        "access_token": made("access", "pina", ACCESS_S),
        "refresh_token": made("refresh", "pinr", REFRESH_S),
        "token_type": "bearer",
        "expires_in": ACCESS_S,
        "refresh_token_expires_in": REFRESH_S,
        "refresh_token_expires_at": now_us / 1_000_000 + REFRESH_S,
        "scope": scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
    })
}

/// Takes back a token with what belongs to the same authorisation. A token that is none is taken back already.
async fn revoke(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: String) -> Answer<StatusCode> {
    let form = form(&headers, &body)?;
    world.with(|state| {
        let app = client(state, &headers)?;
        let secret = form
            .get("token")
            .filter(|token| !token.is_empty())
            .ok_or_else(|| Refusal::invalid("'token' is required"))?;
        let Some(token) = state.token(secret).filter(|token| token.network == NETWORK).cloned() else {
            return Ok(StatusCode::OK);
        };
        if token.app != app {
            return Err(Refusal::forbidden());
        }
        let family = token.details["family"].clone();
        let same = |other: &&mut Token| {
            other.network == NETWORK && (other.value == token.value || (!family.is_null() && other.details["family"] == family))
        };
        for other in state.tokens_mut().filter(same) {
            other.revoked = Some("revoked".to_owned());
        }
        Ok(StatusCode::OK)
    })
}
