//! What a consent gave: a session of one client, its access for an hour, and a renewing token that works once.

use std::collections::{BTreeSet, HashMap};

use http::StatusCode;
use serde_json::{Value, json};

use super::error::{Answer, Refusal};
use super::{NETWORK, PDS, auth};
use crate::world::{Account, State, Token};

const ACCESS_S: i64 = 60 * 60;
const DAY_S: i64 = 86_400;

/// A session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Whose: the account's DID.
    pub did: String,
    /// The client it was given to.
    pub client_id: String,
    /// Whether that one proves itself by a key.
    pub confidential: bool,
    /// The name of the key that proves each call.
    pub jkt: String,
    /// What was agreed to.
    pub scope: String,
    /// When it began, UTC microseconds.
    pub began_us: i64,
}

impl Session {
    /// How long it lasts at all, and unused, in seconds (reference server: `oauth-constants`).
    const fn lasts_s(&self) -> (i64, i64) {
        if self.confidential {
            (2 * 365 * DAY_S, 90 * DAY_S)
        } else {
            (14 * DAY_S, 14 * DAY_S)
        }
    }
}

#[derive(Default)]
struct Sessions(HashMap<String, Session>);

/// Begins a session; answers what the client is given.
pub fn begin(state: &mut State, session: Session, now_us: i64) -> Value {
    let id = state.secret(22);
    let given = give(state, &id, &session, now_us);
    state.own::<Sessions>().0.insert(id, session);
    given
}

fn give(state: &mut State, id: &str, session: &Session, now_us: i64) -> Value {
    let person = state
        .account(NETWORK, &session.did)
        .and_then(|account| account.roles.keys().next().cloned());
    let (whole_s, unused_s) = session.lasts_s();
    let ends_us = (session.began_us + whole_s * 1_000_000).min(now_us + unused_s * 1_000_000);
    let claims = json!({
        "iss": super::oauth::ISSUER, "aud": format!("did:web:{PDS}"), "sub": session.did, "scope": session.scope,
        "iat": now_us / 1_000_000, "exp": now_us / 1_000_000 + ACCESS_S, "cnf": {"jkt": session.jkt}, "jti": state.secret(22),
    });
    let access = auth::jwt(state, &claims);
    let refresh = format!("ref-{}", state.secret(43));
    for (kind, value, expires_us) in [("access", &access, now_us + ACCESS_S * 1_000_000), ("refresh", &refresh, ends_us)] {
        state.put_token(Token {
            value: value.clone(),
            network: NETWORK,
            kind: kind.to_owned(),
            person: person.clone().unwrap_or_default(),
            account: Some(session.did.clone()),
            app: session.client_id.clone(),
            scopes: session.scope.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>(),
            targets: BTreeSet::new(),
            issued_us: now_us,
            expires_us: Some(expires_us),
            revoked: None,
            details: json!({"jkt": session.jkt, "session": id}),
        });
    }
    json!({
        "access_token": access, "token_type": "DPoP", "refresh_token": refresh, "scope": session.scope, "expires_in": ACCESS_S,
        "sub": session.did,
    })
}

fn ended(message: &str) -> Refusal {
    Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_grant", message)
}

fn kill(state: &mut State, id: &str) {
    state.own::<Sessions>().0.remove(id);
    for token in state
        .tokens_mut()
        .filter(|token| token.network == NETWORK && token.details["session"] == id)
    {
        token.revoked = Some("revoked".to_owned());
    }
}

/// Renews a session. A renewing token that comes a second time ends it: one of the two who had it is a thief.
///
/// # Errors
/// `invalid_grant`.
pub fn renew(state: &mut State, refresh: &str, client_id: &str, jkt: &str, now_us: i64) -> Answer<Value> {
    let fits = |token: &&Token| token.network == NETWORK && token.kind == "refresh" && super::dpop::is_bound(token);
    let token = state
        .token(refresh)
        .filter(fits)
        .cloned()
        .ok_or_else(|| ended("Invalid refresh token"))?;
    let id = token.details["session"].as_str().unwrap_or_default().to_owned();
    if token.app != client_id {
        return Err(ended("Token was not issued to this client"));
    }
    if token.details["jkt"] != jkt {
        return Err(ended("DPoP proof does not match the session"));
    }
    if token.details["used"] == true {
        kill(state, &id);
        return Err(ended("Refresh token replayed"));
    }
    if token.revoked.is_some() || token.expires_us.is_some_and(|end| end <= now_us) {
        return Err(ended("Session expired"));
    }
    let session = state
        .own::<Sessions>()
        .0
        .get(&id)
        .cloned()
        .ok_or_else(|| ended("Session expired"))?;
    if state
        .account(NETWORK, &session.did)
        .is_none_or(|account: &Account| account.suspended)
    {
        return Err(ended("Account is deactivated"));
    }
    // The access of before ends with it.
    for old in state
        .tokens_mut()
        .filter(|token| token.network == NETWORK && token.details["session"] == id.as_str())
    {
        old.details["used"] = true.into();
        if old.kind == "access" {
            old.revoked = Some("renewed".to_owned());
        }
    }
    Ok(give(state, &id, &session, now_us))
}

/// Ends the session of a token, if it is one of the client's by this key.
pub fn take_back(state: &mut State, token: &str, client_id: &str, jkt: &str) {
    let own = |token: &&Token| token.network == NETWORK && token.app == client_id && token.details["jkt"] == jkt;
    let session = state
        .token(token)
        .filter(own)
        .and_then(|token| token.details["session"].as_str().map(str::to_owned));
    if let Some(id) = session {
        kill(state, &id);
    }
}
