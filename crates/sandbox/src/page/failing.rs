//! The page that makes a network fail on demand.

use std::sync::Arc;

use axum::extract::{Form, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use postrider_core::network::Network;
use serde::Deserialize;
use serde_json::json;

use super::draw;
use crate::fault::{Action, Fault, Match};
use crate::registry::MODULES;
use crate::settings::Change;
use crate::world::World;

/// `GET /faults`.
pub async fn show(Shared(world): Shared<Arc<World>>) -> Response {
    let networks: Vec<_> = MODULES
        .iter()
        .map(|module| {
            let operations: Vec<_> = module
                .operations
                .iter()
                .map(|operation| json!({"name": operation.name, "commit": operation.commit}))
                .collect();
            json!({"name": module.network.name(), "key": module.network.key(), "operations": operations, "errors": module.errors})
        })
        .collect();
    draw(
        "faults.html",
        json!({"networks": networks, "faults": world.faults.list(), "settings": world.settings()}),
    )
}

/// What the form says.
#[derive(Deserialize)]
pub struct Wanted {
    /// `network/operation`, or only the network.
    what: String,
    action: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    ms: Option<String>,
    #[serde(default)]
    times: Option<String>,
}

fn action_of(wanted: &Wanted) -> Option<Action> {
    let ms = wanted.ms.as_deref().and_then(|text| text.trim().parse().ok()).unwrap_or(5_000);
    Some(match wanted.action.as_str() {
        "error" => Action::Error {
            name: wanted.error.trim().to_owned(),
            processed: false,
        },
        "rate_limit" => Action::RateLimit {
            retry_after_s: Some(ms / 1_000),
        },
        "lose_request" => Action::LoseRequest,
        "lose_answer" => Action::LoseAnswer,
        "delay_before" => Action::DelayBefore { ms },
        "delay_after" => Action::DelayAfter { ms },
        "hold" => Action::Hold { ms, close_after_ms: None },
        "slow_processing" => Action::SlowProcessing { ms },
        "fail_processing" => Action::FailProcessing { code: None },
        "server_error" => Action::Status {
            status: 500,
            body: serde_json::Value::Null,
            headers: Default::default(),
            processed: false,
        },
        _ => return None,
    })
}

/// `POST /faults`.
pub async fn add(Shared(world): Shared<Arc<World>>, Form(wanted): Form<Wanted>) -> Response {
    let Some(action) = action_of(&wanted) else {
        return (StatusCode::BAD_REQUEST, "unknown action").into_response();
    };
    let (network, operation) = wanted.what.split_once('/').unwrap_or((&wanted.what, ""));
    let network = match network {
        "" => None,
        key => match key.parse::<Network>() {
            Ok(network) => Some(network),
            Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
        },
    };
    let matches = Match {
        network,
        operation: Some(operation.to_owned()).filter(|name| !name.is_empty()),
        times: wanted.times.as_deref().and_then(|text| text.trim().parse().ok()),
        ..Match::default()
    };
    world.faults.add(Fault { matches, action });
    Redirect::to("/faults").into_response()
}

/// Which fault is lifted; all if none is named.
#[derive(Deserialize)]
pub struct Lifted {
    id: Option<u64>,
}

/// `POST /faults/lift`.
pub async fn lift(Shared(world): Shared<Arc<World>>, Form(lifted): Form<Lifted>) -> Redirect {
    match lifted.id {
        Some(id) => {
            world.faults.remove(id);
        }
        None => world.faults.clear(),
    }
    Redirect::to("/faults")
}

/// The other levers of the page; an empty field changes nothing.
#[derive(Deserialize)]
pub struct Levers {
    processing_ms: Option<String>,
    latency_ms: Option<String>,
    list_lag_ms: Option<String>,
    advance_s: Option<String>,
    revoke: Option<String>,
}

fn number<T: std::str::FromStr>(text: Option<&String>) -> Option<T> {
    text?.trim().parse().ok()
}

/// `POST /faults/levers`.
pub async fn pull(Shared(world): Shared<Arc<World>>, Form(levers): Form<Levers>) -> Redirect {
    let change = Change {
        latency_ms: number(levers.latency_ms.as_ref()),
        processing_ms: number(levers.processing_ms.as_ref()),
        list_lag_ms: number(levers.list_lag_ms.as_ref()),
    };
    world.change_settings(|settings| settings.apply(change));
    if let Some(seconds) = number::<i64>(levers.advance_s.as_ref()) {
        world.clock.advance_ms(seconds.saturating_mul(1_000));
    }
    if let Some(network) = levers.revoke.as_deref().and_then(|key| key.parse::<Network>().ok()) {
        world.with(|state| {
            for token in state.tokens_mut().filter(|token| token.network == network) {
                token.revoked = Some("revoked".to_owned());
            }
        });
    }
    Redirect::to("/faults")
}
