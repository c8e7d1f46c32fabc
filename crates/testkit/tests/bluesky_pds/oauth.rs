//! The same real server by OAuth: found by a handle, told ahead what is asked, agreed to on its own pages, each call proven.

use std::sync::atomic::Ordering;
use std::time::Duration;

use postrider_core::Network;
use postrider_testkit::cells::Library;
use postrider_testkit::{Channel, Client, Installation, Options};
use serde_json::{Value, json};

use crate::consent::Browser;
use crate::{Account, CUT, PASSWORD, Way, a_thread, cut_between_request_and_answer, four_pictures, words_links_and_mentions};

/// Longer than an access lasts, milliseconds.
const OUTLASTING_MS: i64 = 61 * 60_000;

/// How often accesses to Bluesky were renewed.
async fn renewals(client: &Client) -> u64 {
    let told = client.get(&format!("{}/metrics", client.base())).await;
    let line = told
        .text
        .lines()
        .find(|line| line.starts_with("postrider_token_refreshes_total{") && line.contains("renewed"));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
}

/// Waits until accesses to Bluesky were renewed so often.
async fn renewed(client: &Client, often: u64) {
    let waited = async {
        while renewals(client).await < often {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(60), waited).await;
    assert!(in_time.is_ok(), "{often} renewals were waited for: {}", renewals(client).await);
}

async fn begun(client: &Client, named: Value) -> Value {
    client
        .post(&format!("projects/{}/connections/bluesky", client.project()), &named)
        .await
        .expect(201)
}

async fn back_at(client: &Client, back: &str) -> postrider_testkit::client::Answer {
    client.send(client.request(reqwest::Method::GET, back)).await
}

/// Connects the account, and leaves the browser signed in at the server.
async fn connected(client: &Client, account: &Account, named: Value) -> (Channel, Browser) {
    let begun = begun(client, named).await;
    let mut browser = Browser::at(&account.server);
    let page = browser.come(begun["authorize_url"].as_str().unwrap()).await;
    let back = browser.agree(&page, &account.handle, PASSWORD).await;
    let answer = back_at(client, &back).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let added = client.add(begun["connection_id"].as_str().unwrap(), |_| true).await;
    assert_eq!(added[0].external_id, account.did);
    assert_eq!((added[0].network, added[0].variant.as_str()), (Network::Bluesky, "oauth"));
    (added[0].clone(), browser)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_connected_on_its_servers_own_pages() {
    let (Ok(server), Ok(directory)) = (std::env::var("POSTRIDER_PDS"), std::env::var("POSTRIDER_PLC")) else {
        println!("POSTRIDER_PDS and POSTRIDER_PLC name no Bluesky server and directory: left out");
        return;
    };
    let server = server.trim_end_matches('/').to_owned();
    let way = Way::to(&server).await;
    let host = url::Url::parse(&server).unwrap().host_str().unwrap().to_owned();
    let hosts = [(host, way.base.clone()), ("plc.directory".to_owned(), directory)].into();
    let installation = Installation::open(Options {
        hosts,
        ..Options::doubtful()
    })
    .await;
    let client = installation.owner().await;
    let (account, friend) = (Account::make(&server, "carol").await, Account::make(&server, "dan").await);
    let named = json!({"variant": "oauth", "handle": account.handle, "service": server});

    // A person who refuses, and one who signs in with another account: nothing is connected, and nothing stays behind.
    let refused = begun(&client, named.clone()).await;
    let mut browser = Browser::at(&server);
    let page = browser.come(refused["authorize_url"].as_str().unwrap()).await;
    let told = back_at(&client, &browser.refuse(&page).await).await;
    assert!(
        told.status >= 400 && told.text.contains("rejected"),
        "{} {}",
        told.status,
        told.text
    );
    let other = begun(&client, named.clone()).await;
    let mut browser = Browser::at(&server);
    let page = browser.come(other["authorize_url"].as_str().unwrap()).await;
    let told = back_at(&client, &browser.agree(&page, &friend.handle, PASSWORD).await).await;
    assert!(
        told.status >= 400 && told.text.contains("another account"),
        "{} {}",
        told.status,
        told.text
    );
    assert_eq!(browser.sessions(&friend.did).await, Vec::<Value>::new(), "given back");

    let (channel, mut browser) = connected(&client, &account, named).await;
    let agreed = browser.sessions(&account.did).await;
    assert_eq!(
        (agreed.len(), &agreed[0]["scope"]),
        (1, &json!("atproto transition:generic")),
        "{agreed:#?}"
    );
    let verified = client
        .post(&format!("channels/{}/verify", channel.id), &json!({}))
        .await
        .expect(200);
    assert!(postrider_testkit::connect::works(&verified), "{verified}");
    let library = Library::upload(&client).await;
    words_links_and_mentions(&client, &channel, &account, &friend).await;
    four_pictures(&client, &channel, &account, &library).await;
    a_thread(&client, &channel, &account).await;
    cut_between_request_and_answer(&client, &channel, &account, &way).await;
    assert_eq!(way.state.load(Ordering::SeqCst), CUT);

    // Renewed twice, each time by the token of the time before.
    for round in 1..=2 {
        installation.stop_publishing().await;
        installation.advance_ms(OUTLASTING_MS);
        // Who begins to publish looks over the accesses first.
        installation.start_publishing().await;
        renewed(&client, round).await;
        let body = json!({"content_type": "text", "text": format!("After {round} hours")});
        crate::published(&client, &channel, body).await;
        assert_eq!(browser.sessions(&account.did).await.len(), 1, "the session goes on");
    }
    assert_eq!(account.records().await.len(), 8, "{:#?}", account.records().await);

    client.delete(&format!("channels/{}", channel.id)).await.expect(200);
    assert_eq!(browser.sessions(&account.did).await, Vec::<Value>::new(), "the session was ended");

    // The server alone is enough: who signs in there is asked who that is.
    let (again, _) = connected(&client, &account, json!({"variant": "oauth", "handle": server})).await;
    crate::published(&client, &again, json!({"content_type": "text", "text": "Here again"})).await;
}
