//! What may have gone out without this database knowing: after a backup was brought back, or while nobody ran. It is looked for at
//! the network before it is sent (publishing.md rule 12).

use postrider_core::delivery::{Event, Part};
use postrider_core::ids::IntentId;
use postrider_provider::{Commit, Finding, IntentView, PartReceipt, Probe};
use postrider_store::hot::{self, Applied, NewIntent, OpenIntent, UNSEEN};

use crate::job;
use crate::publisher::{DeliveryRun as Run, RunEnd as End, could_go_at, evidence_key, overslept};

/// How long a delivery whose doubt could not be stored just now waits, milliseconds.
const AGAIN_MS: i64 = 1_000;

/// Whether it must be looked for before anything is done about it. One that cannot go out anyway is not.
pub fn doubted(run: &Run) -> bool {
    let ahead = run.due_at() > run.now_ms();
    let goes_out = run.claimed.channel_status.usable() && !run.claimed.channel_halted && run.claimed.gate.open();
    let matters = if run.claimed.recovered {
        // What is ahead is known before anybody may change it again; what is due on a channel that has ended may stand all the same.
        ahead || run.claimed.gate.open()
    } else {
        goes_out && !overslept(run)
    };
    run.standing.unseen_from.is_some() && matters && !run.committed() && !run.claimed.post_deleted
}

/// Whether an open promise is none of ours, but stands for calls that are not known here.
pub fn is_doubt(run: &Run, open: &OpenIntent) -> bool {
    run.standing.unseen_from == Some(open.stored_at)
}

/// Whether a network that cannot be read is no reason to ask: Postrider merely did not run, or the instant is still to come.
pub fn goes_on_unread(run: &Run) -> bool {
    !run.claimed.recovered || run.due_at() > run.now_ms()
}

/// Takes what was found, so that of posts with the same words no two deliveries have one. Says whether it could: else it is looked for again.
///
/// # Errors
/// If the database does not answer.
pub async fn take(run: &Run, open: &OpenIntent, found: &PartReceipt) -> Result<bool, End> {
    let Some(external_id) = &found.external_id else { return Ok(true) };
    let taken = hot::take_found(&run.shared.db, open.id, run.claimed.channel_id, external_id).await;
    taken.map_err(|error| {
        tracing::warn!(delivery = %run.claimed.id, %error, "what was found could not be taken");
        End::NotStored
    })
}

/// Nothing is in doubt about it any more; what a person should look at all the same is told.
pub fn settled_unread(run: &mut Run) {
    run.standing.unseen_from = None;
    if run.claimed.recovered {
        run.tell(
            "post.check",
            "is scheduled in a database that was brought back from a backup, and its network cannot be read. If it was published early \
             since, take it off: it goes out at its time.",
        );
    }
}

/// Puts it in doubt: stored like the promise of a call, but no call is made. `commit` is the part that would be sent; without one it is
/// the post itself, of which nothing is remembered.
///
/// # Errors
/// If the delivery is not ours any more or the database does not write.
pub async fn doubt(run: &mut Run, commit: Option<&Commit>) -> Result<(), End> {
    let Some(from_ms) = run.standing.unseen_from else { return Ok(()) };
    let part = commit.map_or(Part::Root, |commit| commit.part);
    let blind = part == Part::Root;
    run.await_findings().await?;
    if blind && unreadable(run, from_ms) && goes_on_unread(run) {
        settled_unread(run);
        return run.step_back_until(run.now_ms()).await;
    }
    let now_ms = run.now_ms();
    let timing = &run.shared.timing;
    let to_ms = run.claimed.unseen_to.unwrap_or(now_ms);
    // What the servers of the lost database had on the wire when it was brought back may still arrive: a call that was only just promised is
    // written for as long as it has, and its sender is dead.
    let settle_ms = if run.claimed.recovered {
        timing.doubt_ms(timing.commit_budget_ms + timing.dead_sender_settle_ms)
    } else {
        0
    };
    // As of whatever Postrider lay over: from when it could have gone on. What the engine wrote of it since let it do nothing.
    let let_at = run.claimed.updated_at.min(from_ms).max(run.claimed.asked_at.unwrap_or(0));
    let before = run.standing.clone();
    run.transition(Event::Unseen);
    let judged_at = (to_ms + settle_ms).max(now_ms);
    run.standing.wake_at = Some(judged_at);
    let intent = NewIntent {
        allowed_at: Some(could_go_at(run, let_at)),
        intent_id: IntentId::new(now_ms, run.shared.entropy.ten()),
        part: part.to_string(),
        intent_key: commit.map(|commit| commit.key.clone()).unwrap_or_default(),
        match_key: match commit {
            Some(commit) if !blind => commit.match_key.clone(),
            _ => format!("unseen:{}", run.claimed.id),
        },
        body_hash: String::new(),
        likeness: None,
        evidence: match commit {
            Some(commit) if !blind => evidence_key(commit.evidence),
            _ => UNSEEN,
        },
        stored_at: from_ms,
        send_by: to_ms,
        settle_ms,
    };
    match run.intend(intent).await {
        Ok(Applied::Stored) => run.passed_point_of_no_return(),
        Ok(Applied::Refused) => {
            run.standing = before;
            run.leave_lane();
            run.shared.hold.suspect(&run.shared.db).await;
            return run.step_back_until(now_ms + AGAIN_MS).await;
        }
        Err(_) => return Err(End::NotStored),
    }
    let mut line = run.line("look whether it went out already", "look");
    line.ended_at = Some(now_ms);
    "unknown".clone_into(&mut line.outcome);
    line.detail = if run.claimed.recovered {
        "The database was brought back from a backup; what went out since is not known here.".to_owned()
    } else {
        "Postrider did not run for a while, and it is overdue.".to_owned()
    };
    run.record(line);
    run.pause_until(judged_at).await
}

/// Whether the network lets nobody read such posts. Asks nobody.
fn unreadable(run: &Run, from_ms: i64) -> bool {
    let Ok(job) = job::bare(&run.shared, &run.claimed) else {
        return false;
    };
    let intent = IntentView {
        part: Part::Root,
        key: String::new(),
        match_key: String::new(),
        stored_at_ms: from_ms,
        listed_from_ms: from_ms,
        send_by_ms: run.claimed.unseen_to.unwrap_or(from_ms),
        remembered: false,
        unseen: true,
    };
    matches!(
        run.adapter.probe(&job, &run.progress, &intent, &[]),
        Probe::Finding(Finding::Unreadable(_))
    )
}
