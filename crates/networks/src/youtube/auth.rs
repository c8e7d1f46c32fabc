//! The person chooses the channel on Google's page, so that a token is for one.

use postrider_core::delivery::FailureKind;
use postrider_provider::{
    Account, Answer, App, AuthorizeAsk, ConnectBy, ExchangeAsk, Fault, Flow, FoundAccount, GrantView, Granted, Health, Request, Secrets,
    Variant, Verdict,
};
use serde_json::{Value, json};

use super::wire::{Channel, List};
use super::{error, read};
use crate::google::login::{self, permission};

/// The one way to connect.
pub const CHANNEL: &str = "channel";

const CHANNELS: &str = "https://www.googleapis.com/youtube/v3/channels";

const UPLOAD: &str = "https://www.googleapis.com/auth/youtube.upload";
const MANAGE: &str = "https://www.googleapis.com/auth/youtube";
const COMMENT: &str = "https://www.googleapis.com/auth/youtube.force-ssl";

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
    login::authorize(("youtube", "YouTube"), VARIANTS, app, ask)
}

/// Code for tokens, then which channel it is.
pub fn exchange(app: &App, ask: &ExchangeAsk<'_>, answers: &[Answer]) -> Flow<Granted> {
    let Some(answer) = answers.first() else {
        return Flow::Call(login::exchange_call(app, ask));
    };
    let token = match login::exchanged("youtube", answer, &[UPLOAD, MANAGE]) {
        Ok(token) => token,
        Err(fault) => return Flow::Fail(fault),
    };
    let Some(answer) = answers.get(1) else {
        return Flow::Call(own_channel().header("Authorization", format!("Bearer {}", token.access_token)));
    };
    match channel(answer) {
        Ok(channel) => {
            let scopes = login::scopes(&token.scope);
            Flow::Done(login::granted(token, scopes, ask.now_ms, channel.id, channel.snippet.title))
        }
        Err(fault) => Flow::Fail(fault),
    }
}

/// Renews by the refresh token.
pub fn refresh(app: &App, grant: &GrantView, answers: &[Answer]) -> Flow<Granted> {
    let Some(answer) = answers.first() else {
        return Flow::Call(login::refresh_call(app));
    };
    match login::renewed("youtube", grant, answer) {
        Ok(granted) => Flow::Done(granted),
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

/// Takes the access back.
pub fn revoke() -> Request {
    login::revoke()
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
