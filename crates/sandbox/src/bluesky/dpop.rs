//! Proofs that a call comes from who holds a key (RFC 9449), as the servers of the AT Protocol ask for them: by ES256, with a nonce that
//! they change every minute, each proof once.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State as Shared;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::{Answer, Refusal};
use super::xrpc::header_text;
use super::{ENTRYWAY, NETWORK, PDS, auth};
use crate::passage::split_host;
use crate::world::{State, Token, World};

/// How often the nonce changes; the one before and the one after are taken as well (reference server: three minutes in all).
const NONCE_US: i64 = 60_000_000;
/// How far a proof's instant may be off: what a nonce may be old, and ten seconds (reference server).
const OFF_S: i64 = 190;
/// How long a proof's name is remembered.
const NAMES_US: i64 = 600_000_000;

/// What servers remember of proofs.
#[derive(Default)]
struct Seen {
    secret: Option<u64>,
    names: HashMap<String, i64>,
}

/// What a proof was made for.
pub struct Call<'a> {
    /// The HTTP method.
    pub method: &'a Method,
    /// The real host.
    pub host: &'a str,
    /// The path there.
    pub path: &'a str,
    /// The access that is shown with it, if one is.
    pub access: Option<&'a str>,
}

fn digest(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

/// The nonce of a host so many changes from now.
fn nonce(state: &mut State, host: &str, now_us: i64, from_now: i64) -> String {
    let known = state.own::<Seen>().secret;
    let secret = known.unwrap_or_else(|| state.random());
    state.own::<Seen>().secret = Some(secret);
    digest(format!("{secret} {host} {}", now_us.div_euclid(NONCE_US) + from_now).as_bytes())
}

/// Adds the nonce that the next proof is to carry.
pub fn tell_nonce(world: &World, host: &str, headers: &mut HeaderMap) {
    let now_us = world.clock.now_us();
    let next = world.with(|state| nonce(state, host, now_us, 1));
    if let Ok(value) = HeaderValue::from_str(&next) {
        headers.insert("dpop-nonce", value);
    }
}

fn wrong(message: impl Into<String>) -> Refusal {
    Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_dpop_proof", message)
}

/// A part of a token, read.
fn part(text: Option<&str>) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text?).ok()?).ok()
}

/// The head and the claims of a token by ES256 whose signature is by `key`, or by the key that it carries itself.
pub fn verified(token: &str, key: Option<&Value>) -> Option<(Value, Value)> {
    let mut parts = token.split('.');
    let (head, claims, signature) = (parts.next(), parts.next(), parts.next()?);
    let (head, claims) = (part(head)?, part(claims)?);
    let key = key.unwrap_or(&head["jwk"]);
    let fits = parts.next().is_none() && head["alg"] == "ES256" && key["kty"] == "EC" && key["crv"] == "P-256" && key["d"].is_null();
    let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str()?).ok();
    let point = [vec![4], coordinate("x")?, coordinate("y")?].concat();
    let text = &token[..token.len() - signature.len() - 1];
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let signed = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(text.as_bytes(), &signature);
    (fits && signed.is_ok()).then_some((head, claims))
}

/// The name of a key (RFC 7638).
pub fn thumbprint(key: &Value) -> String {
    digest(format!(r#"{{"crv":{},"kty":{},"x":{},"y":{}}}"#, key["crv"], key["kty"], key["x"], key["y"]).as_bytes())
}

/// Looks at the proof of a call; answers the name of the key that made it.
///
/// # Errors
/// `invalid_dpop_proof` for a proof that is not one of this call, `use_dpop_nonce` for one without a nonce of ours.
pub fn proven(world: &World, call: &Call<'_>, headers: &HeaderMap) -> Answer<String> {
    let mut proofs = headers.get_all("dpop").iter();
    let proof = proofs
        .next()
        .and_then(|proof| proof.to_str().ok())
        .ok_or_else(|| wrong("DPoP proof required"))?;
    if proofs.next().is_some() {
        return Err(wrong("DPoP header must contain a single proof"));
    }
    let (head, claims) = verified(proof, None).ok_or_else(|| wrong("Failed to verify DPoP proof"))?;
    if head["typ"] != "dpop+jwt" {
        return Err(wrong("Failed to verify DPoP proof: unexpected \"typ\" JWT header value"));
    }
    // The instant is compared with true time: what a test adds to the networks' time does not move who calls them.
    let off_s = claims["iat"].as_i64().map(|iat| iat - world.clock.true_us() / 1_000_000);
    if off_s.is_none_or(|off_s| off_s.abs() > OFF_S) {
        return Err(wrong("Failed to verify DPoP proof: \"iat\" claim timestamp check failed"));
    }
    let name = claims["jti"]
        .as_str()
        .filter(|name| !name.is_empty())
        .ok_or_else(|| wrong("DPoP \"jti\" missing"))?;
    if claims["htm"] != call.method.as_str() {
        return Err(wrong("DPoP \"htm\" mismatch"));
    }
    let own = [format!("https://{}{}", call.host, call.path), world.url(call.host, call.path)];
    if !claims["htu"].as_str().is_some_and(|htu| own.iter().any(|own| own == htu)) {
        return Err(wrong("DPoP \"htu\" mismatch"));
    }
    let now_us = world.clock.now_us();
    world.with(|state| {
        let taken = [-1, 0, 1].map(|from_now| nonce(state, call.host, now_us, from_now));
        match claims["nonce"].as_str() {
            Some(told) if taken.iter().any(|known| known == told) => {}
            told => {
                let message = if told.is_some() {
                    "DPoP \"nonce\" mismatch"
                } else {
                    "Authorization server requires nonce in DPoP proof"
                };
                return Err(Refusal::oauth(StatusCode::BAD_REQUEST, "use_dpop_nonce", message));
            }
        }
        match (call.access, claims["ath"].as_str()) {
            (Some(access), Some(told)) if told == digest(access.as_bytes()) => {}
            (Some(_), _) => return Err(wrong("DPoP \"ath\" mismatch")),
            (None, Some(_)) => return Err(wrong("DPoP \"ath\" claim not allowed")),
            (None, None) => {}
        }
        let seen = state.own::<Seen>();
        seen.names.retain(|_, at_us| *at_us + NAMES_US > now_us);
        if seen.names.insert(name.to_owned(), now_us).is_some() {
            return Err(wrong("DPoP proof replayed"));
        }
        Ok(thumbprint(&head["jwk"]))
    })
}

/// Whether only who holds a key may use a token.
pub fn is_bound(token: &Token) -> bool {
    token.details["jkt"].is_string()
}

fn challenge(error: &str, message: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let text = format!(
        "DPoP algs=\"ES256\", error=\"{error}\", error_description=\"{}\"",
        message.replace('"', "'")
    );
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert(header::WWW_AUTHENTICATE, value);
    }
    headers
}

/// 401 for an access that does not hold, or not for who shows it.
pub fn not_valid(message: &str) -> Refusal {
    Refusal::unauthorized("invalid_token", message).with_headers(challenge("invalid_token", message))
}

/// The same refusal as a server of records makes it: 401, with the reason in a header.
fn of_resource(refusal: &Refusal) -> Refusal {
    if refusal.error() == "use_dpop_nonce" {
        let message = "Resource server requires nonce in DPoP proof";
        return Refusal::unauthorized("use_dpop_nonce", message).with_headers(challenge("use_dpop_nonce", message));
    }
    not_valid(refusal.message())
}

/// What may be called by an access of OAuth that allows nothing but to know the account.
const OF_ANY_SCOPE: &[&str] = &["/xrpc/com.atproto.server.getSession", "/xrpc/com.atproto.identity.resolveHandle"];

/// The middleware around the servers of records: who shows an access by `DPoP` proves it.
pub async fn pass(Shared(world): Shared<Arc<World>>, request: Request<Body>, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let (host, rest) = split_host(&path);
    let shown = header_text(request.headers(), &header::AUTHORIZATION)
        .strip_prefix("DPoP ")
        .map(str::to_owned);
    let Some(access) = shown.filter(|_| [ENTRYWAY, PDS].contains(&host)) else {
        return next.run(request).await;
    };
    let call = Call {
        method: request.method(),
        host,
        path: rest,
        access: Some(&access),
    };
    let proven = proven(&world, &call, request.headers()).map_err(|refusal| of_resource(&refusal));
    let mut response = match proven.and_then(|key| holds(&world, &access, &key, rest)) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    tell_nonce(&world, host, response.headers_mut());
    response
}

/// Whether an access lives, is bound to the key, and allows the call.
fn holds(world: &World, access: &str, key: &str, path: &str) -> Answer<()> {
    let now_us = world.clock.now_us();
    world.with(|state| {
        let token = state
            .token(access)
            .filter(|token| token.network == NETWORK && token.kind == "access" && is_bound(token));
        let token = token.ok_or_else(|| not_valid("Malformed token"))?;
        if token.details["jkt"] != key {
            return Err(not_valid("Invalid DPoP key binding"));
        }
        if token.expires_us.is_some_and(|end| end <= now_us) || token.revoked.is_some() {
            return Err(not_valid("Invalid token: \"exp\" claim timestamp check failed"));
        }
        let suspended = |did| state.account(NETWORK, did).is_some_and(|account| account.suspended);
        if token.account.as_deref().is_some_and(suspended) {
            return Err(auth::taken_down());
        }
        if !token.scopes.contains("transition:generic") && !OF_ANY_SCOPE.contains(&path) {
            let message = "Missing required scope \"transition:generic\"";
            return Err(Refusal::new(StatusCode::FORBIDDEN, "ScopeMissingError", message));
        }
        Ok(())
    })
}

/// What the servers say of the proofs that they take.
pub fn algorithms() -> Value {
    json!(["ES256"])
}
