//! One run: the world of a seed from its beginning until nothing moves any more.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use postrider_core::Network;
use postrider_core::delivery::State;
use postrider_core::ids::DeliveryId;
use postrider_engine::clock::Clock;
use postrider_engine::hold::Mark;
use postrider_engine::{Bounds, Engine, Parts, Timing};
use postrider_sandbox::Sandbox;
use postrider_store::{Db, args};
use tokio::sync::RwLock;

use crate::by_hand;
use crate::cell::Cell;
use crate::commits::Commits;
use crate::coverage::Hits;
use crate::dice::Dice;
use crate::judge::{BLINDING, Judge, Violation, WORKS};
use crate::life::Life;
use crate::media::{Addresses, MediaShelf};
use crate::people::People;
use crate::plan::{ENDLESS_MS, Plan, PlannedLife};
use crate::template::{self, BEGIN_MS, Template};
use crate::time::{SeededEntropy, Truth, WorkerClock};
use crate::upheaval::{self, Remembered};
use crate::weather::{Trouble, Weather};
use crate::wire::{Networks, SLOW_MS, SimulatedWire};

/// Within so long after the weather is calm, or after its instant, every delivery has ended, milliseconds.
const LIVELY_MS: i64 = 30 * 60_000;
/// How long a doubt is looked into before a person is asked, milliseconds.
const ALL_LOOKS_MS: i64 = 75 * 60_000;
/// How often it is looked whether anything still moves.
pub const LOOK_PAUSE_MS: i64 = 20_000;
/// What a network asked to wait for is waited for so long at most, milliseconds.
const NAMED_WAIT_MS: i64 = 3 * 3_600_000;
/// How often a worker reads the due index unasked, milliseconds: a replica's writes wake nobody here. One that is alone wakes itself.
const POLL_MS: i64 = 30_000;
const ALONE_POLL_MS: i64 = 300_000;
/// How often leftovers are looked for, milliseconds: nobody waits for it, and most looks find none.
const LEFTOVERS_MS: u64 = 120_000;

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Which.
    pub seed: u64,
    /// The kind of its posts.
    pub cell: Cell,
    /// How many deliveries.
    pub deliveries: u64,
    /// What went wrong on purpose, how often.
    pub faults: BTreeMap<&'static str, u64>,
    /// Which trouble met which step.
    pub hits: Hits,
    /// How deliveries ended.
    pub ends: BTreeMap<String, u64>,
    /// Promises that were broken.
    pub violations: Vec<Violation>,
    /// Of everything that came out: the same seed gives the same.
    pub digest: u64,
}

/// Everything of a run that its tasks share.
pub struct World {
    template: Arc<Template>,
    /// What is to happen.
    pub plan: Plan,
    /// True time.
    pub truth: Arc<Truth>,
    /// The way to the networks.
    pub networks: Arc<Networks>,
    /// The rows, past all gates.
    pub db: Db,
    /// What everybody committed.
    pub commits: Arc<Commits>,
    seed: u64,
    /// Each worker's machine's clock, which outlives the worker.
    pub clocks: Vec<Arc<WorkerClock>>,
    /// Engines at work, which people's acts wake, and their lives.
    engines: Mutex<BTreeMap<usize, (Engine, Arc<Life>)>>,
    /// Whoever starts a worker goes through here.
    pub doors: RwLock<()>,
    witness: Arc<Mutex<Option<Mark>>>,
    /// When somebody recovered, UTC milliseconds; 0 before.
    pub recovered_at_ms: AtomicI64,
}

/// Runs a seed on the database, which is made what the template says.
///
/// # Errors
/// If the simulation itself fails.
pub async fn run(seed: u64, template: &Arc<Template>, db: &Db) -> anyhow::Result<Outcome> {
    db.restore_image(&template.image).await?;
    let plan = Plan::of(seed, template);
    if let Some(ends_at) = plan.accesses_end_at {
        db.run(ENDS_AT, args![ends_at]).await?;
    }
    let truth = Truth::begin(BEGIN_MS);
    let commits = Arc::new(Commits::default());
    let sandbox = template::sandbox(1, BEGIN_MS, db);
    sandbox.world().with(|state| {
        for token in &template.tokens {
            state.put_token(token.clone());
        }
    });
    sandbox.world().change_settings(|settings| {
        settings.processing_ms = plan.processing_ms;
        settings.list_lag_ms = plan.list_lag_ms;
    });
    let weather = Arc::new(Weather::of(&plan, truth.clone()));
    let world = Arc::new(World {
        template: template.clone(),
        networks: Arc::new(Networks {
            router: sandbox.router(),
            sandbox: sandbox.clone(),
            accesses_of: accesses_of(plan.cell.network),
            hosts: hosts(plan.cell.network),
            on_the_way: plan.on_the_way,
            budget_ms: Timing::default().commit_budget_ms,
            weather: weather.clone(),
            hits: Mutex::default(),
            under_way: Default::default(),
            held: Default::default(),
            sent_while_held: Default::default(),
            renewal_refused: Default::default(),
            dice: Mutex::new(Dice::of(seed, "way")),
        }),
        clocks: plan
            .clocks
            .iter()
            .map(|offs| {
                let off_ms = offs.first().map_or(0, |(_, off_ms)| *off_ms);
                Arc::new(WorkerClock::new(truth.clone(), off_ms, plan.upheaval.vouched))
            })
            .collect(),
        truth: truth.clone(),
        db: db.clone(),
        commits: commits.clone(),
        plan,
        seed,
        engines: Mutex::default(),
        doors: RwLock::default(),
        witness: Arc::default(),
        recovered_at_ms: AtomicI64::new(0),
    });
    let people = Arc::new(People {
        db: db.gated(commits.open()),
        template: template.clone(),
        truth,
        entropy: SeededEntropy::new(Dice::of(seed, "people")),
        sandbox: sandbox.clone(),
        known: Mutex::default(),
    });
    let mut ids = Vec::new();
    for post in &world.plan.posts {
        ids.push(people.schedule(post).await?);
    }
    let workers: Vec<_> = (0..world.plan.workers.len())
        .map(|number| tokio::spawn(lives(world.clone(), number)))
        .collect();
    let acts = tokio::spawn(act(world.clone(), people.clone(), ids.clone()));
    let back = tokio::spawn(upheaval::bring_back(world.clone(), people.clone()));
    let mut others = vec![
        tokio::spawn(step_clocks(world.clone())),
        tokio::spawn(upheaval::set_clocks(world.clone())),
    ];
    if let Some(at) = world.plan.by_hand_at {
        others.push(tokio::spawn(post_by_hand(world.clone(), at)));
    }
    settle(&world, &people).await?;
    // Nothing is settled before the last act.
    acts.await??;
    back.await??;
    for task in workers.into_iter().chain(others) {
        task.abort();
    }
    let judge = Judge {
        plan: &world.plan,
        people: &people,
        world: &world,
        sandbox: &sandbox,
        weather: &weather,
    };
    let (violations, ends) = judge.judge().await?;
    let hits = world
        .networks
        .hits
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .clone();
    Ok(Outcome {
        seed,
        cell: world.plan.cell,
        deliveries: ids.len() as u64,
        faults: weather.counts(),
        digest: digest(&sandbox, &ends, &weather),
        hits,
        ends,
        violations,
    })
}

/// The networks whose accesses are those of a network's channels: Instagram's belong to Facebook where a Page stands behind them.
fn accesses_of(network: Network) -> Vec<Network> {
    match network {
        Network::Instagram => vec![Network::Instagram, Network::Facebook],
        network => vec![network],
    }
}

fn hosts(network: Network) -> &'static [&'static str] {
    template::registry().of(network).map_or(&[], |adapter| adapter.capability().hosts)
}

/// The lives of one worker, one after the other; the last does not end by itself.
async fn lives(world: Arc<World>, number: usize) {
    let planned = world.plan.workers[number].clone();
    let mut life = 0;
    loop {
        let of_plan = planned.get(life).copied().unwrap_or_default();
        drop(world.doors.read().await);
        upheaval::before_start(&world, number);
        live(&world, number, of_plan, &format!("life {life} of worker {number}")).await;
        tokio::time::sleep(Duration::from_millis(of_plan.gone_ms)).await;
        life += 1;
    }
}

async fn live(world: &Arc<World>, number: usize, planned: PlannedLife, purpose: &str) {
    let life = Arc::new(Life::new(planned, Dice::of(world.seed, purpose), world.networks.weather.clone()));
    let clock = world.clocks[number].clone();
    let wire = SimulatedWire {
        networks: world.networks.clone(),
        life: life.clone(),
        clock: clock.clone(),
    };
    let now = clock.clone();
    let transport = world.template.http.over(
        Arc::new(wire),
        Arc::new(MediaShelf),
        Arc::new(move || now.now_ms()),
        template::drawn(world.seed, &format!("proofs of {purpose}")),
    );
    let registry = template::registry();
    let db = world.db.gated(world.commits.before(life.clone()));
    let engine = Engine::new(Parts {
        db: db.clone(),
        apps: template::apps(&registry),
        registry,
        transport: Arc::new(transport),
        keyring: world.template.vault.clone(),
        media: Arc::new(Addresses(db)),
        clock,
        entropy: Arc::new(SeededEntropy::new(Dice::of(world.seed, &format!("ids of {purpose}")))),
        witness: Arc::new(Remembered {
            mark: world.witness.clone(),
            life: life.clone(),
        }),
        timing: Timing {
            poll_ms: if world.plan.workers.len() > 1 { POLL_MS } else { ALONE_POLL_MS },
            leftovers_ms: LEFTOVERS_MS,
            ..Timing::default()
        },
        bounds: Bounds::default(),
    });
    let running = engine.start();
    world.with_engines(|engines| engines.insert(number, (engine, life.clone())));
    life.over().await;
    world.with_engines(|engines| engines.remove(&number));
    // What it had under way hangs for ever, as a dead process's does; its timers must not go on.
    tokio::spawn(running.stop());
}

impl World {
    fn with_engines<T>(&self, work: impl FnOnce(&mut BTreeMap<usize, (Engine, Arc<Life>)>) -> T) -> T {
        work(&mut self.engines.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// What the witness saw last.
    pub fn witnessed(&self) -> Option<Mark> {
        *self.witness.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Ends every worker's life.
    pub fn end_all(&self) {
        self.with_engines(|engines| engines.values().for_each(|(_, life)| life.end()));
    }

    /// Waits for an instant, UTC milliseconds of the truth.
    pub async fn sleep_until(&self, at_ms: i64) {
        let ahead_ms = u64::try_from(at_ms - self.truth.now_ms()).unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(ahead_ms)).await;
    }
}

/// People do what is planned, each thing at its time; what is refused is refused.
async fn act(world: Arc<World>, people: Arc<People>, ids: Vec<DeliveryId>) -> anyhow::Result<()> {
    for act in &world.plan.acts {
        world.sleep_until(act.at).await;
        if people.perform(act, ids[act.post]).await.with_context(|| format!("{act:?}"))? {
            world.with_engines(|engines| engines.values().for_each(|(engine, _)| engine.wake()));
        }
    }
    Ok(())
}

/// Sets the workers' clocks, each at its time.
async fn step_clocks(world: Arc<World>) {
    let mut steps: Vec<(i64, usize, i64)> = Vec::new();
    for (number, offs) in world.plan.clocks.iter().enumerate() {
        steps.extend(offs.iter().skip(1).map(|(at, off_ms)| (*at, number, *off_ms)));
    }
    steps.sort_unstable();
    for (at, number, off_ms) in steps {
        world.sleep_until(at).await;
        world.clocks[number].step(off_ms);
        world.networks.weather.count("clock_stepped");
    }
}

async fn post_by_hand(world: Arc<World>, at: i64) {
    world.sleep_until(at).await;
    by_hand::post(&world.networks.sandbox, &world.plan.posts[0]);
    world.networks.weather.count("posted_by_hand");
}

const ENDS_AT: &str = "UPDATE grants SET expires_at = $1 WHERE expires_at IS NOT NULL";
const MOVING: &str = "SELECT id, state, wake_at FROM deliveries ORDER BY id";

/// Waits until nothing moves any more. Who is asked about a doubt looks at the account and says what is there.
async fn settle(world: &Arc<World>, people: &People) -> anyhow::Result<()> {
    let last_due = world
        .plan
        .posts
        .iter()
        .map(|post| post.due_at)
        .chain(world.plan.acts.iter().map(|act| act.due_at))
        .max();
    let begin = world.plan.calm_from_ms.max(last_due.unwrap_or(0));
    let away: u64 = world.plan.workers.iter().flatten().map(PlannedLife::away_ms).sum();
    let end_ms = begin + LIVELY_MS + i64::try_from(away).unwrap_or(0);
    let last_act = world.plan.acts.iter().map(|act| act.at).max().unwrap_or(0);
    let (mut rows, mut rows_of) = (Vec::new(), None);
    loop {
        let now_ms = world.truth.now_ms();
        let commits = Some(world.commits.count());
        if rows_of != commits {
            rows = people.db.read(MOVING, args![]).await?;
            rows_of = commits;
        }
        let mut named_wait_ms = 0;
        let recovered_ms = world.recovered_at_ms.load(Ordering::Relaxed);
        let to_recover = world.plan.upheaval.brought_back.is_some() && recovered_ms == 0;
        let mut moves = to_recover || now_ms <= last_act || world.networks.under_way.load(Ordering::Relaxed) > 0;
        for row in &rows {
            let (wake_at, state) = (row.opt_int("wake_at")?, row.id::<State>("state")?);
            moves |= wake_at.is_some();
            if state == State::Deferred {
                named_wait_ms = named_wait_ms.max(wake_at.unwrap_or(0) + LOOK_PAUSE_MS - end_ms);
            }
            if wake_at.is_none() && state == State::InDoubt {
                moves = true;
                people.asked(row.id("id")?).await;
                world.with_engines(|engines| engines.values().for_each(|(engine, _)| engine.wake()));
            }
        }
        let endless = world.networks.weather.counts().contains_key("processing_endless");
        let end_ms = end_ms.max(if recovered_ms > 0 {
            // What stands is looked for, and then what became of what an older database took for prepared.
            recovered_ms + LIVELY_MS + 2 * ALL_LOOKS_MS
        } else {
            0
        });
        // What was committed as the last of all is worked on from then on.
        let slow = world.networks.weather.saw(Trouble::ProcessingSlow);
        let end_ms = end_ms + if slow { i64::try_from(SLOW_MS[1]).unwrap_or(0) } else { 0 };
        // X says when its limit is over, or it takes hours (its fact sheet, section 6).
        let takes_hours = world.plan.cell.network == Network::X && world.networks.weather.saw(Trouble::TooManyWithoutTime);
        let end_ms = end_ms + if takes_hours { NAMED_WAIT_MS + ALL_LOOKS_MS } else { 0 };
        // Pictures that TikTok does not list for an hour are asked of a person, and may then go out once more.
        let unlisted = world.plan.cell.is_listed_late() && WORKS.iter().any(|trouble| world.networks.weather.saw(*trouble));
        let end_ms = end_ms + if unlisted { LIVELY_MS + ALL_LOOKS_MS } else { 0 };
        let mut end_ms = end_ms + named_wait_ms.min(NAMED_WAIT_MS) + if endless { i64::try_from(ENDLESS_MS).unwrap_or(0) } else { 0 };
        if world.plan.has_equal() || world.plan.by_hand_at.is_some() || BLINDING.iter().any(|trouble| world.networks.weather.saw(*trouble))
        {
            // What an equal post of somebody else's hides, or nobody may read, is asked of a person once all looks are over.
            // Of equal ones the second is sent once the first is out of doubt.
            end_ms += ALL_LOOKS_MS * i64::try_from(world.plan.posts.len()).unwrap_or(1);
        }
        if !moves || now_ms > end_ms && !to_recover {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(LOOK_PAUSE_MS.unsigned_abs())).await;
    }
}

fn digest(sandbox: &Sandbox, ends: &BTreeMap<String, u64>, weather: &Weather) -> u64 {
    let mut hasher = DefaultHasher::new();
    ends.hash(&mut hasher);
    weather.counts().hash(&mut hasher);
    for entry in sandbox.world().log.since(0, false) {
        (entry.at_us, entry.operation, entry.status).hash(&mut hasher);
    }
    hasher.finish()
}
