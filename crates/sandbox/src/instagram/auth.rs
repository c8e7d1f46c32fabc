//! Tokens of Instagram's own login: code to short token, short to long, long to a fresh long one.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::seed::scoped_id;
use super::{NETWORK, token_of};
use crate::meta::{Answer, Asked, Params, Refusal, app_secret_fits};
use crate::world::{State, Token, World};

/// A short token lives one hour (§2).
const SHORT_S: i64 = 3_600;
/// A long token lives about 60 days (§2).
const LONG_S: i64 = 5_183_944;
/// A token must be this old to be refreshed (§2).
const REFRESH_AGE_US: i64 = 24 * 3_600 * 1_000_000;

/// The shape of errors of this host differs from the Graph API's (§2).
fn refuse(message: &str) -> Response {
    (
        StatusCode::BAD_REQUEST,
        Json(json!({"error_type": "OAuthException", "code": 400, "error_message": message})),
    )
        .into_response()
}

fn token(state: &mut State, old: &Token, now_us: i64, life_s: i64) -> Token {
    Token {
        value: format!("IGAA{}", state.secret(60)),
        issued_us: now_us,
        expires_us: Some(now_us + life_s * 1_000_000),
        details: json!({"long": life_s == LONG_S}),
        ..old.clone()
    }
}

/// `POST api.instagram.com/oauth/access_token`, a form.
pub async fn exchange_code(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: axum::body::Bytes) -> Response {
    let kind = headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return refuse("You must provide a client_id");
    }
    let params = Params::peek("", kind, &body);
    let now_us = world.clock.now_us();
    match world.with(|state| exchange(state, &params, now_us)) {
        Ok(answer) => Json(answer).into_response(),
        Err(message) => refuse(message),
    }
}

fn exchange(state: &mut State, params: &Params, now_us: i64) -> Result<Value, &'static str> {
    let app = params.text("client_id").ok_or("You must provide a client_id")?;
    let secret = params.text("client_secret").ok_or("You must provide a client_secret")?;
    if params.text("grant_type") != Some("authorization_code") {
        return Err("Invalid grant_type");
    }
    if !app_secret_fits(state, app, secret) {
        return Err("Error validating client secret.");
    }
    let redirect_uri = params.text("redirect_uri").ok_or("You must provide a redirect_uri")?;
    let value = params.text("code").ok_or("No code was provided")?;
    let code = state
        .codes
        .get_mut(value)
        .filter(|code| code.network == NETWORK && code.app == app && !code.used && code.expires_us > now_us);
    let code = code.ok_or("Matching code was not found or was already used")?;
    if code.redirect_uri != redirect_uri {
        return Err(
            "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request",
        );
    }
    code.used = true;
    let code = code.clone();
    let account = code.targets.first().cloned();
    let blank = Token {
        value: String::new(),
        network: NETWORK,
        kind: "user".to_owned(),
        person: code.person,
        account: account.clone(),
        app: code.app,
        scopes: code.scopes,
        targets: BTreeSet::new(),
        issued_us: now_us,
        expires_us: None,
        revoked: None,
        details: Value::Null,
    };
    let short = token(state, &blank, now_us, SHORT_S);
    // Flat, with a number and a list: what the live host answers, unlike its page (§2).
    let answer =
        json!({"access_token": short.value, "user_id": scoped_id(account.as_deref().unwrap_or_default()), "permissions": short.scopes});
    state.put_token(short);
    Ok(answer)
}

/// `GET graph.instagram.com/access_token`.
pub fn exchange_token(asked: &Asked) -> Answer {
    if asked.params.need("grant_type")? != "ig_exchange_token" {
        return Err(Refusal::parameter("Invalid grant_type"));
    }
    let secret = asked.params.need("client_secret")?.to_owned();
    asked.world.with(|state| {
        let short = token_of(asked, state)?;
        if !app_secret_fits(state, &short.app, &secret) {
            return Err(Refusal::new(400, 1, "Error validating client secret."));
        }
        if short.details["long"] == true {
            return Err(Refusal::new(
                400,
                452,
                "Session key invalid: only a short-lived token can be exchanged",
            ));
        }
        Ok(give_long(asked, state, &short))
    })
}

fn give_long(asked: &Asked, state: &mut State, old: &Token) -> Value {
    let long = token(state, old, asked.world.clock.now_us(), LONG_S);
    let permissions = long.scopes.iter().cloned().collect::<Vec<_>>().join(",");
    let answer = json!({"access_token": long.value, "token_type": "bearer", "expires_in": LONG_S, "permissions": permissions});
    state.put_token(long);
    answer
}

/// `GET graph.instagram.com/refresh_access_token`.
pub fn refresh(asked: &Asked) -> Answer {
    if asked.params.need("grant_type")? != "ig_refresh_token" {
        return Err(Refusal::parameter("Invalid grant_type"));
    }
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        let old = token_of(asked, state)?;
        if !old.scopes.contains("instagram_business_basic") {
            return Err(Refusal::of("permission_missing"));
        }
        if old.details["long"] != true || now_us - old.issued_us < REFRESH_AGE_US {
            return Err(Refusal::parameter(
                "The token cannot be refreshed: it must be long-lived and at least 24 hours old",
            ));
        }
        Ok(give_long(asked, state, &old))
    })
}
