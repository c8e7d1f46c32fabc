//! Runs many seeds and says what came of them.

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
    /// Threads; as many as the machine has cores if absent.
    #[arg(long)]
    jobs: Option<usize>,
    /// Prints the sums as one JSON object on the last line.
    #[arg(long)]
    json: bool,
    /// Prints what each seed came to.
    #[arg(long)]
    each: bool,
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
    }
}

fn work(cli: &Cli, next: &AtomicU64, sums: &Mutex<Sums>) -> anyhow::Result<()> {
    let simulator = Simulator::new()?;
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
    }
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
    let jobs = cli
        .jobs
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let (next, sums) = (AtomicU64::new(cli.from), Mutex::new(Sums::default()));
    let began = Instant::now();
    let failures: Vec<anyhow::Error> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs).map(|_| scope.spawn(|| work(&cli, &next, &sums))).collect();
        threads
            .into_iter()
            .filter_map(|thread| match thread.join() {
                Ok(done) => done.err(),
                Err(_) => Some(anyhow::anyhow!("a run panicked")),
            })
            .collect()
    });
    let per_s = cli.seeds as f64 / began.elapsed().as_secs_f64();
    let sums = sums.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    table(&sums);
    println!("ends: {:?}", sums.ends);
    println!("went wrong on purpose: {:?}", sums.faults);
    println!(
        "{} seeds, {} deliveries, {} violations, {per_s:.1} seeds a second",
        cli.seeds, sums.deliveries, sums.violations
    );
    for failure in &failures {
        eprintln!("{failure:#}");
    }
    if cli.json {
        let faults: u64 = sums.faults.values().sum();
        let line = json!({
            "seeds": cli.seeds,
            "deliveries": sums.deliveries,
            "faults": faults,
            "violations": sums.violations,
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
