//! Spells in which something was overdue: who must know is told once for each, and told again when it is over.

use postrider_core::ids::{NotificationId, OrganizationId, ProjectId, UserId};
use postrider_core::permission::{Permissions, PublishScope};
use serde_json::json;

use crate::args;
use crate::db::{Arg, Db, Tx};
use crate::error::Result;
use crate::notifications::{self, Notification};
use crate::record::statements;

/// The kind of the notices.
pub const KIND: &str = "delivery.overdue";
/// How long after its end a spell goes on with the same notices rather than raise new ones, milliseconds: what comes and goes is
/// one thing to know.
const AGAIN_MS: i64 = 3_600_000;
/// How far ahead a delivery that is taken up again and again without anything being done can have been put off, milliseconds.
const PUT_OFF_MS: i64 = 600_000;

statements! {
    // Nothing was called, nothing explains it: not a limit, not an outage, not a plan. A worker that only just took it up has it in
    // the state `publishing`.
    PROJECTS = "SELECT d.organization_id, d.project_id, COUNT(*) AS deliveries, MIN(d.due_at) AS oldest FROM deliveries d
        WHERE d.wake_at IS NOT NULL AND d.wake_at <= $1 AND d.due_at IS NOT NULL AND d.due_at <= $2
          AND d.first_commit_at IS NULL AND d.failure_code IS NULL AND d.deferred_until IS NULL
          AND (d.state IN ('scheduled', 'staging', 'staged') OR (d.state = 'publishing' AND d.wake_at <= $2))
        GROUP BY d.organization_id, d.project_id";
    OPEN = "SELECT scope, began_at FROM overdue_spells WHERE ended_at IS NULL";
    BEGIN = "INSERT INTO overdue_spells (scope, began_at) VALUES ($1, $2)
        ON CONFLICT (scope) DO UPDATE SET ended_at = NULL,
            began_at = CASE WHEN overdue_spells.ended_at > $3 THEN overdue_spells.began_at ELSE excluded.began_at END
        WHERE overdue_spells.ended_at IS NOT NULL
        RETURNING began_at";
    END = "UPDATE overdue_spells SET ended_at = $2 WHERE scope = $1 AND ended_at IS NULL RETURNING began_at";
    PROJECT_NAME = "SELECT name FROM projects WHERE id = $1";
    MEMBERS = "SELECT m.user_id, m.permissions FROM members m JOIN users u ON u.id = m.user_id
        WHERE m.organization_id = $1 AND u.disabled_at IS NULL
          AND (m.all_projects OR EXISTS (SELECT 1 FROM member_projects p WHERE p.member_id = m.id AND p.project_id = $2))
        ORDER BY m.user_id";
    ADMINS = "SELECT m.user_id, MIN(m.organization_id) AS organization_id FROM members m JOIN users u ON u.id = m.user_id
        WHERE u.instance_admin AND u.disabled_at IS NULL GROUP BY m.user_id ORDER BY m.user_id";
    REWRITE = "UPDATE notifications SET text = $3, read_at = $4 WHERE kind = 'delivery.overdue' AND subject = $1 AND created_at >= $2";
}

/// Of which deliveries a spell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Those of a project; its members who may publish know.
    Project(OrganizationId, ProjectId),
    /// All of the installation; those who look after it know.
    Installation,
}

impl Whose {
    fn scope(self) -> String {
        match self {
            Whose::Project(_, project) => project.to_string(),
            Whose::Installation => "installation".to_owned(),
        }
    }
}

/// What is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overdue {
    /// Whose.
    pub whose: Whose,
    /// How many deliveries.
    pub deliveries: i64,
    /// The oldest one's instant, UTC milliseconds.
    pub oldest: i64,
}

/// What has been due since before an instant (UTC milliseconds) without anything being done about it, by project.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn by_project(db: &Db, now_ms: i64, due_before_ms: i64) -> Result<Vec<Overdue>> {
    let rows = db.read(PROJECTS, args![now_ms + PUT_OFF_MS, due_before_ms]).await?;
    let mut found = rows
        .iter()
        .map(|row| {
            Ok(Overdue {
                whose: Whose::Project(row.id("organization_id")?, row.id("project_id")?),
                deliveries: row.int("deliveries")?,
                oldest: row.int("oldest")?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    found.sort_unstable_by_key(|overdue| overdue.whose);
    Ok(found)
}

/// The scopes of the spells that are not over.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn open(db: &Db) -> Result<Vec<String>> {
    db.read(OPEN, vec![]).await?.iter().map(|row| row.text("scope")).collect()
}

/// Whether a spell of this scope is among those given.
pub fn is_among(whose: Whose, open: &[String]) -> bool {
    open.contains(&whose.scope())
}

/// Makes ids of notices.
pub type NewId<'a> = &'a (dyn Fn() -> NotificationId + Sync);

/// Begins a spell, and tells who must know; says how many were told. Nobody is told twice: of several servers one begins it, and one
/// that was over for less than an hour goes on with the notices that are there.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn begin(tx: &mut Tx, overdue: &Overdue, now_ms: i64, new_id: NewId<'_>) -> Result<u64> {
    let scope = overdue.whose.scope();
    let Some(row) = tx.optional(BEGIN, args![&scope, now_ms, now_ms - AGAIN_MS]).await? else {
        return Ok(0);
    };
    let began_at = row.int("began_at")?;
    let subject = subject(overdue.whose, began_at);
    let what = match overdue.whose {
        Whose::Project(_, project) => format!("in {}", tx.one(PROJECT_NAME, args![project]).await?.text("name")?),
        Whose::Installation => "on this installation".to_owned(),
    };
    let count = match overdue.deliveries {
        1 => "1 post is overdue".to_owned(),
        more => format!("{more} posts are overdue"),
    };
    let remedy = match overdue.whose {
        Whose::Project(..) => "Nothing is lost: they go out by themselves as soon as they can, or are shown as missed.",
        Whose::Installation => "See /readyz, the log, and `postrider doctor`.",
    };
    let text = format!("{count} {what}: their time has come, and nothing was sent yet. {remedy}");
    if began_at != now_ms {
        return tx.run(REWRITE, args![Arg::json(&subject), began_at, &text, None::<i64>]).await;
    }
    let told = to_be_told(tx, overdue.whose).await?;
    for (user_id, organization_id) in &told {
        let notice = Notification {
            id: new_id(),
            organization_id: *organization_id,
            user_id: *user_id,
            kind: KIND.to_owned(),
            text: text.clone(),
            subject: subject.clone(),
            created_at: now_ms,
            read_at: None,
        };
        notifications::add(tx, &notice).await?;
    }
    Ok(told.len() as u64)
}

/// Ends a spell: its notices say that it is over, and wait for nobody any more.
///
/// # Errors
/// [`crate::StoreError::Db`].
pub async fn end(tx: &mut Tx, scope: &str, now_ms: i64) -> Result<()> {
    let Some(row) = tx.optional(END, args![scope, now_ms]).await? else {
        return Ok(());
    };
    let began_at = row.int("began_at")?;
    let subject = subject_of(scope, began_at);
    let text = "Posts were overdue for a while. It is over: each of them went out, or says for itself what became of it.";
    tx.run(REWRITE, args![Arg::json(&subject), began_at, text, Some(now_ms)]).await?;
    Ok(())
}

fn subject(whose: Whose, began_at: i64) -> serde_json::Value {
    subject_of(&whose.scope(), began_at)
}

fn subject_of(scope: &str, began_at: i64) -> serde_json::Value {
    match scope.parse::<ProjectId>() {
        Ok(project) => json!({"project_id": project, "since": began_at}),
        Err(_) => json!({"since": began_at}),
    }
}

async fn to_be_told(tx: &mut Tx, whose: Whose) -> Result<Vec<(UserId, OrganizationId)>> {
    match whose {
        Whose::Project(organization, project) => {
            let mut told = Vec::new();
            for row in tx.all(MEMBERS, args![organization, project]).await? {
                if row.json::<Permissions>("permissions")?.social_publish != PublishScope::None {
                    told.push((row.id("user_id")?, organization));
                }
            }
            Ok(told)
        }
        Whose::Installation => {
            let rows = tx.all(ADMINS, vec![]).await?;
            rows.iter()
                .map(|row| Ok((row.id("user_id")?, row.id("organization_id")?)))
                .collect()
        }
    }
}
