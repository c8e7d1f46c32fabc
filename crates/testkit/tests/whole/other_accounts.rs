//! The other accounts of an authorisation are added later, without signing in at the network again.

use postrider_core::Network;
use postrider_testkit::{Client, Installation, Options};
use serde_json::{Value, json};

/// How often the network was asked to authorise somebody: its own pages, and codes taken for tokens.
async fn sign_ins(installation: &Installation) -> usize {
    let log = installation.twin.get("log").await;
    log["entries"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|call| {
            let path = call["path"].as_str().unwrap_or_default();
            path.contains("dialog/oauth") || path.contains("oauth/access_token")
        })
        .count()
}

async fn listed(client: &Client, begun: &Value) -> Vec<Value> {
    let path = format!("connections/{}", begun["connection_id"].as_str().unwrap());
    let found = client.get(&path).await.expect(200);
    assert_eq!(found["status"], "authorized", "{found}");
    found["accounts"].as_array().cloned().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_not_chosen_at_first_is_added_without_signing_in_again() {
    let installation = Installation::open(Options::default()).await;
    let client = installation.owner().await;
    let (answer, connection) = client.authorize(Network::Facebook, "facebook_login", "ada", &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let found = client.get(&format!("connections/{connection}")).await.expect(200);
    let usable = |account: &&Value| account["unusable"].is_null();
    let ids: Vec<Value> = found["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(usable)
        .map(|account| account["external_id"].clone())
        .collect();
    assert!(ids.len() >= 2, "{found}");
    let first = client.add(&connection, |account| account["external_id"] == ids[0]).await.remove(0);
    let before = sign_ins(&installation).await;
    assert!(before > 0, "the log tells of signing in");

    let again = format!("channels/{}/other-accounts", first.id);
    let begun = client.post(&again, &json!({})).await.expect(201);
    assert_eq!((&begun["status"], &begun["authorize_url"]), (&json!("authorized"), &Value::Null));
    let accounts = listed(&client, &begun).await;
    let known: Vec<_> = accounts.iter().filter(|account| !account["channel_id"].is_null()).collect();
    assert_eq!(known.len(), 1);
    assert_eq!((&known[0]["external_id"], &known[0]["channel_id"]), (&ids[0], &json!(first.id)));
    let second = client
        .add(begun["connection_id"].as_str().unwrap(), |account| account["external_id"] == ids[1])
        .await
        .remove(0);
    assert_eq!(sign_ins(&installation).await, before, "nobody signed in again");

    // Both live: each by its own Page's token.
    for channel in [&first, &second] {
        let verified = client
            .post(&format!("channels/{}/verify", channel.id), &json!({}))
            .await
            .expect(200);
        assert_eq!(verified["status"], "active", "{verified}");
    }
    // One goes, and the other keeps the authorisation that they share.
    client.delete(&format!("channels/{}", first.id)).await.expect(200);
    let verified = client.post(&format!("channels/{}/verify", second.id), &json!({})).await.expect(200);
    assert_eq!(verified["status"], "active", "{verified}");
    let over = client.post(&again, &json!({})).await;
    assert_eq!((over.status, over.code()), (409, "connection.over"));
    let stranger = installation.stranger().await;
    let foreign = stranger.post(&format!("channels/{}/other-accounts", second.id), &json!({})).await;
    assert_eq!((foreign.status, foreign.code()), (404, "not_found"));
}
