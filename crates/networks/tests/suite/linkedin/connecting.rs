//! Signing in, the accounts behind a grant, and whether one still works.

use insta::assert_snapshot;
use postrider_networks::linkedin::Linkedin;
use postrider_provider::{Adapter, Answer, App, AuthorizeAsk, ExchangeAsk, GrantView, Verdict};
use serde_json::{Value, json};

use super::{PAGE, PERSON, account};
use crate::driver::{self, DUE_MS, answer, ok};

fn authorize(variant: &str, app: &App) -> String {
    Linkedin
        .authorize(
            app,
            &AuthorizeAsk {
                variant,
                redirect_uri: "https://planner.example/connect",
                state: "s",
                code_challenge: "c",
                again: false,
            },
        )
        .expect("an address")
}

#[test]
fn each_app_is_asked_only_for_what_its_product_holds() {
    let mut app = App {
        client_id: "member-1".into(),
        ..App::default()
    };
    assert_snapshot!("authorize_member", authorize("member", &app));
    assert_snapshot!("authorize_pages", authorize("pages", &app));
    app.settings.insert("scopes".into(), "openid profile".into());
    assert!(authorize("member", &app).ends_with("scope=openid%20profile"));
}

#[test]
fn a_code_becomes_a_grant_with_its_name() {
    let ask = ExchangeAsk {
        variant: "member",
        code: "code",
        redirect_uri: "https://planner.example/connect",
        code_verifier: "",
        server: None,
        now_ms: DUE_MS,
    };
    let app = App {
        client_id: "1".into(),
        ..App::default()
    };
    let token = ok(json!({"access_token": "AQX", "expires_in": 5_184_000, "scope": "openid,profile,w_member_social"}));
    let who = ok(json!({"sub": "Ab3dEf9hIj", "name": "Mia Keller"}));
    let (script, end) = driver::flow(|answers| Linkedin.exchange(&app, &ask, answers), &[token, who]);
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!((granted.subject.as_str(), granted.subject_name.as_str()), (PERSON, "Mia Keller"));
    assert_eq!(granted.expires_at_ms, Some(DUE_MS + 5_184_000_000));
    assert_eq!(granted.meta["renews"], false);
    assert_eq!(granted.scopes, ["openid", "profile", "w_member_social"]);
}

fn grant(variant: &str, renews: bool) -> GrantView {
    GrantView {
        variant: variant.into(),
        scopes: vec!["r_basicprofile".into()],
        subject: PERSON.into(),
        meta: json!({"renews": renews, "name": "Mia Keller"}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

#[test]
fn pages_without_the_role_are_shown_with_the_role_they_need() {
    let answers = [
        ok(json!({"id": "Ab3dEf9hIj", "localizedFirstName": "Mia", "localizedLastName": "Keller", "vanityName": "mia"})),
        ok(json!({"elements": [
            {"role": "ADMINISTRATOR", "state": "APPROVED", "organization": PAGE},
            {"role": "ANALYST", "state": "APPROVED", "organizationTarget": "urn:li:organization:5552"},
            {"role": "CONTENT_ADMIN", "state": "APPROVED", "organization": PAGE},
        ]})),
        ok(json!({"id": 5551, "localizedName": "Blue Café", "vanityName": "blue",
            "logoV2": {"original~": {"elements": [{"identifiers": [{"identifier": "https://media.example/l.png"}]}]}}})),
        answer(404, Value::Null),
        ok(json!({"id": 5552, "localizedName": "Red Café", "vanityName": "red"})),
    ];
    let (script, end) = driver::flow(
        |answers| Linkedin.accounts(&App::default(), &grant("pages", true), answers),
        &answers,
    );
    assert_snapshot!(script);
    let accounts = end.expect("an end").expect("accounts");
    let seen: Vec<(&str, &str, bool)> = accounts
        .iter()
        .map(|found| (found.name.as_str(), found.account.kind.as_str(), found.unusable.is_some()))
        .collect();
    assert_eq!(
        seen,
        [
            ("Mia Keller", "profile", false),
            ("Blue Café", "page", false),
            ("Red Café", "page", true)
        ]
    );
    assert_eq!(accounts[1].avatar_url.as_deref(), Some("https://media.example/l.png"));
}

#[test]
fn renewing_keeps_the_refresh_token_and_self_serve_apps_cannot() {
    let (_, end) = driver::flow(|answers| Linkedin.refresh(&App::default(), &grant("member", false), answers), &[]);
    assert_eq!(end.expect("an end").expect_err("no renewal").verdict, Verdict::Expired);
    let token = ok(json!({"access_token": "new", "expires_in": 60, "refresh_token_expires_in": 100}));
    let (script, end) = driver::flow(
        |answers| Linkedin.refresh(&App::default(), &grant("pages", true), answers),
        &[token],
    );
    assert!(script.contains("form refresh_token = <refresh>"), "{script}");
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(granted.secrets.keys().collect::<Vec<_>>(), ["access"]);
    assert_eq!(granted.meta["renews"], true);
    assert_eq!(granted.refresh_expires_at_ms, Some(DUE_MS + 100_000));
}

#[test]
fn verifying_tells_expired_from_revoked_from_a_lost_role() {
    let page = account("pages", PAGE, "page");
    let verify = |answers: &[Answer]| {
        driver::flow(
            |answers| Linkedin.verify(&App::default(), &grant("pages", true), &page, answers),
            answers,
        )
        .1
        .expect("an end")
    };
    let active = || ok(json!({"active": true, "status": "active", "scope": "a,b"}));
    let roles = |organization: &str| ok(json!({"elements": [{"role": "ADMINISTRATOR", "organization": organization}]}));
    for (status, verdict) in [("expired", Verdict::Expired), ("revoked", Verdict::Revoked)] {
        let fault = verify(&[ok(json!({"active": false, "status": status}))]).expect_err("ended");
        assert_eq!(fault.verdict, verdict);
    }
    let fault = verify(&[active(), roles("urn:li:organization:1")]).expect_err("no role");
    assert_eq!(fault.verdict, Verdict::MissingPermission);
    let health = verify(&[active(), roles(PAGE), ok(json!({"localizedName": "Blue Café"}))]).expect("well");
    assert_eq!(health.name.as_deref(), Some("Blue Café"));
    assert_eq!(health.scopes, Some(vec!["a".to_owned(), "b".to_owned()]));
}
