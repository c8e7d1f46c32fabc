//! The sandbox's levers and its own account of what happened.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use reqwest::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The sandbox's control API.
#[derive(Clone)]
pub struct Twin {
    /// A client that trusts it.
    pub client: Client,
    /// Its address, without a slash at its end.
    pub base: String,
}

/// An account made for a measurement.
#[derive(Debug, Clone)]
pub struct Account {
    /// The network's id.
    pub id: String,
    /// The app password, where the network knows such.
    pub app_password: Option<String>,
}

/// One request as the sandbox noted it.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    /// When it arrived, UTC microseconds.
    pub at_us: i64,
    /// When it was processed.
    pub processed_us: Option<i64>,
    /// Host and path.
    pub path: String,
    /// The network's operation.
    pub operation: Option<String>,
    /// HTTP status of the answer.
    pub status: Option<u16>,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

/// A post as the network keeps it.
#[derive(Debug, Clone, Deserialize)]
pub struct Post {
    /// On which account.
    pub account: String,
    /// When it was made, UTC microseconds.
    pub created_us: i64,
    /// What it says.
    pub text: String,
}

#[derive(Deserialize)]
struct Feed {
    posts: Vec<Post>,
}

#[derive(Deserialize)]
struct World {
    accounts: Vec<Feed>,
}

#[derive(Deserialize)]
struct Token {
    value: String,
    network: String,
    kind: String,
    account: Option<String>,
    issued_us: i64,
    revoked: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    tokens: Vec<Token>,
}

impl Twin {
    /// The levers at an address.
    pub fn new(client: Client, base: String) -> Self {
        Self { client, base }
    }

    /// An address at the sandbox.
    pub fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let answer = self.client.get(self.address(path)).send().await?.error_for_status()?;
        answer.json().await.with_context(|| format!("the sandbox's {path}"))
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.client.post(self.address(path)).json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("the sandbox refused {path} with {status}: {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Makes so many accounts.
    ///
    /// # Errors
    /// If the sandbox refuses.
    pub async fn make_accounts(&self, network: &str, count: usize) -> anyhow::Result<Vec<Account>> {
        let wanted = json!({"network": network, "person": "ada", "count": count});
        let made = self.post("_sandbox/accounts", &wanted).await?;
        let accounts = made["accounts"].as_array().cloned().unwrap_or_default();
        let read = |account: &Value| Account {
            id: account["id"].as_str().unwrap_or_default().to_owned(),
            app_password: account["details"]["app_passwords"][0].as_str().map(str::to_owned),
        };
        if accounts.len() != count {
            bail!("the sandbox made {} accounts instead of {count}", accounts.len());
        }
        Ok(accounts.iter().map(read).collect())
    }

    /// The sandbox's true time, UTC microseconds.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn now_us(&self) -> anyhow::Result<i64> {
        let clock: Value = self.get("_sandbox/clock").await?;
        clock["true_us"].as_i64().context("the sandbox's clock")
    }

    /// What arrived at an instant (UTC microseconds) or later.
    ///
    /// # Errors
    /// If the sandbox does not answer.
    pub async fn log(&self, since_us: i64) -> anyhow::Result<Vec<Entry>> {
        Ok(self.get::<Log>(&format!("_sandbox/log?since={since_us}")).await?.entries)
    }

    /// The commit calls among them.
    ///
    /// # Errors
    /// If the sandbox does not answer.
    pub async fn commits(&self, since_us: i64) -> anyhow::Result<Vec<Entry>> {
        Ok(self
            .get::<Log>(&format!("_sandbox/log?since={since_us}&commits=true"))
            .await?
            .entries)
    }

    /// Every post of a network.
    ///
    /// # Errors
    /// If the sandbox does not answer.
    pub async fn posts(&self, network: &str) -> anyhow::Result<Vec<Post>> {
        let world: World = self.get(&format!("_sandbox/world?network={network}")).await?;
        Ok(world.accounts.into_iter().flat_map(|feed| feed.posts).collect())
    }

    /// The newest living token of a kind for each account of a network.
    ///
    /// # Errors
    /// If the sandbox does not answer.
    pub async fn tokens(&self, network: &str, kind: &str) -> anyhow::Result<BTreeMap<String, String>> {
        let mut tokens = self.get::<Tokens>("_sandbox/tokens").await?.tokens;
        tokens.retain(|token| token.network == network && token.kind == kind && token.revoked.is_none());
        tokens.sort_by_key(|token| token.issued_us);
        Ok(tokens.into_iter().filter_map(|token| Some((token.account?, token.value))).collect())
    }

    /// Makes every call of one operation answer that too much is asked until [`Twin::lift_outage`].
    ///
    /// # Errors
    /// If the sandbox refuses.
    pub async fn begin_throttle(&self, network: &str, operation: &str) -> anyhow::Result<()> {
        let fault = json!({
            "match": {"network": network, "operation": operation, "times": 0},
            "action": {"do": "rate_limit"},
        });
        self.post("_sandbox/faults", &fault).await.map(drop)
    }

    /// Makes a network keep every call for so long, in milliseconds, until [`Twin::lift_outage`].
    ///
    /// # Errors
    /// If the sandbox refuses.
    pub async fn begin_hang(&self, network: &str, ms: u64) -> anyhow::Result<()> {
        let fault = json!({"match": {"network": network, "times": 0}, "action": {"do": "hold", "ms": ms}});
        self.post("_sandbox/faults", &fault).await.map(drop)
    }

    /// Ends every outage.
    ///
    /// # Errors
    /// If the sandbox does not answer.
    pub async fn lift_outage(&self) -> anyhow::Result<()> {
        self.client
            .delete(self.address("_sandbox/faults"))
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }
}
