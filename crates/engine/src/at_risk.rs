//! Tells people in advance of channels that may not last: authors whose posts depend on one (product S9), and whoever can connect it again
//! (C7). One notice for all their posts on a channel, and another only when it gets worse.

use postrider_core::channel::{EXPIRING_MS, Risk};
use postrider_core::ids::{MailId, NotificationId};
use postrider_core::permission::Action;
use postrider_core::schedule::zone;
use postrider_store::StoreError;
use postrider_store::channels::Channel;
use postrider_store::mails::{self, NewMail};
use postrider_store::notifications::{self, Notification};
use postrider_store::risk_notices::{self, Concern, Concerned, Group};
use postrider_store::scope::Scope;

use crate::events::Hint;
use crate::forecast::standing;
use crate::shared::Shared;

const DAY_MS: i64 = 86_400_000;
/// How many days before its end an access is told of (product C7).
const TOLD_DAYS: [i64; 3] = [1, 7, 14];

/// Tells whoever is not told yet, by mail as well if `mailed`. Says how many notices were written.
///
/// # Errors
/// If the rows cannot be read or written.
pub async fn tell(shared: &Shared, mailed: bool) -> Result<usize, StoreError> {
    let now_ms = shared.now_ms();
    risk_notices::forget(&shared.db, now_ms).await?;
    Ok(tell_group(shared, Group::Authors, mailed, now_ms).await? + tell_group(shared, Group::Members, mailed, now_ms).await?)
}

async fn tell_group(shared: &Shared, group: Group, mailed: bool, now_ms: i64) -> Result<usize, StoreError> {
    let (mut told, mut after) = (0, None);
    loop {
        let page = risk_notices::concerned(&shared.db, group, now_ms, after).await?;
        let Some(last) = page.last() else { return Ok(told) };
        after = Some((last.channel.id, last.user));
        for concerned in &page {
            told += usize::from(tell_one(shared, concerned, mailed, now_ms).await?);
        }
    }
}

/// Tells somebody, unless they were told or hear of it otherwise. Says whether a notice was written.
async fn tell_one(shared: &Shared, concerned: &Concerned, mailed: bool, now_ms: i64) -> Result<bool, StoreError> {
    let Some((risk, key)) = worst(concerned, now_ms) else {
        return Ok(false);
    };
    if concerned.told.as_deref() == Some(key.as_str()) || knows(shared, concerned, risk).await? {
        return Ok(false);
    }
    let channel = &concerned.channel;
    let notice = Notification {
        id: NotificationId::new(now_ms, shared.entropy.ten()),
        organization_id: channel.organization_id,
        user_id: concerned.user,
        kind: match risk {
            Risk::Unusable => "channel.expired",
            Risk::Halted => "channel.halted",
            Risk::AccessEnds | Risk::Expiring => "channel.expiring",
        }
        .to_owned(),
        text: text(concerned, risk),
        subject: serde_json::json!({"channel_id": channel.id, "project_id": channel.project_id}),
        created_at: now_ms,
        read_at: None,
    };
    let mut tx = shared.db.begin().await?;
    if !risk_notices::tell(&mut tx, channel.id, concerned.user, &key, now_ms).await? {
        return Ok(false);
    }
    notifications::add(&mut tx, &notice).await?;
    if mailed {
        let mail = NewMail {
            id: MailId::new(now_ms, shared.entropy.ten()),
            organization_id: channel.organization_id,
            user_id: concerned.user,
            subject: subject(channel, risk),
            text: notice.text.clone(),
            path: format!("/p/{}/connections#{}", channel.project_id, channel.id),
            created_at: now_ms,
        };
        mails::add(&mut tx, &mail).await?;
    }
    tx.commit().await?;
    shared.events.send(Hint {
        kind: "notification",
        id: notice.id.to_string(),
        version: 0,
        organization_id: channel.organization_id,
        project_id: Some(channel.project_id),
    });
    Ok(true)
}

/// What is to be told of: the risk of the last post, and a name under which it counts as told.
fn worst(concerned: &Concerned, now_ms: i64) -> Option<(Risk, String)> {
    let channel = &concerned.channel;
    let mut standing = standing(channel);
    let last_due_at = match concerned.by {
        Concern::Posts { last_due_at, .. } => last_due_at,
        Concern::Member(permissions) if permissions.allows(Action::ChannelConnect, true) => {
            // A halt is lifted, not connected again, and nothing of theirs waits for that.
            standing.halted_because = None;
            now_ms
        }
        Concern::Member(_) => return None,
    };
    let risk = standing.risk(now_ms, last_due_at)?;
    let key = match risk {
        Risk::Unusable => channel.status.key().to_owned(),
        Risk::Halted => risk.key().to_owned(),
        // A far end does not matter to a post that is due before it.
        Risk::AccessEnds | Risk::Expiring => {
            let left_ms = channel.access_ends_at.map_or(EXPIRING_MS, |end| end - now_ms);
            let days = TOLD_DAYS.into_iter().find(|days| left_ms <= days * DAY_MS)?;
            format!("ends_{days}")
        }
    };
    Some((risk, key))
}

/// Whether the author hears of it already: who may lift a halt is told of it by the guard itself.
async fn knows(shared: &Shared, concerned: &Concerned, risk: Risk) -> Result<bool, StoreError> {
    if risk != Risk::Halted {
        return Ok(false);
    }
    match Scope::load(&shared.db, concerned.user, concerned.channel.organization_id).await {
        Ok(scope) => Ok(scope.permissions.allows(Action::ChannelLiftHalt, true)),
        // Who has left sees no notices any more.
        Err(StoreError::NotFound) => Ok(true),
        Err(error) => Err(error),
    }
}

fn subject(channel: &Channel, risk: Risk) -> String {
    let what = match risk {
        Risk::Unusable => "does not work any more",
        Risk::Halted => "is halted",
        Risk::AccessEnds | Risk::Expiring => "has to be connected again soon",
    };
    format!("{} on {} {what}", channel.name, channel.network.name())
}

fn text(concerned: &Concerned, risk: Risk) -> String {
    let channel = &concerned.channel;
    let (name, network) = (&channel.name, channel.network.name());
    let at = |ms: i64| {
        zone::local_with_offset(ms, &concerned.time_zone)
            .unwrap_or_default()
            .replace('T', " ")
    };
    let status = channel.status.key().replace('_', " ");
    let ends = channel.access_ends_at.map(|end| format!(" at {}", at(end))).unwrap_or_default();
    let posts = match concerned.by {
        Concern::Posts {
            deliveries, first_due_at, ..
        } => match deliveries {
            1 => format!("One post of yours is due there, at {}", at(first_due_at)),
            many => format!("{many} posts of yours are due there, the next at {}", at(first_due_at)),
        },
        Concern::Member(_) => {
            let remedy = "Open Connections, choose Reconnect and sign in with the same account: its posts stay.";
            return match risk {
                Risk::Unusable | Risk::Halted => format!("{name} on {network}: {status}. Nothing goes out there as it stands. {remedy}"),
                Risk::AccessEnds | Risk::Expiring => format!("The access to {name} on {network} ends{ends}. {remedy}"),
            };
        }
    };
    match risk {
        Risk::Unusable => format!("{name} on {network}: {status}. {posts}. Nothing goes out there unless the channel is reconnected."),
        Risk::Halted => {
            format!("{name} on {network} is halted. {posts}. Nothing goes out there until someone who may publish lifts the halt.")
        }
        Risk::AccessEnds => format!(
            "The access to {name} on {network} ends{ends}. {posts}. What is due later fails unless the channel is reconnected before."
        ),
        Risk::Expiring => {
            format!("The access to {name} on {network} ends{ends}. {posts}, which is before. Reconnect the channel when you can.")
        }
    }
}
