//! The real binary, killed between a commit's request and its answer: one post stands, and it is known.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::machine::{EMAIL, Machine, PASSWORD};
use futures::future::join_all;
use postrider_core::Network;
use postrider_core::post::ContentType;
use postrider_testkit::cells::{self, Cell, Library};
use postrider_testkit::client::deliveries_of;
use postrider_testkit::{Channel, Client, Fleet, Twin};
use serde_json::{Value, json};

/// What part of the waits for a doubtful outcome is waited for, in percent: a call may take 4.5 s, a dead sender's is judged
/// 18 s after that.
const DOUBT_PERCENT: i64 = 15;
/// How long before their instant the posts of a round are scheduled, so that all are staged.
const AHEAD_MS: i64 = 12_000;
const PATIENCE: Duration = Duration::from_secs(40);

/// Looks at the commit calls again and again until so many were hit by the round's faults, and are as wanted.
async fn until_hit(twin: &Twin, faults: &[u64], count: usize, wanted: impl Fn(&Value) -> bool) {
    let began = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    loop {
        looks.tick().await;
        let commits = twin.commits().await;
        let hit: Vec<&Value> = commits
            .iter()
            .filter(|commit| commit["fault"].as_u64().is_some_and(|fault| faults.contains(&fault)))
            .collect();
        if hit.iter().filter(|commit| wanted(commit)).count() >= count {
            return;
        }
        let told = |commit: &&Value| format!("{} {} {}", commit["network"], commit["operation"], commit["status"]);
        assert!(
            began.elapsed() < PATIENCE,
            "{} of {count} commit calls came: {:#?}",
            hit.len(),
            hit.iter().map(told).collect::<Vec<_>>()
        );
    }
}

/// Waits for what networks fetch from the server that is to be killed: of a post whose files came in part nobody can know.
async fn until_fetched(twin: &Twin, chosen: &[(Channel, Cell)], expected: &BTreeMap<String, usize>) {
    let began = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    for (channel, cell) in chosen.iter().filter(|(channel, _)| channel.network == Network::Tiktok) {
        while twin.posts(channel.network, &channel.external_id).await.len() < expected[&channel.id] {
            looks.tick().await;
            assert!(began.elapsed() < PATIENCE, "{} never came", cell.label());
        }
    }
}

/// One cell of each type for a channel's label, each with a channel of its own, so that all calls are under way at once.
fn round(fleet: &Fleet, number: usize) -> Vec<(Channel, Cell)> {
    let mut chosen = Vec::new();
    for one in fleet.one_of_each() {
        let alike = fleet.channels.iter().filter(|channel| channel.label() == one.label());
        let mut types: Vec<Cell> = Vec::new();
        for cell in cells::offered(one.network) {
            if types.iter().all(|known| known.content_type != cell.content_type) {
                types.push(cell);
            }
        }
        // Where there are fewer accounts than types, the rounds share the types out.
        let accounts: Vec<Channel> = alike.cloned().collect();
        if accounts.len() < types.len() {
            types.rotate_left((number * accounts.len()) % cells::offered(one.network).len().max(1));
        }
        chosen.extend(accounts.into_iter().zip(types));
    }
    chosen
}

fn parts(cell: &Cell) -> usize {
    if cell.content_type == ContentType::Thread { 3 } else { 1 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_request_and_answer_one_post_stands_and_is_found() {
    let mut machine = Machine::with_sandbox(&["--processing-ms", "100"]);
    machine.settings.push(format!("publishing.doubt_percent={DOUBT_PERCENT}"));
    let twin = Twin::at(&machine.networks.address);
    machine.create_owner();
    let mut server = machine.serve();
    let client = Client::sign_in(&server.address, EMAIL, PASSWORD).await;
    // Where nothing can be read a person is asked: crates/testkit/tests/whole plays one.
    let fleet = Fleet::connect(&client, &twin, 8).await.readable();
    let library = Library::upload(&client).await;
    let mut expected: BTreeMap<String, usize> = BTreeMap::new();

    let rounds = [
        ("the answer never comes back", json!({"do": "delay_after", "ms": 30_000}), true),
        ("the request arrives after our time-out", json!({"do": "hold", "ms": 9_000}), false),
    ];
    for (number, (what, action, processed)) in rounds.into_iter().enumerate() {
        let chosen = round(&fleet, number);
        let before = twin.commits().await.len();
        let mut times: BTreeMap<Network, usize> = BTreeMap::new();
        for (channel, cell) in &chosen {
            *times.entry(channel.network).or_default() += 1;
            *expected.entry(channel.id.clone()).or_default() += parts(cell);
        }
        let mut faults = Vec::new();
        for (network, times) in &times {
            let first = json!({"network": network, "commit": true, "times": times});
            faults.push(twin.fault(first, action.clone()).await);
        }
        let due_ms = i64::try_from(
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap()
                .as_millis(),
        )
        .unwrap()
            + AHEAD_MS;
        let posts = join_all(chosen.iter().map(|(channel, cell)| {
            let words = format!("Killed {number}: {} by {}", cell.content_type, channel.variant.replace('_', " "));
            let body = cells::on(cell.body(&library, &words), &[channel]);
            let client = &client;
            async move { client.schedule(&body, due_ms).await }
        }))
        .await;
        until_hit(&twin, &faults, chosen.len(), |commit| {
            !processed || !commit["processed_us"].is_null()
        })
        .await;
        if processed {
            until_fetched(&twin, &chosen, &expected).await;
        }
        server.kill();
        assert_eq!(twin.commits().await.len(), before + chosen.len(), "{what}: killed too late");
        server = machine.serve();
        client.listen();
        for (post, (channel, cell)) in posts.iter().zip(&chosen) {
            let label = format!("{what}: {} on {}", cell.label(), channel.label());
            let id = deliveries_of(post)[0]["id"].as_str().unwrap().to_owned();
            let delivery = client.settled(&id).await;
            assert_eq!(
                delivery["state"],
                "published",
                "{label}: {delivery:#}\n{}",
                client.history(&id).await
            );
            assert!(delivery["permalink"].is_string(), "{label}: {delivery:#}");
        }
        twin.heal().await;
        println!("{what}: {} deliveries found after the kill", chosen.len());
    }
    for channel in &fleet.channels {
        let feed = twin.feed(channel.network, &channel.external_id).await;
        let wanted = expected.get(&channel.id).copied().unwrap_or_default();
        assert_eq!(feed.len(), wanted, "{} {}: {feed:#?}", channel.label(), channel.name);
    }
}
