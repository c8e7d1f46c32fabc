//! The real HTTP client against broken connections: whatever becomes of a commit call on the wire, one post stands and it is known.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use postrider_core::post::ContentType;
use postrider_engine::Timing;
use postrider_testkit::cells::{self, Cell, Library};
use postrider_testkit::client::deliveries_of;
use postrider_testkit::{Channel, Client, Fleet, Installation, Options, Trouble, person};
use serde_json::{Value, json};

/// How long before their instant posts are scheduled; the clock is then moved on.
const AHEAD_MS: i64 = 3_600_000;
/// How long before the instant everything can be prepared: Facebook's unpublished post two minutes.
const READY_MS: i64 = 110_000;

/// What every network's commit calls meet.
const TROUBLES: &[Trouble] = &[
    Trouble::Stale,
    Trouble::ResetBefore,
    Trouble::ResetAfter,
    Trouble::HalfClosedBefore,
    Trouble::HalfClosedAfter,
    Trouble::CutInHead,
    Trouble::CutInBody,
    Trouble::Redirect(301),
    Trouble::Redirect(302),
    Trouble::Redirect(307),
    Trouble::Redirect(308),
    Trouble::RedirectAfter(307),
    Trouble::Late,
    Trouble::Drip,
    Trouble::Oversized,
    Trouble::GarbageBefore,
    Trouble::GarbageAfter,
];

/// A kind of channel, the host of its commit calls, what is posted, and whether the network keeps a late call from making a second post
/// after the repeat. LinkedIn does not for Pages, nor does Pinterest or Google Business Profile, nor Mastodon in the breath that it takes to store a key
/// (docs/reliability.md); LinkedIn's profiles are called at the same address. TikTok's pictures are kept from it by us: the repeat names other
/// addresses, so that the proxy does not know it by its bytes.
const KINDS: &[(&str, &str, ContentType, bool)] = &[
    ("facebook/facebook_login/page", "graph.facebook.com", ContentType::Text, true),
    (
        "instagram/instagram_login/professional",
        "graph.instagram.com",
        ContentType::Image,
        true,
    ),
    ("threads/threads_login/profile", "graph.threads.net", ContentType::Text, true),
    ("linkedin/member/profile", "api.linkedin.com", ContentType::Text, false),
    ("linkedin/pages/page", "api.linkedin.com", ContentType::Text, false),
    ("tiktok/account/account", "open.tiktokapis.com", ContentType::Image, false),
    ("tiktok/account/account", "open-upload.tiktokapis.com", ContentType::Video, true),
    (
        "bluesky/app_password/repo",
        // The server that the account lives on.
        "morel.us-east.host.bsky.network",
        ContentType::Text,
        true,
    ),
    ("pinterest/account/board", "api.pinterest.com", ContentType::Image, false),
    ("mastodon/server/account", "mastodon.social", ContentType::Text, false),
    ("youtube/channel/channel", "www.googleapis.com", ContentType::Video, true),
    (
        "google_business/google/location",
        "mybusiness.googleapis.com",
        ContentType::Text,
        false,
    ),
    (
        "google_business/google/location",
        "mybusiness.googleapis.com",
        ContentType::Image,
        false,
    ),
    // By the filter for the same words, which pictures without words would pass.
    ("x/account/profile", "api.x.com", ContentType::Text, true),
    // Nothing of it can be read: a person says what became of it.
    ("telegram/bot/channel", "api.telegram.org", ContentType::Text, false),
];

fn options() -> Options {
    let doubtful = Options::doubtful();
    Options {
        timing: Timing {
            // A host that cannot be reached is tried until it can.
            outage_pauses_ms: vec![100; 600],
            ..doubtful.timing
        },
        proxied: true,
        ..doubtful
    }
}

fn cell(channel: &Channel, content_type: ContentType) -> Cell {
    let mut offered = cells::offered(channel.network).into_iter();
    match offered.find(|cell| cell.content_type == content_type) {
        Some(cell) => cell,
        None => panic!("{} takes no {content_type}", channel.label()),
    }
}

async fn schedule(
    client: &Client,
    library: &Library,
    channel: Channel,
    content_type: ContentType,
    words: String,
    due_ms: i64,
) -> Scheduled {
    let body = cells::on(cell(&channel, content_type).body(library, &words), &[&channel]);
    let post = client.schedule(&body, due_ms).await;
    let delivery = deliveries_of(&post)[0]["id"].as_str().unwrap().to_owned();
    Scheduled { channel, words, delivery }
}

/// Moves the clocks on, the networks' first: what they make is to be later than the promise of it.
async fn until(installation: &Installation, at_ms: i64) {
    let by_ms = at_ms - installation.now_ms();
    installation.twin.post("clock", json!({"advance_ms": by_ms})).await;
    installation.advance_ms(by_ms);
}

/// A post that was scheduled.
struct Scheduled {
    channel: Channel,
    words: String,
    delivery: String,
}

/// Waits for the end of each; it is true if as many posts stand as the end says. Answers how many failed.
async fn ends_are_true(installation: &Installation, client: &Client, scheduled: &[Scheduled]) -> usize {
    let twin = &installation.twin;
    let ends = scheduled
        .iter()
        .map(|one| person::settled(client, twin, &one.channel, &one.delivery, &one.words));
    let ended = join_all(ends).await;
    let mut failed = 0;
    for (one, delivery) in scheduled.iter().zip(ended) {
        let standing = installation
            .twin
            .saying(one.channel.network, &one.channel.external_id, &one.words)
            .await;
        let wanted = match delivery["state"].as_str() {
            Some("published") => 1,
            Some("failed") => 0,
            _ => usize::MAX,
        };
        if standing.len() != wanted {
            panic!("{standing:#?}\n{delivery:#}\n{}", client.history(&one.delivery).await);
        }
        failed += 1 - wanted;
    }
    failed
}

/// No post of nobody's stands either.
async fn nothing_else_stands(installation: &Installation, fleet: &Fleet, posts: usize) {
    let feeds = fleet
        .channels
        .iter()
        .map(|channel| installation.twin.feed(channel.network, &channel.external_id));
    let standing: usize = join_all(feeds).await.iter().map(Vec::len).sum();
    assert_eq!(standing, posts);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_the_connection_breaks_one_post_stands() {
    let installation = Installation::open(options()).await;
    let proxy = installation.proxy.as_ref().unwrap();
    let client = installation.owner().await;
    let fleet = Fleet::connect(&client, &installation.twin, 4).await;
    let library = Library::upload(&client).await;
    let mut planned: BTreeMap<&str, Vec<Trouble>> = BTreeMap::new();
    let mut wanted = Vec::new();
    for (label, host, content_type, fenced) in KINDS {
        let troubles = TROUBLES.iter().copied().chain(fenced.then_some(Trouble::AfterRepeat));
        for (number, trouble) in troubles.enumerate() {
            planned.entry(host).or_default().push(trouble);
            wanted.push((*label, *host, number, *content_type));
        }
    }
    for (host, troubles) in &planned {
        proxy.plan(host, troubles);
    }
    let due_ms = installation.now_ms() + AHEAD_MS;
    let scheduled = join_all(wanted.iter().map(|(label, host, number, content_type)| {
        let channel = fleet.pick(label, *number).clone();
        let to = host.replace('.', " ");
        let of = label.replace(['/', '_'], " ");
        let words = format!("Broken connection {number:02}, {content_type} of {of} to {to}");
        schedule(&client, &library, channel, *content_type, words, due_ms)
    }))
    .await;
    until(&installation, due_ms).await;
    let failed = ends_are_true(&installation, &client, &scheduled).await;
    // An answer that the network does not give is no reason to send it again; a person is told.
    let redirects = planned
        .values()
        .flatten()
        .filter(|trouble| matches!(trouble, Trouble::Redirect(_)))
        .count();
    assert!(failed <= redirects, "{failed} failed");
    // What arrives late has arrived before posts are counted.
    let struck = proxy.struck(scheduled.len()).await;
    nothing_else_stands(&installation, &fleet, scheduled.len() - failed).await;
    assert_eq!(proxy.followed(), Vec::<String>::new(), "a redirect of a commit call was followed");
    let mut met: BTreeMap<String, Vec<Trouble>> = BTreeMap::new();
    for (host, trouble) in struck {
        met.entry(host).or_default().push(trouble);
    }
    for (host, mut troubles) in planned {
        let mut met = met.remove(host).unwrap_or_default();
        troubles.sort();
        met.sort();
        assert_eq!(met, troubles, "{host}: not every trouble was met once");
        println!("{host}: {} troubles, one post each", met.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_connection_is_made_nothing_is_in_doubt_and_it_goes_out_once_it_is() {
    let installation = Installation::open(options()).await;
    let proxy = installation.proxy.as_ref().unwrap();
    let client = installation.owner().await;
    let fleet = Fleet::connect(&client, &installation.twin, 1).await;
    let library = Library::upload(&client).await;
    let due_ms = installation.now_ms() + AHEAD_MS;
    let called: BTreeSet<(&str, &str)> = KINDS.iter().map(|(label, host, ..)| (*label, *host)).collect();
    let scheduled = join_all(called.iter().map(|(label, host)| {
        let words = format!(
            "Refused connection of {} to {}",
            label.replace(['/', '_'], " "),
            host.replace('.', " ")
        );
        let channel = fleet.pick(label, 0).clone();
        let content_type = cells::simplest(channel.network).content_type;
        schedule(&client, &library, channel, content_type, words, due_ms)
    }))
    .await;
    until(&installation, due_ms - READY_MS).await;
    // Only the commit is left.
    for one in &scheduled {
        client.until_state(&one.delivery, &["staged"]).await;
    }
    proxy.refuse().await;
    until(&installation, due_ms).await;
    for one in &scheduled {
        let history = format!("deliveries/{}/history", one.delivery);
        let told = |seen: &Value| seen.to_string().contains("not_sent");
        client.until(&history, &one.delivery, told).await;
    }
    proxy.take_again().await.unwrap();
    assert_eq!(ends_are_true(&installation, &client, &scheduled).await, 0);
    for one in &scheduled {
        let history = client.history(&one.delivery).await;
        assert!(!history.contains("in_doubt"), "{history}");
    }
    nothing_else_stands(&installation, &fleet, scheduled.len()).await;
}
