//! The outside clock, for hosts that sleep.

use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::{Api, Who, door};
use crate::auth::{same_secret, session};
use crate::dto::Instant;
use crate::extract::Asked;
use crate::problem::{Answer, Code, Refused};
use crate::state::AppState;

/// How long a tick waits for what it took up if it is not said, in seconds: less than the 30 s after which many hosts cut a request.
const SECONDS: u64 = 25;
/// How long a tick may wait, in seconds.
const SECONDS_MAX: u64 = 300;

/// How long a tick may take.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TickQuery {
    /// For how many seconds it takes up what becomes due and waits for what it took up: 25 if not given, at most 300; it answers
    /// earlier once nothing is left to do within them.
    #[param(default = 25, maximum = 300)]
    seconds: Option<u64>,
}

/// What a tick did.
#[derive(Debug, Serialize, ToSchema)]
pub struct TickDone {
    /// How many deliveries it took up.
    claimed: i64,
    /// How many of them are still under way, because its seconds were over.
    under_way: i64,
    /// When something is to be done next; null if nothing waits.
    next_due_at: Option<Instant>,
}

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    api.post(
        "/internal/tick",
        door(
            "tick",
            Who::Clock,
            "Takes up what is due now and waits until it is done, so that the host may sleep again; safe beside the timer.",
        )
        .header("Authorization", "`Bearer` and the tick's own secret.")
        .asks::<TickQuery>()
        .gives::<TickDone>(200),
        tick,
    );
}

async fn tick(State(state): State<AppState>, Asked(asked): Asked<TickQuery>, request: Request) -> Answer<Json<TickDone>> {
    let secret = state.config.tick_secret.as_ref().ok_or_else(Refused::not_found)?;
    state
        .rates
        .tick(&session::address(&state, request.headers(), request.extensions()))?;
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.strip_prefix("Bearer "))
        .unwrap_or_default();
    if !same_secret(given, secret.expose_secret()) {
        return Err(Code::SessionRequired.because("This needs the tick's own secret."));
    }
    let seconds = asked.seconds.unwrap_or(SECONDS);
    if seconds > SECONDS_MAX {
        return Err(Code::Query
            .because(format!("seconds is {seconds}, and at most {SECONDS_MAX}."))
            .remedy("Ask again every minute rather than wait longer."));
    }
    let ticked = state.engine.tick(Duration::from_secs(seconds)).await?;
    Ok(Json(TickDone {
        claimed: ticked.claimed,
        under_way: ticked.under_way,
        next_due_at: ticked.next_due_at.map(Instant),
    }))
}
