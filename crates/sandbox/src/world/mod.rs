//! Everything that the networks know: one state behind one lock that is never held across an await.

mod fetch;
mod media;
mod model;
mod state;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use fetch::{Fetch, FetchFailure, Fetched, http_fetch};
pub use media::{Intake, MediaStore, Stored, hex};
pub use model::{Account, Code, Comment, Media, Person, Post, PostState, Quota, Token};
pub use state::State;

use crate::clock::Clock;
use crate::fault::Faults;
use crate::log::Log;
use crate::registry;
use crate::settings::Settings;

/// The sandbox's whole memory, shared by all routes.
pub struct World {
    /// The networks' time.
    pub clock: Clock,
    /// What was asked.
    pub log: Log,
    /// What goes wrong on demand.
    pub faults: Faults,
    /// Bytes to show.
    pub media: MediaStore,
    /// How a network gets a file from an address that it was given.
    pub fetch: Fetch,
    settings: Mutex<Settings>,
    state: Mutex<State>,
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic in one request must not silence the others: the state is data without invariants across fields.
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// A world with the seeded people and accounts of every network.
    pub fn new(settings: Settings, fetch: Fetch) -> Self {
        Self {
            clock: Clock::new(settings.start_us),
            log: Log::default(),
            faults: Faults::default(),
            media: MediaStore::new(settings.media_bytes_max),
            fetch,
            state: Mutex::new(seeded(&settings)),
            settings: Mutex::new(settings),
        }
    }

    /// Reads or changes the state. The closure must not block.
    pub fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut held(&self.state))
    }

    /// The settings as they are now.
    pub fn settings(&self) -> Settings {
        held(&self.settings).clone()
    }

    /// Changes the settings.
    pub fn change_settings(&self, work: impl FnOnce(&mut Settings)) {
        work(&mut held(&self.settings));
    }

    /// Latency and processing time now, milliseconds: cheaper than [`World::settings`].
    pub fn latency_ms(&self) -> u64 {
        held(&self.settings).latency_ms
    }

    /// An absolute address under the sandbox's own base: `https://host/path` as `{base}/host/path`.
    pub fn url(&self, host: &str, path: &str) -> String {
        format!("{}/{host}{path}", held(&self.settings).public_base)
    }

    /// How long the network works on a medium, with what a fault says, microseconds.
    pub fn processing_us(&self, call: &crate::Call) -> i64 {
        let ms = call.processing_ms.unwrap_or_else(|| held(&self.settings).processing_ms);
        (ms as i64).saturating_mul(1_000)
    }

    /// The youngest creation instant that lists show now, UTC microseconds.
    pub fn listed_until_us(&self) -> i64 {
        let lag_ms = held(&self.settings).list_lag_ms;
        self.clock.now_us() - (lag_ms as i64).saturating_mul(1_000)
    }

    /// Forgets everything but the settings and seeds the networks anew.
    pub fn reset(&self) {
        let settings = self.settings();
        *held(&self.state) = seeded(&settings);
        self.log.clear();
        self.faults.clear();
        self.media.clear();
    }
}

fn seeded(settings: &Settings) -> State {
    let mut state = State::new(settings.seed, &settings.public_base);
    for module in registry::MODULES {
        (module.seed)(&mut state);
    }
    state
}
