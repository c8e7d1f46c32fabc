//! Runs one claimed delivery as far as it goes: ahead of its instant, at it, or after.
//!
//! A run holds the delivery by its fencing number and version. Each write names both; the first that is refused ends the
//! run, because somebody else (a person, another worker) has the delivery now.

mod commit;
mod faults;
mod guard;
mod run;
mod stage;

use std::sync::Arc;

use postrider_core::delivery::{Event, FailureKind, MissedWhy, State};
use postrider_core::post::ContentType;
use postrider_provider::{Adapter, Fault, Step, Waiting, goes_to_network};
use postrider_store::hot::Claimed;
use tracing::Instrument;

use crate::clock::sleep_until;
use crate::lanes::{Lanes, Place};
use crate::reconcile;
use crate::shared::Shared;
use crate::unseen;
use run::{End, Run};

/// How long any network's work before the last call is waited for, milliseconds, however often it is begun anew: the longest
/// life of something prepared (an Instagram container, 24 h).
const PROCESSING_MS_MAX: i64 = 24 * 3_600_000;

/// What a delivery stands in line for on its channel.
pub enum Turn {
    /// Its commit.
    Commit(Place),
    /// Saying what was found, where it may have gone out unseen: whoever is late goes out in order. No commit waits for it.
    Finding(Place),
}

/// Takes a place in line for a claimed delivery: one that is looked for, or that may commit now or at its instant, which is near. Whoever
/// was tried already has left the line to the others.
pub fn line_up(shared: &Shared, claimed: &Claimed) -> Option<Turn> {
    let due_at = claimed.due_at.unwrap_or(claimed.created_at);
    let place = |lanes: &Lanes| lanes.line_up(claimed.channel_id, due_at, claimed.id);
    let standing = &claimed.standing;
    if standing.unseen_from.is_some() {
        return Some(Turn::Finding(place(&shared.findings)));
    }
    let commits = match standing.state {
        State::Scheduled | State::Staging | State::Staged => shared.now_ms() >= due_at - shared.timing.warm_ms,
        State::Publishing => !claimed.intent_open && standing.published_version.is_none() && standing.retries == 0,
        _ => false,
    };
    commits.then(|| Turn::Commit(place(&shared.lanes)))
}

/// Works on a claimed delivery until it waits for something or ends. It may stand in line already.
pub async fn work(shared: Arc<Shared>, claimed: Claimed, turn: Option<Turn>) {
    let Some(adapter) = shared.registry.of(claimed.network).cloned() else {
        tracing::error!(network = %claimed.network, delivery = %claimed.id, "no adapter for this network");
        return;
    };
    let delivery = claimed.id;
    let span = tracing::info_span!("delivery", delivery = %delivery, channel = %claimed.channel_id, network = %claimed.network);
    let mut run = Run::new(shared, adapter, claimed, turn);
    if let Err(end) = go(&mut run).instrument(span).await {
        match end {
            End::NotOurs => tracing::debug!(%delivery, "somebody else has this delivery now"),
            End::NotStored => tracing::warn!(%delivery, "a decision could not be stored; the delivery comes back when its lease ends"),
        }
    }
}

/// What is rare lies in memory of its own, so that ten thousand runs that wait for one second are small.
async fn go(run: &mut Run) -> Result<(), End> {
    if run.claimed.intent_open {
        return Box::pin(reconcile::look(run)).await;
    }
    if run.claimed.grant.doubted {
        Box::pin(faults::check_grant(run)).await;
    }
    if unseen::doubted(run) {
        return Box::pin(unseen::doubt(run, None)).await;
    }
    run.leave_findings();
    match run.standing.state {
        State::Scheduled | State::Staging | State::Staged => {
            let due_at = run.due_at();
            if run.now_ms() < due_at - run.shared.timing.warm_ms {
                return Box::pin(stage::ahead(run)).await;
            }
            run.line_up();
            if run.now_ms() < due_at {
                warm(run).await?;
                sleep_until(&run.shared.clock.clone(), due_at).await;
            }
            if held(run).await? {
                return Ok(());
            }
            match run.transition(Event::Due) {
                Some(State::Missed) => return missed(run).await,
                // What went wrong ahead of the instant does not count now that it is here.
                Some(_) => {
                    run.clear_failure();
                    run.standing.renewed = false;
                }
                None => return run.sleep().await,
            }
        }
        State::Deferred => {
            if held(run).await? {
                return Ok(());
            }
            if run.transition(Event::WindowOpens) == Some(State::Missed) {
                return missed(run).await;
            }
        }
        State::Publishing | State::Processing | State::Confirming => {}
        // An intent was resolved without the delivery moving on: it goes on from where it stood.
        State::InDoubt => {
            run.transition(Event::ProvenAbsent);
        }
        _ => return run.sleep().await,
    }
    publish(run).await
}

/// Readies the job and opens the connection ahead of the instant, one for each channel, on which the posts that follow go out as
/// well. What fails here shows when it is due; a slow network's connection is not waited for: it must not make the post late.
async fn warm(run: &mut Run) -> Result<(), End> {
    if run.ready().await?.is_ok()
        && let Some(job) = &run.job
        && run.leads_lane()
        && let Step::Commit(commit) = run.adapter.next(job, &run.progress)
        && run.shared.warms(&commit.request.url)
    {
        let (transport, url) = (run.shared.transport.clone(), commit.request.url);
        tokio::spawn(async move { transport.warm(&url).await });
    }
    Ok(())
}

/// How long after it was found held a delivery is looked at again, milliseconds: a person puts it right, and what they lift is woken.
const HELD_MS: i64 = 300_000;

/// What holds a delivery without its own doing.
struct Hold {
    /// Under which it is told, and known to have been told.
    code: &'static str,
    kind: FailureKind,
    message: String,
    remedy: &'static str,
    /// Why it was missed, if it is held for too long.
    missed: MissedWhy,
}

fn hold(run: &Run) -> Option<Hold> {
    if !run.claimed.plan_allows {
        return Some(Hold {
            code: "plan.held",
            kind: FailureKind::Permission,
            message: "The plan does not include publishing now.".to_owned(),
            remedy: "An administrator can change the plan; the organization's settings switch the planner on. It goes out by itself then.",
            missed: MissedWhy::Plan,
        });
    }
    run.claimed.channel_halted.then(|| Hold {
        code: "channel.halted",
        kind: FailureKind::Limit,
        message: format!("{} is halted.", run.claimed.channel_name),
        remedy: "Someone who may publish looks at its last posts and lifts the halt. It goes out by itself then.",
        missed: MissedWhy::Halted,
    })
}

/// Whether the plan, the organization's switch of the planner or the channel's halt holds it. Then nothing more is done with the delivery
/// now: it keeps its state, its author is told once, and it goes out if that is put right no later than `catch_up` after it could have;
/// else it is missed. What is partly public already is not held.
async fn held(run: &mut Run) -> Result<bool, End> {
    let told = run
        .standing
        .failure_code
        .clone()
        .filter(|code| code == "plan.held" || code == "channel.halted");
    let hold = if run.committed() { None } else { hold(run) };
    let Some(hold) = hold else {
        // What comes of it from here on is nobody else's doing.
        if told.is_some() {
            run.note_failure(None);
        }
        return Ok(false);
    };
    let could_go_at = run.due_at().max(run.standing.deferred_until.unwrap_or(0));
    let until_ms = could_go_at + run.claimed.catch_up_ms;
    if run.now_ms() > until_ms {
        run.miss(hold.missed);
        run.note_failure(None);
        missed(run).await?;
        return Ok(true);
    }
    if told.as_deref() != Some(hold.code) {
        let fault = Fault::stop(hold.kind, hold.code, hold.message, hold.remedy);
        run.tell("post.held", &format!("is held: {}", fault.told()));
        run.note_failure(Some(&fault));
    }
    let again_at = (run.now_ms() + HELD_MS).min(until_ms + 1);
    run.step_back_until(again_at).await?;
    Ok(true)
}

async fn missed(run: &mut Run) -> Result<(), End> {
    let text = match run.missed {
        Some(MissedWhy::NotAccepted) => "was not sent: it was not accepted in time. Give it a new time once it is.",
        Some(MissedWhy::Halted) => "was not sent: the channel was halted. Nothing was lost; publish it once the halt is lifted.",
        Some(MissedWhy::Plan) => "was not sent: the plan does not include publishing. Nothing was lost; publish it once the plan does.",
        _ => "was not sent: its time passed while Postrider was not running. Publish it now or give it a new time.",
    };
    run.tell("post.missed", text);
    run.discard_staged();
    run.end().await
}

/// The protocol's own pauses between two steps are shorter than this, milliseconds.
const PAUSE_MS_MAX: i64 = 3_600_000;

/// Since when it could have gone on, if it was let go on at `let_at` last; UTC milliseconds.
pub(crate) fn could_go_at(run: &Run, let_at: i64) -> i64 {
    run.due_at().max(let_at).max(run.standing.deferred_until.unwrap_or(0))
}

/// Whether it lay longer than `catch_up` since it could have gone on: Postrider did not run.
pub(crate) fn overslept(run: &Run) -> bool {
    run.now_ms() - could_go_at(run, run.claimed.updated_at) > run.claimed.catch_up_ms.max(PAUSE_MS_MAX)
}

fn withdrawn() -> Fault {
    Fault::stop(
        FailureKind::Permission,
        "approval.withdrawn",
        "Approval was withdrawn before everything was sent.",
        "Have it accepted again, then retry.",
    )
}

/// From the instant on.
pub(crate) async fn publish(run: &mut Run) -> Result<(), End> {
    if !run.committed() {
        let why = if !run.claimed.gate.open() {
            Some(MissedWhy::NotAccepted)
        } else if overslept(run) {
            Some(MissedWhy::TooLate)
        } else {
            None
        };
        if let Some(why) = why {
            run.miss(why);
            return missed(run).await;
        }
    }
    if run.claimed.post_deleted {
        let fault = Fault::stop(FailureKind::Internal, "post.deleted", "The post was deleted.", "Nothing to do.");
        return Box::pin(faults::handle(run, fault)).await;
    }
    if held(run).await? {
        return Ok(());
    }
    if !goes_to_network(run.adapter.capability(), run.claimed.content_type, run.claimed.mode) {
        run.transition(Event::NoDrafts);
        run.tell(
            "post.ready",
            "is ready to post: copy its text, download its media, post it, then mark it as posted.",
        );
        return run.end().await;
    }
    if !run.claimed.channel_status.usable() {
        let fault = Fault::stop(
            FailureKind::Connection,
            "connection.inactive",
            format!(
                "{} is {}.",
                run.claimed.channel_name,
                run.claimed.channel_status.key().replace('_', " ")
            ),
            "Reconnect the channel, then retry.",
        );
        return Box::pin(faults::handle(run, fault)).await;
    }
    if run.claimed.channel_halted {
        let fault = Fault::stop(
            FailureKind::Limit,
            "channel.halted",
            format!("{} is halted.", run.claimed.channel_name),
            "Someone who may publish lifts the halt, then retry.",
        );
        return Box::pin(faults::handle(run, fault)).await;
    }
    if let Err(mut fault) = run.ready().await? {
        if run.committed() {
            // Ours, not the network's word on what stands.
            fault.kind = FailureKind::Internal;
        }
        return Box::pin(faults::handle(run, fault)).await;
    }
    loop {
        match run.next() {
            Step::Call(request) => {
                if run.committed() && run.standing.state == State::Publishing && run.claimed.content_type != ContentType::Thread {
                    // What is read now is what became of the post: refused, it never was public.
                    run.transition(Event::CommittedUnconfirmed);
                }
                if let Err(fault) = run.call(request).await? {
                    Box::pin(faults::handle(run, fault)).await?;
                }
                if !run.goes_on {
                    return Ok(());
                }
            }
            // What needs no more than a look at what stands is brought to its end all the same.
            Step::Commit(_) if run.committed() && !run.claimed.gate.open() => {
                return Box::pin(faults::handle(run, withdrawn())).await;
            }
            Step::Commit(commit) => {
                commit::commit(run, *commit).await?;
                if !run.goes_on {
                    return Ok(());
                }
            }
            Step::Wait { until_ms, why } => return wait(run, until_ms, why).await,
            Step::Done(receipt) => {
                run.finish(receipt);
                return run.end().await;
            }
            Step::Fail(fault) => {
                Box::pin(faults::handle(run, fault)).await?;
                if !run.goes_on {
                    return Ok(());
                }
            }
        }
    }
}

async fn wait(run: &mut Run, until_ms: i64, why: Waiting) -> Result<(), End> {
    match why {
        Waiting::Confirming if run.standing.state == State::Publishing => {
            run.transition(Event::CommittedUnconfirmed);
        }
        Waiting::Processing | Waiting::Window if !run.committed() => {
            run.transition(Event::NetworkWorks);
            let now_ms = run.now_ms();
            let since = *run.standing.processing_since.get_or_insert(now_ms);
            // What is ready long after its instant must not go out by itself any more.
            let most_ms = PROCESSING_MS_MAX.min(run.claimed.catch_up_ms.max(PAUSE_MS_MAX));
            if why == Waiting::Processing && now_ms - since > most_ms {
                let fault = Fault::stop(
                    FailureKind::Outage,
                    "network.processing",
                    format!(
                        "{} did not finish its work on the media within {} minutes.",
                        run.claimed.network.name(),
                        most_ms / 60_000
                    ),
                    "Retry, or use another file.",
                );
                return Box::pin(faults::handle(run, fault)).await;
            }
        }
        _ => {}
    }
    run.pause_until(until_ms).await
}

/// The adapter of a run.
pub(crate) type SharedAdapter = Arc<dyn Adapter>;
pub(crate) use commit::{UNFETCHED, evidence_key};
pub(crate) use faults::{Renewal, renew, stop as give_up};
pub(crate) use run::{End as RunEnd, Run as DeliveryRun};
