//! Whether a video that a network works on for minutes goes out as punctually as a text: all its work has to be done ahead.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::api::{Api, Draft};
use crate::figures::{percentile, row, say, tenths};
use crate::installation::{Installation, Surroundings};
use crate::lateness::{all_published, connect_bluesky, late_ms, whole_second};
use crate::throughput::connect_instagram;
use crate::twin::Entry;

/// A film that Instagram takes as a reel.
const FILM: &[u8] = include_bytes!("../../testkit/fixtures/upright.mp4");
/// How long after the network's work is done the posts are due, in milliseconds: its end is looked for every 30 s at the latest.
const SPARE_MS: i64 = 60_000;
/// From then on nothing but the last call may be made, in milliseconds before the instant.
const QUIET_MS: i64 = 2_000;
/// How long after the instant commit calls are waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is called before a reel can be published, by the sandbox's names.
const PREPARING: &[&str] = &["read_quota", "create_container", "read_container"];

/// Flags of `bench staging`.
#[derive(Args)]
pub struct Flags {
    /// Reels on as many accounts of Instagram, and as many texts on Bluesky, due at one second.
    #[arg(long, default_value_t = 50)]
    each: usize,
    /// How long Instagram works on a film, in seconds.
    #[arg(long, default_value_t = 180)]
    processing_s: u64,
}

/// Measures, prints the table and answers the JSON.
///
/// # Errors
/// If anything did not go as it should: then there is no figure.
pub async fn run(flags: &Flags) -> anyhow::Result<Value> {
    let mut installation = Installation::start(Surroundings {
        processing_ms: flags.processing_s * 1_000,
        latency_ms: 20,
        ..Surroundings::default()
    })
    .await?;
    let api = Arc::new(Api::sign_in(&installation, 10 * flags.each + 50).await?);
    let texts = connect_bluesky(&installation.twin, &api, flags.each).await?;
    let reels = connect_instagram(&installation.twin, &api, flags.each).await?;
    let reel = Draft {
        content_type: "reel",
        asset_id: Some(api.upload(FILM.to_vec()).await?),
    };
    let text = Draft {
        content_type: "text",
        asset_id: None,
    };
    let mut posts = api.make_posts(&reels, 1, &reel).await?;
    posts.extend(api.make_posts(&texts, 1, &text).await?);
    let ahead_ms = i64::try_from(flags.processing_s)? * 1_000 + SPARE_MS;
    let due_ms = whole_second(jiff::Timestamp::now().as_millisecond() + ahead_ms);
    api.schedule(&posts, due_ms).await?;

    say(&format!("waiting {} s for the instant", ahead_ms / 1_000));
    let wait_ms = u64::try_from(due_ms - jiff::Timestamp::now().as_millisecond()).unwrap_or(0);
    // Nobody asks anything while the posts go out.
    tokio::time::sleep(Duration::from_millis(wait_ms) + PATIENCE).await;
    let commits = installation.twin.commits((due_ms - 60_000) * 1_000).await?;
    let late = |operation: &str| -> Vec<f64> {
        let of = commits.iter().filter(|entry| entry.operation.as_deref() == Some(operation));
        of.map(|entry| late_ms(entry.at_us, due_ms)).collect()
    };
    let (of_reels, of_texts) = (late("publish"), late("put_record"));
    if of_reels.len() != flags.each || of_texts.len() != flags.each || commits.len() != 2 * flags.each {
        bail!(
            "{} reels and {} texts were published, by {} commit calls; {} of each were due",
            of_reels.len(),
            of_texts.len(),
            commits.len(),
            flags.each
        );
    }
    let preparing = |entry: &&Entry| entry.operation.as_deref().is_some_and(|name| PREPARING.contains(&name));
    let log = installation.twin.log((due_ms - QUIET_MS) * 1_000).await?;
    let too_late = log.iter().filter(preparing).count();
    if too_late > 0 {
        bail!("{too_late} calls of preparing were made at the instant");
    }
    all_published(&api, &posts, 2 * flags.each).await?;
    installation.server()?;

    let figure = |values: &[f64], percent| percentile(values, percent).map(tenths).context("nothing arrived");
    let (reel_p50, reel_p99) = (figure(&of_reels, 50.0)?, figure(&of_reels, 99.0)?);
    let (text_p50, text_p99) = (figure(&of_texts, 50.0)?, figure(&of_texts, 99.0)?);
    println!(
        "staging: {} reels that Instagram works on for {} s, and {} texts, due at one second",
        flags.each, flags.processing_s, flags.each
    );
    row("reels after the instant, half of them", reel_p50, "ms");
    row("… 99 of 100", reel_p99, "ms");
    row("texts after the instant, half of them", text_p50, "ms");
    row("… 99 of 100", text_p99, "ms");
    Ok(json!({
        "each": flags.each,
        "processing_s": flags.processing_s,
        "reel_p50_ms": reel_p50,
        "reel_p99_ms": reel_p99,
        "text_p50_ms": text_p50,
        "text_p99_ms": text_p99,
    }))
}
