//! Several processes on one PostgreSQL: what one is told, another does; what one changes, another's page sees.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::machine::{EMAIL, Machine, PASSWORD};
use futures::StreamExt;
use futures::future::join_all;
use postrider_core::Network;
use postrider_postgres::{Pooler, Server};
use postrider_testkit::client::deliveries_of;
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

/// How many workers are ended.
const ROUNDS: usize = 3;

/// How many commit calls the networks saw that are not answered yet.
fn open(commits: &[Value]) -> usize {
    commits.iter().filter(|commit| commit["outcome"] == "open").count()
}

/// Waits until a commit call is under way.
async fn until_one_is_open(twin: &Twin) {
    let waited = async {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        while open(&twin.commits().await) == 0 {
            looks.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.expect("a commit call");
}

/// Only workers publish, one after the other, and each is ended while its calls are under way. Their lease outlasts the test: what one left
/// undone would not be published within it, and what one did not store would be in doubt.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_are_ended_one_after_the_other_and_nothing_is_missed_or_sent_twice() {
    let Some(mut machine) = machine("rolling") else { return };
    machine.settings.push("publishing.lease_seconds=600".to_owned());
    let twin = Twin::at(&machine.networks.address);
    let page = machine.serve_beside(&["publishing.enabled=false"]);
    let client = Client::sign_in(&page.address, EMAIL, PASSWORD).await;
    let fleet = Fleet::connect(&client, &twin, 4).await;
    let bluesky = fleet.of(Network::Bluesky).into_iter();
    // By OAuth a call may be refused once for its nonce, and is then made twice.
    let channels: Vec<Channel> = bluesky.filter(|channel| channel.variant == "app_password").cloned().collect();
    // Done at once, and answered late: an answer that is not waited for is a doubt.
    twin.fault(
        json!({"network": Network::Bluesky, "commit": true, "times": 0}),
        json!({"do": "delay_after", "ms": 1_500}),
    )
    .await;
    let mut working = machine.work();
    for round in 0..ROUNDS {
        let begins_ms = now_ms() + 3_000;
        let mut posts = Vec::new();
        // The second half becomes due while the worker ends, and waits on each channel for the first.
        for (half, channel) in [0, 1]
            .into_iter()
            .flat_map(|half| channels.iter().map(move |channel| (half, channel)))
        {
            let words = format!("Rolling {round} {half}");
            posts.push(client.schedule(&text(&words, channel), begins_ms + 500 * half).await);
        }
        // It works alone, so what is open is its own.
        until_one_is_open(&twin).await;
        assert!(working.ask_to_end());
        let next = machine.work();
        assert!(working.ended());
        working = next;
        for post in &posts {
            let id = deliveries_of(post)[0]["id"].as_str().unwrap().to_owned();
            let delivery = client.settled(&id).await;
            assert_eq!(delivery["state"], "published", "{delivery:#}");
            let history = client.history(&id).await;
            assert!(!history.contains("in_doubt"), "{history}");
        }
    }
    assert_eq!(twin.commits().await.len(), ROUNDS * 2 * channels.len());
    for channel in &channels {
        let feed = twin.feed(Network::Bluesky, &channel.external_id).await;
        assert_eq!(feed.len(), ROUNDS * 2, "{feed:#?}");
    }
    assert!(working.stop() && page.stop());
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
    let ticked = ["--set", "publishing.timer=false", "--set", "server.tick_secret=0123456789abcdef"];
    let why = refused(&[&["worker"], ticked.as_slice()].concat());
    assert!(why.contains("publishing.timer is off: turn it on for the worker"), "{why}");
    let server = machine.serve();
    let why = refused(&["serve"]);
    assert!(
        why.contains("postrider.db (SQLite is one server's") && why.contains("another process"),
        "{why}"
    );
    assert!(server.stop());
}
