//! What every call of the API must bring, and what every answer tells: who asks, with which scopes, and how many calls are left.

use std::collections::HashMap;
use std::future::Future;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::NETWORK;
use super::error::{Answer, Refusal, budget};
use super::limits::{CALLS_PER_5_MINUTES, DELETES_PER_30_MINUTES, POSTS_PER_3_HOURS, UPLOADS_PER_30_MINUTES};
use super::scheduled;
use super::servers::Server;
use crate::world::{Account, State, Token, World};

const MINUTE_US: i64 = 60 * 1_000_000;

/// What a call is counted as, beside being a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Nothing else.
    Call,
    /// A new post.
    Post,
    /// An upload.
    Upload,
    /// A deletion.
    Delete,
}

impl Family {
    /// How many there may be, and in how long, microseconds.
    const fn window(self) -> (u32, i64) {
        match self {
            Family::Call => (CALLS_PER_5_MINUTES, 5 * MINUTE_US),
            Family::Post => (POSTS_PER_3_HOURS, 180 * MINUTE_US),
            Family::Upload => (UPLOADS_PER_30_MINUTES, 30 * MINUTE_US),
            Family::Delete => (DELETES_PER_30_MINUTES, 30 * MINUTE_US),
        }
    }
}

/// Calls by who made them and as what: which window, and how many in it. Windows begin at round times.
#[derive(Default)]
struct Made(HashMap<(String, Family), (i64, u32)>);

/// A budget as it stands: how many, how many are left, and when the window ends, UTC microseconds.
type Budget = (u32, u32, i64);

/// Counts a call; whether it may be made.
fn counted(state: &mut State, who: &str, family: Family, now_us: i64) -> (Budget, bool) {
    let (max, length_us) = family.window();
    let window = now_us.div_euclid(length_us);
    let count = state.own::<Made>().0.entry((who.to_owned(), family)).or_default();
    if count.0 != window {
        *count = (window, 0);
    }
    count.1 += 1;
    ((max, max.saturating_sub(count.1), (window + 1) * length_us), count.1 <= max)
}

/// A header as text, empty if absent.
pub fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether scopes hold one that is needed, themselves or by what stands above it.
pub fn holds<'a>(mut scopes: impl Iterator<Item = &'a String>, needed: &str) -> bool {
    let above = needed.split(':').next().unwrap_or_default();
    scopes.any(|scope| scope == needed || scope == above)
}

/// Who a call is for.
#[derive(Debug, Clone)]
pub struct Caller {
    /// By which token.
    pub token: Token,
    /// Whose.
    pub account: Account,
}

/// The token and the account of a call.
fn caller(state: &State, server: &Server, headers: &HeaderMap) -> Answer<Caller> {
    let secret = header_text(headers, header::AUTHORIZATION.as_str()).strip_prefix("Bearer ");
    let known = secret.and_then(|secret| state.token(secret.trim()));
    let token = known.filter(|token| token.network == NETWORK).ok_or_else(Refusal::bad_token)?;
    let account = token.account.as_deref().and_then(|id| state.account(NETWORK, id));
    let account = account.filter(|account| server.has(account)).ok_or_else(Refusal::bad_token)?;
    if token.revoked.is_some() {
        return Err(Refusal::revoked());
    }
    if account.suspended {
        return Err(Refusal::disabled());
    }
    Ok(Caller {
        token: token.clone(),
        account: account.clone(),
    })
}

/// A call of the API: the token is looked at, the call is counted, then it is worked on. Every answer tells what is left.
pub async fn paced<F, T>(
    world: &World,
    server: &Server,
    headers: &HeaderMap,
    family: Family,
    any_of: &[&str],
    work: impl FnOnce(Caller) -> F,
) -> Response
where
    F: Future<Output = Answer<T>>,
    T: IntoResponse,
{
    let now_us = world.clock.now_us();
    let entered = world.with(|state| {
        scheduled::send_due(state, now_us);
        let caller = caller(state, server, headers)?;
        let (of_token, mut may) = counted(state, &caller.token.value, Family::Call, now_us);
        let mut told = of_token;
        if may && family != Family::Call {
            (told, may) = counted(state, &caller.account.id, family, now_us);
        }
        Ok::<_, Refusal>((caller, told, may))
    });
    let (caller, (max, left, reset_us), may) = match entered {
        Ok(entered) => entered,
        Err(refusal) => return refusal.into_response(),
    };
    let allowed = match (may, any_of.iter().any(|needed| holds(caller.token.scopes.iter(), needed))) {
        (false, _) => Err(Refusal::too_many()),
        (true, false) => Err(Refusal::scope()),
        (true, true) => Ok(()),
    };
    let mut response = match allowed {
        Ok(()) => match work(caller).await {
            Ok(answer) => answer.into_response(),
            Err(refusal) => refusal.into_response(),
        },
        Err(refusal) => refusal.into_response(),
    };
    let told = budget(max, left, reset_us);
    response
        .headers_mut()
        .extend(told.into_iter().map(|(name, value)| (Some(name), value)));
    response
}

/// The body of a call, JSON or a form with `list[]` and `object[field]`.
///
/// # Errors
/// 400 for JSON that is none, 415 for anything else.
pub fn body(headers: &HeaderMap, bytes: &[u8]) -> Answer<Value> {
    let kind = header_text(headers, "content-type");
    if kind.starts_with("application/json") {
        let value: Option<Value> = serde_json::from_slice(bytes).ok().filter(Value::is_object);
        return value.ok_or_else(|| Refusal::new(400, "There was a problem in the JSON you submitted"));
    }
    if bytes.is_empty() || kind.starts_with("application/x-www-form-urlencoded") {
        return Ok(form(bytes));
    }
    Err(Refusal::new(415, "Unsupported Media Type"))
}

/// A form as a tree.
fn form(bytes: &[u8]) -> Value {
    let mut tree = Map::new();
    for (name, value) in url::form_urlencoded::parse(bytes) {
        let (first, rest) = name.split_once('[').map_or((name.as_ref(), ""), |(first, rest)| (first, rest));
        match rest.trim_end_matches(']') {
            "" if rest.is_empty() => {
                tree.insert(first.to_owned(), value.into_owned().into());
            }
            "" => push(tree.entry(first).or_insert_with(|| Value::Array(Vec::new())), value.into_owned()),
            inner => {
                let object = tree.entry(first).or_insert_with(|| Value::Object(Map::new()));
                match inner.strip_suffix("][") {
                    Some(list) if object.is_object() => {
                        if object[list].is_null() {
                            object[list] = Value::Array(Vec::new());
                        }
                        push(&mut object[list], value.into_owned());
                    }
                    None if object.is_object() => object[inner] = value.into_owned().into(),
                    _ => {}
                }
            }
        }
    }
    Value::Object(tree)
}

fn push(list: &mut Value, text: String) {
    if let Some(items) = list.as_array_mut() {
        items.push(text.into());
    }
}

/// A field as text; numbers as they are written.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A field as a switch, as Rails reads one; `None` where it is not said.
pub fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(on) => Some(*on),
        Value::String(text) => Some(!matches!(text.as_str(), "" | "0" | "f" | "false" | "off")),
        Value::Number(number) => Some(number.as_i64() != Some(0)),
        _ => None,
    }
}

/// A field as a number.
pub fn number(value: &Value) -> Option<i64> {
    text(value)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_form_says_what_json_says() {
        let said = form(b"status=Hi&media_ids[]=1&media_ids[]=2&poll[options][]=A&poll[options][]=B&poll[expires_in]=300");
        let meant = json!({"status": "Hi", "media_ids": ["1", "2"], "poll": {"options": ["A", "B"], "expires_in": "300"}});
        assert_eq!(said, meant);
        assert_eq!(number(&said["poll"]["expires_in"]), Some(300));
    }

    #[test]
    fn a_scope_holds_those_below_it() {
        let scopes = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert!(holds(scopes("write").iter(), "write:media"));
        assert!(holds(scopes("write:media").iter(), "write:media"));
        assert!(!holds(scopes("read write:statuses").iter(), "write:media"));
    }
}
