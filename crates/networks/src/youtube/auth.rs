//! Google's OAuth (fact sheet section 2). The person chooses the channel on Google's page, so that a token is for one; consent is asked for
//! every time, as nothing else brings access that can be renewed.

use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Account, Answer, App, AuthorizeAsk, ConnectBy, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health, Permission, Request,
    Secrets, Val, Variant, Verdict,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::wire::{Channel, List, Token};
use super::{error, read};

/// The one way to connect.
pub const CHANNEL: &str = "channel";

const AUTHORIZE: &str = "https://accounts.google.com/o/oauth2/v2/auth";
const TOKEN: &str = "https://oauth2.googleapis.com/token";
const CHANNELS: &str = "https://www.googleapis.com/youtube/v3/channels";
const REVOKE: &str = "https://oauth2.googleapis.com/revoke";
/// How long access lasts where the answer does not say.
const ACCESS_S: i64 = 3_600;

const UPLOAD: &str = "https://www.googleapis.com/auth/youtube.upload";
const MANAGE: &str = "https://www.googleapis.com/auth/youtube";
const COMMENT: &str = "https://www.googleapis.com/auth/youtube.force-ssl";

const fn permission(scope: &'static str, purpose: &'static str, feature: &'static str) -> Permission {
    Permission { scope, purpose, feature }
}

/// The ways to connect.
pub const VARIANTS: &[Variant] = &[Variant {
    key: CHANNEL,
    label: "YouTube channel",
    by: ConnectBy::OAuth,
    fields: &[],
    needs_app: true,
    permissions: &[
        permission(UPLOAD, "upload videos", "publishing"),
        permission(
            MANAGE,
            "know which channel it is, show a video at its time, and take back one that was not shown",
            "publishing",
        ),
        permission(COMMENT, "write the first comment", "comments"),
    ],
}];

/// The address of Google's page.
pub fn authorize(app: &App, ask: &AuthorizeAsk<'_>) -> Result<String, Fault> {
    let asked = VARIANTS.iter().find(|variant| variant.key == ask.variant).map(|variant| {
        let scopes = variant.permissions.iter().map(|permission| permission.scope);
        scopes.collect::<Vec<_>>().join(" ")
    });
    let (Some(scopes), Ok(mut url)) = (asked, Url::parse(AUTHORIZE)) else {
        return Err(Fault::stop(
            FailureKind::Internal,
            "youtube.variant",
            format!("YouTube is not connected by `{}`.", ask.variant),
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

/// Code for tokens, then which channel it is.
pub fn exchange(app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
    let Some(answer) = answers.first() else {
        let fields = vec![
            field("grant_type", "authorization_code"),
            field("code", ask.code),
            field("redirect_uri", ask.redirect_uri),
            field("code_verifier", ask.code_verifier),
        ];
        return Flow::Call(token_call(app, "exchange the code", fields));
    };
    let token = match token(answer, "exchange the code") {
        Ok(token) => token,
        Err(fault) => return Flow::Fail(fault),
    };
    let scopes = scopes(&token.scope);
    if let Some(fault) = lacking(&scopes, &token) {
        return Flow::Fail(fault);
    }
    let Some(answer) = answers.get(1) else {
        return Flow::Call(own_channel().header("Authorization", format!("Bearer {}", token.access_token)));
    };
    match channel(answer) {
        Ok(channel) => Flow::Done(granted(token, scopes, ask.now_ms, channel.id, channel.snippet.title)),
        Err(fault) => Flow::Fail(fault),
    }
}

/// Renews by the refresh token, which stays as it is.
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
            Flow::Done(granted(token, scopes, grant.now_ms, grant.subject.clone(), name))
        }
        Err(fault) => Flow::Fail(fault),
    }
}

/// The one channel behind a grant.
pub fn accounts(grant: &GrantView, answers: &[Answer]) -> Flow<Vec<FoundAccount>> {
    let Some(answer) = answers.first() else {
        return Flow::Call(own_channel().bearer("access"));
    };
    match channel(answer) {
        Ok(channel) => Flow::Done(vec![account(channel, grant)]),
        Err(fault) => Flow::Fail(fault),
    }
}

/// Whether the token lives, and is for this channel.
pub fn verify(account: &Account, answers: &[Answer]) -> Flow<Health> {
    let Some(answer) = answers.first() else {
        return Flow::Call(own_channel().bearer("access"));
    };
    match channel(answer) {
        Ok(channel) if channel.id != account.external_id => Flow::Fail(
            Fault::stop(
                FailureKind::Connection,
                "youtube.other_channel",
                format!("The access is for another channel ({}).", channel.snippet.title),
                "Reconnect and choose this channel on Google's page.",
            )
            .verdict(Verdict::Revoked),
        ),
        Ok(channel) => Flow::Done(Health {
            // Which permissions a token holds is told only as it is given out.
            scopes: None,
            avatar_url: picture(&channel.snippet.thumbnails),
            name: Some(channel.snippet.title).filter(|name| !name.is_empty()),
            data_access_ends_at_ms: None,
        }),
        Err(fault) => Flow::Fail(fault),
    }
}

/// Takes the access back: with the refresh token ends all that came of it.
pub fn revoke() -> Request {
    Request::post("take the access back", REVOKE).form(vec![("token".to_owned(), Val::Secret("refresh".to_owned()))])
}

/// What nothing can be done without.
fn lacking(scopes: &[String], token: &Token) -> Option<Fault> {
    let unticked = [UPLOAD, MANAGE]
        .into_iter()
        .find(|needed| !scopes.iter().any(|scope| scope == needed));
    if let Some(scope) = unticked {
        return Some(
            Fault::stop(
                FailureKind::Permission,
                "youtube.permission_missing",
                format!("The permission `{scope}` was not given."),
                "Connect again and leave every box on Google's page ticked.",
            )
            .verdict(Verdict::MissingPermission),
        );
    }
    token.refresh_token.is_none().then(|| {
        Fault::stop(
            FailureKind::Connection,
            "youtube.no_renewal",
            "Google gave access for an hour only, as it does where it was not asked for consent.",
            "Remove Postrider at https://myaccount.google.com/permissions, then connect again.",
        )
    })
}

fn own_channel() -> Request {
    Request::get("read the channel", CHANNELS)
        .query("part", "snippet,statistics,contentDetails,status")
        .query("mine", "true")
}

fn channel(answer: &Answer) -> Result<Channel, Fault> {
    let list: List<Channel> = read(answer, "read the channel")?;
    let first = list.items.into_iter().next().filter(|channel| !channel.id.is_empty());
    first.ok_or_else(error::no_channel)
}

fn account(channel: Channel, grant: &GrantView) -> FoundAccount {
    let handle = channel.snippet.custom_url.trim_start_matches('@').to_owned();
    let name = [channel.snippet.title.trim(), &handle, &channel.id]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_default()
        .to_owned();
    let subscribers = match channel.statistics.subscriber_count.as_str() {
        _ if channel.statistics.hidden_subscriber_count => String::new(),
        "" => String::new(),
        "1" => "1 subscriber".to_owned(),
        count => format!("{count} subscribers"),
    };
    let known_as = if handle.is_empty() {
        channel.id.clone()
    } else {
        format!("@{handle}")
    };
    let uploads = channel.content_details.related_playlists.uploads;
    FoundAccount {
        avatar_url: picture(&channel.snippet.thumbnails),
        detail: [known_as, subscribers]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
        account: Account {
            external_id: channel.id,
            handle,
            kind: CHANNEL.to_owned(),
            variant: grant.variant.clone(),
            meta: if uploads.is_empty() {
                Value::Null
            } else {
                json!({"uploads": uploads})
            },
        },
        name,
        unusable: None,
        secrets: Secrets::new(),
    }
}

/// The largest of the pictures that a channel's page shows in small.
fn picture(thumbnails: &Value) -> Option<String> {
    let sizes = ["medium", "default", "high"];
    let found = sizes.iter().find_map(|size| thumbnails[*size]["url"].as_str());
    found.map(str::to_owned)
}

fn field(name: &str, value: &str) -> (String, Val) {
    (name.to_owned(), Val::from(value))
}

fn token_call(app: &App, label: &str, mut fields: Vec<(String, Val)>) -> Request {
    fields.push(field("client_id", &app.client_id));
    fields.push(("client_secret".to_owned(), Val::Secret("client_secret".to_owned())));
    Request::post(label, TOKEN).form(fields)
}

fn scopes(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn granted(token: Token, scopes: Vec<String>, now_ms: i64, subject: String, name: String) -> Granted {
    let ends_ms = |seconds: i64| now_ms.saturating_add(seconds.saturating_mul(1_000));
    let mut secrets = Secrets::from([("access".to_owned(), SecretString::from(token.access_token))]);
    // A renewal brings none: the old one goes on.
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

fn token(answer: &Answer, what: &str) -> Result<Token, Fault> {
    if answer.ok() {
        serde_json::from_slice(&answer.body).map_err(|_| error::unreadable(what))
    } else {
        Err(error::of_token(answer))
    }
}
