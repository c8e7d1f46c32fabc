//! Signing in, the account behind a grant, and whether it still works.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use insta::assert_snapshot;
use postrider_networks::tiktok::Tiktok;
use postrider_provider::{Adapter, Answer, App, AuthorizeAsk, ExchangeAsk, GrantView, Verdict};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{OPEN_ID, account, enveloped, refused};
use crate::driver::{self, DUE_MS, ok, written};

const DAY_MS: i64 = 86_400_000;
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn app() -> App {
    App {
        client_id: "aw1479".into(),
        ..App::default()
    }
}

fn user() -> Answer {
    enveloped(json!({"user": {
        "open_id": OPEN_ID, "avatar_url": "https://p16.tiktokcdn.com/a.jpeg", "display_name": "Acme", "username": "acme.bakery",
    }}))
}

fn tokens() -> Answer {
    ok(json!({
        "access_token": "act.x", "expires_in": 86_400, "open_id": OPEN_ID, "refresh_expires_in": 31_536_000, "refresh_token": "rft.y",
        "scope": "user.info.basic,user.info.profile,video.publish", "token_type": "Bearer",
    }))
}

/// TikTok's OAuth refuses with status 200.
fn flat(error: &str) -> Answer {
    ok(json!({"error": error, "error_description": "In TikTok's words.", "log_id": "2022"}))
}

fn grant(scopes: &[&str]) -> GrantView {
    GrantView {
        variant: "account".into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        subject: OPEN_ID.into(),
        meta: json!({"name": "Acme"}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

fn ask<'a>(redirect_uri: &'a str, challenge: &'a str) -> AuthorizeAsk<'a> {
    AuthorizeAsk {
        variant: "account",
        redirect_uri,
        state: "s",
        code_challenge: challenge,
        again: false,
    }
}

fn exchange(redirect_uri: &str) -> ExchangeAsk<'_> {
    ExchangeAsk {
        variant: "account",
        code: "code*1!2.e1",
        redirect_uri,
        code_verifier: VERIFIER,
        server: None,
        now_ms: DUE_MS,
    }
}

#[test]
fn the_page_is_asked_for_every_permission_with_commas_between_them() {
    let ask = ask("https://planner.example/connect", "c");
    let mut app = app();
    assert_snapshot!(Tiktok.authorize(&app, &ask).expect("an address"));
    app.settings.insert("scopes".into(), "user.info.basic,video.upload".into());
    let again = AuthorizeAsk {
        again: true,
        ..ask.clone()
    };
    let address = Tiktok.authorize(&app, &again).expect("an address");
    assert!(
        address.contains("scope=user.info.basic%2Cvideo.upload") && address.ends_with("&disable_auto_auth=1"),
        "{address}"
    );
    let other = AuthorizeAsk { variant: "page", ..ask };
    assert_eq!(Tiktok.authorize(&app, &other).expect_err("no such way").code, "tiktok.variant");
}

#[test]
fn an_app_on_ones_own_machine_gives_its_challenge_in_hexadecimal() {
    let digest = Sha256::digest(VERIFIER);
    let challenge = URL_SAFE_NO_PAD.encode(digest);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    for local in ["http://localhost:8080/connect", "http://127.0.0.1:8080/connect"] {
        let address = Tiktok.authorize(&app(), &ask(local, &challenge)).expect("an address");
        let expected = format!("code_challenge={hex}&code_challenge_method=S256");
        assert!(address.contains(&expected), "{address}");
        let (script, _) = driver::flow(|answers| Tiktok.exchange(&app(), &exchange(local), answers), &[]);
        assert!(script.contains(&format!("form code_verifier = {VERIFIER}")), "{script}");
    }
    assert!(
        Tiktok
            .authorize(&app(), &ask("http://localhost:8080/connect", "no base64 !"))
            .is_err()
    );
}

#[test]
fn a_code_becomes_a_grant_that_renews() {
    let ask = exchange("https://planner.example/connect");
    let (script, end) = driver::flow(|answers| Tiktok.exchange(&app(), &ask, answers), &[tokens(), user()]);
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!((granted.subject.as_str(), granted.subject_name.as_str()), (OPEN_ID, "Acme"));
    assert_eq!(granted.expires_at_ms, Some(DUE_MS + DAY_MS));
    assert_eq!(granted.refresh_expires_at_ms, Some(DUE_MS + 365 * DAY_MS));
    assert_eq!(granted.scopes, ["user.info.basic", "user.info.profile", "video.publish"]);
    let (_, end) = driver::flow(|answers| Tiktok.exchange(&app(), &ask, answers), &[flat("invalid_request")]);
    assert_eq!(end.expect("an end").expect_err("refused").code, "tiktok.grant_invalid");
}

#[test]
fn a_renewal_brings_the_next_refresh_token_and_a_dead_one_asks_to_reconnect() {
    let grant = grant(&["user.info.basic"]);
    let (script, end) = driver::flow(|answers| Tiktok.refresh(&app(), &grant, answers), &[tokens()]);
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(granted.secrets["refresh"].expose_secret(), "rft.y");
    assert_eq!((granted.subject.as_str(), granted.subject_name.as_str()), (OPEN_ID, "Acme"));
    for (error, verdict) in [
        ("invalid_grant", Verdict::Expired),
        ("invalid_request", Verdict::Expired),
        ("invalid_client", Verdict::None),
    ] {
        let (_, end) = driver::flow(|answers| Tiktok.refresh(&app(), &grant, answers), &[flat(error)]);
        assert_eq!(end.expect("an end").expect_err("over").verdict, verdict, "{error}");
    }
    let (_, end) = driver::flow(|answers| Tiktok.refresh(&app(), &grant, answers), &[refused(503, "internal_error")]);
    assert_eq!(end.expect("an end").expect_err("an outage").verdict, Verdict::None);
}

#[test]
fn only_what_the_permissions_show_is_asked_of_the_account() {
    let all = grant(&["user.info.basic", "user.info.profile", "video.publish"]);
    let (script, end) = driver::flow(|answers| Tiktok.accounts(&app(), &all, answers), &[user()]);
    assert_snapshot!(script);
    let found = end.expect("an end").expect("an account");
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].name.as_str(), found[0].detail.as_str()), ("Acme", "@acme.bakery"));
    assert_eq!(
        (&found[0].account, found[0].unusable.as_deref()),
        (
            &postrider_provider::Account {
                meta: Value::Null,
                ..account()
            },
            None
        )
    );
    let few = grant(&["user.info.basic"]);
    let bare = enveloped(json!({"user": {"open_id": OPEN_ID, "display_name": "Acme"}}));
    let (script, end) = driver::flow(|answers| Tiktok.accounts(&app(), &few, answers), &[bare]);
    assert!(!script.contains("username"), "{script}");
    let found = end.expect("an end").expect("an account");
    assert!(found[0].unusable.as_deref().is_some_and(|why| why.contains("video.publish")));
}

#[test]
fn verifying_reads_the_account() {
    let all = grant(&["user.info.basic", "user.info.profile"]);
    let (_, end) = driver::flow(|answers| Tiktok.verify(&app(), &all, &account(), answers), &[user()]);
    let health = end.expect("an end").expect("well");
    assert_eq!((health.name.as_deref(), health.scopes), (Some("Acme"), None));
    let dead = refused(401, "access_token_invalid");
    let (_, end) = driver::flow(|answers| Tiktok.verify(&app(), &all, &account(), answers), &[dead]);
    assert_eq!(end.expect("an end").expect_err("over").code, "tiktok.token_invalid");
}

#[test]
fn access_is_taken_back() {
    assert_snapshot!(written(&Tiktok.revoke(&app(), &grant(&[])).expect("a call")));
}
