//! A database that was brought back from a copy: what everybody sees of it, and the administrator's way on.

use std::time::Duration;

use postrider_core::permission::Role;
use postrider_store::pulse::{self, Held, HeldWhy};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Browser, TestApp, now_ms};

async fn hold(app: &TestApp) {
    let mut tx = app.tx().await;
    let held = Held {
        why: HeldWhy::Behind,
        since_ms: now_ms() - 60_000,
        at_ms: now_ms(),
    };
    assert!(pulse::hold(&mut tx, held).await.unwrap());
    tx.commit().await.unwrap();
    app.engine.shared().hold.look_again();
}

async fn until(browser: &Browser, held: bool) -> Value {
    let asked = async {
        loop {
            let told = browser.get("/recovery").await.expect(200);
            if told["held"].is_object() == held {
                return told;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), asked).await.unwrap()
}

#[tokio::test]
async fn a_held_installation_says_so_and_an_administrator_goes_on() {
    let app = TestApp::running().await;
    let (owner, elsewhere) = (app.owners_browser().await, app.owners_browser().await);
    let author = app.browser(app.member(Role::Author).await).await;
    let channel = app.channel().await.to_string();
    let post = json!({"content_type": "text", "text": "Soon", "deliveries": [{"channel_id": channel}],
        "schedule": {"at": "2040-06-01T09:00:00Z"}});
    let posts = format!("/projects/{}/posts", app.project);
    let post = owner.post(&posts, post).await.expect(201);
    let post = format!("/posts/{}", post["id"].as_str().unwrap());
    owner
        .post(&format!("{post}/schedule"), json!({"schedule": {"at": "2040-06-01T09:00:00Z"}}))
        .await
        .expect(200);
    assert_eq!(until(&owner, false).await, json!({"held": null, "unwitnessed": null}));
    owner.post("/recovery", json!({})).await.refused(409, "conflict");

    hold(&app).await;
    let told = until(&owner, true).await;
    assert_eq!(
        (&told["held"]["why"], &told["held"]["looked_for"]["count"]),
        (&json!("behind"), &json!(1))
    );
    assert_eq!(told["held"]["looked_for"]["items"][0]["due_at"], "2040-06-01T09:00:00.000Z");
    let told = author.get("/recovery").await.expect(200);
    assert!(told["held"]["remedy"].is_string());
    assert_eq!(
        told["held"]["looked_for"],
        Value::Null,
        "what waits is no member's of another organization"
    );
    // What the database said last is good for a second.
    loop {
        let ready = owner.send(owner.request(Method::GET, "/readyz")).await;
        if ready.body["why"].as_str().is_some_and(|why| why.contains("publishing is held")) {
            assert_eq!(ready.status, 503);
            break;
        }
        tokio::task::yield_now().await;
    }
    let refused = owner
        .post(&format!("{post}/cancel"), json!({}))
        .await
        .refused(409, "delivery.unseen");
    assert!(refused["remedy"].is_string());

    author.post("/recovery", json!({})).await.refused(403, "permission");
    owner.post("/recovery", json!({})).await.expect(204);
    until(&owner, false).await;
    elsewhere.get("/recovery").await.refused(401, "session.required");
}

#[tokio::test]
async fn a_witness_that_cannot_be_written_is_told_to_administrators_and_a_word_on_the_clock_is_always_taken() {
    let app = TestApp::running().await;
    let owner = app.owners_browser().await;
    let author = app.browser(app.member(Role::Author).await).await;
    assert_eq!(until(&owner, false).await, json!({"held": null, "unwitnessed": null}));
    author
        .post("/recovery", json!({"clock_is_right": true}))
        .await
        .refused(403, "permission");
    let beat = pulse::read(&app.db).await.unwrap().beat;
    owner.post("/recovery", json!({"clock_is_right": true})).await.expect(204);
    // The server looks at once, and finds its witness well; the next time is a minute away.
    let looked = async {
        while pulse::read(&app.db).await.unwrap().beat == beat {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), looked).await.expect("no beat");
    let mut tx = app.tx().await;
    let sql = "UPDATE pulse SET witnessed_at = 1 WHERE clock_confirmed_at > 0";
    assert_eq!(tx.run(sql, Vec::new()).await.unwrap(), 1, "it was stored");
    tx.commit().await.unwrap();
    let told = owner.get("/recovery").await.expect(200);
    assert!(told["unwitnessed"]["remedy"].is_string(), "{told:#}");
    assert_eq!(author.get("/recovery").await.expect(200)["unwitnessed"], Value::Null);
    loop {
        let ready = owner.send(owner.request(Method::GET, "/readyz")).await;
        if ready.body["warning"].is_string() {
            assert_eq!((ready.status.as_u16(), &ready.body["ready"]), (200, &json!(true)));
            break;
        }
        tokio::task::yield_now().await;
    }
}
