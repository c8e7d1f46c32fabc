//! A worker that died: what it had begun is told under its own attempt.

use crate::stage::{Stage, now_ms, quick, ten};
use postrider_core::delivery::{Event, State};
use postrider_core::ids::{AttemptId, DeliveryId, IntentId};
use postrider_store::attempts::{self, History};
use postrider_store::hot::{self, Applied, AttemptRecord, Change, Claimed, IntentChange, NewIntent};
use postrider_store::page::Page;

/// How long ago the worker died, milliseconds: long enough for its call to be judged.
const AGO_MS: i64 = 10_000;

/// Takes a delivery up as a worker does, ten seconds ago.
async fn taken_up(stage: &Stage, id: DeliveryId) -> Claimed {
    let mut tx = stage.db.begin().await.unwrap();
    let claimed = hot::claim(&mut tx, now_ms(), 0, 10, &[]).await.unwrap();
    tx.commit().await.unwrap();
    claimed.into_iter().find(|claimed| claimed.id == id).unwrap()
}

async fn written(stage: &Stage, changes: &[Change], intents: &[IntentChange]) {
    let mut tx = stage.db.begin().await.unwrap();
    let (changed, promised) = hot::apply(&mut tx, now_ms(), changes, intents).await.unwrap();
    tx.commit().await.unwrap();
    assert!(changed.iter().chain(&promised).all(|applied| *applied == Applied::Stored));
}

async fn history(stage: &Stage, id: DeliveryId) -> History {
    attempts::history(&stage.db, &stage.scope, id, &Page::default()).await.unwrap()
}

/// The steps of an attempt, as (label, outcome).
fn steps(history: &History, attempt: AttemptId) -> Vec<(&str, &str)> {
    let attempt = attempt.to_string();
    let own = history.steps.items.iter().filter(|step| step.attempt_id == attempt);
    own.map(|step| (step.label.as_str(), step.outcome.as_str())).collect()
}

fn promised(claimed: &Claimed, attempt: AttemptId) -> IntentChange {
    let stored_at = now_ms() - AGO_MS;
    let mut standing = claimed.standing.clone();
    standing.state = State::Publishing;
    standing.attempt_id = Some(attempt.to_string());
    standing.wake_at = Some(now_ms());
    IntentChange {
        incarnation: 0,
        beat: 0,
        delivery_id: claimed.id,
        channel_id: claimed.channel_id,
        epoch: claimed.epoch,
        version: claimed.version,
        post_version: claimed.post_version,
        standing,
        intent: NewIntent {
            allowed_at: None,
            intent_id: IntentId::new(stored_at, ten()),
            part: "root".to_owned(),
            intent_key: "3zzzzzzzzzzzz".to_owned(),
            match_key: "the dead worker's".to_owned(),
            body_hash: String::new(),
            likeness: None,
            evidence: "fenced",
            stored_at,
            send_by: stored_at + 300,
            settle_ms: 600,
        },
    }
}

fn begun(claimed: &Claimed, attempt: AttemptId) -> Change {
    let mut standing = claimed.standing.clone();
    standing.attempt_id = Some(attempt.to_string());
    standing.wake_at = Some(now_ms());
    Change {
        delivery_id: claimed.id,
        channel_id: claimed.channel_id,
        epoch: claimed.epoch,
        version: claimed.version,
        standing,
        intent_open: false,
        frees_lane: false,
        outcomes: vec![],
        steps: vec![],
        attempt: Some(AttemptRecord {
            attempt_id: attempt,
            started_at: now_ms() - AGO_MS,
            ended_at: None,
            outcome: None,
        }),
        lost_attempt: None,
        notices: vec![],
        channel_status: None,
        quotas: vec![],
        leftover: None,
    }
}

#[tokio::test]
async fn a_call_whose_sender_died_stands_as_lost_under_its_own_attempt() {
    let stage = Stage::bluesky(quick()).await;
    let id = stage.scheduled("Once", now_ms() + 60_000).await;
    stage.act(id, Event::PublishNow, None).await.unwrap();
    let dead = AttemptId::new(now_ms() - AGO_MS, ten());
    let claimed = taken_up(&stage, id).await;
    written(&stage, &[], &[promised(&claimed, dead)]).await;

    let running = stage.engine.start();
    stage.until(id, &[State::Published]).await;
    running.stop().await;
    let history = history(&stage, id).await;
    let [first, .., last] = history.attempts.as_slice() else {
        panic!("{history:?}")
    };
    assert_eq!((first.id, first.outcome.as_deref()), (dead, Some("lost")));
    assert_eq!(first.started_at, dead.made_at_ms());
    assert!(first.ended_at.is_some());
    assert_eq!(steps(&history, dead), [("send root", "lost")]);
    assert_eq!(last.outcome.as_deref(), Some("published"));
    assert!(steps(&history, last.id).iter().all(|(_, outcome)| *outcome != "lost"));
    assert_eq!(stage.standing().await, ["Once"]);
}

#[tokio::test]
async fn an_attempt_whose_worker_died_before_it_sent_anything_is_ended() {
    let stage = Stage::bluesky(quick()).await;
    let id = stage.scheduled("Once", now_ms() + 60_000).await;
    stage.act(id, Event::PublishNow, None).await.unwrap();
    let dead = AttemptId::new(now_ms() - AGO_MS, ten());
    let claimed = taken_up(&stage, id).await;
    written(&stage, &[begun(&claimed, dead)], &[]).await;

    let running = stage.engine.start();
    stage.until(id, &[State::Published]).await;
    running.stop().await;
    let history = history(&stage, id).await;
    let told: Vec<_> = history.attempts.iter().map(|attempt| attempt.outcome.as_deref()).collect();
    assert_eq!(told, [Some("lost"), Some("published")]);
    assert_eq!(history.attempts[0].id, dead);
}

#[tokio::test]
async fn what_ended_by_itself_is_not_called_lost_by_the_next_run() {
    let stage = Stage::bluesky(quick()).await;
    let refused =
        serde_json::json!({"match": {"network": "bluesky", "operation": "put_record", "times": 1}, "action": {"do": "lose_request"}});
    stage.fault(refused).await;
    let id = stage.scheduled("Once", now_ms()).await;
    let running = stage.engine.start();
    stage.until(id, &[State::Published]).await;
    running.stop().await;
    let history = history(&stage, id).await;
    let told: Vec<_> = history.attempts.iter().filter_map(|attempt| attempt.outcome.as_deref()).collect();
    assert_eq!((told.first(), told.last()), (Some(&"in_doubt"), Some(&"published")));
    assert!(!told.contains(&"lost"), "{told:?}");
}
