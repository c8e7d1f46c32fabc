//! Pinterest's OAuth. The app is known by Basic; every renewal takes the old refresh token out of use.

use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Account, Answer, App, AuthorizeAsk, ConnectBy, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health, Permission, Request,
    Secrets, Val, Variant,
};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

use super::wire::{Board, Page, Token, User};
use super::{api, error};

/// The one way to connect.
pub const ACCOUNT: &str = "account";
/// What is posted to.
pub const BOARD: &str = "board";

const AUTHORIZE: &str = "https://www.pinterest.com/oauth/";
/// How long access and its renewal last where the answer does not say (fact sheet section 2).
const ACCESS_S: i64 = 30 * 86_400;
const RENEWAL_S: i64 = 60 * 86_400;
const BOARDS_PAGE: &str = "250";
/// What Pins on a secret board need beside the rest.
const SECRET_PINS: &str = "pins:write_secret";

const fn permission(scope: &'static str, purpose: &'static str, feature: &'static str) -> Permission {
    Permission { scope, purpose, feature }
}

/// The ways to connect.
pub const VARIANTS: &[Variant] = &[Variant {
    key: ACCOUNT,
    label: "Pinterest account",
    by: ConnectBy::OAuth,
    fields: &[],
    needs_app: true,
    permissions: &[
        permission("user_accounts:read", "know whose boards they are", "accounts"),
        permission("boards:read", "list the boards", "accounts"),
        permission("boards:write", "put Pins on the boards", "publishing"),
        permission("pins:read", "see whether a Pin stands, so that none is made twice", "publishing"),
        permission("pins:write", "make Pins", "publishing"),
    ],
}];

/// The address of the authorisation page.
pub fn authorize(app: &App, ask: &AuthorizeAsk<'_>) -> Result<String, Fault> {
    let asked = VARIANTS.iter().find(|variant| variant.key == ask.variant).map(|variant| {
        let scopes = variant.permissions.iter().map(|permission| permission.scope);
        scopes.collect::<Vec<_>>().join(",")
    });
    let (Some(scopes), Ok(mut url)) = (asked, Url::parse(AUTHORIZE)) else {
        return Err(Fault::stop(
            FailureKind::Internal,
            "pinterest.variant",
            format!("Pinterest is not connected by `{}`.", ask.variant),
            "Use the button to connect.",
        ));
    };
    let scopes = app.settings.get("scopes").unwrap_or(&scopes);
    url.query_pairs_mut()
        .append_pair("client_id", &app.client_id)
        .append_pair("redirect_uri", ask.redirect_uri)
        .append_pair("response_type", "code")
        .append_pair("scope", scopes)
        .append_pair("state", ask.state);
    Ok(url.into())
}

/// Code for tokens, then who it is.
pub fn exchange(app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
    let Some(answer) = answers.first() else {
        return Flow::Call(token_call(
            app,
            "exchange the code",
            vec![
                field("grant_type", "authorization_code"),
                field("code", ask.code),
                field("redirect_uri", ask.redirect_uri),
                // Apps registered before 25 September 2025 get tokens of the older kind without it.
                field("continuous_refresh", "true"),
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
            Flow::Done(granted(token, scopes, ask.now_ms, subject(&user), display(&user)))
        }
        Err(fault) => Flow::Fail(fault),
    }
}

/// Renews by the refresh token, which is out of use from then on.
pub fn refresh(app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
    let Some(answer) = answers.first() else {
        let mut fields = vec![
            field("grant_type", "refresh_token"),
            ("refresh_token".to_owned(), Val::Secret("refresh".to_owned())),
        ];
        if !grant.scopes.is_empty() {
            fields.push(field("scope", &grant.scopes.join(",")));
        }
        return Flow::Call(token_call(app, "renew the access", fields));
    };
    match token(answer, "renew the access") {
        Ok(token) => {
            let scopes = match scopes(&token.scope) {
                told if told.is_empty() => grant.scopes.clone(),
                told => told,
            };
            let name = grant.meta["name"].as_str().unwrap_or_default().to_owned();
            Flow::Done(granted(token, scopes, grant.now_ms, grant.subject.clone(), name))
        }
        Err(fault) => Flow::Fail(fault),
    }
}

/// Every board of the account, the group boards that it joined included.
pub fn accounts(grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
    let Some((first, pages)) = answers.split_first() else {
        return Flow::Call(who().bearer("access"));
    };
    let user: User = match read(first, "read the account") {
        Ok(user) => user,
        Err(fault) => return Flow::Fail(fault),
    };
    let mut found = Vec::new();
    let mut mark = None;
    for answer in pages {
        let page: Page<Board> = match read(answer, "list the boards") {
            Ok(page) => page,
            Err(fault) => return Flow::Fail(fault),
        };
        mark = page.next().map(str::to_owned);
        found.extend(page.items.into_iter().map(|board| account(board, &user, grant)));
        if mark.is_none() {
            return Flow::Done(found);
        }
    }
    let mut list = Request::get("list the boards", api("boards")).query("page_size", BOARDS_PAGE);
    if let Some(mark) = mark {
        list = list.query("bookmark", mark);
    }
    Flow::Call(list.bearer("access"))
}

/// Whether the token lives, and whether the board is still there.
pub fn verify(account: &Account, answers: &[Answer]) -> Flow<Health> {
    let Some(answer) = answers.first() else {
        let path = format!("boards/{}", account.external_id);
        return Flow::Call(Request::get("read the board", api(&path)).bearer("access"));
    };
    match read::<Board>(answer, "read the board") {
        Ok(board) => Flow::Done(Health {
            // Which permissions a token holds is told only as it is given out.
            scopes: None,
            avatar_url: cover(&board),
            name: Some(board.name).filter(|name| !name.is_empty()),
            data_access_ends_at_ms: None,
        }),
        Err(fault) => Flow::Fail(fault),
    }
}

/// Takes the access back: with the refresh token, which no other program holds.
pub fn revoke(app: &App) -> Request {
    Request::post("take the access back", api("oauth/token/revoke"))
        .form(vec![
            ("token".to_owned(), Val::Secret("refresh".to_owned())),
            field("token_type_hint", "refresh_token"),
        ])
        .basic(&app.client_id, "client_secret")
}

fn account(board: Board, user: &User, grant: &GrantView) -> FoundAccount {
    let owner = if board.owner.username.is_empty() {
        &user.username
    } else {
        &board.owner.username
    };
    let kind = match (board.privacy.as_str(), *owner == user.username) {
        ("SECRET", _) => "Secret board",
        ("PROTECTED", _) => "Protected board",
        (_, true) => "Board",
        (_, false) => "Group board",
    };
    let secret_closed = board.privacy == "SECRET" && !grant.scopes.iter().any(|scope| scope == SECRET_PINS);
    let unusable = if board.is_ads_only {
        Some("This board holds Pins of advertisements only.".to_owned())
    } else {
        secret_closed.then(|| format!("Pins on a secret board need the permission `{SECRET_PINS}`, which the app did not ask for."))
    };
    FoundAccount {
        avatar_url: cover(&board).or_else(|| user.profile_image.clone()),
        detail: format!("{kind} of @{owner}"),
        account: Account {
            external_id: board.id,
            handle: user.username.clone(),
            kind: BOARD.to_owned(),
            variant: grant.variant.clone(),
            meta: json!({"owner": owner, "privacy": board.privacy}),
        },
        name: board.name,
        unusable,
        secrets: Secrets::new(),
    }
}

fn cover(board: &Board) -> Option<String> {
    board.media.as_ref().and_then(|media| media.image_cover_url.clone())
}

fn who() -> Request {
    Request::get("read the account", api("user_account"))
}

fn subject(user: &User) -> String {
    if user.id.is_empty() {
        user.username.clone()
    } else {
        user.id.clone()
    }
}

fn display(user: &User) -> String {
    let name = user.business_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    name.unwrap_or(&user.username).to_owned()
}

fn field(name: &str, value: &str) -> (String, Val) {
    (name.to_owned(), Val::from(value))
}

fn token_call(app: &App, label: &str, fields: Vec<(String, Val)>) -> Request {
    Request::post(label, api("oauth/token"))
        .form(fields)
        .basic(&app.client_id, "client_secret")
}

fn scopes(text: &str) -> Vec<String> {
    text.split([',', ' '])
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect()
}

fn granted(token: Token, scopes: Vec<String>, now_ms: i64, subject: String, name: String) -> Granted {
    let ends_ms = |seconds: i64| now_ms.saturating_add(seconds.saturating_mul(1_000));
    let renewal_ms = token
        .refresh_token
        .is_some()
        .then(|| ends_ms(token.refresh_token_expires_in.unwrap_or(RENEWAL_S)));
    let mut secrets = Secrets::from([("access".to_owned(), SecretString::from(token.access_token))]);
    if let Some(refresh) = token.refresh_token {
        secrets.insert("refresh".to_owned(), SecretString::from(refresh));
    }
    Granted {
        secrets,
        scopes,
        expires_at_ms: Some(ends_ms(token.expires_in.unwrap_or(ACCESS_S))),
        refresh_expires_at_ms: renewal_ms,
        subject,
        meta: json!({"name": name}),
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
    serde_json::from_slice(&answer.body).map_err(|_| error::unreadable(what))
}
