//! Two ways to connect: by the Instagram account itself, or by a Facebook person whose Page is linked to it.

use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Account, Answer, App, AuthorizeAsk, ConnectBy, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health, Permission, Request,
    Secrets, Val, Variant, Verdict,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::wire::{Profile, Short, ShortAnswer};
use super::{INSTAGRAM_GRAPH, error, host};
use crate::meta::login::{self, flow, given, permissions_call, read, scopes};
use crate::meta::wire::{GivenPermission, List, Page, Token};
use crate::meta::{address, wire};

/// By the Instagram account itself.
pub const INSTAGRAM_LOGIN: &str = "instagram_login";
/// By a Facebook person.
pub const FACEBOOK_LOGIN: &str = "facebook_login";

const PROFILE_FIELDS: &str = "id,username,name,profile_picture_url";
/// How long a long-lived token lasts where the answer does not say.
const LONG_S: i64 = 60 * 86_400;

const fn permission(scope: &'static str, purpose: &'static str, feature: &'static str) -> Permission {
    Permission { scope, purpose, feature }
}

const BY_INSTAGRAM: &[Permission] = &[
    permission(
        "instagram_business_basic",
        "know the account, its name and picture, and renew the access",
        "accounts",
    ),
    permission("instagram_business_content_publish", "publish on the account", "publishing"),
    permission("instagram_business_manage_comments", "add the first comment", "comments"),
    permission("instagram_business_manage_insights", "read the account's numbers", "numbers"),
];

const BY_FACEBOOK: &[Permission] = &[
    permission("instagram_basic", "know the account, its name and picture", "accounts"),
    permission("instagram_content_publish", "publish on the account", "publishing"),
    permission("pages_show_list", "find the accounts linked to your Pages", "accounts"),
    permission("pages_read_engagement", "publish through the linked Page", "publishing"),
    permission("instagram_manage_comments", "add the first comment", "comments"),
    permission("instagram_manage_insights", "read the account's numbers", "numbers"),
    permission("business_management", "find Pages that belong to a business portfolio", "accounts"),
];

/// The two ways to connect.
pub const VARIANTS: &[Variant] = &[
    Variant {
        key: INSTAGRAM_LOGIN,
        label: "With Instagram",
        by: ConnectBy::OAuth,
        fields: &[],
        needs_app: true,
        permissions: BY_INSTAGRAM,
    },
    Variant {
        key: FACEBOOK_LOGIN,
        label: "With Facebook",
        by: ConnectBy::OAuth,
        fields: &[],
        needs_app: true,
        permissions: BY_FACEBOOK,
    },
];

/// The address of the authorisation page.
pub fn authorize(app: &App, ask: &AuthorizeAsk<'_>) -> Result<String, Fault> {
    if ask.variant == FACEBOOK_LOGIN {
        return login::authorize("instagram", app, ask, BY_FACEBOOK);
    }
    let (INSTAGRAM_LOGIN, Ok(mut url)) = (ask.variant, Url::parse("https://www.instagram.com/oauth/authorize")) else {
        return Err(Fault::stop(
            FailureKind::Internal,
            "instagram.variant",
            format!("Instagram is not connected by `{}`.", ask.variant),
            "Choose Instagram or Facebook.",
        ));
    };
    let mut pairs = url.query_pairs_mut();
    pairs
        .append_pair("client_id", &app.client_id)
        .append_pair("redirect_uri", ask.redirect_uri)
        .append_pair("response_type", "code")
        .append_pair("scope", &scopes(BY_INSTAGRAM))
        .append_pair("state", ask.state);
    if ask.again {
        pairs.append_pair("force_reauth", "true");
    }
    drop(pairs);
    Ok(url.into())
}

/// Code for tokens.
pub fn exchange(app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
    if ask.variant == FACEBOOK_LOGIN {
        return login::exchange("instagram", app, ask, answers);
    }
    flow(exchanged(app, ask, answers))
}

fn exchanged(app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Result<Flow<Granted>, Fault> {
    let mut answers = answers.iter();
    let Some(answer) = answers.next() else {
        // A fragment that Instagram appends may have been taken for a part of the code.
        let code = ask.code.trim_end_matches("#_");
        return Ok(Flow::Call(
            Request::post("exchange the code", "https://api.instagram.com/oauth/access_token").form(vec![
                ("client_id".to_owned(), Val::from(app.client_id.as_str())),
                ("client_secret".to_owned(), Val::Secret("client_secret".to_owned())),
                ("grant_type".to_owned(), Val::from("authorization_code")),
                ("redirect_uri".to_owned(), Val::from(ask.redirect_uri)),
                ("code".to_owned(), Val::from(code)),
            ]),
        ));
    };
    let short: Short = read::<ShortAnswer>("instagram", answer, "exchange the code")?
        .token()
        .ok_or_else(|| error::unreadable("exchange the code"))?;
    let Some(answer) = answers.next() else {
        return Ok(Flow::Call(
            Request::get("lengthen the access", format!("https://{INSTAGRAM_GRAPH}/access_token"))
                .query("grant_type", "ig_exchange_token")
                .query("client_secret", Val::Secret("client_secret".to_owned()))
                .query("access_token", short.access_token),
        ));
    };
    let long: Token = read("instagram", answer, "lengthen the access")?;
    let Some(answer) = answers.next() else {
        let me = me(app).header("Authorization", format!("Bearer {}", long.access_token));
        return Ok(Flow::Call(me));
    };
    let profile: Profile = read("instagram", answer, "read the account")?;
    let id = profile.account_id();
    if id.is_empty() {
        return Err(error::unreadable("read the account"));
    }
    Ok(Flow::Done(granted(
        long,
        permissions(&short.permissions),
        ask.now_ms,
        id,
        profile.username,
    )))
}

/// A token for a longer one, while it still lives.
pub fn refresh(app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
    if grant.variant == FACEBOOK_LOGIN {
        return login::refresh("instagram", app, grant, answers);
    }
    let Some(answer) = answers.first() else {
        return Flow::Call(
            Request::get("renew the access", format!("https://{INSTAGRAM_GRAPH}/refresh_access_token"))
                .query("grant_type", "ig_refresh_token")
                .query("access_token", Val::Secret("access".to_owned())),
        );
    };
    match read::<Token>("instagram", answer, "renew the access") {
        Ok(token) => {
            let name = grant.meta["name"].as_str().unwrap_or_default().to_owned();
            Flow::Done(granted(token, grant.scopes.clone(), grant.now_ms, grant.subject.clone(), name))
        }
        Err(fault) => Flow::Fail(fault),
    }
}

/// The signed-in account, or every account linked to the person's Pages.
pub fn accounts(app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
    if grant.variant == FACEBOOK_LOGIN {
        return flow(login::pages("instagram", app, grant, answers).map(|step| match step {
            Flow::Call(request) => Flow::Call(request),
            Flow::Fail(fault) => Flow::Fail(fault),
            Flow::Done(pages) => Flow::Done(pages.into_iter().map(linked).collect()),
        }));
    }
    let Some(answer) = answers.first() else {
        return Flow::Call(me(app).bearer("access"));
    };
    match read::<Profile>("instagram", answer, "read the account") {
        Ok(profile) => Flow::Done(vec![own(profile)]),
        Err(fault) => Flow::Fail(fault),
    }
}

const CONVERT: &str =
    "Instagram's API serves Business and Creator accounts only. Convert the account in the Instagram app, then connect again.";

fn own(profile: Profile) -> FoundAccount {
    let personal = profile.account_type == "PERSONAL";
    FoundAccount {
        name: if profile.name.is_empty() {
            profile.username.clone()
        } else {
            profile.name.clone()
        },
        account: account(profile.account_id(), profile.username, INSTAGRAM_LOGIN, json!({})),
        avatar_url: profile.profile_picture_url,
        detail: match profile.account_type.as_str() {
            "MEDIA_CREATOR" => "Creator".to_owned(),
            "BUSINESS" => "Business".to_owned(),
            _ => String::new(),
        },
        unusable: personal.then(|| CONVERT.to_owned()),
        secrets: Secrets::new(),
    }
}

/// A Page without a linked account is shown too, so that its owner learns what to do.
fn linked(page: Page) -> FoundAccount {
    let may_post = page.tasks.iter().any(|task| task == "CREATE_CONTENT" || task == "MANAGE");
    let token = page.access_token.clone();
    let Some(instagram) = page.instagram_business_account else {
        return FoundAccount {
            account: account(format!("page:{}", page.id), String::new(), FACEBOOK_LOGIN, json!({"page_id": page.id})),
            name: page.name,
            avatar_url: None,
            detail: "Facebook Page".to_owned(),
            unusable: Some(
                "No Instagram professional account is linked to this Page. Convert the account in the Instagram app, link it to the Page, then connect again."
                    .to_owned(),
            ),
            secrets: Secrets::new(),
        };
    };
    let unusable = if may_post {
        None
    } else {
        Some("Posting needs the task “Content” on the linked Page. Ask its admin to give it.".to_owned())
    };
    FoundAccount {
        name: if instagram.name.is_empty() {
            instagram.username.clone()
        } else {
            instagram.name
        },
        account: account(instagram.id, instagram.username, FACEBOOK_LOGIN, json!({"page_id": page.id})),
        avatar_url: instagram.profile_picture_url,
        detail: format!("Linked to {}", page.name),
        unusable,
        secrets: token
            .map(|token| Secrets::from([("page".to_owned(), SecretString::from(token))]))
            .unwrap_or_default(),
    }
}

fn account(external_id: String, handle: String, variant: &str, meta: Value) -> Account {
    Account {
        external_id,
        handle,
        kind: "professional".to_owned(),
        variant: variant.to_owned(),
        meta,
    }
}

/// Whether the account can be read, and what is granted.
pub fn verify(app: &App, grant: &GrantView, account: &Account, answers: &[Answer]) -> Flow<Health> {
    flow(verified(app, grant, account, answers))
}

fn verified(app: &App, grant: &GrantView, account: &Account, answers: &[Answer]) -> Result<Flow<Health>, Fault> {
    let mut answers = answers.iter();
    let Some(answer) = answers.next() else {
        return Ok(Flow::Call(
            Request::get("read the account", address(app, host(&account.variant), &account.external_id))
                .query("fields", PROFILE_FIELDS)
                .bearer("access"),
        ));
    };
    let profile: Profile = read("instagram", answer, "read the account")?;
    let mut health = Health {
        scopes: None,
        name: [profile.name, profile.username].into_iter().find(|name| !name.is_empty()),
        avatar_url: profile.profile_picture_url,
        data_access_ends_at_ms: grant.meta["data_access_ends_at_ms"].as_i64(),
    };
    if account.variant != FACEBOOK_LOGIN {
        return Ok(Flow::Done(health));
    }
    let Some(answer) = answers.next() else {
        return Ok(Flow::Call(permissions_call(app)));
    };
    let scopes = given(read::<List<GivenPermission>>("instagram", answer, "read what is granted")?);
    if !scopes.iter().any(|scope| scope == "instagram_content_publish") {
        return Err(Fault::stop(
            FailureKind::Permission,
            "instagram.permission_missing",
            "The permission to publish on Instagram is missing.",
            "Reconnect the account and leave every permission ticked.",
        )
        .verdict(Verdict::MissingPermission));
    }
    health.scopes = Some(scopes);
    Ok(Flow::Done(health))
}

/// Only Facebook's side has a call for it.
pub fn revoke(app: &App, grant: &GrantView) -> Option<Request> {
    (grant.variant == FACEBOOK_LOGIN).then(|| login::revoke(app, grant))
}

fn me(app: &App) -> Request {
    Request::get("read the account", address(app, INSTAGRAM_GRAPH, "me"))
        .query("fields", "user_id,username,name,account_type,profile_picture_url,id")
}

/// A list, or a text with commas.
fn permissions(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(text) => text
            .split([',', ' '])
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

fn granted(token: wire::Token, scopes: Vec<String>, now_ms: i64, subject: String, name: String) -> Granted {
    let lasts_s = token.expires_in.filter(|seconds| *seconds > 0).unwrap_or(LONG_S);
    Granted {
        secrets: Secrets::from([("access".to_owned(), SecretString::from(token.access_token))]),
        scopes,
        expires_at_ms: Some(now_ms.saturating_add(lasts_s.saturating_mul(1_000))),
        refresh_expires_at_ms: None,
        subject,
        meta: json!({"renews": true, "name": name}),
        subject_name: name,
    }
}
