//! The two clients, and TLS.

use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder, redirect, retry};

use super::addresses::Guarded;
use super::{Settings, Unbuildable};
use crate::request::CALL_BUDGET_MS;

/// How long an unused connection of the commit client is kept, in milliseconds (publishing.md rule 4): a stale one is what
/// makes a lost answer likely.
const COMMIT_IDLE_MS: u64 = 10_000;
/// How long an unused connection of the safe client is kept, in milliseconds.
const SAFE_IDLE_MS: u64 = 60_000;
/// How many redirects a safe call follows within its origin.
const REDIRECTS_MAX: usize = 5;

/// Makes ring the process's cryptography for TLS; harmless when it is set already.
pub fn install_crypto() {
    // The only error says that a provider is installed, which is what is wanted.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// The two clients.
pub struct Clients {
    /// May follow redirects within the same origin.
    pub safe: Client,
    /// Never sends a request a second time.
    pub commit: Client,
}

/// Builds both.
pub fn build(settings: &Settings, resolver: Guarded) -> Result<Clients, Unbuildable> {
    install_crypto();
    let certificates = certificates(settings)?;
    let base = |idle_ms: u64| -> ClientBuilder {
        Client::builder()
            .user_agent(concat!("Postrider/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(resolver.clone())
            .tls_certs_merge(certificates.clone())
            .connect_timeout(Duration::from_millis(settings.connect_ms))
            .pool_idle_timeout(Duration::from_millis(idle_ms))
            .referer(false)
            // A proxy would resolve names by itself, past the guard.
            .no_proxy()
            .tcp_nodelay(true)
    };
    let safe = base(SAFE_IDLE_MS).redirect(within_origin());
    let commit = base(COMMIT_IDLE_MS).redirect(redirect::Policy::none()).retry(retry::never());
    // Bytes that the network does not acknowledge are given up with the call, so that the kernel sends nothing after it.
    #[cfg(target_os = "linux")]
    let commit = commit.tcp_user_timeout(Duration::from_millis(CALL_BUDGET_MS));
    let made = |builder: ClientBuilder| builder.build().map_err(|error| Unbuildable::Client(super::describe(&error)));
    Ok(Clients {
        safe: made(safe)?,
        commit: made(commit)?,
    })
}

fn certificates(settings: &Settings) -> Result<Vec<Certificate>, Unbuildable> {
    let Some(path) = &settings.ca_file else { return Ok(Vec::new()) };
    let unusable = |reason: String| Unbuildable::Certificates {
        path: path.display().to_string(),
        reason,
    };
    let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(error.to_string()))?;
    if found.is_empty() {
        return Err(unusable("it holds no certificate".to_owned()));
    }
    Ok(found)
}

/// Redirects that leave the origin would hand tokens to another host, and could lead past the guard of literal addresses.
fn within_origin() -> redirect::Policy {
    redirect::Policy::custom(|attempt| {
        let from = attempt.previous().last().map(url::Url::origin);
        if attempt.previous().len() > REDIRECTS_MAX || from != Some(attempt.url().origin()) {
            attempt.stop()
        } else {
            attempt.follow()
        }
    })
}
