//! Signing in, the locations behind a grant, and whether one still has a say.

use insta::assert_snapshot;
use postrider_networks::google_business::GoogleBusiness;
use postrider_provider::{Adapter, Answer, App, AuthorizeAsk, ExchangeAsk, FoundAccount, GrantView, Verdict};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{MAPS, PARENT, account, because, refused};
use crate::driver::{self, DUE_MS, answer, ok, written};

const MANAGE: &str = "https://www.googleapis.com/auth/business.manage";

fn app() -> App {
    App {
        client_id: "4711.apps.googleusercontent.com".into(),
        ..App::default()
    }
}

fn tokens(change: impl Fn(&mut Value)) -> Answer {
    let mut said = json!({
        "access_token": "ya29.x", "expires_in": 3_599, "refresh_token": "1//y", "token_type": "Bearer",
        "scope": format!("openid {MANAGE} https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile"),
    });
    change(&mut said);
    ok(said)
}

fn whole() -> Answer {
    tokens(|_| {})
}

fn person() -> Answer {
    ok(json!({"sub": "1047", "name": "Ana Ruiz", "email": "ana@acme.example", "email_verified": true}))
}

fn grant() -> GrantView {
    GrantView {
        variant: "google".into(),
        scopes: vec![MANAGE.into()],
        subject: "1047".into(),
        meta: json!({"name": "ana@acme.example"}),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

const ASK: AuthorizeAsk<'static> = AuthorizeAsk {
    variant: "google",
    redirect_uri: "https://planner.example/connect",
    state: "s",
    code_challenge: "c",
    again: false,
};

const EXCHANGE: ExchangeAsk<'static> = ExchangeAsk {
    variant: "google",
    code: "4/0Ab",
    redirect_uri: "https://planner.example/connect",
    code_verifier: "v",
    server: None,
    now_ms: DUE_MS,
};

fn owners(names: &[&str], next: &str) -> Answer {
    let all: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": name, "type": "LOCATION_GROUP", "role": "OWNER"}))
        .collect();
    ok(json!({"accounts": all, "nextPageToken": next}))
}

fn place(id: &str) -> Value {
    json!({
        "name": format!("locations/{id}"), "title": "Acme", "storeCode": format!("ES-{id}"), "languageCode": "es",
        "storefrontAddress": {
            "regionCode": "ES", "postalCode": "28013", "administrativeArea": "Madrid", "locality": "Madrid",
            "addressLines": ["Calle Gran Via 1", "Bajo"],
        },
        "openInfo": {"status": "OPEN", "canReopen": true},
        "metadata": {"placeId": "ChIJx", "mapsUri": MAPS, "hasVoiceOfMerchant": true},
    })
}

fn places(all: &[Value], next: &str) -> Answer {
    ok(json!({"locations": all, "nextPageToken": next}))
}

fn silent(id: &str) -> Value {
    let mut place = place(id);
    // What is false is not there.
    place["metadata"] = json!({"mapsUri": MAPS});
    place
}

fn found(answers: &[Answer]) -> Vec<FoundAccount> {
    let (script, end) = driver::flow(|answers| GoogleBusiness.accounts(&app(), &grant(), answers), answers);
    match end {
        Some(Ok(found)) => found,
        other => panic!("{other:?}\n{script}"),
    }
}

#[test]
fn the_page_is_asked_for_access_that_lasts_and_for_who_it_is() {
    assert_snapshot!(GoogleBusiness.authorize(&app(), &ASK).expect("an address"));
    let other = AuthorizeAsk { variant: "page", ..ASK };
    let fault = GoogleBusiness.authorize(&app(), &other).expect_err("no such way");
    assert_eq!(fault.code, "google_business.variant");
}

#[test]
fn a_code_becomes_a_grant_that_renews() {
    let (script, end) = driver::flow(|answers| GoogleBusiness.exchange(&app(), &EXCHANGE, answers), &[whole(), person()]);
    assert_snapshot!(script);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(
        (granted.subject.as_str(), granted.subject_name.as_str()),
        ("1047", "ana@acme.example")
    );
    assert_eq!(granted.scopes, ["openid", MANAGE, "email", "profile"], "as they were asked for");
    assert_eq!(granted.expires_at_ms, Some(DUE_MS + 3_599_000));
    assert_eq!(granted.secrets["refresh"].expose_secret(), "1//y");
}

#[test]
fn a_grant_that_cannot_publish_or_last_is_refused_at_once() {
    let exchanged = |answers: &[Answer]| {
        let (_, end) = driver::flow(|answers| GoogleBusiness.exchange(&app(), &EXCHANGE, answers), answers);
        end.expect("an end").expect_err("refused")
    };
    let unticked = exchanged(&[tokens(|said| said["scope"] = "openid".into())]);
    assert_eq!(
        (unticked.code.as_str(), unticked.verdict),
        ("google_business.permission_missing", Verdict::MissingPermission)
    );
    let short = exchanged(&[tokens(|said| said["refresh_token"] = Value::Null)]);
    assert_eq!(short.code, "google_business.no_renewal");
    let flat = answer(400, json!({"error": "invalid_grant", "error_description": "In Google's words."}));
    assert_eq!(exchanged(&[flat]).code, "google_business.grant_invalid");
}

#[test]
fn a_renewal_keeps_the_refresh_token_and_a_dead_one_asks_to_reconnect() {
    let renewed = tokens(|said| said["refresh_token"] = Value::Null);
    let (_, end) = driver::flow(|answers| GoogleBusiness.refresh(&app(), &grant(), answers), &[renewed]);
    let granted = end.expect("an end").expect("a grant");
    assert_eq!(granted.secrets.keys().collect::<Vec<_>>(), ["access"], "the stored one stays");
    assert_eq!(granted.scopes, ["openid", MANAGE, "email", "profile"]);
    let dead = answer(400, json!({"error": "invalid_grant"}));
    let (_, end) = driver::flow(|answers| GoogleBusiness.refresh(&app(), &grant(), answers), &[dead]);
    assert_eq!(end.expect("an end").expect_err("over").verdict, Verdict::Expired);
}

#[test]
fn locations_of_every_account_are_found_once_each_page_by_page() {
    let answers = [
        owners(&["accounts/111"], "a"),
        owners(&["accounts/222"], ""),
        places(&[place("987")], "l"),
        places(&[place("988")], ""),
        places(&[place("987"), place("989")], ""),
    ];
    let (script, end) = driver::flow(|answers| GoogleBusiness.accounts(&app(), &grant(), answers), &answers);
    assert_snapshot!(script);
    let found = end.expect("an end").expect("locations");
    let ids: Vec<&str> = found.iter().map(|one| one.account.external_id.as_str()).collect();
    assert_eq!(ids, ["987", "988", "989"]);
    assert_eq!(
        found[0].account.meta["parent"], "accounts/111/locations/987",
        "the first that holds it"
    );
    assert_eq!(found[2].account.meta["parent"], "accounts/222/locations/989");
}

#[test]
fn stores_of_one_name_are_told_apart_by_code_and_street() {
    let mut bare = place("988");
    for gone in ["storeCode", "title", "languageCode"] {
        bare.as_object_mut().expect("an object").remove(gone);
    }
    bare["openInfo"]["status"] = "CLOSED_TEMPORARILY".into();
    let mut mobile = place("989");
    mobile.as_object_mut().expect("an object").remove("storefrontAddress");
    mobile["serviceArea"] = json!({"places": {"placeInfos": [{"placeName": "Madrid"}, {"placeName": "Getafe"}]}});
    let found = found(&[owners(&["accounts/222"], ""), places(&[place("987"), bare, mobile], "")]);
    assert_eq!(found[0].account, {
        let mut store = account();
        store.meta = json!({"parent": PARENT, "maps_uri": MAPS, "language": "es"});
        store
    });
    let said: Vec<(&str, &str)> = found.iter().map(|one| (one.name.as_str(), one.detail.as_str())).collect();
    assert_eq!(
        said,
        [
            ("Acme", "ES-987 · Calle Gran Via 1, Bajo, 28013 Madrid, ES"),
            ("988", "Calle Gran Via 1, Bajo, 28013 Madrid, ES · temporarily closed"),
            ("Acme", "ES-989 · Madrid, Getafe"),
        ]
    );
    assert!(
        found.iter().all(|one| one.unusable.is_none()),
        "a store that is closed for now can still tell so"
    );
}

#[test]
fn a_location_without_a_say_is_shown_with_what_is_missing() {
    let mut closed = place("999");
    closed["openInfo"]["status"] = "CLOSED_PERMANENTLY".into();
    for (why, told) in [
        (json!({"verify": {"hasPendingVerification": true}}), "is being verified"),
        (json!({"verify": {}}), "is not verified"),
        (json!({"waitForVoiceOfMerchant": {}}), "still looking"),
        (json!({"resolveOwnershipConflict": {}}), "same as another"),
        (
            json!({"complyWithGuidelines": {"recommendationReason": "BUSINESS_LOCATION_SUSPENDED"}}),
            "has suspended",
        ),
        (
            json!({"complyWithGuidelines": {"recommendationReason": "BUSINESS_LOCATION_DISABLED"}}),
            "has disabled",
        ),
        (json!({}), "has not verified the location, or has suspended it"),
    ] {
        let found = found(&[
            owners(&["accounts/222"], ""),
            places(&[silent("987"), closed.clone()], ""),
            ok(why.clone()),
        ]);
        let reason = found[0].unusable.as_deref().unwrap_or_default();
        assert!(reason.contains(told), "{why}: {reason}");
        assert!(found[1].unusable.as_deref().is_some_and(|why| why.contains("permanently closed")));
    }
    // Where the API that tells why is switched off, the location is still listed.
    let found = found(&[
        owners(&["accounts/222"], ""),
        places(&[silent("987")], ""),
        because(403, "SERVICE_DISABLED"),
    ]);
    assert!(found[0].unusable.is_some());
}

#[test]
fn of_many_locations_without_a_say_only_ten_are_asked_about() {
    let many: Vec<Value> = (0..30).map(|n| silent(&format!("{n}"))).collect();
    let mut answers = vec![owners(&["accounts/222"], ""), places(&many, "")];
    answers.extend((0..10).map(|_| ok(json!({"verify": {}}))));
    let found = found(&answers);
    assert_eq!(found.len(), 30);
    assert!(found.iter().all(|one| one.unusable.is_some()));
}

#[test]
fn an_app_that_google_has_not_approved_is_told_as_such() {
    let refusal = |said: Answer| {
        let (_, end) = driver::flow(|answers| GoogleBusiness.accounts(&app(), &grant(), answers), &[said]);
        end.expect("an end").expect_err("refused")
    };
    for said in [
        refused(429, "RESOURCE_EXHAUSTED", Value::Null),
        refused(403, "PERMISSION_DENIED", Value::Null),
    ] {
        let fault = refusal(said);
        assert_eq!(fault.code, "google_business.not_approved");
        assert!(fault.remedy.contains("apply to Google"), "{}", fault.remedy);
    }
    assert_eq!(refusal(because(403, "SERVICE_DISABLED")).code, "google_business.api_off");
    let scope = refusal(because(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"));
    assert_eq!(scope.verdict, Verdict::MissingPermission);
    assert_eq!(
        refusal(refused(401, "UNAUTHENTICATED", Value::Null)).code,
        "google_business.token_invalid"
    );
}

#[test]
fn verifying_reads_the_location_and_why_it_lost_its_say() {
    let verified = |answers: &[Answer]| {
        let (script, end) = driver::flow(|answers| GoogleBusiness.verify(&app(), &grant(), &account(), answers), answers);
        (script, end.expect("an end"))
    };
    let (script, health) = verified(&[ok(place("987"))]);
    assert_snapshot!(script);
    assert_eq!(health.expect("well").name.as_deref(), Some("Acme"));
    let (_, lost) = verified(&[ok(silent("987")), ok(json!({"verify": {}}))]);
    let fault = lost.expect_err("no say");
    assert_eq!(
        (fault.code.as_str(), fault.verdict),
        ("google_business.no_voice", Verdict::MissingPermission)
    );
    assert!(fault.message.contains("not verified"), "{}", fault.message);
    let (_, gone) = verified(&[refused(404, "NOT_FOUND", Value::Null)]);
    assert_eq!(gone.expect_err("gone").code, "google_business.location_gone");
}

#[test]
fn access_is_taken_back() {
    assert_snapshot!(written(&GoogleBusiness.revoke(&app(), &grant()).expect("a call")));
}
