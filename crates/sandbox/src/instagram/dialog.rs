//! `www.instagram.com/oauth/authorize`: choose the account, allow or refuse single permissions, or cancel.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State as Shared;
use axum::response::{IntoResponse, Redirect, Response};
use http::Uri;

use super::NETWORK;
use crate::meta::{Choice, Form, refusal_page, sign_in_page};
use crate::world::{Code, State, World};

const ACCENT: &str = "#c13584";
/// A code lives one hour (§2).
const CODE_US: i64 = 3_600 * 1_000_000;
const SCOPES: [&str; 5] = [
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_comments",
    "instagram_business_manage_insights",
    "instagram_business_manage_messages",
];

type Pairs = Vec<(String, String)>;

fn value<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(key, text)| key == name && !text.is_empty())
        .map(|(_, text)| text.as_str())
}

fn pairs_of(encoded: &[u8]) -> Pairs {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

/// App, address to go back to, scopes.
fn check(pairs: &Pairs) -> Result<(String, String, Vec<String>), String> {
    let refuse = |message: &str| message.to_owned();
    let app = value(pairs, "client_id").ok_or_else(|| refuse("Invalid platform app"))?;
    let redirect_uri = value(pairs, "redirect_uri")
        .filter(|uri| url::Url::parse(uri).is_ok())
        .ok_or_else(|| refuse("Invalid redirect_uri"))?;
    if value(pairs, "response_type") != Some("code") {
        return Err(refuse("Invalid response_type"));
    }
    let list = value(pairs, "scope").ok_or_else(|| refuse("Invalid scope: []"))?;
    let scopes: Vec<String> = list
        .split([',', ' '])
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect();
    match scopes.iter().find(|scope| !SCOPES.contains(&scope.as_str())) {
        Some(unknown) => Err(refuse(&format!("Invalid scope: {unknown}"))),
        None => Ok((app.to_owned(), redirect_uri.to_owned(), scopes)),
    }
}

/// Shows the accounts that can sign in.
pub async fn open(Shared(world): Shared<Arc<World>>, uri: Uri) -> Response {
    let pairs = pairs_of(uri.query().unwrap_or_default().as_bytes());
    let (app, _, _) = match check(&pairs) {
        Ok(asking) => asking,
        Err(message) => return refusal_page(400, &message),
    };
    let people = world.with(|state| {
        let choice = |account: &crate::Account| Choice {
            value: account.id.clone(),
            label: account.handle.clone(),
            note: format!("{} · {}", account.name, account.kind.replace('_', " ")),
            avatar_url: account.avatar_url.clone(),
            fixed: false,
        };
        state.accounts_of(NETWORK).map(choice).collect()
    });
    sign_in_page(&Form {
        network: "Instagram",
        accent: ACCENT,
        app,
        question: "Which account is signing in?".to_owned(),
        kept: Vec::new(),
        people,
        accounts: Vec::new(),
        permissions: Vec::new(),
    })
}

/// Takes what was chosen: the account first, then permissions.
pub async fn answer(Shared(world): Shared<Arc<World>>, uri: Uri, body: String) -> Response {
    let pairs = pairs_of(uri.query().unwrap_or_default().as_bytes());
    let chosen = pairs_of(body.as_bytes());
    let (app, redirect_uri, scopes) = match check(&pairs) {
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
        return back(&redirect_uri, &denied, state_text);
    }
    let Some(id) = value(&chosen, "person") else {
        return refusal_page(400, "Choose an account.");
    };
    let account = world.with(|state| state.account(NETWORK, id).cloned());
    let Some(account) = account else {
        return refusal_page(400, "There is no such account.");
    };
    if account.kind == "personal" {
        return refusal_page(
            400,
            "This account is not a professional account. Convert it to a business or creator account first.",
        );
    }
    if value(&chosen, "decision") != Some("continue") {
        let permission = |scope: &String| Choice {
            value: scope.clone(),
            label: scope.trim_start_matches("instagram_business_").replace('_', " "),
            note: scope.clone(),
            avatar_url: String::new(),
            fixed: scope == SCOPES[0],
        };
        return sign_in_page(&Form {
            network: "Instagram",
            accent: ACCENT,
            app,
            question: format!("What may the app do as {}?", account.handle),
            kept: vec![("person".to_owned(), id.to_owned())],
            people: Vec::new(),
            accounts: Vec::new(),
            permissions: scopes.iter().map(permission).collect(),
        });
    }
    let ticked: BTreeSet<String> = chosen
        .iter()
        .filter(|(key, _)| key == "permission")
        .map(|(_, text)| text.clone())
        .collect();
    let now_us = world.clock.now_us();
    let code = world.with(|state| {
        let code = give_code(state, &account, app, redirect_uri.clone(), &scopes, &ticked, now_us);
        state.codes.insert(code.value.clone(), code.clone());
        code.value
    });
    back(&redirect_uri, &[("code", &code)], state_text)
}

fn give_code(
    state: &mut State,
    account: &crate::Account,
    app: String,
    redirect_uri: String,
    scopes: &[String],
    ticked: &BTreeSet<String>,
    now_us: i64,
) -> Code {
    // A form without any tick box (a script that just goes on) means everything.
    let (granted, declined) = scopes
        .iter()
        .cloned()
        .partition(|scope| ticked.is_empty() || ticked.contains(scope));
    Code {
        value: format!("AQ{}", state.secret(60)),
        network: NETWORK,
        app,
        redirect_uri,
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
    // Instagram appends this fragment on success (§2).
    address.set_fragment(answer.iter().any(|(name, _)| *name == "code").then_some("_"));
    Redirect::to(address.as_str()).into_response()
}
