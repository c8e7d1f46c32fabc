//! `www.facebook.com/dialog/oauth`: sign in, choose Pages, refuse single permissions, or cancel.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State as Shared;
use axum::response::{IntoResponse, Redirect, Response};
use http::Uri;

use super::NETWORK;
use crate::meta::{Choice, Form, refusal_page, sign_in_page};
use crate::world::{Code, State, World};

const ACCENT: &str = "#0866ff";
/// How long a code can be exchanged.
const CODE_US: i64 = 600 * 1_000_000;
/// Permissions that an app gets when it names a configuration instead of scopes.
const CONFIGURED: &str = "pages_show_list,pages_read_engagement,pages_manage_posts,pages_manage_engagement,read_insights,business_management,\
instagram_basic,instagram_content_publish,instagram_manage_comments";

/// What the app asks for.
struct Asking {
    app: String,
    redirect_uri: String,
    state: Option<String>,
    scopes: Vec<String>,
    pairs: Vec<(String, String)>,
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(key, text)| key == name && !text.is_empty())
        .map(|(_, text)| text.as_str())
}

fn values(pairs: &[(String, String)], name: &str) -> BTreeSet<String> {
    pairs.iter().filter(|(key, _)| key == name).map(|(_, text)| text.clone()).collect()
}

fn pairs_of(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

fn asking(pairs: Vec<(String, String)>) -> Result<Asking, String> {
    let refuse = |message: &str| Err(message.to_owned());
    let Some(app) = value(&pairs, "client_id").map(str::to_owned) else {
        return refuse("The parameter app_id is required.");
    };
    if !app.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
        return refuse("Invalid App ID: The provided app ID does not look like a valid app ID.");
    }
    let Some(redirect_uri) = value(&pairs, "redirect_uri").map(str::to_owned) else {
        return refuse("The parameter redirect_uri is required.");
    };
    if url::Url::parse(&redirect_uri).is_err() {
        return refuse("The redirect_uri URL must be absolute.");
    }
    if value(&pairs, "response_type").is_some_and(|kind| kind != "code") {
        return refuse("Only response_type=code is supported.");
    }
    let list = match (value(&pairs, "scope"), value(&pairs, "config_id")) {
        (Some(scope), _) => scope.to_owned(),
        (None, Some(_)) => CONFIGURED.to_owned(),
        (None, None) => String::new(),
    };
    let mut scopes: Vec<String> = list
        .split([',', ' '])
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect();
    if let Some(unknown) = scopes.iter().find(|scope| !is_known_scope(scope)) {
        return refuse(&format!("Invalid Scopes: {unknown}."));
    }
    scopes.push("public_profile".to_owned());
    Ok(Asking {
        app,
        redirect_uri,
        state: value(&pairs, "state").map(str::to_owned),
        scopes,
        pairs,
    })
}

fn is_known_scope(scope: &str) -> bool {
    ["pages_", "instagram_"].iter().any(|start| scope.starts_with(start))
        || matches!(
            scope,
            "public_profile" | "email" | "business_management" | "read_insights" | "publish_video" | "ads_management" | "ads_read"
        )
}

fn choice(value: &str, label: &str, note: &str, avatar_url: &str, fixed: bool) -> Choice {
    Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        note: note.to_owned(),
        avatar_url: avatar_url.to_owned(),
        fixed,
    }
}

/// Shows who can sign in.
pub async fn open(Shared(world): Shared<Arc<World>>, uri: Uri) -> Response {
    let asking = match asking(pairs_of(uri.query().unwrap_or_default().as_bytes())) {
        Ok(asking) => asking,
        Err(message) => return refusal_page(400, &message),
    };
    sign_in_page(&Form {
        network: "facebook",
        accent: ACCENT,
        app: asking.app,
        question: "Who is signing in?".to_owned(),
        kept: Vec::new(),
        people: world.people_choices(),
        accounts: Vec::new(),
        permissions: Vec::new(),
    })
}

/// Takes what was chosen: the person first, then Pages and permissions.
pub async fn answer(Shared(world): Shared<Arc<World>>, uri: Uri, body: String) -> Response {
    let chosen = pairs_of(body.as_bytes());
    let mut pairs = pairs_of(uri.query().unwrap_or_default().as_bytes());
    pairs.extend(chosen.iter().cloned());
    let asking = match asking(pairs) {
        Ok(asking) => asking,
        Err(message) => return refusal_page(400, &message),
    };
    if value(&chosen, "decision") == Some("cancel") {
        return back(
            &asking,
            &[
                ("error", "access_denied"),
                ("error_code", "200"),
                ("error_description", "Permissions error"),
                ("error_reason", "user_denied"),
            ],
        );
    }
    let Some(person) = value(&asking.pairs, "person").map(str::to_owned) else {
        return refusal_page(400, "Choose who signs in.");
    };
    if value(&chosen, "decision") != Some("continue") {
        return ask_person(&world, &asking, &person);
    }
    let now_us = world.clock.now_us();
    let code = world.with(|state| {
        state.people.contains_key(&person).then(|| {
            let code = give_code(state, &asking, &person, &chosen, now_us);
            state.codes.insert(code.value.clone(), code.clone());
            code.value
        })
    });
    match code {
        Some(code) => back(&asking, &[("code", &code)]),
        None => refusal_page(400, "There is no such person."),
    }
}

fn ask_person(world: &World, asking: &Asking, person: &str) -> Response {
    let pages: Vec<Choice> = world.with(|state| {
        let mine = state.accounts_of(NETWORK).filter(|page| page.roles.contains_key(person));
        mine.map(|page| {
            choice(
                &page.id,
                &page.name,
                page.details["category"].as_str().unwrap_or_default(),
                &page.avatar_url,
                false,
            )
        })
        .collect()
    });
    let permissions = asking
        .scopes
        .iter()
        .map(|scope| choice(scope, &scope.replace('_', " "), scope, "", scope == "public_profile"));
    sign_in_page(&Form {
        network: "facebook",
        accent: ACCENT,
        app: asking.app.clone(),
        question: "What may the app use?".to_owned(),
        kept: vec![("person".to_owned(), person.to_owned())],
        people: Vec::new(),
        accounts: pages,
        permissions: permissions.collect(),
    })
}

fn give_code(state: &mut State, asking: &Asking, person: &str, chosen: &[(String, String)], now_us: i64) -> Code {
    let ticked = values(chosen, "permission");
    let asked: BTreeSet<String> = asking.scopes.iter().cloned().collect();
    // A form without any tick box (a script that just goes on) means everything.
    let all = ticked.is_empty();
    let granted: BTreeSet<String> = asked.iter().filter(|scope| all || ticked.contains(*scope)).cloned().collect();
    Code {
        value: format!("AQ{}", state.secret(60)),
        network: NETWORK,
        app: asking.app.clone(),
        redirect_uri: asking.redirect_uri.clone(),
        person: person.to_owned(),
        declined: asked.difference(&granted).cloned().collect(),
        scopes: granted,
        targets: values(chosen, "account"),
        expires_us: now_us + CODE_US,
        used: false,
    }
}

fn back(asking: &Asking, answer: &[(&str, &str)]) -> Response {
    let Ok(mut address) = url::Url::parse(&asking.redirect_uri) else {
        return refusal_page(400, "The redirect_uri URL must be absolute.");
    };
    address.query_pairs_mut().extend_pairs(answer);
    if let Some(state) = &asking.state {
        address.query_pairs_mut().append_pair("state", state);
    }
    // Facebook appends this fragment on success (fact sheet §2).
    address.set_fragment(answer.iter().any(|(name, _)| *name == "code").then_some("_=_"));
    Redirect::to(address.as_str()).into_response()
}
