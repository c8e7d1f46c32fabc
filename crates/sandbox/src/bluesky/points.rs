//! Points and windows (fact sheet bluesky.md section 5) and the headers that tell of them.

use std::collections::HashMap;

use http::{HeaderMap, HeaderValue, StatusCode};

use super::error::Refusal;
use super::limits::{WRITE_POINTS_PER_DAY, WRITE_POINTS_PER_HOUR};

/// So many points in a window.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    name: &'static str,
    points: u64,
    window_s: i64,
}

const fn limit(name: &'static str, points: u64, window_s: i64) -> Limit {
    Limit { name, points, window_s }
}

/// Writes to one account's repository: a create takes 3 points, an update 2, a deletion 1.
pub const WRITES: &[Limit] = &[
    limit("writes/hour", WRITE_POINTS_PER_HOUR, 3_600),
    limit("writes/day", WRITE_POINTS_PER_DAY, 86_400),
];
/// Logins with one identifier.
pub const LOGINS: &[Limit] = &[limit("logins/5min", 30, 300), limit("logins/day", 300, 86_400)];
/// Blobs uploaded by one account.
pub const BLOBS: &[Limit] = &[limit("blobs/day", 1_000, 86_400)];

/// How one key stands with one limit.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    used: u64,
    reset_us: i64,
}

/// Every bucket of every key.
#[derive(Debug, Default)]
pub struct Buckets(HashMap<(&'static str, String), Bucket>);

/// A change of the first limit of a list, set by a test.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bent {
    /// Points in the window instead of the network's own.
    pub total: Option<u64>,
    /// Points used by somebody else.
    pub used: u64,
}

impl Buckets {
    /// Takes points; answers the headers of the tightest limit.
    ///
    /// # Errors
    /// 429 with those headers and `Retry-After` if a limit is exhausted; then nothing is taken.
    pub fn take(&mut self, limits: &[Limit], key: &str, points: u64, now_us: i64, bent: Bent) -> Result<HeaderMap, Refusal> {
        let mut tightest: Option<(u64, u64, i64, Limit)> = None;
        let mut over: Option<(u64, i64, Limit)> = None;
        for (index, limit) in limits.iter().enumerate() {
            let bucket = self.0.entry((limit.name, key.to_owned())).or_default();
            if bucket.reset_us <= now_us {
                *bucket = Bucket {
                    used: 0,
                    reset_us: now_us + limit.window_s * 1_000_000,
                };
            }
            let (total, foreign) = if index == 0 {
                (bent.total.unwrap_or(limit.points), bent.used)
            } else {
                (limit.points, 0)
            };
            let used = bucket.used + foreign;
            if used + points > total {
                over = over.or(Some((total, bucket.reset_us, *limit)));
                continue;
            }
            let remaining = total - used - points;
            if tightest.is_none_or(|(least, ..)| remaining < least) {
                tightest = Some((remaining, total, bucket.reset_us, *limit));
            }
        }
        if let Some((total, reset_us, limit)) = over {
            let mut headers = headers(0, total, reset_us, limit);
            headers.insert(http::header::RETRY_AFTER, HeaderValue::from(seconds_up(reset_us - now_us)));
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "RateLimitExceeded", "Rate Limit Exceeded").with_headers(headers));
        }
        for limit in limits {
            if let Some(bucket) = self.0.get_mut(&(limit.name, key.to_owned())) {
                bucket.used += points;
            }
        }
        Ok(tightest
            .map(|(remaining, total, reset_us, limit)| headers(remaining, total, reset_us, limit))
            .unwrap_or_default())
    }
}

fn seconds_up(us: i64) -> i64 {
    us.max(0).saturating_add(999_999) / 1_000_000
}

fn headers(remaining: u64, total: u64, reset_us: i64, limit: Limit) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("ratelimit-limit", HeaderValue::from(total));
    headers.insert("ratelimit-remaining", HeaderValue::from(remaining));
    headers.insert("ratelimit-reset", HeaderValue::from(seconds_up(reset_us)));
    if let Ok(policy) = HeaderValue::from_str(&format!("{total};w={}", limit.window_s)) {
        headers.insert("ratelimit-policy", policy);
    }
    headers
}
