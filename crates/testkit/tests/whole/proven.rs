//! A network whose accesses are proven by a key: whose access it is, from whom it comes, and that it is renewed and given back.

use std::time::Duration;

use postrider_core::Network;
use postrider_testkit::client::{self, deliveries_of};
use postrider_testkit::connect::{through_pages, works};
use postrider_testkit::{Channel, Client, Installation, Options};
use reqwest::Method;
use serde_json::{Value, json};

const ADA: &str = "did:plc:adabrandt2bsky3sandbox44";
const BEN: &str = "did:plc:benokafor2bsky3sandbox44";
const PUBLIC: &str = "https://planner.example";
/// Longer than an access lasts, milliseconds.
const OUTLASTING_MS: i64 = 61 * 60_000;

fn path(client: &Client) -> String {
    format!("projects/{}/connections/bluesky", client.project())
}

async fn begun(client: &Client, handle: &str) -> Value {
    client
        .post(&path(client), &json!({"variant": "oauth", "handle": handle}))
        .await
        .expect(201)
}

/// How often the network was asked for something, and how often it said yes.
async fn asked(installation: &Installation, operation: &str) -> (usize, usize) {
    let log = installation.twin.get("log").await;
    let entries: Vec<&Value> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["operation"] == operation)
        .collect();
    (
        entries.len(),
        entries
            .iter()
            .filter(|entry| entry["status"].as_u64().is_some_and(|status| status < 300))
            .count(),
    )
}

async fn says(client: &Client, channel: &Channel, words: &str) {
    let body = json!({"content_type": "text", "text": words, "deliveries": [{"channel_id": channel.id}]});
    let post = client.publish(&body).await;
    let id = deliveries_of(&post)[0]["id"].as_str().unwrap().to_owned();
    let delivery = client.settled(&id).await;
    assert_eq!(delivery["state"], "published", "{delivery:#}\n{}", client.history(&id).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_account_another_server_and_a_refusal_connect_nothing() {
    let installation = Installation::open(Options::default()).await;
    let client = installation.owner().await;
    for (typed, named) in [
        (json!({"variant": "oauth"}), "handle"),
        (json!({"variant": "oauth", "handle": "ada"}), "handle"),
        (
            json!({"variant": "oauth", "handle": "ada.bsky.social", "service": "ftp://x"}),
            "service",
        ),
        (
            json!({"variant": "oauth", "handle": "ada.bsky.social", "app_password": "adaa-sand-boxx-pass"}),
            "app_password",
        ),
    ] {
        let refused = client.post(&path(&client), &typed).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(refused.text.contains(named), "{}", refused.text);
    }
    let unknown = client
        .post(&path(&client), &json!({"variant": "oauth", "handle": "nobody.bsky.social"}))
        .await;
    assert!(
        unknown.status >= 400 && unknown.text.contains("no account @nobody.bsky.social"),
        "{}",
        unknown.text
    );

    let told = client.come_back(&begun(&client, "@Ada.bsky.social").await, BEN, &[]).await;
    assert!(
        told.status >= 400 && told.text.contains("another account than @ada.bsky.social"),
        "{}",
        told.text
    );
    assert_eq!(
        asked(&installation, "revoke").await.1,
        1,
        "what was given for another account is given back"
    );

    let exchanges = asked(&installation, "token").await.0;
    for changed in ["iss=https%3A%2F%2Fevil.example", "other=1"] {
        let begun = begun(&client, "ada.bsky.social").await;
        let back = through_pages(begun["authorize_url"].as_str().unwrap(), ADA, &[]).await;
        let told = client
            .send(client.request(Method::GET, &back.replace("iss=https%3A%2F%2Fbsky.social", changed)))
            .await;
        assert!(
            told.status >= 400 && told.text.contains("did not come from the server"),
            "{}",
            told.text
        );
        let connection = client
            .get(&format!("connections/{}", begun["connection_id"].as_str().unwrap()))
            .await
            .expect(200);
        assert_eq!(connection["status"], "failed", "{connection}");
    }
    assert_eq!(asked(&installation, "token").await.0, exchanges, "its code went nowhere");

    let begun = begun(&client, "ada.bsky.social").await;
    let page = begun["authorize_url"].as_str().unwrap();
    let denied = client::send(client::bare().post(page).form(&[("decision", "deny"), ("person", ADA)])).await;
    let back = denied.headers["location"].to_str().unwrap();
    let told = client.send(client.request(Method::GET, back)).await;
    assert!(told.status >= 400 && told.text.contains("rejected"), "{}", told.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_that_servers_reach_is_known_by_its_key_and_its_access_is_renewed_and_given_back() {
    let installation = Installation::open(Options {
        public_base: Some(PUBLIC),
        ..Options::default()
    })
    .await;
    let client = installation.owner().await;
    // Anybody may read who we are, and nobody our key.
    let read = client::send(client::bare().get(format!("{}/oauth/client/bluesky", installation.base))).await;
    let document = read.clone().expect(200);
    assert!(read.headers["content-type"].to_str().unwrap().starts_with("application/json"));
    assert_eq!(document["client_id"], format!("{PUBLIC}/oauth/client/bluesky"));
    assert_eq!(document["redirect_uris"], json!([format!("{PUBLIC}/oauth/callback/bluesky")]));
    let key = &document["jwks"]["keys"][0];
    assert!(key["kid"].is_string() && key["x"].is_string() && key["d"].is_null(), "{key}");
    for other in ["facebook", "mastodon", "nonsense"] {
        let none = client::send(client::bare().get(format!("{}/oauth/client/{other}", installation.base))).await;
        assert_eq!(none.status, 404, "{other}");
    }

    let begun = begun(&client, "https://bsky.social").await;
    let back = through_pages(begun["authorize_url"].as_str().unwrap(), ADA, &[]).await;
    let answer = client
        .send(client.request(Method::GET, &back.replacen(PUBLIC, &installation.base, 1)))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let channel = client.add(begun["connection_id"].as_str().unwrap(), |_| true).await.remove(0);
    assert_eq!((channel.external_id.as_str(), channel.name.as_str()), (ADA, "Ada Brandt"));
    let card = client.get(&format!("channels/{}", channel.id)).await.expect(200);
    assert_eq!(card["status"], "active", "three months are not soon: {card}");
    says(&client, &channel, "By its own key").await;

    let before = asked(&installation, "token").await.1;
    installation.stop_publishing().await;
    installation.advance_ms(OUTLASTING_MS);
    // Who begins to publish looks over the accesses first.
    installation.start_publishing().await;
    let waited = async {
        while asked(&installation, "token").await.1 == before {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), waited).await.is_ok(), "never renewed");
    says(&client, &channel, "By a newer access").await;
    assert_eq!(asked(&installation, "token").await.1, before + 1, "renewed once");
    // The network ends the access itself: it is renewed while a post goes out.
    installation
        .twin
        .post("tokens/expire", json!({"network": "bluesky", "kind": "access"}))
        .await;
    says(&client, &channel, "By the newest").await;
    assert_eq!(asked(&installation, "token").await.1, before + 2);
    let verified = client
        .post(&format!("channels/{}/verify", channel.id), &json!({}))
        .await
        .expect(200);
    assert!(works(&verified), "{verified}");

    client.delete(&format!("channels/{}", channel.id)).await.expect(200);
    assert_eq!(asked(&installation, "revoke").await.1, 1);
    assert_eq!(installation.twin.feed(Network::Bluesky, ADA).await.len(), 3);
}
