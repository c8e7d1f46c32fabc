//! Google's sign-in, for all locations of a Google account at once.

use postrider_provider::{Answer, App, AuthorizeAsk, ConnectBy, ExchangeAsk, Fault, Flow, GrantView, Granted, Request, Variant};

use super::wire::Person;
use super::{error, read};
use crate::google::login::{self, permission};

/// The one way to connect.
pub const GOOGLE: &str = "google";

const NETWORK: &str = "google_business";
const USERINFO: &str = "https://openidconnect.googleapis.com/v1/userinfo";
const MANAGE: &str = "https://www.googleapis.com/auth/business.manage";

/// The ways to connect.
pub const VARIANTS: &[Variant] = &[Variant {
    key: GOOGLE,
    label: "Google Business Profile",
    by: ConnectBy::OAuth,
    fields: &[],
    needs_app: true,
    permissions: &[
        permission(
            MANAGE,
            "list your locations, post on them, and see whether a post stands, so that none is made twice",
            "publishing",
        ),
        permission("openid", "know which Google account it is", "accounts"),
        permission("profile", "show the name of the Google account", "accounts"),
        permission("email", "tell two Google accounts of one name apart", "accounts"),
    ],
}];

/// The address of Google's page.
pub fn authorize(app: &App, ask: &AuthorizeAsk<'_>) -> Result<String, Fault> {
    login::authorize((NETWORK, "Google Business Profile"), VARIANTS, app, ask)
}

/// Code for tokens, then who it is.
pub fn exchange(app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
    let Some(answer) = answers.first() else {
        return Flow::Call(login::exchange_call(app, ask));
    };
    let token = match login::exchanged(NETWORK, answer, &[MANAGE]) {
        Ok(token) => token,
        Err(fault) => return Flow::Fail(fault),
    };
    let Some(answer) = answers.get(1) else {
        let who = Request::get("read who signed in", USERINFO);
        return Flow::Call(who.header("Authorization", format!("Bearer {}", token.access_token)));
    };
    match read::<Person>(answer, "read who signed in") {
        Err(_) if !answer.ok() => Flow::Fail(error::of_connecting(answer)),
        Ok(person) => {
            let name = [person.email, person.name].into_iter().find(|name| !name.is_empty());
            let scopes = told_scopes(&token.scope);
            Flow::Done(login::granted(token, scopes, ask.now_ms, person.sub, name.unwrap_or_default()))
        }
        Err(fault) => Flow::Fail(fault),
    }
}

/// Google gives `email` and `profile` back under their long names.
fn told_scopes(text: &str) -> Vec<String> {
    let short = |scope: String| match scope.strip_prefix("https://www.googleapis.com/auth/userinfo.") {
        Some(name) => name.to_owned(),
        None => scope,
    };
    login::scopes(text).into_iter().map(short).collect()
}

/// Renews by the refresh token.
pub fn refresh(app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
    let Some(answer) = answers.first() else {
        return Flow::Call(login::refresh_call(app));
    };
    match login::renewed(NETWORK, grant, answer) {
        Ok(mut granted) => {
            granted.scopes = told_scopes(&granted.scopes.join(" "));
            Flow::Done(granted)
        }
        Err(fault) => Flow::Fail(fault),
    }
}

/// Takes the access back.
pub fn revoke() -> Request {
    login::revoke()
}
