//! What only one network lets a post be told, read back from it; and what it says later of a post that it had taken.

use futures::future::join_all;
use postrider_core::Network;
use postrider_core::post::ContentType;
use postrider_testkit::cells::{self, Cell, Library};
use postrider_testkit::client::deliveries_of;
use postrider_testkit::{Channel, Client, Fleet, Installation, Options, Twin};
use serde_json::{Value, json};

/// A setting, the type of the post, and what the network is told: where it stands, if it is chosen, if it is not.
type Chosen = (&'static str, Value, ContentType, &'static str, Value, Value);

fn of_tiktok() -> Vec<Chosen> {
    let switch = |key, content_type, at, on: bool| (key, json!(true), content_type, at, json!(on), json!(!on));
    let everybody = json!("PUBLIC_TO_EVERYONE");
    vec![
        (
            "privacy_level",
            json!("MUTUAL_FOLLOW_FRIENDS"),
            ContentType::Image,
            "/privacy_level",
            json!("MUTUAL_FOLLOW_FRIENDS"),
            everybody.clone(),
        ),
        (
            "privacy_level",
            json!("SELF_ONLY"),
            ContentType::Video,
            "/privacy_level",
            json!("SELF_ONLY"),
            everybody,
        ),
        switch("allow_comment", ContentType::Image, "/disable_comment", false),
        switch("allow_comment", ContentType::Video, "/disable_comment", false),
        switch("allow_duet", ContentType::Video, "/disable_duet", false),
        switch("allow_stitch", ContentType::Reel, "/disable_stitch", false),
        switch("auto_add_music", ContentType::Carousel, "/auto_add_music", true),
        switch("brand_organic_toggle", ContentType::Image, "/brand_organic_toggle", true),
        switch("brand_content_toggle", ContentType::Video, "/brand_content_toggle", true),
        switch("is_aigc", ContentType::Video, "/is_aigc", true),
    ]
}

/// What YouTube is told of a video and of who sees it.
fn of_youtube() -> Vec<Chosen> {
    let choice = |key, value: &str, at, on: Value, off: Value| (key, json!(value), ContentType::Video, at, on, off);
    vec![
        choice(
            "made_for_kids",
            "true",
            "/status/selfDeclaredMadeForKids",
            json!(true),
            json!(false),
        ),
        choice(
            "privacy_status",
            "unlisted",
            "/status/privacyStatus",
            json!("unlisted"),
            json!("public"),
        ),
        choice(
            "privacy_status",
            "private",
            "/status/privacyStatus",
            json!("private"),
            json!("public"),
        ),
        choice("category", "10", "/snippet/categoryId", json!("10"), json!("22")),
        choice("tags", "rye, rye bread", "/snippet/tags", json!(["rye", "rye bread"]), json!([])),
        choice("default_language", "de", "/snippet/defaultLanguage", json!("de"), Value::Null),
        choice("notify_subscribers", "false", "/notify", json!(false), json!(true)),
        choice("embeddable", "false", "/status/embeddable", json!(false), json!(true)),
        choice(
            "public_stats_viewable",
            "false",
            "/status/publicStatsViewable",
            json!(false),
            json!(true),
        ),
        choice(
            "license",
            "creativeCommon",
            "/status/license",
            json!("creativeCommon"),
            json!("youtube"),
        ),
        (
            "contains_synthetic_media",
            json!(true),
            ContentType::Reel,
            "/status/containsSyntheticMedia",
            json!(true),
            json!(false),
        ),
    ]
}

fn cell(network: Network, content_type: ContentType) -> Cell {
    let mut offered = cells::offered(network).into_iter();
    offered.find(|cell| cell.content_type == content_type).unwrap()
}

fn only(post: &Value) -> String {
    deliveries_of(post)[0]["id"].as_str().unwrap().to_owned()
}

/// What the network was told of the one post with these words, whoever sees it.
async fn told(twin: &Twin, channel: &Channel, words: &str, at: &str) -> Value {
    let mut posts = twin.posts(channel.network, &channel.external_id).await;
    posts.retain(|post| post["text"].as_str().unwrap().contains(words));
    assert_eq!(posts.len(), 1, "{words}: {posts:#?}");
    let details = &posts[0]["details"];
    let info = details.get("info").unwrap_or(details);
    info.pointer(at).cloned().unwrap_or_default()
}

async fn both_ways(client: &Client, twin: &Twin, library: &Library, channel: &Channel, (number, chosen): (usize, Chosen)) {
    let (key, value, content_type, at, on, off) = chosen;
    for (chosen, meant) in [(Some(value), on), (None, off)] {
        let words = format!(
            "Number {number} with {} {}",
            key.replace('_', " "),
            if chosen.is_some() { "chosen" } else { "left" }
        );
        let mut body = cells::on(cell(channel.network, content_type).body(library, &words), &[channel]);
        if let Some(chosen) = chosen {
            body["deliveries"][0]["overrides"]["settings"][key] = chosen;
        }
        let post = client.publish(&body).await;
        let delivery = client.settled(&only(&post)).await;
        assert_eq!(
            delivery["state"],
            "published",
            "{words}: {delivery:#}\n{}",
            client.history(&only(&post)).await
        );
        assert_eq!(delivery["warning"], Value::Null, "{words}");
        assert_eq!(told(twin, channel, &words, at).await, meant, "{words}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_chosen_for_a_network_it_is_told_so() {
    let installation = Installation::open(Options::default()).await;
    let (client, twin) = (installation.owner().await, &installation.twin);
    let fleet = Fleet::connect(&client, twin, 3).await;
    let library = Library::upload(&client).await;
    for (network, label, all) in [
        (Network::Tiktok, "tiktok/account/account", of_tiktok()),
        (Network::Youtube, "youtube/channel/channel", of_youtube()),
    ] {
        let mut settings = postrider_core::rules::of(network).settings.iter();
        let untold = settings.find(|setting| !all.iter().any(|chosen| chosen.0 == setting.key));
        assert!(untold.is_none(), "{network}: {untold:?}");
        let all = all.into_iter().enumerate();
        join_all(all.map(|one| both_ways(&client, twin, &library, fleet.pick(label, one.0), one))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_youtube_gives_up_fails_and_is_seen_by_nobody() {
    let installation = Installation::open(Options::default()).await;
    let (client, twin) = (installation.owner().await, &installation.twin);
    let fleet = Fleet::connect(&client, twin, 1).await;
    let library = Library::upload(&client).await;
    for (number, (reason, kind)) in [
        ("codec", "content"),
        ("copyright", "content"),
        ("uploadAborted", "outage"),
        ("uploaderAccountSuspended", "permission"),
    ]
    .into_iter()
    .enumerate()
    {
        let channel = fleet.pick("youtube/channel/channel", number);
        let words = format!("Given up with {reason}");
        let fails = json!({"do": "fail_processing", "code": reason});
        twin.fault(json!({"network": "youtube", "operation": "upload", "times": 1}), fails)
            .await;
        let body = cells::on(cell(Network::Youtube, ContentType::Video).body(&library, &words), &[channel]);
        let delivery = client.settled(&only(&client.publish(&body).await)).await;
        let ended = (&delivery["state"], &delivery["failure"]["kind"]);
        assert_eq!(ended, (&json!("failed"), &json!(kind)), "{reason}: {delivery:#}");
        let seen = twin.saying(channel.network, &channel.external_id, &words).await;
        assert!(seen.is_empty(), "{reason}: {seen:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tiktok_has_the_last_word_on_what_it_took() {
    let installation = Installation::open(Options::default()).await;
    let (client, twin) = (installation.owner().await, &installation.twin);
    let fleet = Fleet::connect(&client, twin, 1).await;
    let library = Library::upload(&client).await;
    let channel = fleet.of(Network::Tiktok)[0];
    nobody_chooses_for_the_person(&client, &library, channel).await;
    for (number, (reason, kind)) in [
        ("internal", "outage"),
        ("spam_risk_text", "content"),
        ("auth_removed", "connection"),
    ]
    .into_iter()
    .enumerate()
    {
        let channel = fleet.pick("tiktok/account/account", number);
        let words = format!("Given up with {}", reason.replace('_', " "));
        let last = json!({"network": "tiktok", "commit": true, "times": 1});
        let fault = twin.fault(last, json!({"do": "fail_processing", "code": reason})).await;
        let body = cells::on(cell(Network::Tiktok, ContentType::Video).body(&library, &words), &[channel]);
        let post = client.publish(&body).await;
        let delivery = client.settled(&only(&post)).await;
        assert_eq!(twin.hits(fault).await, 1);
        let ended = (&delivery["state"], &delivery["failure"]["kind"]);
        assert_eq!(ended, (&json!("failed"), &json!(kind)), "{reason}: {delivery:#}");
        assert!(twin.posts(channel.network, &channel.external_id).await.is_empty(), "{reason}");
        if kind == "outage" {
            // What TikTok gave up may be sent again.
            let path = format!("posts/{}/retry", post["id"].as_str().unwrap());
            client.post(&path, &json!({})).await.expect(200);
            client.until_state(&only(&post), &["published"]).await;
            let standing = twin.saying(channel.network, &channel.external_id, &words).await;
            assert_eq!(standing.len(), 1, "{standing:#?}");
        }
    }
}

async fn nobody_chooses_for_the_person(client: &Client, library: &Library, channel: &Channel) {
    let mut body = cells::on(cell(Network::Tiktok, ContentType::Image).body(library, "For whom?"), &[channel]);
    body["deliveries"][0]["overrides"] = json!({});
    let draft = client.draft(&body).await.expect(201);
    let path = format!("posts/{}/publish", draft["id"].as_str().unwrap());
    let refused = client.post(&path, &json!({})).await;
    assert_eq!((refused.status, refused.code()), (422, "post.problems"), "{}", refused.text);
    assert!(refused.text.contains("settings.required"), "{}", refused.text);
}
