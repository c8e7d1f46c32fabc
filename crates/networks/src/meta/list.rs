//! Looking for something in a list that may be longer than a page.

use postrider_provider::{Answer, Finding, PartReceipt, Probe, Request};
use serde::de::DeserializeOwned;

use super::wire::List;

/// Beyond so many pages nobody says any more that something is absent.
const PAGES_MAX: usize = 10;

/// Looks through the pages of a list: `first` asks for the first of them, `answers` are the pages so far, all well answered.
/// Absent is only what is on none of them.
pub fn look<T: DeserializeOwned>(name: &str, answers: &[Answer], first: Request, ours: impl Fn(&T) -> Option<PartReceipt>) -> Probe {
    let Some(answer) = answers.last() else { return Probe::Call(first) };
    let Ok(page) = serde_json::from_slice::<List<T>>(&answer.body) else {
        return unknown(format!("{name} cannot be read."));
    };
    if let Some(found) = page.data.iter().find_map(ours) {
        return Probe::Finding(Finding::Found(found));
    }
    let goes_on = page.paging.as_ref().is_some_and(|paging| paging.next.is_some());
    match page.after() {
        None if goes_on => unknown(format!("{name} goes on, but does not say where.")),
        None => Probe::Finding(Finding::AbsentInList),
        Some(_) if answers.len() >= PAGES_MAX => unknown(format!("{name} is too long to be looked through.")),
        Some(after) => Probe::Call(first.query("after", after)),
    }
}

fn unknown(why: String) -> Probe {
    Probe::Finding(Finding::Unknown(why))
}
