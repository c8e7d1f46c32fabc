//! Ahead of the instant: uploads, containers, processing, so that at the instant only the last call is left.

use postrider_core::delivery::{Event, FailureKind, State};
use postrider_provider::{Fault, Next, Step, goes_to_network};

use super::HELD_MS;
use super::faults::{Renewal, outage_pause, renew};
use super::run::{End, Run};

/// Does everything that is repeatable and invisible, then waits for the instant.
pub async fn ahead(run: &mut Run) -> Result<(), End> {
    let taken_up_at = run.due_at() - run.shared.timing.warm_ms;
    if !goes_to_network(run.adapter.capability(), run.claimed.content_type, run.claimed.mode) {
        return run.pause_until(run.due_at()).await;
    }
    if !run.claimed.channel_status.usable() || !run.claimed.plan_allows || run.claimed.channel_halted {
        // What holds it may be put right in time to prepare it.
        let again_at = run.now_ms() + HELD_MS;
        return run.pause_until(again_at.min(run.due_at())).await;
    }
    if run.standing.state == State::Scheduled {
        run.transition(Event::StageLead);
    }
    if let Err(fault) = run.ready().await? {
        return failed(run, fault).await;
    }
    loop {
        match run.next() {
            Step::Call(request) => {
                if let Err(fault) = run.call(request).await?
                    && let Some(fault) = still(run, fault).await
                {
                    return failed(run, fault).await;
                }
                if !run.goes_on {
                    return Ok(());
                }
            }
            Step::Commit(_) => {
                if run.standing.state == State::Staging {
                    run.transition(Event::StageDone);
                }
                run.clear_failure();
                return run.pause_until(taken_up_at).await;
            }
            Step::Wait { until_ms, .. } => return run.pause_until(until_ms.min(taken_up_at)).await,
            Step::Fail(fault) => {
                if let Some(fault) = still(run, fault).await {
                    return failed(run, fault).await;
                }
            }
            // Nothing was committed, so nothing can be done: the adapter decides again at the instant.
            Step::Done(_) => return run.pause_until(taken_up_at).await,
        }
    }
}

/// What is left of a fault once the access was renewed, where that helps.
async fn still(run: &mut Run, fault: Fault) -> Option<Fault> {
    if fault.next != Next::Renew {
        return Some(fault);
    }
    match renew(run).await {
        Renewal::Done => None,
        Renewal::Over => Some(fault),
        Renewal::NotNow(outage) => Some(outage),
    }
}

/// Staging met something: an outage is tried again while there is time, the rest is told ahead of the instant.
async fn failed(run: &mut Run, fault: Fault) -> Result<(), End> {
    run.met(&fault);
    let due_at = run.due_at();
    let now_ms = run.now_ms();
    match fault.next {
        Next::Repeat { at_ms } => {
            run.standing.retries += 1;
            let pause = outage_pause(run, run.standing.retries);
            run.pause_until(at_ms.unwrap_or(now_ms + pause).min(due_at)).await
        }
        Next::Restart => {
            run.discard_staged();
            run.standing.retries += 1;
            let pause = outage_pause(run, run.standing.retries);
            run.pause_until((now_ms + pause).min(due_at)).await
        }
        // A full quota may be open again by then.
        Next::Defer { .. } => run.pause_until(due_at).await,
        Next::Stop | Next::Renew => {
            let told_before = run.standing.failure_code.as_deref() == Some(fault.code.as_str());
            run.standing.failure_kind = Some(fault.kind.key().to_owned());
            run.standing.failure_code = Some(fault.code.clone());
            run.standing.failure_message = Some(fault.message.clone());
            run.standing.failure_remedy = Some(fault.remedy.clone());
            if !told_before && fault.kind != FailureKind::Outage {
                run.tell("post.at_risk", &format!("will fail when it is due: {}", fault.told()));
            }
            super::faults::note_verdict(run, &fault);
            run.transition(Event::StageFailed);
            run.pause_until(due_at).await
        }
    }
}
