//! Posts for many channels, a burst each second, through whichever server answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use postrider_core::Network;
use postrider_core::post::ContentType;
use postrider_testkit::Client;
use postrider_testkit::cells::{self, Cell, Library};
use postrider_testkit::client::instant;
use postrider_testkit::connect::Channel;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

use super::POSTS_PER_CHANNEL;

/// How long before its instant a burst is scheduled.
const AHEAD_MS: i64 = 1_500;
/// How many requests are under way at once.
const AT_ONCE: usize = 16;
/// How long one may take.
const REQUEST_TIME: Duration = Duration::from_secs(5);

/// One post and what the client heard of it.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Its id; unknown if nobody answered when it was written.
    pub id: Option<String>,
    /// On which account.
    pub network: Network,
    /// The network's id of it.
    pub account: String,
    /// Words that no other post has.
    pub words: String,
    /// Whether scheduling it was acknowledged.
    pub accepted: bool,
}

/// All posts so far.
#[derive(Debug, Default)]
pub struct Posts {
    /// In the order in which the client heard of them.
    pub all: Vec<Posted>,
}

/// Makes them.
pub struct Load {
    /// One for each server.
    pub clients: Vec<Client>,
    /// Where they go.
    pub channels: Vec<Channel>,
    /// What they show.
    pub library: Library,
    /// Where they are noted.
    pub posts: Arc<Mutex<Posts>>,
}

/// What goes out on a channel: words where the network takes them alone, else a picture.
fn cell(channel: &Channel) -> Option<Cell> {
    let wanted = if channel.network == Network::Instagram { ContentType::Image } else { ContentType::Text };
    cells::offered(channel.network).into_iter().find(|cell| cell.content_type == wanted)
}

impl Load {
    /// So many posts each second until an instant, or until every channel has all it may have.
    pub async fn run(self, rate: usize, until: Instant) -> anyhow::Result<()> {
        let load = Arc::new(self);
        let room = Arc::new(Semaphore::new(AT_ONCE));
        let mut under_way = JoinSet::new();
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        let mut number = 0;
        while Instant::now() < until && number < load.channels.len() * POSTS_PER_CHANNEL {
            ticks.tick().await;
            let due_ms = (jiff::Timestamp::now().as_millisecond() + AHEAD_MS) / 1_000 * 1_000;
            for _ in 0..rate {
                let (load, room, this) = (Arc::clone(&load), Arc::clone(&room), number);
                under_way.spawn(async move {
                    let _place = room.acquire_owned().await?;
                    load.post(this, due_ms).await;
                    Ok::<(), anyhow::Error>(())
                });
                number += 1;
            }
        }
        while let Some(joined) = under_way.join_next().await {
            joined??;
        }
        Ok(())
    }

    async fn post(&self, number: usize, due_ms: i64) {
        let channel = &self.channels[number % self.channels.len()];
        let Some(cell) = cell(channel) else { return };
        let words = format!("Kill number {number:06}.");
        let client = &self.clients[number % self.clients.len()];
        let body = cells::on(cell.body(&self.library, &words), &[channel]);
        let path = format!("projects/{}/posts", client.project());
        let id = said(client, &path, &body).await.and_then(|draft| draft["id"].as_str().map(str::to_owned));
        let accepted = match &id {
            // Nothing was scheduled, so nothing is to come of it.
            None => return,
            Some(id) => {
                let at = json!({"schedule": {"at": instant(due_ms)}});
                // Another server may know it as well: who wrote it may be dead by now.
                let client = &self.clients[(number / 2) % self.clients.len()];
                said(client, &format!("posts/{id}/schedule"), &at).await.is_some()
            }
        };
        self.posts.lock().await.all.push(Posted {
            id,
            network: channel.network,
            account: channel.external_id.clone(),
            words,
            accepted,
        });
    }
}

/// What a server answered, if it answered well.
async fn said(client: &Client, path: &str, body: &Value) -> Option<Value> {
    let request = client.request(Method::POST, path).json(body).timeout(REQUEST_TIME);
    let answer = request.send().await.ok()?;
    if !answer.status().is_success() {
        return None;
    }
    answer.json().await.ok()
}
