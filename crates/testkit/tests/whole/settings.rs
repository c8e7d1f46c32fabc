//! What only one network lets a post be told: every setting, each way that it can be set, read back from the network.

use std::collections::BTreeSet;

use futures::future::join_all;
use postrider_core::Network;
use postrider_core::post::{AssetKind, ContentType};
use postrider_core::rules;
use postrider_core::rules::schema::{Setting, SettingKind};
use postrider_testkit::cells::{self, Cell, Library};
use postrider_testkit::client::deliveries_of;
use postrider_testkit::{Channel, Client, Fleet, Installation, Options, Twin};
use serde_json::{Value, json};

/// Where a setting can be seen in a network's post.
const SEEN: &[(Network, &str, &str)] = &[
    (Network::Mastodon, "visibility", "/details/visibility"),
    (Network::Mastodon, "content_warning", "/details/spoiler_text"),
    (Network::Mastodon, "sensitive", "/details/sensitive"),
    (Network::Mastodon, "language", "/details/language"),
    (Network::Telegram, "disable_notification", "/details/disable_notification"),
    (Network::Telegram, "protect_content", "/details/protect_content"),
    (Network::Telegram, "has_spoiler", "/details/has_spoiler"),
    (Network::Telegram, "show_caption_above_media", "/details/show_caption_above_media"),
    (Network::Telegram, "link_preview_options", "/details/link_preview_options"),
    (Network::Telegram, "inline_keyboard", "/details/inline_keyboard"),
    (Network::Telegram, "allows_multiple_answers", "/details/allows_multiple_answers"),
    (Network::X, "reply_settings", "/details/reply_settings"),
    (Network::X, "made_with_ai", "/details/made_with_ai"),
    (Network::X, "paid_partnership", "/details/paid_partnership"),
];

/// Every way that a setting can be set that differs in kind.
fn ways(setting: &Setting) -> Vec<Value> {
    match setting.kind {
        SettingKind::Choice { options } => options.iter().map(|option| json!(option.value)).collect(),
        SettingKind::Switch => vec![json!(true), json!(false)],
        SettingKind::Text { .. } => vec![json!("Gluten"), json!("Crumbs & butter")],
        SettingKind::Language => vec![json!("de"), json!("pt")],
        SettingKind::Address => vec![json!("https://bakery.example/menu")],
        SettingKind::Moment => vec![json!("2027-01-02T09:00")],
    }
}

/// A post with a picture, which every setting is for.
fn cell(network: Network, setting: &Setting) -> Cell {
    let mut offered = cells::offered(network).into_iter();
    let found = offered.find(|cell| {
        let shown = cell.content_type == ContentType::Image || !setting.is_for(ContentType::Image);
        shown && setting.is_for(cell.content_type) && matches!(cell.carrier, None | Some(AssetKind::Image))
    });
    found.unwrap_or_else(|| panic!("{network} has no type for {}", setting.key))
}

async fn it_is_seen(client: &Client, twin: &Twin, library: &Library, channel: &Channel, (setting, value): (&Setting, &Value)) {
    let label = format!("{} {} on {}", setting.key, value, channel.label());
    let known = SEEN
        .iter()
        .find(|(network, key, _)| *network == channel.network && *key == setting.key);
    let (.., at) = known.unwrap_or_else(|| panic!("{label}: nobody says where it is seen"));
    let mut body = cells::on(cell(channel.network, setting).body(library, &label), &[channel]);
    body["deliveries"][0]["overrides"] = json!({"settings": {setting.key: value}});
    let post = client.publish(&body).await;
    let delivery = client.settled(deliveries_of(&post)[0]["id"].as_str().unwrap()).await;
    assert_eq!(delivery["state"], "published", "{label}: {delivery:#}");
    let standing = twin.saying(channel.network, &channel.external_id, &label).await;
    assert_eq!(standing.len(), 1, "{label}");
    assert_eq!(standing[0].pointer(at), Some(value), "{label}: {:#}", standing[0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_setting_is_seen_at_its_network_each_way_that_it_is_set() {
    let installation = Installation::open(Options::default()).await;
    let client = installation.owner().await;
    let fleet = Fleet::connect(&client, &installation.twin, 2).await;
    let library = Library::upload(&client).await;
    let mut wanted = Vec::new();
    for channel in fleet.one_of_each() {
        // What is told of these stands in chosen.rs and business.rs: a switch that is on takes a ban back, what is chosen is told in other
        // words, and goes only with other choices.
        if matches!(channel.network, Network::Tiktok | Network::Youtube | Network::GoogleBusiness) {
            continue;
        }
        for setting in rules::of(channel.network).settings {
            wanted.extend(ways(setting).into_iter().map(|value| (channel.clone(), setting, value)));
        }
    }
    join_all(wanted.iter().enumerate().map(|(number, (channel, setting, value))| {
        let channel = fleet.pick(&channel.label(), number);
        it_is_seen(&client, &installation.twin, &library, channel, (setting, value))
    }))
    .await;
    let networks: BTreeSet<Network> = wanted.iter().map(|(channel, ..)| channel.network).collect();
    let told: BTreeSet<Network> = SEEN.iter().map(|(network, ..)| *network).collect();
    assert_eq!(networks, told);
}
