//! Proves that the simulation can fail: one decision of the shipped code after the other is changed, each in a process of its own.

use std::process::{Command, ExitCode};

use anyhow::Context;
use postrider_simulation::mutant::{self, Mutant};
use serde_json::{Value, json};

/// Changes a decision by its name.
///
/// # Errors
/// If there is none of this name.
pub fn set(name: &str) -> anyhow::Result<()> {
    let found = Mutant::ALL.into_iter().find(|mutant| mutant.key() == name);
    mutant::set(found.with_context(|| format!("no mutant is called {name}"))?);
    Ok(())
}

/// Runs every mutant for at most so many seeds; says which were caught, after how many, by which promise.
///
/// # Errors
/// If a process cannot be run.
pub fn run(seeds: u64) -> anyhow::Result<ExitCode> {
    let mut rows = Vec::new();
    println!("{:22} {:>6}  {}", "mutant", "seeds", "caught by");
    for mutant in Mutant::ALL {
        let done = Command::new(std::env::current_exe()?)
            .args([
                "--mutant",
                mutant.key(),
                "--seeds",
                &seeds.to_string(),
                "--until-violation",
                "--json",
            ])
            .output()?;
        let text = String::from_utf8_lossy(&done.stdout);
        let last: Value = serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap_or(Value::Null);
        let invariant = last["invariant"].as_str().map(str::to_owned);
        let tried = last["seeds"].as_u64().unwrap_or(0);
        println!("{:22} {tried:>6}  {}", mutant.key(), invariant.as_deref().unwrap_or("NOT CAUGHT"));
        rows.push(json!({"name": mutant.key(), "caught": invariant.is_some(), "seeds": tried, "invariant": invariant}));
    }
    let all = rows.iter().all(|row| row["caught"] == true);
    println!("{}", json!({ "mutations": rows }));
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
