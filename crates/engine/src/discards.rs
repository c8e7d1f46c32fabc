//! Removes what was put at a network ahead of time and is not wanted any more: after an edit, a cancel, a move.

use std::sync::Arc;
use std::time::Duration;

use postrider_core::ids::DeliveryId;
use postrider_provider::{Manner, Progress, Sent};
use postrider_store::discards::{self, Discard};
use postrider_store::{Result, hot};

use crate::job;
use crate::shared::Shared;

/// How often leftovers are looked for.
const SWEEP_PAUSE: Duration = Duration::from_secs(30);
/// How many are removed in one sweep.
const SWEEP_MAX: i64 = 50;
/// Pauses between tries, milliseconds; after the last the leftover stays listed.
const TRIES_MS: [i64; 4] = [60_000, 600_000, 3_600_000, 6 * 3_600_000];

/// Removes leftovers until the engine stops.
pub async fn sweep(shared: Arc<Shared>) {
    loop {
        if let Err(error) = once(&shared).await {
            tracing::warn!(%error, "leftovers at networks could not be looked over");
        }
        tokio::time::sleep(SWEEP_PAUSE).await;
    }
}

async fn once(shared: &Arc<Shared>) -> Result<()> {
    for leftover in discards::due(&shared.db, shared.now_ms(), SWEEP_MAX).await? {
        let removed = remove(shared, leftover.delivery_id, &leftover).await?;
        let mut tx = shared.db.begin().await?;
        match removed {
            Ok(()) => discards::done(&mut tx, leftover.delivery_id, leftover.created_at).await?,
            Err(why) => {
                let pause = usize::try_from(leftover.tries).ok().and_then(|tries| TRIES_MS.get(tries));
                let wake_at = pause.map(|pause| shared.now_ms() + pause);
                discards::postpone(&mut tx, leftover.delivery_id, leftover.created_at, wake_at, &why).await?;
            }
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Makes the adapter's removing calls. The inner error says in words why it did not work.
async fn remove(shared: &Arc<Shared>, delivery: DeliveryId, leftover: &Discard) -> Result<std::result::Result<(), String>> {
    let Some(claimed) = hot::load(&shared.db, delivery).await? else {
        return Ok(Ok(()));
    };
    let Some(adapter) = shared.registry.of(leftover.network) else {
        return Ok(Ok(()));
    };
    let prepared = job::bare(shared, &claimed).and_then(|job| Ok((job, job::secrets(shared, &claimed)?)));
    let (job, secrets) = match prepared {
        Ok(prepared) => prepared,
        Err(fault) => return Ok(Err(fault.message)),
    };
    let mut removed = Ok(());
    for request in adapter.discard(&job, &Progress(leftover.progress.clone())) {
        // One that cannot be removed does not keep the others there.
        match shared.transport.send(&request, &secrets, Manner::Safe).await {
            // What is gone already is removed.
            Sent::Answered(answer) if answer.ok() || adapter.gone(&answer) => {}
            Sent::Answered(answer) => removed = Err(format!("the network answered {}", answer.status)),
            Sent::NotSent(why) | Sent::Lost(why) => removed = Err(why),
        }
    }
    Ok(removed)
}
