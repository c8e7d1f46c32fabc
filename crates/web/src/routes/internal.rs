//! The outside clock, for hosts that sleep.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use crate::api::{Api, Who, door};
use crate::problem::{Answer, Code, Refused};
use crate::state::AppState;

/// The rows of this noun.
pub fn routes(api: &mut Api) {
    api.post(
        "/internal/tick",
        door("tick", Who::Clock, "Looks for what is due now; safe beside the timer.")
            .header("Authorization", "`Bearer` and the tick's own secret.")
            .answers(202),
        tick,
    );
}

async fn tick(State(state): State<AppState>, headers: HeaderMap) -> Answer<StatusCode> {
    let secret = state.config.tick_secret.as_ref().ok_or_else(Refused::not_found)?;
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.strip_prefix("Bearer "));
    let knows: bool = given.unwrap_or_default().as_bytes().ct_eq(secret.expose_secret().as_bytes()).into();
    if !knows {
        return Err(Code::SessionRequired.because("This needs the tick's own secret."));
    }
    state.engine.wake();
    Ok(StatusCode::ACCEPTED)
}
