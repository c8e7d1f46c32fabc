//! How every run begins: an organization with a channel of each kind, connected by the adapters' own flows. It is made once, by the
//! same clock and the same chance each time, and copied for each run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, bail};
use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt;
use postrider_core::Network;
use postrider_core::ids::*;
use postrider_core::permission::Role;
use postrider_engine::apps::{Apps, Credentials};
use postrider_engine::connect::{self, Begun, Return, Wish};
use postrider_engine::entropy::Entropy;
use postrider_engine::{Bounds, Parts, Shared, Timing};
use postrider_provider::http::{self as provider_http, Draw, HttpTransport};
use postrider_provider::{App, ConnectBy, Registry, Secrets};
use postrider_sandbox::{Sandbox, Settings, Token, visitor};
use postrider_services::vault::Vault;
use postrider_store::audit::Entry;
use postrider_store::page::Page;
use postrider_store::scope::{Projects, Scope};
use postrider_store::{Db, channels, connections, members, organizations, plans, projects, users};
use secrecy::SecretString;
use tower::ServiceExt;
use zeroize::Zeroizing;

use crate::cell::Cell;
use crate::dice::Dice;
use crate::media::{Addresses, MediaShelf, fetch};
use crate::time::{SeededEntropy, Truth, WorkerClock};
use crate::wire::SimulatedWire;

/// When the template is made: 2026-11-22T08:00:00Z.
const MADE_AT_MS: i64 = 1_795_334_400_000;
/// When runs begin: a minute later.
pub const BEGIN_MS: i64 = MADE_AT_MS + 60_000;
/// Where the sandbox stands; nobody listens there.
pub const BASE: &str = "http://sandbox.test";
/// The app password of Ada's seeded account of Bluesky.
const APP_PASSWORD: &str = "adaa-sand-boxx-pass";
/// Where the networks send the browser back to.
const REDIRECT: &str = "https://postrider.test/return";
/// Who signs in at the networks.
const PERSON: &str = "ada";
/// Accounts that sign in themselves, one each; Ada signs in everywhere else.
const ACCOUNTS: &[(Network, &str, &str)] = &[
    // A professional account that belongs to no Page.
    (Network::Instagram, "instagram_login", "17841400000000003"),
    (Network::Threads, "threads_login", "25000000000000001"),
    (Network::X, "account", "1700000000000000001"),
    (Network::Tiktok, "account", "-000Ada0HarbourBakery01"),
    (Network::Youtube, "channel", "UCada0HarbourBakery00001"),
    (Network::Mastodon, "server", "109302436954721002@mastodon.social"),
];
/// How late a post may go out by itself, milliseconds (domain.md).
pub const CATCH_UP_MS: i64 = 7_200_000;

/// A channel that runs post to.
#[derive(Debug, Clone)]
pub struct Berth {
    /// Ours.
    pub id: ChannelId,
    /// Its network.
    pub network: Network,
    /// The network's.
    pub external_id: String,
    /// Its kind in the network's words.
    pub kind: String,
}

/// What every run is a copy of.
pub struct Template {
    /// The database.
    pub image: Vec<u8>,
    /// What the networks gave out.
    pub tokens: Vec<Token>,
    /// Who posts.
    pub scope: Scope,
    /// Where.
    pub project: ProjectId,
    /// To what.
    pub berths: Vec<Berth>,
    /// The networks whose posts are played; all if none is named.
    pub playing: Vec<Network>,
    /// Builds the requests.
    pub http: HttpTransport,
    /// The installation's keys.
    pub vault: Arc<Vault>,
}

/// The settings of a run's sandbox.
pub fn sandbox(seed: u64, start_ms: i64, db: &Db) -> Sandbox {
    let settings = Settings {
        seed,
        public_base: BASE.to_owned(),
        start_us: Some(start_ms * 1_000),
        ..Settings::default()
    };
    Sandbox::with_fetch(settings, fetch(db.clone()))
}

/// The networks that runs are played on. Another joins once its cells can meet every trouble and the judge knows its promises.
pub const PLAYED: [Network; 10] = [
    Network::Facebook,
    Network::Instagram,
    Network::Threads,
    Network::Linkedin,
    Network::X,
    Network::Tiktok,
    Network::Youtube,
    Network::Pinterest,
    Network::Bluesky,
    Network::Mastodon,
];

/// Their adapters.
pub fn registry() -> Registry {
    let written = postrider_networks::registry();
    let mut played = Registry::default();
    for adapter in PLAYED.iter().filter_map(|network| written.of(*network)) {
        played.add(Arc::clone(adapter));
    }
    played
}

/// An app for every way of connecting; the sandbox tells LinkedIn's products apart by the name's beginning.
pub fn apps(registry: &Registry) -> Apps {
    let mut apps = Apps::default();
    for adapter in registry.all() {
        for way in adapter.capability().variants {
            let mut secrets = Secrets::new();
            secrets.insert("client_secret".to_owned(), SecretString::from(format!("{}-secret", way.key)));
            let app = App {
                client_id: format!("{}-app", way.key),
                ..App::default()
            };
            apps.set(adapter.network(), way.key, Credentials { app, secrets });
        }
    }
    apps
}

/// What makes the proofs of a worker's calls differ.
pub fn drawn(seed: u64, purpose: &str) -> Draw {
    let dice = Mutex::new(Dice::of(seed, purpose));
    Arc::new(move || {
        let mut dice = dice.lock().unwrap_or_else(PoisonError::into_inner);
        (u128::from(dice.next()) << 64 | u128::from(dice.next())).to_be_bytes()
    })
}

impl Template {
    /// The kinds of posts that its channels take.
    pub fn cells(&self) -> Vec<Cell> {
        Cell::all(self)
    }

    /// Makes it in an empty database. Needs a runtime whose clock is paused.
    ///
    /// # Errors
    /// If anything of it fails.
    pub async fn make(db: &Db) -> anyhow::Result<Template> {
        provider_http::install_crypto();
        let truth = Truth::begin(MADE_AT_MS);
        let sandbox = sandbox(1, MADE_AT_MS, db);
        let registry = registry();
        let hosts = registry.all().flat_map(|adapter| adapter.capability().hosts.iter());
        let overrides: BTreeMap<String, String> = hosts.map(|host| ((*host).to_owned(), format!("{BASE}/{host}"))).collect();
        let settings = provider_http::Settings {
            overrides,
            ..provider_http::Settings::default()
        };
        let http = HttpTransport::new(&settings, Arc::new(MediaShelf))?;
        let vault = Arc::new(Vault::from_keys(vec![("k1".to_owned(), Zeroizing::new([7; 32]))])?);
        let clock = Arc::new(WorkerClock::new(truth.clone(), 0, true));
        let wire = SimulatedWire::calm(&sandbox, truth, clock.clone(), 0);
        let now = clock.clone();
        let transport = http.over(
            Arc::new(wire),
            Arc::new(MediaShelf),
            Arc::new(move || postrider_engine::clock::Clock::now_ms(&*now)),
            drawn(0, "template's proofs"),
        );
        db.migrate().await?;
        let entropy = Arc::new(SeededEntropy::new(Dice::of(0, "template's ids")));
        let (scope, project) = founded(db, MADE_AT_MS, entropy.as_ref()).await?;
        let shared = Shared::new(Parts {
            db: db.clone(),
            apps: apps(&registry),
            registry,
            transport: Arc::new(transport),
            keyring: vault.clone(),
            media: Arc::new(Addresses(db.clone())),
            clock,
            entropy,
            witness: Arc::new(postrider_engine::hold::NoWitness),
            timing: Timing::default(),
            bounds: Bounds::default(),
        });
        connect_all(&shared, &scope, project, &sandbox.router()).await?;
        let page = Page {
            limit: 100,
            ..Page::default()
        };
        let listed = channels::list(db, &scope, project, false, &page).await?;
        let berths = listed.items.into_iter().map(|channel| Berth {
            id: channel.id,
            network: channel.network,
            external_id: channel.external_id,
            kind: channel.kind,
        });
        Ok(Template {
            berths: berths.collect(),
            playing: Vec::new(),
            image: db.image().await?,
            tokens: sandbox.world().with(|state| state.tokens().cloned().collect()),
            scope,
            project,
            http,
            vault,
        })
    }
}

/// Connects every way of every network that is played.
async fn connect_all(shared: &Arc<Shared>, scope: &Scope, project: ProjectId, router: &Router) -> anyhow::Result<()> {
    let told = |action: &str| Entry {
        id: AuditId::new(shared.now_ms(), shared.entropy.ten()),
        organization_id: scope.organization_id,
        at: shared.now_ms(),
        user_id: Some(scope.user_id),
        action: action.to_owned(),
        object_id: String::new(),
        detail: serde_json::Value::Null,
        address: String::new(),
    };
    let ways: Vec<(Network, &'static str, ConnectBy)> = shared
        .registry
        .all()
        .flat_map(|adapter| {
            let network = adapter.network();
            // A way whose calls are proven publishes by the same calls as the other; its proofs hang on true time.
            let plain = adapter
                .capability()
                .variants
                .iter()
                .filter(|way| adapter.proof_key(way.key).is_none());
            plain.map(move |way| (network, way.key, way.by))
        })
        .collect();
    for (network, variant, by) in ways {
        let (begun, added) = (told("connection.begin"), told("channel.add"));
        let wish = Wish {
            project_id: project,
            network,
            variant: Some(variant),
            reconnect: None,
            told: &begun,
        };
        let typed = match (network, by) {
            (Network::Mastodon, _) => [("instance", "mastodon.social")].as_slice(),
            (_, ConnectBy::Form) => &[("handle", "ada.bsky.social"), ("app_password", APP_PASSWORD)],
            (_, ConnectBy::OAuth) => &[],
        };
        let typed = typed.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
        let finished = match connect::begin(shared, scope, wish, &typed, false, REDIRECT).await? {
            Begun::Finished(finished) => finished,
            Begun::At { url, .. } => {
                let SentBack { code, state, issuer } = through_pages(router, &url, who(network, variant)).await?;
                let back = Return {
                    state: &state,
                    issuer: issuer.as_deref(),
                    code: Ok(&code),
                    redirect_uri: REDIRECT,
                    user_id: scope.user_id,
                };
                connect::finish(shared, network, &back, |_| serde_json::Value::Null).await?
            }
        };
        let connection = connections::get(&shared.db, scope, finished.connection_id).await?;
        let found = connect::found(&connection)?;
        let usable: Vec<String> = found
            .into_iter()
            // The person behind LinkedIn's Pages is an account by the member's own way already.
            .filter(|account| account.unusable.is_none() && !(variant == "pages" && account.external_id.contains(":person:")))
            .map(|account| account.external_id)
            .collect();
        // Another way to the same account adds it again.
        match connect::add(shared, scope, &connection, &usable, &added).await {
            Ok(_) => {}
            Err(connect::ConnectError::Store(postrider_store::StoreError::Taken { .. })) => {}
            Err(error) => return Err(error).with_context(|| format!("{network} by {variant}")),
        }
    }
    Ok(())
}

/// Who signs in by a way of connecting.
fn who(network: Network, variant: &str) -> &'static str {
    let own = ACCOUNTS.iter().find(|(of, by, _)| (*of, *by) == (network, variant));
    own.map_or(PERSON, |(_, _, account)| account)
}

async fn asked(router: &Router, request: http::Request<Body>) -> anyhow::Result<(Option<String>, String)> {
    let answer = router.clone().oneshot(request).await?;
    let back = answer.headers().get("location").and_then(|at| at.to_str().ok()).map(str::to_owned);
    let body = answer.into_body().collect().await?.to_bytes();
    Ok((back, String::from_utf8_lossy(&body).into_owned()))
}

/// What a network sends the browser back with.
struct SentBack {
    code: String,
    state: String,
    issuer: Option<String>,
}

/// Goes through a network's pages.
async fn through_pages(router: &Router, page: &str, person: &str) -> anyhow::Result<SentBack> {
    let mut request = http::Request::get(page).body(Body::empty())?;
    let mut last = String::new();
    for _ in 0..6 {
        let (back, html) = asked(router, request).await?;
        if let Some(back) = back {
            let url = url::Url::parse(&back)?;
            let named = |wanted: &str| {
                url.query_pairs()
                    .find(|(name, _)| name == wanted)
                    .map(|(_, value)| value.into_owned())
            };
            return Ok(SentBack {
                code: named("code").context("no code came back")?,
                state: named("state").context("no state came back")?,
                issuer: named("iss"),
            });
        }
        last = html.clone();
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(visitor::filled(&html, person, &[]));
        request = http::Request::post(page)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.finish()))?;
    }
    bail!("the network never sends the browser back from {page}: {last}")
}

async fn founded(db: &Db, now: i64, entropy: &dyn Entropy) -> anyhow::Result<(Scope, ProjectId)> {
    let (user, organization) = (UserId::new(now, entropy.ten()), OrganizationId::new(now, entropy.ten()));
    let (member, plan, project) = (
        MemberId::new(now, entropy.ten()),
        PlanId::new(now, entropy.ten()),
        ProjectId::new(now, entropy.ten()),
    );
    let mut tx = db.begin().await?;
    let everything = plans::Plan {
        id: plan,
        name: "self-hosted".to_owned(),
        allow_social_publishing: true,
        channels_max: None,
        members_max: None,
        scheduled_posts_max: None,
        storage_bytes_max: None,
        created_at: now,
    };
    plans::create(&mut tx, &everything).await?;
    let person = users::User {
        id: user,
        email: "mia@example.org".to_owned(),
        name: "Mia".to_owned(),
        instance_admin: false,
        created_at: now,
        disabled_at: None,
    };
    users::create(&mut tx, &person, None).await?;
    let tenant = organizations::Organization {
        id: organization,
        name: "Acme".to_owned(),
        time_zone: "UTC".to_owned(),
        planner_on: true,
        plan_id: plan,
        created_at: now,
    };
    organizations::create(&mut tx, &tenant).await?;
    let founding = Scope::founding(user, organization, member);
    let owner = members::NewMember {
        id: member,
        user_id: user,
        role: Role::Owner,
        permissions: Role::Owner.permissions(),
        projects: Projects::All,
        created_at: now,
    };
    members::add(&mut tx, &founding, &owner).await?;
    let first = projects::NewProject {
        id: project,
        name: "Coffee".to_owned(),
        time_zone: "UTC".to_owned(),
        catch_up_ms: CATCH_UP_MS,
        approval_policy: projects::ApprovalPolicy::Optional,
        created_at: now,
    };
    projects::create(&mut tx, &founding, &first).await?;
    tx.commit().await?;
    Ok((founding, project))
}
