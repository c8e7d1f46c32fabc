//! Connecting accounts.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use postrider_core::Network;
use postrider_core::ids::{ChannelId, ConnectionId, ProjectId};
use postrider_core::permission::Action;
use postrider_engine::connect::{self, Begun, ConnectError, Wish};
use postrider_store::connections::{self, Connection};
use postrider_store::scope::{Object, Scope};
use postrider_store::{channels, page, projects};

use super::channel;
use crate::api::{Api, Who, door};
use crate::auth::Asker;
use crate::dto::channel::ChannelView;
use crate::dto::connection::{AccountView, AddChannels, ConnectInput, ConnectionBegun, ConnectionStatus, ConnectionView};
use crate::dto::{Instant, Page};
use crate::extract::{Id, Json as Body};
use crate::problem::{Answer, Code, Refused};
use crate::state::AppState;
use crate::trail;

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    let connect = Who::May(Action::ChannelConnect);
    api.post(
        "/projects/{id}/connections/{network}",
        door(
            "connect",
            connect,
            "Begins connecting: answers the network's page to open, or signs in with an app password.",
        )
        .takes::<ConnectInput>()
        .gives::<ConnectionBegun>(201),
        begin,
    );
    api.get(
        "/connections/{id}",
        door("connection", connect, "How far a connection is, and the accounts it found.").gives::<ConnectionView>(200),
        read,
    );
    api.post(
        "/connections/{id}/channels",
        door("add_channels", connect, "Adds accounts found as channels.")
            .takes::<AddChannels>()
            .gives::<Page<ChannelView>>(201),
        add_channels,
    );
}

impl From<ConnectError> for Refused {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Store(error) => error.into(),
            ConnectError::Network(fault) => fault.into(),
            ConnectError::NotConfigured => Code::NetworkNotConfigured
                .because("The keys of this network's app are not configured on this server.")
                .remedy("The network's page in the documentation says how an administrator gets them."),
            ConnectError::Field { key, why } => Refused::invalid(key, why),
            ConnectError::Over => Code::ConnectionOver
                .because("It was used, its time is over, or it was begun by somebody else.")
                .remedy("Begin to connect again."),
            ConnectError::NotAllowed => Refused::missing(Action::ChannelConnect),
            ConnectError::Declined(why) => declined(&why),
            ConnectError::Unusable(why) => Code::AccountUnusable.because(why),
        }
    }
}

/// What is told when somebody comes back from a network without its consent, with the network's words if it had any.
pub fn declined(why: &str) -> Refused {
    let told = match why {
        "" => "The network sent you back without its consent and did not say why. Nothing was connected.".to_owned(),
        why => format!("The network sent you back without its consent: “{why}”. Nothing was connected."),
    };
    Code::ConnectionDeclined
        .because(told)
        .remedy("Connect again, and agree to everything that the network asks for.")
}

/// Where networks return to.
pub fn redirect_uri(state: &AppState, network: Network) -> String {
    connect::redirect_uri(state.config.public_base.as_str(), network)
}

async fn begin(
    State(state): State<AppState>,
    asker: Asker,
    path: Result<Path<(String, String)>, PathRejection>,
    Body(asked): Body<ConnectInput>,
) -> Answer<(StatusCode, Json<ConnectionBegun>)> {
    let Path((id, network)) = path.map_err(|_| Refused::not_found())?;
    let id: ProjectId = id.parse()?;
    let network: Network = network.parse().map_err(|_| Refused::not_found())?;
    let scope = asker.at(Object::Project(id)).await?;
    projects::get(state.db(), &scope, id).await?;
    Ok((
        StatusCode::CREATED,
        Json(connect(&state, &asker, &scope, id, network, asked, None).await?),
    ))
}

/// Begins connecting, anew or for the first time, by whichever way the input is for.
///
/// # Errors
/// What the engine refuses.
pub async fn connect(
    state: &AppState,
    asker: &Asker,
    scope: &Scope,
    project_id: ProjectId,
    network: Network,
    asked: ConnectInput,
    reconnect: Option<ChannelId>,
) -> Answer<ConnectionBegun> {
    let shared = state.engine.shared();
    // The connection's id, which is its object, is drawn where the connection is made.
    let told = trail::line(state, scope, asker, "channel.connect", "", serde_json::json!({"network": network}));
    let wish = Wish {
        project_id,
        network,
        variant: asked.variant.as_deref(),
        reconnect,
        told: &told,
    };
    let again = asked.again || reconnect.is_some();
    let begun = connect::begin(shared, scope, wish, &asked.typed, again, &redirect_uri(state, network)).await?;
    Ok(match begun {
        Begun::At { connection_id, url } => ConnectionBegun {
            connection_id,
            authorize_url: Some(url),
            status: ConnectionStatus::Pending,
        },
        Begun::Finished(finished) => ConnectionBegun {
            connection_id: finished.connection_id,
            authorize_url: None,
            status: if finished.reconnected.is_some() {
                ConnectionStatus::Done
            } else {
                ConnectionStatus::Authorized
            },
        },
    })
}

async fn read(State(state): State<AppState>, asker: Asker, Id(id): Id<ConnectionId>) -> Answer<Json<ConnectionView>> {
    let scope = asker.at(Object::Connection(id)).await?;
    let connection = connections::get(state.db(), &scope, id).await?;
    Ok(Json(view(&state, &scope, connection).await?))
}

async fn view(state: &AppState, scope: &Scope, connection: Connection) -> Answer<ConnectionView> {
    let known = channels::list(state.db(), scope, connection.project_id, false, &page::Page::first(page::LIMIT_MAX))
        .await?
        .items;
    let accounts = connect::found(&connection)?
        .into_iter()
        .map(|found| AccountView {
            channel_id: known
                .iter()
                .find(|channel| channel.network == connection.network && channel.external_id == found.external_id)
                .map(|channel| channel.id),
            external_id: found.external_id,
            name: found.name,
            handle: found.handle,
            kind: found.kind,
            detail: found.detail,
            avatar_url: found.avatar_url,
            unusable: found.unusable,
        })
        .collect();
    let over = connection.expires_at <= state.now_ms();
    let status = match connection.status.as_str() {
        "done" => ConnectionStatus::Done,
        "authorized" if !over => ConnectionStatus::Authorized,
        "pending" if !over => ConnectionStatus::Pending,
        _ => ConnectionStatus::Failed,
    };
    let told = connection.error.and_then(|error| serde_json::from_value(error).ok());
    let error = match status {
        ConnectionStatus::Failed => Some(told.unwrap_or_else(|| Refused::from(ConnectError::Over).document())),
        _ => None,
    };
    Ok(ConnectionView {
        id: connection.id,
        project_id: connection.project_id,
        network: connection.network,
        variant: connection.variant,
        status,
        error,
        accounts,
        reconnect_channel_id: connection.reconnect_channel_id,
        expires_at: Instant(connection.expires_at),
    })
}

async fn add_channels(
    State(state): State<AppState>,
    asker: Asker,
    Id(id): Id<ConnectionId>,
    Body(asked): Body<AddChannels>,
) -> Answer<(StatusCode, Json<Page<ChannelView>>)> {
    let scope = asker.at(Object::Connection(id)).await?;
    let connection = connections::get(state.db(), &scope, id).await?;
    if asked.external_ids.is_empty() {
        return Err(Refused::invalid("external_ids", "Choose at least one account."));
    }
    let chosen = serde_json::json!({"network": connection.network, "external_ids": asked.external_ids});
    let told = trail::line(&state, &scope, &asker, "channel.add", id, chosen);
    let added = connect::add(state.engine.shared(), &scope, &connection, &asked.external_ids, &told).await?;
    let mut items = Vec::with_capacity(added.len());
    for channel_id in added {
        items.push(channel::view(&state, &scope, channels::get(state.db(), &scope, channel_id).await?).await?);
    }
    Ok((StatusCode::CREATED, Json(Page { items, next_cursor: None })))
}
