//! Google's OAuth: the consent page, tokens, renewal without a new refresh token, and taking access back. Apps need no registration.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::{Html, IntoResponse, Response};
use axum::{Json, Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::of_oauth;
use super::limits::{REFRESH_TOKENS_MAX, TESTING_S};
use super::rest::{header_text, params};
use super::{ACCOUNTS, NETWORK, TOKENS, is_testing};
use crate::world::{Code, State, Token, World};

const CODE_S: i64 = 10 * 60;
const ACCESS_S: i64 = 3_599;
const PAGE: &str = include_str!("authorize.html");

/// What may be asked for, beside `openid`, `email` and `profile`.
const SCOPES: &[&str] = &[
    "youtube",
    "youtube.force-ssl",
    "youtube.readonly",
    "youtube.upload",
    "yt-analytics.readonly",
];
const SCOPE: &str = "https://www.googleapis.com/auth/";

/// Each app's secret as first used: the sandbox needs no registration, but another secret for the same app is wrong.
#[derive(Default)]
struct Secrets(HashMap<String, String>);

/// How each code was asked for.
#[derive(Default)]
struct Wishes(HashMap<String, Wish>);

#[derive(Clone, Default)]
struct Wish {
    challenge: Option<String>,
    offline: bool,
    consent: bool,
}

/// The OAuth routes.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&format!("/{ACCOUNTS}/o/oauth2/v2/auth"), routing::get(open).post(decide))
        .route(&format!("/{TOKENS}/token"), routing::post(give))
        .route(&format!("/{TOKENS}/revoke"), routing::post(revoke))
}

struct Asked {
    app: String,
    redirect_uri: String,
    state: String,
    scopes: Vec<String>,
    wish: Wish,
}

fn wrong(error: &str) -> Response {
    let page = format!("<!doctype html><title>Google</title><h1>Access blocked</h1><p>Error 400: {error}</p>");
    (StatusCode::BAD_REQUEST, Html(page)).into_response()
}

fn back(asked: &Asked, pairs: &[(&str, &str)]) -> Response {
    let Ok(mut address) = url::Url::parse(&asked.redirect_uri) else {
        return wrong("redirect_uri_mismatch");
    };
    address.query_pairs_mut().append_pair("state", &asked.state).extend_pairs(pairs);
    (StatusCode::FOUND, [(header::LOCATION, address.to_string())]).into_response()
}

/// Whether a web app may be sent back to an address: https, or one's own machine.
fn is_address(address: &str) -> bool {
    let Ok(url) = url::Url::parse(address) else { return false };
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
    url.fragment().is_none() && (url.scheme() == "https" || local && url.scheme() == "http")
}

fn is_scope(scope: &str) -> bool {
    let of_youtube = scope.strip_prefix(SCOPE).is_some_and(|name| SCOPES.contains(&name));
    of_youtube || matches!(scope, "openid" | "email" | "profile")
}

/// Reads a request for authorisation; what is wrong with it is told to the person.
fn asked(query: &str) -> Result<Asked, &'static str> {
    let pairs = params(Some(query));
    let text = |name: &str| pairs.get(name).cloned().unwrap_or_default();
    let scopes: Vec<String> = text("scope").split_whitespace().map(str::to_owned).collect();
    let challenge = text("code_challenge");
    if text("client_id").is_empty() {
        return Err("invalid_request: client_id");
    }
    if !is_address(&text("redirect_uri")) {
        return Err("redirect_uri_mismatch");
    }
    if text("response_type") != "code" {
        return Err("unsupported_response_type");
    }
    if scopes.is_empty() || !scopes.iter().all(|scope| is_scope(scope)) {
        return Err("invalid_scope");
    }
    if !matches!(text("access_type").as_str(), "" | "online" | "offline") {
        return Err("invalid_request: access_type");
    }
    if !challenge.is_empty() && text("code_challenge_method") != "S256" {
        return Err("invalid_request: code_challenge_method");
    }
    Ok(Asked {
        app: text("client_id"),
        redirect_uri: text("redirect_uri"),
        state: text("state"),
        scopes,
        wish: Wish {
            challenge: Some(challenge).filter(|challenge| !challenge.is_empty()),
            offline: text("access_type") == "offline",
            consent: text("prompt").split_whitespace().any(|prompt| prompt == "consent"),
        },
    })
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
            app => asked.app, scopes => minijinja::value::Serde(asked.scopes),
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
        return back(&asked, &[("error", "access_denied")]);
    }
    let ticked: BTreeSet<&str> = form
        .iter()
        .filter(|(key, _)| key == "permission")
        .map(|(_, text)| text.as_str())
        .collect();
    let (granted, declined): (BTreeSet<String>, BTreeSet<String>) =
        asked.scopes.iter().cloned().partition(|scope| ticked.contains(scope.as_str()));
    let account = first("person").unwrap_or_default();
    let now_us = world.clock.now_us();
    let code = world.with(|state| {
        let person = state.account(NETWORK, &account)?.roles.keys().next()?.clone();
        // Its signs must come through an address unharmed.
        let value = format!("4/0A{}", state.secret(60));
        state.own::<Wishes>().0.insert(value.clone(), asked.wish.clone());
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
    let told = granted.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    match code {
        Some(code) => back(&asked, &[("code", &code), ("scope", &told)]),
        None => wrong("there is no such account"),
    }
}

/// HTTP status, code of OAuth, and a sentence.
type No = (u16, &'static str, &'static str);
type Form = BTreeMap<String, String>;

/// The form of a token call, from an app that says who it is within it.
fn form_of(state: &mut State, headers: &HeaderMap, body: &str) -> Result<(String, Form), No> {
    if !header_text(headers, "content-type").starts_with("application/x-www-form-urlencoded") {
        return Err((400, "invalid_request", "Could not parse the request."));
    }
    let form = params(Some(body));
    let text = |name: &str| form.get(name).filter(|text| !text.is_empty()).cloned();
    let app = text("client_id").ok_or((400, "invalid_request", "Could not determine client ID from request."))?;
    let secret = text("client_secret").ok_or((400, "invalid_request", "client_secret is missing."))?;
    if *state.own::<Secrets>().0.entry(app.clone()).or_insert_with(|| secret.clone()) != secret {
        return Err((401, "invalid_client", "The provided client secret is invalid."));
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
            _ => Err((400, "unsupported_grant_type", "Invalid grant_type.")),
        }
    });
    match given {
        Ok(token) => Json(token).into_response(),
        Err((status, error, description)) => of_oauth(status, error, description),
    }
}

fn exchange(state: &mut State, app: &str, form: &Form, now_us: i64) -> Result<Value, No> {
    let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let wish = state.own::<Wishes>().0.get(text("code")).cloned().unwrap_or_default();
    let fits = |code: &&mut Code| code.network == NETWORK && code.app == app && !code.used && code.expires_us > now_us;
    let code = state.codes.get_mut(text("code")).filter(fits);
    let code = code.ok_or((400, "invalid_grant", "Malformed auth code."))?;
    if text("redirect_uri") != code.redirect_uri {
        return Err((400, "redirect_uri_mismatch", "Bad Request"));
    }
    let verified = |challenge: &String| URL_SAFE_NO_PAD.encode(Sha256::digest(text("code_verifier"))) == *challenge;
    if !wish.challenge.as_ref().is_none_or(verified) {
        return Err((400, "invalid_grant", "Invalid code verifier."));
    }
    code.used = true;
    let code = code.clone();
    let account = code.targets.first().cloned().unwrap_or_default();
    let issue = Issue {
        app,
        person: &code.person,
        account: &account,
        scopes: &code.scopes,
        now_us,
    };
    let knows_it = of_grant(state, app, &account).any(|token| token.kind == "refresh");
    let renews = wish.offline && (wish.consent || !knows_it);
    Ok(issue.answer(state, renews))
}

/// A renewal brings a new access token; the refresh token stays as it is.
fn refresh(state: &mut State, app: &str, form: &Form, now_us: i64) -> Result<Value, No> {
    let secret = form.get("refresh_token").map(String::as_str).unwrap_or_default();
    let lives = |token: &&Token| {
        token.network == NETWORK
            && token.kind == "refresh"
            && token.app == app
            && token.revoked.is_none()
            && token.expires_us.is_none_or(|end| end > now_us)
    };
    let old = state.token(secret).filter(lives).cloned();
    let old = old.ok_or((400, "invalid_grant", "Token has been expired or revoked."))?;
    let issue = Issue {
        app,
        person: &old.person,
        account: old.account.as_deref().unwrap_or_default(),
        scopes: &old.scopes,
        now_us,
    };
    Ok(issue.answer(state, false))
}

/// The live tokens of an app for an account.
fn of_grant<'a>(state: &'a State, app: &str, account: &str) -> impl Iterator<Item = &'a Token> {
    let tokens = state.tokens();
    tokens.filter(move |token| {
        token.network == NETWORK && token.app == app && token.account.as_deref() == Some(account) && token.revoked.is_none()
    })
}

/// What tokens are given for.
struct Issue<'a> {
    app: &'a str,
    person: &'a str,
    account: &'a str,
    scopes: &'a BTreeSet<String>,
    now_us: i64,
}

impl Issue<'_> {
    fn token(&self, state: &mut State, kind: &str, start: &str, lasts_s: Option<i64>) -> String {
        let value = format!("{start}{}", state.secret(80));
        state.put_token(Token {
            value: value.clone(),
            network: NETWORK,
            kind: kind.to_owned(),
            person: self.person.to_owned(),
            account: Some(self.account.to_owned()),
            app: self.app.to_owned(),
            scopes: self.scopes.clone(),
            targets: BTreeSet::new(),
            issued_us: self.now_us,
            expires_us: lasts_s.map(|seconds| self.now_us + seconds * 1_000_000),
            revoked: None,
            details: Value::Null,
        });
        value
    }

    fn answer(&self, state: &mut State, renews: bool) -> Value {
        let mut said = json!({
            "access_token": self.token(state, "access", "ya29.", Some(ACCESS_S)),
            "expires_in": ACCESS_S,
            "scope": self.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
            "token_type": "Bearer",
        });
        if renews {
            let lasts_s = is_testing(self.app).then_some(TESTING_S);
            said["refresh_token"] = self.token(state, "refresh", "1//0", lasts_s).into();
            if let Some(seconds) = lasts_s {
                said["refresh_token_expires_in"] = seconds.into();
            }
            self.end_the_oldest(state);
        }
        said
    }

    /// An app has so many refresh tokens of an account; one more ends the oldest without a word.
    fn end_the_oldest(&self, state: &mut State) {
        let live: Vec<(i64, String)> = of_grant(state, self.app, self.account)
            .filter(|token| token.kind == "refresh")
            .map(|token| (token.issued_us, token.value.clone()))
            .collect();
        let oldest = live.iter().min().filter(|_| live.len() > REFRESH_TOKENS_MAX);
        if let Some(token) = oldest.and_then(|(_, value)| state.token_mut(value)) {
            token.revoked = Some("too_many".to_owned());
        }
    }
}

/// Takes the access of an account back from an app, by any of its tokens.
async fn revoke(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, body: String) -> Response {
    let named = |text: &str| params(Some(text)).get("token").cloned();
    let secret = named(&body).or_else(|| named(&query.unwrap_or_default())).unwrap_or_default();
    let known = world.with(|state| {
        let token = state
            .token(&secret)
            .filter(|token| token.network == NETWORK && token.revoked.is_none())
            .cloned()?;
        let same = |other: &&mut Token| other.network == NETWORK && other.app == token.app && other.account == token.account;
        for other in state.tokens_mut().filter(same) {
            other.revoked = Some("revoked".to_owned());
        }
        Some(())
    });
    match known {
        Some(()) => StatusCode::OK.into_response(),
        None => of_oauth(400, "invalid_token", "Token expired or revoked"),
    }
}
