//! The authorisation dialogs of both networks, drawn by the server: sign in, choose, allow or cancel.

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use minijinja::{Environment, context};
use serde::Serialize;

use crate::world::World;

const TEMPLATE: &str = include_str!("dialog.html");

/// Something that can be ticked.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// The value sent.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// A second line.
    pub note: String,
    /// A picture; none if empty.
    pub avatar_url: String,
    /// Whether it is always sent.
    pub fixed: bool,
}

/// One dialog: people to sign in as, or things to tick once somebody did.
#[derive(Debug, Clone, Serialize)]
pub struct Form {
    /// The network's name, which is the heading.
    pub network: &'static str,
    /// A colour of the network's manner.
    pub accent: &'static str,
    /// Who asks.
    pub app: String,
    /// What this step asks.
    pub question: String,
    /// The request's own parameters, sent along.
    pub kept: Vec<(String, String)>,
    /// One of these is chosen (people or accounts), by a button each.
    pub people: Vec<Choice>,
    /// Accounts to tick.
    pub accounts: Vec<Choice>,
    /// Permissions to tick.
    pub permissions: Vec<Choice>,
}

/// Draws a dialog.
pub fn sign_in_page(form: &Form) -> Response {
    let mut pages = Environment::new();
    let drawn = pages
        .add_template("dialog.html", TEMPLATE)
        .and_then(|()| pages.get_template("dialog.html"))
        .and_then(|page| page.render(context! { form => minijinja::value::Serde(form) }));
    match drawn {
        Ok(text) => Html(text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// What a network shows when the request for authorisation itself is wrong: it sends nobody back.
pub fn refusal_page(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let escaped = message.replace('&', "&amp;").replace('<', "&lt;");
    (
        status,
        Html(format!(
            "<!doctype html><title>Error</title><h1>Sorry, something went wrong.</h1><p>{escaped}</p>"
        )),
    )
        .into_response()
}

impl World {
    /// The seeded people as choices of a dialog.
    pub fn people_choices(&self) -> Vec<Choice> {
        self.with(|state| {
            let choice = |person: &crate::world::Person| Choice {
                value: person.key.clone(),
                label: person.name.clone(),
                note: person.email.clone(),
                avatar_url: String::new(),
                fixed: false,
            };
            state.people.values().map(choice).collect()
        })
    }
}
