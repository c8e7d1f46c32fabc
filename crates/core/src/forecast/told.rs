//! What is told of a post beside its verdict: what stops it, and what should be known.

use crate::channel::Risk;
use crate::delivery::{Gate, State};
use crate::guard::ALIKE_POSTS_MAX;
use crate::problem::{Problem, Severity};
use crate::quota::{Filled, in_words};
use crate::rules::schema::{DAY_MS, Quota};

use super::{Facts, Room, SAME_WORDS_MS, Words};

/// What was found.
pub(super) struct Told(pub(super) Vec<Problem>);

impl Told {
    fn add(&mut self, facts: &Facts<'_>, field: &str, code: &str, severity: Severity, message: String, remedy: &str) {
        self.0.push(Problem {
            field: field.to_owned(),
            network: Some(facts.channel.network),
            channel_id: Some(facts.channel.id),
            code: code.to_owned(),
            severity,
            message,
            limit: None,
            actual: None,
            remedy: remedy.to_owned(),
        });
    }

    fn stop(&mut self, facts: &Facts<'_>, field: &str, code: &str, message: &str, remedy: &str) {
        self.add(facts, field, code, Severity::Error, message.to_owned(), remedy);
    }

    pub(super) fn where_it_stands(&mut self, facts: &Facts<'_>) {
        let late_ms = facts.now_ms - facts.due_at_ms.unwrap_or(facts.now_ms);
        match facts.state {
            Some(State::Draft) => self.stop(
                facts,
                "schedule",
                "delivery.draft",
                "It is a draft: nothing is sent.",
                "Schedule it, or publish it now.",
            ),
            Some(State::Failed) => self.stop(
                facts,
                "deliveries",
                "delivery.failed",
                "It failed: nothing is sent by itself.",
                "Mend what is told, then retry.",
            ),
            Some(State::Missed) => self.stop(
                facts,
                "schedule",
                "delivery.missed",
                "Its time passed: nothing is sent by itself.",
                "Publish it now, or give it a new time.",
            ),
            Some(State::Scheduled | State::Staging | State::Staged) if late_ms > facts.catch_up_ms => self.stop(
                facts,
                "schedule",
                "delivery.too_late",
                "Its time is so long past that it is not sent by itself any more.",
                "Publish it now, or give it a new time.",
            ),
            _ => {}
        }
    }

    pub(super) fn gate(&mut self, facts: &Facts<'_>) {
        let (code, message, remedy) = match facts.gate {
            Gate::None | Gate::Accepted => return,
            Gate::Pending => (
                "approval.pending",
                "It is not accepted yet, and does not go out before it is.",
                "Have it accepted before its time.",
            ),
            Gate::Rejected => (
                "approval.rejected",
                "It was rejected: this version never goes out.",
                "Change it and ask for approval again.",
            ),
            Gate::Held => (
                "approval.held",
                "It is on hold, and does not go out while it is.",
                "Have the hold lifted before its time.",
            ),
        };
        self.stop(facts, "approval", code, message, remedy);
    }

    pub(super) fn plan(&mut self, facts: &Facts<'_>) {
        if !facts.plan_allows {
            self.stop(
                facts,
                "plan",
                "plan",
                "The plan does not include publishing.",
                "An administrator can change the plan; the organization's settings switch the planner on.",
            );
        }
    }

    /// Whether a quota stands in the way of scheduling it, whoever posts it in the end, or of anything at all.
    pub(super) fn room(&mut self, facts: &Facts<'_>) {
        match (facts.room, facts.state) {
            (Room::Windows { full: Some(full), .. }, None) => self.refused(facts, full),
            (Room::Closed(quota), None) => self.closed(facts, quota),
            (Room::Closed(quota), Some(_)) if facts.goes_to_network => self.closed(facts, quota),
            _ => {}
        }
    }

    /// The channel as it is when it goes out, UTC milliseconds.
    pub(super) fn channel(&mut self, facts: &Facts<'_>, goes_at_ms: i64) {
        if let Some(risk) = facts.channel.risk(facts.now_ms, goes_at_ms) {
            self.risk(facts, risk);
        }
    }

    pub(super) fn halted(&mut self, facts: &Facts<'_>) {
        self.risk(facts, Risk::Halted);
    }

    fn risk(&mut self, facts: &Facts<'_>, risk: Risk) {
        let mut problem = facts.channel.told(risk);
        if risk.stops() {
            problem.severity = Severity::Error;
        }
        self.0.push(problem);
    }

    /// It is one too many of its likeness.
    pub(super) fn alike(&mut self, facts: &Facts<'_>) {
        self.stop(
            facts,
            "text",
            "guard.alike",
            &format!(
                "{ALIKE_POSTS_MAX} posts of the same words and files go or went out on this channel within 24 hours: this one would halt \
                 the channel instead of going out."
            ),
            "Change the words, choose a later time, or leave the channel out.",
        );
    }

    /// Another that goes before it is.
    pub(super) fn halted_before(&mut self, facts: &Facts<'_>) {
        self.stop(
            facts,
            "deliveries",
            "guard.halts_before",
            &format!(
                "A post that is due there before is one of more than {ALIKE_POSTS_MAX} of the same words and files within 24 hours: it will \
                 halt the channel, and nothing goes out after it."
            ),
            "Change or cancel the posts that repeat themselves.",
        );
    }

    /// The network does not work just now.
    pub(super) fn outage(&mut self, facts: &Facts<'_>, goes_at_ms: i64) {
        if facts.outage_since_ms.is_some() && goes_at_ms - facts.now_ms < DAY_MS {
            self.add(
                facts,
                "deliveries",
                "network.outage",
                Severity::Warning,
                format!(
                    "{} does not work just now. If that is still so when the post is due, it is tried again for half an hour and then fails.",
                    facts.channel.network.name()
                ),
                "Nothing to do, or choose a later time.",
            );
        }
    }

    /// The same words go or went out there, before it at an instant (UTC milliseconds) or after it.
    pub(super) fn same_words(&mut self, facts: &Facts<'_>, goes_at_ms: i64, said_ms: Option<i64>) {
        let network = facts.channel.network;
        let words = Words::of(network, facts.content);
        if facts.line.refuses(words.as_ref(), said_ms, goes_at_ms) {
            let message = format!("{} refuses the same words so soon after it was given them.", network.name());
            let remedy = "Change the words, or choose a later time.";
            self.stop(facts, "text", "post.repeated", &message, remedy);
        } else if facts.said_again || said_ms.is_some_and(|said_ms| goes_at_ms - said_ms < SAME_WORDS_MS) {
            let message = "The same post is already queued on this channel, or went out there in the last 24 hours.".to_owned();
            let remedy = "Change the words, or leave the channel out.";
            self.add(facts, "text", "post.same_content", Severity::Warning, message, remedy);
        }
    }

    /// It waits for a quota's room, which has so many places.
    pub(super) fn waits(&mut self, facts: &Facts<'_>, quota: &Quota, max: i64) {
        let message = format!("At most {}: this one waits for room.", in_words(quota, max));
        let remedy = "Nothing to do, or choose another time.";
        self.add(facts, "schedule", "quota.full", Severity::Warning, message, remedy);
    }

    /// A limit was met already, and it asks again when that is over.
    pub(super) fn deferred(&mut self, facts: &Facts<'_>) {
        let message = "It met a limit when it was due, and waits until that is over.".to_owned();
        let remedy = "Nothing to do. It can be moved or canceled until then.";
        self.add(facts, "schedule", "quota.full", Severity::Warning, message, remedy);
    }

    /// Scheduling it so is refused.
    fn refused(&mut self, facts: &Facts<'_>, full: &Filled) {
        let message = format!("At most {}: the time around this one is full.", in_words(full.quota, full.max));
        self.stop(facts, "schedule", "quota.full", &message, "Choose another time.");
    }

    fn closed(&mut self, facts: &Facts<'_>, quota: &Quota) {
        let message = format!(
            "{} lets nothing through for this account: it said that of `{}` there is no place at all.",
            facts.channel.network.name(),
            quota.key
        );
        let remedy = "Look at the account at the network, or leave the channel out.";
        self.stop(facts, "schedule", "quota.closed", &message, remedy);
    }
}
