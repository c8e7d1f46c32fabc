//! Every cell of the product's table, through the API, read back as followers see it.

use futures::future::join_all;
use postrider_core::Network;
use postrider_core::post::{AssetKind, ContentType};
use postrider_core::rules::schema::LinkPlace;
use postrider_testkit::cells::{self, Cell, HASHTAGS, LINK, Library, alt};
use postrider_testkit::client::deliveries_of;
use postrider_testkit::{Channel, Client, Fleet, Installation, Options, Twin};
use serde_json::{Value, json};
use sha2::Digest;

fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Digests of everything that the installation keeps: uploads and what it made of them.
fn kept(installation: &Installation) -> Vec<String> {
    let mut folders = vec![installation.folder().join("media")];
    let mut digests = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                digests.push(sha256(&std::fs::read(path).unwrap()));
            }
        }
    }
    digests
}

struct Posted {
    channel: Channel,
    cell: Cell,
    words: String,
    delivery: Value,
}

async fn published(client: &Client, library: &Library, channel: Channel, cell: Cell, number: usize) -> Posted {
    let words = format!("Bread {number} for {}", channel.label().replace('/', " "));
    let post = client.publish(&cells::on(cell.body(library, &words), &[&channel])).await;
    let delivery = client.settled(deliveries_of(&post)[0]["id"].as_str().unwrap()).await;
    if delivery["state"] != "published" {
        let history = client.history(delivery["id"].as_str().unwrap()).await;
        panic!("{} on {}: {delivery:#}\n{history}", cell.label(), channel.label());
    }
    Posted {
        channel,
        cell,
        words,
        delivery,
    }
}

/// The posts that a delivery made, first part first.
async fn seen(twin: &Twin, posted: &Posted) -> Vec<Value> {
    let feed = twin.feed(posted.channel.network, &posted.channel.external_id).await;
    let permalink = &posted.delivery["permalink"];
    // A Short has two addresses.
    let shorts = |post: &Value| format!("https://www.youtube.com/shorts/{}", post["id"].as_str().unwrap_or_default());
    let first = feed
        .iter()
        .find(|post| post["permalink"] == *permalink || *permalink == shorts(post));
    let label = format!("{} on {}", posted.cell.label(), posted.channel.label());
    let first = first.unwrap_or_else(|| panic!("{label}: nothing stands at {permalink}: {feed:#?}"));
    if posted.cell.content_type != ContentType::Thread {
        return vec![first.clone()];
    }
    let mut chain = vec![first.clone()];
    while let Some(next) = feed.iter().find(|post| post["parent"] == chain[chain.len() - 1]["id"]) {
        chain.push(next.clone());
    }
    chain
}

async fn followers_see_it(installation: &Installation, library: &Library, posted: &Posted, kept: &[String]) {
    let label = format!("{} on {}", posted.cell.label(), posted.channel.label());
    let seen = seen(&installation.twin, posted).await;
    let texts: Vec<&str> = seen.iter().map(|post| post["text"].as_str().unwrap()).collect();
    assert_eq!(texts, posted.cell.texts(&posted.words), "{label}");
    let standing = installation
        .twin
        .saying(posted.channel.network, &posted.channel.external_id, &posted.words)
        .await;
    let parts = if posted.cell.offer.text.sent { seen.len() } else { 0 };
    assert_eq!(standing.len(), parts, "{label} stands more than once");

    let media = seen[0]["media"].as_array().unwrap();
    let files = posted.cell.files(library);
    assert_eq!(media.len(), files.len(), "{label}: {media:?}");
    for (number, (medium, file)) in media.iter().zip(&files).enumerate() {
        let digest = medium["sha256"].as_str().unwrap();
        if posted.cell.converted() {
            assert!(medium["mime"].as_str().unwrap().starts_with("video/"), "{label}: {medium}");
            assert_ne!(digest, file["sha256"], "{label}: sent as it was");
        } else {
            assert_eq!(digest, file["sha256"], "{label}: other bytes");
        }
        assert!(kept.iter().any(|known| known == digest), "{label}: bytes that we never had");
        if posted.cell.takes_alt() {
            assert_eq!(medium["alt"], alt(number), "{label}");
        }
    }
    let in_text = posted.cell.offer.link.is_some_and(|link| link.place == LinkPlace::Text);
    if posted.cell.content_type == ContentType::Link && posted.cell.offer.media.max.value == 0 && !in_text {
        assert_eq!(seen[0]["link"], LINK, "{label}");
    }
    if posted.cell.content_type == ContentType::Thread {
        assert_eq!(seen[1]["media"][0]["sha256"], library.picture(1)["sha256"], "{label}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_offered_cell_is_published_and_followers_see_what_was_meant() {
    let installation = Installation::open(Options::default()).await;
    let client = installation.owner().await;
    let fleet = Fleet::connect(&client, &installation.twin, 2).await;
    let library = Library::upload(&client).await;
    let mut under_way = Vec::new();
    for one in fleet.one_of_each() {
        for (number, cell) in cells::offered(one.network).into_iter().enumerate() {
            let channel = fleet.pick(&one.label(), number).clone();
            under_way.push(published(&client, &library, channel, cell, number));
        }
    }
    let posted = join_all(under_way).await;
    let kept = kept(&installation);
    join_all(posted.iter().map(|posted| followers_see_it(&installation, &library, posted, &kept))).await;

    let labels: Vec<String> = fleet.one_of_each().iter().map(Channel::label).collect();
    for network in postrider_sandbox::MODULES.iter().map(|module| module.network) {
        assert!(
            labels.iter().any(|label| label.starts_with(network.key())),
            "no channel of {network}"
        );
    }
    assert_eq!(
        labels.iter().filter(|label| label.starts_with("instagram")).count(),
        2,
        "both logins: {labels:?}"
    );
    assert_eq!(
        labels.iter().filter(|label| label.starts_with("linkedin")).count(),
        2,
        "profile and Page: {labels:?}"
    );
    println!("{} cells on {labels:?}", posted.len());
    not_offered_cells_are_refused_with_the_reason(&client, &fleet, &library).await;
    text_on_instagram_needs_media(&client, &fleet).await;
}

async fn not_offered_cells_are_refused_with_the_reason(client: &Client, fleet: &Fleet, library: &Library) {
    for channel in fleet.one_of_each() {
        for (content_type, reason) in cells::not_offered(channel.network) {
            let carrier = match content_type {
                ContentType::Gif => Some(AssetKind::Gif),
                ContentType::Document => Some(AssetKind::Document),
                ContentType::Reel => Some(AssetKind::Video),
                ContentType::Story => Some(AssetKind::Image),
                _ => None,
            };
            let text = cells::offered(channel.network)
                .into_iter()
                .next()
                .map(|cell| Cell {
                    carrier,
                    content_type,
                    ..cell
                })
                .unwrap();
            let body = cells::on(text.body(library, "Not here"), &[&channel]);
            let draft = client.draft(&body).await.expect(201);
            let path = format!("posts/{}/publish", draft["id"].as_str().unwrap());
            let refused = client.post(&path, &json!({})).await;
            assert_eq!(
                (refused.status, refused.code()),
                (422, "post.problems"),
                "{content_type} on {}: {}",
                channel.label(),
                refused.text
            );
            assert!(
                refused.text.contains(reason),
                "{content_type} on {}: {}",
                channel.label(),
                refused.text
            );
        }
    }
}

async fn text_on_instagram_needs_media(client: &Client, fleet: &Fleet) {
    let channel = fleet.of(Network::Instagram)[0];
    let body = json!({"content_type": "text", "text": "Words alone", "hashtags": HASHTAGS});
    let draft = client.draft(&cells::on(body, &[channel])).await.expect(201);
    let path = format!("posts/{}/publish", draft["id"].as_str().unwrap());
    let refused = client.post(&path, &json!({})).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    let problem = &refused.body["problems"][0];
    assert_eq!(problem["network"], "instagram", "{problem}");
    assert!(!problem["remedy"].as_str().unwrap().is_empty(), "{problem}");
}
