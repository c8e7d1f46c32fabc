//! The outside clock: what a tick takes up, with the engine's own timer off and beside it.

use std::time::Duration;

use crate::stage::{Stage, now_ms};
use futures::future::join_all;
use postrider_core::Network;
use postrider_core::delivery::State;
use postrider_engine::Timing;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(30);

/// The product's own waits: on a slow machine none of these calls is given up and sent again.
fn patient() -> Timing {
    Timing {
        poll_ms: 100,
        ..Timing::default()
    }
}

fn without_timer() -> Timing {
    Timing { timer: false, ..patient() }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_timer_off_a_tick_sends_what_is_due_and_waits_for_it() {
    let stage = Stage::bluesky(without_timer()).await;
    let running = stage.engine.start();
    let idle = stage.engine.tick(LONG).await.unwrap();
    assert_eq!((idle.claimed, idle.under_way, idle.next_due_at), (0, 0, None));
    let looked_ms = stage.engine.status().await.unwrap().last_look_ms;

    let far = stage.scheduled("far", now_ms() + 3_600_000).await;
    let due = stage.scheduled("due", now_ms()).await;
    stage.engine.wake();
    assert_eq!(
        stage.engine.status().await.unwrap().last_look_ms,
        looked_ms,
        "nobody but a tick looks"
    );
    assert_eq!(stage.delivery(due).await.state, State::Scheduled);

    let ticked = stage.engine.tick(LONG).await.unwrap();
    assert_eq!(stage.delivery(due).await.state, State::Published, "{ticked:?}");
    assert!(ticked.claimed >= 1);
    assert_eq!(ticked.under_way, 0);
    assert_eq!(ticked.next_due_at, stage.delivery(far).await.wake_at);
    assert_eq!(stage.standing().await, ["due"]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_sends_what_becomes_due_while_it_waits() {
    let stage = Stage::bluesky(without_timer()).await;
    let soon = stage.scheduled("soon", now_ms() + 1_500).await;
    let ticked = stage.engine.tick(LONG).await.unwrap();
    let sent = stage.delivery(soon).await;
    assert_eq!(sent.state, State::Published, "{ticked:?}");
    assert!(sent.lateness_ms.unwrap() >= 0, "not before its instant");
    assert_eq!(ticked.next_due_at, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn ticks_beside_the_timer_take_nothing_up_twice() {
    let stage = Stage::bluesky(patient()).await;
    let due_at = now_ms() + 500;
    let mut ids = Vec::new();
    for number in 0..10 {
        ids.push(stage.scheduled(&format!("post {number:02}"), due_at).await);
    }
    let running = stage.engine.start();
    for ticked in join_all((0..4).map(|_| stage.engine.tick(LONG))).await {
        assert_eq!(ticked.unwrap().under_way, 0);
    }
    for id in &ids {
        stage.until(*id, &[State::Published]).await;
        assert_eq!(stage.count("intents", *id).await, 1);
    }
    let mut standing = stage.standing().await;
    standing.sort();
    let wanted: Vec<String> = (0..10).map(|number| format!("post {number:02}")).collect();
    assert_eq!(standing, wanted);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_whose_time_is_over_says_what_is_still_under_way() {
    let stage = Stage::bluesky(without_timer()).await;
    // No place for a call to the network: it cannot go on before one is given back.
    let shared = stage.engine.shared();
    let mut taken = Vec::new();
    for _ in 0..shared.bounds.channel_calls_max {
        let place = shared
            .bulkheads
            .places(Network::Bluesky, "https://bsky.social/", stage.channel, false);
        taken.push(place.await.unwrap());
    }
    let due = stage.scheduled("slow", now_ms()).await;
    let ticked = stage.engine.tick(Duration::from_millis(100)).await.unwrap();
    assert_eq!((ticked.claimed, ticked.under_way), (1, 1));
    assert!(ticked.next_due_at.is_some(), "its lease brings it back");
    drop(taken);
    stage.until(due, &[State::Published]).await;
    assert_eq!(stage.standing().await, ["slow"]);
}
