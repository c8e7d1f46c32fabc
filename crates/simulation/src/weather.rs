//! What goes wrong, how often, and until when.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::dice::Dice;
use crate::time::Truth;

/// What may happen to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// No connection can be made.
    Unreachable,
    /// The request is lost, and the connection breaks.
    RequestLost,
    /// The request is lost, and nothing is heard.
    RequestSwallowed,
    /// The network does it; the connection breaks before the answer.
    AnswerLost,
    /// The network does it, and nothing is heard.
    AnswerSwallowed,
    /// The network does it; the connection breaks in the middle of the answer.
    AnswerCut,
    /// The request arrives after the caller has given up.
    ArrivesLate,
    /// The network does it at once and answers late.
    AnswersLate,
    /// 5xx, and nothing was done.
    FailsBefore,
    /// 5xx, and it was done.
    FailsAfter,
    /// A refusal that the network does not document, and it was done.
    RefusesAfter,
    /// 429 that names when to come back.
    TooMany,
    /// 429 that does not.
    TooManyWithoutTime,
}

impl Trouble {
    /// Every one.
    pub const ALL: [Trouble; 13] = [
        Trouble::Unreachable,
        Trouble::RequestLost,
        Trouble::RequestSwallowed,
        Trouble::AnswerLost,
        Trouble::AnswerSwallowed,
        Trouble::AnswerCut,
        Trouble::ArrivesLate,
        Trouble::AnswersLate,
        Trouble::FailsBefore,
        Trouble::FailsAfter,
        Trouble::RefusesAfter,
        Trouble::TooMany,
        Trouble::TooManyWithoutTime,
    ];

    /// Its name in tables.
    pub const fn key(self) -> &'static str {
        match self {
            Trouble::Unreachable => "unreachable",
            Trouble::RequestLost => "request_lost",
            Trouble::RequestSwallowed => "request_swallowed",
            Trouble::AnswerLost => "answer_lost",
            Trouble::AnswerSwallowed => "answer_swallowed",
            Trouble::AnswerCut => "answer_cut",
            Trouble::ArrivesLate => "arrives_late",
            Trouble::AnswersLate => "answers_late",
            Trouble::FailsBefore => "fails_before",
            Trouble::FailsAfter => "fails_after",
            Trouble::RefusesAfter => "refuses_after",
            Trouble::TooMany => "too_many",
            Trouble::TooManyWithoutTime => "too_many_without_time",
        }
    }
}

/// The weather of a run.
pub struct Weather {
    truth: Arc<Truth>,
    /// From here on nothing goes wrong, UTC milliseconds.
    calm_from_ms: i64,
    /// Calls in a thousand that meet trouble.
    calls: u64,
    /// Transactions in a thousand that meet a busy database.
    busy: u64,
    counts: Mutex<BTreeMap<&'static str, u64>>,
}

impl Weather {
    /// Weather until an instant, UTC milliseconds.
    pub fn new(truth: Arc<Truth>, calm_from_ms: i64, calls: u64, busy: u64) -> Weather {
        Weather {
            truth,
            calm_from_ms,
            calls,
            busy,
            counts: Mutex::default(),
        }
    }

    fn calm(&self) -> bool {
        self.truth.now_ms() >= self.calm_from_ms
    }

    /// What happens to the next call, if anything. There are few commits among the calls, and they matter most.
    pub fn trouble(&self, dice: &mut Dice, commit: bool) -> Option<Trouble> {
        let meets = dice.in_thousand(if commit { self.calls * 2 } else { self.calls });
        let trouble = *dice.pick(&Trouble::ALL);
        (meets && !self.calm()).then_some(trouble)
    }

    /// Whether the database is busy for the next transaction.
    pub fn database_is_busy(&self, dice: &mut Dice) -> bool {
        let busy = dice.in_thousand(self.busy) && !self.calm();
        if busy {
            self.count("database_busy");
        }
        busy
    }

    /// Notes that something happened.
    pub fn count(&self, what: &'static str) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += 1;
    }

    /// How often what happened.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
