//! What will happen to a post on a channel if nothing changes (product S11).
//!
//! It is decided here by the same functions that the engine and the schedule's check go by, from facts that somebody else read:
//! what it says cannot disagree with what is done.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::channel::Standing;
use crate::delivery::{Gate, State};
use crate::network::Network;
use crate::post::{Content, Mode};
use crate::problem::{Problem, Severity};
use crate::quota;
use crate::rules;
use crate::rules::render::{Rendered, rendered};
use crate::rules::schema::Window;

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

/// A limit that is met at publishing, with what counts against it on the channel.
#[derive(Debug, Clone)]
pub struct Met<'a> {
    /// Whose it is, for people: `Postrider's own rule`, `Instagram`.
    pub whose: &'a str,
    /// How many fit.
    pub max: i64,
    /// Into which window.
    pub window: Window,
    /// The commits that were made, UTC milliseconds, in any order.
    pub made: &'a [i64],
    /// The instants of what goes out before this one, UTC milliseconds, in any order.
    pub ahead: &'a [i64],
}

/// Everything that the verdict depends on.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// UTC milliseconds.
    pub now_ms: i64,
    /// When it is to go out, UTC milliseconds: its instant, or now for what has none or whose instant is past.
    pub at_ms: i64,
    /// Its instant, if it has one, UTC milliseconds.
    pub due_at_ms: Option<i64>,
    /// Where it stands; `None` if it is not saved: then what is told is what scheduling it so would bring.
    pub state: Option<State>,
    /// What approval says.
    pub gate: Gate,
    /// What it says on the channel.
    pub content: &'a Content,
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
    /// What the rules say of its content.
    pub problems: Vec<Problem>,
    /// The limits that it meets.
    pub limits: &'a [Met<'a>],
    /// When the same words go or went out on the channel before it, the latest, UTC milliseconds.
    pub said_before_ms: Option<i64>,
    /// Whether the same words are to go out on the channel after it.
    pub said_again: bool,
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

/// What content says on a network, to know equal posts by: the words as rendered, then the files.
pub fn said(network: Network, content: &Content) -> Rendered {
    rules::offer(network, content.content_type)
        .map(|offer| rendered(content, offer))
        .unwrap_or_default()
}

/// Whether two contents are the same post on a network: equal words, and equal files where they have any.
pub fn same(network: Network, one: &Content, other: &Content) -> bool {
    let address = |content: &Content| content.link.as_ref().map(|link| link.url.clone());
    let (words, others) = (said(network, one), said(network, other));
    let silent = words.text.trim().is_empty() && words.parts.iter().all(|part| part.trim().is_empty());
    words == others && address(one) == address(other) && one.asset_ids() == other.asset_ids() && !(silent && one.asset_ids().is_empty())
}

/// When one that is due at an instant is let out by a limit, milliseconds: the others before it take their places first, each held as
/// the engine holds it.
pub fn let_out_ms(limit: &Met<'_>, at_ms: i64) -> Option<i64> {
    let mut made = limit.made.to_vec();
    // What is due first asks first; whoever is held asks again when there is room. This one stands behind all of its instant.
    let mut asking: BinaryHeap<Reverse<(i64, i64, bool)>> = limit.ahead.iter().map(|at| Reverse((*at, *at, false))).collect();
    asking.push(Reverse((at_ms, at_ms, true)));
    while let Some(Reverse((asks_ms, due_ms, ours))) = asking.pop() {
        let free_ms = quota::next_free(limit.window, limit.max, &made, asks_ms).ok()?;
        if free_ms > asks_ms {
            asking.push(Reverse((free_ms, due_ms, ours)));
        } else if ours {
            return Some(free_ms);
        } else {
            made.push(free_ms);
        }
    }
    None
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
    let by_hand = !facts.goes_to_network;
    if !by_hand {
        told.channel(&facts);
        told.same_words(&facts);
    }
    let mut goes_at_ms = facts.at_ms;
    for limit in facts.limits.iter().filter(|_| !by_hand) {
        match let_out_ms(limit, facts.at_ms) {
            Some(free_ms) if free_ms <= facts.at_ms => {}
            Some(free_ms) => {
                goes_at_ms = goes_at_ms.max(free_ms);
                told.full(&facts, limit);
            }
            None => told.closed(&facts, limit),
        }
    }
    let mut problems = told.0;
    problems.sort_by_key(|problem| problem.severity);
    let stopped = rules::check::blocks(&problems);
    let verdict = if stopped {
        Verdict::WillNotPublish
    } else if by_hand {
        Verdict::ByHand
    } else if goes_at_ms > facts.at_ms {
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

/// What was found.
struct Told(Vec<Problem>);

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

    fn where_it_stands(&mut self, facts: &Facts<'_>) {
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

    fn gate(&mut self, facts: &Facts<'_>) {
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

    fn plan(&mut self, facts: &Facts<'_>) {
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

    fn channel(&mut self, facts: &Facts<'_>) {
        let Some(risk) = facts.channel.risk(facts.now_ms, facts.at_ms) else {
            return;
        };
        let mut problem = facts.channel.told(risk);
        if risk.stops() {
            problem.severity = Severity::Error;
        }
        self.0.push(problem);
    }

    fn same_words(&mut self, facts: &Facts<'_>) {
        let network = facts.channel.network;
        // What carries files is never the same to a network: each upload has an id of its own.
        let window = rules::of(network)
            .repeat_refused_ms
            .filter(|_| facts.content.asset_ids().is_empty());
        let refused = facts
            .said_before_ms
            .zip(window)
            .is_some_and(|(said_ms, window)| facts.at_ms - said_ms < window.value);
        if refused {
            let message = format!("{} refuses the same words so soon after it was given them.", network.name());
            self.add(
                facts,
                "text",
                "post.repeated",
                Severity::Error,
                message,
                "Change the words, or choose a later time.",
            );
        } else if facts.said_again || facts.said_before_ms.is_some_and(|said_ms| facts.at_ms - said_ms < SAME_WORDS_MS) {
            let message = "The same post is already queued on this channel, or went out there in the last 24 hours.".to_owned();
            self.add(
                facts,
                "text",
                "post.same_content",
                Severity::Warning,
                message,
                "Change the words, or leave the channel out.",
            );
        }
    }

    fn full(&mut self, facts: &Facts<'_>, limit: &Met<'_>) {
        let message = format!(
            "{} posts within that time are all that {} allows; this one waits for room.",
            limit.max, limit.whose
        );
        self.add(
            facts,
            "schedule",
            "quota.full",
            Severity::Warning,
            message,
            "Nothing to do, or choose another time.",
        );
    }

    fn closed(&mut self, facts: &Facts<'_>, limit: &Met<'_>) {
        let message = format!("{} lets no post through.", limit.whose);
        self.add(
            facts,
            "schedule",
            "quota.closed",
            Severity::Error,
            message,
            "Leave the channel out.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::ChannelStatus;
    use crate::ids::ChannelId;
    use crate::post::ContentType;
    use crate::rules::schema::{HOUR_MS, ROLLING_HOUR};

    const NOW_MS: i64 = 1_800_000_000_000;
    const AT_MS: i64 = NOW_MS + 5 * HOUR_MS;

    fn text(words: &str) -> Content {
        Content {
            text: words.to_owned(),
            ..Content::empty(ContentType::Text)
        }
    }

    fn facts(content: &Content) -> Facts<'_> {
        Facts {
            now_ms: NOW_MS,
            at_ms: AT_MS,
            due_at_ms: Some(AT_MS),
            state: Some(State::Scheduled),
            gate: Gate::None,
            content,
            mode: Mode::Publish,
            goes_to_network: true,
            plan_allows: true,
            catch_up_ms: 2 * HOUR_MS,
            channel: Standing {
                id: ChannelId::new(NOW_MS, [0; 10]),
                network: Network::Linkedin,
                name: "Harbour Bakery",
                status: ChannelStatus::Active,
                halted_because: None,
                access_ends_at_ms: None,
            },
            problems: Vec::new(),
            limits: &[],
            said_before_ms: None,
            said_again: false,
        }
    }

    /// The verdict, and the code that stands first.
    fn said(facts: Facts<'_>) -> (Verdict, Option<String>) {
        let outlook = outlook(facts);
        (outlook.verdict, outlook.problems.first().map(|problem| problem.code.clone()))
    }

    #[test]
    fn what_stops_a_post_is_named_and_what_does_not_is_a_warning() {
        use Verdict::{ByHand, WillNotPublish, WillPublish};
        let content = text("Fresh bread");
        let all = || facts(&content);
        let ends = |at_ms: i64| Standing {
            access_ends_at_ms: Some(at_ms),
            ..all().channel
        };
        let cases: Vec<(Facts<'_>, Verdict, Option<&str>)> = vec![
            (all(), WillPublish, None),
            (
                Facts {
                    state: None,
                    due_at_ms: None,
                    at_ms: NOW_MS,
                    ..all()
                },
                WillPublish,
                None,
            ),
            (
                Facts {
                    gate: Gate::Accepted,
                    ..all()
                },
                WillPublish,
                None,
            ),
            (
                Facts {
                    gate: Gate::Pending,
                    ..all()
                },
                WillNotPublish,
                Some("approval.pending"),
            ),
            (Facts { gate: Gate::Held, ..all() }, WillNotPublish, Some("approval.held")),
            (
                Facts {
                    plan_allows: false,
                    ..all()
                },
                WillNotPublish,
                Some("plan"),
            ),
            (
                Facts {
                    state: Some(State::Draft),
                    ..all()
                },
                WillNotPublish,
                Some("delivery.draft"),
            ),
            (
                Facts {
                    channel: ends(AT_MS),
                    ..all()
                },
                WillNotPublish,
                Some("channel.access_ends"),
            ),
            (
                Facts {
                    channel: ends(AT_MS + 1),
                    ..all()
                },
                WillPublish,
                Some("channel.expiring"),
            ),
            // Whoever posts by hand needs no access of ours.
            (
                Facts {
                    goes_to_network: false,
                    mode: Mode::Draft,
                    channel: ends(AT_MS),
                    ..all()
                },
                ByHand,
                None,
            ),
            (
                Facts {
                    said_before_ms: Some(AT_MS - 9 * 60_000),
                    ..all()
                },
                WillNotPublish,
                Some("post.repeated"),
            ),
            (
                Facts {
                    said_before_ms: Some(AT_MS - 10 * 60_000),
                    ..all()
                },
                WillPublish,
                Some("post.same_content"),
            ),
            (
                Facts {
                    said_before_ms: Some(AT_MS - SAME_WORDS_MS),
                    ..all()
                },
                WillPublish,
                None,
            ),
            (Facts { said_again: true, ..all() }, WillPublish, Some("post.same_content")),
            (
                Facts {
                    due_at_ms: Some(NOW_MS - 3 * HOUR_MS),
                    at_ms: NOW_MS,
                    ..all()
                },
                WillNotPublish,
                Some("delivery.too_late"),
            ),
            (
                Facts {
                    due_at_ms: Some(NOW_MS - HOUR_MS),
                    at_ms: NOW_MS,
                    ..all()
                },
                WillPublish,
                None,
            ),
        ];
        for (number, (facts, verdict, code)) in cases.into_iter().enumerate() {
            assert_eq!(said(facts), (verdict, code.map(str::to_owned)), "case {number}");
        }
    }

    fn hour<'a>(made: &'a [i64], ahead: &'a [i64]) -> Met<'a> {
        Met {
            whose: "the rule",
            max: 2,
            window: ROLLING_HOUR.window,
            made,
            ahead,
        }
    }

    #[test]
    fn whoever_is_due_before_takes_the_room_first() {
        let minute = |count: i64| AT_MS + count * 60_000;
        let cases: &[(&[i64], &[i64], i64)] = &[
            (&[], &[], minute(0)),
            (&[minute(-30)], &[], minute(0)),
            (&[minute(-30), minute(-20)], &[], minute(30)),
            (&[minute(-60), minute(-20)], &[], minute(0)),
            // One that is due before waits as well, and goes out before this one.
            (&[minute(-30), minute(-20)], &[minute(-10)], minute(40)),
            (&[], &[minute(-30), minute(-20), minute(-10)], minute(40)),
            // What is made after it does not matter.
            (&[], &[minute(-50), minute(-1)], minute(10)),
        ];
        for (made, ahead, expected) in cases {
            assert_eq!(let_out_ms(&hour(made, ahead), AT_MS), Some(*expected), "{made:?} {ahead:?}");
        }
        let content = text("Fresh bread");
        let made = [minute(-30), minute(-20)];
        let limits = [hour(&made, &[])];
        let held = outlook(Facts {
            limits: &limits,
            ..facts(&content)
        });
        assert_eq!((held.verdict, held.goes_at_ms), (Verdict::WillWait, Some(minute(30))));
        assert_eq!(held.problems[0].code, "quota.full");
    }

    #[test]
    fn equal_posts_are_known_by_what_is_sent() {
        let plain = text("Fresh bread\n\n#bread");
        let tagged = Content {
            hashtags: vec!["bread".to_owned()],
            ..text("Fresh bread")
        };
        assert!(same(Network::Bluesky, &plain, &tagged));
        assert!(!same(Network::Bluesky, &plain, &text("Fresh bread")));
        let silent = Content::empty(ContentType::Story);
        assert!(
            !same(Network::Instagram, &silent, &silent),
            "nothing is known to be the same of two without words and files"
        );
    }
}
