//! Whether what could go out went out, and in time: an installation that publishes nothing breaks no other promise.

use std::sync::atomic::Ordering;

use postrider_core::delivery::State;
use postrider_core::ids::DeliveryId;
use postrider_core::post::ContentType;
use postrider_core::retry::{OUTAGE_DELAYS_MS, OUTAGE_SPAN_MS};
use postrider_store::args;

use crate::judge::{CLOCKS_MS, Judge, Violation};
use crate::known::Known;
use crate::media;
use crate::people::Seen;
use crate::plan::PlannedLife;
use crate::stands::Stands;
use crate::template::CATCH_UP_MS;

/// With nothing going wrong, a post stands within so long of its instant, milliseconds: a handful of calls, its turn on the channel,
/// and a clock's error.
const ON_TIME_MS: i64 = 15_000;
/// A network's work on a file is looked at so often at least, milliseconds.
const LOOKS_APART_MS: i64 = 30_000;
/// A network that counts calls by the minute lets the next one through within so long, milliseconds.
const MINUTES_LIMIT_MS: i64 = 75_000;
/// After the last trouble everything has been tried again within so long, milliseconds.
const TRIED_AGAIN_MS: i64 = OUTAGE_SPAN_MS;

/// The steps of a delivery that were refused.
const REFUSED: &str =
    "SELECT ended_at FROM steps WHERE delivery_id = $1 AND kind IN ('call', 'commit') AND outcome <> 'ok' AND ended_at IS NOT NULL
    ORDER BY ended_at";

/// How often a delivery was tried again.
const REPEATS: &str = "SELECT retries FROM deliveries WHERE id = $1";

impl Judge<'_> {
    /// When a delivery could go out: by its instant, what people did, and approval; `None` if it was not to.
    fn could_go_at(known: &Known) -> Option<i64> {
        let force = known.in_force.last()?;
        let (open_from, gate) = known.gates.last()?;
        let due_at = force.due_at?;
        // What is not approved by its instant is missed.
        let in_time = gate.open() && *open_from < due_at - CLOCKS_MS;
        in_time.then_some(due_at.max(force.from_ms))
    }

    /// Judges what did not go out.
    ///
    /// # Errors
    /// If the rows cannot be read.
    pub(crate) async fn goes_out(
        &self,
        known: &Known,
        delivery: &Seen,
        stands: &[Stands],
        broken: &mut Vec<Violation>,
    ) -> anyhow::Result<()> {
        let Some(could_at) = Self::could_go_at(known).filter(|_| !known.disconnected) else {
            return Ok(());
        };
        let mut violate = |invariant, seen: String| {
            broken.push(Violation {
                invariant,
                seen: format!("{} ({}, {}): {seen}", known.planned.words, known.id, delivery.state.key()),
                history: Vec::new(),
            });
        };
        if delivery.state == State::Missed {
            let away: u64 = self.plan.workers.iter().flatten().map(PlannedLife::away_ms).sum();
            // Publishing was held until somebody recovered, and until the clocks were right.
            let recovered_ms = self.world.recovered_at_ms.load(Ordering::Relaxed);
            let right_ms = self.plan.upheaval.jumps.last().map_or(0, |jump| jump.right_at);
            let calm_at =
                self.plan.calm_from_ms.max(could_at).max(recovered_ms).max(right_ms) + i64::try_from(away).unwrap_or(i64::MAX / 4);
            let due_at = known.in_force.last().and_then(|force| force.due_at).unwrap_or(could_at);
            let too_late_at = due_at + CATCH_UP_MS;
            if calm_at + TRIED_AGAIN_MS < too_late_at {
                violate(
                    "nothing is missed without a cause",
                    format!("all was well from {calm_at}, it was due {due_at}"),
                );
            }
        }
        if !self.nothing_went_wrong() || !self.is_readable(known) {
            return Ok(());
        }
        if !matches!(delivery.state, State::Published | State::Drafted | State::ReadyToPost) {
            violate("what can go out goes out", "nothing went wrong".to_owned());
        }
        // A carousel is worked on once its files have been.
        let rounds = if self.plan.cell.content_type == ContentType::Carousel {
            2
        } else {
            1
        };
        let processing = rounds * (i64::try_from(self.plan.processing_ms).unwrap_or(0) + LOOKS_APART_MS);
        // What is scheduled or changed at the last moment is worked on after its instant.
        let known_since = known
            .in_force
            .last()
            .map_or(0, |force| force.from_ms)
            .max(known.edited_at.unwrap_or(0));
        let worked_on = if could_at - known_since > processing + ON_TIME_MS {
            0
        } else {
            processing
        };
        // Where nothing goes wrong, what is refused is too much at once for the network.
        let refused_at = self.refusals(known.id).await?.last().copied();
        let let_through_at = refused_at.map_or(could_at, |at| could_at.max(at + MINUTES_LIMIT_MS));
        for thing in stands.iter().filter(|thing| thing.part == "root") {
            let late = thing.created_ms - let_through_at;
            if late > ON_TIME_MS + worked_on {
                violate(
                    "nothing is late without a cause",
                    format!("it stands {late} ms after it could have gone out"),
                );
            }
        }
        Ok(())
    }

    /// When steps of a delivery were refused, in that order.
    async fn refusals(&self, id: DeliveryId) -> anyhow::Result<Vec<i64>> {
        let rows = self.people.db.read(REFUSED, args![id]).await?;
        Ok(rows.iter().map(|row| row.int("ended_at")).collect::<Result<_, _>>()?)
    }

    /// What was tried of a delivery that was given up for an outage, if that is less than is promised (product S6): counted from the
    /// first refusal, or from its instant, since a network that is known to be away is not asked.
    ///
    /// # Errors
    /// If the rows cannot be read.
    pub(crate) async fn gave_up_early(&self, id: DeliveryId, due_at: i64) -> anyhow::Result<Option<String>> {
        let times = self.refusals(id).await?;
        let span_ms = times.last().zip(times.first()).map_or(0, |(last, first)| last - first.min(&due_at));
        // Where an address of ours is to be stored first, a try that our own database did not take left no line.
        let repeats = if media::has_addresses(&self.plan.cell) {
            self.people.db.one(REPEATS, args![id]).await?.int("retries")? + 1
        } else {
            0
        };
        let tried = times.len().max(usize::try_from(repeats).unwrap_or(0));
        let enough = tried > OUTAGE_DELAYS_MS.len() || span_ms >= OUTAGE_SPAN_MS;
        Ok((!enough).then(|| format!("tried {tried} times in {span_ms} ms")))
    }
}
