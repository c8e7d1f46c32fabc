//! A person in a browser at the real server's own pages: what the page's script asks its server is asked here in its stead.

use std::collections::BTreeMap;

use postrider_testkit::client;
use reqwest::header::{LOCATION, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use url::Url;

/// Where the page's script asks its server.
const API: &str = "/@atproto/oauth-provider/~api";

/// A browser with its cookies.
pub struct Browser {
    http: reqwest::Client,
    server: String,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub fn at(server: &str) -> Browser {
        Browser {
            http: client::bare(),
            server: server.to_owned(),
            cookies: BTreeMap::new(),
        }
    }

    async fn send(&mut self, request: RequestBuilder) -> Response {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        for line in answer.headers().get_all(SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// Goes to a page, from another one of the server or from elsewhere.
    async fn open(&mut self, url: &str, from: Option<&str>) -> Response {
        let request = match from {
            Some(page) => self.http.get(url).header("sec-fetch-site", "same-origin").header("referer", page),
            None => self.http.get(url).header("sec-fetch-site", "cross-site"),
        };
        let request = request.header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "document");
        self.send(request).await
    }

    /// What the script of `page` asks.
    async fn ask(&mut self, method: Method, page: &str, what: &str, input: Value, token: Option<&str>) -> Value {
        let mut request = self
            .http
            .request(method.clone(), format!("{}{API}/{what}", self.server))
            .header("sec-fetch-site", "same-origin")
            .header("sec-fetch-mode", "same-origin")
            .header("origin", &self.server)
            .header("referer", page)
            .header("x-csrf-token", self.cookies.get("csrf-token").map_or("", String::as_str));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let request = if method == Method::GET {
            request.query(&input)
        } else {
            request.json(&input)
        };
        let answer = self.send(request).await;
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{what}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// The page to which a connection that was begun leads, at the server itself rather than on the way that can be cut.
    pub async fn come(&mut self, authorize_url: &str) -> String {
        let asked = Url::parse(authorize_url).unwrap();
        let page = format!("{}{}?{}", self.server, asked.path(), asked.query().unwrap());
        let answer = self.open(&page, None).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status == 200 && text.contains("<html"), "{status} {text}");
        page
    }

    /// Signs in on the page, agrees, and gives the address to which the browser is sent back.
    pub async fn agree(&mut self, page: &str, handle: &str, password: &str) -> String {
        let typed = json!({"username": handle, "password": password, "locale": "en", "remember": true});
        let signed_in = self.ask(Method::POST, page, "sign-in", typed, None).await;
        let did = signed_in["account"]["did"]
            .as_str()
            .or(signed_in["account"]["sub"].as_str())
            .unwrap()
            .to_owned();
        let agreed = self.ask(Method::POST, page, "consent", json!({"did": did}), None).await;
        self.sent_back(page, agreed).await
    }

    /// Refuses on the page.
    pub async fn refuse(&mut self, page: &str) -> String {
        let refused = self.ask(Method::POST, page, "reject", json!({}), None).await;
        self.sent_back(page, refused).await
    }

    async fn sent_back(&mut self, page: &str, told: Value) -> String {
        let answer = self.open(told["url"].as_str().unwrap(), Some(page)).await;
        let back = answer.headers().get(LOCATION).and_then(|at| at.to_str().ok()).map(str::to_owned);
        back.unwrap_or_else(|| panic!("not sent back: {}", answer.status()))
    }

    /// The programs that have access to an account, as its owner sees them at the server.
    pub async fn sessions(&mut self, did: &str) -> Vec<Value> {
        let page = format!("{}/account", self.server);
        let listed = self.ask(Method::GET, &page, "oauth-sessions", json!({"did": did}), None).await;
        listed.as_array().unwrap().clone()
    }
}
