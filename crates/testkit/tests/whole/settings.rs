//! What only one network lets a post be told, seen where followers see it.

use postrider_core::post::ContentType;
use postrider_testkit::cells::{self, Library};
use postrider_testkit::client::deliveries_of;
use postrider_testkit::{Fleet, Installation, Options};
use serde_json::{Value, json};

/// A kind of channel, what is chosen there, and what the twin then keeps with the post.
fn chosen() -> Vec<(&'static str, Value, Value)> {
    vec![
        (
            "x/account/profile",
            json!({"reply_settings": "mentionedUsers", "made_with_ai": true, "paid_partnership": false}),
            json!({"reply_settings": "mentionedUsers", "made_with_ai": true, "paid_partnership": false}),
        ),
        (
            "x/account/profile",
            json!({"made_with_ai": false, "paid_partnership": true}),
            json!({"reply_settings": null, "made_with_ai": false, "paid_partnership": true}),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_chosen_for_a_network_stands_with_its_post() {
    let installation = Installation::open(Options::default()).await;
    let client = installation.owner().await;
    let fleet = Fleet::connect(&client, &installation.twin, 1).await;
    let library = Library::upload(&client).await;
    for (number, (label, settings, kept)) in chosen().into_iter().enumerate() {
        let channel = fleet.pick(label, 0);
        let cell = cells::offered(channel.network)
            .into_iter()
            .find(|cell| cell.content_type == ContentType::Text)
            .unwrap();
        let words = format!("Chosen {number} for {}", channel.network);
        let mut body = cells::on(cell.body(&library, &words), &[channel]);
        body["deliveries"][0]["overrides"] = json!({"settings": settings});
        let post = client.publish(&body).await;
        let delivery = client.settled(deliveries_of(&post)[0]["id"].as_str().unwrap()).await;
        assert_eq!(delivery["state"], "published", "{label}: {delivery:#}");
        let standing = installation.twin.saying(channel.network, &channel.external_id, &words).await;
        for (name, value) in kept.as_object().unwrap() {
            assert_eq!(&standing[0]["details"][name], value, "{label}: {name} of {:#}", standing[0]);
        }
    }
}
