//! Signing in, the accounts behind a grant, and whether one still works.

use insta::assert_snapshot;
use postrider_core::post::ContentType;
use postrider_networks::instagram::Instagram;
use postrider_provider::{Adapter, App, AuthorizeAsk, ExchangeAsk, GrantView, Progress, Verdict};
use serde_json::{Value, json};

use super::{ACCOUNT, by_instagram, on};
use crate::driver::{self, DUE_MS, answer, ok};

fn app() -> App {
    App {
        client_id: "4711".into(),
        ..App::default()
    }
}

#[test]
fn each_login_has_its_own_page() {
    let ask = |variant| AuthorizeAsk {
        variant,
        redirect_uri: "https://planner.example/connect",
        state: "s",
        code_challenge: "c",
        again: true,
    };
    assert_snapshot!(
        "authorize_instagram",
        Instagram.authorize(&app(), &ask("instagram_login")).expect("an address")
    );
    assert_snapshot!(
        "authorize_facebook",
        Instagram.authorize(&app(), &ask("facebook_login")).expect("an address")
    );
    assert!(Instagram.authorize(&app(), &ask("other")).is_err());
}

#[test]
fn the_short_token_is_read_in_either_shape() {
    let ask = ExchangeAsk {
        variant: "instagram_login",
        code: "code#_",
        redirect_uri: "https://planner.example/connect",
        code_verifier: "",
        server: None,
        now_ms: DUE_MS,
    };
    let shapes = [
        json!({"data": [{"access_token": "short", "user_id": "1020", "permissions": "a,b"}]}),
        json!({"access_token": "short", "user_id": 1020, "permissions": ["a", "b"]}),
    ];
    for shape in shapes {
        let answers = [
            ok(shape),
            ok(json!({"access_token": "long", "token_type": "bearer", "expires_in": 5_183_944})),
            ok(json!({"user_id": ACCOUNT, "id": "24", "username": "blue.cafe", "account_type": "BUSINESS"})),
        ];
        let (script, end) = driver::flow(|answers| Instagram.exchange(&app(), &ask, answers), &answers);
        assert_snapshot!("exchange", script);
        let granted = end.expect("an end").expect("a grant");
        assert_eq!(granted.scopes, ["a", "b"]);
        assert_eq!(granted.subject, ACCOUNT);
        assert_eq!(granted.expires_at_ms, Some(DUE_MS + 5_183_944_000));
    }
    let wrong = json!({"error_type": "OAuthException", "code": 400, "error_message": "Error validating client secret."});
    let (_, end) = driver::flow(|answers| Instagram.exchange(&app(), &ask, answers), &[answer(400, wrong)]);
    assert_eq!(end.expect("an end").expect_err("a refusal").code, "instagram.app_secret_wrong");
}

fn grant(variant: &str) -> GrantView {
    GrantView {
        variant: variant.into(),
        scopes: vec![],
        subject: "9".into(),
        meta: json!({"name": "blue.cafe"}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

#[test]
fn accounts_that_cannot_be_posted_to_say_what_to_do() {
    let page = |id: &str, tasks: &[&str], instagram: Value| json!({"id": id, "name": format!("Page {id}"), "tasks": tasks, "access_token": "t", "instagram_business_account": instagram});
    let pages = ok(json!({"data": [
        page("1", &["CREATE_CONTENT"], json!({"id": ACCOUNT, "username": "blue.cafe"})),
        page("2", &["ANALYZE"], json!({"id": "17841400000000002", "username": "red.cafe"})),
        {"id": "3", "name": "Page 3", "tasks": ["CREATE_CONTENT"]},
    ]}));
    let (_, end) = driver::flow(|answers| Instagram.accounts(&app(), &grant("facebook_login"), answers), &[pages]);
    let accounts = end.expect("an end").expect("accounts");
    let seen: Vec<(&str, bool, usize)> = accounts
        .iter()
        .map(|found| (found.account.external_id.as_str(), found.unusable.is_some(), found.secrets.len()))
        .collect();
    assert_eq!(seen, [(ACCOUNT, false, 1), ("17841400000000002", true, 1), ("page:3", true, 0)]);
    for (kind, unusable) in [("BUSINESS", false), ("MEDIA_CREATOR", false), ("PERSONAL", true)] {
        let me = ok(json!({"user_id": ACCOUNT, "username": "blue.cafe", "account_type": kind}));
        let (_, end) = driver::flow(|answers| Instagram.accounts(&app(), &grant("instagram_login"), answers), &[me]);
        let accounts = end.expect("an end").expect("accounts");
        assert_eq!(accounts[0].unusable.is_some(), unusable, "{kind}");
        assert_eq!(accounts[0].account.external_id, ACCOUNT);
    }
}

#[test]
fn each_login_renews_and_verifies_on_its_own_host() {
    let token = || ok(json!({"access_token": "new", "expires_in": 60}));
    for (variant, renewal) in [
        ("instagram_login", "https://graph.instagram.com/refresh_access_token"),
        ("facebook_login", "https://graph.facebook.com/v25.0/oauth/access_token"),
    ] {
        let (script, end) = driver::flow(|answers| Instagram.refresh(&app(), &grant(variant), answers), &[token()]);
        assert!(script.contains(renewal) && script.contains("<access>"), "{script}");
        assert_eq!(end.expect("an end").expect("a grant").expires_at_ms, Some(DUE_MS + 60_000));
    }
    let profile = || ok(json!({"id": ACCOUNT, "username": "blue.cafe", "name": "Blue Café"}));
    let account = by_instagram(ContentType::Image, "").account;
    let (script, end) = driver::flow(
        |answers| Instagram.verify(&app(), &grant("instagram_login"), &account, answers),
        &[profile()],
    );
    assert!(script.contains("https://graph.instagram.com/v25.0/17841400000000001"), "{script}");
    assert_eq!(end.expect("an end").expect("well").name.as_deref(), Some("Blue Café"));
    let account = on("facebook_login", ContentType::Image, "").account;
    let missing = ok(json!({"data": [{"permission": "instagram_content_publish", "status": "declined"}]}));
    let (_, end) = driver::flow(
        |answers| Instagram.verify(&app(), &grant("facebook_login"), &account, answers),
        &[profile(), missing],
    );
    assert_eq!(end.expect("an end").expect_err("missing").verdict, Verdict::MissingPermission);
    assert!(Instagram.revoke(&app(), &grant("instagram_login")).is_none());
    assert!(Instagram.revoke(&app(), &grant("facebook_login")).is_some());
    assert!(
        Instagram
            .discard(&by_instagram(ContentType::Image, ""), &Progress::default())
            .is_empty()
    );
}
