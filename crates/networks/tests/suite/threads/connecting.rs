//! Signing in, the profile behind a grant, and whether it still works.

use insta::assert_snapshot;
use postrider_core::post::ContentType;
use postrider_networks::threads::Threads;
use postrider_provider::{Adapter, Answer, App, AuthorizeAsk, ExchangeAsk, GrantView, Progress, Verdict};
use serde_json::{Value, json};

use super::{PROFILE, on, profile, refused};
use crate::driver::{self, DUE_MS, answer, ok};

fn app() -> App {
    App {
        client_id: "4711".into(),
        ..App::default()
    }
}

#[test]
fn the_page_is_asked_for_every_permission() {
    let ask = |variant| AuthorizeAsk {
        variant,
        redirect_uri: "https://planner.example/connect",
        state: "s",
        code_challenge: "c",
        again: true,
    };
    assert_snapshot!(Threads.authorize(&app(), &ask("threads_login")).expect("an address"));
    assert!(Threads.authorize(&app(), &ask("instagram_login")).is_err());
}

fn exchanged(answers: &[Answer]) -> (String, Option<Result<postrider_provider::Granted, postrider_provider::Fault>>) {
    let ask = ExchangeAsk {
        variant: "threads_login",
        code: "code#_",
        redirect_uri: "https://planner.example/connect",
        code_verifier: "",
        server: None,
        now_ms: DUE_MS,
    };
    driver::flow(|answers| Threads.exchange(&app(), &ask, answers), answers)
}

/// A token, short then long, and whose it is.
fn signed_in() -> Vec<Answer> {
    vec![
        // Beyond 2^53: the id is taken from the profile, where it is a text.
        ok(json!({"access_token": "short", "user_id": 25_000_000_000_000_001_u64})),
        ok(json!({"access_token": "long", "token_type": "bearer", "expires_in": 5_183_944})),
        ok(json!({"id": PROFILE, "username": "blue.cafe", "name": "Blue Café"})),
    ]
}

#[test]
fn a_tester_is_told_what_was_granted() {
    let mut answers = signed_in();
    answers.push(ok(json!({"data": {"is_valid": true, "scopes": ["threads_basic", "threads_delete"],
        "data_access_expires_at": 1_800_000_000, "user_id": PROFILE}})));
    let (script, end) = exchanged(&answers);
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(granted.scopes, ["threads_basic", "threads_delete"]);
    assert_eq!((granted.subject.as_str(), granted.subject_name.as_str()), (PROFILE, "blue.cafe"));
    assert_eq!(granted.expires_at_ms, Some(DUE_MS + 5_183_944_000));
    assert_eq!(granted.meta["data_access_ends_at_ms"], 1_800_000_000_000_i64);
}

#[test]
fn for_others_what_needs_a_permission_is_tried() {
    let (missing, there) = (|| refused(10, 0), || ok(json!({"data": []})));
    let all = [
        "threads_basic",
        "threads_content_publish",
        "threads_manage_replies",
        "threads_read_replies",
        "threads_manage_insights",
    ];
    let cases: [([Answer; 3], &[&str]); 4] = [
        ([there(), there(), there()], &[]),
        ([missing(), there(), there()], &["threads_content_publish"]),
        ([there(), refused(200, 0), there()], &["threads_manage_replies"]),
        ([there(), missing(), missing()], &["threads_manage_replies", "threads_read_replies"]),
    ];
    for (tried, declined) in cases {
        let mut answers = signed_in();
        answers.push(missing());
        answers.extend(tried);
        let (script, end) = exchanged(&answers);
        if declined.is_empty() {
            assert_snapshot!("tried", script);
        }
        let left: Vec<&str> = all.into_iter().filter(|scope| !declined.contains(scope)).collect();
        assert_eq!(end.expect("an end").expect("a grant").scopes, left);
    }
    let mut answers = signed_in();
    answers.extend([missing(), answer(500, Value::Null)]);
    let (_, end) = exchanged(&answers);
    assert_eq!(end.expect("an end").expect_err("an outage").code, "threads.unlisted");
}

#[test]
fn a_sign_in_that_is_refused_says_why() {
    let wrong = |message: &str| answer(400, json!({"error_type": "OAuthException", "code": 400, "error_message": message}));
    for (message, code) in [
        ("Matching code was not found or was already used", "threads.code_used"),
        ("Error validating client secret.", "threads.app_secret_wrong"),
        ("Something else", "threads.unlisted"),
    ] {
        let (_, end) = exchanged(&[wrong(message)]);
        assert_eq!(end.expect("an end").expect_err("a refusal").code, code);
    }
    let mut answers = signed_in();
    answers[2] = ok(json!({"username": "blue.cafe"}));
    let (_, end) = exchanged(&answers);
    assert_eq!(end.expect("an end").expect_err("no id").code, "threads.unreadable");
}

fn grant() -> GrantView {
    GrantView {
        variant: "threads_login".into(),
        scopes: vec!["threads_basic".into()],
        subject: PROFILE.into(),
        meta: json!({"name": "blue.cafe", "renews": true, "data_access_ends_at_ms": 7}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

#[test]
fn the_profile_is_the_one_account() {
    for (name, shown) in [("Blue Café", "Blue Café"), ("", "blue.cafe")] {
        let me =
            ok(json!({"id": PROFILE, "username": "blue.cafe", "name": name, "threads_profile_picture_url": "https://cdn.example/p.jpg"}));
        let (script, end) = driver::flow(|answers| Threads.accounts(&app(), &grant(), answers), &[me]);
        assert!(
            script.contains("https://graph.threads.net/v1.0/me") && script.contains("Bearer <access>"),
            "{script}"
        );
        let accounts = end.expect("an end").expect("accounts");
        assert_eq!(accounts.len(), 1);
        assert_eq!((&accounts[0].account, accounts[0].name.as_str()), (&profile(), shown));
        assert_eq!(accounts[0].avatar_url.as_deref(), Some("https://cdn.example/p.jpg"));
        assert!(accounts[0].unusable.is_none());
    }
}

#[test]
fn access_is_renewed_verified_and_never_taken_back() {
    let token = ok(json!({"access_token": "new", "expires_in": 60}));
    let (script, end) = driver::flow(|answers| Threads.refresh(&app(), &grant(), answers), &[token]);
    assert_snapshot!("refresh", script);
    let renewed = end.expect("an end").expect("a grant");
    assert_eq!((renewed.expires_at_ms, renewed.scopes), (Some(DUE_MS + 60_000), grant().scopes));
    assert_eq!(renewed.meta, grant().meta);
    let (_, end) = driver::flow(|answers| Threads.refresh(&app(), &grant(), answers), &[refused(190, 460)]);
    assert_eq!(end.expect("an end").expect_err("ended").verdict, Verdict::Revoked);

    let me = || ok(json!({"id": PROFILE, "username": "blue.cafe", "name": "Blue Café"}));
    let limit = ok(json!({"data": [{"quota_usage": 0}]}));
    let verified = |answers: &[Answer]| driver::flow(|answers| Threads.verify(&app(), &grant(), &profile(), answers), answers);
    let (script, end) = verified(&[me(), limit]);
    assert_snapshot!("verify", script);
    let health = end.expect("an end").expect("well");
    assert_eq!(
        (health.name.as_deref(), health.data_access_ends_at_ms),
        (Some("Blue Café"), Some(7))
    );
    let (_, end) = verified(&[me(), refused(10, 0)]);
    assert_eq!(end.expect("an end").expect_err("missing").verdict, Verdict::MissingPermission);
    let (_, end) = verified(&[me(), refused(4, 0)]);
    assert_eq!(end.expect("an end").expect_err("throttled").code, "threads.throttled");
    assert!(Threads.revoke(&app(), &grant()).is_none());
    assert!(Threads.discard(&on(ContentType::Image, ""), &Progress::default()).is_empty());
}
