//! Facebook Login: the dialog, the long-lived token, what was granted, and the Pages behind it.

use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Answer, App, AuthorizeAsk, ExchangeAsk, Fault, Flow, GrantView, Granted, Method, Permission, Request, Secrets, Val,
};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

use super::wire::{Business, GivenPermission, List, Me, Page, Token};
use super::{address, error};

/// The host of all but the dialog and uploads.
pub const GRAPH: &str = "graph.facebook.com";
/// How long a long-lived token lasts where the answer does not say (fact sheet facebook.md section 2).
const LONG_S: i64 = 60 * 86_400;
/// Meta shows a person's data to an app for so long after the last sign-in.
const DATA_ACCESS_MS: i64 = 90 * 86_400_000;
const PAGE_FIELDS: &str = "id,name,username,category,tasks,access_token,picture.type(large){url},instagram_business_account{id,username,name,profile_picture_url}";

/// The address of the dialog. A configuration of Facebook Login for Business takes the place of the permissions.
pub fn authorize(network: &str, app: &App, ask: &AuthorizeAsk<'_>, permissions: &[Permission]) -> Result<String, Fault> {
    let mut url = Url::parse(&address(app, "www.facebook.com", "dialog/oauth")).map_err(|_| {
        Fault::stop(
            FailureKind::Internal,
            format!("{network}.api_version"),
            "The version of Meta's API is not well formed.",
            "Ask the administrator to write it as v25.0.",
        )
    })?;
    let mut pairs = url.query_pairs_mut();
    pairs
        .append_pair("client_id", &app.client_id)
        .append_pair("redirect_uri", ask.redirect_uri)
        .append_pair("state", ask.state)
        .append_pair("response_type", "code");
    match app.settings.get("config_id") {
        Some(config) => pairs.append_pair("config_id", config),
        None => pairs.append_pair("scope", &scopes(permissions)),
    };
    if ask.again {
        pairs.append_pair("auth_type", "rerequest");
    }
    drop(pairs);
    Ok(url.into())
}

/// The permissions as a list with commas.
pub fn scopes(permissions: &[Permission]) -> String {
    permissions.iter().map(|permission| permission.scope).collect::<Vec<_>>().join(",")
}

/// Code for a short token, that for a long one, then who it is and what was granted.
pub fn exchange(network: &str, app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
    flow(exchanged(network, app, ask, answers))
}

fn exchanged(network: &str, app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Result<Flow<Granted>, Fault> {
    let mut answers = answers.iter();
    let Some(answer) = answers.next() else {
        return Ok(Flow::Call(
            token_call(app, "exchange the code")
                .query("redirect_uri", ask.redirect_uri)
                .query("code", ask.code),
        ));
    };
    let short: Token = read(network, answer, "exchange the code")?;
    let Some(answer) = answers.next() else {
        return Ok(Flow::Call(
            token_call(app, "lengthen the access")
                .query("grant_type", "fb_exchange_token")
                .query("fb_exchange_token", short.access_token),
        ));
    };
    let long: Token = read(network, answer, "lengthen the access")?;
    let bearer = format!("Bearer {}", long.access_token);
    let Some(answer) = answers.next() else {
        return Ok(Flow::Call(
            Request::get("read who signed in", address(app, GRAPH, "me"))
                .query("fields", "id,name")
                .header("Authorization", bearer),
        ));
    };
    let me: Me = read(network, answer, "read who signed in")?;
    let Some(answer) = answers.next() else {
        return Ok(Flow::Call(
            Request::get("read what was granted", address(app, GRAPH, "me/permissions")).header("Authorization", bearer),
        ));
    };
    let scopes = given(read(network, answer, "read what was granted")?);
    Ok(Flow::Done(granted(
        long,
        scopes,
        ask.now_ms,
        me.id,
        me.name,
        ask.now_ms + DATA_ACCESS_MS,
    )))
}

/// A long token for a longer one, while it still lives. Page tokens made from it live on.
pub fn refresh(network: &str, app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
    let Some(answer) = answers.first() else {
        return Flow::Call(
            token_call(app, "renew the access")
                .query("grant_type", "fb_exchange_token")
                .query("fb_exchange_token", Val::Secret("access".to_owned())),
        );
    };
    match read::<Token>(network, answer, "renew the access") {
        Ok(token) => {
            let name = grant.meta["name"].as_str().unwrap_or_default().to_owned();
            let data_access_ends = grant.meta["data_access_ends_at_ms"]
                .as_i64()
                .unwrap_or(grant.now_ms + DATA_ACCESS_MS);
            Flow::Done(granted(
                token,
                grant.scopes.clone(),
                grant.now_ms,
                grant.subject.clone(),
                name,
                data_access_ends,
            ))
        }
        Err(fault) => Flow::Fail(fault),
    }
}

/// Takes the app's whole access back.
pub fn revoke(app: &App, grant: &GrantView) -> Request {
    Request::new(
        "take the access back",
        Method::Delete,
        address(app, GRAPH, &format!("{}/permissions", grant.subject)),
    )
    .bearer("access")
}

/// Reads what is granted now.
pub fn permissions_call(app: &App) -> Request {
    Request::get("read what is granted", address(app, GRAPH, "me/permissions")).bearer("access")
}

/// The permissions that are given, of those asked.
pub fn given(list: List<GivenPermission>) -> Vec<String> {
    list.data
        .into_iter()
        .filter(|entry| entry.status == "granted")
        .map(|entry| entry.permission)
        .collect()
}

/// Every Page of the person: by its role, and through the businesses that hold it.
pub fn pages(network: &str, app: &App, grant: &GrantView, answers: &[Answer]) -> Result<Flow<Vec<Page>>, Fault> {
    let mut answers = answers.iter();
    let mut pages: Vec<Page> = Vec::new();
    if let Some(call) = read_pages(network, app, "me/accounts", &mut answers, &mut pages)? {
        return Ok(Flow::Call(call));
    }
    if !grant.scopes.iter().any(|scope| scope == "business_management") {
        return Ok(Flow::Done(pages));
    }
    let Some(answer) = answers.next() else {
        return Ok(Flow::Call(
            Request::get("list the businesses", address(app, GRAPH, "me/businesses"))
                .query("fields", "id")
                .query("limit", "100")
                .bearer("access"),
        ));
    };
    // A person without any business is refused by some versions; the Pages found so far stand.
    let businesses: Vec<Business> = if answer.ok() {
        read::<List<Business>>(network, answer, "list the businesses")?.data
    } else {
        Vec::new()
    };
    for business in &businesses {
        for edge in ["owned_pages", "client_pages"] {
            if let Some(call) = read_pages(network, app, &format!("{}/{edge}", business.id), &mut answers, &mut pages)? {
                return Ok(Flow::Call(call));
            }
        }
    }
    Ok(Flow::Done(pages))
}

/// One list of Pages to its end; the call that is still to be made, if one is.
fn read_pages<'a>(
    network: &str,
    app: &App,
    path: &str,
    answers: &mut impl Iterator<Item = &'a Answer>,
    pages: &mut Vec<Page>,
) -> Result<Option<Request>, Fault> {
    let mut after: Option<String> = None;
    loop {
        let Some(answer) = answers.next() else {
            let mut call = Request::get("list the Pages", address(app, GRAPH, path))
                .query("fields", PAGE_FIELDS)
                .query("limit", "100")
                .bearer("access");
            if let Some(after) = after {
                call = call.query("after", after);
            }
            return Ok(Some(call));
        };
        let list: List<Page> = read(network, answer, "list the Pages")?;
        after = list.after().map(str::to_owned);
        for page in list.data {
            if !pages.iter().any(|known| known.id == page.id) {
                pages.push(page);
            }
        }
        if after.is_none() {
            return Ok(None);
        }
    }
}

/// The same as the engine takes it: a fault that was raised with `?` ends the flow.
pub fn flow<T>(step: Result<Flow<T>, Fault>) -> Flow<T> {
    step.unwrap_or_else(Flow::Fail)
}

/// Reads an answer of a sign-in or a list.
pub fn read<T: DeserializeOwned>(network: &str, answer: &Answer, what: &str) -> Result<T, Fault> {
    if !answer.ok() {
        return Err(error::fault(network, &[], answer));
    }
    serde_json::from_slice(&answer.body).map_err(|_| crate::refusal::unreadable(network, what))
}

fn token_call(app: &App, label: &str) -> Request {
    Request::get(label, address(app, GRAPH, "oauth/access_token"))
        .query("client_id", app.client_id.as_str())
        .query("client_secret", Val::Secret("client_secret".to_owned()))
}

fn granted(token: Token, scopes: Vec<String>, now_ms: i64, subject: String, name: String, data_access_ends_at_ms: i64) -> Granted {
    let lasts_s = token.expires_in.filter(|seconds| *seconds > 0).unwrap_or(LONG_S);
    Granted {
        secrets: Secrets::from([("access".to_owned(), SecretString::from(token.access_token))]),
        scopes,
        expires_at_ms: Some(now_ms.saturating_add(lasts_s.saturating_mul(1_000))),
        refresh_expires_at_ms: None,
        subject,
        meta: json!({"renews": true, "name": name, "data_access_ends_at_ms": data_access_ends_at_ms}),
        subject_name: name,
    }
}
