//! Signing in on the account's own server: OAuth by the profile of the AT Protocol. Every call is proven by the grant's own key (DPoP),
//! the request is pushed ahead of the person (PAR), and each renewal replaces the renewing token.
//!
//! Source: atproto.com/specs/oauth; lifetimes as the reference server has them (`oauth-constants`).

use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Answer, App, Assertion, AuthorizeAsk, CLIENT_KEY, ExchangeAsk, Fault, Field, Flow, GrantView, Granted, Permission, PrepareAsk,
    Prepared, Request, Secrets, ServerApp, Val, Verdict,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::asked::{Asked, Stop, told};
use super::wire::{Issuer, Pushed, Tokens};
use super::{auth, client, error, identity};

/// The name of this way to connect.
pub const VARIANT: &str = "oauth";
/// The name of the secret that is the grant's key.
pub const PROOF_KEY: &str = "dpop_key";
/// What is asked for: to know the account, and all that an app password may do. Older servers know no smaller parts.
pub const SCOPE: &str = "atproto transition:generic";

/// How long access lasts where the server does not say.
const ACCESS_MS: i64 = 60 * 60_000;
const DAY_MS: i64 = 86_400_000;
/// How long a renewing token lasts unused, and the session at all, for a client that proves itself by a key.
const CONFIDENTIAL: Lasts = Lasts {
    unused_ms: 90 * DAY_MS,
    session_ms: 2 * 365 * DAY_MS,
};
/// The same for one that does not.
const PUBLIC: Lasts = Lasts {
    unused_ms: 14 * DAY_MS,
    session_ms: 14 * DAY_MS,
};

struct Lasts {
    unused_ms: i64,
    session_ms: i64,
}

impl Lasts {
    fn of(client_id: &str) -> Lasts {
        if client::is_confidential(client_id) { CONFIDENTIAL } else { PUBLIC }
    }
}

/// What is asked for, and why.
pub const PERMISSIONS: &[Permission] = &[
    Permission {
        scope: "atproto",
        purpose: "know which account it is",
        feature: "accounts",
    },
    Permission {
        scope: "transition:generic",
        purpose: "post in the name of the account, and read its name and picture",
        feature: "publishing",
    },
];

/// What a person types.
pub const FIELDS: &[Field] = &[
    Field {
        key: "handle",
        label: "Handle, or the address of a server",
        placeholder: "acme.bsky.social",
        help: "The account’s server opens in a new window and asks you to agree. With the address of a server (https://bsky.social) you choose the account there.",
        help_url: "",
        secret: false,
        optional: false,
        kept: false,
        refuses: |text| match named(text) {
            Named::Account(handle) if !identity::names_account(handle) => {
                Some("This is neither a handle nor the address of a server. Write it as acme.bsky.social or https://pds.example.org.")
            }
            Named::Server(address) if auth::service(address).is_err() => Some(NO_SERVER_ADDRESS),
            _ => None,
        },
    },
    Field {
        key: "service",
        label: "Server address",
        placeholder: "https://pds.example.org",
        help: "Only if the account is on another server than Bluesky’s own.",
        help_url: "",
        secret: false,
        optional: true,
        kept: false,
        refuses: |text| auth::service(text).is_err().then_some(NO_SERVER_ADDRESS),
    },
];

const NO_SERVER_ADDRESS: &str = "This is not the address of a server. Write it as https://pds.example.org.";

/// What a person named.
enum Named<'a> {
    Account(&'a str),
    Server(&'a str),
}

fn named(text: &str) -> Named<'_> {
    if text.starts_with("https://") || text.starts_with("http://") {
        Named::Server(text)
    } else {
        Named::Account(text)
    }
}

/// Finds the account's authorization server and tells it what will be asked; then its page.
pub fn prepare(app: &App, ask: &PrepareAsk<'_>, answers: &[Answer]) -> Flow<Prepared> {
    told(answers, |asked| prepared(app, ask, asked))
}

fn prepared(app: &App, ask: &PrepareAsk<'_>, asked: &mut Asked<'_>) -> Result<Prepared, Stop> {
    let typed = |key: &str| ask.typed.get(key).map(String::as_str);
    let service = typed("service").map(auth::service).transpose()?;
    let (account, issuer) = match named(typed("handle").unwrap_or_default()) {
        Named::Account(handle) => {
            let account = identity::of_account(asked, handle, service.as_deref())?;
            let issuer = identity::issuer_of(asked, &account.pds)?;
            (Some(account), issuer)
        }
        Named::Server(address) => (None, identity::issuer_at(asked, &auth::service(address)?)?),
    };
    let hint = account.as_ref().map(|account| account.handle.as_str());
    let answer = asked.answer(push(app, &ask.authorize, &issuer, hint))?;
    let pushed: Pushed = error::accepted(answer, "announce the sign-in")?;
    let mut page = Url::parse(&issuer.authorization_endpoint).map_err(|_| error::unreadable("read how to sign in"))?;
    page.query_pairs_mut()
        .append_pair("client_id", &app.client_id)
        .append_pair("request_uri", &pushed.request_uri);
    let mut noted = json!({"token_endpoint": issuer.token_endpoint, "revocation_endpoint": issuer.revocation_endpoint});
    if let Some(account) = account {
        noted["account"] = json!({"did": account.did, "handle": account.handle, "pds": account.pds});
    }
    Ok(Prepared {
        server: Some(ServerApp {
            server: issuer.issuer.clone(),
            client_id: app.client_id.clone(),
            issuer: Some(issuer.issuer),
            noted,
        }),
        ..Prepared::page(page.into())
    })
}

fn push(app: &App, ask: &AuthorizeAsk<'_>, issuer: &Issuer, hint: Option<&str>) -> Request {
    let redirect_uri = client::returns_to(ask.redirect_uri);
    let mut fields = vec![
        ("response_type", "code"),
        ("redirect_uri", &redirect_uri),
        ("scope", SCOPE),
        ("state", ask.state),
        ("code_challenge", ask.code_challenge),
        ("code_challenge_method", "S256"),
    ];
    fields.extend(hint.map(|hint| ("login_hint", hint)));
    if ask.again {
        fields.push(("prompt", "consent"));
    }
    token_call(
        "announce the sign-in",
        &issuer.pushed_authorization_request_endpoint,
        &Client::of(&app.client_id, &issuer.issuer),
        fields.into_iter().map(|(name, text)| (name, Val::from(text))),
    )
}

/// Who asks a server.
struct Client<'a> {
    client_id: &'a str,
    issuer: &'a str,
}

impl<'a> Client<'a> {
    const fn of(client_id: &'a str, issuer: &'a str) -> Client<'a> {
        Client { client_id, issuer }
    }
}

/// A call to a server's endpoints of OAuth: who we are, and a proof by the grant's key.
fn token_call(label: &str, address: &str, client: &Client<'_>, fields: impl Iterator<Item = (&'static str, Val)>) -> Request {
    let mut form: Vec<(String, Val)> = fields.map(|(name, value)| (name.to_owned(), value)).collect();
    form.push(("client_id".to_owned(), Val::from(client.client_id)));
    if client::is_confidential(client.client_id) {
        let assertion = Assertion {
            key: CLIENT_KEY.to_owned(),
            client_id: client.client_id.to_owned(),
            audience: client.issuer.to_owned(),
        };
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        form.push(("client_assertion_type".to_owned(), Val::from(kind)));
        form.push(("client_assertion".to_owned(), Val::Assertion(assertion)));
    }
    Request::post(label, address).form(form).proven(PROOF_KEY)
}

/// Code for tokens; then whether they are for the account that was meant, given by whom its own server names.
pub fn exchange(ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
    told(answers, |asked| exchanged(ask, asked))
}

fn exchanged(ask: &ExchangeAsk<'_>, asked: &mut Asked<'_>) -> Result<Granted, Stop> {
    let server = ask.server.ok_or_else(no_server)?;
    let noted = |name: &str| server.noted[name].as_str().unwrap_or_default();
    let client = Client::of(&server.client_id, &server.server);
    let redirect_uri = client::returns_to(ask.redirect_uri);
    let fields = [
        ("grant_type", Val::from("authorization_code")),
        ("code", Val::from(ask.code)),
        ("redirect_uri", Val::from(redirect_uri)),
        ("code_verifier", Val::from(ask.code_verifier)),
    ];
    let answer = asked.answer(token_call(
        "exchange the code",
        noted("token_endpoint"),
        &client,
        fields.into_iter(),
    ))?;
    let tokens = proven(error::accepted(answer, "exchange the code")?)?;
    let found = account(server, &tokens, asked);
    let found = match found {
        Err(Stop::Fail(fault)) => {
            // What was given for another account is not kept, and not left lying about either.
            let token = tokens.refresh_token.unwrap_or(tokens.access_token);
            give_back(noted("revocation_endpoint"), &client, Val::from(token)).map_or(Ok(()), |call| asked.answer(call).map(drop))?;
            return Err(Stop::Fail(fault));
        }
        found => found?,
    };
    let session_ends_ms = ask.now_ms + Lasts::of(&server.client_id).session_ms;
    let meta = json!({
        "issuer": server.server,
        "client_id": server.client_id,
        "token_endpoint": noted("token_endpoint"),
        "revocation_endpoint": noted("revocation_endpoint"),
        "pds": found.pds,
        "handle": found.handle,
        "session_ends_ms": session_ends_ms,
        "renews": tokens.refresh_token.is_some(),
    });
    Ok(granted(tokens, found.handle, meta, ask.now_ms))
}

/// The account that the tokens are for.
fn account(server: &ServerApp, tokens: &Tokens, asked: &mut Asked<'_>) -> Result<identity::Identity, Stop> {
    let meant = &server.noted["account"];
    if let Some(did) = meant["did"].as_str() {
        let text = |name: &str| meant[name].as_str().unwrap_or_default().to_owned();
        if did != tokens.sub {
            return Err(Stop::from(Fault::stop(
                FailureKind::Connection,
                "bluesky.other_account",
                format!("You signed in with another account than @{}.", text("handle")),
                "Connect again, and sign in with the account that you named, or name the other one.",
            )));
        }
        return Ok(identity::Identity {
            did: did.to_owned(),
            handle: text("handle"),
            pds: text("pds"),
        });
    }
    let account = identity::of_did(asked, &tokens.sub)?;
    if identity::issuer_of(asked, &account.pds)?.issuer != server.server {
        return Err(Stop::from(Fault::stop(
            FailureKind::Connection,
            "bluesky.other_issuer",
            "The server that signed you in does not speak for this account.",
            "Connect again with the account's handle.",
        )));
    }
    Ok(account)
}

/// Tokens that are what the profile promises.
fn proven(tokens: Tokens) -> Result<Tokens, Fault> {
    let granted = tokens.scope.split_whitespace().any(|scope| scope == "atproto");
    if tokens.token_type.eq_ignore_ascii_case("DPoP") && granted && !tokens.sub.is_empty() {
        return Ok(tokens);
    }
    Err(Fault::stop(
        FailureKind::Connection,
        "bluesky.token_shape",
        "The account's server gave an access that is not bound to Postrider, or to no account.",
        "Connect the account with an app password, or tell whoever runs its server.",
    ))
}

fn granted(tokens: Tokens, subject_name: String, meta: Value, now_ms: i64) -> Granted {
    let client_id = meta["client_id"].as_str().unwrap_or_default();
    let unused_ends_ms = now_ms + Lasts::of(client_id).unused_ms;
    let session_ends_ms = meta["session_ends_ms"].as_i64().unwrap_or(unused_ends_ms);
    let mut secrets = Secrets::from([("access".to_owned(), SecretString::from(tokens.access_token))]);
    if let Some(refresh) = tokens.refresh_token {
        secrets.insert("refresh".to_owned(), SecretString::from(refresh));
    }
    Granted {
        secrets,
        scopes: tokens.scope.split_whitespace().map(str::to_owned).collect(),
        expires_at_ms: Some(now_ms + tokens.expires_in.map_or(ACCESS_MS, |seconds| seconds.saturating_mul(1_000))),
        refresh_expires_at_ms: Some(unused_ends_ms.min(session_ends_ms)),
        subject: tokens.sub,
        subject_name,
        meta,
    }
}

/// The renewing token for a new pair. It works once: whoever uses it a second time ends the session.
pub fn refresh(grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
    told(answers, |asked| {
        let meta = |name: &str| grant.meta[name].as_str().unwrap_or_default();
        let fields = [
            ("grant_type", Val::from("refresh_token")),
            ("refresh_token", Val::Secret("refresh".to_owned())),
        ];
        let client = Client::of(meta("client_id"), meta("issuer"));
        let answer = asked.answer(token_call("renew the access", meta("token_endpoint"), &client, fields.into_iter()))?;
        let mut tokens: Tokens = error::accepted(answer, "renew the access")?;
        if tokens.scope.is_empty() {
            // Left out it is what it was (RFC 6749 section 6), and the old token is used up.
            tokens.scope = grant.scopes.join(" ");
        }
        let tokens = proven(tokens)?;
        if tokens.sub != grant.subject {
            return Err(Stop::from(
                Fault::stop(
                    FailureKind::Connection,
                    "bluesky.other_account",
                    "The account's server renewed the access with another account's.",
                    "Reconnect the account.",
                )
                .verdict(Verdict::Revoked),
            ));
        }
        Ok(granted(tokens, meta("handle").to_owned(), grant.meta.clone(), grant.now_ms))
    })
}

/// Ends the session at the server.
pub fn revoke(grant: &GrantView) -> Option<Request> {
    let meta = |name: &str| grant.meta[name].as_str().unwrap_or_default();
    let client = Client::of(meta("client_id"), meta("issuer"));
    give_back(meta("revocation_endpoint"), &client, Val::Secret("refresh".to_owned()))
}

fn give_back(address: &str, client: &Client<'_>, token: Val) -> Option<Request> {
    let call = || token_call("give the access back", address, client, [("token", token)].into_iter());
    (!address.is_empty()).then(call)
}

fn no_server() -> Fault {
    Fault::stop(
        FailureKind::Internal,
        "bluesky.no_server",
        "It is not known which server signs in for the account.",
        "Connect again.",
    )
}
