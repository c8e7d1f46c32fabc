//! A client of the API, as a program would write it: signs in, calls, uploads, and waits for what it is told by events.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt;
use reqwest::header::{HeaderMap, SET_COOKIE};
use reqwest::{Method, RequestBuilder, redirect};
use serde_json::{Value, json};
use tokio::sync::broadcast;

/// How long a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(240);
/// How long a client trusts that it would have been told.
const TRUST: Duration = Duration::from_secs(1);
/// A hint that says: read everything anew.
const EVERYTHING: &str = "";

/// An answer of the server.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Answer {
    /// The body, if the status is the one expected.
    ///
    /// # Panics
    /// If it is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// The stable code of a refusal; empty if it is none.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The code of the first single problem, if there are several in one.
    pub fn first_problem(&self) -> &str {
        self.body["problems"][0]["code"].as_str().unwrap_or_default()
    }
}

struct Session {
    cookie: String,
    csrf: String,
}

struct Inner {
    http: reqwest::Client,
    base: String,
    session: Session,
    organization: String,
    project: String,
    hints: broadcast::Sender<String>,
    transcript: Mutex<String>,
}

/// A signed-in client. Cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

/// A bare client that follows no redirect.
pub fn bare() -> reqwest::Client {
    postrider_provider::http::install_crypto();
    match reqwest::Client::builder().redirect(redirect::Policy::none()).build() {
        Ok(client) => client,
        Err(error) => panic!("no HTTP client: {error}"),
    }
}

/// Sends a request and reads the whole answer.
pub async fn send(request: RequestBuilder) -> Answer {
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => panic!("no answer: {error:?}"),
    };
    let status = answer.status().as_u16();
    let headers = answer.headers().clone();
    let text = answer.text().await.unwrap_or_default();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer {
        status,
        headers,
        text,
        body,
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// An instant as the API writes it.
pub fn instant(at_ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(at_ms) {
        Ok(at) => at.to_string(),
        Err(error) => panic!("no instant: {error}"),
    }
}

impl Client {
    /// Signs in and listens to events. Acts in the first project of the first organization.
    ///
    /// # Panics
    /// If the server does not let it in.
    pub async fn sign_in(base: &str, email: &str, password: &str) -> Client {
        let http = bare();
        let request = http
            .post(format!("{base}/api/v1/session"))
            .json(&json!({"email": email, "password": password}));
        let answer = send(request).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let cookie = answer
            .headers
            .get(SET_COOKIE)
            .and_then(|value| value.to_str().ok())
            .and_then(|line| line.split(';').next())
            .unwrap_or_default()
            .to_owned();
        let me = &answer.body;
        let inner = Inner {
            http,
            base: base.to_owned(),
            organization: text_of(&me["organizations"][0]["organization"]["id"]),
            project: text_of(&me["organizations"][0]["projects"][0]["id"]),
            session: Session {
                cookie,
                csrf: text_of(&me["csrf_token"]),
            },
            hints: broadcast::channel(4_096).0,
            transcript: Mutex::new(String::new()),
        };
        let client = Client(Arc::new(inner));
        client.keep(&answer);
        client.listen();
        client
    }

    /// The same person in another project.
    pub fn in_project(&self, project: &str) -> Client {
        let inner = &self.0;
        Client(Arc::new(Inner {
            http: inner.http.clone(),
            base: inner.base.clone(),
            session: Session {
                cookie: inner.session.cookie.clone(),
                csrf: inner.session.csrf.clone(),
            },
            organization: inner.organization.clone(),
            project: project.to_owned(),
            hints: inner.hints.clone(),
            transcript: Mutex::new(String::new()),
        }))
    }

    /// The organization's id.
    pub fn organization(&self) -> &str {
        &self.0.organization
    }

    /// The project's id.
    pub fn project(&self) -> &str {
        &self.0.project
    }

    /// The server's address.
    pub fn base(&self) -> &str {
        &self.0.base
    }

    /// The cookie, `name=value`.
    pub fn cookie(&self) -> &str {
        &self.0.session.cookie
    }

    /// Everything that was answered so far, headers included.
    pub fn transcript(&self) -> String {
        self.0.transcript.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, answer: &Answer) {
        let mut kept = self.0.transcript.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_str(&format!("{} {:?}\n{}\n", answer.status, answer.headers, answer.text));
    }

    /// A request with the session, to a path below `/api/v1` or, if it begins with a scheme, anywhere.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else if let Some(path) = path.strip_prefix("/api/v1/") {
            format!("{}/api/v1/{path}", self.0.base)
        } else {
            format!("{}/api/v1/{path}", self.0.base)
        };
        self.0
            .http
            .request(method, url)
            .header("cookie", &self.0.session.cookie)
            .header("x-csrf-token", &self.0.session.csrf)
    }

    /// Sends a request and keeps what was answered.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let answer = send(request).await;
        self.keep(&answer);
        answer
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Writes.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Removes.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Changes something after reading its version.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        let before = self.get(path).await;
        let mut request = self.request(Method::PATCH, path).json(body);
        if let Some(tag) = before.headers.get("etag") {
            request = request.header("if-match", tag.clone());
        }
        self.send(request).await
    }

    /// Uploads a file by tus; the answer is the asset, or the refusal.
    pub async fn try_upload(&self, name: &str, mime: &str, bytes: Vec<u8>) -> Answer {
        let metadata = format!("filename {},filetype {}", STANDARD.encode(name), STANDARD.encode(mime));
        let begin = self
            .request(Method::POST, &format!("projects/{}/uploads", self.project()))
            .header("tus-resumable", "1.0.0")
            .header("upload-length", bytes.len())
            .header("upload-metadata", metadata);
        let begun = self.send(begin).await;
        if begun.status != 201 {
            return begun;
        }
        let at = begun.headers.get("location").and_then(|at| at.to_str().ok()).unwrap_or_default();
        let fill = self
            .request(Method::PATCH, at)
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", 0)
            .header("content-type", "application/offset+octet-stream")
            .body(bytes);
        let filled = self.send(fill).await;
        match filled.headers.get("postrider-asset").and_then(|id| id.to_str().ok()) {
            Some(asset) => self.get(&format!("assets/{asset}")).await,
            None => filled,
        }
    }

    /// Uploads a file that is taken.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn upload(&self, name: &str, mime: &str, bytes: Vec<u8>) -> Value {
        self.try_upload(name, mime, bytes).await.expect(200)
    }

    /// Makes a draft.
    pub async fn draft(&self, post: &Value) -> Answer {
        self.post(&format!("projects/{}/posts", self.project()), post).await
    }

    /// Makes a post and sends it now; gives the post.
    ///
    /// # Panics
    /// If either is refused.
    pub async fn publish(&self, post: &Value) -> Value {
        let id = text_of(&self.draft(post).await.expect(201)["id"]);
        self.post(&format!("posts/{id}/publish"), &json!({})).await.expect(200)["post"].clone()
    }

    /// Makes a post and gives it a time; gives the post.
    ///
    /// # Panics
    /// If either is refused.
    pub async fn schedule(&self, post: &Value, at_ms: i64) -> Value {
        let id = text_of(&self.draft(post).await.expect(201)["id"]);
        let body = json!({"schedule": {"at": instant(at_ms)}});
        self.post(&format!("posts/{id}/schedule"), &body).await.expect(200)["post"].clone()
    }

    /// Follows the stream of events until it ends; what it hints at wakes whoever waits.
    pub fn listen(&self) {
        let request = self.request(Method::GET, "events");
        let hints = self.0.hints.clone();
        tokio::spawn(async move {
            let Ok(answer) = request.send().await else { return };
            let mut chunks = answer.bytes_stream();
            let mut buffer = String::new();
            while let Some(Ok(chunk)) = chunks.next().await {
                buffer.push_str(&String::from_utf8_lossy(&chunk));
                while let Some(end) = buffer.find('\n') {
                    let line: String = buffer.drain(..=end).collect();
                    let Some(data) = line.strip_prefix("data:") else { continue };
                    let hint: Value = serde_json::from_str(data.trim()).unwrap_or_default();
                    // Nobody waiting is no failure.
                    drop(hints.send(hint["id"].as_str().unwrap_or(EVERYTHING).to_owned()));
                }
            }
        });
    }

    /// Waits until what stands at a path is as wanted. It is read again when an event names `id`, and once a second besides, as a
    /// page would after a lost connection.
    ///
    /// # Panics
    /// If it does not come.
    pub async fn until(&self, path: &str, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut hints = self.0.hints.subscribe();
        let waited = async {
            loop {
                let now = self.get(path).await.expect(200);
                if wanted(&now) {
                    return now;
                }
                let told = async {
                    while let Ok(hint) = hints.recv().await {
                        if hint == id || hint == EVERYTHING {
                            break;
                        }
                    }
                };
                // A time-out here is the second look, not a failure.
                drop(tokio::time::timeout(TRUST, told).await);
            }
        };
        match tokio::time::timeout(PATIENCE, waited).await {
            Ok(found) => found,
            Err(_) => {
                let now = self.get(path).await;
                let history = self.get(&format!("{path}/history")).await;
                panic!("still waiting for {path}: {}\n{}", now.text, history.text)
            }
        }
    }

    /// Waits until a delivery is in one of the states.
    pub async fn until_state(&self, delivery: &str, states: &[&str]) -> Value {
        let path = format!("deliveries/{delivery}");
        self.until(&path, delivery, |now| {
            now["state"].as_str().is_some_and(|state| states.contains(&state))
        })
        .await
    }

    /// Waits until a delivery goes no further by itself.
    pub async fn settled(&self, delivery: &str) -> Value {
        const ENDS: &[&str] = &[
            "published",
            "published_in_part",
            "drafted",
            "ready_to_post",
            "failed",
            "missed",
            "canceled",
            "draft",
        ];
        let path = format!("deliveries/{delivery}");
        let ended = |now: &Value| now["state"].as_str().is_some_and(|state| ENDS.contains(&state)) || now["waits_for_person"] == true;
        self.until(&path, delivery, ended).await
    }

    /// Waits for all deliveries of a post.
    pub async fn all_settled(&self, post: &Value) -> Vec<Value> {
        let ids: Vec<String> = deliveries_of(post).iter().map(|delivery| text_of(&delivery["id"])).collect();
        futures::future::join_all(ids.iter().map(|id| self.settled(id))).await
    }

    /// A delivery's history, for the words of a failing test.
    pub async fn history(&self, delivery: &str) -> String {
        self.get(&format!("deliveries/{delivery}/history")).await.text
    }
}

/// The deliveries of a post.
pub fn deliveries_of(post: &Value) -> Vec<Value> {
    post["deliveries"].as_array().cloned().unwrap_or_default()
}
