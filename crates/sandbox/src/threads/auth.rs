//! Tokens: code to short token, short to long, long to a fresh long one; what a token is (§2).

use std::collections::BTreeSet;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{NETWORK, need, token_of};
use crate::meta::{Answer, Asked, Refusal, app_secret_fits};
use crate::world::{State, Token};

/// A short token lives one hour.
const SHORT_S: i64 = 3_600;
/// A long token lives about 60 days.
const LONG_S: i64 = 5_183_944;
/// A token must be this old to be refreshed.
const REFRESH_AGE_US: i64 = 24 * 3_600 * 1_000_000;
/// The data of a person are shown to an app for so long.
const DATA_ACCESS_US: i64 = 90 * 24 * 3_600 * 1_000_000;

/// The shape of errors of this step differs from the API's.
fn refuse(message: &str) -> Response {
    (
        StatusCode::BAD_REQUEST,
        Json(json!({"error_type": "OAuthException", "code": 400, "error_message": message})),
    )
        .into_response()
}

/// `/oauth/access_token`: a code for a short token by POST, an app's own token by GET.
pub fn access_token(asked: &Asked) -> Response {
    let given = match asked.method {
        Method::POST => exchange(asked),
        Method::GET => app_token(asked),
        _ => Err("Unsupported request"),
    };
    match given {
        Ok(answer) => Json(answer).into_response(),
        Err(message) => refuse(message),
    }
}

fn app_of<'a>(asked: &'a Asked, state: &mut State) -> Result<&'a str, &'static str> {
    let app = asked.params.text("client_id").ok_or("You must provide a client_id")?;
    let secret = asked.params.text("client_secret").ok_or("You must provide a client_secret")?;
    if app_secret_fits(state, app, secret) {
        Ok(app)
    } else {
        Err("Error validating client secret.")
    }
}

fn app_token(asked: &Asked) -> Result<Value, &'static str> {
    if asked.params.text("grant_type") != Some("client_credentials") {
        return Err("Invalid grant_type");
    }
    asked.world.with(|state| {
        let app = app_of(asked, state)?.to_owned();
        let value = format!("TH|{app}|{}", state.secret(27));
        let answer = json!({"access_token": value, "token_type": "bearer"});
        state.put_token(Token {
            value,
            kind: "app".to_owned(),
            app,
            ..blank(asked)
        });
        Ok(answer)
    })
}

fn blank(asked: &Asked) -> Token {
    Token {
        value: String::new(),
        network: NETWORK,
        kind: "user".to_owned(),
        person: String::new(),
        account: None,
        app: String::new(),
        scopes: BTreeSet::new(),
        targets: BTreeSet::new(),
        issued_us: asked.world.clock.now_us(),
        expires_us: None,
        revoked: None,
        details: Value::Null,
    }
}

fn exchange(asked: &Asked) -> Result<Value, &'static str> {
    if asked.params.text("grant_type") != Some("authorization_code") {
        return Err("Invalid grant_type");
    }
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        let app = app_of(asked, state)?;
        let redirect_uri = asked.params.text("redirect_uri").ok_or("You must provide a redirect_uri")?;
        let value = asked.params.text("code").ok_or("No code was provided")?;
        let code = state
            .codes
            .get_mut(value)
            .filter(|code| code.network == NETWORK && code.app == app && !code.used && code.expires_us > now_us);
        let code = code.ok_or("Matching code was not found or was already used")?;
        if code.redirect_uri != redirect_uri {
            return Err("Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request");
        }
        code.used = true;
        let code = code.clone();
        let account = code.targets.first().cloned().unwrap_or_default();
        let short = Token {
            value: format!("THQV{}", state.secret(60)),
            person: code.person,
            account: Some(account.clone()),
            app: code.app,
            scopes: code.scopes,
            expires_us: Some(now_us + SHORT_S * 1_000_000),
            details: json!({"long": false}),
            ..blank(asked)
        };
        // A number, beyond what a reader of floating point keeps apart.
        let answer = json!({"access_token": short.value, "user_id": account.parse::<u64>().unwrap_or(0)});
        state.put_token(short);
        Ok(answer)
    })
}

fn give_long(asked: &Asked, state: &mut State, old: &Token) -> Value {
    let now_us = asked.world.clock.now_us();
    let long = Token {
        value: format!("TH{}", state.secret(60)),
        issued_us: now_us,
        expires_us: Some(now_us + LONG_S * 1_000_000),
        details: json!({"long": true}),
        ..old.clone()
    };
    let answer = json!({"access_token": long.value, "token_type": "bearer", "expires_in": LONG_S});
    state.put_token(long);
    answer
}

/// `GET /access_token`.
pub fn exchange_token(asked: &Asked) -> Answer {
    if asked.params.need("grant_type")? != "th_exchange_token" {
        return Err(Refusal::parameter("Invalid grant_type"));
    }
    let secret = asked.params.need("client_secret")?.to_owned();
    asked.world.with(|state| {
        let short = token_of(asked, state)?;
        if !app_secret_fits(state, &short.app, &secret) {
            return Err(Refusal::new(400, 1, "Error validating client secret."));
        }
        if short.details["long"] == true {
            return Err(Refusal::parameter("Only a short-lived token can be exchanged"));
        }
        Ok(give_long(asked, state, &short))
    })
}

/// `GET /refresh_access_token`.
pub fn refresh(asked: &Asked) -> Answer {
    if asked.params.need("grant_type")? != "th_refresh_token" {
        return Err(Refusal::parameter("Invalid grant_type"));
    }
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        let old = token_of(asked, state)?;
        need(&old, "threads_basic")?;
        if old.details["long"] != true || now_us - old.issued_us < REFRESH_AGE_US {
            return Err(Refusal::parameter(
                "The token cannot be refreshed: it must be long-lived and at least 24 hours old",
            ));
        }
        Ok(give_long(asked, state, &old))
    })
}

/// `GET /debug_token`: what a token is, for testers of its app.
pub fn debug_token(asked: &Asked) -> Answer {
    let input = asked.params.need("input_token")?.to_owned();
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        let asking = token_of(asked, state)?;
        let profile = asking.account.as_deref().and_then(|id| state.account(NETWORK, id));
        if profile.is_none_or(|profile| profile.details["tester"] != true) {
            return Err(Refusal::of("permission_missing").saying("(#10) The access token must be a tester's of the same app"));
        }
        let about = state
            .token(&input)
            .filter(|token| token.network == NETWORK && token.app == asking.app);
        let Some(about) = about else {
            return Ok(json!({"data": {"is_valid": false, "scopes": []}}));
        };
        let alive = about.revoked.is_none() && about.expires_us.is_none_or(|end_us| end_us > now_us);
        Ok(json!({"data": {
            "type": "USER",
            "application": about.app,
            "data_access_expires_at": (about.issued_us + DATA_ACCESS_US) / 1_000_000,
            "expires_at": about.expires_us.map(|end_us| end_us / 1_000_000),
            "is_valid": alive,
            "issued_at": about.issued_us / 1_000_000,
            "scopes": about.scopes,
            "user_id": about.account,
        }}))
    })
}
