//! A database with as many deliveries as wanted, made by statements over sets: a million rows in seconds.
//!
//! Ten organizations share it, each with one project of a hundred channels. Posts are numbered by age: the past ones lie within three
//! years, the scheduled ones within three months, so that a large database is denser, not longer. Every tenth past delivery, which
//! are those of the organization that is read, has its attempt, steps, intent and version.

use anyhow::Context;
use postrider_core::Network;
use postrider_core::channel::ChannelStatus;
use postrider_core::ids::*;
use postrider_core::permission::Role;
use postrider_core::post::{Content, ContentType, Overrides};
use postrider_store::projects::ApprovalPolicy;
use postrider_store::{Arg, Db, Kind, Projects, Scope, Tx, args, channels, grants, members, organizations, plans, projects, users};
use serde_json::json;
use sqlx::AssertSqlSafe;

/// Milliseconds.
pub const DAY_MS: i64 = 86_400_000;
/// A word that twenty posts of the organization hold.
pub const RARE: &str = "zebrafinch";
const RARE_HITS: u64 = 20;
/// 2026-11-22T00:00:00Z.
const NOW_MS: i64 = 1_795_305_600_000;
const HOUSES: u64 = 10;
const CHANNELS: u64 = 100;
const WORDS: u64 = 997;
/// Posts without an instant that are wished for within the month.
const WISHES: u64 = 400;
const PAST_DAYS: i64 = 3 * 365;
const SCHEDULED_DAYS: i64 = 90;
/// Rows that one statement makes.
const CHUNK: u64 = 50_000;

/// How much there is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Deliveries that wait for their instant.
    pub scheduled: u64,
    /// Deliveries that went out.
    pub past: u64,
}

impl Size {
    /// So many scheduled, and five times as many past.
    pub fn of(scheduled: u64) -> Size {
        Size {
            scheduled,
            past: 5 * scheduled,
        }
    }
}

/// What is asked for in a filled database.
pub struct World {
    /// Who asks.
    pub owner: Scope,
    /// Where.
    pub project: ProjectId,
    /// UTC milliseconds.
    pub now_ms: i64,
    /// An instant near the month's end with a full page after it, UTC milliseconds.
    pub late_in_month_ms: i64,
    /// A delivery that went out.
    pub a_delivery: DeliveryId,
    /// Its post.
    pub a_post: PostId,
    /// In the middle of the library.
    pub deep_post: PostId,
}

/// The random part of ids: a number is as good.
fn bytes(number: u64) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// As the statements write the id of a numbered row: decimal digits are digits of ids too.
fn numbered<T: std::str::FromStr>(prefix: &str, number: u64) -> anyhow::Result<T> {
    let text = format!("{prefix}_01{number:024}");
    text.parse().ok().with_context(|| format!("{text} is no id"))
}

/// The same in SQL, over a column `i`.
macro_rules! id {
    ($prefix:literal) => {
        concat!("'", $prefix, "_01000000000000' || substr(CAST(1000000000000 + i AS TEXT), 2)")
    };
}

/// Begins a statement that makes a row for each number from `$1` on and before `$2`.
macro_rules! numbers {
    ($insert:literal, $($rest:expr),+) => {
        concat!("WITH RECURSIVE numbers (i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < $2)
            INSERT INTO ", $insert, " ", $($rest),+)
    };
}

/// What a numbered post says: `$3` is how far apart the rare ones are.
const WORDED: &str = "FROM (SELECT i, 'news from the shop ' || a.word || ' ' || b.word || ' ' || CAST(i AS TEXT)
    || CASE WHEN i % $3 = 0 THEN ' zebrafinch' ELSE '' END AS words
    FROM numbers JOIN fill_word a ON a.n = i % 997 JOIN fill_word b ON b.n = (i / 997) % 997) t JOIN fill_house h ON h.n = i % 10";

/// When a numbered delivery is due: `$3` is now, `$4` how many are past, `$5` and `$6` the time between two past and two scheduled ones.
macro_rules! due_at {
    () => {
        "CASE WHEN i < $4 THEN $3 + (i - $4) * $5 WHEN i < $4 + 500 THEN $3 - 500 + (i - $4) ELSE $3 + (i - $4) * $6 END"
    };
}

const POSTS: &str = numbers!(
    "posts (id, organization_id, project_id, author_id, version, content_type, content, labels, search_text, created_at, updated_at)",
    "SELECT ",
    id!("post"),
    ", h.organization_id, h.project_id, h.user_id, 1, 'text', replace($4, '@@', words), '[]', words, $5, $5 "
);
/// Posts without deliveries, older than all others: `$4` as above, `$5` when they were made, `$6` the first wish, `$7` between two.
const WISHED: &str = numbers!(
    "posts (id, organization_id, project_id, author_id, version, content_type, content, labels, search_text, created_at, updated_at,
        wished_at)",
    "SELECT 'post_00000000000000' || substr(CAST(1000000000000 + i AS TEXT), 2), h.organization_id, h.project_id, h.user_id, 1, 'text',
        replace($4, '@@', words), '[]', words, $5, $5, $6 + i * $7 "
);
const DELIVERIES: &str = numbers!(
    "deliveries (id, organization_id, project_id, post_id, channel_id, network, content_type, mode, overrides, state, version, gate,
        due_at, local_time, zone, wake_at, claim_epoch, generation, intent_open, published_version, external_id, permalink,
        waits_for_person, retries, renewed, first_commit_at, lateness_ms, created_at, updated_at)",
    "SELECT ",
    id!("dlv"),
    ", h.organization_id, h.project_id, ",
    id!("post"),
    ", c.channel_id, 'bluesky', 'text', 'publish', $7, CASE WHEN i < $4 THEN 'published' ELSE 'scheduled' END, 1, 'none',
        t.due_at, '2026-11-24T09:30', 'Europe/Berlin', CASE WHEN i < $4 THEN NULL ELSE t.due_at - 300000 END, 1, 0, false,
        CASE WHEN i < $4 THEN 1 END, CASE WHEN i < $4 THEN 'at://did:plc:bench/app.bsky.feed.post/' || CAST(i AS TEXT) END,
        CASE WHEN i < $4 THEN 'https://bsky.app/profile/bench/post/' || CAST(i AS TEXT) END, false, 0, false,
        CASE WHEN i < $4 THEN t.due_at + 40 END, CASE WHEN i < $4 THEN 40 END, $3, $3
    FROM (SELECT i, ",
    due_at!(),
    " AS due_at FROM numbers) t JOIN fill_house h ON h.n = i % 10 JOIN fill_channel c ON c.n = i % 10 * 100 + (i / 10) % 100"
);
/// What belongs to every tenth past delivery; `$3` is now.
const VERSIONS: &str = numbers!(
    "post_versions (post_id, version, content, author_id, created_at)",
    "SELECT id, 1, content, author_id, created_at FROM (SELECT ",
    id!("post"),
    " AS post_id FROM numbers WHERE i % 10 = 0) t JOIN posts ON id = t.post_id WHERE $3 > 0"
);
const ATTEMPTS: &str = numbers!(
    "attempts (delivery_id, id, started_at, ended_at, outcome)",
    "SELECT ",
    id!("dlv"),
    ", ",
    id!("att"),
    ", $3, $3 + 40, 'published' FROM numbers WHERE i % 10 = 0"
);
const STEPS: &str = numbers!(
    "steps (delivery_id, id, attempt_id, label, kind, started_at, ended_at, http_status, outcome, detail)",
    "SELECT ",
    id!("dlv"),
    ", ",
    id!("step"),
    ", ",
    id!("att"),
    ", 'Publish the post', 'commit', $3, $3 + 40, 200, 'ok', '' FROM numbers WHERE i % 10 = 0"
);
const INTENTS: &str = numbers!(
    "intents (delivery_id, id, channel_id, part, generation, intent_key, match_key, body_hash, evidence, stored_at, send_by, settle_ms,
        looks, holds_lane, outcome, external_id, decided_at)",
    "SELECT ",
    id!("dlv"),
    ", ",
    id!("int"),
    ", c.channel_id, 'root', 0, CAST(i AS TEXT), 'text:' || CAST(i AS TEXT), 'hash', 'fenced', $3, $3 + 30000, 60000, 0, false,
        'committed', 'at://did:plc:bench/app.bsky.feed.post/' || CAST(i AS TEXT), $3 + 40
    FROM numbers JOIN fill_channel c ON c.n = i % 10 * 100 + (i / 10) % 100 WHERE i % 10 = 0"
);
/// Notices of every fiftieth past delivery, the last five hundred of them not read; `$3` is now, `$4` how many are past.
const NOTICES: &str = numbers!(
    "notifications (id, organization_id, user_id, kind, text, subject, created_at, read_at)",
    "SELECT ",
    id!("ntf"),
    ", h.organization_id, h.user_id, 'post.late', 'went out late', '{}', $3, CASE WHEN i < $4 - 25000 THEN $3 END
    FROM numbers JOIN fill_house h ON h.n = (i / 50) % 10 WHERE i % 50 = 0"
);

const HELPERS: &[&str] = &[
    "CREATE TABLE fill_house (n BIGINT PRIMARY KEY, organization_id TEXT NOT NULL, project_id TEXT NOT NULL, user_id TEXT NOT NULL)",
    "CREATE TABLE fill_channel (n BIGINT PRIMARY KEY, channel_id TEXT NOT NULL)",
    "CREATE TABLE fill_word (n BIGINT PRIMARY KEY, word TEXT NOT NULL)",
];
const NO_HELPERS: &[&str] = &["DROP TABLE fill_house", "DROP TABLE fill_channel", "DROP TABLE fill_word"];
/// What a phrase is found by: made anew at the end, which is faster than row by row.
const NO_SEARCH_ON_SQLITE: &[&str] = &[
    "DROP TRIGGER posts_search_new",
    "DROP TRIGGER posts_search_changed",
    "DROP TABLE posts_search",
    // FTS5 leaves it behind when only ids are kept in it.
    "DROP TABLE IF EXISTS posts_search_content",
];
const NO_SEARCH_ON_POSTGRES: &[&str] = &["DROP INDEX posts_search"];

/// Makes the tables and fills them.
///
/// # Errors
/// If the database fails.
pub async fn fill(db: &Db, size: Size) -> anyhow::Result<World> {
    db.migrate().await?;
    let no_search = match db.kind() {
        Kind::Sqlite => NO_SEARCH_ON_SQLITE,
        Kind::Postgres => NO_SEARCH_ON_POSTGRES,
    };
    for sql in [no_search, HELPERS].concat() {
        db.run(sql, vec![]).await?;
    }
    let (owner, project) = tenants(db).await?;
    rows(db, size).await?;
    for sql in NO_HELPERS {
        db.run(*sql, vec![]).await?;
    }
    db.migrate().await?;
    if db.kind() == Kind::Postgres {
        // What the server does by itself within a minute.
        db.read("VACUUM ANALYZE", vec![]).await?;
    }
    let of_house_ms = SCHEDULED_DAYS * DAY_MS / i64::try_from(size.scheduled / HOUSES)?;
    let a_number = size.past / 2 / HOUSES * HOUSES;
    Ok(World {
        owner,
        project,
        now_ms: NOW_MS,
        late_in_month_ms: NOW_MS + 31 * DAY_MS - 250 * of_house_ms,
        a_delivery: numbered("dlv", a_number)?,
        a_post: numbered("post", a_number)?,
        deep_post: numbered("post", (size.past + size.scheduled) / 2)?,
    })
}

async fn rows(db: &Db, size: Size) -> anyhow::Result<()> {
    let total = size.past + size.scheduled;
    let content = Content {
        text: "@@".to_owned(),
        ..Content::empty(ContentType::Text)
    };
    let content = serde_json::to_string(&content)?;
    let overrides = serde_json::to_string(&Overrides::default())?;
    let rare = i64::try_from(total / RARE_HITS)?;
    let past = i64::try_from(size.past)?;
    let past_gap_ms = PAST_DAYS * DAY_MS / past;
    let scheduled_gap_ms = SCHEDULED_DAYS * DAY_MS / i64::try_from(size.scheduled)?;
    let wish_gap_ms = 29 * DAY_MS / i64::try_from(WISHES * HOUSES)?;
    let with = |mut range: Vec<Arg>, more: Vec<Arg>| {
        range.extend(more);
        range
    };
    // None of them says the rare word but the first.
    let wishes = args![i64::MAX, &content, NOW_MS, NOW_MS + DAY_MS, wish_gap_ms];
    let worded = |insert: &'static str| AssertSqlSafe(format!("{insert}{WORDED}"));
    db.run(worded(WISHED), with(range_of(0, WISHES * HOUSES)?, wishes)).await?;
    for from in (0..total).step_by(usize::try_from(CHUNK)?) {
        let to = (from + CHUNK).min(total);
        // One transaction: a chunk costs one flush.
        let mut tx = db.begin().await?;
        tx.run(worded(POSTS), with(range_of(from, to)?, args![rare, &content, NOW_MS]))
            .await?;
        let instants = args![NOW_MS, past, past_gap_ms, scheduled_gap_ms, &overrides];
        tx.run(DELIVERIES, with(range_of(from, to)?, instants)).await?;
        let to = to.min(size.past);
        if from < to {
            for sql in [VERSIONS, ATTEMPTS, STEPS, INTENTS] {
                tx.run(sql, with(range_of(from, to)?, args![NOW_MS])).await?;
            }
            tx.run(NOTICES, with(range_of(from, to)?, args![NOW_MS, past])).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

fn range_of(from: u64, to: u64) -> anyhow::Result<Vec<Arg>> {
    Ok(args![i64::try_from(from)?, i64::try_from(to)?])
}

/// The organizations with their channels, and the tables by which the numbered rows find them. Answers the first one's owner.
async fn tenants(db: &Db) -> anyhow::Result<(Scope, ProjectId)> {
    let mut tx = db.begin().await?;
    let plan = plans::Plan {
        id: PlanId::new(NOW_MS, bytes(0)),
        name: "self-hosted".to_owned(),
        allow_social_publishing: true,
        channels_max: None,
        members_max: None,
        scheduled_posts_max: None,
        storage_bytes_max: None,
        created_at: NOW_MS,
    };
    plans::create(&mut tx, &plan).await?;
    let mut first = None;
    for house in 0..HOUSES {
        let organization = organizations::Organization {
            id: OrganizationId::new(NOW_MS, bytes(house)),
            name: format!("House {house}"),
            time_zone: "Europe/Berlin".to_owned(),
            planner_on: true,
            plan_id: plan.id,
            created_at: NOW_MS,
        };
        organizations::create(&mut tx, &organization).await?;
        let user = users::User {
            id: UserId::new(NOW_MS, bytes(house)),
            email: format!("owner-{house}@postrider.example"),
            name: "Owner".to_owned(),
            instance_admin: false,
            created_at: NOW_MS,
            disabled_at: None,
        };
        users::create(&mut tx, &user, None).await?;
        let member = members::NewMember {
            id: MemberId::new(NOW_MS, bytes(house)),
            user_id: user.id,
            role: Role::Owner,
            permissions: Role::Owner.permissions(),
            projects: Projects::All,
            created_at: NOW_MS,
        };
        let owner = Scope::founding(user.id, organization.id, member.id);
        members::add(&mut tx, &owner, &member).await?;
        let project = projects::NewProject {
            id: ProjectId::new(NOW_MS, bytes(house)),
            name: "Brand".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            catch_up_ms: 7_200_000,
            approval_policy: ApprovalPolicy::None,
            created_at: NOW_MS,
        };
        projects::create(&mut tx, &owner, &project).await?;
        channels_of(&mut tx, &owner, project.id, house).await?;
        let n = i64::try_from(house)?;
        let values = args![n, organization.id, project.id, user.id];
        tx.run(
            "INSERT INTO fill_house (n, organization_id, project_id, user_id) VALUES ($1, $2, $3, $4)",
            values,
        )
        .await?;
        first.get_or_insert((owner, project.id));
    }
    for n in 0..WORDS {
        // Letters from a number, so that all differ and look like words.
        let word: String = (0..6)
            .map(|place| char::from(b'a' + (((n * 7_919) >> (place * 2)) % 23) as u8))
            .collect();
        let values = args![i64::try_from(n)?, format!("{word}{n}")];
        tx.run("INSERT INTO fill_word (n, word) VALUES ($1, $2)", values).await?;
    }
    tx.commit().await?;
    first.context("there is no organization")
}

async fn channels_of(tx: &mut Tx, owner: &Scope, project_id: ProjectId, house: u64) -> anyhow::Result<()> {
    let grant = grants::NewGrant {
        id: GrantId::new(NOW_MS, bytes(house)),
        project_id,
        network: Network::Bluesky,
        variant: "app_password".to_owned(),
        subject: "subject".to_owned(),
        subject_name: "Subject".to_owned(),
        scopes: vec![],
        meta: json!({}),
        secrets: vec![1, 2, 3],
        expires_at: None,
        refresh_expires_at: None,
        created_at: NOW_MS,
    };
    grants::create(tx, owner, &grant).await?;
    for number in 0..CHANNELS {
        let n = house * CHANNELS + number;
        let channel = channels::NewChannel {
            id: ChannelId::new(NOW_MS, bytes(n)),
            project_id,
            grant_id: grant.id,
            network: Network::Bluesky,
            external_id: format!("did:plc:{n}"),
            kind: "account".to_owned(),
            name: format!("Channel {n}"),
            handle: format!("channel-{n}.example"),
            detail: String::new(),
            avatar_url: None,
            meta: json!({}),
            secrets: None,
            status: ChannelStatus::Active,
            status_reason: String::new(),
            missing: vec![],
            access_ends_at: None,
            now_ms: NOW_MS,
        };
        channels::add(tx, owner, &channel).await?;
        let values = args![i64::try_from(n)?, channel.id];
        tx.run("INSERT INTO fill_channel (n, channel_id) VALUES ($1, $2)", values).await?;
    }
    Ok(())
}
