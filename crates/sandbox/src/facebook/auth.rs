//! Tokens: code to short token, short to long, and what a token is.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{NETWORK, Own};
use crate::meta::{Answer, Asked, Refusal, app_secret_fits, person_id};
use crate::world::{State, Token};

/// A short user token lives 1 to 2 hours (§2).
const SHORT_S: i64 = 5_400;
/// A long user token lives about 60 days (§2).
const LONG_S: i64 = 5_184_000;
/// Data can be read for 90 days after the person last signed in (§2).
const DATA_ACCESS_S: i64 = 90 * 86_400;

/// `GET /oauth/access_token`: a code or a short token for a token.
pub fn access_token(asked: &Asked) -> Answer {
    let app = asked.params.need("client_id")?.to_owned();
    let secret = asked.params.need("client_secret")?.to_owned();
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        if !app_secret_fits(state, &app, &secret) {
            return Err(Refusal::new(400, 1, "Error validating client secret."));
        }
        match asked.params.text("grant_type") {
            Some("fb_exchange_token") => exchange_token(asked, state, &app, now_us),
            Some("client_credentials") => Ok(json!({"access_token": format!("{app}|{secret}"), "token_type": "bearer"})),
            None | Some("authorization_code") => exchange_code(asked, state, &app, now_us),
            Some(other) => Err(Refusal::parameter(format!("Invalid grant_type: {other}"))),
        }
    })
}

fn user_token(
    state: &mut State,
    person: &str,
    app: &str,
    scopes: BTreeSet<String>,
    targets: BTreeSet<String>,
    now_us: i64,
    life_s: i64,
) -> Token {
    Token {
        value: format!("EAA{}", state.secret(60)),
        network: NETWORK,
        kind: "user".to_owned(),
        person: person.to_owned(),
        account: None,
        app: app.to_owned(),
        scopes,
        targets,
        issued_us: now_us,
        expires_us: Some(now_us + life_s * 1_000_000),
        revoked: None,
        details: json!({"long": life_s == LONG_S}),
    }
}

fn exchange_code(asked: &Asked, state: &mut State, app: &str, now_us: i64) -> Answer {
    let redirect_uri = asked.params.need("redirect_uri")?;
    let value = asked.params.need("code")?;
    let invalid = |message: &str, subcode: i64| Err(Refusal::new(400, 100, message).sub(subcode));
    let Some(code) = state.codes.get_mut(value).filter(|code| code.network == NETWORK && code.app == app) else {
        return Err(Refusal::new(400, 100, "Invalid verification code format."));
    };
    if code.used {
        return invalid("This authorization code has been used.", 36_009);
    }
    if code.expires_us <= now_us {
        return invalid("This authorization code has expired.", 36_007);
    }
    if code.redirect_uri != redirect_uri {
        return invalid(
            "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request",
            36_008,
        );
    }
    code.used = true;
    let code = code.clone();
    // What was allowed at an earlier sign-in to the same app stays allowed until the person refuses it or removes the app.
    let grant = state.own::<Own>().grants.entry((code.person.clone(), app.to_owned())).or_default();
    grant.granted.retain(|scope| !code.declined.contains(scope));
    grant.granted.extend(code.scopes);
    grant.declined.extend(code.declined);
    grant.declined.retain(|scope| !grant.granted.contains(scope));
    let scopes = grant.granted.clone();
    // Permissions belong to the person and the app, so that tokens given before have them as well (`revoke` takes them so too).
    let of_grant = |token: &&mut Token| token.network == NETWORK && token.person == code.person && token.app == app;
    for token in state.tokens_mut().filter(of_grant) {
        token.scopes.clone_from(&scopes);
    }
    let token = user_token(state, &code.person, app, scopes, code.targets, now_us, SHORT_S);
    let answer = json!({"access_token": token.value, "token_type": "bearer", "expires_in": SHORT_S});
    state.put_token(token);
    Ok(answer)
}

fn exchange_token(asked: &Asked, state: &mut State, app: &str, now_us: i64) -> Answer {
    let value = asked.params.need("fb_exchange_token")?;
    let old = crate::meta::live_token(state, now_us, Some(value), &asked.params)?;
    if old.kind != "user" || old.app != app {
        return Err(Refusal::of("token_invalid").saying("Error validating access token: the token does not belong to this app"));
    }
    let token = user_token(state, &old.person, app, old.scopes, old.targets, now_us, LONG_S);
    let answer = json!({"access_token": token.value, "token_type": "bearer", "expires_in": LONG_S});
    state.put_token(token);
    Ok(answer)
}

/// `GET /debug_token`, asked with the app's own token `id|secret`.
pub fn debug_token(asked: &Asked) -> Answer {
    let input = asked.params.need("input_token")?;
    let (app, secret) = asked.token.as_deref().and_then(|token| token.split_once('|')).ok_or_else(|| {
        Refusal::parameter("You must provide an app access token, or a user access token that is an owner or developer of the app")
    })?;
    let now_us = asked.world.clock.now_us();
    asked.world.with(|state| {
        if !app_secret_fits(state, app, secret) {
            return Err(Refusal::of("token_invalid").saying("Invalid OAuth access token signature."));
        }
        let Some(token) = state.token(input).cloned().filter(|token| token.app == app) else {
            return Ok(
                json!({"data": {"is_valid": false, "error": {"code": 190, "message": "Invalid OAuth access token."}, "scopes": []}}),
            );
        };
        let dead = crate::meta::live_token(state, now_us, Some(input), &Default::default()).err();
        Ok(json!({"data": describe(&token, dead.as_ref())}))
    })
}

fn describe(token: &Token, dead: Option<&Refusal>) -> Value {
    let mut data = json!({
        "app_id": token.app,
        "type": token.kind.to_ascii_uppercase(),
        "application": "Planner",
        "expires_at": token.expires_us.map_or(0, |end_us| end_us / 1_000_000),
        "data_access_expires_at": token.issued_us / 1_000_000 + DATA_ACCESS_S,
        "issued_at": token.issued_us / 1_000_000,
        "is_valid": dead.is_none(),
        "scopes": token.scopes,
        "user_id": person_id(&token.person),
    });
    if let Some(page) = &token.account {
        data["profile_id"] = json!(page);
    }
    if !token.targets.is_empty() {
        let ticked = token.scopes.iter().filter(|scope| scope.starts_with("pages_"));
        data["granular_scopes"] = ticked.map(|scope| json!({"scope": scope, "target_ids": token.targets})).collect();
    }
    if let Some(refusal) = dead {
        data["error"] = json!({"code": refusal.code, "subcode": refusal.subcode, "message": refusal.message});
    }
    data
}
