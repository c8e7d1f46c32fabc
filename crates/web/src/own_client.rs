//! Who Postrider is, for servers of networks that read it at the address that is its id.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use postrider_core::Network;
use postrider_engine::connect;

use crate::problem::Refused;
use crate::state::AppState;

/// How long a server may keep it: a key that was drawn anew is known after as long.
const KEPT: &str = "public, max-age=300";

/// Answers the document.
pub async fn serve(State(state): State<AppState>, Path(network): Path<String>) -> Response {
    let network: Option<Network> = network.parse().ok();
    let document = network.and_then(|network| connect::document(state.engine.shared(), network, state.config.public_base.as_str()));
    match document {
        Some(document) => ([(header::CACHE_CONTROL, KEPT)], Json(document)).into_response(),
        None => Refused::not_found().into_response(),
    }
}
