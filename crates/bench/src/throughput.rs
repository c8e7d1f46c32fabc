//! How many posts a second leave, beside a bare client that makes the same calls to the same networks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::api::{Api, Draft};
use crate::bare::{self, PICTURE_CALLS, TEXT_CALLS};
use crate::figures::{hundredths, row, say, tenths};
use crate::installation::{Database, Installation, Surroundings};
use crate::lateness::{all_published, connect_bluesky, fill};
use crate::picture;
use crate::twin::{Entry, Twin};

/// How long after scheduling the pictures are due, in milliseconds. While they are scheduled the network says to their first call that
/// too much is asked, so that none is prepared ahead and every call falls behind the instant: each then waits for it. (An answer of
/// 503 would not do: a network that does not work is left alone, for up to a minute past the instant.)
const PICTURES_AHEAD_MS: i64 = 60_000;
/// How long before the instant the network works again, in milliseconds.
const WORKS_AGAIN_MS: i64 = 2_500;
/// Below this share of one core the server counts as at rest.
const REST: f64 = 0.05;
/// How long a phase may last, in milliseconds.
const PHASE_MS_MAX: u64 = 90_000;

/// Flags of `bench throughput`.
#[derive(Args)]
pub struct Flags {
    /// Channels of each network; also how many calls the bare client has in flight.
    #[arg(long, default_value_t = 512)]
    channels: usize,
    /// Texts on each channel, at most ten.
    #[arg(long, default_value_t = 10)]
    texts: usize,
    /// Pictures on each channel, at most ten.
    #[arg(long, default_value_t = 4)]
    pictures: usize,
    /// How long the networks take to answer, in milliseconds.
    #[arg(long, default_value_t = 20)]
    latency_ms: u64,
    /// Where rows are.
    #[arg(long, value_enum, default_value_t)]
    database: Database,
    /// How many processes publish: one `postrider serve`, the others `postrider worker` beside it.
    #[arg(long, default_value_t = 1)]
    workers: usize,
}

/// What one phase came to.
struct Measured {
    per_s: f64,
    bare_per_s: f64,
    engine_us: f64,
    sandbox_us: f64,
}

impl Measured {
    fn json(&self) -> Value {
        json!({
            "per_s": self.per_s.round(),
            "bare_per_s": self.bare_per_s.round(),
            "ratio": hundredths(self.per_s / self.bare_per_s),
            "cpu_us": {"engine": self.engine_us.round(), "sandbox": self.sandbox_us.round()},
        })
    }

    fn print(&self, name: &str, calls: usize) {
        println!("{name} ({calls} {})", if calls == 1 { "call" } else { "calls" });
        row("Postrider", self.per_s.round(), "a second");
        row("a bare client", self.bare_per_s.round(), "a second");
        row("ratio", hundredths(self.per_s / self.bare_per_s), "");
        row("CPU of the servers for one", self.engine_us.round(), "µs");
        row("CPU of the sandbox for one", self.sandbox_us.round(), "µs");
    }
}

/// Measures, prints the table and answers the JSON.
///
/// # Errors
/// If anything did not go as it should: then there is no figure.
pub async fn run(flags: &Flags) -> anyhow::Result<Value> {
    if !(1..=10).contains(&flags.texts) || !(1..=10).contains(&flags.pictures) {
        bail!("a channel takes one to ten posts in an hour");
    }
    if flags.workers == 0 || flags.workers > 1 && flags.database == Database::Sqlite {
        bail!("several workers share PostgreSQL: --database postgres");
    }
    let mut installation = Installation::start(Surroundings {
        latency_ms: flags.latency_ms,
        database: flags.database,
        workers: flags.workers - 1,
        ..Surroundings::default()
    })
    .await?;
    let posts = flags.channels.div_ceil(100) * (flags.texts + flags.pictures);
    let api = Arc::new(Api::sign_in(&installation, 5 * flags.channels + 3 * posts).await?);
    let text = texts(&mut installation, &api, flags).await?;
    let picture = pictures(&mut installation, &api, flags).await?;
    println!(
        "throughput: {} on {:?}, {} channels, the networks answer in {} ms, {} in flight",
        if flags.workers == 1 {
            "1 process".to_owned()
        } else {
            format!("{} processes", flags.workers)
        },
        flags.database,
        flags.channels,
        flags.latency_ms,
        flags.channels
    );
    text.print("text", TEXT_CALLS.len());
    picture.print("Instagram image", PICTURE_CALLS.len());
    Ok(json!({"workers": flags.workers, "text": text.json(), "instagram_image": picture.json()}))
}

async fn texts(installation: &mut Installation, api: &Arc<Api>, flags: &Flags) -> anyhow::Result<Measured> {
    let count = flags.channels * flags.texts;
    let channels = connect_bluesky(&installation.twin, api, flags.channels).await?;
    let due = fill(api, &channels, flags.texts).await?;
    say("waiting for the instant");
    let spent = spent_after(installation, due.at_ms).await?;
    let entries = installation.twin.log((due.at_ms - 1_000) * 1_000).await?;
    let per_s = rate(&entries, TEXT_CALLS, count)?;
    all_published(api, &due.posts, count).await?;

    say("the same calls by a bare client");
    let client = installation.bare_client()?;
    let mut tokens = installation.twin.tokens("bluesky", "access").await?;
    tokens.retain(|account, _| account.starts_with("did:plc:"));
    bare::warm(&client, &installation.twin, flags.channels).await?;
    let since_us = installation.twin.now_us().await?;
    bare::texts(&client, &installation.twin, tokens, flags.texts).await?;
    let bare_per_s = rate(&installation.twin.log(since_us).await?, TEXT_CALLS, count)?;
    Ok(spent.measured(count, per_s, bare_per_s))
}

/// Connects so many new accounts of Instagram; answers their channels.
///
/// # Errors
/// If one cannot be connected.
pub async fn connect_instagram(twin: &Twin, api: &Arc<Api>, count: usize) -> anyhow::Result<Vec<String>> {
    say(&format!("connecting {count} accounts of Instagram"));
    let accounts = twin.make_accounts("instagram", count).await?;
    let twin = twin.clone();
    let connect = move |api: Arc<Api>, account| {
        let twin = twin.clone();
        async move { api.connect_instagram(&account, &twin).await }
    };
    api.each(accounts, connect).await
}

async fn pictures(installation: &mut Installation, api: &Arc<Api>, flags: &Flags) -> anyhow::Result<Measured> {
    let count = flags.channels * flags.pictures;
    let channels = connect_instagram(&installation.twin, api, flags.channels).await?;
    let jpeg = picture::jpeg()?;
    let draft = Draft {
        content_type: "image",
        asset_id: Some(api.upload(jpeg.clone()).await?),
    };
    say(&format!("writing {count} deliveries"));
    let posts = api.make_posts(&channels, flags.pictures, &draft).await?;
    installation.twin.begin_throttle("instagram", PICTURE_CALLS[0]).await?;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let due_ms = (now_ms + PICTURES_AHEAD_MS) / 1_000 * 1_000;
    say("scheduling them");
    api.schedule(&posts, due_ms).await?;
    sleep_until(due_ms - WORKS_AGAIN_MS).await;
    installation.twin.lift_outage().await?;
    let spent = spent_after(installation, due_ms).await?;
    let entries = installation.twin.log((due_ms - 100) * 1_000).await?;
    let per_s = rate(&entries, PICTURE_CALLS, count)?;
    let root = root(&entries).context("no container was made")?;
    all_published(api, &posts, count).await?;

    say("the same calls by a bare client");
    let client = installation.bare_client()?;
    let image_url = format!("http://{}/picture.jpg", picture::serve(jpeg).await?);
    let mut tokens = installation.twin.tokens("instagram", "user").await?;
    let made: std::collections::BTreeSet<&str> = entries.iter().filter_map(|entry| entry.path.split('/').nth(3)).collect();
    tokens.retain(|account, _| made.contains(account.as_str()));
    bare::warm(&client, &installation.twin, flags.channels).await?;
    let since_us = installation.twin.now_us().await?;
    bare::pictures(&client, &installation.twin.address(&root), tokens, &image_url, flags.pictures).await?;
    let bare_per_s = rate(&installation.twin.log(since_us).await?, PICTURE_CALLS, count)?;
    Ok(spent.measured(count, per_s, bare_per_s))
}

/// Host and version of the API that containers were made at.
fn root(entries: &[Entry]) -> Option<String> {
    let made = entries
        .iter()
        .find(|entry| entry.operation.as_deref() == Some("create_container"))?;
    let mut segments = made.path.trim_start_matches('/').split('/');
    Some(format!("{}/{}", segments.next()?, segments.next()?))
}

/// Posts per second: their number by the time from the first to the last arrival of any of their calls.
fn rate(entries: &[Entry], calls: &[&str], count: usize) -> anyhow::Result<f64> {
    let mut times: BTreeMap<&str, usize> = calls.iter().map(|call| (*call, 0)).collect();
    let (mut first_us, mut last_us, mut others) = (i64::MAX, i64::MIN, 0);
    for entry in entries {
        match entry.operation.as_deref().and_then(|operation| times.get_mut(operation)) {
            Some(number) => {
                *number += 1;
                first_us = first_us.min(entry.at_us);
                last_us = last_us.max(entry.at_us);
            }
            None if entry.operation.is_some() => others += 1,
            None => {}
        }
    }
    if times.values().any(|number| *number != count) || others > 0 {
        bail!("the calls are not the ones that the bare client makes: {times:?} and {others} others, for {count} posts");
    }
    Ok(count as f64 / ((last_us - first_us) as f64 / 1_000_000.0))
}

/// CPU time of a phase, in microseconds.
struct Spent {
    engine_us: u64,
    sandbox_us: u64,
}

impl Spent {
    fn measured(&self, count: usize, per_s: f64, bare_per_s: f64) -> Measured {
        Measured {
            per_s: tenths(per_s),
            bare_per_s: tenths(bare_per_s),
            engine_us: self.engine_us as f64 / count as f64,
            sandbox_us: self.sandbox_us as f64 / count as f64,
        }
    }
}

/// CPU time from two seconds before an instant until the server is at rest after it. Asks only the kernel meanwhile.
async fn spent_after(installation: &mut Installation, due_ms: i64) -> anyhow::Result<Spent> {
    sleep_until(due_ms - 2_200).await;
    let engine_before = installation.cpu_us()?;
    let sandbox_before = installation.sandbox.cpu_us()?;
    sleep_until(due_ms + 500).await;
    let began = Instant::now();
    let mut last_us = installation.cpu_us()?;
    loop {
        let looked = Instant::now();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let engine_us = installation.cpu_us()?;
        let share = (engine_us - last_us) as f64 / looked.elapsed().as_micros() as f64;
        if share < REST || began.elapsed() > Duration::from_millis(PHASE_MS_MAX) {
            return Ok(Spent {
                engine_us: engine_us - engine_before,
                sandbox_us: installation.sandbox.cpu_us()? - sandbox_before,
            });
        }
        last_us = engine_us;
    }
}

async fn sleep_until(at_ms: i64) {
    let wait_ms = u64::try_from(at_ms - jiff::Timestamp::now().as_millisecond()).unwrap_or(0);
    tokio::time::sleep(Duration::from_millis(wait_ms)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(operation: Option<&str>, at_us: i64) -> Entry {
        Entry {
            at_us,
            processed_us: None,
            path: "/graph.instagram.com/v25.0/17841/media".to_owned(),
            operation: operation.map(str::to_owned),
            status: Some(200),
        }
    }

    #[test]
    fn the_rate_counts_from_the_first_to_the_last_call_and_nothing_else() {
        let entries = [
            entry(None, 0),
            entry(Some("a"), 1_000_000),
            entry(Some("b"), 1_200_000),
            entry(Some("a"), 1_100_000),
            entry(Some("b"), 1_500_000),
        ];
        assert_eq!(rate(&entries, &["a", "b"], 2).unwrap(), 4.0);
    }

    #[test]
    fn calls_that_the_bare_client_does_not_make_leave_no_figure() {
        assert!(rate(&[entry(Some("a"), 1), entry(Some("c"), 2)], &["a"], 1).is_err());
        assert!(rate(&[entry(Some("a"), 1), entry(Some("a"), 2)], &["a"], 1).is_err());
    }

    #[test]
    fn the_bare_client_calls_the_version_that_the_server_calls() {
        let entries = [entry(Some("create_container"), 1)];
        assert_eq!(root(&entries).as_deref(), Some("graph.instagram.com/v25.0"));
    }
}
