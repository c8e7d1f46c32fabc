//! The server's public API, as the measurements use it: several browsers of one owner, each within its rate limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use reqwest::{Client, Method, Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::installation::{EMAIL, Installation};
use crate::twin::{Account, Twin};

/// What one session may ask before it has to slow down, with a margin (the server allows 600 at once).
const REQUESTS_PER_SESSION: usize = 500;
/// The most sign-ins of one person at once (the server allows 10).
const SESSIONS_MAX: usize = 9;
/// How many requests are under way at once while things are prepared.
const AT_ONCE: usize = 8;
/// The most channels of one post.
const CHANNELS_PER_POST: usize = 100;

struct Session {
    cookie: String,
    csrf_token: String,
}

/// One owner's sessions.
pub struct Api {
    client: Client,
    base: String,
    sessions: Vec<Session>,
    turn: AtomicUsize,
    project: String,
}

/// What all posts of a measurement share.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The kind of content.
    pub content_type: &'static str,
    /// The picture it shows, if it shows one.
    pub asset_id: Option<String>,
}

impl Api {
    /// Signs in as often as so many requests need.
    ///
    /// # Errors
    /// If signing in is refused.
    pub async fn sign_in(installation: &Installation, requests: usize) -> anyhow::Result<Self> {
        let mut api = Self {
            client: crate::installation::client(None)?,
            base: installation.base.clone(),
            sessions: Vec::new(),
            turn: AtomicUsize::new(0),
            project: String::new(),
        };
        for _ in 0..(requests.div_ceil(REQUESTS_PER_SESSION)).clamp(1, SESSIONS_MAX) {
            let body = json!({"email": EMAIL, "password": installation.password});
            let answer = api.client.post(api.address("/session")).json(&body).send().await?;
            let answer = refusal(answer, "sign in").await?;
            let cookie = answer
                .headers()
                .get(header::SET_COOKIE)
                .and_then(|value| value.to_str().ok())
                .and_then(|text| text.split(';').next())
                .ok_or_else(|| anyhow!("signing in set no cookie"))?
                .to_owned();
            let me: Value = answer.json().await?;
            api.project = text(&me["organizations"][0]["projects"][0]["id"])?;
            api.sessions.push(Session {
                cookie,
                csrf_token: text(&me["csrf_token"])?,
            });
        }
        Ok(api)
    }

    fn address(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.base)
    }

    fn session(&self) -> anyhow::Result<&Session> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.sessions.get(turn % self.sessions.len().max(1)).context("nobody is signed in")
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        loop {
            let session = self.session()?;
            let mut request = self
                .client
                .request(method.clone(), self.address(path))
                .header(header::COOKIE, &session.cookie)
                .header("x-csrf-token", &session.csrf_token);
            if let Some(body) = body {
                request = request.json(body);
            }
            let answer = request.send().await?;
            if answer.status() == StatusCode::TOO_MANY_REQUESTS {
                tokio::time::sleep(retry_after(&answer)).await;
                continue;
            }
            let answer = refusal(answer, path).await?;
            return Ok(answer.json().await.unwrap_or_default());
        }
    }

    /// Connects a Bluesky account by its app password. Answers the channel.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn connect_bluesky(&self, account: &Account) -> anyhow::Result<String> {
        let begin = json!({"handle": account.id, "app_password": account.app_password});
        let path = format!("/projects/{}/connections/bluesky", self.project);
        let begun = self.call(Method::POST, &path, Some(&begin)).await?;
        self.add_channel(&text(&begun["connection_id"])?, &account.id).await
    }

    /// Connects an Instagram account through the network's pages, as its owner would. Answers the channel.
    ///
    /// # Errors
    /// If it is refused on the way.
    pub async fn connect_instagram(&self, account: &Account, twin: &Twin) -> anyhow::Result<String> {
        let path = format!("/projects/{}/connections/instagram", self.project);
        // One browser all the way: the return is taken from whoever began.
        let session = self.session()?;
        let begin = self
            .client
            .post(self.address(&path))
            .header(header::COOKIE, &session.cookie)
            .header("x-csrf-token", &session.csrf_token)
            .json(&json!({"variant": "instagram_login"}));
        let begun: Value = refusal(begin.send().await?, &path).await?.json().await?;
        let form = [("person", account.id.as_str()), ("decision", "continue")];
        let allowed = twin.client.post(text(&begun["authorize_url"])?).form(&form).send().await?;
        let back = allowed
            .headers()
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok())
            .ok_or_else(|| anyhow!("the authorisation page did not lead back ({})", allowed.status()))?
            .to_owned();
        let taken = self.client.get(back).header(header::COOKIE, &session.cookie).send().await?;
        refusal(taken, "the return from Instagram").await?;
        self.add_channel(&text(&begun["connection_id"])?, &account.id).await
    }

    async fn add_channel(&self, connection: &str, account: &str) -> anyhow::Result<String> {
        let path = format!("/connections/{connection}/channels");
        let added = self.call(Method::POST, &path, Some(&json!({"external_ids": [account]}))).await?;
        text(&added["items"][0]["id"]).with_context(|| format!("adding {account}"))
    }

    /// Uploads a file by tus. Answers the asset.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn upload(&self, bytes: Vec<u8>) -> anyhow::Result<String> {
        let session = self.session()?;
        let with_session = |method: Method, address: String| {
            self.client
                .request(method, address)
                .header(header::COOKIE, &session.cookie)
                .header("x-csrf-token", &session.csrf_token)
                .header("tus-resumable", "1.0.0")
        };
        let create = with_session(Method::POST, self.address(&format!("/projects/{}/uploads", self.project)));
        let begun = refusal(create.header("upload-length", bytes.len()).send().await?, "begin an upload").await?;
        let location = begun
            .headers()
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok())
            .ok_or_else(|| anyhow!("the upload has no address"))?;
        let location = if location.starts_with("http") {
            location.to_owned()
        } else {
            format!("{}{location}", self.base)
        };
        let append = with_session(Method::PATCH, location)
            .header("upload-offset", 0)
            .header(header::CONTENT_TYPE, "application/offset+octet-stream")
            .body(bytes);
        let done = refusal(append.send().await?, "send an upload").await?;
        let asset = done.headers().get("postrider-asset").and_then(|value| value.to_str().ok());
        Ok(asset.ok_or_else(|| anyhow!("the upload became no asset"))?.to_owned())
    }

    /// Makes drafts so that every channel gets `rounds` deliveries, each with a text of its own.
    ///
    /// # Errors
    /// If one is refused.
    pub async fn make_posts(self: &Arc<Self>, channels: &[String], rounds: usize, draft: &Draft) -> anyhow::Result<Vec<String>> {
        let mut bodies = Vec::new();
        for round in 0..rounds {
            for (index, part) in channels.chunks(CHANNELS_PER_POST).enumerate() {
                bodies.push(post_body(part, round, index * CHANNELS_PER_POST, draft));
            }
        }
        self.each(bodies, |api, body| async move {
            let path = format!("/projects/{}/posts", api.project);
            text(&api.call(Method::POST, &path, Some(&body)).await?["id"])
        })
        .await
    }

    /// Gives every post the same instant, UTC milliseconds.
    ///
    /// # Errors
    /// If one is refused.
    pub async fn schedule(self: &Arc<Self>, posts: &[String], at_ms: i64) -> anyhow::Result<()> {
        let at = jiff::Timestamp::from_millisecond(at_ms)?.to_string();
        let body = json!({"schedule": {"at": at}});
        self.each(posts.to_vec(), move |api, post| {
            let body = body.clone();
            async move {
                api.call(Method::POST, &format!("/posts/{post}/schedule"), Some(&body))
                    .await
                    .map(drop)
            }
        })
        .await
        .map(drop)
    }

    /// How many deliveries of these posts are in each state.
    ///
    /// # Errors
    /// If one cannot be read.
    pub async fn states(self: &Arc<Self>, posts: &[String]) -> anyhow::Result<std::collections::BTreeMap<String, usize>> {
        let read = self
            .each(posts.to_vec(), |api, post| async move {
                api.call(Method::GET, &format!("/posts/{post}"), None).await
            })
            .await?;
        let mut states = std::collections::BTreeMap::new();
        for delivery in read.iter().filter_map(|post| post["deliveries"].as_array()).flatten() {
            *states.entry(delivery["state"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
        Ok(states)
    }

    /// Does the same with each item, a few at once; answers in the order of the items.
    ///
    /// # Errors
    /// The first error.
    pub async fn each<I, O, F, W>(self: &Arc<Self>, items: Vec<I>, work: F) -> anyhow::Result<Vec<O>>
    where
        I: Send + 'static,
        O: Send + 'static,
        F: Fn(Arc<Self>, I) -> W + Send + Sync + 'static,
        W: Future<Output = anyhow::Result<O>> + Send + 'static,
    {
        let work = Arc::new(work);
        let room = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
        let mut under_way = JoinSet::new();
        for (index, item) in items.into_iter().enumerate() {
            let (api, work, room) = (Arc::clone(self), Arc::clone(&work), Arc::clone(&room));
            under_way.spawn(async move {
                let _place = room.acquire_owned().await?;
                Ok::<_, anyhow::Error>((index, work(api, item).await?))
            });
        }
        let mut done = Vec::new();
        while let Some(joined) = under_way.join_next().await {
            done.push(joined??);
        }
        done.sort_by_key(|(index, _)| *index);
        Ok(done.into_iter().map(|(_, output)| output).collect())
    }
}

fn post_body(channels: &[String], round: usize, first: usize, draft: &Draft) -> Value {
    let words = |channel: usize| format!("Round {round} on channel {channel}: measured, and different from all others.");
    let deliveries: Vec<Value> = channels
        .iter()
        .enumerate()
        .map(|(index, channel)| json!({"channel_id": channel, "overrides": {"text": words(first + index)}}))
        .collect();
    let assets: Vec<Value> = draft
        .asset_id
        .iter()
        .map(|id| json!({"asset_id": id, "alt_text": "A measured picture"}))
        .collect();
    json!({
        "content_type": draft.content_type,
        "text": format!("Round {round}"),
        "assets": assets,
        "deliveries": deliveries,
    })
}

fn text(value: &Value) -> anyhow::Result<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| anyhow!("an answer lacks a field"))
}

fn retry_after(answer: &Response) -> Duration {
    let seconds = answer
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(1))
}

/// The answer, if it is a good one.
async fn refusal(answer: Response, what: &str) -> anyhow::Result<Response> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let body = answer.text().await.unwrap_or_default();
    bail!("{what} was refused with {status}: {body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_delivery_of_a_measurement_says_something_else() {
        let draft = Draft {
            content_type: "text",
            asset_id: None,
        };
        let channels: Vec<String> = (0..3).map(|n| format!("chan_{n}")).collect();
        let mut texts = std::collections::BTreeSet::new();
        for round in 0..2 {
            for (index, part) in channels.chunks(2).enumerate() {
                let body = post_body(part, round, index * 2, &draft);
                let deliveries = body["deliveries"].as_array().unwrap();
                texts.extend(deliveries.iter().map(|delivery| delivery["overrides"]["text"].to_string()));
            }
        }
        assert_eq!(texts.len(), 6);
    }
}
