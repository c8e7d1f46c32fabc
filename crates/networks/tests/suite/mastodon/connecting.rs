//! Introducing Postrider to a server, signing in there, and whether the access still works.

use insta::assert_snapshot;
use postrider_core::delivery::FailureKind;
use postrider_networks::mastodon::Mastodon;
use postrider_provider::{
    Adapter, Answer, App, AuthorizeAsk, ExchangeAsk, Fault, GrantView, Granted, PrepareAsk, Prepared, ServerApp, Typed, Verdict,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{SERVER, account, refused};
use crate::driver::{self, DUE_MS, answer, ok, written};

fn typed(instance: &str) -> Typed {
    Typed::from([("instance".to_owned(), instance.to_owned())])
}

fn known() -> ServerApp {
    ServerApp {
        server: SERVER.into(),
        client_id: "client".into(),
        ..ServerApp::default()
    }
}

fn prepared(known: Option<&ServerApp>, again: bool, answers: &[Answer]) -> (String, Result<Prepared, Fault>) {
    let typed = typed("@acme@social.example");
    let ask = PrepareAsk {
        authorize: AuthorizeAsk {
            variant: "server",
            redirect_uri: "https://planner.example/connect",
            state: "s",
            code_challenge: "c",
            again,
        },
        typed: &typed,
        known,
    };
    let (script, end) = driver::flow(|answers| Mastodon.prepare(&App::default(), &ask, answers), answers);
    (script, end.expect("an end"))
}

#[test]
fn a_server_is_told_who_we_are_once_and_its_page_asks_for_every_permission() {
    let registered = ok(json!({"id": "5", "client_id": "client", "client_secret": "hidden", "client_secret_expires_at": 0}));
    let (script, first) = prepared(None, false, &[registered]);
    assert_snapshot!("registered", script);
    let first = first.expect("a page");
    assert_snapshot!("page", first.url);
    assert_eq!(first.server, Some(known()));
    assert_eq!(first.secrets["client_secret"].expose_secret(), "hidden");

    let (script, again) = prepared(Some(&known()), true, &[]);
    let again = again.expect("a page");
    assert_eq!(script, "", "it is known already");
    assert!(again.url.contains("force_login=true") && again.secrets.is_empty(), "{}", again.url);
    assert_eq!(again.server, Some(known()));
}

#[test]
fn a_server_that_does_not_take_us_is_told_in_its_words() {
    let (_, end) = prepared(
        None,
        false,
        &[refused(422, "Validation failed: Redirect URI must be an absolute URI.")],
    );
    let fault = end.expect_err("refused");
    assert!(fault.message.contains("Redirect URI"), "{}", fault.message);
    let (_, end) = prepared(None, false, &[ok(json!({"client_id": "x"}))]);
    assert_eq!(end.expect_err("no secret").code, "mastodon.unreadable");
}

#[test]
fn what_is_typed_names_a_server_or_is_refused() {
    let field = &Mastodon.capability().variants[0].fields[0];
    assert_eq!((field.refuses)("social.example"), None);
    assert!((field.refuses)("not a server").is_some());
    assert_eq!(Mastodon.server(&typed("Social.Example")), Ok(Some(SERVER.to_owned())));
    let fault = Mastodon.server(&typed("acme")).expect_err("no server");
    assert_eq!((fault.kind, fault.code.as_str()), (FailureKind::Content, "mastodon.server_address"));
}

fn token(scope: &str) -> Answer {
    ok(json!({"access_token": "t0ken", "token_type": "Bearer", "scope": scope, "created_at": 1_573_979_017}))
}

fn credentials() -> Answer {
    ok(
        json!({"id": "1093", "username": "acme", "acct": "acme", "display_name": "Acme Bread", "avatar": "https://files.social.example/a.png"}),
    )
}

fn exchanged(answers: &[Answer]) -> (String, Result<Granted, Fault>) {
    let app = known();
    let ask = ExchangeAsk {
        variant: "server",
        code: "code",
        redirect_uri: "https://planner.example/connect",
        code_verifier: "verifier",
        server: Some(&app),
        now_ms: DUE_MS,
    };
    let (script, end) = driver::flow(|answers| Mastodon.exchange(&App::default(), &ask, answers), answers);
    (script, end.expect("an end"))
}

#[test]
fn a_code_becomes_access_without_an_end() {
    let asked = "read:accounts read:statuses write:statuses write:media";
    let (script, granted) = exchanged(&[token(asked), credentials()]);
    assert_snapshot!(script.replace("t0ken", "<the new token>"));
    let granted = granted.expect("a grant");
    assert_eq!(
        (granted.subject.as_str(), granted.subject_name.as_str(), granted.expires_at_ms),
        ("1093@social.example", "acme", None)
    );
    assert_eq!(granted.scopes.join(" "), asked);
    assert_eq!(granted.secrets["access"].expose_secret(), "t0ken");
    assert_eq!(granted.meta, json!({"server": SERVER, "client_id": "client"}));
}

#[test]
fn a_code_that_is_over_and_an_app_that_was_forgotten_are_told_apart() {
    let oauth = |status, error: &str| {
        answer(
            status,
            json!({"error": error, "error_description": "Client authentication failed."}),
        )
    };
    let (_, over) = exchanged(&[oauth(400, "invalid_grant")]);
    assert_eq!(over.expect_err("over").code, "mastodon.grant_invalid");
    let (_, forgotten) = exchanged(&[oauth(401, "invalid_client")]);
    assert_eq!(forgotten.expect_err("forgotten").verdict, Verdict::AppUnknown);
    let (_, unknown) = exchanged(&[oauth(400, "invalid_scope")]);
    assert_eq!(unknown.expect_err("unknown").kind, FailureKind::Permission);
}

fn grant() -> GrantView {
    GrantView {
        variant: "server".into(),
        scopes: vec!["write:statuses".into()],
        subject: "1093@social.example".into(),
        meta: json!({"server": SERVER, "client_id": "client"}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

fn instance(most: Value) -> Answer {
    ok(json!({"domain": "social.example", "configuration": {"statuses": {"max_characters": most}}}))
}

#[test]
fn the_account_comes_with_what_its_server_takes() {
    let found = |answers: &[Answer]| {
        let (script, end) = driver::flow(|answers| Mastodon.accounts(&App::default(), &grant(), answers), answers);
        (script, end.expect("an end").expect("an account").remove(0))
    };
    let (script, of_today) = found(&[credentials(), instance(json!(500))]);
    assert_snapshot!(script);
    assert_eq!(of_today.account, account());
    assert_eq!(
        (of_today.name.as_str(), of_today.detail.as_str(), of_today.unusable),
        ("Acme Bread", "social.example", None)
    );
    let (script, old) = found(&[credentials(), refused(404, "Not found"), instance(json!(1_000))]);
    assert!(script.contains("/api/v1/instance"), "{script}");
    assert_eq!(old.account.meta["text_max"], 1_000);
    for silent in [
        instance(Value::Null),
        instance(json!(0)),
        ok(json!("hello")),
        answer(503, Value::Null),
    ] {
        assert_eq!(found(&[credentials(), silent]).1.account.meta["text_max"], Value::Null);
    }
    let (_, end) = driver::flow(
        |answers| Mastodon.accounts(&App::default(), &grant(), answers),
        &[refused(401, "The access token is invalid")],
    );
    assert_eq!(end.expect("an end").expect_err("refused").verdict, Verdict::Revoked);
}

#[test]
fn verifying_asks_who_the_access_is_for_and_renewing_is_nothing() {
    let verified = |answer: Answer| {
        let (script, end) = driver::flow(|answers| Mastodon.verify(&App::default(), &grant(), &account(), answers), &[answer]);
        (script, end.expect("an end"))
    };
    let (script, health) = verified(credentials());
    assert_snapshot!(script);
    assert_eq!(health.expect("well").name.as_deref(), Some("Acme Bread"));
    let (_, revoked) = verified(refused(401, "The access token was revoked"));
    assert_eq!(revoked.expect_err("revoked").verdict, Verdict::Revoked);
    let (_, down) = verified(answer(503, Value::Null));
    assert_eq!(down.expect_err("an outage").verdict, Verdict::None);
    let (_, end) = driver::flow(|answers| Mastodon.refresh(&App::default(), &grant(), answers), &[]);
    assert_eq!(end.expect("an end").expect_err("no renewal").verdict, Verdict::Revoked);
    assert!(!Mastodon.capability().renews);
}

#[test]
fn access_is_given_back_by_the_app_that_got_it() {
    let request = Mastodon.revoke(&App::default(), &grant()).expect("a call");
    assert_snapshot!(written(&request));
}

#[test]
fn there_is_no_page_without_a_server() {
    let ask = AuthorizeAsk {
        variant: "server",
        redirect_uri: "https://planner.example/connect",
        state: "s",
        code_challenge: "c",
        again: false,
    };
    let fault = Mastodon.authorize(&App::default(), &ask).expect_err("no page");
    assert_eq!(fault.code, "mastodon.no_server");
}
