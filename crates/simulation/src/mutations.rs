//! Proves that the simulation can fail: one decision of the shipped code after the other is changed, each in a process of its own.

use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use postrider_simulation::mutant::{Mutant, VARIABLE};
use serde_json::json;

use super::cores;
use super::sums::Sums;

/// Runs every mutant for at most so many seeds; says which were caught, after how many, by which promise.
///
/// # Errors
/// If a process cannot be run.
pub fn run(seeds: u64, jobs: Option<u64>) -> anyhow::Result<ExitCode> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let jobs = jobs.map_or(cores, |jobs| usize::try_from(jobs).unwrap_or(1)).max(1);
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for job in 0..jobs {
            let (next, done) = (&next, &done);
            scope.spawn(move || {
                cores::keep_to_one(job);
                while let Some(mutant) = Mutant::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let came = caught(*mutant, seeds);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((*mutant, came));
                }
            });
        }
    });
    let done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut rows = Vec::new();
    println!("{:22} {:>6}  caught by", "mutant", "seeds");
    for mutant in Mutant::ALL {
        let Some((_, came)) = done.iter().find(|(of, _)| of == mutant) else {
            continue;
        };
        let sums = came.as_ref().map_err(|error| anyhow::anyhow!("{}: {error:#}", mutant.key()))?;
        let invariant = sums.invariant.as_deref();
        println!("{:22} {:>6}  {}", mutant.key(), sums.seeds, invariant.unwrap_or("NOT CAUGHT"));
        rows.push(json!({"name": mutant.key(), "caught": invariant.is_some(), "seeds": sums.seeds, "invariant": invariant}));
    }
    let all = rows.iter().all(|row| row["caught"] == true);
    println!("{}", json!({ "mutations": rows }));
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn caught(mutant: Mutant, seeds: u64) -> anyhow::Result<Sums> {
    let done = Command::new(std::env::current_exe()?)
        .env(VARIABLE, mutant.key())
        .args(["--part", "--until-violation", "--seeds", &seeds.to_string()])
        .stderr(Stdio::null())
        .output()?;
    let text = String::from_utf8_lossy(&done.stdout);
    let last = text.trim_end().lines().last().unwrap_or_default();
    let sums: Sums = serde_json::from_str(last).with_context(|| format!("the runs ended with {}", done.status))?;
    // A run that cannot be made shows nothing.
    anyhow::ensure!(sums.failures.is_empty(), "{}", sums.failures.join("; "));
    Ok(sums)
}
