//! The consent page: which account, or which channel of it, and what an app may do. Apps need no registration.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::{Html, IntoResponse, Response};
use axum::{Router, routing};
use http::{StatusCode, header};
use serde::Serialize;

use super::{ACCOUNTS, Product, is_of_person, params, product_of};
use crate::world::{Code, State, World};

const CODE_S: i64 = 10 * 60;
const PAGE: &str = include_str!("authorize.html");

/// How each code was asked for.
#[derive(Default)]
pub struct Wishes(pub HashMap<String, Wish>);

/// What was asked for with a code.
#[derive(Clone, Default)]
pub struct Wish {
    /// The challenge that the exchange has to meet.
    pub challenge: Option<String>,
    /// Whether access is to last.
    pub offline: bool,
    /// Whether the person was to be asked for consent.
    pub consent: bool,
}

/// The route of the page.
pub fn routes() -> Router<Arc<World>> {
    Router::new().route(&format!("/{ACCOUNTS}/o/oauth2/v2/auth"), routing::get(open).post(decide))
}

struct Asked {
    product: &'static Product,
    app: String,
    redirect_uri: String,
    state: String,
    scopes: Vec<String>,
    wish: Wish,
}

fn wrong(error: &str) -> Response {
    let page = format!("<!doctype html><title>Google</title><h1>Access blocked</h1><p>Error 400: {error}</p>");
    (StatusCode::BAD_REQUEST, Html(page)).into_response()
}

fn back(asked: &Asked, pairs: &[(&str, &str)]) -> Response {
    let Ok(mut address) = url::Url::parse(&asked.redirect_uri) else {
        return wrong("redirect_uri_mismatch");
    };
    address.query_pairs_mut().append_pair("state", &asked.state).extend_pairs(pairs);
    (StatusCode::FOUND, [(header::LOCATION, address.to_string())]).into_response()
}

/// Whether a web app may be sent back to an address: https, or one's own machine.
fn is_address(address: &str) -> bool {
    let Ok(url) = url::Url::parse(address) else { return false };
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
    url.fragment().is_none() && (url.scheme() == "https" || local && url.scheme() == "http")
}

/// Reads a request for authorisation; what is wrong with it is told to the person.
fn asked(query: &str) -> Result<Asked, &'static str> {
    let pairs = params(Some(query));
    let text = |name: &str| pairs.get(name).cloned().unwrap_or_default();
    let scopes: Vec<String> = text("scope").split_whitespace().map(str::to_owned).collect();
    let challenge = text("code_challenge");
    if text("client_id").is_empty() {
        return Err("invalid_request: client_id");
    }
    if !is_address(&text("redirect_uri")) {
        return Err("redirect_uri_mismatch");
    }
    if text("response_type") != "code" {
        return Err("unsupported_response_type");
    }
    let product = product_of(&scopes).ok_or("invalid_scope")?;
    if !matches!(text("access_type").as_str(), "" | "online" | "offline") {
        return Err("invalid_request: access_type");
    }
    if !challenge.is_empty() && text("code_challenge_method") != "S256" {
        return Err("invalid_request: code_challenge_method");
    }
    Ok(Asked {
        product,
        app: text("client_id"),
        redirect_uri: text("redirect_uri"),
        state: text("state"),
        scopes,
        wish: Wish {
            challenge: Some(challenge).filter(|challenge| !challenge.is_empty()),
            offline: text("access_type") == "offline",
            consent: text("prompt").split_whitespace().any(|prompt| prompt == "consent"),
        },
    })
}

/// One that the person may choose.
#[derive(Serialize)]
struct Offered {
    id: String,
    name: String,
    line: String,
}

/// The accounts of a product that is for one account at a time, else the people.
fn offered(state: &State, product: &Product) -> Vec<Offered> {
    if !product.of_account {
        let people = state.people.values().map(|person| Offered {
            id: person.key.clone(),
            name: person.name.clone(),
            line: person.email.clone(),
        });
        return people.collect();
    }
    let accounts = state.accounts_of(product.network).map(|account| Offered {
        id: account.id.clone(),
        name: account.name.clone(),
        line: match account.handle.as_str() {
            "" => "no channel".to_owned(),
            handle => format!("@{handle}"),
        },
    });
    accounts.collect()
}

async fn open(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery) -> Response {
    let request = query.unwrap_or_default();
    let asked = match asked(&request) {
        Ok(asked) => asked,
        Err(message) => return wrong(message),
    };
    let accounts = world.with(|state| offered(state, asked.product));
    let boxes: Vec<&String> = asked.scopes.iter().filter(|scope| !is_of_person(scope)).collect();
    let mut pages = minijinja::Environment::new();
    let drawn = pages.add_template("authorize.html", PAGE).and_then(|()| {
        let page = pages.get_template("authorize.html")?;
        page.render(minijinja::context! {
            app => asked.app, scopes => minijinja::value::Serde(boxes),
            accounts => minijinja::value::Serde(accounts), request => request,
        })
    });
    match drawn {
        Ok(page) => Html(page).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn decide(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, body: String) -> Response {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let first = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, text)| text.clone());
    let request = query.or_else(|| first("request")).unwrap_or_default();
    let asked = match asked(&request) {
        Ok(asked) => asked,
        Err(message) => return wrong(message),
    };
    if first("decision").as_deref() != Some("allow") {
        return back(&asked, &[("error", "access_denied")]);
    }
    let ticked: BTreeSet<&str> = form
        .iter()
        .filter(|(key, _)| key == "permission")
        .map(|(_, text)| text.as_str())
        .collect();
    let (granted, declined): (BTreeSet<String>, BTreeSet<String>) = asked
        .scopes
        .iter()
        .cloned()
        .partition(|scope| is_of_person(scope) || ticked.contains(scope.as_str()));
    let chosen = first("person").unwrap_or_default();
    let now_us = world.clock.now_us();
    let code = world.with(|state| {
        let (person, targets) = if asked.product.of_account {
            let account = state.account(asked.product.network, &chosen)?;
            (account.roles.keys().next()?.clone(), BTreeSet::from([chosen.clone()]))
        } else {
            (state.people.get(&chosen)?.key.clone(), BTreeSet::new())
        };
        // Its signs must come through an address unharmed.
        let value = format!("{}{}", asked.product.code, state.secret(60));
        state.own::<Wishes>().0.insert(value.clone(), asked.wish.clone());
        let code = Code {
            value: value.clone(),
            network: asked.product.network,
            app: asked.app.clone(),
            redirect_uri: asked.redirect_uri.clone(),
            person,
            scopes: granted.clone(),
            declined,
            targets,
            expires_us: now_us + CODE_S * 1_000_000,
            used: false,
        };
        state.codes.insert(value.clone(), code);
        Some(value)
    });
    let told = granted.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    match code {
        Some(code) => back(&asked, &[("code", &code), ("scope", &told)]),
        None => wrong("there is no such account"),
    }
}
