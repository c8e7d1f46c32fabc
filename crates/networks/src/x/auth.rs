//! X's OAuth 2.0 with PKCE. The app is known by Basic; every renewal takes the old refresh token out of use.

use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Account, Answer, App, AuthorizeAsk, ConnectBy, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health, Permission, Request,
    Secrets, Val, Variant, Verdict,
};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

use super::wire::{Token, User, Wrapped};
use super::{api, error};

/// The one way to connect.
pub const ACCOUNT: &str = "account";
/// What is posted to.
pub const PROFILE: &str = "profile";

const AUTHORIZE: &str = "https://x.com/i/oauth2/authorize";
/// How long access lasts where the answer does not say (fact sheet section 2).
const ACCESS_S: i64 = 7_200;
const USER_FIELDS: &str = "id,name,username,profile_image_url,protected";

const fn permission(scope: &'static str, purpose: &'static str, feature: &'static str) -> Permission {
    Permission { scope, purpose, feature }
}

/// The ways to connect.
pub const VARIANTS: &[Variant] = &[Variant {
    key: ACCOUNT,
    label: "X account",
    by: ConnectBy::OAuth,
    fields: &[],
    needs_app: true,
    permissions: &[
        permission("users.read", "know whose account it is", "accounts"),
        permission("tweet.read", "see whether a post stands, so that none is made twice", "publishing"),
        permission("tweet.write", "post", "publishing"),
        permission("media.write", "upload pictures and videos", "publishing"),
        permission("offline.access", "stay connected for longer than two hours", "renewal"),
    ],
}];

/// The address of the authorisation page.
pub fn authorize(app: &App, ask: &AuthorizeAsk<'_>) -> Result<String, Fault> {
    let asked = VARIANTS.iter().find(|variant| variant.key == ask.variant).map(|variant| {
        let scopes = variant.permissions.iter().map(|permission| permission.scope);
        scopes.collect::<Vec<_>>().join(" ")
    });
    let (Some(scopes), Ok(mut url)) = (asked, Url::parse(AUTHORIZE)) else {
        return Err(Fault::stop(
            FailureKind::Internal,
            "x.variant",
            format!("X is not connected by `{}`.", ask.variant),
            "Use the button to connect.",
        ));
    };
    let scopes = app.settings.get("scopes").unwrap_or(&scopes);
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &app.client_id)
        .append_pair("redirect_uri", ask.redirect_uri)
        .append_pair("state", ask.state)
        .append_pair("code_challenge", ask.code_challenge)
        .append_pair("code_challenge_method", "S256");
    // X documents blanks as %20 only. Names of permissions hold nothing else to be encoded.
    Ok(format!("{url}&scope={}", scopes.replace(' ', "%20")))
}

/// Code for tokens, then who it is. The code lives for 30 seconds.
pub fn exchange(app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
    let Some(answer) = answers.first() else {
        return Flow::Call(token_call(
            app,
            "exchange the code",
            vec![
                field("grant_type", "authorization_code"),
                field("code", ask.code),
                field("redirect_uri", ask.redirect_uri),
                field("code_verifier", ask.code_verifier),
            ],
        ));
    };
    let token = match token(answer, "exchange the code") {
        Ok(token) => token,
        Err(fault) => return Flow::Fail(fault),
    };
    let Some(answer) = answers.get(1) else {
        return Flow::Call(who().header("Authorization", format!("Bearer {}", token.access_token)));
    };
    match read::<User>(answer, "read the account") {
        Ok(user) => {
            let scopes = scopes(&token.scope);
            let renews = token.refresh_token.is_some();
            Flow::Done(granted(token, scopes, renews, ask.now_ms, user.id, user.name))
        }
        Err(fault) => Flow::Fail(fault),
    }
}

/// Renews by the refresh token, which is out of use from then on.
pub fn refresh(app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
    if grant.meta["renews"] != true {
        let fault = Fault::stop(
            FailureKind::Connection,
            "x.no_renewal",
            "X gave no access beyond two hours: the permission `offline.access` is missing.",
            "Reconnect and give every permission.",
        );
        return Flow::Fail(fault.verdict(Verdict::Expired));
    }
    let Some(answer) = answers.first() else {
        let fields = vec![
            field("grant_type", "refresh_token"),
            ("refresh_token".to_owned(), Val::Secret("refresh".to_owned())),
        ];
        return Flow::Call(token_call(app, "renew the access", fields));
    };
    match token(answer, "renew the access") {
        Ok(token) => {
            let scopes = match scopes(&token.scope) {
                told if told.is_empty() => grant.scopes.clone(),
                told => told,
            };
            let name = grant.meta["name"].as_str().unwrap_or_default().to_owned();
            // A token that is not given anew keeps its stored value.
            Flow::Done(granted(token, scopes, true, grant.now_ms, grant.subject.clone(), name))
        }
        Err(fault) => Flow::Fail(fault),
    }
}

/// The one account that signed in.
pub fn accounts(grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
    let Some(answer) = answers.first() else {
        return Flow::Call(who().bearer("access"));
    };
    match read::<User>(answer, "read the account") {
        Ok(user) => Flow::Done(vec![FoundAccount {
            avatar_url: avatar(&user),
            detail: if user.protected {
                format!("@{}, protected", user.username)
            } else {
                format!("@{}", user.username)
            },
            account: Account {
                external_id: user.id,
                handle: user.username,
                kind: PROFILE.to_owned(),
                variant: grant.variant.clone(),
                meta: json!({"protected": user.protected}),
            },
            name: user.name,
            unusable: None,
            secrets: Secrets::new(),
        }]),
        Err(fault) => Flow::Fail(fault),
    }
}

/// Whether the token lives.
pub fn verify(answers: &[Answer]) -> Flow<Health> {
    let Some(answer) = answers.first() else {
        return Flow::Call(who().bearer("access"));
    };
    match read::<User>(answer, "read the account") {
        Ok(user) => Flow::Done(Health {
            // Which permissions a token holds is told only as it is given out.
            scopes: None,
            avatar_url: avatar(&user),
            name: Some(user.name).filter(|name| !name.is_empty()),
            data_access_ends_at_ms: None,
        }),
        Err(fault) => Flow::Fail(fault),
    }
}

/// Takes the access back: with the token that lasts longest. An access token left over ends within two hours.
pub fn revoke(app: &App, grant: &GrantView) -> Request {
    let lasting = if grant.meta["renews"] == true { "refresh" } else { "access" };
    Request::post("take the access back", api("oauth2/revoke"))
        .form(vec![("token".to_owned(), Val::Secret(lasting.to_owned()))])
        .basic(&app.client_id, "client_secret")
}

fn who() -> Request {
    Request::get("read the account", api("users/me")).query("user.fields", USER_FIELDS)
}

/// The address names a picture of 48 pixels; the same with another ending is larger.
fn avatar(user: &User) -> Option<String> {
    let small = user.profile_image_url.as_deref()?;
    Some(small.replace("_normal.", "_400x400."))
}

fn field(name: &str, value: &str) -> (String, Val) {
    (name.to_owned(), Val::from(value))
}

fn token_call(app: &App, label: &str, fields: Vec<(String, Val)>) -> Request {
    Request::post(label, api("oauth2/token"))
        .form(fields)
        .basic(&app.client_id, "client_secret")
}

fn scopes(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn granted(token: Token, scopes: Vec<String>, renews: bool, now_ms: i64, subject: String, name: String) -> Granted {
    let lasts_ms = token.expires_in.unwrap_or(ACCESS_S).saturating_mul(1_000);
    let mut secrets = Secrets::from([("access".to_owned(), SecretString::from(token.access_token))]);
    if let Some(refresh) = token.refresh_token {
        secrets.insert("refresh".to_owned(), SecretString::from(refresh));
    }
    Granted {
        secrets,
        scopes,
        expires_at_ms: Some(now_ms.saturating_add(lasts_ms)),
        // X does not say how long a refresh token lives.
        refresh_expires_at_ms: None,
        subject,
        meta: json!({"name": name, "renews": renews}),
        subject_name: name,
    }
}

fn token(answer: &Answer, what: &str) -> Result<Token, Fault> {
    if !answer.ok() {
        return Err(error::of_token(answer));
    }
    serde_json::from_slice(&answer.body).map_err(|_| error::unreadable(what))
}

fn read<T: DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Fault> {
    if !answer.ok() {
        return Err(error::fault(answer));
    }
    let wrapped: Result<Wrapped<T>, _> = serde_json::from_slice(&answer.body);
    wrapped.map(|wrapped| wrapped.data).map_err(|_| error::unreadable(what))
}
