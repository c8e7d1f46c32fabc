//! What people know of each delivery: what they did and were told, and what of that an older database took back.

use postrider_core::delivery::{Gate, State};
use postrider_core::ids::{DeliveryId, PostId};

use crate::people::Seen;
use crate::plan::PlannedPost;

/// A call that was on its way when the database was brought back has arrived within so long, milliseconds: the longest that it is written,
/// and the longest that it is under way then.
const ON_THE_WAY_MS: i64 = 8 * 60_000;

/// What was in force of a delivery from a moment on, as people were told.
#[derive(Debug, Clone, Copy)]
pub struct InForce {
    /// From when, UTC milliseconds.
    pub from_ms: i64,
    /// When a person said so: earlier, where an older database said it again, UTC milliseconds.
    pub said_ms: i64,
    /// Its instant; `None` if it is not to go out.
    pub due_at: Option<i64>,
}

impl InForce {
    /// What a person says now.
    pub fn said(now_ms: i64, due_at: Option<i64>) -> InForce {
        InForce {
            from_ms: now_ms,
            said_ms: now_ms,
            due_at,
        }
    }
}

/// What an older database, once it was brought back, knew of a delivery.
#[derive(Debug, Clone, Copy)]
pub struct Older {
    /// When it was copied, UTC milliseconds.
    pub copied_ms: i64,
    /// When it was brought back, UTC milliseconds.
    pub back_ms: i64,
    /// Where the delivery stood in it.
    pub state: State,
    /// What approval said in it.
    pub gate: Gate,
    /// Its instant in it.
    pub due_at: Option<i64>,
    /// Whether other words were written since, which it does not know.
    pub edited_since: bool,
}

/// What people know of one delivery.
#[derive(Debug, Clone)]
pub struct Known {
    /// Which.
    pub id: DeliveryId,
    /// Its post.
    pub post: PostId,
    /// As it was planned.
    pub planned: PlannedPost,
    /// What was acknowledged, oldest first.
    pub in_force: Vec<InForce>,
    /// Since when it says other words, UTC milliseconds.
    pub edited_at: Option<i64>,
    /// Whether its channel was taken off.
    pub disconnected: bool,
    /// What approval says since when (UTC milliseconds), oldest first.
    pub gates: Vec<(i64, Gate)>,
    /// Whether a person said that it is there: of equal posts nobody can tell which one stands.
    pub said_there: bool,
    /// When a person was first asked because the engine could not know, UTC milliseconds.
    pub asked_at: Option<i64>,
    /// What the older database that was brought back knew of it, if one was.
    pub older: Option<Older>,
}

impl Known {
    /// What was in force at an instant: two things where a call may have been on its way when an older database was brought back.
    pub fn in_force_at(&self, at_ms: i64) -> Vec<Option<InForce>> {
        let until = |until_ms: i64| self.in_force.iter().rev().find(|force| force.from_ms <= until_ms).copied();
        self.seen_at(at_ms).into_iter().map(until).collect()
    }

    /// Whether approval was given as a thing of an instant was sent, likewise. It was sent at most so long before.
    pub fn was_open(&self, at_ms: i64, before_ms: i64) -> bool {
        let until = |until_ms: i64| {
            let said = self.gates.iter().rev().find(|(from_ms, _)| *from_ms <= until_ms);
            said.map_or(Gate::None, |(_, gate)| *gate)
        };
        let seen = self.seen_at(at_ms).into_iter();
        let between = |(from_ms, gate): &(i64, Gate)| (at_ms - before_ms..=at_ms).contains(from_ms) && gate.open();
        seen.chain([at_ms - before_ms]).any(|at_ms| until(at_ms).open()) || self.gates.iter().any(between)
    }

    /// The instants whose rules a thing of an instant may follow.
    fn seen_at(&self, at_ms: i64) -> Vec<i64> {
        let before = self.older.map(|older| older.back_ms - 1);
        let sent_before = before.filter(|before| (*before..*before + ON_THE_WAY_MS).contains(&at_ms));
        [Some(at_ms), sent_before].into_iter().flatten().collect()
    }

    /// Whether something that stands may be unknown to the database because it was made after the copy.
    pub fn is_after_copy(&self, at_ms: i64) -> bool {
        self.older
            .is_some_and(|older| (older.copied_ms..older.back_ms + ON_THE_WAY_MS).contains(&at_ms))
    }

    /// An older database was brought back: what people did since it was copied is undone.
    pub fn brought_back(&mut self, then: &Known, seen: &Seen, copied_ms: i64, back_ms: i64) {
        let gate = then.gates.last().map_or(Gate::None, |(_, gate)| *gate);
        self.older = Some(Older {
            copied_ms,
            back_ms,
            state: seen.state,
            gate,
            due_at: then.in_force.last().and_then(|force| force.due_at),
            edited_since: self.edited_at != then.edited_at,
        });
        if let Some(force) = then.in_force.last() {
            self.in_force.push(InForce {
                from_ms: back_ms,
                ..*force
            });
        }
        self.gates.push((back_ms, gate));
        self.edited_at = then.edited_at;
        self.disconnected = then.disconnected;
        self.asked_at = then.asked_at;
    }
}
