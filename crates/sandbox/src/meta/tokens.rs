//! Tokens of both networks: found in a request, checked, and the people behind them.

use std::collections::BTreeMap;

use hmac::{Hmac, Mac};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use sha2::Sha256;

use super::{Params, Refusal};
use crate::world::{State, Token, hex};

/// Facebook's ids of the seeded people.
const PERSON_IDS: &[(&str, &str)] = &[
    ("ada", "100064500000001"),
    ("ben", "100064500000002"),
    ("chiara", "100064500000003"),
    ("dmitri", "100064500000004"),
];

/// Facebook's id of a person.
pub fn person_id(key: &str) -> &'static str {
    PERSON_IDS.iter().find(|(person, _)| *person == key).map_or("0", |(_, id)| id)
}

/// The key of the person with a Facebook id.
pub fn person_of_id(id: &str) -> Option<&'static str> {
    PERSON_IDS.iter().find(|(_, other)| *other == id).map(|(key, _)| *key)
}

/// The token of an `Authorization: Bearer …` or `OAuth …` header.
pub fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth");
    known.then(|| token.trim().to_owned())
}

/// Each app's secret as first seen: the sandbox needs no registration, but a second secret for one app is wrong.
#[derive(Default)]
struct Apps(BTreeMap<String, String>);

/// Whether a secret is that of the app; the first one shown is.
pub fn app_secret_fits(state: &mut State, app: &str, secret: &str) -> bool {
    !secret.is_empty() && state.own::<Apps>().0.entry(app.to_owned()).or_insert_with(|| secret.to_owned()) == secret
}

/// The token of a request if it is alive.
///
/// # Errors
/// 104 without a token, 190 with the subcode of why it is dead, 100 for a wrong `appsecret_proof`.
pub fn live_token(state: &mut State, now_us: i64, token: Option<&str>, params: &Params) -> Result<Token, Refusal> {
    let value = token.ok_or_else(|| Refusal::new(400, 104, "An access token is required to request this resource."))?;
    let token = state.token(value).cloned().ok_or_else(|| Refusal::of("token_invalid"))?;
    if let Some(reason) = &token.revoked {
        return Err(super::named(reason)
            .filter(|refusal| refusal.code == 190)
            .unwrap_or_else(|| Refusal::of("token_revoked")));
    }
    if token.expires_us.is_some_and(|end_us| end_us <= now_us) {
        return Err(Refusal::of("token_expired"));
    }
    if let (Some(proof), Some(secret)) = (params.text("appsecret_proof"), state.own::<Apps>().0.get(&token.app))
        && proof != app_secret_proof(secret, value)
    {
        let mut refusal = Refusal::new(400, 100, "Invalid appsecret_proof provided in the API argument");
        refusal.kind = "GraphMethodException";
        return Err(refusal);
    }
    Ok(token)
}

fn app_secret_proof(secret: &str, token: &str) -> String {
    // HMAC takes keys of any length, so this cannot fail; an empty proof fits nothing if it did.
    Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(token.as_bytes());
            hex(&mac.finalize().into_bytes())
        },
    )
}
