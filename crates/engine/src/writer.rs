//! The one writer of the engine: it commits whatever is waiting, in one transaction of set-based statements.
//!
//! A commit to disk costs the same for one row as for five hundred, so workers hand their decisions in and wait for the
//! group's commit. Nothing is acknowledged before it is durable.

use std::sync::Arc;
use std::time::Duration;

use postrider_store::hot::{self, Applied, Change, IntentChange};
use postrider_store::{Db, StoreError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::clock::Clock;
use crate::meters::Meters;
use crate::shared::Progress;

/// The most decisions that one transaction takes.
const GROUP_MAX: usize = 500;
/// How long a database that is busy or gone is waited for between tries.
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// How often a group is tried before its workers are told that nothing was written.
const TRIES_MAX: u32 = 50;

/// Nothing was written, and it is not known when writing will work again. The delivery comes back when its lease ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the decision could not be stored")]
pub struct NotStored;

enum Ask {
    Change(Box<Change>, oneshot::Sender<Result<Applied, NotStored>>),
    Intent(Box<IntentChange>, oneshot::Sender<Result<Applied, NotStored>>),
}

/// Hands decisions to the writer task.
#[derive(Clone)]
pub struct Writer {
    asks: mpsc::UnboundedSender<Ask>,
}

impl Writer {
    /// Starts the writer. It ends when every handle is dropped.
    pub fn start(db: Db, clock: Arc<dyn Clock>, progress: Arc<Progress>, meters: Arc<Meters>) -> Writer {
        let (asks, waiting) = mpsc::unbounded_channel();
        let file = db.is_file();
        let write = write(db, clock, progress, meters, waiting);
        if file {
            on_own_thread(write);
        } else {
            tokio::spawn(write);
        }
        Writer { asks }
    }

    /// Hands in what a worker decided, at once; the answer comes when it is stored. Whatever is handed in after it is not stored
    /// before it, and a promise of the same group sees it.
    ///
    /// # Errors
    /// If the database does not write.
    pub fn change(&self, change: Change) -> impl Future<Output = Result<Applied, NotStored>> + use<> {
        let (answer, answered) = oneshot::channel();
        let handed_in = self.asks.send(Ask::Change(Box::new(change), answer));
        async move {
            handed_in.map_err(|_| NotStored)?;
            answered.await.unwrap_or(Err(NotStored))
        }
    }

    /// Stores the promise of a commit call.
    ///
    /// # Errors
    /// If the database does not write.
    pub async fn intend(&self, intent: IntentChange) -> Result<Applied, NotStored> {
        let (answer, answered) = oneshot::channel();
        self.asks.send(Ask::Intent(Box::new(intent), answer)).map_err(|_| NotStored)?;
        answered.await.unwrap_or(Err(NotStored))
    }
}

/// Runs the writer on a thread of its own. With a file each statement goes to SQLite's thread and comes back, and among ten thousand
/// deliveries' tasks each way back would wait for its turn.
fn on_own_thread(write: impl Future<Output = ()> + Send + 'static) {
    match tokio::runtime::Builder::new_current_thread().enable_time().build() {
        Ok(runtime) => {
            std::thread::spawn(move || runtime.block_on(write));
        }
        Err(error) => {
            tracing::warn!(%error, "the writer shares the others' threads");
            tokio::spawn(write);
        }
    }
}

async fn write(db: Db, clock: Arc<dyn Clock>, progress: Arc<Progress>, meters: Arc<Meters>, mut waiting: mpsc::UnboundedReceiver<Ask>) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while waiting.recv_many(&mut group, GROUP_MAX).await > 0 {
        let mut changes = Vec::new();
        let mut change_answers = Vec::new();
        let mut intents = Vec::new();
        let mut intent_answers = Vec::new();
        for ask in group.drain(..) {
            match ask {
                Ask::Change(change, answer) => {
                    changes.push(*change);
                    change_answers.push(answer);
                }
                Ask::Intent(intent, answer) => {
                    intents.push(*intent);
                    intent_answers.push(answer);
                }
            }
        }
        let began = Instant::now();
        let (stored, promised) = store(&db, &clock, &progress, &changes, &intents).await;
        meters.wrote(stored.len() + promised.len(), began.elapsed());
        progress.stored(clock.now_ms(), stored.iter().chain(&promised).any(Result::is_ok));
        for (answer, applied) in change_answers
            .into_iter()
            .zip(stored)
            .chain(intent_answers.into_iter().zip(promised))
        {
            // A worker that is gone does not need to know.
            let _ = answer.send(applied);
        }
    }
}

type Answers = Vec<Result<Applied, NotStored>>;

async fn store(db: &Db, clock: &Arc<dyn Clock>, progress: &Progress, changes: &[Change], intents: &[IntentChange]) -> (Answers, Answers) {
    let mut gone = false;
    for attempt in 1..=TRIES_MAX {
        match once(db, clock.now_ms(), changes, intents).await {
            Ok((stored, promised)) => return (stored.into_iter().map(Ok).collect(), promised.into_iter().map(Ok).collect()),
            // Each decision names the version it knew: what was stored before a connection broke is refused the second time.
            Err(error) if (error.is_transient() || error.is_lost_connection()) && attempt < TRIES_MAX => {
                tracing::debug!(%error, attempt, "the database was busy or gone; the group is written again");
                progress.stored(clock.now_ms(), false);
                tokio::time::sleep(RETRY_PAUSE).await;
            }
            Err(error) => {
                gone = error.is_lost_connection();
                tracing::error!(error = ?error, rows = changes.len() + intents.len(), "a group could not be written");
                break;
            }
        }
    }
    if gone || changes.len() + intents.len() <= 1 {
        return (
            changes.iter().map(|_| Err(NotStored)).collect(),
            intents.iter().map(|_| Err(NotStored)).collect(),
        );
    }
    // One decision that the database cannot take must not cost the others theirs.
    let mut stored = Vec::with_capacity(changes.len());
    for change in changes {
        let alone = once(db, clock.now_ms(), std::slice::from_ref(change), &[]).await;
        stored.push(alone.ok().and_then(|(stored, _)| stored.first().copied()).ok_or(NotStored));
    }
    let mut promised = Vec::with_capacity(intents.len());
    for intent in intents {
        let alone = once(db, clock.now_ms(), &[], std::slice::from_ref(intent)).await;
        promised.push(alone.ok().and_then(|(_, promised)| promised.first().copied()).ok_or(NotStored));
    }
    (stored, promised)
}

async fn once(db: &Db, now_ms: i64, changes: &[Change], intents: &[IntentChange]) -> Result<(Vec<Applied>, Vec<Applied>), StoreError> {
    let mut tx = db.begin().await?;
    let applied = hot::apply(&mut tx, now_ms, changes, intents).await?;
    tx.commit().await?;
    Ok(applied)
}
