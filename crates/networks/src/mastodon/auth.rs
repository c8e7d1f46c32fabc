//! Introducing Postrider to a server, and the person's consent there. The access has no end; the server or the person may take it back.

use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Account, Answer, App, AuthorizeAsk, ConnectBy, ExchangeAsk, Fault, Field, Flow, FoundAccount, GrantView, Granted, Health, Permission,
    PrepareAsk, Prepared, Request, Secrets, ServerApp, Typed, Val, Variant, Verdict,
};
use secrecy::SecretString;
use serde_json::json;
use url::Url;

use super::wire::{Credentials, Instance, Registered, Token};
use super::{error, server};

/// How Postrider introduces itself.
const NAME: &str = "Postrider";

const PERMISSIONS: &[Permission] = &[
    Permission {
        scope: "read:accounts",
        purpose: "read the account's name and picture",
        feature: "accounts",
    },
    Permission {
        scope: "read:statuses",
        purpose: "see whether a post stands, so that none is made twice",
        feature: "publishing",
    },
    Permission {
        scope: "write:statuses",
        purpose: "post in the name of the account",
        feature: "publishing",
    },
    Permission {
        scope: "write:media",
        purpose: "upload pictures and videos",
        feature: "publishing",
    },
];

/// The way to connect.
pub const VARIANTS: &[Variant] = &[Variant {
    key: "server",
    label: "On the account's own server",
    by: ConnectBy::OAuth,
    fields: &[Field {
        key: "instance",
        label: "Server",
        placeholder: "mastodon.social",
        help: "What stands behind the second @ of the account's address.",
        help_url: "",
        secret: false,
        optional: false,
        kept: false,
        refuses: |text| origin(text).err(),
    }],
    needs_app: false,
    permissions: PERMISSIONS,
}];

/// Scheme, host and port of the server that was typed as its address, its name, an account's address or the page of one.
///
/// # Errors
/// In words.
fn origin(typed: &str) -> Result<String, &'static str> {
    const WRONG: &str = "This is not the name of a server. Write it as mastodon.social.";
    let typed = typed.trim();
    let address = if typed.contains("://") {
        typed.to_owned()
    } else {
        let name = typed.split('/').next().unwrap_or_default();
        format!("https://{}", name.rsplit('@').next().unwrap_or_default())
    };
    let url = Url::parse(&address).map_err(|_| WRONG)?;
    let named = url
        .host_str()
        .is_some_and(|host| host.trim_end_matches('.').contains('.') || host == "localhost" || host.starts_with('['));
    if !matches!(url.scheme(), "https" | "http") || !named || !url.username().is_empty() {
        return Err(WRONG);
    }
    Ok(url.origin().ascii_serialization())
}

/// The server that the person means.
///
/// # Errors
/// If it is not one.
pub fn server_of(typed: &Typed) -> Result<Option<String>, Fault> {
    let typed = typed.get("instance").map_or("", String::as_str);
    origin(typed).map(Some).map_err(|why| {
        Fault::stop(
            FailureKind::Content,
            "mastodon.server_address",
            why,
            "Check the name of the server.",
        )
    })
}

fn scopes() -> String {
    let scopes: Vec<&str> = PERMISSIONS.iter().map(|permission| permission.scope).collect();
    scopes.join(" ")
}

/// Introduces Postrider where it is not known yet; then the page of the server.
pub fn prepare(ask: &PrepareAsk<'_>, answers: &[Answer]) -> Flow<Prepared> {
    if let Some(known) = ask.known {
        return flow(page(known, &ask.authorize).map(|url| Prepared {
            server: Some(known.clone()),
            ..Prepared::page(url)
        }));
    }
    let server = match server_of(ask.typed) {
        Ok(Some(server)) => server,
        Ok(None) => return Flow::Fail(no_server()),
        Err(fault) => return Flow::Fail(fault),
    };
    let Some(answer) = answers.first() else {
        return Flow::Call(Request::post("introduce Postrider", format!("{server}/api/v1/apps")).form(vec![
            ("client_name".to_owned(), Val::from(NAME)),
            ("redirect_uris".to_owned(), Val::from(ask.authorize.redirect_uri)),
            ("scopes".to_owned(), Val::from(scopes())),
        ]));
    };
    flow(error::accepted::<Registered>(answer, "introduce Postrider").and_then(|registered| {
        let app = ServerApp {
            server,
            client_id: registered.client_id,
            ..ServerApp::default()
        };
        Ok(Prepared {
            url: page(&app, &ask.authorize)?,
            server: Some(app),
            secrets: Secrets::from([("client_secret".to_owned(), SecretString::from(registered.client_secret))]),
        })
    }))
}

fn page(app: &ServerApp, ask: &AuthorizeAsk<'_>) -> Result<String, Fault> {
    let mut url = Url::parse(&format!("{}/oauth/authorize", app.server)).map_err(|_| no_server())?;
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &app.client_id)
        .append_pair("redirect_uri", ask.redirect_uri)
        .append_pair("scope", &scopes())
        .append_pair("state", ask.state)
        // Older servers than 4.3 leave these two aside.
        .append_pair("code_challenge", ask.code_challenge)
        .append_pair("code_challenge_method", "S256");
    if ask.again {
        url.query_pairs_mut().append_pair("force_login", "true");
    }
    Ok(url.into())
}

/// Code for a token, then who it is.
pub fn exchange(ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
    let Some(app) = ask.server else { return Flow::Fail(no_server()) };
    let Some(answer) = answers.first() else {
        return Flow::Call(Request::post("exchange the code", format!("{}/oauth/token", app.server)).form(vec![
            ("grant_type".to_owned(), Val::from("authorization_code")),
            ("code".to_owned(), Val::from(ask.code)),
            ("client_id".to_owned(), Val::from(app.client_id.as_str())),
            ("client_secret".to_owned(), Val::Secret("client_secret".to_owned())),
            ("redirect_uri".to_owned(), Val::from(ask.redirect_uri)),
            ("code_verifier".to_owned(), Val::from(ask.code_verifier)),
            ("scope".to_owned(), Val::from(scopes())),
        ]));
    };
    let token: Token = match error::accepted(answer, "exchange the code") {
        Ok(token) => token,
        Err(fault) => return Flow::Fail(fault),
    };
    let Some(answer) = answers.get(1) else {
        return Flow::Call(who(&app.server).header("Authorization", format!("Bearer {}", token.access_token)));
    };
    flow(error::accepted::<Credentials>(answer, "read the account").map(|account| Granted {
        scopes: granted_scopes(&token.scope),
        secrets: Secrets::from([("access".to_owned(), SecretString::from(token.access_token))]),
        expires_at_ms: None,
        refresh_expires_at_ms: None,
        subject: format!("{}@{}", account.id, server::host(&app.server)),
        subject_name: account.username,
        meta: json!({"server": app.server, "client_id": app.client_id}),
    }))
}

/// What was granted, in the words of what is asked: a scope holds those below it (`write` holds `write:media`), and a server that says
/// nothing of it granted what was asked (RFC 6749 section 5.1).
fn granted_scopes(told: &str) -> Vec<String> {
    let told: Vec<&str> = told.split_whitespace().collect();
    if told.is_empty() {
        return PERMISSIONS.iter().map(|permission| permission.scope.to_owned()).collect();
    }
    let mut scopes: Vec<String> = told.iter().map(|scope| (*scope).to_owned()).collect();
    for permission in PERMISSIONS {
        let above = permission.scope.split(':').next().unwrap_or_default();
        if told.contains(&above) && !told.contains(&permission.scope) {
            scopes.push(permission.scope.to_owned());
        }
    }
    scopes
}

fn who(server: &str) -> Request {
    Request::get("read the account", format!("{server}/api/v1/accounts/verify_credentials"))
}

/// The one account behind a token, with what its server takes.
pub fn accounts(grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
    let server = server::of(&grant.meta);
    let Some(answer) = answers.first() else {
        return Flow::Call(who(&server).bearer("access"));
    };
    let account: Credentials = match error::accepted(answer, "read the account") {
        Ok(account) => account,
        Err(fault) => return Flow::Fail(fault),
    };
    let text_max = match text_max(&server, &answers[1..]) {
        Ok(text_max) => text_max,
        Err(request) => return Flow::Call(*request),
    };
    let host = server::host(&server);
    Flow::Done(vec![FoundAccount {
        account: Account {
            external_id: format!("{}@{host}", account.id),
            handle: format!("{}@{host}", account.username),
            kind: "account".to_owned(),
            variant: grant.variant.clone(),
            meta: json!({"server": server, "id": account.id, "text_max": text_max}),
        },
        name: if account.display_name.is_empty() {
            account.username
        } else {
            account.display_name
        },
        avatar_url: account.avatar,
        detail: host,
        unusable: None,
        secrets: Secrets::new(),
    }])
}

/// How long a text the server takes. Servers older than 4.0 say it at another address; of one that says it nowhere the usual figure holds.
///
/// # Errors
/// The next call.
fn text_max(server: &str, answers: &[Answer]) -> Result<Option<i64>, Box<Request>> {
    let ask = |version: &str| {
        Box::new(Request::get(
            "read what the server takes",
            format!("{server}/api/{version}/instance"),
        ))
    };
    let said = match answers {
        [] => return Err(ask("v2")),
        [absent] if absent.status == 404 => return Err(ask("v1")),
        [.., said] => said,
    };
    let instance: Instance = error::accepted(said, "read what the server takes").unwrap_or_default();
    Ok(instance.configuration.statuses.max_characters.filter(|most| *most > 0))
}

/// There is nothing to renew: an access that is refused was taken back.
pub fn refresh() -> Flow<Granted> {
    Flow::Fail(
        Fault::stop(
            FailureKind::Connection,
            "mastodon.no_renewal",
            "Mastodon's access has no end and cannot be renewed.",
            "Reconnect the account.",
        )
        .verdict(Verdict::Revoked),
    )
}

/// Asks the server who the token is for.
pub fn verify(account: &Account, answers: &[Answer]) -> Flow<Health> {
    let Some(answer) = answers.first() else {
        return Flow::Call(who(&server::of(&account.meta)).bearer("access"));
    };
    flow(error::accepted::<Credentials>(answer, "read the account").map(|found| Health {
        scopes: None,
        name: Some(found.display_name).filter(|name| !name.is_empty()),
        avatar_url: found.avatar,
        data_access_ends_at_ms: None,
    }))
}

/// Gives the token back to the server.
pub fn revoke(_: &App, grant: &GrantView) -> Request {
    Request::post("give the access back", format!("{}/oauth/revoke", server::of(&grant.meta))).form(vec![
        (
            "client_id".to_owned(),
            Val::from(grant.meta["client_id"].as_str().unwrap_or_default()),
        ),
        ("client_secret".to_owned(), Val::Secret("client_secret".to_owned())),
        ("token".to_owned(), Val::Secret("access".to_owned())),
    ])
}

fn no_server() -> Fault {
    Fault::stop(
        FailureKind::Internal,
        "mastodon.no_server",
        "It is not known on which server the account is.",
        "Connect again.",
    )
}

fn flow<T>(result: Result<T, Fault>) -> Flow<T> {
    match result {
        Ok(value) => Flow::Done(value),
        Err(fault) => Flow::Fail(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_understood_however_it_is_written() {
        for (typed, meant) in [
            ("mastodon.social", "https://mastodon.social"),
            (" Mastodon.Social ", "https://mastodon.social"),
            ("@ada@mastodon.social", "https://mastodon.social"),
            ("ada@mastodon.social", "https://mastodon.social"),
            ("mastodon.social/@ada", "https://mastodon.social"),
            ("https://mastodon.social/@ada@b.example/112", "https://mastodon.social"),
            ("https://social.example:8443/", "https://social.example:8443"),
            ("localhost:3000", "https://localhost:3000"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(origin(typed).as_deref(), Ok(meant), "{typed}");
        }
        for typed in [
            "",
            "ada",
            "@ada",
            "https://",
            "ftp://a.example",
            "https://ada:x@a.example",
            "a b.example",
            "a..",
            "https://a.example:x",
        ] {
            assert!(origin(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_scope_holds_those_below_it() {
        assert_eq!(
            granted_scopes("read write"),
            ["read", "write", "read:accounts", "read:statuses", "write:statuses", "write:media"]
        );
        assert_eq!(granted_scopes("read:accounts write:media"), ["read:accounts", "write:media"]);
        assert_eq!(granted_scopes("").len(), PERMISSIONS.len());
    }
}
