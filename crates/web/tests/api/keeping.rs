//! Channels that nobody uses are looked at all the same, and whoever can connect them again hears of what does not last.

use std::time::Duration;

use postrider_core::permission::Role;
use postrider_engine::at_risk;
use postrider_engine::connect::{CHECK_MS, Checked, check_due};
use postrider_store::args;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::app::{Browser, TestApp, now_ms, plain_client};
use crate::connecting::bluesky;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// An installation that publishes: where that is held, no channel is looked at.
async fn publishing() -> TestApp {
    let app = TestApp::running().await;
    app.engine.shared().hold.settled(Duration::from_secs(60)).await;
    app
}

async fn check(app: &TestApp) -> Checked {
    check_due(app.engine.shared(), &CancellationToken::new()).await.unwrap()
}

/// Six hours and a minute pass for a channel.
async fn unseen_for_long(app: &TestApp) {
    let long_ago = now_ms() - CHECK_MS - 60_000;
    app.db.run("UPDATE channels SET verified_at = $1", args![long_ago]).await.unwrap();
}

async fn sandbox(app: &TestApp, path: &str, body: Value) {
    let url = format!("{}/_sandbox/{path}", app.sandbox);
    let answer = plain_client().post(url).json(&body).send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
}

async fn card(owner: &Browser, channel: &Value) -> Value {
    owner
        .get(&format!("/channels/{}", channel["id"].as_str().unwrap()))
        .await
        .expect(200)
}

async fn notices(person: &Browser) -> Vec<(String, String)> {
    let listed = person.get("/notifications").await.expect(200);
    let items = listed["items"].as_array().unwrap().iter();
    items
        .map(|notice| {
            let words = |key: &str| notice[key].as_str().unwrap().to_owned();
            (words("kind"), words("text"))
        })
        .collect()
}

#[tokio::test]
async fn a_channel_is_looked_at_every_six_hours_and_an_outage_says_nothing_of_it() {
    let app = publishing().await;
    let owner = app.owners_browser().await;
    let channel = bluesky(&app, &owner).await;
    assert_eq!(check(&app).await, Checked::default(), "it was seen when it was connected");

    unseen_for_long(&app).await;
    assert_eq!(check(&app).await, Checked { seen: 1, unanswered: 0 });
    assert_eq!(check(&app).await, Checked::default());

    unseen_for_long(&app).await;
    let away = json!({"match": {"network": "bluesky"}, "action": {"do": "status", "status": 503}});
    sandbox(&app, "faults", away).await;
    assert_eq!(check(&app).await, Checked { seen: 0, unanswered: 1 });
    assert_eq!(card(&owner, &channel).await["status"], "active");
    assert_eq!(check(&app).await, Checked::default(), "it is not asked again at once");
    plain_client()
        .delete(format!("{}/_sandbox/faults", app.sandbox))
        .send()
        .await
        .unwrap();
    app.db
        .run("UPDATE channels SET check_at = check_at - $1", args![HOUR_MS])
        .await
        .unwrap();
    assert_eq!(check(&app).await, Checked { seen: 1, unanswered: 0 });
}

#[tokio::test]
async fn an_access_that_was_taken_back_shows_and_whoever_can_connect_it_again_is_told_once() {
    let app = publishing().await;
    let owner = app.owners_browser().await;
    let author = app.browser(app.member(Role::Author).await).await;
    let channel = bluesky(&app, &owner).await;
    unseen_for_long(&app).await;
    sandbox(&app, "tokens/revoke", json!({"network": "bluesky"})).await;
    assert_eq!(check(&app).await, Checked { seen: 1, unanswered: 0 });
    let status = card(&owner, &channel).await["status"].clone();
    assert!(status == "expired" || status == "revoked", "{status}");

    let shared = app.engine.shared();
    assert_eq!(at_risk::tell(shared, false).await.unwrap(), 1);
    assert_eq!(at_risk::tell(shared, false).await.unwrap(), 0, "and not again");
    let told = notices(&owner).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, "channel.expired");
    assert!(told[0].1.contains("Open Connections, choose Reconnect"), "{told:?}");
    assert_eq!(
        notices(&author).await,
        [],
        "an author without posts there has nothing to do about it"
    );
    assert_eq!(check(&app).await, Checked::default(), "what has ended is not asked any more");
}

#[tokio::test]
async fn an_end_that_nothing_renews_is_told_fourteen_seven_and_one_day_ahead() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let channel = app.channel().await;
    let shared = app.engine.shared();
    let mut told = 0;
    for (days_left, notice) in [(20, 0), (13, 1), (9, 0), (6, 1), (2, 0), (0, 1)] {
        let ends = now_ms() + days_left * DAY_MS + 12 * HOUR_MS;
        let sql = "UPDATE channels SET access_ends_at = $2 WHERE id = $1";
        app.db.run(sql, args![channel, ends]).await.unwrap();
        assert_eq!(
            at_risk::tell(shared, false).await.unwrap(),
            notice,
            "{days_left} days and a half are left"
        );
        told += notice;
        assert_eq!(notices(&owner).await.len(), told);
    }
}
