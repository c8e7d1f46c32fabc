//! What was foretold of posts, and what became of them: random posts on random channels in fair weather, so that nothing but what the
//! forecast can know decides.
//!
//! Some break a rule, some are held back by approval, some are drafts, some repeat themselves until the guard halts their channel; some
//! channels end, are halted or hold more than an hour takes. Each is asked about as it is written, before anything is due, and again in the
//! middle.

mod writing;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use postrider_core::Network;
use postrider_core::delivery::State;
use postrider_core::forecast::Verdict;
use postrider_core::ids::{AssetId, DeliveryId};
use postrider_core::post::{AssetFacts, Content, Mode, Overrides};
use postrider_core::problem::{Problem, Severity};
use postrider_engine::clock::Clock;
use postrider_engine::forecast::{Ask, foretell};
use postrider_engine::{Bounds, Engine, Parts, Timing};
use postrider_sandbox::{PostState, Sandbox};
use postrider_store::deliveries::{self, Delivery};
use postrider_store::{Db, args, channels};

use crate::dice::Dice;
use crate::media::{self, Addresses, MediaShelf};
use crate::template::{self, BEGIN_MS, Berth, Template};
use crate::time::{SeededEntropy, Truth, WorkerClock};
use crate::wire::SimulatedWire;

/// Posts of one run.
const POSTS: usize = 32;
/// Within how long they are due, milliseconds.
const SPAN_MS: i64 = 3 * 3_600_000;
/// When it is asked a second time, milliseconds after the beginning.
const MIDDLE_MS: i64 = 90 * 60_000;
/// When everything has ended, milliseconds after the beginning: the last instant, the longest that a limit holds, `catch_up` and some more.
const END_MS: i64 = SPAN_MS + 5 * 3_600_000;
/// How much later than foretold a post may be made, milliseconds: a network works on its files for a while.
const SLACK_MS: i64 = 5 * 60_000;

/// What was said of a post, and what came of it.
#[derive(Debug, Clone)]
pub struct Compared {
    /// What was said.
    pub said: Verdict,
    /// Whether it was true.
    pub held: bool,
    /// In words, for who looks into it.
    pub seen: String,
    /// The first code of what was told, or nothing.
    pub because: String,
}

struct Made {
    id: DeliveryId,
    content: Content,
    berth: Berth,
    mode: Mode,
    words: String,
    due_at: i64,
}

struct Said {
    verdict: Verdict,
    goes_at_ms: Option<i64>,
    /// Whether scheduling it so is said to be refused.
    refused: bool,
    because: String,
}

struct World {
    seed: u64,
    template: Arc<Template>,
    db: Db,
    truth: Arc<Truth>,
    engine: Engine,
    entropy: SeededEntropy,
}

/// Runs a seed and compares what was said with what happened.
///
/// # Errors
/// If the simulation itself fails.
pub async fn run(seed: u64, template: &Arc<Template>, db: &Db) -> anyhow::Result<Vec<Compared>> {
    db.restore_image(&template.image).await?;
    let truth = Truth::begin(BEGIN_MS);
    let sandbox = template::sandbox(1, BEGIN_MS, db);
    let mut dice = Dice::of(seed, "foretold");
    let ends = writing::end_of_accesses(&mut dice);
    sandbox.world().with(|state| {
        for token in &template.tokens {
            let mut token = token.clone();
            if let Some(end_ms) = ends.filter(|_| token.network == Network::Linkedin) {
                token.expires_us = Some(token.expires_us.map_or(end_ms * 1_000, |end| end.min(end_ms * 1_000)));
            }
            state.put_token(token);
        }
    });
    let world = World {
        seed,
        template: template.clone(),
        db: db.clone(),
        engine: engine(seed, template, db, &sandbox, &truth),
        truth,
        entropy: SeededEntropy::new(Dice::of(seed, "writers")),
    };
    world.shelve().await?;
    world.spoil_channels(&mut dice, ends).await?;
    let (mut made, mut compared) = (Vec::new(), Vec::new());
    for number in 0..POSTS {
        let (post, refusal) = world.write(&mut dice, number, &made).await?;
        made.push(post);
        compared.extend(refusal);
    }
    // What was scheduled before a plan was taken away is held.
    if dice.in_thousand(40) {
        db.run("UPDATE plans SET allow_social_publishing = FALSE", args![]).await?;
    }
    let first = world.ask(&made).await?;
    let running = world.engine.start();
    tokio::time::sleep(Duration::from_millis(MIDDLE_MS.unsigned_abs())).await;
    let second = world.ask(&made).await?;
    tokio::time::sleep(Duration::from_millis((END_MS - MIDDLE_MS).unsigned_abs())).await;
    running.stop().await;
    for (when, said) in [("at first", first), ("in the middle", second)] {
        for (made, said) in made.iter().zip(said) {
            if let Some(said) = said {
                compared.push(world.compare(&sandbox, when, made, &said).await?);
            }
        }
    }
    Ok(compared)
}

fn engine(seed: u64, template: &Arc<Template>, db: &Db, sandbox: &Sandbox, truth: &Arc<Truth>) -> Engine {
    let clock = Arc::new(WorkerClock::new(truth.clone(), 0, true));
    let wire = SimulatedWire::calm(sandbox, truth.clone(), clock.clone(), seed);
    let now = clock.clone();
    let transport = template.http.over(
        Arc::new(wire),
        Arc::new(MediaShelf),
        Arc::new(move || now.now_ms()),
        template::drawn(seed, "proofs"),
    );
    let registry = template::registry();
    Engine::new(Parts {
        db: db.clone(),
        apps: template::apps(&registry),
        registry,
        transport: Arc::new(transport),
        keyring: template.vault.clone(),
        media: Arc::new(Addresses(db.clone())),
        clock,
        entropy: Arc::new(SeededEntropy::new(Dice::of(seed, "ids"))),
        witness: Arc::new(postrider_engine::hold::NoWitness),
        timing: Timing {
            poll_ms: 60_000,
            ..Timing::default()
        },
        bounds: Bounds::default(),
    })
}

impl World {
    /// Whether it was said that scheduling it is refused exactly if it was.
    fn refusal(&self, made: &Made, said: &Said, full: bool) -> Compared {
        Compared {
            said: said.verdict,
            held: said.refused == full && (!full || said.verdict == Verdict::WillNotPublish),
            because: if full { "refused".to_owned() } else { "scheduled".to_owned() },
            seen: format!(
                "seed {}: {} of {} was said to be refused: {}, and was: {full}",
                self.seed, made.words, made.berth.network, said.refused
            ),
        }
    }

    /// What is said of each that has not gone out yet.
    async fn ask(&self, made: &[Made]) -> anyhow::Result<Vec<Option<Said>>> {
        let scope = &self.template.scope;
        let mut said = Vec::new();
        for made in made {
            let delivery = deliveries::get(&self.db, scope, made.id).await?;
            let over = delivery.first_commit_at.is_some()
                || matches!(delivery.state, State::Failed | State::Missed | State::ReadyToPost | State::InDoubt);
            if over {
                said.push(None);
                continue;
            }
            said.push(Some(self.ask_of(made, &delivery, true, delivery.due_at).await?));
        }
        Ok(said)
    }

    async fn ask_of(&self, made: &Made, delivery: &Delivery, saved: bool, due_at: Option<i64>) -> anyhow::Result<Said> {
        let scope = &self.template.scope;
        let channel = channels::get(&self.db, scope, made.berth.id).await?;
        let ask = Ask {
            channel: &channel,
            delivery: Some(delivery),
            saved,
            content: &made.content,
            overrides: &Overrides::default(),
            mode: made.mode,
            due_at,
            assets: &measured(&made.content),
            problems: &[],
        };
        let outlook = foretell(self.engine.shared(), scope, ask).await?.outlook;
        let refused = |problem: &Problem| problem.code == "quota.full" && problem.severity == Severity::Error;
        Ok(Said {
            verdict: outlook.verdict,
            goes_at_ms: outlook.goes_at_ms,
            refused: outlook.problems.iter().any(refused),
            because: outlook.problems.first().map(|problem| problem.code.clone()).unwrap_or_default(),
        })
    }

    async fn compare(&self, sandbox: &Sandbox, when: &str, made: &Made, said: &Said) -> anyhow::Result<Compared> {
        let delivery = deliveries::get(&self.db, &self.template.scope, made.id).await?;
        // What lies in TikTok's inbox has neither an address nor words.
        let in_inbox = made.berth.network == Network::Tiktok && delivery.state == State::Drafted;
        let stands = in_inbox || stands(sandbox, &delivery);
        let out = matches!(delivery.state, State::Published | State::Drafted);
        let in_time = delivery
            .first_commit_at
            .zip(said.goes_at_ms)
            .is_some_and(|(made_ms, said_ms)| (said_ms - 1_000..=said_ms + SLACK_MS).contains(&made_ms));
        let held = match said.verdict {
            Verdict::WillPublish | Verdict::WillWait => out && stands && in_time,
            Verdict::ByHand => delivery.state == State::ReadyToPost && !stands,
            Verdict::WillNotPublish => !out && !stands,
        };
        let minutes = |at: Option<i64>| at.map(|at| (at - BEGIN_MS) as f64 / 60_000.0);
        Ok(Compared {
            said: said.verdict,
            held,
            because: said.because.clone(),
            seen: format!(
                "seed {}: {when} {} {} ({:?}) was said to {} at minute {:?} {}; it ended {} ({:?} {:?}), due at minute {:?}, made at {:?}, stands: {stands}",
                self.seed,
                made.berth.network,
                made.content.content_type,
                made.words,
                said.verdict.key(),
                minutes(said.goes_at_ms),
                said.because,
                delivery.state,
                delivery.failure_code,
                delivery.failure_message,
                minutes(delivery.due_at),
                minutes(delivery.first_commit_at),
            ),
        })
    }
}

/// Whether what the installation calls its post stands on the account.
fn stands(sandbox: &Sandbox, delivery: &Delivery) -> bool {
    let Some(external_id) = &delivery.external_id else {
        return false;
    };
    sandbox.world().with(|state| {
        let mut accounts = state.accounts();
        accounts.any(|account| {
            state
                .posts_of(account.network, &account.id)
                .any(|post| post.state != PostState::Hidden && (external_id.contains(&post.id) || post.id.contains(external_id.as_str())))
        })
    })
}

fn measured(content: &Content) -> BTreeMap<AssetId, AssetFacts> {
    content.asset_ids().into_iter().map(|id| (id, media::measured(id))).collect()
}
