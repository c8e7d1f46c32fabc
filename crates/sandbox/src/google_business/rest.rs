//! What every call must bring: a live token, its permission, room in the project's minute, and access to the location.

use std::collections::BTreeMap;

use http::{HeaderMap, header};
use serde_json::Value;

use super::error::{Answer, Refusal};
use super::{NETWORK, POSTS, is_disabled, quota};
use crate::google::header_text;
use crate::world::{Account, State, Token, World};

const MANAGE: [&str; 2] = [
    "https://www.googleapis.com/auth/business.manage",
    "https://www.googleapis.com/auth/plus.business.manage",
];

/// Who asks: a live access token, whatever it allows.
///
/// # Errors
/// 401 for one that is none or is over.
pub fn known(world: &World, state: &State, headers: &HeaderMap) -> Answer<Token> {
    let now_us = world.clock.now_us();
    let secret = header_text(headers, header::AUTHORIZATION.as_str()).strip_prefix("Bearer ");
    let lives = |token: &&Token| {
        token.network == NETWORK && token.kind == "access" && token.revoked.is_none() && token.expires_us.is_none_or(|end| end > now_us)
    };
    let token = secret.and_then(|secret| state.token(secret.trim())).filter(lives);
    token.cloned().ok_or_else(Refusal::token)
}

/// The same of one that may manage locations, to one of the APIs.
///
/// # Errors
/// 401 for the token, 403 without the permission or the API, 429 without room.
pub fn enter(world: &World, state: &mut State, headers: &HeaderMap, api: &'static str) -> Answer<Token> {
    let token = known(world, state, headers)?;
    if api == POSTS && is_disabled(&token.app) {
        return Err(Refusal::disabled());
    }
    quota::take(state, &token.app, api, world.clock.now_us())?;
    if !MANAGE.iter().any(|scope| token.scopes.contains(*scope)) {
        return Err(Refusal::scope());
    }
    Ok(token)
}

/// A location that the person may use.
///
/// # Errors
/// 404 if there is none, 403 if it is another's.
pub fn location(state: &State, token: &Token, id: &str) -> Answer<Account> {
    let location = state.account(NETWORK, id).ok_or_else(Refusal::missing)?;
    if !location.roles.contains_key(&token.person) {
        return Err(Refusal::forbidden());
    }
    Ok(location.clone())
}

/// How many entries of a list are asked for.
///
/// # Errors
/// 400 beyond what a page has.
pub fn page_size(query: &BTreeMap<String, String>, (usual, max): (usize, usize)) -> Answer<usize> {
    let Some(text) = query.get("pageSize") else {
        return Ok(usual);
    };
    let size = text.parse::<usize>().ok().filter(|size| (1..=max).contains(size));
    size.ok_or_else(|| Refusal::invalid(format!("page_size must be between 1 and {max}.")))
}

/// A page of a list, and what the next is asked with.
///
/// # Errors
/// 400 for a token that none of its pages gave.
pub fn page(query: &BTreeMap<String, String>, size: usize, all: Vec<Value>) -> Answer<(Vec<Value>, Option<String>)> {
    let from = match query.get("pageToken").filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => token
            .strip_prefix("page-")
            .and_then(|from| from.parse::<usize>().ok())
            .filter(|from| *from < all.len())
            .ok_or_else(|| Refusal::invalid("The page token is invalid."))?,
    };
    let end = (from + size).min(all.len());
    let next = (end < all.len()).then(|| format!("page-{end}"));
    Ok((all[from..end].to_vec(), next))
}
