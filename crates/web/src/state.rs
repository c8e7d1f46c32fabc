//! What handlers work with.

use std::sync::Arc;
use std::time::Duration;

use postrider_engine::{Engine, Shared};
use postrider_services::fetch::Fetcher;
use postrider_services::mail::Mailer;
use postrider_services::media::Media;
use postrider_store::Db;
use postrider_store::hot::Standings;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::auth::password::Passwords;
use crate::auth::rate::{Limits, Rates};
use crate::health::Asked;
use crate::kept::Kept;

/// What the administrator decides.
#[derive(Clone)]
pub struct Config {
    /// Where people and networks reach this server; decides the cookie's `Secure` and the OAuth return address.
    pub public_base: Url,
    /// Whether this process publishes; one that does not is ready without looking for what is due.
    pub publishes: bool,
    /// The secret of `POST /internal/tick`; without one the route answers 404.
    pub tick_secret: Option<SecretString>,
    /// Who knows it may read `GET /metrics`; without one, programs on the same host.
    pub metrics_token: Option<SecretString>,
    /// How many proxies in front add to `X-Forwarded-For`; 0 if clients connect directly.
    pub proxy_hops: usize,
    /// How many requests are taken.
    pub limits: Limits,
    /// Sources of pictures beside `https:`, for the page's content security policy (the sandbox's avatars).
    pub image_sources: Vec<String>,
    /// Sends mail; without one, notices stay in the app.
    pub mail: Option<Mailer>,
    /// The largest upload, in bytes.
    pub upload_bytes_max: u64,
    /// How long a connection may take to send the head of a request, and so also how long it may be idle before one.
    pub head_time_max: Duration,
    /// How long a sender is waited for within a body before it has sent the next 16 KB of it, or its end.
    pub body_time_max: Duration,
    /// How many connections are held at once; who comes then waits until one is closed.
    pub connections_max: usize,
}

impl Config {
    /// The defaults for a server reached at an address.
    pub fn at(public_base: Url) -> Self {
        Config {
            public_base,
            publishes: true,
            tick_secret: None,
            metrics_token: None,
            proxy_hops: 0,
            limits: Limits::default(),
            image_sources: Vec::new(),
            mail: None,
            upload_bytes_max: 2 * 1024 * 1024 * 1024,
            // Longer than proxies keep an idle connection (60 s), so that none is closed under a request that is just sent.
            head_time_max: Duration::from_secs(75),
            body_time_max: Duration::from_secs(30),
            // Each open page holds one for its events. Twice as many files may be open where the system allows the usual 4,096.
            connections_max: 2_048,
        }
    }

    /// Whether people reach this server by TLS.
    pub fn secure(&self) -> bool {
        self.public_base.scheme() == "https"
    }
}

/// The parts of the server.
pub struct Parts {
    /// The engine's, with the database, the networks, the keyring and the clock.
    pub engine: Arc<Shared>,
    /// Stored files, uploads under way and public addresses.
    pub media: Media,
    /// Fetches people's links.
    pub fetch: Fetcher,
    /// What the administrator decided.
    pub config: Config,
}

/// Shared by all handlers. Cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

/// What [`AppState`] points at.
pub struct Inner {
    /// The engine.
    pub engine: Engine,
    /// Stored files, uploads under way and public addresses.
    pub media: Media,
    /// Fetches people's links.
    pub fetch: Fetcher,
    /// What the administrator decided.
    pub config: Config,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// Counts requests.
    pub rates: Rates,
    /// What readiness was judged by last.
    pub asked: Kept<Asked>,
    /// The last counts of deliveries.
    pub standings: Kept<Standings>,
    /// Set when the server stops, so that streams end.
    pub stopping: CancellationToken,
}

impl AppState {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        AppState(Arc::new(Inner {
            rates: Rates::new(&parts.config.limits),
            asked: Kept::default(),
            standings: Kept::default(),
            engine: Engine::from_shared(parts.engine),
            media: parts.media,
            fetch: parts.fetch,
            config: parts.config,
            passwords: Passwords::default(),
            stopping: CancellationToken::new(),
        }))
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.engine.shared().db
    }

    /// UTC milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.engine.shared().now_ms()
    }

    /// Ten random bytes, as an id needs.
    pub fn ten(&self) -> [u8; 10] {
        self.engine.shared().entropy.ten()
    }
}

impl std::ops::Deref for AppState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
