//! What every call of the API must bring: a token, its permissions, room in the project's day, parts that are known.

use std::collections::BTreeMap;

use http::{HeaderMap, header};
use serde_json::Value;

use super::error::{Answer, Refusal};
use super::seed::CHANNEL;
use super::{NETWORK, quota, video};
use crate::google::header_text;
use crate::world::{Account, State, Token, World};

const SCOPE: &str = "https://www.googleapis.com/auth/";
/// What allows to write on a channel.
pub const WRITE: &[&str] = &["youtube", "youtube.force-ssl"];
/// What allows to read it.
pub const READ: &[&str] = &["youtube", "youtube.force-ssl", "youtube.readonly"];
/// What allows to upload.
pub const UPLOAD: &[&str] = &["youtube", "youtube.force-ssl", "youtube.upload"];
/// What comments need.
pub const COMMENT: &[&str] = &["youtube.force-ssl"];

/// A parameter that has to be there.
///
/// # Errors
/// 400 if it is not.
pub fn need<'a>(query: &'a BTreeMap<String, String>, name: &str) -> Answer<&'a str> {
    let found = query.get(name).map(String::as_str).filter(|text| !text.is_empty());
    found.ok_or_else(|| Refusal::invalid("missingRequiredParameter", format!("No {name} was specified.")))
}

/// The parts that are asked for or sent.
///
/// # Errors
/// 400 for none, or one that is not known.
pub fn parts(query: &BTreeMap<String, String>, known: &[&'static str]) -> Answer<Vec<&'static str>> {
    let named = need(query, "part")?.split(',').map(str::trim);
    let part = |name: &str| {
        let part = known.iter().find(|known| **known == name).copied();
        part.ok_or_else(|| Refusal::invalid("unknownPart", format!("`{name}` is no part.")))
    };
    named.map(part).collect()
}

/// How many entries of a list are asked for.
///
/// # Errors
/// 400 beyond what a page has.
pub fn count(query: &BTreeMap<String, String>, max: usize) -> Answer<usize> {
    let Some(text) = query.get("maxResults") else {
        return Ok(5);
    };
    let count = text.parse::<usize>().ok().filter(|count| (1..=max).contains(count));
    count.ok_or_else(|| Refusal::invalid("invalidParameter", format!("maxResults must be 1 to {max}.")))
}

/// The JSON body of a call.
///
/// # Errors
/// 400 for anything that is no object, or is not said to be JSON.
pub fn body(headers: &HeaderMap, bytes: &[u8]) -> Answer<Value> {
    if !header_text(headers, "content-type").starts_with("application/json") {
        return Err(Refusal::invalid(
            "badContent",
            "Unsupported content type. The body must be application/json.",
        ));
    }
    let value: Option<Value> = serde_json::from_slice(bytes).ok();
    value
        .filter(Value::is_object)
        .ok_or_else(|| Refusal::invalid("parseError", "This API does not support parsing form-encoded input."))
}

/// Who asks: a live access token and its account, whatever the token allows.
///
/// # Errors
/// 401 for a token that is none or is over.
pub fn known(world: &World, state: &State, headers: &HeaderMap) -> Answer<(Token, Account)> {
    let now_us = world.clock.now_us();
    let secret = header_text(headers, header::AUTHORIZATION.as_str()).strip_prefix("Bearer ");
    let lives = |token: &&Token| {
        token.network == NETWORK && token.kind == "access" && token.revoked.is_none() && token.expires_us.is_none_or(|end| end > now_us)
    };
    let token = secret.and_then(|secret| state.token(secret.trim())).filter(lives).cloned();
    let token = token.ok_or_else(Refusal::token)?;
    let account = token.account.as_deref().and_then(|id| state.account(NETWORK, id)).cloned();
    Ok((token, account.ok_or_else(Refusal::token)?))
}

/// The same of one that may do it, with room in the project's day. What is refused for its content costs as well.
///
/// # Errors
/// 401 for the token, 403 without any of these permissions or without room.
pub fn enter(world: &World, state: &mut State, headers: &HeaderMap, any_of: &[&str], units: u64) -> Answer<(Token, Account)> {
    let now_us = world.clock.now_us();
    let (token, account) = known(world, state, headers)?;
    if !any_of.iter().any(|scope| token.scopes.contains(&format!("{SCOPE}{scope}"))) {
        return Err(Refusal::scope());
    }
    quota::take_units(state, &token.app, units, now_us)?;
    video::flip_due(state, &account.id, now_us);
    Ok((token, account))
}

/// The same of one that has a channel in good standing.
///
/// # Errors
/// As [`enter`]; 401 without a channel, 403 for one that is suspended.
pub fn enter_channel(world: &World, state: &mut State, headers: &HeaderMap, any_of: &[&str], units: u64) -> Answer<(Token, Account)> {
    let (token, account) = enter(world, state, headers, any_of, units)?;
    if account.kind != CHANNEL {
        return Err(Refusal::new(401, "youtubeSignupRequired", "Unauthorized"));
    }
    if account.suspended {
        return Err(Refusal::new(
            403,
            "authenticatedUserAccountSuspended",
            "The account of the authenticated user is suspended.",
        ));
    }
    Ok((token, account))
}
