//! The one way out: what the engine hands a call to.

use std::ops::Range;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use crate::adapter::Secrets;
use crate::answer::Sent;
use crate::request::Request;

/// What a call is sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Repeatable: pooled connections, redirects within the same host.
    Safe,
    /// A commit: no redirects, no retries, nothing written after `send_by`.
    Commit {
        /// The last instant at which a byte may be written, UTC milliseconds.
        send_by_ms: i64,
    },
}

/// Sends calls. The only implementation that touches a socket is [`crate::http::HttpTransport`].
pub trait Transport: Send + Sync {
    /// Sends one call and waits for its whole answer within its budget.
    fn send<'a>(&'a self, request: &'a Request, secrets: &'a Secrets, manner: Manner) -> BoxFuture<'a, Sent>;
    /// Opens connections to the host of an address ahead of time; failures are of no account.
    fn warm<'a>(&'a self, url: &'a str) -> BoxFuture<'a, ()>;
    /// Where a person's browser finds a page of the network: the same place that calls to its host go to.
    fn page(&self, url: &str) -> String {
        url.to_owned()
    }
}

/// Reads stored files by [`crate::MediaRef::blob`].
pub trait Blobs: Send + Sync {
    /// Streams bytes of a file; all of it if no range is given.
    fn open<'a>(
        &'a self,
        blob: &'a str,
        range: Option<Range<u64>>,
    ) -> BoxFuture<'a, std::io::Result<BoxStream<'static, std::io::Result<Bytes>>>>;
}
