//! OAuth by the profile of the AT Protocol: what is asked is pushed ahead (RFC 9126), proven by a key (RFC 9449) and answered by who it is
//! (RFC 9207).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::{OriginalUri, RawQuery, State as Shared};
use axum::response::{Html, IntoResponse, Response};
use axum::{Json, Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::clients::{self, Client};
use super::error::{Answer, Refusal};
use super::identity::resolve;
use super::sessions::{self, Session};
use super::{ENTRYWAY, NETWORK, PDS, dpop};
use crate::passage::split_host;
use crate::world::{State, World};

/// What the server that signs in calls itself.
pub const ISSUER: &str = "https://bsky.social";
const REQUEST_S: i64 = 5 * 60;
const CODE_S: i64 = 5 * 60;
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
const SCOPES: &[&str] = &["atproto", "transition:email", "transition:generic", "transition:chat.bsky"];
const PAGE: &str = include_str!("authorize.html");

/// The routes.
pub fn routes() -> Router<Arc<World>> {
    let at = |host: &str, path: &str| format!("/{host}{path}");
    Router::new()
        .route(&at(PDS, "/.well-known/oauth-protected-resource"), routing::get(resource))
        .route(&at(ENTRYWAY, "/.well-known/oauth-authorization-server"), routing::get(metadata))
        .route(&at(ENTRYWAY, "/oauth/par"), routing::post(push))
        .route(&at(ENTRYWAY, "/oauth/authorize"), routing::get(open).post(decide))
        .route(&at(ENTRYWAY, "/oauth/token"), routing::post(give))
        .route(&at(ENTRYWAY, "/oauth/revoke"), routing::post(revoke))
}

/// What was asked, until it is used.
#[derive(Debug, Clone)]
struct Asked {
    client: Client,
    redirect_uri: String,
    state: String,
    scope: String,
    challenge: String,
    hint: Option<String>,
    jkt: String,
    expires_us: i64,
}

/// A code that was given, and for whom.
#[derive(Debug, Clone)]
struct Given {
    asked: Asked,
    did: String,
    expires_us: i64,
    used: bool,
}

#[derive(Default)]
struct Own {
    asked: HashMap<String, Asked>,
    codes: HashMap<String, Given>,
}

/// The fields of a form.
pub struct Form(Vec<(String, String)>);

impl Form {
    fn read(text: &str) -> Form {
        Form(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// A field, unless it is empty.
    pub fn told(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    fn needed(&self, name: &str) -> Answer<&str> {
        self.told(name).ok_or_else(|| invalid(format!("Required \"{name}\"")))
    }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_request", message)
}

fn no_grant(message: &str) -> Refusal {
    Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_grant", message)
}

async fn resource(Shared(world): Shared<Arc<World>>) -> Json<Value> {
    Json(json!({
        "resource": world.url(PDS, ""),
        "authorization_servers": [ISSUER],
        "scopes_supported": [],
        "bearer_methods_supported": ["header"],
        "resource_documentation": "https://atproto.com",
    }))
}

async fn metadata() -> Json<Value> {
    let at = |path: &str| format!("{ISSUER}{path}");
    Json(json!({
        "issuer": ISSUER,
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at("/oauth/token"),
        "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
        "revocation_endpoint": at("/oauth/revoke"),
        "pushed_authorization_request_endpoint": at("/oauth/par"),
        "require_pushed_authorization_requests": true,
        "dpop_signing_alg_values_supported": dpop::algorithms(),
        "client_id_metadata_document_supported": true,
    }))
}

/// A call to an endpoint: who asks, what, and by which key it is proven.
struct Call {
    client: Client,
    form: Form,
    jkt: String,
}

async fn called(world: &World, uri: &Uri, headers: &HeaderMap, body: &str) -> Answer<Call> {
    let form = Form::read(body);
    let client_id = form
        .told("client_id")
        .ok_or_else(|| Refusal::oauth(StatusCode::UNAUTHORIZED, "invalid_client", "Client credentials missing"))?;
    let (host, path) = split_host(uri.path());
    let call = dpop::Call {
        method: &Method::POST,
        host,
        path,
        access: None,
    };
    let jkt = dpop::proven(world, &call, headers)?;
    let client = clients::read(world, client_id).await?;
    clients::authenticate(world, &client, &form, &jkt)?;
    Ok(Call { client, form, jkt })
}

/// Adds what every answer of an endpoint carries.
fn told(world: &World, answer: Answer<(StatusCode, Value)>) -> Response {
    let mut response = match answer {
        Ok((status, body)) => (status, Json(body)).into_response(),
        Err(refusal) => refusal.into_response(),
    };
    dpop::tell_nonce(world, ENTRYWAY, response.headers_mut());
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

async fn push(Shared(world): Shared<Arc<World>>, OriginalUri(uri): OriginalUri, headers: HeaderMap, body: String) -> Response {
    let answer = called(&world, &uri, &headers, &body).await.and_then(|call| pushed(&world, call));
    told(&world, answer.map(|body| (StatusCode::CREATED, body)))
}

fn pushed(world: &World, call: Call) -> Answer<Value> {
    let Call { client, form, jkt } = call;
    if form.told("response_type") != Some("code") {
        return Err(Refusal::oauth(
            StatusCode::BAD_REQUEST,
            "unsupported_response_type",
            "Only \"code\" is supported",
        ));
    }
    if form.told("request_uri").is_some() {
        return Err(invalid("\"request_uri\" is not allowed here"));
    }
    let redirect_uri = form.needed("redirect_uri")?;
    if !client.returns_to(redirect_uri) {
        return Err(invalid("Invalid redirect_uri (not registered)"));
    }
    let challenge = form.needed("code_challenge")?;
    if form.told("code_challenge_method") != Some("S256") {
        return Err(invalid("code_challenge_method must be \"S256\""));
    }
    if URL_SAFE_NO_PAD.decode(challenge).map_or(0, |bytes| bytes.len()) != 32 {
        return Err(invalid("code_challenge must be the SHA-256 of the verifier"));
    }
    let scope = form.needed("scope")?;
    let scopes: BTreeSet<&str> = scope.split_whitespace().collect();
    let wrong = |message: &str| Err(Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_scope", message));
    if !scopes.contains("atproto") {
        return wrong("The \"atproto\" scope is required");
    }
    if !scopes.iter().all(|scope| SCOPES.contains(scope) && client.scopes.contains(*scope)) {
        return wrong("Scope is not declared in the client metadata");
    }
    let now_us = world.clock.now_us();
    let asked = Asked {
        redirect_uri: redirect_uri.to_owned(),
        state: form.needed("state")?.to_owned(),
        scope: scope.to_owned(),
        challenge: challenge.to_owned(),
        hint: form.told("login_hint").map(str::to_owned),
        jkt,
        expires_us: now_us + REQUEST_S * 1_000_000,
        client,
    };
    let request_uri = world.with(|state| {
        let request_uri = format!("{PREFIX}req-{}", state.secret(22));
        state.own::<Own>().asked.insert(request_uri.clone(), asked);
        request_uri
    });
    Ok(json!({"request_uri": request_uri, "expires_in": REQUEST_S - 1}))
}

fn page(status: StatusCode, message: &str) -> Response {
    let page = format!("<!doctype html><title>Bluesky</title><h1>An error occurred</h1><p>{message}</p>");
    (status, Html(page)).into_response()
}

/// The request that a browser comes with.
fn asked(state: &mut State, query: &Form, now_us: i64) -> Result<(String, Asked), &'static str> {
    let request_uri = query
        .told("request_uri")
        .ok_or("A pushed authorization request is required: request_uri is missing")?;
    let known = state.own::<Own>().asked.get(request_uri).cloned();
    let asked = known.ok_or("This request is not known, or was used already")?;
    if asked.expires_us <= now_us {
        return Err("This request has expired");
    }
    if query.told("client_id") != Some(asked.client.id.as_str()) {
        return Err("This request was made by another client");
    }
    Ok((request_uri.to_owned(), asked))
}

async fn open(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery) -> Response {
    let query = Form::read(query.as_deref().unwrap_or_default());
    let now_us = world.clock.now_us();
    let found = world.with(|state| {
        let (_, asked) = asked(state, &query, now_us)?;
        let hinted = asked
            .hint
            .as_deref()
            .and_then(|hint| resolve(state, hint))
            .map(|account| account.id.clone());
        let accounts = state.accounts_of(NETWORK).map(|account| {
            let hinted = hinted.as_ref() == Some(&account.id);
            json!({"id": account.id, "handle": account.handle, "name": account.name, "hinted": hinted})
        });
        Ok((asked, accounts.collect::<Vec<_>>()))
    });
    let (asked, accounts) = match found {
        Ok(found) => found,
        Err(message) => return page(StatusCode::BAD_REQUEST, message),
    };
    let mut pages = minijinja::Environment::new();
    let drawn = pages.add_template("authorize.html", PAGE).and_then(|()| {
        let page = pages.get_template("authorize.html")?;
        page.render(minijinja::context! {
            app => asked.client.name, scopes => asked.scope.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
            accounts => minijinja::value::Serde(accounts),
        })
    });
    match drawn {
        Ok(page) => Html(page).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn back(asked: &Asked, pairs: &[(&str, &str)]) -> Response {
    let Ok(mut address) = url::Url::parse(&asked.redirect_uri) else {
        return page(StatusCode::BAD_REQUEST, "The address to return to cannot be read");
    };
    address
        .query_pairs_mut()
        .append_pair("iss", ISSUER)
        .append_pair("state", &asked.state)
        .extend_pairs(pairs);
    (StatusCode::SEE_OTHER, [(header::LOCATION, address.to_string())]).into_response()
}

async fn decide(Shared(world): Shared<Arc<World>>, RawQuery(query): RawQuery, body: String) -> Response {
    let query = Form::read(query.as_deref().unwrap_or_default());
    let form = Form::read(&body);
    let now_us = world.clock.now_us();
    let decided = world.with(|state| {
        let (request_uri, asked) = asked(state, &query, now_us)?;
        let allowed = form.told("decision") == Some("allow");
        let chosen = form
            .told("person")
            .and_then(|did| state.account(NETWORK, did))
            .map(|account| account.id.clone());
        if allowed && chosen.is_none() {
            return Err("There is no such account on this server");
        }
        state.own::<Own>().asked.remove(&request_uri);
        let code = chosen.filter(|_| allowed).map(|did| {
            let code = format!("cod-{}", state.secret(43));
            let given = Given {
                asked: asked.clone(),
                did,
                expires_us: now_us + CODE_S * 1_000_000,
                used: false,
            };
            state.own::<Own>().codes.insert(code.clone(), given);
            code
        });
        Ok((asked, code))
    });
    match decided {
        Ok((asked, Some(code))) => back(&asked, &[("code", &code)]),
        Ok((asked, None)) => back(
            &asked,
            &[("error", "access_denied"), ("error_description", "The user rejected the request")],
        ),
        Err(message) => page(StatusCode::BAD_REQUEST, message),
    }
}

async fn give(Shared(world): Shared<Arc<World>>, OriginalUri(uri): OriginalUri, headers: HeaderMap, body: String) -> Response {
    let answer = called(&world, &uri, &headers, &body).await.and_then(|call| {
        let now_us = world.clock.now_us();
        world.with(|state| match call.form.told("grant_type") {
            Some("authorization_code") => exchange(state, &call, now_us),
            Some("refresh_token") => {
                let refresh = call.form.needed("refresh_token")?;
                sessions::renew(state, refresh, &call.client.id, &call.jkt, now_us)
            }
            _ => Err(Refusal::oauth(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "Grant type is not supported",
            )),
        })
    });
    told(&world, answer.map(|body| (StatusCode::OK, body)))
}

fn exchange(state: &mut State, call: &Call, now_us: i64) -> Answer<Value> {
    let code = call.form.needed("code")?;
    let verifier = call.form.needed("code_verifier")?;
    let given = state.own::<Own>().codes.get_mut(code).ok_or_else(|| no_grant("Invalid code"))?;
    if given.used || given.expires_us <= now_us {
        return Err(no_grant("Code expired or used"));
    }
    let asked = &given.asked;
    let checks = [
        (asked.client.id == call.client.id, "Code was issued to another client"),
        (
            call.form.told("redirect_uri") == Some(asked.redirect_uri.as_str()),
            "The redirect_uri parameter must match the one used in the authorization request",
        ),
        (
            asked.challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
            "Invalid code_verifier",
        ),
        (asked.jkt == call.jkt, "DPoP proof does not match the one of the pushed request"),
    ];
    if let Some((_, message)) = checks.iter().find(|(holds, _)| !holds) {
        return Err(no_grant(message));
    }
    given.used = true;
    let session = Session {
        did: given.did.clone(),
        client_id: call.client.id.clone(),
        confidential: call.client.confidential,
        jkt: call.jkt.clone(),
        scope: asked.scope.clone(),
        began_us: now_us,
    };
    Ok(sessions::begin(state, session, now_us))
}

async fn revoke(Shared(world): Shared<Arc<World>>, OriginalUri(uri): OriginalUri, headers: HeaderMap, body: String) -> Response {
    let answer = called(&world, &uri, &headers, &body).await.and_then(|call| {
        let token = call.form.needed("token")?;
        world.with(|state| sessions::take_back(state, token, &call.client.id, &call.jkt));
        Ok(json!({}))
    });
    told(&world, answer.map(|body| (StatusCode::OK, body)))
}
