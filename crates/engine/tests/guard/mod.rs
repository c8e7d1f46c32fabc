//! What runs away is stopped, and a network that does not work is left alone without anything being lost.

use postrider_core::breaker::FAILURES_MAX;
use postrider_core::delivery::{FailureKind, MissedWhy, State};
use postrider_core::guard::{ALIKE_POSTS_MAX, BURST_POSTS_MAX, BURST_SPAN_MS};
use postrider_core::ids::DeliveryId;
use postrider_core::retry::OUTAGE_SPAN_MS;
use postrider_engine::Timing;
use postrider_store::deliveries::Delivery;
use postrider_store::{args, channels};
use serde_json::json;

use crate::stage::{Stage, now_ms, quick};

/// Waits, by the engine's own hints, until the delivery is as wanted.
async fn until(stage: &Stage, id: DeliveryId, wanted: impl Fn(&Delivery) -> bool) -> Delivery {
    let mut hints = stage.engine.shared().events.listen();
    loop {
        let delivery = stage.delivery(id).await;
        if wanted(&delivery) {
            return delivery;
        }
        let _ = hints.recv().await;
    }
}

async fn notices(stage: &Stage) -> Vec<String> {
    let rows = stage.db.read("SELECT kind FROM notifications ORDER BY id", args![]).await.unwrap();
    rows.iter().map(|row| row.text("kind").unwrap()).collect()
}

/// Nobody's handle is found: a call that every post makes before it goes out.
async fn no_lookups(stage: &Stage) {
    stage
        .fault(json!({"match": {"path_contains": "resolveHandle", "times": 0}, "action": {"do": "status", "status": 503}}))
        .await;
}

async fn lookups_again(stage: &Stage) {
    let faults = format!("{}/_sandbox/faults", stage.base);
    reqwest::Client::new()
        .delete(faults)
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap();
}

fn greeting(number: usize) -> String {
    format!("Greeting {number} by @ada.bsky.social")
}

#[tokio::test]
async fn the_eleventh_post_of_an_hour_waits_until_the_first_has_left_it_and_its_author_is_told() {
    let stage = Stage::bluesky(quick()).await;
    let due_at = now_ms();
    let mut ids = Vec::new();
    for number in 0..=BURST_POSTS_MAX {
        ids.push(stage.scheduled(&format!("Number {number}"), due_at + number).await);
    }
    let running = stage.engine.start();
    let last = ids.pop().unwrap();
    for id in &ids {
        stage.until(*id, &[State::Published]).await;
    }
    let deferred = stage.until(last, &[State::Deferred]).await;
    let first = stage.delivery(ids[0]).await.first_commit_at.unwrap();
    assert_eq!(deferred.deferred_until, Some(first + BURST_SPAN_MS));
    assert_eq!(deferred.wake_at, deferred.deferred_until);
    assert_eq!((deferred.first_commit_at, stage.count("intents", last).await), (None, 0));
    assert_eq!(notices(&stage).await, ["post.deferred"]);
    assert_eq!(stage.standing().await.len() as i64, BURST_POSTS_MAX);
    running.stop().await;
}

#[tokio::test]
async fn the_fourth_of_the_same_words_halts_the_channel_until_a_person_lifts_it() {
    let stage = Stage::bluesky(quick()).await;
    let mut ids = Vec::new();
    for number in 0..=ALIKE_POSTS_MAX {
        ids.push(
            stage
                .scheduled(["Buy bread", "buy bread!"][number as usize % 2], now_ms() + number)
                .await,
        );
    }
    let running = stage.engine.start();
    let last = ids.pop().unwrap();
    for id in ids {
        stage.until(id, &[State::Published]).await;
    }
    let held = until(&stage, last, |delivery| delivery.failure_code.is_some()).await;
    assert_eq!(
        (held.state, held.failure_code.as_deref()),
        (State::Publishing, Some("channel.halted"))
    );
    assert_eq!(stage.standing().await.len() as i64, ALIKE_POSTS_MAX);
    assert_eq!(notices(&stage).await, ["channel.halted", "post.held"]);
    let another = stage.scheduled("Something else", now_ms()).await;
    until(&stage, another, |delivery| {
        delivery.failure_code.as_deref() == Some("channel.halted")
    })
    .await;

    let mut tx = stage.db.begin().await.unwrap();
    channels::lift_halt(&mut tx, &stage.scope, stage.channel, now_ms()).await.unwrap();
    tx.commit().await.unwrap();
    stage.engine.wake();
    for id in [last, another] {
        let delivery = stage.until(id, &[State::Published]).await;
        assert_eq!(delivery.failure_code, None);
    }
    assert_eq!(stage.standing().await.len() as i64, ALIKE_POSTS_MAX + 2);
    running.stop().await;
}

#[tokio::test]
async fn what_a_halt_held_for_too_long_is_missed() {
    let stage = Stage::bluesky(quick()).await;
    let id = stage.scheduled("Over", now_ms() - 3 * 3_600_000).await;
    stage
        .db
        .run("UPDATE channels SET halted_at = 1, halt_reason = 'Alike.'", args![])
        .await
        .unwrap();
    let running = stage.engine.start();
    let delivery = stage.until(id, &[State::Missed]).await;
    assert_eq!((delivery.missed_why, delivery.failure_code), (Some(MissedWhy::Halted), None));
    running.stop().await;
}

#[tokio::test]
async fn a_network_that_does_not_work_is_left_alone_and_nothing_is_lost_by_waiting() {
    let stage = Stage::bluesky(quick()).await;
    no_lookups(&stage).await;
    let mut ids = Vec::new();
    for number in 0..FAILURES_MAX as usize {
        ids.push(stage.scheduled(&greeting(number), now_ms()).await);
    }
    let running = stage.engine.start();
    for id in &ids {
        // Without the breaker each would have failed for good after six short pauses.
        let waiting = until(&stage, *id, |delivery| {
            delivery.wake_at.is_some_and(|at| at > now_ms() + 1_000) && delivery.retries < 6
        })
        .await;
        assert_eq!(waiting.state, State::Publishing);
    }
    let channel = channels::get(&stage.db, &stage.scope, stage.channel).await.unwrap();
    assert!(stage.engine.outage_since_ms(&channel).is_some());
    lookups_again(&stage).await;
    for id in ids {
        stage.until(id, &[State::Published]).await;
    }
    assert_eq!(stage.engine.outage_since_ms(&channel), None);
    running.stop().await;
}

#[tokio::test]
async fn an_outage_is_tried_again_six_times_and_then_told() {
    let stage = Stage::bluesky(quick()).await;
    no_lookups(&stage).await;
    let id = stage.scheduled(&greeting(1), now_ms()).await;
    let running = stage.engine.start();
    let failed = stage.until(id, &[State::Failed]).await;
    assert_eq!(failed.failure_kind, Some(FailureKind::Outage));
    assert_eq!((stage.count("attempts", id).await, stage.count("intents", id).await), (7, 0));
    assert_eq!(notices(&stage).await, ["post.failed"]);
    running.stop().await;
}

#[tokio::test]
async fn half_an_hour_is_as_long_as_an_outage_is_waited_for() {
    let hour_long = Timing {
        outage_pauses_ms: vec![3_600_000; 6],
        ..quick()
    };
    let stage = Stage::bluesky(hour_long).await;
    no_lookups(&stage).await;
    let id = stage.scheduled(&greeting(1), now_ms()).await;
    let running = stage.engine.start();
    let waits = until(&stage, id, |delivery| {
        delivery.retries == 1 && delivery.wake_at.is_some_and(|at| at > now_ms() + 120_000)
    })
    .await;
    let since = waits.wake_at.unwrap() - OUTAGE_SPAN_MS;
    assert!(since <= now_ms(), "the next try is the last, and falls within the half hour");
    let sql = "UPDATE deliveries SET wake_at = $1, retry_since = $2";
    stage.db.run(sql, args![now_ms(), now_ms() - OUTAGE_SPAN_MS]).await.unwrap();
    stage.engine.wake();
    let failed = stage.until(id, &[State::Failed]).await;
    assert_eq!((failed.failure_kind, failed.retries), (Some(FailureKind::Outage), 2));
    running.stop().await;
}
