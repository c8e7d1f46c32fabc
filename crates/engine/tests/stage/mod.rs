//! A stage for the engine: the sandbox on a real socket, a database of its own, real adapters, real client.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use postrider_core::Network;
use postrider_core::channel::ChannelStatus;
use postrider_core::delivery::{Event, State};
use postrider_core::ids::*;
use postrider_core::post::{Content, ContentType, Mode, Overrides};
use postrider_engine::clock::{Clock, SystemClock};
use postrider_engine::entropy::{Entropy, SystemEntropy};
use postrider_engine::{Bounds, Engine, Parts, Timing, apps::Apps};
use postrider_provider::ports::{Keyring, MediaAsk, MediaRoom, Withdraw};
use postrider_provider::{Answer, App, Fault, Flow, GrantView, Manner, MediaRef, Secrets, Sent, SignInAsk, Transport, Typed, http};
use postrider_sandbox::{Sandbox, Settings};
use postrider_services::vault::Vault;
use postrider_store::deliveries::{Acting, Ask, Delivery, Moment, NewDelivery};
use postrider_store::scope::Scope;
use postrider_store::{Db, args, channels, deliveries, grants, members, organizations, plans, posts, projects, users};
use secrecy::SecretString;
use serde_json::Value;

/// No file is asked for on this stage.
struct NoMedia;

impl MediaRoom for NoMedia {
    fn ready<'a>(&'a self, ask: &'a MediaAsk<'a>) -> BoxFuture<'a, Result<Vec<MediaRef>, Fault>> {
        assert!(ask.content.asset_ids().is_empty(), "this stage has no media");
        Box::pin(async { Ok(Vec::new()) })
    }

    fn revoke<'a>(&'a self, _: DeliveryId) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }

    fn withdraw<'a>(&'a self, _: Withdraw) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(async { Ok(true) })
    }
}

struct NoBlobs;

impl postrider_provider::Blobs for NoBlobs {
    fn open<'a>(
        &'a self,
        _: &'a str,
        _: Option<std::ops::Range<u64>>,
    ) -> BoxFuture<'a, std::io::Result<futures::stream::BoxStream<'static, std::io::Result<bytes::Bytes>>>> {
        Box::pin(async { Err(std::io::Error::other("this stage has no media")) })
    }
}

pub struct Stage {
    pub base: String,
    pub db: Db,
    pub engine: Engine,
    pub scope: Scope,
    pub project: ProjectId,
    pub channel: ChannelId,
    _folder: tempfile::TempDir,
}

pub fn ten() -> [u8; 10] {
    SystemEntropy.ten()
}

pub fn now_ms() -> i64 {
    SystemClock.now_ms()
}

/// The keys of the stage.
pub fn vault() -> Vault {
    Vault::from_keys(vec![("k1".to_owned(), zeroize::Zeroizing::new([7; 32]))]).unwrap()
}

fn overrides(base: &str) -> BTreeMap<String, String> {
    let registry = postrider_networks::registry();
    registry
        .all()
        .flat_map(|adapter| adapter.capability().hosts.iter())
        .map(|host| ((*host).to_owned(), format!("{base}/{host}")))
        .collect()
}

/// Times short enough for a test, in the product's proportions.
pub fn quick() -> Timing {
    Timing {
        doubt_percent: 1,
        outage_pauses_ms: vec![50; 6],
        poll_ms: 100,
        ..Timing::default()
    }
}

impl Stage {
    /// A stage with one Bluesky channel, the engine not yet running.
    pub async fn bluesky(timing: Timing) -> Stage {
        http::install_crypto();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let sandbox = Sandbox::new(Settings {
            public_base: base.clone(),
            ..Settings::default()
        })
        .unwrap();
        tokio::spawn(sandbox.clone().serve(listener));

        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite://{}/test.db", folder.path().display())).await.unwrap();
        db.migrate().await.unwrap();
        let settings = http::Settings {
            overrides: overrides(&base),
            ..http::Settings::default()
        };
        let transport: Arc<dyn Transport> = Arc::new(http::HttpTransport::new(&settings, Arc::new(NoBlobs)).unwrap());
        let vault = Arc::new(vault());
        let (scope, project) = founded(&db).await;
        let channel = connected(&db, &scope, project, transport.as_ref(), vault.as_ref()).await;
        let engine = Engine::new(Parts {
            db: db.clone(),
            registry: postrider_networks::registry(),
            transport,
            keyring: vault,
            media: Arc::new(NoMedia),
            apps: Apps::default(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            witness: Arc::new(postrider_engine::hold::NoWitness),
            timing,
            bounds: Bounds::default(),
        });
        Stage {
            base,
            db,
            engine,
            scope,
            project,
            channel,
            _folder: folder,
        }
    }

    /// A text post with its delivery, due at an instant.
    pub async fn scheduled(&self, text: &str, due_at: i64) -> DeliveryId {
        let content = Content {
            text: text.to_owned(),
            ..Content::empty(ContentType::Text)
        };
        self.scheduled_content(content, due_at).await
    }

    /// A post with its delivery, due at an instant.
    pub async fn scheduled_content(&self, content: Content, due_at: i64) -> DeliveryId {
        let mut tx = self.db.begin().await.unwrap();
        let post = posts::create(&mut tx, &self.scope, &self.new_post(content)).await.unwrap();
        let new = NewDelivery {
            id: DeliveryId::new(now_ms(), ten()),
            channel_id: self.channel,
            mode: Mode::Publish,
            overrides: Overrides::default(),
        };
        let made = deliveries::create(&mut tx, &self.scope, post.id, &new, now_ms()).await.unwrap();
        tx.commit().await.unwrap();
        self.act(made.id, Event::Schedule, Some(due_at)).await.unwrap();
        made.id
    }

    fn new_post(&self, content: Content) -> posts::NewPost {
        posts::NewPost {
            id: PostId::new(now_ms(), ten()),
            project_id: Some(self.project),
            content,
            labels: Vec::new(),
            wished_at: None,
            created_at: now_ms(),
        }
    }

    pub async fn act(&self, id: DeliveryId, event: Event, due_at: Option<i64>) -> postrider_store::Result<Delivery> {
        let mut tx = self.db.begin().await?;
        let ask = Ask {
            at: due_at.map(|due_at| Moment {
                due_at,
                local_time: None,
                zone: None,
            }),
            ..Ask::default()
        };
        let acting = Acting {
            now_ms: now_ms(),
            new_step: &|| StepId::new(now_ms(), ten()),
            lead_ms: &|_, _| 10_000,
            within_quotas: false,
        };
        let done = deliveries::act(&mut tx, &self.scope, id, event, &ask, &acting).await?;
        tx.commit().await?;
        self.engine.wake();
        Ok(done)
    }

    /// How many rows a table has of a delivery.
    pub async fn count(&self, table: &'static str, id: DeliveryId) -> i64 {
        let sql = match table {
            "attempts" => "SELECT COUNT(*) AS n FROM attempts WHERE delivery_id = $1",
            "intents" => "SELECT COUNT(*) AS n FROM intents WHERE delivery_id = $1",
            other => panic!("{other}"),
        };
        self.db.one(sql, args![id]).await.unwrap().int("n").unwrap()
    }

    pub async fn delivery(&self, id: DeliveryId) -> Delivery {
        deliveries::get(&self.db, &self.scope, id).await.unwrap()
    }

    /// Waits, by the engine's own hints, until the delivery is in one of the states.
    pub async fn until(&self, id: DeliveryId, states: &[State]) -> Delivery {
        let mut hints = self.engine.shared().events.listen();
        let waited = async {
            loop {
                let delivery = self.delivery(id).await;
                if states.contains(&delivery.state) {
                    return delivery;
                }
                let _ = hints.recv().await;
            }
        };
        // As long as a network that did not work is left alone at a time, twice: only what hangs takes longer.
        match tokio::time::timeout(std::time::Duration::from_secs(120), waited).await {
            Ok(delivery) => delivery,
            Err(_) => panic!("still {:?}", self.delivery(id).await),
        }
    }

    /// The texts that stand on the account, as followers see them.
    pub async fn standing(&self) -> Vec<String> {
        let world: Value = reqwest::get(format!("{}/_sandbox/world?network=bluesky", self.base))
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        world["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|account| account["posts"].as_array().unwrap())
            .map(|post| post["text"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Makes the sandbox fail as the JSON says.
    pub async fn fault(&self, fault: Value) {
        let made = reqwest::Client::new()
            .post(format!("{}/_sandbox/faults", self.base))
            .json(&fault)
            .send()
            .await
            .unwrap();
        assert_eq!(made.status(), 201, "{}", made.text().await.unwrap());
    }
}

async fn founded(db: &Db) -> (Scope, ProjectId) {
    let now = now_ms();
    let (user, organization, member) = (UserId::new(now, ten()), OrganizationId::new(now, ten()), MemberId::new(now, ten()));
    let (plan, project) = (PlanId::new(now, ten()), ProjectId::new(now, ten()));
    let mut tx = db.begin().await.unwrap();
    plans::create(
        &mut tx,
        &plans::Plan {
            id: plan,
            name: "self-hosted".to_owned(),
            allow_social_publishing: true,
            channels_max: None,
            members_max: None,
            scheduled_posts_max: None,
            storage_bytes_max: None,
            created_at: now,
        },
    )
    .await
    .unwrap();
    let person = users::User {
        id: user,
        email: "mia@example.org".to_owned(),
        name: "Mia".to_owned(),
        instance_admin: false,
        created_at: now,
        disabled_at: None,
    };
    users::create(&mut tx, &person, None).await.unwrap();
    let tenant = organizations::Organization {
        id: organization,
        name: "Acme".to_owned(),
        time_zone: "UTC".to_owned(),
        planner_on: true,
        plan_id: plan,
        created_at: now,
    };
    organizations::create(&mut tx, &tenant).await.unwrap();
    let scope = Scope::founding(user, organization, member);
    let role = postrider_core::permission::Role::Owner;
    let owner = members::NewMember {
        id: member,
        user_id: user,
        role,
        permissions: role.permissions(),
        projects: postrider_store::scope::Projects::All,
        created_at: now,
    };
    members::add(&mut tx, &scope, &owner).await.unwrap();
    let new = projects::NewProject {
        id: project,
        name: "Coffee".to_owned(),
        time_zone: "UTC".to_owned(),
        catch_up_ms: 7_200_000,
        approval_policy: projects::ApprovalPolicy::Optional,
        created_at: now,
    };
    projects::create(&mut tx, &scope, &new).await.unwrap();
    tx.commit().await.unwrap();
    (scope, project)
}

/// Signs in to the sandbox's Bluesky by app password and adds the account, by the adapter's own flows.
async fn connected(db: &Db, scope: &Scope, project: ProjectId, transport: &dyn Transport, vault: &Vault) -> ChannelId {
    let registry = postrider_networks::registry();
    let adapter = registry.of(Network::Bluesky).unwrap();
    let app = App::default();
    let mut secrets = Secrets::new();
    secrets.insert("app_password".to_owned(), SecretString::from("adaa-sand-boxx-pass"));
    let typed = Typed::from([("handle".to_owned(), "ada.bsky.social".to_owned())]);
    let ask = SignInAsk {
        typed: &typed,
        now_ms: now_ms(),
    };
    let granted = flow(transport, &secrets, |answers| adapter.sign_in(&app, &ask, answers)).await;
    let view = GrantView {
        variant: String::new(),
        scopes: granted.scopes.clone(),
        subject: granted.subject.clone(),
        meta: granted.meta.clone(),
        expires_at_ms: granted.expires_at_ms,
        now_ms: now_ms(),
    };
    let found = flow(transport, &granted.secrets, |answers| adapter.accounts(&app, &view, answers))
        .await
        .remove(0);
    let grant = GrantId::new(now_ms(), ten());
    let channel = ChannelId::new(now_ms(), ten());
    let mut tx = db.begin().await.unwrap();
    let new = grants::NewGrant {
        id: grant,
        project_id: project,
        network: Network::Bluesky,
        variant: String::new(),
        subject: granted.subject,
        subject_name: granted.subject_name,
        scopes: granted.scopes,
        meta: granted.meta,
        secrets: vault.seal(&postrider_engine::job::grant_aad(grant), &granted.secrets).unwrap(),
        expires_at: granted.expires_at_ms,
        refresh_expires_at: granted.refresh_expires_at_ms,
        created_at: now_ms(),
    };
    grants::create(&mut tx, scope, &new).await.unwrap();
    let new = channels::NewChannel {
        id: channel,
        project_id: project,
        grant_id: grant,
        network: Network::Bluesky,
        external_id: found.account.external_id,
        kind: found.account.kind,
        name: found.name,
        handle: found.account.handle,
        detail: found.detail,
        avatar_url: None,
        meta: found.account.meta,
        secrets: None,
        status: ChannelStatus::Active,
        status_reason: String::new(),
        missing: Vec::new(),
        access_ends_at: None,
        now_ms: now_ms(),
    };
    channels::add(&mut tx, scope, &new).await.unwrap();
    tx.commit().await.unwrap();
    channel
}

async fn flow<T>(transport: &dyn Transport, secrets: &Secrets, mut step: impl FnMut(&[Answer]) -> Flow<T>) -> T {
    let mut answers = Vec::new();
    loop {
        match step(&answers) {
            Flow::Done(done) => return done,
            Flow::Fail(fault) => panic!("{fault}"),
            Flow::Call(request) => match transport.send(&request, secrets, Manner::Safe).await {
                Sent::Answered(answer) => answers.push(answer),
                other => panic!("{other:?}"),
            },
        }
    }
}
