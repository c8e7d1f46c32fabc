//! The shape of the project, checked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde::Deserialize;

/// What each crate may know of the workspace (ARCHITECTURE.md). Test support and tools may know everything.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("provider", &["core"]),
    ("networks", &["core", "provider"]),
    ("sandbox", &["core"]),
    ("store", &["core"]),
    ("services", &["core", "provider", "store"]),
    ("engine", &["core", "provider", "store"]),
    ("web", &["core", "engine", "provider", "services", "store"]),
    (
        "cli",
        &["core", "engine", "networks", "provider", "sandbox", "services", "store", "web"],
    ),
];

/// What the pure core must never depend on.
const NOT_PURE: &[&str] = &["tokio", "sqlx", "reqwest", "axum", "getrandom", "rand"];

/// Files that every network's folder has.
const NETWORK_FILES: &[&str] = &["mod.rs", "auth.rs", "publish.rs", "wire.rs", "error.rs", "docs.md"];
const SANDBOX_FILES: &[&str] = &["mod.rs", "auth.rs", "publish.rs"];

/// Words that mark what is not done, put together here so that this file does not hold them.
fn unfinished() -> Vec<String> {
    ["to", "unimple"]
        .iter()
        .zip(["do!(", "mented!("])
        .map(|(a, b)| format!("{a}{b}"))
        .chain(["#[ig".to_owned() + "nore", "db".to_owned() + "g!("])
        .collect()
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

/// Runs every check and reports all that is wrong.
pub fn run() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let mut wrong = Vec::new();
    dependencies(&root, &mut wrong)?;
    shapes(&root, "crates/networks/src", NETWORK_FILES, &mut wrong)?;
    shapes(&root, "crates/sandbox/src", SANDBOX_FILES, &mut wrong)?;
    sources(&root, &mut wrong)?;
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{} things are not tidy:\n{}", wrong.len(), wrong.join("\n"))
}

fn dependencies(root: &Path, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .context("cargo metadata")?;
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    for package in &metadata.packages {
        let name = package.name.strip_prefix("postrider-").unwrap_or(&package.name);
        let shipped = package.dependencies.iter().filter(|dependency| dependency.kind.is_none());
        if let Some((_, may_know)) = MAY_KNOW.iter().find(|(krate, _)| *krate == name) {
            for dependency in shipped.clone() {
                if let Some(own) = dependency.name.strip_prefix("postrider-")
                    && !may_know.contains(&own)
                {
                    wrong.push(format!("{name} must not know {own}"));
                }
            }
        }
        if name == "core" {
            for dependency in shipped.filter(|dependency| NOT_PURE.contains(&dependency.name.as_str())) {
                wrong.push(format!("core is pure and must not depend on {}", dependency.name));
            }
        }
    }
    Ok(())
}

/// The names of the twelve networks, from the one place that lists them.
fn networks(root: &Path) -> anyhow::Result<BTreeSet<String>> {
    let text = std::fs::read_to_string(root.join("crates/core/src/network.rs"))?;
    Ok(text
        .lines()
        .filter_map(|line| {
            line.trim()
                .strip_prefix("Network::")?
                .split_once(" => \"")?
                .1
                .strip_suffix("\",")
                .map(str::to_owned)
        })
        .collect())
}

fn shapes(root: &Path, folder: &str, files: &[&str], wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let names = networks(root)?;
    for entry in std::fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !names.contains(&name) || !entry.file_type()?.is_dir() {
            continue;
        }
        for file in files {
            let here = entry.path().join(file);
            // A file that grew is a folder of the same name.
            let grown = entry.path().join(file.trim_end_matches(".rs"));
            if !here.exists() && !grown.is_dir() {
                wrong.push(format!("{folder}/{name} has no {file}"));
            }
        }
    }
    Ok(())
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

fn sources(root: &Path, wrong: &mut Vec<String>) -> anyhow::Result<()> {
    let mut files = Vec::new();
    rust_files(&root.join("crates"), &mut files)?;
    let marks = unfinished();
    for file in files {
        let text = std::fs::read_to_string(&file)?;
        let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        for (index, line) in text.lines().enumerate() {
            if let Some(mark) = marks.iter().find(|mark| line.contains(mark.as_str())) {
                wrong.push(format!("{name}:{} holds `{mark}`", index + 1));
            }
        }
        let printing_allowed = ["crates/cli/", "crates/bench/", "crates/simulation/", "crates/xtask/"]
            .iter()
            .any(|allowed| name.starts_with(allowed))
            || name.contains("/tests/")
            || name.ends_with("/build.rs")
            || name.starts_with("crates/testkit/")
            || name.starts_with("crates/postgres/");
        if !printing_allowed && text.contains("println!(") {
            wrong.push(format!("{name} prints: it should trace"));
        }
    }
    Ok(())
}
