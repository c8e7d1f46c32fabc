//! Tokens: made of a code, renewed without a new refresh token, and taken back.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::auth::Wishes;
use super::{Product, TOKENS, header_text, of_code, of_network, of_refresh_token, params};
use crate::world::{Code, State, Token, World};

const ACCESS_S: i64 = 3_599;
/// Refresh tokens of a person that an app may have; beyond it the oldest dies (fact sheet youtube.md section 2).
const REFRESH_TOKENS_MAX: usize = 100;
/// How long a refresh token lives of an app in testing, seconds (the same).
const TESTING_S: i64 = 604_799;

/// Each app's secret as first used: the sandbox needs no registration, but another secret for the same app is wrong.
#[derive(Default)]
struct Secrets(HashMap<String, String>);

/// The routes of tokens.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&format!("/{TOKENS}/token"), routing::post(give))
        .route(&format!("/{TOKENS}/revoke"), routing::post(revoke))
}

/// Whether Google knows an app as in testing.
fn is_testing(app: &str) -> bool {
    app.starts_with("testing")
}

/// A refusal of OAuth, which is flat.
fn refused(status: u16, error: &str, description: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Json(json!({"error": error, "error_description": description}))).into_response()
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
        Err((status, error, description)) => refused(status, error, description),
    }
}

fn exchange(state: &mut State, app: &str, form: &Form, now_us: i64) -> Result<Value, No> {
    let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let wish = state.own::<Wishes>().0.get(text("code")).cloned().unwrap_or_default();
    let fits = |code: &&mut Code| of_network(code.network).is_some() && code.app == app && !code.used && code.expires_us > now_us;
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
    let product = of_code(&code.value).ok_or((400, "invalid_grant", "Malformed auth code."))?;
    let issue = Issue {
        product,
        app,
        person: &code.person,
        account: code.targets.first().map(String::as_str),
        scopes: &code.scopes,
        now_us,
    };
    let knows_it = state.tokens().any(|token| token.kind == "refresh" && issue.is_of(token));
    let renews = wish.offline && (wish.consent || !knows_it);
    Ok(issue.answer(state, renews))
}

/// A renewal brings a new access token; the refresh token stays as it is.
fn refresh(state: &mut State, app: &str, form: &Form, now_us: i64) -> Result<Value, No> {
    let secret = form.get("refresh_token").map(String::as_str).unwrap_or_default();
    let lives = |token: &&Token| {
        token.kind == "refresh" && token.app == app && token.revoked.is_none() && token.expires_us.is_none_or(|end| end > now_us)
    };
    const OVER: No = (400, "invalid_grant", "Token has been expired or revoked.");
    let product = of_refresh_token(secret).ok_or(OVER)?;
    let old = state.token(secret).filter(lives).cloned().ok_or(OVER)?;
    let issue = Issue {
        product,
        app,
        person: &old.person,
        account: old.account.as_deref(),
        scopes: &old.scopes,
        now_us,
    };
    Ok(issue.answer(state, false))
}

/// Two of the short names are told as the long ones that they stand for.
fn told(scope: &str) -> &str {
    match scope {
        "email" => "https://www.googleapis.com/auth/userinfo.email",
        "profile" => "https://www.googleapis.com/auth/userinfo.profile",
        other => other,
    }
}

/// What tokens are given for.
struct Issue<'a> {
    product: &'static Product,
    app: &'a str,
    person: &'a str,
    /// The one account that they are for, if they are for one.
    account: Option<&'a str>,
    scopes: &'a BTreeSet<String>,
    now_us: i64,
}

impl Issue<'_> {
    /// Whether a token lives that was given for the same.
    fn is_of(&self, token: &Token) -> bool {
        token.network == self.product.network
            && token.app == self.app
            && token.person == self.person
            && token.account.as_deref() == self.account
            && token.revoked.is_none()
    }

    fn token(&self, state: &mut State, kind: &str, start: &str, lasts_s: Option<i64>) -> String {
        let value = format!("{start}{}", state.secret(80));
        state.put_token(Token {
            value: value.clone(),
            network: self.product.network,
            kind: kind.to_owned(),
            person: self.person.to_owned(),
            account: self.account.map(str::to_owned),
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
            "access_token": self.token(state, "access", self.product.access, Some(ACCESS_S)),
            "expires_in": ACCESS_S,
            "scope": self.scopes.iter().map(|scope| told(scope)).collect::<Vec<_>>().join(" "),
            "token_type": "Bearer",
        });
        if renews {
            let lasts_s = is_testing(self.app).then_some(TESTING_S);
            said["refresh_token"] = self.token(state, "refresh", self.product.refresh, lasts_s).into();
            if let Some(seconds) = lasts_s {
                said["refresh_token_expires_in"] = seconds.into();
            }
            self.end_the_oldest(state);
        }
        said
    }

    /// An app has so many refresh tokens of an account; one more ends the oldest without a word.
    fn end_the_oldest(&self, state: &mut State) {
        let live: Vec<(i64, String)> = state
            .tokens()
            .filter(|token| token.kind == "refresh" && self.is_of(token))
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
            .filter(|token| of_network(token.network).is_some() && token.revoked.is_none())
            .cloned()?;
        let same = |other: &&mut Token| {
            (other.network, &other.app, &other.person, &other.account) == (token.network, &token.app, &token.person, &token.account)
        };
        for other in state.tokens_mut().filter(same) {
            other.revoked = Some("revoked".to_owned());
        }
        Some(())
    });
    match known {
        Some(()) => StatusCode::OK.into_response(),
        None => refused(400, "invalid_token", "Token expired or revoked"),
    }
}
