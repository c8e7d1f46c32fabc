//! A refusal is given as soon as it is known, often while the caller still sends. To close the connection then would reset it, and
//! the caller would see a broken pipe and never the reason. So what is left of a refused request's body is read and thrown away, within
//! bounds, before the answer goes out.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};

/// How much is read to no end, in bytes. Who sends more than this on top sees its connection closed.
const LEFT_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The same for who is refused for asking too often: reading all of that would be what the bound is to save.
const THROTTLED_BYTES_MAX: usize = 1024 * 1024;
/// For how long.
const LEFT_TIME_MAX: Duration = Duration::from_secs(10);

/// Where a body that was not read to its end comes back to.
type Back = Arc<Mutex<Option<Body>>>;

/// A request's body, given to whoever answers it.
struct Lent {
    body: Option<Body>,
    /// Whether the caller sends without having been asked to.
    sends: bool,
    back: Back,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // To be read at all is what a caller with `Expect: 100-continue` waits for.
        self.sends = true;
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.sends
            && let Some(body) = self.body.take()
            && let Ok(mut back) = self.back.lock()
        {
            *back = Some(body);
        }
    }
}

/// Lets a refusal be heard by a caller who still sends.
pub async fn let_finish(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let back = Back::default();
    let sends = !request.headers().contains_key(header::EXPECT);
    let lent = |body| Lent {
        body: Some(body),
        sends,
        back: Arc::clone(&back),
    };
    let response = next.run(request.map(|body| Body::new(lent(body)))).await;
    let left = back.lock().ok().and_then(|mut back| back.take());
    if let Some(left) = left
        && (response.status().is_client_error() || response.status().is_server_error())
    {
        let most = if response.status() == StatusCode::TOO_MANY_REQUESTS {
            THROTTLED_BYTES_MAX
        } else {
            LEFT_BYTES_MAX
        };
        // Whether it came to its end, went on too long or broke off: the answer is the same.
        let _ = tokio::time::timeout(LEFT_TIME_MAX, discard(left, most)).await;
    }
    response
}

async fn discard(mut body: Body, most: usize) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > most {
            return;
        }
    }
}
