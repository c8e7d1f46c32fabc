//! What will happen to a post if nothing changes (product S11): saved, or as it stands in somebody's composer.

use std::collections::BTreeMap;

use postrider_core::channel::Risk;
use postrider_core::delivery::{Gate, State};
use postrider_core::ids::{AssetId, PostId, ProjectId};
use postrider_core::post::{AssetFacts, AssetUse, Content};
use postrider_core::quota;
use postrider_core::rules::{self, ROLLING_HOUR_POSTS_MAX};
use postrider_engine::forecast::{self, Ask, Foretold};
use postrider_services::media::{Place, Recipe, suit};
use postrider_store::assets::Asset;
use postrider_store::channels::Channel;
use postrider_store::deliveries::Lined;
use postrider_store::posts::{self, WithDeliveries};
use postrider_store::scope::Scope;
use postrider_store::{assets, channels};

use super::{as_problem, write};
use crate::dto::Instant;
use crate::dto::forecast::{ChannelForecast, Forecast, MediaForecast, MediaPlace, Neighbour, QuotaLeft};
use crate::dto::post::{PostInput, excerpt};
use crate::dto::schedule::Schedule;
use crate::problem::Answer;
use crate::state::AppState;
use crate::views::in_short;
use crate::zones;

/// The states of what has not gone out yet: of the rest there is nothing to foretell.
const OPEN: &[State] = &[
    State::Draft,
    State::Scheduled,
    State::Staging,
    State::Staged,
    State::Publishing,
    State::Processing,
    State::Deferred,
    State::Missed,
    State::Failed,
];

/// What will happen to a saved post, per channel.
///
/// # Errors
/// 404 if who asks does not see the post.
pub async fn saved(state: &AppState, scope: &Scope, id: PostId) -> Answer<Forecast> {
    let row = posts::with_deliveries(state.db(), scope, id).await?;
    let mut told = Vec::new();
    for delivery in row.deliveries.iter().filter(|delivery| OPEN.contains(&delivery.state)) {
        let channel = channels::get(state.db(), scope, delivery.channel_id).await?;
        // As the engine reads them: what was given a time goes out with files that were thrown away since.
        let ids = row.post.content.overridden(&delivery.overrides).asset_ids();
        let files = assets::for_delivery(state.db(), channel.organization_id, &ids).await?;
        let ask = Ask {
            channel: &channel,
            delivery: Some(delivery),
            saved: true,
            content: &row.post.content,
            overrides: &delivery.overrides,
            mode: delivery.mode,
            due_at: delivery.due_at.or(row.post.wished_at),
            assets: &measured(&files),
            problems: &[],
        };
        told.push(told_of(state, scope, ask, &files).await?);
    }
    Ok(Forecast {
        post_id: Some(id),
        channels: told,
    })
}

/// What would happen, per channel, if a post were scheduled as it stands here. `of` is the saved post that it is the next version of.
///
/// # Errors
/// 422 with the field of what is not there; 404 if who asks does not see the saved post.
pub async fn unsaved(state: &AppState, scope: &Scope, project: ProjectId, of: Option<PostId>, asked: &PostInput) -> Answer<Forecast> {
    let meant = write::meant(state, scope, project, asked).await?;
    let row: Option<WithDeliveries> = match of {
        Some(post) => Some(posts::with_deliveries(state.db(), scope, post).await?),
        None => None,
    };
    let mut told = Vec::new();
    for (index, (aim, delivery)) in meant.aims.iter().zip(&asked.deliveries).enumerate() {
        let own = delivery.schedule.as_ref().map(|own| (format!("deliveries.{index}.schedule"), own));
        let schedule = own.or_else(|| asked.schedule.as_ref().map(|schedule| ("schedule".to_owned(), schedule)));
        let (due_at, problems) = match schedule {
            Some((field, schedule)) => match instant(state, &field, schedule) {
                Ok(at_ms) => (Some(at_ms), Vec::new()),
                Err(refused) => (None, vec![as_problem(refused)]),
            },
            None => (None, Vec::new()),
        };
        let mut there = row.iter().flat_map(|row| &row.deliveries);
        let files = assets::by_ids(state.db(), scope, &meant.content.overridden(&aim.overrides).asset_ids()).await?;
        let ask = Ask {
            channel: &aim.channel,
            delivery: there.rfind(|known| known.channel_id == aim.channel.id && OPEN.contains(&known.state)),
            saved: false,
            content: &meant.content,
            overrides: &aim.overrides,
            mode: aim.mode,
            due_at,
            assets: &meant.assets,
            problems: &problems,
        };
        told.push(told_of(state, scope, ask, &files).await?);
    }
    Ok(Forecast {
        post_id: of,
        channels: told,
    })
}

fn instant(state: &AppState, field: &str, schedule: &Schedule) -> Answer<i64> {
    let time = zones::resolve(field, schedule)?;
    zones::future(field, &time, state.now_ms())?;
    Ok(time.at.0)
}

fn measured(files: &[Asset]) -> BTreeMap<AssetId, AssetFacts> {
    files.iter().map(|asset| (asset.id, asset.facts.clone())).collect()
}

async fn told_of(state: &AppState, scope: &Scope, ask: Ask<'_>, files: &[Asset]) -> Answer<ChannelForecast> {
    let foretold = forecast::foretell(state.engine.shared(), scope, ask).await?;
    Ok(view(state.now_ms(), &ask, foretold, files))
}

fn view(now_ms: i64, ask: &Ask<'_>, foretold: Foretold, files: &[Asset]) -> ChannelForecast {
    let channel = ask.channel;
    let content = ask.content.overridden(ask.overrides);
    let offer = rules::offer(channel.network, content.content_type);
    let goes_at_ms = foretold.outlook.goes_at_ms.unwrap_or(foretold.at_ms);
    let risk = forecast::standing(channel).risk(now_ms, goes_at_ms);
    ChannelForecast {
        delivery_id: ask.delivery.map(|delivery| delivery.id),
        channel: in_short(channel),
        verdict: foretold.outlook.verdict,
        problems: foretold.outlook.problems,
        due_at: ask.due_at.map(Instant),
        goes_at: foretold.outlook.goes_at_ms.map(Instant),
        ends_as: foretold.outlook.ends_as,
        mode: ask.mode,
        gate: ask.delivery.map_or(Gate::None, |delivery| delivery.gate),
        conversion: offer.and_then(|offer| offer.conversion).map(str::to_owned),
        text: foretold.words.text,
        parts: foretold.words.parts,
        first_comment: offer
            .and_then(|offer| offer.first_comment)
            .map(|_| content.first_comment.trim().to_owned())
            .unwrap_or_default(),
        media: media(channel, &content, files),
        staged_from: foretold.staged_from_ms.map(Instant),
        hour_max: i64::from(ROLLING_HOUR_POSTS_MAX),
        hour_left: foretold.hour_left,
        next_free_at: foretold.next_free_ms.map(Instant),
        quotas: foretold
            .quotas
            .into_iter()
            .map(|left| QuotaLeft {
                quota: left.quota.key.to_owned(),
                limit: left.max,
                used: left.used,
                window_ms: quota::length_ms(left.quota.window),
            })
            .collect(),
        access_holds: !matches!(risk, Some(Risk::Unusable | Risk::AccessEnds)),
        access_ends_at: channel.access_ends_at.map(Instant),
        neighbours: foretold.neighbours.iter().map(neighbour).collect(),
        same_content: foretold.same.iter().map(neighbour).collect(),
    }
}

fn neighbour(lined: &Lined) -> Neighbour {
    Neighbour {
        delivery_id: lined.id,
        post_id: lined.post_id,
        title: excerpt(&lined.content),
        state: lined.state,
        due_at: lined.due_at.map(Instant),
    }
}

/// The files as they will be sent, by the functions that the media room and the rules go by.
fn media(channel: &Channel, content: &Content, files: &[Asset]) -> Vec<MediaForecast> {
    let offer = rules::offer(channel.network, content.content_type);
    let of_post = content.assets.iter().map(|used| (used.clone(), Place::Post));
    let of_parts = content
        .thread
        .iter()
        .flat_map(|part| &part.assets)
        .map(|used| (used.clone(), Place::ThreadPart));
    let card = content.link.as_ref().and_then(|link| link.image_asset_id).map(|asset_id| {
        let alt_text = String::new();
        (AssetUse { asset_id, alt_text }, Place::LinkImage)
    });
    let one = |(used, place): (AssetUse, Place)| {
        let asset = files.iter().find(|asset| asset.id == used.asset_id)?;
        let rule = offer.and_then(|offer| match place {
            Place::Post => Some(&offer.media),
            Place::ThreadPart => offer.thread.as_ref().map(|thread| &thread.media),
            Place::LinkImage => None,
        });
        let file = rule.and_then(|rule| rule.files.iter().find(|file| file.kind == asset.facts.kind));
        let written = if used.alt_text.is_empty() {
            &asset.alt_text
        } else {
            &used.alt_text
        };
        let recipe = suit(channel.network, content.content_type, place, &asset.facts);
        Some(MediaForecast {
            asset_id: asset.id,
            name: asset.name.clone(),
            mime: asset.mime.clone(),
            place: match place {
                Place::Post => MediaPlace::Post,
                Place::ThreadPart => MediaPlace::ThreadPart,
                Place::LinkImage => MediaPlace::LinkCard,
            },
            sent_as: recipe.map_or_else(|| asset.mime.clone(), |recipe| recipe.mime().to_owned()),
            conversion: recipe.map(in_words),
            left_out: place == Place::Post && rule.is_none_or(|rule| rule.max.value == 0),
            alt_text: match file.and_then(|file| file.alt_text) {
                Some(_) => written.clone(),
                None => String::new(),
            },
        })
    };
    of_post.chain(of_parts).chain(card).filter_map(one).collect()
}

fn in_words(recipe: Recipe) -> String {
    let fit = match recipe {
        Recipe::Mp4 => return "Sent as an MP4 video.".to_owned(),
        Recipe::Jpeg(fit) => fit,
    };
    let bounds = [
        fit.bytes_max.map(|most| format!("{:.1} MB", most as f64 / 1_000_000.0)),
        fit.width_max.map(|most| format!("{most} px wide")),
        fit.height_max.map(|most| format!("{most} px high")),
        fit.sides_sum_max.map(|most| format!("{most} px for width and height together")),
        fit.area_max.map(|most| format!("{:.1} megapixels", most as f64 / 1_000_000.0)),
    ];
    let bounds: Vec<String> = bounds.into_iter().flatten().collect();
    if bounds.is_empty() {
        "Sent as a JPEG.".to_owned()
    } else {
        format!("Sent as a JPEG of at most {}.", bounds.join(" and "))
    }
}
