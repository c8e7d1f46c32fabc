//! Runs many seeds and says what came of them.

mod cores;
#[cfg(feature = "mutants")]
mod mutations;
mod sums;

use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::Context;
use clap::Parser;
use postrider_core::Network;
use postrider_postgres::Server;
use postrider_simulation::Simulator;
use serde_json::json;
use sums::{MET_MIN, Sums};

// A run allocates on two threads, its own and SQLite's, and frees across them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Simulates publishing.
#[derive(Parser)]
#[command(name = "simulate")]
struct Cli {
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Processes. As many as there are cores, unless it is said.
    #[arg(long)]
    jobs: Option<u64>,
    /// Prints the sums as one JSON object on the last line.
    #[arg(long)]
    json: bool,
    /// Prints what each seed came to.
    #[arg(long)]
    each: bool,
    /// On a private PostgreSQL for each process instead of SQLite in memory.
    #[arg(long)]
    postgres: bool,
    /// Plays these networks alone; all, unless it is said.
    #[arg(long = "network")]
    networks: Vec<Network>,
    /// Ends at the first violation.
    #[arg(long)]
    until_violation: bool,
    /// Changes one decision of the shipped code after the other, each until a violation shows it, and says which did.
    #[cfg(feature = "mutants")]
    #[arg(long)]
    mutations: bool,
    /// One of several processes: prints its sums on the last line, for the one that started it.
    #[arg(long, hide = true)]
    part: bool,
}

/// The one that a process simulates in.
const DATABASE: &str = "simulation";
/// Of so many seeds one is run twice: it must come to the same.
const TWICE: u64 = 50;
/// From so many seeds on, what was met too seldom is named.
const ENOUGH_SEEDS: u64 = 10_000;

/// Runs the seeds of one process.
fn work(cli: &Cli) -> anyhow::Result<Sums> {
    let simulator = if cli.postgres {
        let server = Server::of_process().context("no PostgreSQL is here")?;
        server.create_database(DATABASE, None);
        Simulator::on_postgres(&server.url(DATABASE))?
    } else {
        Simulator::new()?
    }
    .playing(&cli.networks);
    let mut sums = Sums::default();
    for seed in cli.from..cli.from + cli.seeds {
        let outcome = simulator.run(seed).with_context(|| format!("seed {seed}"))?;
        if seed.is_multiple_of(TWICE) {
            let again = simulator.run(seed)?;
            anyhow::ensure!(again.digest == outcome.digest, "seed {seed} came to something else the second time");
        }
        for violation in &outcome.violations {
            eprintln!(
                "seed {seed} ({}): {}: {}\n  repeat it: cargo xtask simulate{}{} --from {seed} --seeds 1",
                outcome.cell.name(),
                violation.invariant,
                violation.seen,
                if cli.postgres { " --postgres" } else { "" },
                chosen(cli).iter().map(|flag| format!(" {flag}")).collect::<String>()
            );
            if cli.seeds == 1 {
                violation.history.iter().for_each(|line| eprintln!("    {line}"));
            }
        }
        if cli.each {
            println!("{seed} {} {:?} {:?}", outcome.cell.name(), outcome.ends, outcome.faults);
        }
        sums.add(&outcome);
        if cli.until_violation && sums.violations > 0 {
            break;
        }
    }
    Ok(sums)
}

/// The networks that were chosen, as flags.
fn chosen(cli: &Cli) -> Vec<String> {
    cli.networks
        .iter()
        .flat_map(|network| ["--network".to_owned(), network.key().to_owned()])
        .collect()
}

/// A process of its own for some of the seeds. Processes, not threads: with SQLite's connections in memory on two threads, the whole
/// process has ended now and then.
fn part(cli: &Cli, from: u64, seeds: u64) -> anyhow::Result<Sums> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--part", "--from", &from.to_string(), "--seeds", &seeds.to_string()]);
    let flags = [
        ("--each", cli.each),
        ("--postgres", cli.postgres),
        ("--until-violation", cli.until_violation),
    ];
    for (flag, on) in flags {
        command.args(on.then_some(flag));
    }
    command.args(chosen(cli));
    let done = command.stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8_lossy(&done.stdout);
    let (lines, last) = text.trim_end().rsplit_once('\n').unwrap_or(("", text.trim_end()));
    if !lines.is_empty() {
        println!("{lines}");
    }
    serde_json::from_str(last).with_context(|| format!("seeds {from} to {} ended with {}", from + seeds - 1, done.status))
}

/// Deals the seeds out to processes, and adds up what they came to.
fn deal(cli: &Cli) -> Sums {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let jobs = cli.jobs.unwrap_or(cores).clamp(1, cli.seeds.max(1));
    let mut sums = Sums::default();
    let share = |job: u64| cli.seeds * job / jobs;
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..jobs)
            .map(|job| {
                scope.spawn(move || {
                    cores::keep_to_one(usize::try_from(job).unwrap_or(0));
                    part(cli, cli.from + share(job), share(job + 1) - share(job))
                })
            })
            .collect();
        for part in parts {
            match part.join() {
                Ok(Ok(theirs)) => sums.join(theirs),
                Ok(Err(error)) => sums.failures.push(format!("{error:#}")),
                Err(_) => sums.failures.push("a process could not be waited for".to_owned()),
            }
        }
    });
    sums
}

fn main() -> anyhow::Result<ExitCode> {
    tracing_subscriber::fmt()
        // A dead worker's last words are no news here.
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "off".into()))
        .with_writer(std::io::stderr)
        .init();
    let cli = Cli::parse();
    #[cfg(feature = "mutants")]
    if let Err(name) = postrider_simulation::mutant::chosen() {
        anyhow::bail!("no mutant is called {name}");
    }
    #[cfg(feature = "mutants")]
    if cli.mutations {
        return mutations::run(cli.seeds, cli.jobs);
    }
    let began = Instant::now();
    let alone = cli.part || cli.seeds == 1;
    let sums = if alone {
        work(&cli).unwrap_or_else(|error| Sums {
            failures: vec![format!("{error:#}")],
            ..Sums::default()
        })
    } else {
        deal(&cli)
    };
    if cli.part {
        println!("{}", serde_json::to_string(&sums)?);
        return Ok(ExitCode::SUCCESS);
    }
    let per_s = sums.seeds as f64 / began.elapsed().as_secs_f64();
    sums.print();
    let seldom = if sums.seeds >= ENOUGH_SEEDS {
        sums.seldom(Simulator::new()?.playing(&cli.networks).template())
    } else {
        Vec::new()
    };
    if !seldom.is_empty() {
        println!("met fewer than {MET_MIN} times: {}", seldom.join(", "));
    }
    println!(
        "{} seeds, {} deliveries, {} things gone wrong on purpose, {} violations, {per_s:.1} seeds a second",
        sums.seeds,
        sums.deliveries,
        sums.faults(),
        sums.violations
    );
    for failure in &sums.failures {
        eprintln!("{failure}");
    }
    if cli.json {
        let line = json!({
            "seeds": sums.seeds,
            "deliveries": sums.deliveries,
            "faults": sums.faults(),
            "violations": sums.violations,
            "seeds_per_s": (per_s * 10.0).round() / 10.0,
        });
        println!("{line}");
    }
    Ok(if sums.violations == 0 && sums.failures.is_empty() && seldom.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
