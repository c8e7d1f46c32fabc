#![doc = include_str!("../README.md")]

mod by_hand;
mod cell;
mod commits;
pub mod coverage;
mod dice;
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

use postrider_store::Db;

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
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?)
}

impl Simulator {
    /// Makes the template.
    ///
    /// # Errors
    /// If anything of it fails.
    pub fn new() -> anyhow::Result<Simulator> {
        let runtime = runtime()?;
        runtime.block_on(async {
            Ok(Simulator {
                template: Arc::new(Template::make().await?),
                db: Db::memory().await?,
            })
        })
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
