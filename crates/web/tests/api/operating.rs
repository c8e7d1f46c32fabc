//! What whoever operates it sees and does: figures, readiness, the outside clock.

use postrider_web::Config;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use secrecy::SecretString;
use serde_json::json;

use crate::app::{TICK, TestApp};

const TICKED: &str = "/api/v1/internal/tick";

async fn text(request: reqwest::RequestBuilder) -> (u16, String) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    assert!(
        status != 200
            || answer.headers()[CONTENT_TYPE]
                .to_str()
                .unwrap()
                .starts_with("application/openmetrics-text")
    );
    (status, answer.text().await.unwrap())
}

#[tokio::test]
async fn figures_are_for_this_host_unless_a_token_is_set() {
    let app = TestApp::still().await;
    let nobody = app.nobody();
    let (status, told) = text(nobody.request(Method::GET, "/metrics")).await;
    assert_eq!(status, 200);
    for line in [
        "# TYPE postrider_oldest_overdue_seconds gauge",
        "# TYPE postrider_write_group_size histogram",
        "postrider_ready 0",
        "postrider_deliveries_waiting_for_person 0",
        r#"postrider_network_outage_seconds{network="bluesky"} 0.0"#,
        r#"postrider_database_connections{pool="readers",state="idle"} 4"#,
    ] {
        assert!(told.lines().any(|found| found == line), "{line} in\n{told}");
    }
    assert!(told.contains("postrider_build_info{version=\""), "{told}");
    assert!(told.ends_with("# EOF\n"), "{told}");
    // A proxy on this host asks for somebody who may be anywhere, whether it says so or not.
    for (name, value) in [
        ("x-forwarded-for", "203.0.113.9"),
        ("forwarded", "for=203.0.113.9"),
        ("x-real-ip", "203.0.113.9"),
        ("via", "1.1 proxy"),
    ] {
        let forwarded = nobody.request(Method::GET, "/metrics").header(name, value);
        assert_eq!(text(forwarded).await.0, 403, "{name}");
    }
    let behind_a_proxy: [fn(&mut Config); 2] = [
        |config| config.public_base = "https://post.example.com".parse().unwrap(),
        |config| config.proxy_hops = 1,
    ];
    for change in behind_a_proxy {
        let app = TestApp::with(change, false).await;
        let (status, told) = text(app.nobody().request(Method::GET, "/metrics")).await;
        assert_eq!(status, 403);
        assert!(told.contains("server.metrics_token"), "{told}");
    }

    let token = "a token of some length";
    let app = TestApp::with(|config| config.metrics_token = Some(SecretString::from(token)), false).await;
    let nobody = app.nobody();
    assert_eq!(text(nobody.request(Method::GET, "/metrics")).await.0, 401);
    assert_eq!(text(nobody.request(Method::GET, "/metrics").bearer_auth("another")).await.0, 401);
    let known = nobody
        .request(Method::GET, "/metrics")
        .bearer_auth(token)
        .header("x-forwarded-for", "203.0.113.9");
    assert_eq!(text(known).await.0, 200);
}

#[tokio::test]
async fn figures_name_no_row_of_anybody() {
    let app = TestApp::running().await;
    let owner = app.owners_browser().await;
    let channel = app.channel().await;
    let post = owner
        .post(
            &format!("/projects/{}/posts", app.project),
            json!({"content_type": "text", "text": "Nobody's affair", "deliveries": [{"channel_id": channel}]}),
        )
        .await;
    owner
        .post(&format!("/posts/{}/publish", post.body["id"].as_str().unwrap()), json!({}))
        .await;
    let nobody = app.nobody();
    let told = loop {
        let (_, told) = text(nobody.request(Method::GET, "/metrics")).await;
        if told.contains("postrider_attempts_total{") {
            break told;
        }
        tokio::task::yield_now().await;
    };
    for name in ["affair", "Brand", "Acme", "owner@", "dlv_", "chan_", "post_", "org_", "proj_"] {
        assert!(!told.contains(name), "{name} in\n{told}");
    }
}

#[tokio::test]
async fn only_who_knows_the_secret_ticks_and_nobody_may_guess_for_long() {
    let app = TestApp::with(
        |config| (config.limits.tick.burst, config.limits.tick.refill_ms) = (4, 600_000),
        false,
    )
    .await;
    let nobody = app.nobody();
    let tick = |secret: &str, query: &str| nobody.send(nobody.request(Method::POST, &format!("{TICKED}{query}")).bearer_auth(secret));
    tick("wrong", "").await.refused(401, "session.required");
    tick("", "").await.refused(401, "session.required");
    tick(TICK, "?seconds=301").await.refused(422, "query.invalid");
    let told = tick(TICK, "").await;
    assert_eq!(told.status, 200);
    assert_eq!(told.body, json!({"claimed": 0, "under_way": 0, "next_due_at": null}));
    tick("wrong", "").await.refused(429, "rate_limited");

    let app = TestApp::with(|config| config.tick_secret = None, false).await;
    let nobody = app.nobody();
    let told = nobody.send(nobody.request(Method::POST, TICKED).bearer_auth(TICK)).await;
    told.refused(404, "not_found");
}
