//! Why a delivery stands where it stands, in words: what is so, what will happen next and when, what a person can do.
//!
//! It knows what the store knows and guesses nothing. Whoever asks gets the same words: `postrider doctor`, and History.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Gate, MissedWhy, State};
use crate::Network;
use crate::channel::ChannelStatus;

/// What is known of a delivery. Instants are UTC milliseconds.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Where it stands.
    pub state: State,
    /// On which network.
    pub network: Network,
    /// Its channel's name.
    pub channel_name: String,
    /// Whether the channel can be used.
    pub channel_status: ChannelStatus,
    /// Why the channel was halted, if it is.
    pub halted: Option<String>,
    /// Which delivery's commit may be under way on the channel, if it is another's.
    pub lane_holder: Option<String>,
    /// What approval says.
    pub gate: Gate,
    /// Whether plan and organization allow publishing.
    pub plan_allows: bool,
    /// Whether its post was thrown away.
    pub post_deleted: bool,
    /// Its instant.
    pub due_at: Option<i64>,
    /// How late it may go out by itself, milliseconds.
    pub catch_up_ms: i64,
    /// When the engine must look next.
    pub wake_at: Option<i64>,
    /// Whether a worker took it up and has not ended its attempt.
    pub attempt_runs: bool,
    /// The promise without an outcome, if there is one.
    pub intent: Option<OpenPromise>,
    /// In doubt, and looking was given up.
    pub waits_for_person: bool,
    /// Until when a limit holds it.
    pub deferred_until: Option<i64>,
    /// Since when the network works on it.
    pub processing_since: Option<i64>,
    /// Repeats of the present outage.
    pub retries: i64,
    /// Why it was missed.
    pub missed_why: Option<MissedWhy>,
    /// What went wrong last, and what to do about it.
    pub failure: Option<(String, String)>,
    /// What stands beside the post.
    pub warning: Option<String>,
    /// The last line of History: what was done, how it ended, what was said.
    pub last_step: Option<LastStep>,
}

/// A stored promise without an outcome.
#[derive(Debug, Clone)]
pub struct OpenPromise {
    /// What its call makes.
    pub part: String,
    /// When it was stored.
    pub stored_at: i64,
    /// After this nothing of the call is written.
    pub send_by: i64,
    /// Silence after that before the outcome may be judged, milliseconds.
    pub settle_ms: i64,
    /// How often its outcome was looked for.
    pub looks: i64,
    /// Whether the network can be read at all.
    pub readable: bool,
}

/// A line of History.
#[derive(Debug, Clone)]
pub struct LastStep {
    /// When it ended.
    pub at: i64,
    /// What was done.
    pub label: String,
    /// How it ended.
    pub outcome: String,
    /// HTTP status of the answer, if one came.
    pub http_status: Option<i64>,
    /// In words.
    pub detail: String,
}

/// The explanation. Instants stand in the words as `{0}`, `{1}`, …, for whoever shows them to write in the reader's zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// What is so, a sentence each.
    pub so: Vec<Sentence>,
    /// What happens next by itself, and when.
    pub next: Sentence,
    /// What a person can do, a sentence each; empty if nothing is to be done.
    pub remedies: Vec<String>,
}

/// A sentence with instants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sentence {
    /// In words; `{0}` stands for the first instant.
    pub text: String,
    /// UTC milliseconds.
    pub instants: Vec<i64>,
}

impl Sentence {
    fn plain(text: impl Into<String>) -> Sentence {
        Sentence {
            text: text.into(),
            instants: Vec::new(),
        }
    }

    fn at(text: impl Into<String>, instants: impl Into<Vec<i64>>) -> Sentence {
        Sentence {
            text: text.into(),
            instants: instants.into(),
        }
    }

    /// The sentence with its instants as `write` writes them.
    pub fn told(&self, write: impl Fn(i64) -> String) -> String {
        let mut text = self.text.clone();
        for (number, instant) in self.instants.iter().enumerate() {
            text = text.replace(&format!("{{{number}}}"), &write(*instant));
        }
        text
    }
}

/// How long something may wait to be taken up before that is worth a word, milliseconds: what is due in one second is taken up within
/// a few.
const LAG_MS: i64 = 60_000;

/// Explains a delivery as it stands at an instant (UTC milliseconds).
pub fn explain(facts: &Facts, now_ms: i64) -> Explanation {
    let mut told = Told {
        so: Vec::new(),
        remedies: Vec::new(),
    };
    told.so.push(where_it_stands(facts, now_ms));
    told.gates(facts);
    told.channel(facts);
    told.promise(facts, now_ms);
    told.history(facts);
    let next = told.next(facts, now_ms);
    Explanation {
        so: told.so,
        next,
        remedies: told.remedies,
    }
}

fn where_it_stands(facts: &Facts, now_ms: i64) -> Sentence {
    let due = |ahead: &str, past: &str| match facts.due_at {
        Some(due_at) if due_at > now_ms => Sentence::at(ahead, [due_at]),
        Some(due_at) => Sentence::at(past, [due_at]),
        None => Sentence::plain("It has no time yet."),
    };
    match facts.state {
        State::Draft => Sentence::plain("It is a draft: it is not to go out."),
        State::Scheduled => due("It is scheduled for {0}.", "It was scheduled for {0}, which is past."),
        State::Staging => due(
            "It is scheduled for {0}; its media are being readied at the network.",
            "It was due at {0}; its media are still being readied at the network.",
        ),
        State::Staged => due(
            "It is scheduled for {0}; all but the last call is done.",
            "It was due at {0}; all but the last call is done.",
        ),
        State::Publishing => due("It is being published.", "It is being published; it was due at {0}."),
        State::Processing => match facts.processing_since {
            Some(since) => Sentence::at(format!("{} has worked on its media since {{0}}.", facts.network.name()), [since]),
            None => Sentence::plain(format!("{} works on its media.", facts.network.name())),
        },
        State::Confirming => Sentence::plain(format!("{} took it and is still making it public.", facts.network.name())),
        State::Deferred => match facts.deferred_until {
            Some(until) => Sentence::at("A limit holds it until {0}.", [until]),
            None => Sentence::plain("A limit holds it."),
        },
        State::InDoubt => Sentence::plain(format!(
            "Whether it stands on {} is not known: the answer to its last call did not come.",
            facts.network.name()
        )),
        State::Missed => due(
            "It was not sent.",
            match facts.missed_why {
                Some(MissedWhy::NotAccepted) => "It was not sent: by {0} it was not accepted.",
                Some(MissedWhy::Plan) => "It was not sent: from {0} on the plan did not include publishing.",
                Some(MissedWhy::Halted) => "It was not sent: from {0} on its channel was halted.",
                Some(MissedWhy::TooLate) | None => {
                    "It was not sent: it was due at {0}, and Postrider could not see to it until long after."
                }
            },
        ),
        State::ReadyToPost => Sentence::plain("It is ready: a person posts it, since the network takes no drafts from programs."),
        State::Failed => Sentence::plain("It failed, and nothing was published."),
        State::PublishedInPart => Sentence::plain("Its first parts stand; a later one was refused."),
        State::Published => Sentence::plain("It is published."),
        State::Drafted => Sentence::plain("It stands at the network as a draft."),
        State::Canceled => Sentence::plain("It was called off."),
    }
}

struct Told {
    so: Vec<Sentence>,
    remedies: Vec<String>,
}

/// Whether something is still to be sent by itself.
fn waits_to_go(state: State) -> bool {
    matches!(
        state,
        State::Scheduled | State::Staging | State::Staged | State::Publishing | State::Processing | State::Deferred
    )
}

/// Whether anything is still asked of the network, by itself or once a person wants it.
fn needs_channel(state: State) -> bool {
    !matches!(state, State::Published | State::Drafted | State::Canceled | State::ReadyToPost)
}

/// Whether it does not go out as it stands, however often it is looked at.
fn stopped(facts: &Facts) -> bool {
    waits_to_go(facts.state)
        && facts.intent.is_none()
        && (!facts.gate.open() || !facts.plan_allows || facts.halted.is_some() || !facts.channel_status.usable())
}

impl Told {
    fn say(&mut self, text: impl Into<String>) {
        self.so.push(Sentence::plain(text));
    }

    fn gates(&mut self, facts: &Facts) {
        if facts.post_deleted {
            self.say("Its post was thrown away.");
        }
        if !waits_to_go(facts.state) {
            return;
        }
        let asked = match facts.gate {
            Gate::None | Gate::Accepted => None,
            Gate::Pending => Some("Its approval is asked and not given: at its time it is missed rather than sent."),
            Gate::Rejected => Some("Its approval was refused: at its time it is missed rather than sent."),
            Gate::Held => Some("Its approval is on hold: at its time it is missed rather than sent."),
        };
        if let Some(asked) = asked {
            self.say(asked);
            self.remedies.push("Have it accepted before its time.".to_owned());
        }
        if !facts.plan_allows {
            self.say("The organization's plan, or its switch of the planner, does not allow publishing: it is held.");
            self.remedies.push("An administrator turns publishing on in the plan.".to_owned());
        }
    }

    fn channel(&mut self, facts: &Facts) {
        let name = &facts.channel_name;
        if !facts.channel_status.usable() && needs_channel(facts.state) {
            self.say(format!("The channel {name} is {}.", facts.channel_status.key().replace('_', " ")));
            self.remedies.push(format!("Reconnect {name}."));
        }
        // A halt keeps nothing from being looked up that was sent before it.
        if needs_channel(facts.state)
            && !matches!(facts.state, State::Confirming | State::InDoubt)
            && let Some(reason) = &facts.halted
        {
            self.say(format!("The channel {name} is halted: {reason}"));
            self.remedies.push(format!("Someone who may publish lifts the halt of {name}."));
        }
        if waits_to_go(facts.state)
            && let Some(holder) = &facts.lane_holder
        {
            self.say(format!(
                "Another call is under way on {name}, of {holder}; one follows the other there."
            ));
        }
    }

    fn promise(&mut self, facts: &Facts, now_ms: i64) {
        let Some(intent) = &facts.intent else { return };
        let judged_at = intent.send_by + intent.settle_ms;
        let part = intent.part.replace('_', " ");
        if now_ms <= intent.send_by {
            let text = format!("The call that publishes it ({part}) was allowed at {{0}} and may be under way until {{1}}.");
            self.so.push(Sentence::at(text, [intent.stored_at, intent.send_by]));
        } else if now_ms < judged_at {
            let text = format!(
                "The call that publishes it ({part}) was allowed at {{0}}, and no outcome is stored; before {{1}} it may still arrive, so \
                 nothing is judged."
            );
            self.so.push(Sentence::at(text, [intent.stored_at, judged_at]));
        } else {
            let text = match intent.looks {
                0 => format!("The call that publishes it ({part}) was allowed at {{0}}, and no outcome is stored."),
                1 => format!("The call that publishes it ({part}) was allowed at {{0}}; its outcome was looked for once."),
                times => format!("The call that publishes it ({part}) was allowed at {{0}}; its outcome was looked for {times} times."),
            };
            self.so.push(Sentence::at(text, [intent.stored_at]));
        }
        if !intent.readable && !facts.waits_for_person {
            self.say(format!("{} cannot be asked whether it stands there.", facts.network.name()));
        }
    }

    fn history(&mut self, facts: &Facts) {
        if let Some((message, remedy)) = &facts.failure {
            self.say(message.clone());
            if !remedy.is_empty() {
                self.remedies.push(remedy.clone());
            }
        }
        if let Some(warning) = &facts.warning {
            self.say(warning.clone());
        }
        if facts.retries > 0 && waits_to_go(facts.state) {
            let times = if facts.retries == 1 {
                "once".to_owned()
            } else {
                format!("{} times", facts.retries)
            };
            self.say(format!("It was tried again {times}."));
        }
        if let Some(step) = &facts.last_step {
            let status = step.http_status.map_or_else(String::new, |status| format!(", HTTP {status}"));
            let detail = if step.detail.is_empty() {
                String::new()
            } else {
                format!(": {}", step.detail)
            };
            let text = format!(
                "The last step ended at {{0}}: {} ({}{status}){detail}",
                step.label,
                step.outcome.replace('_', " ")
            );
            self.so.push(Sentence::at(text, [step.at]));
        }
    }

    fn next(&mut self, facts: &Facts, now_ms: i64) -> Sentence {
        if facts.waits_for_person {
            let if_not = if facts.gate.open() {
                "it is not and is to be published"
            } else {
                "it is not; then nothing is sent, because it is not accepted"
            };
            self.remedies.push(format!(
                "Look at {}, then say in the post which it is: it is there, or {if_not}.",
                facts.channel_name
            ));
            return Sentence::plain("Nothing by itself: a person decides.");
        }
        let Some(wake_at) = facts.wake_at else {
            return match facts.state {
                State::Missed => {
                    self.remedies.push("Publish it now, or give it a new time.".to_owned());
                    Sentence::plain("Nothing by itself.")
                }
                State::Failed | State::PublishedInPart => {
                    self.remedies.push("Retry once the cause is mended.".to_owned());
                    Sentence::plain("Nothing by itself.")
                }
                State::ReadyToPost => {
                    self.remedies.push("Post it by hand, then mark it as posted.".to_owned());
                    Sentence::plain("Nothing by itself.")
                }
                state if waits_to_go(state) || state == State::InDoubt => {
                    self.remedies
                        .push("Report this: a delivery that waits should have a next look.".to_owned());
                    Sentence::plain("Nothing: no next look is stored.")
                }
                _ => Sentence::plain("Nothing: this is an end."),
            };
        };
        if now_ms - wake_at > LAG_MS {
            self.remedies.push(
                "See that a server runs and its /readyz says that it is ready; with publishing.timer off, that its tick is called."
                    .to_owned(),
            );
            return Sentence::at(
                "It should have been taken up at {0} and was not: the scheduler stands still or does not keep up.",
                [wake_at],
            );
        }
        if wake_at <= now_ms {
            return Sentence::plain("It is taken up any moment.");
        }
        if stopped(facts) {
            return Sentence::at(
                "At {0} it is looked at again; it does not go out unless what stands in its way is put right.",
                [wake_at],
            );
        }
        match facts.state {
            State::InDoubt => Sentence::at("At {0} the network is asked whether it stands there.", [wake_at]),
            _ if facts.intent.is_some() && facts.attempt_runs => Sentence::at(
                "A worker waits for the answer. If it does not come, or the worker is gone, it is taken up again at {0}, and the network is \
                 asked before anything is sent.",
                [wake_at],
            ),
            State::Scheduled | State::Staging | State::Staged if facts.attempt_runs => Sentence::at(
                "A worker has it in hand. If the worker is gone, it is taken up again at {0}.",
                [wake_at],
            ),
            State::Scheduled if facts.due_at.is_some_and(|due_at| wake_at < due_at) => Sentence::at(
                "At {0} what can be readied ahead is readied, and at its time it goes out.",
                [wake_at],
            ),
            State::Scheduled | State::Staging | State::Staged => Sentence::at("At {0} it is looked at again.", [wake_at]),
            State::Deferred => Sentence::at("At {0} it goes out, if the limit is open by then.", [wake_at]),
            State::Processing | State::Confirming => Sentence::at("At {0} the network is asked again.", [wake_at]),
            State::Publishing if facts.attempt_runs => Sentence::at(
                "A worker has it in hand. If the worker is gone, it is taken up again at {0}.",
                [wake_at],
            ),
            State::Publishing => Sentence::at("At {0} it is tried again.", [wake_at]),
            _ => Sentence::at("At {0} it is looked at.", [wake_at]),
        }
    }
}

#[cfg(test)]
mod tests;
