//! What was put at a network ahead of time and is not wanted any more.

use postrider_core::delivery::Event;
use postrider_core::ids::DeliveryId;
use postrider_engine::events::News;
use postrider_engine::job::channel_aad;
use postrider_provider::Secrets;
use postrider_provider::ports::Keyring;
use postrider_store::args;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::stage::{Stage, now_ms, quick, vault};

/// A called-off delivery that left an unpublished photo at Facebook, the only network here that keeps anything; removing it was
/// tried so often.
async fn left_behind(stage: &Stage, tries: i64) -> DeliveryId {
    let id = stage.scheduled("Off", now_ms() + 3_600_000).await;
    stage.act(id, Event::Cancel, None).await.unwrap();
    stage
        .db
        .run(
            "INSERT INTO discards (delivery_id, channel_id, network, progress, created_at, tries, wake_at)
             VALUES ($1, $2, 'facebook', $3, 1, $4, 1)",
            args![id, stage.channel, r#"{"photos":["777"]}"#, tries],
        )
        .await
        .unwrap();
    // A Page's access lies with the channel.
    let mut page = Secrets::new();
    page.insert("page".to_owned(), SecretString::from("a-page-token"));
    let sealed = vault().seal(&channel_aad(stage.channel), &page).unwrap();
    let sql = "UPDATE channels SET secrets = $2 WHERE id = $1";
    stage.db.run(sql, args![stage.channel, sealed]).await.unwrap();
    id
}

/// Waits until the leftover was tried once more, or is gone: then `None`.
async fn tried(stage: &Stage, id: DeliveryId, tries: i64) -> Option<Option<i64>> {
    loop {
        let rows = stage
            .db
            .read("SELECT tries, wake_at FROM discards WHERE delivery_id = $1", args![id])
            .await
            .unwrap();
        match rows.first() {
            None => return None,
            Some(row) if row.int("tries").unwrap() > tries => return Some(row.opt_int("wake_at").unwrap()),
            Some(_) => tokio::task::yield_now().await,
        }
    }
}

async fn notices(stage: &Stage) -> Vec<(String, String)> {
    let rows = stage.db.read("SELECT kind, text FROM notifications", args![]).await.unwrap();
    rows.iter()
        .map(|row| (row.text("kind").unwrap(), row.text("text").unwrap()))
        .collect()
}

async fn facebook_answers(stage: &Stage, status: u16, body: Value) {
    let action = json!({"do": "status", "status": status, "body": body});
    stage
        .fault(json!({"match": {"network": "facebook", "times": 0}, "action": action}))
        .await;
}

#[tokio::test]
async fn a_leftover_that_is_given_up_is_told_to_the_author_once() {
    let stage = Stage::bluesky(quick()).await;
    facebook_answers(&stage, 500, json!({})).await;
    let (tried_again, given_up) = (left_behind(&stage, 0).await, left_behind(&stage, 4).await);
    let mut hints = stage.engine.shared().events.listen();
    let running = stage.engine.start();
    assert!(matches!(tried(&stage, tried_again, 0).await, Some(Some(_))));
    assert_eq!(tried(&stage, given_up, 4).await, Some(None));
    let hinted = async { while !matches!(hints.recv().await.unwrap(), News::Changed(hint) if hint.kind == "notification") {} };
    tokio::time::timeout(std::time::Duration::from_secs(20), hinted)
        .await
        .expect("a hint");
    running.stop().await;
    // Who starts anew does not try it again.
    stage.engine.start().stop().await;
    let told = notices(&stage).await;
    let [(kind, text)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(kind, "post.leftover");
    for part in [
        "“Off” on ",
        "Facebook",
        "the network answered 500",
        "the unpublished photo 777",
        "Remove it by hand",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn what_is_gone_at_the_network_is_removed() {
    let stage = Stage::bluesky(quick()).await;
    facebook_answers(
        &stage,
        400,
        json!({"error": {"code": 100, "error_subcode": 33, "message": "does not exist"}}),
    )
    .await;
    let id = left_behind(&stage, 4).await;
    let running = stage.engine.start();
    assert_eq!(tried(&stage, id, 4).await, None);
    running.stop().await;
    assert!(notices(&stage).await.is_empty());
}
