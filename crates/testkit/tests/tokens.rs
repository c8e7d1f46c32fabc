//! A full run, in which no secret may reach a log, an answer, or the database as it lies on the disk.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use postrider_core::Network;
use postrider_testkit::cells::{self, Library};
use postrider_testkit::client::deliveries_of;
use postrider_testkit::connect::through_pages;
use postrider_testkit::installation::{CLIENT_SECRET, OWNER, PASSWORD};
use postrider_testkit::{Fleet, Installation, Options};
use reqwest::Method;
use serde_json::json;

/// Where all log lines go, the noisiest included.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A whole life: connected, published, refused, lost, revoked, read back through every list.
async fn lived(installation: &Installation) -> (postrider_testkit::Client, Vec<(String, String)>) {
    let client = installation.owner().await;
    let twin = &installation.twin;
    let fleet = Fleet::connect(&client, twin, 2).await;
    let library = Library::upload(&client).await;
    let mut posts = Vec::new();
    for (number, one) in fleet.one_of_each().into_iter().enumerate() {
        for cell in cells::offered(one.network).into_iter().take(4) {
            let words = format!("Secretly {number} {}", cell.label());
            posts.push(client.publish(&cells::on(cell.body(&library, &words), &[&one])).await);
        }
    }
    join_all(posts.iter().map(|post| client.all_settled(post))).await;
    // Answers lost, refused in the network's own words, tokens that died: the paths on which errors carry most.
    for network in [
        "facebook",
        "instagram",
        "threads",
        "linkedin",
        "x",
        "tiktok",
        "youtube",
        "google_business",
        "bluesky",
        "pinterest",
        "mastodon",
        "telegram",
    ] {
        let network: Network = network.parse().unwrap();
        // One answer each: where the dead token is first met by the commit call, that answer must arrive.
        let first = json!({"network": network, "commit": true, "times": 1});
        twin.fault(first, json!({"do": "lose_answer"})).await;
        // The last of each: Instagram's own login rather than Facebook's, whose tokens are gone by then.
        let channel = fleet.of(network).pop().unwrap();
        let cell = cells::simplest(network);
        let lost = client
            .publish(&cells::on(cell.body(&library, &format!("Lost on {network}")), &[channel]))
            .await;
        client.all_settled(&lost).await;
        twin.post("tokens/revoke", json!({"network": network})).await;
        let dead = client
            .publish(&cells::on(cell.body(&library, &format!("Dead on {network}")), &[channel]))
            .await;
        client.all_settled(&dead).await;
        posts.push(lost);
        posts.push(dead);
        client.post(&format!("channels/{}/verify", channel.id), &json!({})).await;
    }
    twin.heal().await;
    // A person who comes back with a code that is used up, and an app password that is wrong.
    let begun = client
        .post(
            &format!("projects/{}/connections/facebook", client.project()),
            &json!({"variant": "facebook_login"}),
        )
        .await
        .expect(201);
    let back = through_pages(begun["authorize_url"].as_str().unwrap(), "ada", &[]).await;
    let back = back.split('#').next().unwrap().to_owned();
    for _ in 0..2 {
        client.send(client.request(Method::GET, &back)).await;
    }
    let wrong = json!({"handle": "ada.bsky.social", "app_password": "abcd-efgh-ijkl-mnop"});
    client
        .post(&format!("projects/{}/connections/bluesky", client.project()), &wrong)
        .await;

    let project = client.project().to_owned();
    let organization = client.organization().to_owned();
    for path in [
        format!("projects/{project}/posts"),
        format!("projects/{project}/channels"),
        format!("projects/{project}/assets"),
        format!("organizations/{organization}/audit"),
        format!("organizations/{organization}/members"),
        "notifications".to_owned(),
        "sessions".to_owned(),
        "capabilities".to_owned(),
    ] {
        client.get(&path).await;
    }
    for delivery in posts.iter().flat_map(deliveries_of) {
        client
            .get(&format!("deliveries/{}/history", delivery["id"].as_str().unwrap()))
            .await;
    }
    client
        .send(client.request(Method::GET, &format!("{}/metrics", installation.base)))
        .await;
    let code = url::Url::parse(&back)
        .unwrap()
        .query_pairs()
        .find(|(name, _)| name == "code")
        .map(|(_, code)| code.into_owned());
    let mut secrets = vec![
        ("a wrong app password".to_owned(), "abcd-efgh-ijkl-mnop".to_owned()),
        ("a client secret".to_owned(), CLIENT_SECRET.to_owned()),
        ("the owner's password".to_owned(), PASSWORD.to_owned()),
        ("an authorisation code".to_owned(), code.unwrap()),
    ];
    for account in twin.accounts(Network::Bluesky).await {
        for password in account["details"]["app_passwords"].as_array().unwrap() {
            secrets.push(("an app password".to_owned(), password.as_str().unwrap().to_owned()));
        }
    }
    let issued = twin.secrets().await;
    assert!(issued.len() > 20, "the networks gave out few tokens: {}", issued.len());
    secrets.extend(issued.into_iter().map(|value| ("a token".to_owned(), value)));
    (client, secrets)
}

/// Each move of a delivery is one line, by which its way can be told from its draft to where it ended; its words are in none.
fn every_move_is_told(log: &str) {
    let mut ways: BTreeMap<&str, BTreeMap<&str, i64>> = BTreeMap::new();
    for (_, fields) in log.lines().filter_map(|line| line.split_once("delivery moved ")) {
        let field = |name: &str| {
            let found = fields.split(' ').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
            found.unwrap_or_else(|| panic!("{name} in {fields}"))
        };
        assert!(field("channel").starts_with("chan_") && !field("network").is_empty(), "{fields}");
        assert!(!fields.contains("Secretly"), "{fields}");
        assert_ne!(field("from"), field("to"), "{fields}");
        let way = ways.entry(field("delivery")).or_default();
        *way.entry(field("from")).or_default() += 1;
        *way.entry(field("to")).or_default() -= 1;
    }
    assert!(ways.len() > 10, "few deliveries were told of: {}", ways.len());
    for (delivery, mut way) in ways {
        way.retain(|_, balance| *balance != 0);
        let ends: Vec<_> = way.values().copied().collect();
        assert!(
            way.get("draft") == Some(&1) && ends.len() == 2 && ends.iter().sum::<i64>() == 0,
            "a move of {delivery} is missing: {way:?}"
        );
    }
}

/// What is logged as shipped tells of nobody: neither what posts say nor who wrote them.
fn nobody_is_named(log: &str) {
    let shipped = log
        .lines()
        .filter(|line| [" INFO ", " WARN ", " ERROR "].iter().any(|level| line.contains(level)));
    let mut lines = 0;
    for line in shipped {
        lines += 1;
        for name in ["Secretly", OWNER] {
            assert!(!line.contains(name), "{name} in {line}");
        }
    }
    assert!(lines > 10, "only {lines} lines were captured");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_reaches_a_log_an_answer_or_the_disk() {
    let lines = Lines::default();
    let writer = lines.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let installation = Installation::open(Options::doubtful()).await;
    let (client, secrets) = lived(&installation).await;
    installation.stop_publishing().await;

    // As text, which the library searches fast; secrets are ASCII.
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let logged = text(&lines.0.lock().unwrap());
    let answered = client.transcript();
    let mut stored = Vec::new();
    for entry in std::fs::read_dir(installation.folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            stored.extend(std::fs::read(path).unwrap());
        }
    }
    let stored = text(&stored);
    assert!(
        logged.contains("call answered") && answered.contains("published") && stored.contains("Secretly"),
        "nothing was captured"
    );
    for (what, secret) in &secrets {
        for (place, text) in [("the log", &logged), ("an answer", &answered), ("the database", &stored)] {
            assert!(
                !text.contains(secret),
                "{what} stands in {place}: {}…",
                secret.chars().take(12).collect::<String>()
            );
        }
    }
    assert!(answered.contains("postrider_lateness_seconds_count{"), "no figures were captured");
    every_move_is_told(&logged);
    nobody_is_named(&logged);
    let session = client.cookie().split_once('=').unwrap().1;
    for (place, text) in [("the log", &logged), ("the database", &stored)] {
        assert!(!text.contains(session), "the session's token stands in {place}");
    }
    println!(
        "{} secrets looked for in {} bytes of log, {} of answers, {} of database",
        secrets.len(),
        logged.len(),
        answered.len(),
        stored.len()
    );
}
