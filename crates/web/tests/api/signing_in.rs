//! Sessions, forged writes, rates, the first owner's link.

use postrider_engine::entropy::SystemEntropy;
use postrider_web::auth::rate::Limit;
use postrider_web::setup;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Browser, PASSWORD, TestApp, Told, now_ms};

fn browser_of(app: &TestApp, told: &Told) -> Browser {
    let cookie = told.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let mut browser = app.nobody();
    browser.cookie = cookie;
    browser.csrf = told.body["csrf_token"]
        .as_str()
        .or(told.body["me"]["csrf_token"].as_str())
        .unwrap_or_default()
        .to_owned();
    browser
}

#[tokio::test]
async fn signing_in_gives_a_session_that_can_be_listed_and_revoked() {
    let app = TestApp::still().await;
    let credentials = json!({"email": " Owner@Example.com ", "password": PASSWORD});
    let told = app.nobody().post("/session", credentials.clone()).await;
    let cookie = told.header("set-cookie").to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"),
        "{cookie}"
    );
    let first = browser_of(&app, &told);
    let me = first.get("/me").await.expect(200);
    assert_eq!(me["user"]["email"], "owner@example.com");
    assert_eq!(me["organizations"][0]["role"], "owner");
    assert_eq!(me["organizations"][0]["plan"]["allow_social_publishing"], true);
    assert_eq!(me["organizations"][0]["projects"][0]["id"], app.project.to_string());

    let second = browser_of(&app, &app.nobody().post("/session", credentials).await);
    let listed = second.get("/sessions").await.expect(200);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
    let other = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|session| session["current"] == false)
        .unwrap();
    second
        .delete(&format!("/sessions/{}", other["id"].as_str().unwrap()))
        .await
        .expect(204);
    first.get("/me").await.refused(401, "session.required");
    second.delete("/session").await.expect(204);
    second.get("/me").await.refused(401, "session.required");
}

#[tokio::test]
async fn a_cookie_over_tls_is_secure() {
    let app = TestApp::with(|config| config.public_base = "https://post.example.org".parse().unwrap(), false).await;
    let told = app
        .nobody()
        .post("/session", json!({"email": "owner@example.com", "password": PASSWORD}))
        .await;
    assert!(told.header("set-cookie").ends_with("; Secure"));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_email_are_answered_alike() {
    let app = TestApp::still().await;
    let refuse = async |email: &str| -> Value {
        app.nobody()
            .post("/session", json!({"email": email, "password": "not the password"}))
            .await
            .refused(401, "session.refused")
    };
    assert_eq!(refuse("owner@example.com").await, refuse("nobody@example.com").await);
}

#[tokio::test]
async fn sign_in_is_bounded_by_email_and_says_when_to_try_again() {
    let bound = Limit {
        burst: 3,
        refill_ms: 60_000,
    };
    let app = TestApp::with(|config| config.limits.sign_in_email = bound, false).await;
    let wrong = json!({"email": "owner@example.com", "password": "not the password"});
    for _ in 0..3 {
        app.nobody().post("/session", wrong.clone()).await.refused(401, "session.refused");
    }
    let told = app
        .nobody()
        .post("/session", json!({"email": "OWNER@example.com", "password": PASSWORD}))
        .await;
    assert!(
        told.header("retry-after")
            .parse::<u64>()
            .is_ok_and(|seconds| (1..=61).contains(&seconds))
    );
    told.refused(429, "rate_limited");
    app.nobody()
        .post("/session", json!({"email": "other@example.com", "password": "x"}))
        .await
        .refused(401, "session.refused");
}

#[tokio::test]
async fn every_request_is_bounded_and_told_what_is_left() {
    let app = TestApp::with(
        |config| {
            config.limits.requests = Limit {
                burst: 2,
                refill_ms: 60_000,
            }
        },
        false,
    )
    .await;
    let owner = app.owners_browser().await;
    let told = owner.get("/me").await;
    assert_eq!(told.header("ratelimit"), "\"requests\";r=1");
    owner.get("/me").await.expect(200);
    owner.get("/me").await.refused(429, "rate_limited");
    app.owners_browser().await.get("/me").await.expect(200);
}

#[tokio::test]
async fn a_write_that_does_not_come_from_the_page_is_refused() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let path = format!("/api/v1/organizations/{}/projects", app.organization);
    let write = |csrf: &str, origin: Option<&str>| {
        let mut request = crate::app::plain_client()
            .post(format!("{}{path}", app.base))
            .header("cookie", &owner.cookie)
            .json(&json!({"name": "New"}));
        if !csrf.is_empty() {
            request = request.header("x-csrf-token", csrf);
        }
        match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        }
    };
    owner.send(write("", None)).await.refused(403, "session.csrf");
    owner.send(write("wrong", None)).await.refused(403, "session.csrf");
    owner
        .send(write(&owner.csrf, Some("https://evil.example")))
        .await
        .refused(403, "session.csrf");
    owner.send(write(&owner.csrf, Some(&app.base))).await.expect(201);
}

#[tokio::test]
async fn the_first_owners_link_works_once() {
    let app = TestApp::still().await;
    let token = setup::first_owner_link(&app.db, now_ms(), &SystemEntropy).await.unwrap();
    let asked = json!({"token": token, "email": "second@example.com", "name": "Sam", "password": "long enough now", "organization": "New", "time_zone": "Europe/Paris"});
    let mut short = asked.clone();
    short["password"] = json!("short");
    app.nobody().post("/setup", short).await.refused(422, "field.invalid");
    let told = app.nobody().post("/setup", asked.clone()).await;
    let browser = browser_of(&app, &told);
    told.expect(201);
    let me = browser.get("/me").await.expect(200);
    assert_eq!(me["organizations"][0]["organization"]["time_zone"], "Europe/Paris");
    app.nobody().post("/setup", asked).await.refused(409, "link.over");
}

#[tokio::test]
async fn bad_bodies_are_told_apart() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let path = format!("/api/v1/projects/{}/posts", app.project);
    let send = async |kind: &str, body: String| {
        owner
            .send(owner.request(Method::POST, &path).header("content-type", kind).body(body))
            .await
    };
    send("application/json", String::new()).await.refused(400, "body.syntax");
    send("text/plain", "{}".to_owned()).await.refused(415, "body.type");
    send("application/json", "x".repeat(2 * 1024 * 1024))
        .await
        .refused(413, "body.too_large");
    let told = send("application/json", r#"{"content_type":"text","text":5}"#.to_owned())
        .await
        .refused(422, "field.invalid");
    assert_eq!(told["field"], "text");
    let told = send("application/json", r#"{"content_type":"text","colour":"red"}"#.to_owned())
        .await
        .refused(422, "field.invalid");
    assert_eq!(told["field"], "colour");
    owner.get("/posts/post_nonsense").await.refused(404, "not_found");
    owner.get("/no/such/route").await.refused(404, "not_found");
    owner.send(owner.request(Method::PUT, "/api/v1/me")).await.refused(405, "method");
    owner.get("/organizations?limit=many").await.refused(422, "query.invalid");
}

#[tokio::test]
async fn a_server_without_the_key_that_tokens_are_sealed_under_is_not_ready() {
    let app = TestApp::running().await;
    let nobody = app.nobody();
    let ready = async || nobody.send(nobody.request(Method::GET, "/readyz")).await;
    let sealed_under = async |name: &str| postrider_services::vault::known::set_newest(&app.db, name).await.unwrap();
    sealed_under("k2").await;
    let told = ready().await;
    assert_eq!(told.status, 503);
    assert!(told.body["why"].as_str().unwrap().contains("the key k2,"), "{}", told.body);
    sealed_under("k1").await;
    // What the database said last is good for a second.
    while ready().await.body["why"].to_string().contains("key") {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn answers_are_hardened_and_the_house_tells_how_it_stands() {
    let app = TestApp::running().await;
    let nobody = app.nobody();
    let page = nobody.send(nobody.request(Method::GET, "/")).await;
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(nobody.send(nobody.request(Method::GET, "/healthz")).await.status, 200);
    let ready = nobody.send(nobody.request(Method::GET, "/readyz")).await;
    assert_eq!(ready.body["oldest_overdue_ms"], 0, "{}", ready.body);
    assert_eq!(nobody.send(nobody.request(Method::GET, "/metrics")).await.status, 200);
    let document = nobody.send(nobody.request(Method::GET, "/api/openapi.json")).await;
    assert_eq!(document.body["openapi"], "3.1.0");
    for query in ["?exp=99999999999999&sig=AAAA", "?exp=99999999999999999999&sig=AAAA", ""] {
        nobody
            .send(nobody.request(Method::GET, &format!("/media/0123/file.jpg{query}")))
            .await
            .refused(404, "not_found");
    }
}

#[tokio::test]
async fn signing_in_anew_ends_the_session_that_the_browser_had() {
    let app = TestApp::still().await;
    let before = app.owners_browser().await;
    let told = before
        .post("/session", json!({"email": "owner@example.com", "password": PASSWORD}))
        .await;
    let after = browser_of(&app, &told);
    assert_ne!(after.cookie, before.cookie);
    after.get("/me").await.expect(200);
    before.get("/me").await.refused(401, "session.required");
}
