//! What holds publishing back: a database that is not the newest there is, or a clock that cannot be trusted (publishing.md rules 12
//! and 13).
//!
//! The keeper looks once a minute, a second after the database did not answer, and at once when the scheduler or a commit sees that a
//! beat is missing or that wall and boot clock have parted. Until it has looked, nothing is taken up, no commit is made and no access
//! is renewed; what is in hand goes by the boot clock ([`Steady`]).
//!
//! For simulations: a clock is turned by what [`crate::clock::Clock::now_ms`] and [`crate::clock::Clock::boot_ms`] say, vouched for or
//! not by [`crate::clock::Clock::synchronised`]. An older image is brought back by `Db::restore_image` before the engine is begun anew
//! with the witness it had ([`Witness`] in [`crate::Parts`]); it holds until `postrider_store::pulse::recover` was run.

mod clock;
mod keeper;
mod steady;
mod witness;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use postrider_core::Network;
use postrider_core::mutant::{self, Mutant};
use postrider_provider::Answer;
use postrider_store::Db;
use postrider_store::pulse::{self, HeldWhy};
use tokio::sync::{Notify, watch};

use crate::clock::Clock;

pub(crate) use keeper::{look, run};
pub use steady::Steady;
pub use witness::{Mark, NoWitness, Witness};

/// How often the heart beats, milliseconds.
pub const BEAT_MS: i64 = 60_000;
/// How often it is looked whether publishing is free again, while it is held or the database does not answer.
pub(crate) const HELD_PAUSE: Duration = Duration::from_secs(1);
/// A longer pause between two beats is a gap: another database may have been in use meanwhile, milliseconds.
pub const GAP_MS: i64 = 120_000;
/// How far wall and boot clock may part, milliseconds (publishing.md rule 13).
pub const PARTED_MS_MAX: i64 = 30_000;
/// How far the clock may be past the last heartbeat before it must be confirmed, milliseconds (publishing.md rule 13).
pub const JUMP_MS_MAX: i64 = 3_600_000;
/// A network's clock that differs by less than this says the same time as ours: `Date` names whole seconds, milliseconds.
const SAME_MS: i64 = 2_000;

/// Why publishing is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It has only just been started.
    Starting,
    /// The database was brought back from a backup, or is older than its witness.
    Database(pulse::Held),
    /// The witness is there and cannot be read, so that nobody knows whether the database is the newest.
    Witness,
    /// The clock is not to be trusted: so far ahead of what was expected, milliseconds; behind if negative.
    Clock {
        /// By how much.
        off_ms: i64,
    },
}

impl Why {
    /// The name in API answers.
    pub const fn key(&self) -> &'static str {
        match self {
            Why::Starting => "starting",
            Why::Witness => "witness",
            Why::Database(held) => held.why.key(),
            Why::Clock { .. } => "clock",
        }
    }

    /// What happened, for people.
    pub fn text(&self) -> String {
        match self {
            Why::Starting => "Publishing is being started.".to_owned(),
            Why::Witness => "The witness, which tells an older database from the newest, cannot be read.".to_owned(),
            Why::Database(held) => match held.why {
                HeldWhy::Restored => "The database was brought back from a backup. What went out since is not known here.".to_owned(),
                HeldWhy::Behind => {
                    "The database is older than its witness: it was brought back from a copy. What went out since is not known here."
                        .to_owned()
                }
            },
            Why::Clock { off_ms } => format!(
                "The clock that posts go out by is {} {} of what it should be, and nothing confirms it.",
                span(off_ms.abs()),
                if *off_ms < 0 { "behind" } else { "ahead" }
            ),
        }
    }

    /// What to do, for people.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Why::Starting => "Nothing to do.",
            Why::Witness => {
                "Give this server the right to read the file `database.witness_file`. If it is damaged and the database was not brought back from \
                 a copy, remove it."
            }
            Why::Database(_) => "An administrator of the installation runs `postrider recover`, or presses the button here.",
            Why::Clock { .. } => {
                "Turn time synchronisation on; it goes on by itself once that or two networks confirm the clock. If the clock is right, run \
                 `postrider recover --clock-is-right`, or press the button here."
            }
        }
    }
}

/// What an administrator is told of a witness that no server can write, and what to do.
pub const UNWITNESSED: (&str, &str) = (
    "The witness cannot be written: an older database that is brought back now would not be noticed, and posts could go out twice.",
    "Give the servers the right to write the file `database.witness_file` (without that setting `witness.json` in the media folder or the \
     bucket), and see that its disk is not full.",
);

fn span(ms: i64) -> String {
    match ms / 1_000 {
        seconds if seconds < 120 => format!("{seconds} seconds"),
        seconds if seconds < 7_200 => format!("{} minutes", seconds / 60),
        seconds => format!("{} hours", seconds / 3_600),
    }
}

/// The state of the hold, for all parts of the engine.
pub struct Hold {
    clock: Arc<Steady>,
    open: AtomicBool,
    beat_at_ms: AtomicI64,
    why: watch::Sender<Option<Why>>,
    known: Mutex<Mark>,
    asked: Notify,
    ahead_ms: Mutex<HashMap<Network, i64>>,
    memory: tokio::sync::Mutex<keeper::Memory>,
}

impl Hold {
    /// Held until the keeper has looked.
    pub fn new(clock: Arc<Steady>) -> Hold {
        Hold {
            clock,
            open: AtomicBool::new(false),
            beat_at_ms: AtomicI64::new(0),
            why: watch::Sender::new(Some(Why::Starting)),
            known: Mutex::default(),
            asked: Notify::new(),
            ahead_ms: Mutex::default(),
            memory: tokio::sync::Mutex::default(),
        }
    }

    /// Whether anything may be published now. Costs two readings of clocks.
    pub fn free(&self) -> bool {
        if mutant::on(Mutant::IgnoreHold) {
            return true;
        }
        if !self.open.load(Ordering::Acquire) {
            return false;
        }
        let since_ms = self.clock.now_ms() - self.beat_at_ms.load(Ordering::Relaxed);
        if self.clock.holds() && since_ms <= GAP_MS {
            return true;
        }
        self.asked.notify_one();
        false
    }

    /// The newest heartbeat that this process knows of: no promise is made in a database that has not come so far.
    pub fn known(&self) -> Mark {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn know(&self, mark: Mark) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = mark;
    }

    /// What holds publishing, if anything does.
    pub fn why(&self) -> Option<Why> {
        *self.why.borrow()
    }

    /// The same, to be followed.
    pub fn changes(&self) -> watch::Receiver<Option<Why>> {
        self.why.subscribe()
    }

    /// Waits until the keeper has looked for the first time, at most for so long.
    pub async fn settled(&self, most: Duration) {
        let mut why = self.why.subscribe();
        let looked = why.wait_for(|why| *why != Some(Why::Starting));
        // Whoever waited in vain goes on held.
        let _ = tokio::time::timeout(most, looked).await;
    }

    /// A promise was refused. If that is because this is not the database that was known, the keeper looks at once.
    pub async fn suspect(&self, db: &Db) {
        let Ok(stands) = pulse::read(db).await else { return };
        let known = self.known();
        if stands.held.is_some() || stands.incarnation != known.incarnation || stands.beat < known.beat {
            self.asked.notify_one();
        }
    }

    /// Something changed that the keeper should see at once: somebody recovered.
    pub fn look_again(&self) {
        self.asked.notify_one();
    }

    /// Notes what a network says the time is.
    pub fn note_date(&self, network: Network, answer: &Answer) {
        let Some(date_ms) = clock::date_ms(answer) else { return };
        let ahead_ms = date_ms - answer.at_ms;
        let ahead_ms = if ahead_ms.abs() < SAME_MS { 0 } else { ahead_ms };
        let mut all = self.ahead_ms.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(network, ahead_ms);
    }

    /// How far a network's clock is ahead of ours by its last answer, milliseconds; 0 if it is not known.
    pub fn network_ahead_ms(&self, network: Network) -> i64 {
        let all = self.ahead_ms.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&network).copied().unwrap_or(0)
    }

    /// What the wall clock says, right or wrong, UTC milliseconds.
    fn wall_ms(&self) -> i64 {
        self.clock.wall_ms()
    }

    fn shut(&self, why: Why) {
        self.open.store(false, Ordering::Release);
        self.why.send_replace(Some(why));
    }

    fn opened(&self, beat_at_ms: i64, offset_ms: i64) {
        self.beat_at_ms.store(beat_at_ms, Ordering::Relaxed);
        self.clock.trust(offset_ms);
        self.why.send_replace(None);
        self.open.store(true, Ordering::Release);
    }
}
