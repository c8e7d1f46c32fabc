//! Learns what became of a commit whose answer did not come. Nothing is ever sent again on a guess.

use postrider_core::delivery::{Event, FailureKind, Part, State};
use postrider_core::mutant::{self, Mutant};
use postrider_provider::{Fault, Finding, IntentView, Manner, PartReceipt, Probe, Request, Sent, Step};
use postrider_store::hot::{self, OpenIntent, Outcome, StepRecord};

use crate::publisher::{DeliveryRun as Run, Renewal, RunEnd as End, give_up, publish, renew};
use crate::unfetched;
use crate::unseen;

/// Read-back reaches this far behind the intent for posts that are spoken for, in milliseconds.
const KNOWN_REACH_MS: i64 = 24 * 3_600_000;

/// Looks for the outcome of the delivery's open intent, and goes on from it.
pub async fn look(run: &mut Run) -> Result<(), End> {
    let mut open = match hot::open_intent(&run.shared.db, run.claimed.id).await {
        Ok(Some(open)) => open,
        Ok(None) => {
            run.intent_open = false;
            if run.standing.state == State::InDoubt {
                run.transition(Event::ProvenAbsent);
            }
            return publish(run).await;
        }
        Err(error) => {
            tracing::warn!(delivery = %run.claimed.id, %error, "the open intent could not be read");
            return Err(End::NotStored);
        }
    };
    if open.there {
        return go_on_from(run, &mut open).await;
    }
    let timing = run.shared.timing.clone();
    let mut judged_at = open.send_by + open.settle_ms;
    if let Some(resent_at) = open.resent_at {
        // The repeat, too, may be under way for so long.
        let until = resent_at + timing.doubt_ms(timing.commit_budget_ms + timing.dead_sender_settle_ms);
        judged_at = judged_at.max(until);
    }
    if run.standing.state == State::Publishing {
        run.note_failure(None);
        if !mutant::on(Mutant::SenderLives) {
            // The sender is not known to be alive: what it wrote to its socket may still arrive.
            judged_at = judged_at.max(open.send_by + timing.doubt_ms(timing.dead_sender_settle_ms));
        }
        run.record(StepRecord {
            attempt_id: run.attempt_of_lost_call().to_string(),
            started_at: open.stored_at,
            ended_at: Some(run.now_ms()),
            outcome: "lost".to_owned(),
            detail: "No answer to this call is known.".to_owned(),
            ..run.line(&format!("send {}", open.part), "commit")
        });
        run.transition(Event::OutcomeUnknown);
    }
    if run.now_ms() < judged_at && !mutant::on(Mutant::ReadBackAtOnce) {
        return run.pause_until(judged_at).await;
    }
    if open.evidence == "none" {
        return ask_person(run, &open).await;
    }
    let mut line = run.line(&format!("look for {}", open.part), "look");
    let finding = find(run, &mut open).await?;
    let seen_at = run.now_ms();
    line.ended_at = Some(seen_at);
    if unseen::is_doubt(run, &open) && !matches!(finding, Finding::Found(_)) {
        run.await_findings().await?;
    } else {
        run.leave_findings();
    }
    let (outcome, detail) = match &finding {
        Finding::Found(found) => ("found", found.external_id.clone().unwrap_or_default()),
        Finding::AbsentByFence | Finding::AbsentInList => ("absent", String::new()),
        Finding::Unknown(why) | Finding::NoAccess(why) | Finding::Unreadable(why) | Finding::Unclear(why) => ("unknown", why.clone()),
    };
    outcome.clone_into(&mut line.outcome);
    line.detail = detail.chars().take(300).collect();
    run.record(line);
    match finding {
        Finding::Found(found) if open.evidence == hot::UNSEEN && !unseen::take(run, &open, &found).await? => {
            run.pause_until(run.now_ms() + timing.doubt_ms(timing.list_again_ms)).await
        }
        Finding::Found(found) => adopt(run, &open, found).await,
        Finding::AbsentByFence => absent(run, &open).await,
        Finding::Unknown(_) if mutant::on(Mutant::UnknownIsAbsent) => absent(run, &open).await,
        Finding::AbsentInList => match open.absent_seen_at {
            Some(first) if seen_at - first >= timing.doubt_ms(timing.list_again_ms) => absent(run, &open).await,
            Some(first) => run.pause_until(first + timing.doubt_ms(timing.list_again_ms)).await,
            None => {
                run.close_intent(Outcome {
                    absent_seen_at: Some(seen_at),
                    ..still_open(&open)
                });
                run.pause_until(seen_at + timing.doubt_ms(timing.list_again_ms)).await
            }
        },
        // Not even where a repeat is harmless: its refusal would say nothing of the first call.
        Finding::Unknown(_) | Finding::NoAccess(_) => look_again(run, &open, judged_at).await,
        Finding::Unreadable(_) if unseen::is_doubt(run, &open) && unseen::goes_on_unread(run) => {
            unseen::settled_unread(run);
            absent(run, &open).await
        }
        Finding::Unreadable(_) | Finding::Unclear(_) => ask_person(run, &open).await,
    }
}

/// Whether it may still go out by itself, counted from when it was first allowed to.
fn in_time(run: &Run, open: &OpenIntent) -> bool {
    let allowed_at = open.allowed_at.unwrap_or(open.stored_at);
    run.now_ms() - allowed_at <= run.claimed.catch_up_ms
}

/// A person said that the part is there: the rest follows.
async fn go_on_from(run: &mut Run, open: &mut OpenIntent) -> Result<(), End> {
    let mut found = PartReceipt {
        external_id: open.external_id.clone(),
        permalink: open.permalink.clone(),
    };
    // What follows may need an id that the person did not name.
    if found.external_id.is_none()
        && open.evidence != "none"
        && let Finding::Found(seen) = find(run, open).await?
    {
        found = seen;
    }
    adopt(run, open, found).await
}

fn still_open(open: &OpenIntent) -> Outcome {
    Outcome {
        intent_id: open.id,
        outcome: None,
        external_id: None,
        permalink: None,
        resent_at: open.resent_at,
        absent_seen_at: open.absent_seen_at,
        looks: open.looks + 1,
    }
}

fn view(run: &Run, open: &OpenIntent, part: Part) -> IntentView {
    IntentView {
        remembered: open.evidence != hot::UNSEEN,
        unseen: unseen::is_doubt(run, open),
        part,
        key: open.intent_key.clone(),
        match_key: open.match_key.clone(),
        stored_at_ms: open.stored_at,
        // Lists tell the network's time: where its clock is behind ours, the window reaches back further.
        listed_from_ms: open.stored_at + run.shared.hold.network_ahead_ms(run.claimed.network).min(0),
        send_by_ms: open.send_by,
    }
}

/// Whether a post is known to be another commit's.
fn taken(run: &Run, found: &PartReceipt) -> bool {
    let known = run.job.as_ref().map(|job| job.known_external_ids.as_slice()).unwrap_or_default();
    found.external_id.as_ref().is_some_and(|id| known.contains(id))
}

/// Asks the network as the adapter says.
async fn find(run: &mut Run, open: &mut OpenIntent) -> Result<Finding, End> {
    let Ok(part) = open.part.parse::<Part>() else {
        return Ok(Finding::Unknown("the stored intent names a part that is not known".to_owned()));
    };
    if unfetched::is_sure(run, open).await? {
        return Ok(Finding::AbsentByFence);
    }
    if let Err(fault) = run.ready().await? {
        return Ok(Finding::Unknown(fault.message));
    }
    match hot::known_external_ids(&run.shared.db, run.claimed.channel_id, open.stored_at - KNOWN_REACH_MS).await {
        Ok(mut known) => {
            // What was taken for this one already is not another's.
            known.retain(|id| Some(id) != open.external_id.as_ref());
            if let Some(job) = &mut run.job
                && !mutant::on(Mutant::AdoptTwice)
            {
                job.known_external_ids = known;
            }
        }
        Err(error) => return Ok(Finding::Unknown(error.to_string())),
    }
    let intent = view(run, open, part);
    let mut answers = Vec::new();
    loop {
        let now_ms = run.now_ms();
        let probe = match &mut run.job {
            Some(job) => {
                job.now_ms = now_ms;
                run.adapter.probe(job, &run.progress, &intent, &answers)
            }
            None => return Ok(Finding::Unknown("the delivery could not be made ready".to_owned())),
        };
        let sent = match probe {
            Probe::Finding(Finding::Found(found)) if taken(run, &found) => {
                return Ok(Finding::Unknown("what was found is another delivery's post".to_owned()));
            }
            Probe::Finding(Finding::NoAccess(why)) => match renew(run).await {
                Renewal::Done => {
                    answers.clear();
                    continue;
                }
                Renewal::Over | Renewal::NotNow(_) => return Ok(Finding::NoAccess(why)),
            },
            Probe::Finding(finding) => return Ok(finding),
            // A person's word stands: nothing is sent to check it.
            Probe::Resend(_) if !run.shared.hold.free() => return Ok(Finding::Unknown("publishing is held".to_owned())),
            Probe::Resend(_) if open.there => return Ok(Finding::Unknown("a person said that it is there".to_owned())),
            Probe::Call(request) => {
                if !answers.is_empty() {
                    // Many pages take longer than the lease.
                    run.standing.wake_at = Some(now_ms + run.shared.timing.lease_ms);
                    run.write().await?;
                }
                if intent.remembered {
                    run.look(&request, Manner::Safe).await
                } else {
                    recall(run, request, open).await?
                }
            }
            Probe::Resend(request) => {
                // Recorded before it is sent: nothing is judged before this call, too, can no longer be under way.
                open.resent_at = Some(now_ms);
                run.close_intent(still_open(open));
                let timing = run.shared.timing.clone();
                let send_by_ms = now_ms + timing.doubt_ms(timing.commit_budget_ms);
                run.standing.wake_at = Some(send_by_ms + timing.doubt_ms(timing.dead_sender_settle_ms));
                run.write().await?;
                run.look(&request, Manner::Commit { send_by_ms }).await
            }
        };
        match sent {
            Sent::Answered(answer) => answers.push(answer),
            Sent::NotSent(why) | Sent::Lost(why) => return Ok(Finding::Unknown(why)),
        }
    }
}

/// Asks for a page that others of the channel may have asked for just now. What was seen to be absent once is only by a later page
/// seen to be absent twice.
async fn recall(run: &mut Run, request: Request, open: &OpenIntent) -> Result<Sent, End> {
    let shared = run.shared.clone();
    let timing = &shared.timing;
    let since_ms = match open.absent_seen_at {
        Some(first) => first + timing.doubt_ms(timing.list_again_ms),
        None => open.send_by + open.settle_ms,
    };
    let mut pages = run.holding(shared.recalled.turn(run.claimed.channel_id)).await?;
    if let Some(answer) = pages.answer(&request, since_ms, run.now_ms()) {
        return Ok(Sent::Answered(answer));
    }
    let sent = run.look(&request, Manner::Safe).await;
    if let Sent::Answered(answer) = &sent {
        pages.keep(request, answer.clone());
    }
    drop(pages);
    shared.recalled.forget_old(run.now_ms());
    Ok(sent)
}

/// It stands: as if its answer had come.
async fn adopt(run: &mut Run, open: &OpenIntent, found: PartReceipt) -> Result<(), End> {
    let part: Part = open.part.parse().unwrap_or(Part::Root);
    run.adopt(part, &found).await?;
    run.close_intent(Outcome {
        outcome: Some("committed"),
        external_id: found.external_id.clone(),
        permalink: found.permalink.clone(),
        ..still_open(open)
    });
    if part == Part::Root {
        run.standing.published_version = Some(run.claimed.post_version);
        run.standing.external_id = found.external_id;
        run.standing.permalink = found.permalink;
    }
    run.standing.waits_for_person = false;
    run.clear_failure();
    let doubted = run.standing.state == State::InDoubt;
    if let Step::Done(receipt) = run.next() {
        if doubted {
            run.transition(Event::Found);
        }
        run.finish(receipt);
        return run.end().await;
    }
    // Further parts are to come, or its address is to be read.
    if doubted {
        run.transition(Event::ResolvePartThere);
    }
    run.standing.wake_at = Some(run.now_ms() + run.shared.timing.lease_ms);
    run.write().await?;
    publish(run).await
}

/// It does not stand: it may be sent.
async fn absent(run: &mut Run, open: &OpenIntent) -> Result<(), End> {
    run.close_intent(Outcome {
        outcome: Some("absent"),
        ..still_open(open)
    });
    run.standing.waits_for_person = false;
    let doubt = unseen::is_doubt(run, open) || open.evidence == hot::UNSEEN;
    if doubt {
        run.standing.unseen_from = None;
    }
    run.transition(Event::ProvenAbsent);
    if !doubt && run.standing.unseen_from.is_some() && !run.committed() {
        // This call made nothing; what another database made of it afterwards is still to be looked for.
        return run.pause_until(run.now_ms()).await;
    }
    if !run.committed() && !in_time(run, open) {
        run.miss(postrider_core::delivery::MissedWhy::TooLate);
        run.discard_staged();
        run.tell(
            "post.missed",
            "was not sent, and its time is long past. Publish it now or give it a new time.",
        );
        return run.end().await;
    }
    if doubt {
        // It was not sent even once.
        return run.pause_until(run.now_ms()).await;
    }
    if spent(run) {
        let fault = why_spent(run);
        return give_up(run, fault).await;
    }
    let now_ms = run.now_ms();
    // It was sent: the half hour of an outage in which nothing is sent begins with the next call.
    run.standing.retry_since = Some(now_ms);
    run.standing.retries += 1;
    run.standing.wake_at = Some(now_ms + run.shared.timing.lease_ms);
    run.write().await?;
    publish(run).await
}

/// What the network said when the call was answered, if it was.
fn said(run: &Run) -> Option<FailureKind> {
    run.standing.failure_kind.as_deref().and_then(|kind| kind.parse().ok())
}

/// Whether it is not sent once more: the network had said no, or it was sent often enough.
fn spent(run: &Run) -> bool {
    let most = i64::try_from(run.shared.timing.outage_pauses_ms.len()).unwrap_or(i64::MAX);
    run.standing.retries >= most || said(run).is_some_and(|kind| kind != FailureKind::Outage)
}

/// Why what proves not to stand is not sent once more.
fn why_spent(run: &Run) -> Fault {
    let standing = &run.standing;
    match said(run) {
        Some(kind) => Fault::stop(
            kind,
            standing.failure_code.clone().unwrap_or_default(),
            standing.failure_message.clone().unwrap_or_default(),
            standing.failure_remedy.clone().unwrap_or_default(),
        ),
        None => Fault::stop(
            FailureKind::Outage,
            "network.no_answer",
            format!("{} did not answer, and nothing was published.", run.claimed.network.name()),
            "Retry when the network works again.",
        ),
    }
}

async fn look_again(run: &mut Run, open: &OpenIntent, judged_at: i64) -> Result<(), End> {
    // The one that did not see it for the first time is followed by another soon: it took nobody's turn.
    let counted = open.looks - i64::from(open.absent_seen_at.is_some());
    let looks = usize::try_from(counted).unwrap_or(usize::MAX);
    let all = &run.shared.timing.look_after_ms;
    let Some(after_ms) = all.get(looks).copied() else {
        return ask_person(run, open).await;
    };
    // Whoever was away does not make up for all the looks at once, when a list that lags would still hide what is there.
    let before_ms = looks.checked_sub(1).and_then(|before| all.get(before)).copied().unwrap_or(0);
    let pause_ms = run.shared.timing.doubt_ms((after_ms - before_ms) / 2);
    let until = (judged_at + run.shared.timing.doubt_ms(after_ms)).max(run.now_ms() + pause_ms);
    run.close_intent(still_open(open));
    run.pause_until(until).await
}

/// It cannot be known: a person decides.
async fn ask_person(run: &mut Run, open: &OpenIntent) -> Result<(), End> {
    run.close_intent(still_open(open));
    if !run.standing.waits_for_person {
        run.standing.waits_for_person = true;
        run.tell(
            "post.in_doubt",
            match open.part.parse() {
                Ok(Part::FirstComment) => "is published; its first comment may or may not be. Look at the account, then say which.",
                Ok(Part::Reply(_)) => "is published in part; its next part may or may not be. Look at the account, then say which.",
                _ => "may or may not have been published: look at the account, then say which.",
            },
        );
    }
    run.end().await
}
