//! Whether what stands was to stand at that moment: by its instant, people's acts, edits and approval.

use postrider_core::Network;

use crate::judge::{CLOCKS_MS, Judge};
use crate::known::{InForce, Known};
use crate::plan::ENDLESS_MS;
use crate::stands::Stands;
use crate::template::CATCH_UP_MS;
use crate::weather::Trouble;
use crate::wire::SLOW_MS;

/// Beyond `catch_up`: repeats of an outage, settling and looking, milliseconds (product S6, publishing.md rule 3).
const REPEATS_MS: i64 = 2 * 3_600_000;
/// How long a network's limit holds what is to go out, milliseconds.
const HELD_MS: i64 = 24 * 3_600_000;

type Broken = (&'static str, String);

impl Judge<'_> {
    /// Judges what stands of a delivery, of which people were told so much.
    pub(crate) fn timely(&self, known: &Known, stands: &[Stands], told: &[String], violate: &mut dyn FnMut(&'static str, String)) {
        // What a limit holds goes out when the network lets it, which people are told of (product S5).
        let held_ms = if told.iter().any(|kind| kind == "post.deferred") {
            HELD_MS
        } else {
            0
        };
        for thing in stands {
            let judged = known
                .in_force_at(thing.created_ms)
                .into_iter()
                .map(|force| self.in_force(known, thing, force, held_ms));
            // What any of the rules allows that it may have followed is allowed.
            if let Ok(broken) = judged.map(|one| one.ok_or(())).collect::<Result<Vec<Broken>, ()>>()
                && let Some((invariant, seen)) = broken.into_iter().next()
            {
                violate(invariant, seen);
            }
            // What was sent before an older database came back is not held to what was written after.
            if thing.first_words
                && !known.is_after_copy(thing.created_ms)
                && known.edited_at.is_some_and(|at| thing.created_ms > at + CLOCKS_MS)
            {
                violate(
                    "nothing of before an edit",
                    format!("{} stands since {} with its first words", thing.part, thing.created_ms),
                );
            }
            if thing.part != "comment" && !known.was_open(thing.created_ms, self.work_ms(known)) {
                violate(
                    "nothing without approval",
                    format!("{} stands since {}", thing.part, thing.created_ms),
                );
            }
        }
    }

    /// What is broken by a thing if a rule was in force as it was made.
    fn in_force(&self, known: &Known, thing: &Stands, force: Option<InForce>, held_ms: i64) -> Option<Broken> {
        let Some((said_ms, due_at)) = force.and_then(|force| force.due_at.map(|due_at| (force.said_ms, due_at))) else {
            let seen = format!("{} stands since {}", thing.part, thing.created_ms);
            return Some(("nothing after a cancel", seen));
        };
        let seen = || format!("{} stands since {}, due {due_at}", thing.part, thing.created_ms);
        if thing.created_ms < due_at - CLOCKS_MS {
            return Some(("nothing before its time", seen()));
        }
        let latest = due_at.max(said_ms) + CATCH_UP_MS + REPEATS_MS + held_ms + self.work_ms(known);
        // What is public already is brought to its end, however late.
        (thing.part == "root" && thing.created_ms > latest).then(|| ("nothing older than catch_up", seen()))
    }

    /// How long what is to be seen may have been taken in before, milliseconds: Facebook shows a file once it has worked on it.
    fn work_ms(&self, known: &Known) -> i64 {
        if known.planned.berth.network != Network::Facebook || self.plan.cell.carrier.is_none() {
            return 0;
        }
        let works_ms = if self.weather.counts().contains_key("processing_endless") {
            ENDLESS_MS
        } else if self.weather.saw(Trouble::ProcessingSlow) {
            SLOW_MS[1].max(self.plan.processing_ms)
        } else {
            self.plan.processing_ms
        };
        works_ms.cast_signed()
    }
}
