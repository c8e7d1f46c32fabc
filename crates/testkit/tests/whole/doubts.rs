//! Outcomes that cannot be read at once, and those that nobody can read at all.

use futures::future::join_all;
use postrider_core::Network;
use postrider_testkit::cells::{self, Library};
use postrider_testkit::client::deliveries_of;
use postrider_testkit::{Channel, Client, Fleet, Installation, Options};
use serde_json::{Value, json};

/// How long lists lag: longer than the first look waits for on this clock (5 % of 30 s and 60 s), shorter than the second.
const LAG_MS: u64 = 5_000;

fn only(post: &Value) -> String {
    deliveries_of(post)[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_lags_is_waited_for_and_nothing_is_sent_again() {
    let installation = Installation::open(Options::doubtful()).await;
    let (client, twin) = (installation.owner().await, &installation.twin);
    let fleet = Fleet::connect(&client, twin, 1).await.readable();
    let library = Library::upload(&client).await;
    let channels = fleet.one_of_each();
    for network in Network::ALL {
        let times = channels.iter().filter(|channel| channel.network == network).count();
        if times > 0 {
            let first = json!({"network": network, "commit": true, "times": times});
            twin.fault(first, json!({"do": "lose_answer"})).await;
        }
    }
    twin.post("settings", json!({"list_lag_ms": LAG_MS})).await;
    let posts = channels.iter().map(|channel| {
        let (client, library) = (&client, &library);
        async move {
            let cell = cells::simplest(channel.network);
            let words = format!("Lagging on {}", channel.label());
            let post = client.publish(&cells::on(cell.body(library, &words), &[channel])).await;
            let doubtful = client.until_state(&only(&post), &["in_doubt", "published"]).await;
            assert_ne!(doubtful["waits_for_person"], true, "{doubtful:#}");
            let ended = client.settled(&only(&post)).await;
            assert_eq!(
                ended["state"],
                "published",
                "{words}: {ended:#}\n{}",
                client.history(&only(&post)).await
            );
            words
        }
    });
    let words = join_all(posts).await;
    for (channel, words) in channels.iter().zip(words) {
        let standing = twin.saying(channel.network, &channel.external_id, &words).await;
        assert_eq!(standing.len(), 1, "{words}: {standing:#?}");
    }
}

/// A draft at Facebook whose commit got lost: its API lists no drafts, so nobody can read whether it stands.
async fn in_doubt(installation: &Installation, client: &Client, channel: &Channel, words: &str, what: &str) -> String {
    let twin = &installation.twin;
    let first = json!({"network": "facebook", "commit": true, "times": 1});
    let fault = twin.fault(first, json!({"do": what})).await;
    let body = json!({
        "content_type": "text",
        "text": words,
        "deliveries": [{"channel_id": channel.id, "mode": "draft"}],
    });
    let post = client.publish(&body).await;
    let id = only(&post);
    let asked = client
        .until(&format!("deliveries/{id}"), &id, |delivery| delivery["waits_for_person"] == true)
        .await;
    assert_eq!(twin.hits(fault).await, 1);
    assert_eq!(asked["state"], "in_doubt", "{asked:#}");
    assert!(asked["may"].as_array().unwrap().contains(&json!("resolve")), "{asked:#}");
    let path = format!("posts/{}", post["id"].as_str().unwrap());
    assert_eq!(client.get(&path).await.expect(200)["status"], "action_required");
    let late = client.post(&format!("deliveries/{id}/cancel"), &json!({})).await;
    assert_eq!((late.status, late.code()), (409, "too_late"), "{}", late.text);
    id
}

async fn drafts(installation: &Installation, channel: &Channel, words: &str) -> usize {
    let posts = installation.twin.posts(Network::Facebook, &channel.external_id).await;
    posts
        .iter()
        .filter(|post| post["text"] == words && post["state"] == "draft")
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_can_read_is_asked_of_a_person_and_what_is_said_is_done() {
    let installation = Installation::open(Options::doubtful()).await;
    let client = installation.owner().await;
    let fleet = Fleet::connect(&client, &installation.twin, 1).await;
    let channel = fleet.of(Network::Facebook)[0].clone();

    let id = in_doubt(&installation, &client, &channel, "It got there.", "lose_answer").await;
    let address = "https://www.facebook.com/bluecafe/posts/1";
    let said = json!({"there": true, "permalink": address});
    client.post(&format!("deliveries/{id}/resolve"), &said).await.expect(200);
    let ended = client.settled(&id).await;
    assert_eq!((&ended["state"], &ended["permalink"]), (&json!("drafted"), &json!(address)));
    assert_eq!(
        drafts(&installation, &channel, "It got there.").await,
        1,
        "what is there is not sent again"
    );

    let id = in_doubt(&installation, &client, &channel, "It did not.", "lose_request").await;
    assert_eq!(drafts(&installation, &channel, "It did not.").await, 0);
    client
        .post(&format!("deliveries/{id}/resolve"), &json!({"there": false}))
        .await
        .expect(200);
    let ended = client.settled(&id).await;
    assert_eq!(ended["state"], "drafted", "{ended:#}");
    assert_eq!(
        drafts(&installation, &channel, "It did not.").await,
        1,
        "what is not there is sent once more"
    );
    let again = client.post(&format!("deliveries/{id}/resolve"), &json!({"there": false})).await;
    assert_eq!(again.status, 409, "{}", again.text);
}
