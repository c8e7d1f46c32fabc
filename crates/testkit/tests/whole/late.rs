//! What was due while the server was stopped, and what was called off or moved before.

use postrider_core::Network;
use postrider_testkit::client::{deliveries_of, instant};
use postrider_testkit::{Channel, Client, Fleet, Installation, Options};
use serde_json::{Value, json};

const MINUTE_MS: i64 = 60_000;

fn saying(words: &str, channel: &Channel) -> Value {
    json!({"content_type": "text", "text": words, "deliveries": [{"channel_id": channel.id}]})
}

fn only(post: &Value) -> String {
    deliveries_of(post)[0]["id"].as_str().unwrap().to_owned()
}

async fn stopped() -> (Installation, Client, Channel) {
    let installation = Installation::open(Options {
        publishing: false,
        ..Options::default()
    })
    .await;
    let client = installation.owner().await;
    let fleet = Fleet::connect(&client, &installation.twin, 1).await;
    let channel = fleet.of(Network::Bluesky)[0].clone();
    (installation, client, channel)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_due_while_the_server_was_stopped_goes_out_once_or_is_missed_and_told() {
    let (installation, client, channel) = stopped().await;
    let now_ms = installation.now_ms();
    let old = client.schedule(&saying("Too old", &channel), now_ms + MINUTE_MS).await;
    let first = client.schedule(&saying("Late one", &channel), now_ms + 90 * MINUTE_MS).await;
    let second = client.schedule(&saying("Late two", &channel), now_ms + 100 * MINUTE_MS).await;
    installation.advance_ms(130 * MINUTE_MS);
    installation.start_publishing().await;

    for post in [&first, &second] {
        let delivery = client.settled(&only(post)).await;
        assert_eq!(delivery["state"], "published", "{delivery}");
        assert!(delivery["lateness_ms"].as_i64().unwrap() >= 30 * MINUTE_MS, "{delivery}");
    }
    let missed = client.settled(&only(&old)).await;
    assert_eq!(
        (&missed["state"], &missed["missed_why"]),
        (&json!("missed"), &json!("too_late")),
        "{missed}"
    );
    let mut feed = installation.twin.feed(Network::Bluesky, &channel.external_id).await;
    feed.sort_by_key(|post| post["created_us"].as_i64());
    let texts: Vec<&str> = feed.iter().map(|post| post["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Late one", "Late two"]);
    let told = client.get("notifications").await.expect(200);
    let of_old = told["items"]
        .as_array()
        .unwrap()
        .iter()
        .any(|notice| notice.to_string().contains(&only(&old)) || notice.to_string().contains(old["id"].as_str().unwrap()));
    assert!(of_old, "nobody was told of the missed post: {told}");

    // A person decides: published now, it goes out after all.
    let path = format!("posts/{}/publish", old["id"].as_str().unwrap());
    client.post(&path, &json!({})).await.expect(200);
    client.until_state(&only(&old), &["published"]).await;
    assert_eq!(
        installation
            .twin
            .saying(Network::Bluesky, &channel.external_id, "Too old")
            .await
            .len(),
        1
    );
    installation.stop_publishing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cancelled_moved_or_unscheduled_never_fires_at_its_old_time() {
    let (installation, client, channel) = stopped().await;
    let due_ms = installation.now_ms() + 10 * MINUTE_MS;
    let mut posts = Vec::new();
    for words in ["Cancelled", "Moved", "Unscheduled", "Deleted"] {
        posts.push(client.schedule(&saying(words, &channel), due_ms).await);
    }
    let sentinel = client.schedule(&saying("Still meant", &channel), due_ms + MINUTE_MS).await;
    let path = |index: usize, act: &str| format!("posts/{}/{act}", posts[index]["id"].as_str().unwrap());
    client.post(&path(0, "cancel"), &json!({})).await.expect(200);
    let later = json!({"schedule": {"at": instant(due_ms + 600 * MINUTE_MS)}});
    client.post(&path(1, "schedule"), &later).await.expect(200);
    client.post(&path(2, "unschedule"), &json!({})).await.expect(200);
    let deleted = client.delete(&format!("posts/{}", posts[3]["id"].as_str().unwrap())).await;
    assert_eq!(deleted.status, 204, "{}", deleted.text);

    installation.start_publishing().await;
    installation.advance_ms(15 * MINUTE_MS);
    client.until_state(&only(&sentinel), &["published"]).await;
    let feed = installation.twin.feed(Network::Bluesky, &channel.external_id).await;
    let texts: Vec<&str> = feed.iter().map(|post| post["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Still meant"], "something fired at its old time");
    assert_eq!(
        installation.twin.commits().await.len(),
        1,
        "a commit call was made for what was called off"
    );
    for (index, state) in ["canceled", "scheduled", "draft"].into_iter().enumerate() {
        let now = client.get(&format!("deliveries/{}", only(&posts[index]))).await.expect(200);
        assert!(now["state"] == state || (state == "scheduled" && now["state"] == "staged"), "{now}");
    }
    // The moved one goes out at its new time.
    installation.advance_ms(600 * MINUTE_MS);
    client.until_state(&only(&posts[1]), &["published"]).await;
    assert_eq!(installation.twin.feed(Network::Bluesky, &channel.external_id).await.len(), 2);
    installation.stop_publishing().await;
}
