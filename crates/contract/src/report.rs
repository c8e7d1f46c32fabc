//! What came of the check.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use serde_json::Value;

use crate::call::Call;
use crate::described::{self, By};
use crate::{bot_api, breaks, discovery, graph, lexicon, openapi};

/// Calls of one kind that no document describes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unspecified {
    /// The host.
    pub host: String,
    /// Why.
    pub why: &'static str,
    /// How many calls.
    pub requests: usize,
}

/// The whole.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Calls that were written down.
    pub requests: usize,
    /// Those that were held against a description.
    pub checked: usize,
    /// The descriptions.
    pub specs: Vec<&'static str>,
    /// Descriptions that no call was held against: a suite that sends nothing would otherwise pass.
    pub unused: Vec<&'static str>,
    /// Operations of them that were called.
    pub operations: usize,
    /// How many calls are not as described.
    pub violations: usize,
    /// What no document describes.
    pub unspecified: Vec<Unspecified>,
    /// Calls that were broken on purpose.
    pub broken: usize,
    /// Those of them that nobody found wrong.
    pub missed: usize,
    /// Each violation and each broken call that passed, in words.
    #[serde(skip)]
    pub told: Vec<String>,
}

/// Reads what was written into a folder.
///
/// # Errors
/// If a file cannot be read.
pub fn recorded(folder: &Path) -> anyhow::Result<Vec<Call>> {
    let mut calls = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        for line in text.lines() {
            calls.push(serde_json::from_str(line).with_context(|| path.display().to_string())?);
        }
    }
    Ok(calls)
}

/// The documents, each read once.
struct Documents<'a> {
    folder: &'a Path,
    read: HashMap<&'static str, Value>,
}

impl Documents<'_> {
    fn one(&mut self, file: &'static str) -> anyhow::Result<&Value> {
        if !self.read.contains_key(file) {
            let path = self.folder.join(file);
            let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
            self.read.insert(file, serde_json::from_slice(&bytes)?);
        }
        Ok(&self.read[file])
    }

    /// The operation that a call is of, if there is one, and what is wrong with it.
    fn check(&mut self, by: By, call: &Call) -> anyhow::Result<(Option<String>, Vec<String>)> {
        Ok(match by {
            By::OpenApi(file, reading) => openapi::check(self.one(file)?, reading, call),
            By::Discovery(file) => discovery::check(self.one(file)?, call),
            By::Lexicons(folder) => lexicon::check(&self.folder.join(folder), call),
            By::Graph(folder) => graph::check(&self.folder.join(folder), call),
            By::BotApi(file) => bot_api::check(self.one(file)?, call),
            By::Nothing(_) => (None, Vec::new()),
        })
    }
}

/// Holds calls against the descriptions in a folder; then breaks one of each operation on purpose.
///
/// # Errors
/// If a description cannot be read.
pub fn check(folder: &Path, calls: &[Call]) -> anyhow::Result<Report> {
    let mut documents = Documents {
        folder,
        read: HashMap::new(),
    };
    let mut report = Report {
        requests: calls.len(),
        ..Report::default()
    };
    let (mut specs, mut told) = (BTreeSet::new(), BTreeSet::new());
    let mut unspecified: BTreeMap<(String, &'static str), usize> = BTreeMap::new();
    // The call of each operation that says the most.
    let mut examples: BTreeMap<(&'static str, String), (By, &Call)> = BTreeMap::new();
    for call in calls {
        let Some(by) = described::of(call) else {
            report.violations += 1;
            told.insert(format!("{}: nobody has said what describes it", call.operation()));
            continue;
        };
        let Some(file) = by.file() else {
            let By::Nothing(why) = by else { continue };
            *unspecified.entry((call.host.clone(), why)).or_default() += 1;
            continue;
        };
        report.checked += 1;
        specs.insert(file);
        let (operation, faults) = documents.check(by, call)?;
        if !faults.is_empty() {
            report.violations += 1;
            told.insert(format!("{}: {}", call.operation(), faults.join("; ")));
        } else if let Some(operation) = operation {
            let example = examples.entry((file, operation)).or_insert((by, call));
            if example.1.body.len() < call.body.len() {
                example.1 = call;
            }
        }
    }
    for ((_, operation), (by, call)) in &examples {
        for (how, broken) in breaks::of(call, *by) {
            report.broken += 1;
            if documents.check(*by, &broken)?.1.is_empty() {
                report.missed += 1;
                told.insert(format!("broken on purpose and not found: {operation} with {how}"));
            }
        }
    }
    report.operations = examples.len();
    report.unused = described::files().filter(|file| !specs.contains(file)).collect();
    report.specs = specs.into_iter().collect();
    let unspecified = unspecified.into_iter();
    report.unspecified = unspecified
        .map(|((host, why), requests)| Unspecified { host, why, requests })
        .collect();
    report.told = told.into_iter().collect();
    Ok(report)
}
