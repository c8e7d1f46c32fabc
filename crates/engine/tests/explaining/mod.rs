//! What is said of deliveries that are stuck, each brought there by what really brings one there.

use std::time::Duration;

use crate::stage::{Stage, now_ms, quick, ten};
use postrider_core::delivery::{State, explain};
use postrider_core::ids::{DeliveryId, NotificationId};
use postrider_engine::Timing;
use postrider_store::{args, deliveries, hot};
use serde_json::{Value, json};

const LONG: Duration = Duration::from_secs(30);

/// Everything that is told of a delivery at an instant, without its dates.
async fn told_at(stage: &Stage, id: DeliveryId, at_ms: i64) -> String {
    let facts = deliveries::facts(&stage.db, id, at_ms).await.unwrap();
    let explained = explain(&facts, at_ms);
    let mut lines: Vec<String> = explained.so.iter().map(|sentence| sentence.told(|_| "then".to_owned())).collect();
    lines.push(format!("next: {}", explained.next.told(|_| "then".to_owned())));
    lines.extend(explained.remedies.iter().map(|remedy| format!("do: {remedy}")));
    lines.join("\n")
}

async fn told(stage: &Stage, id: DeliveryId) -> String {
    told_at(stage, id, now_ms()).await
}

#[track_caller]
fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` in\n{text}");
    }
}

async fn writes(stage: &Stage, times: u32, action: Value) {
    stage
        .fault(json!({"match": {"network": "bluesky", "operation": "put_record", "times": times}, "action": action}))
        .await;
}

async fn stage(timing: Timing) -> Stage {
    Stage::bluesky(Timing { timer: false, ..timing }).await
}

#[tokio::test]
async fn what_waits_says_for_what() {
    let stage = stage(quick()).await;
    let id = stage.scheduled("Waits", now_ms() + 3_600_000).await;
    holds(
        &told(&stage, id).await,
        &["It is scheduled for then.", "next: At then what can be readied ahead is readied"],
    );

    stage
        .db
        .run("UPDATE deliveries SET gate = 'pending' WHERE id = $1", args![id])
        .await
        .unwrap();
    holds(
        &told(&stage, id).await,
        &["approval is asked and not given", "do: Have it accepted"],
    );
    stage
        .db
        .run("UPDATE deliveries SET gate = 'none' WHERE id = $1", args![id])
        .await
        .unwrap();

    stage
        .db
        .run("UPDATE channels SET status = 'revoked' WHERE id = $1", args![stage.channel])
        .await
        .unwrap();
    holds(&told(&stage, id).await, &["is revoked.", "do: Reconnect"]);
    stage
        .db
        .run("UPDATE channels SET status = 'active' WHERE id = $1", args![stage.channel])
        .await
        .unwrap();

    let mut tx = stage.db.begin().await.unwrap();
    let notice = || NotificationId::new(now_ms(), ten());
    hot::halt(&mut tx, stage.channel, "Three near-identical posts.", "Halted.", notice, now_ms())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    holds(
        &told(&stage, id).await,
        &[
            "is halted: Three near-identical posts.",
            "do: Someone who may publish lifts the halt",
        ],
    );
}

#[tokio::test]
async fn what_nobody_takes_up_says_that_nobody_looks() {
    let stage = stage(quick()).await;
    let id = stage.scheduled("Late", now_ms()).await;
    holds(&told(&stage, id).await, &["next: It is taken up any moment."]);
    let later = now_ms() + 300_000;
    holds(
        &told_at(&stage, id, later).await,
        &["was not: the scheduler stands still", "do: See that a server runs"],
    );
}

#[tokio::test]
async fn what_the_plan_holds_says_so() {
    let stage = stage(quick()).await;
    let id = stage.scheduled("Held", now_ms()).await;
    stage
        .db
        .run("UPDATE plans SET allow_social_publishing = FALSE", args![])
        .await
        .unwrap();
    stage.engine.tick(Duration::from_millis(100)).await.unwrap();
    stage.until(id, &[State::Scheduled]).await;
    holds(
        &told(&stage, id).await,
        &["does not allow publishing: it is held", "do: An administrator turns publishing on"],
    );
}

#[tokio::test]
async fn an_outage_says_what_was_answered_and_when_it_is_tried_again() {
    let stage = stage(Timing {
        outage_pauses_ms: vec![600_000; 6],
        ..Timing::default()
    })
    .await;
    let id = stage.scheduled("Again", now_ms()).await;
    writes(&stage, 0, json!({"do": "rate_limit"})).await;
    stage.engine.tick(LONG).await.unwrap();
    let text = told(&stage, id).await;
    holds(&text, &["The last step ended at then", "HTTP 429", "next: At then it"]);
}

#[tokio::test]
async fn a_refusal_says_why_and_what_to_do() {
    let stage = stage(quick()).await;
    let id = stage.scheduled("Refused", now_ms()).await;
    writes(
        &stage,
        0,
        json!({"do": "status", "status": 400, "body": {"error": "InvalidRequest", "message": "no"}}),
    )
    .await;
    stage.engine.tick(LONG).await.unwrap();
    stage.until(id, &[State::Failed]).await;
    holds(
        &told(&stage, id).await,
        &["It failed, and nothing was published.", "do: Retry", "next: Nothing by itself."],
    );
}

#[tokio::test]
async fn doubt_says_when_it_is_looked_for_and_in_the_end_who_decides() {
    let stage = stage(Timing {
        look_after_ms: vec![],
        ..quick()
    })
    .await;
    let id = stage.scheduled("Doubted", now_ms()).await;
    writes(&stage, 1, json!({"do": "lose_answer"})).await;
    stage
        .fault(json!({"match": {"network": "bluesky", "operation": "get_record", "times": 0}, "action": {"do": "status", "status": 503}}))
        .await;
    stage.engine.tick(Duration::from_millis(400)).await.unwrap();
    stage.until(id, &[State::InDoubt]).await;
    let text = told(&stage, id).await;
    holds(
        &text,
        &[
            "stands on Bluesky is not known",
            "The call that publishes it (root) was allowed at then",
        ],
    );
    // No looks are left: after the one that is due a person decides.
    loop {
        stage.engine.tick(LONG).await.unwrap();
        if stage.delivery(id).await.waits_for_person {
            break;
        }
    }
    holds(
        &told(&stage, id).await,
        &["next: Nothing by itself: a person decides.", "do: Look at"],
    );
}

#[tokio::test]
async fn what_was_overslept_asks_for_a_new_time() {
    let stage = stage(quick()).await;
    let id = stage.scheduled("Old", now_ms() - 3 * 3_600_000).await;
    stage.engine.tick(LONG).await.unwrap();
    assert_eq!(stage.delivery(id).await.state, State::Missed);
    holds(
        &told(&stage, id).await,
        &["could not see to it until long after", "do: Publish it now, or give it a new time."],
    );
}

#[tokio::test]
async fn a_call_under_way_says_that_its_answer_is_waited_for_and_holds_the_next_on_its_channel() {
    let stage = stage(Timing::default()).await;
    let first = stage.scheduled("First", now_ms()).await;
    let second = stage.scheduled("Second", now_ms()).await;
    writes(&stage, 1, json!({"do": "hold", "ms": 600_000})).await;
    let ticked = stage.engine.tick(Duration::from_secs(1)).await.unwrap();
    assert_eq!(ticked.under_way, 2);
    while !stage.delivery(first).await.intent_open && !stage.delivery(second).await.intent_open {
        tokio::task::yield_now().await;
    }
    let (holder, waiting) = if stage.delivery(first).await.intent_open {
        (first, second)
    } else {
        (second, first)
    };
    holds(
        &told(&stage, holder).await,
        &["may be under way until then", "next: A worker waits for the answer."],
    );
    let text = told(&stage, waiting).await;
    holds(&text, &["Another call is under way", &holder.to_string()]);
}
