//! The point of no return: intent, call, outcome.

use std::time::Duration;

use postrider_core::delivery::{Event, Part, State};
use postrider_core::ids::IntentId;
use postrider_core::mutant::{self, Mutant};
use postrider_provider::{Commit, Evidence, Fault, Manner, Proof, Sent, Step, Waiting};
use postrider_store::hot::{self, Applied, Lane, NewIntent, Outcome, StepRecord};
use sha2::{Digest, Sha256};

use super::run::{End, Run, clipped, unreachable_network};
use super::{faults, guard};
use crate::bulkheads::Places;
use crate::unseen;
use crate::writer::NotStored;

/// How long a delivery whose conditions do not hold just now waits before it looks again, in milliseconds: at least this, and
/// longer the longer it has waited (an equal post may be in doubt for days).
const BUSY_WAIT_MS: std::ops::RangeInclusive<i64> = 1_000..=30_000;

fn hash_fields(hasher: &mut Sha256, fields: &[(String, postrider_provider::Val)]) {
    for (name, value) in fields {
        hasher.update(name);
        if let postrider_provider::Val::Plain(text) = value {
            hasher.update(text);
        }
    }
}

/// What of a request tells it from another: everything but the secrets, which are names.
fn body_hash(commit: &Commit) -> String {
    let request = &commit.request;
    let mut hasher = Sha256::new();
    hasher.update(format!("{:?} {}", request.method, request.url));
    hash_fields(&mut hasher, &request.query);
    match &request.body {
        postrider_provider::Body::Json(json) => hasher.update(json.to_string()),
        postrider_provider::Body::Form(fields) => hash_fields(&mut hasher, fields),
        postrider_provider::Body::Multipart { fields, files } => {
            hash_fields(&mut hasher, fields);
            for file in files {
                hasher.update(format!("{} {} {:?}", file.field, file.bytes.blob, file.bytes.range));
            }
        }
        postrider_provider::Body::Asset(asset) => hasher.update(format!("{} {:?}", asset.blob, asset.range)),
        _ => {}
    }
    format!("{:x}", hasher.finalize())
}

/// Makes one commit call, the promise stored before it and its outcome after.
pub async fn commit(run: &mut Run, commit: Commit) -> Result<(), End> {
    run.enter_lane().await?;
    let mut abroad = Abroad::default();
    loop {
        // Before the promise: from there on runs the time that the call has, and nobody else commits on the channel.
        let Some(places) = run.places_held(&commit.request).await? else {
            return Box::pin(faults::handle(run, unreachable_network(&run.claimed, "shutting down"))).await;
        };
        if run.kept_away(&commit.request.url).await? {
            return Ok(());
        }
        run.close_lost_attempt().await?;
        if run.standing.unseen_from.is_some() {
            run.shared.breakers.forgo(run.claimed.network, &commit.request.url);
            return unseen::doubt(run, Some(&commit)).await;
        }
        if !run.shared.hold.free() {
            run.shared.breakers.forgo(run.claimed.network, &commit.request.url);
            run.leave_lane();
            return run.step_back_until(run.now_ms() + *BUSY_WAIT_MS.start()).await;
        }
        let before = run.standing.clone();
        let intent = promised(run, &commit);
        let line = run.line(&commit.request.label, "commit");
        match store(run, &intent).await {
            Ok(Applied::Stored) => {
                run.passed_point_of_no_return();
                if let (None, Some(lateness_ms)) = (before.first_commit_at, run.standing.lateness_ms) {
                    run.shared.meters.late(run.claimed.network, lateness_ms);
                }
                return call(run, commit, intent, places, line).await;
            }
            Ok(Applied::Refused) => {
                run.standing = before;
                drop(places);
                run.shared.breakers.forgo(run.claimed.network, &commit.request.url);
                if !again_after_refusal(run, &intent, &mut abroad).await? {
                    return Ok(());
                }
            }
            Err(_) => return Err(End::NotStored),
        }
    }
}

/// The promise of a call, and the delivery as it stands with it.
fn promised(run: &mut Run, commit: &Commit) -> NewIntent {
    let now_ms = run.now_ms();
    let timing = &run.shared.timing;
    let budget_ms = i64::try_from(commit.request.budget_ms)
        .unwrap_or(timing.commit_budget_ms)
        .max(timing.commit_budget_ms);
    let send_by = now_ms + timing.doubt_ms(budget_ms);
    let settle_ms = timing.doubt_ms(commit.settle_ms.max(timing.settle_ms));
    if run.standing.state != State::Publishing {
        // Waiting for the network's work is over.
        run.standing.state = State::Publishing;
    }
    if run.standing.first_commit_at.is_none() {
        run.standing.first_commit_at = Some(now_ms);
        run.standing.lateness_ms = Some(now_ms - run.due_at());
    }
    run.standing.wake_at = Some(if mutant::on(Mutant::ShortLease) {
        now_ms
    } else {
        send_by + settle_ms
    });
    run.standing.progress = serde_json::to_string(&run.progress).ok();
    run.standing.attempt_id = Some(run.attempt_id().to_string());
    NewIntent {
        allowed_at: None,
        intent_id: IntentId::new(now_ms, run.shared.entropy.ten()),
        part: commit.part.to_string(),
        intent_key: commit.key.clone(),
        match_key: commit.match_key.clone(),
        body_hash: body_hash(commit),
        likeness: (commit.part == Part::Root).then(|| guard::likeness(run)).flatten(),
        evidence: evidence_key(commit.evidence),
        stored_at: now_ms,
        send_by,
        settle_ms,
    }
}

/// The name in the database of what is known by who fetched the media.
pub const UNFETCHED: &str = "unfetched";

/// The name in the database of how an outcome can be known.
pub const fn evidence_key(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Fenced => "fenced",
        Evidence::Unfetched => UNFETCHED,
        Evidence::ReadBack => "read_back",
        Evidence::None => "none",
    }
}

async fn store(run: &Run, intent: &NewIntent) -> Result<Applied, NotStored> {
    if mutant::on(Mutant::DropIntent) {
        return Ok(Applied::Stored);
    }
    run.intend(intent.clone()).await
}

/// Makes the call that was promised, and writes what became of it.
async fn call(run: &mut Run, commit: Commit, intent: NewIntent, places: Places, mut line: StepRecord) -> Result<(), End> {
    let (send_by, settle_ms) = (intent.send_by, intent.settle_ms);
    let mut request = commit.request;
    request.budget_ms = u64::try_from(send_by - intent.stored_at).unwrap_or(request.budget_ms);
    let sent = run.ask(&request, Manner::Commit { send_by_ms: send_by }).await;
    drop(places);
    line.ended_at = Some(run.now_ms());
    let sent = match sent {
        Sent::Lost(why) if mutant::on(Mutant::RetryOnTimeout) => Sent::NotSent(why),
        sent => sent,
    };
    match sent {
        Sent::NotSent(why) => {
            close(run, &intent, "not_sent", None);
            let fault = unreachable_network(&run.claimed, &why);
            write_line(run, line, "not_sent", &fault.message);
            Box::pin(faults::handle(run, fault)).await
        }
        Sent::Lost(_) if mutant::on(Mutant::LostIsPublished) => {
            close(run, &intent, "committed", None);
            run.standing.published_version = Some(run.claimed.post_version);
            run.finish(postrider_provider::Receipt::default());
            run.end().await
        }
        Sent::Lost(why) => {
            run.note_failure(None);
            in_doubt(run, line, "lost", &why, send_by + settle_ms).await
        }
        Sent::Answered(answer) => {
            line.http_status = Some(i64::from(answer.status));
            match run.absorb(&answer) {
                Ok(Some(receipt)) => {
                    write_line(run, line, "ok", "");
                    close(run, &intent, "committed", Some(&receipt));
                    if commit.part == Part::Root {
                        run.standing.published_version = Some(run.claimed.post_version);
                        run.standing.external_id = receipt.external_id;
                        run.standing.permalink = receipt.permalink;
                    }
                    run.clear_failure();
                    go_on(run).await
                }
                // Refused, and the adapter goes on without this part (a first comment).
                Ok(None) => {
                    write_line(run, line, "refused", "");
                    close(run, &intent, "refused", None);
                    go_on(run).await
                }
                Err(fault) if fault.proof == Proof::NotPublished || mutant::on(Mutant::Trust4xx) && (400..500).contains(&answer.status) => {
                    close(run, &intent, "refused", None);
                    write_line(run, line, "refused", &fault.message);
                    Box::pin(refused(run, commit.part, fault)).await
                }
                Err(fault) => {
                    run.met(&fault);
                    // Remembered: if it proves not to stand, this is why.
                    run.note_failure(Some(&fault));
                    in_doubt(run, line, "unknown", &fault.message, send_by + settle_ms).await
                }
            }
        }
    }
}

/// How long one wait is if nobody says that the lane is free: the first, and the longest, milliseconds.
const ABROAD_LOOK_MS: std::ops::RangeInclusive<i64> = 100..=1_000;

/// How another replica's commits on the channel were waited for.
#[derive(Default)]
struct Abroad {
    /// Since when, UTC milliseconds.
    since_ms: Option<i64>,
    /// The lane was free at the last look.
    was_free: bool,
}

/// Whether a refused promise is worth another try at once: another replica had the channel's lane, and it is waited until that says it is
/// free, or long enough to look again. The place in this process's own line is kept meanwhile. Otherwise the run has ended.
async fn again_after_refusal(run: &mut Run, intent: &NewIntent, abroad: &mut Abroad) -> Result<bool, End> {
    let now_ms = run.now_ms();
    let others = run.shared.bell.rings();
    match hot::lane(&run.shared.db, run.claimed.id, now_ms, run.claimed.epoch, run.version()).await {
        // A person was faster, another worker has it, or it was stored and the answer got lost: whoever takes it up next sees.
        Ok(Lane::NotOurs) => return Err(End::NotOurs),
        // Long enough for a burst, and the lease lasts.
        Ok(Lane::Taken) if others && now_ms - *abroad.since_ms.get_or_insert(now_ms) <= run.shared.timing.lease_ms / 3 => {
            let waited_ms = now_ms - abroad.since_ms.unwrap_or(now_ms);
            let look_ms = waited_ms.clamp(*ABROAD_LOOK_MS.start(), *ABROAD_LOOK_MS.end());
            let most = Duration::from_millis(u64::try_from(look_ms).unwrap_or(0));
            run.shared.bell.wait_for_lane(run.claimed.channel_id, most).await;
            abroad.was_free = false;
            return Ok(true);
        }
        // It came free in between; or something else is in the way, which a second try shows.
        Ok(Lane::Free) if others && !abroad.was_free => {
            abroad.was_free = true;
            return Ok(true);
        }
        Ok(Lane::Taken | Lane::Free) | Err(_) => {}
    }
    // The content changed, the channel is busy or gone, or the database is another: look again with fresh eyes.
    run.leave_lane();
    run.shared.hold.suspect(&run.shared.db).await;
    if intent.part == Part::Root.to_string() && guard::stops(run, intent.likeness.as_deref()).await? {
        return Ok(false);
    }
    let now_ms = run.now_ms();
    let wait_ms = ((now_ms - run.due_at()) / 4).clamp(*BUSY_WAIT_MS.start(), *BUSY_WAIT_MS.end());
    run.step_back_until(now_ms + wait_ms).await?;
    Ok(false)
}

/// What became of the part is known and written.
async fn go_on(run: &mut Run) -> Result<(), End> {
    run.standing.wake_at = Some(run.now_ms() + run.shared.timing.lease_ms);
    // Where the end is known already, outcome and end are one write.
    match run.next() {
        Step::Done(receipt) => {
            run.finish(receipt);
            run.end().await
        }
        Step::Wait {
            until_ms,
            why: Waiting::Confirming,
        } => {
            run.transition(Event::CommittedUnconfirmed);
            run.pause_until(until_ms).await
        }
        _ => run.write().await,
    }
}

/// The call was refused and is known not to have published.
async fn refused(run: &mut Run, part: Part, fault: Fault) -> Result<(), End> {
    if matches!(part, Part::FirstComment | Part::Thumbnail) && fault.next == postrider_provider::Next::Stop {
        let warning = fault.told();
        run.finish(postrider_provider::Receipt {
            warning: Some(warning),
            ..Default::default()
        });
        run.end().await
    } else {
        Box::pin(faults::handle(run, fault)).await
    }
}

/// Whether it stands is not known: wait until it can be judged.
async fn in_doubt(run: &mut Run, line: StepRecord, outcome: &str, why: &str, judged_at_ms: i64) -> Result<(), End> {
    write_line(run, line, outcome, why);
    run.transition(Event::OutcomeUnknown);
    let judged_at_ms = if mutant::on(Mutant::ReadBackAtOnce) {
        run.now_ms()
    } else {
        judged_at_ms
    };
    run.pause_until(judged_at_ms).await
}

fn close(run: &mut Run, intent: &NewIntent, outcome: &'static str, receipt: Option<&postrider_provider::PartReceipt>) {
    run.close_intent(Outcome {
        intent_id: intent.intent_id,
        outcome: Some(outcome),
        external_id: receipt.and_then(|receipt| receipt.external_id.clone()),
        permalink: receipt.and_then(|receipt| receipt.permalink.clone()),
        resent_at: None,
        absent_seen_at: None,
        looks: 0,
    });
}

fn write_line(run: &mut Run, mut line: StepRecord, outcome: &str, detail: &str) {
    outcome.clone_into(&mut line.outcome);
    line.detail = clipped(detail);
    run.record(line);
}
