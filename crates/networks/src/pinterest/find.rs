//! Whether a Pin stands after its answer was lost: the board lists its Pins, newest first.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use postrider_provider::{Answer, Finding, IntentView, Job, Probe, Request};

use super::publish::{self, Words, part_receipt, words};
use super::wire::{Page, Pin};
use super::{api, error};
use crate::recall::{self, Seen};

const PAGE: &str = "25";
/// Beyond so many pages nobody says any more that a Pin is absent.
const PAGES_MAX: usize = 10;

/// The next look.
pub fn probe(job: &Job, intent: &IntentView, answers: &[Answer]) -> Probe {
    let pins = match gathered(job, intent, answers) {
        Ok(pins) => pins,
        Err(next) => return *next,
    };
    if !intent.remembered {
        let seen = pins.into_iter().map(|(at_ms, pin)| seen(job, at_ms, pin)).collect();
        return Probe::Finding(recall::judge(job, intent, &whole(&words(job)), seen));
    }
    Probe::Finding(remembered(job, &pins))
}

/// Every own Pin that can be it, newest first. A whole page of older ones ends the search: a single one may stand out of order.
fn gathered(job: &Job, intent: &IntentView, answers: &[Answer]) -> Result<Vec<(i64, Pin)>, Box<Probe>> {
    let mut pins = Vec::new();
    let mut mark = None;
    for answer in answers {
        if !answer.ok() {
            return Err(Box::new(Probe::Finding(error::fault(answer).finding())));
        }
        let Ok(page) = serde_json::from_slice::<Page<Pin>>(&answer.body) else {
            return Err(unknown("Pinterest's list of Pins cannot be read."));
        };
        mark = page.next().map(str::to_owned);
        let mut all_older = !page.items.is_empty();
        for pin in page.items {
            let Some(at_ms) = pin.created_at.as_deref().and_then(instant_ms) else {
                return Err(unknown("Pinterest does not say of every Pin when it was made."));
            };
            if recall::too_old(intent, at_ms) {
                continue;
            }
            all_older = false;
            if pin.is_owner != Some(false) && !job.known_external_ids.contains(&pin.id) {
                pins.push((at_ms, pin));
            }
        }
        if all_older || mark.is_none() {
            return Ok(pins);
        }
    }
    if answers.len() >= PAGES_MAX {
        return Err(unknown("The board has more new Pins than can be looked through."));
    }
    let path = format!("boards/{}/pins", job.account.external_id);
    let mut list = Request::get("look for the Pin", api(&path)).query("page_size", PAGE);
    if let Some(mark) = mark {
        list = list.query("bookmark", mark);
    }
    Err(Box::new(Probe::Call(list.bearer("access"))))
}

/// Title and link are kept as they were sent; of the description only its words are sure to be.
fn remembered(job: &Job, pins: &[(i64, Pin)]) -> Finding {
    let ours = words(job);
    let told = |pin: &Pin| {
        let at = part_receipt(&pin.id).permalink.unwrap_or_default();
        Finding::Unclear(format!(
            "A Pin stands on the board that nobody here knows ({at}): it may be this one."
        ))
    };
    let alike: Vec<&Pin> = pins
        .iter()
        .map(|(_, pin)| pin)
        .filter(|pin| fits(job, pin) && same_head(&ours, pin))
        .collect();
    let same = alike
        .iter()
        .find(|pin| folded(pin.description.as_deref().unwrap_or_default()) == folded(ours.description));
    let wordless = ours.title.is_empty() && ours.description.is_empty() && ours.link.is_empty();
    match (same, alike.first()) {
        // Nothing but its time tells it from what somebody else pinned.
        (Some(pin), _) if wordless => told(pin),
        (Some(pin), _) => Finding::Found(part_receipt(&pin.id)),
        (None, Some(pin)) if !ours.title.is_empty() || !ours.link.is_empty() => told(pin),
        _ => Finding::AbsentInList,
    }
}

fn same_head(ours: &Words<'_>, pin: &Pin) -> bool {
    let bare = |link: &str| link.trim().trim_end_matches('/').to_owned();
    folded(pin.title.as_deref().unwrap_or_default()) == folded(ours.title)
        && bare(pin.link.as_deref().unwrap_or_default()) == bare(ours.link)
}

/// Whether it shows what the post shows, as far as the list tells.
fn fits(job: &Job, pin: &Pin) -> bool {
    let expected = match (publish::video(job), job.media.len()) {
        (Some(_), _) => "video",
        (None, 1) => "image",
        (None, _) => "multiple_images",
    };
    let shown = pin.media.as_ref().map_or("", |media| media.media_type.as_str());
    shown.is_empty() || shown == expected
}

fn seen(job: &Job, at_ms: i64, pin: Pin) -> Seen {
    let said = Words {
        title: pin.title.as_deref().unwrap_or_default(),
        description: pin.description.as_deref().unwrap_or_default(),
        link: pin.link.as_deref().unwrap_or_default(),
    };
    Seen {
        words: whole(&said),
        at_ms,
        permalink: part_receipt(&pin.id).permalink,
        fits: fits(job, &pin),
        id: pin.id,
    }
}

fn whole(words: &Words<'_>) -> String {
    folded(&[words.title, words.description, words.link.trim_end_matches('/')].join("\n"))
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `2026-11-22T00:00:00`, which is UTC, or the same with a zone.
fn instant_ms(text: &str) -> Option<i64> {
    let zoned = text.parse::<Timestamp>().ok();
    let bare = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    zoned.or_else(bare).map(Timestamp::as_millisecond)
}

fn unknown(why: &str) -> Box<Probe> {
    Box::new(Probe::Finding(Finding::Unknown(why.to_owned())))
}
