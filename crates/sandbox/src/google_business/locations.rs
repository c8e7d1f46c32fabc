//! Accounts, their locations, and why a location has no say. Fields of locations are told only if they are asked for.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State as Shared};
use axum::{Json, Router, routing};
use http::HeaderMap;
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::limits::{ACCOUNTS_PAGE, LOCATIONS_PAGE};
use super::rest::{enter, location, page, page_size};
use super::seed::{HOLDERS, Holder};
use super::{ACCOUNTS, INFORMATION, NETWORK, VERIFICATIONS};
use crate::google::params;
use crate::world::{Account, World};

/// What can be asked for of a location.
const FIELDS: &[&str] = &[
    "name",
    "title",
    "storeCode",
    "languageCode",
    "storefrontAddress",
    "serviceArea",
    "openInfo",
    "metadata",
    "websiteUri",
    "phoneNumbers",
    "categories",
    "latlng",
];

/// The routes of accounts and locations.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(&format!("/{ACCOUNTS}/v1/accounts"), routing::get(accounts))
        .route(&format!("/{INFORMATION}/v1/accounts/{{account}}/locations"), routing::get(list))
        .route(&format!("/{INFORMATION}/v1/locations/{{location}}"), routing::get(read))
        .route(
            &format!("/{VERIFICATIONS}/v1/locations/{{location}}/VoiceOfMerchantState"),
            routing::get(voice),
        )
}

/// The account of a number, if the person may use it.
///
/// # Errors
/// 403 if there is none or it is another's.
pub fn holder(id: &str, person: &str) -> Answer<&'static Holder> {
    let found = HOLDERS.iter().find(|holder| holder.id == id);
    let usable = found.filter(|holder| holder.people.iter().any(|(key, _)| *key == person));
    usable.ok_or_else(Refusal::forbidden)
}

/// Whether an account holds a location.
pub fn holds(holder: &Holder, location: &Account) -> bool {
    let mut holders = location.details["holders"].as_array().into_iter().flatten();
    holders.any(|id| id == holder.id)
}

async fn accounts(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer<Json<Value>> {
    let query = params(query.as_deref());
    world.with(|state| {
        let token = enter(&world, state, &headers, ACCOUNTS)?;
        let size = page_size(&query, (ACCOUNTS_PAGE, ACCOUNTS_PAGE))?;
        let role = |holder: &Holder| holder.people.iter().find(|(key, _)| *key == token.person).map(|(_, role)| *role);
        let all = HOLDERS
            .iter()
            .filter_map(|holder| {
                let role = role(holder)?;
                Some(json!({
                    "name": format!("accounts/{}", holder.id), "accountName": holder.name, "type": holder.kind, "role": role,
                    "verificationState": "UNVERIFIED", "vettedState": "NOT_VETTED",
                }))
            })
            .collect();
        let (accounts, next) = page(&query, size, all)?;
        Ok(Json(without_empty(json!({"accounts": accounts, "nextPageToken": next}))))
    })
}

/// The fields that are asked for.
fn mask(query: &std::collections::BTreeMap<String, String>) -> Answer<Vec<String>> {
    let mask = query.get("readMask").filter(|mask| !mask.is_empty());
    let mask = mask.ok_or_else(|| Refusal::invalid("Request contains an invalid argument: read_mask is required."))?;
    let fields: Vec<String> = mask.split(',').map(|field| field.trim().to_owned()).collect();
    match fields.iter().find(|field| !FIELDS.contains(&field.as_str())) {
        Some(unknown) => Err(Refusal::invalid(format!("Invalid field mask provided: {unknown}"))),
        None => Ok(fields),
    }
}

fn resource(location: &Account, fields: &[String]) -> Value {
    let details = &location.details;
    let all = without_empty(json!({
        "name": format!("locations/{}", location.id),
        "title": location.name,
        "storeCode": details["store_code"],
        "languageCode": details["language"],
        "storefrontAddress": details["address"],
        "serviceArea": details["area"],
        "openInfo": {"status": details["open"], "canReopen": true},
        "metadata": without_empty(json!({
            "placeId": format!("ChIJ{}", location.id),
            "mapsUri": format!("https://maps.google.com/maps?cid={}", location.id),
            "hasVoiceOfMerchant": details["voice"].is_null(),
        })),
    }));
    let kept = all.as_object().into_iter().flatten();
    kept.filter(|(name, _)| fields.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// As proto3 writes JSON: what is empty, zero or false is not there.
pub fn without_empty(mut object: Value) -> Value {
    let says = |value: &Value| match value {
        Value::Null => false,
        Value::Bool(on) => *on,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(_) => true,
    };
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|_, value| says(value));
    }
    object
}

async fn list(
    Shared(world): Shared<Arc<World>>,
    Path(account): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let query = params(query.as_deref());
    world.with(|state| {
        let token = enter(&world, state, &headers, INFORMATION)?;
        let holder = holder(&account, &token.person)?;
        let fields = mask(&query)?;
        let size = page_size(&query, LOCATIONS_PAGE)?;
        let mut held: Vec<&Account> = state.accounts_of(NETWORK).filter(|location| holds(holder, location)).collect();
        match query.get("orderBy").map(String::as_str) {
            None | Some("") => {}
            Some("title") => held.sort_by(|one, other| one.name.cmp(&other.name)),
            Some(_) => return Err(Refusal::invalid("Invalid order_by.")),
        }
        let total = held.len();
        let all = held.into_iter().map(|location| resource(location, &fields)).collect();
        let (locations, next) = page(&query, size, all)?;
        let mut said = without_empty(json!({"locations": locations, "nextPageToken": next}));
        // How many there are is told only of a filtered list.
        if query.contains_key("filter") {
            said["totalSize"] = total.into();
        }
        Ok(Json(said))
    })
}

async fn read(
    Shared(world): Shared<Arc<World>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let query = params(query.as_deref());
    world.with(|state| {
        let token = enter(&world, state, &headers, INFORMATION)?;
        let fields = mask(&query)?;
        let location = location(state, &token, &id)?;
        Ok(Json(resource(&location, &fields)))
    })
}

async fn voice(Shared(world): Shared<Arc<World>>, Path(id): Path<String>, headers: HeaderMap) -> Answer<Json<Value>> {
    world.with(|state| {
        let token = enter(&world, state, &headers, VERIFICATIONS)?;
        let location = location(state, &token, &id)?;
        Ok(Json(match &location.details["voice"] {
            Value::Null => json!({"hasVoiceOfMerchant": true, "hasBusinessAuthority": true}),
            why => why.clone(),
        }))
    })
}
