//! The server: HTTP/1.1, and able to close a connection without a word, which faults need.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::passage::{Remote, is_dropped};

#[derive(Debug, thiserror::Error)]
#[error("the connection is closed by a fault")]
struct ClosedByFault;

/// Accepts connections until the listener fails or the future is dropped.
pub async fn serve(router: Router, listener: TcpListener) -> std::io::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let (stream, remote) = listener.accept().await?;
        // Answers are small and urgent; if the option cannot be set the answer is only slower.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        connections.spawn(async move {
            let service = service_fn(move |request: http::Request<Incoming>| {
                let router = router.clone();
                async move {
                    let mut request = request.map(Body::new);
                    request.extensions_mut().insert(Remote(remote));
                    let answered: Result<_, Infallible> = router.oneshot(request).await;
                    match answered {
                        Ok(response) if is_dropped(&response) => Err(ClosedByFault),
                        Ok(response) => Ok(response),
                        Err(never) => match never {},
                    }
                }
            });
            let served = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
            if let Err(error) = served {
                tracing::debug!(%error, "connection ended");
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
