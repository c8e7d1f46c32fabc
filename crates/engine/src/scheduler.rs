//! Takes up what is due, at the second it is due.

use std::sync::Arc;
use std::time::Duration;

use postrider_core::Network;
use postrider_store::{StoreError, hot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::room::Place;
use crate::shared::Shared;
use crate::{hold, publisher};

/// How many deliveries one statement takes up.
const CLAIM_MAX: i64 = 500;
/// Least wait when something is due that cannot be taken up (no room, or another replica has it in hand).
const BUSY_PAUSE_MS: u64 = 50;
/// How long a database that does not answer is waited for.
const TROUBLE_PAUSE: Duration = Duration::from_secs(1);

/// What one look took up.
#[derive(Default)]
struct Taken {
    count: i64,
    /// The network that all of them are of, if there is only one.
    one_network: Option<Network>,
    /// What was seen where nothing of any network was due yet: the index need not be read again for it.
    nothing_yet: Option<NothingYet>,
}

/// Nothing is due yet.
struct NothingYet {
    /// When something will be, UTC milliseconds; `None` if nothing waits.
    next_wake: Option<i64>,
}

impl Taken {
    fn of(networks: impl Iterator<Item = Network>) -> Taken {
        let mut taken = Taken::default();
        for network in networks {
            taken.one_network = (taken.count == 0 || taken.one_network == Some(network)).then_some(network);
            taken.count += 1;
        }
        taken
    }

    fn all(&self) -> bool {
        self.count >= CLAIM_MAX
    }
}

/// Runs until `stop`; then waits for what is under way, whoever took it up.
pub async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    shared.under_way.reopen();
    if shared.timing.timer {
        by_the_clock(&shared, &stop).await;
    } else {
        stop.cancelled().await;
    }
    shared.under_way.close();
    shared.under_way.wait().await;
}

async fn by_the_clock(shared: &Arc<Shared>, stop: &CancellationToken) {
    let batch = TaskTracker::new();
    let mut had_its_turn: Option<Network> = None;
    while !stop.is_cancelled() {
        if !shared.hold.free() {
            shared.progress.looked(shared.now_ms());
            // The keeper wakes it once publishing is free.
            nap(shared, stop, shared.timing.poll_ms).await;
            continue;
        }
        let mut passed_over = shared.room.crowded();
        // Where one network filled a whole look, the others have the next one.
        let turn = had_its_turn.take().filter(|network| !passed_over.contains(network));
        passed_over.extend(turn);
        let taken = match take(shared, &batch, &passed_over).await {
            Ok(taken) => taken,
            Err(error) => {
                tracing::warn!(%error, "due deliveries could not be taken up");
                pause(stop, TROUBLE_PAUSE).await;
                continue;
            }
        };
        if taken.all() {
            had_its_turn = taken.one_network;
            continue;
        }
        if turn.is_some() {
            continue;
        }
        let next_wake = match taken.nothing_yet {
            Some(seen) => Ok(seen.next_wake),
            None => hot::next_wake(&shared.db, &shared.room.crowded()).await,
        };
        let until = match next_wake {
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
        let ahead_ms = if taken.count == 0 && ahead_ms == 0 {
            BUSY_PAUSE_MS
        } else {
            ahead_ms
        };
        nap(shared, stop, i64::try_from(ahead_ms).unwrap_or(i64::MAX)).await;
    }
}

/// Sleeps for so many milliseconds, unless there is something to do earlier.
async fn nap(shared: &Shared, stop: &CancellationToken, ms: i64) {
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = shared.wake.notified() => {}
        () = tokio::time::sleep(Duration::from_millis(u64::try_from(ms).unwrap_or(0))) => {}
    }
}

async fn pause(stop: &CancellationToken, pause: Duration) {
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = tokio::time::sleep(pause) => {}
    }
}

/// What a tick of the outside clock did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticked {
    /// How many deliveries it took up.
    pub claimed: i64,
    /// How many of them are still under way, because the tick's time was over.
    pub under_way: i64,
    /// When something is to be done next, UTC milliseconds; `None` if nothing waits.
    pub next_due_at: Option<i64>,
}

/// Takes up what is due and whatever becomes due within the time, and waits for it. Nothing is taken up twice, whoever else takes
/// up at the same time. What is not done when the time is over goes on. An engine that stops ends it early.
///
/// # Errors
/// If the database does not answer.
pub async fn tick(shared: &Arc<Shared>, within: Duration) -> Result<Ticked, StoreError> {
    if !shared.hold.free() {
        // The host may have slept: who asks now wants it now.
        hold::look(shared).await;
    }
    let ends = Instant::now() + within;
    let ends_ms = shared.now_ms() + i64::try_from(within.as_millis()).unwrap_or(i64::MAX / 2);
    let batch = TaskTracker::new();
    batch.close();
    let mut claimed = 0;
    loop {
        let passed_over = shared.room.crowded();
        let taken = take(shared, &batch, &passed_over).await?;
        claimed += taken.count;
        if taken.all() {
            continue;
        }
        let next_due_at = hot::next_wake(&shared.db, &shared.room.crowded()).await?;
        let nothing_to_come = batch.is_empty() && next_due_at.is_none_or(|next| next > ends_ms);
        if nothing_to_come || Instant::now() >= ends || shared.under_way.is_closed() {
            return Ok(Ticked {
                claimed,
                under_way: i64::try_from(batch.len()).unwrap_or(i64::MAX),
                next_due_at,
            });
        }
        let ahead_ms = next_due_at
            .map_or(i64::MAX, |next| next - shared.now_ms())
            .min(shared.timing.poll_ms);
        let ahead = Duration::from_millis(u64::try_from(ahead_ms).unwrap_or(0).max(BUSY_PAUSE_MS));
        tokio::select! {
            biased;
            () = batch.wait(), if !batch.is_empty() => {}
            () = tokio::time::sleep_until(ends.min(Instant::now() + ahead)) => {}
        }
    }
}

/// Takes up a batch and starts a worker for each. Says what it took. Some networks are passed over.
async fn take(shared: &Arc<Shared>, batch: &TaskTracker, passed_over: &[Network]) -> Result<Taken, StoreError> {
    let now_ms = shared.now_ms();
    if !shared.hold.free() {
        shared.progress.looked(now_ms);
        return Ok(Taken::default());
    }
    // A write is asked for only where a reader saw something due: an idle installation writes nothing.
    let next_wake = hot::next_wake(&shared.db, passed_over).await?;
    if next_wake.is_none_or(|next| next > now_ms) {
        shared.progress.looked(now_ms);
        return Ok(Taken {
            nothing_yet: passed_over.is_empty().then_some(NothingYet { next_wake }),
            ..Taken::default()
        });
    }
    let limit = CLAIM_MAX.min(i64::try_from(shared.room.free()).unwrap_or(CLAIM_MAX));
    if limit == 0 {
        shared.progress.looked(now_ms);
        return Ok(Taken::default());
    }
    let mut tx = shared.db.begin().await?;
    let claimed = hot::claim(&mut tx, now_ms, shared.timing.lease_ms, limit, passed_over).await?;
    tx.commit().await?;
    // Not before: who cannot take up what is due does not look after it.
    shared.progress.looked(now_ms);
    let taken = Taken::of(claimed.iter().map(|delivery| delivery.network));
    if taken.count > 0 {
        shared.progress.claimed(now_ms);
    }
    // The whole batch, before the first of it runs: threads keep no order.
    let lined_up: Vec<_> = claimed
        .into_iter()
        .map(|delivery| (publisher::line_up(shared, &delivery), delivery))
        .collect();
    for (in_line, delivery) in lined_up {
        let place = Place::take(shared, delivery.network);
        let shared = shared.clone();
        let under_way = shared.under_way.clone();
        under_way.spawn(batch.track_future(async move {
            publisher::work(shared, delivery, in_line).await;
            drop(place);
        }));
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_that_one_network_filled_is_told_from_one_that_several_did() {
        let (one, other) = (Network::Bluesky, Network::Facebook);
        let filled = |networks: Vec<Network>| Taken::of(networks.into_iter());
        assert_eq!(filled(vec![one; 500]).one_network, Some(one));
        assert!(filled(vec![one; 500]).all());
        let mut mixed = vec![one; 499];
        mixed.push(other);
        assert_eq!(filled(mixed.clone()).one_network, None);
        mixed.reverse();
        assert_eq!(filled(mixed).one_network, None);
        assert_eq!(filled(vec![]).one_network, None);
    }
}
