//! Puts posts and deliveries together for an answer: what they name is read once for a whole page.

use std::collections::BTreeMap;

use postrider_core::delivery::{Event, State};
use postrider_core::ids::{AssetId, ChannelId, UserId};
use postrider_core::permission::Action;
use postrider_engine::forecast;
use postrider_store::assets::{self, Asset};
use postrider_store::channels::{self, Channel};
use postrider_store::deliveries::{AWAITED, Delivery};
use postrider_store::posts::{Post, WithDeliveries};
use postrider_store::scope::Scope;
use postrider_store::users;

use crate::acting::would;
use crate::dto::Instant;
use crate::dto::asset::AssetView;
use crate::dto::delivery::{AtRisk, DeliveryAct, DeliveryChannel, DeliveryView, Failure};
use crate::dto::post::{PostAct, PostView};
use crate::dto::schedule::Schedule;
use crate::dto::session::Person;
use crate::problem::Answer;
use crate::state::AppState;

/// What posts name.
pub struct Views<'a> {
    scope: &'a Scope,
    now_ms: i64,
    people: BTreeMap<UserId, Person>,
    channels: BTreeMap<ChannelId, Channel>,
    assets: BTreeMap<AssetId, Asset>,
}

impl<'a> Views<'a> {
    /// Reads what these posts name.
    ///
    /// # Errors
    /// If the rows cannot be read.
    pub async fn of(state: &AppState, scope: &'a Scope, posts: &[WithDeliveries]) -> Answer<Self> {
        let mut people = BTreeMap::new();
        for id in posts.iter().map(|row| row.post.author_id) {
            if let std::collections::btree_map::Entry::Vacant(slot) = people.entry(id) {
                let user = users::get(state.db(), id).await?;
                slot.insert(Person {
                    id: user.id,
                    name: user.name,
                    email: user.email,
                });
            }
        }
        let mut found = BTreeMap::new();
        for id in posts
            .iter()
            .flat_map(|row| row.deliveries.iter())
            .map(|delivery| delivery.channel_id)
        {
            if let std::collections::btree_map::Entry::Vacant(slot) = found.entry(id) {
                slot.insert(channels::get(state.db(), scope, id).await?);
            }
        }
        let mut ids: Vec<AssetId> = posts.iter().flat_map(named).collect();
        ids.sort_unstable();
        ids.dedup();
        let assets = assets::by_ids(state.db(), scope, &ids).await?;
        Ok(Views {
            scope,
            now_ms: state.now_ms(),
            people,
            channels: found,
            assets: assets.into_iter().map(|asset| (asset.id, asset)).collect(),
        })
    }

    /// A post.
    pub fn post(&self, row: &WithDeliveries) -> PostView {
        let post = &row.post;
        let content = post.content.clone();
        PostView {
            id: post.id,
            organization_id: post.organization_id,
            project_id: post.project_id,
            author: self.people.get(&post.author_id).cloned().unwrap_or_else(|| Person {
                id: post.author_id,
                name: String::new(),
                email: String::new(),
            }),
            version: post.version,
            status: row.status(),
            content_type: content.content_type,
            title: content.title,
            text: content.text,
            hashtags: content.hashtags,
            assets: content.assets,
            link: content.link,
            poll: content.poll,
            thread: content.thread,
            first_comment: content.first_comment,
            labels: post.labels.clone(),
            media: named(row)
                .into_iter()
                .filter_map(|id| self.assets.get(&id))
                .cloned()
                .map(AssetView::from)
                .collect(),
            schedule: schedule_of(row),
            deliveries: row.deliveries.iter().filter_map(|delivery| self.delivery(post, delivery)).collect(),
            may: self.post_acts(row),
            created_at: Instant(post.created_at),
            updated_at: Instant(post.updated_at),
        }
    }

    /// A delivery; `None` only if its channel was not read, which [`Views::of`] rules out.
    pub fn delivery(&self, post: &Post, delivery: &Delivery) -> Option<DeliveryView> {
        let channel = self.channels.get(&delivery.channel_id)?;
        let ended = matches!(delivery.state, State::Failed | State::PublishedInPart);
        let holds = matches!(delivery.failure_code.as_deref(), Some("plan.held" | "channel.halted"));
        let noted = delivery.failure_kind.map(|kind| Failure {
            kind,
            code: delivery.failure_code.clone().unwrap_or_default(),
            message: delivery.failure_message.clone().unwrap_or_default(),
            remedy: delivery.failure_remedy.clone().unwrap_or_default(),
        });
        let (failure, held) = if ended { (noted, None) } else { (None, noted.filter(|_| holds)) };
        Some(DeliveryView {
            id: delivery.id,
            post_id: delivery.post_id,
            channel: in_short(channel),
            content_type: delivery.content_type,
            mode: delivery.mode,
            overrides: delivery.overrides.clone(),
            state: delivery.state,
            at_risk: at_risk(channel, delivery, self.now_ms),
            version: delivery.version,
            gate: delivery.gate,
            due_at: delivery.due_at.map(Instant),
            schedule: own_schedule(delivery),
            external_id: delivery.external_id.clone(),
            permalink: delivery.permalink.clone(),
            kept_private: delivery.kept_private.clone(),
            warning: delivery.warning.clone(),
            failure,
            held,
            missed_why: delivery.missed_why.filter(|_| delivery.state == State::Missed),
            deferred_until: delivery.deferred_until.filter(|_| delivery.state == State::Deferred).map(Instant),
            waits_for_person: delivery.waits_for_person,
            published_version: delivery.published_version,
            first_commit_at: delivery.first_commit_at.map(Instant),
            lateness_ms: delivery.lateness_ms,
            may: self.acts(post, delivery),
            updated_at: Instant(delivery.updated_at),
        })
    }

    fn acts(&self, post: &Post, delivery: &Delivery) -> Vec<DeliveryAct> {
        DELIVERY_ACTS
            .iter()
            .filter(|(_, event, action)| self.scope.may(*action, post.author_id) && would(delivery, *event, self.now_ms).is_ok())
            .map(|(act, _, _)| *act)
            .collect()
    }

    fn post_acts(&self, row: &WithDeliveries) -> Vec<PostAct> {
        let author = row.post.author_id;
        let any = |event: Event| row.deliveries.iter().any(|delivery| would(delivery, event, self.now_ms).is_ok());
        let none_under_way = row.deliveries.iter().all(|delivery| !under_way(delivery));
        POST_ACTS
            .iter()
            .filter(|(_, event, action)| self.scope.may(*action, author) && event.map_or(none_under_way, &any))
            .map(|(act, _, _)| *act)
            .collect()
    }
}

/// A channel, as a post names it.
pub fn in_short(channel: &Channel) -> DeliveryChannel {
    DeliveryChannel {
        id: channel.id,
        network: channel.network,
        name: channel.name.clone(),
        handle: channel.handle.clone(),
        avatar_url: channel.avatar_url.clone(),
        status: channel.status,
    }
}

/// What of its channel puts a delivery at risk that has still to go out.
fn at_risk(channel: &Channel, delivery: &Delivery, now_ms: i64) -> Option<AtRisk> {
    if !AWAITED.contains(&delivery.state) {
        return None;
    }
    let standing = forecast::standing(channel);
    let risk = standing.risk(now_ms, delivery.deferred_until.or(delivery.due_at).unwrap_or(now_ms))?;
    let told = standing.told(risk);
    Some(AtRisk {
        risk,
        message: told.message,
        remedy: told.remedy,
    })
}

const DELIVERY_ACTS: &[(DeliveryAct, Event, Action)] = &[
    (DeliveryAct::Retry, Event::Retry, Action::DeliveryRetry),
    (DeliveryAct::Cancel, Event::Cancel, Action::DeliveryCancel),
    (DeliveryAct::Resolve, Event::ResolveThere, Action::DeliveryResolve),
    (DeliveryAct::MarkPosted, Event::MarkPosted, Action::DeliveryMarkPosted),
    (DeliveryAct::Publish, Event::PublishNow, Action::PostPublish),
    (DeliveryAct::Schedule, Event::Schedule, Action::PostSchedule),
    (DeliveryAct::Unschedule, Event::Unschedule, Action::PostSchedule),
];

/// An act without an event asks only that nothing is under way.
const POST_ACTS: &[(PostAct, Option<Event>, Action)] = &[
    (PostAct::Edit, None, Action::PostEdit),
    (PostAct::Delete, None, Action::PostDelete),
    (PostAct::Schedule, Some(Event::Schedule), Action::PostSchedule),
    (PostAct::Unschedule, Some(Event::Unschedule), Action::PostSchedule),
    (PostAct::Publish, Some(Event::PublishNow), Action::PostPublish),
    (PostAct::Retry, Some(Event::Retry), Action::DeliveryRetry),
    (PostAct::Cancel, Some(Event::Cancel), Action::DeliveryCancel),
];

/// Whether a delivery is on its way, so that its content cannot be changed.
fn under_way(delivery: &Delivery) -> bool {
    matches!(
        delivery.state,
        State::Publishing | State::Processing | State::Confirming | State::Deferred | State::InDoubt
    )
}

/// Every asset that a post and its overrides name, each once.
fn named(row: &WithDeliveries) -> Vec<AssetId> {
    let mut ids = row.post.content.asset_ids();
    for delivery in &row.deliveries {
        for id in row.post.content.overridden(&delivery.overrides).asset_ids() {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    ids
}

fn own_schedule(delivery: &Delivery) -> Option<Schedule> {
    let at = delivery.due_at.map(Instant)?;
    Some(match (&delivery.local_time, &delivery.zone) {
        (Some(local), Some(zone)) => Schedule {
            at: None,
            local: Some(local.clone()),
            zone: Some(zone.clone()),
            choice: None,
        },
        _ => at_instant(at),
    })
}

fn at_instant(at: Instant) -> Schedule {
    Schedule {
        at: Some(at),
        local: None,
        zone: None,
        choice: None,
    }
}

/// The time of the whole post: the one that its scheduled deliveries share first, else the wish.
fn schedule_of(row: &WithDeliveries) -> Option<Schedule> {
    let first = row
        .deliveries
        .iter()
        .filter(|delivery| delivery.state != State::Canceled)
        .find_map(own_schedule);
    row.post
        .wished_at
        .map(|at| at_instant(Instant(at)))
        .filter(|_| first.is_none())
        .or(first)
}
