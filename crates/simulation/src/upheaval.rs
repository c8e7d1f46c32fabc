//! What happens to the installation as a whole: an older database is brought back, a machine's clock is set wrong.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use postrider_engine::hold::{Mark, Witness};
use postrider_store::pulse::{self, Held, HeldWhy};

use crate::dice::Dice;
use crate::life::Life;
use crate::people::People;
use crate::plan::PlannedPost;
use crate::run::World;
use crate::template::BEGIN_MS;

const MINUTE_MS: i64 = 60_000;
/// In so many runs of a thousand, of those that may, an older database is brought back.
const BROUGHT_BACK_IN_THOUSAND: u64 = 150;
/// In so many runs of a thousand, of those that may, clocks are set wrong.
const JUMPS_IN_THOUSAND: u64 = 150;
/// From so far on a process that is only just started notices that the clock is ahead, milliseconds (publishing.md rule 13).
const NOTICED_AT_START_MS: i64 = 3_600_000 + MINUTE_MS;
/// How long it takes at most until the servers notice that a database is older than its witness, milliseconds: workers may be gone first.
const NOTICED_WITHIN_MS: i64 = 8 * 3_600_000;

/// An older database that is brought back.
#[derive(Debug, Clone, Copy)]
pub struct BroughtBack {
    /// When it is copied, UTC milliseconds.
    pub copied_at: i64,
    /// When it is brought back, UTC milliseconds.
    pub at: i64,
    /// Whether by Postrider's own command, which says so; else only the witness tells.
    pub said: bool,
    /// How long after that is known somebody recovers, milliseconds.
    pub recovered_in_ms: i64,
}

/// A clock that is set wrong.
#[derive(Debug, Clone, Copy)]
pub struct Jump {
    /// Whose.
    pub worker: usize,
    /// When, UTC milliseconds.
    pub at: i64,
    /// By how much, milliseconds.
    pub by_ms: i64,
    /// When it is put right, UTC milliseconds.
    pub right_at: i64,
}

/// What a run has of it.
#[derive(Debug, Clone, Default)]
pub struct Upheaval {
    /// An older database.
    pub brought_back: Option<BroughtBack>,
    /// Clocks.
    pub jumps: Vec<Jump>,
    /// Whether time synchronisation vouches for the clocks while they are right; else networks say the time.
    pub vouched: bool,
}

impl Upheaval {
    /// Drawn for posts and so many workers.
    pub fn of(seed: u64, posts: &[PlannedPost], workers: usize, much_later: bool) -> Upheaval {
        let mut dice = Dice::of(seed, "upheaval");
        // Nothing but a fence helps against a call that arrives much later, and there is none around what an older database prepares anew.
        let older = dice.in_thousand(BROUGHT_BACK_IN_THOUSAND) && !much_later;
        let jumps = dice.in_thousand(JUMPS_IN_THOUSAND);
        Upheaval {
            brought_back: older.then(|| brought_back(&mut dice, posts)),
            jumps: if jumps {
                clock_jumps(&mut dice, posts, workers)
            } else {
                Vec::new()
            },
            vouched: dice.in_thousand(500),
        }
    }
}

fn brought_back(dice: &mut Dice, posts: &[PlannedPost]) -> BroughtBack {
    // Little before a post goes out, so that the copy does not know.
    let before = dice.pick(posts).due_at - dice.between(-2_000, 2 * MINUTE_MS);
    let copied_at = before.max(BEGIN_MS + 1_000);
    let since_ms = *dice.pick(&[
        20_000,
        2 * MINUTE_MS,
        2 * MINUTE_MS,
        10 * MINUTE_MS,
        10 * MINUTE_MS,
        200 * MINUTE_MS,
    ]);
    BroughtBack {
        copied_at,
        at: copied_at + dice.between(since_ms / 2, since_ms),
        said: dice.in_thousand(300),
        recovered_in_ms: *dice.pick(&[5_000, MINUTE_MS, MINUTE_MS, 15 * MINUTE_MS, 200 * MINUTE_MS]),
    }
}

fn clock_jumps(dice: &mut Dice, posts: &[PlannedPost], workers: usize) -> Vec<Jump> {
    let worker = usize::try_from(dice.below(workers as u64)).unwrap_or(0);
    let mut jumps = Vec::new();
    let mut from = BEGIN_MS;
    for _ in 0..dice.below(3) + 1 {
        let near = dice.pick(posts).due_at - dice.between(-2_000, 3 * MINUTE_MS);
        let at = near.max(from + 10_000);
        let size_ms = *dice.pick(&[2 * MINUTE_MS, 20 * MINUTE_MS, 70 * MINUTE_MS, 5 * 60 * MINUTE_MS]);
        let right_at = at + dice.between(5_000, 10 * MINUTE_MS);
        jumps.push(Jump {
            worker,
            at,
            by_ms: if dice.in_thousand(600) { size_ms } else { -size_ms },
            right_at,
        });
        from = right_at;
    }
    jumps
}

/// The witness of a run: no worker's death and no older database changes it.
pub struct Remembered {
    /// What all lives of all workers share.
    pub mark: Arc<Mutex<Option<Mark>>>,
    /// Whose words it takes.
    pub life: Arc<Life>,
}

impl Witness for Remembered {
    fn read(&self) -> BoxFuture<'_, std::io::Result<Option<Mark>>> {
        async { Ok(*self.mark.lock().unwrap_or_else(PoisonError::into_inner)) }.boxed()
    }

    fn write(&self, mark: Mark) -> BoxFuture<'_, std::io::Result<()>> {
        async move {
            if self.life.is_over() {
                return Err(std::io::Error::other("this worker is dead"));
            }
            *self.mark.lock().unwrap_or_else(PoisonError::into_inner) = Some(mark);
            Ok(())
        }
        .boxed()
    }
}

/// Copies the database, later ends all workers and brings it back, and recovers once publishing is held.
///
/// # Errors
/// If the database itself fails.
pub async fn bring_back(world: Arc<World>, people: Arc<People>) -> anyhow::Result<()> {
    let Some(planned) = world.plan.upheaval.brought_back else {
        return Ok(());
    };
    world.sleep_until(planned.copied_at).await;
    let db = world.db.gated(world.commits.open());
    let (image, copied) = (world.db.image().await?, people.copied().await?);
    let copied_pulse = pulse::read(&world.db).await?;
    world.sleep_until(planned.at).await;
    {
        let _nobody_starts = world.doors.write().await;
        world.end_all();
        world.db.restore_image(&image).await?;
        world.commits.changed();
        people.brought_back(&copied);
        world.networks.weather.count("brought_back");
        let stood = Mark {
            incarnation: copied_pulse.incarnation,
            beat: copied_pulse.beat,
        };
        let noticed = world.witnessed().is_some_and(|seen| seen > stood) && stood.incarnation > 0;
        // A copy that no heartbeat is missing of is known by nobody but who brought it back (docs/backup.md).
        if planned.said || !noticed {
            let mut tx = db.begin().await?;
            let held = Held {
                why: HeldWhy::Restored,
                since_ms: planned.copied_at,
                at_ms: world.truth.now_ms(),
            };
            pulse::hold(&mut tx, held).await?;
            tx.commit().await?;
        }
        world.networks.held.store(true, Ordering::Relaxed);
    }
    let give_up_at = world.truth.now_ms() + NOTICED_WITHIN_MS;
    let since_ms = loop {
        if let Some(held) = pulse::read(&world.db).await?.held {
            break held.since_ms;
        }
        if world.truth.now_ms() > give_up_at {
            break planned.copied_at;
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    };
    world.sleep_until(world.truth.now_ms() + planned.recovered_in_ms).await;
    world.networks.held.store(false, Ordering::Relaxed);
    let now_ms = world.truth.now_ms();
    let mut tx = db.begin().await?;
    pulse::recover(&mut tx, since_ms, now_ms, None).await?;
    tx.commit().await?;
    world.recovered_at_ms.store(now_ms, Ordering::Relaxed);
    world.networks.weather.count("recovered");
    Ok(())
}

/// Sets clocks wrong, and right again.
pub async fn set_clocks(world: Arc<World>) {
    for jump in &world.plan.upheaval.jumps {
        world.sleep_until(jump.at).await;
        world.clocks[jump.worker].jump(jump.by_ms);
        world.networks.weather.count(if jump.by_ms > 0 {
            "clock_jumped_ahead"
        } else {
            "clock_jumped_back"
        });
        world.sleep_until(jump.right_at).await;
        world.clocks[jump.worker].jump(0);
    }
}

/// Before a worker is started: a clock that is ahead by less than what is noticed then has been put right (docs/reliability.md).
pub fn before_start(world: &World, worker: usize) {
    let clock = &world.clocks[worker];
    // Nor is any noticed where no heart has ever beaten.
    let first = world.witnessed().is_none() && clock.jumped_ms() != 0;
    if first || (1..NOTICED_AT_START_MS).contains(&clock.jumped_ms()) {
        clock.jump(0);
    }
}
