//! What every call of the API must bring: a token, its permissions, a body in JSON, and room in the minute's calls.

use std::collections::{BTreeMap, HashMap, VecDeque};

use axum::Json;
use http::{HeaderMap, header};
use serde_json::{Value, json};

use super::NETWORK;
use super::error::{Answer, Refusal, envelope};
use crate::world::{Account, State, Token, World};

const MINUTE_US: i64 = 60_000_000;

/// When calls were made, by app, account and endpoint.
#[derive(Default)]
struct Made(HashMap<(String, String, &'static str), VecDeque<i64>>);

/// A header as text, empty if absent.
pub fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The parameters of a query or form.
pub fn params(text: Option<&str>) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text.unwrap_or_default().as_bytes())
        .into_owned()
        .collect()
}

/// The JSON body of a call.
///
/// # Errors
/// 400 for anything that is no object, or is not said to be JSON.
pub fn body(headers: &HeaderMap, bytes: &[u8]) -> Answer<Value> {
    if !header_text(headers, "content-type").starts_with("application/json") {
        return Err(Refusal::invalid("The Content-Type must be application/json"));
    }
    let value: Option<Value> = serde_json::from_slice(bytes).ok();
    value
        .filter(Value::is_object)
        .ok_or_else(|| Refusal::invalid("The request body is no JSON object"))
}

/// What worked.
pub fn ok(data: &Value) -> Json<Value> {
    envelope(data, "ok", "")
}

/// Who asks: the token and its account. The call is counted once the token is known.
///
/// # Errors
/// 401 for a token that is none or lacks all of `any_of`, 429 beyond the minute's calls.
pub fn enter(
    world: &World,
    state: &mut State,
    headers: &HeaderMap,
    any_of: &[&str],
    (endpoint, per_minute): (&'static str, usize),
) -> Answer<(Token, Account)> {
    let now_us = world.clock.now_us();
    let secret = header_text(headers, header::AUTHORIZATION.as_str()).strip_prefix("Bearer ");
    let lives = |token: &&Token| {
        token.network == NETWORK && token.kind == "access" && token.revoked.is_none() && token.expires_us.is_none_or(|end| end > now_us)
    };
    let token = secret.and_then(|secret| state.token(secret.trim())).filter(lives);
    let token = token.cloned().ok_or_else(Refusal::token)?;
    let account = token.account.as_deref().and_then(|id| state.account(NETWORK, id)).cloned();
    let account = account.ok_or_else(Refusal::token)?;
    let made = &mut state.own::<Made>().0;
    let calls = made.entry((token.app.clone(), account.id.clone(), endpoint)).or_default();
    while calls.front().is_some_and(|at_us| *at_us <= now_us - MINUTE_US) {
        calls.pop_front();
    }
    if calls.len() >= per_minute {
        return Err(Refusal::new(
            429,
            "rate_limit_exceeded",
            "The API rate limit was exceeded. Please try again later.",
        ));
    }
    calls.push_back(now_us);
    if any_of.iter().any(|scope| token.scopes.contains(*scope)) {
        Ok((token, account))
    } else {
        Err(Refusal::scope())
    }
}

/// A number as TikTok writes ids: 64 bits, which some readers of JSON cannot hold.
pub fn number(id: &str) -> Value {
    id.parse::<u64>().map_or(Value::Null, |number| json!(number))
}
