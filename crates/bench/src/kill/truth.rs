//! What stands at the networks, beside what the client was told.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::bail;
use postrider_core::Network;
use postrider_testkit::{Client, Twin};
use reqwest::Method;
use serde_json::Value;

use super::load::{Posted, Posts};

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
    /// Deliveries whose state is not the truth.
    pub complaints: Vec<String>,
}

/// Waits until every delivery came to its end, and compares.
pub async fn judge(client: &Client, twin: &Twin, posts: &Posts) -> anyhow::Result<Judged> {
    let states = settled(client, &posts.all).await?;
    let mut feeds: BTreeMap<(Network, &str), Vec<Value>> = BTreeMap::new();
    let mut judged = Judged::default();
    for posted in &posts.all {
        let account = (posted.network, posted.account.as_str());
        if let Entry::Vacant(entry) = feeds.entry(account) {
            entry.insert(twin.feed(posted.network, &posted.account).await);
        }
        let standing = feeds[&account]
            .iter()
            .filter(|post| post["text"].as_str().is_some_and(|text| text.contains(&posted.words)))
            .count();
        judged.accepted += usize::from(posted.accepted);
        judged.unheard += usize::from(!posted.accepted);
        judged.twice += standing.saturating_sub(1);
        judged.lost += usize::from(posted.accepted && standing == 0);
        let state = states.get(&posted.id).map_or("gone", String::as_str);
        let true_state = match state {
            "published" => standing > 0,
            "draft" => standing == 0 && !posted.accepted,
            _ => false,
        };
        if !true_state {
            judged.complaints.push(format!(
                "{} on {} {} is {state}, and stands {standing} times",
                posted.words, posted.network, posted.account
            ));
        }
    }
    Ok(judged)
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
