//! OAuth: the authorisation page, tokens that are renewed, and taking them back. Apps need no registration.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::{Html, IntoResponse, Response};
use axum::{Json, Router, routing};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::of_oauth;
use super::rest::{header_text, params};
use super::{NETWORK, SITE, at};
use crate::world::{Code, State, Token, World, hex};

const CODE_S: i64 = 10 * 60;
const ACCESS_S: i64 = 86_400;
const REFRESH_S: i64 = 31_536_000;
const REDIRECT_BYTES_END: usize = 512;
const PAGE: &str = include_str!("authorize.html");

/// The first is always granted.
const SCOPES: &[&str] = &[
    "user.info.basic",
    "user.info.profile",
    "user.info.stats",
    "video.publish",
    "video.upload",
    "video.list",
];

/// Each app's secret as first used: the sandbox needs no registration, but another secret for the same app is wrong.
#[derive(Default)]
struct Secrets(HashMap<String, String>);

/// The challenge of each code that came with one.
#[derive(Default)]
struct Challenges(HashMap<String, String>);

/// The OAuth routes.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&format!("/{SITE}/v2/auth/authorize/"), routing::get(open).post(decide))
        .route(&at("oauth/token"), routing::post(give))
        .route(&at("oauth/revoke"), routing::post(revoke))
}

struct Asked {
    app: String,
    redirect_uri: String,
    state: String,
    scopes: Vec<String>,
    challenge: Option<String>,
}

fn wrong(message: &str) -> Response {
    let page = format!("<!doctype html><title>TikTok</title><h1>Something went wrong</h1><p>{message}</p>");
    (StatusCode::BAD_REQUEST, Html(page)).into_response()
}

fn back(asked: &Asked, pairs: &[(&str, &str)]) -> Response {
    let Ok(mut address) = url::Url::parse(&asked.redirect_uri) else {
        return wrong("redirect_uri");
    };
    address.query_pairs_mut().extend_pairs(pairs).append_pair("state", &asked.state);
    (StatusCode::FOUND, [(header::LOCATION, address.to_string())]).into_response()
}

/// Whether an address belongs to a desktop app; `None` if no app may return to it.
fn is_desktop(address: &str) -> Option<bool> {
    let url = url::Url::parse(address).ok()?;
    if address.len() >= REDIRECT_BYTES_END || url.fragment().is_some() || url.query().is_some() {
        return None;
    }
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
    match url.scheme() {
        "https" if !local => Some(false),
        "http" | "https" if local && url.port().is_some() => Some(true),
        _ => None,
    }
}

/// A challenge of a desktop app: the digest in small hexadecimal letters, where the standard has base64.
fn is_hex(challenge: &str) -> bool {
    challenge.len() == 64 && challenge.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Reads a request for authorisation; what is wrong with it is told to the person.
fn asked(query: &str) -> Result<Asked, &'static str> {
    let pairs = params(Some(query));
    let text = |name: &str| pairs.get(name).cloned().unwrap_or_default();
    let mut asked = Asked {
        app: text("client_key"),
        redirect_uri: text("redirect_uri"),
        state: text("state"),
        scopes: text("scope").split(',').map(str::to_owned).collect(),
        challenge: None,
    };
    if asked.app.is_empty() {
        return Err("client_key");
    }
    let desktop = is_desktop(&asked.redirect_uri).ok_or("redirect_uri")?;
    if text("response_type") != "code" {
        return Err("response_type");
    }
    if asked.scopes.iter().any(|scope| !SCOPES.contains(&scope.as_str())) || !asked.scopes.iter().any(|scope| scope == SCOPES[0]) {
        return Err("scope");
    }
    if desktop {
        let challenge = text("code_challenge");
        if !is_hex(&challenge) || text("code_challenge_method") != "S256" {
            return Err("code_challenge");
        }
        asked.challenge = Some(challenge);
    }
    Ok(asked)
}

async fn open(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery) -> Response {
    let request = query.unwrap_or_default();
    let asked = match asked(&request) {
        Ok(asked) => asked,
        Err(message) => return wrong(message),
    };
    let accounts: Vec<_> = world.with(|state| state.accounts_of(NETWORK).cloned().collect());
    let mut pages = minijinja::Environment::new();
    let drawn = pages.add_template("authorize.html", PAGE).and_then(|()| {
        let page = pages.get_template("authorize.html")?;
        page.render(minijinja::context! {
            app => asked.app, scopes => minijinja::value::Serde(asked.scopes), fixed => SCOPES[0],
            accounts => minijinja::value::Serde(accounts), request => request,
        })
    });
    match drawn {
        Ok(page) => Html(page).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn decide(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, body: String) -> Response {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let first = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, text)| text.clone());
    let request = query.or_else(|| first("request")).unwrap_or_default();
    let asked = match asked(&request) {
        Ok(asked) => asked,
        Err(message) => return wrong(message),
    };
    if first("decision").as_deref() != Some("allow") {
        return back(
            &asked,
            &[("error", "access_denied"), ("error_description", "User canceled the login flow")],
        );
    }
    let ticked: BTreeSet<&str> = form
        .iter()
        .filter(|(key, _)| key == "permission")
        .map(|(_, text)| text.as_str())
        .collect();
    let (granted, declined): (BTreeSet<String>, BTreeSet<String>) = asked
        .scopes
        .iter()
        .cloned()
        .partition(|scope| scope == SCOPES[0] || ticked.contains(scope.as_str()));
    let account = first("person").unwrap_or_default();
    let now_us = world.clock.now_us();
    let code = world.with(|state| {
        let person = state.account(NETWORK, &account)?.roles.keys().next()?.clone();
        // Its signs must come through an address unharmed.
        let value = format!("{}*2!{}.e1", state.secret(40), state.secret(4));
        if let Some(challenge) = &asked.challenge {
            state.own::<Challenges>().0.insert(value.clone(), challenge.clone());
        }
        let code = Code {
            value: value.clone(),
            network: NETWORK,
            app: asked.app.clone(),
            redirect_uri: asked.redirect_uri.clone(),
            person,
            scopes: granted.clone(),
            declined,
            targets: BTreeSet::from([account.clone()]),
            expires_us: now_us + CODE_S * 1_000_000,
            used: false,
        };
        state.codes.insert(value.clone(), code);
        Some(value)
    });
    let told = granted.iter().map(String::as_str).collect::<Vec<_>>().join(",");
    match code {
        Some(code) => back(&asked, &[("code", &code), ("scopes", &told)]),
        None => wrong("There is no such account"),
    }
}

/// A code of OAuth, and a sentence.
type No = (&'static str, &'static str);
type Told = Result<Value, No>;
type Form = BTreeMap<String, String>;

/// The form of a token call, from an app that says who it is within it.
fn form_of(state: &mut State, headers: &HeaderMap, body: &str) -> Result<(String, Form), No> {
    if !header_text(headers, "content-type").starts_with("application/x-www-form-urlencoded") {
        return Err((
            "invalid_request",
            "Only `application/x-www-form-urlencoded` is accepted as Content-Type.",
        ));
    }
    let form = params(Some(body));
    let text = |name: &str| form.get(name).filter(|text| !text.is_empty()).cloned();
    let (Some(app), Some(secret)) = (text("client_key"), text("client_secret")) else {
        return Err(("invalid_client", "Client key or secret is missing."));
    };
    if *state.own::<Secrets>().0.entry(app.clone()).or_insert_with(|| secret.clone()) != secret {
        return Err(("invalid_client", "Client secret is incorrect."));
    }
    Ok((app, form))
}

async fn give(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: String) -> Response {
    let now_us = world.clock.now_us();
    let given = world.with(|state| {
        let (app, form) = form_of(state, &headers, &body)?;
        match form.get("grant_type").map(String::as_str) {
            Some("authorization_code") => exchange(state, &app, &form, now_us),
            Some("refresh_token") => refresh(state, &app, &form, now_us),
            _ => Err(("unsupported_grant_type", "The grant type is not supported.")),
        }
    });
    match given {
        Ok(token) => Json(token).into_response(),
        Err((error, description)) => of_oauth(error, description),
    }
}

fn exchange(state: &mut State, app: &str, form: &Form, now_us: i64) -> Told {
    let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let challenge = state.own::<Challenges>().0.get(text("code")).cloned();
    let fits = |code: &&mut Code| code.network == NETWORK && code.app == app && !code.used && code.expires_us > now_us;
    let code = state.codes.get_mut(text("code")).filter(fits);
    let code = code.ok_or(("invalid_grant", "Authorization code is expired."))?;
    if text("redirect_uri") != code.redirect_uri {
        return Err(("invalid_request", "Redirect_uri is not matched with the uri when requesting code."));
    }
    if challenge.is_some_and(|challenge| hex(&Sha256::digest(text("code_verifier"))) != challenge) {
        return Err(("invalid_request", "Code verifier or code challenge is invalid."));
    }
    code.used = true;
    let code = code.clone();
    let account = code.targets.first().cloned().unwrap_or_default();
    Ok(granted(state, app, &code.person, &account, &code.scopes, now_us))
}

/// A refresh token is good for one renewal, which brings the next one.
fn refresh(state: &mut State, app: &str, form: &Form, now_us: i64) -> Told {
    let secret = form.get("refresh_token").map(String::as_str).unwrap_or_default();
    let lives = |token: &&Token| {
        token.network == NETWORK
            && token.kind == "refresh"
            && token.app == app
            && token.revoked.is_none()
            && token.expires_us.is_none_or(|end| end > now_us)
    };
    let old = state.token(secret).filter(lives).cloned();
    let old = old.ok_or(("invalid_grant", "Refresh token is invalid or expired."))?;
    if let Some(token) = state.token_mut(secret) {
        token.revoked = Some("used".to_owned());
    }
    let account = old.account.clone().unwrap_or_default();
    Ok(granted(state, app, &old.person, &account, &old.scopes, now_us))
}

fn granted(state: &mut State, app: &str, person: &str, account: &str, scopes: &BTreeSet<String>, now_us: i64) -> Value {
    let mut made = |kind: &str, start: &str, lasts_s: i64| {
        let value = format!("{start}.{}!5412.e1", state.secret(64));
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
    json!({
        "access_token": made("access", "act", ACCESS_S),
        "expires_in": ACCESS_S,
        "open_id": account,
        "refresh_token": made("refresh", "rft", REFRESH_S),
        "refresh_expires_in": REFRESH_S,
        "scope": scopes.iter().map(String::as_str).collect::<Vec<_>>().join(","),
        "token_type": "Bearer",
    })
}

/// Takes the access of an account back from an app, refresh tokens included.
async fn revoke(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: String) -> Response {
    let done = world.with(|state| {
        let (app, form) = form_of(state, &headers, &body)?;
        let secret = form.get("token").map(String::as_str).unwrap_or_default();
        let known = state.token(secret).filter(|token| token.network == NETWORK && token.app == app);
        let account = known.and_then(|token| token.account.clone());
        let account = account.ok_or(("invalid_request", "The token is not valid."))?;
        let same = |token: &&mut Token| token.network == NETWORK && token.app == app && token.account.as_ref() == Some(&account);
        for token in state.tokens_mut().filter(same) {
            token.revoked = Some("revoked".to_owned());
        }
        Ok(())
    });
    match done {
        Ok(()) => StatusCode::OK.into_response(),
        Err((error, description)) => of_oauth(error, description),
    }
}
