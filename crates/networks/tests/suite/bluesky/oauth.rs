//! Connecting on the account's own server: who is asked what, and what is not believed.

use insta::assert_snapshot;
use postrider_networks::bluesky::Bluesky;
use postrider_provider::{
    Adapter, Answer, App, AuthorizeAsk, ExchangeAsk, Fault, GrantView, Granted, Next, PrepareAsk, Prepared, Progress, Proof, ServerApp,
    Typed, Verdict,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{DID, PDS, account, refused, written};
use crate::driver::{self, DUE_MS, answer, ok, play};

const ISSUER: &str = "https://bsky.social";
const CLIENT: &str = "https://planner.example/oauth/client/bluesky";
const HERE: &str = "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Foauth%2Fcallback%2Fbluesky&scope=atproto";
const DAY_MS: i64 = 86_400_000;

fn app(client_id: &str) -> App {
    App {
        client_id: client_id.into(),
        ..App::default()
    }
}

fn document(did: &str, handle: &str) -> Answer {
    ok(json!({
        "id": did,
        "alsoKnownAs": [format!("at://{handle}")],
        "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": PDS}],
    }))
}

fn resource() -> Answer {
    ok(json!({"resource": PDS, "authorization_servers": [ISSUER]}))
}

fn metadata() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/oauth/authorize"),
        "token_endpoint": format!("{ISSUER}/oauth/token"),
        "revocation_endpoint": format!("{ISSUER}/oauth/revoke"),
        "pushed_authorization_request_endpoint": format!("{ISSUER}/oauth/par"),
        "scopes_supported": ["atproto", "transition:generic"],
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": ["ES256", "ES256K"],
        "authorization_response_iss_parameter_supported": true,
    })
}

fn pushed() -> Answer {
    answer(
        201,
        json!({"request_uri": "urn:ietf:params:oauth:request_uri:req-1", "expires_in": 299}),
    )
}

fn way_there() -> [Answer; 4] {
    [
        ok(json!({"did": DID})),
        document(DID, "blue.bsky.social"),
        resource(),
        ok(metadata()),
    ]
}

fn prepared(client_id: &str, pairs: &[(&str, &str)], again: bool, answers: &[Answer]) -> (String, Option<Result<Prepared, Fault>>) {
    let typed: Typed = pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
    let ask = PrepareAsk {
        authorize: AuthorizeAsk {
            variant: "oauth",
            redirect_uri: "http://localhost:8080/oauth/callback/bluesky",
            state: "s",
            code_challenge: "c",
            again,
        },
        typed: &typed,
        known: None,
    };
    driver::flow(|answers| Bluesky.prepare(&app(client_id), &ask, answers), answers)
}

#[test]
fn a_handle_leads_to_its_account_its_server_and_who_signs_in_there() {
    let answers = [&way_there()[..], &[pushed()]].concat();
    let (script, end) = prepared(CLIENT, &[("handle", "@Blue.bsky.social")], false, &answers);
    assert_snapshot!("prepared", script);
    let ready = end.expect("an end").expect("a page");
    assert_snapshot!("page", ready.url);
    let server = ready.server.expect("a server");
    assert_eq!((server.server.as_str(), server.issuer.as_deref()), (ISSUER, Some(ISSUER)));
    assert_eq!(
        server.noted["account"],
        json!({"did": DID, "handle": "blue.bsky.social", "pds": PDS})
    );
    assert!(ready.secrets.is_empty());
}

#[test]
fn a_client_on_this_machine_signs_nothing_and_is_returned_to_by_number() {
    let answers = [&way_there()[..], &[pushed()]].concat();
    let (script, _) = prepared(HERE, &[("handle", "blue.bsky.social")], true, &answers);
    assert!(!script.contains("client_assertion"), "{script}");
    assert!(
        script.contains("form redirect_uri = http://127.0.0.1:8080/oauth/callback/bluesky"),
        "{script}"
    );
    assert!(script.contains("form prompt = consent"), "{script}");
}

#[test]
fn a_server_is_asked_who_signs_in_or_signs_in_itself() {
    let named = [("handle", PDS)];
    let (script, end) = prepared(CLIENT, &named, false, &[resource(), ok(metadata()), pushed()]);
    assert!(
        end.expect("an end")
            .expect("a page")
            .server
            .is_some_and(|server| server.noted["account"].is_null())
    );
    assert!(!script.contains("login_hint"), "{script}");
    // Bluesky's own holds no accounts itself.
    let (script, end) = prepared(
        CLIENT,
        &[("handle", "https://bsky.social/")],
        false,
        &[answer(404, json!({})), ok(metadata()), pushed()],
    );
    assert!(end.expect("an end").is_ok(), "{script}");
    assert!(
        script.contains("https://bsky.social/.well-known/oauth-authorization-server"),
        "{script}"
    );
}

#[test]
fn what_one_says_of_another_is_not_believed_alone() {
    let [did, known, resource_of, issuer] = way_there();
    let other_issuer = |name: &str, value: Value| {
        let mut told = metadata();
        told[name] = value;
        ok(told)
    };
    let cases: [(&str, Vec<Answer>, &str); 10] = [
        (
            "an unknown handle",
            vec![refused(400, "InvalidRequest", "Unable to resolve handle")],
            "bluesky.handle_unknown",
        ),
        (
            "another account's handle",
            vec![did.clone(), document(DID, "mallory.example")],
            "bluesky.identity",
        ),
        (
            "another account's document",
            vec![did.clone(), document("did:plc:mallory", "blue.bsky.social")],
            "bluesky.identity",
        ),
        (
            "a document without a server",
            vec![did.clone(), ok(json!({"id": DID, "alsoKnownAs": ["at://blue.bsky.social"]}))],
            "bluesky.identity",
        ),
        (
            "a server that speaks for another",
            vec![
                did.clone(),
                known.clone(),
                ok(json!({"resource": "https://other.example", "authorization_servers": [ISSUER]})),
            ],
            "bluesky.identity",
        ),
        (
            "a server that names nobody",
            vec![
                did.clone(),
                known.clone(),
                ok(json!({"resource": PDS, "authorization_servers": []})),
            ],
            "bluesky.identity",
        ),
        (
            "an issuer by another name",
            vec![
                did.clone(),
                known.clone(),
                resource_of.clone(),
                other_issuer("issuer", json!("https://evil.example")),
            ],
            "bluesky.identity",
        ),
        (
            "an issuer that does not name itself on the way back",
            vec![
                did.clone(),
                known.clone(),
                resource_of.clone(),
                other_issuer("authorization_response_iss_parameter_supported", json!(false)),
            ],
            "bluesky.no_oauth",
        ),
        (
            "an issuer that takes other proofs",
            vec![
                did.clone(),
                known.clone(),
                resource_of.clone(),
                other_issuer("dpop_signing_alg_values_supported", json!(["RS256"])),
            ],
            "bluesky.no_oauth",
        ),
        (
            "a client that is not taken",
            vec![
                did,
                known,
                resource_of,
                issuer,
                refused(400, "invalid_client_metadata", "Unable to obtain client metadata"),
            ],
            "bluesky.client_unread",
        ),
    ];
    for (what, answers, code) in cases {
        let (_, end) = prepared(CLIENT, &[("handle", "blue.bsky.social")], false, &answers);
        assert_eq!(end.expect(what).expect_err(what).code, code, "{what}");
    }
}

#[test]
fn what_is_typed_is_a_handle_and_a_server_or_is_refused() {
    let way = Bluesky
        .capability()
        .variants
        .iter()
        .find(|way| way.key == "oauth")
        .expect("a way by OAuth");
    let refuses = |key: &str, text: &str| {
        way.fields
            .iter()
            .find(|field| field.key == key)
            .and_then(|field| (field.refuses)(text))
    };
    for named in [
        "@acme.bsky.social",
        "did:plc:abc",
        "https://pds.example.org",
        "http://localhost:2583",
    ] {
        assert_eq!(refuses("handle", named), None, "{named}");
    }
    assert_eq!(refuses("service", "pds.example.org"), None);
    for other in ["acme", "https://", "ftp://x.example"] {
        assert!(refuses("handle", other).is_some(), "{other}");
    }
    assert!(refuses("service", "ftp://x").is_some());
}

fn server(account: Value, client_id: &str) -> ServerApp {
    ServerApp {
        server: ISSUER.into(),
        client_id: client_id.into(),
        issuer: Some(ISSUER.into()),
        noted: json!({
            "token_endpoint": format!("{ISSUER}/oauth/token"),
            "revocation_endpoint": format!("{ISSUER}/oauth/revoke"),
            "account": account,
        }),
    }
}

fn named() -> Value {
    json!({"did": DID, "handle": "blue.bsky.social", "pds": PDS})
}

fn tokens(sub: &str) -> Value {
    json!({"access_token": "a", "token_type": "DPoP", "refresh_token": "r", "scope": "atproto transition:generic", "expires_in": 3600, "sub": sub})
}

fn exchanged(server: &ServerApp, answers: &[Answer]) -> (String, Result<Granted, Fault>) {
    let ask = ExchangeAsk {
        variant: "oauth",
        code: "cod-1",
        redirect_uri: "https://planner.example/oauth/callback/bluesky",
        code_verifier: "verifier",
        server: Some(server),
        now_ms: DUE_MS,
    };
    let (script, end) = driver::flow(|answers| Bluesky.exchange(&app(CLIENT), &ask, answers), answers);
    (script, end.expect("an end"))
}

#[test]
fn a_code_becomes_access_that_only_its_key_may_use() {
    let (script, granted) = exchanged(&server(named(), CLIENT), &[ok(tokens(DID))]);
    assert_snapshot!(script);
    let granted = granted.expect("a grant");
    assert_eq!((granted.subject.as_str(), granted.subject_name.as_str()), (DID, "blue.bsky.social"));
    assert_eq!(granted.scopes, ["atproto", "transition:generic"]);
    assert_eq!(granted.expires_at_ms, Some(DUE_MS + 3_600_000));
    assert_eq!(granted.refresh_expires_at_ms, Some(DUE_MS + 90 * DAY_MS));
    assert_eq!(granted.secrets["refresh"].expose_secret(), "r");
    assert_eq!(granted.meta["pds"], PDS);
    // The session of a client that proves nothing by a key is over after two weeks, however often it is renewed.
    let (_, granted) = exchanged(&server(named(), HERE), &[ok(tokens(DID))]);
    let granted = granted.expect("a grant");
    assert_eq!(granted.refresh_expires_at_ms, Some(DUE_MS + 14 * DAY_MS));
    let later = GrantView {
        now_ms: DUE_MS + 10 * DAY_MS,
        meta: granted.meta,
        ..grant()
    };
    let (_, end) = driver::flow(|answers| Bluesky.refresh(&app(HERE), &later, answers), &[ok(tokens(DID))]);
    assert_eq!(
        end.expect("an end").expect("a grant").refresh_expires_at_ms,
        Some(DUE_MS + 14 * DAY_MS)
    );
}

#[test]
fn another_account_is_not_taken_and_its_access_is_given_back() {
    let (script, end) = exchanged(&server(named(), CLIENT), &[ok(tokens("did:plc:mallory")), ok(json!({}))]);
    assert_eq!(end.expect_err("another account").code, "bluesky.other_account");
    assert!(
        script.contains("POST https://bsky.social/oauth/revoke") && script.contains("form token = r"),
        "{script}"
    );
}

#[test]
fn without_a_named_account_the_one_that_signed_in_must_belong_to_that_server() {
    let known = [
        ok(tokens(DID)),
        document(DID, "blue.bsky.social"),
        ok(json!({"did": DID})),
        resource(),
        ok(metadata()),
    ];
    let (_, granted) = exchanged(&server(Value::Null, CLIENT), &known);
    assert_eq!(granted.expect("a grant").meta["pds"], PDS);
    // A handle that leads to somebody else is not shown.
    let mut strange = known.clone();
    strange[2] = ok(json!({"did": "did:plc:mallory"}));
    assert_eq!(
        exchanged(&server(Value::Null, CLIENT), &strange).1.expect("a grant").subject_name,
        DID
    );
    let mut elsewhere = metadata();
    elsewhere["issuer"] = json!("https://other.example");
    let foreign = [
        ok(tokens(DID)),
        document(DID, "blue.bsky.social"),
        ok(json!({"did": DID})),
        ok(json!({"resource": PDS, "authorization_servers": ["https://other.example"]})),
        ok(elsewhere),
        ok(json!({})),
    ];
    let (script, end) = exchanged(&server(Value::Null, CLIENT), &foreign);
    assert_eq!(end.expect_err("not its server").code, "bluesky.other_issuer");
    assert!(script.contains("/oauth/revoke"), "{script}");
}

#[test]
fn an_access_that_is_not_bound_is_not_taken() {
    for (name, value) in [
        ("token_type", json!("Bearer")),
        ("scope", json!("transition:generic")),
        ("sub", json!("")),
    ] {
        let mut told = tokens(DID);
        told[name] = value;
        let (_, end) = exchanged(&server(named(), CLIENT), &[ok(told)]);
        assert_eq!(end.expect_err(name).code, "bluesky.token_shape", "{name}");
    }
}

fn grant() -> GrantView {
    GrantView {
        variant: "oauth".into(),
        scopes: vec![],
        subject: DID.into(),
        meta: json!({
            "pds": PDS, "handle": "blue.bsky.social", "issuer": ISSUER, "client_id": CLIENT,
            "token_endpoint": format!("{ISSUER}/oauth/token"), "revocation_endpoint": format!("{ISSUER}/oauth/revoke"),
            "session_ends_ms": DUE_MS + 700 * DAY_MS,
        }),
        expires_at_ms: None,
        now_ms: DUE_MS,
    }
}

fn renewed(answers: &[Answer]) -> (String, Result<Granted, Fault>) {
    let (script, end) = driver::flow(|answers| Bluesky.refresh(&app(CLIENT), &grant(), answers), answers);
    (script, end.expect("an end"))
}

#[test]
fn renewing_replaces_the_renewing_token_and_an_ended_session_says_so() {
    let (script, granted) = renewed(&[ok(tokens(DID))]);
    assert_snapshot!(script);
    assert_eq!(granted.expect("a grant").secrets.keys().collect::<Vec<_>>(), ["access", "refresh"]);
    // One that does not come again is not overwritten with nothing.
    let mut same = tokens(DID);
    same["refresh_token"] = Value::Null;
    assert_eq!(
        renewed(&[ok(same)]).1.expect("a grant").secrets.keys().collect::<Vec<_>>(),
        ["access"]
    );
    let ended = answer(
        400,
        json!({"error": "invalid_grant", "error_description": "Refresh token replayed"}),
    );
    let fault = renewed(&[ended]).1.expect_err("ended");
    assert_eq!((fault.next, fault.verdict), (Next::Stop, Verdict::Expired));
    assert!(fault.message.contains("Refresh token replayed"), "{}", fault.message);
    let other = renewed(&[ok(tokens("did:plc:mallory"))]).1.expect_err("another account");
    assert_eq!(other.verdict, Verdict::Revoked);
    let outage = renewed(&[answer(503, json!({}))]).1.expect_err("away");
    assert_eq!(outage.verdict, Verdict::None);
}

#[test]
fn posts_files_and_looks_are_proven_by_the_grants_key() {
    let mut post = driver::job(
        postrider_core::post::ContentType::Image,
        postrider_provider::Account {
            variant: "oauth".into(),
            ..account()
        },
    );
    post.text = "One".into();
    post.media = vec![driver::image(1)];
    let blob = ok(json!({"blob": {"$type": "blob", "ref": {"$link": "bafkrei1"}, "mimeType": "image/jpeg", "size": 1_000}}));
    assert_snapshot!(play(&Bluesky, &post, &[blob, written(1)]).script);
    let (script, _) = driver::flow(|answers| Bluesky.verify(&App::default(), &grant(), &post.account, answers), &[]);
    assert!(
        script.contains("Authorization: DPoP <access>") && script.contains("proof by <dpop_key>"),
        "{script}"
    );
    let (script, _) = driver::flow(|answers| Bluesky.accounts(&App::default(), &grant(), answers), &[]);
    assert!(script.contains("Authorization: DPoP <access>"), "{script}");
}

#[test]
fn what_a_server_refuses_of_an_access_says_what_comes_next_and_that_nothing_stands() {
    let post = driver::job(
        postrider_core::post::ContentType::Text,
        postrider_provider::Account {
            variant: "oauth".into(),
            ..account()
        },
    );
    let again = Next::Repeat { at_ms: None };
    let cases = [
        (
            refused(401, "invalid_token", "exp"),
            "bluesky.token_expired",
            Next::Renew,
            Verdict::None,
        ),
        (refused(401, "use_dpop_nonce", ""), "bluesky.nonce", again, Verdict::None),
        (
            refused(400, "invalid_dpop_proof", "iat"),
            "bluesky.proof_refused",
            Next::Stop,
            Verdict::None,
        ),
        (
            refused(400, "invalid_client", ""),
            "bluesky.client_refused",
            Next::Stop,
            Verdict::None,
        ),
        (
            refused(
                403,
                "ScopeMissingError",
                "Missing required scope \"repo:app.bsky.feed.post?action=create\"",
            ),
            "bluesky.scope_missing",
            Next::Stop,
            Verdict::MissingPermission,
        ),
    ];
    for (answer, code, next, verdict) in cases {
        let fault = Bluesky.absorb(&post, &Progress::default(), &answer).expect_err(code);
        assert_eq!((fault.code.as_str(), fault.next, fault.verdict), (code, next, verdict));
        assert_eq!(fault.proof, Proof::NotPublished, "{code}");
    }
}

#[test]
fn the_session_is_ended_at_the_server_that_gave_it() {
    let request = Bluesky.revoke(&App::default(), &grant()).expect("a call");
    assert_snapshot!(driver::written(&request));
    let silent = GrantView {
        meta: json!({"pds": PDS}),
        ..grant()
    };
    assert!(
        Bluesky.revoke(&App::default(), &silent).is_none(),
        "a server without such an endpoint"
    );
}
