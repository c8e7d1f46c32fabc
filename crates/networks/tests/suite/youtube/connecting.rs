//! Signing in, the channel behind a grant, and whether it still works.

use insta::assert_snapshot;
use postrider_networks::youtube::Youtube;
use postrider_provider::{Adapter, Answer, App, AuthorizeAsk, ExchangeAsk, GrantView, Verdict};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{CHANNEL, account, refused};
use crate::driver::{self, DUE_MS, answer, ok, written};

const UPLOAD: &str = "https://www.googleapis.com/auth/youtube.upload";
const MANAGE: &str = "https://www.googleapis.com/auth/youtube";
const COMMENT: &str = "https://www.googleapis.com/auth/youtube.force-ssl";

fn app() -> App {
    App {
        client_id: "4711.apps.googleusercontent.com".into(),
        ..App::default()
    }
}

fn channel(id: &str) -> Answer {
    ok(json!({"kind": "youtube#channelListResponse", "items": [{
        "id": id,
        "snippet": {"title": "Acme", "customUrl": "@acme", "thumbnails": {"default": {"url": "https://img/x.jpg"}}},
        "contentDetails": {"relatedPlaylists": {"uploads": "UUx1"}},
        "statistics": {"viewCount": "120", "subscriberCount": "7", "hiddenSubscriberCount": false, "videoCount": "3"},
        "status": {"longUploadsStatus": "allowed"},
    }]}))
}

fn without_channel() -> Answer {
    ok(json!({"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}}))
}

fn tokens(change: impl Fn(&mut Value)) -> Answer {
    let mut said = json!({
        "access_token": "ya29.x", "expires_in": 3_599, "refresh_token": "1//y", "token_type": "Bearer",
        "scope": format!("{UPLOAD} {MANAGE} {COMMENT}"),
    });
    change(&mut said);
    ok(said)
}

fn whole() -> Answer {
    tokens(|_| {})
}

fn flat(status: u16, error: &str) -> Answer {
    answer(status, json!({"error": error, "error_description": "In Google's words."}))
}

fn grant() -> GrantView {
    GrantView {
        variant: "channel".into(),
        scopes: vec![UPLOAD.into(), MANAGE.into()],
        subject: CHANNEL.into(),
        meta: json!({"name": "Acme"}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

fn ask() -> AuthorizeAsk<'static> {
    AuthorizeAsk {
        variant: "channel",
        redirect_uri: "https://planner.example/connect",
        state: "s",
        code_challenge: "c",
        again: false,
    }
}

const EXCHANGE: ExchangeAsk<'static> = ExchangeAsk {
    variant: "channel",
    code: "4/0Ab",
    redirect_uri: "https://planner.example/connect",
    code_verifier: "v",
    server: None,
    now_ms: DUE_MS,
};

#[test]
fn the_page_is_asked_for_access_that_lasts_and_for_consent_each_time() {
    assert_snapshot!(Youtube.authorize(&app(), &ask()).expect("an address"));
    let again = AuthorizeAsk { again: true, ..ask() };
    let address = Youtube.authorize(&app(), &again).expect("an address");
    assert!(address.contains("prompt=select_account+consent"), "{address}");
    let other = AuthorizeAsk { variant: "page", ..ask() };
    assert_eq!(Youtube.authorize(&app(), &other).expect_err("no such way").code, "youtube.variant");
}

#[test]
fn a_code_becomes_a_grant_that_renews() {
    let (script, end) = driver::flow(|answers| Youtube.exchange(&app(), &EXCHANGE, answers), &[whole(), channel(CHANNEL)]);
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!((granted.subject.as_str(), granted.subject_name.as_str()), (CHANNEL, "Acme"));
    assert_eq!(
        (granted.expires_at_ms, granted.refresh_expires_at_ms),
        (Some(DUE_MS + 3_599_000), None)
    );
    assert_eq!(granted.scopes, [UPLOAD, MANAGE, COMMENT]);
    assert_eq!(granted.secrets["refresh"].expose_secret(), "1//y");
    let testing = tokens(|said| said["refresh_token_expires_in"] = 604_799.into());
    let (_, end) = driver::flow(|answers| Youtube.exchange(&app(), &EXCHANGE, answers), &[testing, channel(CHANNEL)]);
    assert_eq!(
        end.expect("an end").expect("a grant").refresh_expires_at_ms,
        Some(DUE_MS + 604_799_000),
        "an app in testing"
    );
}

#[test]
fn a_grant_that_cannot_publish_or_last_is_refused_at_once() {
    let exchanged = |answers: &[Answer]| {
        let (_, end) = driver::flow(|answers| Youtube.exchange(&app(), &EXCHANGE, answers), answers);
        end.expect("an end").expect_err("refused")
    };
    for scope in [format!("{UPLOAD} {COMMENT}"), format!("{MANAGE} {COMMENT}"), String::new()] {
        let fault = exchanged(&[tokens(|said| said["scope"] = scope.as_str().into())]);
        assert_eq!(
            (fault.code.as_str(), fault.verdict),
            ("youtube.permission_missing", Verdict::MissingPermission)
        );
    }
    let short = exchanged(&[tokens(|said| said["refresh_token"] = Value::Null)]);
    assert_eq!(short.code, "youtube.no_renewal");
    let none = exchanged(&[whole(), without_channel()]);
    assert_eq!(none.code, "youtube.no_channel");
    for (status, error, code) in [
        (400, "invalid_grant", "youtube.grant_invalid"),
        (401, "invalid_client", "youtube.app_unknown"),
        (400, "redirect_uri_mismatch", "youtube.redirect_unknown"),
    ] {
        assert_eq!(exchanged(&[flat(status, error)]).code, code);
    }
    // Comments are not needed to publish.
    let few = tokens(|said| said["scope"] = format!("{UPLOAD} {MANAGE}").into());
    let (_, end) = driver::flow(|answers| Youtube.exchange(&app(), &EXCHANGE, answers), &[few, channel(CHANNEL)]);
    assert_eq!(end.expect("an end").expect("a grant").scopes, [UPLOAD, MANAGE]);
}

#[test]
fn a_renewal_keeps_the_refresh_token_and_a_dead_one_asks_to_reconnect() {
    let renewed = tokens(|said| said["refresh_token"] = Value::Null);
    let (script, end) = driver::flow(|answers| Youtube.refresh(&app(), &grant(), answers), &[renewed]);
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(granted.secrets.keys().collect::<Vec<_>>(), ["access"], "the stored one stays");
    assert_eq!((granted.subject.as_str(), granted.subject_name.as_str()), (CHANNEL, "Acme"));
    for (said, verdict) in [
        (flat(400, "invalid_grant"), Verdict::Expired),
        (flat(401, "invalid_client"), Verdict::None),
        (flat(503, ""), Verdict::None),
    ] {
        let (_, end) = driver::flow(|answers| Youtube.refresh(&app(), &grant(), answers), std::slice::from_ref(&said));
        assert_eq!(end.expect("an end").expect_err("over").verdict, verdict, "{}", said.json());
    }
}

#[test]
fn the_channel_that_was_chosen_is_the_one_to_post_to() {
    let (script, end) = driver::flow(|answers| Youtube.accounts(&app(), &grant(), answers), &[channel(CHANNEL)]);
    assert_snapshot!(script);
    let found = end.expect("an end").expect("a channel");
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].name.as_str(), found[0].detail.as_str(), found[0].avatar_url.as_deref()),
        ("Acme", "@acme · 7 subscribers", Some("https://img/x.jpg"))
    );
    assert_eq!((&found[0].account, &found[0].unusable), (&account(), &None));
    let (_, end) = driver::flow(|answers| Youtube.accounts(&app(), &grant(), answers), &[without_channel()]);
    assert_eq!(end.expect("an end").expect_err("none").code, "youtube.no_channel");
}

#[test]
fn verifying_reads_the_channel_and_no_other_will_do() {
    let verified = |said: Answer| {
        let (_, end) = driver::flow(|answers| Youtube.verify(&app(), &grant(), &account(), answers), &[said]);
        end.expect("an end")
    };
    let health = verified(channel(CHANNEL)).expect("well");
    assert_eq!(
        (health.name.as_deref(), health.avatar_url.as_deref()),
        (Some("Acme"), Some("https://img/x.jpg"))
    );
    assert_eq!(verified(channel("UCother")).expect_err("another").code, "youtube.other_channel");
    assert_eq!(verified(refused(401, "authError")).expect_err("over").code, "youtube.token_invalid");
}

#[test]
fn access_is_taken_back() {
    assert_snapshot!(written(&Youtube.revoke(&app(), &grant()).expect("a call")));
}
