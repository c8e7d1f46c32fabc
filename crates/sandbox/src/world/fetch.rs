//! How a network gets a file from an address that it was given: over HTTP, as the servers of Meta, Pinterest and TikTok do.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use super::World;
use super::media::Stored;

/// The name under which Meta's servers ask for files (fact sheet facebook.md §4).
const USER_AGENT: &str = "facebookexternalhit/1.1";
const TIMEOUT: Duration = Duration::from_secs(30);

/// An answer to a request for a file.
pub struct Fetched {
    /// HTTP status.
    pub status: u16,
    /// Content type; empty if none was sent.
    pub content_type: String,
    /// The bytes as they come.
    pub body: BoxStream<'static, Result<bytes::Bytes, String>>,
}

/// Asks for a file; the error is a sentence.
pub type Fetch = Arc<dyn Fn(String) -> BoxFuture<'static, Result<Fetched, String>> + Send + Sync>;

/// Why a file could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchFailure {
    /// The address is none, is not http(s) or has characters beyond ASCII.
    #[error("the address is not a usable http(s) address")]
    Address,
    /// Nothing could be read there.
    #[error("the file could not be read: {0}")]
    Unreachable(String),
    /// The host answered with another status than 200.
    #[error("the host answered {0}")]
    Status(u16),
    /// The file is larger than asked for.
    #[error("the file is larger than {0} bytes")]
    TooLarge(u64),
}

/// Fetches over HTTP with a client of its own: 30 s in all, redirects followed.
///
/// # Errors
/// If the client cannot be built.
pub fn http_fetch() -> anyhow::Result<Fetch> {
    // Somebody else in the process may have chosen a provider already; theirs is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().user_agent(USER_AGENT).timeout(TIMEOUT).build()?;
    Ok(Arc::new(move |url: String| {
        let client = client.clone();
        Box::pin(async move {
            let answer = client.get(url).send().await.map_err(|error| error.to_string())?;
            let content_type = answer
                .headers()
                .get(http::header::CONTENT_TYPE)
                .and_then(|value| value.to_str().ok());
            Ok(Fetched {
                status: answer.status().as_u16(),
                content_type: content_type.unwrap_or_default().to_owned(),
                body: answer.bytes_stream().map(|piece| piece.map_err(|error| error.to_string())).boxed(),
            })
        })
    }))
}

impl World {
    /// Gets a file and takes it in.
    ///
    /// # Errors
    /// Why it could not be had; more than `bytes_max` bytes stop it early.
    pub async fn fetch_media(&self, url: &str, bytes_max: u64) -> Result<Stored, FetchFailure> {
        let usable = url.is_ascii() && (url.starts_with("http://") || url.starts_with("https://")) && url::Url::parse(url).is_ok();
        if !usable {
            return Err(FetchFailure::Address);
        }
        let answer = (self.fetch)(url.to_owned()).await.map_err(FetchFailure::Unreachable)?;
        if answer.status != 200 {
            return Err(FetchFailure::Status(answer.status));
        }
        let mut intake = self.media.intake();
        let mut body = answer.body;
        while let Some(piece) = body.next().await {
            intake.push(&piece.map_err(FetchFailure::Unreachable)?);
            if intake.bytes() > bytes_max {
                return Err(FetchFailure::TooLarge(bytes_max));
            }
        }
        Ok(self.media.finish(intake, &answer.content_type))
    }
}
