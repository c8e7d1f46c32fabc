//! What one channel says otherwise, and drafts: read back from the networks.

use futures::future::join_all;
use postrider_core::Network;
use postrider_core::post::{AssetKind, ContentType};
use postrider_core::rules;
use postrider_testkit::cells::{self, Cell, Library, used};
use postrider_testkit::client::deliveries_of;
use postrider_testkit::{Channel, Client, Fleet, Installation, Options, Twin};
use serde_json::{Value, json};

/// The channels to write on: two of each network that can do everything (a LinkedIn profile takes no comments from our app).
const LABELS: &[&str] = &[
    "facebook/facebook_login/page",
    "instagram/instagram_login/professional",
    "threads/threads_login/profile",
    "linkedin/pages/page",
    "tiktok/account/account",
    "bluesky/app_password/repo",
    "pinterest/account/board",
    "mastodon/server/account",
    "x/account/profile",
    "telegram/bot/channel",
    "youtube/channel/channel",
    "google_business/google/location",
];

/// A field that a channel can override: what it becomes, and in which cell of a network it can be seen.
struct Field {
    name: &'static str,
    value: fn(&Library) -> Value,
    cell: fn(Network) -> Option<Cell>,
}

fn first(network: Network, fits: impl Fn(&Cell) -> bool) -> Option<Cell> {
    cells::offered(network).into_iter().find(fits)
}

fn of_type(network: Network, content_type: ContentType) -> Option<Cell> {
    first(network, |cell| {
        cell.content_type == content_type && matches!(cell.carrier, None | Some(AssetKind::Image))
    })
}

fn titled(network: Network) -> Option<Cell> {
    first(network, |cell| cell.offer.title.is_some())
}

fn commented(network: Network) -> Option<Cell> {
    let picture = of_type(network, ContentType::Image);
    let cell = picture.or_else(|| first(network, |cell| cell.content_type == ContentType::Video));
    cell.filter(|cell| cell.offer.first_comment.is_some())
}

const FIELDS: &[Field] = &[
    Field {
        name: "text",
        value: |_| json!("Something else entirely"),
        cell: |network| of_type(network, ContentType::Text),
    },
    Field {
        name: "hashtags",
        value: |_| json!(["other", "tags"]),
        cell: |network| of_type(network, ContentType::Text),
    },
    Field {
        name: "assets",
        value: |library| json!([used(library.picture(3), 3)]),
        cell: |network| of_type(network, ContentType::Image),
    },
    Field {
        name: "link",
        value: |_| json!({"url": "https://example.com/other", "title": "Another page"}),
        cell: |network| of_type(network, ContentType::Link),
    },
    Field {
        name: "first_comment",
        value: |_| json!("Another comment"),
        cell: commented,
    },
    Field {
        name: "title",
        value: |_| json!("Another title"),
        cell: titled,
    },
];

fn stands_in_text(cell: &Cell) -> bool {
    cell.offer.link.is_some_and(|link| link.place == rules::schema::LinkPlace::Text)
}

/// What followers see of a post, field by field; null where the network does not show it.
fn shown(field: &str, cell: &Cell, post: &Value) -> Value {
    match field {
        "assets" => post["media"][0]["sha256"].clone(),
        "link" if stands_in_text(cell) => json!(post["text"].as_str().unwrap().contains("https://example.com/other")),
        "link" => post["link"].clone(),
        "first_comment" => post["comments"][0]["text"].clone(),
        "title" => json!(post.to_string().contains("Another title")),
        "hashtags" | "text" => post["text"].clone(),
        other => panic!("no field {other}"),
    }
}

/// What must be shown for the override, and for the original.
fn meant(field: &str, cell: &Cell, words: &str, library: &Library) -> (Value, Value) {
    let tags = "\n\n#freshbread #monday";
    match field {
        "text" => (json!(format!("Something else entirely{tags}")), json!(format!("{words}{tags}"))),
        "hashtags" => (json!(format!("{words}\n\n#other #tags")), json!(format!("{words}{tags}"))),
        "assets" => (library.picture(3)["sha256"].clone(), library.picture(0)["sha256"].clone()),
        "link" if stands_in_text(cell) => (json!(true), json!(false)),
        "link" => (json!("https://example.com/other"), json!(cells::LINK)),
        "first_comment" => (json!("Another comment"), json!("The first comment")),
        "title" => (json!(true), json!(false)),
        other => panic!("no field {other}"),
    }
}

async fn post_at(twin: &Twin, channel: &Channel, delivery: &Value) -> Value {
    let feed = twin.feed(channel.network, &channel.external_id).await;
    let found = feed.iter().find(|post| post["permalink"] == delivery["permalink"]).cloned();
    let mut post = found.unwrap_or_else(|| panic!("{}: not at {}: {feed:#?}", channel.label(), delivery["permalink"]));
    // Where a comment is a post of its own, it answers this one.
    let answers = feed.iter().filter(|answer| answer["parent"] == post["id"]).cloned();
    let mut comments = post["comments"].as_array().cloned().unwrap_or_default();
    comments.extend(answers);
    post["comments"] = Value::Array(comments);
    post
}

async fn one_channel_says_it_otherwise(client: &Client, twin: &Twin, library: &Library, channels: [&Channel; 2], field: &Field) {
    let network = channels[0].network;
    let Some(cell) = (field.cell)(network) else { return };
    let label = format!("{} of {} on {}", field.name, cell.label(), channels[0].label());
    let words = format!("On {network} the {}", field.name.replace('_', " "));
    let mut body = cells::on(cell.body(library, &words), &channels);
    if field.name == "first_comment" {
        body["first_comment"] = json!("The first comment");
    }
    body["deliveries"][0]["overrides"][field.name] = (field.value)(library);
    let post = client.publish(&body).await;
    let (other, original) = meant(field.name, &cell, &words, library);
    for (channel, meant) in channels.into_iter().zip([other, original]) {
        let of_channel = deliveries_of(&post)
            .into_iter()
            .find(|delivery| delivery["channel"]["id"] == channel.id.as_str());
        let delivery = client.settled(of_channel.unwrap()["id"].as_str().unwrap()).await;
        assert_eq!(delivery["state"], "published", "{label}: {delivery:#}");
        assert_eq!(delivery["warning"], Value::Null, "{label}");
        let post = post_at(twin, channel, &delivery).await;
        assert_eq!(shown(field.name, &cell, &post), meant, "{label}: {post:#}");
    }
}

/// How many drafts a channel gets: TikTok's inbox has room for five.
const DRAFTS_PER_CHANNEL: usize = 4;

/// A draft stands where only its owner sees it; where the network keeps none, a person posts it and says so.
async fn a_draft_is_not_shown_to_followers(client: &Client, twin: &Twin, library: &Library, channel: &Channel, cell: &Cell) {
    let label = format!("draft of {} on {}", cell.label(), channel.label());
    let words = format!("Draft {} {}", cell.content_type, cell.carrier.map_or("words", AssetKind::key));
    let mut body = cells::on(cell.body(library, &words), &[channel]);
    body["deliveries"][0]["mode"] = json!("draft");
    let post = client.publish(&body).await;
    let id = deliveries_of(&post)[0]["id"].as_str().unwrap().to_owned();
    let delivery = client.settled(&id).await;
    let kept = twin.posts(channel.network, &channel.external_id).await;
    // A video in TikTok's inbox has no words: its owner writes them there.
    let wordless = channel.network == Network::Tiktok && cell.carrier == Some(AssetKind::Video);
    let of_words = |post: &&Value| {
        let text = post["text"].as_str().unwrap_or_default();
        text.contains(&words) || wordless && text.is_empty() && post["type"] == "video"
    };
    if cell.offer.draft_api {
        assert_eq!(delivery["state"], "drafted", "{label}: {delivery:#}\n{}", client.history(&id).await);
        let drafts: Vec<&Value> = kept.iter().filter(of_words).collect();
        assert!(
            drafts.len() == 1 || wordless && drafts.len() <= DRAFTS_PER_CHANNEL,
            "{label}: {drafts:#?}"
        );
        assert_eq!(drafts[0]["state"], "draft", "{label}");
    } else {
        assert_eq!(delivery["state"], "ready_to_post", "{label}: {delivery:#}");
        assert_eq!(kept.iter().filter(of_words).count(), 0, "{label}");
        let by_hand = json!({"permalink": "https://example.org/posted-by-hand"});
        let posted = client.post(&format!("deliveries/{id}/mark-posted"), &by_hand).await.expect(200);
        assert_eq!(
            (&posted["state"], &posted["permalink"]),
            (&json!("published"), &by_hand["permalink"]),
            "{label}"
        );
    }
    assert!(
        twin.saying(channel.network, &channel.external_id, &words).await.is_empty(),
        "{label}: followers see it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_override_reaches_its_channel_alone_and_drafts_stay_hidden() {
    let installation = Installation::open(Options::default()).await;
    let client = installation.owner().await;
    let twin = &installation.twin;
    let fleet = Fleet::connect(&client, twin, 3).await;
    let library = Library::upload(&client).await;
    let mut overrides = Vec::new();
    let mut drafts = Vec::new();
    for label in LABELS {
        let (one, other) = (fleet.pick(label, 0), fleet.pick(label, 1));
        for field in FIELDS {
            overrides.push(one_channel_says_it_otherwise(&client, twin, &library, [one, other], field));
        }
        let of_network = cells::offered(one.network).into_iter();
        // A network without drafts is the same for all types: two are enough.
        let mut reminders = 0;
        for (number, cell) in of_network.enumerate() {
            let third = fleet.pick(label, 2 + number / DRAFTS_PER_CHANNEL);
            reminders += usize::from(!cell.offer.draft_api);
            if cell.offer.draft_api || reminders <= 2 {
                drafts.push((third, cell));
            }
        }
    }
    assert!(drafts.iter().any(|(_, cell)| cell.offer.draft_api), "no network keeps drafts");
    join_all(overrides).await;
    join_all(
        drafts
            .iter()
            .map(|(channel, cell)| a_draft_is_not_shown_to_followers(&client, twin, &library, channel, cell)),
    )
    .await;
}
