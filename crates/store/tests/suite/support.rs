//! Databases to test on, and a small world to test with.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use postrider_core::Network;
use postrider_core::channel::ChannelStatus;
use postrider_core::delivery::{Event, State};
use postrider_core::ids::*;
use postrider_core::permission::{Permissions, Role};
use postrider_core::post::{Content, ContentType, Mode, Overrides};
use postrider_postgres::{Pooler, Server};
use postrider_store::db::Place;
use postrider_store::deliveries::{self, Acting, Ask, Delivery, Moment, NewDelivery};
use postrider_store::posts::{self, NewPost, Post};
use postrider_store::projects::ApprovalPolicy;
use postrider_store::{
    Db, Projects, Result, Scope, StoreError, Tx, args, channels, grants, members, organizations, plans, projects, quota_use, users,
};
use serde_json::json;

/// 2026-11-22T00:00:00Z.
pub const NOW: i64 = 1_795_305_600_000;
pub const MINUTE: i64 = 60_000;
pub const LEAD: i64 = 5 * MINUTE;

/// A database of one test. The folder goes with it.
pub struct TestDb {
    pub db: Db,
    _dir: Option<tempfile::TempDir>,
}

pub async fn sqlite() -> TestDb {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}", dir.path().join("postrider.db").display()))
        .await
        .unwrap();
    db.migrate().await.unwrap();
    TestDb { db, _dir: Some(dir) }
}

/// `None` where PostgreSQL is not installed.
pub async fn postgres() -> Option<TestDb> {
    let name = copy().await?;
    let db = Db::open(&Server::of_process()?.url(&name)).await.unwrap();
    Some(TestDb { db, _dir: None })
}

/// The same through PgBouncer in transaction mode; `None` where that is not installed.
pub async fn pooled() -> Option<TestDb> {
    let pooler = Pooler::of_process()?;
    let name = copy().await?;
    let (through, direct) = (pooler.url(&name), Server::of_process()?.url(&name));
    let place = Place {
        direct_url: &direct,
        ..Place::at(&through)
    };
    let db = Db::open_at(place).await.unwrap();
    Some(TestDb { db, _dir: None })
}

/// A simulation's databases with their schema: in memory, and on PostgreSQL where that is installed.
pub async fn simulated() -> Vec<Db> {
    // Never dropped: a runtime must not end within another.
    static ANSWERS: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    let memory = Db::memory().await.unwrap();
    memory.migrate().await.unwrap();
    let mut all = vec![memory];
    if let (Some(name), Some(server)) = (copy().await, Server::of_process()) {
        let answers = ANSWERS.get_or_init(|| {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(1).enable_io().build().unwrap()
        });
        all.push(Db::lone(&server.url(&name), answers.handle()).unwrap());
    }
    all
}

/// The name of a fresh database on PostgreSQL.
async fn copy() -> Option<String> {
    static TEMPLATE: tokio::sync::OnceCell<()> = tokio::sync::OnceCell::const_new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    // PostgreSQL copies a template only while nobody else does.
    static COPYING: OnceLock<tokio::sync::Mutex<()>> = OnceLock::new();
    let server = Server::of_process()?;
    TEMPLATE
        .get_or_init(|| async {
            server.create_database("template_postrider", None);
            let db = Db::open(&server.url("template_postrider")).await.unwrap();
            db.migrate().await.unwrap();
            db.close().await;
        })
        .await;
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let turn = COPYING.get_or_init(Default::default).lock().await;
    server.create_database(&name, Some("template_postrider"));
    drop(turn);
    Some(name)
}

/// Each law becomes three tests: on SQLite, on PostgreSQL, and on PostgreSQL behind PgBouncer.
macro_rules! on_both_databases {
    ($(async fn $name:ident($db:ident: &Db) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn law($db: &Db) $body

            #[tokio::test]
            async fn on_sqlite() {
                let test = crate::support::sqlite().await;
                law(&test.db).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                if let Some(test) = crate::support::postgres().await {
                    law(&test.db).await;
                    test.db.close().await;
                }
            }

            #[tokio::test]
            async fn through_a_pooler() {
                if let Some(test) = crate::support::pooled().await {
                    law(&test.db).await;
                    test.db.close().await;
                }
            }
        }
    )*};
}
pub(crate) use on_both_databases;

static RANDOM: AtomicU64 = AtomicU64::new(1);

/// Ten bytes that no other call gave out.
pub fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&RANDOM.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}

/// A new id, later than those before it.
macro_rules! id {
    ($kind:ident) => {
        $kind::new($crate::support::NOW, $crate::support::random())
    };
}
pub(crate) use id;

pub fn new_step() -> StepId {
    id!(StepId)
}

pub fn lead(_: Network, _: ContentType) -> i64 {
    LEAD
}

pub fn at(now_ms: i64) -> Acting<'static> {
    Acting {
        now_ms,
        new_step: &new_step,
        lead_ms: &lead,
        within_quotas: true,
    }
}

pub fn due(due_at: i64) -> Ask {
    Ask {
        at: Some(Moment {
            due_at,
            local_time: Some("2026-11-24T09:30".to_owned()),
            zone: Some("Europe/Berlin".to_owned()),
        }),
        ..Ask::default()
    }
}

pub fn text(words: &str) -> Content {
    Content {
        text: words.to_owned(),
        ..Content::empty(ContentType::Text)
    }
}

/// One organization with everything in it.
pub struct House {
    pub owner: Scope,
    pub project: ProjectId,
    pub grant: GrantId,
    pub channel: ChannelId,
}

pub async fn plan(tx: &mut Tx, change: impl FnOnce(&mut plans::Plan)) -> PlanId {
    let mut plan = plans::Plan {
        id: id!(PlanId),
        name: "self-hosted".to_owned(),
        allow_social_publishing: true,
        channels_max: None,
        members_max: None,
        scheduled_posts_max: None,
        storage_bytes_max: None,
        created_at: NOW,
    };
    change(&mut plan);
    plans::create(tx, &plan).await.unwrap();
    plan.id
}

pub async fn user(tx: &mut Tx, email: &str) -> UserId {
    let user = users::User {
        id: id!(UserId),
        email: email.to_owned(),
        name: email.to_owned(),
        instance_admin: false,
        created_at: NOW,
        disabled_at: None,
    };
    users::create(tx, &user, None).await.unwrap();
    user.id
}

pub async fn house(db: &Db, name: &str) -> House {
    house_with(db, name, |_| {}).await
}

pub async fn house_with(db: &Db, name: &str, change: impl FnOnce(&mut plans::Plan)) -> House {
    let mut tx = db.begin().await.unwrap();
    let plan_id = plan(&mut tx, change).await;
    let organization = organizations::Organization {
        id: id!(OrganizationId),
        name: name.to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        planner_on: true,
        plan_id,
        created_at: NOW,
    };
    organizations::create(&mut tx, &organization).await.unwrap();
    let owner_id = user(&mut tx, &format!("owner@{name}.example")).await;
    let member = members::NewMember {
        id: id!(MemberId),
        user_id: owner_id,
        role: Role::Owner,
        permissions: Role::Owner.permissions(),
        projects: Projects::All,
        created_at: NOW,
    };
    let founding = Scope::founding(owner_id, organization.id, member.id);
    members::add(&mut tx, &founding, &member).await.unwrap();
    let project = new_project(&mut tx, &founding, ApprovalPolicy::Optional).await;
    let grant = new_grant(&mut tx, &founding, project).await;
    let channel = channels::add(&mut tx, &founding, &account(project, grant, "account-1"))
        .await
        .unwrap()
        .id;
    tx.commit().await.unwrap();
    House {
        owner: Scope::load(db, owner_id, organization.id).await.unwrap(),
        project,
        grant,
        channel,
    }
}

pub async fn new_project(tx: &mut Tx, scope: &Scope, approval_policy: ApprovalPolicy) -> ProjectId {
    let project = projects::NewProject {
        id: id!(ProjectId),
        name: "Brand".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        catch_up_ms: 120 * MINUTE,
        approval_policy,
        created_at: NOW,
    };
    projects::create(tx, scope, &project).await.unwrap();
    project.id
}

pub async fn new_grant(tx: &mut Tx, scope: &Scope, project: ProjectId) -> GrantId {
    let grant = grants::NewGrant {
        id: id!(GrantId),
        project_id: project,
        network: Network::Mastodon,
        variant: "oauth".to_owned(),
        subject: "subject".to_owned(),
        subject_name: "Subject".to_owned(),
        scopes: vec!["write".to_owned()],
        meta: json!({}),
        secrets: vec![1, 2, 3],
        expires_at: Some(NOW + 1000),
        refresh_expires_at: None,
        created_at: NOW,
    };
    grants::create(tx, scope, &grant).await.unwrap();
    grant.id
}

pub fn account(project: ProjectId, grant: GrantId, external_id: &str) -> channels::NewChannel {
    channels::NewChannel {
        id: id!(ChannelId),
        project_id: project,
        grant_id: grant,
        network: Network::Mastodon,
        external_id: external_id.to_owned(),
        kind: "account".to_owned(),
        name: "Name".to_owned(),
        handle: "@name".to_owned(),
        detail: String::new(),
        avatar_url: None,
        meta: json!({"instance": "example"}),
        secrets: Some(vec![9]),
        status: ChannelStatus::Active,
        status_reason: String::new(),
        missing: vec![],
        access_ends_at: None,
        now_ms: NOW,
    }
}

/// A new member of the house.
pub async fn member(db: &Db, house: &House, role: Role, projects: Projects) -> Scope {
    member_with(db, house, role, role.permissions(), projects).await
}

pub async fn member_with(db: &Db, house: &House, role: Role, permissions: Permissions, projects: Projects) -> Scope {
    let mut tx = db.begin().await.unwrap();
    let id = id!(MemberId);
    let user_id = user(&mut tx, &format!("{id}@example.example")).await;
    let member = members::NewMember {
        id,
        user_id,
        role,
        permissions,
        projects,
        created_at: NOW,
    };
    members::add(&mut tx, &house.owner, &member).await.unwrap();
    tx.commit().await.unwrap();
    Scope::load(db, user_id, house.owner.organization_id).await.unwrap()
}

pub async fn post(db: &Db, scope: &Scope, project: Option<ProjectId>, words: &str) -> Post {
    let mut tx = db.begin().await.unwrap();
    let new = NewPost {
        id: id!(PostId),
        project_id: project,
        content: text(words),
        labels: vec!["autumn".to_owned()],
        wished_at: None,
        created_at: NOW,
    };
    let post = posts::create(&mut tx, scope, &new).await.unwrap();
    tx.commit().await.unwrap();
    post
}

pub fn for_channel(channel: ChannelId) -> NewDelivery {
    NewDelivery {
        id: id!(DeliveryId),
        channel_id: channel,
        mode: Mode::Publish,
        overrides: Overrides::default(),
    }
}

/// A new post with one delivery, which is a draft.
pub async fn drafted(db: &Db, house: &House) -> Delivery {
    let post = post(db, &house.owner, Some(house.project), "Words").await;
    let mut tx = db.begin().await.unwrap();
    let delivery = deliveries::create(&mut tx, &house.owner, post.id, &for_channel(house.channel), NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    delivery
}

/// Does to a delivery what a person asks, in a transaction of its own.
pub async fn act(db: &Db, scope: &Scope, id: DeliveryId, event: Event, ask: &Ask, acting: &Acting<'_>) -> Result<Delivery> {
    let mut tx = db.begin().await.unwrap();
    let delivery = deliveries::act(&mut tx, scope, id, event, ask, acting).await?;
    tx.commit().await?;
    Ok(delivery)
}

/// A new delivery with an instant.
pub async fn scheduled(db: &Db, house: &House, due_at: i64) -> Delivery {
    let delivery = drafted(db, house).await;
    act(db, &house.owner, delivery.id, Event::Schedule, &due(due_at), &at(NOW))
        .await
        .unwrap()
}

/// Puts a delivery where a worker would have put it.
pub async fn worker_puts(db: &Db, id: DeliveryId, state: State, intent_open: bool, progress: Option<&str>) {
    // Only what is due comes into doubt.
    let sql = "UPDATE deliveries SET state = $2, intent_open = $3, progress = $4, wake_at = $5, version = version + 1,
        due_at = CASE WHEN $2 = 'in_doubt' THEN $5 - 1 ELSE due_at END WHERE id = $1";
    let touched = db.run(sql, args![id, state, intent_open, progress, NOW + 1]).await.unwrap();
    assert_eq!(touched, 1);
}

pub fn is_not_found<T>(result: &Result<T>) -> bool {
    matches!(result, Err(StoreError::NotFound))
}

/// How many posts count in the hour on the house's channel that ends at an instant.
pub async fn counted(db: &Db, house: &House, at_ms: i64) -> i64 {
    let standing = quota_use::standing(db, &house.owner, house.channel, Network::Mastodon, at_ms)
        .await
        .unwrap();
    assert_eq!(standing[0].quota.key, "rolling_hour");
    standing[0].used
}

/// A text more on a channel of Mastodon.
pub fn one_more(channel: ChannelId) -> quota_use::OneMore {
    quota_use::OneMore {
        channel,
        network: Network::Mastodon,
        content_type: ContentType::Text,
        mode: Mode::Publish,
        delivery: None,
    }
}
