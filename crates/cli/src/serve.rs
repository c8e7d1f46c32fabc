//! `postrider serve`

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use postrider_engine::Engine;
use postrider_web::state::AppState;
use postrider_web::upkeep;
use tokio::net::TcpListener;

use crate::assembly::{self, Installation};
use crate::config::Config;
use crate::demo;

/// How long requests that are under way may go on once the server was asked to end.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// Flags of `postrider serve`.
#[derive(Args)]
pub struct ServeFlags {
    /// Makes a demo organization if there is nobody yet, and prints its sign-in.
    #[arg(long)]
    demo: bool,
    /// Prints a one-time link that makes the first owner, if there is nobody yet.
    #[arg(long, conflicts_with = "demo")]
    first_owner_link: bool,
}

/// Resolves when the process is asked to end.
pub async fn stop_signal() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}

/// Serves until it is asked to end, then lets what is under way come to its end.
pub async fn serve(config: &Config, flags: ServeFlags) -> anyhow::Result<()> {
    let Installation { engine, media, fetch, web } = assembly::installation(config).await?;
    let engine = Engine::from_shared(engine);
    let base = config.public_base()?;
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.server.listen))?;
    if flags.demo {
        demo::sign_in(config, engine.shared()).await?;
    }
    if flags.first_owner_link {
        demo::first_owner_link(config, engine.shared()).await?;
    }
    let state = AppState::new(postrider_web::state::Parts {
        engine: Arc::clone(engine.shared()),
        media,
        fetch,
        config: web,
    });
    let stopping = state.stopping.clone();
    tokio::spawn(upkeep::run(state.clone()));
    let watching = engine.clone();
    let watched_until = stopping.clone();
    tokio::spawn(async move { watching.watch_overdue(watched_until).await });
    let running = engine.start();
    println!("Postrider: {base}");
    let asked = stopping.clone();
    tokio::spawn(async move {
        stop_signal().await;
        asked.cancel();
        // Who asks a second time does not want to wait: what is under way is found again at the next start.
        stop_signal().await;
        tracing::warn!("ended before everything under way came to its end");
        std::process::exit(1);
    });
    tokio::select! {
        () = postrider_web::serve(listener, state) => {}
        () = async { stopping.cancelled().await; tokio::time::sleep(DRAIN_MAX).await } => {
            tracing::warn!("some requests did not end in time and were broken off");
        }
    }
    running.stop().await;
    engine.shared().db.close().await;
    Ok(())
}
