#![doc = include_str!("../README.md")]

mod aim;
mod by_hand;
mod cell;
mod commits;
pub mod coverage;
mod dice;
mod equal;
pub mod foretelling;
mod goes_out;
mod judge;
mod known;
mod life;
mod media;
mod people;
mod plan;
pub mod run;
mod stands;
mod template;
mod time;
mod timely;
mod upheaval;
mod weather;
mod wire;

use std::sync::Arc;

use postrider_core::Network;
use postrider_store::Db;
use tokio::runtime::{Builder, Runtime};

pub use cell::Cell;
pub use judge::Violation;
#[cfg(feature = "mutants")]
pub use postrider_core::mutant;
pub use run::Outcome;
pub use template::Template;
pub use weather::Trouble;

/// Runs seeds on the calling thread, one after the other, each in a runtime of its own with a paused clock.
pub struct Simulator {
    template: Arc<Template>,
    db: Db,
    /// Through which PostgreSQL answers, on a thread of its own.
    _answers: Option<Runtime>,
}

fn runtime() -> anyhow::Result<Runtime> {
    Ok(Builder::new_current_thread().enable_time().start_paused(true).build()?)
}

impl Simulator {
    /// On SQLite in memory. Makes the template.
    ///
    /// # Errors
    /// If anything of it fails.
    pub fn new() -> anyhow::Result<Simulator> {
        let (template, db) = runtime()?.block_on(async { Simulator::begin(Db::memory().await?).await })?;
        Ok(Simulator {
            template,
            db,
            _answers: None,
        })
    }

    /// On PostgreSQL: an empty database, which is this simulator's from now on.
    ///
    /// # Errors
    /// If it cannot be reached, or the template fails.
    pub fn on_postgres(url: &str) -> anyhow::Result<Simulator> {
        let answers = Builder::new_multi_thread().worker_threads(1).enable_io().build()?;
        let db = Db::lone(url, answers.handle())?;
        let (template, db) = runtime()?.block_on(Simulator::begin(db))?;
        Ok(Simulator {
            template,
            db,
            _answers: Some(answers),
        })
    }

    async fn begin(db: Db) -> anyhow::Result<(Arc<Template>, Db)> {
        Ok((Arc::new(Template::make(&db).await?), db))
    }

    /// Plays posts of some networks alone; of all if none is named.
    #[must_use]
    pub fn playing(mut self, networks: &[Network]) -> Simulator {
        if let Some(template) = Arc::get_mut(&mut self.template) {
            template.playing = networks.to_vec();
        }
        self
    }

    /// What every run is a copy of.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Runs a seed.
    ///
    /// # Errors
    /// If the simulation itself fails.
    pub fn run(&self, seed: u64) -> anyhow::Result<Outcome> {
        let runtime = runtime()?;
        runtime.block_on(run::run(seed, &self.template, &self.db))
    }

    /// Runs a seed of posts that are foretold, in fair weather.
    ///
    /// # Errors
    /// If the simulation itself fails.
    pub fn foretell(&self, seed: u64) -> anyhow::Result<Vec<foretelling::Compared>> {
        runtime()?.block_on(foretelling::run(seed, &self.template, &self.db))
    }
}
