//! Looks after the heartbeat: compares database, witness and clocks, and frees or holds publishing.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use postrider_core::ids::NotificationId;
use postrider_core::mutant::{self, Mutant};
use postrider_store::StoreError;
use postrider_store::db::Tx;
use postrider_store::pulse::{self, Held, HeldWhy, Pulse};
use tokio::sync::MutexGuard;
use tokio_util::sync::CancellationToken;

use super::{BEAT_MS, GAP_MS, HELD_PAUSE, Mark, Why, clock};
use crate::shared::Shared;

/// How often a clock that nobody confirmed is asked about again, in looks: networks are not asked every second.
const CLOCK_LOOKS: u32 = 15;

/// What is remembered from look to look.
#[derive(Default)]
pub struct Memory {
    /// Wall less boot clock when both were last right, or at the first look.
    offset_ms: Option<i64>,
    /// What the operator had confirmed when the clock came under suspicion.
    confirmed_before_ms: Option<i64>,
    clock_looks: u32,
    /// That publishing is held for the clock is stored, and the administrators know.
    clock_told: bool,
    /// The witness could not be written after the last beat.
    unwitnessed: bool,
}

struct Keeper<'a> {
    shared: &'a Arc<Shared>,
    memory: MutexGuard<'a, Memory>,
}

/// Looks once, beats, and frees or holds publishing. Says whether the database answered.
pub async fn look(shared: &Arc<Shared>) -> bool {
    let mut keeper = Keeper {
        shared,
        memory: shared.hold.memory.lock().await,
    };
    let was = shared.hold.why();
    let looked = keeper.look().await;
    if let Err(error) = &looked {
        tracing::warn!(%error, "the heartbeat could not be written");
    }
    let is = shared.hold.why();
    if was != is {
        told(shared, was, is);
    }
    looked.is_ok()
}

/// Looks for a server that publishes nothing: what the database says of itself, for the page. Its clock fires nothing, its heart does
/// not beat. Says whether the database answered.
async fn look_on(shared: &Arc<Shared>) -> bool {
    let read = pulse::read(&shared.db).await;
    let answered = read.is_ok();
    match read {
        Ok(Pulse { held: Some(held), .. }) => shared.hold.shut(Why::Database(held)),
        Ok(Pulse {
            clock_off_ms: Some(off_ms),
            ..
        }) => shared.hold.shut(Why::Clock { off_ms }),
        Ok(_) => {
            let now_ms = shared.hold.wall_ms();
            shared.hold.opened(now_ms, now_ms - shared.clock.boot_ms());
        }
        Err(error) => tracing::warn!(%error, "the heartbeat could not be read"),
    }
    answered
}

/// Runs until `stop`.
pub async fn run(shared: Arc<Shared>, publishes: bool, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let answered = if publishes { look(&shared).await } else { look_on(&shared).await };
        // A beat that is missed for as long as two are apart would make overdue posts doubtful.
        let pause = if answered && shared.hold.why().is_none() {
            Duration::from_millis(BEAT_MS.unsigned_abs())
        } else {
            HELD_PAUSE
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = shared.hold.asked.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn told(shared: &Arc<Shared>, was: Option<Why>, is: Option<Why>) {
    match is {
        Some(why) => tracing::error!(why = why.key(), "publishing is held: {} {}", why.text(), why.remedy()),
        None => {
            if was != Some(Why::Starting) {
                tracing::info!("publishing is free again");
            }
            shared.wake.notify_one();
        }
    }
}

impl Keeper<'_> {
    async fn look(&mut self) -> Result<(), StoreError> {
        let shared = Arc::clone(self.shared);
        // From the first look on, also one that fails: a clock that is set before one succeeds is noticed. Held for long, the clock may be
        // set meanwhile, too: that is seen once somebody has recovered.
        let offset_ms = shared.hold.wall_ms() - shared.clock.boot_ms();
        self.memory.offset_ms.get_or_insert(offset_ms);
        // Before the database is read: another server may beat in between, and write what it has beaten.
        let known = shared.hold.known();
        let seen = match shared.witness.read().await {
            Ok(seen) => seen.max(Some(known)),
            // What this process has seen itself says the same, unless another server has come further.
            Err(error) if known.incarnation > 0 => {
                tracing::warn!(%error, "the witness cannot be read");
                Some(known)
            }
            Err(error) => {
                tracing::error!(%error, "the witness cannot be read");
                shared.hold.shut(Why::Witness);
                return Ok(());
            }
        };
        let pulse = pulse::read(&shared.db).await?;
        let stood = Mark {
            incarnation: pulse.incarnation,
            beat: pulse.beat,
        };
        let held = match pulse.held {
            Some(held) => Some(held),
            None => self.behind(&pulse, stood, seen).await?,
        };
        if let Some(held) = held {
            shared.hold.shut(Why::Database(held));
            return Ok(());
        }
        let (now_ms, boot_ms) = (shared.hold.wall_ms(), shared.clock.boot_ms());
        if let Some(off_ms) = clock::suspicion(now_ms, boot_ms, self.memory.offset_ms, pulse.beat_at_ms)
            && !self.confirmed(&pulse).await
        {
            let why = Why::Clock { off_ms };
            shared.hold.shut(why);
            if !self.memory.clock_told {
                let mut tx = shared.db.begin().await?;
                pulse::doubt_clock(&mut tx, off_ms).await?;
                self.tell(&mut tx, why, now_ms).await?;
                tx.commit().await?;
                self.memory.clock_told = true;
            }
            return Ok(());
        }
        self.memory.clock_told = false;
        self.memory.confirmed_before_ms = None;
        self.memory.clock_looks = 0;
        // Confirming may have taken a while.
        let (now_ms, boot_ms) = (shared.hold.wall_ms(), shared.clock.boot_ms());
        let mut tx = shared.db.begin().await?;
        if pulse.beat_at_ms > 0 && now_ms - pulse.beat_at_ms > GAP_MS {
            let marked = pulse::mark_gap(&mut tx, pulse.beat_at_ms, now_ms, now_ms - GAP_MS).await?;
            tracing::info!(
                gap_s = (now_ms - pulse.beat_at_ms) / 1_000,
                overdue = marked,
                "the heart did not beat for a while; what is overdue is looked for before it is sent"
            );
        }
        let beaten = pulse::beat(&mut tx, now_ms, !self.memory.unwitnessed).await?;
        tx.commit().await?;
        // Held by somebody else just now: the next look sees it.
        let Some(beaten) = beaten else { return Ok(()) };
        let mark = Mark {
            incarnation: beaten.incarnation,
            beat: beaten.beat,
        };
        if mark <= stood {
            // Brought back since it was read: the next look sees it, and the witness keeps what it knows.
            shared.hold.know(stood);
            shared.hold.look_again();
            return Ok(());
        }
        shared.hold.know(mark);
        let written = shared.witness.write(mark).await;
        if let Err(error) = &written {
            tracing::warn!(%error, "the witness could not be written; an older database would not be noticed");
        }
        self.memory.unwitnessed = written.is_err();
        // While it is free the boot clock's distance stays as it was: a clock that creeps away is noticed, too.
        let offset_ms = match self.memory.offset_ms {
            Some(offset_ms) if shared.hold.open.load(Ordering::Relaxed) && (now_ms - boot_ms - offset_ms).abs() <= super::PARTED_MS_MAX => {
                offset_ms
            }
            _ => now_ms - boot_ms,
        };
        self.memory.offset_ms = Some(offset_ms);
        shared.hold.opened(now_ms, offset_ms);
        Ok(())
    }

    /// Whether the witness knows of more than the database; then that is noted in the database, for all servers.
    async fn behind(&self, pulse: &Pulse, stands: Mark, seen: Option<Mark>) -> Result<Option<Held>, StoreError> {
        let shared = self.shared;
        if seen.is_none_or(|seen| seen <= stands) || mutant::on(Mutant::IgnoreWitness) {
            return Ok(None);
        }
        let since_ms = if pulse.incarnation == 0 {
            // A copy of before there were heartbeats; or a new database, which remembers nothing that could go out twice.
            let Some(newest_ms) = pulse::newest(&shared.db).await? else {
                return Ok(None);
            };
            newest_ms
        } else {
            pulse.beat_at_ms
        };
        let now_ms = shared.now_ms();
        let held = Held {
            why: HeldWhy::Behind,
            since_ms,
            at_ms: now_ms,
        };
        let mut tx = shared.db.begin().await?;
        if pulse::hold(&mut tx, held).await? {
            self.tell(&mut tx, Why::Database(held), now_ms).await?;
        }
        tx.commit().await?;
        Ok(pulse::read(&shared.db).await?.held)
    }

    /// Tells the administrators, in the transaction that holds.
    async fn tell(&self, tx: &mut Tx, why: Why, now_ms: i64) -> Result<(), StoreError> {
        let new_id = || NotificationId::new(now_ms, self.shared.entropy.ten());
        pulse::tell_admins(
            tx,
            &format!("Nothing is published. {} {}", why.text(), why.remedy()),
            now_ms,
            &new_id,
        )
        .await
    }

    /// Whether a clock under suspicion is right after all.
    async fn confirmed(&mut self, pulse: &Pulse) -> bool {
        let before_ms = *self.memory.confirmed_before_ms.get_or_insert(pulse.clock_confirmed_at_ms);
        if pulse.clock_confirmed_at_ms != before_ms {
            return true;
        }
        let asks = self.memory.clock_looks.is_multiple_of(CLOCK_LOOKS);
        self.memory.clock_looks += 1;
        asks && clock::confirmed(self.shared).await
    }
}
