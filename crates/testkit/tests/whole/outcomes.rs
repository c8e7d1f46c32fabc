//! What becomes of a post when calls are lost, late, refused, or the access is gone.

use std::collections::BTreeMap;

use futures::future::join_all;
use postrider_core::Network;
use postrider_core::post::ContentType;
use postrider_testkit::cells::{self, Cell, Library};
use postrider_testkit::client::deliveries_of;
use postrider_testkit::connect::works;
use postrider_testkit::{Channel, Client, Fleet, Installation, Options, Twin, person};
use serde_json::{Value, json};

/// How long before its instant a post is scheduled, so that all are staged and commit at once.
const AHEAD_MS: i64 = 30_000;

/// One cell of each type.
fn types(network: Network) -> Vec<Cell> {
    let mut found: Vec<Cell> = Vec::new();
    for cell in cells::offered(network) {
        if found.iter().all(|known| known.content_type != cell.content_type) {
            found.push(cell);
        }
    }
    found
}

/// How many posts followers see of a cell.
fn parts(cell: &Cell) -> usize {
    if cell.content_type == ContentType::Thread { 3 } else { 1 }
}

fn only(post: &Value) -> String {
    deliveries_of(post)[0]["id"].as_str().unwrap().to_owned()
}

async fn post_once((client, twin): (&Client, &Twin), library: &Library, channel: &Channel, cell: &Cell, words: &str, due_ms: i64) {
    let post = client.schedule(&cells::on(cell.body(library, words), &[channel]), due_ms).await;
    let delivery = person::settled(client, twin, channel, &only(&post), words).await;
    if delivery["state"] != "published" || delivery["permalink"].is_null() {
        panic!("{words}: {delivery:#}\n{}", client.history(&only(&post)).await);
    }
}

/// Publishes one post of each type on each network while something happens to the first commit call of every delivery: one post of each
/// stands in the end, and it is found.
async fn one_post_of_each_stands_when(what: &str, action: Value) {
    let installation = Installation::open(Options::doubtful()).await;
    let (client, twin) = (installation.owner().await, &installation.twin);
    let fleet = Fleet::connect(&client, twin, 5).await;
    let library = Library::upload(&client).await;
    let mut expected: BTreeMap<String, usize> = BTreeMap::new();
    let mut round = Vec::new();
    for one in fleet.one_of_each() {
        let mut cells = types(one.network);
        if one.label() == "instagram/facebook_login/professional" {
            // The twin has two such accounts; they publish as those of the other login do.
            cells.retain(|cell| matches!(cell.content_type, ContentType::Image | ContentType::Reel));
        }
        for (number, cell) in cells.into_iter().enumerate() {
            let channel = fleet.pick(&one.label(), number).clone();
            *expected.entry(channel.id.clone()).or_default() += parts(&cell);
            round.push((channel, cell));
        }
    }
    let mut per_network: BTreeMap<Network, u64> = BTreeMap::new();
    for (channel, _) in &round {
        *per_network.entry(channel.network).or_default() += 1;
    }
    let mut standing = Vec::new();
    for (network, times) in &per_network {
        let matches = json!({"network": network, "commit": true, "times": times});
        standing.push((*times, twin.fault(matches, action.clone()).await));
    }
    let due_ms = installation.now_ms() + AHEAD_MS;
    let posts = round.iter().map(|(channel, cell)| {
        let words = format!("When {what}: {} by {}", cell.content_type, channel.variant.replace('_', " "));
        let (client, library) = (&client, &library);
        async move { post_once((client, twin), library, channel, cell, &words, due_ms).await }
    });
    join_all(posts).await;
    for (times, fault) in standing {
        assert_eq!(twin.hits(fault).await, times, "{what}: not every delivery was hit");
    }
    for channel in &fleet.channels {
        let feed = twin.feed(channel.network, &channel.external_id).await;
        let wanted = expected.get(&channel.id).copied().unwrap_or_default();
        assert_eq!(feed.len(), wanted, "{} {}: {feed:#?}", channel.label(), channel.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_call_whose_answer_is_lost_made_one_post_and_it_is_found() {
    one_post_of_each_stands_when("the answer is lost", json!({"do": "lose_answer"})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_call_that_is_lost_is_made_again_and_one_post_stands() {
    one_post_of_each_stands_when("the request is lost", json!({"do": "lose_request"})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_call_that_arrives_after_our_time_out_makes_one_post_and_it_is_found() {
    one_post_of_each_stands_when("the request arrives after our time-out", json!({"do": "hold", "ms": 2_500})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_call_that_was_taken_and_answered_500_made_one_post_and_it_is_found() {
    one_post_of_each_stands_when("500 after it was taken", json!({"do": "status", "status": 500, "processed": true})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_call_that_was_not_taken_and_answered_503_is_made_again_and_one_post_stands() {
    one_post_of_each_stands_when("503 and it was not taken", json!({"do": "status", "status": 503})).await;
}

/// A network's refusal of a commit call, and what it must be called here.
const REFUSALS: &[(&str, &str, &str)] = &[
    ("facebook/facebook_login/page", "page_permission_missing", "permission"),
    ("facebook/facebook_login/page", "token_invalid", "connection"),
    ("instagram/instagram_login/professional", "permission_missing", "permission"),
    ("instagram/instagram_login/professional", "token_invalid", "connection"),
    ("threads/threads_login/profile", "permission_missing", "permission"),
    ("threads/threads_login/profile", "token_invalid", "connection"),
    ("linkedin/pages/page", "access_denied", "permission"),
    ("linkedin/pages/page", "revoked_access_token", "connection"),
    ("tiktok/account/account", "scope_missing", "permission"),
    ("tiktok/account/account", "token_invalid", "connection"),
    ("bluesky/app_password/repo", "invalid_request", "content"),
    ("bluesky/app_password/repo", "account_takedown", "connection"),
    ("bluesky/oauth/repo", "invalid_request", "content"),
    ("bluesky/oauth/repo", "account_takedown", "connection"),
    ("pinterest/account/board", "scope_missing", "permission"),
    ("pinterest/account/board", "token_invalid", "connection"),
    ("mastodon/server/account", "scope_missing", "permission"),
    ("mastodon/server/account", "login_disabled", "connection"),
    ("x/account/profile", "scope_missing", "permission"),
    ("x/account/profile", "token_invalid", "connection"),
    ("telegram/bot/channel", "rights_missing", "permission"),
    ("telegram/bot/channel", "chat_not_found", "connection"),
    ("youtube/channel/channel", "scope_missing", "permission"),
    ("youtube/channel/channel", "token_invalid", "connection"),
    ("google_business/google/location", "scope_missing", "permission"),
    ("google_business/google/location", "token_invalid", "connection"),
];

async fn a_refusal_is_told_and_not_repeated(installation: &Installation, client: &Client, fleet: &Fleet, library: &Library) {
    for (number, (label, error, kind)) in REFUSALS.iter().enumerate() {
        // The third of each is kept for the access that is revoked.
        let channel = fleet.pick(label, number % 2);
        let cell = cells::simplest(channel.network);
        let fault = json!({"network": channel.network, "commit": true, "times": 0});
        installation.twin.fault(fault, json!({"do": "error", "name": error})).await;
        let words = format!("Refused with {}", error.replace('_', " "));
        let post = client.publish(&cells::on(cell.body(library, &words), &[channel])).await;
        let delivery = client.settled(&only(&post)).await;
        installation.twin.heal().await;
        let failure = &delivery["failure"];
        assert_eq!(
            (&delivery["state"], &failure["kind"]),
            (&json!("failed"), &json!(kind)),
            "{label} {error}: {delivery:#}"
        );
        for field in ["code", "message", "remedy"] {
            assert!(
                !failure[field].as_str().unwrap().is_empty(),
                "{label} {error}: no {field}: {failure}"
            );
        }
        let standing = installation.twin.saying(channel.network, &channel.external_id, &words).await;
        assert!(standing.is_empty(), "{label} {error}: {standing:#?}");
    }
}

async fn a_revoked_access_fails_its_channel_and_retry_publishes_that_alone(
    installation: &Installation,
    client: &Client,
    fleet: &Fleet,
    library: &Library,
) {
    let twin = &installation.twin;
    let ways = [
        (
            "facebook/facebook_login/page",
            json!({"variant": "facebook_login"}),
            "bluesky/app_password/repo",
        ),
        (
            "instagram/instagram_login/professional",
            json!({"variant": "instagram_login"}),
            "bluesky/app_password/repo",
        ),
        (
            "threads/threads_login/profile",
            json!({"variant": "threads_login"}),
            "bluesky/app_password/repo",
        ),
        ("linkedin/member/profile", json!({"variant": "member"}), "bluesky/app_password/repo"),
        (
            "tiktok/account/account",
            json!({"variant": "account"}),
            "facebook/facebook_login/page",
        ),
        // Before the other way to the same network, whose channel is the sound one of others after it.
        ("bluesky/oauth/repo", json!({"variant": "oauth"}), "facebook/facebook_login/page"),
        ("bluesky/app_password/repo", json!({}), "facebook/facebook_login/page"),
        (
            "pinterest/account/board",
            json!({"variant": "account"}),
            "facebook/facebook_login/page",
        ),
        (
            "mastodon/server/account",
            json!({"variant": "server", "instance": "mastodon.social"}),
            "bluesky/app_password/repo",
        ),
        ("x/account/profile", json!({"variant": "account"}), "facebook/facebook_login/page"),
        ("telegram/bot/channel", json!({}), "facebook/facebook_login/page"),
        ("youtube/channel/channel", json!({"variant": "channel"}), "x/account/profile"),
        (
            "google_business/google/location",
            json!({"variant": "google"}),
            "bluesky/app_password/repo",
        ),
    ];
    for (label, again, sound) in ways {
        let (channel, sound) = (fleet.pick(label, 2), fleet.pick(sound, 2));
        let network = channel.network;
        let cell = cells::simplest(network);
        twin.post("tokens/revoke", json!({"network": network})).await;
        let words = format!("Without access on {}", label.replace('/', " "));
        let post = client.publish(&cells::on(cell.body(library, &words), &[channel, sound])).await;
        let ended = client.all_settled(&post).await;
        let of = |wanted: &Channel| {
            ended
                .iter()
                .find(|delivery| delivery["channel"]["id"] == wanted.id.as_str())
                .unwrap()
        };
        assert_eq!(
            (&of(channel)["state"], &of(channel)["failure"]["kind"]),
            (&json!("failed"), &json!("connection")),
            "{label}: {:#}",
            of(channel)
        );
        assert_eq!(of(sound)["state"], "published", "{label}: {:#}", of(sound));
        let path = format!("posts/{}", post["id"].as_str().unwrap());
        assert_eq!(client.get(&path).await.expect(200)["status"], "partially_failed", "{label}");
        let card = client.get(&format!("channels/{}", channel.id)).await.expect(200);
        assert_ne!(card["status"], "active", "{label}: {card}");
        let refused = client.post(&format!("{path}/retry"), &json!({})).await;
        assert_eq!(
            (refused.status, refused.code()),
            (409, "channel.unusable"),
            "{label}: {}",
            refused.text
        );

        reconnect(installation, client, channel, again).await;
        let card = client.get(&format!("channels/{}", channel.id)).await.expect(200);
        assert!(works(&card), "{label}: {card}");
        assert_eq!(card["external_id"], json!(channel.external_id), "{label}: {card}");
        client.post(&format!("{path}/retry"), &json!({})).await.expect(200);
        client.until_state(of(channel)["id"].as_str().unwrap(), &["published"]).await;
        for one in [channel, sound] {
            assert_eq!(
                twin.saying(one.network, &one.external_id, &words).await.len(),
                1,
                "{label}: on {}",
                one.label()
            );
        }
        assert_eq!(client.get(&path).await.expect(200)["status"], "published", "{label}");
    }
}

async fn reconnect(installation: &Installation, client: &Client, channel: &Channel, again: Value) {
    let path = format!("channels/{}/reconnect", channel.id);
    if channel.variant == "app_password" {
        let account = installation
            .twin
            .accounts(channel.network)
            .await
            .into_iter()
            .find(|account| account["id"] == channel.external_id.as_str())
            .unwrap();
        let typed = json!({"handle": account["handle"], "app_password": account["details"]["app_passwords"][0]});
        client.post(&path, &typed).await;
        return;
    }
    if channel.network == Network::Telegram {
        let standing = installation.twin.accounts(channel.network).await;
        let chat = standing.iter().find(|chat| chat["id"] == channel.external_id.as_str()).unwrap();
        let bot = chat["roles"].as_object().unwrap().keys().find_map(|role| role.strip_prefix("bot:"));
        let token = installation.twin.new_bot_token(bot.unwrap()).await;
        client.post(&path, &json!({"bot_token": token, "chat": channel.external_id})).await;
        return;
    }
    let mut again = again;
    if channel.network == Network::Bluesky {
        again["handle"] = channel.external_id.as_str().into();
    }
    let begun = client.post(&path, &again).await.expect(201);
    let account = installation
        .twin
        .get(&format!("world?network={}&account={}", channel.network, channel.external_id))
        .await;
    let owner = account["accounts"][0]["roles"].as_object().unwrap().keys().next().unwrap().clone();
    // The pages of Instagram, Threads, X, TikTok, YouTube, Mastodon and Bluesky ask which account signs in; the others ask which person.
    let by_account = matches!(channel.network, Network::X | Network::Tiktok | Network::Youtube)
        || matches!(channel.variant.as_str(), "instagram_login" | "threads_login" | "server" | "oauth");
    let person = if by_account { channel.external_id.clone() } else { owner };
    let back = client.come_back(&begun, &person, &[]).await;
    assert_eq!(back.status, 200, "{}: {}", channel.label(), back.text);
}

async fn a_thread_stopped_midway_goes_on_where_it_stopped(
    installation: &Installation,
    client: &Client,
    fleet: &Fleet,
    library: &Library,
    (label, refusal): (&str, &str),
) {
    let channel = fleet.pick(label, 0);
    let cell = types(channel.network)
        .into_iter()
        .find(|cell| cell.content_type == ContentType::Thread)
        .unwrap();
    let second = json!({"network": channel.network, "commit": true, "nth": 2, "times": 1});
    installation.twin.fault(second, json!({"do": "error", "name": refusal})).await;
    let post = client.publish(&cells::on(cell.body(library, "In parts"), &[channel])).await;
    let delivery = client.settled(&only(&post)).await;
    installation.twin.heal().await;
    assert_eq!(delivery["state"], "published_in_part", "{delivery:#}");
    let path = format!("posts/{}", post["id"].as_str().unwrap());
    assert_eq!(client.get(&path).await.expect(200)["status"], "partially_failed");
    assert_eq!(
        installation
            .twin
            .saying(channel.network, &channel.external_id, "In parts")
            .await
            .len(),
        1
    );
    client.post(&format!("{path}/retry"), &json!({})).await.expect(200);
    client.until_state(&only(&post), &["published"]).await;
    let mut parts = installation.twin.saying(channel.network, &channel.external_id, "In parts").await;
    parts.sort_by_key(|part| part["created_us"].as_i64());
    let texts: Vec<&str> = parts.iter().map(|part| part["text"].as_str().unwrap()).collect();
    assert_eq!(texts, cell.texts("In parts"));
    assert_eq!((&parts[1]["parent"], &parts[2]["parent"]), (&parts[0]["id"], &parts[1]["id"]));
}

/// The part after the first gets no answer, though it stands: it is found, and what follows answers it.
async fn a_lost_part_of_a_thread_is_found_and_answered(
    installation: &Installation,
    client: &Client,
    fleet: &Fleet,
    library: &Library,
    label: &str,
) {
    let channel = fleet.pick(label, 1);
    let cell = types(channel.network)
        .into_iter()
        .find(|cell| cell.content_type == ContentType::Thread)
        .unwrap();
    let second = json!({"network": channel.network, "commit": true, "nth": 2, "times": 1});
    let fault = installation.twin.fault(second, json!({"do": "lose_answer"})).await;
    let post = client.publish(&cells::on(cell.body(library, "Lost midway"), &[channel])).await;
    let delivery = client.settled(&only(&post)).await;
    assert_eq!(installation.twin.hits(fault).await, 1);
    installation.twin.heal().await;
    let history = client.history(&only(&post)).await;
    assert_eq!(delivery["state"], "published", "{label}: {delivery:#}\n{history}");
    let mut parts = installation.twin.saying(channel.network, &channel.external_id, "Lost midway").await;
    parts.sort_by_key(|part| part["created_us"].as_i64());
    let texts: Vec<&str> = parts.iter().map(|part| part["text"].as_str().unwrap()).collect();
    assert_eq!(texts, cell.texts("Lost midway"), "{label}");
    assert_eq!((&parts[1]["parent"], &parts[2]["parent"]), (&parts[0]["id"], &parts[1]["id"]));
}

/// All of a thread stands; only its address cannot be read. Nothing of it is missing, and nobody is told that something is.
async fn a_whole_thread_without_an_address_is_published(installation: &Installation, client: &Client, fleet: &Fleet, library: &Library) {
    let channel = fleet.pick("threads/threads_login/profile", 2);
    let cell = types(channel.network)
        .into_iter()
        .find(|cell| cell.content_type == ContentType::Thread)
        .unwrap();
    let address = json!({"network": channel.network, "operation": "read_media", "times": 0});
    installation.twin.fault(address, json!({"do": "lose_answer"})).await;
    let post = client
        .publish(&cells::on(cell.body(library, "Nowhere to be found"), &[channel]))
        .await;
    let delivery = client.settled(&only(&post)).await;
    installation.twin.heal().await;
    assert_eq!(delivery["state"], "published", "{delivery:#}");
    let history = client.history(&only(&post)).await;
    let warning = delivery["warning"].as_str().unwrap_or_default();
    assert!(warning.contains("Threads could not be reached"), "{delivery:#}\n{history}");
    let standing = installation
        .twin
        .saying(channel.network, &channel.external_id, "Nowhere to be found")
        .await;
    assert_eq!(standing.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_says_what_to_do_and_a_person_goes_on_from_there() {
    let installation = Installation::open(Options::doubtful()).await;
    let client = installation.owner().await;
    let fleet = Fleet::connect(&client, &installation.twin, 3).await;
    let library = Library::upload(&client).await;
    a_whole_thread_without_an_address_is_published(&installation, &client, &fleet, &library).await;
    for stopped in [
        ("bluesky/app_password/repo", "invalid_request"),
        ("bluesky/oauth/repo", "invalid_request"),
        ("threads/threads_login/profile", "bad_parameter"),
        ("mastodon/server/account", "validation_failed"),
        ("x/account/profile", "invalid_request"),
    ] {
        a_thread_stopped_midway_goes_on_where_it_stopped(&installation, &client, &fleet, &library, stopped).await;
        a_lost_part_of_a_thread_is_found_and_answered(&installation, &client, &fleet, &library, stopped.0).await;
    }
    a_refusal_is_told_and_not_repeated(&installation, &client, &fleet, &library).await;
    a_revoked_access_fails_its_channel_and_retry_publishes_that_alone(&installation, &client, &fleet, &library).await;
}
