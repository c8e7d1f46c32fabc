//! Sessions: login by app password, rotation of refresh tokens with its two hours of grace, service tokens.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, header};
use postrider_core::network::Network;
use serde_json::{Value, json};

use super::dpop;
use super::error::{Answer, Refusal};
use super::identity::{did_doc, resolve};
use super::points::{Bent, LOGINS};
use super::repos::Repos;
use super::xrpc::{Params, header_text, input, text};
use super::{NETWORK, PDS};
use crate::world::{Account, State, Token, World};

const ACCESS_S: i64 = 120 * 60;
const REFRESH_S: i64 = 90 * 86_400;
const GRACE_S: i64 = 2 * 3_600;
const SERVICE_DEFAULT_S: i64 = 60;
const SERVICE_S_MAX: i64 = 3_600;

/// The session routes of one host.
pub fn routes(host: &str) -> Router<Arc<World>> {
    let at = |nsid: &str| format!("/{host}/xrpc/com.atproto.server.{nsid}");
    Router::new()
        .route(&at("createSession"), routing::post(create_session))
        .route(&at("refreshSession"), routing::post(refresh_session))
        .route(&at("getSession"), routing::get(get_session))
        .route(&at("deleteSession"), routing::post(delete_session))
        .route(&at("getServiceAuth"), routing::get(service_auth))
}

/// The secret of the `Authorization` header: one that whoever holds it may use, or one whose proof was looked at already.
pub fn shown(headers: &HeaderMap) -> Answer<&str> {
    let text = header_text(headers, &header::AUTHORIZATION);
    ["Bearer ", "DPoP "]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))
        .map(str::trim)
        .filter(|secret| !secret.is_empty())
        .ok_or_else(|| Refusal::unauthorized("AuthMissing", "Authentication Required"))
}

/// The living token of a request.
///
/// # Errors
/// As the reference server: 401 `AuthMissing` without one, 400 `ExpiredToken` (not 401) for one that ended, 400 `InvalidToken`
/// for any other.
pub fn token(state: &State, headers: &HeaderMap, kind: &str, now_us: i64) -> Answer<Token> {
    let token = state.token(shown(headers)?).filter(|token| token.network == NETWORK);
    let token = token.ok_or_else(|| Refusal::bad("InvalidToken", "Token could not be verified"))?;
    if token.kind != kind {
        return Err(Refusal::bad("InvalidToken", "Bad token scope"));
    }
    if dpop::is_bound(token) && header_text(headers, &header::AUTHORIZATION).starts_with("Bearer ") {
        return Err(dpop::not_valid("Access token is bound to a DPoP proof, but token type is Bearer"));
    }
    if token.expires_us.is_some_and(|end| end <= now_us) || token.revoked.as_deref() == Some("expired_token") {
        return Err(Refusal::bad("ExpiredToken", "Token has expired"));
    }
    if token.revoked.is_some() {
        return Err(Refusal::bad("InvalidToken", "Token has been revoked"));
    }
    if token
        .account
        .as_ref()
        .and_then(|did| state.account(NETWORK, did))
        .is_some_and(|account| account.suspended)
    {
        return Err(taken_down());
    }
    Ok(token.clone())
}

/// The account behind an access token: its DID.
pub fn author(state: &State, headers: &HeaderMap, now_us: i64) -> Answer<String> {
    token(state, headers, "access", now_us)?
        .account
        .ok_or_else(|| Refusal::bad("InvalidToken", "Token could not be verified"))
}

/// What a suspended account's sign-in and calls are answered.
pub fn taken_down() -> Refusal {
    Refusal::unauthorized("AccountTakedown", "Account has been taken down")
}

/// A token in the shape of a JSON Web Token, its signature drawn.
pub fn jwt(state: &mut State, claims: &Value) -> String {
    let head = URL_SAFE_NO_PAD.encode(br#"{"typ":"JWT","alg":"ES256K"}"#);
    let signature: Vec<u8> = (0..8).flat_map(|_| state.random().to_be_bytes()).collect();
    format!(
        "{head}.{}.{}",
        URL_SAFE_NO_PAD.encode(claims.to_string()),
        URL_SAFE_NO_PAD.encode(signature)
    )
}

struct Kind {
    name: &'static str,
    scope: &'static str,
    lasts_s: i64,
}

const ACCESS: Kind = Kind {
    name: "access",
    scope: "com.atproto.appPass",
    lasts_s: ACCESS_S,
};
const REFRESH: Kind = Kind {
    name: "refresh",
    scope: "com.atproto.refresh",
    lasts_s: REFRESH_S,
};

fn issue(state: &mut State, account: &Account, kind: &Kind, now_us: i64) -> String {
    let (iat, exp) = (now_us / 1_000_000, now_us / 1_000_000 + kind.lasts_s);
    let value = jwt(
        state,
        &json!({"scope": kind.scope, "sub": account.id, "aud": format!("did:web:{PDS}"), "iat": iat, "exp": exp}),
    );
    state.put_token(Token {
        value: value.clone(),
        network: NETWORK,
        kind: kind.name.to_owned(),
        person: account.roles.keys().next().cloned().unwrap_or_default(),
        account: Some(account.id.clone()),
        app: String::new(),
        scopes: BTreeSet::from([kind.scope.to_owned()]),
        targets: BTreeSet::new(),
        issued_us: now_us,
        expires_us: Some(now_us + kind.lasts_s * 1_000_000),
        revoked: None,
        details: Value::Null,
    });
    value
}

fn session_json(world: &World, account: &Account) -> Value {
    json!({
        "did": account.id,
        "handle": account.handle,
        "email": account.details["email"],
        "emailConfirmed": account.details["email_confirmed"],
        "emailAuthFactor": true,
        "active": !account.suspended,
        "didDoc": did_doc(world, account),
    })
}

fn with_tokens(mut session: Value, access: &str, refresh: &str) -> Value {
    session["accessJwt"] = access.into();
    session["refreshJwt"] = refresh.into();
    session
}

fn listed(details: &Value, name: &str, wanted: &str) -> bool {
    details[name]
        .as_array()
        .is_some_and(|list| list.iter().any(|known| known == wanted))
}

async fn create_session(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: Body) -> Answer<Response> {
    let input = input(&headers, body).await?;
    let identifier = text(&input, "identifier")?.trim().to_lowercase();
    let password = text(&input, "password")?;
    let now_us = world.clock.now_us();
    let (gauge, account, access, refresh) = world.with(|state| {
        let gauge = state.own::<Repos>().buckets.take(LOGINS, &identifier, 1, now_us, Bent::default())?;
        let by_email = state
            .accounts_of(Network::Bluesky)
            .find(|account| account.details["email"] == *identifier);
        let account = by_email.or_else(|| resolve(state, &identifier)).cloned();
        let wrong = || Refusal::unauthorized("AuthenticationRequired", "Invalid identifier or password").with_headers(gauge.clone());
        let account = account.ok_or_else(wrong)?;
        if account.details["main_password"] == password {
            let message = "A sign in code has been sent to your email address";
            return Err(Refusal::unauthorized("AuthFactorTokenRequired", message).with_headers(gauge.clone()));
        }
        if !listed(&account.details, "app_passwords", password) {
            return Err(wrong());
        }
        if account.suspended {
            return Err(taken_down());
        }
        let access = issue(state, &account, &ACCESS, now_us);
        let refresh = issue(state, &account, &REFRESH, now_us);
        Ok((gauge, account, access, refresh))
    })?;
    let body = with_tokens(session_json(&world, &account), &access, &refresh);
    Ok((gauge, Json(body)).into_response())
}

async fn refresh_session(Shared(world): Shared<Arc<World>>, headers: HeaderMap, body: Body) -> Answer<Json<Value>> {
    let sent = axum::body::to_bytes(body, 1_024).await.map_or(true, |bytes| !bytes.is_empty());
    if sent || headers.contains_key(header::CONTENT_TYPE) {
        return Err(Refusal::invalid("A request body was provided when none was expected"));
    }
    let now_us = world.clock.now_us();
    let (account, access, refresh) = world.with(|state| {
        let old = token(state, &headers, "refresh", now_us)?;
        let account = old.account.as_ref().and_then(|did| state.account(NETWORK, did)).cloned();
        let account = account.ok_or_else(|| Refusal::bad("InvalidToken", "Could not find account"))?;
        let access = issue(state, &account, &ACCESS, now_us);
        let successor = old.details["successor"].as_str().map(str::to_owned);
        let refresh = match successor {
            Some(successor) => successor,
            None => {
                let next = issue(state, &account, &REFRESH, now_us);
                if let Some(old) = state.token_mut(&old.value) {
                    old.details = json!({"successor": next});
                    let grace_ends_us = now_us + GRACE_S * 1_000_000;
                    old.expires_us = Some(old.expires_us.map_or(grace_ends_us, |end| end.min(grace_ends_us)));
                }
                next
            }
        };
        Ok::<_, Refusal>((account, access, refresh))
    })?;
    Ok(Json(with_tokens(session_json(&world, &account), &access, &refresh)))
}

async fn get_session(Shared(world): Shared<Arc<World>>, headers: HeaderMap) -> Answer<Json<Value>> {
    let now_us = world.clock.now_us();
    let account = world.with(|state| {
        let did = author(state, &headers, now_us)?;
        state
            .account(NETWORK, &did)
            .cloned()
            .ok_or_else(|| Refusal::bad("InvalidToken", "Could not find account"))
    })?;
    Ok(Json(session_json(&world, &account)))
}

async fn delete_session(Shared(world): Shared<Arc<World>>, headers: HeaderMap) -> Answer<()> {
    let now_us = world.clock.now_us();
    world.with(|state| {
        let old = token(state, &headers, "refresh", now_us)?;
        if let Some(token) = state.token_mut(&old.value) {
            token.revoked = Some("revoked".to_owned());
        }
        Ok(())
    })
}

async fn service_auth(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer<Json<Value>> {
    let params = Params::read(query.as_deref());
    let now_us = world.clock.now_us();
    let now_s = now_us / 1_000_000;
    let token = world.with(|state| {
        let did = author(state, &headers, now_us)?;
        let audience = params.required("aud")?.to_owned();
        if !super::record::is_did(audience.split('#').next().unwrap_or_default()) {
            return Err(Refusal::invalid("Params/aud must be a valid did"));
        }
        let method = params.optional("lxm").map(str::to_owned);
        let exp = match params.optional("exp") {
            None => now_s + SERVICE_DEFAULT_S,
            Some(text) => text.parse::<i64>().map_err(|_| Refusal::invalid("Params/exp must be an integer"))?,
        };
        if exp < now_s {
            return Err(Refusal::bad("BadExpiration", "expiration is in past"));
        }
        if exp - now_s > SERVICE_S_MAX {
            return Err(Refusal::bad(
                "BadExpiration",
                "cannot request a token with an expiration more than an hour in the future",
            ));
        }
        if method.is_none() && exp - now_s > SERVICE_DEFAULT_S {
            let message = "cannot request a method-less token with an expiration more than a minute in the future";
            return Err(Refusal::bad("BadExpiration", message));
        }
        let value = jwt(
            state,
            &json!({"iss": did, "aud": audience, "lxm": method, "iat": now_s, "exp": exp}),
        );
        state.put_token(Token {
            value: value.clone(),
            network: NETWORK,
            kind: "service".to_owned(),
            person: String::new(),
            account: Some(did),
            app: String::new(),
            scopes: BTreeSet::new(),
            targets: BTreeSet::new(),
            issued_us: now_us,
            expires_us: Some(exp * 1_000_000),
            revoked: None,
            details: json!({"aud": audience, "lxm": method}),
        });
        Ok(value)
    })?;
    Ok(Json(json!({"token": token})))
}
