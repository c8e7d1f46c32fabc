//! A server on a real socket with a database of its own, the sandbox beside it, and browsers to call it with.

use std::collections::BTreeMap;
use std::sync::Arc;

use postrider_core::Network;
use postrider_core::channel::ChannelStatus;
use postrider_core::ids::*;
use postrider_core::permission::Role;
use postrider_core::post::{AssetFacts, AssetKind, Content, ContentType, Mode, Overrides};
use postrider_engine::apps::{Apps, Credentials};
use postrider_engine::clock::{Clock, SystemClock};
use postrider_engine::entropy::{Entropy, SystemEntropy};
use postrider_engine::{Bounds, Engine, Parts, Running, Timing};
use postrider_provider::{App, Secrets, Transport, http};
use postrider_sandbox::{Sandbox, Settings};
use postrider_services::fetch::{self, Fetcher};
use postrider_services::media::{Addresses, Media, Tools, room::Room};
use postrider_services::vault::Vault;
use postrider_store::members::NewMember;
use postrider_store::scope::{Projects, Scope};
use postrider_store::{
    Db, Tx, assets, channels, connections, deliveries, grants, members, notifications, page, posts, projects, sessions, uploads, users,
};
use postrider_web::auth::rate::{Limit, Limits};
use postrider_web::auth::session::token_hash;
use postrider_web::setup::{self, OwnerInput};
use postrider_web::{AppState, Config};
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;
use zeroize::Zeroizing;

pub const PASSWORD: &str = "a long enough password";
pub const TICK: &str = "the secret of the outside clock";

pub struct TestApp {
    pub base: String,
    pub sandbox: String,
    pub db: Db,
    pub engine: Engine,
    pub state: AppState,
    pub owner: UserId,
    pub organization: OrganizationId,
    pub project: ProjectId,
    _running: Option<Running>,
    /// Where its database and its media are.
    pub folder: TempDir,
}

pub fn now_ms() -> i64 {
    SystemClock.now_ms()
}

pub fn ten() -> [u8; 10] {
    SystemEntropy.ten()
}

/// Bounds so wide that no test meets them by chance.
fn wide() -> Limits {
    let limit = Limit {
        burst: 100_000,
        refill_ms: 1,
    };
    Limits {
        requests: limit,
        sign_in_address: limit,
        sign_in_email: limit,
        tick: limit,
    }
}

fn owner(email: &str, organization: &str) -> OwnerInput {
    OwnerInput {
        email: email.to_owned(),
        name: "Olivia Owner".to_owned(),
        password: PASSWORD.to_owned(),
        organization: organization.to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        project: "Brand".to_owned(),
    }
}

/// Fetches links of this machine's too.
fn fetcher() -> Fetcher {
    Fetcher::new(&fetch::Settings {
        allow_private: vec!["127.0.0.1".to_owned()],
        ..fetch::Settings::default()
    })
    .unwrap()
}

impl TestApp {
    /// A server whose engine does not run: what is scheduled stays scheduled.
    pub async fn still() -> Self {
        Self::with(|_| {}, false).await
    }

    /// A server that publishes.
    pub async fn running() -> Self {
        Self::with(|_| {}, true).await
    }

    pub async fn with(change: impl FnOnce(&mut Config), runs: bool) -> Self {
        http::install_crypto();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = format!("http://{}", listener.local_addr().unwrap());
        let twin = Sandbox::new(Settings {
            public_base: sandbox.clone(),
            ..Settings::default()
        })
        .unwrap();
        tokio::spawn(twin.serve(listener));

        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite://{}/test.db", folder.path().display())).await.unwrap();
        db.migrate().await.unwrap();
        let (owner, organization) = setup::create_owner(&db, now_ms(), &SystemEntropy, owner("owner@example.com", "Acme"))
            .await
            .unwrap();
        let scope = Scope::load(&db, owner, organization).await.unwrap();
        let project = projects::list(&db, &scope, &page::Page::first(1)).await.unwrap().items[0].id;

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let addresses = Addresses::new(&base, Zeroizing::new([9; 32]));
        let media = Media::open(&folder.path().join("media"), Tools::find(), addresses).unwrap();
        let registry = postrider_networks::registry();
        let hosts = registry.all().flat_map(|adapter| adapter.capability().hosts.iter());
        let overrides: BTreeMap<String, String> = hosts.map(|host| ((*host).to_owned(), format!("{sandbox}/{host}"))).collect();
        let settings = http::Settings {
            overrides,
            ..http::Settings::default()
        };
        let transport: Arc<dyn Transport> = Arc::new(http::HttpTransport::new(&settings, Arc::new(media.blobs.clone())).unwrap());
        let vault = Vault::from_keys(vec![("k1".to_owned(), Zeroizing::new([7; 32]))]).unwrap();
        let engine = Engine::new(Parts {
            db: db.clone(),
            apps: apps(&registry),
            registry,
            transport,
            keyring: Arc::new(vault),
            media: Arc::new(Room::new(media.clone(), db.clone())),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            witness: Arc::new(postrider_engine::hold::NoWitness),
            timing: Timing {
                poll_ms: 100,
                ..Timing::default()
            },
            bounds: Bounds::default(),
        });
        let mut config = Config::at(base.parse().unwrap());
        config.limits = wide();
        config.tick_secret = Some(SecretString::from(TICK));
        change(&mut config);
        let state = AppState::new(postrider_web::Parts {
            engine: engine.shared().clone(),
            media,
            fetch: fetcher(),
            config,
        });
        tokio::spawn(postrider_web::serve(listener, state.clone()));
        TestApp {
            _running: runs.then(|| engine.start()),
            base,
            sandbox,
            db,
            engine,
            state,
            owner,
            organization,
            project,
            folder,
        }
    }

    /// Another server on the same rows and files, which knows nothing of what this one does. Gives its address.
    pub async fn another_server(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let addresses = Addresses::new(&base, Zeroizing::new([9; 32]));
        let state = AppState::new(postrider_web::Parts {
            engine: self.engine.shared().clone(),
            media: Media::open(&self.folder.path().join("media"), Tools::find(), addresses).unwrap(),
            fetch: fetcher(),
            config: self.state.config.clone(),
        });
        tokio::spawn(postrider_web::serve(listener, state));
        base
    }

    pub async fn tx(&self) -> Tx {
        self.db.begin().await.unwrap()
    }

    pub async fn scope(&self, user: UserId) -> Scope {
        Scope::load(&self.db, user, self.organization).await.unwrap()
    }

    /// A browser of a person who is signed in already.
    pub async fn browser(&self, user: UserId) -> Browser {
        let session = sessions::Session {
            id: SessionId::new(now_ms(), ten()),
            user_id: user,
            csrf_token: format!("csrf-{}", SessionId::new(now_ms(), ten())),
            user_agent: "test".to_owned(),
            address: "127.0.0.1".to_owned(),
            created_at: now_ms(),
            last_seen_at: now_ms(),
            expires_at: now_ms() + 3_600_000,
        };
        let token = format!("token-{}", session.id);
        let mut tx = self.tx().await;
        sessions::create(&mut tx, &session, &token_hash(&token)).await.unwrap();
        tx.commit().await.unwrap();
        Browser {
            base: self.base.clone(),
            cookie: format!("postrider_session={token}"),
            csrf: session.csrf_token,
            session: session.id,
        }
    }

    pub async fn owners_browser(&self) -> Browser {
        self.browser(self.owner).await
    }

    pub fn nobody(&self) -> Browser {
        Browser {
            base: self.base.clone(),
            cookie: String::new(),
            csrf: String::new(),
            session: SessionId::new(now_ms(), ten()),
        }
    }

    /// A member of the organization with a role's permissions, who sees every project.
    pub async fn member(&self, role: Role) -> UserId {
        let user = users::User {
            id: UserId::new(now_ms(), ten()),
            email: format!("{role}-{}@example.com", UserId::new(now_ms(), ten())),
            name: format!("The {role}"),
            instance_admin: false,
            created_at: now_ms(),
            disabled_at: None,
        };
        let scope = self.scope(self.owner).await;
        let member = NewMember {
            id: MemberId::new(now_ms(), ten()),
            user_id: user.id,
            role,
            permissions: role.permissions(),
            projects: Projects::All,
            created_at: now_ms(),
        };
        let mut tx = self.tx().await;
        users::create(&mut tx, &user, None).await.unwrap();
        members::add(&mut tx, &scope, &member).await.unwrap();
        tx.commit().await.unwrap();
        user.id
    }

    /// The owner of another organization.
    pub async fn foreigner(&self) -> UserId {
        let made = setup::create_owner(&self.db, now_ms(), &SystemEntropy, owner("foreign@example.com", "Other"))
            .await
            .unwrap();
        made.0
    }

    /// A channel that is there without any network having been asked.
    pub async fn channel(&self) -> ChannelId {
        let scope = self.scope(self.owner).await;
        let grant = GrantId::new(now_ms(), ten());
        let mut tx = self.tx().await;
        let sealed = self
            .engine
            .shared()
            .keyring
            .seal(&format!("grants.secrets.{grant}"), &Secrets::new())
            .unwrap();
        let new = grants::NewGrant {
            id: grant,
            project_id: self.project,
            network: Network::Bluesky,
            variant: "app_password".to_owned(),
            subject: grant.to_string(),
            subject_name: "Ada".to_owned(),
            scopes: Vec::new(),
            meta: json!({}),
            secrets: sealed,
            expires_at: None,
            refresh_expires_at: None,
            created_at: now_ms(),
        };
        grants::create(&mut tx, &scope, &new).await.unwrap();
        let new = channels::NewChannel {
            id: ChannelId::new(now_ms(), ten()),
            project_id: self.project,
            grant_id: grant,
            network: Network::Bluesky,
            external_id: format!("did:plc:{grant}"),
            kind: "repo".to_owned(),
            name: "Ada".to_owned(),
            handle: "ada.bsky.social".to_owned(),
            detail: String::new(),
            avatar_url: None,
            meta: json!({}),
            secrets: None,
            status: ChannelStatus::Active,
            status_reason: String::new(),
            missing: Vec::new(),
            access_ends_at: None,
            now_ms: now_ms(),
        };
        let channel = channels::add(&mut tx, &scope, &new).await.unwrap();
        tx.commit().await.unwrap();
        channel.id
    }

    /// One of everything, written by the owner.
    pub async fn things(&self) -> Things {
        let scope = self.scope(self.owner).await;
        let (project, now) = (self.project, now_ms());
        let channel = self.channel().await;
        let mut tx = self.tx().await;
        let post = posts::NewPost {
            id: PostId::new(now, ten()),
            project_id: Some(project),
            content: Content {
                text: "Words of the owner".to_owned(),
                ..Content::empty(ContentType::Text)
            },
            labels: Vec::new(),
            wished_at: Some(now + 3_600_000),
            created_at: now,
        };
        let post = posts::create(&mut tx, &scope, &post).await.unwrap().id;
        let delivery = deliveries::NewDelivery {
            id: DeliveryId::new(now, ten()),
            channel_id: channel,
            mode: Mode::Publish,
            overrides: Overrides::default(),
        };
        let delivery = deliveries::create(&mut tx, &scope, post, &delivery, now).await.unwrap().id;
        let asset = assets::NewAsset {
            id: AssetId::new(now, ten()),
            project_id: project,
            name: "photo.jpg".to_owned(),
            sha256: "0".repeat(64),
            facts: facts(),
            blob: "assets/missing.jpg".to_owned(),
            thumbnail_blob: Some("thumbnails/missing.jpg".to_owned()),
            alt_text: String::new(),
            created_at: now,
        };
        let asset = assets::create(&mut tx, &scope, &asset).await.unwrap().id;
        let upload = uploads::NewUpload {
            id: UploadId::new(now, ten()),
            project_id: project,
            name: "file".to_owned(),
            declared_mime: String::new(),
            total_bytes: 10,
            created_at: now,
            expires_at: now + 3_600_000,
        };
        let upload = uploads::create(&mut tx, &scope, &upload).await.unwrap().id;
        let connection = connections::NewConnection {
            id: ConnectionId::new(now, ten()),
            project_id: project,
            network: Network::Bluesky,
            variant: "app_password".to_owned(),
            state_hash: ConnectionId::new(now, ten()).to_string(),
            code_verifier: Vec::new(),
            server: None,
            reconnect_channel_id: None,
            created_at: now,
            expires_at: now + 3_600_000,
        };
        connections::begin(&mut tx, &scope, &connection).await.unwrap();
        let notice = notifications::Notification {
            id: NotificationId::new(now, ten()),
            organization_id: self.organization,
            user_id: self.owner,
            kind: "post.failed".to_owned(),
            text: "A post failed.".to_owned(),
            subject: json!({}),
            created_at: now,
            read_at: None,
        };
        notifications::add(&mut tx, &notice).await.unwrap();
        tx.commit().await.unwrap();
        Things {
            channel,
            post,
            delivery,
            asset,
            upload,
            connection: connection.id,
            notice: notice.id,
        }
    }
}

pub fn facts() -> AssetFacts {
    AssetFacts {
        kind: AssetKind::Image,
        mime: "image/jpeg".to_owned(),
        bytes: 1_000,
        width: Some(800),
        height: Some(600),
        duration_ms: None,
        frame_rate: None,
        video_codec: None,
        audio_codec: None,
        pages: None,
        frames: None,
    }
}

fn apps(registry: &postrider_provider::Registry) -> Apps {
    let mut apps = Apps::default();
    for adapter in registry.all() {
        for way in adapter.capability().variants {
            let secret = SecretString::from(format!("{}-secret", way.key));
            let app = App {
                client_id: format!("{}-sandbox", way.key),
                ..App::default()
            };
            apps.set(
                adapter.network(),
                way.key,
                Credentials {
                    app,
                    secrets: Secrets::from([("client_secret".to_owned(), secret)]),
                },
            );
        }
    }
    apps
}

/// One of everything.
pub struct Things {
    pub channel: ChannelId,
    pub post: PostId,
    pub delivery: DeliveryId,
    pub asset: AssetId,
    pub upload: UploadId,
    pub connection: ConnectionId,
    pub notice: NotificationId,
}

/// A signed-in browser, or one of nobody.
pub struct Browser {
    pub base: String,
    pub cookie: String,
    pub csrf: String,
    pub session: SessionId,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Told {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Told {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self.body
    }

    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status.as_u16(), self.code()), (status, code), "{:#}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        self.body
    }
}

pub fn plain_client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

impl Browser {
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = plain_client().request(method, format!("{}{path}", self.base));
        if !self.cookie.is_empty() {
            request = request.header("cookie", &self.cookie).header("x-csrf-token", &self.csrf);
        }
        request
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Told {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let stream = headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let bytes = if stream {
            Default::default()
        } else {
            answer.bytes().await.unwrap()
        };
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Told { status, headers, body }
    }

    pub async fn get(&self, path: &str) -> Told {
        self.send(self.request(Method::GET, &format!("/api/v1{path}"))).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Told {
        self.send(self.request(Method::POST, &format!("/api/v1{path}")).json(&body)).await
    }

    pub async fn patch(&self, path: &str, etag: &str, body: Value) -> Told {
        self.send(
            self.request(Method::PATCH, &format!("/api/v1{path}"))
                .header("if-match", etag)
                .json(&body),
        )
        .await
    }

    pub async fn delete(&self, path: &str) -> Told {
        self.send(self.request(Method::DELETE, &format!("/api/v1{path}"))).await
    }
}
