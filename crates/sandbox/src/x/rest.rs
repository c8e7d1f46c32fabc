//! What every call of the API must bring, and what every answer tells: who asks, with which permissions, paid for or not, and how many calls
//! are left in the short window and in the day.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::Value;

use super::NETWORK;
use super::error::{Answer, Refusal};
use super::limits::{APP_POSTS_PER_DAY, DAY_S, POSTS_PER_WINDOW, USER_POSTS_PER_DAY, WINDOW_S};
use crate::world::{Account, State, Token, World};

const SECOND_US: i64 = 1_000_000;

/// A call with a limit of its own: its name, how often a user may make it in a short window, the permissions that it takes.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    name: &'static str,
    per_window: u32,
    scopes: &'static [&'static str],
}

const fn endpoint(name: &'static str, per_window: u32, scopes: &'static [&'static str]) -> Endpoint {
    Endpoint { name, per_window, scopes }
}

const READ: &[&str] = &["tweet.read", "users.read"];
const WRITE: &[&str] = &["tweet.read", "tweet.write", "users.read"];
const MEDIA: &[&str] = &["media.write"];

/// `GET /2/users/me`.
pub const ME: Endpoint = endpoint("me", 75, READ);
/// `POST /2/tweets`.
pub const CREATE: Endpoint = endpoint("create", POSTS_PER_WINDOW, WRITE);
/// `DELETE /2/tweets/{id}`.
pub const DELETE: Endpoint = endpoint("delete", 50, WRITE);
/// `GET /2/tweets/{id}`.
pub const ONE: Endpoint = endpoint("one", 900, READ);
/// `GET /2/tweets`.
pub const SEVERAL: Endpoint = endpoint("several", 5_000, READ);
/// `GET /2/users/{id}/tweets`.
pub const OF_USER: Endpoint = endpoint("of_user", 900, READ);
/// `POST /2/media/upload/initialize`.
pub const INITIALIZE: Endpoint = endpoint("initialize", 1_875, MEDIA);
/// `POST /2/media/upload/{id}/append`.
pub const APPEND: Endpoint = endpoint("append", 1_875, MEDIA);
/// `POST /2/media/upload/{id}/finalize`.
pub const FINALIZE: Endpoint = endpoint("finalize", 1_875, MEDIA);
/// `GET /2/media/upload`.
pub const STATUS: Endpoint = endpoint("status", 1_000, MEDIA);
/// `POST /2/media/upload`.
pub const UPLOAD: Endpoint = endpoint("upload", 500, MEDIA);
/// `POST /2/media/metadata`.
pub const METADATA: Endpoint = endpoint("metadata", 500, MEDIA);

/// A span that began with its first call.
#[derive(Debug, Default, Clone, Copy)]
struct Span {
    began_us: i64,
    used: u32,
}

impl Span {
    /// The span that holds an instant.
    fn at(&mut self, now_us: i64, lasts_s: i64) -> &mut Span {
        if self.used == 0 || now_us >= self.began_us + lasts_s * SECOND_US {
            *self = Span { began_us: now_us, used: 0 };
        }
        self
    }
}

/// How often each call was made, by user; the posts of a day, by app and by user.
#[derive(Default)]
pub struct Made {
    calls: HashMap<(&'static str, String), Span>,
    app_posts: HashMap<String, Span>,
    user_posts: HashMap<String, Span>,
}

/// A limit as it stands: its name in headers, how many there are, how many are left, and when there are more, UNIX seconds.
#[derive(Debug, Clone, Copy)]
struct Limit {
    family: &'static str,
    max: u32,
    left: u32,
    reset_s: i64,
}

impl Limit {
    /// The limit of a span, one more call taken from it if there is room.
    fn of(family: &'static str, max: u32, span: &Span, lasts_s: i64) -> Self {
        Self {
            family,
            max,
            left: max.saturating_sub(span.used),
            reset_s: span.began_us / SECOND_US + lasts_s,
        }
    }
}

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
        return Err(Refusal::invalid("body", "The content type must be application/json."));
    }
    let value: Option<Value> = serde_json::from_slice(bytes).ok();
    value
        .filter(Value::is_object)
        .ok_or_else(|| Refusal::invalid("body", "The body is no JSON object."))
}

/// Whether a text is an id.
pub fn numeric(id: &str) -> bool {
    (1..=19).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn token(state: &State, headers: &HeaderMap, now_us: i64) -> Answer<Token> {
    let secret = header_text(headers, header::AUTHORIZATION.as_str()).strip_prefix("Bearer ");
    let known = secret.and_then(|secret| state.token(secret.trim()));
    let lives = |token: &&Token| {
        token.network == NETWORK && token.kind == "access" && token.revoked.is_none() && token.expires_us.is_none_or(|end| end > now_us)
    };
    known.filter(lives).cloned().ok_or_else(Refusal::unauthorized)
}

/// What a call may go on with.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The token.
    pub token: Token,
    /// The account that it is for.
    pub account: Account,
}

fn caller(state: &State, token: Token, endpoint: Endpoint) -> Answer<Caller> {
    if token.app.starts_with("broke") {
        return Err(Refusal::no_credits());
    }
    if let Some(scope) = endpoint.scopes.iter().find(|scope| !token.scopes.contains(**scope)) {
        return Err(Refusal::scope(scope));
    }
    let id = token.account.clone().unwrap_or_default();
    let account = state.account(NETWORK, &id).cloned().ok_or_else(Refusal::unauthorized)?;
    if account.suspended {
        return Err(Refusal::suspended());
    }
    Ok(Caller { token, account })
}

/// Takes a call from its budgets: how they stand after it, and whether it may be made. Only a post that stands is taken from the day's.
fn count(state: &mut State, token: &Token, endpoint: Endpoint, now_us: i64) -> (Vec<Limit>, bool) {
    let account = token.account.clone().unwrap_or_default();
    let quota = state.quota(NETWORK, &account);
    let made = state.own::<Made>();
    let span = made.calls.entry((endpoint.name, account.clone())).or_default().at(now_us, WINDOW_S);
    let mut may = span.used < endpoint.per_window;
    span.used += u32::from(may);
    let mut limits = vec![Limit::of("x-rate-limit", endpoint.per_window, span, WINDOW_S)];
    if endpoint.name == CREATE.name {
        let of_app = made.app_posts.entry(token.app.clone()).or_default().at(now_us, DAY_S);
        limits.push(Limit::of("x-app-limit-24hour", APP_POSTS_PER_DAY, of_app, DAY_S));
        let of_user = made.user_posts.entry(account).or_default().at(now_us, DAY_S);
        let max = quota
            .total
            .and_then(|total| u32::try_from(total).ok())
            .unwrap_or(USER_POSTS_PER_DAY);
        let used = Span {
            used: of_user.used + u32::try_from(quota.used).unwrap_or(u32::MAX),
            ..*of_user
        };
        limits.push(Limit::of("x-user-limit-24hour", max, &used, DAY_S));
        may &= limits.iter().skip(1).all(|limit| limit.left > 0);
    }
    (limits, may)
}

/// Notes a post that stands, in the day's budgets.
pub fn posted(state: &mut State, token: &Token, now_us: i64) {
    let account = token.account.clone().unwrap_or_default();
    let made = state.own::<Made>();
    made.app_posts.entry(token.app.clone()).or_default().at(now_us, DAY_S).used += 1;
    made.user_posts.entry(account).or_default().at(now_us, DAY_S).used += 1;
}

fn told(limits: &[Limit], posted: u32) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for limit in limits {
        // The window counted this call already, the day counts a post once it stands.
        let left = if limit.family == "x-rate-limit" {
            limit.left
        } else {
            limit.left.saturating_sub(posted)
        };
        let figures = [
            ("limit", i64::from(limit.max)),
            ("remaining", i64::from(left)),
            ("reset", limit.reset_s),
        ];
        for (what, figure) in figures {
            if let Ok(name) = HeaderName::try_from(format!("{}-{what}", limit.family)) {
                headers.insert(name, HeaderValue::from(figure));
            }
        }
    }
    headers
}

/// A call of the API: the token is looked at, the call is counted, then it is worked on. Every answer tells what is left.
pub async fn paced<F, T>(world: &World, headers: &HeaderMap, endpoint: Endpoint, work: impl FnOnce(Caller) -> F) -> Response
where
    F: Future<Output = Answer<T>>,
    T: IntoResponse,
{
    let now_us = world.clock.now_us();
    let entered = world.with(|state| {
        let token = token(state, headers, now_us)?;
        let (limits, may) = count(state, &token, endpoint, now_us);
        let caller = caller(state, token, endpoint).and_then(|caller| if may { Ok(caller) } else { Err(Refusal::too_many()) });
        Ok::<_, Refusal>((caller, limits))
    });
    let (caller, limits) = match entered {
        Ok(entered) => entered,
        Err(refusal) => return refusal.into_response(),
    };
    let done = match caller {
        Ok(caller) => work(caller).await,
        Err(refusal) => Err(refusal),
    };
    let stands = u32::from(done.is_ok());
    let mut response = match done {
        Ok(answer) => answer.into_response(),
        Err(refusal) => refusal.into_response(),
    };
    response.headers_mut().extend(told(&limits, stands));
    response
}
