//! The networks' own descriptions against what is sent to them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use clap::Args;
use postrider_contract::RECORD;

/// The suites that connect everything and publish everything.
const SUITES: &[&str] = &["whole", "tokens"];

/// What is to be checked, and how it is told.
#[derive(Args)]
pub struct Flags {
    /// A folder that the suites have written their calls to; without it they are run now.
    #[arg(long)]
    recorded: Option<PathBuf>,
    /// Prints the report as JSON, in one last line.
    #[arg(long)]
    json: bool,
}

/// Checks, and prints what came of it.
///
/// # Errors
/// If the suites fail, anything is not as described, a description was not called upon, or a call that was broken on purpose is not found.
pub fn run(cargo: &str, flags: &Flags) -> anyhow::Result<()> {
    let Some(specs) = std::env::var_os("POSTRIDER_SPECS") else {
        println!("The networks' machine-readable descriptions are not here (POSTRIDER_SPECS): nothing is checked.");
        return Ok(());
    };
    let folder = match &flags.recorded {
        Some(folder) => folder.clone(),
        None => record(cargo)?,
    };
    let calls = postrider_contract::recorded(&folder)?;
    if flags.recorded.is_none() {
        std::fs::remove_dir_all(&folder)?;
    }
    anyhow::ensure!(!calls.is_empty(), "no calls in {}", folder.display());
    let report = postrider_contract::check(Path::new(&specs), &calls)?;
    for line in &report.told {
        println!("{line}");
    }
    for left in &report.unspecified {
        println!("{:>6} {}: {}", left.requests, left.host, left.why);
    }
    println!(
        "{} calls, {} of them held against {} descriptions ({} operations): {} violations; {} calls broken on purpose, {} of them not found.",
        report.requests,
        report.checked,
        report.specs.len(),
        report.operations,
        report.violations,
        report.broken,
        report.missed
    );
    for file in &report.unused {
        println!("nothing that was sent is described by {file}");
    }
    if flags.json {
        println!("{}", serde_json::to_string(&report)?);
    }
    let holds = report.violations == 0 && report.missed == 0 && report.unused.is_empty();
    anyhow::ensure!(holds, "the contract is broken");
    Ok(())
}

/// Runs the suites with every call written down.
fn record(cargo: &str) -> anyhow::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("postrider-calls-{}", std::process::id()));
    let mut tests = Command::new(cargo);
    tests.args(["test", "--quiet", "--workspace"]).env(RECORD, &folder);
    for suite in SUITES {
        tests.args(["--test", suite]);
    }
    let status = tests.status().context("cargo test")?;
    anyhow::ensure!(status.success(), "the suites failed");
    Ok(folder)
}
