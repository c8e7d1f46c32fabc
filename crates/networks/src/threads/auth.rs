//! Signing in with Threads: the page, the long token, who it is, and what was granted.

use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Account, Answer, App, AuthorizeAsk, ConnectBy, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health, Permission, Request,
    Secrets, Val, Variant, Verdict,
};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use super::wire::{Inspected, Profile};
use super::{GRAPH, address, error};
use crate::meta::error::seen;
use crate::meta::login::{flow, scopes};
use crate::meta::wire::Token;

/// The one way to connect.
pub const THREADS_LOGIN: &str = "threads_login";

const PROFILE_FIELDS: &str = "id,username,name,threads_profile_picture_url";
/// How long a long-lived token lasts where the answer does not say.
const LONG_S: i64 = 60 * 86_400;

const PUBLISH: &str = "threads_content_publish";
const MANAGE_REPLIES: &str = "threads_manage_replies";
const READ_REPLIES: &str = "threads_read_replies";

const fn permission(scope: &'static str, purpose: &'static str, feature: &'static str) -> Permission {
    Permission { scope, purpose, feature }
}

const PERMISSIONS: &[Permission] = &[
    permission(
        "threads_basic",
        "know the profile, its name and picture, and renew the access",
        "accounts",
    ),
    permission(PUBLISH, "publish on the profile", "publishing"),
    permission(MANAGE_REPLIES, "add the first comment and the parts of threads", "comments"),
    permission(
        READ_REPLIES,
        "find the parts of a thread again when the connection broke",
        "comments",
    ),
    permission("threads_manage_insights", "read the profile's numbers", "numbers"),
];

/// The ways to connect.
pub const VARIANTS: &[Variant] = &[Variant {
    key: THREADS_LOGIN,
    label: "With Threads",
    by: ConnectBy::OAuth,
    fields: &[],
    needs_app: true,
    permissions: PERMISSIONS,
}];

/// The address of the authorisation page.
pub fn authorize(app: &App, ask: &AuthorizeAsk<'_>) -> Result<String, Fault> {
    let (THREADS_LOGIN, Ok(mut url)) = (ask.variant, Url::parse("https://threads.com/oauth/authorize")) else {
        return Err(Fault::stop(
            FailureKind::Internal,
            "threads.variant",
            format!("Threads is not connected by `{}`.", ask.variant),
            "Choose Threads.",
        ));
    };
    url.query_pairs_mut()
        .append_pair("client_id", &app.client_id)
        .append_pair("redirect_uri", ask.redirect_uri)
        .append_pair("scope", &scopes(PERMISSIONS))
        .append_pair("response_type", "code")
        .append_pair("state", ask.state);
    Ok(url.into())
}

/// Code for tokens.
pub fn exchange(app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
    flow(exchanged(app, ask, answers))
}

fn exchanged(app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Result<Flow<Granted>, Fault> {
    let mut answers = answers.iter();
    let Some(answer) = answers.next() else {
        // A fragment that Threads appends may have been taken for a part of the code.
        let code = ask.code.trim_end_matches("#_");
        return Ok(Flow::Call(
            Request::post("exchange the code", format!("https://{GRAPH}/oauth/access_token")).form(vec![
                ("client_id".to_owned(), Val::from(app.client_id.as_str())),
                ("client_secret".to_owned(), Val::Secret("client_secret".to_owned())),
                ("grant_type".to_owned(), Val::from("authorization_code")),
                ("redirect_uri".to_owned(), Val::from(ask.redirect_uri)),
                ("code".to_owned(), Val::from(code)),
            ]),
        ));
    };
    let short: Token = read(answer, "exchange the code")?;
    let Some(answer) = answers.next() else {
        return Ok(Flow::Call(
            Request::get("lengthen the access", format!("https://{GRAPH}/access_token"))
                .query("grant_type", "th_exchange_token")
                .query("client_secret", Val::Secret("client_secret".to_owned()))
                .query("access_token", short.access_token),
        ));
    };
    let long: Token = read(answer, "lengthen the access")?;
    let bearer = format!("Bearer {}", long.access_token);
    let Some(answer) = answers.next() else {
        return Ok(Flow::Call(me().header("Authorization", bearer)));
    };
    // The id beside the short token may be cut by whoever reads it as a number; this one is a text.
    let profile: Profile = read(answer, "read the profile")?;
    let granted_scopes = match what_was_granted(&long.access_token, &mut answers)? {
        Ok(granted_scopes) => granted_scopes,
        Err(call) => return Ok(Flow::Call(call)),
    };
    let meta = json!({
        "renews": true,
        "name": profile.username,
        "data_access_ends_at_ms": granted_scopes.data_access_ends_at_ms,
    });
    Ok(Flow::Done(granted(
        long,
        granted_scopes.scopes,
        ask.now_ms,
        profile.id,
        profile.username,
        meta,
    )))
}

/// What a token allows.
struct GrantedScopes {
    scopes: Vec<String>,
    data_access_ends_at_ms: Option<i64>,
}

/// What was granted, or the next call that tells. The list is shown to testers of the app only; for others what needs a permission is
/// asked for, and the refusal tells. What nothing is asked for with counts as granted.
fn what_was_granted<'a>(token: &str, answers: &mut impl Iterator<Item = &'a Answer>) -> Result<Result<GrantedScopes, Request>, Fault> {
    let bearer = format!("Bearer {token}");
    let Some(answer) = answers.next() else {
        return Ok(Err(Request::get("read what was granted", address("debug_token"))
            .query("input_token", token)
            .header("Authorization", bearer)));
    };
    if answer.ok() {
        let told = read::<Inspected>(answer, "read what was granted")?.data;
        return Ok(Ok(GrantedScopes {
            scopes: told.scopes,
            data_access_ends_at_ms: told.data_access_expires_at.map(|seconds| seconds.saturating_mul(1_000)),
        }));
    }
    let mut scopes: Vec<String> = PERMISSIONS.iter().map(|permission| permission.scope.to_owned()).collect();
    for (scope, label, path, field) in [
        (PUBLISH, "try publishing", "me/threads_publishing_limit", "quota_usage"),
        // The quota of answers is shown to those who may answer.
        (MANAGE_REPLIES, "try answering", "me/threads_publishing_limit", "reply_quota_usage"),
        (READ_REPLIES, "try reading replies", "me/replies", "id"),
    ] {
        let Some(answer) = answers.next() else {
            return Ok(Err(Request::get(label, address(path))
                .query("fields", field)
                .header("Authorization", bearer)));
        };
        if is_missing_permission(answer) {
            scopes.retain(|granted| granted != scope);
        } else if !answer.ok() {
            return Err(error::fault(answer));
        }
    }
    Ok(Ok(GrantedScopes {
        scopes,
        data_access_ends_at_ms: None,
    }))
}

fn is_missing_permission(answer: &Answer) -> bool {
    !answer.ok() && matches!(seen(answer).code.as_str(), "10" | "200")
}

/// A token for a longer one, while it still lives.
pub fn refresh(grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
    let Some(answer) = answers.first() else {
        return Flow::Call(
            Request::get("renew the access", format!("https://{GRAPH}/refresh_access_token"))
                .query("grant_type", "th_refresh_token")
                .query("access_token", Val::Secret("access".to_owned())),
        );
    };
    match read::<Token>(answer, "renew the access") {
        Ok(token) => {
            let name = grant.meta["name"].as_str().unwrap_or_default().to_owned();
            Flow::Done(granted(
                token,
                grant.scopes.clone(),
                grant.now_ms,
                grant.subject.clone(),
                name,
                grant.meta.clone(),
            ))
        }
        Err(fault) => Flow::Fail(fault),
    }
}

/// The profile that signed in.
pub fn accounts(answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
    let Some(answer) = answers.first() else {
        return Flow::Call(me().bearer("access"));
    };
    match read::<Profile>(answer, "read the profile") {
        Ok(profile) => Flow::Done(vec![FoundAccount {
            name: shown_name(&profile),
            account: Account {
                external_id: profile.id,
                handle: profile.username,
                kind: "profile".to_owned(),
                variant: THREADS_LOGIN.to_owned(),
                meta: json!({}),
            },
            avatar_url: profile.threads_profile_picture_url,
            detail: String::new(),
            unusable: None,
            secrets: Secrets::new(),
        }]),
        Err(fault) => Flow::Fail(fault),
    }
}

/// Whether the profile can be read, and may still be published on.
pub fn verify(grant: &GrantView, account: &Account, answers: &[Answer]) -> Flow<Health> {
    flow(verified(grant, account, answers))
}

fn verified(grant: &GrantView, account: &Account, answers: &[Answer]) -> Result<Flow<Health>, Fault> {
    let mut answers = answers.iter();
    let Some(answer) = answers.next() else {
        return Ok(Flow::Call(
            Request::get("read the profile", address(&account.external_id))
                .query("fields", PROFILE_FIELDS)
                .bearer("access"),
        ));
    };
    let profile: Profile = read(answer, "read the profile")?;
    let Some(answer) = answers.next() else {
        let path = format!("{}/threads_publishing_limit", account.external_id);
        return Ok(Flow::Call(
            Request::get("try publishing", address(&path))
                .query("fields", "quota_usage")
                .bearer("access"),
        ));
    };
    if is_missing_permission(answer) {
        return Err(Fault::stop(
            FailureKind::Permission,
            "threads.permission_missing",
            "The permission to publish on Threads is missing.",
            "Reconnect the profile and allow everything that is asked for.",
        )
        .verdict(Verdict::MissingPermission));
    }
    if !answer.ok() {
        return Err(error::fault(answer));
    }
    Ok(Flow::Done(Health {
        scopes: None,
        name: Some(shown_name(&profile)).filter(|name| !name.is_empty()),
        avatar_url: profile.threads_profile_picture_url,
        data_access_ends_at_ms: grant.meta["data_access_ends_at_ms"].as_i64(),
    }))
}

fn me() -> Request {
    Request::get("read the profile", address("me")).query("fields", PROFILE_FIELDS)
}

fn shown_name(profile: &Profile) -> String {
    let name = if profile.name.is_empty() {
        &profile.username
    } else {
        &profile.name
    };
    name.clone()
}

fn read<T: DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Fault> {
    if !answer.ok() {
        return Err(error::fault(answer));
    }
    serde_json::from_slice(&answer.body).map_err(|_| error::unreadable(what))
}

fn granted(token: Token, scopes: Vec<String>, now_ms: i64, subject: String, name: String, meta: Value) -> Granted {
    let lasts_s = token.expires_in.filter(|seconds| *seconds > 0).unwrap_or(LONG_S);
    Granted {
        secrets: Secrets::from([("access".to_owned(), SecretString::from(token.access_token))]),
        scopes,
        expires_at_ms: Some(now_ms.saturating_add(lasts_s.saturating_mul(1_000))),
        refresh_expires_at_ms: None,
        subject,
        meta,
        subject_name: name,
    }
}
