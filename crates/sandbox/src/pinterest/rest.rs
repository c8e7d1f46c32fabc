//! What every call of the API must bring, and what every answer tells: who asks, with which scopes, and how many calls are left.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::Future;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::Value;

use super::error::{Answer, Refusal};
use super::limits::{
    ANALYTICS_PER_MINUTE, CALLS_PER_SECOND, PAGE, PAGE_DEFAULT, READS_PER_MINUTE, TRIAL_CALLS_PER_DAY, TRIAL_WRITES_PER_DAY,
    WRITES_PER_MINUTE,
};
use super::{NETWORK, is_trial};
use crate::world::{State, Token, World};

const SECOND_US: i64 = 1_000_000;
const DAY_S: i64 = 86_400;

/// Which budget a call is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Numbers.
    Analytics,
}

/// When calls were made, by app, person and budget; a day's calls by app.
#[derive(Default)]
pub struct Made {
    recent: HashMap<(String, String, Category), VecDeque<i64>>,
    days: HashMap<(String, i64), BTreeMap<bool, u32>>,
}

/// A budget over a window: how many, how many seconds, how many are left, and in how many seconds more are.
#[derive(Debug, Clone, Copy)]
struct Window {
    max: u32,
    seconds: i64,
    left: u32,
    reset_s: i64,
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
    let kind = header_text(headers, "content-type");
    if !kind.starts_with("application/json") {
        return Err(Refusal::new(415, 1, format!("Unsupported content type '{kind}'.")));
    }
    let value: Option<Value> = serde_json::from_slice(bytes).ok();
    value
        .filter(Value::is_object)
        .ok_or_else(|| Refusal::invalid("the body is no JSON object"))
}

fn token(state: &State, headers: &HeaderMap, now_us: i64) -> Answer<Token> {
    let secret = header_text(headers, header::AUTHORIZATION.as_str()).strip_prefix("Bearer ");
    let known = secret.and_then(|secret| state.token(secret.trim()));
    let lives = |token: &&Token| {
        token.network == NETWORK && token.kind == "access" && token.revoked.is_none() && token.expires_us.is_none_or(|end| end > now_us)
    };
    known.filter(lives).cloned().ok_or_else(Refusal::unknown)
}

/// Asks for all of these scopes.
///
/// # Errors
/// 403 that names those which are missing.
pub fn scopes(token: &Token, all_of: &[&'static str]) -> Answer<()> {
    let missing: Vec<&str> = all_of.iter().copied().filter(|scope| !token.scopes.contains(*scope)).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Refusal::scopes(&missing))
    }
}

impl Made {
    /// Counts a call; the windows as they are after it, and whether it may be made.
    fn count(&mut self, token: &Token, category: Category, now_us: i64) -> (Vec<Window>, bool) {
        if is_trial(&token.app) {
            return self.count_of_day(token, category, now_us);
        }
        let per_minute = match category {
            Category::Read => READS_PER_MINUTE,
            Category::Write => WRITES_PER_MINUTE,
            Category::Analytics => ANALYTICS_PER_MINUTE,
        };
        let calls = self.recent.entry((token.app.clone(), token.person.clone(), category)).or_default();
        while calls.front().is_some_and(|at_us| *at_us <= now_us - 60 * SECOND_US) {
            calls.pop_front();
        }
        calls.push_back(now_us);
        let window = |max: u32, seconds: i64| {
            let since_us = now_us - seconds * SECOND_US;
            let within = calls.iter().filter(|at_us| **at_us > since_us);
            let first_us = within.clone().next().copied().unwrap_or(now_us);
            Window {
                max,
                seconds,
                left: max.saturating_sub(within.count() as u32),
                reset_s: ((first_us - since_us) / SECOND_US).max(1),
            }
        };
        let windows = vec![window(CALLS_PER_SECOND, 1), window(per_minute, 60)];
        let second_over = calls.iter().filter(|at_us| **at_us > now_us - SECOND_US).count() > CALLS_PER_SECOND as usize;
        let may = !second_over && calls.len() <= per_minute as usize;
        if !may {
            // What is refused is not held against the next one.
            calls.pop_back();
        }
        (windows, may)
    }

    /// An app with trial access has its calls by the day, UTC, whoever they are for.
    fn count_of_day(&mut self, token: &Token, category: Category, now_us: i64) -> (Vec<Window>, bool) {
        let now_s = now_us / SECOND_US;
        let day = now_s.div_euclid(DAY_S);
        let used = self.days.entry((token.app.clone(), day)).or_default();
        let writes = category == Category::Write;
        let (of_writes, of_all) = (used.get(&true).copied().unwrap_or(0), used.values().sum::<u32>());
        let may = of_all < TRIAL_CALLS_PER_DAY && (!writes || of_writes < TRIAL_WRITES_PER_DAY);
        if may {
            *used.entry(writes).or_default() += 1;
        }
        let taken = u32::from(may);
        let window = |max: u32, used: u32| Window {
            max,
            seconds: DAY_S,
            left: max.saturating_sub(used + taken),
            reset_s: (day + 1) * DAY_S - now_s,
        };
        let all = window(TRIAL_CALLS_PER_DAY, of_all);
        if writes {
            (vec![window(TRIAL_WRITES_PER_DAY, of_writes), all], may)
        } else {
            (vec![all], may)
        }
    }
}

/// The three headers of section 6: the tightest window first, then each with its seconds.
fn told(windows: &[Window]) -> Option<[(HeaderName, HeaderValue); 3]> {
    let tightest = windows.iter().min_by_key(|window| window.left)?;
    let mut limit = tightest.max.to_string();
    for window in windows {
        limit.push_str(&format!(", {};w={}", window.max, window.seconds));
    }
    Some([
        (HeaderName::from_static("x-ratelimit-limit"), HeaderValue::from_str(&limit).ok()?),
        (HeaderName::from_static("x-ratelimit-remaining"), HeaderValue::from(tightest.left)),
        (HeaderName::from_static("x-ratelimit-reset"), HeaderValue::from(tightest.reset_s)),
    ])
}

/// A call of the API: the token is looked at, the call is counted, then it is worked on. Every answer tells what is left.
pub async fn paced<F, T>(
    world: &World,
    headers: &HeaderMap,
    category: Category,
    all_of: &[&'static str],
    work: impl FnOnce(Token) -> F,
) -> Response
where
    F: Future<Output = Answer<T>>,
    T: IntoResponse,
{
    let now_us = world.clock.now_us();
    let entered = world.with(|state| {
        let token = token(state, headers, now_us)?;
        let (windows, may) = state.own::<Made>().count(&token, category, now_us);
        Ok::<_, Refusal>((token, windows, may))
    });
    let (token, windows, may) = match entered {
        Ok(entered) => entered,
        Err(refusal) => return refusal.into_response(),
    };
    let allowed = if may { scopes(&token, all_of) } else { Err(Refusal::too_many()) };
    let mut response = match allowed {
        Ok(()) => match work(token).await {
            Ok(answer) => answer.into_response(),
            Err(refusal) => refusal.into_response(),
        },
        Err(refusal) => refusal.into_response(),
    };
    if let Some(told) = told(&windows) {
        response.headers_mut().extend(told.map(|(name, value)| (Some(name), value)));
    }
    response
}

/// One page of a list, by the query's `page_size` and `bookmark`.
///
/// # Errors
/// 400 for a size out of bounds and for a bookmark that was never given out.
pub fn page(query: &BTreeMap<String, String>, entries: Vec<Value>) -> Answer<Value> {
    let size = match query.get("page_size") {
        None => PAGE_DEFAULT,
        Some(text) => {
            let size = text.parse().ok().filter(|size| PAGE.contains(size));
            size.ok_or_else(|| Refusal::invalid(format!("'page_size' must be {} to {}", PAGE.start(), PAGE.end())))?
        }
    };
    let start = match query.get("bookmark").filter(|mark| !mark.is_empty()) {
        None => 0,
        Some(mark) => {
            let start = mark
                .strip_prefix("Y2JO")
                .and_then(|digits| digits.strip_suffix("fHw=")?.parse::<usize>().ok());
            start.ok_or_else(|| Refusal::invalid("'bookmark' is not valid"))?
        }
    };
    let bookmark = (start + size < entries.len()).then(|| format!("Y2JO{}fHw=", start + size));
    let items: Vec<Value> = entries.into_iter().skip(start).take(size).collect();
    Ok(serde_json::json!({"items": items, "bookmark": bookmark}))
}
