//! Who asks: a client is known by what stands at the address that is its id, or by an id that says all of it, for one on the person's
//! own machine. No client is registered.

use std::collections::BTreeSet;
use std::collections::HashMap;

use futures::StreamExt;
use http::StatusCode;
use serde_json::Value;
use url::{Host, Url};

use super::error::{Answer, Refusal};
use super::{dpop, oauth};
use crate::world::World;

/// A document is small.
const DOCUMENT_BYTES_MAX: usize = 64 * 1024;
/// How old a client's word may be, in seconds (reference server).
const WORD_S: i64 = 60;
const WORD: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its name on the page.
    pub name: String,
    /// What it may ask for.
    pub scopes: BTreeSet<String>,
    /// Whether it proves itself by a key.
    pub confidential: bool,
    redirect_uris: Vec<String>,
    keys: Vec<Value>,
}

/// The words of clients that were taken already, by when.
#[derive(Default)]
struct Words(HashMap<String, i64>);

fn document_wrong(message: impl Into<String>) -> Refusal {
    Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_client_metadata", message)
}

fn not_itself(message: impl Into<String>) -> Refusal {
    Refusal::oauth(StatusCode::UNAUTHORIZED, "invalid_client", message)
}

fn words(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn is_loopback(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| {
        url.scheme() == "http"
            && match url.host() {
                Some(Host::Ipv4(host)) => host.is_loopback(),
                Some(Host::Ipv6(host)) => host.is_loopback(),
                _ => false,
            }
    })
}

impl Client {
    /// Whether it may be returned to there. On the person's own machine the port is any.
    pub fn returns_to(&self, address: &str) -> bool {
        let plain = |address: &str| {
            let mut url = Url::parse(address).ok()?;
            if !self.confidential && is_loopback(address) {
                url.set_port(None).ok()?;
            }
            Some(url)
        };
        plain(address).is_some() && self.redirect_uris.iter().any(|known| plain(known) == plain(address))
    }
}

/// Reads who a client is.
///
/// # Errors
/// `invalid_client_metadata`.
pub async fn read(world: &World, id: &str) -> Answer<Client> {
    let url = Url::parse(id).map_err(|_| document_wrong(format!("Invalid client ID \"{id}\"")))?;
    match (url.scheme(), url.host_str()) {
        ("http", Some("localhost")) => on_this_machine(id, &url),
        ("https", Some(_)) if url.path() != "/" && url.query().is_none() => by_document(world, id).await,
        _ => Err(document_wrong(format!("Invalid client ID \"{id}\""))),
    }
}

fn on_this_machine(id: &str, url: &Url) -> Answer<Client> {
    if url.path() != "/" || url.port().is_some() || !id.starts_with("http://localhost?") && id != "http://localhost" {
        return Err(document_wrong("Invalid loopback client ID"));
    }
    let told = |wanted: &str| {
        url.query_pairs()
            .filter(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
            .collect::<Vec<_>>()
    };
    let mut redirect_uris = told("redirect_uri");
    if redirect_uris.is_empty() {
        redirect_uris.push("http://127.0.0.1/".to_owned());
    }
    if !redirect_uris.iter().all(|address| is_loopback(address)) {
        return Err(document_wrong("Loopback redirect URIs must use 127.0.0.1 or [::1]"));
    }
    let scope = told("scope").pop().unwrap_or_else(|| "atproto".to_owned());
    Ok(Client {
        id: id.to_owned(),
        name: "An app on this machine".to_owned(),
        scopes: words(&scope),
        confidential: false,
        redirect_uris,
        keys: Vec::new(),
    })
}

async fn by_document(world: &World, id: &str) -> Answer<Client> {
    let unread = |why: String| document_wrong(format!("Unable to obtain client metadata for \"{id}\": {why}"));
    let mut answer = (world.fetch)(id.to_owned()).await.map_err(unread)?;
    if answer.status != 200 || !answer.content_type.starts_with("application/json") {
        return Err(unread(format!("{} {}", answer.status, answer.content_type)));
    }
    let mut bytes = Vec::new();
    while let Some(piece) = answer.body.next().await {
        bytes.extend_from_slice(&piece.map_err(unread)?);
        if bytes.len() > DOCUMENT_BYTES_MAX {
            return Err(unread("too large".to_owned()));
        }
    }
    let told: Value = serde_json::from_slice(&bytes).map_err(|error| unread(error.to_string()))?;
    let list = |value: &Value| -> Vec<Value> { value.as_array().cloned().unwrap_or_default() };
    let has = |name: &str, wanted: &str| list(&told[name]).iter().any(|value| value == wanted);
    let confidential = told["token_endpoint_auth_method"] == "private_key_jwt";
    let keys = list(&told["jwks"]["keys"]);
    let checks = [
        (told["client_id"] == id, "client_id does not match"),
        (
            told["dpop_bound_access_tokens"] == true,
            "\"dpop_bound_access_tokens\" must be true",
        ),
        (has("response_types", "code"), "response_types must include \"code\""),
        (
            has("grant_types", "authorization_code"),
            "The \"code\" response type requires \"authorization_code\"",
        ),
        (
            !confidential || !keys.is_empty(),
            "private_key_jwt auth method requires at least one key in jwks",
        ),
        (
            !confidential || told["token_endpoint_auth_signing_alg"] == "ES256",
            "Missing token_endpoint_auth_signing_alg client metadata",
        ),
        (
            confidential || told["token_endpoint_auth_method"] == "none",
            "Unsupported client authentication method",
        ),
        (keys.iter().all(|key| key["d"].is_null()), "A key in jwks is private"),
    ];
    if let Some((_, message)) = checks.iter().find(|(holds, _)| !holds) {
        return Err(document_wrong(*message));
    }
    let scopes = words(told["scope"].as_str().unwrap_or_default());
    if !scopes.contains("atproto") {
        return Err(document_wrong("Missing \"atproto\" scope"));
    }
    Ok(Client {
        id: id.to_owned(),
        name: told["client_name"].as_str().unwrap_or(id).to_owned(),
        scopes,
        confidential,
        redirect_uris: list(&told["redirect_uris"])
            .iter()
            .filter_map(|uri| uri.as_str().map(str::to_owned))
            .collect(),
        keys,
    })
}

/// Whether a client that has a key proved itself by it; `jkt` is the key of the call's own proof.
///
/// # Errors
/// `invalid_client`, `invalid_grant` for a word that was heard before.
pub fn authenticate(world: &World, client: &Client, form: &oauth::Form, jkt: &str) -> Answer<()> {
    if !client.confidential {
        return Ok(());
    }
    if form.told("client_assertion_type") != Some(WORD) {
        return Err(not_itself(
            "client authentication method \"private_key_jwt\" required a \"client_assertion\"",
        ));
    }
    let word = form.told("client_assertion").unwrap_or_default();
    let said = client
        .keys
        .iter()
        .find_map(|key| dpop::verified(word, Some(key)).map(|said| (key, said)));
    let (key, (_, claims)) = said.ok_or_else(|| not_itself("Validation of \"client_assertion\" failed"))?;
    let now_s = world.clock.true_us() / 1_000_000;
    let audience = claims["aud"] == oauth::ISSUER
        || claims["aud"]
            .as_array()
            .is_some_and(|list| list.iter().any(|aud| aud == oauth::ISSUER));
    let young = claims["iat"]
        .as_i64()
        .is_some_and(|iat| (now_s - WORD_S - 10..=now_s + 10).contains(&iat));
    let lasts = claims["exp"].as_i64().is_none_or(|exp| exp > now_s - 10);
    if claims["iss"] != client.id.as_str() || claims["sub"] != client.id.as_str() || !audience || !young || !lasts {
        return Err(not_itself("Validation of \"client_assertion\" failed: unexpected claim"));
    }
    if dpop::thumbprint(key) == jkt {
        return Err(Refusal::oauth(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "The DPoP proof must be signed with a different key than the client assertion",
        ));
    }
    let name = claims["jti"]
        .as_str()
        .ok_or_else(|| not_itself("Validation of \"client_assertion\" failed: \"jti\" missing"))?;
    let heard = world.with(|state| {
        let words = &mut state.own::<Words>().0;
        words.retain(|_, at_s| *at_s + 10 * WORD_S > now_s);
        words.insert(format!("{} {name}", client.id), now_s).is_some()
    });
    if heard {
        return Err(Refusal::oauth(
            StatusCode::BAD_REQUEST,
            "invalid_grant",
            "private_key_jwt jti reused",
        ));
    }
    Ok(())
}
