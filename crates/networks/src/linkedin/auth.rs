//! LinkedIn's OAuth: two apps with two sets of permissions; a Page is posted to with the token of its admin.

use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Account, Answer, App, AuthorizeAsk, ConnectBy, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health, Method, Permission,
    Request, Secrets, Val, Variant, Verdict,
};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

use super::wire::{Acl, Acls, Introspected, Me, Organization, Token, UserInfo};
use super::{error, rest};

/// Profiles, by the self-serve products.
pub const MEMBER: &str = "member";
/// Pages (and the profile), by the Community Management API.
pub const PAGES: &str = "pages";

const OAUTH: &str = "https://www.linkedin.com/oauth/v2";
/// How long access lasts where the answer does not say.
const ACCESS_S: i64 = 60 * 86_400;
const ACLS: &str = "organizationAcls?q=roleAssignee&state=APPROVED&count=100";
const ACLS_PAGE: usize = 100;
/// Roles that may post for a Page (fact sheet section 1).
const POSTING_ROLES: [&str; 3] = ["ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "CONTENT_ADMIN"];

const fn permission(scope: &'static str, purpose: &'static str, feature: &'static str) -> Permission {
    Permission { scope, purpose, feature }
}

/// The two ways to connect.
pub const VARIANTS: &[Variant] = &[
    Variant {
        key: MEMBER,
        label: "Profile",
        by: ConnectBy::OAuth,
        fields: &[],
        needs_app: true,
        permissions: &[
            permission("openid", "know whose profile it is", "accounts"),
            permission("profile", "show the profile's name and picture", "accounts"),
            permission("w_member_social", "post on the profile", "publishing"),
        ],
    },
    Variant {
        key: PAGES,
        label: "Pages and profile",
        by: ConnectBy::OAuth,
        fields: &[],
        needs_app: true,
        permissions: &[
            permission("r_basicprofile", "know whose profile it is", "accounts"),
            permission(
                "rw_organization_admin",
                "list the Pages you look after, and read their numbers",
                "accounts",
            ),
            permission("w_organization_social", "post on the Pages", "publishing"),
            permission(
                "r_organization_social",
                "see whether a post stands, so that none is made twice",
                "publishing",
            ),
            permission("w_organization_social_feed", "add the first comment on a Page's post", "comments"),
            permission("w_member_social", "post on the profile", "publishing"),
            permission("w_member_social_feed", "add the first comment on a profile's post", "comments"),
        ],
    },
];

/// The address of the authorisation page.
pub fn authorize(app: &App, ask: &AuthorizeAsk<'_>) -> Result<String, Fault> {
    let asked = VARIANTS.iter().find(|variant| variant.key == ask.variant).map(|variant| {
        variant
            .permissions
            .iter()
            .map(|permission| permission.scope)
            .collect::<Vec<_>>()
            .join(" ")
    });
    let (Some(scopes), Ok(mut url)) = (
        app.settings.get("scopes").cloned().or(asked),
        Url::parse(&format!("{OAUTH}/authorization")),
    ) else {
        return Err(Fault::stop(
            FailureKind::Internal,
            "linkedin.variant",
            format!("LinkedIn is not connected by `{}`.", ask.variant),
            "Choose profile or Pages.",
        ));
    };
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &app.client_id)
        .append_pair("redirect_uri", ask.redirect_uri)
        .append_pair("state", ask.state);
    if ask.again {
        url.query_pairs_mut().append_pair("prompt", "login");
    }
    // LinkedIn's examples separate scopes by %20; a plus sign is not documented.
    Ok(format!("{url}&scope={}", rest::encoded(&scopes).replace('+', "%20")))
}

/// Code for tokens, then who it is.
pub fn exchange(app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
    let Some(answer) = answers.first() else {
        return Flow::Call(token_call(
            app,
            "exchange the code",
            vec![
                ("grant_type".to_owned(), Val::from("authorization_code")),
                ("code".to_owned(), Val::from(ask.code)),
                ("redirect_uri".to_owned(), Val::from(ask.redirect_uri)),
            ],
        ));
    };
    let token: Token = match read(answer, "exchange the code") {
        Ok(token) => token,
        Err(fault) => return Flow::Fail(fault),
    };
    let scopes = scopes(token.scope.as_deref());
    let Some(answer) = answers.get(1) else {
        let request = who(&scopes, ask.variant);
        return Flow::Call(request.header("Authorization", format!("Bearer {}", token.access_token)));
    };
    match person(answer) {
        Ok(person) => Flow::Done(granted(token, scopes, ask.now_ms, person.urn, person.name)),
        Err(fault) => Flow::Fail(fault),
    }
}

/// Renews by the refresh token, which only reviewed apps are given. It does not roll.
pub fn refresh(app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
    if grant.meta["renews"] != true {
        return Flow::Fail(
            Fault::stop(
                FailureKind::Connection,
                "linkedin.no_renewal",
                "LinkedIn gives this app no way to renew the access.",
                "Reconnect the account before its access ends.",
            )
            .verdict(Verdict::Expired),
        );
    }
    let Some(answer) = answers.first() else {
        return Flow::Call(token_call(
            app,
            "renew the access",
            vec![
                ("grant_type".to_owned(), Val::from("refresh_token")),
                ("refresh_token".to_owned(), Val::Secret("refresh".to_owned())),
            ],
        ));
    };
    match read::<Token>(answer, "renew the access") {
        Ok(mut token) => {
            let scopes = match &token.scope {
                Some(text) => scopes(Some(text)),
                None => grant.scopes.clone(),
            };
            let name = grant.meta["name"].as_str().unwrap_or_default().to_owned();
            // Without a new one the stored one holds, so the grant still renews.
            let repeated = token.refresh_token.take().unwrap_or_default();
            let mut granted = granted(token, scopes, grant.now_ms, grant.subject.clone(), name);
            if !repeated.is_empty() {
                granted.secrets.insert("refresh".to_owned(), SecretString::from(repeated));
            }
            granted.meta["renews"] = true.into();
            Flow::Done(granted)
        }
        Err(fault) => Flow::Fail(fault),
    }
}

/// The profile; with the Community Management API also every Page on which the person has a role.
pub fn accounts(app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
    let mut answers = answers.iter();
    let Some(answer) = answers.next() else {
        return Flow::Call(who(&grant.scopes, &grant.variant).bearer("access"));
    };
    let mut found = match person(answer) {
        Ok(person) => vec![profile(person, grant)],
        Err(fault) => return Flow::Fail(fault),
    };
    if grant.variant != PAGES {
        return Flow::Done(found);
    }
    let mut roles: Vec<Acl> = Vec::new();
    loop {
        let start = roles.len();
        let Some(answer) = answers.next() else {
            return Flow::Call(rest::call(app, Method::Get, "list the Pages", &format!("{ACLS}&start={start}")));
        };
        let page: Acls = match read(answer, "list the Pages") {
            Ok(page) => page,
            Err(fault) => return Flow::Fail(fault),
        };
        let full = page.elements.len() >= ACLS_PAGE;
        roles.extend(page.elements);
        if !full {
            break;
        }
    }
    for (urn, roles) in by_page(&roles) {
        let id = urn.rsplit(':').next().unwrap_or_default();
        // The logo's address is only told by the older resource; where it is gone the name alone is read.
        let Some(answer) = answers.next() else {
            let path = format!("organizations/{id}?projection=(id,localizedName,vanityName,logoV2(original~:playableStreams))");
            return Flow::Call(rest::v2("read the Page", &path).bearer("access"));
        };
        let mut page: Organization = serde_json::from_slice(&answer.body).unwrap_or_default();
        if !answer.ok() || page.localized_name.is_empty() {
            let Some(answer) = answers.next() else {
                return Flow::Call(rest::call(app, Method::Get, "read the Page", &format!("organizations/{id}")));
            };
            page = match read(answer, "read the Page") {
                Ok(page) => page,
                Err(fault) => return Flow::Fail(fault),
            };
        }
        found.push(organization(urn, &roles, page));
    }
    Flow::Done(found)
}

/// Whether the token lives, what it may do, and whether the person still has the role.
pub fn verify(app: &App, account: &Account, answers: &[Answer]) -> Flow<Health> {
    let mut answers = answers.iter();
    let Some(answer) = answers.next() else {
        return Flow::Call(
            Request::post("check the token", format!("{OAUTH}/introspectToken"))
                .form(with_app(app, vec![("token".to_owned(), Val::Secret("access".to_owned()))])),
        );
    };
    let token: Introspected = match read(answer, "check the token") {
        Ok(token) => token,
        Err(fault) => return Flow::Fail(fault),
    };
    if !token.active {
        let revoked = token.status.as_deref() == Some("revoked");
        let (code, message, verdict) = if revoked {
            (
                "linkedin.token_revoked",
                "The access to the account was taken back.",
                Verdict::Revoked,
            )
        } else {
            ("linkedin.token_expired", "The access to the account expired.", Verdict::Expired)
        };
        return Flow::Fail(Fault::stop(FailureKind::Connection, code, message, "Reconnect the account.").verdict(verdict));
    }
    let mut health = Health {
        scopes: token.scope.as_deref().map(|text| scopes(Some(text))),
        name: None,
        avatar_url: None,
        data_access_ends_at_ms: None,
    };
    if account.kind != "page" {
        return Flow::Done(health);
    }
    let Some(answer) = answers.next() else {
        return Flow::Call(rest::call(app, Method::Get, "list the Pages", ACLS));
    };
    let roles: Acls = match read(answer, "list the Pages") {
        Ok(roles) => roles,
        Err(fault) => return Flow::Fail(fault),
    };
    let held = by_page(&roles.elements).into_iter().find(|(urn, _)| *urn == account.external_id);
    if let Some(missing) = role_needed(&held.map(|(_, roles)| roles).unwrap_or_default()) {
        return Flow::Fail(
            Fault::stop(
                FailureKind::Permission,
                "linkedin.role_lost",
                missing,
                "Have the role given back, or reconnect with somebody who has it.",
            )
            .verdict(Verdict::MissingPermission),
        );
    }
    let Some(answer) = answers.next() else {
        let id = account.external_id.rsplit(':').next().unwrap_or_default();
        return Flow::Call(rest::call(app, Method::Get, "read the Page", &format!("organizations/{id}")));
    };
    match read::<Organization>(answer, "read the Page") {
        Ok(page) => {
            health.name = Some(page.localized_name).filter(|name| !name.is_empty());
            Flow::Done(health)
        }
        Err(fault) => Flow::Fail(fault),
    }
}

struct Person {
    urn: String,
    name: String,
    handle: String,
    picture: Option<String>,
}

fn who(scopes: &[String], variant: &str) -> Request {
    let openid = scopes.iter().any(|scope| scope == "openid") || variant == MEMBER;
    rest::v2("read the profile", if openid { "userinfo" } else { "me" })
}

fn person(answer: &Answer) -> Result<Person, Fault> {
    if let Ok(info) = read::<UserInfo>(answer, "read the profile") {
        return Ok(Person {
            urn: format!("urn:li:person:{}", info.sub),
            name: info.name,
            handle: String::new(),
            picture: info.picture,
        });
    }
    let me: Me = read(answer, "read the profile")?;
    Ok(Person {
        urn: format!("urn:li:person:{}", me.id),
        name: format!("{} {}", me.localized_first_name, me.localized_last_name).trim().to_owned(),
        handle: me.vanity_name.unwrap_or_default(),
        picture: None,
    })
}

fn profile(person: Person, grant: &GrantView) -> FoundAccount {
    FoundAccount {
        account: Account {
            external_id: person.urn,
            handle: person.handle,
            kind: "profile".to_owned(),
            variant: grant.variant.clone(),
            meta: json!({}),
        },
        name: person.name,
        avatar_url: person.picture,
        detail: "Profile".to_owned(),
        unusable: None,
        secrets: Secrets::new(),
    }
}

fn organization(urn: &str, roles: &[&str], page: Organization) -> FoundAccount {
    let logo = page
        .logo_v2
        .get("original~")
        .map(|logo| &logo["elements"][0]["identifiers"][0]["identifier"]);
    FoundAccount {
        account: Account {
            external_id: urn.to_owned(),
            handle: page.vanity_name,
            kind: "page".to_owned(),
            variant: PAGES.to_owned(),
            meta: json!({"roles": roles}),
        },
        avatar_url: logo.and_then(|logo| logo.as_str()).map(str::to_owned),
        name: page.localized_name,
        detail: "Page".to_owned(),
        unusable: role_needed(roles),
        secrets: Secrets::new(),
    }
}

/// A person may have several roles on one Page.
fn by_page(roles: &[Acl]) -> Vec<(&str, Vec<&str>)> {
    let mut pages: Vec<(&str, Vec<&str>)> = Vec::new();
    for acl in roles.iter().filter(|acl| acl.organization.starts_with("urn:li:organization:")) {
        match pages.iter_mut().find(|(urn, _)| *urn == acl.organization) {
            Some((_, roles)) => roles.push(&acl.role),
            None => pages.push((&acl.organization, vec![&acl.role])),
        }
    }
    pages
}

fn role_needed(roles: &[&str]) -> Option<String> {
    let may_post = roles.iter().any(|role| POSTING_ROLES.contains(role));
    (!may_post).then(|| "Posting needs the role of super admin or content admin on this Page.".to_owned())
}

fn token_call(app: &App, label: &str, fields: Vec<(String, Val)>) -> Request {
    Request::post(label, format!("{OAUTH}/accessToken")).form(with_app(app, fields))
}

fn with_app(app: &App, mut fields: Vec<(String, Val)>) -> Vec<(String, Val)> {
    fields.push(("client_id".to_owned(), Val::from(app.client_id.as_str())));
    fields.push(("client_secret".to_owned(), Val::Secret("client_secret".to_owned())));
    fields
}

/// Separated by commas in practice, by spaces in the documents.
fn scopes(text: Option<&str>) -> Vec<String> {
    text.unwrap_or_default()
        .split([',', ' '])
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect()
}

fn granted(token: Token, scopes: Vec<String>, now_ms: i64, subject: String, name: String) -> Granted {
    let lasts_ms = |seconds: i64| now_ms.saturating_add(seconds.saturating_mul(1_000));
    let renews = token.refresh_token.is_some();
    let mut secrets = Secrets::from([("access".to_owned(), SecretString::from(token.access_token))]);
    if let Some(refresh) = token.refresh_token {
        secrets.insert("refresh".to_owned(), SecretString::from(refresh));
    }
    Granted {
        secrets,
        scopes,
        expires_at_ms: Some(lasts_ms(token.expires_in.unwrap_or(ACCESS_S))),
        refresh_expires_at_ms: token.refresh_token_expires_in.map(lasts_ms),
        subject,
        meta: json!({"renews": renews, "name": name}),
        subject_name: name,
    }
}

fn read<T: DeserializeOwned>(answer: &Answer, what: &str) -> Result<T, Fault> {
    if !answer.ok() {
        return Err(error::fault(answer));
    }
    serde_json::from_slice(&answer.body).map_err(|_| error::unreadable(what))
}
