//! What the runaway guard counts, and how it halts a channel.

use postrider_core::guard::{ALIKE_SPAN_MS, Made};
use postrider_core::ids::{ChannelId, NotificationId, UserId};
use postrider_core::permission::{Action, Permissions};

use crate::db::{Db, Tx};
use crate::error::StoreError;

macro_rules! made {
    () => {
        "o.part = 'root' AND o.evidence <> 'unseen' AND (o.outcome IS NULL OR o.outcome IN ('committed', 'person_there'))"
    };
}

/// A post's promise `o` that was kept, or may be: what was refused or never sent made nothing, and a doubt about another database's
/// calls is no call.
pub(super) const MADE: &str = made!();

const POSTS: &str = concat!(
    "SELECT o.stored_at, o.likeness FROM intents AS o WHERE ",
    made!(),
    " AND o.channel_id = $1 AND o.stored_at > $2 ORDER BY o.stored_at"
);
const LIFTED: &str = "SELECT lifted_at FROM channels WHERE id = $1";
const HALT: &str = "UPDATE channels SET halted_at = $2, halt_reason = $3, version = version + 1 WHERE id = $1 AND halted_at IS NULL";
/// Who sees the channel's project, with what each may do.
const AROUND: &str = "SELECT m.user_id, m.permissions FROM channels c JOIN members m ON m.organization_id = c.organization_id
    WHERE c.id = $1 AND (m.all_projects
      OR EXISTS (SELECT 1 FROM member_projects mp WHERE mp.member_id = m.id AND mp.project_id = c.project_id))
    ORDER BY m.user_id";
const TELL: &str = "INSERT INTO notifications (id, organization_id, user_id, kind, text, subject, created_at)
    SELECT $2, c.organization_id, $3, 'channel.halted', $4, $5, $6 FROM channels c WHERE c.id = $1";

pub(crate) const PLAIN: &[&str] = &[POSTS, LIFTED, HALT, AROUND, TELL];

/// What the guard looks at on a channel.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The posts made there in the longest span that is counted, the earliest first.
    pub made: Vec<Made>,
    /// When a person last lifted a halt, UTC milliseconds; 0 if never.
    pub lifted_at: i64,
}

/// What the guard looks at on a channel at an instant (UTC milliseconds).
///
/// # Errors
/// If the database fails.
pub async fn watched(db: &Db, channel: ChannelId, now_ms: i64) -> Result<Watched, StoreError> {
    let rows = db.read(POSTS, vec![channel.into(), (now_ms - ALIKE_SPAN_MS).into()]).await?;
    let made = rows.iter().map(|row| {
        Ok(Made {
            at_ms: row.int("stored_at")?,
            likeness: row.opt_text("likeness")?,
        })
    });
    Ok(Watched {
        made: made.collect::<Result<_, StoreError>>()?,
        lifted_at: db.one(LIFTED, vec![channel.into()]).await?.opt_int("lifted_at")?.unwrap_or(0),
    })
}

/// Halts a channel: nothing goes out on it until a person lifts it. Everybody who may lift it is told, once: says whom, nobody if it was
/// halted already.
///
/// # Errors
/// If the database fails.
pub async fn halt(
    tx: &mut Tx,
    channel: ChannelId,
    reason: &str,
    notice: &str,
    new_notice: impl Fn() -> NotificationId,
    now_ms: i64,
) -> Result<Vec<UserId>, StoreError> {
    if tx.run(HALT, vec![channel.into(), now_ms.into(), reason.to_owned().into()]).await? == 0 {
        return Ok(Vec::new());
    }
    let subject = serde_json::json!({ "channel_id": channel }).to_string();
    let mut told = Vec::new();
    for row in tx.all(AROUND, vec![channel.into()]).await? {
        if !row.json::<Permissions>("permissions")?.allows(Action::ChannelLiftHalt, true) {
            continue;
        }
        let user: UserId = row.id("user_id")?;
        let args = vec![
            channel.into(),
            new_notice().into(),
            user.into(),
            notice.to_owned().into(),
            subject.clone().into(),
            now_ms.into(),
        ];
        tx.run(TELL, args).await?;
        told.push(user);
    }
    Ok(told)
}
