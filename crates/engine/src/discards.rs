//! Removes what was put at a network ahead of time and is not wanted any more: after an edit, a cancel, a move.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use postrider_core::ids::{DeliveryId, NotificationId};
use postrider_core::text::render::headline;
use postrider_provider::{Manner, Progress, Request, Sent};
use postrider_store::db::Tx;
use postrider_store::discards::{self, Discard};
use postrider_store::hot::Notice;
use postrider_store::{Result, hot};

use crate::events::Hint;
use crate::hold::HELD_PAUSE;
use crate::job;
use crate::shared::Shared;

/// How long one replica keeps this work without a sign of life, milliseconds.
const DUTY_MS: i64 = 75_000;
/// How many are removed in one sweep.
const SWEEP_MAX: i64 = 50;
/// Pauses between tries, milliseconds; after the last the leftover stays listed, and the post's author is told.
const TRIES_MS: [i64; 4] = [60_000, 600_000, 3_600_000, 6 * 3_600_000];

/// Removes leftovers until the engine stops.
pub async fn sweep(shared: Arc<Shared>) {
    loop {
        if shared.hold.free()
            && shared.on_duty("leftovers", DUTY_MS).await
            && let Err(error) = once(&shared).await
        {
            tracing::warn!(%error, "leftovers at networks could not be looked over");
        }
        let pause = if shared.hold.free() {
            Duration::from_millis(shared.timing.leftovers_ms)
        } else {
            HELD_PAUSE
        };
        tokio::time::sleep(pause).await;
    }
}

async fn once(shared: &Arc<Shared>) -> Result<()> {
    for leftover in discards::due(&shared.db, shared.now_ms(), SWEEP_MAX).await? {
        let removed = remove(shared, &leftover).await;
        let mut tx = shared.db.begin().await?;
        let told = match removed {
            Ok(()) => {
                discards::done(&mut tx, leftover.delivery_id, leftover.created_at).await?;
                false
            }
            Err(left) => postpone(shared, &mut tx, &leftover, &left).await?,
        };
        tx.commit().await?;
        if told {
            hint(shared, leftover.delivery_id).await?;
        }
    }
    Ok(())
}

/// Why something is still there.
struct Left {
    why: String,
    /// What it is; empty where that cannot be told.
    what: Vec<String>,
    /// On which channel, and of which post, as people know them.
    names: Option<(String, String)>,
}

/// Notes that it is to be tried again, or that it is given up: then the post's author is told, and whether that was so is answered.
async fn postpone(shared: &Arc<Shared>, tx: &mut Tx, leftover: &Discard, left: &Left) -> Result<bool> {
    let now_ms = shared.now_ms();
    let pause = usize::try_from(leftover.tries).ok().and_then(|tries| TRIES_MS.get(tries));
    let wake_at = pause.map(|pause| now_ms + pause);
    // Another server may have been faster: then it has told.
    let noted = discards::postpone(tx, leftover, wake_at, &left.why).await?;
    if !noted || wake_at.is_some() {
        return Ok(false);
    }
    let notice = Notice {
        notification_id: NotificationId::new(now_ms, shared.entropy.ten()),
        kind: "post.leftover",
        text: told(leftover.network.name(), left),
    };
    discards::tell(tx, leftover, &notice, now_ms).await?;
    Ok(true)
}

/// What the author reads.
fn told(network: &str, left: &Left) -> String {
    let of = match &left.names {
        Some((title, channel)) => format!("“{title}” on {channel}"),
        None => "A post".to_owned(),
    };
    let what = if left.what.is_empty() {
        "what was uploaded for it".to_owned()
    } else {
        left.what.join(", ")
    };
    format!(
        "{of} does not need any more what was put at {network} ahead of time, and it could not be removed: {}. Still there, not public: {what}. \
         Remove it by hand at {network}.",
        left.why
    )
}

async fn hint(shared: &Arc<Shared>, delivery: DeliveryId) -> Result<()> {
    if let Some(claimed) = hot::load(&shared.db, delivery).await? {
        shared.events.send(Hint {
            kind: "notification",
            id: delivery.to_string(),
            version: 0,
            organization_id: claimed.organization_id,
            project_id: Some(claimed.project_id),
        });
    }
    Ok(())
}

/// Makes the adapter's removing calls.
async fn remove(shared: &Arc<Shared>, leftover: &Discard) -> std::result::Result<(), Left> {
    let mut left = Left {
        why: String::new(),
        what: Vec::new(),
        names: None,
    };
    let claimed = match hot::load(&shared.db, leftover.delivery_id).await {
        Ok(Some(claimed)) => claimed,
        Ok(None) => return Ok(()),
        // One that cannot be read does not keep the others there.
        Err(error) => {
            tracing::error!(delivery = %leftover.delivery_id, %error, "a delivery with leftovers cannot be read");
            left.why = "the delivery cannot be read".to_owned();
            return Err(left);
        }
    };
    left.names = Some((headline(&claimed.content), claimed.channel_name.clone()));
    let Some(adapter) = shared.registry.of(leftover.network) else {
        return Ok(());
    };
    let progress = Progress(leftover.progress.clone());
    let requests = match job::bare(shared, &claimed) {
        Ok(job) => adapter.discard(&job, &progress),
        Err(fault) => {
            left.why = reason(&fault.message);
            return Err(left);
        }
    };
    let secrets = match job::secrets(shared, &claimed) {
        Ok(secrets) => secrets,
        Err(fault) => {
            left.why = reason(&fault.message);
            left.what = requests.iter().map(thing).collect();
            return Err(left);
        }
    };
    let mut requests = VecDeque::from(requests);
    while let Some(request) = requests.pop_front() {
        // One that cannot be removed does not keep the others there.
        let why = match shared.transport.send(&request, &secrets, Manner::Safe).await {
            Sent::Answered(answer) if answer.ok() => {
                requests.extend(adapter.discard_after(&progress, &answer));
                continue;
            }
            // What is gone already is removed.
            Sent::Answered(answer) if adapter.gone(&answer) => continue,
            Sent::Answered(answer) => format!("the network answered {}", answer.status),
            Sent::NotSent(why) | Sent::Lost(why) => reason(&why),
        };
        left.why = why;
        left.what.push(thing(&request));
    }
    if left.what.is_empty() { Ok(()) } else { Err(left) }
}

/// A reason that a sentence goes on after.
fn reason(text: &str) -> String {
    text.trim_end_matches('.').to_owned()
}

/// What a removing call is about.
fn thing(request: &Request) -> String {
    request.label.trim_start_matches("remove ").to_owned()
}
