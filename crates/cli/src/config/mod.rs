//! The configuration: defaults, then a file, then the environment, then flags; checked whole before anything starts.

mod load;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, bail};
use postrider_core::Network;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

pub use load::{DEFAULTS, Sources, load};

/// Shorter secrets could be guessed.
const SECRET_CHARS_MIN: usize = 16;

/// Every setting. The comments stand in `config.default.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How people reach it.
    pub server: Server,
    /// How much is asked of it.
    pub limits: RequestLimits,
    /// Where rows are.
    pub database: Database,
    /// Where media are.
    pub media: Media,
    /// What seals tokens.
    pub vault: VaultKeys,
    /// How mail goes out.
    pub mail: Mail,
    /// What is logged.
    pub log: Log,
    /// Where spans go.
    pub traces: Traces,
    /// What may be fetched.
    pub fetch: Fetch,
    /// Times of publishing.
    pub publishing: Publishing,
    /// How a process that publishes alone is watched.
    pub worker: Worker,
    /// What stands for the networks.
    pub sandbox: Sandbox,
    /// Apps at the networks.
    pub networks: BTreeMap<String, NetworkApp>,
}

/// `[server]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// See the file.
    pub listen: SocketAddr,
    /// See the file.
    pub public_base: String,
    /// See the file.
    pub proxy_hops: usize,
    /// See the file.
    pub tick_secret: SecretString,
    /// See the file.
    pub metrics_token: SecretString,
    /// See the file.
    pub upload_bytes_max: u64,
}

/// `[limits]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestLimits {
    /// See the file.
    pub requests_burst: u32,
    /// See the file.
    pub requests_per_second: u64,
}

/// `[database]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// See the file. May hold a password.
    pub url: SecretString,
    /// See the file. May hold a password.
    pub direct_url: SecretString,
    /// See the file.
    pub connections_max: u32,
    /// See the file.
    pub witness_file: String,
}

/// `[media]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// See the file.
    pub folder: PathBuf,
    /// A bucket instead of the folder.
    pub s3: S3,
}

/// `[media.s3]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// See the file. Empty: no bucket.
    pub bucket: String,
    /// See the file.
    pub endpoint: String,
    /// See the file.
    pub region: String,
    /// See the file.
    pub prefix: String,
    /// See the file.
    pub path_style: bool,
    /// See the file.
    pub access_key_id: String,
    /// See the file.
    pub secret_access_key: SecretString,
}

impl S3 {
    /// Checks what types alone do not.
    fn check(&self) -> anyhow::Result<()> {
        if self.bucket.is_empty() {
            return Ok(());
        }
        Url::parse(&self.endpoint).with_context(|| {
            format!(
                "media.s3.endpoint `{}` is no address such as https://s3.eu-central-1.amazonaws.com",
                self.endpoint
            )
        })?;
        let texts = [
            ("region", self.region.as_str()),
            ("access_key_id", &self.access_key_id),
            ("secret_access_key", self.secret_access_key.expose_secret()),
        ];
        for (name, text) in texts {
            if text.is_empty() {
                bail!("media.s3.bucket is set, so media.s3.{name} must be, too");
            }
        }
        Ok(())
    }
}

/// `[mail]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// See the file.
    pub smtp_url: SecretString,
    /// See the file.
    pub from: String,
}

/// `[vault]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultKeys {
    /// See the file.
    pub keys: Vec<SecretString>,
    /// See the file.
    pub keys_file: PathBuf,
}

/// `[log]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// See the file.
    pub filter: String,
    /// See the file.
    pub format: LogFormat,
}

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// `[traces]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// See the file.
    pub otlp_endpoint: String,
}

/// `[fetch]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    /// See the file.
    pub allow_private: Vec<String>,
    /// See the file.
    pub ca_file: String,
}

/// `[publishing]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publishing {
    /// See the file.
    pub enabled: bool,
    /// See the file.
    pub lease_seconds: i64,
    /// See the file.
    pub doubt_percent: i64,
    /// See the file.
    pub timer: bool,
}

/// `[worker]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    /// See the file.
    pub listen: SocketAddr,
}

/// `[sandbox]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sandbox {
    /// See the file.
    pub url: String,
    /// See the file.
    pub networks: Vec<Network>,
}

/// `[networks.NAME]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkApp {
    /// Public id of the app.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Option<SecretString>,
    /// Version of the network's API.
    pub api_version: String,
    /// Further settings.
    pub settings: BTreeMap<String, String>,
    /// Other addresses instead of the network's hosts.
    pub hosts: BTreeMap<String, String>,
    /// Apps of single ways of connecting.
    pub variants: BTreeMap<String, VariantApp>,
}

/// `[networks.NAME.variants.WAY]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VariantApp {
    /// Public id of the app.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Option<SecretString>,
}

impl Config {
    /// Address under which people and networks reach this server.
    pub fn public_base(&self) -> anyhow::Result<Url> {
        if self.server.public_base.is_empty() {
            return Url::parse(&format!("http://{}", self.server.listen)).context("server.listen is no address");
        }
        Url::parse(&self.server.public_base).with_context(|| {
            format!(
                "server.public_base `{}` is no address such as https://post.example.com",
                self.server.public_base
            )
        })
    }

    /// Checks what types alone do not.
    pub fn check(&self) -> anyhow::Result<()> {
        let base = self.public_base()?;
        if !matches!(base.scheme(), "http" | "https") {
            bail!("server.public_base must begin with http:// or https://");
        }
        for name in self.networks.keys() {
            name.parse::<Network>().with_context(|| format!("[networks.{name}]"))?;
        }
        if !self.sandbox.url.is_empty() {
            Url::parse(&self.sandbox.url).with_context(|| format!("sandbox.url `{}` is no address", self.sandbox.url))?;
        }
        for (name, secret) in [
            ("server.tick_secret", &self.server.tick_secret),
            ("server.metrics_token", &self.server.metrics_token),
        ] {
            let length = secret.expose_secret().chars().count();
            if (1..SECRET_CHARS_MIN).contains(&length) {
                bail!("{name} has {length} characters and needs at least {SECRET_CHARS_MIN}: make one with `openssl rand -hex 32`");
            }
        }
        if !self.publishing.timer && self.server.tick_secret.expose_secret().is_empty() {
            bail!(
                "publishing.timer is off, so nothing would ever go out: set server.tick_secret, and have POST /api/v1/internal/tick called every minute"
            );
        }
        if !self.publishing.enabled && !self.server.tick_secret.expose_secret().is_empty() {
            bail!(
                "publishing.enabled is off, so a tick would publish nothing here: leave server.tick_secret empty and have the servers ticked that publish, or turn publishing on"
            );
        }
        self.media.s3.check()?;
        if !(5..=600).contains(&self.publishing.lease_seconds) {
            bail!("publishing.lease_seconds must be from 5 to 600");
        }
        if !(1..=100).contains(&self.publishing.doubt_percent) {
            bail!("publishing.doubt_percent must be from 1 to 100");
        }
        Ok(())
    }
}
