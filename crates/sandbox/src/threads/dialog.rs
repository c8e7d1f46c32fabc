//! `threads.com/oauth/authorize`: choose the profile, allow or refuse single permissions, or cancel.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State as Shared;
use axum::response::{IntoResponse, Redirect, Response};
use http::Uri;

use super::NETWORK;
use crate::meta::{Choice, Form, refusal_page, sign_in_page};
use crate::world::{Account, Code, State, World};

const ACCENT: &str = "#101010";
/// A code lives one hour (§2).
const CODE_US: i64 = 3_600 * 1_000_000;
/// The first is always granted.
const SCOPES: [&str; 11] = [
    "threads_basic",
    "threads_content_publish",
    "threads_read_replies",
    "threads_manage_replies",
    "threads_manage_insights",
    "threads_delete",
    "threads_location_tagging",
    "threads_keyword_search",
    "threads_manage_mentions",
    "threads_profile_discovery",
    "threads_share_to_instagram",
];

type Pairs = Vec<(String, String)>;

fn value<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    let found = pairs.iter().find(|(key, text)| key == name && !text.is_empty());
    found.map(|(_, text)| text.as_str())
}

fn pairs_of(encoded: &[u8]) -> Pairs {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

/// What an app asks for.
struct Asking {
    app: String,
    redirect_uri: String,
    scopes: Vec<String>,
}

fn check(pairs: &Pairs) -> Result<Asking, String> {
    let app = value(pairs, "client_id").ok_or("Missing client_id")?;
    let redirect_uri = value(pairs, "redirect_uri")
        .filter(|uri| url::Url::parse(uri).is_ok())
        .ok_or("Invalid redirect_uri")?;
    if value(pairs, "response_type") != Some("code") {
        return Err("Invalid response_type".to_owned());
    }
    let scopes: Vec<String> = value(pairs, "scope")
        .unwrap_or_default()
        .split([',', ' '])
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect();
    if let Some(unknown) = scopes.iter().find(|scope| !SCOPES.contains(&scope.as_str())) {
        return Err(format!("Invalid scope: {unknown}"));
    }
    if !scopes.iter().any(|scope| scope == SCOPES[0]) {
        return Err("The scope threads_basic is required".to_owned());
    }
    Ok(Asking {
        app: app.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        scopes,
    })
}

fn page(app: String, question: String) -> Form {
    Form {
        network: "Threads",
        accent: ACCENT,
        app,
        question,
        kept: Vec::new(),
        people: Vec::new(),
        accounts: Vec::new(),
        permissions: Vec::new(),
    }
}

/// Shows the profiles that can sign in.
pub async fn open(Shared(world): Shared<Arc<World>>, uri: Uri) -> Response {
    let asking = match check(&pairs_of(uri.query().unwrap_or_default().as_bytes())) {
        Ok(asking) => asking,
        Err(message) => return refusal_page(400, &message),
    };
    let choice = |account: &Account| Choice {
        value: account.id.clone(),
        label: account.handle.clone(),
        note: account.name.clone(),
        avatar_url: account.avatar_url.clone(),
        fixed: false,
    };
    let people = world.with(|state| state.accounts_of(NETWORK).map(choice).collect());
    sign_in_page(&Form {
        people,
        ..page(asking.app, "Which profile is signing in?".to_owned())
    })
}

/// Takes what was chosen: the profile first, then permissions.
pub async fn answer(Shared(world): Shared<Arc<World>>, uri: Uri, body: String) -> Response {
    let pairs = pairs_of(uri.query().unwrap_or_default().as_bytes());
    let chosen = pairs_of(body.as_bytes());
    let asking = match check(&pairs) {
        Ok(asking) => asking,
        Err(message) => return refusal_page(400, &message),
    };
    let state_text = value(&pairs, "state");
    if value(&chosen, "decision") == Some("cancel") {
        let denied = [
            ("error", "access_denied"),
            ("error_reason", "user_denied"),
            ("error_description", "The user denied your request"),
        ];
        return back(&asking.redirect_uri, &denied, state_text);
    }
    let Some(id) = value(&chosen, "person") else {
        return refusal_page(400, "Choose a profile.");
    };
    let Some(account) = world.with(|state| state.account(NETWORK, id).cloned()) else {
        return refusal_page(400, "There is no such profile.");
    };
    if value(&chosen, "decision") != Some("continue") {
        let permission = |scope: &String| Choice {
            value: scope.clone(),
            label: scope.trim_start_matches("threads_").replace('_', " "),
            note: scope.clone(),
            avatar_url: String::new(),
            fixed: scope == SCOPES[0],
        };
        return sign_in_page(&Form {
            kept: vec![("person".to_owned(), id.to_owned())],
            permissions: asking.scopes.iter().map(permission).collect(),
            ..page(asking.app, format!("What may the app do as {}?", account.handle))
        });
    }
    let now_us = world.clock.now_us();
    let code = world.with(|state| {
        let code = give_code(state, &account, &asking, &chosen, now_us);
        state.codes.insert(code.value.clone(), code.clone());
        code.value
    });
    back(&asking.redirect_uri, &[("code", &code)], state_text)
}

fn give_code(state: &mut State, account: &Account, asking: &Asking, chosen: &Pairs, now_us: i64) -> Code {
    let ticked: BTreeSet<&str> = chosen
        .iter()
        .filter(|(key, _)| key == "permission")
        .map(|(_, text)| text.as_str())
        .collect();
    // A form without any tick box (a script that just goes on) means everything.
    let given = |scope: &String| ticked.is_empty() || scope == SCOPES[0] || ticked.contains(scope.as_str());
    let (granted, declined) = asking.scopes.iter().cloned().partition(given);
    Code {
        value: format!("AQ{}", state.secret(60)),
        network: NETWORK,
        app: asking.app.clone(),
        redirect_uri: asking.redirect_uri.clone(),
        person: account.roles.keys().next().cloned().unwrap_or_default(),
        scopes: granted,
        declined,
        targets: BTreeSet::from([account.id.clone()]),
        expires_us: now_us + CODE_US,
        used: false,
    }
}

fn back(redirect_uri: &str, answer: &[(&str, &str)], state: Option<&str>) -> Response {
    let Ok(mut address) = url::Url::parse(redirect_uri) else {
        return refusal_page(400, "Invalid redirect_uri");
    };
    address.query_pairs_mut().extend_pairs(answer);
    if let Some(state) = state {
        address.query_pairs_mut().append_pair("state", state);
    }
    // Threads appends this fragment on success (§2).
    address.set_fragment(answer.iter().any(|(name, _)| *name == "code").then_some("_"));
    Redirect::to(address.as_str()).into_response()
}
