//! What a post on Google Business Profile is told, each way that it can be set, and what Google says of it after it had taken it.

use futures::future::join_all;
use postrider_core::Network;
use postrider_core::post::ContentType;
use postrider_core::rules;
use postrider_testkit::cells::{self, Cell, LINK, Library};
use postrider_testkit::client::deliveries_of;
use postrider_testkit::{Channel, Client, Fleet, Installation, Options, Twin};
use serde_json::{Value, json};

const LOCATION: &str = "google_business/google/location";
const PAGE: &str = "https://bakery.example/menu";

/// What is chosen, for which type of post, and what the network is told by it.
type Chosen = (Value, ContentType, Value);

fn period() -> Value {
    json!({"event_title": "Open day", "event_start": "2027-01-02T09:00", "event_end": "2027-01-03T00:00"})
}

fn and(mut all: Value, more: Value) -> Value {
    if let (Some(all), Some(more)) = (all.as_object_mut(), more.as_object()) {
        all.extend(more.clone());
    }
    all
}

/// The period as Google is told it.
fn event() -> Value {
    json!({"title": "Open day", "schedule": {
        "startDate": {"year": 2027, "month": 1, "day": 2}, "startTime": {"hours": 9, "minutes": 0, "seconds": 0, "nanos": 0},
        "endDate": {"year": 2027, "month": 1, "day": 3}, "endTime": {"hours": 0, "minutes": 0, "seconds": 0, "nanos": 0},
    }})
}

fn ways() -> Vec<Chosen> {
    let mut ways = vec![
        (json!({}), ContentType::Text, json!({"topicType": "STANDARD", "languageCode": "en"})),
        (
            json!({}),
            ContentType::Image,
            json!({"topicType": "STANDARD", "languageCode": "en"}),
        ),
        (
            json!({}),
            ContentType::Link,
            json!({"callToAction": {"actionType": "LEARN_MORE", "url": LINK}}),
        ),
        (
            json!({"topic_type": "STANDARD"}),
            ContentType::Text,
            json!({"topicType": "STANDARD"}),
        ),
        (json!({"language": "de"}), ContentType::Image, json!({"languageCode": "de"})),
        (json!({"language": "pt"}), ContentType::Link, json!({"languageCode": "pt"})),
        (
            and(period(), json!({"topic_type": "EVENT"})),
            ContentType::Image,
            json!({"topicType": "EVENT", "event": event()}),
        ),
        (
            and(period(), json!({"topic_type": "OFFER"})),
            ContentType::Text,
            json!({"topicType": "OFFER", "event": event(), "offer": {}}),
        ),
        (
            and(
                period(),
                json!({"topic_type": "OFFER", "coupon_code": "BW10", "redeem_online_url": PAGE, "terms_conditions": "One each"}),
            ),
            ContentType::Image,
            json!({"offer": {"couponCode": "BW10", "redeemOnlineUrl": PAGE, "termsConditions": "One each"}}),
        ),
        (
            and(period(), json!({"topic_type": "OFFER"})),
            ContentType::Link,
            json!({"topicType": "OFFER", "offer": {"redeemOnlineUrl": LINK}}),
        ),
        (
            json!({"call_to_action": "CALL"}),
            ContentType::Text,
            json!({"callToAction": {"actionType": "CALL"}}),
        ),
    ];
    for action in ["BOOK", "ORDER", "SHOP", "LEARN_MORE", "SIGN_UP"] {
        ways.push((
            json!({"call_to_action": action, "call_to_action_url": PAGE}),
            ContentType::Text,
            json!({"callToAction": {"actionType": action, "url": PAGE}}),
        ));
        ways.push((
            json!({"link_button": action}),
            ContentType::Link,
            json!({"callToAction": {"actionType": action, "url": LINK}}),
        ));
    }
    ways
}

/// What nothing was chosen for is not told.
const UNTOLD: &[&str] = &["event", "offer", "callToAction"];

fn cell(content_type: ContentType) -> Cell {
    let mut offered = cells::offered(Network::GoogleBusiness).into_iter();
    offered.find(|cell| cell.content_type == content_type).unwrap()
}

fn only(post: &Value) -> String {
    let deliveries = deliveries_of(post);
    deliveries[0]["id"].as_str().unwrap().to_owned()
}

async fn it_is_told(client: &Client, twin: &Twin, library: &Library, channel: &Channel, (number, way): (usize, Chosen)) {
    let (chosen, content_type, told) = way;
    let words = format!("Way {number} of a {content_type}");
    let mut body = cells::on(cell(content_type).body(library, &words), &[channel]);
    body["deliveries"][0]["overrides"] = json!({"settings": chosen});
    let delivery = client.settled(&only(&client.publish(&body).await)).await;
    assert_eq!(delivery["state"], "published", "{chosen}: {delivery:#}");
    let standing = twin.saying(channel.network, &channel.external_id, &words).await;
    assert_eq!(standing.len(), 1, "{chosen}");
    let info = &standing[0]["details"]["info"];
    for (key, value) in told.as_object().unwrap() {
        assert_eq!(&info[key], value, "{chosen}: {info:#}");
    }
    let plain = chosen == json!({}) && content_type != ContentType::Link;
    for key in UNTOLD.iter().filter(|_| plain) {
        assert!(info.get(key).is_none(), "{key}: {info:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_chosen_for_a_location_google_is_told_so() {
    let installation = Installation::open(Options::default()).await;
    let (client, twin) = (installation.owner().await, &installation.twin);
    let fleet = Fleet::connect(&client, twin, 4).await;
    let library = Library::upload(&client).await;
    let mut settings = rules::of(Network::GoogleBusiness).settings.iter();
    let unseen = settings.find(|setting| !ways().iter().any(|(chosen, ..)| chosen.get(setting.key).is_some()));
    assert!(unseen.is_none(), "{unseen:?}");
    let all = ways().into_iter().enumerate();
    join_all(all.map(|way| it_is_told(&client, twin, &library, fleet.pick(LOCATION, way.0), way))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_google_rejects_fails_in_words_and_is_seen_by_nobody() {
    let installation = Installation::open(Options::default()).await;
    let (client, twin) = (installation.owner().await, &installation.twin);
    let fleet = Fleet::connect(&client, twin, 2).await;
    let library = Library::upload(&client).await;
    let rejections = [
        (
            "a photo that breaks its rules",
            ContentType::Image,
            json!({"do": "fail_processing"}),
        ),
        ("a number to ring, +31 10 123 45 67", ContentType::Text, Value::Null),
    ];
    for (number, (words, content_type, fault)) in rejections.into_iter().enumerate() {
        let channel = fleet.pick(LOCATION, number);
        if !fault.is_null() {
            let made = json!({"network": "google_business", "operation": "create_post", "times": 1});
            twin.fault(made, fault).await;
        }
        let body = cells::on(cell(content_type).body(&library, words), &[channel]);
        let delivery = client.settled(&only(&client.publish(&body).await)).await;
        assert_eq!(
            (&delivery["state"], &delivery["failure"]["kind"], &delivery["failure"]["code"]),
            (&json!("failed"), &json!("content"), &json!("google_business.rejected")),
            "{words}: {delivery:#}"
        );
        assert!(
            delivery["failure"]["remedy"]
                .as_str()
                .is_some_and(|remedy| remedy.contains("Change the text"))
        );
        let seen = twin.saying(channel.network, &channel.external_id, words).await;
        assert!(seen.is_empty(), "{words}: {seen:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stores_of_one_name_are_told_apart_and_those_without_a_say_are_not_offered() {
    let installation = Installation::open(Options::default()).await;
    let client = installation.owner().await;
    let (answer, connection) = client.authorize(Network::GoogleBusiness, "google", "ada", &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let found = client.get(&format!("connections/{connection}")).await.expect(200);
    let accounts = found["accounts"].as_array().unwrap();
    assert_eq!(
        accounts.len(),
        127,
        "the group's hundred and twenty, and seven of her own, one of them in both"
    );
    let details: std::collections::BTreeSet<&str> = accounts
        .iter()
        .filter(|account| account["name"] == "Harbour Bakery")
        .map(|account| account["detail"].as_str().unwrap())
        .collect();
    assert_eq!(details.len(), 121, "each has a code and a street of its own");
    let why = |name: &str| {
        let account = accounts.iter().find(|account| account["name"] == name).unwrap();
        account["unusable"].as_str().unwrap_or_default().to_owned()
    };
    assert!(why("Harbour Bakery Annex").contains("is being verified"));
    assert!(why("Harbour Night Bar").contains("has suspended"));
    assert!(why("Harbour Museum Shop").contains("permanently closed"));
    assert_eq!((why("Harbour Kiosk"), why("Harbour Deliveries")), (String::new(), String::new()));
}
