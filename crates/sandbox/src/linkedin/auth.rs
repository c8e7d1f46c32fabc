//! OAuth: the authorisation page, tokens, introspection.
//!
//! Apps need no registration. A client id that starts with `member` has the self-serve products (no refresh token, no scopes of
//! organizations), one that starts with `pages` has the Community Management API (refresh tokens that do not roll).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::{Html, IntoResponse, Response};
use axum::{Json, Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::rest::{header_text, param, params};
use super::seed::{is_self_serve, person_urn};
use super::{NETWORK, SITE};
use crate::world::{Code, State, Token, World};

const CODE_S: i64 = 30 * 60;
const ACCESS_S: i64 = 5_184_000;
const REFRESH_S: i64 = 31_536_000;
const PAGE: &str = include_str!("authorize.html");

const SELF_SERVE: &[&str] = &["openid", "profile", "email", "w_member_social"];
const COMMUNITY: &[&str] = &[
    "r_basicprofile",
    "w_member_social",
    "w_member_social_feed",
    "w_organization_social",
    "w_organization_social_feed",
    "r_organization_social",
    "r_organization_social_feed",
    "rw_organization_admin",
    "r_organization_admin",
    "r_organization_followers",
    "r_member_postAnalytics",
    "r_member_profileAnalytics",
    "r_1st_connections_size",
];

/// Each app's secret as first used: the sandbox needs no registration, but another secret for the same app is wrong.
#[derive(Default)]
struct Secrets(HashMap<String, String>);

/// The OAuth routes.
pub fn routes() -> Router<Arc<World>> {
    let at = |name: &str| format!("/{SITE}/oauth/v2/{name}");
    Router::new()
        .route(&at("authorization"), routing::get(open).post(decide))
        .route(&at("accessToken"), routing::post(access_token))
        .route(&at("introspectToken"), routing::post(introspect))
}

fn products(app: &str) -> Option<&'static [&'static str]> {
    match app {
        app if is_self_serve(app) => Some(SELF_SERVE),
        app if app.starts_with("pages") => Some(COMMUNITY),
        _ => None,
    }
}

struct Asked {
    app: String,
    redirect_uri: String,
    state: String,
    scopes: BTreeSet<String>,
}

fn wrong(message: &str) -> Response {
    let page = format!("<!doctype html><title>LinkedIn</title><h1>Bummer, something went wrong.</h1><p>{message}</p>");
    (StatusCode::BAD_REQUEST, Html(page)).into_response()
}

fn back(asked: &Asked, pairs: &[(&str, &str)]) -> Response {
    let Ok(mut address) = url::Url::parse(&asked.redirect_uri) else {
        return wrong("The redirect_uri does not match");
    };
    address.query_pairs_mut().extend_pairs(pairs).append_pair("state", &asked.state);
    (StatusCode::FOUND, [(header::LOCATION, address.to_string())]).into_response()
}

fn redirect_ok(address: &str) -> bool {
    let Ok(url) = url::Url::parse(address) else { return false };
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.fragment().is_none() && (url.scheme() == "https" || (url.scheme() == "http" && local))
}

/// Reads a request for authorisation; a wrong app or address is told to the person, anything else to the app.
fn asked(query: &str) -> Result<Asked, Box<Response>> {
    let refuse = |answer: Response| Err(Box::new(answer));
    let pairs = params(Some(query));
    let text = |name: &str| param(&pairs, name).unwrap_or_default().to_owned();
    let asked = Asked {
        app: text("client_id"),
        redirect_uri: text("redirect_uri"),
        state: text("state"),
        scopes: text("scope")
            .split([' ', ','])
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    let Some(products) = products(&asked.app) else {
        return refuse(wrong("The passed in client_id is invalid"));
    };
    if !redirect_ok(&asked.redirect_uri) {
        return refuse(wrong("The redirect_uri does not match the registered value"));
    }
    if text("response_type") != "code" {
        return refuse(back(
            &asked,
            &[("error", "invalid_request"), ("error_description", "response_type must be code")],
        ));
    }
    if asked.scopes.is_empty() {
        return refuse(back(
            &asked,
            &[("error", "invalid_request"), ("error_description", "scope is required")],
        ));
    }
    if let Some(scope) = asked.scopes.iter().find(|scope| !products.contains(&scope.as_str())) {
        let description = format!("Scope \"{scope}\" is not authorized for your application");
        return refuse(back(
            &asked,
            &[("error", "unauthorized_scope_error"), ("error_description", &description)],
        ));
    }
    Ok(asked)
}

async fn open(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery) -> Response {
    let request = query.unwrap_or_default();
    let asked = match asked(&request) {
        Ok(asked) => asked,
        Err(answer) => return *answer,
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
    let request = query.or_else(|| param(&form, "request").map(str::to_owned)).unwrap_or_default();
    let asked = match asked(&request) {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    let refuse = |error: &str, text: &str| back(&asked, &[("error", error), ("error_description", text)]);
    match param(&form, "decision") {
        Some("allow") => {}
        Some("leave") => return refuse("user_cancelled_login", "The user cancelled the login"),
        _ => return refuse("user_cancelled_authorize", "The user cancelled the authorization"),
    }
    let person = param(&form, "person").unwrap_or_default().to_owned();
    let now_us = world.clock.now_us();
    let code = world.with(|state| {
        let person = state.people.contains_key(&person).then_some(person)?;
        let value = format!("AQ{}", state.secret(60));
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
        None => wrong("There is no such member"),
    }
}

/// A refusal in OAuth's own shape.
struct Denied(u16, &'static str, &'static str);

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(json!({"error": self.1, "error_description": self.2}))).into_response()
    }
}

const BAD_CLIENT: Denied = Denied(401, "invalid_client", "Client authentication failed");
const BAD_CODE: Denied = Denied(400, "invalid_grant", "Authorization code expired, used or unknown");
const BAD_REFRESH: Denied = Denied(400, "invalid_grant", "The provided refresh token is invalid, expired or revoked");

fn form(headers: &HeaderMap, body: &str) -> Result<Vec<(String, String)>, Denied> {
    if header_text(headers, "content-type").starts_with("application/x-www-form-urlencoded") {
        return Ok(params(Some(body)));
    }
    Err(Denied(400, "invalid_request", "The body must be application/x-www-form-urlencoded"))
}

/// The app of a token call, whose secret stands in the body (LinkedIn takes no Basic authentication).
fn client(state: &mut State, form: &[(String, String)]) -> Result<String, Denied> {
    let (app, secret) = (
        param(form, "client_id").unwrap_or_default(),
        param(form, "client_secret").unwrap_or_default(),
    );
    if products(app).is_none() || secret.is_empty() {
        return Err(BAD_CLIENT);
    }
    let first = state.own::<Secrets>().0.entry(app.to_owned()).or_insert_with(|| secret.to_owned());
    if first == secret { Ok(app.to_owned()) } else { Err(BAD_CLIENT) }
}

async fn access_token(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: String) -> Result<Json<Value>, Denied> {
    let form = form(&headers, &body)?;
    let now_us = world.clock.now_us();
    world
        .with(|state| match param(&form, "grant_type") {
            Some("authorization_code") => exchange(state, &form, now_us),
            Some("refresh_token") => refresh(state, &form, now_us),
            _ => Err(Denied(
                400,
                "invalid_request",
                "A required parameter \"grant_type\" is missing or unknown",
            )),
        })
        .map(Json)
}

fn exchange(state: &mut State, form: &[(String, String)], now_us: i64) -> Result<Value, Denied> {
    let Some(code) = param(form, "code") else {
        return Err(Denied(400, "invalid_request", "A required parameter \"code\" is missing"));
    };
    let code = state
        .codes
        .get(code)
        .filter(|code| code.network == NETWORK)
        .cloned()
        .ok_or(BAD_CODE)?;
    let app = client(state, form)?;
    if code.used || code.expires_us <= now_us || code.app != app {
        return Err(BAD_CODE);
    }
    if param(form, "redirect_uri") != Some(code.redirect_uri.as_str()) {
        return Err(Denied(
            400,
            "invalid_redirect_uri",
            "The redirect_uri does not match the one that was authorized",
        ));
    }
    if let Some(code) = state.codes.get_mut(&code.value) {
        code.used = true;
    }
    let earlier = state
        .tokens_mut()
        .filter(|token| token.network == NETWORK && token.app == app && token.person == code.person);
    for token in earlier.filter(|token| token.scopes != code.scopes) {
        token.revoked = Some("revoked_access_token".to_owned());
    }
    let refresh = (!is_self_serve(&app)).then(|| give(state, "refresh", &app, &code.person, &code.scopes, now_us, REFRESH_S));
    let access = give(state, "access", &app, &code.person, &code.scopes, now_us, ACCESS_S);
    let mut answer = granted(&access, now_us);
    if let Some(refresh) = refresh {
        answer["refresh_token"] = refresh.value.into();
        answer["refresh_token_expires_in"] = REFRESH_S.into();
    }
    if code.scopes.contains("openid") {
        answer["id_token"] = id_token(state, &app, &code.person, now_us).into();
    }
    Ok(answer)
}

fn refresh(state: &mut State, form: &[(String, String)], now_us: i64) -> Result<Value, Denied> {
    let app = client(state, form)?;
    let old = param(form, "refresh_token").and_then(|secret| state.token(secret)).cloned();
    let fits = |token: &Token| token.network == NETWORK && token.kind == "refresh" && token.app == app && token.revoked.is_none();
    let old = old.filter(fits).ok_or(BAD_REFRESH)?;
    let left_s = (old.expires_us.unwrap_or(now_us) - now_us) / 1_000_000;
    if left_s <= 0 {
        return Err(BAD_REFRESH);
    }
    let access = give(state, "access", &app, &old.person, &old.scopes, now_us, ACCESS_S.min(left_s));
    let mut answer = granted(&access, now_us);
    answer["refresh_token"] = old.value.into();
    answer["refresh_token_expires_in"] = left_s.into();
    Ok(answer)
}

fn give(state: &mut State, kind: &str, app: &str, person: &str, scopes: &BTreeSet<String>, now_us: i64, lasts_s: i64) -> Token {
    let start = if kind == "refresh" { "AQW" } else { "AQX" };
    let token = Token {
        value: format!("{start}{}", state.secret(320)),
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
        details: Value::Null,
    };
    state.put_token(token.clone());
    token
}

fn granted(token: &Token, now_us: i64) -> Value {
    let expires_in = (token.expires_us.unwrap_or(now_us) - now_us) / 1_000_000;
    json!({"access_token": token.value, "expires_in": expires_in, "scope": listed(&token.scopes), "token_type": "Bearer"})
}

fn listed(scopes: &BTreeSet<String>) -> String {
    scopes.iter().map(String::as_str).collect::<Vec<_>>().join(",")
}

fn id_token(state: &mut State, app: &str, person: &str, now_us: i64) -> String {
    let now_s = now_us / 1_000_000;
    let urn = person_urn(app, person).unwrap_or_default();
    let subject = urn.rsplit(':').next().unwrap_or_default();
    let claims = json!({"iss": "https://www.linkedin.com/oauth", "aud": app, "sub": subject, "iat": now_s, "exp": now_s + 3_600});
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    format!("{head}.{}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()), state.secret(86))
}

async fn introspect(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: String) -> Result<Json<Value>, Denied> {
    let form = form(&headers, &body)?;
    let now_us = world.clock.now_us();
    world.with(|state| {
        let app = client(state, &form)?;
        let secret = param(&form, "token").ok_or(Denied(400, "invalid_request", "A required parameter \"token\" is missing"))?;
        let token = state.token(secret).filter(|token| token.network == NETWORK && token.app == app);
        let Some(token) = token else {
            return Ok(Json(json!({"active": false})));
        };
        let expired = token.expires_us.is_some_and(|end| end <= now_us);
        let status = match (token.revoked.is_some(), expired) {
            (true, _) => "revoked",
            (false, true) => "expired",
            (false, false) => "active",
        };
        Ok(Json(json!({
            "active": status == "active",
            "status": status,
            "scope": listed(&token.scopes),
            "client_id": app,
            "created_at": token.issued_us / 1_000_000,
            "authorized_at": token.issued_us / 1_000_000,
            "expires_at": token.expires_us.unwrap_or_default() / 1_000_000,
            "auth_type": "3L",
        })))
    })
}
