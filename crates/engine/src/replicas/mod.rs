//! What replicas on one PostgreSQL tell each other: something became due, something changed, a channel's lane is free.
//!
//! All of it is a hint. Each replica looks by itself every second, and what one did not hear costs a second, no more. One task tells,
//! outside transactions, everything that came together since it last told ([`bell`]).

mod bell;
mod duty;
mod message;

use std::sync::Arc;
use std::time::Duration;

use postrider_store::StoreError;
use postrider_store::db::Listener;
use tokio_util::sync::CancellationToken;

pub use bell::Bell;

use crate::events::News;
use crate::shared::Shared;
use message::Message;

/// PostgreSQL's name for what is told.
const TOLD: &str = "postrider";
/// The least time between two tellings: what comes together meanwhile is told at once.
const COALESCE: Duration = Duration::from_millis(10);
/// How long a database that does not answer is left alone.
const TROUBLE_PAUSE: Duration = Duration::from_secs(1);

/// Tells and hears until `stop`. Ends at once on SQLite, where nobody else is.
pub async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    if !shared.bell.rings() {
        return;
    }
    let tell = stop.run_until_cancelled(tell(&shared));
    let hear = stop.run_until_cancelled(hear(&shared));
    tokio::join!(tell, hear);
    // What was decided last is told as well: somebody may wait for a lane.
    told(&shared).await;
}

async fn tell(shared: &Shared) {
    loop {
        shared.bell.rung().await;
        told(shared).await;
        tokio::time::sleep(COALESCE).await;
    }
}

async fn told(shared: &Shared) {
    while let Some(payload) = shared.bell.next_payload() {
        if let Err(error) = shared.db.notify(TOLD, payload).await {
            tracing::debug!(%error, "the other replicas could not be told; they look by themselves");
            return;
        }
    }
}

async fn hear(shared: &Shared) {
    loop {
        match shared.db.listen(TOLD).await {
            Ok(Some(listener)) => {
                if let Err(error) = listen(shared, listener).await {
                    tracing::warn!(%error, "the other replicas cannot be heard just now; the due index is read each second");
                }
            }
            Ok(None) => return,
            Err(error) => tracing::warn!(%error, "the other replicas cannot be heard just now; the due index is read each second"),
        }
        tokio::time::sleep(TROUBLE_PAUSE).await;
    }
}

async fn listen(shared: &Shared, mut listener: Listener) -> Result<(), StoreError> {
    loop {
        // Whatever was told while nobody listened.
        shared.wake.notify_one();
        shared.events.here(News::Missed);
        while let Some(payload) = listener.next().await? {
            match Message::read(&payload) {
                Some(message) if message.from != shared.bell.name() => take(shared, message),
                Some(_) => {}
                None => tracing::debug!("another version of this program told something that is not understood here"),
            }
        }
    }
}

fn take(shared: &Shared, message: Message) {
    if message.wake {
        shared.wake.notify_one();
    }
    for hint in message.hints() {
        shared.events.here(News::Changed(hint));
    }
    for channel in message.freed {
        shared.bell.heard_free(channel);
    }
    for channel in message.wanted {
        if shared.lanes.is_busy(channel) {
            shared.bell.heard_wanted(channel);
        }
    }
}
