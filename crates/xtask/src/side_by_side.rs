//! Every test of the workspace, several programs at a time: most wait more than they work.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, bail};
use serde::Deserialize;

/// Those that take longest begin first, so that nobody waits for one at the end.
const LONGEST: [&str; 5] = ["whole", "processes", "suite", "tokens", "api"];
/// Computes all the time: `./test simulation` runs it, built with optimizations as the rest of the simulation is.
const OPTIMIZED: &str = "foretold";
/// How many tests of one program run at a time: unless the environment says otherwise, twice as many as there are cores for.
const THREADS: &str = "RUST_TEST_THREADS";

/// What cargo says of what it built.
#[derive(Deserialize)]
struct Built {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    profile: Option<Profile>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// One program of tests.
struct Program {
    name: String,
    folder: PathBuf,
    executable: PathBuf,
}

/// Builds them, runs them, and prints a line for each; what a failed one wrote follows it.
///
/// # Errors
/// If they cannot be built, or any fails.
pub fn run(cargo: &str) -> anyhow::Result<()> {
    let mut programs = built(cargo)?;
    programs.sort_by_key(|program| LONGEST.iter().position(|name| *name == program.name).unwrap_or(LONGEST.len()));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = std::env::var(THREADS).unwrap_or_else(|_| (cores * 2).to_string());
    let (left, failed) = (Mutex::new(VecDeque::from(programs)), Mutex::new(Vec::new()));
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    std::thread::scope(|scope| {
        for _ in 0..cores.max(2) {
            scope.spawn(|| {
                while let Some(program) = next() {
                    if let Err(error) = passes(&program, &threads) {
                        println!("{error:#}");
                        failed
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(program.executable.display().to_string());
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    anyhow::ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

fn built(cargo: &str) -> anyhow::Result<Vec<Program>> {
    let output = Command::new(cargo)
        .args([
            "test",
            "--quiet",
            "--workspace",
            "--no-run",
            "--message-format",
            "json-render-diagnostics",
        ])
        .stderr(Stdio::inherit())
        .output()
        .context("cargo test")?;
    if !output.status.success() {
        bail!("the tests cannot be built");
    }
    let mut programs = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let said: Built = serde_json::from_str(line).with_context(|| format!("cargo said {line}"))?;
        if said.reason != "compiler-artifact" || !said.profile.is_some_and(|profile| profile.test) {
            continue;
        }
        if let (Some(manifest), Some(target), Some(executable)) = (said.manifest_path, said.target, said.executable)
            && target.name != OPTIMIZED
        {
            programs.push(Program {
                name: target.name,
                folder: manifest.parent().context("a folder")?.to_owned(),
                executable,
            });
        }
    }
    anyhow::ensure!(!programs.is_empty(), "cargo named no tests");
    Ok(programs)
}

fn passes(program: &Program, threads: &str) -> anyhow::Result<()> {
    let began = Instant::now();
    let crate_name = program.folder.file_name().unwrap_or_default().to_string_lossy();
    let name = &program.name;
    println!("begins {crate_name} {name}");
    let done = Command::new(&program.executable)
        .arg("--quiet")
        .current_dir(&program.folder)
        .env("CARGO_MANIFEST_DIR", &program.folder)
        .env(THREADS, threads)
        .stdin(Stdio::null())
        .output()
        .with_context(|| program.executable.display().to_string())?;
    let took_s = began.elapsed().as_secs_f32();
    let said = String::from_utf8_lossy(&done.stdout);
    if !done.status.success() {
        let wrong = String::from_utf8_lossy(&done.stderr);
        bail!("FAILED {crate_name} {name} ({})\n{said}\n{wrong}", done.status);
    }
    let count = said
        .lines()
        .find_map(|line| line.strip_prefix("test result: ok. ")?.split(';').next());
    println!("passed {crate_name} {name} in {took_s:.1} s: {}", count.unwrap_or("no count"));
    Ok(())
}
