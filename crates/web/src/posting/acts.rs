//! Acts on a post's deliveries: all those that can, or all those named, in one transaction.

use postrider_core::delivery::{Event, State};
use postrider_core::ids::DeliveryId;
use postrider_core::problem::Problem;
use postrider_store::deliveries::{self, Ask, Delivery};
use postrider_store::posts::WithDeliveries;
use postrider_store::scope::Scope;
use postrider_store::{Bound, channels, plans};

use super::{Meant, as_problem, publishable, standing};
use crate::acting::{Hands, would};
use crate::auth::Asker;
use crate::dto::schedule::Schedule;
use crate::problem::{Answer, Code, Refused};
use crate::state::AppState;
use crate::{trail, zones};

/// What is to be done.
pub struct Wanted {
    /// What.
    pub event: Event,
    /// To which; to all that can if absent.
    pub ids: Option<Vec<DeliveryId>>,
    /// When, for giving a time.
    pub schedule: Option<Schedule>,
}

/// Does it and answers what should be known beside.
///
/// # Errors
/// The first refusal; then nothing was done.
pub async fn run(
    state: &AppState,
    scope: &Scope,
    row: &WithDeliveries,
    wanted: &Wanted,
    asker: &Asker,
    name: &str,
) -> Answer<Vec<Problem>> {
    let chosen = choose(state, row, wanted)?;
    let time = match &wanted.schedule {
        Some(schedule) => {
            let time = zones::resolve("schedule", schedule)?;
            zones::future("schedule", &time, state.now_ms())?;
            Some(time)
        }
        None => None,
    };
    let mut warnings = ready(state, scope, row, &chosen, wanted.event).await?;
    if let Some(text) = time.as_ref().and_then(|time| time.explanation.clone()) {
        let mut told = as_problem(Code::Field.because(text).field("schedule"));
        told.code = "schedule.doubtful".to_owned();
        told.severity = postrider_core::problem::Severity::Warning;
        warnings.push(told);
    }

    let hands = Hands::of(state);
    let mut done = Vec::with_capacity(chosen.len());
    let mut tx = state.db().begin().await?;
    for delivery in chosen {
        let mut ask = Ask::default();
        if wanted.event == Event::Schedule {
            // A delivery's own time goes before the post's; one that was given to all counts for those without.
            ask.at = time.as_ref().map(zones::moment);
            let own = delivery.state == State::Draft && delivery.due_at.is_some() && own_time(row, delivery);
            if own {
                ask.at = None;
            }
            let at = ask
                .at
                .as_ref()
                .map(|moment| moment.due_at)
                .or(delivery.due_at)
                .or(row.post.wished_at);
            let at = at.ok_or_else(|| Code::TimeMissing.because("Say when it is to go out.").field("schedule"))?;
            if at <= state.now_ms() {
                return Err(Code::Past
                    .because("The time it was wished for is past.")
                    .field("schedule")
                    .remedy("Choose a later time, or publish now."));
            }
            if ask.at.is_none() && delivery.due_at.is_none() {
                ask.at = Some(deliveries::Moment {
                    due_at: at,
                    local_time: None,
                    zone: None,
                });
            }
        }
        let acted = deliveries::act(&mut tx, scope, delivery.id, wanted.event, &ask, &hands.acting()).await;
        done.push(acted.map_err(|error| Refused::from(error).at(delivery))?);
    }
    trail::note(
        state,
        &mut tx,
        scope,
        asker,
        name,
        row.post.id,
        serde_json::json!({"deliveries": done.len()}),
    )
    .await?;
    tx.commit().await?;
    state.engine.wake();
    for delivery in &done {
        trail::delivery_changed(state, delivery);
    }
    Ok(warnings)
}

/// Whether a draft delivery's wished time is its own and not the post's.
fn own_time(row: &WithDeliveries, delivery: &Delivery) -> bool {
    delivery.due_at != row.post.wished_at
}

fn choose<'a>(state: &AppState, row: &'a WithDeliveries, wanted: &Wanted) -> Answer<Vec<&'a Delivery>> {
    let now_ms = state.now_ms();
    if row.deliveries.iter().all(|delivery| delivery.state == State::Canceled) {
        return Err(Code::NoChannel
            .because("The post has no channel to go out on.")
            .field("deliveries")
            .remedy("Choose at least one channel."));
    }
    if let Some(ids) = &wanted.ids {
        return ids
            .iter()
            .map(|id| {
                row.deliveries
                    .iter()
                    .find(|delivery| delivery.id == *id)
                    .ok_or_else(|| Refused::invalid("delivery_ids", format!("{id} is not of this post.")))
            })
            .collect();
    }
    let mut refusal = None;
    let mut chosen = Vec::new();
    for delivery in &row.deliveries {
        match would(delivery, wanted.event, now_ms) {
            Ok(_) => chosen.push(delivery),
            // What came too late says more than what never could.
            Err(why) => {
                refusal = refusal
                    .filter(|kept| *kept == postrider_core::delivery::Refusal::TooLate)
                    .or(Some(why))
            }
        }
    }
    match refusal {
        Some(why) if chosen.is_empty() => Err(why.into()),
        _ => Ok(chosen),
    }
}

/// Refuses what must not go out: against the plan, with content that would not publish, now on a channel that cannot be used.
/// Answers what should be known beside. Acts that send nothing are always ready.
///
/// # Errors
/// 403 `plan`, 422 `post.problems`, 409 `channel.unusable`.
pub async fn ready(state: &AppState, scope: &Scope, row: &WithDeliveries, chosen: &[&Delivery], event: Event) -> Answer<Vec<Problem>> {
    let now = matches!(event, Event::PublishNow | Event::Retry | Event::ResolveAbsent);
    let missed_anyway = event == Event::ResolveAbsent && chosen.iter().all(|delivery| !delivery.gate.open());
    if !now && event != Event::Schedule || missed_anyway {
        return Ok(Vec::new());
    }
    let mut tx = state.db().begin().await?;
    plans::make_room(&mut tx, scope.organization_id, Bound::Publishing, 0).await?;
    tx.commit().await?;
    let aims: Vec<_> = chosen
        .iter()
        .map(|delivery| (delivery.channel_id, delivery.overrides.clone(), delivery.mode))
        .collect();
    let meant = Meant::read(state, scope, row.post.project_id, row.post.content.clone(), &aims).await?;
    if now {
        for delivery in chosen {
            let channel = channels::get(state.db(), scope, delivery.channel_id).await?;
            if let Some(problem) = standing(&channel, state.now_ms()) {
                return Err(Code::ChannelUnusable
                    .because(problem.message.clone())
                    .field("deliveries")
                    .remedy(problem.remedy.clone())
                    .problems(vec![problem]));
            }
        }
    }
    publishable(meant.problems(state.now_ms()))
}
