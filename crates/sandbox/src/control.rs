//! `/_sandbox/…`: the truth of the world, and the levers on it. Used by tests, by the load test and by the page.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, Query, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use http::StatusCode;
use postrider_core::network::Network;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::registry;
use crate::settings::{Change, Settings};
use crate::world::{Account, Quota, State, Token, World};

type App = Shared<Arc<World>>;

/// The routes of the control API.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/_sandbox/clock", get(clock).post(advance))
        .route("/_sandbox/log", get(log).delete(clear_log))
        .route("/_sandbox/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/_sandbox/faults/{id}", delete(lift_fault))
        .route("/_sandbox/settings", get(settings).post(change_settings))
        .route("/_sandbox/reset", post(reset))
        .route("/_sandbox/world", get(world_json))
        .route("/_sandbox/accounts", get(accounts).post(make_accounts))
        .route("/_sandbox/accounts/{network}/{id}", post(change_account))
        .route("/_sandbox/tokens", get(tokens).post(issue_token))
        .route("/_sandbox/tokens/revoke", post(revoke_tokens))
        .route("/_sandbox/tokens/expire", post(expire_tokens))
        .route("/_sandbox/quota", post(set_quota))
        .route("/_sandbox/media/{sha256}", get(media))
        .route("/_sandbox/operations", get(operations))
}

fn clock_json(world: &World) -> Json<Value> {
    Json(json!({"now_us": world.clock.now_us(), "true_us": world.clock.true_us()}))
}

async fn clock(Shared(world): App) -> Json<Value> {
    clock_json(&world)
}

#[derive(Deserialize)]
struct Advance {
    advance_ms: i64,
}

async fn advance(Shared(world): App, Json(advance): Json<Advance>) -> Json<Value> {
    world.clock.advance_ms(advance.advance_ms);
    clock_json(&world)
}

#[derive(Deserialize)]
struct LogFilter {
    #[serde(default)]
    since: i64,
    #[serde(default)]
    commits: bool,
}

async fn log(Shared(world): App, Query(filter): Query<LogFilter>) -> Json<Value> {
    Json(json!({"entries": world.log.since(filter.since, filter.commits)}))
}

async fn clear_log(Shared(world): App) -> StatusCode {
    world.log.clear();
    StatusCode::NO_CONTENT
}

async fn faults(Shared(world): App) -> Json<Value> {
    Json(json!({"faults": world.faults.list()}))
}

async fn add_fault(Shared(world): App, Json(fault): Json<Fault>) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(json!({"id": world.faults.add(fault)})))
}

async fn clear_faults(Shared(world): App) -> StatusCode {
    world.faults.clear();
    StatusCode::NO_CONTENT
}

async fn lift_fault(Shared(world): App, Path(id): Path<u64>) -> StatusCode {
    if world.faults.remove(id) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    }
}

async fn settings(Shared(world): App) -> Json<Settings> {
    Json(world.settings())
}

async fn change_settings(Shared(world): App, Json(change): Json<Change>) -> Json<Settings> {
    world.change_settings(|settings| settings.apply(change));
    Json(world.settings())
}

async fn reset(Shared(world): App) -> StatusCode {
    world.reset();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct WorldFilter {
    network: Option<Network>,
    account: Option<String>,
}

fn account_json(state: &State, account: &Account) -> Value {
    let posts: Vec<_> = state.posts_of(account.network, &account.id).collect();
    let mut whole = serde_json::to_value(account).unwrap_or_default();
    whole["posts"] = serde_json::to_value(posts).unwrap_or_default();
    whole
}

/// Whether an id is the account's, or one under which another app knows it (`details.also`).
fn is_named(account: &Account, id: &str) -> bool {
    account.id == id
        || account.details["also"]
            .as_array()
            .is_some_and(|also| also.iter().any(|other| other == id))
}

async fn world_json(Shared(world): App, Query(filter): Query<WorldFilter>) -> Json<Value> {
    let accounts = world.with(|state| {
        let wanted = |account: &&Account| {
            filter.network.is_none_or(|network| account.network == network)
                && filter.account.as_ref().is_none_or(|id| is_named(account, id))
        };
        state
            .accounts()
            .filter(wanted)
            .map(|account| account_json(state, account))
            .collect::<Vec<_>>()
    });
    Json(json!({"now_us": world.clock.now_us(), "accounts": accounts}))
}

async fn accounts(Shared(world): App) -> Json<Value> {
    Json(world.with(|state| {
        let people: Vec<_> = state.people.values().collect();
        let accounts: Vec<_> = state.accounts().collect();
        json!({"people": people, "accounts": accounts})
    }))
}

#[derive(Deserialize)]
struct NewAccounts {
    network: Network,
    person: String,
    #[serde(default = "one")]
    count: usize,
}

fn one() -> usize {
    1
}

async fn make_accounts(Shared(world): App, Json(wanted): Json<NewAccounts>) -> Response {
    let Some(module) = registry::of_network(wanted.network) else {
        return refuse(StatusCode::NOT_FOUND, "the sandbox does not speak this network");
    };
    let made = world.with(|state| {
        if !state.people.contains_key(&wanted.person) {
            return None;
        }
        let made = (0..wanted.count).map(|_| {
            let account = (module.make_account)(state, &wanted.person);
            state.put_account(account.clone());
            account
        });
        Some(made.collect::<Vec<_>>())
    });
    match made {
        Some(accounts) => (StatusCode::CREATED, Json(json!({"accounts": accounts}))).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "there is no such person"),
    }
}

fn refuse(status: StatusCode, reason: &str) -> Response {
    (status, Json(json!({"error": reason}))).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountChange {
    suspended: Option<bool>,
    /// A person's key and what the person may do there; an empty list takes the access away.
    roles: Option<std::collections::BTreeMap<String, BTreeSet<String>>>,
}

async fn change_account(Shared(world): App, Path((network, id)): Path<(Network, String)>, Json(change): Json<AccountChange>) -> Response {
    let changed = world.with(|state| {
        let account = state.account_mut(network, &id)?;
        account.suspended = change.suspended.unwrap_or(account.suspended);
        for (person, tasks) in change.roles.unwrap_or_default() {
            if tasks.is_empty() {
                account.roles.remove(&person);
            } else {
                account.roles.insert(person, tasks);
            }
        }
        Some(account.clone())
    });
    match changed {
        Some(account) => Json(account).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "there is no such account"),
    }
}

/// Which tokens are meant; what is absent matches all.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct TokenFilter {
    network: Option<Network>,
    token: Option<String>,
    account: Option<String>,
    person: Option<String>,
    kind: Option<String>,
    /// Why they die: a name of the network's own token errors.
    reason: Option<String>,
}

impl TokenFilter {
    fn fits(&self, token: &Token) -> bool {
        self.network.is_none_or(|network| token.network == network)
            && self.token.as_ref().is_none_or(|value| token.value == *value)
            && self.account.as_ref().is_none_or(|account| token.account.as_ref() == Some(account))
            && self.person.as_ref().is_none_or(|person| token.person == *person)
            && self.kind.as_ref().is_none_or(|kind| token.kind == *kind)
    }
}

fn change_tokens(world: &World, filter: &TokenFilter, work: impl Fn(&mut Token)) -> Json<Value> {
    let changed = world.with(|state| state.tokens_mut().filter(|token| filter.fits(token)).map(work).count());
    Json(json!({"changed": changed}))
}

async fn revoke_tokens(Shared(world): App, Json(filter): Json<TokenFilter>) -> Json<Value> {
    let reason = filter.reason.clone().unwrap_or_else(|| "revoked".to_owned());
    change_tokens(&world, &filter, |token| token.revoked = Some(reason.clone()))
}

async fn expire_tokens(Shared(world): App, Json(filter): Json<TokenFilter>) -> Json<Value> {
    let now_us = world.clock.now_us();
    change_tokens(&world, &filter, |token| token.expires_us = Some(now_us))
}

async fn tokens(Shared(world): App) -> Json<Value> {
    Json(world.with(|state| json!({"tokens": state.tokens().collect::<Vec<_>>()})))
}

/// A token given without the browser's way round, for tests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewToken {
    network: Network,
    kind: String,
    person: String,
    account: Option<String>,
    #[serde(default = "test_app")]
    app: String,
    scopes: BTreeSet<String>,
    expires_in_s: Option<i64>,
    #[serde(default)]
    details: Value,
}

fn test_app() -> String {
    "sandbox-app".to_owned()
}

async fn issue_token(Shared(world): App, Json(wanted): Json<NewToken>) -> (StatusCode, Json<Token>) {
    let now_us = world.clock.now_us();
    let token = world.with(|state| {
        let token = Token {
            value: format!("SBX{}", state.secret(40)),
            network: wanted.network,
            kind: wanted.kind,
            person: wanted.person,
            account: wanted.account,
            app: wanted.app,
            scopes: wanted.scopes,
            targets: BTreeSet::new(),
            issued_us: now_us,
            expires_us: wanted
                .expires_in_s
                .map(|seconds| now_us.saturating_add(seconds.saturating_mul(1_000_000))),
            revoked: None,
            details: wanted.details,
        };
        state.put_token(token.clone());
        token
    });
    (StatusCode::CREATED, Json(token))
}

#[derive(Deserialize)]
struct QuotaChange {
    network: Network,
    account: String,
    #[serde(flatten)]
    quota: Quota,
}

async fn set_quota(Shared(world): App, Json(change): Json<QuotaChange>) -> StatusCode {
    world.with(|state| state.quotas.insert((change.network, change.account), change.quota));
    StatusCode::NO_CONTENT
}

async fn media(Shared(world): App, Path(sha256): Path<String>) -> Response {
    match world.media.get(&sha256) {
        Some((mime, bytes)) => ([(http::header::CONTENT_TYPE, mime)], bytes).into_response(),
        None => refuse(StatusCode::NOT_FOUND, "these bytes are not kept"),
    }
}

async fn operations() -> Json<Value> {
    let of_module = |module: &registry::Module| {
        let operations: Vec<_> = module
            .operations
            .iter()
            .map(|operation| json!({"name": operation.name, "commit": operation.commit}))
            .collect();
        (
            module.network.key().to_owned(),
            json!({"operations": operations, "errors": module.errors}),
        )
    };
    Json(registry::MODULES.iter().map(of_module).collect::<serde_json::Map<_, _>>().into())
}
