//! `postrider serve` and `postrider worker`

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use postrider_engine::Engine;
use postrider_web::state::AppState;
use postrider_web::{mailing, upkeep};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;

use crate::assembly::{self, Installation};
use crate::config::Config;
use crate::demo;

/// How long requests that are under way may go on once the server was asked to end.
const ANSWERS_MAX: Duration = Duration::from_secs(10);
/// How long calls to networks that are under way may: longer than a commit call may take (30 s), so that its outcome is stored.
const CALLS_MAX: Duration = Duration::from_secs(40);
/// How long the first look at database and clock is waited for before this server says that it is there.
const FIRST_LOOK: Duration = Duration::from_secs(1);

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
    let installation = assembly::installation(config).await?;
    let base = config.public_base()?;
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.server.listen))?;
    if flags.demo {
        demo::sign_in(config, &installation.engine).await?;
    }
    if flags.first_owner_link {
        demo::first_owner_link(config, &installation.engine).await?;
    }
    let announced = format!("Postrider: {base}");
    run(installation, &announced, |state| postrider_web::serve(listener, state)).await
}

/// Publishes until it is asked to end, then lets what is under way come to its end. Answers only who watches it.
pub async fn work(config: &Config) -> anyhow::Result<()> {
    if !config.publishing.timer {
        bail!(
            "a worker looks for what is due by its own clock, and publishing.timer is off: turn it on for the worker (--set publishing.timer=true), or have `postrider serve` ticked instead"
        );
    }
    if config.database.url.expose_secret().starts_with("sqlite:") {
        bail!(
            "a worker shares its database with other servers, and SQLite is one server's: set database.url to PostgreSQL, or run `postrider serve`, which publishes as well"
        );
    }
    let mut installation = assembly::installation(config).await?;
    installation.web.publishes = true;
    let listener = TcpListener::bind(config.worker.listen)
        .await
        .with_context(|| format!("cannot listen on {} (worker.listen)", config.worker.listen))?;
    let announced = format!("Postrider's worker is watched at http://{}", config.worker.listen);
    run(installation, &announced, |state| postrider_web::watch(listener, state)).await
}

async fn run<A: Future<Output = ()>>(
    installation: Installation,
    announced: &str,
    answer: impl FnOnce(AppState) -> A,
) -> anyhow::Result<()> {
    let Installation {
        engine,
        media,
        fetch,
        web,
        clock,
    } = installation;
    let engine = Engine::from_shared(engine);
    let publishes = web.publishes;
    let state = AppState::new(postrider_web::state::Parts {
        engine: Arc::clone(engine.shared()),
        media,
        fetch,
        config: web,
    });
    let stopping = state.stopping.clone();
    tokio::spawn(upkeep::run(state.clone()));
    tokio::spawn(mailing::run(state.clone()));
    let watching = engine.clone();
    let watched_until = stopping.clone();
    tokio::spawn(async move { watching.watch_overdue(watched_until).await });
    tokio::spawn(clock.follow(engine.shared().db.clone(), stopping.clone()));
    let running = if publishes { engine.start() } else { engine.stand_by() };
    // Who asks from the first moment on hears whether anything holds publishing.
    engine.shared().hold.settled(FIRST_LOOK).await;
    println!("{announced}");
    let asked = stopping.clone();
    tokio::spawn(async move {
        stop_signal().await;
        asked.cancel();
        // Who asks a second time does not want to wait: what is under way is found again at the next start.
        stop_signal().await;
        tracing::warn!("ended before everything under way came to its end");
        std::process::exit(1);
    });
    let answered = async {
        tokio::select! {
            () = answer(state) => {}
            () = async { stopping.cancelled().await; tokio::time::sleep(ANSWERS_MAX).await } => {
                tracing::warn!("some requests did not end in time and were broken off");
            }
        }
    };
    // Nothing new is taken up from the first moment on, while answers are still given.
    let published = async {
        stopping.cancelled().await;
        if tokio::time::timeout(CALLS_MAX, running.stop()).await.is_err() {
            tracing::warn!("some calls to networks did not end in time; they are found again by another server, or at the next start");
        }
    };
    tokio::join!(answered, published);
    engine.shared().db.close().await;
    Ok(())
}
