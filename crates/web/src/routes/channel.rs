//! Channels.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use postrider_core::channel::ChannelStatus;
use postrider_core::delivery::Event;
use postrider_core::ids::{ChannelId, ProjectId};
use postrider_core::permission::Action;
use postrider_core::post::Content;
use postrider_core::quota;
use postrider_engine::connect::{self, ConnectError};
use postrider_store::channels::{self, Blocking, Channel};
use postrider_store::deliveries::{self, Ask};
use postrider_store::scope::{Object, Scope};
use postrider_store::{StoreError, grants, quota_use};

use super::{capability, connection};
use crate::acting;
use crate::api::{Api, Who, door};
use crate::auth::Asker;
use crate::auth::asker::allowed;
use crate::dto::channel::{BlockingDelivery, ChannelAct, ChannelQuota, ChannelView, ChannelsQuery, DisconnectQuery};
use crate::dto::connection::{ConnectInput, ConnectionBegun, ConnectionStatus};
use crate::dto::post::excerpt;
use crate::dto::{Instant, Page, PageQuery};
use crate::extract::{Asked, Id, Json as Body};
use crate::problem::{Answer, Code, Refused};
use crate::state::AppState;
use crate::trail;

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    api.get(
        "/projects/{id}/channels",
        door("list_channels", Who::May(Action::ChannelRead), "The channels of a project.")
            .asks::<ChannelsQuery>()
            .gives::<Page<ChannelView>>(200),
        list,
    );
    api.get(
        "/channels/{id}",
        door("channel", Who::May(Action::ChannelRead), "One channel.").gives::<ChannelView>(200),
        read,
    );
    api.post(
        "/channels/{id}/verify",
        door(
            "verify_channel",
            Who::May(Action::ChannelVerify),
            "Tests the channel at the network now.",
        )
        .gives::<ChannelView>(200),
        verify,
    );
    api.post(
        "/channels/{id}/reconnect",
        door(
            "reconnect_channel",
            Who::May(Action::ChannelConnect),
            "Begins connecting the same account anew; its posts stay.",
        )
        .takes::<ConnectInput>()
        .gives::<ConnectionBegun>(201),
        reconnect,
    );
    api.post(
        "/channels/{id}/other-accounts",
        door(
            "other_accounts",
            Who::May(Action::ChannelConnect),
            "Lists the accounts behind the channel's authorisation anew, as a connection to choose from; nobody signs in again.",
        )
        .gives::<ConnectionBegun>(201),
        other_accounts,
    );
    api.post(
        "/channels/{id}/lift-halt",
        door(
            "lift_halt",
            Who::May(Action::ChannelLiftHalt),
            "Lets a channel that the guard halted go on.",
        )
        .gives::<ChannelView>(200),
        lift_halt,
    );
    api.delete("/channels/{id}", door("disconnect_channel", Who::May(Action::ChannelDisconnect), "Takes the access back at the network and erases it. Refused with `channel.in_use` and the list while deliveries stand in the way.").asks::<DisconnectQuery>().gives::<ChannelView>(200), disconnect);
}

/// A channel's card.
///
/// # Errors
/// If the rows cannot be read.
pub async fn view(state: &AppState, scope: &Scope, channel: Channel) -> Answer<ChannelView> {
    let variant = grants::get(state.db(), scope, channel.grant_id).await?.variant;
    let adapter = state.engine.shared().registry.of(channel.network);
    let permissions = adapter
        .and_then(|adapter| adapter.capability().variants.iter().find(|known| known.key == variant))
        .map(|known| known.permissions)
        .unwrap_or_default();
    let missing = permissions
        .iter()
        .filter(|asked| channel.missing.iter().any(|scope| scope == asked.scope));
    let may = acts(state, scope, &channel).await?;
    let standing = quota_use::standing(state.db(), scope, channel.id, channel.network, state.now_ms()).await?;
    Ok(ChannelView {
        outage_since: state.engine.outage_since_ms(&channel).map(Instant),
        quotas: standing.into_iter().map(quota).collect(),
        may,
        id: channel.id,
        project_id: channel.project_id,
        network: channel.network,
        external_id: channel.external_id,
        kind: channel.kind,
        name: channel.name,
        handle: channel.handle,
        detail: channel.detail,
        avatar_url: channel.avatar_url,
        status: channel.status,
        status_reason: channel.status_reason,
        missing: missing.map(capability::permission).collect(),
        access_ends_at: channel.access_ends_at.map(Instant),
        verified_at: channel.verified_at.map(Instant),
        halted_at: channel.halted_at.map(Instant),
        halt_reason: channel.halt_reason,
        created_at: Instant(channel.created_at),
        version: channel.version,
        failed_for_connection: channels::failed_for_connection(state.db(), scope, channel.id).await?,
        variant,
    })
}

fn quota(standing: quota_use::Standing) -> ChannelQuota {
    ChannelQuota {
        quota: standing.quota.key.to_owned(),
        used: standing.used,
        limit: standing.max,
        window_ms: quota::length_ms(standing.quota.window),
        content_types: standing.quota.content_types.to_vec(),
        free_at: standing.free_at.map(Instant),
    }
}

/// What who asks may do with a channel as it stands.
async fn acts(state: &AppState, scope: &Scope, channel: &Channel) -> Answer<Vec<ChannelAct>> {
    let connected = channel.status != ChannelStatus::Disconnected;
    let shared = state.engine.shared();
    let others = scope.permissions.allows(Action::ChannelConnect, true) && connect::offers_others(shared, scope, channel).await?;
    let known = [
        (ChannelAct::Verify, Action::ChannelVerify, connected),
        (ChannelAct::Reconnect, Action::ChannelConnect, true),
        (ChannelAct::OtherAccounts, Action::ChannelConnect, others),
        (
            ChannelAct::LiftHalt,
            Action::ChannelLiftHalt,
            connected && channel.halted_at.is_some(),
        ),
        (ChannelAct::Disconnect, Action::ChannelDisconnect, connected),
    ];
    Ok(known
        .into_iter()
        .filter(|(_, action, now)| *now && scope.permissions.allows(*action, true))
        .map(|(act, _, _)| act)
        .collect())
}

async fn list(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<ProjectId>,
    Asked(asked): Asked<ChannelsQuery>,
) -> Answer<Json<Page<ChannelView>>> {
    let scope = asker.at(Object::Project(id)).await?;
    let disconnected = asked.disconnected == Some(true);
    let page = PageQuery {
        limit: asked.limit,
        cursor: asked.cursor,
    };
    let found = channels::list(state.db(), &scope, id, disconnected, &page.into()).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for channel in found.items {
        items.push(view(&state, &scope, channel).await?);
    }
    Ok(Json(Page {
        items,
        next_cursor: found.next_cursor,
    }))
}

async fn read(State(state): State<AppState>, asker: Asker, Id(id): Id<ChannelId>) -> Answer<Json<ChannelView>> {
    let scope = asker.at(Object::Channel(id)).await?;
    Ok(Json(view(&state, &scope, channels::get(state.db(), &scope, id).await?).await?))
}

async fn verify(State(state): State<AppState>, asker: Asker, Id(id): Id<ChannelId>) -> Answer<Json<ChannelView>> {
    let scope = asker.at(Object::Channel(id)).await?;
    let channel = channels::get(state.db(), &scope, id).await?;
    connect::verify(state.engine.shared(), &channel).await?;
    Ok(Json(view(&state, &scope, channels::get(state.db(), &scope, id).await?).await?))
}

async fn reconnect(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<ChannelId>,
    Body(mut asked): Body<ConnectInput>,
) -> Answer<(StatusCode, Json<ConnectionBegun>)> {
    let scope = asker.at(Object::Channel(id)).await?;
    let channel = channels::get(state.db(), &scope, id).await?;
    if asked.variant.is_none() {
        asked.variant = Some(grants::get(state.db(), &scope, channel.grant_id).await?.variant);
    }
    let begun = connection::connect(&state, &asker, &scope, channel.project_id, channel.network, asked, Some(id)).await?;
    Ok((StatusCode::CREATED, Json(begun)))
}

async fn other_accounts(State(state): State<AppState>, asker: Asker, Id(id): Id<ChannelId>) -> Answer<(StatusCode, Json<ConnectionBegun>)> {
    let scope = asker.at(Object::Channel(id)).await?;
    let channel = channels::get(state.db(), &scope, id).await?;
    let of = serde_json::json!({"network": channel.network, "of": id});
    let told = trail::line(&state, &scope, &asker, "channel.connect", "", of);
    let finished = connect::others(state.engine.shared(), &scope, &channel, &told).await?;
    let begun = ConnectionBegun {
        connection_id: finished.connection_id,
        authorize_url: None,
        status: ConnectionStatus::Authorized,
    };
    Ok((StatusCode::CREATED, Json(begun)))
}

async fn lift_halt(State(state): State<AppState>, asker: Asker, Id(id): Id<ChannelId>) -> Answer<Json<ChannelView>> {
    let scope = asker.at(Object::Channel(id)).await?;
    let mut tx = state.db().begin().await?;
    channels::lift_halt(&mut tx, &scope, id, state.now_ms()).await?;
    trail::note(&state, &mut tx, &scope, &asker, "channel.lift_halt", id, serde_json::json!({})).await?;
    tx.commit().await?;
    state.engine.wake();
    let channel = channels::get(state.db(), &scope, id).await?;
    trail::changed(
        &state,
        "channel",
        id,
        channel.version,
        scope.organization_id,
        Some(channel.project_id),
    );
    Ok(Json(view(&state, &scope, channel).await?))
}

async fn disconnect(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<ChannelId>,
    Asked(asked): Asked<DisconnectQuery>,
) -> Answer<Json<ChannelView>> {
    let scope = asker.at(Object::Channel(id)).await?;
    if asked.unschedule == Some(true) {
        make_drafts(&state, &scope, &asker, id).await?;
    }
    let told = trail::line(&state, &scope, &asker, "channel.disconnect", id, serde_json::json!({}));
    match connect::disconnect(state.engine.shared(), &scope, id, &told).await {
        Err(ConnectError::Store(StoreError::Conflict)) => return Err(in_use(channels::blocking(state.db(), &scope, id).await?)),
        done => done?,
    }
    Ok(Json(view(&state, &scope, channels::get(state.db(), &scope, id).await?).await?))
}

/// Takes the time away from whatever keeps a channel, as far as who asks may and the network has not begun. What is left shows in the
/// refusal that follows.
async fn make_drafts(state: &AppState, scope: &Scope, asker: &Asker, id: ChannelId) -> Answer<()> {
    for blocking in channels::blocking(state.db(), scope, id).await? {
        let delivery = deliveries::get(state.db(), scope, blocking.id).await?;
        let author = postrider_store::posts::get(state.db(), scope, delivery.post_id).await?.author_id;
        allowed(scope, Action::PostSchedule, author)?;
        let why = serde_json::json!({"channel": id});
        let told = trail::line(state, scope, asker, "delivery.unschedule", delivery.id, why);
        match acting::act(state, scope, &delivery, Event::Unschedule, &Ask::default(), &told).await {
            Ok(_) | Err(StoreError::Refused(_) | StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn in_use(blocking: Vec<Blocking>) -> Refused {
    if blocking.is_empty() {
        return Code::Conflict.because("This channel is disconnected already.");
    }
    let listed = blocking
        .into_iter()
        .map(|row| {
            let content: Option<Content> = serde_json::from_value(row.content).ok();
            BlockingDelivery {
                delivery_id: row.id,
                post_id: row.post_id,
                title: content.as_ref().map(excerpt).unwrap_or_default(),
                state: row.state,
                due_at: row.due_at.map(Instant),
            }
        })
        .collect();
    Code::ChannelInUse
        .because("Posts are still to go out on this channel, or their outcome is not known yet.")
        .remedy("Make them drafts, or move them to another channel, and disconnect again.")
        .blocking(listed)
}
