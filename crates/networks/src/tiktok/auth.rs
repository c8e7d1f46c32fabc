//! TikTok's OAuth (fact sheet section 2): `client_key` where others say `client_id`, commas between permissions, refusals with status 200,
//! and for apps on a person's own machine a PKCE challenge in hexadecimal.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Account, Answer, App, AuthorizeAsk, ConnectBy, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health, Permission, Request,
    Secrets, Val, Variant,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::{Host, Url};

use super::wire::{Info, Token, User};
use super::{error, read};

/// The one way to connect.
pub const ACCOUNT: &str = "account";

const AUTHORIZE: &str = "https://www.tiktok.com/v2/auth/authorize/";
const TOKEN: &str = "https://open.tiktokapis.com/v2/oauth/token/";
const REVOKE: &str = "https://open.tiktokapis.com/v2/oauth/revoke/";
const USER: &str = "https://open.tiktokapis.com/v2/user/info/";
/// How long access and its renewal last where the answer does not say.
const ACCESS_S: i64 = 86_400;
const RENEWAL_S: i64 = 31_536_000;

const BASIC: &str = "user.info.basic";
const PROFILE: &str = "user.info.profile";
const PUBLISH: &str = "video.publish";

const fn permission(scope: &'static str, purpose: &'static str, feature: &'static str) -> Permission {
    Permission { scope, purpose, feature }
}

/// The ways to connect.
pub const VARIANTS: &[Variant] = &[Variant {
    key: ACCOUNT,
    label: "TikTok account",
    by: ConnectBy::OAuth,
    fields: &[],
    needs_app: true,
    permissions: &[
        permission(BASIC, "know whose account it is", "accounts"),
        permission(PROFILE, "know its name in addresses, to link to posts", "accounts"),
        permission(PUBLISH, "publish videos and pictures", "publishing"),
        permission("video.upload", "leave drafts in the account's inbox", "publishing"),
        permission("video.list", "see whether a post stands, so that none is made twice", "publishing"),
    ],
}];

/// Whether an address of return is one of a person's own machine, which TikTok knows as a desktop app; only these use PKCE.
fn is_desktop(redirect_uri: &str) -> bool {
    let Ok(url) = Url::parse(redirect_uri) else { return false };
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The same digest in lower-case hexadecimal, as TikTok wants it from desktop apps.
fn in_hex(challenge: &str) -> Option<String> {
    let digest = URL_SAFE_NO_PAD.decode(challenge).ok()?;
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The address of the authorisation page.
pub fn authorize(app: &App, ask: &AuthorizeAsk<'_>) -> Result<String, Fault> {
    let wrong = |message: String| Fault::stop(FailureKind::Internal, "tiktok.variant", message, "Use the button to connect.");
    let asked = VARIANTS.iter().find(|variant| variant.key == ask.variant).map(|variant| {
        let scopes = variant.permissions.iter().map(|permission| permission.scope);
        scopes.collect::<Vec<_>>().join(",")
    });
    let (Some(scopes), Ok(mut url)) = (asked, Url::parse(AUTHORIZE)) else {
        return Err(wrong(format!("TikTok is not connected by `{}`.", ask.variant)));
    };
    let scopes = app.settings.get("scopes").unwrap_or(&scopes);
    url.query_pairs_mut()
        .append_pair("client_key", &app.client_id)
        .append_pair("response_type", "code")
        .append_pair("scope", scopes)
        .append_pair("redirect_uri", ask.redirect_uri)
        .append_pair("state", ask.state);
    if is_desktop(ask.redirect_uri) {
        let challenge = in_hex(ask.code_challenge).ok_or_else(|| wrong("The PKCE challenge cannot be read.".to_owned()))?;
        url.query_pairs_mut()
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
    }
    if ask.again {
        url.query_pairs_mut().append_pair("disable_auto_auth", "1");
    }
    Ok(url.into())
}

/// Code for tokens, then who it is.
pub fn exchange(app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
    let Some(answer) = answers.first() else {
        let mut fields = vec![
            field("code", ask.code),
            field("grant_type", "authorization_code"),
            field("redirect_uri", ask.redirect_uri),
        ];
        if is_desktop(ask.redirect_uri) {
            fields.push(field("code_verifier", ask.code_verifier));
        }
        return Flow::Call(token_call(app, "exchange the code", fields));
    };
    let token = match token(answer, "exchange the code") {
        Ok(token) => token,
        Err(fault) => return Flow::Fail(fault),
    };
    let scopes = scopes(&token.scope);
    let Some(answer) = answers.get(1) else {
        return Flow::Call(who(&scopes).header("Authorization", format!("Bearer {}", token.access_token)));
    };
    match read::<Info>(answer, "read the account") {
        Ok(info) => {
            let name = display(&info.user).to_owned();
            Flow::Done(granted(token, scopes, ask.now_ms, name))
        }
        Err(fault) => Flow::Fail(fault),
    }
}

/// Renews by the refresh token, in whose place another may come.
pub fn refresh(app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
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
            Flow::Done(granted(token, scopes, grant.now_ms, name))
        }
        Err(fault) => Flow::Fail(fault),
    }
}

/// The one account behind a grant.
pub fn accounts(grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
    let Some(answer) = answers.first() else {
        return Flow::Call(who(&grant.scopes).bearer("access"));
    };
    match read::<Info>(answer, "read the account") {
        Ok(info) => Flow::Done(vec![account(info.user, grant)]),
        Err(fault) => Flow::Fail(fault),
    }
}

/// Whether the token lives.
pub fn verify(grant: &GrantView, answers: &[Answer]) -> Flow<Health> {
    let Some(answer) = answers.first() else {
        return Flow::Call(who(&grant.scopes).bearer("access"));
    };
    match read::<Info>(answer, "read the account") {
        Ok(info) => Flow::Done(Health {
            // Which permissions a token holds is told only as it is given out.
            scopes: None,
            name: Some(display(&info.user).to_owned()).filter(|name| !name.is_empty()),
            avatar_url: info.user.avatar_url,
            data_access_ends_at_ms: None,
        }),
        Err(fault) => Flow::Fail(fault),
    }
}

/// Takes the access back.
pub fn revoke(app: &App) -> Request {
    Request::post("take the access back", REVOKE)
        .header("Cache-Control", "no-cache")
        .form(with_app(app, vec![("token".to_owned(), Val::Secret("access".to_owned()))]))
}

fn account(user: User, grant: &GrantView) -> FoundAccount {
    let closed = !grant.scopes.iter().any(|scope| scope == PUBLISH);
    FoundAccount {
        name: display(&user).to_owned(),
        avatar_url: user.avatar_url,
        detail: if user.username.is_empty() {
            "TikTok account".to_owned()
        } else {
            format!("@{}", user.username)
        },
        account: Account {
            external_id: user.open_id,
            handle: user.username,
            kind: ACCOUNT.to_owned(),
            variant: grant.variant.clone(),
            meta: Value::Null,
        },
        unusable: closed.then(|| format!("The permission `{PUBLISH}` was not given. Connect again and leave it ticked.")),
        secrets: Secrets::new(),
    }
}

fn display(user: &User) -> &str {
    [&user.display_name, &user.username, &user.open_id]
        .into_iter()
        .find(|name| !name.trim().is_empty())
        .map_or("", |name| name.trim())
}

/// A field that no permission shows is refused, and the call with it.
fn who(scopes: &[String]) -> Request {
    let mut fields = "open_id,display_name,avatar_url".to_owned();
    if scopes.iter().any(|scope| scope == PROFILE) {
        fields.push_str(",username");
    }
    Request::get("read the account", USER).query("fields", fields)
}

fn field(name: &str, value: &str) -> (String, Val) {
    (name.to_owned(), Val::from(value))
}

fn with_app(app: &App, mut fields: Vec<(String, Val)>) -> Vec<(String, Val)> {
    fields.push(field("client_key", &app.client_id));
    fields.push(("client_secret".to_owned(), Val::Secret("client_secret".to_owned())));
    fields
}

fn token_call(app: &App, label: &str, fields: Vec<(String, Val)>) -> Request {
    Request::post(label, TOKEN)
        .header("Cache-Control", "no-cache")
        .form(with_app(app, fields))
}

fn scopes(text: &str) -> Vec<String> {
    text.split([',', ' '])
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect()
}

fn granted(token: Token, scopes: Vec<String>, now_ms: i64, name: String) -> Granted {
    let ends_ms = |seconds: i64| now_ms.saturating_add(seconds.saturating_mul(1_000));
    let renewal_ms = token
        .refresh_token
        .is_some()
        .then(|| ends_ms(token.refresh_expires_in.unwrap_or(RENEWAL_S)));
    let mut secrets = Secrets::from([("access".to_owned(), SecretString::from(token.access_token))]);
    if let Some(refresh) = token.refresh_token {
        secrets.insert("refresh".to_owned(), SecretString::from(refresh));
    }
    Granted {
        secrets,
        scopes,
        expires_at_ms: Some(ends_ms(token.expires_in.unwrap_or(ACCESS_S))),
        refresh_expires_at_ms: renewal_ms,
        subject: token.open_id,
        meta: json!({"name": name}),
        subject_name: name,
    }
}

/// What a refusal says comes before the status: TikTok refuses with 200, too.
fn token(answer: &Answer, what: &str) -> Result<Token, Fault> {
    match error::of_token(answer) {
        Some(fault) => Err(fault),
        None => serde_json::from_slice(&answer.body).map_err(|_| error::unreadable(what)),
    }
}
