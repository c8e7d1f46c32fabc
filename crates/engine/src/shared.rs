//! What every part of the engine works with.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use postrider_core::retry::{OUTAGE_DELAYS_MS, RECONCILE_LOOKS_MS};
use postrider_provider::ports::{Keyring, MediaRoom};
use postrider_provider::{Registry, Transport};
use postrider_store::{Db, Kind};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use crate::apps::Apps;
use crate::breakers::Breakers;
use crate::bulkheads::{Bulkheads, server};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::events::Events;
use crate::hold::{Hold, Steady, Witness};
use crate::lanes::Lanes;
use crate::meters::Meters;
use crate::recalled::Recalled;
use crate::replicas::Bell;
use crate::room::Room;
use crate::writer::Writer;

/// Times and bounds of publishing. The defaults are the product's; tests shorten them.
#[derive(Debug, Clone)]
pub struct Timing {
    /// How long a worker holds a delivery without a sign of life, milliseconds.
    pub lease_ms: i64,
    /// How long a commit call may take, milliseconds (publishing.md rule 2).
    pub commit_budget_ms: i64,
    /// Least silence after `send_by` before an outcome is judged, milliseconds (rule 3).
    pub settle_ms: i64,
    /// The same if the sender is not known to be alive, milliseconds (rule 3).
    pub dead_sender_settle_ms: i64,
    /// How long after a list did not hold a post it is read again, milliseconds (rule 3).
    pub list_again_ms: i64,
    /// When an outcome is looked for, counted from the first look, milliseconds (rule 3).
    pub look_after_ms: Vec<i64>,
    /// How long before its instant a staged delivery is taken up, its connection warmed, milliseconds (rule 4).
    pub warm_ms: i64,
    /// Pauses between repeats of an outage in which nothing was sent, milliseconds; their number is the most repeats (S6).
    pub outage_pauses_ms: Vec<i64>,
    /// How often the due index is read even if nobody says so, milliseconds.
    pub poll_ms: i64,
    /// How often leftovers at networks are looked for, milliseconds.
    pub leftovers_ms: u64,
    /// Whether the engine looks for what is due by its own clock. If not, only [`crate::Engine::tick`] does.
    pub timer: bool,
    /// What part of the times above that concern a doubtful outcome is really waited for, in percent: 100. Tests take less,
    /// since their network answers within milliseconds; on a real network less than 100 can post twice.
    pub doubt_percent: i64,
}

impl Timing {
    /// A wait of the protocol for doubtful outcomes, milliseconds.
    pub fn doubt_ms(&self, ms: i64) -> i64 {
        ms * self.doubt_percent / 100
    }
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            lease_ms: 60_000,
            commit_budget_ms: 30_000,
            settle_ms: 60_000,
            dead_sender_settle_ms: 120_000,
            list_again_ms: 30_000,
            look_after_ms: RECONCILE_LOOKS_MS.to_vec(),
            warm_ms: 2_000,
            outage_pauses_ms: OUTAGE_DELAYS_MS.to_vec(),
            poll_ms: 1_000,
            leftovers_ms: 30_000,
            timer: true,
            doubt_percent: 100,
        }
    }
}

/// What is under way at most. A slow network, server or channel never uses up another's.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Commit calls and small calls to one network.
    pub calls_max: usize,
    /// Of these, to one server of it: an app's, or an instance's.
    pub server_calls_max: usize,
    /// Of these, for one channel.
    pub channel_calls_max: usize,
    /// Uploads of files to one network.
    pub uploads_max: usize,
    /// Of these, for one channel.
    pub channel_uploads_max: usize,
    /// Deliveries held at once, over all networks; one network takes at most half of what the others leave.
    pub deliveries_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            calls_max: 768,
            server_calls_max: 512,
            channel_calls_max: 4,
            uploads_max: 8,
            channel_uploads_max: 2,
            deliveries_max: 32_768,
        }
    }
}

/// How the scheduler gets on: what readiness is judged by.
#[derive(Default)]
pub struct Progress {
    /// When the due index was last read, UTC milliseconds.
    last_look_ms: AtomicI64,
    /// When a delivery was last taken up, UTC milliseconds.
    last_claim_ms: AtomicI64,
    /// Since when nothing that workers decided could be stored, UTC milliseconds; 0 if it can.
    not_stored_since_ms: AtomicI64,
}

impl Progress {
    /// Notes that the due index was read, and what was due taken up.
    pub fn looked(&self, now_ms: i64) {
        self.last_look_ms.store(now_ms, Ordering::Relaxed);
    }

    /// Notes that something was taken up.
    pub fn claimed(&self, now_ms: i64) {
        self.last_claim_ms.store(now_ms, Ordering::Relaxed);
    }

    /// Notes whether what workers decided could be stored.
    pub fn stored(&self, now_ms: i64, stored: bool) {
        if stored {
            self.not_stored_since_ms.store(0, Ordering::Relaxed);
        } else {
            let _ = self
                .not_stored_since_ms
                .compare_exchange(0, now_ms, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Since when nothing that workers decided could be stored, UTC milliseconds; `None` if it can.
    pub fn not_stored_since_ms(&self) -> Option<i64> {
        Some(self.not_stored_since_ms.load(Ordering::Relaxed)).filter(|since| *since > 0)
    }

    /// When the due index was last read, UTC milliseconds; 0 if never.
    pub fn last_look_ms(&self) -> i64 {
        self.last_look_ms.load(Ordering::Relaxed)
    }

    /// When a delivery was last taken up, UTC milliseconds; 0 if never.
    pub fn last_claim_ms(&self) -> i64 {
        self.last_claim_ms.load(Ordering::Relaxed)
    }
}

/// What the engine is made of.
pub struct Parts {
    /// Rows.
    pub db: Db,
    /// The networks.
    pub registry: Registry,
    /// The one way out.
    pub transport: Arc<dyn Transport>,
    /// Opens tokens.
    pub keyring: Arc<dyn Keyring>,
    /// Readies files.
    pub media: Arc<dyn MediaRoom>,
    /// The administrator's apps.
    pub apps: Apps,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What is known of the database outside of it.
    pub witness: Arc<dyn Witness>,
    /// Times.
    pub timing: Timing,
    /// Bounds.
    pub bounds: Bounds,
}

/// The parts, and what they share at run time.
pub struct Shared {
    /// Rows.
    pub db: Db,
    /// The networks.
    pub registry: Registry,
    /// The one way out.
    pub transport: Arc<dyn Transport>,
    /// Opens tokens.
    pub keyring: Arc<dyn Keyring>,
    /// Readies files.
    pub media: Arc<dyn MediaRoom>,
    /// The administrator's apps.
    pub apps: Apps,
    /// The clock: steady while the machine's own is set, until that is confirmed.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Times.
    pub timing: Timing,
    /// Bounds.
    pub bounds: Bounds,
    /// What is known of the database outside of it.
    pub witness: Arc<dyn Witness>,
    /// What holds publishing back.
    pub hold: Hold,
    /// Lists of accounts that were read just now.
    pub recalled: Recalled,
    /// Stores decisions in groups.
    pub writer: Writer,
    /// Order of commits in channels.
    pub lanes: Lanes,
    /// Order in channels of those that may have gone out unseen.
    pub findings: Lanes,
    /// Hints to screens.
    pub events: Events,
    /// What the other replicas are told.
    pub bell: Arc<Bell>,
    /// Wakes the scheduler when something became due earlier.
    pub wake: Notify,
    /// How the scheduler gets on.
    pub progress: Arc<Progress>,
    /// What is counted.
    pub meters: Arc<Meters>,
    /// Deliveries that are held.
    pub under_way: TaskTracker,
    /// Shares of calls.
    pub bulkheads: Bulkheads,
    /// Which servers of networks are left alone.
    pub breakers: Breakers,
    /// Places for deliveries in hand.
    pub room: Room,
    warmed: Mutex<HashMap<String, (i64, usize)>>,
}

/// A name that no other replica has.
fn replica_name(now_ms: i64, drawn: [u8; 10]) -> String {
    let drawn: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{now_ms}-{drawn}")
}

/// How long a connection that was opened ahead is good for, milliseconds: less than the client's idle bound of 10 s.
const WARM_GOOD_MS: i64 = 6_000;

impl Shared {
    /// Puts the parts together and starts the writer.
    pub fn new(parts: Parts) -> Arc<Shared> {
        let progress = Arc::new(Progress::default());
        let meters = Arc::new(Meters::default());
        let steady = Arc::new(Steady::over(parts.clock));
        let clock: Arc<dyn Clock> = steady.clone();
        let writer = Writer::start(parts.db.clone(), clock.clone(), progress.clone(), meters.clone());
        let name = (parts.db.kind() == Kind::Postgres).then(|| replica_name(clock.now_ms(), parts.entropy.ten()));
        let bell = Arc::new(Bell::new(name));
        Arc::new(Shared {
            writer,
            db: parts.db,
            registry: parts.registry,
            transport: parts.transport,
            keyring: parts.keyring,
            media: parts.media,
            apps: parts.apps,
            hold: Hold::new(steady),
            recalled: Recalled::default(),
            witness: parts.witness,
            clock,
            entropy: parts.entropy,
            timing: parts.timing,
            bounds: parts.bounds,
            lanes: Lanes::default(),
            findings: Lanes::default(),
            events: Events::told_by(Arc::clone(&bell)),
            bell,
            wake: Notify::new(),
            progress,
            meters,
            under_way: TaskTracker::new(),
            bulkheads: Bulkheads::new(parts.bounds),
            breakers: Breakers::default(),
            room: Room::new(parts.bounds.deliveries_max),
            warmed: Mutex::new(HashMap::new()),
        })
    }

    /// Whether one more connection to an address's host is worth opening ahead: as many as may be used at once, no more.
    pub fn warms(&self, url: &str) -> bool {
        let host = server(url).to_owned();
        let now_ms = self.now_ms();
        let mut warmed = self.warmed.lock().unwrap_or_else(PoisonError::into_inner);
        let (since_ms, count) = warmed.entry(host).or_insert((now_ms, 0));
        if now_ms - *since_ms > WARM_GOOD_MS {
            (*since_ms, *count) = (now_ms, 0);
        }
        *count += 1;
        *count <= self.bounds.server_calls_max
    }

    /// UTC milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }
}
