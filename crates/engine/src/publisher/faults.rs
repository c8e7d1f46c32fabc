//! What a fault leads to: held, tried again, failed, or finished with a warning.

use postrider_core::channel::ChannelStatus;
use postrider_core::delivery::{Event, FailureKind, Part, State};
use postrider_core::mutant::{self, Mutant};
use postrider_core::post::ContentType;
use postrider_core::retry::OUTAGE_SPAN_MS;
use postrider_provider::{Fault, Next, Proof, Receipt, Verdict};
use postrider_store::hot;

use super::run::{End, Run};
use crate::tokens::{self, NotRenewed, not_now};

/// Pause before the n-th repeat of an outage, in milliseconds.
pub fn outage_pause(run: &Run, repeat: i64) -> i64 {
    let pauses = &run.shared.timing.outage_pauses_ms;
    let index = usize::try_from(repeat - 1).unwrap_or(0).min(pauses.len().saturating_sub(1));
    pauses.get(index).copied().unwrap_or(60_000)
}

/// What became of a renewal.
pub enum Renewal {
    /// The step may be repeated.
    Done,
    /// The access is over, or was refused although it had just been renewed.
    Over,
    /// It did not work out this time, which says nothing of the access.
    NotNow(Fault),
}

/// Renews the access once in a run.
pub async fn renew(run: &mut Run) -> Renewal {
    if run.standing.renewed {
        return Renewal::Over;
    }
    match Box::pin(tokens::renew(
        &run.shared,
        run.claimed.network,
        run.claimed.grant.id,
        Some(&run.secrets),
    ))
    .await
    {
        Ok(secrets) => {
            run.standing.renewed = true;
            run.secrets.extend(secrets);
            Renewal::Done
        }
        Err(NotRenewed::Over(why)) => {
            tracing::info!(delivery = %run.claimed.id, %why, "the access could not be renewed");
            Renewal::Over
        }
        Err(NotRenewed::NotNow(why)) => {
            let message = format!(
                "The access to {} had ended and could not be renewed: {why}.",
                run.claimed.channel_name
            );
            let remedy = "Nothing to do: it is tried again by itself for half an hour.";
            let fault = Fault::stop(FailureKind::Outage, "connection.not_renewed", message, remedy);
            Renewal::NotNow(fault.next(Next::Repeat { at_ms: None }))
        }
    }
}

/// Renews an access that a recovered database may hold as it no longer is, before it is used. What came of it shows at the first call.
pub async fn check_grant(run: &mut Run) {
    let (network, grant) = (run.claimed.network, run.claimed.grant.id);
    let checked = async {
        let stands = hot::grant_tokens(&run.shared.db, grant).await.map_err(not_now)?;
        if stands.grant.doubted && run.adapter.capability().renews {
            Box::pin(tokens::renew(&run.shared, network, grant, None)).await?;
        } else if stands.grant.doubted {
            hot::trust_grant(&run.shared.db, grant).await.map_err(not_now)?;
        }
        hot::grant_tokens(&run.shared.db, grant).await.map_err(not_now)
    };
    match checked.await {
        Ok(stands) => run.claimed.grant = stands.grant,
        Err(why) => tracing::info!(delivery = %run.claimed.id, %network, %why, "the access of a recovered database was not renewed"),
    }
}

/// Notes what a definite refusal says of the channel.
pub fn note_verdict(run: &mut Run, fault: &Fault) {
    let status = match fault.verdict {
        Verdict::None | Verdict::AppUnknown => return,
        Verdict::Expired => ChannelStatus::Expired,
        Verdict::Revoked => ChannelStatus::Revoked,
        Verdict::MissingPermission => ChannelStatus::MissingPermission,
    };
    run.judge_channel(status.key(), fault.message.clone());
    run.tell("channel.expired", "needs you: its access ended. Reconnect the channel.");
}

/// Decides what a fault that is known not to have published leads to. [`Run::goes_on`] tells whether the loop goes on.
pub async fn handle(run: &mut Run, mut fault: Fault) -> Result<(), End> {
    run.met(&fault);
    if fault.next == Next::Renew {
        match renew(run).await {
            // The refused intent is closed before the next one is stored.
            Renewal::Done => return run.write().await,
            Renewal::Over => {
                fault.next = Next::Stop;
                fault.verdict = Verdict::Expired;
            }
            Renewal::NotNow(outage) => fault = outage,
        }
    }
    match fault.next.clone() {
        Next::Stop | Next::Renew => stop(run, fault).await,
        Next::Defer { until_ms } => {
            if run.standing.state == State::Confirming || run.committed() {
                return run.pause_until(until_ms).await;
            }
            run.transition(Event::QuotaMet);
            // Told once, however often the limit is met again.
            if run.standing.deferred_until.replace(until_ms).is_none() {
                run.tell("post.deferred", &format!("is held by a limit: {}", fault.message));
            }
            // Waiting for a window is no processing, and what an outage took before it is over by then.
            run.standing.processing_since = None;
            run.standing.retries = 0;
            run.standing.retry_since = None;
            run.pause_until(until_ms).await
        }
        Next::Repeat { at_ms } => {
            let now_ms = run.now_ms();
            run.standing.retry_since.get_or_insert(now_ms);
            again(run, fault, at_ms).await
        }
        // What stands is never begun anew: it would stand twice.
        Next::Restart if run.committed() => stop(run, fault).await,
        Next::Restart => {
            run.discard_staged();
            // Good calls do not wipe this out: a new beginning has good calls every time.
            run.standing.retry_since = None;
            again(run, fault, None).await
        }
    }
}

async fn again(run: &mut Run, mut fault: Fault, at_ms: Option<i64>) -> Result<(), End> {
    let now_ms = run.now_ms();
    run.standing.retries += 1;
    let most = i64::try_from(run.shared.timing.outage_pauses_ms.len()).unwrap_or(i64::MAX);
    // A new beginning has no span: it is no outage.
    let until_ms = run.standing.retry_since.map(|since| since + OUTAGE_SPAN_MS);
    if run.standing.retries > most || mutant::on(Mutant::GiveUpAtOnce) || until_ms.is_some_and(|until| now_ms >= until) {
        fault.next = Next::Stop;
        fault.remedy = "Retry when the network works again.".to_owned();
        return stop(run, fault).await;
    }
    let pause = outage_pause(run, run.standing.retries);
    let again_at = at_ms.unwrap_or(0).max(now_ms + pause);
    // However long the network asks to be left alone, the last try falls within the span.
    run.pause_until(until_ms.map_or(again_at, |until| again_at.min(until))).await
}

/// Whether nothing of the post itself is missing at the network, once its root stands: of a thread that is its last part.
async fn whole(run: &Run) -> Result<bool, End> {
    if run.claimed.content_type != ContentType::Thread {
        return Ok(true);
    }
    let parts = run.claimed.content.overridden(&run.claimed.overrides).thread.len();
    let last = match u32::try_from(parts).unwrap_or(u32::MAX) {
        0 | 1 => Part::Root,
        parts => Part::Reply(parts - 1),
    };
    let stands = hot::part_stands(&run.shared.db, run.claimed.id, &last.to_string()).await;
    stands.map_err(|_| End::NotStored)
}

/// Ends it: failed, stopped midway, or published with a warning.
pub async fn stop(run: &mut Run, fault: Fault) -> Result<(), End> {
    note_verdict(run, &fault);
    // While the network confirms, that it gave the post up is the end of the post itself. Anything else, a refused look among it, says
    // nothing of the post, and calling it failed would have it sent again.
    let never_public = run.standing.state == State::Confirming && fault.proof == Proof::NeverPublic;
    if run.committed() && !never_public {
        if run.standing.state != State::Confirming && !whole(run).await? {
            run.transition(Event::RefusedMidway);
            run.note_failure(Some(&fault));
            run.tell("post.failed", &format!("stopped midway: {}", fault.told()));
        } else {
            // What stands, stands: a lost comment, cover or address is a warning, never a failure.
            let receipt = Receipt {
                warning: Some(fault.told()),
                ..Receipt::default()
            };
            run.finish(receipt);
        }
        return run.end().await;
    }
    if never_public {
        run.standing.published_version = None;
        run.standing.external_id = None;
        run.standing.permalink = None;
        // This is what was looked for: it was found, and nobody will see it.
        run.standing.unseen_from = None;
    }
    run.discard_staged();
    if run.standing.state == State::Deferred {
        run.transition(Event::WindowOpens);
    }
    run.transition(Event::Refused);
    run.note_failure(Some(&fault));
    if fault.kind != FailureKind::Duplicate || !fault.message.is_empty() {
        run.tell("post.failed", &format!("failed: {}", fault.told()));
    }
    // A fresh start for whoever presses Retry.
    run.standing.renewed = false;
    run.end().await
}
