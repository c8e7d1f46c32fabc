//! The pages for people: what every account's followers would see, and a page to make a network fail.

mod avatar;
mod failing;
mod feed;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;

use crate::world::World;

/// The routes of the pages.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        // Whoever only opens a connection does not have every feed drawn.
        .route("/", get(feed::home).head(|| async { StatusCode::OK }))
        .route("/accounts/{network}/{id}", get(feed::account))
        .route("/faults", get(failing::show).post(failing::add))
        .route("/faults/lift", post(failing::lift))
        .route("/faults/levers", post(failing::pull))
        .route("/_sandbox/avatar/{network}/{file}", get(avatar::draw))
}

const TEMPLATES: &[(&str, &str)] = &[
    ("base.html", include_str!("base.html")),
    ("home.html", include_str!("home.html")),
    ("account.html", include_str!("account.html")),
    ("faults.html", include_str!("faults.html")),
];

fn templates() -> &'static Environment<'static> {
    static PAGES: OnceLock<Environment<'static>> = OnceLock::new();
    PAGES.get_or_init(|| {
        let mut pages = Environment::new();
        for (name, source) in TEMPLATES {
            if let Err(error) = pages.add_template(name, source) {
                tracing::error!(%error, name, "a page of the sandbox is broken");
            }
        }
        pages
    })
}

/// Draws a page.
fn draw(name: &str, content: impl Serialize) -> Response {
    match templates().get_template(name).and_then(|page| page.render(Serde(content))) {
        Ok(text) => Html(text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
