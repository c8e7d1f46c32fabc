//! Runs many seeds and says what came of them.

#[cfg(feature = "mutants")]
mod mutations;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use postrider_simulation::coverage::{Hits, Step};
use postrider_simulation::{Outcome, Simulator, Trouble};
use serde_json::json;

/// Simulates publishing.
#[derive(Parser)]
struct Cli {
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Threads. With more than one, SQLite's connections in memory have ended the process now and then.
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// Prints the sums as one JSON object on the last line.
    #[arg(long)]
    json: bool,
    /// Prints what each seed came to.
    #[arg(long)]
    each: bool,
    /// Ends at the first violation.
    #[arg(long)]
    until_violation: bool,
    /// Changes one decision of the shipped code.
    #[cfg(feature = "mutants")]
    #[arg(long)]
    mutant: Option<String>,
    /// Changes one decision after the other, each until a violation shows it, and says which did.
    #[cfg(feature = "mutants")]
    #[arg(long)]
    mutations: bool,
}

/// Of so many seeds one is run twice: it must come to the same.
const TWICE: u64 = 50;

#[derive(Default)]
struct Sums {
    deliveries: u64,
    faults: BTreeMap<&'static str, u64>,
    ends: BTreeMap<String, u64>,
    cells: BTreeMap<String, Hits>,
    violations: u64,
    runs: u64,
    /// The first promise that was seen broken.
    invariant: Option<&'static str>,
}

impl Sums {
    fn add(&mut self, outcome: &Outcome) {
        self.deliveries += outcome.deliveries;
        for (what, times) in &outcome.faults {
            *self.faults.entry(what).or_default() += times;
        }
        for (end, times) in &outcome.ends {
            *self.ends.entry(end.clone()).or_default() += times;
        }
        self.cells.entry(outcome.cell.clone()).or_default().add(&outcome.hits);
        self.violations += outcome.violations.len() as u64;
        self.runs += 1;
        let first = outcome.violations.first().map(|violation| violation.invariant);
        self.invariant = self.invariant.or(first);
    }
}

fn work(cli: &Cli, simulator: &Simulator, next: &AtomicU64, sums: &Mutex<Sums>) -> anyhow::Result<()> {
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= cli.from + cli.seeds {
            return Ok(());
        }
        let outcome = simulator.run(seed)?;
        if seed.is_multiple_of(TWICE) {
            let again = simulator.run(seed)?;
            anyhow::ensure!(again.digest == outcome.digest, "seed {seed} came to something else the second time");
        }
        for violation in &outcome.violations {
            eprintln!(
                "seed {seed} ({}): {}: {}\n  repeat it: cargo xtask simulate --from {seed} --seeds 1",
                outcome.cell, violation.invariant, violation.seen
            );
            if cli.seeds == 1 {
                violation.history.iter().for_each(|line| eprintln!("    {line}"));
            }
        }
        if cli.each {
            println!("{seed} {} {:?} {:?}", outcome.cell, outcome.ends, outcome.faults);
        }
        let mut sums = sums.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        sums.add(&outcome);
        if cli.until_violation && sums.violations > 0 {
            return Ok(());
        }
    }
}

/// From so many seeds on, what was met too seldom is named.
const ENOUGH_SEEDS: u64 = 10_000;
/// How often each trouble should have met each step of each kind of post, if the step occurs at all.
const MET_MIN: u64 = 20;

/// What was met too seldom for the runs to say anything of it.
fn seldom(sums: &Sums) -> Vec<String> {
    let mut seldom = Vec::new();
    for (cell, hits) in &sums.cells {
        for step in hits.calls.keys() {
            for trouble in Trouble::ALL {
                let met = hits.hits.get(&(trouble.key(), *step)).copied().unwrap_or(0);
                if met < MET_MIN {
                    seldom.push(format!("{cell} {} {} ({met})", step.key(), trouble.key()));
                }
            }
        }
    }
    seldom
}

fn table(sums: &Sums) {
    println!("{:36} {:8} {:>7}  troubles met", "posts", "step", "calls");
    for (cell, hits) in &sums.cells {
        for step in [Step::Prepare, Step::Commit, Step::Read] {
            let calls = hits.calls.get(&step).copied().unwrap_or(0);
            let met: Vec<String> = Trouble::ALL
                .iter()
                .map(|trouble| hits.hits.get(&(trouble.key(), step)).copied().unwrap_or(0).to_string())
                .collect();
            println!("{cell:36} {:8} {calls:>7}  {}", step.key(), met.join(" "));
        }
    }
    let troubles: Vec<&str> = Trouble::ALL.iter().map(|trouble| trouble.key()).collect();
    println!("troubles, in this order: {}", troubles.join(", "));
}

fn main() -> anyhow::Result<ExitCode> {
    tracing_subscriber::fmt()
        // A dead worker's last words are no news here.
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "off".into()))
        .with_writer(std::io::stderr)
        .init();
    let cli = Cli::parse();
    #[cfg(feature = "mutants")]
    if cli.mutations {
        return mutations::run(cli.seeds);
    }
    #[cfg(feature = "mutants")]
    if let Some(name) = &cli.mutant {
        mutations::set(name)?;
    }
    let (next, sums) = (AtomicU64::new(cli.from), Mutex::new(Sums::default()));
    // One after the other: SQLite's first connections of a process are not opened side by side.
    let simulators = (0..cli.jobs.max(1)).map(|_| Simulator::new()).collect::<anyhow::Result<Vec<_>>>()?;
    let began = Instant::now();
    let failures: Vec<anyhow::Error> = std::thread::scope(|scope| {
        let (cli, next, sums) = (&cli, &next, &sums);
        let threads: Vec<_> = simulators
            .iter()
            .map(|simulator| scope.spawn(move || work(cli, simulator, next, sums)))
            .collect();
        threads
            .into_iter()
            .filter_map(|thread| match thread.join() {
                Ok(done) => done.err(),
                Err(_) => Some(anyhow::anyhow!("a run panicked")),
            })
            .collect()
    });
    let runs = sums.lock().map_or(0, |sums| sums.runs);
    let per_s = runs as f64 / began.elapsed().as_secs_f64();
    let sums = sums.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    table(&sums);
    println!("ends: {:?}", sums.ends);
    println!("went wrong on purpose: {:?}", sums.faults);
    println!(
        "{} seeds, {} deliveries, {} violations, {per_s:.1} seeds a second",
        sums.runs, sums.deliveries, sums.violations
    );
    let seldom = if sums.runs >= ENOUGH_SEEDS { seldom(&sums) } else { Vec::new() };
    if !seldom.is_empty() {
        println!("met fewer than {MET_MIN} times: {}", seldom.join(", "));
    }
    for failure in &failures {
        eprintln!("{failure:#}");
    }
    if cli.json {
        let faults: u64 = sums.faults.values().sum();
        let line = json!({
            "seeds": sums.runs,
            "deliveries": sums.deliveries,
            "faults": faults,
            "violations": sums.violations,
            "invariant": sums.invariant,
            "seeds_per_s": (per_s * 10.0).round() / 10.0,
        });
        println!("{line}");
    }
    Ok(if sums.violations == 0 && failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
