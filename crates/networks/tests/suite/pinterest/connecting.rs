//! Signing in, the boards behind a grant, and whether one still works.

use insta::assert_snapshot;
use postrider_networks::pinterest::Pinterest;
use postrider_provider::{Adapter, Answer, App, AuthorizeAsk, ExchangeAsk, GrantView, Verdict};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{BOARD, board, refused};
use crate::driver::{self, DUE_MS, ok, written};

const DAY_MS: i64 = 86_400_000;

fn app() -> App {
    App {
        client_id: "1479".into(),
        ..App::default()
    }
}

fn user() -> Answer {
    ok(
        json!({"id": "2783", "username": "acme", "account_type": "BUSINESS", "business_name": "Acme Bread",
        "profile_image": "https://i.pinimg.com/x.jpg"}),
    )
}

fn tokens(how: &str) -> Answer {
    ok(json!({
        "response_type": how, "access_token": "pina_x", "refresh_token": "pinr_x", "token_type": "bearer", "expires_in": 2_592_000,
        "refresh_token_expires_in": 5_184_000, "refresh_token_expires_at": 1_769_000_000,
        "scope": "boards:read boards:write pins:read pins:write user_accounts:read",
    }))
}

fn grant() -> GrantView {
    GrantView {
        variant: "account".into(),
        scopes: ["boards:read", "pins:write"].map(str::to_owned).into(),
        subject: "2783".into(),
        meta: json!({"name": "Acme Bread"}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

#[test]
fn the_page_is_asked_for_every_permission_with_commas_between_them() {
    let ask = AuthorizeAsk {
        variant: "account",
        redirect_uri: "https://planner.example/connect",
        state: "s",
        code_challenge: "c",
        again: false,
    };
    let mut app = app();
    assert_snapshot!(Pinterest.authorize(&app, &ask).expect("an address"));
    app.settings.insert("scopes".into(), "boards:read,pins:write_secret".into());
    let address = Pinterest.authorize(&app, &ask).expect("an address");
    assert!(address.contains("scope=boards%3Aread%2Cpins%3Awrite_secret"), "{address}");
    let other = AuthorizeAsk { variant: "page", ..ask };
    assert_eq!(
        Pinterest.authorize(&app, &other).expect_err("no such way").code,
        "pinterest.variant"
    );
}

#[test]
fn a_code_becomes_a_grant_that_renews() {
    let ask = ExchangeAsk {
        variant: "account",
        code: "code",
        redirect_uri: "https://planner.example/connect",
        code_verifier: "",
        server: None,
        now_ms: DUE_MS,
    };
    let (script, end) = driver::flow(
        |answers| Pinterest.exchange(&app(), &ask, answers),
        &[tokens("authorization_code"), user()],
    );
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!((granted.subject.as_str(), granted.subject_name.as_str()), ("2783", "Acme Bread"));
    assert_eq!(granted.expires_at_ms, Some(DUE_MS + 30 * DAY_MS));
    assert_eq!(granted.refresh_expires_at_ms, Some(DUE_MS + 60 * DAY_MS));
    assert_eq!(granted.scopes.len(), 5);
    let (_, end) = driver::flow(
        |answers| Pinterest.exchange(&app(), &ask, answers),
        &[refused(400, 1, "the authorization code is not valid")],
    );
    assert_eq!(end.expect("an end").expect_err("refused").code, "pinterest.grant_invalid");
}

#[test]
fn a_renewal_brings_the_next_refresh_token_and_a_dead_one_asks_to_reconnect() {
    let (script, end) = driver::flow(|answers| Pinterest.refresh(&app(), &grant(), answers), &[tokens("refresh_token")]);
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(granted.secrets["refresh"].expose_secret(), "pinr_x");
    assert_eq!((granted.subject.as_str(), granted.subject_name.as_str()), ("2783", "Acme Bread"));
    for status in [400, 401] {
        let dead = refused(status, 2, "Authentication failed.");
        let (_, end) = driver::flow(|answers| Pinterest.refresh(&app(), &grant(), answers), &[dead]);
        assert_eq!(end.expect("an end").expect_err("over").verdict, Verdict::Expired, "{status}");
    }
    let (_, end) = driver::flow(
        |answers| Pinterest.refresh(&app(), &grant(), answers),
        &[refused(503, 11, "Service unavailable.")],
    );
    assert_eq!(end.expect("an end").expect_err("an outage").verdict, Verdict::None);
}

fn listed(id: &str, name: &str, owner: &str, privacy: &str) -> Value {
    json!({"id": id, "name": name, "privacy": privacy, "owner": {"username": owner}, "media": {"image_cover_url": null}})
}

#[test]
fn every_page_of_boards_is_read_and_those_that_cannot_be_used_say_why() {
    let mut ads = listed("3", "Ad-only Pins", "acme", "PROTECTED");
    ads["is_ads_only"] = true.into();
    let mut own = listed(BOARD, "Summer", "acme", "PUBLIC");
    own["media"]["image_cover_url"] = "https://i.pinimg.com/c.jpg".into();
    let answers = [
        user(),
        ok(json!({"items": [own, listed("2", "Autumn", "acme", "SECRET")], "bookmark": "Y2+="})),
        ok(json!({"items": [ads, listed("4", "Coffee corners", "ben", "PUBLIC")], "bookmark": null})),
    ];
    let (script, end) = driver::flow(|answers| Pinterest.accounts(&app(), &grant(), answers), &answers);
    assert_snapshot!(script);
    let found = end.expect("an end").expect("boards");
    let seen: Vec<(&str, &str, bool)> = found
        .iter()
        .map(|found| (found.name.as_str(), found.detail.as_str(), found.unusable.is_some()))
        .collect();
    assert_eq!(
        seen,
        [
            ("Summer", "Board of @acme", false),
            ("Autumn", "Secret board of @acme", true),
            ("Ad-only Pins", "Protected board of @acme", true),
            ("Coffee corners", "Group board of @ben", false),
        ]
    );
    assert_eq!(found[0].account, board());
    assert_eq!(found[0].avatar_url.as_deref(), Some("https://i.pinimg.com/c.jpg"));
    assert_eq!(found[1].avatar_url.as_deref(), Some("https://i.pinimg.com/x.jpg"));
    let mut secretly = grant();
    secretly.scopes.push("pins:write_secret".into());
    let (_, end) = driver::flow(|answers| Pinterest.accounts(&app(), &secretly, answers), &answers);
    assert_eq!(end.expect("an end").expect("boards")[1].unusable, None);
}

#[test]
fn verifying_reads_the_board() {
    let verify = |answer: Answer| {
        let (script, end) = driver::flow(|answers| Pinterest.verify(&app(), &grant(), &board(), answers), &[answer]);
        (script, end.expect("an end"))
    };
    let (script, health) = verify(ok(listed(BOARD, "Summer bread", "acme", "PUBLIC")));
    assert_snapshot!(script);
    let health = health.expect("well");
    assert_eq!((health.name.as_deref(), health.scopes), (Some("Summer bread"), None));
    let (_, gone) = verify(refused(404, 40, "Board not found."));
    assert_eq!(gone.expect_err("gone").verdict, Verdict::MissingPermission);
}

#[test]
fn access_is_taken_back_with_the_refresh_token() {
    let request = Pinterest.revoke(&app(), &grant()).expect("a call");
    assert_snapshot!(written(&request));
}
