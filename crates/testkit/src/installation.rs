//! A whole installation in process: SQLite and media in a temporary folder, the sandbox and the server on real sockets.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use postrider_contract::{Asked, Recorder};
use postrider_engine::apps::{Apps, Credentials};
use postrider_engine::clock::Clock;
use postrider_engine::connect;
use postrider_engine::entropy::SystemEntropy;
use postrider_engine::{Bounds, Engine, Parts, Running, Timing};
use postrider_provider::{App, Registry, Secrets, http};
use postrider_sandbox::{Fetch, Sandbox, Settings, http_fetch};
use postrider_services::fetch::{self, Fetcher};
use postrider_services::media::{Addresses, Media, Room, Tools};
use postrider_services::vault::Vault;
use postrider_store::Db;
use postrider_web::auth::rate::{Limit, Limits};
use postrider_web::setup::{self, OwnerInput};
use postrider_web::{AppState, Config};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use url::Url;
use zeroize::Zeroizing;

use crate::client::Client;
use crate::clock::MovableClock;
use crate::proxy::{Marking, Proxy};
use crate::twin::Twin;

/// The owner's e-mail.
pub const OWNER: &str = "mia@example.org";
/// The owner's password.
pub const PASSWORD: &str = "a-long-enough-password";
/// What every client secret ends in, so that a test can look for it.
pub const CLIENT_SECRET: &str = "client-secret-4f1e";

/// What differs between tests.
#[derive(Debug, Clone)]
pub struct Options {
    /// Times of publishing.
    pub timing: Timing,
    /// How long the networks work on a medium, milliseconds.
    pub processing_ms: u64,
    /// Whether publishing runs from the start.
    pub publishing: bool,
    /// Base addresses instead of further hosts than the sandbox's.
    pub hosts: BTreeMap<String, String>,
    /// Whether calls to networks go through a proxy that can break them; they always do where they are written down.
    pub proxied: bool,
    /// The address at which the networks reach it, if that is another than where it listens.
    pub public_base: Option<&'static str>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            timing: Timing {
                poll_ms: 200,
                ..Timing::default()
            },
            processing_ms: 50,
            publishing: true,
            hosts: BTreeMap::new(),
            proxied: false,
            public_base: None,
        }
    }
}

impl Options {
    /// Waits for doubtful outcomes and pauses of outages short enough for a test, in the product's proportions.
    pub fn doubtful() -> Options {
        Options {
            timing: Timing {
                doubt_percent: 5,
                outage_pauses_ms: vec![100; 6],
                poll_ms: 200,
                ..Timing::default()
            },
            ..Options::default()
        }
    }
}

/// A running installation.
pub struct Installation {
    /// Its address, without a slash at the end.
    pub base: String,
    /// The networks.
    pub twin: Twin,
    /// What stands between it and the networks, if that was asked for.
    pub proxy: Option<Proxy>,
    /// Its clock.
    pub clock: MovableClock,
    /// Its rows, to be looked into for what must not stand there.
    pub db: Db,
    engine: Engine,
    running: Mutex<Option<Running>>,
    folder: tempfile::TempDir,
}

fn sandbox_hosts(registry: &Registry, base: &str) -> BTreeMap<String, String> {
    let hosts = registry.all().flat_map(|adapter| adapter.capability().hosts.iter());
    hosts.map(|host| ((*host).to_owned(), format!("{base}/{host}"))).collect()
}

/// An app for every way of connecting; the sandbox tells LinkedIn's products apart by the name's beginning.
fn apps(registry: &Registry) -> Apps {
    let mut apps = Apps::default();
    for adapter in registry.all() {
        for way in adapter.capability().variants {
            let mut secrets = Secrets::new();
            let secret = format!("{}-{CLIENT_SECRET}", way.key);
            secrets.insert("client_secret".to_owned(), SecretString::from(secret));
            let app = App {
                client_id: format!("{}-app", way.key),
                ..App::default()
            };
            apps.set(adapter.network(), way.key, Credentials { app, secrets });
        }
    }
    apps
}

async fn listener() -> anyhow::Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    Ok((listener, base))
}

/// What people are asked for at each host of each network.
fn asked() -> Asked {
    let mut asked = Asked::new();
    for adapter in postrider_networks::registry().all() {
        let capability = adapter.capability();
        let permissions = capability.variants.iter().flat_map(|way| way.permissions);
        let scopes: Vec<String> = permissions.map(|permission| permission.scope.to_owned()).collect();
        for host in capability.hosts {
            asked.entry((*host).to_owned()).or_default().extend(scopes.clone());
        }
    }
    asked
}

/// The networks, and what stands before them if that is wanted or calls are to be written down. Addresses that they give out lead through it as well.
async fn sandbox(options: &Options, home: &str) -> anyhow::Result<(Twin, Option<Proxy>)> {
    let (listener, base) = listener().await?;
    let recorder = Recorder::from_environment(asked)?;
    let proxy = if options.proxied || recorder.is_some() {
        Some(Proxy::before(&base, recorder).await?)
    } else {
        None
    };
    let settings = Settings {
        public_base: proxy.as_ref().map_or_else(|| base.clone(), Proxy::base),
        processing_ms: options.processing_ms,
        ..Settings::default()
    };
    let sandbox = match options.public_base {
        Some(public_base) => Sandbox::with_fetch(settings, fetching(public_base, home)?),
        None => Sandbox::new(settings)?,
    };
    tokio::spawn(sandbox.serve(listener));
    Ok((Twin::at(&base), proxy))
}

/// How the networks get what stands at the public address.
fn fetching(public_base: &'static str, home: &str) -> anyhow::Result<Fetch> {
    let (fetch, home) = (http_fetch()?, home.to_owned());
    Ok(Arc::new(move |address: String| fetch(address.replacen(public_base, &home, 1))))
}

fn roomy() -> Limits {
    let much = Limit {
        burst: 1_000_000,
        refill_ms: 1,
    };
    Limits {
        requests: much,
        sign_in_address: much,
        sign_in_email: much,
        tick: much,
    }
}

impl Installation {
    /// Puts everything together and starts it, with an owner, an organization and a project.
    ///
    /// # Panics
    /// If anything cannot be started.
    pub async fn open(options: Options) -> Installation {
        match Installation::start(options).await {
            Ok(installation) => installation,
            Err(error) => panic!("no installation: {error:#}"),
        }
    }

    async fn start(options: Options) -> anyhow::Result<Installation> {
        http::install_crypto();
        let (server, base) = listener().await?;
        let (twin, proxy) = sandbox(&options, &base).await?;
        let public_base = options.public_base.unwrap_or(&base);
        let folder = tempfile::tempdir()?;
        let clock = MovableClock::default();
        let db = Db::open(&format!("sqlite://{}/postrider.db", folder.path().display())).await?;
        db.migrate().await?;
        let registry = postrider_networks::registry();
        let addresses = Addresses::new(&base, Zeroizing::new([9; 32]));
        let media = Media::open(&folder.path().join("media"), Tools::find(), addresses)?;
        let front = proxy.as_ref().map_or_else(|| twin.base.clone(), Proxy::base);
        let mut overrides = sandbox_hosts(&registry, &front);
        overrides.extend(options.hosts.clone());
        let settings = http::Settings {
            overrides,
            allow_private: vec!["localhost".to_owned(), "127.0.0.0/8".to_owned()],
            ..http::Settings::default()
        };
        let transport = http::HttpTransport::new(&settings, Arc::new(media.blobs.clone()))?;
        let keyring = Vault::from_keys(vec![("k1".to_owned(), Zeroizing::new([7; 32]))])?;
        let mut apps = apps(&registry);
        let home = connect::Home {
            public_base,
            db: &db,
            keyring: &keyring,
            entropy: &SystemEntropy,
            now_ms: clock.now_ms(),
        };
        connect::introduce(&mut apps, &registry, &home).await?;
        let engine = Engine::new(Parts {
            db: db.clone(),
            apps,
            registry,
            transport: if proxy.is_some() {
                Arc::new(Marking(transport))
            } else {
                Arc::new(transport)
            },
            keyring: Arc::new(keyring),
            media: Arc::new(Room::new(media.clone(), db.clone())),
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SystemEntropy),
            witness: Arc::new(postrider_engine::hold::NoWitness),
            timing: options.timing.clone(),
            bounds: Bounds::default(),
        });
        let owner = OwnerInput {
            email: OWNER.to_owned(),
            name: "Mia".to_owned(),
            password: PASSWORD.to_owned(),
            organization: "Acme".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            project: "Coffee".to_owned(),
        };
        setup::create_owner(&db, clock.now_ms(), &SystemEntropy, owner).await?;
        let config = Config {
            limits: roomy(),
            ..Config::at(Url::parse(public_base)?)
        };
        let state = AppState::new(postrider_web::Parts {
            engine: Arc::clone(engine.shared()),
            media,
            fetch: Fetcher::new(&fetch::Settings::default())?,
            config,
        });
        tokio::spawn(postrider_web::serve(server, state));
        let installation = Installation {
            base,
            twin,
            proxy,
            clock,
            db,
            engine,
            running: Mutex::new(None),
            folder,
        };
        if options.publishing {
            installation.start_publishing().await;
        }
        Ok(installation)
    }

    /// Begins to publish.
    pub async fn start_publishing(&self) {
        let mut running = self.running.lock().await;
        if running.is_none() {
            *running = Some(self.engine.start());
        }
    }

    /// Ends publishing, as a stopped server does.
    pub async fn stop_publishing(&self) {
        if let Some(running) = self.running.lock().await.take() {
            running.stop().await;
        }
    }

    /// Time passes.
    pub fn advance_ms(&self, ms: i64) {
        self.clock.advance_ms(ms);
        self.engine.wake();
    }

    /// UTC milliseconds, on its clock.
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// The owner, signed in.
    pub async fn owner(&self) -> Client {
        Client::sign_in(&self.base, OWNER, PASSWORD).await
    }

    /// The owner of another organization, signed in.
    ///
    /// # Panics
    /// If it cannot be made; it can be made once.
    pub async fn stranger(&self) -> Client {
        let owner = OwnerInput {
            email: "stranger@example.net".to_owned(),
            name: "Sam".to_owned(),
            password: PASSWORD.to_owned(),
            organization: "Elsewhere".to_owned(),
            time_zone: "UTC".to_owned(),
            project: "Tea".to_owned(),
        };
        if let Err(error) = setup::create_owner(&self.db, self.now_ms(), &SystemEntropy, owner).await {
            panic!("no other organization: {error}");
        }
        Client::sign_in(&self.base, "stranger@example.net", PASSWORD).await
    }

    /// Where it keeps database and media.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
