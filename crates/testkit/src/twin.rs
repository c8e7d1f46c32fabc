//! The sandbox as a test sees it: the truth, and the levers.

use postrider_core::Network;
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A running sandbox, by its address.
#[derive(Debug, Clone)]
pub struct Twin {
    /// Its address, without a slash at the end.
    pub base: String,
    http: reqwest::Client,
}

fn failed(what: &str, error: impl std::fmt::Display) -> ! {
    panic!("the sandbox: {what}: {error}")
}

impl Twin {
    /// The sandbox at an address.
    pub fn at(base: &str) -> Twin {
        postrider_provider::http::install_crypto();
        Twin {
            base: base.to_owned(),
            http: reqwest::Client::new(),
        }
    }

    async fn call(&self, request: reqwest::RequestBuilder, what: &str) -> Value {
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => failed(what, error),
        };
        let status = answer.status();
        let text = answer.text().await.unwrap_or_default();
        assert!(status.is_success(), "the sandbox: {what}: {status} {text}");
        if status == StatusCode::NO_CONTENT {
            return Value::Null;
        }
        serde_json::from_str(&text).unwrap_or_else(|error| failed(what, error))
    }

    /// Reads a page of the control API.
    pub async fn get(&self, path: &str) -> Value {
        self.call(self.http.get(format!("{}/_sandbox/{path}", self.base)), path).await
    }

    /// Pulls a lever of the control API.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.call(self.http.post(format!("{}/_sandbox/{path}", self.base)).json(&body), path)
            .await
    }

    /// Puts a fault in force; gives its number.
    pub async fn fault(&self, matches: Value, action: Value) -> u64 {
        let made = self.post("faults", json!({"match": matches, "action": action})).await;
        made["id"].as_u64().unwrap_or_else(|| panic!("no number: {made}"))
    }

    /// How many requests a fault has hit.
    pub async fn hits(&self, fault: u64) -> u64 {
        let standing = self.get("faults").await;
        let found = standing["faults"].as_array().into_iter().flatten().find(|one| one["id"] == fault);
        found.and_then(|one| one["hits"].as_u64()).unwrap_or_default()
    }

    /// Lifts all faults.
    pub async fn heal(&self) {
        self.call(self.http.delete(format!("{}/_sandbox/faults", self.base)), "lift the faults")
            .await;
    }

    /// Every account of a network, with its posts.
    pub async fn accounts(&self, network: Network) -> Vec<Value> {
        let world = self.get(&format!("world?network={network}")).await;
        world["accounts"].as_array().cloned().unwrap_or_default()
    }

    /// Everything that stands on an account, drafts and hidden parts too.
    pub async fn posts(&self, network: Network, account: &str) -> Vec<Value> {
        let world = self.get(&format!("world?network={network}&account={account}")).await;
        let accounts = world["accounts"].as_array().cloned().unwrap_or_default();
        let [account] = accounts.as_slice() else {
            panic!("{network} has {} accounts called {account}", accounts.len())
        };
        account["posts"].as_array().cloned().unwrap_or_default()
    }

    /// What followers of an account see.
    pub async fn feed(&self, network: Network, account: &str) -> Vec<Value> {
        let mut posts = self.posts(network, account).await;
        posts.retain(|post| post["state"] == "published");
        posts
    }

    /// What followers see whose text holds some words.
    pub async fn saying(&self, network: Network, account: &str, words: &str) -> Vec<Value> {
        let mut posts = self.feed(network, account).await;
        posts.retain(|post| post["text"].as_str().is_some_and(|text| text.contains(words)));
        posts
    }

    /// More accounts of a person, from the network's own list.
    pub async fn make_accounts(&self, network: Network, person: &str, count: usize) -> Vec<Value> {
        if count == 0 {
            return Vec::new();
        }
        let made = self
            .post("accounts", json!({"network": network, "person": person, "count": count}))
            .await;
        made["accounts"].as_array().cloned().unwrap_or_default()
    }

    /// What @BotFather answers to `/revoke`: the bot's new token.
    pub async fn new_bot_token(&self, bot: &str) -> String {
        let address = format!("{}/t.me/BotFather", self.base);
        let answer = match self.http.post(address).form(&[("bot", bot)]).send().await {
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(error) => failed("BotFather", error),
        };
        answer.lines().last().unwrap_or_default().to_owned()
    }

    /// The commit calls that the networks saw, oldest first.
    pub async fn commits(&self) -> Vec<Value> {
        let log = self.get("log?commits=true").await;
        log["entries"].as_array().cloned().unwrap_or_default()
    }

    /// Every secret that the networks gave out.
    pub async fn secrets(&self) -> Vec<String> {
        let told = self.get("tokens").await;
        let values = told["tokens"].as_array().into_iter().flatten();
        values.filter_map(|token| token["value"].as_str().map(str::to_owned)).collect()
    }
}
