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

use super::{BURST_S, POSTS_PER_CHANNEL};

/// How long before its instant a post is scheduled at least.
const AHEAD_MS: i64 = 1_500;
/// Posts are due together, so far apart, in milliseconds.
const BURST_MS: i64 = BURST_S as i64 * 1_000;
/// How many requests are under way at once.
const AT_ONCE: usize = 16;
/// How long one may take.
const REQUEST_TIME: Duration = Duration::from_secs(5);

/// One post and what the client heard of it.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Its id.
    pub id: String,
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
    /// What servers refused, in their words: nothing comes of it.
    pub refused: Vec<String>,
}

/// What came back of a request.
enum Said {
    /// A good answer.
    Well(Value),
    /// A refusal, in the server's words.
    Refused(String),
    /// Nothing, or the server's own failure: what became of it is not known.
    Nothing,
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

/// What the words of all posts begin with, and end with.
const WORDS: (&str, char) = ("Kill number ", '.');

fn words(number: usize) -> String {
    let (begin, end) = WORDS;
    format!("{begin}{number:06}{end}")
}

/// The words that no other post has, in a text that the network shows.
pub fn words_in(text: &str) -> Option<&str> {
    let (begin, end) = WORDS;
    let from = text.find(begin)?;
    let length = text[from..].find(end)?;
    Some(&text[from..=from + length])
}

/// What goes out on a channel: words where the network takes them alone, else a picture.
fn cell(channel: &Channel) -> Option<Cell> {
    let cells = cells::offered(channel.network);
    let words = |cell: &&Cell| cell.content_type == ContentType::Text && cell.carrier.is_none();
    let picture = |cell: &&Cell| cell.content_type == ContentType::Image;
    cells.iter().find(words).or_else(|| cells.iter().find(picture)).cloned()
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
            for _ in 0..rate {
                let (load, room, this) = (Arc::clone(&load), Arc::clone(&room), number);
                under_way.spawn(async move {
                    let _place = room.acquire_owned().await?;
                    load.post(this).await;
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

    async fn post(&self, number: usize) {
        let channel = &self.channels[number % self.channels.len()];
        let Some(cell) = cell(channel) else { return };
        let words = words(number);
        let client = &self.clients[number % self.clients.len()];
        let body = cells::on(cell.body(&self.library, &words), &[channel]);
        let path = format!("projects/{}/posts", client.project());
        // Nothing was scheduled yet, so nothing is to come of it if this is not heard.
        let id = match said(client, &path, &body).await {
            Said::Well(draft) => draft["id"].as_str().unwrap_or_default().to_owned(),
            Said::Refused(why) => return self.posts.lock().await.refused.push(why),
            Said::Nothing => return,
        };
        let due_ms = ((jiff::Timestamp::now().as_millisecond() + AHEAD_MS) / BURST_MS + 1) * BURST_MS;
        let at = json!({"schedule": {"at": instant(due_ms)}});
        // Another server may know it as well: who wrote it may be dead by now.
        let client = &self.clients[(number / 2) % self.clients.len()];
        let accepted = match said(client, &format!("posts/{id}/schedule"), &at).await {
            Said::Well(_) => true,
            Said::Refused(why) => return self.posts.lock().await.refused.push(why),
            Said::Nothing => false,
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

async fn said(client: &Client, path: &str, body: &Value) -> Said {
    let request = client.request(Method::POST, path).json(body).timeout(REQUEST_TIME);
    let Ok(answer) = request.send().await else { return Said::Nothing };
    let status = answer.status();
    let Ok(text) = answer.text().await else { return Said::Nothing };
    if status.is_client_error() {
        return Said::Refused(format!("{path}: {status} {text}"));
    }
    match serde_json::from_str(&text) {
        Ok(value) if status.is_success() => Said::Well(value),
        _ => Said::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_known_by_its_words_among_others() {
        assert_eq!(words_in(&format!("{} #freshbread.", words(7))), Some("Kill number 000007."));
        assert_eq!(words_in(&format!("Seen: {}", words(7))), Some(words(7).as_str()));
        assert_eq!(words_in("Kill number"), None);
    }
}
