//! What will happen to a post on a channel if nothing changes (product S11).
//!
//! It is decided here by the same functions that the engine and the schedule's check go by, from facts that somebody else read:
//! what it says cannot disagree with what is done.

mod line;
mod told;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::channel::Standing;
use crate::delivery::{Gate, State};
use crate::network::Network;
use crate::post::{Content, Mode};
use crate::problem::Problem;
use crate::quota::{self, Filled};
use crate::rules;
use crate::rules::render::{Rendered, rendered};
use crate::rules::schema::{Quota, ROLLING_HOUR};

pub use line::{Line, Turn, Waiting, Words};
use told::Told;

/// What will become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It goes out at its instant.
    WillPublish,
    /// A limit holds it; it goes out when there is room.
    WillWait,
    /// At its instant a person is asked to post it.
    ByHand,
    /// It does not go out.
    WillNotPublish,
}

impl Verdict {
    /// The name in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Verdict::WillPublish => "will_publish",
            Verdict::WillWait => "will_wait",
            Verdict::ByHand => "by_hand",
            Verdict::WillNotPublish => "will_not_publish",
        }
    }
}

/// Everything that the verdict depends on.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// UTC milliseconds.
    pub now_ms: i64,
    /// When it asks to go out, UTC milliseconds: its instant, or when the limit that holds it opens; now if that is past or there is none.
    pub at_ms: i64,
    /// Its instant, if it has one, UTC milliseconds.
    pub due_at_ms: Option<i64>,
    /// Until when a limit holds it, UTC milliseconds.
    pub deferred_until_ms: Option<i64>,
    /// Where it stands; `None` if it is not saved: then what is told is what scheduling it so would bring.
    pub state: Option<State>,
    /// What approval says.
    pub gate: Gate,
    /// What it says on the channel.
    pub content: &'a Content,
    /// What the runaway guard knows it by.
    pub likeness: Option<String>,
    /// For the public or as a draft.
    pub mode: Mode,
    /// Whether it ends at the network and not with a person.
    pub goes_to_network: bool,
    /// Whether the plan allows publishing.
    pub plan_allows: bool,
    /// How late it may still go out by itself, milliseconds.
    pub catch_up_ms: i64,
    /// The channel.
    pub channel: Standing<'a>,
    /// Since when the network does not work, UTC milliseconds; `None` if it does as far as is known.
    pub outage_since_ms: Option<i64>,
    /// What the rules say of its content.
    pub problems: Vec<Problem>,
    /// What the guard counts on the channel, and who else is to go out there.
    pub line: Line<'a>,
    /// The quotas that scheduling it looks at.
    pub room: Room<'a>,
    /// Whether the same words are to go out on the channel after it.
    pub said_again: bool,
}

/// The quotas around an instant.
#[derive(Debug, Clone, Copy)]
pub enum Room<'a> {
    /// Each window with everything that takes its places, before the instant and after.
    Windows {
        /// The windows.
        all: &'a [Filled],
        /// The one that has no room for one more, if one has not.
        full: Option<&'a Filled>,
    },
    /// A quota that has no places at all.
    Closed(&'a Quota),
}

/// What will happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// In a word.
    pub verdict: Verdict,
    /// When it goes out, UTC milliseconds; `None` if it does not.
    pub goes_at_ms: Option<i64>,
    /// How it ends, if it goes out.
    pub ends_as: State,
    /// What stops it (errors) and what should be known (warnings), errors first.
    pub problems: Vec<Problem>,
}

/// How long the same words are worth a warning, milliseconds (product S11: "was just posted").
pub const SAME_WORDS_MS: i64 = 24 * 3_600_000;

/// What content says on a network: the words as rendered.
pub fn said(network: Network, content: &Content) -> Rendered {
    rules::offer(network, content.content_type)
        .map(|offer| rendered(content, offer))
        .unwrap_or_default()
}

/// What will happen, and why.
pub fn outlook(facts: Facts<'_>) -> Outlook {
    let ends_as = match (facts.mode, facts.goes_to_network) {
        (Mode::Publish, _) => State::Published,
        (Mode::Draft, true) => State::Drafted,
        (Mode::Draft, false) => State::ReadyToPost,
    };
    let mut told = Told(facts.problems.clone());
    told.where_it_stands(&facts);
    told.gate(&facts);
    told.plan(&facts);
    told.room(&facts);
    let goes_at_ms = if facts.goes_to_network {
        at_the_network(&facts, &mut told)
    } else {
        by_hand(&facts, &mut told);
        facts.at_ms
    };
    let mut problems = told.0;
    problems.sort_by_key(|problem| problem.severity);
    let stopped = rules::check::blocks(&problems);
    let deferred = facts.deferred_until_ms.is_some_and(|until_ms| until_ms > facts.now_ms);
    let verdict = if stopped {
        Verdict::WillNotPublish
    } else if !facts.goes_to_network {
        Verdict::ByHand
    } else if deferred || goes_at_ms > facts.at_ms {
        Verdict::WillWait
    } else {
        Verdict::WillPublish
    };
    Outlook {
        verdict,
        goes_at_ms: (!stopped).then_some(goes_at_ms),
        ends_as,
        problems,
    }
}

/// What a person posts needs no access, and no guard counts it; but what a halt holds is not even handed to them.
fn by_hand(facts: &Facts<'_>, told: &mut Told) {
    if facts.channel.halted_because.is_some() {
        told.halted(facts);
    } else if facts.line.turn(&ours(facts), false) == Turn::Held {
        told.halted_before(facts);
    }
}

/// When it is let out by the limits that it meets, UTC milliseconds.
fn at_the_network(facts: &Facts<'_>, told: &mut Told) -> i64 {
    let (mut goes_at_ms, mut said_ms) = (facts.at_ms, None);
    if facts.deferred_until_ms.is_some_and(|until_ms| until_ms > facts.now_ms) {
        told.deferred(facts);
    }
    match facts.line.turn(&ours(facts), true) {
        Turn::Goes { at_ms, said_ms: before_ms } => (goes_at_ms, said_ms) = (at_ms, before_ms),
        Turn::Halts => told.alike(facts),
        Turn::Held => told.halted_before(facts),
    }
    if goes_at_ms > facts.at_ms {
        told.waits(facts, &ROLLING_HOUR, ROLLING_HOUR.max.value);
    }
    // What a network holds back already asks again at the instant that it named.
    if let (Room::Windows { all, .. }, Some(state)) = (facts.room, facts.state)
        && state != State::Deferred
    {
        let before: Vec<Filled> = all
            .iter()
            .filter(|window| window.quota.key != ROLLING_HOUR.key)
            .map(|window| Filled {
                times: window.times.iter().copied().filter(|at| *at <= facts.at_ms).collect(),
                ..window.clone()
            })
            .collect();
        if let Ok((free_ms, Some(full))) = quota::next_free_in_all(&before, goes_at_ms) {
            goes_at_ms = free_ms;
            told.waits(facts, full.quota, full.max);
        }
    }
    told.channel(facts, goes_at_ms);
    told.outage(facts, goes_at_ms);
    told.same_words(facts, goes_at_ms, said_ms);
    goes_at_ms
}

fn ours(facts: &Facts<'_>) -> Waiting {
    Waiting {
        asks_ms: facts.at_ms,
        due_ms: facts.due_at_ms.unwrap_or(facts.now_ms),
        likeness: facts.likeness.clone(),
        words: Words::of(facts.channel.network, facts.content),
    }
}

#[cfg(test)]
mod tests;
