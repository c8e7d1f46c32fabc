//! What will happen to a post if nothing changes (product S11).

use postrider_core::delivery::State;
use postrider_core::ids::PostId;
use postrider_core::post::{Content, Mode};
use postrider_core::problem::{Problem, Severity};
use postrider_core::quota;
use postrider_core::rules::check::{CheckChannel, CheckInput, check};
use postrider_core::rules::render::rendered;
use postrider_core::rules::schema::ROLLING_HOUR;
use postrider_core::rules::{self, ROLLING_HOUR_POSTS_MAX};
use postrider_provider::goes_to_network;
use postrider_services::media::{Place, Recipe, suit};
use postrider_store::assets::Asset;
use postrider_store::deliveries::Delivery;
use postrider_store::posts::{self, WithDeliveries};
use postrider_store::scope::Scope;
use postrider_store::{assets, channels, deliveries, quota_use};

use super::standing;
use crate::dto::Instant;
use crate::dto::check::{ChannelForecast, Forecast, MediaForecast, Neighbour, QuotaLeft};
use crate::dto::post::excerpt;
use crate::problem::Answer;
use crate::state::AppState;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What will happen, per channel.
///
/// # Errors
/// 404 if who asks does not see the post.
pub async fn forecast(state: &AppState, scope: &Scope, id: PostId) -> Answer<Forecast> {
    let row = posts::with_deliveries(state.db(), scope, id).await?;
    let mut told = Vec::new();
    for delivery in row.deliveries.iter().filter(|delivery| delivery.state != State::Canceled) {
        told.push(channel(state, scope, &row, delivery).await?);
    }
    Ok(Forecast {
        post_id: id,
        channels: told,
    })
}

async fn channel(state: &AppState, scope: &Scope, row: &WithDeliveries, delivery: &Delivery) -> Answer<ChannelForecast> {
    let channel = channels::get(state.db(), scope, delivery.channel_id).await?;
    let content = row.post.content.overridden(&delivery.overrides);
    let files = assets::by_ids(state.db(), scope, &content.asset_ids()).await?;
    let now_ms = state.now_ms();
    let at_ms = delivery.due_at.or(row.post.wished_at).unwrap_or(now_ms).max(now_ms);
    let words = rules::offer(delivery.network, content.content_type)
        .map(|offer| rendered(&content, offer))
        .unwrap_or_default();

    let times = quota_use::times(state.db(), scope, channel.id, at_ms - HOUR_MS, Some(delivery.id)).await?;
    let max = i64::from(ROLLING_HOUR_POSTS_MAX);
    let free_ms = quota::next_free(ROLLING_HOUR.window, max, &times, at_ms).unwrap_or(at_ms);
    let used = quota::used(ROLLING_HOUR.window, &times, at_ms).unwrap_or(0);
    let quotas = quota_use::of_channel(state.db(), scope, channel.id).await?;

    let near = deliveries::near(state.db(), scope, channel.id, at_ms - HOUR_MS, at_ms + HOUR_MS).await?;
    let mut neighbours = Vec::new();
    for other in near.iter().filter(|other| other.id != delivery.id) {
        neighbours.push(neighbour(other, &posts::get(state.db(), scope, other.post_id).await?.content));
    }
    let mut same_content = Vec::new();
    for other in posts::same_content(state.db(), scope, channel.id, row.post.id, &row.post.content, now_ms - DAY_MS).await? {
        let other = posts::with_deliveries(state.db(), scope, other).await?;
        let there = other.deliveries.iter().filter(|known| known.channel_id == channel.id);
        same_content.extend(there.map(|known| neighbour(known, &other.post.content)));
    }

    let mut problems = check(&CheckInput {
        content: row.post.content.clone(),
        channels: vec![CheckChannel {
            network: delivery.network,
            channel_id: Some(channel.id),
            overrides: delivery.overrides.clone(),
            mode: delivery.mode,
            text_max: None,
        }],
        assets: files.iter().map(|asset| (asset.id, asset.facts.clone())).collect(),
    });
    problems.extend(standing(&channel));
    let ends_in_time = channel.access_ends_at.is_some_and(|end| end <= at_ms);
    if !same_content.is_empty() {
        problems.push(warning(
            &channel,
            "post.same_content",
            "The same words are already queued on this channel, or went out in the last 24 hours.",
            "Change the words, or leave the channel out.",
        ));
    }
    if ends_in_time {
        problems.push(warning(
            &channel,
            "channel.access_ends",
            "The access to this channel ends before then.",
            "Reconnect the channel before its time.",
        ));
    }
    let adapter = state.engine.shared().registry.of(delivery.network);
    let by_network = adapter.is_none_or(|adapter| goes_to_network(adapter.capability(), content.content_type, delivery.mode));
    Ok(ChannelForecast {
        delivery_id: delivery.id,
        channel_id: channel.id,
        network: delivery.network,
        due_at: delivery.due_at.map(Instant),
        text: words.text,
        parts: words.parts,
        media: media(&content, &files, delivery),
        ends_as: match (delivery.mode, by_network) {
            (Mode::Publish, _) => State::Published,
            (Mode::Draft, true) => State::Drafted,
            (Mode::Draft, false) => State::ReadyToPost,
        },
        hour_left: (max - used).max(0),
        next_free_at: (free_ms > at_ms).then_some(Instant(free_ms)),
        quotas: quotas
            .into_iter()
            .map(|seen| QuotaLeft {
                quota: seen.quota,
                limit: seen.quota_limit,
                used: seen.used,
                window_ms: seen.window_ms,
            })
            .collect(),
        access_holds: channel.status.usable() && !ends_in_time,
        access_ends_at: channel.access_ends_at.map(Instant),
        neighbours,
        same_content,
        problems,
    })
}

fn warning(channel: &channels::Channel, code: &str, message: &str, remedy: &str) -> Problem {
    Problem {
        field: "deliveries".to_owned(),
        network: Some(channel.network),
        channel_id: Some(channel.id),
        code: code.to_owned(),
        severity: Severity::Warning,
        message: message.to_owned(),
        limit: None,
        actual: None,
        remedy: remedy.to_owned(),
    }
}

fn neighbour(delivery: &Delivery, content: &Content) -> Neighbour {
    Neighbour {
        delivery_id: delivery.id,
        post_id: delivery.post_id,
        title: excerpt(content),
        state: delivery.state,
        due_at: delivery.due_at.map(Instant),
    }
}

fn media(content: &Content, files: &[Asset], delivery: &Delivery) -> Vec<MediaForecast> {
    let in_thread = content
        .thread
        .iter()
        .flat_map(|part| part.assets.iter())
        .map(|used| (used.asset_id, Place::ThreadPart));
    let in_link = content
        .link
        .as_ref()
        .and_then(|link| link.image_asset_id)
        .map(|id| (id, Place::LinkImage));
    content
        .assets
        .iter()
        .map(|used| (used.asset_id, Place::Post))
        .chain(in_thread)
        .chain(in_link)
        .filter_map(|(id, place)| {
            let asset = files.iter().find(|asset| asset.id == id)?;
            let recipe = suit(delivery.network, content.content_type, place, &asset.facts);
            Some(MediaForecast {
                asset_id: id,
                name: asset.name.clone(),
                mime: asset.mime.clone(),
                conversion: recipe.map(|recipe| match recipe {
                    Recipe::Mp4 => "Sent as an MP4.".to_owned(),
                    Recipe::Jpeg(_) => "Sent as a JPEG within the network's bounds.".to_owned(),
                }),
            })
        })
        .collect()
}
