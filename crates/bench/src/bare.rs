//! What is reachable at all: a plain client that makes the same calls, keeps nothing and checks nothing.

use std::collections::BTreeMap;

use anyhow::{Context, anyhow, bail};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::twin::Twin;

/// The one call of a text on Bluesky.
pub const TEXT_CALLS: &[&str] = &["put_record"];
/// The calls of a picture on Instagram, in their order. The first asks whether the account may post at all.
pub const PICTURE_CALLS: &[&str] = &["read_quota", "create_container", "read_container", "publish", "read_media"];

/// Posts `rounds` texts on each account, one after the other on one account, all accounts at once.
///
/// # Errors
/// If a call is refused.
pub async fn texts(client: &Client, twin: &Twin, tokens: BTreeMap<String, String>, rounds: usize) -> anyhow::Result<()> {
    let mut workers = JoinSet::new();
    for (index, (account, token)) in tokens.into_iter().enumerate() {
        let (client, address) = (client.clone(), twin.address("bsky.social/xrpc/com.atproto.repo.putRecord"));
        workers.spawn(async move {
            for round in 0..rounds {
                let body = json!({
                    "repo": account,
                    "collection": "app.bsky.feed.post",
                    "rkey": record_key(index * rounds + round),
                    "validate": true,
                    "swapRecord": null,
                    "record": {
                        "$type": "app.bsky.feed.post",
                        "text": format!("Bare round {round} on channel {index}: measured, and different from all others."),
                        "createdAt": "2026-01-01T00:00:00.000Z",
                    },
                });
                answered(client.post(&address).bearer_auth(&token).json(&body), "putRecord").await?;
            }
            Ok::<_, anyhow::Error>(())
        });
    }
    joined(workers).await
}

/// Posts the picture `rounds` times on each account, one after the other on one account, all accounts at once. `root` is the
/// API's version in the sandbox's addresses, as the server calls it.
///
/// # Errors
/// If a call is refused.
pub async fn pictures(client: &Client, root: &str, tokens: BTreeMap<String, String>, image_url: &str, rounds: usize) -> anyhow::Result<()> {
    let mut workers = JoinSet::new();
    for (index, (account, token)) in tokens.into_iter().enumerate() {
        let (client, root, image_url) = (client.clone(), root.to_owned(), image_url.to_owned());
        workers.spawn(async move {
            for round in 0..rounds {
                let get = |path: &str, fields: &str| {
                    client
                        .get(format!("{root}/{path}"))
                        .query(&[("fields", fields)])
                        .bearer_auth(&token)
                };
                let post = |edge: &str| client.post(format!("{root}/{account}/{edge}")).bearer_auth(&token);
                answered(
                    get(&format!("{account}/content_publishing_limit"), "quota_usage,config"),
                    "the quota",
                )
                .await?;
                let caption = format!("Bare round {round} on channel {index}: measured, and different from all others.");
                let form = [
                    ("image_url", image_url.as_str()),
                    ("alt_text", "A measured picture"),
                    ("caption", &caption),
                ];
                let container = id(&answered(post("media").form(&form), "the container").await?)?;
                let status = answered(get(&container, "status_code,status"), "the container's status").await?;
                if status["status_code"] != "FINISHED" {
                    bail!("a container was not ready: {status}");
                }
                let media = id(&answered(post("media_publish").form(&[("creation_id", &container)]), "publishing").await?)?;
                answered(get(&media, "permalink,shortcode"), "the address").await?;
            }
            Ok::<_, anyhow::Error>(())
        });
    }
    joined(workers).await
}

/// Opens a connection for each account ahead, as the server does before an instant.
///
/// # Errors
/// If the sandbox cannot be reached.
pub async fn warm(client: &Client, twin: &Twin, connections: usize) -> anyhow::Result<()> {
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        let call = client.head(twin.address(""));
        workers.spawn(async move {
            call.send().await?;
            Ok::<_, anyhow::Error>(())
        });
    }
    joined(workers).await
}

async fn joined(mut workers: JoinSet<anyhow::Result<()>>) -> anyhow::Result<()> {
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    Ok(())
}

async fn answered(request: reqwest::RequestBuilder, what: &str) -> anyhow::Result<Value> {
    let answer = request.send().await?;
    let status = answer.status();
    let body = answer.bytes().await?;
    if !status.is_success() {
        bail!("{what} was refused with {status}: {}", String::from_utf8_lossy(&body));
    }
    serde_json::from_slice(&body).with_context(|| format!("the answer of {what}"))
}

fn id(answer: &Value) -> anyhow::Result<String> {
    answer["id"].as_str().map(str::to_owned).ok_or_else(|| anyhow!("no id: {answer}"))
}

/// A record key in the network's form (13 signs that sort by time), from a number.
fn record_key(number: usize) -> String {
    const SIGNS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
    // Any time will do; it is far from the ones that the server's own keys hold.
    let value = (1_000_000_000_000_000_u64 + number as u64) << 10;
    (0..13)
        .rev()
        .map(|place| char::from(SIGNS[((value >> (place * 5)) & 31) as usize]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_keys_have_the_networks_form_and_differ() {
        let keys: std::collections::BTreeSet<String> = (0..1_000).map(record_key).collect();
        assert_eq!(keys.len(), 1_000);
        for key in keys {
            assert_eq!(key.len(), 13);
            assert!(
                key.bytes().next().is_some_and(|first| b"234567abcdefghij".contains(&first)),
                "{key}"
            );
        }
    }
}
