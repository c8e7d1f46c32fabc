//! One run: the world of a seed from its beginning until nothing moves any more.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use postrider_core::delivery::{Event, State};
use postrider_core::ids::DeliveryId;
use postrider_engine::clock::Clock;
use postrider_engine::{Bounds, Engine, Parts, Timing};
use postrider_sandbox::Sandbox;
use postrider_store::Db;

use crate::coverage::Hits;
use crate::dice::Dice;
use crate::judge::{Judge, Violation, standing};
use crate::life::Life;
use crate::media::MediaShelf;
use crate::people::People;
use crate::plan::Plan;
use crate::template::{self, BEGIN_MS, Template};
use crate::time::{SeededEntropy, Truth, WorkerClock};
use crate::weather::Weather;
use crate::wire::{Networks, SimulatedWire};

/// Within so long after the weather is calm, or after its instant, every delivery has ended, milliseconds.
const LIVELY_MS: i64 = 30 * 60_000;
/// How often it is looked whether anything still moves.
const LOOK_PAUSE: Duration = Duration::from_secs(20);
/// How often a worker reads the due index unasked, milliseconds: a replica's writes wake nobody here.
const POLL_MS: i64 = 15_000;

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Which.
    pub seed: u64,
    /// The kind of its posts.
    pub cell: String,
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

struct World {
    template: Arc<Template>,
    plan: Plan,
    truth: Arc<Truth>,
    networks: Arc<Networks>,
    db: Db,
    seed: u64,
}

/// Runs a seed on the database, which is made what the template says.
///
/// # Errors
/// If the simulation itself fails.
pub async fn run(seed: u64, template: &Arc<Template>, db: &Db) -> anyhow::Result<Outcome> {
    db.restore_image(&template.image).await?;
    let plan = Plan::of(seed, template);
    let truth = Truth::begin(BEGIN_MS);
    let sandbox = template::sandbox(1, BEGIN_MS);
    sandbox.world().with(|state| {
        for token in &template.tokens {
            state.put_token(token.clone());
        }
    });
    sandbox.world().change_settings(|settings| {
        settings.processing_ms = plan.processing_ms;
        settings.list_lag_ms = plan.list_lag_ms;
    });
    let weather = Arc::new(Weather::new(truth.clone(), plan.calm_from_ms, plan.trouble, plan.busy));
    let world = Arc::new(World {
        template: template.clone(),
        networks: Arc::new(Networks {
            router: sandbox.router(),
            weather: weather.clone(),
            hits: Mutex::default(),
            under_way: Default::default(),
            dice: Mutex::new(Dice::of(seed, "way")),
        }),
        truth: truth.clone(),
        db: db.clone(),
        plan,
        seed,
    });
    let people = Arc::new(People {
        db: db.clone(),
        template: template.clone(),
        truth,
        entropy: SeededEntropy::new(Dice::of(seed, "people")),
        known: Mutex::default(),
    });
    let mut ids = Vec::new();
    for post in &world.plan.posts {
        ids.push(people.schedule(post).await?);
    }
    let workers: Vec<_> = (0..world.plan.workers.len())
        .map(|number| tokio::spawn(lives(world.clone(), number)))
        .collect();
    let acting = tokio::spawn(act(world.clone(), people.clone(), ids.clone()));
    settle(&world, &people, &sandbox, &ids).await?;
    acting.abort();
    for worker in workers {
        worker.abort();
    }
    let judge = Judge {
        plan: &world.plan,
        people: &people,
        sandbox: &sandbox,
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
        cell: world.plan.cell.name(),
        deliveries: ids.len() as u64,
        faults: weather.counts(),
        digest: digest(&sandbox, &ends, &weather),
        hits,
        ends,
        violations,
    })
}

/// The lives of one worker, one after the other; the last does not end by itself.
async fn lives(world: Arc<World>, number: usize) {
    let ends = world.plan.workers[number].clone();
    let mut life = 0;
    loop {
        let dies_at = ends.get(life).map(|(crossing, _)| *crossing);
        let purpose = format!("life {life} of worker {number}");
        live(&world, number, dies_at, &purpose).await;
        let gone_ms = ends.get(life).map_or(0, |(_, gone_ms)| *gone_ms);
        tokio::time::sleep(Duration::from_millis(gone_ms)).await;
        life += 1;
    }
}

async fn live(world: &Arc<World>, number: usize, dies_at: Option<u64>, purpose: &str) {
    let life = Arc::new(Life::new(dies_at, Dice::of(world.seed, purpose), world.networks.weather.clone()));
    let clock = Arc::new(WorkerClock::new(world.truth.clone(), world.plan.clocks_off_ms[number]));
    let wire = SimulatedWire {
        networks: world.networks.clone(),
        life: life.clone(),
        clock: clock.clone(),
    };
    let now = clock.clone();
    let transport = world
        .template
        .http
        .over(Arc::new(wire), Arc::new(MediaShelf), Arc::new(move || now.now_ms()));
    let registry = postrider_networks::registry();
    let engine = Engine::new(Parts {
        db: world.db.gated(life.clone()),
        apps: template::apps(&registry),
        registry,
        transport: Arc::new(transport),
        keyring: world.template.vault.clone(),
        media: Arc::new(MediaShelf),
        clock,
        entropy: Arc::new(SeededEntropy::new(Dice::of(world.seed, &format!("ids of {purpose}")))),
        timing: Timing {
            poll_ms: POLL_MS,
            ..Timing::default()
        },
        bounds: Bounds::default(),
    });
    let running = engine.start();
    life.over().await;
    // What it had under way hangs for ever, as a dead process's does; its timers must not go on.
    tokio::spawn(running.stop());
}

/// People do what is planned, each thing at its time; what is refused is refused.
async fn act(world: Arc<World>, people: Arc<People>, ids: Vec<DeliveryId>) {
    for act in &world.plan.acts {
        let ahead_ms = u64::try_from(act.at - world.truth.now_ms()).unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(ahead_ms)).await;
        let due_at = matches!(act.event, Event::Reschedule).then_some(act.due_at);
        // What the state does not take is refused, and nothing changed.
        let _ = people.act(ids[act.post], act.event, due_at).await;
    }
}

/// Waits until nothing moves any more. Who is asked about a doubt looks at the account and says what is there.
async fn settle(world: &Arc<World>, people: &People, sandbox: &Sandbox, ids: &[DeliveryId]) -> anyhow::Result<()> {
    let last_due = world
        .plan
        .posts
        .iter()
        .map(|post| post.due_at)
        .chain(world.plan.acts.iter().map(|act| act.due_at))
        .max();
    let begin = world.plan.calm_from_ms.max(last_due.unwrap_or(0));
    let gone_ms: u64 = world.plan.workers.iter().flatten().map(|(_, gone_ms)| *gone_ms).sum();
    let end_ms = begin + LIVELY_MS + i64::try_from(gone_ms).unwrap_or(0);
    let last_act = world.plan.acts.iter().map(|act| act.at).max().unwrap_or(0);
    loop {
        let now_ms = world.truth.now_ms();
        let mut moves = now_ms <= last_act || world.networks.under_way.load(std::sync::atomic::Ordering::Relaxed) > 0;
        for id in ids {
            let delivery = people.look(*id).await?;
            moves |= delivery.wake_at.is_some();
            if delivery.state == State::InDoubt && delivery.wake_at.is_none() {
                moves = true;
                answer(people, sandbox, *id).await?;
            }
        }
        if !moves || now_ms > end_ms {
            return Ok(());
        }
        tokio::time::sleep(LOOK_PAUSE).await;
    }
}

/// A person looks at the account and says whether the post is there.
async fn answer(people: &People, sandbox: &Sandbox, id: DeliveryId) -> anyhow::Result<()> {
    let words = {
        let known = people.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.iter().find(|known| known.id == id).map(|known| known.planned.clone())
    };
    let Some(planned) = words else { return Ok(()) };
    let there = standing(sandbox)
        .iter()
        .any(|post| post.account == planned.berth.external_id && post.text.contains(&planned.words));
    let event = if there { Event::ResolveThere } else { Event::ResolveAbsent };
    // Whoever was faster, it is looked at again.
    let _ = people.act(id, event, None).await;
    Ok(())
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
