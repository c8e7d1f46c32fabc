//! What stands at the networks, beside what the client was told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::bail;
use postrider_core::Network;
use postrider_testkit::connect::Channel;
use postrider_testkit::{Client, Twin};
use reqwest::Method;
use serde_json::Value;

use super::load::{self, Posted, Posts};

/// How long everything may take to come to its end once nobody is killed any more.
const SETTLE_MAX: Duration = Duration::from_secs(240);
/// States that end by themselves.
const UNDER_WAY: [&str; 8] = [
    "scheduled",
    "staging",
    "staged",
    "deferred",
    "publishing",
    "processing",
    "confirming",
    "in_doubt",
];

/// The comparison.
#[derive(Debug, Default)]
pub struct Judged {
    /// Deliveries whose scheduling was acknowledged.
    pub accepted: usize,
    /// Deliveries of which the client does not know whether they were scheduled.
    pub unheard: usize,
    /// Posts beyond the first of a delivery.
    pub twice: usize,
    /// Accepted deliveries of which nothing stands.
    pub lost: usize,
    /// Deliveries whose state is not the truth, and posts that should not stand.
    pub complaints: Vec<String>,
}

/// Where a post stands, and its words.
type Place = (Network, String, String);

/// What stands, how often.
type Standing = BTreeMap<Place, usize>;

/// Waits until every delivery came to its end, and compares all that stands on the channels with what the client was told.
///
/// # Errors
/// If not all come to their end, or somebody does not answer.
pub async fn judge(client: &Client, twin: &Twin, channels: &[Channel], posts: &Posts) -> anyhow::Result<Judged> {
    let states = settled(client, &posts.all).await?;
    let mut standing = Standing::new();
    let accounts: BTreeSet<(Network, &str)> = channels
        .iter()
        .map(|channel| (channel.network, channel.external_id.as_str()))
        .collect();
    for (network, account) in accounts {
        for post in twin.feed(network, account).await {
            let text = post["text"].as_str().unwrap_or_default();
            let words = load::words_in(text).unwrap_or(text).to_owned();
            *standing.entry((network, account.to_owned(), words)).or_default() += 1;
        }
    }
    Ok(compare(&states, standing, &posts.all))
}

fn compare(states: &BTreeMap<String, String>, mut standing: Standing, posts: &[Posted]) -> Judged {
    let mut judged = Judged::default();
    for posted in posts {
        let place = (posted.network, posted.account.clone(), posted.words.clone());
        let times = standing.remove(&place).unwrap_or_default();
        judged.accepted += usize::from(posted.accepted);
        judged.unheard += usize::from(!posted.accepted);
        judged.twice += times.saturating_sub(1);
        judged.lost += usize::from(posted.accepted && times == 0);
        let state = states.get(&posted.id).map_or("gone", String::as_str);
        let true_state = match state {
            "published" => times > 0,
            "draft" => times == 0 && !posted.accepted,
            _ => false,
        };
        if !true_state {
            judged.complaints.push(format!(
                "{} on {} {} is {state}, and stands {times} times",
                posted.words, posted.network, posted.account
            ));
        }
    }
    // What is left was refused, or never scheduled at all.
    for ((network, account, words), times) in standing {
        judged.complaints.push(format!(
            "{words} stands {times} times on {network} {account}, and nobody scheduled it"
        ));
    }
    judged
}

/// The state of each post's delivery once nothing is under way.
async fn settled(client: &Client, posts: &[Posted]) -> anyhow::Result<BTreeMap<String, String>> {
    let began = Instant::now();
    let mut states = BTreeMap::new();
    let mut open: BTreeSet<&String> = posts.iter().map(|posted| &posted.id).collect();
    while !open.is_empty() {
        for id in open.clone() {
            let answer = client.request(Method::GET, &format!("posts/{id}")).send().await?;
            let post: Value = answer.error_for_status()?.json().await?;
            let state = post["deliveries"][0]["state"].as_str().unwrap_or("gone").to_owned();
            if !UNDER_WAY.contains(&state.as_str()) {
                open.remove(id);
            }
            states.insert(id.clone(), state);
        }
        if began.elapsed() > SETTLE_MAX {
            bail!(
                "{} deliveries did not come to their end within {} s",
                open.len(),
                SETTLE_MAX.as_secs()
            );
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(states)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How it is judged that a post ended in a state and stands so many times: twice, lost, complaints.
    fn judged(state: &str, accepted: bool, times: usize) -> (usize, usize, usize) {
        let posted = Posted {
            id: "post_1".to_owned(),
            network: Network::Bluesky,
            account: "ada".to_owned(),
            words: "Kill number 000001.".to_owned(),
            accepted,
        };
        let states = BTreeMap::from([(posted.id.clone(), state.to_owned())]);
        let place = (posted.network, posted.account.clone(), posted.words.clone());
        let standing = if times == 0 {
            Standing::new()
        } else {
            Standing::from([(place, times)])
        };
        let judged = compare(&states, standing, &[posted]);
        (judged.twice, judged.lost, judged.complaints.len())
    }

    #[test]
    fn what_stands_is_held_against_what_was_told() {
        assert_eq!(judged("published", true, 1), (0, 0, 0));
        assert_eq!(
            judged("published", false, 1),
            (0, 0, 0),
            "it was scheduled, and the client did not hear it"
        );
        assert_eq!(judged("draft", false, 0), (0, 0, 0), "it never was");
        assert_eq!(judged("published", true, 3), (2, 0, 0));
        assert_eq!(judged("published", true, 0), (0, 1, 1));
        assert_eq!(judged("draft", true, 0), (0, 1, 1));
        assert_eq!(judged("failed", true, 1), (0, 0, 1), "it stands");
        assert_eq!(judged("in_doubt", false, 1), (0, 0, 1), "a person would be asked");
        let nobodys = Standing::from([((Network::Bluesky, "ada".to_owned(), "Kill number 000009.".to_owned()), 1)]);
        assert_eq!(compare(&BTreeMap::new(), nobodys, &[]).complaints.len(), 1);
    }
}
