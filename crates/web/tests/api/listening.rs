//! The socket itself: callers who are slow, who talk too much, and who are refused while they still send.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::{Browser, TestApp};

/// Far above anything that is waited for here: it ends a test that would hang, and decides nothing else.
const HANGS: Duration = Duration::from_secs(60);
/// More than the sockets' buffers hold, so that it is only sent if it is read.
const ENORMOUS: usize = 20 * 1024 * 1024;

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap()
}

/// What the server sends until it closes the connection.
async fn heard(socket: &mut TcpStream) -> String {
    let mut told = Vec::new();
    tokio::time::timeout(HANGS, socket.read_to_end(&mut told)).await.unwrap().unwrap();
    String::from_utf8(told).unwrap()
}

#[tokio::test]
async fn a_head_that_is_never_ended_does_not_hold_its_connection() {
    let app = TestApp::with(|config| config.head_time_max = Duration::from_millis(50), false).await;
    let mut silent = connect(&app).await;
    let mut slow = connect(&app).await;
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nx-more: ").await.unwrap();
    let told = (heard(&mut silent).await, heard(&mut slow).await);
    assert_eq!(told, (String::new(), String::new()));
    app.owners_browser().await.get("/me").await.expect(200);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_refused_and_its_connection_closed() {
    let app = TestApp::with(|config| config.body_time_max = Duration::from_millis(50), false).await;
    let mut socket = connect(&app).await;
    let head = "POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    socket.write_all(head.as_bytes()).await.unwrap();
    let told = heard(&mut socket).await;
    let (head, body) = told.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["code"], "body.slow");
    assert!(body["remedy"].is_string());
}

#[tokio::test]
async fn who_finds_no_place_is_answered_once_one_is_free() {
    let app = TestApp::with(|config| config.connections_max = 1, false).await;
    let mut first = connect(&app).await;
    first.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    first.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    // It is kept open, so the second is not taken: nothing of what it says is read.
    let mut second = connect(&app).await;
    second
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut waits = Box::pin(heard(&mut second));
    for _ in 0..1_000 {
        assert!(futures::poll!(waits.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
    drop(first);
    let told = waits.await;
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
}

#[tokio::test]
async fn who_asks_too_often_is_not_read_to_the_end() {
    let once = postrider_web::auth::rate::Limit {
        burst: 1,
        refill_ms: 3_600_000,
    };
    let app = TestApp::with(|config| config.limits.requests = once, false).await;
    let nobody = app.nobody();
    nobody.get("/me").await;
    let mut socket = connect(&app).await;
    let head = format!("POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {ENORMOUS}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    let sent = tokio::time::timeout(HANGS, socket.write_all(&vec![b' '; ENORMOUS])).await.unwrap();
    assert!(sent.is_err(), "the connection was closed before everything was read");
}

#[tokio::test]
async fn too_many_headers_are_refused_and_the_next_caller_is_answered() {
    let app = TestApp::still().await;
    let mut socket = connect(&app).await;
    let many: String = (0..200).map(|number| format!("x-{number}: y\r\n")).collect();
    let head = format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{many}\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    let told = heard(&mut socket).await;
    assert!(told.starts_with("HTTP/1.1 431 "), "{told}");
    app.owners_browser().await.get("/me").await.expect(200);
}

/// Sends a whole body before anything is read, and says what was answered.
async fn sent_whole(app: &TestApp, asker: &Browser, kind: &str, more: &str) -> (u16, Value) {
    let mut socket = connect(app).await;
    let head = format!(
        "POST /api/v1/projects/{}/posts HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: {}\r\nx-csrf-token: {}\r\n\
         content-type: {kind}\r\n{more}content-length: {ENORMOUS}\r\n\r\n",
        app.project, asker.cookie, asker.csrf
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&vec![b' '; ENORMOUS]).await.unwrap();
    let told = heard(&mut socket).await;
    let (head, body) = told.split_once("\r\n\r\n").unwrap();
    (
        head.split(' ').nth(1).unwrap().parse().unwrap(),
        serde_json::from_str(body).unwrap(),
    )
}

#[tokio::test]
async fn a_refusal_is_heard_by_who_still_sends() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    let json = "application/json";
    let large = sent_whole(&app, &owner, json, "").await;
    assert_eq!((large.0, &large.1["code"]), (413, &Value::from("body.too_large")));
    let keyed = sent_whole(&app, &owner, json, "idempotency-key: once\r\n").await;
    assert_eq!((keyed.0, &keyed.1["code"]), (413, &Value::from("body.too_large")));
    let form = sent_whole(&app, &owner, "text/plain", "").await;
    assert_eq!((form.0, &form.1["code"]), (415, &Value::from("body.type")));
    let nobody = sent_whole(&app, &app.nobody(), json, "").await;
    assert_eq!((nobody.0, &nobody.1["code"]), (401, &Value::from("session.required")));
}

#[tokio::test]
async fn who_asks_before_sending_is_refused_without_being_asked_to_send() {
    let app = TestApp::still().await;
    let mut socket = connect(&app).await;
    let head = format!(
        "POST /api/v1/projects/{}/posts HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: {ENORMOUS}\r\n\r\n",
        app.project
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let told = heard(&mut socket).await;
    assert!(told.starts_with("HTTP/1.1 401 "), "{told}");
}

#[tokio::test]
async fn a_server_that_stops_answers_what_is_under_way_and_takes_nobody_new() {
    let app = TestApp::still().await;
    let owner = app.owners_browser().await;
    // Events go on until the server stops, so this one is under way when it is told to.
    let mut events = owner.request(Method::GET, "/api/v1/events").send().await.unwrap();
    app.state.stopping.cancel();
    let ended = async { while events.chunk().await.unwrap().is_some() {} };
    tokio::time::timeout(HANGS, ended).await.unwrap();
    // The socket closes once the loop that takes connections has seen it.
    let refused = async { while TcpStream::connect(app.base.trim_start_matches("http://")).await.is_ok() {} };
    tokio::time::timeout(HANGS, refused).await.unwrap();
}
