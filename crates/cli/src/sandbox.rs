//! `postrider sandbox`

use std::net::SocketAddr;

use anyhow::Context;
use clap::Args;
use postrider_sandbox::{Sandbox, Settings};
use tokio::net::TcpListener;

/// Flags of `postrider sandbox`.
#[derive(Args)]
pub struct SandboxFlags {
    /// Address and port to listen on.
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// Address under which browsers and Postrider reach it; by default http:// and the listening address.
    #[arg(long)]
    public_base: Option<String>,
    /// Where its ids and tokens come from: the same seed gives the same world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long a network takes before it does what a request asks, in milliseconds.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// How long a network works on a video or container, in milliseconds.
    #[arg(long, default_value_t = 2_000)]
    processing_ms: u64,
    /// Certificate chain in PEM: answers by TLS.
    #[arg(long, requires = "tls_key")]
    tls_cert: Option<std::path::PathBuf>,
    /// Private key in PEM.
    #[arg(long, requires = "tls_cert")]
    tls_key: Option<std::path::PathBuf>,
}

/// Serves until it is stopped.
pub async fn run(flags: SandboxFlags) -> anyhow::Result<()> {
    let listener = TcpListener::bind(flags.listen)
        .await
        .with_context(|| format!("cannot listen on {}", flags.listen))?;
    let address = listener.local_addr()?;
    let scheme = if flags.tls_cert.is_some() { "https" } else { "http" };
    let public_base = flags.public_base.unwrap_or_else(|| format!("{scheme}://{address}"));
    let settings = Settings {
        seed: flags.seed,
        public_base: public_base.clone(),
        latency_ms: flags.latency_ms,
        processing_ms: flags.processing_ms,
        ..Settings::default()
    };
    println!("The sandbox listens on {public_base}");
    let sandbox = Sandbox::new(settings)?;
    let served = async {
        match (&flags.tls_cert, &flags.tls_key) {
            (Some(certificate), Some(key)) => sandbox
                .serve_tls(listener, &std::fs::read(certificate)?, &std::fs::read(key)?)
                .await
                .map_err(anyhow::Error::from),
            _ => sandbox.serve(listener).await.map_err(anyhow::Error::from),
        }
    };
    tokio::select! {
        served = served => served.context("the sandbox stopped"),
        () = crate::serve::stop_signal() => Ok(()),
    }
}
