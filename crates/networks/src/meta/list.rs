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

/// Gathers what a list tells, newest first, page by page until a whole page is older than what is looked for: a single entry may stand
/// out of order.
///
/// # Errors
/// The next call, or why the list cannot be gathered.
pub fn gather<T: DeserializeOwned, S>(
    name: &str,
    answers: &[Answer],
    first: Request,
    read: impl Fn(T) -> Option<S>,
    too_old: impl Fn(&S) -> bool,
) -> Result<Vec<S>, Box<Probe>> {
    let Some(last) = answers.last() else {
        return Err(Box::new(Probe::Call(first)));
    };
    let mut all = Vec::new();
    for answer in answers {
        let Ok(page) = serde_json::from_slice::<List<T>>(&answer.body) else {
            return Err(Box::new(unknown(format!("{name} cannot be read."))));
        };
        let (before, entries) = (all.len(), page.data.len());
        for entry in page.data {
            let Some(entry) = read(entry) else {
                return Err(Box::new(unknown(format!("{name} does not say of every entry when it was made."))));
            };
            if !too_old(&entry) {
                all.push(entry);
            }
        }
        if entries > 0 && all.len() == before {
            return Ok(all);
        }
    }
    let page = serde_json::from_slice::<List<T>>(&last.body).map_err(|_| Box::new(unknown(format!("{name} cannot be read."))))?;
    match page.after() {
        Some(_) if answers.len() >= PAGES_MAX => Err(Box::new(unknown(format!("{name} is too long to be looked through.")))),
        Some(after) => Err(Box::new(Probe::Call(first.query("after", after)))),
        None if page.paging.as_ref().is_some_and(|paging| paging.next.is_some()) => {
            Err(Box::new(unknown(format!("{name} goes on, but does not say where."))))
        }
        None => Ok(all),
    }
}

fn unknown(why: String) -> Probe {
    Probe::Finding(Finding::Unknown(why))
}
