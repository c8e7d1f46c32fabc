//! How often one may ask: by address, by session, and for sign-in by e-mail too.

use std::num::NonZeroU32;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::auth::session::Signed;
use crate::problem::{Answer, Code};
use crate::state::AppState;

/// A bound: so many at once, and one more every so often.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// At once.
    pub burst: u32,
    /// How long until one more is allowed, in milliseconds.
    pub refill_ms: u64,
}

/// The bounds.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Of all requests, by session or else by address.
    pub requests: Limit,
    /// Of sign-ins, by address.
    pub sign_in_address: Limit,
    /// Of sign-ins, by e-mail.
    pub sign_in_email: Limit,
    /// Of ticks of the outside clock, by address.
    pub tick: Limit,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            requests: Limit { burst: 600, refill_ms: 50 },
            sign_in_address: Limit {
                burst: 30,
                refill_ms: 2_000,
            },
            sign_in_email: Limit {
                burst: 10,
                refill_ms: 20_000,
            },
            tick: Limit {
                burst: 30,
                refill_ms: 2_000,
            },
        }
    }
}

type Counter = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// The counters.
pub struct Rates {
    requests: Counter,
    sign_in_address: Counter,
    sign_in_email: Counter,
    tick: Counter,
}

/// Keys remembered before those that are full again are forgotten.
const KEYS_MAX: usize = 10_000;

impl Rates {
    /// Counters with these bounds.
    pub fn new(limits: &Limits) -> Self {
        let counter = |limit: Limit| {
            let burst = NonZeroU32::new(limit.burst).unwrap_or(NonZeroU32::MIN);
            let quota = Quota::with_period(Duration::from_millis(limit.refill_ms.max(1))).unwrap_or(Quota::per_second(burst));
            RateLimiter::keyed(quota.allow_burst(burst)).with_middleware::<StateInformationMiddleware>()
        };
        Rates {
            requests: counter(limits.requests),
            sign_in_address: counter(limits.sign_in_address),
            sign_in_email: counter(limits.sign_in_email),
            tick: counter(limits.tick),
        }
    }

    /// Counts a tick, before its secret is looked at.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub fn tick(&self, address: &str) -> Answer<()> {
        count(&self.tick, address).map(|_| ())
    }

    /// Counts a sign-in.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub fn sign_in(&self, address: &str, email: &str) -> Answer<()> {
        count(&self.sign_in_address, address)?;
        count(&self.sign_in_email, email)?;
        Ok(())
    }
}

/// Counts one; answers how many are left and the burst.
fn count(counter: &Counter, key: &str) -> Answer<(u32, u32)> {
    if counter.len() > KEYS_MAX {
        counter.retain_recent();
    }
    match counter.check_key(&key.to_owned()) {
        Ok(left) => Ok((left.remaining_burst_capacity(), left.quota().burst_size().get())),
        Err(not_until) => {
            let wait_s = not_until.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
            Err(Code::TooMany
                .because(format!("Wait {wait_s} seconds before the next try."))
                .retry_after(wait_s))
        }
    }
}

/// Bounds every request of the API and says what is left (`RateLimit`, as the IETF draft writes it).
pub async fn bound(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let key = match request.extensions().get::<Signed>() {
        Some(signed) => signed.session_id.to_string(),
        None => crate::auth::session::address(&state, request.headers(), request.extensions()),
    };
    let (left, burst) = match count(&state.rates.requests, &key) {
        Ok(counted) => counted,
        Err(refused) => return refused.into_response(),
    };
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&format!("\"requests\";r={left}")) {
        response.headers_mut().insert("ratelimit", value);
    }
    let window_s = u64::from(burst) * state.config.limits.requests.refill_ms / 1000;
    if let Ok(value) = HeaderValue::from_str(&format!("\"requests\";q={burst};w={window_s}")) {
        response.headers_mut().insert("ratelimit-policy", value);
    }
    if !response.headers().contains_key(header::CACHE_CONTROL) {
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
