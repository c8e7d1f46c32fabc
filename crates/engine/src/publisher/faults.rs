//! What a fault leads to: held, tried again, failed, or finished with a warning.

use postrider_core::channel::ChannelStatus;
use postrider_core::delivery::{Event, FailureKind, State};
use postrider_core::post::ContentType;
use postrider_provider::{Fault, Next, Progress, Receipt, Verdict};

use super::run::{End, Run};
use crate::tokens;

/// Pause before the n-th repeat of an outage, in milliseconds.
pub fn outage_pause(run: &Run, repeat: i64) -> i64 {
    let pauses = &run.shared.timing.outage_pauses_ms;
    let index = usize::try_from(repeat - 1).unwrap_or(0).min(pauses.len().saturating_sub(1));
    pauses.get(index).copied().unwrap_or(60_000)
}

/// Renews the access once in a run. `true` if the step may be repeated.
pub async fn renewed(run: &mut Run) -> bool {
    if run.standing.renewed {
        return false;
    }
    run.standing.renewed = true;
    match tokens::renew(&run.shared, run.claimed.network, run.claimed.grant.id, Some(&run.secrets)).await {
        Ok(secrets) => {
            run.secrets.extend(secrets);
            true
        }
        Err(error) => {
            tracing::info!(delivery = %run.claimed.id, %error, "the access could not be renewed");
            false
        }
    }
}

/// Notes what a definite refusal says of the channel.
pub fn note_verdict(run: &mut Run, fault: &Fault) {
    let status = match fault.verdict {
        Verdict::None => return,
        Verdict::Expired => ChannelStatus::Expired,
        Verdict::Revoked => ChannelStatus::Revoked,
        Verdict::MissingPermission => ChannelStatus::MissingPermission,
    };
    run.judge_channel(status.key(), fault.message.clone());
    run.tell("channel.expired", "needs you: its access ended. Reconnect the channel.");
}

/// Decides what a fault that is known not to have published leads to. [`Run::goes_on`] tells whether the loop goes on.
pub async fn handle(run: &mut Run, mut fault: Fault) -> Result<(), End> {
    if fault.next == Next::Renew {
        if renewed(run).await {
            // The refused intent is closed before the next one is stored.
            return run.write().await;
        }
        fault.next = Next::Stop;
        fault.verdict = Verdict::Expired;
    }
    match fault.next.clone() {
        Next::Stop | Next::Renew => stop(run, fault).await,
        Next::Defer { until_ms } => {
            if run.standing.state == State::Confirming || run.committed() {
                return run.pause_until(until_ms).await;
            }
            run.transition(Event::QuotaMet);
            run.standing.deferred_until = Some(until_ms);
            run.tell("post.deferred", &format!("is held by a limit: {}", fault.message));
            run.pause_until(until_ms).await
        }
        Next::Repeat { at_ms } => again(run, fault, at_ms).await,
        Next::Restart => {
            run.discard_staged();
            run.progress = Progress::default();
            again(run, fault, None).await
        }
    }
}

async fn again(run: &mut Run, mut fault: Fault, at_ms: Option<i64>) -> Result<(), End> {
    let now_ms = run.now_ms();
    run.standing.retry_since.get_or_insert(now_ms);
    run.standing.retries += 1;
    let most = i64::try_from(run.shared.timing.outage_pauses_ms.len()).unwrap_or(i64::MAX);
    if run.standing.retries > most {
        fault.next = Next::Stop;
        fault.remedy = "Retry when the network works again.".to_owned();
        return stop(run, fault).await;
    }
    let pause = outage_pause(run, run.standing.retries);
    run.pause_until(at_ms.unwrap_or(0).max(now_ms + pause)).await
}

async fn stop(run: &mut Run, fault: Fault) -> Result<(), End> {
    note_verdict(run, &fault);
    // While the network confirms, its refusal is the end of the post itself: it never became public.
    if run.committed() && run.standing.state != State::Confirming {
        if run.claimed.content_type == ContentType::Thread {
            run.transition(Event::RefusedMidway);
            write_failure(run, &fault);
            run.tell("post.failed", &format!("stopped midway: {} {}", fault.message, fault.remedy));
        } else {
            // What stands, stands: a lost comment, cover or address is a warning, never a failure.
            let receipt = Receipt {
                warning: Some(format!("{} {}", fault.message, fault.remedy)),
                ..Receipt::default()
            };
            run.finish(receipt);
        }
        return run.end().await;
    }
    run.discard_staged();
    if run.standing.state == State::Deferred {
        run.transition(Event::WindowOpens);
    }
    run.transition(Event::Refused);
    write_failure(run, &fault);
    if fault.kind != FailureKind::Duplicate || !fault.message.is_empty() {
        run.tell("post.failed", &format!("failed: {} {}", fault.message, fault.remedy));
    }
    // A fresh start for whoever presses Retry.
    run.progress = Progress::default();
    run.standing.renewed = false;
    run.end().await
}

fn write_failure(run: &mut Run, fault: &Fault) {
    run.standing.failure_kind = Some(fault.kind.key().to_owned());
    run.standing.failure_code = Some(fault.code.clone());
    run.standing.failure_message = Some(fault.message.clone());
    run.standing.failure_remedy = Some(fault.remedy.clone());
}
