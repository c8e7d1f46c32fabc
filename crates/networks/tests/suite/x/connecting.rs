//! Signing in, the account behind a grant, and whether it still works.

use insta::assert_snapshot;
use postrider_core::delivery::FailureKind;
use postrider_networks::x::X;
use postrider_provider::{Adapter, Answer, App, AuthorizeAsk, ExchangeAsk, GrantView, Verdict};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{ACCOUNT, profile, refused};
use crate::driver::{self, DUE_MS, answer, ok, written};

fn app() -> App {
    App {
        client_id: "cHA4".into(),
        ..App::default()
    }
}

fn user() -> Answer {
    ok(
        json!({"data": {"id": ACCOUNT, "name": "Acme Bakery", "username": "acme", "protected": false,
        "profile_image_url": "https://pbs.twimg.com/profile_images/1/a_normal.jpg"}}),
    )
}

fn tokens(refresh: Option<&str>) -> Answer {
    let mut body = json!({
        "token_type": "bearer", "expires_in": 7_200, "access_token": "acc",
        "scope": "tweet.read tweet.write users.read media.write offline.access",
    });
    if let Some(refresh) = refresh {
        body["refresh_token"] = refresh.into();
    }
    ok(body)
}

fn grant() -> GrantView {
    GrantView {
        variant: "account".into(),
        scopes: ["tweet.read", "tweet.write"].map(str::to_owned).into(),
        subject: ACCOUNT.into(),
        meta: json!({"name": "Acme Bakery", "renews": true}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

fn ask() -> ExchangeAsk<'static> {
    ExchangeAsk {
        variant: "account",
        code: "code",
        redirect_uri: "https://planner.example/connect",
        code_verifier: "verifier",
        server: None,
        now_ms: DUE_MS,
    }
}

fn oauth(status: u16, error: &str) -> Answer {
    answer(
        status,
        json!({"error": error, "error_description": "Value passed for the token was invalid."}),
    )
}

#[test]
fn the_page_is_asked_for_every_permission_with_blanks_as_it_documents_them() {
    let ask = AuthorizeAsk {
        variant: "account",
        redirect_uri: "https://planner.example/connect",
        state: "s",
        code_challenge: "c",
        again: false,
    };
    let mut app = app();
    assert_snapshot!(X.authorize(&app, &ask).expect("an address"));
    app.settings.insert("scopes".into(), "tweet.read users.read".into());
    let address = X.authorize(&app, &ask).expect("an address");
    assert!(address.ends_with("&scope=tweet.read%20users.read"), "{address}");
    let other = AuthorizeAsk { variant: "page", ..ask };
    assert_eq!(X.authorize(&app, &other).expect_err("no such way").code, "x.variant");
}

#[test]
fn a_code_becomes_a_grant_that_renews() {
    let (script, end) = driver::flow(|answers| X.exchange(&app(), &ask(), answers), &[tokens(Some("ref")), user()]);
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!((granted.subject.as_str(), granted.subject_name.as_str()), (ACCOUNT, "Acme Bakery"));
    assert_eq!(
        (granted.expires_at_ms, granted.refresh_expires_at_ms),
        (Some(DUE_MS + 7_200_000), None)
    );
    assert_eq!((granted.scopes.len(), &granted.meta["renews"]), (5, &json!(true)));
    let (_, end) = driver::flow(|answers| X.exchange(&app(), &ask(), answers), &[oauth(400, "invalid_request")]);
    assert_eq!(end.expect("an end").expect_err("refused").code, "x.grant_invalid");
}

#[test]
fn a_grant_without_a_refresh_token_says_so_when_it_ends() {
    let (_, end) = driver::flow(|answers| X.exchange(&app(), &ask(), answers), &[tokens(None), user()]);
    let granted = end.expect("an end").expect("a grant");
    assert!(!granted.secrets.contains_key("refresh"));
    let short = GrantView {
        meta: granted.meta,
        ..grant()
    };
    let (script, end) = driver::flow(|answers| X.refresh(&app(), &short, answers), &[]);
    let fault = end.expect("an end").expect_err("it cannot be renewed");
    assert_eq!(
        (script.as_str(), fault.code.as_str(), fault.verdict),
        ("", "x.no_renewal", Verdict::Expired)
    );
    let revoked = written(&X.revoke(&app(), &short).expect("a call"));
    assert!(revoked.contains("form token = <access>"), "{revoked}");
}

#[test]
fn a_renewal_brings_the_next_refresh_token_and_a_dead_one_asks_to_reconnect() {
    let renew = |answer: Answer| driver::flow(|answers| X.refresh(&app(), &grant(), answers), &[answer]);
    let (script, end) = renew(tokens(Some("next")));
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(granted.secrets["refresh"].expose_secret(), "next");
    assert_eq!((granted.subject.as_str(), granted.subject_name.as_str()), (ACCOUNT, "Acme Bakery"));
    for (answer, verdict, kind) in [
        (oauth(400, "invalid_request"), Verdict::Expired, FailureKind::Connection),
        (oauth(400, "invalid_grant"), Verdict::Expired, FailureKind::Connection),
        (oauth(401, "whatever"), Verdict::Expired, FailureKind::Connection),
        // Keys that are wrong say nothing of the person's access.
        (oauth(401, "unauthorized_client"), Verdict::None, FailureKind::Permission),
        (answer(503, Value::Null), Verdict::None, FailureKind::Outage),
    ] {
        let text = format!("{} {}", answer.status, answer.json());
        let fault = renew(answer).1.expect("an end").expect_err("refused");
        assert_eq!((fault.verdict, fault.kind), (verdict, kind), "{text}");
    }
}

#[test]
fn the_account_that_signed_in_is_found_with_its_large_picture() {
    let (script, end) = driver::flow(|answers| X.accounts(&app(), &grant(), answers), &[user()]);
    assert_snapshot!(script);
    let found = end.expect("an end").expect("an account").remove(0);
    assert_eq!((found.name.as_str(), found.detail.as_str()), ("Acme Bakery", "@acme"));
    assert_eq!(found.account, profile());
    assert_eq!(
        found.avatar_url.as_deref(),
        Some("https://pbs.twimg.com/profile_images/1/a_400x400.jpg")
    );
    let protected = ok(json!({"data": {"id": ACCOUNT, "name": "Acme", "username": "acme", "protected": true}}));
    let (_, end) = driver::flow(|answers| X.accounts(&app(), &grant(), answers), &[protected]);
    let found = end.expect("an end").expect("an account").remove(0);
    assert_eq!(
        (found.detail.as_str(), &found.account.meta["protected"]),
        ("@acme, protected", &json!(true))
    );
}

#[test]
fn verifying_reads_the_account() {
    let verify = |answer: Answer| {
        let (script, end) = driver::flow(|answers| X.verify(&app(), &grant(), &profile(), answers), &[answer]);
        (script, end.expect("an end"))
    };
    let (script, health) = verify(user());
    assert!(script.contains("GET https://api.x.com/2/users/me"), "{script}");
    let health = health.expect("well");
    assert_eq!((health.name.as_deref(), health.scopes), (Some("Acme Bakery"), None));
    let (_, stopped) = verify(refused(
        403,
        "Your account is suspended and is not permitted to access this feature.",
    ));
    assert_eq!(stopped.expect_err("stopped").verdict, Verdict::Revoked);
    let (_, unreadable) = verify(ok(json!({"errors": [{"title": "Not Found Error"}]})));
    assert_eq!(unreadable.expect_err("unreadable").code, "x.unreadable");
}

#[test]
fn access_is_taken_back_with_the_refresh_token() {
    assert_snapshot!(written(&X.revoke(&app(), &grant()).expect("a call")));
}
