//! What a call goes out by.

use std::time::Duration;

use futures::future::BoxFuture;
use url::Url;

use super::clients::Clients;
use super::{WARM_MS, body, describe};
use crate::answer::Sent;
use crate::transport::Manner;

/// Takes a request that is ready to the network and brings the answer's head back.
pub trait Wire: Send + Sync {
    /// Sends it; the answer's body may still be under way.
    ///
    /// # Errors
    /// [`Sent::NotSent`] or [`Sent::Lost`].
    fn exchange(&self, request: reqwest::Request, manner: Manner) -> BoxFuture<'_, Result<reqwest::Response, Sent>>;
    /// Opens a connection for a commit to the host of an address; failures are of no account.
    fn open_ahead(&self, url: Url) -> BoxFuture<'_, ()>;
}

impl Wire for Clients {
    fn exchange(&self, request: reqwest::Request, manner: Manner) -> BoxFuture<'_, Result<reqwest::Response, Sent>> {
        let client = match manner {
            Manner::Safe => &self.safe,
            Manner::Commit { .. } => &self.commit,
        };
        Box::pin(async move { client.execute(request).await.map_err(|error| broken(&error)) })
    }

    fn open_ahead(&self, url: Url) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let call = self.commit.head(url).timeout(Duration::from_millis(WARM_MS));
            if let Err(error) = call.send().await {
                tracing::debug!(reason = %describe(&error), "no connection could be opened ahead");
            }
        })
    }
}

/// Only a connection that could not be made proves that nothing was sent; reqwest cannot tell a request that the server
/// read from one that it did not.
fn broken(error: &reqwest::Error) -> Sent {
    let reason = describe(error);
    if error.is_connect() || body::unsent(error) {
        Sent::NotSent(reason)
    } else {
        Sent::Lost(reason)
    }
}
