//! A network that is reached by a bot of one's own: its token is typed, its rights are looked at, and what it sent nobody can read.

use postrider_core::Network;
use postrider_testkit::client::deliveries_of;
use postrider_testkit::{Channel, Client, Installation, Options};
use serde_json::{Value, json};

const ADA: &str = "7000000001:AAadaSandboxSandboxSandboxSandboxSa";
const CHIARA: &str = "7000000003:AAchiaraSandboxSandboxSandboxSandbo";
const BAKERY: &str = "-1001000000001";
const CLUB: &str = "-1001000000006";

fn only(post: &Value) -> String {
    deliveries_of(post)[0]["id"].as_str().unwrap().to_owned()
}

fn saying(words: &str, channel: &Channel) -> Value {
    json!({"content_type": "text", "text": words, "deliveries": [{"channel_id": channel.id}]})
}

async fn calls(installation: &Installation) -> usize {
    let log = installation.twin.get("log").await;
    let entries = log["entries"].as_array().unwrap().iter();
    entries.filter(|entry| entry["network"] == "telegram").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_token_is_not_sent_and_rights_that_are_missing_are_named() {
    let installation = Installation::open(Options::default()).await;
    let client = installation.owner().await;
    let path = format!("projects/{}/connections/telegram", client.project());
    for (typed, field) in [
        (json!({"bot_token": "my main password", "chat": "@harbourbakery"}), "bot_token"),
        (json!({"chat": "@harbourbakery"}), "bot_token"),
        (json!({"bot_token": ADA, "chat": "https://t.me/+AbCdEf"}), "chat"),
    ] {
        let refused = client.post(&path, &typed).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(
            refused.text.contains(field) && !refused.text.contains("password\""),
            "{}",
            refused.text
        );
    }
    assert_eq!(calls(&installation).await, 0, "nothing was sent");

    let unknown = ADA.replace("ada", "eve");
    for (token, chat, why) in [
        (unknown.as_str(), "@harbourbakery", "token"),
        (ADA, "@nobody_here", "not in the channel"),
    ] {
        let refused = client.post(&path, &json!({"bot_token": token, "chat": chat})).await;
        assert!(refused.status >= 400 && refused.text.contains(why), "{}", refused.text);
        assert!(!refused.text.contains(token), "{}", refused.text);
    }

    let begun = client
        .post(&path, &json!({"bot_token": CHIARA, "chat": "@alpinefilms"}))
        .await
        .expect(201);
    let connection = begun["connection_id"].as_str().unwrap();
    let listed = client.get(&format!("connections/{connection}")).await.expect(200);
    let unusable = listed["accounts"][0]["unusable"].as_str().unwrap();
    assert!(
        unusable.contains("@alpine_planner_bot") && unusable.contains("“Post messages”"),
        "{unusable}"
    );
    let refused = client
        .post(
            &format!("connections/{connection}/channels"),
            &json!({"external_ids": [listed["accounts"][0]["external_id"]]}),
        )
        .await;
    assert!(refused.status >= 400 && refused.text.contains("Post messages"), "{}", refused.text);

    let given = json!({"roles": {"bot:7000000003": ["administrator", "can_post_messages"]}});
    installation.twin.post("accounts/telegram/-1001000000009", given).await;
    let channel = client.connect_by_bot(CHIARA, "t.me/alpinefilms").await.remove(0);
    let post = client.publish(&saying("With the right", &channel)).await;
    assert_eq!(client.settled(&only(&post)).await["state"], "published");
    let taken = json!({"roles": {"bot:7000000003": ["administrator"]}});
    installation.twin.post("accounts/telegram/-1001000000009", taken).await;
    client.post(&format!("channels/{}/verify", channel.id), &json!({})).await;
    let card = client.get(&format!("channels/{}", channel.id)).await.expect(200);
    assert_eq!(card["status"], "missing_permission", "{card}");
    assert!(card.to_string().contains("Post messages"), "{card}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_asked_of_a_person_and_nothing_goes_out_by_itself() {
    let installation = Installation::open(Options::doubtful()).await;
    let (client, twin) = (installation.owner().await, &installation.twin);
    let channel = client.connect_by_bot(ADA, BAKERY).await.remove(0);
    for (what, words, there) in [("lose_answer", "It stands", true), ("lose_request", "It does not", false)] {
        let before = twin.commits().await.len();
        let first = json!({"network": "telegram", "commit": true, "times": 1});
        twin.fault(first, json!({"do": what})).await;
        let post = client.publish(&saying(words, &channel)).await;
        let asked = client.settled(&only(&post)).await;
        assert_eq!(
            (&asked["state"], &asked["waits_for_person"]),
            (&json!("in_doubt"), &json!(true)),
            "{asked:#}"
        );
        assert_eq!(twin.commits().await.len(), before + 1, "{words}: sent once");
        assert_eq!(twin.saying(Network::Telegram, BAKERY, words).await.len(), usize::from(there));
        // An equal text is not held up by the one that nobody can read.
        let other = client.publish(&saying(&format!("{words}, another"), &channel)).await;
        assert_eq!(client.settled(&only(&other)).await["state"], "published");
        let said = json!({"there": there});
        client.post(&format!("deliveries/{}/resolve", only(&post)), &said).await.expect(200);
        client.until_state(&only(&post), &["published"]).await;
        let standing = twin.saying(Network::Telegram, BAKERY, words).await;
        assert_eq!(standing.iter().filter(|post| post["text"] == words).count(), 1, "{standing:#?}");
    }
}

async fn permalink(client: &Client, post: &Value) -> Value {
    let ended = client.settled(&only(post)).await;
    assert_eq!(ended["state"], "published", "{ended:#}");
    ended["permalink"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_moved_gets_its_post_where_it_is_and_a_full_minute_is_waited_for() {
    let installation = Installation::open(Options::default()).await;
    let (client, twin) = (installation.owner().await, &installation.twin);
    let channel = client.connect_by_bot(ADA, BAKERY).await.remove(0);
    let first = json!({"network": "telegram", "commit": true, "times": 1});
    twin.fault(first.clone(), json!({"do": "error", "name": "group_moved"})).await;
    let post = client.publish(&saying("Moved", &channel)).await;
    assert_eq!(permalink(&client, &post).await, "https://t.me/c/1000000006/41");
    assert_eq!(twin.saying(Network::Telegram, CLUB, "Moved").await.len(), 1);
    assert!(twin.saying(Network::Telegram, BAKERY, "Moved").await.is_empty());

    twin.fault(first, json!({"do": "error", "name": "rate_limited"})).await;
    let post = client.publish(&saying("Too much", &channel)).await;
    let waits = client.until_state(&only(&post), &["deferred", "published"]).await;
    assert_eq!(waits["state"], "deferred", "{waits:#}");
    assert!(twin.saying(Network::Telegram, BAKERY, "Too much").await.is_empty());
    installation.advance_ms(36_000);
    assert_eq!(permalink(&client, &post).await, "https://t.me/harbourbakery/41");
    // However it is named, it is the same channel.
    let again = client.connect_by_bot(ADA, "@breadlovers").await.remove(0);
    let card = client.get(&format!("channels/{}", again.id)).await.expect(200);
    assert_eq!(card["detail"], "t.me/breadlovers; the bot lacks: Send polls", "{card}");
}
