//! Business Profile within Google's sign-in, and who signed in, for tokens that may know it.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::{Json, Router, routing};
use http::HeaderMap;
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::rest::known;
use super::{NETWORK, OPERATIONS, PERSON};
use crate::google::Product;
use crate::world::World;

/// Business Profile as Google's sign-in knows it: a token is for all locations of a person.
pub const PRODUCT: Product = Product {
    network: NETWORK,
    scopes: &["business.manage", "plus.business.manage"],
    of_account: false,
    operations: OPERATIONS,
    code: "4/0B",
    access: "ya29.b",
    refresh: "1//1",
};

/// The route.
pub fn routes() -> Router<Arc<World>> {
    Router::new().route(&format!("/{PERSON}/v1/userinfo"), routing::get(read).post(read))
}

/// The number of a Google account.
fn number(person: &str) -> String {
    let sum = person.bytes().fold(0_u64, |sum, byte| sum * 31 + u64::from(byte));
    format!("10{sum:019}")
}

async fn read(Shared(world): Shared<Arc<World>>, headers: HeaderMap) -> Answer<Json<Value>> {
    world.with(|state| {
        let token = known(&world, state, &headers)?;
        if !token.scopes.contains("openid") {
            return Err(Refusal::token());
        }
        let person = state.people.get(&token.person).cloned().ok_or_else(Refusal::token)?;
        let mut said = json!({"sub": number(&person.key)});
        if token.scopes.contains("profile") {
            said["name"] = person.name.into();
        }
        if token.scopes.contains("email") {
            said["email"] = person.email.into();
            said["email_verified"] = true.into();
        }
        Ok(Json(said))
    })
}
