//! What many runs came to.

use std::collections::BTreeMap;

use postrider_simulation::coverage::{Hits, Step};
use postrider_simulation::{Cell, Outcome, Template, Trouble};
use serde::{Deserialize, Serialize};

/// The sums of runs, which processes hand each other as JSON.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Sums {
    /// How many runs.
    pub seeds: u64,
    /// How many deliveries.
    pub deliveries: u64,
    /// What went wrong on purpose, how often.
    pub faults: BTreeMap<String, u64>,
    /// How deliveries ended.
    pub ends: BTreeMap<String, u64>,
    /// What met the posts of each kind.
    pub cells: BTreeMap<String, Hits>,
    /// Promises that were seen broken.
    pub violations: u64,
    /// The first of them.
    pub invariant: Option<String>,
    /// What the simulation itself could not do.
    pub failures: Vec<String>,
}

/// The name of all posts of a network together.
fn access(cell: &Cell) -> String {
    format!("{}/access", cell.network)
}

/// How often each trouble is to have met each step of each kind of post.
pub const MET_MIN: u64 = 20;

impl Sums {
    /// Adds a run.
    pub fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.deliveries += outcome.deliveries;
        for (what, times) in &outcome.faults {
            *self.faults.entry((*what).to_owned()).or_default() += times;
        }
        for (end, times) in &outcome.ends {
            *self.ends.entry(end.clone()).or_default() += times;
        }
        // An access is the account's, whatever is posted.
        self.cells.entry(access(&outcome.cell)).or_default().add(&outcome.hits);
        self.cells.entry(outcome.cell.kind()).or_default().add(&outcome.hits);
        self.violations += outcome.violations.len() as u64;
        let first = outcome.violations.first().map(|violation| violation.invariant.to_owned());
        self.invariant = self.invariant.take().or(first);
    }

    /// Adds another process's.
    pub fn join(&mut self, other: Sums) {
        self.seeds += other.seeds;
        self.deliveries += other.deliveries;
        for (what, times) in other.faults {
            *self.faults.entry(what).or_default() += times;
        }
        for (end, times) in other.ends {
            *self.ends.entry(end).or_default() += times;
        }
        for (cell, hits) in other.cells {
            self.cells.entry(cell).or_default().add(&hits);
        }
        self.violations += other.violations;
        self.invariant = self.invariant.take().or(other.invariant);
        self.failures.extend(other.failures);
    }

    /// How many things went wrong on purpose.
    pub fn faults(&self) -> u64 {
        self.faults.values().sum()
    }

    /// What was met too seldom for the runs to say anything of it, among what can be met.
    pub fn seldom(&self, template: &Template) -> Vec<String> {
        let mut seldom = Vec::new();
        for cell in template.cells() {
            for step in Step::ALL {
                for trouble in Trouble::ALL.iter().filter(|trouble| cell.may_meet(**trouble, step).is_ok()) {
                    let of_access = step == Step::Renew || trouble.is_of_access();
                    let name = if of_access { access(&cell) } else { cell.kind() };
                    let hits = self.cells.get(&name);
                    let calls = hits.map_or(0, |hits| hits.calls(step));
                    // Words alone are neither handed in ahead nor read again everywhere; whatever else there is must have happened.
                    let may_lack = cell.carrier.is_none() && step != Step::Commit;
                    let met = hits.map_or(0, |hits| hits.met(*trouble, step));
                    if met < MET_MIN && !(calls == 0 && may_lack) {
                        seldom.push(format!("{name} {} {} ({met})", step.key(), trouble.key()));
                    }
                }
            }
        }
        seldom.sort();
        seldom.dedup();
        seldom
    }

    /// For people: what met what.
    pub fn print(&self) {
        println!("{:36} {:8} {:>7}  troubles met", "posts", "step", "calls");
        for (cell, hits) in &self.cells {
            for step in Step::ALL.into_iter().filter(|step| hits.calls(*step) > 0) {
                let met: Vec<String> = Trouble::ALL.iter().map(|trouble| hits.met(*trouble, step).to_string()).collect();
                println!("{cell:36} {:8} {:>7}  {}", step.key(), hits.calls(step), met.join(" "));
            }
        }
        let troubles: Vec<&str> = Trouble::ALL.iter().map(|trouble| trouble.key()).collect();
        println!("troubles, in this order: {}", troubles.join(", "));
        println!("ends: {:?}", self.ends);
        println!("went wrong on purpose: {:?}", self.faults);
    }
}
