//! A network of many servers: each has its own app, its own limits and its own troubles.

use postrider_core::Network;
use postrider_testkit::client::deliveries_of;
use postrider_testkit::connect::through_pages;
use postrider_testkit::{Channel, Client, Installation, Options};
use serde_json::{Value, json};

const HERE: &str = "109302436954721001@mastodon.social";
const ALSO_HERE: &str = "109302436954721002@mastodon.social";
/// On a server that is old and takes texts of a thousand characters.
const THERE: &str = "108104@mastodon.online";
/// Posts for followers alone where nothing else is said.
const QUIET: &str = "108105@mastodon.online";

async fn connected(client: &Client, account: &str) -> Channel {
    client.connect(Network::Mastodon, "server", account, |_| true).await.remove(0)
}

fn saying(words: &str, channels: &[&Channel]) -> Value {
    let deliveries: Vec<Value> = channels.iter().map(|channel| json!({"channel_id": channel.id})).collect();
    json!({"content_type": "text", "text": words, "deliveries": deliveries})
}

async fn registrations(installation: &Installation, server: &str) -> usize {
    let log = installation.twin.get("log").await;
    let entries = log["entries"].as_array().unwrap().iter();
    entries
        .filter(|entry| entry["operation"] == "register_app" && entry["path"].as_str().unwrap().contains(server))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn we_are_introduced_to_each_server_once_and_anew_where_it_forgot_us() {
    let installation = Installation::open(Options::default()).await;
    let client = installation.owner().await;
    let first = connected(&client, HERE).await;
    connected(&client, ALSO_HERE).await;
    let there = connected(&client, THERE).await;
    assert_eq!(
        registrations(&installation, "mastodon.social").await,
        1,
        "two accounts of one server"
    );
    assert_eq!(registrations(&installation, "mastodon.online").await, 1);
    assert_eq!((first.external_id.as_str(), there.external_id.as_str()), (HERE, THERE));
    let card = client.get(&format!("channels/{}", there.id)).await.expect(200);
    assert_eq!(
        (&card["handle"], &card["detail"]),
        (&json!("ada@mastodon.online"), &json!("mastodon.online")),
        "{card}"
    );

    // Disconnected, the access is given back at the server that gave it.
    client.delete(&format!("channels/{}", there.id)).await.expect(200);
    let log = installation.twin.get("log").await;
    let given_back = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["operation"] == "revoke");
    let given_back = given_back.unwrap_or_else(|| panic!("nothing was given back: {log}"));
    assert_eq!(
        (
            &given_back["status"],
            given_back["path"].as_str().unwrap().contains("mastodon.online")
        ),
        (&json!(200), true)
    );

    // A server that lost its apps says so once; then it gets to know us anew.
    let path = format!("projects/{}/connections/mastodon", client.project());
    let asked = json!({"variant": "server", "instance": "mastodon.social"});
    let begun = client.post(&path, &asked).await.expect(201);
    let forgets = json!({"network": "mastodon", "operation": "token"});
    installation
        .twin
        .fault(forgets, json!({"do": "error", "name": "app_unknown"}))
        .await;
    let back = client.come_back(&begun, HERE, &[]).await;
    assert!(back.status >= 400 || back.text.contains("no longer knows"), "{}", back.text);
    let begun = client.post(&path, &asked).await.expect(201);
    let back = client.come_back(&begun, HERE, &[]).await;
    assert_eq!(back.status, 200, "{}", back.text);
    assert_eq!(registrations(&installation, "mastodon.social").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_must_name_a_server_and_a_refused_consent_is_told() {
    let installation = Installation::open(Options::default()).await;
    let client = installation.owner().await;
    let path = format!("projects/{}/connections/mastodon", client.project());
    for typed in [
        json!({"variant": "server"}),
        json!({"variant": "server", "instance": "not a server"}),
    ] {
        let refused = client.post(&path, &typed).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(refused.text.contains("instance"), "{}", refused.text);
    }
    // However it is written, it is the same server.
    let begun = client.post(&path, &json!({"instance": "@ada@Mastodon.Social"})).await.expect(201);
    let page = begun["authorize_url"].as_str().unwrap();
    assert!(page.contains("/mastodon.social/oauth/authorize"), "{page}");
    let back = through_pages(&page.replace("scope=", "scope=follow+"), HERE, &[]).await;
    assert!(back.contains("error=invalid_scope"), "{back}");
    let told = client.send(client.request(reqwest::Method::GET, &back)).await;
    assert!(told.text.contains("scope"), "{}", told.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_server_bounds_and_publishes_by_its_own_rules() {
    let installation = Installation::open(Options::default()).await;
    let client = installation.owner().await;
    let (here, there, quiet) = (
        connected(&client, HERE).await,
        connected(&client, THERE).await,
        connected(&client, QUIET).await,
    );
    let long = "Bread ".repeat(150).trim_end().to_owned();
    let draft = client.draft(&saying(&long, &[&here, &there])).await.expect(201);
    let path = format!("posts/{}/publish", draft["id"].as_str().unwrap());
    let refused = client.post(&path, &json!({})).await;
    assert_eq!((refused.status, refused.code()), (422, "post.problems"), "{}", refused.text);
    let problems = refused.body["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{}", refused.text);
    assert_eq!((&problems[0]["channel_id"], &problems[0]["limit"]), (&json!(here.id), &json!(500)));
    let post = client.publish(&saying(&long, &[&there])).await;
    let ended = client.settled(deliveries_of(&post)[0]["id"].as_str().unwrap()).await;
    assert_eq!(ended["state"], "published", "{ended:#}");
    assert!(
        ended["permalink"].as_str().unwrap().starts_with("https://mastodon.online/@ada/"),
        "{ended}"
    );

    // What the account keeps for its followers is told; what was chosen is not.
    let post = client.publish(&saying("By default", &[&quiet])).await;
    let ended = client.settled(deliveries_of(&post)[0]["id"].as_str().unwrap()).await;
    assert!(ended.to_string().contains("followers alone"), "{ended:#}");
    let mut chosen = saying("By choice", &[&quiet]);
    chosen["deliveries"][0]["overrides"] = json!({"settings": {"visibility": "private"}});
    let post = client.publish(&chosen).await;
    let ended = client.settled(deliveries_of(&post)[0]["id"].as_str().unwrap()).await;
    assert_eq!(ended["state"], "published", "{ended:#}");
    assert!(!ended.to_string().contains("followers alone"), "{ended:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_down_holds_up_no_other() {
    let installation = Installation::open(Options::doubtful()).await;
    let client = installation.owner().await;
    let (here, there) = (connected(&client, HERE).await, connected(&client, THERE).await);
    let down = json!({"path_contains": "/mastodon.online/", "times": 0});
    installation.twin.fault(down, json!({"do": "status", "status": 503})).await;
    let post = client.publish(&saying("Half of it", &[&here, &there])).await;
    let of = |channel: &Channel| {
        let found = deliveries_of(&post)
            .into_iter()
            .find(|one| one["channel"]["id"] == channel.id.as_str());
        found.unwrap()["id"].as_str().unwrap().to_owned()
    };
    client.until_state(&of(&here), &["published"]).await;
    for number in 0..6 {
        let post = client.publish(&saying(&format!("Number {number}"), &[&here])).await;
        let ended = client.settled(deliveries_of(&post)[0]["id"].as_str().unwrap()).await;
        assert_eq!(ended["state"], "published", "{ended:#}");
    }
    installation.twin.heal().await;
    client.until_state(&of(&there), &["published"]).await;
    assert_eq!(installation.twin.saying(Network::Mastodon, THERE, "Half of it").await.len(), 1);
}
