//! Who the member is, and which Pages the member has a role on.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State as Shared};
use axum::{Json, Router, routing};
use http::HeaderMap;
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::rest::{enter, param, params, scope, token};
use super::seed::{account_of, person_urn};
use super::{API, NETWORK};
use crate::world::{Account, State, Token, World};

const ADMIN: &[&str] = &["rw_organization_admin", "r_organization_admin"];

/// The routes of people and Pages.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&format!("/{API}/v2/userinfo"), routing::get(userinfo))
        .route(&format!("/{API}/v2/me"), routing::get(me))
        .route(&format!("/{API}/v2/organizations/{{id}}"), routing::get(organization_with_logo))
        .route(&format!("/{API}/rest/organizationAcls"), routing::get(acls))
        .route(&format!("/{API}/rest/organizations"), routing::get(organizations))
        .route(&format!("/{API}/rest/organizations/{{id}}"), routing::get(organization))
}

/// The member's URN for the token's app, and the member's profile.
pub fn member(state: &State, token: &Token) -> Answer<(String, Account)> {
    let urn = person_urn(&token.app, &token.person);
    let account = urn.as_ref().and_then(|urn| state.account(NETWORK, &account_of(urn))).cloned();
    urn.zip(account)
        .ok_or_else(|| Refusal::coded(401, Some(65600), "INVALID_ACCESS_TOKEN", "Invalid access token"))
}

fn names(full: &str) -> (&str, &str) {
    full.split_once(' ').unwrap_or((full, ""))
}

async fn userinfo(Shared(world): Shared<Arc<World>>, headers: HeaderMap) -> Answer<Json<Value>> {
    let now_us = world.clock.now_us();
    world.with(|state| {
        let token = token(state, &headers, now_us)?;
        scope(&token, &["openid"], "userinfo.GET.NO_VERSION")?;
        let (urn, account) = member(state, &token)?;
        let (given, family) = names(&account.name);
        let mut info = json!({"sub": urn.rsplit(':').next()});
        if token.scopes.contains("profile") {
            info["name"] = account.name.as_str().into();
            info["given_name"] = given.into();
            info["family_name"] = family.into();
            info["picture"] = account.avatar_url.as_str().into();
            info["locale"] = json!({"country": "DE", "language": "de"});
        }
        if token.scopes.contains("email") {
            let email = state.people.get(&token.person).map(|person| person.email.clone());
            info["email"] = email.into();
            info["email_verified"] = true.into();
        }
        Ok(Json(info))
    })
}

async fn me(Shared(world): Shared<Arc<World>>, headers: HeaderMap) -> Answer<Json<Value>> {
    let now_us = world.clock.now_us();
    world.with(|state| {
        let token = token(state, &headers, now_us)?;
        scope(&token, &["r_basicprofile", "r_liteprofile"], "me.GET.NO_VERSION")?;
        let (urn, account) = member(state, &token)?;
        let (given, family) = names(&account.name);
        Ok(Json(json!({
            "id": urn.rsplit(':').next(),
            "localizedFirstName": given,
            "localizedLastName": family,
            "vanityName": account.handle,
            "profilePicture": {"displayImage": "urn:li:digitalmediaAsset:C4D03AQsandbox"},
        })))
    })
}

/// Whether a role lets its holder speak for the Page.
pub fn publishes(role: &str) -> bool {
    matches!(role, "ADMINISTRATOR" | "CONTENT_ADMINISTRATOR" | "CONTENT_ADMIN")
}

fn roles_of(account: &Account, person: &str) -> Vec<(String, &'static str)> {
    let held = account
        .roles
        .get(person)
        .into_iter()
        .flatten()
        .map(|role| (role.clone(), "APPROVED"));
    let waits = account.details["requested"]
        .as_array()
        .is_some_and(|people| people.iter().any(|known| known == person));
    held.chain(waits.then(|| ("ADMINISTRATOR".to_owned(), "REQUESTED"))).collect()
}

async fn acls(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer<Json<Value>> {
    let params = params(query.as_deref());
    let now_us = world.clock.now_us();
    world.with(|state| {
        let token = enter(state, &headers, now_us)?;
        scope(&token, ADMIN, "organizationAcls.FINDER-roleAssignee")?;
        if param(&params, "q") != Some("roleAssignee") {
            return Err(Refusal::coded(400, None, "ILLEGAL_ARGUMENT", "No such finder"));
        }
        let (urn, _) = member(state, &token)?;
        let number = |name: &str, default: usize| param(&params, name).and_then(|text| text.parse().ok()).unwrap_or(default);
        let (start, count) = (number("start", 0), number("count", 10).min(100));
        let mut elements = Vec::new();
        for account in state.accounts_of(NETWORK).filter(|account| account.kind == "organization") {
            for (role, approval) in roles_of(account, &token.person) {
                let wanted = |name: &str, value: &str| param(&params, name).is_none_or(|text| text == value);
                if !wanted("state", approval) || !wanted("role", &role) {
                    continue;
                }
                let field = if account.details["older_field"] == true {
                    "organizationTarget"
                } else {
                    "organization"
                };
                elements.push(json!({"role": role, "state": approval, field: account.id, "roleAssignee": urn}));
            }
        }
        let total = elements.len();
        let page: Vec<_> = elements.into_iter().skip(start).take(count).collect();
        Ok(Json(
            json!({"paging": {"start": start, "count": count, "total": total, "links": []}, "elements": page}),
        ))
    })
}

fn organization_json(account: &Account) -> Value {
    let id = account.id.rsplit(':').next().and_then(|id| id.parse::<u64>().ok());
    json!({
        "id": id,
        "localizedName": account.name,
        "vanityName": account.handle,
        "logoV2": {"original": format!("urn:li:digitalmediaAsset:C4D0B{}", id.unwrap_or_default())},
    })
}

fn organization_of(state: &State, id: &str) -> Answer<Account> {
    let known = state.account(NETWORK, &format!("urn:li:organization:{id}"));
    known
        .cloned()
        .ok_or_else(|| Refusal::not_found(&format!("urn:li:organization:{id}")))
}

async fn organization(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, headers: HeaderMap) -> Answer<Json<Value>> {
    let now_us = world.clock.now_us();
    world.with(|state| {
        let token = enter(state, &headers, now_us)?;
        scope(&token, ADMIN, "organizations.GET")?;
        Ok(Json(organization_json(&organization_of(state, &id)?)))
    })
}

async fn organizations(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer<Json<Value>> {
    let params = params(query.as_deref());
    let now_us = world.clock.now_us();
    world.with(|state| {
        let token = enter(state, &headers, now_us)?;
        scope(&token, ADMIN, "organizations.BATCH_GET")?;
        let list = param(&params, "ids").and_then(|ids| ids.strip_prefix("List(")?.strip_suffix(')'));
        let list = list.ok_or_else(|| Refusal::coded(400, None, "ILLEGAL_ARGUMENT", "Invalid syntax of parameter ids"))?;
        let (mut results, mut errors) = (serde_json::Map::new(), serde_json::Map::new());
        for id in list.split(',').filter(|id| !id.is_empty()) {
            match organization_of(state, id) {
                Ok(account) => results.insert(id.to_owned(), organization_json(&account)),
                Err(_) => errors.insert(id.to_owned(), json!({"status": 404})),
            };
        }
        Ok(Json(json!({"results": results, "statuses": {}, "errors": errors})))
    })
}

/// The unversioned resource, which alone can tell the address of the logo.
async fn organization_with_logo(
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let params = params(query.as_deref());
    let now_us = world.clock.now_us();
    world.with(|state| {
        let token = token(state, &headers, now_us)?;
        scope(&token, ADMIN, "organizations.GET.NO_VERSION")?;
        let account = organization_of(state, &id)?;
        let mut whole = organization_json(&account);
        if param(&params, "projection").is_some_and(|projection| projection.contains("original~")) {
            let identifier = json!({"identifier": account.avatar_url, "mediaType": "image/png"});
            whole["logoV2"]["original~"] = json!({"elements": [{"identifiers": [identifier]}]});
        }
        Ok(Json(whole))
    })
}
