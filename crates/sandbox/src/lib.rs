#![doc = include_str!("../README.md")]

mod bluesky;
mod clock;
mod control;
mod facebook;
mod fault;
mod figures;
mod google;
mod google_business;
mod instagram;
mod linkedin;
mod log;
mod mastodon;
mod meta;
mod page;
mod passage;
mod pinterest;
mod registry;
mod serve;
mod settings;
mod telegram;
mod threads;
mod tiktok;
pub mod visitor;
mod world;
mod x;
mod youtube;

use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;

pub use clock::{Clock, iso_ms, meta_time};
pub use fault::{Action, Fault, Faults, Match, Standing};
pub use figures::{Figure, What, figures};
pub use log::{Entry, Log, Outcome};
pub use passage::{Call, Dropped, Remote, is_dropped};
pub use registry::{Head, MODULES, Module, Operation};
pub use settings::{Change, Settings};
pub use world::{
    Account, Code, Comment, Fetch, FetchFailure, Fetched, Intake, Media, MediaStore, Person, Post, PostState, Quota, State, Stored, Token,
    World, hex, http_fetch,
};

/// Every network on one port.
#[derive(Clone)]
pub struct Sandbox {
    world: Arc<World>,
}

impl Sandbox {
    /// A sandbox whose networks fetch media over HTTP.
    ///
    /// # Errors
    /// If the HTTP client cannot be built.
    pub fn new(settings: Settings) -> anyhow::Result<Self> {
        Ok(Self::with_fetch(settings, http_fetch()?))
    }

    /// A sandbox whose networks fetch media as the caller says, for simulations without sockets.
    pub fn with_fetch(settings: Settings, fetch: Fetch) -> Self {
        Self {
            world: Arc::new(World::new(settings, fetch)),
        }
    }

    /// What the networks know, to be read and changed in process.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Everything as one router: networks, control API and page. An answer for which [`is_dropped`] holds stands for a closed
    /// connection.
    pub fn router(&self) -> Router {
        let networks = MODULES.iter().fold(Router::new(), |router, module| router.merge((module.routes)()));
        let proven = axum::middleware::from_fn_with_state(Arc::clone(&self.world), bluesky::dpop::pass);
        let guarded = networks
            .layer(proven)
            .layer(axum::middleware::from_fn_with_state(Arc::clone(&self.world), passage::pass));
        guarded
            .merge(control::routes())
            .merge(page::routes())
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(Arc::clone(&self.world))
    }

    /// Serves until the future is dropped; then open connections are cut.
    ///
    /// # Errors
    /// If the listener fails for good.
    pub async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
        serve::serve(self.router(), listener).await
    }

    /// The same by TLS, with a certificate chain and its private key in PEM.
    ///
    /// # Errors
    /// If the certificate or the key cannot be used, or the listener fails for good.
    pub async fn serve_tls(self, listener: TcpListener, certificate_pem: &[u8], key_pem: &[u8]) -> std::io::Result<()> {
        serve::serve_tls(self.router(), listener, certificate_pem, key_pem).await
    }
}
