//! What goes wrong, how often, and until when.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::aim::{Focus, Special};
use crate::coverage::Step;
use crate::dice::Dice;
use crate::plan::Plan;
use crate::time::Truth;

macro_rules! troubles {
    ($($(#[$doc:meta])* $name:ident = $key:literal,)*) => {
        /// What may happen to a call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Trouble { $($(#[$doc])* $name,)* }

        impl Trouble {
            /// Every one.
            pub const ALL: &'static [Trouble] = &[$(Trouble::$name,)*];

            /// Its name in tables.
            pub const fn key(self) -> &'static str {
                match self { $(Trouble::$name => $key,)* }
            }
        }
    };
}

troubles! {
    /// No connection can be made.
    Unreachable = "unreachable",
    /// The request is lost, and the connection breaks.
    RequestLost = "request_lost",
    /// The request is lost, and nothing is heard.
    RequestSwallowed = "request_swallowed",
    /// The network does it; the connection breaks before the answer.
    AnswerLost = "answer_lost",
    /// The network does it, and nothing is heard.
    AnswerSwallowed = "answer_swallowed",
    /// The network does it; the connection breaks in the middle of the answer.
    AnswerCut = "answer_cut",
    /// The request arrives after the caller has given up.
    ArrivesLate = "arrives_late",
    /// The network does it at once and answers late.
    AnswersLate = "answers_late",
    /// 5xx, and nothing was done.
    FailsBefore = "fails_before",
    /// 5xx, and it was done.
    FailsAfter = "fails_after",
    /// A refusal that the network does not document, and it was done.
    RefusesAfter = "refuses_after",
    /// 429 that names when to come back.
    TooMany = "too_many",
    /// 429 that does not.
    TooManyWithoutTime = "too_many_without_time",
    /// The sender dies with the request written; it arrives later than a living sender's could.
    SenderDies = "sender_dies",
    /// The worker is stopped between its promise and the first byte, and goes on where it stood.
    Frozen = "frozen",
    /// The network works long, or for ever, on what this call handed in.
    ProcessingSlow = "processing_slow",
    /// The network's work on what this call handed in ends in an error.
    ProcessingFails = "processing_fails",
    /// The access ends as this call arrives; where the network renews, it can be renewed.
    AccessExpires = "access_expires",
    /// The access is taken back as this call arrives.
    AccessRevoked = "access_revoked",
    /// The access stays, what it allows is taken back.
    PermissionWithdrawn = "permission_withdrawn",
    /// The request arrives when nobody waits for it any more: only a fence of the network's own helps.
    ArrivesMuchLater = "arrives_much_later",
}

impl Trouble {
    /// Whether it may meet a step.
    pub const fn meets(self, step: Step) -> bool {
        match self {
            Trouble::Frozen | Trouble::ArrivesMuchLater => matches!(step, Step::Commit),
            Trouble::SenderDies => matches!(step, Step::Commit | Step::Renew),
            Trouble::ProcessingSlow | Trouble::ProcessingFails => matches!(step, Step::Prepare | Step::Commit),
            Trouble::AccessExpires | Trouble::AccessRevoked | Trouble::PermissionWithdrawn => !matches!(step, Step::Renew),
            _ => true,
        }
    }

    /// Whether it concerns the access, which is the account's whatever is posted.
    pub const fn is_of_access(self) -> bool {
        matches!(self, Trouble::AccessExpires | Trouble::AccessRevoked | Trouble::PermissionWithdrawn)
    }

    /// Whether what met it is not sent again, as what never came or was refused is: each post meets it once.
    pub const fn is_met_once(self) -> bool {
        !matches!(
            self,
            Trouble::Unreachable
                | Trouble::RequestLost
                | Trouble::RequestSwallowed
                | Trouble::FailsBefore
                | Trouble::TooMany
                | Trouble::TooManyWithoutTime
        )
    }

    /// Whether a run has it once at most, because nothing is as before after it.
    pub const fn is_special(self) -> bool {
        self.is_of_access() || matches!(self, Trouble::ArrivesMuchLater)
    }
}

/// How often a renewal meets trouble while there is any, in a thousand: there are few.
const RENEWALS_TROUBLED: u64 = 700;

/// How often a run's own trouble meets its step, in a thousand.
const FOCUS_IN_THOUSAND: u64 = 900;

/// The weather of a run.
pub struct Weather {
    truth: Arc<Truth>,
    /// From here on nothing goes wrong, UTC milliseconds.
    calm_from_ms: i64,
    /// Calls in a thousand that meet trouble.
    calls: u64,
    /// Transactions in a thousand that meet a busy database.
    busy: u64,
    /// When the database is gone, UTC milliseconds.
    gone: Option<(i64, i64)>,
    /// What may meet the calls of each step.
    usual: BTreeMap<Step, Vec<Trouble>>,
    special: Mutex<Option<Special>>,
    focus: Option<Focus>,
    counts: Mutex<BTreeMap<&'static str, u64>>,
}

impl Weather {
    /// No weather at all.
    pub fn none(truth: Arc<Truth>) -> Weather {
        Weather {
            truth,
            calm_from_ms: 0,
            calls: 0,
            busy: 0,
            gone: None,
            usual: BTreeMap::new(),
            special: Mutex::default(),
            focus: None,
            counts: Mutex::default(),
        }
    }

    /// As planned.
    pub fn of(plan: &Plan, truth: Arc<Truth>) -> Weather {
        let usual = |step: Step| {
            let met = |trouble: &Trouble| !trouble.is_special() && plan.cell.may_meet(*trouble, step).is_ok();
            Trouble::ALL.iter().copied().filter(met).collect()
        };
        Weather {
            truth,
            calm_from_ms: plan.calm_from_ms,
            calls: plan.trouble,
            busy: plan.busy,
            gone: plan.database_gone,
            usual: Step::ALL.into_iter().map(|step| (step, usual(step))).collect(),
            special: Mutex::new(plan.special),
            focus: plan.focus.clone(),
            counts: Mutex::default(),
        }
    }

    /// Where the truth is known.
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    fn calm(&self) -> bool {
        self.truth.now_ms() >= self.calm_from_ms
    }

    /// What happens to the next call, if anything. There are few commits among the calls, and they matter most.
    pub fn trouble(&self, dice: &mut Dice, step: Step) -> Option<Trouble> {
        let often = match step {
            Step::Renew if self.calls > 0 => RENEWALS_TROUBLED,
            Step::Commit => self.calls * 3,
            Step::Prepare => self.calls * 3 / 2,
            _ => self.calls,
        };
        let meets = dice.in_thousand(often);
        let usual = self.usual.get(&step).map(Vec::as_slice).unwrap_or_default();
        let trouble = (!usual.is_empty()).then(|| *dice.pick(usual));
        let focus = self
            .focus
            .as_ref()
            .filter(|focus| focus.step == step)
            .map(|focus| *dice.pick(&focus.troubles));
        let in_focus = dice.in_thousand(FOCUS_IN_THOUSAND);
        if self.calm() {
            return None;
        }
        let focus = focus.filter(|_| in_focus);
        self.special(step).or(focus).or(trouble.filter(|_| meets))
    }

    /// What the run has once, if this is the call.
    fn special(&self, step: Step) -> Option<Trouble> {
        let mut special = self.special.lock().unwrap_or_else(PoisonError::into_inner);
        let planned = special.as_mut().filter(|special| special.step == step)?;
        if planned.after > 0 {
            planned.after -= 1;
            return None;
        }
        special.take().map(|special| special.trouble)
    }

    /// Whether the database is busy for the next transaction.
    pub fn database_is_busy(&self, dice: &mut Dice) -> bool {
        let busy = dice.in_thousand(self.busy) && !self.calm();
        if busy {
            self.count("database_busy");
        }
        busy
    }

    /// Whether the database is gone just now.
    pub fn database_is_gone(&self) -> bool {
        let now_ms = self.truth.now_ms();
        let gone = self.gone.is_some_and(|(from_ms, to_ms)| (from_ms..to_ms).contains(&now_ms));
        if gone {
            self.count("database_gone");
        }
        gone
    }

    /// Notes that something happened.
    pub fn count(&self, what: &'static str) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += 1;
    }

    /// How often what happened.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether something happened.
    pub fn saw(&self, trouble: Trouble) -> bool {
        self.counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(trouble.key())
    }
}
