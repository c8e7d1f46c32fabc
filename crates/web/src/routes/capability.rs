//! The rules table as data.

use axum::Json;
use axum::extract::State;
use postrider_core::Network;
use postrider_core::post::ContentType;
use postrider_core::rules::{self, ROLLING_HOUR_POSTS_MAX};
use postrider_engine::connect;
use postrider_provider::Variant;

use crate::api::{Api, Who, door};
use crate::auth::Asker;
use crate::dto::capability::{Capabilities, ConnectBy, ConnectVariant, FieldView, NetworkView, PermissionView};
use crate::state::AppState;

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    api.get(
        "/capabilities",
        door(
            "capabilities",
            Who::SignedIn,
            "What every network can do, and how it is connected here.",
        )
        .gives::<Capabilities>(200),
        capabilities,
    );
}

async fn capabilities(State(state): State<AppState>, _: Asker) -> Json<Capabilities> {
    Json(Capabilities {
        rules: rules::export::capabilities(),
        networks: Network::ALL.into_iter().map(|network| view(&state, network)).collect(),
        upload_bytes_max: state.config.upload_bytes_max,
        posts_an_hour_max: ROLLING_HOUR_POSTS_MAX,
    })
}

fn view(state: &AppState, network: Network) -> NetworkView {
    let shared = state.engine.shared();
    let capability = shared.registry.of(network).map(|adapter| adapter.capability());
    let variant = |variant: &Variant| ConnectVariant {
        key: variant.key.to_owned(),
        label: variant.label.to_owned(),
        by: match variant.by {
            postrider_provider::ConnectBy::OAuth => ConnectBy::Oauth,
            postrider_provider::ConnectBy::Form => ConnectBy::Form,
        },
        fields: variant.fields.iter().map(field).collect(),
        permissions: variant.permissions.iter().map(permission).collect(),
        configured: connect::configured(shared, network, variant),
    };
    // Where servers cannot read who we are, there is nothing that anybody could set up.
    let own = |variant: &Variant| {
        shared
            .registry
            .of(network)
            .is_some_and(|adapter| adapter.proof_key(variant.key).is_some())
    };
    let offered = |variant: &&Variant| connect::configured(shared, network, variant) || !own(variant);
    NetworkView {
        network,
        label: network.name().to_owned(),
        variants: capability
            .map(|capability| capability.variants.iter().filter(offered).map(variant).collect())
            .unwrap_or_default(),
        renews: capability.is_some_and(|capability| capability.renews),
        drafts: capability
            .map(|capability| ContentType::ALL.into_iter().filter(|kind| (capability.drafts)(*kind)).collect())
            .unwrap_or_default(),
    }
}

fn field(field: &postrider_provider::Field) -> FieldView {
    FieldView {
        key: field.key.to_owned(),
        label: field.label.to_owned(),
        placeholder: field.placeholder.to_owned(),
        help: field.help.to_owned(),
        help_url: Some(field.help_url.to_owned()).filter(|url| !url.is_empty()),
        secret: field.secret,
        optional: field.optional,
    }
}

/// A permission as the page names it.
pub fn permission(permission: &postrider_provider::Permission) -> PermissionView {
    PermissionView {
        scope: permission.scope.to_owned(),
        purpose: permission.purpose.to_owned(),
        feature: permission.feature.to_owned(),
    }
}
