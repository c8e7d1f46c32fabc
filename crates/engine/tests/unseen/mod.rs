//! What may have gone out without this database knowing: it is looked for, goes out if it may, and what lies ready for it is kept.

use postrider_core::delivery::{Event, State};
use postrider_core::ids::DeliveryId;
use postrider_engine::hold::Why;
use postrider_store::{args, pulse};
use serde_json::json;

use crate::stage::{Stage, now_ms, quick};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Marks a delivery as it is after a gap in the heartbeat or after a recovery.
async fn mark(stage: &Stage, id: DeliveryId, why: &str, from_ms: i64, to_ms: i64) {
    let sql = "UPDATE deliveries SET unseen_from = $2, unseen_to = $3, unseen_why = $4 WHERE id = $1";
    stage.db.run(sql, args![id, from_ms, to_ms, why]).await.unwrap();
}

/// Publishes a delivery, and then remembers it as it was before, in a database that was brought back and recovered.
async fn forgotten(stage: &Stage, text: &str, state: State) -> DeliveryId {
    let id = stage.scheduled(text, now_ms()).await;
    let running = stage.engine.start();
    stage.until(id, &[State::Published]).await;
    running.stop().await;
    stage.db.run("DELETE FROM intents WHERE delivery_id = $1", args![id]).await.unwrap();
    let sql = "UPDATE deliveries SET state = $2, progress = NULL, published_version = NULL, external_id = NULL, permalink = NULL,
        first_commit_at = NULL, lateness_ms = NULL, attempt_id = NULL, wake_at = CASE WHEN $2 = 'draft' THEN NULL ELSE $3 END,
        due_at = CASE WHEN $2 = 'draft' THEN NULL ELSE due_at END WHERE id = $1";
    stage.db.run(sql, args![id, state, now_ms()]).await.unwrap();
    mark(stage, id, "recovered", now_ms() - HOUR_MS, now_ms()).await;
    id
}

#[tokio::test]
async fn what_waited_for_a_quota_over_a_gap_is_not_missed() {
    let stage = Stage::bluesky(quick()).await;
    let id = stage.scheduled("Deferred", now_ms() - 6 * HOUR_MS).await;
    let gap_ms = now_ms() - 5 * HOUR_MS;
    let sql = "UPDATE deliveries SET state = 'deferred', deferred_until = $2, updated_at = $3, wake_at = $2 WHERE id = $1";
    stage.db.run(sql, args![id, now_ms(), gap_ms - MINUTE_MS]).await.unwrap();
    mark(&stage, id, "gap", gap_ms, gap_ms + 3 * MINUTE_MS).await;
    let running = stage.engine.start();
    let delivery = stage.until(id, &[State::Published, State::Missed]).await;
    assert_eq!((delivery.state, delivery.unseen_from), (State::Published, None));
    assert_eq!(stage.standing().await, ["Deferred"]);
    running.stop().await;
}

#[tokio::test]
async fn what_was_written_of_it_while_in_doubt_makes_nothing_go_out_late_but_a_person_who_tries_again_does() {
    for tried_again in [false, true] {
        let stage = Stage::bluesky(quick()).await;
        let due_at = now_ms() - 6 * HOUR_MS;
        let id = stage.scheduled("Long past", due_at).await;
        let sql = "UPDATE deliveries SET state = $2, updated_at = $3, wake_at = $3, asked_at = $4 WHERE id = $1";
        let state = if tried_again { State::Failed } else { State::Publishing };
        stage.db.run(sql, args![id, state, now_ms(), due_at - HOUR_MS]).await.unwrap();
        mark(&stage, id, "recovered", due_at + MINUTE_MS, now_ms()).await;
        if tried_again {
            stage.act(id, Event::Retry, None).await.unwrap();
        }
        let running = stage.engine.start();
        let delivery = stage.until(id, &[State::Published, State::Missed]).await;
        let (state, stands) = if tried_again {
            (State::Published, vec!["Long past".to_owned()])
        } else {
            (State::Missed, Vec::new())
        };
        assert_eq!((delivery.state, stage.standing().await), (state, stands));
        running.stop().await;
    }
}

#[tokio::test]
async fn late_posts_go_out_in_order_though_one_is_looked_for_longer() {
    let stage = Stage::bluesky(quick()).await;
    let (from_ms, to_ms) = (now_ms() - 20 * MINUTE_MS, now_ms());
    let mut ids = Vec::new();
    let texts = ["First, by @ada.bsky.social", "Second", "Third"];
    for (number, text) in (0..).zip(texts) {
        let id = stage.scheduled(text, now_ms() - (10 - number) * MINUTE_MS).await;
        mark(&stage, id, "gap", from_ms, to_ms).await;
        ids.push(id);
    }
    // The first waits longest for what it looks for, and for what it needs before it can go out.
    for (call, ms) in [("getRecord", 2_500), ("resolveHandle", 1_000)] {
        let slow = json!({"match": {"path_contains": call, "times": 1}, "action": {"do": "delay_after", "ms": ms}});
        stage.fault(slow).await;
    }
    let running = stage.engine.start();
    for id in ids {
        stage.until(id, &[State::Published]).await;
    }
    assert_eq!(stage.standing().await, texts);
    running.stop().await;
}

#[tokio::test]
async fn a_draft_that_is_scheduled_after_a_recovery_is_looked_for_at_once_and_goes_out_at_its_time() {
    let stage = Stage::bluesky(quick()).await;
    let id = stage.scheduled("Draft", now_ms() + HOUR_MS).await;
    stage.act(id, Event::Unschedule, None).await.unwrap();
    mark(&stage, id, "recovered", now_ms() - HOUR_MS, now_ms()).await;
    let running = stage.engine.start();
    let due_at = now_ms() + 2_500;
    let scheduled = stage.act(id, Event::Schedule, Some(due_at)).await.unwrap();
    assert!(scheduled.wake_at.is_some_and(|wake_at| wake_at < due_at - 2_000), "{scheduled:?}");
    let delivery = stage.until(id, &[State::Published, State::Missed]).await;
    assert_eq!((delivery.state, delivery.unseen_from), (State::Published, None));
    assert!(delivery.first_commit_at.unwrap() >= due_at);
    assert_eq!(stage.standing().await, ["Draft"]);
    running.stop().await;
}

#[tokio::test]
async fn a_draft_that_went_out_since_is_found_once_it_is_scheduled() {
    let stage = Stage::bluesky(quick()).await;
    let id = forgotten(&stage, "Went out", State::Draft).await;
    let running = stage.engine.start();
    stage.act(id, Event::Schedule, Some(now_ms() + HOUR_MS)).await.unwrap();
    let delivery = stage.until(id, &[State::Published]).await;
    assert!(delivery.external_id.is_some());
    assert_eq!(stage.standing().await, ["Went out"]);
    running.stop().await;
}

#[tokio::test]
async fn what_went_out_since_is_found_on_a_channel_that_has_ended_or_is_halted() {
    for ended in [
        "UPDATE channels SET status = 'expired'",
        "UPDATE channels SET halted_at = 1, halt_reason = 'burst'",
    ] {
        let stage = Stage::bluesky(quick()).await;
        let id = forgotten(&stage, "Went out", State::Scheduled).await;
        stage.db.run(ended, args![]).await.unwrap();
        let running = stage.engine.start();
        let delivery = stage.until(id, &[State::Published, State::Failed, State::Missed]).await;
        assert_eq!(delivery.state, State::Published, "{ended}");
        assert_eq!(stage.standing().await, ["Went out"]);
        running.stop().await;
    }
}

/// Whether it still knows what lies ready for it; what it does not is removed at the network.
async fn keeps_what_is_staged(stage: &Stage, id: DeliveryId) -> bool {
    let sql = "SELECT progress FROM deliveries WHERE id = $1";
    stage.db.one(sql, args![id]).await.unwrap().opt_text("progress").unwrap().is_some()
}

#[tokio::test]
async fn what_lies_ready_is_kept_while_it_may_have_been_published_unseen() {
    for unseen in [true, false] {
        let stage = Stage::bluesky(quick()).await;
        let id = stage.scheduled("Old", now_ms() + HOUR_MS).await;
        let long_ago = now_ms() - 3 * HOUR_MS;
        let sql = "UPDATE deliveries SET due_at = $2, updated_at = $2, wake_at = $2, state = 'staged', progress = $3 WHERE id = $1";
        let staged = r#"{"blobs": [{"cid": "bafkrei"}]}"#;
        stage.db.run(sql, args![id, long_ago, staged]).await.unwrap();
        if unseen {
            mark(&stage, id, "gap", long_ago, now_ms()).await;
        }
        let running = stage.engine.start();
        stage.until(id, &[State::Missed]).await;
        running.stop().await;
        assert_eq!(keeps_what_is_staged(&stage, id).await, unseen);
    }
}

#[tokio::test]
async fn a_database_that_is_rolled_back_under_a_server_promises_nothing_and_is_held_at_once() {
    let stage = Stage::bluesky(quick()).await;
    let first = stage.scheduled("First", now_ms()).await;
    let running = stage.engine.start();
    stage.until(first, &[State::Published]).await;
    // There is no witness: the server remembers by itself.
    stage.db.run("UPDATE pulse SET beat = 0", args![]).await.unwrap();
    let second = stage.scheduled("Second", now_ms()).await;
    let mut why = stage.engine.shared().hold.changes();
    let held = why.wait_for(|why| matches!(why, Some(Why::Database(_))));
    let held = tokio::time::timeout(std::time::Duration::from_secs(20), held).await;
    assert!(held.is_ok(), "not noticed");
    assert_eq!(stage.standing().await, ["First"]);
    assert_eq!(stage.count("intents", second).await, 0);
    assert!(pulse::read(&stage.db).await.unwrap().held.is_some());
    running.stop().await;
}
