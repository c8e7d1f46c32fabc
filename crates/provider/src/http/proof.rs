//! Proofs that a call comes from who holds a key: DPoP (RFC 9449) and a client's signed assertion (RFC 7523).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use url::Url;

use super::named;
use crate::adapter::Secrets;
use crate::answer::{Answer, Sent};
use crate::es256::{Key, hashed};
use crate::request::{Assertion, Auth, Method, Request};

/// How long an assertion holds, in seconds: Bluesky's servers take none that is older than a minute.
const ASSERTION_S: i64 = 60;
/// Of how many servers a nonce is remembered. One that is forgotten costs a repeated call.
const ORIGINS_MAX: usize = 4_096;
/// The refusal that asks for another nonce (RFC 9449 sections 8 and 9).
const USE_NONCE: &str = "use_dpop_nonce";

/// The nonce that each server gave last, by its origin.
#[derive(Default)]
pub struct Nonces(Mutex<HashMap<String, String>>);

impl Nonces {
    fn of(&self, origin: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(origin).cloned()
    }

    /// Remembers the nonce that an answer brought.
    pub fn learn(&self, request: &Request, answer: &Answer) {
        let (Some(nonce), Ok(url)) = (answer.header("dpop-nonce"), Url::parse(&request.url)) else {
            return;
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ORIGINS_MAX {
            known.clear();
        }
        known.insert(url.origin().ascii_serialization(), nonce.to_owned());
    }
}

/// Whether the server did nothing but ask for the same call with the nonce that it names: then the call was not processed, whatever it is,
/// and may be made once more.
pub fn asks_for_nonce(request: &Request, sent: &Sent) -> bool {
    let Sent::Answered(answer) = sent else { return false };
    let refused = match answer.status {
        // An authorization server (section 8).
        400 => !matches!(request.auth, Auth::Dpop(_)) && answer.json()["error"] == USE_NONCE,
        // A resource server (section 9).
        401 => answer.headers.iter().any(|(name, value)| {
            name == "www-authenticate" && value.starts_with("DPoP") && value.contains(&format!("error=\"{USE_NONCE}\""))
        }),
        _ => false,
    };
    request.proven_by.is_some() && refused && answer.header("dpop-nonce").is_some()
}

/// What makes one proof differ from every other.
#[derive(Clone, Copy)]
pub struct Moment {
    /// UTC milliseconds.
    pub now_ms: i64,
    /// Bytes that nobody draws twice.
    pub drawn: [u8; 16],
}

impl Moment {
    fn claims(self) -> Value {
        json!({"jti": URL_SAFE_NO_PAD.encode(self.drawn), "iat": self.now_ms.div_euclid(1_000)})
    }
}

/// The value of a call's `DPoP` header, if it is to be proven.
///
/// # Errors
/// In words: the key or the token is missing.
pub fn header(request: &Request, secrets: &Secrets, nonces: &Nonces, moment: Moment) -> Result<Option<String>, String> {
    let Some(name) = &request.proven_by else { return Ok(None) };
    let key = kept(name, secrets)?;
    let mut url = Url::parse(&request.url).map_err(|error| format!("the address cannot be read: {error}"))?;
    url.set_query(None);
    url.set_fragment(None);
    let mut claims = moment.claims();
    claims["htm"] = verb(request.method).into();
    claims["htu"] = url.as_str().into();
    if let Auth::Dpop(token) = &request.auth {
        claims["ath"] = hashed(named(token, secrets)?.as_bytes()).into();
    }
    if let Some(nonce) = nonces.of(&url.origin().ascii_serialization()) {
        claims["nonce"] = nonce.into();
    }
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": key.public()});
    Ok(Some(key.signed(&header, &claims)))
}

/// A client's word that it is itself.
///
/// # Errors
/// In words: the key is missing.
pub fn assertion(asked: &Assertion, secrets: &Secrets, moment: Moment) -> Result<String, String> {
    let key = kept(&asked.key, secrets)?;
    let mut claims = moment.claims();
    claims["iss"] = asked.client_id.as_str().into();
    claims["sub"] = asked.client_id.as_str().into();
    claims["aud"] = asked.audience.as_str().into();
    claims["exp"] = (moment.now_ms.div_euclid(1_000) + ASSERTION_S).into();
    let header = json!({"typ": "JWT", "alg": "ES256", "kid": key.thumbprint()});
    Ok(key.signed(&header, &claims))
}

fn kept(name: &str, secrets: &Secrets) -> Result<Key, String> {
    let kept = secrets.get(name).ok_or_else(|| format!("the secret `{name}` is not stored"))?;
    Key::read(kept)
}

const fn verb(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
    }
}
