//! How much later the posts of the other networks go out while one network hangs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::api::{Api, Draft};
use crate::figures::{percentile, row, say, tenths};
use crate::installation::{Installation, Surroundings};
use crate::lateness::{all_published, connect_bluesky, late_ms, whole_second};
use crate::picture;
use crate::throughput::connect_instagram;
use crate::twin::Entry;

/// The networks that take part, each with the operation of its commit call.
const NETWORKS: [(&str, &str); 2] = [("bluesky", "put_record"), ("instagram", "publish")];
/// The most posts of one channel in each of the two runs (product S5: ten in an hour).
const ROUNDS_MAX: usize = 5;
/// How long before the instant everything has to be scheduled and prepared, in milliseconds.
const AHEAD_MS: i64 = 30_000;
/// How much of that must be left when scheduling is done, in milliseconds.
const QUIET_MS: i64 = 8_000;
/// How long the hanging network keeps every call, in milliseconds: longer than the measurement.
const HANG_MS: u64 = 600_000;
/// How long after the instant nothing is asked of anybody, in milliseconds.
const UNDISTURBED_MS: u64 = 4_000;
/// How long nothing new may arrive before the missing ones are given up, in milliseconds.
const SILENCE_MS_MAX: u64 = 20_000;

/// Flags of `bench isolation`.
#[derive(Args)]
pub struct Flags {
    /// Channels of each network.
    #[arg(long, default_value_t = 100)]
    channels: usize,
    /// Posts on each channel, in each run.
    #[arg(long, default_value_t = 5)]
    posts: usize,
    /// How long the networks take to answer, in milliseconds.
    #[arg(long, default_value_t = 20)]
    latency_ms: u64,
    /// The network that hangs in the second run: bluesky or instagram.
    #[arg(long, default_value = "instagram")]
    hangs: String,
}

/// Measures, prints the table and answers the JSON.
///
/// # Errors
/// If anything did not go as it should: then there is no figure.
pub async fn run(flags: &Flags) -> anyhow::Result<Value> {
    if !(1..=ROUNDS_MAX).contains(&flags.posts) {
        bail!("--posts must be 1 to {ROUNDS_MAX}: a channel takes ten posts in an hour, and there are two runs");
    }
    if !NETWORKS.iter().any(|(network, _)| *network == flags.hangs) {
        bail!("--hangs must be bluesky or instagram");
    }
    let mut installation = Installation::start(Surroundings {
        latency_ms: flags.latency_ms,
        ..Surroundings::default()
    })
    .await?;
    let posts = 4 * flags.posts * flags.channels.div_ceil(100);
    let api = Arc::new(Api::sign_in(&installation, 6 * flags.channels + 6 * posts).await?);
    let picture = api.upload(picture::jpeg()?).await?;
    let mut channels = BTreeMap::new();
    channels.insert("bluesky", connect_bluesky(&installation.twin, &api, flags.channels).await?);
    channels.insert("instagram", connect_instagram(&installation.twin, &api, flags.channels).await?);

    say("first run: every network answers");
    let calm = due_together(&mut installation, &api, &channels, &picture, flags, None).await?;
    say(&format!("second run: {} hangs", flags.hangs));
    let hung = due_together(&mut installation, &api, &channels, &picture, flags, Some(&flags.hangs)).await?;
    installation.sandbox.runs()?;

    println!(
        "isolation: {} posts on each of {} channels of each network, due at one second",
        flags.posts, flags.channels
    );
    row("the networks answer in", flags.latency_ms, "ms");
    row("in the second run one hangs", &flags.hangs, "");
    row("calls that were kept hanging", hung.kept, "");
    let mut figures = serde_json::Map::new();
    for (network, late) in hung.late {
        let before = calm.late.get(network).context("the first run has no figure for it")?;
        let figure = |values: &[f64], percent| percentile(values, percent).map(tenths).context("nothing arrived");
        let (p50, p99) = (figure(&late, 50.0)?, figure(&late, 99.0)?);
        let (p50_calm, p99_calm) = (figure(before, 50.0)?, figure(before, 99.0)?);
        println!("{network}");
        row("lateness, half of them: calm", p50_calm, "ms");
        row("… beside the hanging network", p50, "ms");
        row("99 of 100: calm", p99_calm, "ms");
        row("… beside the hanging network", p99, "ms");
        row("difference at 99 of 100", tenths(p99 - p99_calm), "ms");
        figures.insert(
            network.to_owned(),
            json!({
                "deliveries": late.len(),
                "calm": {"p50_ms": p50_calm, "p99_ms": p99_calm},
                "hanging": {"p50_ms": p50, "p99_ms": p99},
                "p99_difference_ms": tenths(p99 - p99_calm),
            }),
        );
    }
    Ok(json!({"hangs": flags.hangs, "kept": hung.kept, "others": figures}))
}

/// What one run came to: the lateness of each network that answered, and how many calls the other kept.
struct Run {
    late: BTreeMap<&'static str, Vec<f64>>,
    kept: usize,
}

/// Schedules everything for one second, and reads when the commit calls arrived.
async fn due_together(
    installation: &mut Installation,
    api: &Arc<Api>,
    channels: &BTreeMap<&'static str, Vec<String>>,
    picture: &str,
    flags: &Flags,
    hangs: Option<&str>,
) -> anyhow::Result<Run> {
    let mut posts = BTreeMap::new();
    for (network, channels) in channels {
        let draft = Draft {
            content_type: if *network == "instagram" { "image" } else { "text" },
            asset_id: (*network == "instagram").then(|| picture.to_owned()),
        };
        posts.insert(*network, api.make_posts(channels, flags.posts, &draft).await?);
    }
    let due_ms = whole_second(jiff::Timestamp::now().as_millisecond() + AHEAD_MS + i64::try_from(flags.channels * flags.posts)? * 20);
    say("scheduling them");
    for posts in posts.values() {
        api.schedule(posts, due_ms).await?;
    }
    let now_ms = || jiff::Timestamp::now().as_millisecond();
    let left_ms = due_ms - now_ms();
    if left_ms < QUIET_MS {
        bail!("scheduling took too long for a quiet start; this machine is too busy to measure on");
    }
    // What can be prepared is prepared by then: the hang begins with the last call of each post.
    tokio::time::sleep(Duration::from_millis(u64::try_from(left_ms - 3_000).unwrap_or(0))).await;
    if let Some(network) = hangs {
        installation.twin.begin_hang(network, HANG_MS).await?;
    }
    say("waiting for the instant");
    let wait_ms = u64::try_from(due_ms - now_ms()).unwrap_or(0);
    tokio::time::sleep(Duration::from_millis(wait_ms + UNDISTURBED_MS)).await;
    let expected = flags.channels * flags.posts;
    let others = NETWORKS.iter().filter(|(network, _)| Some(*network) != hangs);
    let mut late = BTreeMap::new();
    for (network, commit) in others {
        let commits = arrivals(installation, commit, due_ms, expected).await?;
        late.insert(*network, commits.iter().map(|entry| late_ms(entry.at_us, due_ms)).collect());
        all_published(api, &posts[network], expected).await?;
    }
    installation.server()?;
    let kept = match hangs {
        Some(_) => installation
            .twin
            .log((due_ms - 3_000) * 1_000)
            .await?
            .iter()
            .filter(|entry| entry.status.is_none())
            .count(),
        None => 0,
    };
    if hangs.is_some() && kept == 0 {
        bail!("the network that was to hang kept no call");
    }
    Ok(Run { late, kept })
}

/// The calls of an operation since an instant, once as many arrived as are due.
async fn arrivals(installation: &Installation, commit: &str, due_ms: i64, expected: usize) -> anyhow::Result<Vec<Entry>> {
    let (mut seen, mut changed) = (0, Instant::now());
    loop {
        let mut commits = installation.twin.commits((due_ms - 1_000) * 1_000).await?;
        commits.retain(|entry| entry.operation.as_deref() == Some(commit));
        if commits.len() != seen {
            (seen, changed) = (commits.len(), Instant::now());
        }
        if seen >= expected || changed.elapsed() > Duration::from_millis(SILENCE_MS_MAX) {
            let refused = commits.iter().filter(|entry| entry.status != Some(200)).count();
            if seen != expected || refused > 0 {
                bail!("{seen} calls of {commit} arrived, {refused} of them refused; {expected} were due");
            }
            return Ok(commits);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
