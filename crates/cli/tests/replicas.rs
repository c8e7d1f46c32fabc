//! Several processes on one PostgreSQL: what one is told, another does; what one changes, another's page sees.

mod machine;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::StreamExt;
use futures::future::join_all;
use machine::{EMAIL, Machine, PASSWORD};
use postrider_core::Network;
use postrider_testkit::client::deliveries_of;
use postrider_testkit::postgres::{Pooler, Server};
use postrider_testkit::{Channel, Client, Fleet, Twin};
use reqwest::Method;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(30);

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A machine on a PostgreSQL database of its own; `None` where that is not installed.
fn machine(database: &str) -> Option<Machine> {
    let server = Server::of_process()?;
    server.create_database(database, None);
    let mut machine = Machine::with_sandbox(&[]);
    machine.settings.push(format!("database.url={}", server.url(database)));
    machine.create_owner();
    Some(machine)
}

fn text(words: &str, channel: &Channel) -> Value {
    json!({"content_type": "text", "text": words, "deliveries": [{"channel_id": channel.id}]})
}

async fn readiness(address: &str) -> (u16, Value) {
    let answer = reqwest::get(format!("{address}/readyz")).await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Posts through one server while only another process publishes.
async fn publishes_elsewhere(machine: &Machine) {
    let twin = Twin::at(&machine.networks.address);
    let silent = ["publishing.enabled=false"];
    let (page, other) = (machine.serve_beside(&silent), machine.serve_beside(&silent));
    let worker = machine.work();
    for address in [&page.address, &other.address, &worker.address] {
        let (status, told) = readiness(address).await;
        assert_eq!(status, 200, "{told}");
    }
    assert_eq!(
        reqwest::get(format!("{}/api/v1/session", worker.address)).await.unwrap().status(),
        404
    );
    let client = Client::sign_in(&page.address, EMAIL, PASSWORD).await;
    let elsewhere = Client::sign_in(&other.address, EMAIL, PASSWORD).await;
    let fleet = Fleet::connect(&client, &twin, 3).await;
    let bluesky = fleet.of(Network::Bluesky);

    // A page at the other server hears of it.
    let heard = elsewhere.request(Method::GET, "events").send().await.unwrap();
    let mut lines = heard.bytes_stream();
    let posts = join_all((0..9).map(|number| {
        let (client, channel) = (&client, bluesky[number % bluesky.len()]);
        async move { client.publish(&text(&format!("Elsewhere {number}"), channel)).await }
    }))
    .await;
    let ids: Vec<String> = posts
        .iter()
        .map(|post| deliveries_of(post)[0]["id"].as_str().unwrap().to_owned())
        .collect();
    let hears = async {
        let mut all = String::new();
        while !ids.iter().all(|id| all.contains(id)) {
            all.push_str(&String::from_utf8_lossy(&lines.next().await.unwrap().unwrap()));
        }
    };
    tokio::time::timeout(PATIENCE, hears)
        .await
        .expect("the other server's page hears of every delivery");
    for id in &ids {
        let delivery = elsewhere.settled(id).await;
        assert_eq!(delivery["state"], "published", "{delivery:#}");
    }
    assert!(worker.stop() && other.stop() && page.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_takes_a_worker_sends_and_every_page_hears() {
    let Some(machine) = machine("elsewhere") else { return };
    publishes_elsewhere(&machine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_through_a_pooler() {
    let Some(pooler) = Pooler::of_process() else { return };
    let Some(mut machine) = machine("pooled") else { return };
    let direct = machine.settings.pop().unwrap().replace("database.url=", "database.direct_url=");
    machine.settings.extend([direct, format!("database.url={}", pooler.url("pooled"))]);
    publishes_elsewhere(&machine).await;
}

/// Posts are due every half second on each channel, taken up by whichever process is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_are_ended_one_after_the_other_and_nothing_is_missed_or_sent_twice() {
    let Some(machine) = machine("rolling") else { return };
    let twin = Twin::at(&machine.networks.address);
    let first = machine.serve_beside(&[]);
    let (mut one, mut two) = (machine.work(), machine.work());
    let client = Client::sign_in(&first.address, EMAIL, PASSWORD).await;
    let fleet = Fleet::connect(&client, &twin, 4).await;
    let channels: Vec<Channel> = fleet.of(Network::Bluesky).into_iter().cloned().collect();
    let begins_ms = now_ms() + 3_000;
    let mut expected: BTreeMap<String, usize> = BTreeMap::new();
    let mut posts = Vec::new();
    for number in 0..channels.len() * 8 {
        let channel = &channels[number % channels.len()];
        *expected.entry(channel.external_id.clone()).or_default() += 1;
        let due_ms = begins_ms + 500 * i64::try_from(number / channels.len()).unwrap();
        posts.push(client.schedule(&text(&format!("Rolling {number}"), channel), due_ms).await);
    }
    // Each is ended while posts are due, and another takes its place.
    assert!(one.stop());
    one = machine.work();
    assert!(two.stop());
    two = machine.work();
    for post in &posts {
        let id = deliveries_of(post)[0]["id"].as_str().unwrap().to_owned();
        let delivery = client.settled(&id).await;
        assert_eq!(delivery["state"], "published", "{delivery:#}");
    }
    for channel in &channels {
        let feed = twin.feed(Network::Bluesky, &channel.external_id).await;
        assert_eq!(feed.len(), expected[&channel.external_id], "{feed:#?}");
    }
    assert!(one.stop() && two.stop() && first.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_is_one_servers_and_says_so() {
    let machine = Machine::with_sandbox(&[]);
    let refused = |command: &[&str]| {
        let output = machine.run(command, "");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let why = refused(&["worker"]);
    assert!(why.contains("SQLite is one server's: set database.url to PostgreSQL"), "{why}");
    let server = machine.serve();
    let why = refused(&["serve"]);
    assert!(
        why.contains("postrider.db (SQLite is one server's") && why.contains("another process"),
        "{why}"
    );
    assert!(server.stop());
}
