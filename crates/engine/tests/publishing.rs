//! The engine against the sandbox over real sockets: on time, once, and true about it.

mod explaining;
mod guard;
mod history;
mod leftovers;
mod overdue;
mod stage;
mod ticking;
mod unseen;

use postrider_core::delivery::{Event, FailureKind, MissedWhy, State};
use postrider_core::ids::DeliveryId;
use postrider_core::post::{Content, ContentType, ThreadPart};
use postrider_engine::Timing;
use postrider_store::args;
use postrider_store::deliveries::Delivery;
use serde_json::{Value, json};
use stage::{Stage, now_ms, quick};

/// Every write is answered like this, and none is made.
async fn refuse_writes(stage: &Stage, status: u16, body: Value) {
    let action = json!({"do": "status", "status": status, "body": body});
    stage
        .fault(json!({"match": {"network": "bluesky", "operation": "put_record", "times": 0}, "action": action}))
        .await;
}

fn thrice() -> Timing {
    Timing {
        outage_pauses_ms: vec![50; 2],
        ..quick()
    }
}

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
async fn an_access_that_ended_meanwhile_is_renewed_to_learn_what_became_of_a_call() {
    let stage = Stage::bluesky(quick()).await;
    stage
        .fault(json!({"match": {"network": "bluesky", "operation": "put_record", "times": 1}, "action": {"do": "lose_answer"}}))
        .await;
    let id = stage.scheduled("Once", now_ms()).await;
    let running = stage.engine.start();
    stage.until(id, &[State::InDoubt]).await;
    let expired = reqwest::Client::new()
        .post(format!("{}/_sandbox/tokens/expire", stage.base))
        .json(&json!({"network": "bluesky", "kind": "access"}));
    expired.send().await.unwrap().error_for_status().unwrap();
    stage.until(id, &[State::Published]).await;
    let history = stage
        .db
        .read("SELECT outcome FROM steps WHERE kind = 'look'", args![])
        .await
        .unwrap();
    let looks: Vec<String> = history.iter().map(|row| row.text("outcome").unwrap()).collect();
    assert_eq!(looks, ["found"]);
    running.stop().await;
}

#[tokio::test]
async fn posts_on_one_channel_keep_their_order() {
    // With all the time that calls have: one that is in doubt leaves the lane to the next.
    let unhurried = Timing {
        poll_ms: 100,
        ..Timing::default()
    };
    let stage = Stage::bluesky(unhurried).await;
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
    assert_eq!(stage.standing().await, expected);
    running.stop().await;
}

#[tokio::test]
async fn a_refusal_that_nobody_knows_fails_it_with_its_words_once_it_proves_not_to_stand() {
    let stage = Stage::bluesky(quick()).await;
    refuse_writes(&stage, 400, json!({"error": "SomethingNew", "message": "Not this way"})).await;
    let id = stage.scheduled("Never", now_ms()).await;
    let running = stage.engine.start();
    let delivery = stage.until(id, &[State::Failed]).await;
    assert_eq!(delivery.failure_code.as_deref(), Some("bluesky.unlisted"));
    assert!(delivery.failure_message.unwrap().contains("Not this way"));
    assert_eq!(stage.count("intents", id).await, 1, "it is not sent again to be refused again");
    running.stop().await;
}

#[tokio::test]
async fn a_network_that_keeps_failing_is_given_up_and_told() {
    let stage = Stage::bluesky(thrice()).await;
    refuse_writes(&stage, 500, json!({})).await;
    let id = stage.scheduled("Never", now_ms()).await;
    let running = stage.engine.start();
    let delivery = stage.until(id, &[State::Failed]).await;
    assert_eq!(delivery.failure_kind, Some(FailureKind::Outage));
    assert_eq!(stage.count("intents", id).await, 3);
    running.stop().await;
}

#[tokio::test]
async fn beginning_anew_does_not_go_on_for_ever() {
    let stage = Stage::bluesky(thrice()).await;
    refuse_writes(&stage, 400, json!({"error": "InvalidRequest", "message": "Could not find blob: x"})).await;
    // The mention is looked up, with success, in every round.
    let id = stage.scheduled("By @ada.bsky.social", now_ms()).await;
    let running = stage.engine.start();
    let delivery = stage.until(id, &[State::Failed]).await;
    assert_eq!(delivery.failure_code.as_deref(), Some("bluesky.blob_gone"));
    assert_eq!(stage.count("intents", id).await, 3);
    running.stop().await;
}

#[tokio::test]
async fn what_approval_takes_back_at_the_last_moment_is_missed_and_told() {
    let stage = Stage::bluesky(quick()).await;
    let id = stage.scheduled("Never", now_ms() + 60_000).await;
    stage.act(id, Event::PublishNow, None).await.unwrap();
    stage.db.run("UPDATE deliveries SET gate = 'held'", args![]).await.unwrap();
    let running = stage.engine.start();
    let delivery = stage.until(id, &[State::Missed]).await;
    assert_eq!((delivery.missed_why, delivery.wake_at), (Some(MissedWhy::NotAccepted), None));
    assert_eq!((stage.count("intents", id).await, stage.count("attempts", id).await), (0, 1));
    running.stop().await;
}

#[tokio::test]
async fn what_approval_takes_back_once_it_stands_is_published_and_no_part_follows_it() {
    let held = "CREATE TRIGGER takes_back AFTER UPDATE OF state ON deliveries WHEN new.state = 'in_doubt' \
                BEGIN UPDATE deliveries SET gate = 'held' WHERE id = new.id; END";
    let parts = ["One", "Two"].map(|text| ThreadPart {
        text: text.into(),
        ..ThreadPart::default()
    });
    let thread = Content {
        thread: parts.into(),
        ..Content::empty(ContentType::Thread)
    };
    let whole = Content {
        text: "One".into(),
        ..Content::empty(ContentType::Text)
    };
    for (content, end, code) in [
        (whole, State::Published, None),
        (thread, State::PublishedInPart, Some("approval.withdrawn")),
    ] {
        let stage = Stage::bluesky(quick()).await;
        stage.db.run(held, args![]).await.unwrap();
        stage
            .fault(json!({"match": {"network": "bluesky", "operation": "put_record", "times": 1}, "action": {"do": "lose_answer"}}))
            .await;
        let id = stage.scheduled_content(content, now_ms()).await;
        let running = stage.engine.start();
        let delivery = stage.until(id, &[State::Published, State::PublishedInPart]).await;
        assert_eq!((delivery.state, delivery.failure_code.as_deref()), (end, code));
        assert_eq!(stage.standing().await, ["One"]);
        running.stop().await;
    }
}

/// Waits until the delivery was looked at and put down again for minutes.
async fn put_down(stage: &Stage, id: DeliveryId) -> Delivery {
    let mut hints = stage.engine.shared().events.listen();
    loop {
        let delivery = stage.delivery(id).await;
        if delivery.wake_at.is_some_and(|at| at > now_ms() + 200_000) {
            return delivery;
        }
        let _ = hints.recv().await;
    }
}

/// Waits until sending was tried in vain.
async fn tried(stage: &Stage, id: DeliveryId) -> Delivery {
    let mut hints = stage.engine.shared().events.listen();
    loop {
        let delivery = stage.delivery(id).await;
        if delivery.retries > 0 || delivery.state == State::Failed {
            return delivery;
        }
        let _ = hints.recv().await;
    }
}

/// The engine looks at everything now.
async fn seen_again(stage: &Stage) {
    let sql = "UPDATE deliveries SET wake_at = $1";
    stage.db.run(sql, args![now_ms()]).await.unwrap();
    stage.engine.wake();
}

/// The access has ended, and the network does not renew it just now.
async fn no_renewal(stage: &Stage) {
    let expire = json!({"network": "bluesky", "kind": "access"});
    let expired = reqwest::Client::new()
        .post(format!("{}/_sandbox/tokens/expire", stage.base))
        .json(&expire);
    expired.send().await.unwrap().error_for_status().unwrap();
    stage
        .fault(json!({"match": {"path_contains": "refreshSession", "times": 0}, "action": {"do": "status", "status": 503}}))
        .await;
}

/// Switches the plan's publishing.
async fn plan_allows(stage: &Stage, allows: bool) {
    let sql = "UPDATE plans SET allow_social_publishing = $1";
    stage.db.run(sql, args![allows]).await.unwrap();
}

#[tokio::test]
async fn what_a_plan_holds_is_told_once_and_goes_out_when_the_plan_allows_it_again() {
    let stage = Stage::bluesky(quick()).await;
    let id = stage.scheduled("Held", now_ms() - 60_000).await;
    plan_allows(&stage, false).await;
    let running = stage.engine.start();
    for _ in 0..2 {
        let held = put_down(&stage, id).await;
        assert_eq!((held.state, held.failure_code.as_deref()), (State::Scheduled, Some("plan.held")));
        seen_again(&stage).await;
    }
    let notices = stage.db.read("SELECT kind FROM notifications", args![]).await.unwrap();
    let kinds: Vec<_> = notices.iter().map(|row| row.text("kind").unwrap()).collect();
    assert_eq!(kinds, ["post.held"]);
    assert!(stage.standing().await.is_empty());
    plan_allows(&stage, true).await;
    seen_again(&stage).await;
    let delivery = stage.until(id, &[State::Published]).await;
    assert_eq!(delivery.failure_code, None);
    assert_eq!(stage.standing().await, ["Held"]);
    running.stop().await;
}

#[tokio::test]
async fn what_a_plan_held_is_not_said_to_be_held_once_it_is_under_way() {
    let stage = Stage::bluesky(Timing {
        outage_pauses_ms: vec![3_600_000],
        ..quick()
    })
    .await;
    no_renewal(&stage).await;
    let id = stage.scheduled("Held", now_ms() + 60_000).await;
    stage.act(id, Event::PublishNow, None).await.unwrap();
    plan_allows(&stage, false).await;
    let running = stage.engine.start();
    let held = put_down(&stage, id).await;
    assert_eq!((held.state, held.failure_code.as_deref()), (State::Publishing, Some("plan.held")));
    plan_allows(&stage, true).await;
    seen_again(&stage).await;
    // The access has to be renewed first, and cannot be just now.
    let waits = tried(&stage, id).await;
    assert_eq!((waits.state, waits.failure_code), (State::Publishing, None));
    running.stop().await;
}

#[tokio::test]
async fn what_a_plan_held_for_too_long_is_missed() {
    let stage = Stage::bluesky(quick()).await;
    let id = stage.scheduled("Over", now_ms() - 3 * 3_600_000).await;
    plan_allows(&stage, false).await;
    let running = stage.engine.start();
    let delivery = stage.until(id, &[State::Missed]).await;
    assert_eq!((delivery.missed_why, delivery.failure_code), (Some(MissedWhy::Plan), None));
    running.stop().await;
}

#[tokio::test]
async fn what_was_under_way_when_postrider_stopped_for_long_is_missed() {
    let stage = Stage::bluesky(quick()).await;
    let id = stage.scheduled("Old news", now_ms() + 60_000).await;
    stage.act(id, Event::PublishNow, None).await.unwrap();
    let long_ago = now_ms() - 3 * 3_600_000;
    let sql = "UPDATE deliveries SET due_at = $1, updated_at = $1, wake_at = $1";
    stage.db.run(sql, args![long_ago]).await.unwrap();
    let running = stage.engine.start();
    let delivery = stage.until(id, &[State::Missed]).await;
    assert_eq!(delivery.missed_why, Some(MissedWhy::TooLate));
    assert!(stage.standing().await.is_empty());
    running.stop().await;
}

#[tokio::test]
async fn a_renewal_that_does_not_work_out_ends_no_channel() {
    let stage = Stage::bluesky(Timing {
        outage_pauses_ms: vec![3_600_000],
        ..quick()
    })
    .await;
    no_renewal(&stage).await;
    let id = stage.scheduled("Later", now_ms()).await;
    let running = stage.engine.start();
    let delivery = tried(&stage, id).await;
    assert_eq!(delivery.state, State::Publishing, "it is tried again");
    let row = stage
        .db
        .one("SELECT status FROM channels WHERE id = $1", args![stage.channel])
        .await
        .unwrap();
    assert_eq!(row.text("status").unwrap(), "active");
    running.stop().await;
}

#[tokio::test]
async fn a_thread_whose_part_a_person_found_goes_on_with_the_next_part() {
    let stage = Stage::bluesky(quick()).await;
    stage
        .fault(json!({"match": {"network": "bluesky", "operation": "put_record", "nth": 2}, "action": {"do": "lose_answer"}}))
        .await;
    let part = |text: &str| ThreadPart {
        text: text.to_owned(),
        ..ThreadPart::default()
    };
    let content = Content {
        thread: vec![part("One"), part("Two"), part("Three")],
        ..Content::empty(ContentType::Thread)
    };
    let id = stage.scheduled_content(content, now_ms()).await;
    let running = stage.engine.start();
    stage.until(id, &[State::InDoubt]).await;
    let answered = stage.act(id, Event::ResolveThere, None).await.unwrap();
    assert_eq!(answered.state, State::Publishing);
    stage.until(id, &[State::Published]).await;
    let mut standing = stage.standing().await;
    standing.sort();
    assert_eq!(standing, ["One", "Three", "Two"]);
    running.stop().await;
}
