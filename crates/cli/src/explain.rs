//! `postrider doctor DELIVERY`: why a delivery stands where it stands, and what comes next.

use std::fmt::Write as _;

use anyhow::Context;
use jiff::Timestamp;
use postrider_core::delivery::{Explanation, explain};
use postrider_core::ids::DeliveryId;
use postrider_store::{StoreError, deliveries};

use crate::assembly;
use crate::config::Config;
use crate::doctor::now_ms;

/// Explains one delivery.
///
/// # Errors
/// If the text is no id of a delivery, there is none of that id, or the database cannot be read.
pub async fn run(config: &Config, delivery: &str) -> anyhow::Result<()> {
    let id: DeliveryId = delivery
        .parse()
        .with_context(|| format!("`{delivery}` is no id of a delivery: it begins with `dlv_` and stands in the post's History"))?;
    let beside = assembly::database_beside(config).await?;
    let now_ms = now_ms();
    let found = deliveries::facts(&beside.db, id, now_ms).await;
    beside.db.close().await;
    let facts = match found {
        Ok(facts) => facts,
        Err(StoreError::NotFound) => anyhow::bail!("there is no delivery {id} in this database"),
        Err(error) => return Err(error).context("reading the delivery"),
    };
    println!("{id} on {} ({})", facts.channel_name, facts.network.name());
    print!("{}", told(&explain(&facts, now_ms), now_ms));
    Ok(())
}

fn told(explanation: &Explanation, now_ms: i64) -> String {
    let write = |instant| instant_in_words(instant, now_ms);
    let mut text = String::new();
    for sentence in &explanation.so {
        let _ = writeln!(text, "  {}", sentence.told(write));
    }
    let _ = writeln!(text, "next: {}", explanation.next.told(write));
    for remedy in &explanation.remedies {
        let _ = writeln!(text, "do:   {remedy}");
    }
    text
}

/// Such as `2026-11-24T08:30:00Z (in 5 min)`.
fn instant_in_words(instant_ms: i64, now_ms: i64) -> String {
    let at = Timestamp::from_millisecond(instant_ms).map_or_else(|_| instant_ms.to_string(), |at| format!("{at:.0}"));
    let apart_s = (instant_ms - now_ms).abs() / 1_000;
    let apart = match apart_s {
        0..120 => format!("{apart_s} s"),
        120..7_200 => format!("{} min", apart_s / 60),
        7_200..172_800 => format!("{} h", apart_s / 3_600),
        _ => format!("{} days", apart_s / 86_400),
    };
    if instant_ms > now_ms {
        format!("{at} (in {apart})")
    } else {
        format!("{at} ({apart} ago)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_told_by_date_and_by_distance() {
        let now_ms = 1_795_507_200_000;
        assert_eq!(instant_in_words(now_ms + 300_000, now_ms), "2026-11-24T08:05:00Z (in 5 min)");
        assert_eq!(instant_in_words(now_ms - 61_000, now_ms), "2026-11-24T07:58:59Z (61 s ago)");
        assert_eq!(
            instant_in_words(now_ms + 3 * 86_400_000, now_ms),
            "2026-11-27T08:00:00Z (in 3 days)"
        );
    }
}
