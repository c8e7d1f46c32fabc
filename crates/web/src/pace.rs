//! A body that is asked for must come: who sends a byte now and then would hold a connection, and an upload's turn, as long as it
//! likes. Neither would a browser that lost its network ever say so.
//!
//! Not tower-http's time-out of bodies, which starts anew with each byte.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use crate::problem::Code;
use crate::state::AppState;

/// So many bytes must come before a sender was waited for longer than is configured (30 s: half a kilobyte a second, which the slowest
/// of mobile networks carries).
const LEAST_BYTES: usize = 16 * 1024;

#[derive(Debug, thiserror::Error)]
#[error("the sender is too slow")]
struct TooSlow;

/// A body whose sender is waited for only so long.
struct Paced {
    body: Body,
    longest: Duration,
    /// What came since the sender was last in time.
    came: usize,
    /// For how long the sender was waited for since then. What we take ourselves does not count.
    waited: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    slow: Arc<AtomicBool>,
}

impl Paced {
    fn new(body: Body, longest: Duration) -> (Paced, Arc<AtomicBool>) {
        let slow = Arc::new(AtomicBool::new(false));
        let paced = Paced {
            body,
            longest,
            came: 0,
            waited: Duration::ZERO,
            waiting: None,
            slow: Arc::clone(&slow),
        };
        (paced, slow)
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let too_slow = || Poll::Ready(Some(Err(axum::Error::new(TooSlow))));
        if this.slow.load(Ordering::Relaxed) {
            return too_slow();
        }
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                if let Some((since, _)) = this.waiting.take() {
                    this.waited += since.elapsed();
                }
                if let Some(Ok(frame)) = &frame {
                    this.came += frame.data_ref().map_or(0, Bytes::len);
                }
                if this.came >= LEAST_BYTES {
                    (this.came, this.waited) = (0, Duration::ZERO);
                }
                Poll::Ready(frame)
            }
            Poll::Pending => {
                let left = this.longest.saturating_sub(this.waited);
                let (_, over) = this
                    .waiting
                    .get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(left))));
                if over.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                this.slow.store(true, Ordering::Relaxed);
                too_slow()
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Ends a request whose body comes too slowly: 408, and the connection is closed.
pub async fn keep(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let longest = state.config.body_time_max;
    let (parts, body) = request.into_parts();
    let (paced, slow) = Paced::new(body, longest);
    let response = next.run(Request::from_parts(parts, Body::new(paced))).await;
    if !slow.load(Ordering::Relaxed) || response.status().is_success() {
        return response;
    }
    let least = LEAST_BYTES / 1024;
    let mut told = Code::BodySlow
        .because(format!(
            "The body came too slowly: at least {least} KB are taken every {} seconds.",
            longest.as_secs()
        ))
        .remedy("Send it again over a faster network; an upload goes on where it stopped.")
        .into_response();
    told.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    told
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use http_body_util::BodyExt;

    use super::*;

    /// A body of so many pieces of so many bytes, a second between them by a clock that stands still while nobody waits.
    fn dripping(pieces: usize, bytes: usize) -> Body {
        let each = futures::stream::iter(0..pieces).then(move |_| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, std::convert::Infallible>(Bytes::from(vec![b'x'; bytes]))
        });
        Body::from_stream(each)
    }

    async fn taken(pieces: usize, bytes: usize) -> Option<usize> {
        let (paced, slow) = Paced::new(dripping(pieces, bytes), Duration::from_secs(30));
        let read = paced.collect().await.ok().map(|body| body.to_bytes().len());
        assert_eq!(read.is_none(), slow.load(Ordering::Relaxed));
        read
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_may_come_slowly_but_not_drip() {
        assert_eq!(taken(25, 1).await, Some(25), "a small one within its time");
        assert_eq!(taken(300, 600).await, Some(180_000), "a large one at a least pace");
        assert_eq!(taken(300, 1).await, None, "a byte now and then");
        assert_eq!(taken(300, 400).await, None, "below the least pace");
    }
}
