//! Google's OAuth (fact sheet youtube.md section 2). Consent is asked for every time, as nothing else brings access that can be renewed.

use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Answer, App, AuthorizeAsk, ExchangeAsk, Fault, GrantView, Granted, Permission, Request, Secrets, Val, Variant, Verdict,
};
use secrecy::SecretString;
use serde_json::json;
use url::Url;

use super::error;
use super::wire::Token;

const AUTHORIZE: &str = "https://accounts.google.com/o/oauth2/v2/auth";
const TOKEN: &str = "https://oauth2.googleapis.com/token";
const REVOKE: &str = "https://oauth2.googleapis.com/revoke";
/// How long access lasts where the answer does not say.
const ACCESS_S: i64 = 3_600;

/// A permission that is asked for.
pub const fn permission(scope: &'static str, purpose: &'static str, feature: &'static str) -> Permission {
    Permission { scope, purpose, feature }
}

/// The address of Google's page, for one of a network's ways to connect.
pub fn authorize(network: (&str, &str), variants: &[Variant], app: &App, ask: &AuthorizeAsk<'_>) -> Result<String, Fault> {
    let (key, name) = network;
    let asked = variants.iter().find(|variant| variant.key == ask.variant).map(|variant| {
        let scopes = variant.permissions.iter().map(|permission| permission.scope);
        scopes.collect::<Vec<_>>().join(" ")
    });
    let (Some(scopes), Ok(mut url)) = (asked, Url::parse(AUTHORIZE)) else {
        return Err(Fault::stop(
            FailureKind::Internal,
            format!("{key}.variant"),
            format!("{name} is not connected by `{}`.", ask.variant),
            "Use the button to connect.",
        ));
    };
    url.query_pairs_mut()
        .append_pair("client_id", &app.client_id)
        .append_pair("redirect_uri", ask.redirect_uri)
        .append_pair("response_type", "code")
        .append_pair("scope", &scopes)
        .append_pair("access_type", "offline")
        .append_pair("prompt", if ask.again { "select_account consent" } else { "consent" })
        .append_pair("include_granted_scopes", "true")
        .append_pair("state", ask.state)
        .append_pair("code_challenge", ask.code_challenge)
        .append_pair("code_challenge_method", "S256");
    Ok(url.into())
}

/// The call that makes tokens of a code.
pub fn exchange_call(app: &App, ask: &ExchangeAsk<'_>) -> Request {
    let fields = vec![
        field("grant_type", "authorization_code"),
        field("code", ask.code),
        field("redirect_uri", ask.redirect_uri),
        field("code_verifier", ask.code_verifier),
    ];
    token_call(app, "exchange the code", fields)
}

/// The call that renews by the refresh token, which stays as it is.
pub fn refresh_call(app: &App) -> Request {
    let fields = vec![
        field("grant_type", "refresh_token"),
        ("refresh_token".to_owned(), Val::Secret("refresh".to_owned())),
    ];
    token_call(app, "renew the access", fields)
}

/// Takes the access back: with the refresh token ends all that came of it.
pub fn revoke() -> Request {
    Request::post("take the access back", REVOKE).form(vec![("token".to_owned(), Val::Secret("refresh".to_owned()))])
}

/// The tokens of a code, if they allow what nothing can be done without, and can be renewed.
pub fn exchanged(network: &str, answer: &Answer, needed: &[&str]) -> Result<Token, Fault> {
    let token = token(network, answer, "exchange the code")?;
    let given = scopes(&token.scope);
    if let Some(scope) = needed.iter().find(|needed| !given.iter().any(|scope| scope == *needed)) {
        return Err(Fault::stop(
            FailureKind::Permission,
            format!("{network}.permission_missing"),
            format!("The permission `{scope}` was not given."),
            "Connect again and leave every box on Google's page ticked.",
        )
        .verdict(Verdict::MissingPermission));
    }
    if token.refresh_token.is_none() {
        return Err(Fault::stop(
            FailureKind::Connection,
            format!("{network}.no_renewal"),
            "Google gave access for an hour only, as it does where it was not asked for consent.",
            "Remove Postrider at https://myaccount.google.com/permissions, then connect again.",
        ));
    }
    Ok(token)
}

fn token(network: &str, answer: &Answer, what: &str) -> Result<Token, Fault> {
    if answer.ok() {
        serde_json::from_slice(&answer.body).map_err(|_| crate::refusal::unreadable(network, what))
    } else {
        Err(error::of_token(network, answer))
    }
}

/// The grant as it is after a renewal.
pub fn renewed(network: &str, grant: &GrantView, answer: &Answer) -> Result<Granted, Fault> {
    let token = token(network, answer, "renew the access")?;
    let scopes = match scopes(&token.scope) {
        told if told.is_empty() => grant.scopes.clone(),
        told => told,
    };
    let name = grant.meta["name"].as_str().unwrap_or_default().to_owned();
    Ok(granted(token, scopes, grant.now_ms, grant.subject.clone(), name))
}

/// What a token allows.
pub fn scopes(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// A grant of tokens. A renewal brings no refresh token: the old one goes on.
pub fn granted(token: Token, scopes: Vec<String>, now_ms: i64, subject: String, name: String) -> Granted {
    let ends_ms = |seconds: i64| now_ms.saturating_add(seconds.saturating_mul(1_000));
    let mut secrets = Secrets::from([("access".to_owned(), SecretString::from(token.access_token))]);
    if let Some(refresh) = token.refresh_token {
        secrets.insert("refresh".to_owned(), SecretString::from(refresh));
    }
    Granted {
        secrets,
        scopes,
        expires_at_ms: Some(ends_ms(token.expires_in.unwrap_or(ACCESS_S))),
        refresh_expires_at_ms: token.refresh_token_expires_in.map(ends_ms),
        subject,
        meta: json!({"name": name}),
        subject_name: name,
    }
}

fn field(name: &str, value: &str) -> (String, Val) {
    (name.to_owned(), Val::from(value))
}

fn token_call(app: &App, label: &str, mut fields: Vec<(String, Val)>) -> Request {
    fields.push(field("client_id", &app.client_id));
    fields.push(("client_secret".to_owned(), Val::Secret("client_secret".to_owned())));
    Request::post(label, TOKEN).form(fields)
}
