//! What a start takes and what an idle installation costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};

use crate::api::{Api, Draft};
use crate::figures::{hundredths, percentile, row, say, tenths};
use crate::installation::{Installation, Surroundings};
use crate::lateness::connect_bluesky;

/// Channels and posts on each that are there while it idles.
const CHANNELS: usize = 20;
const POSTS_PER_CHANNEL: usize = 5;
/// Starts that are timed; the middle one counts.
const STARTS: usize = 5;
const SETTLE: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(20);
const DAY_MS: i64 = 86_400_000;
const MB: f64 = 1_000_000.0;

/// Measures, prints the table and answers the JSON.
///
/// # Errors
/// If anything did not go as it should: then there is no figure.
pub async fn run() -> anyhow::Result<Value> {
    let mut installation = Installation::start(Surroundings::default()).await?;
    let api = Arc::new(Api::sign_in(&installation, 100).await?);
    let channels = connect_bluesky(&installation.twin, &api, CHANNELS).await?;
    let draft = Draft {
        content_type: "text",
        asset_id: None,
    };
    let posts = api.make_posts(&channels, POSTS_PER_CHANNEL, &draft).await?;
    let tomorrow_ms = jiff::Timestamp::now().as_millisecond() + DAY_MS;
    api.schedule(&posts, tomorrow_ms).await?;

    say("starting it again");
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        installation.stop_server().await?;
        starts.push(installation.start_server().await?);
    }
    let ready_ms = percentile(&starts, 50.0).map(tenths).context("it was not started")?;
    let slowest_ms = percentile(&starts, 100.0).map(tenths).context("it was not started")?;

    say("leaving it alone");
    tokio::time::sleep(SETTLE).await;
    let server = installation.server()?;
    let idle_mb = tenths(server.memory_bytes()? as f64 / MB);
    let (began, before_us) = (Instant::now(), server.cpu_us()?);
    tokio::time::sleep(IDLE).await;
    let used_us = installation.server()?.cpu_us()? - before_us;
    let idle_cpu_percent = hundredths(used_us as f64 / began.elapsed().as_micros() as f64 * 100.0);
    let binary_mb = tenths(std::fs::metadata(&installation.binary)?.len() as f64 / MB);

    println!("weight: {CHANNELS} channels, {} posts scheduled", CHANNELS * POSTS_PER_CHANNEL);
    row("start to ready, the middle of five", ready_ms, "ms");
    row("… the slowest", slowest_ms, "ms");
    row("memory, idle", idle_mb, "MB");
    row("CPU of one core, idle", idle_cpu_percent, "%");
    row("binary", binary_mb, "MB");
    Ok(json!({
        "ready_ms": ready_ms,
        "idle_mb": idle_mb,
        "idle_cpu_percent": idle_cpu_percent,
        "binary_mb": binary_mb,
    }))
}
