//! Making and changing posts: all of what is asked for is written at once or not at all.

use postrider_core::delivery::State;
use postrider_core::ids::{ChannelId, DeliveryId, PostId, ProjectId};
use postrider_core::post::{Mode, Overrides};
use postrider_store::deliveries::{self, Ask, Delivery, NewDelivery};
use postrider_store::posts::{self, NewPost, WithDeliveries};
use postrider_store::scope::Scope;
use postrider_store::{StoreError, Tx, channels};

use super::{Meant, publishable};
use crate::acting::Hands;
use crate::auth::Asker;
use crate::dto::post::{DeliveryInput, PostInput, PostPatch, excerpt};
use crate::dto::schedule::Schedule;
use crate::problem::{Answer, Refused};
use crate::state::AppState;
use crate::{trail, zones};

/// The most channels of one post.
const CHANNELS_MAX: usize = 100;
/// The most labels of one post.
const LABELS_MAX: usize = 50;
/// The longest label, in characters.
const LABEL_CHARS_MAX: usize = 100;

fn wanted(deliveries: &[DeliveryInput]) -> Answer<Vec<(ChannelId, Overrides, Mode)>> {
    if deliveries.len() > CHANNELS_MAX {
        return Err(Refused::invalid(
            "deliveries",
            format!("A post has at most {CHANNELS_MAX} channels."),
        ));
    }
    for (index, delivery) in deliveries.iter().enumerate() {
        if deliveries
            .iter()
            .take(index)
            .any(|earlier| earlier.channel_id == delivery.channel_id)
        {
            return Err(Refused::invalid(
                format!("deliveries.{index}.channel_id"),
                "The post has this channel already.",
            ));
        }
    }
    Ok(deliveries
        .iter()
        .map(|delivery| (delivery.channel_id, delivery.overrides.clone(), delivery.mode))
        .collect())
}

fn labels(typed: &[String]) -> Answer<Vec<String>> {
    if typed.len() > LABELS_MAX {
        return Err(Refused::invalid("labels", format!("A post has at most {LABELS_MAX} labels.")));
    }
    let mut labels: Vec<String> = Vec::new();
    for label in typed.iter().map(|label| label.trim()).filter(|label| !label.is_empty()) {
        if label.chars().count() > LABEL_CHARS_MAX {
            return Err(Refused::invalid(
                "labels",
                format!("A label has at most {LABEL_CHARS_MAX} characters."),
            ));
        }
        if !labels.iter().any(|known| known == label) {
            labels.push(label.to_owned());
        }
    }
    Ok(labels)
}

/// Reads what a whole post means.
///
/// # Errors
/// 422 with the field of what is not there.
pub async fn meant(state: &AppState, scope: &Scope, project: ProjectId, asked: &PostInput) -> Answer<Meant> {
    Meant::read(state, scope, Some(project), asked.content(), &wanted(&asked.deliveries)?).await
}

/// The moment that is wished for, if it can be read and is not past.
fn wish(state: &AppState, field: &str, schedule: Option<&Schedule>) -> Answer<Option<deliveries::Moment>> {
    let Some(schedule) = schedule else { return Ok(None) };
    let time = zones::resolve(field, schedule)?;
    zones::future(field, &time, state.now_ms())?;
    Ok(Some(zones::moment(&time)))
}

/// Writes a draft down.
///
/// # Errors
/// 422 with the field of what is not there or cannot be.
pub async fn create(state: &AppState, scope: &Scope, asker: &Asker, project: ProjectId, asked: &PostInput) -> Answer<PostId> {
    meant(state, scope, project, asked).await?;
    let now_ms = state.now_ms();
    let wished = wish(state, "schedule", asked.schedule.as_ref())?;
    let new = NewPost {
        id: PostId::new(now_ms, state.ten()),
        project_id: Some(project),
        content: asked.content(),
        labels: labels(&asked.labels)?,
        wished_at: wished.as_ref().map(|moment| moment.due_at),
        created_at: now_ms,
    };
    let mut moments = Vec::with_capacity(asked.deliveries.len());
    for (index, delivery) in asked.deliveries.iter().enumerate() {
        let own = wish(state, &format!("deliveries.{index}.schedule"), delivery.schedule.as_ref())?;
        moments.push(own.or_else(|| wished.clone()));
    }
    let mut tx = state.db().begin().await?;
    let post = posts::create(&mut tx, scope, &new).await?;
    for (delivery, moment) in asked.deliveries.iter().zip(&moments) {
        add(state, &mut tx, scope, post.id, delivery, moment.as_ref()).await?;
    }
    let title = serde_json::json!({"title": excerpt(&new.content)});
    trail::note(state, &mut tx, scope, asker, "post.create", post.id, title).await?;
    tx.commit().await?;
    Ok(post.id)
}

async fn add(
    state: &AppState,
    tx: &mut Tx,
    scope: &Scope,
    post: PostId,
    wanted: &DeliveryInput,
    moment: Option<&deliveries::Moment>,
) -> Result<(), StoreError> {
    let now_ms = state.now_ms();
    let new = NewDelivery {
        id: DeliveryId::new(now_ms, state.ten()),
        channel_id: wanted.channel_id,
        mode: wanted.mode,
        overrides: wanted.overrides.clone(),
    };
    let delivery = deliveries::create(tx, scope, post, &new, now_ms).await?;
    if moment.is_some() {
        deliveries::wish(tx, scope, delivery.id, moment).await?;
    }
    Ok(())
}

/// Why a post was not changed.
pub enum Unchanged {
    /// Another edit was faster.
    Stale,
    /// Anything else.
    Refused(Refused),
}

impl<E: Into<Refused>> From<E> for Unchanged {
    fn from(error: E) -> Self {
        Unchanged::Refused(error.into())
    }
}

/// States of deliveries that take no part in an edit any more.
const AT_REST: &[State] = &[
    State::Published,
    State::Drafted,
    State::PublishedInPart,
    State::ReadyToPost,
    State::Canceled,
];
/// States that wait for an instant: content that would not publish must not replace theirs.
const WAITING: &[State] = &[State::Scheduled, State::Staging, State::Staged];

/// Changes a post and its channels.
///
/// # Errors
/// [`Unchanged::Stale`] if `version` is not the present one; 422 if what waits for its instant would not publish any more.
pub async fn change(
    state: &AppState,
    scope: &Scope,
    asker: &Asker,
    row: &WithDeliveries,
    version: i64,
    asked: &PostPatch,
) -> Result<(), Unchanged> {
    if row.post.version != version {
        return Err(Unchanged::Stale);
    }
    let content = asked.content(&row.post.content);
    let whole = content.clone().unwrap_or_else(|| row.post.content.clone());
    let alive: Vec<&Delivery> = row.deliveries.iter().filter(|delivery| delivery.state != State::Canceled).collect();
    let standing: Vec<(ChannelId, Overrides, Mode)> = match &asked.deliveries {
        Some(listed) => wanted(listed)?,
        None => alive
            .iter()
            .map(|delivery| (delivery.channel_id, delivery.overrides.clone(), delivery.mode))
            .collect(),
    };
    let mut meant = Meant::read(state, scope, row.post.project_id, whole, &standing).await?;
    meant.aims.retain(|aim| {
        alive
            .iter()
            .any(|delivery| delivery.channel_id == aim.channel.id && WAITING.contains(&delivery.state))
    });
    if !meant.aims.is_empty() {
        publishable(meant.problems(state.now_ms()))?;
    }

    let wished = match &asked.schedule {
        Some(schedule) => Some(wish(state, "schedule", schedule.as_ref())?),
        None => None,
    };
    let change = posts::Change {
        content,
        labels: asked.labels.as_deref().map(labels).transpose()?,
        wished_at: wished.as_ref().map(|moment| moment.as_ref().map(|moment| moment.due_at)),
    };
    let hands = Hands::of(state);
    let mut tx = state.db().begin().await?;
    match posts::edit(&mut tx, scope, row.post.id, version, change, &hands.acting()).await {
        Err(StoreError::Conflict) => return Err(Unchanged::Stale),
        done => done?,
    };
    if let Some(listed) = &asked.deliveries {
        channels_of(state, &mut tx, scope, row, listed, &hands).await?;
    }
    if let Some(wished) = &wished {
        let own = |delivery: &Delivery| {
            asked
                .deliveries
                .iter()
                .flatten()
                .any(|listed| listed.channel_id == delivery.channel_id && listed.schedule.is_some())
        };
        for delivery in alive.iter().filter(|delivery| delivery.state == State::Draft && !own(delivery)) {
            match deliveries::wish(&mut tx, scope, delivery.id, wished.as_ref()).await {
                // Taken off by this same change.
                Err(StoreError::NotFound) => {}
                done => done?,
            }
        }
    }
    trail::note(state, &mut tx, scope, asker, "post.change", row.post.id, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes a post's channels those that are listed. What has gone out stays, listed or not.
async fn channels_of(
    state: &AppState,
    tx: &mut Tx,
    scope: &Scope,
    row: &WithDeliveries,
    listed: &[DeliveryInput],
    hands: &Hands,
) -> Result<(), Unchanged> {
    let acting = hands.acting();
    let alive: Vec<&Delivery> = row.deliveries.iter().filter(|delivery| delivery.state != State::Canceled).collect();
    let removed = Ask {
        detail: "The channel was taken off the post.".to_owned(),
        ..Ask::default()
    };
    for delivery in &alive {
        let gone = !listed.iter().any(|wanted| wanted.channel_id == delivery.channel_id);
        if gone && !AT_REST.contains(&delivery.state) {
            deliveries::remove(tx, scope, delivery.id, &removed, &acting).await?;
        }
    }
    let revised = Ask {
        detail: "The channel's own content was changed.".to_owned(),
        ..Ask::default()
    };
    for (index, wanted) in listed.iter().enumerate() {
        let moment = wish(state, &format!("deliveries.{index}.schedule"), wanted.schedule.as_ref())?;
        match alive.iter().find(|delivery| delivery.channel_id == wanted.channel_id) {
            Some(delivery) if AT_REST.contains(&delivery.state) => {}
            Some(delivery) => {
                deliveries::revise(tx, scope, delivery.id, wanted.mode, &wanted.overrides, &revised, &acting).await?;
                if moment.is_some() {
                    deliveries::wish(tx, scope, delivery.id, moment.as_ref()).await?;
                }
            }
            None => add(state, tx, scope, row.post.id, wanted, moment.as_ref()).await?,
        }
    }
    Ok(())
}

/// Makes a draft of equal content for the same channels, as far as they are still connected.
///
/// # Errors
/// If the rows do not take it.
pub async fn duplicate(state: &AppState, scope: &Scope, asker: &Asker, row: &WithDeliveries) -> Answer<PostId> {
    let now_ms = state.now_ms();
    let new = NewPost {
        id: PostId::new(now_ms, state.ten()),
        project_id: row.post.project_id,
        content: row.post.content.clone(),
        labels: row.post.labels.clone(),
        wished_at: None,
        created_at: now_ms,
    };
    let mut connected = Vec::new();
    for delivery in row.deliveries.iter().filter(|delivery| delivery.state != State::Canceled) {
        if channels::get(state.db(), scope, delivery.channel_id)
            .await?
            .disconnected_at
            .is_none()
        {
            connected.push(delivery);
        }
    }
    let mut tx = state.db().begin().await?;
    let copy = posts::create(&mut tx, scope, &new).await?;
    for delivery in connected {
        let wanted = DeliveryInput {
            channel_id: delivery.channel_id,
            mode: delivery.mode,
            overrides: delivery.overrides.clone(),
            schedule: None,
        };
        add(state, &mut tx, scope, copy.id, &wanted, None).await?;
    }
    let of = serde_json::json!({"of": row.post.id});
    trail::note(state, &mut tx, scope, asker, "post.duplicate", copy.id, of).await?;
    tx.commit().await?;
    Ok(copy.id)
}
