//! Puts an installation together from its configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postrider_core::Network;
use postrider_engine::apps::{Apps, Credentials};
use postrider_engine::clock::Clock;
use postrider_engine::connect;
use postrider_engine::entropy::SystemEntropy;
use postrider_engine::hold::Witness;
use postrider_engine::store_clock::StoreClock;
use postrider_engine::{Bounds, Parts, Shared, Timing};
use postrider_provider::{App, Registry, Secrets, http};
use postrider_services::fetch::{self, Fetcher};
use postrider_services::mail::Mailer;
use postrider_services::media::{Addresses, BlobStore, Bucket, Media, Room, Tools};
use postrider_store::db::Place;
use postrider_store::{Db, StoreError, instance};
use postrider_web::auth::rate::{Limit, Limits};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::backup;
use crate::config::{Config, NetworkApp};
use crate::keys;

/// Everything of an installation but its listening socket.
pub struct Installation {
    /// The engine's parts.
    pub engine: Arc<Shared>,
    /// Media.
    pub media: Media,
    /// Fetches people's links.
    pub fetch: Fetcher,
    /// What the web server is told.
    pub web: postrider_web::state::Config,
    /// Compares the clock with the database's; for as long as the process runs.
    pub clock: Arc<StoreClock>,
}

/// The name under which this installation keeps the key that signs its public media addresses.
const MEDIA_KEY: &str = "media_address_key";

/// Puts everything together. Nothing runs yet but the engine's writer.
///
/// # Errors
/// If a part cannot be opened; the message names the setting.
pub async fn installation(config: &Config) -> anyhow::Result<Installation> {
    let db = database(config).await?;
    let clock = Arc::new(StoreClock::default());
    clock.compare(&db).await.context("reading the database's clock")?;
    let base = config.public_base()?;
    let registry = postrider_networks::registry();
    let addresses = Addresses::new(base.as_str().trim_end_matches("/"), media_key(&db).await?);
    let media = media(config, addresses)?;
    let settings = transport_settings(config, &registry);
    let transport = http::HttpTransport::new(&settings, Arc::new(media.blobs.clone())).context("the client for networks")?;
    let fetch = Fetcher::new(&fetch::Settings {
        allow_private: config.fetch.allow_private.clone(),
        ..fetch::Settings::default()
    })
    .context("the client for links")?;
    let keyring = keys::keyring(config, &db).await?;
    let mut apps = apps(config, &registry);
    let home = connect::Home {
        public_base: base.as_str(),
        db: &db,
        keyring: keyring.as_ref(),
        entropy: &SystemEntropy,
        now_ms: clock.now_ms(),
    };
    let introduced = connect::introduce(&mut apps, &registry, &home).await;
    introduced.context("the keys by which servers know this installation")?;
    let engine = Shared::new(Parts {
        apps,
        registry,
        transport: Arc::new(transport),
        keyring,
        media: Arc::new(Room::new(media.clone(), db.clone())),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        entropy: Arc::new(SystemEntropy),
        witness: witness(config)?,
        timing: Timing {
            lease_ms: config.publishing.lease_seconds * 1_000,
            doubt_percent: config.publishing.doubt_percent,
            timer: config.publishing.timer,
            ..Timing::default()
        },
        bounds: Bounds::default(),
        db,
    });
    Ok(Installation {
        engine,
        media,
        fetch,
        web: web(config)?,
        clock,
    })
}

/// The media: in the folder, or in the bucket.
///
/// # Errors
/// If they cannot be opened; the message names the setting.
pub fn media(config: &Config, addresses: Addresses) -> anyhow::Result<Media> {
    let folder = &config.media.folder;
    match bucket(config) {
        None => Media::open(folder, Tools::find(), addresses).with_context(|| format!("media.folder {}", folder.display())),
        Some(bucket) => {
            Media::open_bucket(&bucket, folder, Tools::find(), addresses).with_context(|| format!("media.s3 (bucket {})", bucket.name))
        }
    }
}

/// The files of media alone.
///
/// # Errors
/// If they cannot be opened; the message names the setting.
pub fn blobs(config: &Config) -> anyhow::Result<BlobStore> {
    match bucket(config) {
        None => BlobStore::open(&config.media.folder).with_context(|| format!("media.folder {}", config.media.folder.display())),
        Some(bucket) => BlobStore::of_bucket(&bucket).with_context(|| format!("media.s3 (bucket {})", bucket.name)),
    }
}

fn bucket(config: &Config) -> Option<Bucket> {
    let s3 = &config.media.s3;
    (!s3.bucket.is_empty()).then(|| Bucket {
        endpoint: s3.endpoint.clone(),
        region: s3.region.clone(),
        name: s3.bucket.clone(),
        prefix: s3.prefix.clone(),
        path_style: s3.path_style,
        access_key_id: s3.access_key_id.clone(),
        secret_access_key: s3.secret_access_key.clone(),
        ca_file: ca_file(config),
    })
}

fn ca_file(config: &Config) -> Option<PathBuf> {
    (!config.fetch.ca_file.is_empty()).then(|| config.fetch.ca_file.clone().into())
}

/// The witness: apart from the database, so that no copy of that brings it back. Beside the media, unless the settings say otherwise.
///
/// # Errors
/// If the media cannot be opened.
pub fn witness(config: &Config) -> anyhow::Result<Arc<dyn Witness>> {
    if !config.database.witness_file.is_empty() {
        return Ok(Arc::new(backup::FileWitness::at(PathBuf::from(&config.database.witness_file))));
    }
    if config.media.s3.bucket.is_empty() {
        return Ok(Arc::new(backup::FileWitness::at(config.media.folder.join(backup::WITNESS))));
    }
    Ok(Arc::new(backup::BlobWitness::in_bucket(blobs(config)?)))
}

/// What sends mail, if it is set up.
///
/// # Errors
/// If its settings cannot be read; the message names them.
pub fn mailer(config: &Config) -> anyhow::Result<Option<Mailer>> {
    if config.mail.smtp_url.expose_secret().is_empty() {
        return Ok(None);
    }
    let mailer = Mailer::new(&config.mail.smtp_url, &config.mail.from, config.public_base()?);
    mailer.map(Some).context("mail.smtp_url and mail.from")
}

fn web(config: &Config) -> anyhow::Result<postrider_web::state::Config> {
    let mut web = postrider_web::state::Config::at(config.public_base()?);
    web.publishes = config.publishing.enabled;
    web.proxy_hops = config.server.proxy_hops;
    web.mail = mailer(config)?;
    web.upload_bytes_max = config.server.upload_bytes_max;
    if !config.server.tick_secret.expose_secret().is_empty() {
        web.tick_secret = Some(config.server.tick_secret.clone());
    }
    if !config.server.metrics_token.expose_secret().is_empty() {
        web.metrics_token = Some(config.server.metrics_token.clone());
    }
    if !config.sandbox.url.is_empty() {
        web.image_sources.push(config.sandbox.url.trim_end_matches('/').to_owned());
    }
    let per_second = config.limits.requests_per_second.max(1);
    web.limits = Limits {
        requests: Limit {
            burst: config.limits.requests_burst,
            refill_ms: (1_000 / per_second).max(1),
        },
        ..web.limits
    };
    Ok(web)
}

/// The key that signs public media addresses: drawn once, the same for every process of the installation.
async fn media_key(db: &Db) -> anyhow::Result<Zeroizing<[u8; 32]>> {
    let mut drawn = Zeroizing::new([0_u8; 32]);
    getrandom::fill(drawn.as_mut_slice()).context("the operating system gives no randomness")?;
    let kept = Zeroizing::new(instance::set_first(db, MEDIA_KEY, &STANDARD.encode(drawn.as_slice())).await?);
    let bytes = Zeroizing::new(STANDARD.decode(kept.as_bytes()).context("the stored key of media addresses")?);
    let Ok(key) = <[u8; 32]>::try_from(bytes.as_slice()) else {
        anyhow::bail!("the stored key of media addresses has not 32 bytes");
    };
    Ok(Zeroizing::new(key))
}

/// Opens the database and brings its schema up to date.
///
/// # Errors
/// If it cannot be opened, another process has it, or the schema cannot be brought up to date.
pub async fn database(config: &Config) -> anyhow::Result<Db> {
    let url = config.database.url.expose_secret();
    if let Some(path) = url.strip_prefix("sqlite://")
        && let Some(folder) = Path::new(path).parent()
    {
        std::fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    if let Some(file) = backup::sqlite_file(url) {
        backup::finish_restore(&file).context("ending a restore that was broken off")?;
    }
    let place = Place {
        url,
        direct_url: config.database.direct_url.expose_secret(),
        connections_max: config.database.connections_max,
    };
    let db = Db::open_at(place).await.with_context(|| match url.strip_prefix("sqlite://") {
        Some(path) => format!("opening {path} (SQLite is one server's; for several, set database.url to PostgreSQL)"),
        // The address may hold a password.
        None => "opening the database".to_owned(),
    })?;
    backup::before_migrating(config, &db).await?;
    db.migrate().await.context("bringing the database up to date")?;
    Ok(db)
}

/// A database, opened for a command that may run beside a server.
pub struct Beside {
    /// The database, with the schema that this program knows.
    pub db: Db,
    /// Whether a server has the file now.
    pub served: bool,
}

/// Opens the database for a short piece of work, whether or not a server runs on it. On SQLite, a server's schema is never touched: it
/// must be this program's own.
///
/// # Errors
/// If it cannot be opened, or a server of another version runs on it.
pub async fn database_beside(config: &Config) -> anyhow::Result<Beside> {
    match database(config).await {
        Err(error) if matches!(error.downcast_ref(), Some(StoreError::Locked)) => {
            let db = Db::open_beside(config.database.url.expose_secret())
                .await
                .context("opening the database beside the server that runs on it")?;
            if !db.is_current().await.context("reading the version of the database")? {
                anyhow::bail!("the server that runs is of another version than this program: use its own, or stop it first");
            }
            Ok(Beside { db, served: true })
        }
        opened => Ok(Beside {
            db: opened?,
            served: false,
        }),
    }
}

fn stands_for(config: &Config, network: Network) -> bool {
    !config.sandbox.url.is_empty() && (config.sandbox.networks.is_empty() || config.sandbox.networks.contains(&network))
}

/// Where calls to the networks go: the sandbox's addresses instead of the hosts it stands for, and what is configured by hand.
pub fn transport_settings(config: &Config, registry: &Registry) -> http::Settings {
    let mut overrides = BTreeMap::new();
    let base = config.sandbox.url.trim_end_matches('/');
    for adapter in registry.all() {
        if stands_for(config, adapter.network()) {
            for host in adapter.capability().hosts {
                overrides.insert((*host).to_owned(), format!("{base}/{host}"));
            }
        }
        if let Some(app) = config.networks.get(adapter.network().key()) {
            overrides.extend(app.hosts.clone());
        }
    }
    http::Settings {
        overrides,
        allow_private: config.fetch.allow_private.clone(),
        ca_file: ca_file(config),
        ..http::Settings::default()
    }
}

fn credentials(client_id: &str, secret: Option<&SecretString>, app: &NetworkApp) -> Credentials {
    let mut secrets = Secrets::new();
    if let Some(secret) = secret {
        secrets.insert("client_secret".to_owned(), secret.clone());
    }
    Credentials {
        app: App {
            client_id: client_id.to_owned(),
            api_version: app.api_version.clone(),
            settings: app.settings.clone(),
        },
        secrets,
    }
}

/// The apps at the networks. A network that the sandbox stands for needs none: the sandbox takes any.
pub fn apps(config: &Config, registry: &Registry) -> Apps {
    let mut apps = Apps::default();
    let none = NetworkApp::default();
    for adapter in registry.all() {
        let network = adapter.network();
        let configured = config.networks.get(network.key()).unwrap_or(&none);
        if !configured.client_id.is_empty() {
            apps.set(
                network,
                "",
                credentials(&configured.client_id, configured.client_secret.as_ref(), configured),
            );
        }
        for (way, app) in &configured.variants {
            apps.set(network, way, credentials(&app.client_id, app.client_secret.as_ref(), configured));
        }
        if stands_for(config, network) {
            for way in adapter.capability().variants {
                if apps.of(network, way.key).is_none() {
                    let secret = SecretString::from(format!("{}-secret", way.key));
                    apps.set(
                        network,
                        way.key,
                        credentials(&format!("{}-sandbox", way.key), Some(&secret), configured),
                    );
                }
            }
        }
    }
    apps
}
