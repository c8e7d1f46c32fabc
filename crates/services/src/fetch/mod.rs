//! Fetches what people link to, and nothing inside the operator's own network.
//!
//! Every hop is checked: scheme, port, literal address, and, where a name becomes addresses, each address. Size and time are
//! bounded. What comes back is foreign and is only ever read as data.

mod page;
mod preview;

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use postrider_provider::http::addresses::{Guarded, PrivateAddress};
use postrider_provider::http::{Allow, BadAllow, install_crypto};
use reqwest::{Client, header, redirect};
use url::Url;

pub use preview::{LinkPreview, PreviewImage};

/// How many redirects are followed.
pub const REDIRECTS_MAX: usize = 5;
/// How long one fetch may take, redirects included, in milliseconds.
pub const FETCH_MS: u64 = 10_000;
/// Longest page that is read, in bytes; what follows is left out, since the metadata stands at the head.
pub const PAGE_BYTES_MAX: usize = 1024 * 1024;
/// Longest picture that is read, in bytes.
pub const PICTURE_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Longest address that is followed, in bytes.
const URL_BYTES_MAX: usize = 4096;

/// What may be fetched.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Ports that may be called.
    pub ports: Vec<u16>,
    /// Private addresses that may be called all the same: host names, nets, or `*`. Their ports are free too.
    pub allow_private: Vec<String>,
    /// How long one fetch may take, in milliseconds.
    pub fetch_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            ports: vec![80, 443],
            allow_private: Vec::new(),
            fetch_ms: FETCH_MS,
        }
    }
}

/// Why a link was not fetched, in words for the person who gave it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It is no web address.
    #[error("this is not a web address")]
    Invalid,
    /// Neither http nor https.
    #[error("only http and https addresses can be fetched, not {0}")]
    Scheme(String),
    /// It holds a user name or password.
    #[error("an address that holds a user name or password is not fetched")]
    Credentials,
    /// A port that is not open for fetching.
    #[error("port {0} is not fetched from")]
    Port(u16),
    /// It leads inside a private network.
    #[error("this address leads to a private network")]
    Private,
    /// Too many redirects.
    #[error("the address redirects more than {REDIRECTS_MAX} times")]
    Redirects,
    /// The server said no.
    #[error("the server answered {0}")]
    Status(u16),
    /// Nothing came in time, or the connection failed.
    #[error("the server could not be reached in time")]
    Unreachable,
    /// It is larger than is fetched.
    #[error("it is larger than {0} bytes")]
    TooLarge(usize),
    /// It is not what was expected.
    #[error("this is not a web page but {0}")]
    NotAPage(String),
}

impl FetchError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            FetchError::Invalid => "link.invalid",
            FetchError::Scheme(_) => "link.scheme",
            FetchError::Credentials => "link.credentials",
            FetchError::Port(_) => "link.port",
            FetchError::Private => "link.private_address",
            FetchError::Redirects => "link.redirects",
            FetchError::Status(_) => "link.refused",
            FetchError::Unreachable => "link.unreachable",
            FetchError::TooLarge(_) => "link.too_large",
            FetchError::NotAPage(_) => "link.not_a_page",
        }
    }
}

/// What was fetched.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Where it was found in the end.
    pub url: Url,
    /// What the server calls it; empty if it says nothing.
    pub content_type: String,
    /// The bytes, up to the bound.
    pub body: Bytes,
}

/// What becomes of a body that is longer than the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Excess {
    Cut,
    Refuse,
}

/// Fetches links.
pub struct Fetcher {
    client: Client,
    allow: Arc<Allow>,
    ports: Vec<u16>,
    fetch_ms: u64,
}

/// Why a fetcher cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Unbuildable {
    /// An allowed address is neither a host nor a net.
    #[error(transparent)]
    Allow(#[from] BadAllow),
    /// TLS cannot be set up, most often because the system has no root certificates.
    #[error("the fetching client cannot be set up: {0}")]
    Client(String),
}

impl Fetcher {
    /// Builds the client.
    ///
    /// # Errors
    /// If a setting is wrong, or the system has no root certificates.
    pub fn new(settings: &Settings) -> Result<Self, Unbuildable> {
        install_crypto();
        let allow = Arc::new(Allow::parse(&settings.allow_private)?);
        let client = Client::builder()
            .user_agent(concat!(
                "Mozilla/5.0 (compatible; Postrider/",
                env!("CARGO_PKG_VERSION"),
                "; link preview)"
            ))
            .dns_resolver(Guarded(Arc::clone(&allow)))
            .redirect(redirect::Policy::none())
            .referer(false)
            // A proxy would resolve names by itself, past the guard.
            .no_proxy()
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| Unbuildable::Client(error.without_url().to_string()))?;
        Ok(Fetcher {
            client,
            allow,
            ports: settings.ports.clone(),
            fetch_ms: settings.fetch_ms,
        })
    }

    /// Fetches a page's metadata, and its picture if it names one that can be had.
    ///
    /// # Errors
    /// If the page itself cannot be fetched. A picture that cannot be had is left out.
    pub async fn link_preview(&self, url: &str) -> Result<LinkPreview, FetchError> {
        preview::link_preview(self, url).await
    }

    /// Fetches a picture of at most [`PICTURE_BYTES_MAX`] bytes, such as an account's avatar. That it is one is for the
    /// caller to see: the server's word is not taken.
    ///
    /// # Errors
    /// If it cannot be fetched, or is larger.
    pub async fn picture(&self, url: &str) -> Result<Fetched, FetchError> {
        self.fetch(url, "image/*", PICTURE_BYTES_MAX, Excess::Refuse).await
    }

    async fn fetch(&self, url: &str, accept: &'static str, bytes_max: usize, excess: Excess) -> Result<Fetched, FetchError> {
        let work = self.follow(url, accept, bytes_max, excess);
        tokio::time::timeout(Duration::from_millis(self.fetch_ms), work)
            .await
            .unwrap_or(Err(FetchError::Unreachable))
    }

    async fn follow(&self, url: &str, accept: &'static str, bytes_max: usize, excess: Excess) -> Result<Fetched, FetchError> {
        if url.len() > URL_BYTES_MAX {
            return Err(FetchError::Invalid);
        }
        let mut url = Url::parse(url.trim()).map_err(|_| FetchError::Invalid)?;
        for _ in 0..=REDIRECTS_MAX {
            self.check(&url)?;
            let call = self.client.get(url.clone()).header(header::ACCEPT, accept);
            let response = call.send().await.map_err(|error| unreachable(&error))?;
            let status = response.status();
            if status.is_redirection() {
                let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
                let location = location
                    .filter(|location| location.len() <= URL_BYTES_MAX)
                    .ok_or(FetchError::Status(status.as_u16()))?;
                url = url.join(location).map_err(|_| FetchError::Invalid)?;
                continue;
            }
            if !status.is_success() {
                return Err(FetchError::Status(status.as_u16()));
            }
            let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let content_type = content_type.unwrap_or_default().to_owned();
            let body = body(response, bytes_max, excess).await?;
            return Ok(Fetched { url, content_type, body });
        }
        Err(FetchError::Redirects)
    }

    fn check(&self, url: &Url) -> Result<(), FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Credentials);
        }
        let host = url.host().ok_or(FetchError::Invalid)?;
        if !self.allow.literal(&host) {
            return Err(FetchError::Private);
        }
        let excepted = match host {
            url::Host::Domain(name) => self.allow.host(name),
            // Passed although it is private: it is on the list.
            url::Host::Ipv4(address) => !postrider_provider::http::addresses::public(address.into()),
            url::Host::Ipv6(address) => !postrider_provider::http::addresses::public(address.into()),
        };
        let port = url.port_or_known_default().ok_or(FetchError::Invalid)?;
        if !excepted && !self.ports.contains(&port) {
            return Err(FetchError::Port(port));
        }
        Ok(())
    }
}

fn unreachable(error: &reqwest::Error) -> FetchError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.downcast_ref::<PrivateAddress>().is_some() {
            return FetchError::Private;
        }
        cause = error.source();
    }
    FetchError::Unreachable
}

async fn body(response: reqwest::Response, bytes_max: usize, excess: Excess) -> Result<Bytes, FetchError> {
    let announced = response.content_length().unwrap_or(0);
    if excess == Excess::Refuse && announced > bytes_max as u64 {
        return Err(FetchError::TooLarge(bytes_max));
    }
    let mut body = BytesMut::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| FetchError::Unreachable)?;
        let room = bytes_max - body.len();
        if chunk.len() > room {
            if excess == Excess::Refuse {
                return Err(FetchError::TooLarge(bytes_max));
            }
            body.extend_from_slice(chunk.get(..room).unwrap_or_default());
            break;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_judged_by_scheme_host_and_port() {
        let strict = Fetcher::new(&Settings::default()).expect("a fetcher");
        let table = [
            ("https://example.com/a", Ok(())),
            ("http://example.com:80/", Ok(())),
            ("http://8.8.8.8/", Ok(())),
            ("ftp://example.com/", Err("link.scheme")),
            ("file:///etc/passwd", Err("link.scheme")),
            ("javascript:alert(1)", Err("link.scheme")),
            ("http://user@example.com/", Err("link.credentials")),
            ("http://example.com:22/", Err("link.port")),
            ("http://example.com:8080/", Err("link.port")),
            ("http://127.0.0.1/", Err("link.private_address")),
            ("http://127.1/", Err("link.private_address")),
            ("http://0177.0.0.1/", Err("link.private_address")),
            ("http://0x7f000001/", Err("link.private_address")),
            ("http://2130706433/", Err("link.private_address")),
            ("http://10.0.0.1/", Err("link.private_address")),
            ("http://169.254.169.254/latest/meta-data", Err("link.private_address")),
            ("http://[::1]/", Err("link.private_address")),
            ("http://[::ffff:192.168.0.1]/", Err("link.private_address")),
            ("http://[fd00::1]/", Err("link.private_address")),
            ("http://[64:ff9b::a9fe:a9fe]/", Err("link.private_address")),
        ];
        for (url, expected) in table {
            let judged = strict.check(&Url::parse(url).expect("an address"));
            assert_eq!(judged.map_err(|error| error.code()), expected, "{url}");
        }
    }
}
