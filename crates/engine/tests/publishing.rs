//! The engine against the sandbox over real sockets: on time, once, and true about it.

mod stage;

use postrider_core::delivery::{Event, State};
use serde_json::json;
use stage::{Stage, now_ms, quick};

#[tokio::test]
async fn a_post_goes_out_at_its_instant_and_not_before() {
    let stage = Stage::bluesky(quick()).await;
    let due_at = now_ms() + 700;
    let id = stage.scheduled("Fresh bread #baking", due_at).await;
    let running = stage.engine.start();
    let delivery = stage.until(id, &[State::Published]).await;
    assert!(delivery.first_commit_at.unwrap() >= due_at);
    assert_eq!(delivery.lateness_ms, delivery.first_commit_at.map(|at| at - due_at));
    assert!(delivery.permalink.unwrap().starts_with("https://bsky.app/profile/"));
    assert_eq!(stage.standing().await, ["Fresh bread #baking"]);
    running.stop().await;
}

#[tokio::test]
async fn a_lost_answer_does_not_post_twice() {
    let stage = Stage::bluesky(quick()).await;
    stage
        .fault(json!({"match": {"network": "bluesky", "operation": "put_record", "times": 1}, "action": {"do": "lose_answer"}}))
        .await;
    let id = stage.scheduled("Once", now_ms()).await;
    let running = stage.engine.start();
    let delivery = stage.until(id, &[State::Published]).await;
    assert!(delivery.permalink.is_some());
    assert_eq!(stage.standing().await, ["Once"]);
    running.stop().await;
}

#[tokio::test]
async fn a_lost_request_is_sent_once_it_cannot_arrive_any_more() {
    let stage = Stage::bluesky(quick()).await;
    stage
        .fault(json!({"match": {"network": "bluesky", "operation": "put_record", "times": 1}, "action": {"do": "lose_request"}}))
        .await;
    let id = stage.scheduled("Once", now_ms()).await;
    let running = stage.engine.start();
    stage.until(id, &[State::Published]).await;
    assert_eq!(stage.standing().await, ["Once"]);
    running.stop().await;
}

#[tokio::test]
async fn what_was_cancelled_never_goes_out() {
    let stage = Stage::bluesky(quick()).await;
    let canceled = stage.scheduled("Never", now_ms() + 400).await;
    let kept = stage.scheduled("Always", now_ms() + 600).await;
    let running = stage.engine.start();
    stage.act(canceled, Event::Cancel, None).await.unwrap();
    stage.until(kept, &[State::Published]).await;
    assert_eq!(stage.delivery(canceled).await.state, State::Canceled);
    assert_eq!(stage.standing().await, ["Always"]);
    running.stop().await;
}

#[tokio::test]
async fn what_was_moved_goes_out_at_the_new_time_only() {
    let stage = Stage::bluesky(quick()).await;
    let id = stage.scheduled("Moved", now_ms() + 300).await;
    let running = stage.engine.start();
    let due_at = now_ms() + 1_200;
    stage.act(id, Event::Reschedule, Some(due_at)).await.unwrap();
    let delivery = stage.until(id, &[State::Published]).await;
    assert!(delivery.first_commit_at.unwrap() >= due_at);
    assert_eq!(stage.standing().await, ["Moved"]);
    running.stop().await;
}

#[tokio::test]
async fn what_is_older_than_catch_up_is_missed_and_what_is_younger_goes_out_once() {
    let stage = Stage::bluesky(quick()).await;
    let old = stage.scheduled("Old", now_ms() - 3 * 3_600_000).await;
    let late = stage.scheduled("Late", now_ms() - 3_600_000).await;
    let running = stage.engine.start();
    stage.until(late, &[State::Published]).await;
    stage.until(old, &[State::Missed]).await;
    assert_eq!(stage.standing().await, ["Late"]);
    running.stop().await;
}

#[tokio::test]
async fn an_expired_access_is_renewed_and_the_post_goes_out() {
    let stage = Stage::bluesky(quick()).await;
    reqwest::Client::new()
        .post(format!("{}/_sandbox/tokens/expire", stage.base))
        .json(&json!({"network": "bluesky", "kind": "access"}))
        .send()
        .await
        .unwrap()
        .error_for_status()
        .unwrap();
    let id = stage.scheduled("Renewed", now_ms()).await;
    let running = stage.engine.start();
    stage.until(id, &[State::Published]).await;
    assert_eq!(stage.standing().await, ["Renewed"]);
    running.stop().await;
}

#[tokio::test]
async fn posts_on_one_channel_keep_their_order() {
    let stage = Stage::bluesky(quick()).await;
    let due_at = now_ms() + 500;
    let mut ids = Vec::new();
    for number in 0..8 {
        ids.push(stage.scheduled(&format!("Number {number}"), due_at + number).await);
    }
    let running = stage.engine.start();
    for id in ids {
        stage.until(id, &[State::Published]).await;
    }
    let expected: Vec<String> = (0..8).map(|number| format!("Number {number}")).collect();
    let mut standing = stage.standing().await;
    if standing.first() != expected.first() {
        standing.reverse();
    }
    assert_eq!(standing, expected);
    running.stop().await;
}
