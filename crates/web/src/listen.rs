//! The listening socket: connections are taken, answered, and let go when the server stops.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::serve::Listener;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{Service, ServiceExt};

use crate::server::{router, watch_router};
use crate::state::AppState;

/// The largest head of a request, in bytes: request line and headers. More is answered 431, as are more than 100 headers.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Answers whoever connects until the server is told to stop; then takes nobody new, and ends when the last answer is given.
///
/// Not `axum::serve`, which waits for a request's head for ever: a client that sends it a byte at a time, or never, would hold its
/// connection as long as it likes.
pub async fn serve(listener: TcpListener, state: AppState) {
    let answers = router(state.clone());
    answer(listener, state, answers).await;
}

/// The same for a process that publishes alone: it answers who watches it, and nothing else.
pub async fn watch(listener: TcpListener, state: AppState) {
    let answers = watch_router(state.clone());
    answer(listener, state, answers).await;
}

async fn answer(mut listener: TcpListener, state: AppState, answers: Router) {
    let stopping = state.stopping.clone();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(state.config.head_time_max)
        .max_header_size(HEAD_BYTES_MAX);
    let places = Arc::new(Semaphore::new(state.config.connections_max));
    let mut services = answers.into_make_service_with_connect_info::<SocketAddr>();
    let connections = TaskTracker::new();
    loop {
        // Who finds no place waits unanswered at the system's door, where it costs this process nothing.
        let taken = async {
            let place = places.clone().acquire_owned().await;
            (place, Listener::accept(&mut listener).await)
        };
        let (place, (stream, address)) = tokio::select! {
            taken = taken => taken,
            () = stopping.cancelled() => break,
        };
        // Never closed, so there always is one.
        let Ok(place) = place else { break };
        let Ok(service) = services.call(address).await;
        let service = service.map_request(|request: Request<Incoming>| request.map(Body::new));
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        connections.spawn(answered(connection, stopping.clone(), place));
    }
    // Whoever connects from now on is refused at once.
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Goes on with a connection until it is closed; once the server stops, until the request under way is answered.
async fn answered<S>(
    connection: http1::Connection<TokioIo<tokio::net::TcpStream>, TowerToHyperService<S>>,
    stopping: CancellationToken,
    _place: OwnedSemaphorePermit,
) where
    S: Service<Request<Incoming>, Response = axum::response::Response> + Clone,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}
