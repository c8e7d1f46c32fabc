//! What workers handed in as rows, each cell where [`super::statements`] has its column.

use postrider_core::ids::DeliveryId;

use super::{AttemptRecord, Change, IntentChange, Outcome, StepRecord, UNSEEN};
use crate::db::Arg;
use crate::hot::Standing;

/// One row.
type Cells = Vec<Arg>;

fn standing(cells: &mut Cells, standing: &Standing) {
    // Taken apart, so that none is forgotten. What a promise alone writes is its own affair.
    let Standing {
        state,
        wake_at,
        generation,
        progress,
        attempt_id,
        published_version,
        external_id,
        permalink,
        kept_private,
        warning,
        failure_kind,
        failure_code,
        failure_message,
        failure_remedy,
        missed_why,
        deferred_until,
        waits_for_person,
        processing_since,
        retries,
        retry_since,
        renewed,
        unseen_from,
        first_commit_at: _,
        lateness_ms: _,
    } = standing;
    cells.extend([
        (*state).into(),
        (*wake_at).into(),
        (*generation).into(),
        progress.clone().into(),
        attempt_id.clone().into(),
        (*published_version).into(),
        external_id.clone().into(),
        permalink.clone().into(),
        kept_private.clone().into(),
        warning.clone().into(),
        failure_kind.clone().into(),
        failure_code.clone().into(),
        failure_message.clone().into(),
        failure_remedy.clone().into(),
        missed_why.clone().into(),
        (*deferred_until).into(),
        (*waits_for_person).into(),
        (*processing_since).into(),
        (*retries).into(),
        (*retry_since).into(),
        (*renewed).into(),
        (*unseen_from).into(),
    ]);
}

pub(super) fn advance(change: &Change, now_ms: i64) -> Cells {
    let mut cells = vec![
        change.delivery_id.into(),
        change.epoch.into(),
        change.version.into(),
        now_ms.into(),
        change.intent_open.into(),
    ];
    standing(&mut cells, &change.standing);
    cells
}

pub(super) fn intend(change: &IntentChange, now_ms: i64) -> Cells {
    let mut cells = vec![
        change.delivery_id.into(),
        change.epoch.into(),
        change.version.into(),
        now_ms.into(),
        change.post_version.into(),
        // What stands already, or may, waits for no instant.
        if change.intent.evidence == UNSEEN || change.standing.published_version.is_some() {
            i64::MAX
        } else {
            now_ms
        }
        .into(),
        (change.intent.evidence == UNSEEN).into(),
        change.incarnation.into(),
        change.beat.into(),
    ];
    standing(&mut cells, &change.standing);
    cells.extend([change.standing.first_commit_at.into(), change.standing.lateness_ms.into()]);
    cells
}

pub(super) fn intent(change: &IntentChange) -> Cells {
    let intent = &change.intent;
    vec![
        change.delivery_id.into(),
        intent.intent_id.into(),
        change.channel_id.into(),
        intent.part.as_str().into(),
        change.standing.generation.into(),
        intent.intent_key.as_str().into(),
        intent.match_key.as_str().into(),
        intent.body_hash.as_str().into(),
        intent.likeness.clone().into(),
        intent.evidence.into(),
        intent.stored_at.into(),
        intent.send_by.into(),
        intent.settle_ms.into(),
        intent.allowed_at.into(),
        change.epoch.into(),
        change.version.into(),
    ]
}

pub(super) fn outcome(delivery: DeliveryId, outcome: &Outcome, now_ms: i64) -> Cells {
    vec![
        delivery.into(),
        outcome.intent_id.into(),
        outcome.outcome.map(str::to_owned).into(),
        outcome.external_id.clone().into(),
        outcome.permalink.clone().into(),
        outcome.resent_at.into(),
        outcome.absent_seen_at.into(),
        outcome.looks.into(),
        outcome.outcome.map(|_| now_ms).into(),
    ]
}

pub(super) fn attempt(delivery: DeliveryId, attempt: &AttemptRecord) -> Cells {
    vec![
        delivery.into(),
        attempt.attempt_id.into(),
        attempt.started_at.into(),
        attempt.ended_at.into(),
        attempt.outcome.map(str::to_owned).into(),
    ]
}

pub(super) fn step(delivery: DeliveryId, step: &StepRecord) -> Cells {
    vec![
        delivery.into(),
        step.step_id.into(),
        step.attempt_id.as_str().into(),
        step.label.as_str().into(),
        step.kind.into(),
        step.started_at.into(),
        step.ended_at.into(),
        step.http_status.into(),
        step.outcome.as_str().into(),
        step.detail.as_str().into(),
    ]
}
