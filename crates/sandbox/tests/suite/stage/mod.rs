//! A sandbox on a real port, a host with media files, and a plain HTTP client.

use std::io::Cursor;
use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use postrider_sandbox::{Sandbox, Settings, World};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// 2026-11-22T12:00:00Z.
pub const START_US: i64 = 1_795_348_800_000_000;
/// How long media is processed in these tests.
pub const PROCESSING_MS: u64 = 1_000;

pub struct Stage {
    pub base: String,
    /// Address of the host with media files, without a slash at its end.
    pub media: String,
    pub client: reqwest::Client,
    pub world: Arc<World>,
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, address)
}

pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(width, height, image::Rgb([30, 90, 160]))
        .write_to(&mut bytes, image::ImageFormat::Jpeg)
        .expect("a JPEG");
    bytes.into_inner()
}

pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::new(width, height)
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("a PNG");
    bytes.into_inner()
}

/// The boxes of an MP4 file that tell its length and size in pixels, and some bytes.
pub fn mp4(duration_ms: u32, width: u32, height: u32, extra_bytes: usize) -> Vec<u8> {
    let mut file = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    let mut header = vec![0_u8; 100];
    header[12..16].copy_from_slice(&1_000_u32.to_be_bytes());
    header[16..20].copy_from_slice(&duration_ms.to_be_bytes());
    let mut track = vec![0_u8; 84];
    track[76..80].copy_from_slice(&(width << 16).to_be_bytes());
    track[80..84].copy_from_slice(&(height << 16).to_be_bytes());
    for (name, body) in [(b"mvhd", header), (b"tkhd", track), (b"mdat", vec![7_u8; extra_bytes])] {
        file.extend_from_slice(&(body.len() as u32 + 8).to_be_bytes());
        file.extend_from_slice(name);
        file.extend_from_slice(&body);
    }
    file
}

async fn serve_media() -> String {
    let file = |mime: &'static str, bytes: Vec<u8>| get(move || async move { ([(CONTENT_TYPE, mime)], bytes) });
    let (listener, address) = listen().await;
    let mut noisy = jpeg(60, 60);
    noisy.resize(9 * 1024 * 1024, 0);
    let router = Router::new()
        .route("/photo.jpg", file("image/jpeg", jpeg(320, 320)))
        .route("/other.jpg", file("image/jpeg", jpeg(320, 400)))
        .route("/wide.jpg", file("image/jpeg", jpeg(330, 110)))
        .route("/huge.jpg", file("image/jpeg", noisy))
        .route("/picture.png", file("image/png", png(100, 100)))
        .route("/page.html", file("text/html", b"<p>no picture</p>".to_vec()))
        .route("/reel.mp4", file("video/mp4", mp4(12_000, 1_080, 1_920, 2_000)))
        .route("/long.mp4", file("video/mp4", mp4(1_000_000, 1_080, 1_920, 2_000)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

impl Stage {
    pub async fn start() -> Self {
        let (listener, base) = listen().await;
        let settings = Settings {
            public_base: base.clone(),
            start_us: Some(START_US),
            processing_ms: PROCESSING_MS,
            ..Settings::default()
        };
        let sandbox = Sandbox::new(settings).expect("a sandbox");
        let world = Arc::clone(sandbox.world());
        tokio::spawn(sandbox.serve(listener));
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self {
            base,
            media: serve_media().await,
            client,
            world,
        }
    }

    fn absolute(&self, address: &str) -> String {
        if address.starts_with("http") {
            address.to_owned()
        } else {
            format!("{}/{address}", self.base)
        }
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub fn request(&self, method: &str, address: &str) -> reqwest::RequestBuilder {
        self.client.request(method.parse().expect("a method"), self.absolute(address))
    }

    pub async fn get(&self, address: &str, query: &[(&str, &str)]) -> (u16, Value) {
        self.send(self.request("GET", address).query(query)).await
    }

    pub async fn form(&self, address: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        self.send(self.request("POST", address).form(fields)).await
    }

    pub async fn control(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(self.request("POST", &format!("_sandbox/{path}")).json(&body)).await
    }

    pub async fn advance_ms(&self, by_ms: u64) {
        self.control("clock", json!({"advance_ms": by_ms})).await;
    }

    pub async fn fault(&self, matches: Value, action: Value) {
        let (status, body) = self.control("faults", json!({"match": matches, "action": action})).await;
        assert_eq!(status, 201, "{body}");
    }

    /// The posts of an account as the world knows them.
    pub async fn posts(&self, network: &str, account: &str) -> Vec<Value> {
        let (_, world) = self.get("_sandbox/world", &[("network", network), ("account", account)]).await;
        world["accounts"][0]["posts"].as_array().cloned().unwrap_or_default()
    }

    /// Goes through a dialog; gives the address that the browser is sent back to.
    pub async fn dialog(&self, address: &str, query: &[(&str, &str)], form: &[(&str, &str)]) -> String {
        let answer = self
            .request("POST", address)
            .query(query)
            .form(form)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status().as_u16(), 303, "the dialog sends the browser back");
        answer.headers()["location"].to_str().expect("an address").to_owned()
    }
}

/// A parameter of an address.
pub fn query_value(address: &str, name: &str) -> String {
    let address = url::Url::parse(address).expect("an address");
    address
        .query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Code and subcode of a Graph API error.
pub fn code_of(body: &Value) -> (i64, i64) {
    (
        body["error"]["code"].as_i64().unwrap_or(0),
        body["error"]["error_subcode"].as_i64().unwrap_or(0),
    )
}
