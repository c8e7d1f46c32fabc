//! The one HTTP client: the only code that opens a socket to a network.
//!
//! Two clients stand behind it. Safe calls go through one that may follow redirects within the same origin; commits go
//! through one that never sends a request a second time: no redirects, no retries, short idle pool (publishing.md rule 4).
//! Query, headers and bodies never reach an error text or a trace: they may hold tokens.

pub mod addresses;
mod body;
mod clients;
mod proof;
mod target;
mod wire;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use tracing::Instrument;
use zeroize::Zeroizing;

use crate::adapter::Secrets;
use crate::answer::{Answer, Sent};
use crate::request::{Auth, Body, Method, Request, Val};
use crate::transport::{Blobs, Manner, Transport};

pub use addresses::{Allow, BadAllow};
pub use clients::install_crypto;
pub use wire::Wire;

/// Longest body of an answer, in bytes. The largest answers of the networks are lists of some hundred kilobytes.
pub const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long opening a connection may take, TLS included, in milliseconds.
pub const CONNECT_MS: u64 = 10_000;
/// How long warming a connection may take, in milliseconds: it begins 2 s before the instant.
pub const WARM_MS: u64 = 5_000;

/// How the client reaches the networks.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Base address instead of a host: `graph.facebook.com` → `http://127.0.0.1:9000/graph.facebook.com`. `*.example.com`
    /// stands for every name below a domain.
    pub overrides: BTreeMap<String, String>,
    /// Private addresses that may be called although a network returned them or a person typed them: host names, nets such
    /// as `10.0.0.0/8`, or `*`. The hosts of `overrides` need not be named.
    pub allow_private: Vec<String>,
    /// PEM file of further root certificates, beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// How long opening a connection may take, in milliseconds.
    pub connect_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            overrides: BTreeMap::new(),
            allow_private: Vec::new(),
            ca_file: None,
            connect_ms: CONNECT_MS,
        }
    }
}

/// Why the client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Unbuildable {
    /// An override is not an `http` or `https` base address.
    #[error("the override of `{host}` is not a base address: `{base}`")]
    Override {
        /// Which host.
        host: String,
        /// What stands there.
        base: String,
    },
    /// An allowed address is neither a host nor a net.
    #[error(transparent)]
    Allow(#[from] BadAllow),
    /// The file of root certificates cannot be read.
    #[error("the certificates in `{path}` cannot be used: {reason}")]
    Certificates {
        /// Which file.
        path: String,
        /// Why.
        reason: String,
    },
    /// TLS cannot be set up, most often because the system has no root certificates.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

/// Tells the time, UTC milliseconds.
pub type Now = Arc<dyn Fn() -> i64 + Send + Sync>;
/// Draws random bytes, for what makes one proof differ from every other.
pub type Draw = Arc<dyn Fn() -> [u8; 16] + Send + Sync>;

/// Sends the calls of the adapters.
pub struct HttpTransport {
    targets: target::Targets,
    /// Writes requests; what sends them is the wire.
    builder: reqwest::Client,
    wire: Arc<dyn Wire>,
    blobs: Arc<dyn Blobs>,
    now: Now,
    draw: Draw,
    nonces: proof::Nonces,
}

impl HttpTransport {
    /// Builds both clients.
    ///
    /// # Errors
    /// If a setting is wrong, or the system has no root certificates and none are configured.
    pub fn new(settings: &Settings, blobs: Arc<dyn Blobs>) -> Result<Self, Unbuildable> {
        let targets = target::Targets::parse(settings)?;
        let clients = clients::build(settings, targets.resolver())?;
        Ok(HttpTransport {
            targets,
            builder: clients.safe.clone(),
            wire: Arc::new(clients),
            blobs,
            now: Arc::new(wall_clock_ms),
            draw: Arc::new(drawn),
            nonces: proof::Nonces::default(),
        })
    }

    /// The same calls by another wire, another clock and other chance, for simulations without sockets.
    pub fn over(&self, wire: Arc<dyn Wire>, blobs: Arc<dyn Blobs>, now: Now, draw: Draw) -> Self {
        HttpTransport {
            targets: self.targets.clone(),
            builder: self.builder.clone(),
            wire,
            blobs,
            now,
            draw,
            nonces: proof::Nonces::default(),
        }
    }

    /// A call that is proven may have to be made twice: a server that wants another nonce says so and does nothing else. Both share the
    /// call's budget, by a clock that nobody sets.
    async fn call(&self, request: &Request, secrets: &Secrets, manner: Manner) -> Sent {
        let began = tokio::time::Instant::now();
        let sent = self.once(request, secrets, manner, request.budget_ms).await;
        if !proof::asks_for_nonce(request, &sent) {
            return sent;
        }
        let spent_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.once(request, secrets, manner, request.budget_ms.saturating_sub(spent_ms))
            .await
    }

    async fn once(&self, request: &Request, secrets: &Secrets, manner: Manner, mut budget_ms: u64) -> Sent {
        if budget_ms == 0 {
            return Sent::NotSent("the time for this call had passed".to_owned());
        }
        if let Manner::Commit { send_by_ms } = manner {
            let left_ms = send_by_ms.saturating_sub((self.now)());
            let Ok(left_ms @ 1..) = u64::try_from(left_ms) else {
                return Sent::NotSent("the last instant for sending had passed".to_owned());
            };
            // Nothing of this call may be written after `send_by`, so the call as a whole ends there.
            budget_ms = budget_ms.min(left_ms);
        }
        let ready = match self.prepare(request, secrets, &body::Until::of(manner, budget_ms, &self.now)).await {
            Ok(ready) => ready,
            Err(reason) => return Sent::NotSent(reason),
        };
        let exchange = async {
            let response = self.wire.exchange(ready, manner).await?;
            let mut answer = read(response).await?;
            answer.at_ms = (self.now)();
            Ok(answer)
        };
        let exchanged: Result<Result<Answer, Sent>, _> = tokio::time::timeout(Duration::from_millis(budget_ms), exchange).await;
        match exchanged {
            Ok(Ok(answer)) => {
                self.nonces.learn(request, &answer);
                Sent::Answered(answer)
            }
            Ok(Err(sent)) => sent,
            Err(_) => Sent::Lost(format!("no whole answer within {budget_ms} ms")),
        }
    }

    fn moment(&self) -> proof::Moment {
        proof::Moment {
            now_ms: (self.now)(),
            drawn: (self.draw)(),
        }
    }

    async fn prepare(&self, request: &Request, secrets: &Secrets, until: &body::Until) -> Result<reqwest::Request, String> {
        let told = Told {
            secrets,
            moment: self.moment(),
        };
        let mut url = self.targets.reach(&request.url)?;
        if let Auth::Path(name) = &request.auth {
            target::fill_in(&mut url, name, named(name, secrets)?)?;
        }
        if !request.query.is_empty() {
            let mut pairs = url.query_pairs_mut();
            for (name, value) in &request.query {
                pairs.append_pair(name, &told.reveal(value)?);
            }
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let name = HeaderName::try_from(name.as_str()).map_err(|_| format!("`{name}` is not a header name"))?;
            let value = header_value(&name, &told.reveal(value)?, !matches!(value, Val::Plain(_)))?;
            headers.append(name, value);
        }
        let authorization = match &request.auth {
            Auth::None | Auth::Path(_) => None,
            Auth::Bearer(secret) => Some(format!("Bearer {}", named(secret, secrets)?)),
            Auth::OAuth(secret) => Some(format!("OAuth {}", named(secret, secrets)?)),
            Auth::Dpop(secret) => Some(format!("DPoP {}", named(secret, secrets)?)),
            Auth::Basic { user, secret } => {
                let pair = Zeroizing::new(format!("{user}:{}", named(secret, secrets)?));
                Some(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
            }
        };
        if let Some(value) = authorization {
            headers.insert(
                http::header::AUTHORIZATION,
                header_value(&http::header::AUTHORIZATION, &value, true)?,
            );
        }
        if let Some(proof) = proof::header(request, secrets, &self.nonces, self.moment())? {
            let name = HeaderName::from_static("dpop");
            let value = header_value(&name, &proof, true)?;
            headers.insert(name, value);
        }
        let builder = self.builder.request(verb(request.method), url);
        let builder = match (&request.body, request.method) {
            // Some servers refuse a POST without a length (411).
            (Body::Empty, Method::Post | Method::Put) => builder.header(http::header::CONTENT_LENGTH, 0),
            _ => builder,
        };
        let builder = body::attach(builder, &request.body, &self.blobs, &told, until).await?;
        // Last, so that a header which the adapter names (a chunk's own content type) wins over the body's.
        builder.headers(headers).build().map_err(|error| describe(&error.without_url()))
    }
}

impl Transport for HttpTransport {
    fn send<'a>(&'a self, request: &'a Request, secrets: &'a Secrets, manner: Manner) -> BoxFuture<'a, Sent> {
        Box::pin(async move {
            let began = tokio::time::Instant::now();
            let host = target::host_of(&request.url);
            let span = tracing::info_span!("call", label = %request.label, %host, commit = matches!(manner, Manner::Commit { .. }));
            let sent = self.call(request, secrets, manner).instrument(span).await;
            let took_ms = began.elapsed().as_millis();
            match &sent {
                Sent::Answered(answer) => {
                    tracing::debug!(label = %request.label, %host, status = answer.status, took_ms, "call answered");
                }
                Sent::NotSent(reason) => tracing::debug!(label = %request.label, %host, %reason, took_ms, "call not sent"),
                Sent::Lost(reason) => tracing::debug!(label = %request.label, %host, %reason, took_ms, "call lost"),
            }
            sent
        })
    }

    fn page(&self, url: &str) -> String {
        self.targets.reach(url).map_or_else(|_| url.to_owned(), String::from)
    }

    /// Opens a connection of the commit client by asking for the head of the host's root: the pool keeps the connection
    /// for the commit that follows.
    fn warm<'a>(&'a self, url: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let Ok(mut url) = self.targets.reach(url) else { return };
            url.set_path("/");
            url.set_query(None);
            self.wire.open_ahead(url).await;
        })
    }
}

/// The wall clock, UTC milliseconds. It runs through a suspended machine, which the monotonic clock does not.
fn wall_clock_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn drawn() -> [u8; 16] {
    let mut bytes = [0_u8; 16];
    // Without randomness TLS does not work either.
    getrandom::fill(&mut bytes).unwrap_or_else(|error| panic!("the operating system gives no randomness: {error}"));
    bytes
}

fn verb(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// What the values of a call become.
struct Told<'a> {
    secrets: &'a Secrets,
    moment: proof::Moment,
}

impl Told<'_> {
    fn reveal<'a>(&'a self, value: &'a Val) -> Result<Cow<'a, str>, String> {
        match value {
            Val::Plain(text) => Ok(Cow::Borrowed(text)),
            Val::Secret(name) => named(name, self.secrets).map(Cow::Borrowed),
            Val::Assertion(asked) => proof::assertion(asked, self.secrets, self.moment).map(Cow::Owned),
        }
    }
}

fn named<'a>(name: &str, secrets: &'a Secrets) -> Result<&'a str, String> {
    secrets
        .get(name)
        .map(ExposeSecret::expose_secret)
        .ok_or_else(|| format!("the secret `{name}` is not stored"))
}

fn header_value(name: &HeaderName, text: &str, secret: bool) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(text).map_err(|_| format!("the value of the header `{name}` cannot be sent"))?;
    value.set_sensitive(secret);
    Ok(value)
}

/// The innermost cause, which never holds the address, its query, headers or bodies.
fn describe(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    let mut innermost = None;
    while let Some(error) = cause {
        innermost = Some(error.to_string());
        cause = error.source();
    }
    innermost.map_or_else(|| what.to_owned(), |detail| format!("{what}: {detail}"))
}

async fn read(response: reqwest::Response) -> Result<Answer, Sent> {
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let mut body = BytesMut::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk: Bytes = chunk.map_err(|error| Sent::Lost(describe(&error)))?;
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Sent::Lost(format!("the answer is longer than {ANSWER_BYTES_MAX} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        headers,
        body: body.freeze(),
        at_ms: 0,
    })
}
