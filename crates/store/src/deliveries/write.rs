//! Giving a post channels, and taking them away.

use postrider_core::delivery::{Event, Gate, State};
use postrider_core::ids::{ChannelId, DeliveryId, PostId};
use postrider_core::post::{Mode, Overrides};

use super::act::{Acting, Ask, Moment, apply};
use super::{Delivery, hold};
use crate::args;
use crate::channels;
use crate::db::{Arg, Tx};
use crate::error::{Result, StoreError};
use crate::posts;
use crate::projects::{self, ApprovalPolicy};
use crate::record::statements;
use crate::scope::Scope;

/// A channel for a post.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// Which.
    pub id: DeliveryId,
    /// On which channel.
    pub channel_id: ChannelId,
    /// For the public or as a draft.
    pub mode: Mode,
    /// What this channel says otherwise.
    pub overrides: Overrides,
}

statements! {
    CREATE = "INSERT INTO deliveries (id, organization_id, project_id, post_id, channel_id, network, content_type, mode, overrides, state,
        version, gate, claim_epoch, generation, intent_open, waits_for_person, retries, renewed, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'draft', 1, $10, 0, 0, FALSE, FALSE, 0, FALSE, $11, $11) RETURNING *";
    ON_CHANNEL = "SELECT id FROM deliveries WHERE post_id = $1 AND channel_id = $2 AND state <> 'canceled' LIMIT 1";
    REVISE = "UPDATE deliveries SET mode = $2, overrides = $3 WHERE id = $1 RETURNING *";
    WISH = "UPDATE deliveries SET due_at = $2, local_time = $3, zone = $4 WHERE id = $1 AND state = 'draft' AND wake_at IS NULL";
    ERASE = "DELETE FROM deliveries WHERE id = $1 AND state = 'draft'
        AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_id = deliveries.id)
        AND NOT EXISTS (SELECT 1 FROM intents i WHERE i.delivery_id = deliveries.id)
        AND NOT EXISTS (SELECT 1 FROM discards x WHERE x.delivery_id = deliveries.id)";
}

/// Gives a post a channel. It stands as a draft until it gets a time.
///
/// # Errors
/// [`StoreError::NotFound`] if post or channel are not the member's to see, or the channel is another project's;
/// [`StoreError::Conflict`] if the post is an idea without a project, or the channel is disconnected;
/// [`StoreError::Taken`] (`channel`) if the post has that channel already; [`StoreError::Db`].
pub async fn create(tx: &mut Tx, scope: &Scope, post: PostId, new: &NewDelivery, now_ms: i64) -> Result<Delivery> {
    let post = posts::hold(tx, scope, post).await?;
    let project = post.project_id.ok_or(StoreError::Conflict)?;
    let project = projects::held(tx, scope, project).await?;
    let channel = channels::hold(tx, scope, new.channel_id).await?;
    if channel.project_id != project.id {
        return Err(StoreError::NotFound);
    }
    if channel.disconnected_at.is_some() {
        return Err(StoreError::Conflict);
    }
    if tx.optional(ON_CHANNEL, args![post.id, channel.id]).await?.is_some() {
        return Err(StoreError::Taken { what: "channel" });
    }
    // A client's own post is accepted by being its own.
    let gate = match (project.approval_policy, scope.client && post.author_id == scope.user_id) {
        (ApprovalPolicy::Required, true) => Gate::Accepted,
        (ApprovalPolicy::Required, false) => Gate::Pending,
        _ => Gate::None,
    };
    let values = args![
        new.id,
        scope.organization_id,
        project.id,
        post.id,
        channel.id,
        channel.network,
        post.content.content_type,
        new.mode,
        Arg::json(&new.overrides),
        gate,
        now_ms,
    ];
    Delivery::of(&tx.one(CREATE, values).await?)
}

/// Changes what one channel says otherwise, or its mode. What was staged is staged anew.
///
/// # Errors
/// As [`super::act`] for [`Event::Edit`].
pub async fn revise(
    tx: &mut Tx,
    scope: &Scope,
    id: DeliveryId,
    mode: Mode,
    overrides: &Overrides,
    ask: &Ask,
    acting: &Acting<'_>,
) -> Result<Delivery> {
    let delivery = hold(tx, scope, id).await?;
    if ask.expected_version.is_some_and(|version| version != delivery.version) {
        return Err(StoreError::Conflict);
    }
    if delivery.mode == mode && delivery.overrides == *overrides {
        return Ok(delivery);
    }
    apply(tx, scope, &delivery, Event::Edit, ask, acting).await?;
    Delivery::of(&tx.one(REVISE, args![id, mode, Arg::json(overrides)]).await?)
}

/// Takes a channel from a post: a draft that never ran is erased, anything else is called off and keeps its History.
///
/// # Errors
/// As [`super::act`] for [`Event::Cancel`].
pub async fn remove(tx: &mut Tx, scope: &Scope, id: DeliveryId, ask: &Ask, acting: &Acting<'_>) -> Result<()> {
    let delivery = hold(tx, scope, id).await?;
    if delivery.state == State::Draft && tx.run(ERASE, args![id]).await? > 0 {
        return Ok(());
    }
    apply(tx, scope, &delivery, Event::Cancel, ask, acting).await?;
    Ok(())
}

/// Notes the time that a channel of its own is wished for while the delivery is a draft, or that there is none. It binds nobody;
/// what is no draft keeps its instant.
///
/// # Errors
/// [`StoreError::NotFound`] if the member does not see it; [`StoreError::Db`].
pub async fn wish(tx: &mut Tx, scope: &Scope, id: DeliveryId, moment: Option<&Moment>) -> Result<()> {
    hold(tx, scope, id).await?;
    let values = args![
        id,
        moment.map(|moment| moment.due_at),
        moment.and_then(|moment| moment.local_time.clone()),
        moment.and_then(|moment| moment.zone.clone()),
    ];
    tx.run(WISH, values).await?;
    Ok(())
}
