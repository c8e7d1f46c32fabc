//! Connecting, verifying, renewing, revoking.

use insta::assert_snapshot;
use postrider_core::post::ContentType;
use postrider_networks::facebook::Facebook;
use postrider_provider::{Adapter, Answer, App, AuthorizeAsk, ExchangeAsk, GrantView, Verdict};
use serde_json::json;

use super::{PAGE, on_page, refused};
use crate::driver::{DUE_MS, answer, ok};

#[test]
fn the_dialog_asks_for_permissions_or_a_configuration() {
    let ask = AuthorizeAsk {
        variant: "facebook_login",
        redirect_uri: "https://planner.example/connect",
        state: "s",
        code_challenge: "c",
        again: true,
    };
    let mut app = App {
        client_id: "4711".into(),
        ..App::default()
    };
    assert_snapshot!(Facebook.authorize(&app, &ask).expect("an address"));
    app.settings.insert("config_id".into(), "99".into());
    let address = Facebook.authorize(&app, &ask).expect("an address");
    assert!(address.contains("config_id=99") && !address.contains("scope="), "{address}");
}

#[test]
fn a_code_becomes_a_long_token_with_what_was_granted() {
    let ask = ExchangeAsk {
        variant: "facebook_login",
        code: "code",
        redirect_uri: "https://planner.example/connect",
        code_verifier: "",
        server: None,
        now_ms: DUE_MS,
    };
    let answers = [
        ok(json!({"access_token": "short", "token_type": "bearer", "expires_in": 5_000})),
        ok(json!({"access_token": "long", "token_type": "bearer"})),
        ok(json!({"id": "9", "name": "Mia Keller"})),
        ok(
            json!({"data": [{"permission": "pages_manage_posts", "status": "granted"}, {"permission": "read_insights", "status": "declined"}]}),
        ),
    ];
    let app = App {
        client_id: "4711".into(),
        ..App::default()
    };
    let (script, end) = crate::driver::flow(|answers| Facebook.exchange(&app, &ask, answers), &answers);
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(granted.scopes, ["pages_manage_posts"]);
    assert_eq!(granted.expires_at_ms, Some(DUE_MS + 60 * 86_400_000));
    assert_eq!(granted.meta["data_access_ends_at_ms"], DUE_MS + 90 * 86_400_000);
    let wrong = answer(
        400,
        json!({"error": {"message": "Error validating client secret.", "type": "OAuthException", "code": 1}}),
    );
    let (_, end) = crate::driver::flow(|answers| Facebook.exchange(&app, &ask, answers), &[wrong]);
    let fault = end.expect("an end").expect_err("a refusal");
    assert_eq!(
        fault.code, "facebook.app_secret_wrong",
        "no outage, although its code is that of one"
    );
}

fn grant(scopes: &[&str]) -> GrantView {
    GrantView {
        variant: "facebook_login".into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        subject: "9".into(),
        meta: json!({"name": "Mia Keller", "data_access_ends_at_ms": 5}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

#[test]
fn pages_are_found_by_role_and_through_businesses_each_once() {
    let page = |id: &str, tasks: &[&str]| json!({"id": id, "name": format!("Page {id}"), "tasks": tasks, "access_token": format!("t{id}"), "category": "Cafe"});
    let answers = [
        ok(
            json!({"data": [page("1", &["CREATE_CONTENT"])], "paging": {"cursors": {"after": "M"}, "next": "https://graph.facebook.com/next?access_token=x"}}),
        ),
        ok(json!({"data": [page("2", &["ANALYZE"])], "paging": {"cursors": {"after": "N"}}})),
        ok(json!({"data": [{"id": "b1"}]})),
        ok(json!({"data": [page("1", &["CREATE_CONTENT"]), page("3", &["CREATE_CONTENT"])]})),
        ok(json!({"data": [{"id": "4", "name": "Page 4", "tasks": ["CREATE_CONTENT"]}]})),
    ];
    let (script, end) = crate::driver::flow(
        |answers| Facebook.accounts(&App::default(), &grant(&["business_management"]), answers),
        &answers,
    );
    assert_snapshot!(script);
    let accounts = end.expect("an end").expect("accounts");
    let seen: Vec<(&str, bool, usize)> = accounts
        .iter()
        .map(|found| (found.account.external_id.as_str(), found.unusable.is_some(), found.secrets.len()))
        .collect();
    assert_eq!(seen, [("1", false, 1), ("2", true, 1), ("3", false, 1), ("4", true, 0)]);
}

#[test]
fn verifying_reads_the_page_and_what_is_granted() {
    let account = on_page(ContentType::Text, "").account;
    let verify = |answers: &[Answer]| {
        crate::driver::flow(|answers| Facebook.verify(&App::default(), &grant(&[]), &account, answers), answers)
            .1
            .expect("an end")
    };
    let page = || ok(json!({"id": PAGE, "name": "Blue Café", "picture": {"data": {"url": "https://scontent.example/p.jpg"}}}));
    let permissions = |name: &str| ok(json!({"data": [{"permission": name, "status": "granted"}]}));
    let health = verify(&[page(), permissions("pages_manage_posts")]).expect("well");
    assert_eq!(health.name.as_deref(), Some("Blue Café"));
    assert_eq!(health.data_access_ends_at_ms, Some(5));
    assert_eq!(
        verify(&[page(), permissions("other")]).expect_err("missing").verdict,
        Verdict::MissingPermission
    );
    assert_eq!(verify(&[refused(190, 460)]).expect_err("revoked").verdict, Verdict::Revoked);
}

#[test]
fn renewing_lengthens_the_long_token_and_revoking_removes_the_app() {
    let (script, end) = crate::driver::flow(
        |answers| Facebook.refresh(&App::default(), &grant(&["pages_manage_posts"]), answers),
        &[ok(json!({"access_token": "longer", "expires_in": 5_184_000}))],
    );
    assert!(script.contains("fb_exchange_token = <access>"), "{script}");
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(granted.scopes, ["pages_manage_posts"]);
    assert_eq!(granted.meta["data_access_ends_at_ms"], 5, "renewing is no sign-in");
    let revoke = Facebook.revoke(&App::default(), &grant(&[])).expect("a call");
    assert!(crate::driver::written(&revoke).contains("https://graph.facebook.com/v25.0/9/permissions"));
}
