//! What was tried, and what it answered: each a clear problem document, and nothing lost. `--nocapture` shows the table.

mod bodies;
mod files;
mod moments;
mod strangers;
mod table;

use self::bodies::bodies;
use self::files::{files, links};
use self::moments::{clicks, the_eleventh, times};
use self::strangers::strangers;
use self::table::Table;
use postrider_testkit::client::send;
use postrider_testkit::{Channel, Fleet, Installation, Options};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

fn text(words: &str, channel: &Channel) -> Value {
    json!({"content_type": "text", "text": words, "deliveries": [{"channel_id": channel.id}]})
}

fn id(post: &Value) -> &str {
    post["id"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_tried_the_answer_is_clear_and_nothing_is_lost() {
    let installation = Installation::open(Options::default()).await;
    let client = installation.owner().await;
    let mut channels = Vec::new();
    for account in installation.twin.make_accounts(postrider_core::Network::Bluesky, "ada", 3).await {
        let (handle, password) = (
            account["handle"].as_str().unwrap(),
            account["details"]["app_passwords"][0].as_str().unwrap(),
        );
        channels.extend(
            client
                .connect_by_password(postrider_core::Network::Bluesky, handle, password, "")
                .await,
        );
    }
    let fleet = Fleet { channels };
    let [one, two, three] = [0, 1, 2].map(|number| &fleet.channels[number]);
    let due_ms = installation.now_ms() + 48 * HOUR_MS;
    let kept = client.schedule(&text("Kept through it all", one), due_ms).await;
    let before = client.get(&format!("posts/{}", id(&kept))).await.body;

    let mut table = Table::default();
    bodies(&mut table, &client, one).await;
    strangers(&mut table, &installation, &client, one).await;
    files(&mut table, &client, one).await;
    links(&mut table, &client).await;
    times(&mut table, &installation, &client, two).await;
    clicks(&mut table, &client, &installation.twin, two).await;
    the_eleventh(&mut table, &installation, &client, three).await;
    table.print();
    assert!(table.wrong.is_empty(), "{:#?}", table.wrong);

    let after = client.get(&format!("posts/{}", id(&kept))).await.body;
    assert_eq!(after, before, "something was lost");
    let ready = send(postrider_testkit::client::bare().get(format!("{}/readyz", client.base()))).await;
    assert_eq!(ready.status, 200, "{}", ready.text);
}
