//! A sandbox on a real port and a plain HTTP client, for the networks' tests.

use postrider_sandbox::{Fetch, Sandbox, Settings, http_fetch};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// 2026-11-22T12:00:00Z.
pub const START_US: i64 = 1_795_348_800_000_000;

/// A running sandbox.
pub struct Twin {
    pub base: String,
    pub http: reqwest::Client,
    server: JoinHandle<()>,
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Got {
    /// A header as text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Twin {
    /// Starts one; media are worked on for 10 s of its own clock.
    pub async fn start() -> Self {
        Self::fetching(http_fetch().unwrap()).await
    }

    /// The same, whose networks get files and documents as told.
    pub async fn fetching(fetch: Fetch) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let settings = Settings {
            public_base: base.clone(),
            start_us: Some(START_US),
            processing_ms: 10_000,
            ..Settings::default()
        };
        let sandbox = Sandbox::with_fetch(settings, fetch);
        let server = tokio::spawn(async move {
            let _ = sandbox.serve(listener).await;
        });
        // Somebody else in the process may have chosen a provider already; theirs is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { base, http, server }
    }

    /// Sends a request.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Got {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Got {
            status,
            headers,
            text,
            body,
        }
    }

    /// Moves the networks' clock on.
    pub async fn advance_s(&self, seconds: i64) {
        self.control("clock", json!({"advance_ms": seconds * 1_000})).await;
    }

    /// Calls the control API.
    pub async fn control(&self, what: &str, body: Value) -> Value {
        let got = self
            .send(self.http.post(format!("{}/_sandbox/{what}", self.base)).json(&body))
            .await;
        assert!(got.status < 300, "{what}: {} {}", got.status, got.text);
        got.body
    }

    /// The posts of an account as the sandbox knows them.
    pub async fn posts(&self, network: &str, account: &str) -> Vec<Value> {
        let address = format!("{}/_sandbox/world", self.base);
        let got = self
            .send(self.http.get(address).query(&[("network", network), ("account", account)]))
            .await;
        got.body["accounts"][0]["posts"].as_array().unwrap().clone()
    }
}
