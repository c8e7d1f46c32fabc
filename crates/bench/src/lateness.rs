//! How late commit calls arrive when many posts are due at one second.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::api::{Api, Draft};
use crate::figures::{percentile, row, say, tenths};
use crate::installation::{Installation, Surroundings};
use crate::twin::{Entry, Post, Twin};

/// The most posts of one channel in an hour (product S5).
const PER_CHANNEL_MAX: usize = 10;
/// How long before the instant everything has to be scheduled, in milliseconds.
const QUIET_MS: i64 = 4_000;
/// How long nothing new may arrive before the missing ones are given up, in milliseconds.
const SILENCE_MS_MAX: u64 = 20_000;

/// Flags of `bench lateness`.
#[derive(Args)]
pub struct Flags {
    /// Posts due at the one second.
    #[arg(long, default_value_t = 1_000)]
    deliveries: usize,
    /// Channels they are spread over, at most ten on each.
    #[arg(long, default_value_t = 100)]
    channels: usize,
    /// How long the networks take to answer, in milliseconds.
    #[arg(long, default_value_t = 20)]
    latency_ms: u64,
    /// Calls the networks by TLS.
    #[arg(long)]
    tls: bool,
    /// How much longer every flush to the disk takes, in microseconds.
    #[arg(long, default_value_t = 0)]
    fsync_us: u64,
}

/// Measures, prints the table and answers the JSON.
///
/// # Errors
/// If anything did not go as it should: then there is no figure.
pub async fn run(flags: &Flags) -> anyhow::Result<Value> {
    let rounds = flags.deliveries / flags.channels.max(1);
    if rounds == 0 || rounds > PER_CHANNEL_MAX || rounds * flags.channels != flags.deliveries {
        bail!("--deliveries must be one to {PER_CHANNEL_MAX} times --channels");
    }
    let mut installation = Installation::start(Surroundings {
        latency_ms: flags.latency_ms,
        tls: flags.tls,
        fsync_us: flags.fsync_us,
        ..Surroundings::default()
    })
    .await?;
    let flush_ms = installation.flush_ms()?;
    let posts = rounds * flags.channels.div_ceil(100);
    let api = Arc::new(Api::sign_in(&installation, 2 * flags.channels + 3 * posts).await?);
    let channels = connect_bluesky(&installation.twin, &api, flags.channels).await?;
    let due = fill(&api, &channels, rounds).await?;
    installation.server()?;
    say("waiting for the instant");
    let commits = arrivals(&installation.twin, due.at_ms, flags.deliveries).await?;
    let feeds = installation.twin.posts("bluesky").await?;
    let texts: BTreeSet<&str> = feeds.iter().map(|post| post.text.as_str()).collect();
    if texts.len() != flags.deliveries {
        bail!("{} different texts stand in the feeds; {} were due", texts.len(), flags.deliveries);
    }
    let firsts = first_of_each(&commits, &feeds).context("the sandbox's posts do not match its log")?;
    all_published(&api, &due.posts, flags.deliveries).await?;
    installation.server()?;
    installation.sandbox.runs()?;

    let late: Vec<f64> = commits.iter().map(|entry| late_ms(entry.at_us, due.at_ms)).collect();
    let first: Vec<f64> = firsts.iter().map(|at_us| late_ms(*at_us, due.at_ms)).collect();
    let figure = |values: &[f64], percent| percentile(values, percent).map(tenths).context("nothing arrived");
    let (p50, p99, max) = (figure(&late, 50.0)?, figure(&late, 99.0)?, figure(&late, 100.0)?);
    let first_p99 = figure(&first, 99.0)?;

    println!(
        "lateness: {} deliveries on {} channels, due at one second",
        flags.deliveries, flags.channels
    );
    row("the networks answer in", flags.latency_ms, "ms");
    row("called by", if flags.tls { "TLS" } else { "HTTP" }, "");
    row("a flush of this disk takes", tenths(flush_ms), "ms");
    if flags.fsync_us > 0 {
        row("and is made slower by", flags.fsync_us, "µs");
    }
    row("arrival after the instant, half of them", p50, "ms");
    row("… 99 of 100", p99, "ms");
    row("… the last", max, "ms");
    row("… the earliest", figure(&late, 0.0)?, "ms");
    row("first of each channel, 99 of 100", first_p99, "ms");
    Ok(json!({
        "deliveries": flags.deliveries,
        "p50_ms": p50,
        "p99_ms": p99,
        "max_ms": max,
        "first_of_channel_p99_ms": first_p99,
    }))
}

/// How long after an instant (UTC milliseconds) a call arrived (UTC microseconds), in milliseconds.
pub fn late_ms(at_us: i64, due_ms: i64) -> f64 {
    (at_us - due_ms * 1_000) as f64 / 1_000.0
}

/// Connects so many new accounts of Bluesky; answers their channels.
///
/// # Errors
/// If one cannot be connected.
pub async fn connect_bluesky(twin: &Twin, api: &Arc<Api>, count: usize) -> anyhow::Result<Vec<String>> {
    say(&format!("connecting {count} accounts of Bluesky"));
    let accounts = twin.make_accounts("bluesky", count).await?;
    api.each(accounts, |api, account| async move { api.connect_bluesky(&account).await })
        .await
}

/// Posts that are due together.
pub struct Due {
    /// Which.
    pub posts: Vec<String>,
    /// When, UTC milliseconds.
    pub at_ms: i64,
}

/// Writes text posts so that each channel gets so many, and schedules all of them for one second.
///
/// # Errors
/// If one is refused, or scheduling took so long that the instant came too near.
pub async fn fill(api: &Arc<Api>, channels: &[String], rounds: usize) -> anyhow::Result<Due> {
    say(&format!("writing {} deliveries", channels.len() * rounds));
    let draft = Draft {
        content_type: "text",
        asset_id: None,
    };
    let began = Instant::now();
    let posts = api.make_posts(channels, rounds, &draft).await?;
    // Scheduling writes and checks about as much as creating did.
    let ahead_ms = QUIET_MS * 2 + i64::try_from(began.elapsed().as_millis() * 3)?;
    let at_ms = whole_second(jiff::Timestamp::now().as_millisecond() + ahead_ms);
    say("scheduling them");
    api.schedule(&posts, at_ms).await?;
    if jiff::Timestamp::now().as_millisecond() > at_ms - QUIET_MS {
        bail!("scheduling took too long for a quiet start; this machine is too busy to measure on");
    }
    Ok(Due { posts, at_ms })
}

/// The whole second at or after an instant, both UTC milliseconds.
pub fn whole_second(at_ms: i64) -> i64 {
    (at_ms + 999).div_euclid(1_000) * 1_000
}

/// The commit calls of an instant, once as many arrived as are due.
async fn arrivals(twin: &Twin, due_ms: i64, expected: usize) -> anyhow::Result<Vec<Entry>> {
    let wait_ms = u64::try_from(due_ms - jiff::Timestamp::now().as_millisecond()).unwrap_or(0);
    // Nobody asks anything while the posts go out.
    tokio::time::sleep(Duration::from_millis(wait_ms + 3_000)).await;
    let (mut seen, mut changed) = (0, Instant::now());
    loop {
        let commits = twin.commits((due_ms - 60_000) * 1_000).await?;
        if commits.len() != seen {
            (seen, changed) = (commits.len(), Instant::now());
        }
        if seen >= expected || changed.elapsed() > Duration::from_millis(SILENCE_MS_MAX) {
            let refused = commits.iter().filter(|entry| entry.status != Some(200)).count();
            if seen != expected || refused > 0 {
                bail!("{seen} commit calls arrived, {refused} of them refused; {expected} were due");
            }
            return Ok(commits);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Waits until the server says that all are published.
///
/// # Errors
/// With the states, if they are not.
pub async fn all_published(api: &Arc<Api>, posts: &[String], expected: usize) -> anyhow::Result<()> {
    let mut states = BTreeMap::new();
    for _ in 0..10 {
        states = api.states(posts).await?;
        if states.get("published") == Some(&expected) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    bail!("not all deliveries ended published: {states:?}")
}

/// When the first commit call of each account arrived, UTC microseconds. The log does not say for which account a call was; the
/// network made the posts in the order in which it processed the calls, so the two lists go side by side. `None` if they do not.
fn first_of_each(commits: &[Entry], posts: &[Post]) -> Option<Vec<i64>> {
    let mut commits: Vec<(i64, i64)> = commits
        .iter()
        .map(|entry| Some((entry.processed_us?, entry.at_us)))
        .collect::<Option<_>>()?;
    let mut posts: Vec<(i64, &str)> = posts.iter().map(|post| (post.created_us, post.account.as_str())).collect();
    if commits.len() != posts.len() {
        return None;
    }
    commits.sort_unstable();
    posts.sort_unstable();
    let mut first: BTreeMap<&str, i64> = BTreeMap::new();
    for ((_, at_us), (_, account)) in commits.iter().zip(posts) {
        first
            .entry(account)
            .and_modify(|known| *known = (*known).min(*at_us))
            .or_insert(*at_us);
    }
    Some(first.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(at_us: i64) -> Entry {
        Entry {
            at_us,
            processed_us: Some(at_us + 20_100),
            path: String::new(),
            operation: None,
            status: Some(200),
        }
    }

    fn post(account: &str, created_us: i64) -> Post {
        Post {
            account: account.to_owned(),
            created_us,
            text: String::new(),
        }
    }

    #[test]
    fn the_first_of_an_account_is_its_earliest_arrival() {
        let commits = [commit(3_000), commit(1_000), commit(2_000), commit(4_000)];
        let posts = [post("b", 22_000), post("a", 21_000), post("a", 23_000), post("b", 24_000)];
        assert_eq!(first_of_each(&commits, &posts), Some(vec![1_000, 2_000]));
        assert_eq!(first_of_each(&commits[1..], &posts), None);
    }

    #[test]
    fn an_instant_is_a_whole_second() {
        assert_eq!(whole_second(1_001), 2_000);
        assert_eq!(whole_second(2_000), 2_000);
    }

    #[test]
    fn lateness_is_counted_from_the_instant_in_milliseconds() {
        assert_eq!(late_ms(1_000_074_500, 1_000_000), 74.5);
        assert_eq!(late_ms(999_999_000, 1_000_000), -1.0);
    }
}
