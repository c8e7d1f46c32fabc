//! Google's sign-in, as YouTube and Business Profile share it. A grant is for one of the two: both in one are not modelled.

mod auth;
mod tokens;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use http::{HeaderMap, Method};
use postrider_core::network::Network;

use crate::registry::{Head, Operation};
use crate::world::World;

/// The host of the consent page.
pub const ACCOUNTS: &str = "accounts.google.com";
/// The host of tokens.
pub const TOKENS: &str = "oauth2.googleapis.com";

const SCOPE: &str = "https://www.googleapis.com/auth/";

/// A network of Google's as its sign-in knows it.
pub struct Product {
    /// Which.
    pub network: Network,
    /// What may be asked for, beside `openid`, `email` and `profile`.
    pub scopes: &'static [&'static str],
    /// Whether a token is for one account, which the person chooses on the page.
    pub of_account: bool,
    /// Its operations, three of which are the sign-in's.
    pub operations: &'static [Operation],
    /// How its codes begin.
    pub code: &'static str,
    /// How its access tokens begin.
    pub access: &'static str,
    /// How its refresh tokens begin.
    pub refresh: &'static str,
}

const PRODUCTS: &[&Product] = &[&crate::youtube::PRODUCT, &crate::google_business::PRODUCT];

fn find(fits: impl Fn(&Product) -> bool) -> Option<&'static Product> {
    PRODUCTS.iter().copied().find(|product| fits(product))
}

/// Whether a scope is about who signs in: the page has no box for it.
fn is_of_person(scope: &str) -> bool {
    matches!(scope, "openid" | "email" | "profile")
}

/// The product that scopes are of, if they are all known, and of one.
fn product_of(scopes: &[String]) -> Option<&'static Product> {
    let own: Vec<&String> = scopes.iter().filter(|scope| !is_of_person(scope)).collect();
    let knows = |product: &Product, scope: &str| scope.strip_prefix(SCOPE).is_some_and(|name| product.scopes.contains(&name));
    find(|product| !own.is_empty() && own.iter().all(|scope| knows(product, scope)))
}

/// The product of a network, if it is one.
fn of_network(network: Network) -> Option<&'static Product> {
    find(|product| product.network == network)
}

fn of_code(code: &str) -> Option<&'static Product> {
    find(|product| code.starts_with(product.code))
}

fn of_refresh_token(token: &str) -> Option<&'static Product> {
    find(|product| token.starts_with(product.refresh))
}

/// The routes of the sign-in.
pub fn routes() -> Router<Arc<World>> {
    auth::routes().merge(tokens::routes())
}

/// Names the operation of a request to the sign-in, by the network that it is about; YouTube's where that is not told.
pub fn operation(head: &Head<'_>) -> Option<Operation> {
    let form = params(std::str::from_utf8(head.body).ok());
    let text = |name: &str| form.get(name).cloned().unwrap_or_default();
    let (name, product) = match (head.host, head.path, head.method) {
        (ACCOUNTS, "/o/oauth2/v2/auth", _) => {
            let asked = if head.query.is_empty() {
                text("request")
            } else {
                head.query.to_owned()
            };
            let scopes = params(Some(&asked)).get("scope").cloned().unwrap_or_default();
            let scopes: Vec<String> = scopes.split_whitespace().map(str::to_owned).collect();
            ("authorize", product_of(&scopes))
        }
        (TOKENS, "/token", &Method::POST) => ("token", of_code(&text("code")).or_else(|| of_refresh_token(&text("refresh_token")))),
        (TOKENS, "/revoke", &Method::POST) => (
            "revoke",
            find(|product| text("token").starts_with(product.refresh) || text("token").starts_with(product.access)),
        ),
        _ => return None,
    };
    let operations = product.unwrap_or(&crate::youtube::PRODUCT).operations;
    operations.iter().find(|operation| operation.name == name).copied()
}

/// A header as text, empty if absent.
pub fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The parameters of a query or form.
pub fn params(text: Option<&str>) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text.unwrap_or_default().as_bytes())
        .into_owned()
        .collect()
}
