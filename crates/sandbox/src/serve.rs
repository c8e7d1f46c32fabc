//! The server: HTTP/1.1, and able to close a connection without a word, which faults need.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::passage::{Remote, is_dropped};

#[derive(Debug, thiserror::Error)]
#[error("the connection is closed by a fault")]
struct ClosedByFault;

/// Accepts connections until the listener fails or the future is dropped.
pub async fn serve(router: Router, listener: TcpListener) -> std::io::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let (stream, remote) = accept(&listener).await?;
        let router = router.clone();
        connections.spawn(talk(router, stream, remote));
        while connections.try_join_next().is_some() {}
    }
}

/// The same by TLS, with a certificate chain and its private key in PEM.
pub async fn serve_tls(router: Router, listener: TcpListener, certificate_pem: &[u8], key_pem: &[u8]) -> std::io::Result<()> {
    let acceptor = acceptor(certificate_pem, key_pem)?;
    let mut connections = JoinSet::new();
    loop {
        let (stream, remote) = accept(&listener).await?;
        let (router, acceptor) = (router.clone(), acceptor.clone());
        // The handshake is part of the connection's own task, so that a slow client holds up nobody.
        connections.spawn(async move {
            match acceptor.accept(stream).await {
                Ok(stream) => talk(router, stream, remote).await,
                Err(error) => tracing::debug!(%error, "no TLS connection came about"),
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn accept(listener: &TcpListener) -> std::io::Result<(TcpStream, SocketAddr)> {
    let (stream, remote) = listener.accept().await?;
    // Answers are small and urgent; if the option cannot be set the answer is only slower.
    let _ = stream.set_nodelay(true);
    Ok((stream, remote))
}

/// One connection, until either side closes it.
async fn talk<S>(router: Router, stream: S, remote: SocketAddr)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
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
}

fn acceptor(certificate_pem: &[u8], key_pem: &[u8]) -> std::io::Result<TlsAcceptor> {
    let unusable = |what: &str, error: &dyn std::fmt::Display| std::io::Error::new(ErrorKind::InvalidInput, format!("{what}: {error}"));
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificate_pem)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable("the certificate cannot be read", &error))?;
    let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|error| unusable("the private key cannot be read", &error))?;
    let mut settings = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| unusable("TLS cannot be set up", &error))?;
    settings.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(settings)))
}
