//! Takes up what is due, at the second it is due.

use std::sync::Arc;
use std::time::Duration;

use postrider_store::hot;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::publisher;
use crate::shared::Shared;

/// How many deliveries one statement takes up.
const CLAIM_MAX: i64 = 500;
/// Least wait when something is due that cannot be taken up (no room, or another replica has it in hand).
const BUSY_PAUSE_MS: u64 = 50;
/// How long a database that does not answer is waited for.
const TROUBLE_PAUSE: Duration = Duration::from_secs(1);

/// Runs until `stop`; then waits for what is under way.
pub async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(shared.bounds.deliveries_max));
    let under_way = TaskTracker::new();
    while !stop.is_cancelled() {
        let taken = match take(&shared, &room, &under_way).await {
            Ok(taken) => taken,
            Err(error) => {
                tracing::warn!(%error, "due deliveries could not be taken up");
                pause(&stop, TROUBLE_PAUSE).await;
                continue;
            }
        };
        if taken == CLAIM_MAX {
            continue;
        }
        let until = match hot::next_wake(&shared.db).await {
            Ok(next) => {
                let poll_at = shared.now_ms() + shared.timing.poll_ms;
                next.map_or(poll_at, |next| next.min(poll_at))
            }
            Err(error) => {
                tracing::warn!(%error, "the due index could not be read");
                shared.now_ms() + shared.timing.poll_ms
            }
        };
        let ahead_ms = u64::try_from(until - shared.now_ms()).unwrap_or(0);
        let ahead_ms = if taken == 0 && ahead_ms == 0 { BUSY_PAUSE_MS } else { ahead_ms };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = shared.wake.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(ahead_ms)) => {}
        }
    }
    under_way.close();
    under_way.wait().await;
}

async fn pause(stop: &CancellationToken, pause: Duration) {
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = tokio::time::sleep(pause) => {}
    }
}

/// Takes up a batch and starts a worker for each. Says how many.
async fn take(shared: &Arc<Shared>, room: &Arc<Semaphore>, under_way: &TaskTracker) -> Result<i64, postrider_store::StoreError> {
    let now_ms = shared.now_ms();
    shared.progress.looked(now_ms);
    // A write is asked for only where a reader saw something due: an idle installation writes nothing.
    if hot::next_wake(&shared.db).await?.is_none_or(|next| next > now_ms) {
        return Ok(0);
    }
    let limit = CLAIM_MAX.min(i64::try_from(room.available_permits()).unwrap_or(CLAIM_MAX));
    if limit == 0 {
        return Ok(0);
    }
    let mut tx = shared.db.begin().await?;
    let claimed = hot::claim(&mut tx, now_ms, shared.timing.lease_ms, limit).await?;
    tx.commit().await?;
    let taken = i64::try_from(claimed.len()).unwrap_or(CLAIM_MAX);
    if taken > 0 {
        shared.progress.claimed(now_ms);
    }
    for delivery in claimed {
        let Ok(place) = room.clone().try_acquire_owned() else { break };
        let shared = shared.clone();
        under_way.spawn(async move {
            publisher::work(shared, delivery).await;
            drop(place);
        });
    }
    Ok(taken)
}
