//! What is foretold of a post, saved or not, and what authors are told of channels in advance.

use postrider_core::Network;
use postrider_core::breaker::FAILURES_MAX;
use postrider_engine::at_risk;
use postrider_store::args;
use serde_json::{Value, json};

use crate::app::{Browser, TestApp, now_ms};

const DAY_MS: i64 = 86_400_000;

fn instant(at_ms: i64) -> String {
    serde_json::to_value(postrider_web::dto::Instant(at_ms))
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

fn post_on(channel: &str, text: &str) -> Value {
    json!({"content_type": "text", "text": text, "hashtags": ["bread"], "deliveries": [{"channel_id": channel}]})
}

async fn scheduled(app: &TestApp, owner: &Browser, channel: &str, text: &str, at: &str) -> String {
    let made = owner
        .post(&format!("/projects/{}/posts", app.project), post_on(channel, text))
        .await
        .expect(201);
    let path = format!("/posts/{}", made["id"].as_str().unwrap());
    let at = json!({"schedule": {"at": at}});
    owner.post(&format!("{path}/schedule"), at).await.expect(200);
    path
}

async fn only(owner: &Browser, path: &str) -> Value {
    let told = owner.get(&format!("{path}/forecast")).await.expect(200);
    assert_eq!(told["channels"].as_array().map(Vec::len), Some(1), "{told}");
    told["channels"][0].clone()
}

async fn set_channel(app: &TestApp, channel: &str, sql: &'static str, value: impl Into<postrider_store::Arg>) {
    app.db.run(sql, vec![channel.to_owned().into(), value.into()]).await.unwrap();
}

const ENDS: &str = "UPDATE channels SET access_ends_at = $2 WHERE id = $1";
const STATUS: &str = "UPDATE channels SET status = $2 WHERE id = $1";

#[tokio::test]
async fn a_saved_post_is_foretold_as_it_stands() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let channel = app.channel().await.to_string();
    let at = instant(now_ms() + 2 * DAY_MS);
    let path = scheduled(&app, &owner, &channel, "Fresh bread", &at).await;
    let told = only(&owner, &path).await;
    assert_eq!(
        (
            &told["verdict"],
            &told["text"],
            &told["goes_at"],
            &told["ends_as"],
            &told["problems"]
        ),
        (
            &json!("will_publish"),
            &json!("Fresh bread\n\n#bread"),
            &json!(at),
            &json!("published"),
            &json!([])
        )
    );
    assert_eq!((&told["hour_max"], &told["hour_left"]), (&json!(10), &json!(10)));
    assert_eq!(told["channel"]["id"], channel);

    set_channel(&app, &channel, ENDS, now_ms() + DAY_MS).await;
    let ends = only(&owner, &path).await;
    assert_eq!(
        (
            &ends["verdict"],
            &ends["problems"][0]["code"],
            &ends["access_holds"],
            &ends["goes_at"]
        ),
        (
            &json!("will_not_publish"),
            &json!("channel.access_ends"),
            &json!(false),
            &Value::Null
        )
    );
    set_channel(&app, &channel, STATUS, "revoked").await;
    assert_eq!(only(&owner, &path).await["problems"][0]["code"], "channel.unusable");

    owner.post(&format!("{path}/unschedule"), json!({})).await.expect(200);
    let codes: Vec<Value> = only(&owner, &path).await["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["code"].clone())
        .collect();
    assert_eq!(codes, [json!("delivery.draft"), json!("channel.unusable")]);
    owner.post(&format!("{path}/cancel"), json!({})).await.expect(200);
    assert_eq!(
        owner.get(&format!("{path}/forecast")).await.expect(200)["channels"],
        json!([]),
        "of what is over there is nothing to foretell"
    );
}

#[tokio::test]
async fn what_stands_in_the_composer_is_foretold_as_if_it_were_scheduled() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let channel = app.channel().await.to_string();
    let ask = format!("/projects/{}/posts/forecast", app.project);
    let at = instant(now_ms() + DAY_MS);
    let path = scheduled(&app, &owner, &channel, "Fresh bread", &at).await;
    let id = path.trim_start_matches("/posts/");

    let mut body = post_on(&channel, "Fresh bread");
    body["schedule"] = json!({"at": instant(now_ms() + DAY_MS + 60_000)});
    let told = owner.post(&ask, body.clone()).await.expect(200);
    let one = &told["channels"][0];
    assert_eq!((&told["post_id"], &one["delivery_id"]), (&Value::Null, &Value::Null));
    assert_eq!((&one["verdict"], &one["hour_left"]), (&json!("will_publish"), &json!(9)));
    for list in ["neighbours", "same_content"] {
        assert_eq!(one[list][0]["post_id"], id, "{list}");
    }
    assert_eq!(one["problems"][0]["code"], "post.same_content");

    let next = owner.post(&format!("{ask}?post_id={id}"), body.clone()).await.expect(200);
    assert_eq!(next["channels"][0]["problems"], json!([]), "a post does not repeat itself");

    body["schedule"] = json!({"at": "2020-01-01T00:00:00Z"});
    let past = owner.post(&ask, body.clone()).await.expect(200);
    assert_eq!(
        (&past["channels"][0]["verdict"], &past["channels"][0]["problems"][0]["field"]),
        (&json!("will_not_publish"), &json!("schedule"))
    );
    body["schedule"] = Value::Null;
    body["text"] = json!("a".repeat(301));
    let long = owner.post(&ask, body.clone()).await.expect(200);
    assert_eq!(
        (&long["channels"][0]["due_at"], &long["channels"][0]["problems"][0]["code"]),
        (&Value::Null, &json!("text.too_long"))
    );
    body["deliveries"] = json!([]);
    assert_eq!(owner.post(&ask, body).await.expect(200)["channels"], json!([]));
    let kept = owner.get(&format!("/projects/{}/posts", app.project)).await.expect(200);
    assert_eq!(kept["items"].as_array().map(Vec::len), Some(1), "nothing is stored");
}

#[tokio::test]
async fn a_full_hour_refuses_what_is_not_scheduled_and_an_outage_is_a_warning() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let channel = app.channel().await.to_string();
    let ask = format!("/projects/{}/posts/forecast", app.project);
    let at_ms = now_ms() + 2 * 3_600_000;
    for nth in 0..10 {
        scheduled(&app, &owner, &channel, &format!("Number {nth}"), &instant(at_ms + nth)).await;
    }
    let mut body = post_on(&channel, "One more");
    body["schedule"] = json!({"at": instant(at_ms + 60_000)});
    let told = owner.post(&ask, body.clone()).await.expect(200)["channels"][0].clone();
    assert_eq!(
        (
            &told["verdict"],
            &told["problems"][0]["code"],
            &told["problems"][0]["severity"],
            &told["next_free_at"]
        ),
        (
            &json!("will_not_publish"),
            &json!("quota.full"),
            &json!("error"),
            &json!(instant(at_ms + 3_600_000))
        )
    );
    let words = told["problems"][0]["message"].as_str().unwrap();
    assert!(words.contains("10 posts on one channel within any hour"), "{words}");

    body["schedule"] = json!({"at": told["next_free_at"]});
    let free = owner.post(&ask, body.clone()).await.expect(200)["channels"][0].clone();
    assert_eq!((&free["verdict"], &free["next_free_at"]), (&json!("will_publish"), &Value::Null));

    let url = "https://bsky.social/xrpc/com.atproto.repo.putRecord";
    for _ in 0..FAILURES_MAX {
        let lost = postrider_provider::Sent::Lost(String::new());
        app.engine.shared().breakers.learn(Network::Bluesky, url, &lost, now_ms());
    }
    let told = owner.post(&ask, body).await.expect(200)["channels"][0].clone();
    assert_eq!(
        (&told["verdict"], &told["problems"][0]["code"]),
        (&json!("will_publish"), &json!("network.outage"))
    );
}

#[tokio::test]
async fn posts_show_what_puts_them_at_risk_and_their_author_is_told_once() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let channel = app.channel().await.to_string();
    let shared = app.engine.shared();
    let mut paths = Vec::new();
    for days in [1, 3] {
        let at = instant(now_ms() + days * DAY_MS);
        paths.push(scheduled(&app, &owner, &channel, &format!("In {days} days"), &at).await);
    }
    assert_eq!(at_risk::tell(shared, false).await.unwrap(), 0, "all is well");
    let risks = async || {
        let mut risks = Vec::new();
        for path in &paths {
            risks.push(owner.get(path).await.expect(200)["deliveries"][0]["at_risk"]["risk"].clone());
        }
        risks
    };
    assert_eq!(risks().await, [Value::Null, Value::Null]);

    set_channel(&app, &channel, ENDS, now_ms() + 2 * DAY_MS).await;
    assert_eq!(risks().await, [json!("expiring"), json!("access_ends")]);
    let range = format!(
        "/projects/{}/calendar?from={}&to={}",
        app.project,
        instant(now_ms()),
        instant(now_ms() + 5 * DAY_MS)
    );
    let calendar = owner.get(&range).await.expect(200);
    assert_eq!(calendar["items"][1]["deliveries"][0]["at_risk"]["risk"], "access_ends");
    assert_eq!(at_risk::tell(shared, false).await.unwrap(), 1, "one notice for both posts");
    assert_eq!(at_risk::tell(shared, false).await.unwrap(), 0, "and none again");

    set_channel(&app, &channel, STATUS, "expired").await;
    assert_eq!(risks().await, [json!("unusable"), json!("unusable")]);
    assert_eq!(at_risk::tell(shared, false).await.unwrap(), 1, "it got worse");
    let notices = owner.get("/notifications").await.expect(200);
    let told: Vec<(&str, &str)> = notices["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|notice| {
            (
                notice["kind"].as_str().unwrap(),
                notice["subject"]["channel_id"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("channel.expired", channel.as_str()), ("channel.expiring", channel.as_str())]
    );
    assert!(
        notices["items"][0]["text"].as_str().unwrap().contains("2 posts of yours"),
        "{notices}"
    );

    set_channel(&app, &channel, STATUS, "active").await;
    set_channel(&app, &channel, ENDS, None::<i64>).await;
    assert_eq!(at_risk::tell(shared, false).await.unwrap(), 0);
    set_channel(&app, &channel, STATUS, "expired").await;
    assert_eq!(
        at_risk::tell(shared, false).await.unwrap(),
        1,
        "what got well and ill again is told anew"
    );
    assert!(app.db.run("DELETE FROM risk_notices", args![]).await.unwrap() > 0);
}

#[tokio::test]
async fn whoever_stands_behind_hundreds_that_need_no_notice_is_told_all_the_same() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let mut channels = Vec::new();
    for _ in 0..501 {
        channels.push(app.channel().await.to_string());
    }
    let at = instant(now_ms() + 2 * DAY_MS);
    for some in channels.chunks(100) {
        let deliveries: Vec<Value> = some.iter().map(|channel| json!({"channel_id": channel})).collect();
        let body = json!({"content_type": "text", "text": format!("To {}", some[0]), "deliveries": deliveries});
        let post = owner.post(&format!("/projects/{}/posts", app.project), body).await.expect(201);
        let path = format!("/posts/{}/schedule", post["id"].as_str().unwrap());
        owner.post(&path, json!({"schedule": {"at": at}})).await.expect(200);
    }
    // Of a halt the guard itself has told who may lift it.
    let last = channels.iter().max().unwrap();
    let halted = app
        .db
        .run("UPDATE channels SET halted_at = $1 WHERE id <> $2", args![now_ms(), last])
        .await;
    assert_eq!(halted.unwrap(), 500);
    set_channel(&app, last, STATUS, "expired").await;
    assert_eq!(at_risk::tell(app.engine.shared(), false).await.unwrap(), 1);
}
