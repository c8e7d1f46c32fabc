//! Against a real Bluesky server that we did not write: what was published is read back record by record.
//!
//! Runs where `POSTRIDER_PDS` names its address (`scripts/bluesky-pds` starts one), and says so where it does not.

mod consent;
mod oauth;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use postrider_core::Network;
use postrider_testkit::cells::{Library, alt, used};
use postrider_testkit::client::{self, deliveries_of};
use postrider_testkit::{Channel, Client, Installation, Options};
use serde_json::{Value, json};
use sha2::Digest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// The main password of every account.
const PASSWORD: &str = "its-main-password";
/// Nothing is cut.
const WHOLE: u8 = 0;
/// The connection of the next `putRecord` is cut once the server answers.
const ARMED: u8 = 1;
/// That request has passed; its answer must not.
const PASSED: u8 = 2;
/// It was cut.
const CUT: u8 = 3;

/// A way to the server that can be cut between request and answer.
struct Way {
    base: String,
    state: Arc<AtomicU8>,
}

async fn to_server(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: Arc<AtomicU8>) {
    let mut chunk = vec![0_u8; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        let bytes = &chunk[..count];
        if bytes.windows(14).any(|part| part == b"repo.putRecord") {
            let _ = state.compare_exchange(ARMED, PASSED, Ordering::SeqCst, Ordering::SeqCst);
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

async fn to_client(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: Arc<AtomicU8>) {
    let mut chunk = vec![0_u8; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        if state.compare_exchange(PASSED, CUT, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            // The server has done it and answered; nobody hears.
            return;
        }
        if to.write_all(&chunk[..count]).await.is_err() {
            return;
        }
    }
}

impl Way {
    async fn to(server: &str) -> Way {
        let server = url::Url::parse(server).unwrap();
        let server = (server.host_str().unwrap().to_owned(), server.port_or_known_default().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(AtomicU8::new(WHOLE));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect((server.0.as_str(), server.1)).await else {
                    continue;
                };
                let (near_read, near_write) = near.into_split();
                let (far_read, far_write) = far.into_split();
                let (up, down) = (
                    to_server(near_read, far_write, Arc::clone(&shared)),
                    to_client(far_read, near_write, Arc::clone(&shared)),
                );
                // Either end closes both.
                tokio::spawn(async move {
                    tokio::select! {
                        () = up => {}
                        () = down => {}
                    }
                });
            }
        });
        Way { base, state }
    }
}

/// An account on the server.
struct Account {
    server: String,
    handle: String,
    did: String,
    app_password: String,
}

async fn xrpc(request: reqwest::RequestBuilder) -> Value {
    client::send(request).await.expect(200)
}

impl Account {
    async fn make(server: &str, name: &str) -> Account {
        let http = client::bare();
        let stamp = jiff::Timestamp::now().as_millisecond() % 1_000_000_000;
        let handle = format!("{name}{stamp}.test");
        let new = json!({"handle": handle, "email": format!("{name}{stamp}@example.com"), "password": PASSWORD});
        let made = xrpc(http.post(format!("{server}/xrpc/com.atproto.server.createAccount")).json(&new)).await;
        let app = http
            .post(format!("{server}/xrpc/com.atproto.server.createAppPassword"))
            .bearer_auth(made["accessJwt"].as_str().unwrap())
            .json(&json!({"name": "postrider"}));
        let app = xrpc(app).await;
        Account {
            server: server.to_owned(),
            handle,
            did: made["did"].as_str().unwrap().to_owned(),
            app_password: app["password"].as_str().unwrap().to_owned(),
        }
    }

    /// Every post of the account, oldest first.
    async fn records(&self) -> Vec<Value> {
        let query = [
            ("repo", self.did.as_str()),
            ("collection", "app.bsky.feed.post"),
            ("limit", "100"),
            ("reverse", "true"),
        ];
        let url = format!("{}/xrpc/com.atproto.repo.listRecords", self.server);
        let listed = xrpc(client::bare().get(url).query(&query)).await;
        let mut records = listed["records"].as_array().unwrap().clone();
        records.sort_by_key(|record| record["value"]["createdAt"].as_str().map(str::to_owned));
        records
    }

    /// One post, by its address.
    async fn record(&self, uri: &str) -> Value {
        let rkey = uri.rsplit('/').next().unwrap();
        let query = [("repo", self.did.as_str()), ("collection", "app.bsky.feed.post"), ("rkey", rkey)];
        let url = format!("{}/xrpc/com.atproto.repo.getRecord", self.server);
        xrpc(client::bare().get(url).query(&query)).await
    }

    /// The digest of a file that a record names.
    async fn digest(&self, blob: &Value) -> String {
        let query = [("did", self.did.as_str()), ("cid", blob["ref"]["$link"].as_str().unwrap())];
        let url = format!("{}/xrpc/com.atproto.sync.getBlob", self.server);
        let bytes = client::bare().get(url).query(&query).send().await.unwrap().bytes().await.unwrap();
        sha2::Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

async fn published(client: &Client, channel: &Channel, mut body: Value) -> Value {
    body["deliveries"] = json!([{"channel_id": channel.id}]);
    let post = client.publish(&body).await;
    let id = deliveries_of(&post)[0]["id"].as_str().unwrap().to_owned();
    let delivery = client.settled(&id).await;
    assert_eq!(delivery["state"], "published", "{delivery:#}\n{}", client.history(&id).await);
    assert!(delivery["permalink"].is_string(), "{delivery:#}");
    delivery
}

/// What each facet covers and means.
fn facets(record: &Value) -> Vec<(String, String)> {
    let text = record["value"]["text"].as_str().unwrap();
    let place = |facet: &Value, end: &str| usize::try_from(facet["index"][end].as_u64().unwrap()).unwrap();
    let told = |facet: &Value| {
        let feature = &facet["features"][0];
        let meaning = ["uri", "did", "tag"].iter().find_map(|name| feature[*name].as_str());
        let covered = &text[place(facet, "byteStart")..place(facet, "byteEnd")];
        (covered.to_owned(), meaning.unwrap().to_owned())
    };
    record["value"]["facets"].as_array().into_iter().flatten().map(told).collect()
}

async fn words_links_and_mentions(client: &Client, channel: &Channel, account: &Account, friend: &Account) {
    let text = format!(
        "Brötchen 🥐 für @{} bei https://example.com/ä?x=1 – 日本語 #Frühstück",
        friend.handle
    );
    let delivery = published(
        client,
        channel,
        json!({"content_type": "text", "text": text, "hashtags": ["guten_morgen"]}),
    )
    .await;
    let record = account.record(delivery["external_id"].as_str().unwrap()).await;
    assert_eq!(record["value"]["text"], format!("{text}\n\n#guten_morgen"));
    let wanted = [
        (format!("@{}", friend.handle), friend.did.clone()),
        // The words stay as typed; the address is one that every client can open.
        ("https://example.com/ä?x=1".to_owned(), "https://example.com/%C3%A4?x=1".to_owned()),
        ("#Frühstück".to_owned(), "Frühstück".to_owned()),
        ("#guten_morgen".to_owned(), "guten_morgen".to_owned()),
    ];
    let mut found = facets(&record);
    found.sort();
    let mut wanted = wanted.to_vec();
    wanted.sort();
    assert_eq!(found, wanted, "{record:#}");
}

async fn four_pictures(client: &Client, channel: &Channel, account: &Account, library: &Library) {
    let assets: Vec<Value> = (0..4).map(|number| used(library.picture(number), number)).collect();
    let delivery = published(
        client,
        channel,
        json!({"content_type": "carousel", "text": "Four", "assets": assets}),
    )
    .await;
    let record = account.record(delivery["external_id"].as_str().unwrap()).await;
    let images = record["value"]["embed"]["images"].as_array().unwrap();
    assert_eq!(images.len(), 4, "{record:#}");
    for (number, image) in images.iter().enumerate() {
        assert_eq!(image["alt"], alt(number), "{image}");
        assert_eq!(
            account.digest(&image["image"]).await,
            library.picture(number)["sha256"],
            "picture {number}"
        );
    }
}

async fn a_link_card(client: &Client, channel: &Channel, account: &Account) {
    let link = json!({"url": "https://example.com/bread", "title": "Bread", "description": "How it is made"});
    let delivery = published(client, channel, json!({"content_type": "link", "text": "Read", "link": link})).await;
    let record = account.record(delivery["external_id"].as_str().unwrap()).await;
    let card = &record["value"]["embed"]["external"];
    assert_eq!(
        (&card["uri"], &card["title"], &card["description"]),
        (&link["url"], &link["title"], &link["description"]),
        "{record:#}"
    );
}

async fn a_video(client: &Client, channel: &Channel, account: &Account, library: &Library) {
    let body = json!({"content_type": "video", "text": "Film", "assets": [used(library.video(), 0)]});
    let delivery = published(client, channel, body).await;
    let record = account.record(delivery["external_id"].as_str().unwrap()).await;
    let embed = &record["value"]["embed"];
    assert_eq!(
        (&embed["$type"], &embed["alt"]),
        (&json!("app.bsky.embed.video"), &json!(alt(0))),
        "{record:#}"
    );
    assert_eq!(account.digest(&embed["video"]).await, library.video()["sha256"], "{record:#}");
}

async fn a_thread(client: &Client, channel: &Channel, account: &Account) {
    let parts = ["Part one", "Part two", "Part three"];
    let thread: Vec<Value> = parts.iter().map(|text| json!({"text": text})).collect();
    published(client, channel, json!({"content_type": "thread", "thread": thread})).await;
    let records = account.records().await;
    let of = |text: &str| {
        let found: Vec<&Value> = records.iter().filter(|record| record["value"]["text"] == text).collect();
        assert_eq!(found.len(), 1, "{text}: {records:#?}");
        found[0].clone()
    };
    let [one, two, three] = parts.map(of);
    for (part, parent) in [(&two, &one), (&three, &two)] {
        let reply = &part["value"]["reply"];
        assert_eq!(
            (&reply["root"]["uri"], &reply["root"]["cid"]),
            (&one["uri"], &one["cid"]),
            "{part:#}"
        );
        assert_eq!(
            (&reply["parent"]["uri"], &reply["parent"]["cid"]),
            (&parent["uri"], &parent["cid"]),
            "{part:#}"
        );
    }
}

async fn cut_between_request_and_answer(client: &Client, channel: &Channel, account: &Account, way: &Way) {
    way.state.store(ARMED, Ordering::SeqCst);
    published(client, channel, json!({"content_type": "text", "text": "Once, and no second time"})).await;
    assert_eq!(way.state.load(Ordering::SeqCst), CUT, "nothing was cut");
    let records = account.records().await;
    let standing = records
        .iter()
        .filter(|record| record["value"]["text"] == "Once, and no second time")
        .count();
    assert_eq!(standing, 1, "{records:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_real_server_keeps_is_what_was_meant() {
    let Ok(server) = std::env::var("POSTRIDER_PDS") else {
        println!("POSTRIDER_PDS names no Bluesky server: left out");
        return;
    };
    let server = server.trim_end_matches('/').to_owned();
    let way = Way::to(&server).await;
    let host = url::Url::parse(&server).unwrap().host_str().unwrap().to_owned();
    let hosts = [(host, way.base.clone())].into();
    let installation = Installation::open(Options {
        hosts,
        ..Options::doubtful()
    })
    .await;
    let client = installation.owner().await;
    let (account, friend) = (Account::make(&server, "ada").await, Account::make(&server, "ben").await);
    let connected = client
        .connect_by_password(Network::Bluesky, &account.handle, &account.app_password, &server)
        .await;
    let channel = &connected[0];
    assert_eq!(channel.external_id, account.did);
    let library = Library::upload(&client).await;
    words_links_and_mentions(&client, channel, &account, &friend).await;
    four_pictures(&client, channel, &account, &library).await;
    a_link_card(&client, channel, &account).await;
    a_video(&client, channel, &account, &library).await;
    a_thread(&client, channel, &account).await;
    cut_between_request_and_answer(&client, channel, &account, &way).await;
    assert_eq!(account.records().await.len(), 8, "{:#?}", account.records().await);
}
