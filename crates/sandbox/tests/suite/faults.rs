//! What goes wrong on demand, seen from the client and in the world.

use std::time::Duration;

use crate::stage::{Stage, code_of, mp4};
use serde_json::{Value, json};

const PAGE: &str = "104233000000001";

async fn page_token(stage: &Stage) -> String {
    let scopes = ["pages_show_list", "pages_manage_posts", "pages_read_engagement"];
    let (_, token) = stage
        .control(
            "tokens",
            json!({"network": "facebook", "kind": "page", "person": "ada", "account": PAGE, "scopes": scopes}),
        )
        .await;
    token["value"].as_str().expect("a token").to_owned()
}

async fn publish(stage: &Stage, token: &str, message: &str) -> Result<(u16, Value), reqwest::Error> {
    let request = stage
        .request("POST", &format!("graph.facebook.com/v25.0/{PAGE}/feed"))
        .form(&[("message", message), ("access_token", token)]);
    let answer = request.timeout(Duration::from_secs(20)).send().await?;
    let status = answer.status().as_u16();
    Ok((status, answer.json().await?))
}

async fn commits(stage: &Stage) -> Vec<Value> {
    let (_, log) = stage.get("_sandbox/log", &[("commits", "true")]).await;
    log["entries"].as_array().cloned().unwrap_or_default()
}

/// Asks until the world holds that many posts of the Page.
async fn until_posts(stage: &Stage, count: usize) -> Vec<Value> {
    for _ in 0..5_000 {
        let posts = stage.posts("facebook", PAGE).await;
        if posts.len() >= count {
            return posts;
        }
        tokio::task::yield_now().await;
    }
    panic!("the post never came");
}

#[tokio::test]
async fn a_lost_request_leaves_nothing_and_a_lost_answer_leaves_a_post() {
    let stage = Stage::start().await;
    let token = page_token(&stage).await;
    for (action, posts, outcome) in [("lose_request", 0, "request_lost"), ("lose_answer", 1, "answer_lost")] {
        stage
            .fault(json!({"network": "facebook", "operation": "publish_feed"}), json!({"do": action}))
            .await;
        let failed = publish(&stage, &token, action).await.expect_err("the connection is closed");
        assert!(failed.is_request() && !failed.is_timeout(), "{failed:?}");
        assert_eq!(stage.posts("facebook", PAGE).await.len(), posts, "{action}");
        let log = commits(&stage).await;
        let last = log.last().expect("an entry");
        assert_eq!(
            (&last["outcome"], &last["operation"], &last["network"]),
            (&json!(outcome), &json!("publish_feed"), &json!("facebook"))
        );
        assert_eq!(last["status"].is_null(), posts == 0);
    }
    assert_eq!(
        publish(&stage, &token, "after").await.expect("an answer").0,
        200,
        "a fault is over after its times"
    );
}

#[tokio::test]
async fn a_held_request_is_processed_after_the_client_has_gone() {
    let stage = Stage::start().await;
    let token = page_token(&stage).await;
    stage
        .fault(json!({"operation": "publish_feed"}), json!({"do": "hold", "ms": 600}))
        .await;
    let request = stage
        .request("POST", &format!("graph.facebook.com/v25.0/{PAGE}/feed"))
        .form(&[("message", "late"), ("access_token", &token)]);
    let failed = request
        .timeout(Duration::from_millis(30))
        .send()
        .await
        .expect_err("the client's time is up");
    assert!(failed.is_timeout());
    assert!(stage.posts("facebook", PAGE).await.is_empty(), "not yet");
    assert_eq!(until_posts(&stage, 1).await[0]["text"], "late");
    let entry = &commits(&stage).await[0];
    let (at_us, processed_us) = (
        entry["at_us"].as_i64().expect("arrival"),
        entry["processed_us"].as_i64().expect("processing"),
    );
    assert!(processed_us - at_us >= 600_000, "{entry}");
}

#[tokio::test]
async fn a_held_connection_may_be_closed_before_the_request_is_processed() {
    let stage = Stage::start().await;
    let token = page_token(&stage).await;
    stage
        .fault(
            json!({"operation": "publish_feed"}),
            json!({"do": "hold", "ms": 100, "close_after_ms": 0}),
        )
        .await;
    let failed = publish(&stage, &token, "late").await.expect_err("the connection is closed");
    assert!(!failed.is_timeout());
    assert_eq!(until_posts(&stage, 1).await.len(), 1);
}

#[tokio::test]
async fn the_nth_request_is_hit_and_as_many_as_asked() {
    let stage = Stage::start().await;
    let token = page_token(&stage).await;
    stage
        .fault(
            json!({"operation": "publish_*", "nth": 2, "times": 2}),
            json!({"do": "error", "name": "service_down"}),
        )
        .await;
    let mut statuses = Vec::new();
    for index in 0..4 {
        statuses.push(publish(&stage, &token, &index.to_string()).await.expect("an answer").0);
    }
    assert_eq!(statuses, [200, 503, 503, 200]);
    let (_, faults) = stage.get("_sandbox/faults", &[]).await;
    assert_eq!((&faults["faults"][0]["seen"], &faults["faults"][0]["hits"]), (&json!(4), &json!(2)));
}

#[tokio::test]
async fn an_error_may_hide_that_the_post_was_made() {
    let stage = Stage::start().await;
    let token = page_token(&stage).await;
    stage
        .fault(
            json!({"network": "facebook", "commit": true}),
            json!({"do": "error", "name": "unknown_as_400", "processed": true}),
        )
        .await;
    let (status, body) = publish(&stage, &token, "there").await.expect("an answer");
    assert_eq!((status, code_of(&body)), (400, (1, 99)));
    assert_eq!(stage.posts("facebook", PAGE).await.len(), 1);
}

#[tokio::test]
async fn every_way_to_answer_otherwise_is_taken_once() {
    let stage = Stage::start().await;
    let token = page_token(&stage).await;
    let cases = [
        (
            json!({"do": "status", "status": 502, "body": "bad gateway", "headers": {"x-why": "test"}}),
            502,
        ),
        (json!({"do": "rate_limit", "retry_after_s": 30}), 400),
        (json!({"do": "delay_before", "ms": 5}), 200),
        (json!({"do": "delay_after", "ms": 5}), 200),
    ];
    for (index, (action, status)) in cases.into_iter().enumerate() {
        stage
            .fault(json!({"path_contains": "/feed", "method": "POST"}), action.clone())
            .await;
        let fields = [("message", index.to_string()), ("access_token", token.clone())];
        let (got, body) = stage
            .send(
                stage
                    .request("POST", &format!("graph.facebook.com/v25.0/{PAGE}/feed"))
                    .form(&fields),
            )
            .await;
        assert_eq!(got, status, "{action}: {body}");
    }
    assert_eq!(stage.posts("facebook", PAGE).await.len(), 2);
    let (status, _) = stage.control("faults", json!({"action": {"do": "nonsense"}})).await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn a_call_whose_answer_is_delayed_is_under_way_though_it_was_done() {
    let stage = Stage::start().await;
    let token = page_token(&stage).await;
    // Far longer than the client waits.
    stage
        .fault(
            json!({"network": "facebook", "commit": true}),
            json!({"do": "delay_after", "ms": 600_000}),
        )
        .await;
    let asked = tokio::spawn({
        let request = stage
            .request("POST", &format!("graph.facebook.com/v25.0/{PAGE}/feed"))
            .form(&[("message", "there"), ("access_token", &token)]);
        request.send()
    });
    until_posts(&stage, 1).await;
    let log = commits(&stage).await;
    assert_eq!((&log[0]["outcome"], &log[0]["status"]), (&json!("open"), &json!(200)), "{log:?}");
    assert!(log[0]["done_us"].is_null() && !log[0]["processed_us"].is_null(), "{log:?}");
    asked.abort();
}

#[tokio::test]
async fn slow_processing_keeps_a_video_waiting() {
    let stage = Stage::start().await;
    let token = page_token(&stage).await;
    stage
        .fault(
            json!({"operation": "publish_video"}),
            json!({"do": "slow_processing", "ms": 60_000}),
        )
        .await;
    let part = reqwest::multipart::Part::bytes(mp4(9_000, 640, 360, 100)).file_name("a.mp4");
    let form = reqwest::multipart::Form::new()
        .text("access_token", token.clone())
        .part("source", part);
    let (_, video) = stage
        .send(
            stage
                .request("POST", &format!("graph-video.facebook.com/v25.0/{PAGE}/videos"))
                .multipart(form),
        )
        .await;
    let node = format!("graph.facebook.com/v25.0/{}", video["id"].as_str().expect("a video"));
    for (wait_ms, expected) in [(59_000, "processing"), (2_000, "ready")] {
        stage.advance_ms(wait_ms).await;
        let (_, body) = stage.get(&node, &[("fields", "status"), ("access_token", &token)]).await;
        assert_eq!(body["status"]["video_status"], expected);
    }
}

#[tokio::test]
async fn lists_lag_but_reads_by_id_do_not() {
    let stage = Stage::start().await;
    let token = page_token(&stage).await;
    stage.control("settings", json!({"list_lag_ms": 30_000})).await;
    let (_, post) = publish(&stage, &token, "fresh").await.expect("an answer");
    let list = format!("graph.facebook.com/v25.0/{PAGE}/published_posts");
    let (_, before) = stage.get(&list, &[("access_token", &token)]).await;
    assert_eq!(before["data"], json!([]));
    let by_id = format!("graph.facebook.com/v25.0/{}", post["id"].as_str().expect("an id"));
    assert_eq!(stage.get(&by_id, &[("access_token", &token)]).await.0, 200);
    stage.advance_ms(30_000).await;
    let (_, after) = stage.get(&list, &[("access_token", &token)]).await;
    assert_eq!(after["data"][0]["id"], post["id"]);
}

#[tokio::test]
async fn a_reset_forgets_posts_tokens_faults_and_log_and_seeds_the_same_again() {
    let stage = Stage::start().await;
    let (_, first) = stage.get("_sandbox/accounts", &[]).await;
    let token = page_token(&stage).await;
    publish(&stage, &token, "gone").await.expect("an answer");
    stage.fault(json!({}), json!({"do": "lose_request"})).await;
    assert_eq!(stage.control("reset", json!({})).await.0, 204);
    assert!(stage.posts("facebook", PAGE).await.is_empty() && commits(&stage).await.is_empty());
    let (status, body) = publish(&stage, &token, "no").await.expect("an answer");
    assert_eq!((status, code_of(&body).0), (400, 190));
    assert_eq!(stage.get("_sandbox/accounts", &[]).await.1, first);
}

#[tokio::test]
async fn more_accounts_are_made_for_a_load_test() {
    let stage = Stage::start().await;
    for network in postrider_sandbox::MODULES.iter().map(|module| module.network) {
        let (status, made) = stage
            .control("accounts", json!({"network": network, "person": "ada", "count": 3}))
            .await;
        assert_eq!(status, 201, "{made}");
        let ids: std::collections::BTreeSet<_> = made["accounts"]
            .as_array()
            .expect("accounts")
            .iter()
            .map(|account| account["id"].to_string())
            .collect();
        assert_eq!(ids.len(), 3, "{network}");
    }
}

#[tokio::test]
async fn the_pages_show_what_followers_see_and_what_only_the_owner_sees() {
    let stage = Stage::start().await;
    let token = page_token(&stage).await;
    publish(&stage, &token, "For <everyone>").await.expect("an answer");
    let fields = [
        ("message", "Only mine"),
        ("published", "false"),
        ("unpublished_content_type", "DRAFT"),
        ("access_token", &token),
    ];
    stage.form(&format!("graph.facebook.com/v25.0/{PAGE}/feed"), &fields).await;
    let text = async |path: &str| stage.get(path, &[]).await.1.as_str().unwrap_or_default().to_owned();
    let public = text(&format!("accounts/facebook/{PAGE}")).await;
    assert!(public.contains("For &lt;everyone&gt;") && !public.contains("Only mine"), "{public}");
    let owner = text(&format!("accounts/facebook/{PAGE}?as=owner")).await;
    assert!(owner.contains("Only mine") && owner.contains("draft"));
    assert!(text("").await.contains("Blue Café"));
    let (status, _) = stage
        .form(
            "faults",
            &[("what", "facebook/publish_feed"), ("action", "server_error"), ("times", "0")],
        )
        .await;
    assert_eq!(status, 303);
    assert!(text("faults").await.contains("<code>status</code>"));
    let failed = stage
        .form(
            &format!("graph.facebook.com/v25.0/{PAGE}/feed"),
            &[("message", "no"), ("access_token", &token)],
        )
        .await;
    assert_eq!(failed.0, 500);
    stage.form("faults/levers", &[("revoke", "facebook"), ("processing_ms", "7")]).await;
    assert_eq!(stage.get("_sandbox/settings", &[]).await.1["processing_ms"], 7);
    stage.form("faults/lift", &[]).await;
    let (status, body) = publish(&stage, &token, "revoked").await.expect("an answer");
    assert_eq!((status, code_of(&body).0), (401, 190));
    let avatar = stage
        .request("GET", &format!("_sandbox/avatar/facebook/{PAGE}.png"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(avatar.headers()["content-type"], "image/png");
}
